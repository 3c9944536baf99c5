//! Lines that the operator joined, found again by what they say.

use rustc_hash::FxHashMap;

use super::{Found, Matching};
use crate::reconcile::{HandMatch, Rung, Sides, find_lines};
use crate::usage::Shape;

/// Takes the lines of each match, in the order given. A match applies as a
/// whole or not at all: every line is found, none is taken, and all are of one
/// kind: credits, or anything else. One whose lines all stand in a later match
/// was joined with more, and only the later one counts.
pub(super) fn join(sides: &Sides, hand: &[HandMatch], matching: &mut Matching) {
    let keys = |side: fn(&HandMatch) -> &Vec<String>| -> Vec<String> {
        hand.iter().flat_map(|m| side(m).iter().cloned()).collect()
    };
    let bill = find_lines(sides.names, sides.bill, &keys(|m| &m.bill));
    let ledger = find_lines(sides.names, sides.ledger, &keys(|m| &m.ledger));
    let (mut bill, mut ledger) = (bill.into_iter(), ledger.into_iter());
    let mut given: Vec<[Option<Vec<u32>>; 2]> = Vec::with_capacity(hand.len());
    for wanted in hand {
        // All keys are taken off the lists, whether or not the match applies.
        let bill: Vec<Option<u32>> = bill.by_ref().take(wanted.bill.len()).collect();
        let ledger: Vec<Option<u32>> = ledger.by_ref().take(wanted.ledger.len()).collect();
        given.push([bill, ledger].map(|rows| rows.into_iter().collect()));
    }
    // The last match that has a line.
    let mut last: [FxHashMap<u32, usize>; 2] = Default::default();
    for (number, wanted) in given.iter().enumerate() {
        if let [Some(bill), Some(ledger)] = wanted {
            last[0].extend(bill.iter().map(|row| (*row, number)));
            last[1].extend(ledger.iter().map(|row| (*row, number)));
        }
    }
    for (number, wanted) in given.into_iter().enumerate() {
        let [Some(bill), Some(ledger)] = wanted else {
            matching.unapplied.push(number);
            continue;
        };
        let holder = |side: usize, row: &u32| last[side].get(row).copied();
        let mut holders = bill.iter().map(|row| holder(0, row)).chain(ledger.iter().map(|row| holder(1, row)));
        let first = holders.next().flatten();
        let in_a_later_one = first.is_some_and(|first| first > number) && holders.all(|holder| holder == first);
        if !in_a_later_one && !apply(sides, matching, bill, ledger) {
            matching.unapplied.push(number);
        }
    }
}

fn apply(sides: &Sides, matching: &mut Matching, mut bill: Vec<u32>, mut ledger: Vec<u32>) -> bool {
    for rows in [&mut bill, &mut ledger] {
        rows.sort_unstable();
        rows.dedup();
    }
    let free =
        bill.iter().all(|row| matching.bill_is_free(*row)) && ledger.iter().all(|row| matching.ledger_is_free(*row));
    let mut shapes =
        bill.iter().map(|row| sides.bill.shape(*row)).chain(ledger.iter().map(|row| sides.ledger.shape(*row)));
    let Some(first) = shapes.next() else {
        return false;
    };
    let credits = |shape: Shape| shape == Shape::Credits;
    if !free || shapes.any(|shape| credits(shape) != credits(first)) {
        return false;
    }
    if let ([bill], [ledger]) = (&bill[..], &ledger[..]) {
        matching.set_pair(*bill, *ledger, Rung::Hand);
    } else {
        matching.set_grouped(bill.iter().copied(), ledger.iter().copied());
        matching.groups.push(bill.into_iter(), ledger.into_iter(), Found::Hand);
    }
    true
}
