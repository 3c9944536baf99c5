//! What the month's bill says of its prices, and what the price book needs to
//! say the same.

use super::{Command, Desk};
use crate::calendar::Day;
use crate::price::{PriceBook, PriceEdit};
use crate::reconcile::infer::{Held, Inference, Proposal, Segment, infer_all, proposals};
use crate::reconcile::{Items, Sides};

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

/// A price of the bill beside the price book, for a screen.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceOffer {
    /// The model and how it was processed, as the bill has it.
    pub label: String,
    /// The first and the last UTC day that is billed so.
    pub days: (Day, Day),
    /// `input 2.5, cached input 1.25, output 10 per million tokens`
    pub rates: String,
    /// Lines of those days that the rates give to the last digit, and all.
    pub fits: u32,
    pub of: u32,
    /// `the list price of gpt-4o`; empty where it is no known price.
    pub known: String,
    /// The price of the book that counts on the first of the days, by its
    /// model and effective date as [`super::PriceRow`] has them.
    pub row: Option<(String, String)>,
    pub stands: OfferStands,
}

/// What the price book needs to say the same.
#[derive(Debug, Clone, PartialEq)]
pub enum OfferStands {
    /// Nothing: it says so already.
    InForce,
    /// This command, a [`Command::SetRate`].
    Set(Command),
    /// It has no place for such a price, which the sentence explains.
    Impossible(String),
}

impl Desk {
    /// The prices of the bill, each with the one of the book that it stands
    /// against. What two spellings of a model both ask for is there once.
    pub fn price_offers(&self) -> Vec<PriceOffer> {
        let index = self.config.prices.index();
        let mut offers: Vec<PriceOffer> = Vec::new();
        for price in self.inferred_prices(&|_| true) {
            let series = &price.inference.series;
            for (number, proposal) in &price.proposals {
                let Some(segment) = price.inference.segments.get(*number) else { continue };
                let stands = match proposal {
                    Proposal::InForce => OfferStands::InForce,
                    Proposal::Set(edit) => match command(edit) {
                        Some(command) => OfferStands::Set(command),
                        None => continue,
                    },
                    Proposal::Impossible(why) => OfferStands::Impossible(why.clone()),
                };
                let asked = |offer: &PriceOffer| matches!(stands, OfferStands::Set(_)) && offer.stands == stands;
                if !offers.iter().any(asked) {
                    let row = index.rates(&series.model, segment.from).map(|rates| {
                        (rates.model.clone(), rates.effective.map(|day| day.to_string()).unwrap_or_default())
                    });
                    offers.push(offer(series.label(), segment, row, stands));
                }
            }
        }
        offers
    }

    /// The rates that give the month's billed amounts to the last digit, by
    /// model and tier. `wanted` chooses models, by their name on the bill or
    /// the one that all their names share. Two models may ask for the same
    /// change: each is proposed against the book as it is now.
    pub fn inferred_prices(&self, wanted: &(dyn Fn(&str) -> bool + Sync)) -> Vec<InferredPrice> {
        self.inferred_of(&self.sides(), &self.compared.items, wanted, Held::All)
    }

    /// The same of the items of any month.
    pub(super) fn inferred_of(
        &self,
        sides: &Sides<'_>,
        items: &Items,
        wanted: &(dyn Fn(&str) -> bool + Sync),
        held: Held,
    ) -> Vec<InferredPrice> {
        let book: &PriceBook = &self.config.prices;
        let chosen = |name: &str| wanted(name) || wanted(&book.models.canonical(name));
        let found = infer_all(sides, self.rules(), items, &book.known(), &chosen, held);
        let each = |inference: Inference| InferredPrice { proposals: proposals(&inference, book), inference };
        found.into_iter().map(each).collect()
    }
}

fn offer(label: String, segment: &Segment, row: Option<(String, String)>, stands: OfferStands) -> PriceOffer {
    PriceOffer {
        label,
        days: (segment.from, segment.to),
        rates: segment.rates_in_words(),
        fits: segment.fits,
        of: segment.of,
        known: segment.known_in_words(),
        row,
        stands,
    }
}

/// As the operator would type it.
fn command(edit: &PriceEdit) -> Option<Command> {
    let PriceEdit::SetRate { model, effective, input, cached_input, output } = edit else { return None };
    Some(Command::SetRate {
        model: model.clone(),
        effective: effective.map(|day| day.to_string()).unwrap_or_default(),
        input: input.amount().to_string(),
        cached: cached_input.map(|price| price.amount().to_string()).unwrap_or_default(),
        output: output.amount().to_string(),
    })
}
