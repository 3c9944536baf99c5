//! Which dimensions the lines of one side carry, day by day.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Period, Who};
use crate::calendar::Day;
use crate::reconcile::models::Models;
use crate::usage::{Lines, Names, Shape, Sym, TokenClass};

/// Some rows of one side.
#[derive(Clone, Copy)]
pub(in crate::reconcile) struct Rows<'a> {
    pub lines: &'a Lines,
    /// Whether a row is one of them.
    pub takes: &'a (dyn Fn(u32) -> bool + Sync),
}

impl<'a> Rows<'a> {
    pub fn par(self) -> impl ParallelIterator<Item = u32> + 'a {
        (0..self.lines.len() as u32).into_par_iter().with_min_len(1 << 14).filter(move |row| (self.takes)(*row))
    }

    pub fn any(self) -> bool {
        any_row(self.lines, self.takes)
    }
}

/// Whether any row is one of those. Whether another thread has found one is
/// looked at every some thousand rows and not for each.
pub(in crate::reconcile) fn any_row(lines: &Lines, takes: impl Fn(u32) -> bool + Sync) -> bool {
    const CHUNK: u32 = 1 << 12;
    let rows = lines.len() as u32;
    let any = |chunk: u32| (chunk * CHUNK..rows.min((chunk + 1).saturating_mul(CHUNK))).any(&takes);
    (0..rows.div_ceil(CHUNK)).into_par_iter().any(any)
}

/// A dimension that a line may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dim {
    Who(Who),
    Model,
    Class,
}

impl Dim {
    pub const ALL: [Self; 5] =
        [Self::Who(Who::Project), Self::Who(Who::Key), Self::Who(Who::User), Self::Model, Self::Class];

    pub const fn at(self) -> usize {
        match self {
            Self::Who(Who::Project) => 0,
            Self::Who(Who::Key) => 1,
            Self::Who(Who::User) => 2,
            Self::Model => 3,
            Self::Class => 4,
        }
    }
}

/// The name that a row has in a dimension of who used it.
pub(in crate::reconcile) fn who(lines: &Lines, row: u32, who: Who) -> Sym {
    match who {
        Who::Project => lines.project(row),
        Who::Key => lines.api_key(row),
        Who::User => lines.user(row),
    }
}

/// Lines that should carry a dimension, and those that do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    asked: [u64; 5],
    named: [u64; 5],
    /// The longest time that a line of tokens or money stands for.
    longest: Option<Period>,
    /// Some line stands for an instant other than midnight: the times are not
    /// dates alone.
    timed: bool,
    /// Some line is a bucket of less than a day.
    buckets: bool,
    /// Dimensions, as bits, that some line lacks which is the sum of several
    /// calls: it could be of any name there, or of several.
    mixed: u8,
}

impl Counts {
    pub fn plus(mut self, other: Self) -> Self {
        for at in 0..5 {
            self.asked[at] += other.asked[at];
            self.named[at] += other.named[at];
        }
        self.longest = self.longest.max(other.longest);
        self.timed |= other.timed;
        self.buckets |= other.buckets;
        self.mixed |= other.mixed;
        self
    }

    /// How finely all lines tell the time; `None` without a line that does.
    pub fn period(&self) -> Option<Period> {
        self.longest.map(|longest| if self.timed { longest } else { longest.max(Period::Day) })
    }

    /// The period that buckets of less than a day are counted by.
    pub fn buckets(&self) -> Option<Period> {
        self.period().filter(|period| self.buckets && period.seconds().is_some())
    }

    /// The dimensions that sums of several calls lack, as bits.
    pub fn mixed(&self) -> u8 {
        self.mixed
    }

    pub fn mixes(&self, dim: Dim) -> bool {
        self.mixed >> dim.at() & 1 == 1
    }

    /// As if no line were the sum of several calls.
    pub fn told_apart(self) -> Self {
        Self { mixed: 0, ..self }
    }

    /// In at least 19 of 20 lines that should, and lacking in none that sums
    /// several calls.
    pub fn carries(&self, dim: Dim) -> bool {
        let at = dim.at();
        !self.mixes(dim) && self.asked[at] > 0 && self.named[at] * 20 >= self.asked[at] * 19
    }

    /// Dimensions that some line carries, as bits. An export that is not
    /// grouped by a dimension leaves it blank in all lines.
    pub fn some(&self) -> u8 {
        (0..5).filter(|at| self.named[*at] > 0).map(|at| 1 << at).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.asked == [0; 5]
    }
}

/// What the lines of one side say.
pub(in crate::reconcile) struct Seen {
    /// By day number; [`NO_DAY`] for lines without one.
    pub(super) days: FxHashMap<i32, Counts>,
    /// By dimension but the class: which names stand there. Models by the
    /// number of all their names.
    names: [Vec<AtomicBool>; 4],
}

pub(in crate::reconcile) const NO_DAY: i32 = i32::MIN;

/// The number of a row's day.
pub(in crate::reconcile) fn day_of(lines: &Lines, row: u32) -> i32 {
    lines.day(row).map_or(NO_DAY, Day::number)
}

