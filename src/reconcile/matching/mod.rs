//! Which lines of the two sides belong together.
//!
//! A ladder: what the operator joined, then equal request ids, then the only
//! pair that fits by model, time and tokens, then a line that is the sum of
//! all requests left of its time; credits meet by day, user and usage type,
//! and lines that stand for a minute, an hour or a whole day by what both
//! sides tell apart. What is left on the ladder's end stands alone. A line
//! taken on one rung is gone for the next. A line in another currency than the
//! book's never steps on the ladder: it is an item of its own, in nobody's sum.

mod by_grain;
mod by_hand;
mod by_id;
mod by_key;
mod by_minute;
mod grouping;
mod partition;
mod sums;
mod unique;

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering::Relaxed};

pub(super) use by_grain::against_costs;
pub(super) use grouping::group;

use super::grain::Dims;
use super::{Grain, HandMatch, Rules, Rung, Sides};
use crate::memory;
use crate::usage::Lines;

/// A bill row that nothing has been found for.
const FREE: u32 = u32::MAX;
/// A bill row that stands in a group.
const GROUPED: u32 = u32::MAX - 1;
/// A bill row that is never joined with any other.
const ALONE: u32 = u32::MAX - 2;

/// Why lines stand in one item that is not a plain pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Joined by the operator.
    Hand,
    /// An id that occurs more than once on a side.
    Duplicate,
    /// The same day, user and usage type.
    Key,
    /// Several lines fit several, and nothing says which.
    Ambiguous,
    /// One line that is the sum of several.
    Sum,
    /// Equal in what lines of a time are compared by; and what that proves.
    Group(Dims, Rung),
}

/// Items of more than a pair: bill rows, then ledger rows, one run after the
/// other.
#[derive(Debug, Default)]
pub(super) struct Groups {
    pub members: Vec<u32>,
    /// Bill rows, ledger rows, and why.
    pub heads: Vec<(u32, u32, Found)>,
}

impl Groups {
    fn push(&mut self, bill: impl Iterator<Item = u32>, ledger: impl Iterator<Item = u32>, found: Found) {
        let start = self.members.len();
        self.members.extend(bill);
        let middle = self.members.len();
        self.members.extend(ledger);
        self.heads.push(((middle - start) as u32, (self.members.len() - middle) as u32, found));
    }

    fn append(&mut self, mut other: Self) {
        self.members.append(&mut other.members);
        self.heads.append(&mut other.heads);
    }
}

/// What has been found so far. Rows are written from many threads, each by
/// one of them on a rung.
pub(super) struct Matching {
    mate: Vec<AtomicU32>,
    rung: Vec<AtomicU8>,
    taken: Vec<AtomicBool>,
    /// Ledger rows that are never joined with any other, ascending.
    alone: Vec<u32>,
    pub groups: Groups,
    /// Which matches by hand name a line that is not there (any more), or one
    /// that an earlier match has; their lines go up the ladder as if it were not
    /// there.
    pub unapplied: Vec<usize>,
    /// By what lines of whole days were compared, and why.
    pub grains: Vec<Grain>,
}

impl Matching {
    pub fn of(sides: &Sides, rules: &Rules, hand: &[HandMatch]) -> Self {
        let mut matching = Self::blank(sides);
        matching.keep_apart(sides);
        by_hand::join(sides, hand, &mut matching);
        if rules.finest.has_requests() {
            let found = by_id::join(sides, rules, &matching);
            matching.keep(found);
            let found = unique::join(sides, rules, &matching);
            matching.keep(found);
            let found = sums::join(sides, rules, &matching);
            matching.keep(found);
        }
        if rules.finest.has_usage_types() {
            let found = by_key::join(sides, rules, &matching);
            matching.keep(found);
        }
        matching.grains = by_grain::join(sides, rules, &mut matching);
        if !rules.finest.has_requests() {
            // What is in no day can still stand there twice.
            let found = by_id::join(sides, rules, &matching);
            matching.keep(found);
        }
        matching
    }

    /// Takes lines in other currencies out of the way of all rungs.
    fn keep_apart(&mut self, sides: &Sides) {
        let foreign = |lines: &Lines| -> Vec<u32> {
            if !lines.has_foreign() {
                return Vec::new();
            }
            (0..lines.len() as u32).filter(|row| lines.foreign(*row).is_some()).collect()
        };
        foreign(sides.bill).into_iter().for_each(|row| self.mate[row as usize].store(ALONE, Relaxed));
        self.alone = foreign(sides.ledger);
        self.alone.iter().for_each(|row| self.taken[*row as usize].store(true, Relaxed));
    }

    fn keep(&mut self, found: Vec<Groups>) {
        found.into_iter().for_each(|groups| self.groups.append(groups));
    }

    /// Nothing found yet.
    fn blank(sides: &Sides) -> Self {
        Self {
            mate: memory::filled(sides.bill.len(), || AtomicU32::new(FREE)),
            rung: memory::filled(sides.bill.len(), || AtomicU8::new(Rung::None as u8)),
            taken: memory::filled(sides.ledger.len(), AtomicBool::default),
            alone: Vec::new(),
            groups: Groups::default(),
            unapplied: Vec::new(),
            grains: Vec::new(),
        }
    }

    /// The ledger row paired with a bill row, and the rung it was found on.
    pub fn pair(&self, bill: u32) -> Option<(u32, Rung)> {
        let mate = self.mate[bill as usize].load(Relaxed);
        let rung = match self.rung[bill as usize].load(Relaxed) {
            code if code == Rung::Id as u8 => Rung::Id,
            code if code == Rung::Key as u8 => Rung::Key,
            code if code == Rung::Unique as u8 => Rung::Unique,
            code if code == Rung::Hand as u8 => Rung::Hand,
            _ => Rung::None,
        };
        (mate < ALONE).then_some((mate, rung))
    }

    pub fn bill_is_free(&self, row: u32) -> bool {
        self.mate[row as usize].load(Relaxed) == FREE
    }

    pub fn ledger_is_free(&self, row: u32) -> bool {
        !self.taken[row as usize].load(Relaxed)
    }

    /// Whether a bill row stands alone in the end: nothing was found for it, or
    /// nothing was looked for.
    pub fn bill_is_alone(&self, row: u32) -> bool {
        matches!(self.mate[row as usize].load(Relaxed), FREE | ALONE)
    }

    /// Whether a bill row leads an item by itself: it is one of a pair, or alone.
    pub fn bill_leads(&self, row: u32) -> bool {
        self.mate[row as usize].load(Relaxed) != GROUPED
    }

    pub fn ledger_is_alone(&self, row: u32) -> bool {
        self.ledger_is_free(row) || !self.alone.is_empty() && self.alone.binary_search(&row).is_ok()
    }

    fn set_pair(&self, bill: u32, ledger: u32, rung: Rung) {
        self.mate[bill as usize].store(ledger, Relaxed);
        self.rung[bill as usize].store(rung as u8, Relaxed);
        self.taken[ledger as usize].store(true, Relaxed);
    }

    fn set_grouped(&self, bill: impl Iterator<Item = u32>, ledger: impl Iterator<Item = u32>) {
        bill.for_each(|row| self.mate[row as usize].store(GROUPED, Relaxed));
        ledger.for_each(|row| self.taken[row as usize].store(true, Relaxed));
    }
}
