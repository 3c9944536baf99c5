//! The periods a subsidy is counted in, and the keys they are known by.

use std::fmt;
use std::str::FromStr;

use super::day::{days_in_month, is_leap};
use super::{Day, Month};

/// A day of the year at which a fiscal year starts, as `MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthDay {
    month: u32,
    day: u32,
}

impl MonthDay {
    pub const JANUARY_FIRST: Self = Self { month: 1, day: 1 };

    /// `None` when no year has such a day; 02-29 is one.
    pub fn new(month: u32, day: u32) -> Option<Self> {
        ((1..=12).contains(&month) && (1..=days_in_month(2024, month)).contains(&day)).then_some(Self { month, day })
    }

    /// The day it falls on in a year; 02-29 is 1 March in a common year.
    pub fn in_year(self, year: i32) -> Day {
        let (month, day) =
            if self.month == 2 && self.day == 29 && !is_leap(year) { (3, 1) } else { (self.month, self.day) };
        Day::from_ymd(year.clamp(1900, 2999), month, day).unwrap_or(Day::from_number(0))
    }
}

impl FromStr for MonthDay {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.trim().split_once('-').and_then(|(m, d)| Self::new(m.parse().ok()?, d.parse().ok()?));
        parsed.ok_or_else(|| format!("“{text}” is not a day of the year (write 07-01 for 1 July)"))
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

/// How often a cap starts anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// From this day of one year to the day before it in the next. Named after
    /// the year it ends in; a fiscal year from 01-01 is that calendar year.
    FiscalYear(MonthDay),
    CalendarYear,
    Quarter,
    Month,
    /// ISO weeks from Monday; a week over two months is one period.
    Week,
}

/// One period: `FY2026`, `2026`, `2026-Q1`, `2026-01`, `2026-W03`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeriodKey {
    FiscalYear(i32),
    Year(i32),
    Quarter(i32, u32),
    Month(i32, u32),
    Week(i32, u32),
}

impl Period {
    /// The period that `day` lies in.
    pub fn key(self, day: Day) -> PeriodKey {
        let (year, month, _) = day.ymd();
        match self {
            Self::FiscalYear(MonthDay::JANUARY_FIRST) => PeriodKey::FiscalYear(year),
            Self::FiscalYear(start) => PeriodKey::FiscalYear(if day >= start.in_year(year) { year + 1 } else { year }),
            Self::CalendarYear => PeriodKey::Year(year),
            Self::Quarter => PeriodKey::Quarter(year, (month - 1) / 3 + 1),
            Self::Month => PeriodKey::Month(year, month),
            Self::Week => {
                // The week belongs to the year its Thursday is in.
                let thursday = day.plus_days(3 - day.weekday() as i32);
                let (year, ..) = thursday.ymd();
                let first = MonthDay::JANUARY_FIRST.in_year(year);
                PeriodKey::Week(year, ((thursday.number() - first.number()) / 7 + 1) as u32)
            }
        }
    }

    /// First and last day of the period with this key; `None` when it is a
    /// key of another kind of period, or of years out of reach.
    pub fn bounds_of(self, key: PeriodKey) -> Option<(Day, Day)> {
        let first = match (self, key) {
            (Self::FiscalYear(MonthDay::JANUARY_FIRST), PeriodKey::FiscalYear(year)) => Day::from_ymd(year, 1, 1),
            (Self::FiscalYear(start), PeriodKey::FiscalYear(year)) => Some(start.in_year(year.checked_sub(1)?)),
            (Self::CalendarYear, PeriodKey::Year(year)) => Day::from_ymd(year, 1, 1),
            (Self::Quarter, PeriodKey::Quarter(year, quarter)) => {
                Day::from_ymd(year, quarter.checked_sub(1)?.checked_mul(3)? + 1, 1)
            }
            (Self::Month, PeriodKey::Month(year, month)) => Day::from_ymd(year, month, 1),
            // The fourth of January is in week 1.
            (Self::Week, PeriodKey::Week(year, week)) => Day::from_ymd(year, 1, 4)
                .map(|day| day.plus_days(i32::try_from(week.saturating_sub(1)).unwrap_or(0).saturating_mul(7))),
            _ => None,
        }?;
        (self.key(first) == key).then(|| self.bounds(first))
    }

    /// First and last day of the period that `day` lies in.
    pub fn bounds(self, day: Day) -> (Day, Day) {
        let (year, month, _) = day.ymd();
        let month_first = |month| Month::new(year, month).map_or(day, Month::first);
        let month_last = |month| Month::new(year, month).map_or(day, Month::last);
        match self {
            Self::FiscalYear(start) => {
                let this = start.in_year(year);
                let (from, next) =
                    if day >= this { (this, start.in_year(year + 1)) } else { (start.in_year(year - 1), this) };
                (from, next.plus_days(-1))
            }
            Self::CalendarYear => (month_first(1), month_last(12)),
            Self::Quarter => (month_first((month - 1) / 3 * 3 + 1), month_last((month - 1) / 3 * 3 + 3)),
            Self::Month => (month_first(month), month_last(month)),
            Self::Week => {
                let monday = day.plus_days(-(day.weekday() as i32));
                (monday, monday.plus_days(6))
            }
        }
    }
}

impl fmt::Display for PeriodKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FiscalYear(year) => write!(f, "FY{year:04}"),
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Quarter(year, quarter) => write!(f, "{year:04}-Q{quarter}"),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Week(year, week) => write!(f, "{year:04}-W{week:02}"),
        }
    }
}