impl Seen {
    pub fn of(names: &Names, models: &Models, rows: Rows) -> Self {
        let blank = || std::iter::repeat_with(AtomicBool::default).take(names.len()).collect();
        let flags: [Vec<AtomicBool>; 4] = std::array::from_fn(|_| blank());
        let mark = |at: usize, name: u32| {
            if let Some(flag) = flags[at].get(name as usize)
                && !flag.load(Relaxed)
            {
                flag.store(true, Relaxed);
            }
        };
        let lines = rows.lines;
        let add = |mut days: FxHashMap<i32, Counts>, row: u32| {
            let counts = days.entry(day_of(lines, row)).or_default();
            counts.longest = counts.longest.max(span_of(lines, row));
            counts.timed |= is_timed(lines, row);
            counts.buckets |= is_bucket(lines, row);
            let asked = asked(lines, row);
            // Usage with money of its own: calls that somebody added up.
            let is_sum = lines.shape(row) == Shape::Usage && lines.amount(row).is_some();
            // A bundle weighs as much as its entries would.
            let entries = u64::from(lines.entries(row));
            for dim in Dim::ALL.into_iter().filter(|dim| asked >> dim.at() & 1 == 1) {
                let at = dim.at();
                counts.asked[at] += entries;
                let name = match dim {
                    Dim::Who(of) => who(lines, row, of).0,
                    Dim::Model if lines.model(row).is_none() => 0,
                    Dim::Model => models.number(lines.model(row)),
                    Dim::Class => {
                        counts.named[at] += entries * u64::from(lines.class(row).is_some());
                        continue;
                    }
                };
                if name != Sym::NONE.0 {
                    counts.named[at] += entries;
                    mark(at, name);
                } else if is_sum {
                    counts.mixed |= 1 << at;
                }
            }
            days
        };
        let merge = |mut a: FxHashMap<i32, Counts>, b: FxHashMap<i32, Counts>| {
            b.into_iter().for_each(|(day, more)| {
                let counts = a.entry(day).or_default();
                *counts = counts.plus(more);
            });
            a
        };
        let days = rows.par().fold(FxHashMap::default, add).reduce(FxHashMap::default, merge);
        Self { days, names: flags }
    }

    pub(super) fn total(&self) -> Counts {
        self.days.values().fold(Counts::default(), |sum, counts| sum.plus(*counts))
    }

    /// Whether both sides have one name at least in common. Names of two
    /// different kinds (a key's id here, its hash there) have none, and would
    /// never meet.
    pub(super) fn alike(&self, other: &Self, dim: Dim) -> bool {
        match (self.names.get(dim.at()), other.names.get(dim.at())) {
            (Some(ours), Some(theirs)) => ours.iter().zip(theirs).any(|(a, b)| a.load(Relaxed) && b.load(Relaxed)),
            _ => true,
        }
    }
}

/// The time that a line stands for, as the shortest period that holds it;
/// `None` for what is no matter of minutes: a count of anything but tokens.
fn span_of(lines: &Lines, row: u32) -> Option<Period> {
    if !in_tokens(lines, row) {
        return (lines.shape(row) == Shape::Cost).then_some(Period::Day);
    }
    let Some(at) = lines.at(row) else { return Some(Period::Day) };
    let (seconds, span) = (at.micros().div_euclid(1_000_000), i64::from(lines.span(row)));
    let held = |length: i64| seconds.rem_euclid(length) + span <= length;
    Some(match span {
        // Usage without a span is of its day.
        0 if lines.shape(row) == Shape::Usage => Period::Day,
        0 => Period::Minute,
        _ if held(60) => Period::Minute,
        _ if held(3_600) => Period::Hour,
        _ => Period::Day,
    })
}

/// A bucket within a day, or an instant that is not a mere date.
fn is_timed(lines: &Lines, row: u32) -> bool {
    let midnight = lines.at(row).is_none_or(|at| at.micros().rem_euclid(86_400_000_000) == 0);
    !midnight || is_bucket(lines, row)
}

fn is_bucket(lines: &Lines, row: u32) -> bool {
    (1..86_400).contains(&lines.span(row))
}

/// Whether a line counts tokens, and so can be compared within a day.
pub(in crate::reconcile) fn in_tokens(lines: &Lines, row: u32) -> bool {
    matches!(lines.shape(row), Shape::Request | Shape::Usage) && lines.total(row).is_some()
}

/// The dimensions that a line should carry, as bits.
///
/// A line item that names neither a model nor a tool, such as a promotion, is
/// asked for nothing; a fee for a tool, and usage that is not counted in
/// tokens, is not asked for a model.
fn asked(lines: &Lines, row: u32) -> u8 {
    const WHO: u8 = 0b0_0111;
    const ALL: u8 = 0b1_1111;
    if !lines.model(row).is_none() {
        return ALL;
    }
    match (lines.shape(row), lines.class(row)) {
        (Shape::Cost, Some(TokenClass::Tool)) => WHO,
        (Shape::Cost, None) if !lines.item_text(row).is_none() => 0,
        (Shape::Usage, _) if lines.total(row).is_none() => WHO,
        _ => ALL,
    }
}
