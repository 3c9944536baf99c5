//! The fixed-point number behind every amount.

mod text;

use std::cmp::Ordering;
use std::iter::Sum;
use std::marker::PhantomData;

use rust_decimal::Decimal;

use super::wide::mul_div_round;

/// Decimal places kept. Input that is finer, after its trailing zeros are
/// taken off, is an error and never rounded.
pub const SCALE: u32 = 18;

const ONE: i128 = 1_000_000_000_000_000_000;

/// Marks a [`Fixed`] as money in the book's currency.
#[derive(Debug, Clone, Copy)]
pub enum Money {}

/// Marks a [`Fixed`] as a count of something: credits, messages, seconds.
#[derive(Debug, Clone, Copy)]
pub enum Units {}

/// Money in the book's currency.
pub type Amount = Fixed<Money>;

/// Credits, or a billed quantity, which may be fractional.
pub type Quantity = Fixed<Units>;

/// A decimal number held as a whole count of 10⁻¹⁸.
///
/// Addition works on the integers, so the order of a sum never matters. The
/// range is ±1.7 × 10²⁰; every operation that could leave it returns an error.
pub struct Fixed<U>(i128, PhantomData<U>);

/// Why a text or a calculation gives no exact number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    #[error("is empty where a number is needed")]
    Empty,
    #[error("is not a plain decimal number (write it like 1234.56, without separators or signs of currency)")]
    NotANumber,
    #[error("has more than {SCALE} decimal places; the program does not round what was billed")]
    TooFine,
    #[error("is too large to be held exactly")]
    TooLarge,
}

impl<U> Fixed<U> {
    pub const ZERO: Self = Self(0, PhantomData);

    /// The number with this many units of 10⁻¹⁸.
    pub const fn from_units(units: i128) -> Self {
        Self(units, PhantomData)
    }

    /// This number in units of 10⁻¹⁸.
    pub const fn units(self) -> i128 {
        self.0
    }

