//! Requests that no id brings together, by model, tokens and time: paired only
//! where exactly one row of each side fits. Rows that fit several are shown
//! together as ambiguous, and none of them is chosen.
//!
//! Two rows fit when they name the same model, say the same tokens, stand
//! within the window, and do not carry two different ids.

use std::hash::Hasher;

use super::partition::{Entry, Parts, hash};
use super::{Found, Groups, Matching};
use crate::reconcile::grain::any_row;
use crate::reconcile::models::Models;
use crate::reconcile::{Rules, Rung, Sides};
use crate::usage::{Lines, Shape, Side};

/// A row that may take part, with what it is compared by.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    side: Side,
    row: u32,
    /// Microseconds since 1970.
    at: i64,
    /// Input and output, where the row says both.
    split: Option<(i64, i64)>,
    has_id: bool,
}

/// All tokens of a row, by which rows of both kinds meet: the sum of input and
/// output where both are known, else the total given.
fn tokens(lines: &Lines, row: u32) -> Option<(i64, Option<(i64, i64)>)> {
    match (lines.input(row), lines.output(row)) {
        (Some(input), Some(output)) => Some((input.saturating_add(output), Some((input, output)))),
        _ => lines.total(row).map(|total| (total, None)),
    }
}

pub(super) fn join(sides: &Sides, rules: &Rules, matching: &Matching) -> Vec<Groups> {
    let open = |side: Side, row: u32| match side {
        Side::Bill => matching.bill_is_free(row) && sides.bill.shape(row) == Shape::Request,
        Side::Ledger => {
            matching.ledger_is_free(row)
                && sides.ledger.shape(row) == Shape::Request
                && sides.ledger.not_applicable(row).is_none()
        }
    };
    let lines = |side: Side| match side {
        Side::Bill => sides.bill,
        Side::Ledger => sides.ledger,
    };
    let without_id =
        [Side::Bill, Side::Ledger].map(|side| any_row(lines(side), |row| open(side, row) && !lines(side).has_id(row)));
    if without_id == [false, false] {
        return Vec::new();
    }
    let models = Models::of(sides);
    let key = |side: Side, row: u32| {
        let (total, _) = tokens(lines(side), row)?;
        Some((models.number(lines(side).model(row)), total))
    };
    let hashed = |side: Side, row: u32| {
        // A row with an id needs one without on the other side.
        let other = without_id[usize::from(side == Side::Bill)];
        if !open(side, row) || lines(side).at(row).is_none() || !other && lines(side).has_id(row) {
            return None;
        }
        key(side, row).map(|(model, total)| {
            hash(|h| {
                h.write_u32(model);
                h.write_i64(total);
            })
        })
    };
    let parts = Parts::spread(
        (sides.bill.len(), |row| hashed(Side::Bill, row)),
        (sides.ledger.len(), |row| hashed(Side::Ledger, row)),
    );
    let window = i64::from(rules.window_seconds) * 1_000_000;
    let candidate = |entry: &Entry| {
        let (side, row) = (entry.side(), entry.row());
        let lines = lines(side);
        Candidate {
            side,
            row,
            at: lines.at(row).map_or(i64::MIN, |at| at.micros()),
            split: tokens(lines, row).and_then(|(_, split)| split),
            has_id: lines.has_id(row),
        }
    };
    parts.join(|entries| {
        let mut groups = Groups::default();
        let key = |entry: &Entry| key(entry.side(), entry.row());
        for run in entries.chunk_by_mut(|a, b| a.tag() == b.tag()) {
            let two_sided = run.first().map(|e| e.side()) != run.last().map(|e| e.side());
            if !two_sided {
                continue;
            }
            run.sort_unstable_by_key(|entry| (key(entry), *entry));
            for same in run.chunk_by(|a, b| key(a) == key(b)) {
                if same.first().map(|e| e.side()) != same.last().map(|e| e.side()) {
                    let candidates: Vec<Candidate> = same.iter().map(candidate).collect();
                    settle(&candidates, window, matching, &mut groups);
                }
            }
        }
        groups
    })
}

/// Whether two candidates of one model and token count fit.
fn fits(a: &Candidate, b: &Candidate, window: i64) -> bool {
    let other_split = a.split.is_some() && b.split.is_some() && a.split != b.split;
    let two_ids = a.has_id && b.has_id;
    !other_split && !two_ids && a.at.abs_diff(b.at) <= window.unsigned_abs()
}

/// Pairs and groups candidates of one model and token count.
fn settle(candidates: &[Candidate], window: i64, matching: &Matching, groups: &mut Groups) {
    if let [bill, ledger] = candidates {
        if bill.side != ledger.side && fits(bill, ledger, window) {
            matching.set_pair(bill.row, ledger.row, Rung::Unique);
        }
        return;
    }
    let mut clusters = Clusters::new(candidates.len());
    let pick = |side: Side, split: bool, has_id: bool| -> Vec<usize> {
        let fits = |c: &Candidate| c.side == side && c.split.is_some() == split && c.has_id == has_id;
        (0..candidates.len()).filter(|at| fits(&candidates[*at])).collect()
    };
    for bill_has_id in [false, true] {
        for bill_split in [false, true] {
            let bill = pick(Side::Bill, bill_split, bill_has_id);
            if bill.is_empty() {
                continue;
            }
            for ledger_split in [false, true] {
                for ledger_has_id in [false, true] {
                    if !(bill_has_id && ledger_has_id) {
                        let ledger = pick(Side::Ledger, ledger_split, ledger_has_id);
                        link(candidates, bill.clone(), ledger, bill_split && ledger_split, window, &mut clusters);
                    }
                }
            }
        }
    }
    for cluster in clusters.found() {
        let (bill, ledger): (Vec<u32>, Vec<u32>) = {
            let of = |side| cluster.iter().map(|at| &candidates[*at]).filter(move |c| c.side == side).map(|c| c.row);
            (of(Side::Bill).collect(), of(Side::Ledger).collect())
        };
        match (&bill[..], &ledger[..]) {
            ([bill], [ledger]) => matching.set_pair(*bill, *ledger, Rung::Unique),
            ([], _) | (_, []) => {}
            _ => {
                matching.set_grouped(bill.iter().copied(), ledger.iter().copied());
                groups.push(bill.into_iter(), ledger.into_iter(), Found::Ambiguous);
            }
        }
    }
}

