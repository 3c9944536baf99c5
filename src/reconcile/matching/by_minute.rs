//! Groups within a day: which of them prove a pair of requests, and which two
//! neighbours belong together since one request stands on both sides of the
//! turn of a minute. Groups in, how each was found out.

use rayon::prelude::*;

use super::Found;
use super::grouping::{Grouped, Head, Key, key};
use crate::reconcile::models::Models;
use crate::reconcile::outcome::{Counts, Side};
use crate::reconcile::{Rules, Rung, Sides};
use crate::usage::{Lines, Shape};

/// What becomes of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Is(Found),
    /// One item with the group of this number, which is [`Fate::Gone`].
    With(usize, Found),
    /// Part of the group before it in time.
    Gone,
}

/// How each group was found, in their order.
///
/// Two neighbours of the same key and model are joined where one has exactly
/// the tokens too many that the other has too few, and neither has another
/// neighbour of which that is true: a request may be recorded a moment after
/// the provider counted it. A window of no seconds joins none.
pub(super) fn fates(sides: &Sides, rules: &Rules, models: &Models, found: &Grouped) -> Vec<Fate> {
    let whole = |head: &Head| (Fate::Is(Found::Group(head.dims, Rung::Group)), None);
    let looked_at = |(number, head): (usize, &Head)| {
        if head.dims.period.seconds().is_none() {
            return whole(head);
        }
        let [bill, ledger] = found.rows(number);
        let [billed, recorded] = [Much::of(sides, bill, true), Much::of(sides, ledger, false)];
        let agree = billed.counts.agree(recorded.counts) == Some(true);
        let one = billed.requests == Some(1) && recorded.requests == Some(1) && ledger.len() == 1;
        let fate = Fate::Is(Found::Group(head.dims, if one && agree { Rung::Sole } else { Rung::Group }));
        let lead = bill.first().map(|row| (sides.bill, *row)).or(ledger.first().map(|row| (sides.ledger, *row)));
        let open = lead.filter(|_| !agree).map(|(lines, row)| {
            let key = key(lines, row, head.dims, models);
            Open { number, key, billed, recorded }
        });
        (fate, open)
    };
    let (mut fates, open): (Vec<Fate>, Vec<Option<Open>>) =
        found.heads.par_iter().enumerate().with_min_len(1 << 8).map(looked_at).unzip();
    if rules.window_seconds > 0 {
        join_neighbours(&mut open.into_iter().flatten().collect::<Vec<_>>(), found, &mut fates);
    }
    fates
}

/// What one side of a group adds up to.
#[derive(Debug, Clone, Copy)]
struct Much {
    counts: Counts,
    /// `None` where a line does not say how many it adds up.
    requests: Option<i64>,
}

impl Much {
    fn of(sides: &Sides, rows: &[u32], of_bill: bool) -> Self {
        let (lines, values) =
            if of_bill { (sides.bill, sides.bill_values) } else { (sides.ledger, sides.ledger_values) };
        let requests = rows.iter().try_fold(0i64, |sum, row| sum.checked_add(requests(lines, *row)?));
        Self { counts: Side::of(lines, values, rows).counts, requests }
    }
}

fn requests(lines: &Lines, row: u32) -> Option<i64> {
    lines.requests(row).or_else(|| (lines.shape(row) == Shape::Request).then_some(1))
}

/// A group whose sides do not say the same tokens.
struct Open {
    number: usize,
    key: Key,
    billed: Much,
    recorded: Much,
}

impl Open {
    /// Whether this and the other make two sides that say the same.
    fn completes(&self, other: &Self) -> bool {
        let plus = |a: Option<i64>, b: Option<i64>| a?.checked_add(b?);
        let both = |a: Counts, b: Counts| Counts {
            input: plus(a.input, b.input),
            output: plus(a.output, b.output),
            total: plus(a.total, b.total),
        };
        let counts = both(self.billed.counts, other.billed.counts);
        let requests = plus(self.billed.requests, other.billed.requests);
        let recorded = plus(self.recorded.requests, other.recorded.requests);
        counts.agree(both(self.recorded.counts, other.recorded.counts)) == Some(true)
            && (requests.is_none() || recorded.is_none() || requests == recorded)
    }
}

fn join_neighbours(open: &mut [Open], found: &Grouped, fates: &mut [Fate]) {
    open.sort_unstable_by_key(|open| open.key.in_time());
    let next = |a: &Open, b: &Open| a.key.is_before(&b.key) && a.completes(b);
    let joins: Vec<bool> = open.windows(2).map(|pair| next(&pair[0], &pair[1])).collect();
    for (at, pair) in open.windows(2).enumerate() {
        let beside = [at.checked_sub(1), Some(at + 1)].into_iter().flatten();
        let only = joins.get(at) == Some(&true) && beside.filter_map(|at| joins.get(at)).all(|join| !join);
        let [first, second] = pair else { continue };
        let Some(head) = found.heads.get(first.number).filter(|_| only) else { continue };
        let sum = |of: fn(&Open) -> Option<i64>| of(first)?.checked_add(of(second)?);
        let one = sum(|open| open.billed.requests) == Some(1) && sum(|open| open.recorded.requests) == Some(1);
        let found = Found::Group(head.dims, if one { Rung::Unique } else { Rung::Group });
        if let Some(fate) = fates.get_mut(first.number) {
            *fate = Fate::With(second.number, found);
        }
        if let Some(fate) = fates.get_mut(second.number) {
            *fate = Fate::Gone;
        }
    }
}
