//! Why an item's sides differ: its variance, split into parts that add up to
//! it exactly.
//!
//! A part names a cause only where the figures prove it; the rest is
//! unexplained and stays visible.

mod evidence;
mod explain;
mod listed;
#[cfg(test)]
pub(super) mod months;
mod probe;
mod rounding;
mod solve;
mod suppose;
mod tier;

pub use self::evidence::{Evidence, Place, Proposal, Tiered};
pub use self::explain::{Explanation, Finding, explain, explain_with};
pub use self::probe::Probe;

use self::listed::Listed;
pub(super) use self::rounding::Rounding;
use super::outcome::{Side, both};
use super::{Cause, Items, Outcome, Part, Rules, Sides};
use crate::amount::{Amount, Quantity};
use crate::price::RateTable;
use crate::usage::Shape;

/// The parts of a variance, in the order in which they were found. Most items
/// have one or none, which take no memory beside the item's other figures.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    first: Option<Part>,
    /// Five causes can meet in one item: volume, class mix, tier, one of price
    /// and unexplained, rounding.
    others: Vec<Part>,
}

impl Parts {
    const NOTHING: Self = Self { first: None, others: Vec::new() };

    fn one(cause: Cause, amount: Amount) -> Self {
        Self::NOTHING.and(cause, amount)
    }

    /// With one more part, unless it is nothing.
    fn and(self, cause: Cause, amount: Amount) -> Self {
        if amount.is_zero() { self } else { self.and_even_zero(cause, amount) }
    }

    fn and_even_zero(mut self, cause: Cause, amount: Amount) -> Self {
        let part = Part { cause, amount };
        match self.first {
            None => self.first = Some(part),
            Some(_) => self.others.push(part),
        }
        self
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Part> + '_ {
        self.first.iter().chain(&self.others).copied()
    }

    /// `None` where the sum leaves the range of an amount.
    fn sum(&self) -> Option<Amount> {
        let first = self.first.map_or(Amount::ZERO, |part| part.amount);
        self.others.iter().try_fold(first, |sum, part| sum.checked_add(part.amount).ok())
    }

    /// The cause of the greatest part, of equal ones the first.
    pub fn main_cause(&self) -> Cause {
        let greatest =
            if self.others.is_empty() { self.first } else { self.iter().rev().max_by_key(|part| part.amount.abs()) };
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
        self.parts(items, item).iter().collect()
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
        if parts.sum() == Some(gap) { parts } else { Parts::one(Cause::Unexplained, gap) }
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
        let Some(listed) = listed else {
            let parts = Parts::one(Cause::Unexplained, gap);
            // Other counts at a price nobody knows are shown even if the
            // amounts happen to be equal.
            let unpriced_volume = agree == Some(false) && gap.is_zero();
            return if unpriced_volume { parts.and_even_zero(Cause::Volume, Amount::ZERO) } else { parts };
        };
        let parts = if agree == Some(false) {
            Parts::NOTHING.and_even_zero(Cause::Volume, listed.volume)
        } else {
            Parts::NOTHING.and(Cause::Volume, listed.volume)
        };
        let parts = parts.and(Cause::ClassMix, listed.mix);
        let rest = gap.minus(listed.volume).minus(listed.mix);
        beyond_volume(parts, &listed, rest, [bill, ledger], rounding)
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

/// Splits what other quantities do not explain. It is known only where one
/// side at least stands exactly where the price book has it.
fn beyond_volume(parts: Parts, listed: &Listed, rest: Amount, [bill, ledger]: [&Side; 2], rounding: Rounding) -> Parts {
    let (billed, recorded) = (bill.value.unwrap_or_default(), ledger.value.unwrap_or_default());
    // What the tiers stated on the two sides make.
    let tiers = |tier: Amount| {
        let of_ledger = listed.ledger_priced.zip(listed.ledger).map_or(Amount::ZERO, |(all, list)| all.minus(list));
        tier.minus(of_ledger)
    };
    let off = listed.ledger_priced.map(|priced| priced.minus(recorded)).filter(|off| rounding.covers(*off));
    if let Some(off) = off {
        let (parts, over) = match listed.tier {
            Some(tier) => (parts.and(Cause::Tier, tiers(tier)), rest.minus(off).minus(tiers(tier))),
            // A tier is stated and nobody knows its price: what was asked for
            // it is what it costs.
            None if listed.bill.is_some() => return parts.and(Cause::Tier, rest.minus(off)).and(Cause::Rounding, off),
            None => (parts, rest.minus(off)),
        };
        let is_tier = listed.tier == Some(Amount::ZERO)
            && listed
                .rates
                .zip(listed.bill)
                .is_some_and(|(rates, list)| billed.minus(list) == over && tier::is_tier_price(rates, list, billed));
        let cause = if is_tier { Cause::Tier } else { Cause::Price };
        return parts.and(cause, over).and(Cause::Rounding, off);
    }
    let bill_priced = listed.bill.zip(listed.tier).map(|(list, tier)| list.plus(tier));
    if bill_priced.is_some() && bill_priced == bill.value {
        let tier = tiers(listed.tier.unwrap_or_default());
        return parts.and(Cause::Tier, tier).and(Cause::Price, rest.minus(tier));
    }
    parts.and(if rounding.covers(rest) { Cause::Rounding } else { Cause::Unexplained }, rest)
}
