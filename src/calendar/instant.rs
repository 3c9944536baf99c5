//! Points in time as files write them.

use std::fmt;

use super::Day;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// A point in time in microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// Why a text is no date or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    #[error("is empty where a date is needed")]
    Empty,
    #[error("is not a date (write 2026-01-31 or 1/31/2026)")]
    NotADate,
    #[error("names a day that does not exist")]
    NoSuchDay,
    #[error(
        "has no such month: with slashes the month stands first, as in 1/31/2026; a file that puts the day first \
             must be exported anew, since its other days would be read as months"
    )]
    DayFirst,
    #[error("is not a month (write 2026-01)")]
    NotAMonth,
    #[error("is not a time (write 2026-01-31T23:59:59Z, or seconds since 1970)")]
    NotATime,
}

impl Instant {
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(SECOND))
    }

    /// Midnight UTC at the start of the day.
    pub const fn start_of(day: Day) -> Self {
        Self(day.number() as i64 * DAY)
    }

    /// The UTC day it falls on.
    pub const fn day(self) -> Day {
        Day::from_number(self.0.div_euclid(DAY) as i32)
    }

    /// Reads a time as exports and databases write it: RFC 3339, the same with
    /// a blank for the `T`, offsets such as `Z`, `+00`, `-0500` or none (then
    /// it is UTC), a date alone in either form (midnight), or seconds since
    /// 1970 with or without a fraction. Digits finer than a microsecond are
    /// dropped.
    ///
    /// # Errors
    /// [`DateError`] when the text is none of these.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, DateError> {
        let text = text.as_ref().trim_ascii();
        if text.is_empty() {
            return Err(DateError::Empty);
        }
        if let Some(time) = parse_usual(text) {
            return Ok(time);
        }
        if let Some(seconds) = parse_unix(text) {
            return Ok(seconds);
        }
        let Some(mark) = text.iter().position(|b| matches!(b, b'T' | b't' | b' ')) else {
            return Day::parse(text).map(Self::start_of);
        };
        let day = Day::parse(&text[..mark])?;
        let clock = &text[mark + 1..];
        let offset_at = clock.iter().position(|b| matches!(b, b'Z' | b'z' | b'+' | b'-' | b' ')).unwrap_or(clock.len());
        let time = parse_clock(&clock[..offset_at]).ok_or(DateError::NotATime)?;
        let offset = parse_offset(clock[offset_at..].trim_ascii()).ok_or(DateError::NotATime)?;
        Ok(Self(Self::start_of(day).0 + time - offset))
    }
}

impl Instant {
    /// A time in the two forms that nearly all exports have: seconds since 1970,
    /// and `2026-01-05T09:30:00Z` or what comes near it. `None` for any other
    /// text, which [`Instant::parse`] looks into.
    pub fn parse_short(text: &[u8]) -> Option<Self> {
        match <&[u8; 10]>::try_from(text) {
            Err(_) => parse_usual(text),
            Ok(unix) => {
                let mut seconds = 0;
                for byte in unix {
                    let digit = byte.wrapping_sub(b'0');
                    if digit > 9 {
                        return None;
                    }
                    seconds = seconds * 10 + i64::from(digit);
                }
                Some(Self(seconds * SECOND))
            }
        }
    }
}

/// The form that nearly all exports have, `2026-01-05T09:30:00` with `T` or a
/// blank, up to six digits of a fraction and any offset. `None` for another
/// form or a time that does not exist, which the longer way looks into.
fn parse_usual(text: &[u8]) -> Option<Instant> {
    let (clock, rest) = text.split_first_chunk::<19>()?;
    let shape = [clock[4], clock[7], clock[13], clock[16]] == *b"--::" && matches!(clock[10], b'T' | b' ');
    // What is no digit shows in here, whatever else is made of it.
    let mut wrong = 0;
    let mut two = |at: usize| {
        let (tens, ones) = (clock[at].wrapping_sub(b'0'), clock[at + 1].wrapping_sub(b'0'));
        wrong |= (tens | ones | (tens.wrapping_add(6)) | (ones.wrapping_add(6))) & 0xf0;
        u32::from(tens) * 10 + u32::from(ones)
    };
    let (year, month, day) = (two(0) * 100 + two(2), two(5), two(8));
    let (hour, minute, second) = (two(11), two(14), two(17));
    if wrong != 0 || !shape || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (micros, offset) = match rest {
        [b'.', rest @ ..] => {
            let digits = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
            let micros = rest[..digits].iter().fold(0, |n, digit| n * 10 + i64::from(digit - b'0'));
            let power = 10i64.pow(6u32.checked_sub(digits as u32)?);
            (micros * power, if digits == 0 { return None } else { &rest[digits..] })
        }
        rest => (0, rest),
    };
    let offset = match offset {
        b"Z" | b"+00" => 0,
        other => parse_offset(other)?,
    };
    let day = Day::from_ymd(year as i32, month, day)?;
    let seconds = i64::from(hour * 3_600 + minute * 60 + second);
    Some(Instant(Instant::start_of(day).0 + seconds * SECOND + micros - offset))
}

