//! What another price list would change in the month.

use std::sync::Arc;

use super::{Desk, Preview};
use crate::amount::Amount;
use crate::book::Config;
use crate::price::PriceBook;

/// A month under other prices, against the month as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceEffect {
    /// Items that move between outcomes, and dollars of each payer.
    pub preview: Preview,
    /// What all lines of a side are worth, before and after.
    pub bill: (Amount, Amount),
    pub ledger: (Amount, Amount),
}

impl PriceEffect {
    pub fn changes_nothing(&self) -> bool {
        let Self { preview, bill, ledger } = self;
        bill.0 == bill.1 && ledger.0 == ledger.1 && preview.moves.is_empty() && preview.payers.is_empty()
    }
}

impl Desk {
    /// What moves if these prices were in force. Compares the month again.
    pub fn under_prices(&self, prices: PriceBook) -> PriceEffect {
        let config = Config { prices, ..self.config.as_ref().clone() };
        let next = self.recompared(Arc::new(config), &self.chosen());
        let mut preview = Preview { title: format!("{} under other prices", self.month), ..Preview::default() };
        self.add_effect(&mut preview, &next);
        let (before, after) = (&self.compared.summary, &next.compared.summary);
        PriceEffect {
            preview,
            bill: (before.bill_total, after.bill_total),
            ledger: (before.ledger_total, after.ledger_total),
        }
    }
}
