//! What the decisions come to: both documents tied out over them, and what is
//! approved split among payers and subsidies.

use std::sync::Arc;

use super::Desk;
use super::standing::Code;
use crate::allocate::{Allocation, Before, Charge, allocate_after};
use crate::reconcile;
use crate::review::{Sentence, Settlement, TieOut};

impl Desk {
    /// The two tie-out lines, bill and ledger.
    pub fn tie_out(&self) -> [Sentence; 2] {
        let tie_out = self.settled();
        let [bill, ledger] = self.compared.own_totals;
        [tie_out.bill_sentence(bill), tie_out.ledger_sentence(ledger)]
    }

    /// Both documents over all decisions.
    pub(super) fn settled(&self) -> &TieOut {
        use rayon::prelude::*;
        self.derived.tie_out.get_or_init(|| {
            let part = |mut tie_out: TieOut, (item, code): (usize, &Code)| {
                tie_out.add(&self.settlement(item as u32, *code));
                tie_out
            };
            let items = self.standing.par_iter().enumerate();
            let mut all = items.fold(TieOut::default, part).reduce(TieOut::default, TieOut::merge);
            [all.bill.carried_in, all.ledger.carried_in] = self.compared.carried_totals;
            all
        })
    }

    /// An item as the tie-out sees it, standing as `code` says.
    pub(super) fn settlement(&self, item: u32, code: Code) -> Settlement {
        let sides = self.sides();
        let items = &self.compared.items;
        Settlement {
            billed: reconcile::billed(&sides, items, item),
            recorded: reconcile::recorded(&sides, items, item),
            bill_side: items.bill_rows(item).next().is_some(),
            ledger_side: items.ledger_rows(item).next().is_some(),
            verdict: match code {
                Code::Decided(verdict) => Some(verdict),
                Code::Open | Code::Stale | Code::Settled => None,
            },
            comparable: code != Code::Settled,
        }
    }

    pub(super) fn allocate(&self, charges: Vec<Charge>) -> Allocation {
        let (openings, chosen) = (self.openings_corrected(), self.chosen_charges());
        // Where it cannot be read, the month is not written.
        let earlier = self.earlier_of(&charges).unwrap_or_default();
        let before = Before { openings: &openings, earlier: &earlier, chosen: &chosen };
        allocate_after(self.month, charges, &self.config.projects, &self.config.subsidies, &before)
    }

    /// What is approved, split among payers and subsidies.
    pub fn allocation(&self) -> Arc<Allocation> {
        Arc::clone(self.derived.allocation.get_or_init(|| Arc::new(self.allocate(self.charges()))))
    }
}
