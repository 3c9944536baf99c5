//! What the price book says both sides of an item should cost, which tells
//! apart how much was used from what was asked for it.

use super::Judge;
use super::tier::beyond_list;
use crate::amount::{Amount, Quantity, SCALE, UnitCost};
use crate::price::{Rates, Values, Worth};
use crate::reconcile::Items;
use crate::reconcile::outcome::Side;
use crate::reconcile::tokens::{Classes, classes, knows_cached};
use crate::usage::Lines;

/// An item's cost by the price book.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed<'a> {
    /// Of what the bill has more than the ledger; zero where both say the same
    /// input and output.
    pub volume: Amount,
    /// Of the shift between classes of input.
    pub mix: Amount,
    /// What the tiers that the bill's lines state ask beyond the list; `None`
    /// where the price of one is not known.
    pub tier: Option<Amount>,
    /// Of the bill's usage at list price, where it is known closely enough.
    pub bill: Option<Amount>,
    /// Of the ledger's usage at list price, and at that of the tiers that its
    /// entries state.
    pub ledger: Option<Amount>,
    pub ledger_priced: Option<Amount>,
    /// The rates all this is at; `None` for credits.
    pub rates: Option<&'a Rates>,
}

/// What is known of one side of an item.
struct Known {
    classes: Option<Classes>,
    list: Option<Amount>,
    tier: Option<Amount>,
    /// Every row tells cached input from other input.
    cached: bool,
}

impl Known {
    fn of(judge: &Judge, lines: &Lines, rates: &Rates, rows: impl Iterator<Item = u32>) -> Self {
        let start = Self { classes: Some(Classes::default()), list: None, tier: Some(Amount::ZERO), cached: true };
        let mut known = rows.fold(start, |known, row| {
            let of_row = classes(lines, row);
            let tier = of_row.and_then(|tokens| beyond_list(judge.sides.names, lines, row, rates, tokens));
            Self {
                classes: known.classes.zip(of_row).and_then(|(sum, more)| sum.plus(more)),
                tier: known.tier.zip(tier).and_then(|(sum, more)| sum.checked_add(more).ok()),
                cached: known.cached && knows_cached(lines, row),
                list: None,
            }
        });
        known.list = known.classes.and_then(|tokens| tokens.cost(rates));
        known
    }
}

/// Billed minus recorded tokens at these rates, as volume and as mix. Volume
/// is what the input and the output as wholes make, the input at the mix of
/// classes that was recorded; the shift between classes of input makes the
/// rest. With no mix recorded all of it is volume.
///
/// Where the recorded mix does not divide, volume is rounded at 12 decimals and
/// mix takes what is left, so that both add up to the last digit.
pub(super) fn volume_and_mix(rates: &Rates, billed: Classes, recorded: Classes) -> Option<(Amount, Amount)> {
    let all = billed.cost(rates)?.checked_sub(recorded.cost(rates)?).ok()?;
    let (more, less) = (billed.input()?, recorded.input()?);
    let wide = |a: i64, b: i64| i128::from(a) * i128::from(b);
    let alike =
        [(billed.uncached, recorded.uncached), (billed.cached, recorded.cached), (billed.written, recorded.written)];
    if alike.into_iter().all(|(b, r)| wide(b, less) == wide(r, more)) {
        return Some((all, Amount::ZERO));
    }
    let output = rates.output.cost_of(billed.output.checked_sub(recorded.output)?).ok()?;
    if more == less {
        return Some((output, all.checked_sub(output).ok()?));
    }
    let before = recorded.input_cost(rates)?;
    let after = UnitCost::new(before, Quantity::from_int(less))?.cost_of(Quantity::from_int(more)).ok()?;
    let volume = after.checked_sub(before).ok()?.checked_add(output).ok()?;
    Some((volume, all.checked_sub(volume).ok()?))
}

impl<'a> Judge<'a> {
    /// By tokens, at the rates in force for the bill's model on its day.
    /// `None` when there are no such rates, or more than one set of them: then
    /// nothing is claimed.
    pub(super) fn listed_tokens(&self, items: &Items, item: u32, same: bool) -> Option<Listed<'a>> {
        let (bill, ledger) = (self.sides.bill, self.sides.ledger);
        let rates = self.bill_rates(items, item)?;
        let billed = Known::of(self, bill, rates, items.bill_rows(item));
        let recorded = Known::of(self, ledger, rates, items.ledger_rows(item));
        // A ledger that does not know of cached tokens holds all input as
        // uncached: the discount is then a matter of price, not of volume.
        let both_know = billed.cached && recorded.cached;
        let (more, less) = (billed.classes, recorded.classes);
        let (volume, mix) = match more.zip(less) {
            Some((more, less)) if both_know => volume_and_mix(rates, more, less)?,
            _ if same => (Amount::ZERO, Amount::ZERO),
            Some((more, less)) => volume_and_mix(rates, more.plain()?, less.plain()?)?,
            None => return None,
        };
        let ledger_priced = recorded.list.zip(recorded.tier).and_then(|(list, tier)| list.checked_add(tier).ok());
        Some(Listed {
            volume,
            mix,
            tier: billed.tier,
            bill: billed.list,
            ledger: recorded.list,
            ledger_priced,
            rates: Some(rates),
        })
    }

    /// The one set of rates for all bill lines of an item.
    pub(in crate::reconcile) fn bill_rates(&self, items: &Items, item: u32) -> Option<&'a Rates> {
        let bill = self.sides.bill;
        let mut rates: Option<&Rates> = None;
        for row in items.bill_rows(item) {
            let of_row = self.rates.rates(bill.model(row), bill.day(row)?)?;
            if rates.is_some_and(|rates| rates != of_row) {
                return None;
            }
            rates = Some(of_row);
        }
        rates
    }

    /// Whether both sides say the same credits; `None` where a line does not.
    pub(super) fn credits_agree(&self, items: &Items, item: u32) -> Option<bool> {
        let billed = credits(self.sides.bill, items.bill_rows(item))?;
        Some(billed == credits(self.sides.ledger, items.ledger_rows(item))?)
    }

    /// By credits, at the unit cost of the lot they were drawn from. `None`
    /// when the bill states money itself, and when the credits differ and come
    /// from several lots: then there is no one price for the difference.
    pub(super) fn listed_credits(&self, items: &Items, item: u32, side: &Side, same: bool) -> Option<Listed<'a>> {
        let lots = lots(self.sides.bill, self.sides.bill_values, items.bill_rows(item))?;
        if same {
            return Some(Listed::of_credits(Amount::ZERO, side.value, None));
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
        Some(Listed::of_credits(volume, side.value, unit.cost_of(recorded).ok()))
    }
}

impl Listed<'_> {
    fn of_credits(volume: Amount, bill: Option<Amount>, ledger: Option<Amount>) -> Self {
        let (mix, tier) = (Amount::ZERO, Some(Amount::ZERO));
        Self { volume, mix, tier, bill, ledger, ledger_priced: ledger, rates: None }
    }
}

/// What the price of credits is rounded to, in units of an amount: 12 decimals.
const CREDIT_STEP: i128 = 10i128.pow(SCALE - 12);

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
