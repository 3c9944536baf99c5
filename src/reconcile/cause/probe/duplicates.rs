//! The same usage recorded more than once: one id on several rows, or rows of
//! the same time, model, tokens and amount, as two imports of one day leave
//! them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Claim, Detail, Probe, Scene, Told};
use crate::amount::Amount;
use crate::calendar::Instant;
use crate::reconcile::cause::evidence::{Evidence, Key, Pool, Strand};
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
    let open: Vec<(Key, Vec<(usize, Amount)>)> = open.into_iter().collect();
    let twice = copies(work.evidence, &open.iter().map(|(key, _)| *key).collect::<Vec<Key>>());
    let of_place = |((key, pools), twice): ((Key, Vec<(usize, Amount)>), Twice)| {
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
    claims.extend(open.into_par_iter().zip(twice).flat_map_iter(of_place).collect::<Vec<Claim>>());
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

/// The entries of one group that repeat another one, with their amounts.
pub(in crate::reconcile::cause) type Twice = Arc<FxHashMap<u32, Amount>>;

/// What [`copies`] found so far, by group: one search after the other asks.
#[derive(Debug, Default)]
pub(in crate::reconcile::cause) struct Copies(Mutex<FxHashMap<Key, Twice>>);

impl Copies {
    fn known(&self) -> MutexGuard<'_, FxHashMap<Key, Twice>> {
        // What is there was put there whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For each of some groups, ascending, its entries that repeat another one,
/// with their amounts. Those with an id must have the same id; a pair of them,
/// or one without. What pools come to has no part in it.
pub(in crate::reconcile::cause) fn copies(evidence: &Evidence<'_>, keys: &[Key]) -> Vec<Twice> {
    let fresh: Vec<Key> = {
        let known = evidence.copies.known();
        keys.iter().filter(|key| !known.contains_key(key)).copied().collect()
    };
    let of_days = |at: &usize| evidence.pools.get(*at).is_some_and(|pool| pool.days);
    let left = |key: &Key| evidence.entries(&evidence.at(*key).filter(of_days).collect::<Vec<usize>>());
    let left: Vec<Vec<u32>> = fresh.par_iter().map(left).collect();
    let compared = compared_beside(evidence, &fresh, &left);
    let found = left.into_par_iter().zip(compared).map(|(left, compared)| repeated(evidence, left, compared));
    let found: Vec<Twice> = found.map(Arc::new).collect();
    let mut known = evidence.copies.known();
    known.extend(fresh.into_iter().zip(found));
    keys.iter().map(|key| known.get(key).cloned().unwrap_or_default()).collect()
}

/// For each group the entries of items that are compared one by one and that
/// are of the same time as some that is left in any group: of millions only
/// those can be what it repeats.
fn compared_beside(evidence: &Evidence<'_>, keys: &[Key], left: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let lines = evidence.sides.ledger;
    let times: FxHashSet<Option<Instant>> = left.iter().flatten().map(|row| lines.at(*row)).collect();
    let mut beside = vec![Vec::new(); keys.len()];
    if times.is_empty() {
        return beside;
    }
    let group = |pool: &Pool| keys.binary_search(&pool.key).ok().filter(|_| !pool.days);
    let groups: Vec<Option<usize>> = evidence.pools.iter().map(group).collect();
    let pools = evidence.pools_of_items();
    // In the order of the items, which is that of time: so their lines lie near
    // each other.
    let of_item = |(item, pool): (usize, &u32)| {
        let group = groups.get(*pool as usize).copied().flatten();
        let rows = group.map(|_| evidence.items.ledger_rows(item as u32)).into_iter().flatten();
        rows.filter(|row| times.contains(&lines.at(*row))).map(move |row| (group, row))
    };
    let found: Vec<(Option<usize>, u32)> = pools.par_iter().enumerate().flat_map_iter(of_item).collect();
    for (group, row) in found {
        if let Some(rows) = group.and_then(|group| beside.get_mut(group)) {
            rows.push(row);
        }
    }
    beside
}

/// Of one group the entries that repeat another one, of those that are left and
/// those that are compared beside them.
fn repeated(evidence: &Evidence<'_>, left: Vec<u32>, compared: Vec<u32>) -> FxHashMap<u32, Amount> {
    let (lines, values): (&Lines, _) = (evidence.sides.ledger, evidence.sides.ledger_values);
    let times: FxHashSet<Option<Instant>> = left.iter().map(|row| lines.at(*row)).collect();
    let compared = compared.into_iter().filter(|row| times.contains(&lines.at(*row))).collect();
    // Entries that are compared already come first: a copy is what is left. One
    // with the id of another is a duplicate before it comes here.
    let mut rows = evidence.in_order(compared);
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
    use super::{Key, copies as copies_of};
    use crate::reconcile::cause::months::{Bill, Months, Row, assert_only};
    use crate::reconcile::cause::{Evidence, Probe};

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
    fn the_copies_of_a_group_do_not_depend_on_what_else_is_asked_for() {
        let mut month = Months::plain(Bill::Requests);
        // Copies of what is compared by itself, and entries twice that nobody billed.
        let copies: Vec<_> = month.ledger.iter().filter(|row| row.output % 5 == 0).cloned().collect();
        let alone = copies.iter().take(9).map(|row| Row { second: row.second + 7, ..row.clone() });
        let twice: Vec<_> = alone.flat_map(|row| [row.clone(), row]).collect();
        let no_id = |row: Row| Row { id: String::new(), ..row };
        month.ledger.extend(copies.into_iter().chain(twice).map(no_id));
        let done = month.done();
        let (sides, items) = (done.case.sides(), done.items());
        let evidence = || Evidence::of(&sides, items);
        let all = evidence();
        let mut keys: Vec<Key> = all.pools.iter().map(|pool| pool.key).collect();
        keys.dedup();
        let together = copies_of(&all, &keys);
        assert!(together.iter().filter(|found| !found.is_empty()).count() > 3, "{together:?}");
        for (key, found) in keys.iter().zip(&together) {
            assert_eq!(&copies_of(&evidence(), &[*key])[0], found, "asked alone");
        }
        assert_eq!(copies_of(&all, &keys), together, "asked again");
        let some: Vec<Key> = keys.iter().copied().step_by(2).collect();
        let mixed = evidence();
        copies_of(&mixed, &some);
        assert_eq!(copies_of(&mixed, &keys), together, "asked for some before");
    }

    #[test]
    fn a_copy_without_the_id_of_a_request_that_matches_is_a_duplicate() {
        let mut month = Months::plain(Bill::Requests);
        let copies: Vec<_> = month.ledger.iter().filter(|row| row.output % 5 == 0).cloned().collect();
        month.ledger.extend(copies.into_iter().map(|row| Row { id: String::new(), ..row }));
        assert_only(&month.why(), &[Probe::Duplicates]);
    }
}
