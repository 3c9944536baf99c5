//! Billed in the bucket of the day before or after: a day's gap is exactly
//! what one entry of a neighbouring day costs, or the entries around midnight,
//! or its batches, which are billed on the day they complete.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Claim, Detail, Probe, Scene, Told};
use crate::amount::Amount;
use crate::calendar::Day;
use crate::reconcile::cause::evidence::Key;
use crate::reconcile::cause::explain::Work;
use crate::reconcile::cause::solve::digits;

/// Entries of one day that are looked through.
const MOST: usize = 50_000;
/// Digits of a gap that an entry must hit, beyond those that the number of
/// tries explains.
const DIGITS: u32 = 3;

/// The gap of each day of one model and project, with its pools.
type Days = BTreeMap<Day, (Amount, Vec<usize>)>;

pub(in crate::reconcile::cause) fn claims(work: &Work<'_, '_>) -> Vec<Claim> {
    let mut series: BTreeMap<(u32, u32), Days> = BTreeMap::new();
    for (at, pool) in work.evidence.pools.iter().enumerate().filter(|(_, pool)| pool.days && !pool.key.credits) {
        let Key { day: Some(day), what, who, .. } = pool.key else { continue };
        let of_day = series.entry((what, who)).or_default().entry(day).or_default();
        of_day.0 = of_day.0.plus(work.left(at));
        of_day.1.push(at);
    }
    let finest = work.evidence.finest();
    let series: Vec<Days> = series.into_values().collect();
    series.into_par_iter().flat_map_iter(|days| of_series(work, days, finest)).collect()
}

fn of_series(work: &Work<'_, '_>, mut days: Days, finest: i128) -> Vec<Claim> {
    let gaps: Vec<Day> = days.iter().filter(|(_, (gap, _))| !gap.is_zero()).map(|(day, _)| *day).collect();
    let mut claims = Vec::new();
    for day in gaps {
        for beside in [day.plus_days(1), day.plus_days(-1)] {
            let (Some((gap, here)), Some((other, there))) = (days.get(&day), days.get(&beside)) else { continue };
            if gap.is_zero() || other.is_zero() || gap.is_negative() == other.is_negative() {
                continue;
            }
            // Billed here too much: entries recorded there, and the other way
            // round.
            let (from, at_end) = if gap.is_negative() { (here, beside > day) } else { (there, beside < day) };
            let Some(tries) = moved(work, from, gap.abs(), at_end) else { continue };
            let (Some(at), Some(to), gap, after) = (here.first(), there.first(), *gap, other.plus(*gap)) else {
                continue;
            };
            if digits(gap, finest) < DIGITS + tries.checked_ilog10().unwrap_or(0) {
                continue;
            }
            claims.push(work.claim(Probe::NeighbouringDay, 0, Detail::Nothing, *at, gap));
            claims.push(work.claim(Probe::NeighbouringDay, 0, Detail::Nothing, *to, gap.negated()));
            for (day, gap) in [(day, Amount::ZERO), (beside, after)] {
                if let Some(known) = days.get_mut(&day) {
                    known.0 = gap;
                }
            }
        }
    }
    claims
}

/// Whether entries of a day add up to an amount: one of them, a run at the
/// start or the end of the day, or its batches. Gives the number of sums that
/// were tried.
fn moved(work: &Work<'_, '_>, pools: &[usize], amount: Amount, at_end: bool) -> Option<u32> {
    let (lines, values) = (work.evidence.sides.ledger, work.evidence.sides.ledger_values);
    let mut rows = work.evidence.entries(pools);
    if rows.is_empty() || rows.len() > MOST {
        return None;
    }
    let value = |row: u32| values.amount(lines, row).unwrap_or_default();
    if rows.iter().any(|row| value(*row) == amount) {
        return Some(rows.len() as u32);
    }
    let batches: Amount = rows
        .iter()
        .filter(|row| work.evidence.sides.names.text(lines.tier(**row)) == "batch")
        .map(|row| value(*row))
        .sum();
    if batches == amount {
        return Some(1);
    }
    if at_end {
        rows.reverse();
    }
    let mut sum = Amount::ZERO;
    rows.iter()
        .any(|row| {
            sum = sum.plus(value(*row));
            sum == amount
        })
        .then_some(rows.len() as u32)
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let greatest = scene.over.iter().map(|(_, amount)| amount.abs()).max().unwrap_or_default();
    Told::only(format!(
        "Entries of a day were billed in the bucket of the day beside it {}: up to {greatest} each, to the last digit.",
        scene.when()
    ))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn entries_billed_the_day_before_or_after_are_found() {
        for shape in [Bill::Models, Bill::Days] {
            // The last of a day, billed the day after; the first of another,
            // billed the day before.
            let mut month = Months::plain(shape);
            let last = month.bill.iter_mut().rfind(|row| row.day() == 9).unwrap();
            last.second += 86_400;
            let first = month.bill.iter_mut().find(|row| row.day() == 21).unwrap();
            first.second -= 86_400;
            let why = month.why();
            assert_only(&why, &[Probe::NeighbouringDay]);
            assert!(why.findings[0].explained.is_zero() && why.findings[0].over.len() == 4);
        }
    }

    #[test]
    fn batches_are_billed_when_they_complete() {
        let mut month = Months::plain(Bill::Days);
        for row in month.bill.iter_mut().chain(&mut month.ledger).filter(|row| row.day() == 9 && row.model == "gpt-4o")
        {
            (row.tier, row.times) = ("batch", (1, 2));
        }
        month.bill.iter_mut().filter(|row| row.tier == "batch").for_each(|row| row.second += 86_400);
        assert_only(&month.why(), &[Probe::NeighbouringDay]);
    }
}
