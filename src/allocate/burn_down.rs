//! How a cap burns down over its period: the even pace, the day it runs out,
//! and the draws day by day for a chart.

use super::Position;
use crate::amount::Amount;
use crate::calendar::{Day, Month};

/// When a scope's cap runs out if the days go on as they did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    /// The even share of the cap by that day.
    pub even_pace: Amount,
    /// `None`: not within the period.
    pub runs_out: Option<Day>,
    /// What the period will have drawn by its end at that pace, the cap left
    /// aside.
    pub by_end: Amount,
}

/// The projection of a position as of the last day of `month`.
///
/// The even pace is the cap's share of the days gone by. The day it runs out
/// goes on from the draws since the period's first day as if each day drew the
/// same: the first day on which that reaches the cap. A cap that is reached
/// already ran out on the day of the month that reached it for good, or, where
/// earlier months had, on the month's first.
pub fn project_burn_down(position: &Position, month: Month) -> Projection {
    let (first, last) = position.bounds;
    let length = i128::from(last.number()) - i128::from(first.number()) + 1;
    let elapsed = (i128::from(month.last().number()) - i128::from(first.number()) + 1).clamp(0, length.max(0));
    let even_pace = share(position.cap.units(), elapsed, length);
    let drawn = position.opening.subsidized.amount().plus(position.drawn);
    let by_end = if elapsed == 0 { drawn } else { share(drawn.units(), length, elapsed) };
    Projection { even_pace, runs_out: runs_out(position, month, elapsed), by_end }
}

/// `units × part ÷ whole`, the fraction of 10⁻¹⁸ dropped.
fn share(units: i128, part: i128, whole: i128) -> Amount {
    if whole <= 0 {
        return Amount::ZERO;
    }
    // A cap is at most 10²⁹ units and a period 366 days; beyond that the
    // division goes first and loses digits no one would miss.
    let exact = units.checked_mul(part).map(|product| product / whole);
    Amount::from_units(exact.unwrap_or_else(|| (units / whole).saturating_mul(part)))
}

fn runs_out(position: &Position, month: Month, elapsed: i128) -> Option<Day> {
    let opening = position.opening.subsidized.amount();
    let drawn = opening.plus(position.drawn);
    if drawn >= position.cap {
        let mut reached = (opening >= position.cap).then(|| month.first());
        let mut so_far = opening;
        for (day, amount) in &position.days {
            so_far = so_far.plus(*amount);
            // A refund may take it below the cap again.
            reached = if so_far < position.cap { None } else { reached.or(Some(*day)) };
        }
        return reached.or_else(|| Some(month.first()));
    }
    if drawn <= Amount::ZERO || elapsed == 0 {
        return None;
    }
    let needed = position.cap.units().checked_mul(elapsed)?;
    let days = needed / drawn.units() + i128::from(needed % drawn.units() != 0);
    let (first, last) = position.bounds;
    let day = i32::try_from(i128::from(first.number()).checked_add(days - 1)?).ok()?;
    (day <= last.number()).then(|| Day::from_number(day))
}

/// What had been drawn in the period by the end of each day of `month` that
/// lies in it, opening included. Draws of days before the month (charges that
/// were deferred) count from its first day on.
pub fn series(position: &Position, month: Month) -> Vec<(Day, Amount)> {
    let from = month.first().max(position.bounds.0).number();
    let to = month.last().min(position.bounds.1).number();
    let mut days = position.days.iter().peekable();
    let mut so_far = position.opening.subsidized.amount();
    (from..=to)
        .map(|number| {
            let day = Day::from_number(number);
            while let Some((_, amount)) = days.next_if(|(drawn_on, _)| *drawn_on <= day) {
                so_far = so_far.plus(*amount);
            }
            (day, so_far)
        })
        .collect()
}

