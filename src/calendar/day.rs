//! UTC days and billing months.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::DateError;

/// A UTC day, counted from 1970-01-01. Years 1900 to 2999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// The day with this number, day 0 being 1970-01-01.
    pub const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// `None` when there is no such day.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1900..3000).contains(&year) || !(1..=12).contains(&month) {
            return None;
        }
        (1..=days_in_month(year, month)).contains(&day).then(|| Self(days_from_civil(year, month, day)))
    }

    pub fn ymd(self) -> (i32, u32, u32) {
        civil_from_days(self.0)
    }

    pub fn month(self) -> Month {
        let (year, month, _) = self.ymd();
        Month { year, month }
    }

    pub fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// 0 for Monday to 6 for Sunday.
    pub fn weekday(self) -> u32 {
        (self.0 + 3).rem_euclid(7) as u32
    }

    /// Reads `YYYY-MM-DD` or `M/D/YYYY`, the two forms in which providers
    /// write a date; a time behind the first form is not accepted here.
    ///
    /// # Errors
    /// [`DateError`] when the text is neither, or names no day.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, DateError> {
        let text = text.as_ref().trim_ascii();
        let split = |mark: u8| -> Option<[&[u8]; 3]> {
            let mut parts = text.split(|b| *b == mark);
            let found = [parts.next()?, parts.next()?, parts.next()?];
            parts.next().is_none().then_some(found)
        };
        let number = |digits: &[u8], longest: usize| -> Option<u32> {
            if digits.is_empty() || digits.len() > longest || !digits.iter().all(u8::is_ascii_digit) {
                return None;
            }
            Some(digits.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')))
        };
        let (year, month, day) = if let Some([y, m, d]) = split(b'-').filter(|p| p[0].len() == 4) {
            (number(y, 4), number(m, 2), number(d, 2))
        } else if let Some([m, d, y]) = split(b'/').filter(|p| p[2].len() == 4) {
            (number(y, 4), number(m, 2), number(d, 2))
        } else {
            return Err(if text.is_empty() { DateError::Empty } else { DateError::NotADate });
        };
        match (year, month, day) {
            (Some(year), Some(month), Some(day)) => Self::from_ymd(year as i32, month, day).ok_or_else(|| {
                // The other way round it would be one.
                let turned = text.contains(&b'/') && month > 12 && Self::from_ymd(year as i32, day, month).is_some();
                if turned { DateError::DayFirst } else { DateError::NoSuchDay }
            }),
            _ => Err(DateError::NotADate),
        }
    }
}

impl fmt::Display for Day {
    /// `2026-01-05`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        Self::parse(text)
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|error| serde::de::Error::custom(format!("“{text}” {error}")))
    }
}

/// A billing month, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i32,
    month: u32,
}

impl Month {
    /// `None` unless `month` is 1 to 12 and the year 1900 to 2999.
    pub fn new(year: i32, month: u32) -> Option<Self> {
        Day::from_ymd(year, month, 1).map(Day::month)
    }

    pub fn year(self) -> i32 {
        self.year
    }

    pub fn number(self) -> u32 {
        self.month
    }

    pub fn first(self) -> Day {
        Day(days_from_civil(self.year, self.month, 1))
    }

    pub fn last(self) -> Day {
        Day(self.next().first().0 - 1)
    }

    pub fn contains(self, day: Day) -> bool {
        day.month() == self
    }

    pub fn next(self) -> Self {
        if self.month == 12 {
            Self { year: self.year + 1, month: 1 }
        } else {
            Self { year: self.year, month: self.month + 1 }
        }
    }

    pub fn previous(self) -> Self {
        if self.month == 1 {
            Self { year: self.year - 1, month: 12 }
        } else {
            Self { year: self.year, month: self.month - 1 }
        }
    }
}

impl fmt::Display for Month {
    /// `2026-01`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = DateError;
    /// Reads `YYYY-MM`.
    fn from_str(text: &str) -> Result<Self, DateError> {
        let text = text.trim();
        if text.len() != 7 {
            return Err(DateError::NotAMonth);
        }
        Day::parse(format!("{text}-01")).map(Day::month).map_err(|_| DateError::NotAMonth)
    }
}

impl Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

pub(super) fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

pub(super) fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The proleptic Gregorian calendar in eras of 400 years from 1 March.
fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month as i32 + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i32) -> (i32, u32, u32) {
    let shifted = i64::from(days) + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as i32, month as u32, day as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, NaiveDate};
    use proptest::prelude::*;

    #[test]
    fn both_date_forms_are_read_and_nothing_else() {
        let fifth = Day::from_ymd(2026, 1, 5).unwrap();
        for text in ["2026-01-05", "1/5/2026", "01/05/2026", " 2026-1-5 "] {
            assert_eq!(Day::parse(text), Ok(fifth), "{text}");
        }
        assert_eq!(Day::parse("13/5/2026"), Err(DateError::DayFirst));
        assert_eq!(Day::parse("13/32/2026"), Err(DateError::NoSuchDay));
        assert_eq!(Day::parse("2026-02-29"), Err(DateError::NoSuchDay));
        assert_eq!(Day::parse("5.1.2026"), Err(DateError::NotADate));
        assert_eq!(Day::parse("1/5/26"), Err(DateError::NotADate));
        assert_eq!(Day::parse(""), Err(DateError::Empty));
    }

    #[test]
    fn months_turn_over_the_year() {
        let month: Month = "2026-12".parse().unwrap();
        assert_eq!(month.next().to_string(), "2027-01");
        assert_eq!(month.last().to_string(), "2026-12-31");
        assert!("2026-13".parse::<Month>().is_err());
        assert!("2026-1".parse::<Month>().is_err());
    }

    proptest! {
        #[test]
        fn the_calendar_agrees_with_chrono(number in -25_000i32..370_000) {
            let day = Day::from_number(number);
            let theirs = NaiveDate::from_num_days_from_ce_opt(number + 719_163).unwrap();
            prop_assert_eq!(day.to_string(), theirs.to_string());
            prop_assert_eq!(day.weekday(), theirs.weekday().num_days_from_monday());
            let (year, month, of_month) = day.ymd();
            prop_assert_eq!(Day::from_ymd(year, month, of_month), Some(day));
        }
    }
}
