//! Numbers as text: how they stand in files and come out of them, exactly.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{AmountError, Fixed, ONE, POWERS, SCALE};

impl<U> Fixed<U> {
    /// Reads decimal text exactly: optional sign, digits, point, exponent.
    /// Surrounding blanks are ignored; `0E-6176` and any number of trailing
    /// zeros are fine.
    ///
    /// # Errors
    /// [`AmountError`] when the text is not such a number or cannot be held.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, AmountError> {
        parse_units(text.as_ref().trim_ascii(), Finer::Refuse).map(Self::from_units)
    }

    /// Reads the shortest text of a binary floating-point number, as a column
    /// of that type gives it. What is finer than 10⁻¹⁸, such as the end of
    /// `0.000027900000000000004`, was made by adding floats and never recorded
    /// by anybody, so it is rounded half away from zero instead of refused.
    /// Not for bills, whose every digit counts.
    ///
    /// # Errors
    /// As for [`Fixed::parse`], but never [`AmountError::TooFine`].
    pub fn parse_float(text: impl AsRef<[u8]>) -> Result<Self, AmountError> {
        parse_units(text.as_ref().trim_ascii(), Finer::Round).map(Self::from_units)
    }

    /// Appends what [`Display`](fmt::Display) shows, at less cost: files of
    /// millions of rows are made of it.
    pub fn push_to(self, out: &mut String) {
        let mut room = [0; LONGEST];
        out.push_str(self.write(&mut room));
    }

    /// The shortest exact text, at the end of the room.
    fn write(self, room: &mut [u8; LONGEST]) -> &str {
        const ONE_UNSIGNED: u128 = ONE.unsigned_abs();
        let magnitude = self.0.unsigned_abs();
        // Amounts below 18 of the currency fit 64 bits, which divide faster.
        let (mut whole, mut fraction) = match u64::try_from(magnitude) {
            Ok(small) => (u128::from(small / POWERS[SCALE as usize]), small % POWERS[SCALE as usize]),
            // Below 10^18, so it fits.
            Err(_) => (magnitude / ONE_UNSIGNED, (magnitude % ONE_UNSIGNED) as u64),
        };
        let mut at = room.len();
        let mut push = |digit: u8| {
            at -= 1;
            room[at] = digit;
        };
        if fraction > 0 {
            let mut places = SCALE;
            for step in [6, 6, 3, 1, 1, 1, 1, 1] {
                if fraction.is_multiple_of(POWERS[step as usize]) {
                    fraction /= POWERS[step as usize];
                    places -= step;
                }
            }
            for _ in 0..places {
                push(b'0' + (fraction % 10) as u8);
                fraction /= 10;
            }
            push(b'.');
        }
        while whole > u128::from(u64::MAX) {
            push(b'0' + (whole % 10) as u8);
            whole /= 10;
        }
        let mut whole = whole as u64;
        loop {
            push(b'0' + (whole % 10) as u8);
            whole /= 10;
            if whole == 0 {
                break;
            }
        }
        if self.0 < 0 {
            push(b'-');
        }
        std::str::from_utf8(&room[at..]).unwrap_or("0")
    }
}

/// The largest whole part accepted, 10¹¹: 2³² such lines still add up.
const MAX_WHOLE: i128 = 100_000_000_000 * ONE;

/// What becomes of digits finer than 10⁻¹⁸.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Finer {
    Refuse,
    Round,
}

/// Room for the longest text: a sign, 21 digits, the point and 18 digits.
const LONGEST: usize = 41;

/// What nearly every number of a file is: up to 18 digits with at most one
/// point among them. `None` for anything else, which takes the longer way.
fn parse_short(text: &[u8]) -> Option<i128> {
    let (negative, body) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if body.len() > SCALE as usize + 1 {
        return None;
    }
    let (mut digits, mut count, mut point) = (0u64, 0, None);
    for byte in body {
        match byte.wrapping_sub(b'0') {
            digit @ 0..=9 => {
                // At most 19 digits, which 64 bits hold.
                digits = digits * 10 + u64::from(digit);
                count += 1;
            }
            _ if *byte == b'.' && point.is_none() => point = Some(count),
            _ => return None,
        }
    }
    let places = count - point.unwrap_or(count);
    let scale = SCALE.checked_sub(places).filter(|_| count > 0)?;
    // Below 10^19 times 10^18.
    let units = i128::from(digits) * i128::from(*POWERS.get(scale as usize)?);
    (units < MAX_WHOLE).then_some(if negative { -units } else { units })
}

fn parse_units(text: &[u8], finer: Finer) -> Result<i128, AmountError> {
    if let Some(units) = parse_short(text) {
        return Ok(units);
    }
    let (negative, body) = match text {
        [] => return Err(AmountError::Empty),
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (digits, exponent) = match body.iter().position(|b| matches!(b, b'e' | b'E')) {
        Some(at) => (&body[..at], parse_exponent(&body[at + 1..])?),
        None => (body, 0i64),
    };
    let (whole, fraction) = match digits.iter().position(|b| *b == b'.') {
        Some(dot) => (&digits[..dot], &digits[dot + 1..]),
        None => (digits, &[][..]),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(AmountError::NotANumber);
    }
    if !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return Err(AmountError::NotANumber);
    }
    // The place of the last significant digit decides whether it fits.
    let mut units: i128 = 0;
    let mut place = exponent.saturating_add(whole.len() as i64); // digits before the point
    for digit in whole.iter().chain(fraction) {
        place = place.saturating_sub(1);
        let value = i128::from(digit - b'0');
        if value == 0 {
            continue;
        }
        let power = place.saturating_add(i64::from(SCALE));
        if power < 0 {
            if finer == Finer::Refuse {
                return Err(AmountError::TooFine);
            }
            // The first digit beyond decides; the number has no sign yet.
            units += i128::from(power == -1 && value >= 5);
            continue;
        }
        let power = u32::try_from(power).ok().filter(|p| *p <= 37).ok_or(AmountError::TooLarge)?;
        units = 10i128
            .checked_pow(power)
            .and_then(|scale| scale.checked_mul(value))
            .and_then(|part| units.checked_add(part))
            .ok_or(AmountError::TooLarge)?;
    }
    if units >= MAX_WHOLE {
        return Err(AmountError::TooLarge);
    }
    Ok(if negative { -units } else { units })
}