    pub const fn from_int(whole: i64) -> Self {
        Self(whole as i128 * ONE, PhantomData)
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// # Errors
    /// [`AmountError::TooLarge`] on overflow, as for the other operations.
    pub fn checked_add(self, other: Self) -> Result<Self, AmountError> {
        self.0.checked_add(other.0).map(Self::from_units).ok_or(AmountError::TooLarge)
    }

    /// # Errors
    /// [`AmountError::TooLarge`] on overflow.
    pub fn checked_sub(self, other: Self) -> Result<Self, AmountError> {
        self.0.checked_sub(other.0).map(Self::from_units).ok_or(AmountError::TooLarge)
    }

    /// Sum that stays within range instead of wrapping: at ±1.7 × 10²⁰ it
    /// holds still. Sums of lines cannot reach that: a line's amount is below
    /// 10¹¹ by [`Fixed::parse`] and there are at most 2³² lines.
    pub fn plus(self, other: Self) -> Self {
        Self::from_units(self.0.saturating_add(other.0))
    }

    /// Difference under the same bound as [`Fixed::plus`].
    pub fn minus(self, other: Self) -> Self {
        Self::from_units(self.0.saturating_sub(other.0))
    }

    pub fn negated(self) -> Self {
        Self::from_units(self.0.saturating_neg())
    }

    pub fn abs(self) -> Self {
        Self::from_units(self.0.saturating_abs())
    }

    /// This number `times` over, exactly.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] on overflow.
    pub fn times(self, times: i64) -> Result<Self, AmountError> {
        // Two factors of 64 bits always fit, and need no check.
        if let Ok(small) = i64::try_from(self.0) {
            return Ok(Self::from_units(i128::from(small) * i128::from(times)));
        }
        self.0.checked_mul(i128::from(times)).map(Self::from_units).ok_or(AmountError::TooLarge)
    }

    /// The same number rounded to `places` decimal places, half away from
    /// zero, which is what accountants and Postgres mean by half up.
    pub fn rounded(self, places: u32) -> Self {
        let step = 10i128.pow(SCALE - places.min(SCALE));
        Self::from_units(round_div(self.0, step).saturating_mul(step))
    }

    /// The same number cut after `places` decimal places, toward negative
    /// infinity.
    pub fn floored(self, places: u32) -> Self {
        let step = 10i128.pow(SCALE - places.min(SCALE));
        Self::from_units(self.0.div_euclid(step).saturating_mul(step))
    }

    /// Text with exactly `places` decimals, half away from zero: for screens,
    /// never for a figure that is calculated further.
    pub fn to_fixed(self, places: u32) -> String {
        let rounded = self.rounded(places);
        let mut text = rounded.to_string();
        if places > 0 {
            let have = text.find('.').map(|dot| text.len() - dot - 1);
            match have {
                None => {
                    text.push('.');
                    text.extend(std::iter::repeat_n('0', places as usize));
                }
                Some(n) => text.extend(std::iter::repeat_n('0', (places as usize).saturating_sub(n))),
            }
        }
        text
    }

    /// This number times `part / whole`, rounded half away from zero at `places`
    /// decimal places; `None` when `whole` is zero or the result is out of reach.
    pub fn portion<V>(self, part: Fixed<V>, whole: Fixed<V>, places: u32) -> Option<Self> {
        let step = 10i128.pow(SCALE - places.min(SCALE));
        let steps = mul_div_round(self.0, part.0, whole.0.checked_mul(step)?).or_else(|| {
            // A whole too large to be divided in steps: one rounding more, at
            // the last of 18 places.
            mul_div_round(self.0, part.0, whole.0).map(|units| round_div(units, step))
        })?;
        steps.checked_mul(step).map(Self::from_units)
    }

    /// Decimal places in use, from 0 to 18.
    pub fn decimals(self) -> u32 {
        if self.0 == 0 {
            return 0;
        }
        let magnitude = self.0.unsigned_abs();
        let mut places = SCALE;
        // Amounts below 18 of the currency fit 64 bits, which divide faster.
        if let Ok(mut units) = u64::try_from(magnitude) {
            while places > 0 && units.is_multiple_of(10) {
                units /= 10;
                places -= 1;
            }
            return places;
        }
        let mut units = magnitude;
        while places > 0 && units.is_multiple_of(10) {
            units /= 10;
            places -= 1;
        }
        places
    }

    /// Whether so many decimal places hold the number: what
    /// [`Fixed::decimals`] says, without counting them.
    pub fn fits_places(self, places: u32) -> bool {
        let Some(step) = SCALE.checked_sub(places).and_then(|power| POWERS.get(power as usize)) else { return true };
        match u64::try_from(self.0.unsigned_abs()) {
            Ok(units) => units.is_multiple_of(*step),
            Err(_) => self.0 % i128::from(*step) == 0,
        }
    }

    /// The least number above zero of so many decimal places, at most the
    /// [`SCALE`].
    pub fn least(places: u32) -> Self {
        let power = POWERS.get(SCALE.saturating_sub(places) as usize);
        Self::from_units(power.map_or(1, |power| i128::from(*power)))
    }

    /// The number as a `rust_decimal`, for libraries that speak it.
    /// `None` where its 96 bits do not hold the number exactly.
    pub fn to_decimal(self) -> Option<Decimal> {
        let places = self.decimals();
        let mantissa = self.0 / 10i128.pow(SCALE - places);
        Decimal::try_from_i128_with_scale(mantissa, places).ok()
    }

    /// The number of a `rust_decimal`.
    ///
    /// # Errors
    /// [`AmountError::TooFine`] beyond 18 decimals.
    pub fn from_decimal(value: Decimal) -> Result<Self, AmountError> {
        let value = value.normalize();
        if value.scale() > SCALE {
            return Err(AmountError::TooFine);
        }
        value
            .mantissa()
            .checked_mul(10i128.pow(SCALE - value.scale()))
            .map(Self::from_units)
            .ok_or(AmountError::TooLarge)
    }

    /// Reads the number as another kind of unit, when a column can hold either.
    pub fn retag<V>(self) -> Fixed<V> {
        Fixed::from_units(self.0)
    }
}

/// `value / step`, rounded half away from zero; `step` is positive.
pub(super) fn round_div(value: i128, step: i128) -> i128 {
    let (quotient, rest) = (value / step, (value % step).abs());
    if rest >= step - rest { quotient + value.signum() } else { quotient }
}

/// Powers of ten up to the scale.
pub(super) const POWERS: [u64; SCALE as usize + 1] = {
    let mut powers = [1; SCALE as usize + 1];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

impl<U> Clone for Fixed<U> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<U> Copy for Fixed<U> {}
impl<U> PartialEq for Fixed<U> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<U> Eq for Fixed<U> {}
impl<U> PartialOrd for Fixed<U> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<U> Ord for Fixed<U> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<U> std::hash::Hash for Fixed<U> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<U> Default for Fixed<U> {
    fn default() -> Self {
        Self::ZERO
    }
}
impl<U> Sum for Fixed<U> {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Self::plus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap_or_else(|e| panic!("{text} {e}"))
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        assert_eq!(amount("0.005").to_fixed(2), "0.01");
        assert_eq!(amount("-0.005").to_fixed(2), "-0.01");
        assert_eq!(amount("18.70675").to_fixed(2), "18.71");
        assert_eq!(amount("3").to_fixed(2), "3.00");
        assert_eq!(amount("1.1").to_fixed(4), "1.1000");
        assert_eq!(amount("-0.371").floored(2).to_string(), "-0.38");
    }
}
