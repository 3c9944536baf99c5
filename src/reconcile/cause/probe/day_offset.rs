//! The ledger's days are those of another time zone: gaps of opposite sign
//! stand on neighbouring days, and with its times shifted they are gone.
//!
//! All offsets from twelve hours back to fourteen ahead are tried by the
//! quarter of an hour. A day counts as settled when its tokens agree, else when
//! its money does, as it stands or at the multiple of a tier, so that a shift
//! is seen behind other causes too.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Scene, Told, batch, priority, region};
use crate::amount::Amount;
use crate::calendar::Day;
use crate::price::Multiple;
use crate::reconcile::cause::evidence::{Evidence, Proposal};

const QUARTER: i64 = 15 * 60 * 1_000_000;
const QUARTERS_OF_DAY: i64 = 96;

/// What was recorded up to a quarter of an hour.
#[derive(Clone, Copy, Default)]
struct Recorded {
    amount: Amount,
    tokens: i64,
}

/// Both sides of one day.
struct Billed {
    day: Day,
    amount: Amount,
    /// Where the bill counts them.
    tokens: Option<i64>,
    slack: i128,
}

/// One model and project.
struct Series {
    days: Vec<Billed>,
    /// Ascending, each with the sum up to and with it.
    quarters: Vec<(i64, Recorded)>,
    times: Vec<Multiple>,
}

/// The minutes to add to the ledger's times, where that settles at least half
/// of the days that differ and unsettles none.
pub(in crate::reconcile::cause) fn find(evidence: &Evidence<'_>) -> Option<i32> {
    // Of what a server added up by its days, no hour is known.
    if evidence.sides.ledger.has_bundles() {
        return None;
    }
    let series = gather(evidence);
    if series.is_empty() {
        return None;
    }
    // Days that are billed, and all.
    let settled = |minutes: i32| -> (usize, usize) {
        let of_series = |series: &Series| {
            let days = || series.days.iter().filter(|day| series.settles(day, minutes));
            (days().filter(|day| !day.amount.is_zero()).count(), days().count())
        };
        series.par_iter().map(of_series).reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    };
    let (billed, now) = settled(0);
    let all: usize = series.iter().map(|series| series.days.len()).sum();
    if now == all {
        return None;
    }
    let offsets = likely(&series);
    // Of equal ones a whole hour, then the smallest.
    let best = offsets
        .into_iter()
        .map(|minutes| (settled(minutes), minutes % 60 == 0, -minutes.abs(), minutes))
        .max_by_key(|((billed, all), whole, near, minutes)| (*all, *billed, *whole, *near, *minutes))
        .filter(|((more, count), ..)| *more > billed && *count > now && (count - now) * 2 >= all - now);
    best.map(|(.., minutes)| minutes)
}

/// Days that differ, which offsets are tried on first.
const TRIED: usize = 128;

/// The offsets that settle a quarter at least of some of the days that differ:
/// most months are in the right zone, and are done with here. Zones are from
/// twelve hours behind to fourteen ahead.
fn likely(series: &[Series]) -> Vec<i32> {
    let days = series.iter().flat_map(|series| series.days.iter().map(move |day| (series, day)));
    let apart: Vec<(&Series, &Billed)> = days.filter(|(series, day)| !series.settles(day, 0)).collect();
    let some: Vec<&(&Series, &Billed)> = apart.iter().step_by(apart.len().div_ceil(TRIED).max(1)).collect();
    let offsets: Vec<i32> = (-56..=48).map(|quarter| quarter * 15).filter(|minutes| *minutes != 0).collect();
    let settles = |minutes: &i32| some.iter().filter(|(series, day)| series.settles(day, *minutes)).count();
    offsets.into_par_iter().filter(|minutes| settles(minutes) * 4 >= some.len()).collect()
}

fn gather(evidence: &Evidence<'_>) -> Vec<Series> {
    let mut pools: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
    for (at, pool) in evidence.pools.iter().enumerate() {
        if pool.days && !pool.key.credits && pool.key.day.is_some() {
            pools.entry((pool.key.what, pool.key.who)).or_default().push(at);
        }
    }
    let series = |pools: Vec<usize>| {
        let mut days: BTreeMap<Day, Billed> = BTreeMap::new();
        let mut quarters: BTreeMap<i64, Recorded> = BTreeMap::new();
        for at in pools.iter().copied() {
            let pool = evidence.pools.get(at)?;
            let day = pool.key.day?;
            let known = days.entry(day).or_insert(Billed { day, amount: Amount::ZERO, tokens: Some(0), slack: 0 });
            known.amount = known.amount.plus(pool.bill.amount);
            let usage = pool.billed_usage();
            let none = pool.bill.lines == 0 && pool.used.is_none();
            let of_pool = if none {
                Some(0)
            } else {
                usage.map(|sums| sums.tokens.input().unwrap_or(0).saturating_add(sums.tokens.output))
            };
            known.tokens = known.tokens.zip(of_pool).map(|(sum, more)| sum.saturating_add(more));
            known.slack = known.slack.saturating_add(pool.slack);
            if pool.ledger.uncounted > 0 {
                known.tokens = None;
            }
            add_entries(evidence, at, &mut quarters)?;
        }
        let mut sum = Recorded::default();
        let quarters = quarters.into_iter().map(|(quarter, more)| {
            sum = Recorded { amount: sum.amount.plus(more.amount), tokens: sum.tokens.saturating_add(more.tokens) };
            (quarter, sum)
        });
        let quarters: Vec<_> = quarters.collect();
        let model = evidence.text(evidence.pools.get(*pools.first()?)?.key.what);
        let one = Multiple::new("", 1, 1);
        let times =
            one.into_iter().chain([batch::TIMES]).chain(priority::times(model)).chain(region::times(model)).collect();
        Some(Series { days: days.into_values().collect(), quarters, times })
    };
    pools.into_values().collect::<Vec<_>>().into_par_iter().filter_map(series).collect()
}

