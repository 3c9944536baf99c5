//! Points in time as files write them.

use std::fmt;

use super::Day;
use crate::amount::{beyond_nine, number};

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
        let day = match Day::parse(&text[..mark]) {
            // Only a cell without any text is empty.
            Err(DateError::Empty) => return Err(DateError::NotADate),
            day => day?,
        };
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
        let Ok(unix) = <&[u8; 10]>::try_from(text) else { return parse_usual(text) };
        // Eight digits by the word, and two more.
        let (eight, two) = unix.split_first_chunk::<8>()?;
        let (digits, tens, ones) = (digits_of(*eight), two[0].wrapping_sub(b'0'), two[1].wrapping_sub(b'0'));
        if beyond_nine(digits) != 0 || tens > 9 || ones > 9 {
            return None;
        }
        let seconds = i64::from(number(digits)) * 100 + i64::from(tens) * 10 + i64::from(ones);
        Some(Self(seconds * SECOND))
    }
}

/// Each character as what sets it apart from a `0`, the last in the highest
/// byte.
const fn digits_of(text: [u8; 8]) -> u64 {
    u64::from_le_bytes(text) ^ u64::from_le_bytes([b'0'; 8])
}

/// The form that nearly all exports have, `2026-01-05T09:30:00` with `T` or a
/// blank, up to six digits of a fraction and any offset. `None` for another
/// form or a time that does not exist, which the longer way looks into.
fn parse_usual(text: &[u8]) -> Option<Instant> {
    /// What stands between the digits, as [`digits_of`] has it.
    const DASHES: u64 = digits_of(*b"0000-00-");
    const COLONS: u64 = digits_of(*b"00:00:00");
    let (text, rest) = text.split_first_chunk::<19>()?;
    let (month, clock) = (digits_of(*text.first_chunk()?) ^ DASHES, digits_of(*text.last_chunk()?) ^ COLONS);
    let [.., day_tens, day_ones, mark, _, _, _, _, _, _, _, _] = *text;
    let (day_tens, day_ones) = (day_tens.wrapping_sub(b'0'), day_ones.wrapping_sub(b'0'));
    // What was there to be taken away is gone where it was what it had to be.
    let between = month & MARKS[0] | clock & MARKS[1];
    let wrong = beyond_nine(month) | beyond_nine(clock) | between;
    if wrong != 0 || day_tens > 9 || day_ones > 9 || !matches!(mark, b'T' | b' ') {
        return None;
    }
    // Two digits to a number, at the place of the first.
    let two = |digits: u64, at: u32| ((digits.wrapping_mul(10) + (digits >> 8)) >> (8 * at)) as u32 & 0xff;
    let year = two(month, 0) * 100 + two(month, 2);
    let day = u32::from(day_tens) * 10 + u32::from(day_ones);
    let (hour, minute, second) = (two(clock, 0), two(clock, 3), two(clock, 6));
    if hour > 23 || minute > 59 || second > 59 {
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
    let day = Day::from_ymd(year as i32, two(month, 5), day)?;
    let seconds = i64::from(hour * 3_600 + minute * 60 + second);
    Some(Instant(Instant::start_of(day).0 + seconds * SECOND + micros - offset))
}

/// The bytes of what stands between the digits.
const MARKS: [u64; 2] =
    [u64::from_le_bytes([0, 0, 0, 0, 0xff, 0, 0, 0xff]), u64::from_le_bytes([0, 0, 0xff, 0, 0, 0xff, 0, 0])];

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
        // The title of the column, where a header stands in the middle of a file.
        assert_eq!(Instant::parse("timestamp"), Err(DateError::NotADate));
    }

    #[test]
    fn one_character_that_is_another_makes_another_time_or_none() {
        for (time, at, byte) in ["2026-01-05T09:30:46Z", "2024-02-29 23:59:59Z", "1767606346"]
            .iter()
            .flat_map(|time| (0..time.len().min(19)).flat_map(move |at| (0..=255).map(move |byte| (time, at, byte))))
        {
            let mut text = time.as_bytes().to_vec();
            text[at] = byte;
            let digits = |range: std::ops::Range<usize>| {
                let digits = text.get(range).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
                std::str::from_utf8(digits).ok()?.parse::<i64>().ok()
            };
            let expected = match text.len() {
                10 => digits(0..10).map(Instant::from_seconds),
                _ => (|| {
                    let marks = [4, 7, 10, 13, 16].map(|at| text[at]);
                    let shape = [marks[0], marks[1], marks[3], marks[4]] == *b"--::" && b"T ".contains(&marks[2]);
                    let (hour, minute, second) = (digits(11..13)?, digits(14..16)?, digits(17..19)?);
                    let sound = shape && hour < 24 && minute < 60 && second < 60;
                    let day = Day::from_ymd(digits(0..4)? as i32, digits(5..7)? as u32, digits(8..10)? as u32)?;
                    let seconds = i64::from(day.number()) * 86_400 + hour * 3_600 + minute * 60 + second;
                    sound.then(|| Instant::from_seconds(seconds))
                })(),
            };
            assert_eq!(Instant::parse_short(&text), expected, "{}", String::from_utf8_lossy(&text));
        }
    }

    proptest::proptest! {
        #[test]
        fn parsing_never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40)) {
            let _ = Instant::parse(&bytes);
        }

        #[test]
        fn the_usual_forms_are_read_by_the_word(seconds in -2_000_000_000i64..4_000_000_000) {
            let time = Instant::from_seconds(seconds);
            let text = time.to_string();
            proptest::prop_assert_eq!(Instant::parse_short(text.as_bytes()), Some(time));
            proptest::prop_assert_eq!(Instant::parse_short(text.replace('T', " ").as_bytes()), Some(time));
            let unix = seconds.to_string();
            let ten = unix.len() == 10 && !unix.starts_with('-');
            proptest::prop_assert_eq!(Instant::parse_short(unix.as_bytes()), ten.then_some(time));
        }

        #[test]
        fn shown_times_read_back(micros in -2_000_000_000_000_000i64..4_000_000_000_000_000) {
            let instant = Instant::from_micros(micros);
            proptest::prop_assert_eq!(Instant::parse(instant.to_string()), Ok(instant));
        }
    }
}
