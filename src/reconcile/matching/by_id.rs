//! Requests with the same id. An id that stands more than once on a side
//! pairs nothing: all its lines are shown together as duplicates.

use std::sync::atomic::Ordering::Relaxed;

use rayon::prelude::*;

use super::partition::{Entry, Parts, hash};
use super::{FREE, Found, Groups, Matching};
use crate::reconcile::{Rules, Rung, Sides};
use crate::usage::{IdHash, Lines, Shape, Side};

pub(super) fn join(sides: &Sides, _rules: &Rules, matching: &Matching) -> Vec<Groups> {
    let how = sides.bill.ids().hashed_with(sides.ledger.ids());
    let key = |lines: &Lines, row: u32, free: bool| {
        (free && lines.has_id(row) && lines.shape(row) == Shape::Request)
            .then(|| hash(|hasher| lines.ids().write(row, how, hasher)))
    };
    let parts = Parts::spread(
        (sides.bill.len(), |row| key(sides.bill, row, matching.bill_is_free(row))),
        (sides.ledger.len(), |row| key(sides.ledger, row, matching.ledger_is_free(row))),
    );
    // That the texts of a pair are equal is looked at below, where rows are
    // read in their order.
    let pair = |bill: u32, ledger: u32| matching.mate[bill as usize].store(ledger, Relaxed);
    let groups = parts.pairs(pair, |entries| {
        let mut groups = Groups::default();
        for run in entries.chunk_by_mut(|a, b| a.tag() == b.tag()) {
            same_hash(sides, matching, run, &mut groups);
        }
        groups
    });
    drop(parts);
    confirm(sides, matching, how);
    groups
}

/// Keeps the pairs whose ids are equal to the last byte. Rows that only share
/// a hash have no other partner: one would have had the same hash too.
fn confirm(sides: &Sides, matching: &Matching, how: IdHash) {
    (0..sides.bill.len() as u32).into_par_iter().with_min_len(1 << 13).for_each(|bill| {
        let Some((ledger, Rung::None)) = matching.pair(bill) else {
            return;
        };
        if sides.bill.ids().is_same_by(bill, sides.ledger.ids(), ledger, how) {
            matching.set_pair(bill, ledger, Rung::Id);
        } else {
            matching.mate[bill as usize].store(FREE, Relaxed);
        }
    });
}

/// Tells apart what one hash has brought together.
fn same_hash(sides: &Sides, matching: &Matching, run: &mut [Entry], groups: &mut Groups) {
    let id = |entry: Entry| match entry.side() {
        Side::Bill => sides.bill.id(entry.row()),
        Side::Ledger => sides.ledger.id(entry.row()),
    };
    run.sort_unstable_by(|a, b| id(*a).cmp(&*id(*b)).then(a.cmp(b)));
    for same in run.chunk_by(|a, b| *id(*a) == *id(*b)) {
        let (bill, ledger) = same.split_at(same.partition_point(|e| e.side() == Side::Bill));
        match (bill, ledger) {
            ([bill], [ledger]) => matching.set_pair(bill.row(), ledger.row(), Rung::Id),
            ([_], []) | ([], [_]) => {}
            _ => {
                let rows = |entries: &[Entry]| entries.iter().map(|e| e.row()).collect::<Vec<_>>().into_iter();
                matching.set_grouped(rows(bill), rows(ledger));
                groups.push(rows(bill), rows(ledger), Found::Duplicate);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::fixtures::{Case, request};

    fn row(id: &str) -> crate::usage::Line<'_> {
        request(id, 0, 1, 1, "1")
    }

    #[test]
    fn ids_that_share_a_hash_are_told_apart() {
        let mut case = Case::new();
        for id in ["a", "b", "c", "c"] {
            case = case.bill(row(id));
        }
        for id in ["b", "d", "a", "e", "e"] {
            case = case.ledger(row(id));
        }
        let sides = case.sides();
        let matching = Matching::blank(&sides);
        let bill = (0..4).map(|row| Entry::new(7, Side::Bill, row));
        let mut run: Vec<Entry> = bill.chain((0..5).map(|row| Entry::new(7, Side::Ledger, row))).collect();
        let mut groups = Groups::default();
        same_hash(&sides, &matching, &mut run, &mut groups);
        let pairs: Vec<_> = (0..4).map(|row| matching.pair(row).map(|(ledger, _)| ledger)).collect();
        assert_eq!(pairs, [Some(2), Some(0), None, None]);
        assert_eq!((groups.members, groups.heads.len()), (vec![2, 3, 3, 4], 2));
    }

    #[test]
    fn a_pair_of_one_hash_and_two_ids_is_taken_apart() {
        let case = Case::new().bill(row("a")).bill(row("b")).ledger(row("x")).ledger(row("b"));
        let sides = case.sides();
        let matching = Matching::blank(&sides);
        (0..2).for_each(|row| matching.mate[row].store(row as u32, Relaxed));
        confirm(&sides, &matching, case.bill.ids().hashed_with(case.ledger.ids()));
        assert_eq!((matching.pair(0), matching.pair(1)), (None, Some((1, Rung::Id))));
        assert!(matching.bill_is_free(0) && matching.ledger_is_free(0) && !matching.ledger_is_free(1));
    }
}
