//! Credits of one user and usage type on one day: all lines of both sides are
//! one item, and their sums are compared. Rows that say the same are both real.

use std::hash::Hasher;

use super::partition::{Entry, Parts, hash};
use super::{Found, Groups, Matching};
use crate::reconcile::{Rules, Rung, Sides};
use crate::usage::{Lines, Shape, Side};

/// Day, user, usage type, and whether the row is usage at all: a grant stays
/// apart. Users and types are symbols; both sides share their names.
type Key = (Option<i32>, u32, u32, bool);

pub(super) fn join(sides: &Sides, _rules: &Rules, matching: &Matching) -> Vec<Groups> {
    let has = |lines: &Lines| lines.files().iter().any(|file| file.shape == Shape::Credits);
    if !has(sides.bill) && !has(sides.ledger) {
        return Vec::new();
    }
    let key = |lines: &Lines, row: u32| -> Key {
        let day = lines.day(row).map(|day| day.number());
        (day, lines.user(row).0, lines.action(row).0, lines.not_applicable(row).is_none())
    };
    let hashed = |lines: &Lines, row: u32, free: bool| {
        (free && lines.shape(row) == Shape::Credits).then(|| {
            let (day, user, action, usage) = key(lines, row);
            hash(|h| {
                h.write_i32(day.unwrap_or(i32::MIN));
                h.write_u32(user);
                h.write_u32(action);
                h.write_u8(u8::from(usage));
            })
        })
    };
    let parts = Parts::spread(
        (sides.bill.len(), |row| hashed(sides.bill, row, matching.bill_is_free(row))),
        (sides.ledger.len(), |row| hashed(sides.ledger, row, matching.ledger_is_free(row))),
    );
    parts.join(|entries| {
        let mut groups = Groups::default();
        let key = |entry: &Entry| match entry.side() {
            Side::Bill => key(sides.bill, entry.row()),
            Side::Ledger => key(sides.ledger, entry.row()),
        };
        for run in entries.chunk_by_mut(|a, b| a.tag() == b.tag()) {
            // Nearly always they have one key.
            if let [first, rest @ ..] = &*run
                && rest.iter().any(|entry| key(entry) != key(first))
            {
                run.sort_unstable_by_key(|entry| (key(entry), *entry));
            } else {
                run.sort_unstable();
            }
            for same in run.chunk_by(|a, b| key(a) == key(b)) {
                let (bill, ledger) = same.split_at(same.partition_point(|e| e.side() == Side::Bill));
                match (bill, ledger) {
                    ([bill], [ledger]) => matching.set_pair(bill.row(), ledger.row(), Rung::Key),
                    ([_], []) | ([], [_]) => {}
                    _ => {
                        let rows = |entries: &'_ [Entry]| entries.iter().map(|e| e.row()).collect::<Vec<_>>();
                        let (bill, ledger) = (rows(bill), rows(ledger));
                        matching.set_grouped(bill.iter().copied(), ledger.iter().copied());
                        groups.push(bill.into_iter(), ledger.into_iter(), Found::Key);
                    }
                }
            }
        }
        groups
    })
}
