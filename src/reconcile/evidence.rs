//! What speaks for a match: how its sides found each other, each field that
//! both could be compared by, and what is left between them. Made for one item
//! when it is asked for, and kept nowhere.

use rustc_hash::FxHashSet;

use super::outcome::{Side as Sum, both};
use super::tokens::of_class;
use super::{Items, Rung, Sides};
use crate::amount::{Amount, Quantity};
use crate::calendar::Instant;
use crate::price::{ModelNames, Values, Worth};
use crate::usage::{Lines, Names, Shape, Side, Sym, TokenClass};

/// What two sides are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    Id,
    Model,
    Time,
    /// All input tokens.
    Input,
    /// Those of them that came from a cache.
    Cached,
    /// Those of them that were written to one.
    CacheWrite,
    Output,
    /// Where a side tells no input from output.
    Total,
    Credits,
    Amount,
}

impl Field {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Model => "model",
            Self::Time => "time",
            Self::Input => "input",
            Self::Cached => "cached",
            Self::CacheWrite => "cache writes",
            Self::Output => "output",
            Self::Total => "tokens",
            Self::Credits => "credits",
            Self::Amount => "amount",
        }
    }
}

/// What all lines of one side together say of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The names, in their order; more than three are counted.
    Names(String),
    /// From the first instant to the last.
    Times(Instant, Instant),
    Count(i64),
    Credits(Quantity),
    Amount(Amount),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldEvidence {
    pub field: Field,
    /// `None` where a line of the side does not say.
    pub billed: Option<Said>,
    pub recorded: Option<Said>,
    /// `None` where the two cannot be compared, and for times that are apart:
    /// by how much is in [`MatchEvidence::seconds_apart`].
    pub agrees: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchEvidence {
    pub rung: Rung,
    /// In the order of [`Field`]; those that neither side says are left out.
    pub fields: Vec<FieldEvidence>,
    /// Whole seconds between the times of the two sides, rounded up; 0 where
    /// they overlap, `None` where a side has none.
    pub seconds_apart: Option<u64>,
    /// Billed minus recorded, where a side without an amount is zero; `None`
    /// for lines of one side only.
    pub residual: Option<Amount>,
    /// The amount of the side is derived, in part at least: tokens at the exact
    /// rates of the price book, since its lines state no money.
    pub billed_is_derived: bool,
    pub recorded_is_derived: bool,
}

/// The evidence of one item. Looks at all its lines.
pub fn evidence(sides: &Sides, items: &Items, item: u32) -> MatchEvidence {
    let sums = both(sides, items, item);
    let rows = items.slices(item);
    let two_sided = rows.iter().all(|rows| !rows.is_empty());
    let on = |side: Side| match side {
        Side::Bill => One { names: sides.names, lines: sides.bill, values: sides.bill_values, rows: rows[0] },
        Side::Ledger => One { names: sides.names, lines: sides.ledger, values: sides.ledger_values, rows: rows[1] },
    };
    let (bill, ledger) = (on(Side::Bill), on(Side::Ledger));
    let mut fields = Vec::new();
    let mut add = |field: Field, billed: Option<Said>, recorded: Option<Said>, agrees: Option<bool>| {
        if billed.is_some() || recorded.is_some() {
            fields.push(FieldEvidence { field, billed, recorded, agrees: agrees.filter(|_| two_sided) });
        }
    };

    let (id, other) = (bill.id(), ledger.id());
    let same = id.as_ref().zip(other.as_ref()).map(|(a, b)| a == b);
    add(Field::Id, id.map(Said::Names), other.map(Said::Names), same);

    let models = &sides.prices.models;
    let (model, other) = (bill.models(models), ledger.models(models));
    let same = model.as_ref().zip(other.as_ref()).map(|(a, b)| a.1 == b.1);
    add(Field::Model, model.map(|(shown, _)| Said::Names(shown)), other.map(|(shown, _)| Said::Names(shown)), same);

    let (times, others) = (bill.times(), ledger.times());
    let apart = times.zip(others).map(|(a, b)| apart(a, b));
    let shown = |(from, to): (i64, i64)| Said::Times(Instant::from_micros(from), Instant::from_micros(to));
    add(Field::Time, times.map(shown), others.map(shown), apart.and_then(|apart| (apart == 0).then_some(true)));

    let [billed, recorded] = [&sums[0], &sums[1]].map(|sum: &Sum| sum.counts);
    let mut count = |field: Field, billed: Option<i64>, recorded: Option<i64>| {
        let none = |count: Option<i64>| count.is_none_or(|count| count == 0);
        if !(none(billed) && none(recorded)) {
            let same = billed.zip(recorded).map(|(a, b)| a == b);
            add(field, billed.map(Said::Count), recorded.map(Said::Count), same);
        }
    };
    count(Field::Input, billed.input, recorded.input);
    count(Field::Cached, bill.part(TokenClass::CachedInput), ledger.part(TokenClass::CachedInput));
    count(Field::CacheWrite, bill.part(TokenClass::CacheWrite), ledger.part(TokenClass::CacheWrite));
    count(Field::Output, billed.output, recorded.output);
    if [billed, recorded].iter().any(|counts| counts.input.is_none() || counts.output.is_none()) {
        count(Field::Total, billed.total, recorded.total);
    }

    let (credits, other) = (bill.credits(), ledger.credits());
    let same = credits.zip(other).map(|(a, b)| a == b);
    add(Field::Credits, credits.map(Said::Credits), other.map(Said::Credits), same);
    let (amount, other) = (sums[0].value, sums[1].value);
    let same = amount.zip(other).map(|(a, b)| a == b);
    add(Field::Amount, amount.map(Said::Amount), other.map(Said::Amount), same);

    MatchEvidence {
        rung: items.rung(item),
        fields,
        seconds_apart: apart.filter(|_| two_sided),
        residual: two_sided.then(|| amount.unwrap_or_default().minus(other.unwrap_or_default())),
        billed_is_derived: bill.is_derived(),
        recorded_is_derived: ledger.is_derived(),
    }
}

/// Whether the amount of each side, bill first, is derived: see
/// [`MatchEvidence::billed_is_derived`].
pub fn derived(sides: &Sides, items: &Items, item: u32) -> [bool; 2] {
    let [bill, ledger] = items.slices(item);
    [is_derived(sides.bill, sides.bill_values, bill), is_derived(sides.ledger, sides.ledger_values, ledger)]
}

fn is_derived(lines: &Lines, values: &Values, rows: &[u32]) -> bool {
    let priced = |row: &u32| matches!(values.worth(lines, *row), Worth::Priced(amount) if !amount.is_zero());
    values.any_computed() && rows.iter().any(|row| lines.shape(*row) != Shape::Credits && priced(row))
}

/// Whole seconds, rounded up, between two spans of microseconds.
fn apart(a: (i64, i64), b: (i64, i64)) -> u64 {
    let gap = if a.1 < b.0 {
        a.1.abs_diff(b.0)
    } else if b.1 < a.0 {
        b.1.abs_diff(a.0)
    } else {
        0
    };
    gap.div_ceil(1_000_000)
}

/// One side of an item.
struct One<'a> {
    names: &'a Names,
    lines: &'a Lines,
    values: &'a Values,
    rows: &'a [u32],
}