fn parse_exponent(text: &[u8]) -> Result<i64, AmountError> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(AmountError::NotANumber);
    }
    let value = digits.iter().fold(0i64, |n, d| n.saturating_mul(10).saturating_add(i64::from(d - b'0')));
    Ok(if negative { -value } else { value })
}

impl<U> fmt::Display for Fixed<U> {
    /// The shortest exact text: `18.70675`, `-0.5`, `0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut room = [0; LONGEST];
        let text = self.write(&mut room);
        f.pad_integral(self.0 >= 0, "", text.strip_prefix('-').unwrap_or(text))
    }
}

impl<U> fmt::Debug for Fixed<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<U> std::str::FromStr for Fixed<U> {
    type Err = AmountError;
    fn from_str(text: &str) -> Result<Self, AmountError> {
        Self::parse(text)
    }
}

impl<U> Serialize for Fixed<U> {
    /// A decimal string, so that no reader of the JSON makes a float of it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, U> Deserialize<'de> for Fixed<U> {
    /// From a JSON number or string, by its text; only for `serde_json`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<serde_json::value::RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        let text = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
        Self::parse(text).map_err(|error| serde::de::Error::custom(format!("“{text}” {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Amount;
    use super::*;
    use proptest::prelude::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap_or_else(|e| panic!("{text} {e}"))
    }

    #[test]
    fn forty_digit_amounts_and_odd_zeros_are_read_exactly() {
        assert_eq!(amount("0.000004500000000000000000000000000000000").to_string(), "0.0000045");
        assert_eq!(amount("0E-6176"), Amount::ZERO);
        assert_eq!(amount("0.00000000000000000000000000000000000000000"), Amount::ZERO);
        assert_eq!(amount("  -1.50 ").to_string(), "-1.5");
        assert_eq!(amount("1.5e-05").to_string(), "0.000015");
        assert_eq!(amount("12E2").to_string(), "1200");
        assert_eq!(amount(".5").to_string(), "0.5");
        assert_eq!(amount("4350.7").to_string(), "4350.7");
        assert_eq!(Amount::from_units(i128::MAX).to_string(), "170141183460469231731.687303715884105727");
        assert_eq!(Amount::from_units(i128::MIN).to_string(), "-170141183460469231731.687303715884105728");
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in ["1,000.00", "$5", "1.2.3", "abc", "-", ".", "1e", "0x10", "NaN", "inf", "1 000", "٣"] {
            assert_eq!(Amount::parse(text), Err(AmountError::NotANumber), "{text}");
        }
        assert_eq!(Amount::parse(" "), Err(AmountError::Empty));
        assert_eq!(Amount::parse("1e-19"), Err(AmountError::TooFine));
        assert_eq!(Amount::parse("1e30"), Err(AmountError::TooLarge));
        assert_eq!(Amount::parse("1e999999999999999999999"), Err(AmountError::TooLarge));
    }

    #[test]
    fn a_float_is_read_without_the_noise_beyond_eighteen_places() {
        let float = |text: &str| Amount::parse_float(text).map(|a| a.to_string());
        assert_eq!(float("2.7900000000000004e-05").as_deref(), Ok("0.0000279"));
        assert_eq!(float("-4.4999999999999996e-06").as_deref(), Ok("-0.0000045"));
        assert_eq!(float("0.0000000000000000005").as_deref(), Ok("0.000000000000000001"));
        assert_eq!(float("0.00000000000000000049").as_deref(), Ok("0"));
        assert_eq!(float("0.1").as_deref(), Ok("0.1"));
        assert_eq!(float("nan"), Err(AmountError::NotANumber));
    }

    #[test]
    fn json_numbers_keep_their_digits() {
        let read: Vec<Amount> = serde_json::from_str(r#"[0.1, "0.10", 1000, 14.858330207447157]"#).unwrap();
        let text: Vec<_> = read.iter().map(ToString::to_string).collect();
        assert_eq!(text, ["0.1", "0.1", "1000", "14.858330207447157"]);
        assert_eq!(serde_json::to_string(&read[0]).unwrap(), r#""0.1""#);
    }

    proptest! {
        #[test]
        fn text_and_number_go_back_and_forth(units in -10i128.pow(28)..10i128.pow(28)) {
            let value = Amount::from_units(units);
            prop_assert_eq!(Amount::parse(value.to_string()), Ok(value));
            prop_assert!((0..=SCALE).all(|places| value.fits_places(places) == (value.decimals() <= places)));
            if let Some(decimal) = value.to_decimal() {
                prop_assert_eq!(Amount::from_decimal(decimal), Ok(value));
            }
        }

        #[test]
        fn parsing_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = Amount::parse(bytes);
        }
    }
}
