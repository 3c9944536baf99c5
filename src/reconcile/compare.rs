//! The look at every item that gives it its outcome and its cause, and that
//! adds up on the way what there is to say of all of them. It is one look for
//! everything: fetching the lines of a million items is what takes the time.

use rayon::prelude::*;

use super::drift::{Tolerated, drift};
use super::kinds::Kinds;
use super::models::Models;
use super::outcome::{both, decide};
use super::summary::Totals;
use super::{Cause, Drift, Items, Judge, Outcome, Rules, Sides, Summary};

/// Items compared by one thread at a time, and rows in them.
const CHUNK: u32 = 1 << 13;
const CHUNK_ROWS: usize = 1 << 15;

/// Runs of items of about the same work: a few items may hold all rows.
pub(super) fn runs(items: &Items) -> Vec<std::ops::Range<u32>> {
    let count = items.len() as u32;
    if items.members.len() < CHUNK_ROWS {
        return (0..count.div_ceil(CHUNK)).map(|n| n * CHUNK..count.min((n + 1).saturating_mul(CHUNK))).collect();
    }
    let (mut runs, mut from, mut rows) = (Vec::new(), 0, 0);
    for item in 0..count {
        rows += items.bill_rows(item).len() + items.ledger_rows(item).len();
        if item + 1 == count || rows >= CHUNK_ROWS || item + 1 - from == CHUNK {
            runs.push(from..item + 1);
            (from, rows) = (item + 1, 0);
        }
    }
    runs
}

/// Gives each item its outcome and cause.
pub(super) fn compare(sides: &Sides, rules: &Rules, kinds: &Kinds, items: &mut Items) -> (Vec<Drift>, Summary) {
    let (judge, models) = (Judge::new(sides), Models::of(sides));
    let part = |run: std::ops::Range<u32>| {
        let mut found = Vec::with_capacity(run.len());
        let (mut totals, mut tolerated) = (Totals::default(), Tolerated::default());
        for item in run {
            let sums = both(sides, items, item);
            let outcome = decide(sides, rules, kinds, items, item, &sums);
            let parts = judge.parts_of(items, item, outcome, &sums);
            totals.add(sides, items, item, outcome, &sums, &parts);
            found.push((outcome, parts.main_cause()));
            if outcome == Outcome::Matched {
                tolerated.add(sides, &models, items, item, &sums);
            }
        }
        (found, totals, tolerated)
    };
    let parts: Vec<_> = runs(items).into_par_iter().map(part).collect();
    let (mut totals, mut tolerated) = (Totals::default(), Tolerated::default());
    items.outcome.clear();
    items.cause.clear();
    for (found, more, tolerated_more) in parts {
        items.outcome.extend(found.iter().map(|(outcome, _)| *outcome));
        items.cause.extend(found.iter().map(|(_, cause)| *cause));
        totals.merge(&more);
        tolerated.merge(tolerated_more);
    }
    (drift(sides, rules, tolerated), totals.summary(sides, items))
}

/// Finds the causes of items anew, for prices under which every line is worth
/// what it was: then nothing else about the items can change.
pub fn find_causes(sides: &Sides, items: &mut Items) -> Summary {
    let judge = Judge::new(sides);
    let part = |run: std::ops::Range<u32>| {
        let mut totals = Totals::default();
        let cause = |item: u32| {
            let (sums, outcome) = (both(sides, items, item), items.outcome(item));
            let parts = judge.parts_of(items, item, outcome, &sums);
            totals.add(sides, items, item, outcome, &sums, &parts);
            parts.main_cause()
        };
        let causes: Vec<Cause> = run.map(cause).collect();
        (causes, totals)
    };
    let parts: Vec<_> = runs(items).into_par_iter().map(part).collect();
    let mut totals = Totals::default();
    items.cause.clear();
    for (causes, more) in parts {
        items.cause.extend(causes);
        totals.merge(&more);
    }
    totals.summary(sides, items)
}
