//! What the month's bill says of its prices, and what the price book needs to
//! say the same.

use super::Desk;
use crate::price::{PriceBook, PriceEdit};
use crate::reconcile::infer::{Inference, Proposal, infer_all, proposals};

/// One model's prices as the bill shows them.
#[derive(Debug, Clone)]
pub struct InferredPrice {
    pub inference: Inference,
    /// For each segment, by its number, what the price book needs.
    pub proposals: Vec<(usize, Proposal)>,
}

impl InferredPrice {
    /// The changes to `pricing.json` that it comes to.
    pub fn edits(&self) -> impl Iterator<Item = &PriceEdit> {
        self.proposals.iter().filter_map(|(_, proposal)| match proposal {
            Proposal::Set(edit) => Some(edit),
            Proposal::InForce | Proposal::Impossible(_) => None,
        })
    }
}

impl Desk {
    /// The rates that give the month's billed amounts to the last digit, by
    /// model and tier. `wanted` chooses models, by their name on the bill or
    /// the one that all their names share. Two models may ask for the same
    /// change: each is proposed against the book as it is now.
    pub fn inferred_prices(&self, wanted: &(dyn Fn(&str) -> bool + Sync)) -> Vec<InferredPrice> {
        let book: &PriceBook = &self.config.prices;
        let chosen = |name: &str| wanted(name) || wanted(&book.models.canonical(name));
        let found = infer_all(&self.sides(), self.rules(), &self.compared.items, &book.known(), &chosen);
        let each = |inference: Inference| InferredPrice { proposals: proposals(&inference, book), inference };
        found.into_iter().map(each).collect()
    }
}
