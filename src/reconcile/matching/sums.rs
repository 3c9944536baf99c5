//! A bill line without an id against the requests it is the sum of. Nothing
//! is searched for: only all entries together that are left of one minute,
//! hour or day, of one key and model, are tried, and they must add up in
//! tokens and amount to the last digit.
//!
//! Each entry has tokens, so no other choice of them adds up as well. Two
//! bill lines that want the same entries get none.

use super::grouping::group;
use super::{Found, Groups, Matching};
use crate::reconcile::grain::{Choice, Family, Finest, Period, Rows, Seen, What, in_tokens};
use crate::reconcile::models::Models;
use crate::reconcile::outcome::Side;
use crate::reconcile::{Rules, Sides};
use crate::usage::{Lines, Shape};

pub(super) fn join(sides: &Sides, _rules: &Rules, matching: &Matching) -> Vec<Groups> {
    let is = |lines: &Lines, row: u32| lines.shape(row) == Shape::Request && in_tokens(lines, row);
    let bill = |row: u32| matching.bill_is_free(row) && is(sides.bill, row) && !sides.bill.has_id(row);
    let ledger =
        |row: u32| matching.ledger_is_free(row) && is(sides.ledger, row) && sides.ledger.not_applicable(row).is_none();
    let rows = [Rows { lines: sides.bill, takes: &bill }, Rows { lines: sides.ledger, takes: &ledger }];
    if !rows[0].any() || !rows[1].any() {
        return Vec::new();
    }
    let models = Models::of(sides);
    let [billed, recorded] = rows.map(|rows| Seen::of(sides.names, &models, rows));
    let choice = Choice::of(Family::Platform, Finest::Model, &billed, &recorded, ["the bill", "the ledger"]);
    [Period::Minute, Period::Hour, Period::Day]
        .into_iter()
        .map(|period| {
            let mut groups = Groups::default();
            let found = group(rows, &choice.by(period), &models, |[bill, ledger]| bill == 1 && ledger > 1);
            for (number, head) in found.heads.iter().enumerate() {
                let ([line], entries) = found.rows(number).into() else { continue };
                if head.dims.what == What::Model && adds_up(sides, *line, entries) {
                    matching.set_grouped([*line].into_iter(), entries.iter().copied());
                    groups.push([*line].into_iter(), entries.iter().copied(), Found::Sum);
                }
            }
            groups
        })
        .collect()
}

/// Whether the entries, each of some tokens, are the line's tokens and amount.
fn adds_up(sides: &Sides, line: u32, entries: &[u32]) -> bool {
    let ledger = sides.ledger;
    let some = |row: &u32| {
        let parts = [ledger.input(*row), ledger.output(*row)];
        ledger.total(*row).is_some_and(|total| total > 0) && parts.into_iter().flatten().all(|count| count >= 0)
    };
    let billed = Side::of(sides.bill, sides.bill_values, &[line]);
    let recorded = Side::of(ledger, sides.ledger_values, entries);
    entries.iter().all(some)
        && billed.unpriced + recorded.unpriced == 0
        && billed.value.is_some()
        && billed.value == recorded.value
        && billed.counts.agree(recorded.counts) == Some(true)
}