/// Joins each bill row with all ledger rows within the window. Those stand
/// next to each other in time, so a chain through them says as much as an edge
/// to each, and thousands of rows in one minute stay a matter of one pass.
fn link(
    candidates: &[Candidate],
    mut bill: Vec<usize>,
    mut ledger: Vec<usize>,
    by_split: bool,
    window: i64,
    clusters: &mut Clusters,
) {
    let place = |at: usize| (candidates[at].split.filter(|_| by_split), candidates[at].at);
    bill.sort_unstable_by_key(|at| place(*at));
    ledger.sort_unstable_by_key(|at| place(*at));
    let (mut from, mut to, mut chained) = (0, 0, 0);
    for row in bill {
        let (split, at) = place(row);
        let (early, late) = ((split, at.saturating_sub(window)), (split, at.saturating_add(window)));
        while ledger.get(from).is_some_and(|l| place(*l) < early) {
            from += 1;
        }
        to = to.max(from);
        while ledger.get(to).is_some_and(|l| place(*l) <= late) {
            to += 1;
        }
        if let Some(within) = ledger.get(from..to).filter(|within| !within.is_empty()) {
            clusters.union(row, within[0]);
            for next in from.max(chained)..to - 1 {
                clusters.union(ledger[next], ledger[next + 1]);
            }
            chained = chained.max(to - 1);
        }
    }
}

/// Sets of candidates that hang together.
struct Clusters {
    parent: Vec<usize>,
}

impl Clusters {
    fn new(size: usize) -> Self {
        Self { parent: (0..size).collect() }
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    fn union(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }

    /// The sets of more than one, each in the order of its numbers.
    fn found(mut self) -> Vec<Vec<usize>> {
        let mut rooted: Vec<(usize, usize)> = (0..self.parent.len()).map(|at| (self.root(at), at)).collect();
        rooted.sort_unstable();
        let sets = rooted.chunk_by(|a, b| a.0 == b.0).filter(|set| set.len() > 1);
        sets.map(|set| set.iter().map(|(_, at)| *at).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
        let one = (any::<bool>(), 0i64..40, proptest::option::of(0i64..2), any::<bool>());
        proptest::collection::vec(one, 0..14).prop_map(|rows| {
            let candidate = |(bill, at, input, has_id): (bool, i64, Option<i64>, bool)| Candidate {
                side: if bill { Side::Bill } else { Side::Ledger },
                row: 0,
                at,
                split: input.map(|input| (input, 5 - input)),
                has_id,
            };
            let mut candidates: Vec<Candidate> = rows.into_iter().map(candidate).collect();
            // As a part has them: the bill's first.
            candidates.sort_by_key(|c| c.side);
            (0..).zip(&mut candidates).for_each(|(row, c)| c.row = row);
            candidates
        })
    }

    proptest! {
        /// The one pass over sorted times against every pair looked at.
        #[test]
        fn chains_find_what_looking_at_every_pair_finds(candidates in candidates(), window in 0i64..6) {
            let mut slow = Clusters::new(candidates.len());
            for (i, a) in candidates.iter().enumerate() {
                for (j, b) in candidates.iter().enumerate() {
                    if a.side != b.side && fits(a, b, window) {
                        slow.union(i, j);
                    }
                }
            }
            let matching = Matching {
                mate: candidates.iter().map(|_| super::super::FREE.into()).collect(),
                rung: candidates.iter().map(|_| 0.into()).collect(),
                taken: candidates.iter().map(|_| false.into()).collect(),
                alone: Vec::new(),
                groups: Groups::default(),
                unapplied: Vec::new(),
                grains: Vec::new(),
            };
            let mut groups = Groups::default();
            settle(&candidates, window, &matching, &mut groups);
            let mut found: Vec<Vec<u32>> = Vec::new();
            let mut rest = &groups.members[..];
            for (bill, ledger, _) in &groups.heads {
                let (set, next) = rest.split_at((bill + ledger) as usize);
                found.push(set.to_vec());
                rest = next;
            }
            for c in candidates.iter().filter(|c| c.side == Side::Bill) {
                if let Some((ledger, _)) = matching.pair(c.row) {
                    found.push(vec![c.row, ledger]);
                }
            }
            found.iter_mut().for_each(|set| set.sort_unstable());
            found.sort();
            let mut expected: Vec<Vec<u32>> =
                slow.found().into_iter().map(|set| set.into_iter().map(|at| at as u32).collect()).collect();
            expected.sort();
            prop_assert_eq!(found, expected);
        }
    }
}