impl FromStr for PeriodKey {
    type Err = String;
    /// Reads a key as it is shown; `CY2026`, as some state files have it, is
    /// the calendar year.
    fn from_str(text: &str) -> Result<Self, String> {
        // Nothing but digits: a sign would be read as one.
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        let year = |t: &str| (t.len() == 4 && digits(t)).then(|| t.parse::<i32>().ok()).flatten();
        let part = |t: &str, most: u32| t.parse::<u32>().ok().filter(|n| digits(t) && (1..=most).contains(n));
        let key = match text.split_once('-') {
            None => match (text.strip_prefix("FY"), text.strip_prefix("CY")) {
                (Some(rest), _) => year(rest).map(Self::FiscalYear),
                (_, Some(rest)) => year(rest).map(Self::Year),
                _ => year(text).map(Self::Year),
            },
            Some((y, rest)) => year(y).and_then(|y| match (rest.strip_prefix('Q'), rest.strip_prefix('W')) {
                (Some(q), _) => part(q, 4).map(|q| Self::Quarter(y, q)),
                (_, Some(w)) => part(w, 53).map(|w| Self::Week(y, w)),
                _ => part(rest, 12).map(|m| Self::Month(y, m)),
            }),
        };
        key.ok_or_else(|| format!("“{text}” is not a period (they look like FY2026, 2026, 2026-Q1, 2026-01, 2026-W03)"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn a_fiscal_year_is_named_after_the_year_it_ends_in() {
        let july = Period::FiscalYear("07-01".parse().unwrap());
        assert_eq!(july.key(day("2025-06-30")).to_string(), "FY2025");
        assert_eq!(july.key(day("2025-07-01")).to_string(), "FY2026");
        assert_eq!(july.key(day("2026-06-30")).to_string(), "FY2026");
        assert_eq!(july.bounds(day("2026-01-05")), (day("2025-07-01"), day("2026-06-30")));
        let january = Period::FiscalYear("01-01".parse().unwrap());
        assert_eq!(january.key(day("2026-12-31")).to_string(), "FY2026");
        assert_eq!(january.bounds(day("2026-12-31")), (day("2026-01-01"), day("2026-12-31")));
    }

    #[test]
    fn a_fiscal_year_from_leap_day_starts_in_march_of_common_years() {
        let leap = Period::FiscalYear("02-29".parse().unwrap());
        assert_eq!(leap.key(day("2025-02-28")).to_string(), "FY2025");
        assert_eq!(leap.key(day("2025-03-01")).to_string(), "FY2026");
        assert_eq!(leap.key(day("2024-02-29")).to_string(), "FY2025");
        assert_eq!(leap.bounds(day("2024-01-01")), (day("2023-03-01"), day("2024-02-28")));
    }

    #[test]
    fn weeks_follow_iso_over_the_turn_of_the_year() {
        assert_eq!(Period::Week.key(day("2026-01-01")).to_string(), "2026-W01");
        assert_eq!(Period::Week.key(day("2025-12-29")).to_string(), "2026-W01");
        assert_eq!(Period::Week.key(day("2027-01-01")).to_string(), "2026-W53");
        assert_eq!(Period::Week.bounds(day("2026-02-01")), (day("2026-01-26"), day("2026-02-01")));
    }

    proptest::proptest! {
        #[test]
        fn a_key_leads_back_to_the_days_it_stands_for(number in -20_000i32..300_000, month in 1u32..=12, day in 1u32..=31) {
            let start = MonthDay::new(month, day).unwrap_or(MonthDay::JANUARY_FIRST);
            let of = Day::from_number(number);
            let all = [Period::FiscalYear(start), Period::CalendarYear, Period::Quarter, Period::Month, Period::Week];
            for period in all {
                let bounds = period.bounds(of);
                proptest::prop_assert!(bounds.0 <= of && of <= bounds.1);
                proptest::prop_assert_eq!(period.bounds_of(period.key(of)), Some(bounds));
                // Periods follow each other without a gap.
                proptest::prop_assert_eq!(period.bounds(bounds.1.plus_days(1)).0, bounds.1.plus_days(1));
                proptest::prop_assert!(period.key(bounds.1.plus_days(1)) > period.key(of));
            }
        }
    }

    #[test]
    fn a_key_of_another_kind_has_no_days() {
        assert_eq!(Period::Month.bounds_of(PeriodKey::Year(2026)), None);
        assert_eq!(Period::Week.bounds_of(PeriodKey::Week(2027, 53)), None);
        assert_eq!(Period::Week.bounds_of(PeriodKey::Week(2026, 53)), Some((day("2026-12-28"), day("2027-01-03"))));
    }

    #[test]
    fn keys_read_back_as_shown() {
        for text in ["FY2026", "2026", "2026-Q1", "2026-01", "2026-W03", "FY0622", "0000", "0622-01"] {
            assert_eq!(text.parse::<PeriodKey>().unwrap().to_string(), text);
        }
        assert_eq!("CY2026".parse::<PeriodKey>().unwrap(), PeriodKey::Year(2026));
        for text in ["2026-W54", "+026", "FY+026", "2026-Q+1", "2026-+1", "2026-W"] {
            assert!(text.parse::<PeriodKey>().is_err(), "{text}");
        }
    }
}