impl One<'_> {
    /// The one id that all lines carry.
    fn id(&self) -> Option<String> {
        let (first, rest) = self.rows.split_first()?;
        let ids = self.lines.ids();
        let one = ids.has(*first) && rest.iter().all(|row| ids.is_same(*row, ids, *first));
        one.then(|| self.lines.id(*first).to_owned())
    }

    /// The models as the lines name them, and under the names that all names
    /// of one model share.
    fn models(&self, models: &ModelNames) -> Option<(String, Vec<String>)> {
        let syms: FxHashSet<Sym> = self.rows.iter().map(|row| self.lines.model(*row)).collect();
        let mut said: Vec<&str> =
            syms.into_iter().filter(|sym| !sym.is_none()).map(|sym| self.names.text(sym)).collect();
        if said.is_empty() {
            return None;
        }
        said.sort_unstable();
        let mut known: Vec<String> = said.iter().map(|name| models.canonical(name).into_owned()).collect();
        known.sort_unstable();
        known.dedup();
        let shown = if said.len() > 3 { format!("{} names", said.len()) } else { said.join(", ") };
        Some((shown, known))
    }

    /// From the first microsecond to the last that the lines speak of; `None`
    /// where one has no time.
    fn times(&self) -> Option<(i64, i64)> {
        self.rows.iter().try_fold(None, |times: Option<(i64, i64)>, row| {
            let from = self.lines.at(*row)?.micros();
            let day = matches!(self.lines.shape(*row), Shape::Cost | Shape::Usage | Shape::Credits);
            let seconds = match self.lines.span(*row) {
                0 if day => 86_400,
                span => i64::from(span),
            };
            let to = from.saturating_add((seconds * 1_000_000 - 1).max(0));
            Some(Some(times.map_or((from, to), |(first, last)| (first.min(from), last.max(to)))))
        })?
    }

    /// Tokens of one class of input; `None` where a line does not say.
    fn part(&self, class: TokenClass) -> Option<i64> {
        self.rows.iter().try_fold(0i64, |sum, row| {
            let count = match of_class(self.lines, *row) {
                Some((of, count)) => Some(if of == class { count } else { 0 }),
                None if class == TokenClass::CachedInput => self.lines.cached(*row),
                None => self.lines.cache_write(*row),
            };
            sum.checked_add(count?)
        })
    }

    fn credits(&self) -> Option<Quantity> {
        let sum = |sum: Quantity, row: &u32| sum.checked_add(self.lines.credits(*row)?).ok();
        (!self.rows.is_empty()).then(|| self.rows.iter().try_fold(Quantity::ZERO, sum))?
    }

    fn is_derived(&self) -> bool {
        is_derived(self.lines, self.values, self.rows)
    }
}
