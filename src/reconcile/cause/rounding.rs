//! The ledger's own rounding: how far its amounts may stand from the exact
//! ones because of the decimals it keeps.

use crate::amount::Amount;
use crate::usage::Lines;

/// The fewest decimals, of currency, that count as the ledger's scale: four of
/// a cent. Fewer would make half a cent "rounding" of a request that costs
/// less than that.
const FEWEST_DECIMALS: u32 = 6;

/// Decimals at which the price of credits is rounded.
const CREDIT_DECIMALS: u32 = 12;

/// Half a unit for each amount of an item.
#[derive(Debug, Clone, Copy)]
pub(in crate::reconcile) struct Rounding {
    /// Twice what it may come to, in units of an amount.
    twice: i128,
}

impl Rounding {
    /// For the ledger entries `rows`. `credits_of` is the number of bill lines
    /// where both sides are priced by credits, each rounded once by itself.
    pub fn of(ledger: &Lines, rows: impl ExactSizeIterator<Item = u32> + Clone, credits_of: Option<u32>) -> Self {
        let count: i128 = if ledger.has_bundles() {
            rows.clone().map(|row| i128::from(ledger.entries(row))).sum()
        } else {
            rows.len() as i128
        };
        let stated = decimals(ledger, rows).map_or(0, |decimals| count * Amount::least(decimals).units());
        let priced =
            credits_of.map_or(0, |lines| (i128::from(lines) + count + 1) * Amount::least(CREDIT_DECIMALS).units());
        Self { twice: stated.max(priced) }
    }

    /// Twice what it may come to, in units of an amount: it adds up over items.
    pub fn twice(self) -> i128 {
        self.twice
    }

    /// Whether rounding alone can make this difference. Zero always is.
    pub fn covers(self, gap: Amount) -> bool {
        gap.units().unsigned_abs().checked_mul(2).is_some_and(|twice| twice <= self.twice.unsigned_abs())
    }
}

/// The decimals at which every amount stands, six at the least; `None` where
/// an entry states no amount.
fn decimals(ledger: &Lines, mut rows: impl Iterator<Item = u32>) -> Option<u32> {
    rows.try_fold(FEWEST_DECIMALS, |decimals, row| {
        let amount = ledger.amount(row)?;
        if let Some(bundle) = ledger.bundle(row) {
            return Some(decimals.max(bundle.decimals.into()));
        }
        // Most ledgers keep six, and then no digits need to be counted.
        Some(if amount.fits_places(FEWEST_DECIMALS) { decimals } else { decimals.max(amount.decimals()) })
    })
}
