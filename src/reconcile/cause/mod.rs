//! Why an item's sides differ: its variance, split into parts that add up to
//! it exactly.
//!
//! A part names a cause only where the figures prove it; the rest is
//! unexplained and stays visible.

mod listed;
mod rounding;

use self::listed::Listed;
use self::rounding::Rounding;
use super::outcome::{Side, both};
use super::{Cause, Items, Outcome, Part, Rules, Sides};
use crate::amount::{Amount, Quantity};
use crate::price::RateTable;
use crate::usage::Shape;

/// The parts of a variance, in the order in which they were found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    parts: [Part; 4],
    len: usize,
}

impl Parts {
    const NOTHING: Self = Self { parts: [Part { cause: Cause::None, amount: Amount::ZERO }; 4], len: 0 };

    fn one(cause: Cause, amount: Amount) -> Self {
        Self::NOTHING.and(cause, amount)
    }

    /// With one more part, unless it is nothing. There are four causes that
    /// can meet in one item.
    fn and(self, cause: Cause, amount: Amount) -> Self {
        if amount.is_zero() { self } else { self.and_even_zero(cause, amount) }
    }

    fn and_even_zero(mut self, cause: Cause, amount: Amount) -> Self {
        if let Some(part) = self.parts.get_mut(self.len) {
            *part = Part { cause, amount };
            self.len += 1;
        }
        self
    }

    pub fn as_slice(&self) -> &[Part] {
        self.parts.get(..self.len).unwrap_or(&[])
    }

    /// The cause of the greatest part, of equal ones the first.
    pub fn main_cause(&self) -> Cause {
        let greatest = self.as_slice().iter().rev().max_by_key(|part| part.amount.abs());
        greatest.map_or(Cause::None, |part| part.cause)
    }
}

/// Splits variances, with the rates looked up once for all names.
pub struct Judge<'a> {
    pub(super) sides: Sides<'a>,
    pub(super) rates: RateTable<'a>,
}

/// Billed minus recorded of one item, split; empty where nothing differs and
/// for items that are not applicable, which have no variance.
///
/// For many items, make one [`Judge`].
pub fn variance(sides: &Sides, _rules: &Rules, items: &Items, item: u32) -> Vec<Part> {
    Judge::new(sides).variance(items, item)
}

impl<'a> Judge<'a> {
    pub fn new(sides: &Sides<'a>) -> Self {
        Self { sides: *sides, rates: sides.prices.for_names(sides.names) }
    }

    /// As [`variance`].
    pub fn variance(&self, items: &Items, item: u32) -> Vec<Part> {
        self.parts(items, item).as_slice().to_vec()
    }

    pub(super) fn parts(&self, items: &Items, item: u32) -> Parts {
        self.parts_of(items, item, items.outcome(item), &both(&self.sides, items, item))
    }

    /// For an item whose outcome and sums are known already.
    pub(super) fn parts_of(&self, items: &Items, item: u32, outcome: Outcome, sums: &[Side; 2]) -> Parts {
        if outcome == Outcome::NotApplicable {
            return Parts::NOTHING;
        }
        let [bill, ledger] = sums;
        let gap = bill.value.unwrap_or_default().minus(ledger.value.unwrap_or_default());
        let parts = self.split(items, item, outcome, sums, gap);
        // Sums that leave the range of an amount would not add up any more.
        let sum = parts.as_slice().iter().try_fold(Amount::ZERO, |sum, part| sum.checked_add(part.amount));
        if sum == Ok(gap) { parts } else { Parts::one(Cause::Unexplained, gap) }
    }

    fn split(&self, items: &Items, item: u32, outcome: Outcome, [bill, ledger]: &[Side; 2], gap: Amount) -> Parts {
        match outcome {
            Outcome::Duplicate => return Parts::one(Cause::Duplicate, gap),
            Outcome::Ambiguous => return Parts::one(Cause::Unexplained, gap),
            _ if ledger.lines == 0 => return Parts::one(Cause::Missing, gap),
            _ if bill.lines == 0 => return Parts::one(Cause::Extra, gap),
            _ => {}
        }
        if !gap.is_zero() && ledger.value.unwrap_or_default().is_zero() {
            let cause = if self.ledger_used(items, item) { Cause::PriceMissing } else { Cause::ZeroUsage };
            return Parts::one(cause, gap);
        }
        if bill.unpriced + ledger.unpriced > 0 {
            let no_price = bill.value.is_none() && bill.unpriced > 0;
            return Parts::one(if no_price { Cause::PriceMissing } else { Cause::Unexplained }, gap);
        }
        let credits = items.shape(&self.sides, item) == Shape::Credits;
        let agree = if credits { self.credits_agree(items, item) } else { bill.counts.agree(ledger.counts) };
        if gap.is_zero() && agree != Some(false) {
            return Parts::NOTHING;
        }
        let rounding = Rounding::of(self.sides.ledger, items.ledger_rows(item), credits.then_some(bill.lines));
        if agree != Some(false) && rounding.covers(gap) {
            return Parts::one(Cause::Rounding, gap);
        }
        let listed = match agree {
            None => None,
            Some(same) if credits => self.listed_credits(items, item, bill, same),
            Some(same) => self.listed_tokens(items, item, same),
        };
        let Some(Listed { volume, bill: bill_list, ledger: ledger_list }) = listed else {
            let parts = Parts::one(Cause::Unexplained, gap);
            // Other counts at a price nobody knows are shown even if the
            // amounts happen to be equal.
            let unpriced_volume = agree == Some(false) && gap.is_zero();
            return if unpriced_volume { parts.and_even_zero(Cause::Volume, Amount::ZERO) } else { parts };
        };
        let parts =
            if agree == Some(false) { Parts::NOTHING.and_even_zero(Cause::Volume, volume) } else { Parts::NOTHING };
        let rest = gap.minus(volume);
        let recorded = ledger.value.unwrap_or_default();
        match ledger_list.map(|list| list.minus(recorded)) {
            Some(rounded) if rounding.covers(rounded) => {
                parts.and(Cause::Price, rest.minus(rounded)).and(Cause::Rounding, rounded)
            }
            _ if bill_list.is_some() && bill_list == bill.value => parts.and(Cause::Price, rest),
            _ if rounding.covers(rest) => parts.and(Cause::Rounding, rest),
            _ => parts.and(Cause::Unexplained, rest),
        }
    }

    /// Whether the ledger says that anything was used.
    fn ledger_used(&self, items: &Items, item: u32) -> bool {
        let lines = self.sides.ledger;
        let some = |quantity: Option<Quantity>| quantity.is_some_and(|quantity| !quantity.is_zero());
        items.ledger_rows(item).any(|row| {
            let tokens = [lines.input(row), lines.output(row), lines.total(row)];
            tokens.into_iter().flatten().any(|count| count != 0)
                || some(lines.credits(row))
                || some(lines.quantity(row))
        })
    }
}