/// Entries of a pool by the quarter of an hour; `None` where one has no time
/// of day, so that it cannot be shifted.
fn add_entries(evidence: &Evidence<'_>, pool: usize, quarters: &mut BTreeMap<i64, Recorded>) -> Option<()> {
    let (lines, values) = (evidence.sides.ledger, evidence.sides.ledger_values);
    for row in evidence.items_of(pool).iter().flat_map(|item| evidence.items.ledger_rows(*item)) {
        let at = lines.at(row).filter(|_| lines.span(row) == 0)?;
        let recorded = quarters.entry(at.micros().div_euclid(QUARTER)).or_default();
        recorded.amount = recorded.amount.plus(values.amount(lines, row).unwrap_or_default());
        recorded.tokens = recorded.tokens.saturating_add(lines.total(row).unwrap_or(0));
    }
    Some(())
}

impl Series {
    /// What falls on a day with the times shifted.
    fn recorded(&self, day: Day, minutes: i32) -> Recorded {
        let start = i64::from(day.number()) * QUARTERS_OF_DAY - i64::from(minutes / 15);
        let before = |quarter: i64| {
            let at = self.quarters.partition_point(|(known, _)| *known < quarter);
            at.checked_sub(1).and_then(|at| self.quarters.get(at)).map_or(Recorded::default(), |(_, sum)| *sum)
        };
        let (from, to) = (before(start), before(start + QUARTERS_OF_DAY));
        Recorded { amount: to.amount.minus(from.amount), tokens: to.tokens - from.tokens }
    }

    fn settles(&self, day: &Billed, minutes: i32) -> bool {
        let recorded = self.recorded(day.day, minutes);
        if let Some(tokens) = day.tokens {
            return tokens == recorded.tokens;
        }
        self.times.iter().any(|times| {
            times.of(recorded.amount).is_some_and(|amount| {
                let apart = day.amount.minus(amount).abs().units();
                apart.saturating_mul(2) <= day.slack
            })
        })
    }
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let super::Detail::Minutes(minutes) = scene.detail else { return Told::only(String::new()) };
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    // Times that run behind UTC are brought to it by adding.
    let sign = if minutes > 0 { '-' } else { '+' };
    let zone = if rest == 0 { format!("UTC{sign}{hours}") } else { format!("UTC{sign}{hours}:{rest:02}") };
    Told {
        sentence: format!("The ledger's times are those of {zone}: its days are not the days of the bill."),
        proposal: Some(Proposal::RebucketLedger { offset_minutes: minutes }),
    }
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    /// Usage at all hours.
    fn round_the_clock(shape: Bill) -> Months {
        let mut month = Months::plain(shape);
        for (n, row) in month.bill.iter_mut().enumerate() {
            row.second = (row.day() - 1) * 86_400 + (n as i64 * 7 % 24) * 3_600 + row.output % 3_600;
        }
        month.ledger = month.bill.clone();
        month
    }

    #[test]
    fn a_ledger_in_another_zone_is_shifted_back() {
        for (minutes, zone) in [(-300, "UTC-5"), (330, "UTC+5:30"), (-720, "UTC-12"), (840, "UTC+14")] {
            for shape in [Bill::Classes, Bill::Models, Bill::Days] {
                let mut month = round_the_clock(shape);
                // What leads out of the month is on the other side's bill.
                month.ledger.iter_mut().for_each(|row| row.second += minutes * 60);
                let why = month.why();
                assert_eq!(why.findings[0].probe, Probe::DayOffset, "{zone} {shape:?}");
                assert!(why.findings[0].sentence.contains(zone), "{}", why.findings[0].sentence);
                assert_eq!(why.residual, crate::amount::Amount::ZERO, "{zone} {shape:?}");
                assert_eq!(why.findings.len(), 1, "{zone} {shape:?} {:?}", why.findings[1..].first());
            }
        }
    }

    #[test]
    fn twelve_dollars_after_seven_in_new_york_are_of_february() {
        let mut month = Months::plain(Bill::Models);
        let mut evening = month.ledger[0].clone();
        // 19:10 on the 31st in New York is the 1st of February.
        evening.second = 30 * 86_400 + 19 * 3_600 + 600;
        evening.amount = Some("12".parse().unwrap());
        month.ledger.push(evening.clone());
        month.bill.push(crate::reconcile::cause::months::Row { second: evening.second + 5 * 3_600, ..evening });
        let why = month.why();
        assert_eq!(why.variance, "-12".parse().unwrap());
        assert_only(&why, &[Probe::DayOffset]);
        assert_eq!(why.findings[0].explained, why.variance);
        let proposal = crate::reconcile::Proposal::RebucketLedger { offset_minutes: 300 };
        assert_eq!(why.findings[0].proposal, Some(proposal));
    }
}
