//! Two groupings of one export added up: the rows by project and the rows of
//! the total, or two files of the same days, so that each day counts twice.

use std::collections::BTreeMap;

use super::{Claim, Detail, Probe, Scene, Told};
use crate::amount::Amount;
use crate::calendar::Day;
use crate::reconcile::cause::explain::Work;
use crate::usage::{Lines, Shape};

/// Which dimensions a row names, as bits, and the place of its file among all
/// by path.
type Part = (u8, usize);
/// Of one part of a day, in all and by pool.
type Sum = (Amount, BTreeMap<usize, Amount>);

pub(in crate::reconcile::cause) fn claims(work: &Work<'_, '_>) -> Vec<Claim> {
    let lines = work.evidence.sides.bill;
    if lines.files().iter().all(|file| file.shape != Shape::Cost) {
        return Vec::new();
    }
    let mut paths: Vec<&std::path::Path> = lines.files().iter().map(|file| file.path.as_path()).collect();
    paths.sort_unstable();
    let places: Vec<usize> =
        lines.files().iter().map(|file| paths.partition_point(|path| *path < file.path.as_path())).collect();
    // By day and part: the sum, and by pool.
    let mut days: BTreeMap<Option<Day>, BTreeMap<Part, Sum>> = BTreeMap::new();
    for (at, pool) in work.evidence.pools.iter().enumerate().filter(|(_, pool)| pool.days && !pool.key.credits) {
        let items = work.evidence.items_of(at).iter();
        for row in items.flat_map(|item| work.evidence.items.bill_rows(*item)) {
            if lines.shape(row) != Shape::Cost {
                continue;
            }
            let part = (named(lines, row), places.get(usize::from(lines.origin(row).file)).copied().unwrap_or(0));
            let sum = days.entry(pool.key.day).or_default().entry(part).or_default();
            let amount = work.evidence.sides.bill_values.amount(lines, row).unwrap_or_default();
            sum.0 = sum.0.plus(amount);
            let of_pool = sum.1.entry(at).or_default();
            *of_pool = of_pool.plus(amount);
        }
    }
    let mut claims: BTreeMap<usize, Amount> = BTreeMap::new();
    for parts in days.values().filter(|parts| parts.len() > 1) {
        // The part that tells most apart stays.
        let Some((_, (total, _))) = parts.iter().max_by_key(|((mask, _), _)| mask.count_ones()) else { continue };
        if total.is_zero() || parts.values().any(|(sum, _)| sum != total) {
            return Vec::new();
        }
        let kept = parts.iter().max_by_key(|((mask, _), _)| mask.count_ones()).map(|(part, _)| part);
        for (_, (_, pools)) in parts.iter().filter(|(part, _)| Some(*part) != kept) {
            for (at, amount) in pools {
                let sum = claims.entry(*at).or_default();
                *sum = sum.plus(*amount);
            }
        }
    }
    let claim = |(at, amount)| work.claim(Probe::Grouping, 0, Detail::Nothing, at, amount);
    claims.into_iter().filter(|(_, amount)| !amount.is_zero()).map(claim).collect()
}

fn named(lines: &Lines, row: u32) -> u8 {
    let names = [lines.project(row), lines.api_key(row), lines.user(row), lines.item_text(row)];
    names.into_iter().enumerate().map(|(at, name)| u8::from(!name.is_none()) << at).sum()
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    Told::only(format!(
        "The bill has each day more than once {}, grouped in different ways with equal totals: take one grouping out.",
        scene.when()
    ))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn two_groupings_of_one_export_are_counted_once() {
        let mut month = Months::plain(Bill::Models);
        month.twice = true;
        assert_only(&month.why(), &[Probe::Grouping]);
    }
}
