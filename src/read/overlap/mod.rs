//! The same thing downloaded twice. Rows that several files hold count once, by
//! content and occurrence; where files disagree on a day of an account, the
//! later download has the say over all of it (`days`), unless it holds but a part of
//! the day (`parts`). Rows of formats that give everything an id are known
//! again by that (`ids`). One file may hold the same twice, too, grouped in two
//! ways (`groupings`).
//!
//! Only what more than one file could hold is looked at; with one file, or
//! files one after the other, this costs nothing.

mod days;
mod groupings;
mod ids;
mod parts;
mod shared;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::BTreeMap;

pub(super) use groupings::Regrouped;

use super::Superseded;
use super::format::Format;
use super::seen::{Seen, day_of};
use crate::amount::{Amount, Quantity};
use crate::calendar::Day;
use crate::usage::{Lines, Names, Side, Sym};

/// The lines that count, and those that do not.
pub(super) struct Settled {
    pub lines: Lines,
    /// Replaced by a later download.
    pub superseded_lines: Lines,
    /// By account, day and file.
    pub superseded: Vec<Superseded>,
    /// Rows left out because another file holds them as well.
    pub repeated_rows: u64,
    /// Costs that stand in one file in two groupings; the coarser are
    /// superseded.
    pub regrouped: Vec<Regrouped>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Repeated,
    Superseded,
}

/// What was found about some rows.
#[derive(Default)]
struct Verdict {
    fates: Vec<(u32, Fate)>,
    superseded: Vec<Superseded>,
}

/// All that is read of a side, to be settled.
#[derive(Clone, Copy)]
struct Download<'a> {
    side: Side,
    lines: &'a Lines,
    names: &'a Names,
    /// What each file is read as, and what it lists, by its number.
    formats: &'a [&'static Format],
    seen: &'a [Seen],
}

impl Download<'_> {
    fn format(&self, file: u16) -> Option<&'static Format> {
        self.formats.get(usize::from(file)).copied()
    }

    /// Which of two files is the later download: the one whose last day is
    /// later or, if equal, that was added later. A day that is listed as empty
    /// is a day of the file.
    fn later(&self, a: u16, b: u16) -> Ordering {
        let age = |file: u16| {
            let source = self.lines.files().get(usize::from(file));
            let used = source.and_then(|source| source.days).map(|days| days.1);
            let listed = self.seen.get(usize::from(file)).and_then(|seen| seen.spans().last());
            let last = used.max(listed.map(|span| day_of(span.1 - 1)));
            (last, source.map(|source| source.added), file)
        };
        age(a).cmp(&age(b))
    }

    /// Whether a file tells all of a day: all do but pages of buckets that
    /// leave some of it out.
    fn is_whole(&self, file: u16, day: Day) -> bool {
        self.seen.get(usize::from(file)).is_none_or(|seen| seen.buckets == 0 || seen.covers(day))
    }

    /// Which of two files has the say over a day: one that tells all of it, of
    /// two such (or of two parts) the later.
    fn has_the_say(&self, day: Day, a: u16, b: u16) -> Ordering {
        self.is_whole(a, day).cmp(&self.is_whole(b, day)).then_with(|| self.later(a, b))
    }

    fn path(&self, file: u16) -> std::path::PathBuf {
        self.lines.files().get(usize::from(file)).map(|file| file.path.clone()).unwrap_or_default()
    }
}

/// `formats` and `seen` have what each file is read as and what it lists, in the
/// order of the files.
pub(super) fn settle(side: Side, lines: Lines, names: &Names, formats: &[&'static Format], seen: &[Seen]) -> Settled {
    let download = Download { side, lines: &lines, names, formats, seen };
    let (coarser, regrouped) = groupings::judge_all(&download);
    let verdicts = [days::judge_all(&download), ids::judge_all(&download), vec![coarser]].into_iter().flatten();

    let mut fates: Vec<Option<Fate>> = Vec::new();
    let mut superseded = Vec::new();
    let mut repeated_rows = 0;
    for verdict in verdicts {
        if fates.is_empty() && !verdict.fates.is_empty() {
            fates.resize(lines.len(), None);
        }
        for (row, fate) in verdict.fates {
            if let Some(entry @ None) = fates.get_mut(row as usize) {
                repeated_rows += u64::from(fate == Fate::Repeated);
                *entry = Some(fate);
            }
        }
        superseded.extend(verdict.superseded);
    }
    // Rows were sorted by symbols, which follow the order of reading.
    superseded.sort_by(|a: &Superseded, b| {
        (&a.account, a.day, &a.older, &a.newer, a.older_rows).cmp(&(
            &b.account,
            b.day,
            &b.older,
            &b.newer,
            b.older_rows,
        ))
    });
    let fate = |row: u32| fates.get(row as usize).copied().flatten();
    Settled {
        superseded_lines: lines.select(|row| fate(row) == Some(Fate::Superseded)),
        lines: if fates.is_empty() { lines } else { lines.select(|row| fate(row).is_none()) },
        superseded,
        repeated_rows,
        regrouped,
    }
}

/// What some rows add up to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    credits: Option<Quantity>,
    amount: Option<Amount>,
    /// Money in other currencies; their numbers are compared for being equal
    /// only.
    foreign: Vec<(Sym, Amount)>,
    tokens: i128,
}

impl Totals {
    fn of(lines: &Lines, rows: impl Iterator<Item = u32>) -> Self {
        let mut totals = Self::default();
        let mut foreign: BTreeMap<u32, Amount> = BTreeMap::new();
        for row in rows {
            if let Some(credits) = lines.credits(row) {
                totals.credits = Some(totals.credits.unwrap_or_default().plus(credits));
            }
            if let Some(amount) = lines.amount(row) {
                totals.amount = Some(totals.amount.unwrap_or_default().plus(amount));
            }
            if let Some(amount) = lines.foreign(row) {
                let sum = foreign.entry(lines.currency(row).0).or_default();
                *sum = sum.plus(amount);
            }
            totals.tokens += i128::from(lines.total(row).unwrap_or(0));
        }
        totals.foreign = foreign.into_iter().map(|(sym, amount)| (Sym(sym), amount)).collect();
        totals
    }

    /// By credits or, where there are none, money or tokens. Money of any
    /// currency that is less is less.
    fn compare(&self, other: &Self) -> Ordering {
        let abroad = |sym: Sym| {
            let found = self.foreign.iter().find(|(of, _)| *of == sym);
            found.map_or(Amount::ZERO, |(_, amount)| *amount)
        };
        if other.foreign.iter().any(|(sym, amount)| abroad(*sym) < *amount) {
            return Ordering::Less;
        }
        let more = if self.foreign == other.foreign { Ordering::Equal } else { Ordering::Greater };
        self.compare_own(other).then(more)
    }

    fn compare_own(&self, other: &Self) -> Ordering {
        if self.credits.is_some() || other.credits.is_some() {
            self.credits.unwrap_or_default().cmp(&other.credits.unwrap_or_default())
        } else if self.amount.is_some() || other.amount.is_some() {
            self.amount.unwrap_or_default().cmp(&other.amount.unwrap_or_default())
        } else {
            self.tokens.cmp(&other.tokens)
        }
    }
}
