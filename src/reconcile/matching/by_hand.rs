//! Lines that the operator joined, found again by what they say.

use super::{Found, Matching};
use crate::reconcile::{HandMatch, Rung, Sides, find_lines};
use crate::usage::Shape;

/// Takes the lines of each match, in the order given. A match applies as a
/// whole or not at all: every line is found, none is taken, and all are of one
/// kind: credits, or anything else.
pub(super) fn join(sides: &Sides, hand: &[HandMatch], matching: &mut Matching) {
    let keys = |side: fn(&HandMatch) -> &Vec<String>| -> Vec<String> {
        hand.iter().flat_map(|m| side(m).iter().cloned()).collect()
    };
    let bill = find_lines(sides.names, sides.bill, &keys(|m| &m.bill));
    let ledger = find_lines(sides.names, sides.ledger, &keys(|m| &m.ledger));
    let (mut bill, mut ledger) = (bill.into_iter(), ledger.into_iter());
    for (number, wanted) in hand.iter().enumerate() {
        // All keys are taken off the lists, whether or not the match applies.
        let bill: Vec<Option<u32>> = bill.by_ref().take(wanted.bill.len()).collect();
        let ledger: Vec<Option<u32>> = ledger.by_ref().take(wanted.ledger.len()).collect();
        if !apply(sides, matching, bill, ledger) {
            matching.unapplied.push(number);
        }
    }
}

fn apply(sides: &Sides, matching: &mut Matching, bill: Vec<Option<u32>>, ledger: Vec<Option<u32>>) -> bool {
    let (Some(mut bill), Some(mut ledger)): (Option<Vec<u32>>, Option<Vec<u32>>) =
        (bill.into_iter().collect(), ledger.into_iter().collect())
    else {
        return false;
    };
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
