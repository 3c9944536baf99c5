//! The same usage recorded more than once: one id on several rows, or rows of
//! the same time, model, tokens and amount, as two imports of one day leave
//! them.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Claim, Detail, Probe, Scene, Told};
use crate::amount::Amount;
use crate::calendar::Instant;
use crate::reconcile::cause::evidence::{Key, Strand};
use crate::reconcile::cause::explain::Work;
use crate::usage::Lines;

pub(in crate::reconcile::cause) fn claims(work: &Work<'_, '_>) -> Vec<Claim> {
    let mut claims = Vec::new();
    let mut open: BTreeMap<Key, Vec<(usize, Amount)>> = BTreeMap::new();
    for (at, pool, left) in work.open() {
        match pool.strand {
            Strand::Duplicate => claims.push(work.claim(Probe::Duplicates, pool.key.what, Detail::Nothing, at, left)),
            _ if left.is_negative() && pool.days => open.entry(pool.key).or_default().push((at, left)),
            _ => {}
        }
    }
    let of_place = |(key, pools): (Key, Vec<(usize, Amount)>)| {
        let twice = copies(work, key);
        let claim = |(at, left): (usize, Amount)| {
            let of_pool = work.evidence.entries(&[at]).into_iter().filter_map(|row| twice.get(&row).copied());
            let sum: Amount = of_pool.sum();
            let alone = work.evidence.pools.get(at).is_some_and(|pool| pool.strand == Strand::LedgerOnly);
            // Of a whole day the copies must be the gap; a row that stands
            // alone in the ledger is explained by itself.
            (!sum.is_zero() && (sum == left.abs() || alone && sum < left.abs()))
                .then(|| work.claim(Probe::Duplicates, key.what, Detail::Nothing, at, sum.negated()))
        };
        if twice.is_empty() { Vec::new() } else { pools.into_iter().filter_map(claim).collect() }
    };
    let open: Vec<(Key, Vec<(usize, Amount)>)> = open.into_iter().collect();
    claims.extend(open.into_par_iter().flat_map_iter(of_place).collect::<Vec<Claim>>());
    claims
}

/// What tells a recorded usage from another.
#[derive(PartialEq, Eq, Hash)]
struct Content {
    at: i64,
    model: u32,
    user: u32,
    input: Option<i64>,
    output: Option<i64>,
    amount: Amount,
}

/// The entries of a group that repeat another one, with their amounts. Those
/// with an id must have the same id; a pair of them, or one without.
pub(in crate::reconcile::cause) fn copies(work: &Work<'_, '_>, key: Key) -> FxHashMap<u32, Amount> {
    let evidence = work.evidence;
    let (lines, values): (&Lines, _) = (evidence.sides.ledger, evidence.sides.ledger_values);
    let of_days = |at: &usize| evidence.pools.get(*at).is_some_and(|pool| pool.days);
    let (left, matched): (Vec<usize>, Vec<usize>) = evidence.at(key).partition(of_days);
    let left = evidence.entries(&left);
    if left.is_empty() {
        return FxHashMap::default();
    }
    // Entries that are compared already come first: a copy is what is left. Of
    // millions only those are looked at that something left is a copy of; one
    // with the id of another is a duplicate before it comes here.
    let time = |row: u32| lines.at(row).map(Instant::micros);
    let times: FxHashSet<Option<i64>> = left.iter().map(|row| time(*row)).collect();
    let mut rows = evidence.entries_where(&matched, |row| times.contains(&time(row)));
    rows.extend(left);
    let mut first: FxHashMap<Content, Vec<u32>> = FxHashMap::default();
    let mut ids: FxHashSet<crate::usage::IdText<'_>> = FxHashSet::default();
    let mut found = FxHashMap::default();
    for row in rows {
        let id = lines.has_id(row);
        if id && !ids.insert(lines.id(row)) {
            found.insert(row, values.amount(lines, row).unwrap_or_default());
            continue;
        }
        let Some(at) = lines.at(row).filter(|_| lines.span(row) == 0) else { continue };
        let amount = values.amount(lines, row).unwrap_or_default();
        if amount.is_zero() {
            continue;
        }
        let content = Content {
            at: at.micros(),
            model: lines.model(row).0,
            user: lines.user(row).0,
            input: lines.input(row),
            output: lines.output(row),
            amount,
        };
        let known = first.entry(content).or_default();
        let same = |other: &u32| {
            // Two ids are two requests, however alike.
            !id || !lines.has_id(*other)
        };
        if known.iter().any(same) {
            found.insert(row, amount);
        } else {
            known.push(row);
        }
    }
    found
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    Told::only(format!("Usage of {} is recorded or billed more than once {}.", scene.model(), scene.when()))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn rows_recorded_twice_are_duplicates() {
        let twice = |shape, keep_id: bool| {
            let mut month = Months::plain(shape);
            let copies: Vec<_> = month.ledger.iter().filter(|row| row.output % 5 == 0).cloned().collect();
            month.ledger.extend(copies);
            if !keep_id {
                month.ledger.iter_mut().for_each(|row| row.id = String::new());
            }
            month.why()
        };
        assert_only(&twice(Bill::Requests, true), &[Probe::Duplicates]);
        assert_only(&twice(Bill::Models, true), &[Probe::Duplicates]);
        assert_only(&twice(Bill::Models, false), &[Probe::Duplicates]);
        assert_only(&twice(Bill::Classes, false), &[Probe::Duplicates]);
    }

    #[test]
    fn a_copy_without_the_id_of_a_request_that_matches_is_a_duplicate() {
        let mut month = Months::plain(Bill::Requests);
        let copies: Vec<_> = month.ledger.iter().filter(|row| row.output % 5 == 0).cloned().collect();
        month
            .ledger
            .extend(copies.into_iter().map(|row| crate::reconcile::cause::months::Row { id: String::new(), ..row }));
        assert_only(&month.why(), &[Probe::Duplicates]);
    }
}