/// Digits to a number; `None` when empty, too long or not all digits.
fn digits(text: &[u8], longest: usize) -> Option<i64> {
    if text.is_empty() || text.len() > longest || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
}

/// A fraction of a second to microseconds.
fn fraction(text: &[u8]) -> Option<i64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some((0..6).fold(0, |n, at| n * 10 + text.get(at).map_or(0, |d| i64::from(d - b'0'))))
}

/// Ten digits, as 2001 to 2286 have, so that a year is never taken for one.
fn parse_unix(text: &[u8]) -> Option<Instant> {
    let (whole, part) = match text.iter().position(|b| *b == b'.') {
        Some(dot) => (&text[..dot], fraction(&text[dot + 1..])?),
        None => (text, 0),
    };
    (whole.len() == 10).then(|| digits(whole, 10)).flatten().map(|s| Instant(s * SECOND + part))
}

fn parse_clock(text: &[u8]) -> Option<i64> {
    let mut parts = text.split(|b| *b == b':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (second, micros) = match parts.next() {
        None => (0, 0),
        Some(rest) => match rest.iter().position(|b| matches!(b, b'.' | b',')) {
            Some(dot) => (digits(&rest[..dot], 2)?, fraction(&rest[dot + 1..])?),
            None => (digits(rest, 2)?, 0),
        },
    };
    // 60 is a leap second.
    let sound = parts.next().is_none() && hour < 24 && minute < 60 && second <= 60;
    sound.then_some((hour * 3_600 + minute * 60 + second) * SECOND + micros)
}

fn parse_offset(text: &[u8]) -> Option<i64> {
    let (sign, rest) = match text {
        [] | b"Z" | b"z" | b"UTC" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest.iter().position(|b| *b == b':') {
        Some(colon) => (digits(&rest[..colon], 2)?, digits(&rest[colon + 1..], 2)?),
        None if rest.len() == 4 => (digits(&rest[..2], 2)?, digits(&rest[2..], 2)?),
        None => (digits(rest, 2)?, 0),
    };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60) * SECOND)
}

impl fmt::Display for Instant {
    /// `2026-01-05T09:30:00Z`, with a fraction only where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let within = self.0.rem_euclid(DAY);
        let (seconds, micros) = (within / SECOND, within % SECOND);
        write!(f, "{}T{:02}:{:02}:{:02}", self.day(), seconds / 3_600, seconds / 60 % 60, seconds % 60)?;
        if micros > 0 {
            let text = format!("{micros:06}");
            write!(f, ".{}", text.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Instant::parse(text).unwrap_or_else(|e| panic!("{text} {e}")).to_string()
    }

    #[test]
    fn times_are_read_as_files_write_them() {
        assert_eq!(shown("2025-12-01T10:30:46.120Z"), "2025-12-01T10:30:46.12Z");
        assert_eq!(shown("2026-06-14 09:00:01.120"), "2026-06-14T09:00:01.12Z");
        assert_eq!(shown("2026-01-31 19:00:00-05"), "2026-02-01T00:00:00Z");
        assert_eq!(shown("2026-01-01 00:30:00.5 +05:30"), "2025-12-31T19:00:00.5Z");
        assert_eq!(shown("1764585045"), "2025-12-01T10:30:45Z");
        assert_eq!(shown("1764585045.25"), "2025-12-01T10:30:45.25Z");
        assert_eq!(shown("1/5/2026"), "2026-01-05T00:00:00Z");
        assert_eq!(shown("2026-01-05 09:30"), "2026-01-05T09:30:00Z");
        assert_eq!(shown("2026-06-14T00:00:00.123456789Z"), "2026-06-14T00:00:00.123456Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "2026-01-05T25:00:00Z",
            "2026-01-05T10:00:00+99",
            "2026-01-05T10",
            "2026-01-05Txx:00",
            "2026-01-05T10:00:00.Z",
        ] {
            assert_eq!(Instant::parse(text), Err(DateError::NotATime), "{text}");
        }
        assert_eq!(Instant::parse("20260105"), Err(DateError::NotADate));
    }

    proptest::proptest! {
        #[test]
        fn parsing_never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40)) {
            let _ = Instant::parse(&bytes);
        }

        #[test]
        fn shown_times_read_back(micros in -2_000_000_000_000_000i64..4_000_000_000_000_000) {
            let instant = Instant::from_micros(micros);
            proptest::prop_assert_eq!(Instant::parse(instant.to_string()), Ok(instant));
        }
    }
}
