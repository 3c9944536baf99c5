//! A reconciliation in figures.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::cause::Parts;
use super::outcome::{Side as Sum, both};
use super::{Cause, Items, Judge, Outcome, Rules, Sides, runs};
use crate::amount::Amount;
use crate::usage::Side;

/// The items of one outcome, and what their lines are worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bucket {
    pub items: u64,
    pub billed: Amount,
    pub recorded: Amount,
}

impl Bucket {
    fn plus(self, other: Self) -> Self {
        Self {
            items: self.items + other.items,
            billed: self.billed.plus(other.billed),
            recorded: self.recorded.plus(other.recorded),
        }
    }
}

/// What lines of one side add up to in a currency that is not the book's. It
/// is in none of the other figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherCurrency {
    pub side: Side,
    /// As the lines state it, in upper case.
    pub currency: String,
    pub lines: u64,
    /// In that currency.
    pub amount: Amount,
}

/// Of the items given, which may be those of one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub bill_lines: u64,
    /// What the bill lines are worth: as billed, or by the price book where
    /// the bill has credits or tokens only.
    pub bill_total: Amount,
    pub ledger_entries: u64,
    pub ledger_total: Amount,
    /// In the order of [`Outcome::ALL`], empty ones included.
    pub by_outcome: [(Outcome, Bucket); 8],
    /// Billed minus recorded over all items but those not applicable.
    pub variance_total: Amount,
    /// The part of it that no cause explains.
    pub unexplained: Amount,
    /// Each cause that occurs with the number of items it has a part in and
    /// the sum of the parts; the greatest amount first, equal ones in the
    /// order of [`Cause::ALL`].
    pub causes: Vec<(Cause, u64, Amount)>,
    /// By side, then by currency; nearly always empty.
    pub other_currencies: Vec<OtherCurrency>,
}

impl Summary {
    pub fn bucket(&self, outcome: Outcome) -> Bucket {
        self.by_outcome[outcome as usize].1
    }

    pub fn items(&self) -> u64 {
        self.by_outcome.iter().map(|(_, bucket)| bucket.items).sum()
    }
}

impl Default for Summary {
    /// Of no items.
    fn default() -> Self {
        Totals::default().figures()
    }
}

/// What items come to so far; the order in which they are added makes no
/// difference.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Totals {
    lines: [u64; 2],
    outcomes: [Bucket; 8],
    causes: [(u64, Amount); Cause::ALL.len()],
}

impl Totals {
    pub fn add(&mut self, sides: &Sides, items: &Items, item: u32, outcome: Outcome, both: &[Sum; 2], parts: &Parts) {
        let [bill, ledger] = both;
        self.lines[0] += u64::from(bill.lines);
        self.lines[1] += match sides.ledger.has_bundles() {
            true => items.ledger_rows(item).map(|row| u64::from(sides.ledger.entries(row))).sum(),
            false => u64::from(ledger.lines),
        };
        let one =
            Bucket { items: 1, billed: bill.value.unwrap_or_default(), recorded: ledger.value.unwrap_or_default() };
        let bucket = &mut self.outcomes[outcome as usize];
        *bucket = bucket.plus(one);
        for part in parts.iter() {
            let cause = &mut self.causes[part.cause as usize];
            *cause = (cause.0 + 1, cause.1.plus(part.amount));
        }
    }

    pub fn merge(&mut self, other: &Self) {
        for (lines, more) in self.lines.iter_mut().zip(other.lines) {
            *lines += more;
        }
        for (bucket, more) in self.outcomes.iter_mut().zip(other.outcomes) {
            *bucket = bucket.plus(more);
        }
        for (cause, more) in self.causes.iter_mut().zip(other.causes) {
            *cause = (cause.0 + more.0, cause.1.plus(more.1));
        }
    }

    /// The figures of the items that were added, which are `items`.
    pub fn summary(self, sides: &Sides, items: &Items) -> Summary {
        Summary { other_currencies: other_currencies(sides, items), ..self.figures() }
    }

    fn figures(self) -> Summary {
        let all = self.outcomes.into_iter().fold(Bucket::default(), Bucket::plus);
        let aside = self.outcomes[Outcome::NotApplicable as usize];
        let mut causes: Vec<(Cause, u64, Amount)> = Cause::ALL
            .into_iter()
            .zip(self.causes)
            .filter(|(_, (count, _))| *count > 0)
            .map(|(cause, (count, amount))| (cause, count, amount))
            .collect();
        causes.sort_by_key(|(.., amount)| std::cmp::Reverse(amount.abs()));
        Summary {
            bill_lines: self.lines[0],
            bill_total: all.billed,
            ledger_entries: self.lines[1],
            ledger_total: all.recorded,
            by_outcome: Outcome::ALL.map(|outcome| (outcome, self.outcomes[outcome as usize])),
            variance_total: all.billed.minus(aside.billed).minus(all.recorded.minus(aside.recorded)),
            unexplained: self.causes[Cause::Unexplained as usize].1,
            causes,
            other_currencies: Vec::new(),
        }
    }
}

/// Adds up items on all cores. `items` may be a selection of those of `sides`.
pub fn summarize(sides: &Sides, _rules: &Rules, items: &Items) -> Summary {
    let judge = Judge::new(sides);
    let part = |run: std::ops::Range<u32>| {
        let mut totals = Totals::default();
        for item in run {
            let (both, outcome) = (both(sides, items, item), items.outcome(item));
            totals.add(sides, items, item, outcome, &both, &judge.parts_of(items, item, outcome, &both));
        }
        totals
    };
    let parts: Vec<Totals> = runs(items).into_par_iter().map(part).collect();
    let mut totals = Totals::default();
    parts.iter().for_each(|part| totals.merge(part));
    totals.summary(sides, items)
}

fn other_currencies(sides: &Sides, items: &Items) -> Vec<OtherCurrency> {
    let mut found: BTreeMap<(usize, &str), (u64, Amount)> = BTreeMap::new();
    let both = [(Side::Bill, sides.bill), (Side::Ledger, sides.ledger)];
    for (at, (_, lines)) in both.iter().enumerate().filter(|(_, (_, lines))| lines.has_foreign()) {
        for item in 0..items.len() as u32 {
            for row in items.slices(item)[at] {
                let Some(amount) = lines.foreign(*row) else { continue };
                let sum = found.entry((at, sides.names.text(lines.currency(*row)))).or_default();
                *sum = (sum.0 + 1, sum.1.plus(amount));
            }
        }
    }
    let one = |((at, currency), (lines, amount)): ((usize, &str), (u64, Amount))| OtherCurrency {
        side: both[at].0,
        currency: currency.to_owned(),
        lines,
        amount,
    };
    found.into_iter().map(one).collect()
}