/// The [`series`] from the period's first day on, where `earlier` says what
/// months before drew (each once, ascending): they count from their last day
/// on. Of what is left of the opening nobody knows when it was drawn: where
/// there is any, the series begins with the first day that is known.
pub fn series_of_period(position: &Position, month: Month, earlier: &[(Month, Amount)]) -> Vec<(Day, Amount)> {
    let first = position.bounds.0;
    let known: Amount = earlier.iter().map(|(_, amount)| *amount).sum();
    let mut so_far = position.opening.subsidized.amount().minus(known);
    let mut all = Vec::new();
    if so_far.is_zero() {
        all.push((first, so_far));
    }
    for (of, amount) in earlier {
        so_far = so_far.plus(*amount);
        all.push((of.last().max(first), so_far));
    }
    all.retain(|(day, _)| *day < month.first());
    all.extend(series(position, month));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocate::{Opening, Scope, Subject};
    use crate::amount::Cents;
    use crate::calendar::Period;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    fn position(cap: &str, opening: i64, days: &[(&str, &str)]) -> Position {
        let period = Period::CalendarYear;
        let january = Day::parse("2026-01-01").unwrap();
        let days: Vec<_> = days.iter().map(|(d, a)| (Day::parse(d).unwrap(), amount(a))).collect();
        let drawn = days.iter().map(|(_, a)| *a).sum();
        Position {
            scope: Scope { rule: "r".into(), subject: Subject::Project("p".into()), period: period.key(january) },
            cap: amount(cap),
            rolled_over: Amount::ZERO,
            ceiling: amount(cap),
            opening: Opening::stated(Cents(opening), Cents(opening)),
            used: drawn,
            reached: drawn,
            drawn,
            days,
            bounds: period.bounds(january),
        }
    }

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    fn out(position: &Position, of: &str) -> Option<String> {
        project_burn_down(position, month(of)).runs_out.map(|d| d.to_string())
    }

    #[test]
    fn the_even_pace_is_the_share_of_the_days_gone_by() {
        let quiet = position("365", 0, &[]);
        assert_eq!(project_burn_down(&quiet, month("2026-01")).even_pace, amount("31"));
        assert_eq!(project_burn_down(&quiet, month("2026-12")).even_pace, amount("365"));
        assert_eq!(project_burn_down(&quiet, month("2027-03")).even_pace, amount("365"));
        assert_eq!(project_burn_down(&quiet, month("2025-12")).even_pace, Amount::ZERO);
    }

    #[test]
    fn a_cap_runs_out_on_the_day_the_line_reaches_it() {
        assert_eq!(out(&position("62", 0, &[("2026-01-20", "31")]), "2026-01"), Some("2026-03-03".into()));
        assert_eq!(out(&position("62.01", 0, &[("2026-01-20", "31")]), "2026-01"), Some("2026-03-04".into()));
        assert_eq!(out(&position("365", 0, &[("2026-01-20", "31")]), "2026-01"), Some("2026-12-31".into()));
        assert_eq!(out(&position("365.01", 0, &[("2026-01-20", "31")]), "2026-01"), None);
        assert_eq!(out(&position("10", 0, &[]), "2026-01"), None);
    }

    #[test]
    fn the_period_ends_with_what_its_days_so_far_make_of_it() {
        let by_end = |of| project_burn_down(&position("62", 0, &[("2026-01-20", "31")]), month(of)).by_end;
        assert_eq!((by_end("2026-01"), by_end("2026-12")), (amount("365"), amount("31")));
        assert_eq!(by_end("2025-12"), amount("31"));
    }

    #[test]
    fn a_cap_that_is_reached_says_when() {
        let reached = [("2026-02-03", "4"), ("2026-02-05", "6"), ("2026-02-06", "-1"), ("2026-02-07", "1")];
        assert_eq!(out(&position("20", 1000, &reached), "2026-02"), Some("2026-02-07".into()));
        assert_eq!(out(&position("20", 1000, &reached[..2]), "2026-02"), Some("2026-02-05".into()));
        assert_eq!(out(&position("20", 2000, &[]), "2026-02"), Some("2026-02-01".into()));
    }

    #[test]
    fn a_chart_has_every_day_and_starts_from_the_opening() {
        let drawn = position("20", 1000, &[("2026-01-30", "0.5"), ("2026-02-03", "4"), ("2026-02-28", "1")]);
        let series = series(&drawn, month("2026-02"));
        assert_eq!(series.len(), 28);
        assert_eq!(series[0].1, amount("10.5"));
        assert_eq!(series[2].1, amount("14.5"));
        assert_eq!(series[27], (Day::parse("2026-02-28").unwrap(), amount("15.5")));
    }

    #[test]
    fn months_before_climb_from_the_first_day_of_the_period() {
        let mut drawn = position("100", 3000, &[("2026-03-02", "5")]);
        let earlier = [(month("2026-01"), amount("12")), (month("2026-02"), amount("10"))];
        let day = |text| Day::parse(text).unwrap();
        let all = series_of_period(&drawn, month("2026-03"), &earlier);
        // 8 of the opening are of no month that is known.
        let before = [("2026-01-31", "20"), ("2026-02-28", "30"), ("2026-03-01", "30")];
        assert_eq!(all[..3], before.map(|(at, text)| (day(at), amount(text))));
        assert_eq!(all.last(), Some(&(day("2026-03-31"), amount("35"))));
        assert!(all.is_sorted());
        let known = [(month("2026-01"), amount("30"))];
        assert_eq!(series_of_period(&drawn, month("2026-03"), &known)[0], (day("2026-01-01"), Amount::ZERO));
        drawn.bounds.0 = day("2026-03-01");
        assert_eq!(series_of_period(&drawn, month("2026-03"), &[]), series(&drawn, month("2026-03")));
    }
}
