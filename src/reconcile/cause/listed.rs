//! What the price book says both sides of an item should cost, which tells
//! apart how much was used from what was asked for it.

use super::Judge;
use crate::amount::{Amount, Quantity, SCALE};
use crate::price::{Rates, Tokens, Values, Worth, cost};
use crate::reconcile::Items;
use crate::reconcile::outcome::Side;
use crate::reconcile::tokens::{knows_cached, listed};
use crate::usage::{Lines, Names};

/// An item's cost by the price book.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    /// Of what the bill has more than the ledger; zero where both say the same
    /// usage.
    pub volume: Amount,
    /// Of the bill's usage and of the ledger's, where the usage is known
    /// closely enough.
    pub bill: Option<Amount>,
    pub ledger: Option<Amount>,
}

impl Judge<'_> {
    /// By tokens, at the rates in force for the bill's model on its day.
    /// `None` when there are no such rates, or more than one set of them: then
    /// nothing is claimed.
    pub(super) fn listed_tokens(&self, items: &Items, item: u32, same: bool) -> Option<Listed> {
        let (bill, ledger) = (self.sides.bill, self.sides.ledger);
        let mut rates: Option<&Rates> = None;
        for row in items.bill_rows(item) {
            let of_row = self.rates.rates(bill.model(row), bill.day(row)?)?;
            if rates.is_some_and(|rates| rates != of_row) {
                return None;
            }
            rates = Some(of_row);
        }
        let rates = rates?;
        let names = self.sides.names;
        let billed = sum(names, bill, items.bill_rows(item));
        let recorded = sum(names, ledger, items.ledger_rows(item));
        let list = |tokens: Option<Tokens>| tokens.and_then(|tokens| cost(rates, tokens).ok());
        let volume = if same {
            Amount::ZERO
        } else {
            // A ledger that does not know of cached tokens holds all input as
            // uncached: the discount is then a matter of price, not of volume.
            let both_know = items.bill_rows(item).all(|row| knows_cached(bill, row))
                && items.ledger_rows(item).all(|row| knows_cached(ledger, row));
            let plain = |t: Tokens| {
                let input = t.uncached.checked_add(t.cached)?;
                Some(Tokens { uncached: input, cached: 0, output: t.output })
            };
            let (more, less) = if both_know {
                (list(billed), list(recorded))
            } else {
                (list(billed.and_then(plain)), list(recorded.and_then(plain)))
            };
            more?.checked_sub(less?).ok()?
        };
        Some(Listed { volume, bill: list(billed), ledger: list(recorded) })
    }

    /// Whether both sides say the same credits; `None` where a line does not.
    pub(super) fn credits_agree(&self, items: &Items, item: u32) -> Option<bool> {
        let billed = credits(self.sides.bill, items.bill_rows(item))?;
        Some(billed == credits(self.sides.ledger, items.ledger_rows(item))?)
    }

    /// By credits, at the unit cost of the lot they were drawn from. `None`
    /// when the bill states money itself, and when the credits differ and come
    /// from several lots: then there is no one price for the difference.
    pub(super) fn listed_credits(&self, items: &Items, item: u32, side: &Side, same: bool) -> Option<Listed> {
        let lots = lots(self.sides.bill, self.sides.bill_values, items.bill_rows(item))?;
        if same {
            return Some(Listed { volume: Amount::ZERO, bill: side.value, ledger: None });
        }
        let unit = self.sides.prices.lots.get(usize::from(*lots.first()?))?.cost;
        let billed = credits(self.sides.bill, items.bill_rows(item))?;
        let recorded = credits(self.sides.ledger, items.ledger_rows(item))?;
        // A line that ran over the end of a lot costs something else.
        let priced = unit.cost_of(billed).ok()?.minus(side.value?).abs();
        if lots.len() > 1 || priced > Amount::from_units(i128::from(side.lines) * CREDIT_STEP) {
            return None;
        }
        let volume = unit.cost_of(billed.checked_sub(recorded).ok()?).ok()?;
        Some(Listed { volume, bill: side.value, ledger: unit.cost_of(recorded).ok() })
    }
}

/// What the price of credits is rounded to, in units of an amount: 12 decimals.
const CREDIT_STEP: i128 = 10i128.pow(SCALE - 12);

/// Token classes of all rows together; `None` where one does not say them.
fn sum(names: &Names, lines: &Lines, rows: impl Iterator<Item = u32>) -> Option<Tokens> {
    let mut all = Tokens::default();
    for row in rows {
        let tokens = listed(names, lines, row)?;
        all.uncached = all.uncached.checked_add(tokens.uncached)?;
        all.cached = all.cached.checked_add(tokens.cached)?;
        all.output = all.output.checked_add(tokens.output)?;
    }
    Some(all)
}

fn credits(lines: &Lines, mut rows: impl Iterator<Item = u32>) -> Option<Quantity> {
    rows.try_fold(Quantity::ZERO, |sum, row| sum.checked_add(lines.credits(row)?).ok())
}

/// The lots that rows drew from; `None` when one states money itself.
fn lots(lines: &Lines, values: &Values, rows: impl Iterator<Item = u32>) -> Option<Vec<u16>> {
    let mut lots = Vec::new();
    for row in rows {
        match values.worth(lines, row) {
            Worth::Lot { lot, .. } => lots.push(lot),
            // Zero credits are drawn from no lot.
            Worth::Priced(amount) if amount.is_zero() => {}
            _ => return None,
        }
    }
    lots.sort_unstable();
    lots.dedup();
    Some(lots)
}
