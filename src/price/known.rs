//! Every price that is known, as hypotheses for a bill whose price is not:
//! what the book states and what is shipped, at any date, at list price and at
//! the prices of the tiers.

use super::models::{canonical, normal};
use super::{PriceBook, Rates, shipped};
use crate::amount::{Amount, PerMillion};
use crate::calendar::Day;

/// Which of a model's prices one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KnownTier {
    List,
    /// Batch and flex, at half of the list price.
    Half,
    Priority,
    /// Prompts above 272,000 input tokens.
    LongContext,
}

impl KnownTier {
    /// In words, behind the model's name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::List => "list price",
            Self::Half => "batch and flex price",
            Self::Priority => "priority price",
            Self::LongContext => "long-context price",
        }
    }
}

/// A price that somebody asks, or asked, for a model's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPrice {
    /// The model's name as the price list has it.
    pub model: String,
    pub tier: KnownTier,
    /// The UTC day it is valid from; `None`: from the beginning.
    pub from: Option<Day>,
    pub input: PerMillion,
    /// What cached input costs, which is what input costs where the list has
    /// no price of its own for it.
    pub cached_input: PerMillion,
    /// `None` where the list does not say.
    pub cache_write: Option<PerMillion>,
    pub output: PerMillion,
    /// Shipped with the program rather than stated in `pricing.json`.
    pub shipped: bool,
}

impl KnownPrice {
    fn new(rates: &Rates, tier: KnownTier, cache_write: Option<PerMillion>, list: &Rates) -> Self {
        Self {
            model: list.model.clone(),
            tier,
            from: list.effective,
            input: rates.input,
            cached_input: rates.cached_input.unwrap_or(rates.input),
            cache_write,
            output: rates.output,
            shipped: list.shipped,
        }
    }

    /// Whether it is a price of this model, under whatever spelling, alias or
    /// snapshot.
    pub fn is_of(&self, model: &str) -> bool {
        canonical(&self.model) == canonical(model)
    }

    /// Whether it is a price of exactly this snapshot or alias.
    pub fn is_of_name(&self, model: &str) -> bool {
        normal(&self.model) == normal(model)
    }
}

impl PriceBook {
    /// All prices the book knows, by model, then date, then tier.
    pub fn known(&self) -> Vec<KnownPrice> {
        self.list().into_iter().flat_map(of).collect()
    }
}

/// One entry of the book at its list price and in the tiers.
fn of(list: &Rates) -> Vec<KnownPrice> {
    let extra = shipped::extra(list);
    let write = extra.and_then(|extra| extra.cache_write);
    let mut known = vec![KnownPrice::new(list, KnownTier::List, write, list)];
    let half = |price: PerMillion| halved(price).unwrap_or(price);
    let halves = [Some(list.input), list.cached_input, write, Some(list.output)].into_iter().flatten();
    // Half of the finest price there is would be finer than that.
    if halves.clone().all(|price| halved(price).is_some()) {
        let rates = Rates {
            input: half(list.input),
            cached_input: list.cached_input.map(half),
            output: half(list.output),
            ..list.clone()
        };
        known.push(KnownPrice::new(&rates, KnownTier::Half, write.map(half), list));
    }
    let tiers = [
        (KnownTier::Priority, extra.and_then(|extra| extra.priority.as_ref())),
        (KnownTier::LongContext, extra.and_then(|extra| extra.long_context.as_ref())),
    ];
    for (tier, price) in tiers {
        if let Some((rates, write)) = price {
            known.push(KnownPrice::new(rates, tier, *write, list));
        }
    }
    known
}

fn halved(price: PerMillion) -> Option<PerMillion> {
    let units = price.amount().units();
    (units % 2 == 0).then(|| PerMillion::new(Amount::from_units(units / 2)).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(model: &str) -> Vec<String> {
        let price = |price: PerMillion| price.amount().to_string();
        PriceBook::shipped()
            .known()
            .iter()
            .filter(|known| known.is_of_name(model))
            .map(|k| {
                let write = k.cache_write.map(price).unwrap_or_default();
                let from = k.from.map(|day| day.to_string()).unwrap_or_default();
                format!("{:?} {from} {} {} {write} {}", k.tier, price(k.input), price(k.cached_input), price(k.output))
            })
            .collect()
    }

    #[test]
    fn a_model_is_known_at_every_date_and_in_every_tier() {
        let o3 = [
            "List  10 2.5  40",
            "Half  5 1.25  20",
            "List 2025-06-10 2 0.5  8",
            "Half 2025-06-10 1 0.25  4",
            "Priority 2025-06-10 3.5 0.875  14",
        ];
        assert_eq!(shown("o3"), o3);
        let sol = shown("gpt-5.6-sol");
        assert!(sol.contains(&"List 2026-09-04 4 0.4 5 20".into()), "{sol:?}");
        assert!(sol.contains(&"LongContext 2026-09-04 8 0.8 10 30".into()), "{sol:?}");
    }

    #[test]
    fn half_of_the_finest_price_is_not_made_up() {
        let least = PerMillion::new("0.000000000001".parse().unwrap()).unwrap();
        let (effective, shipped) = (None, false);
        let rates = Rates { model: "m".into(), effective, input: least, cached_input: None, output: least, shipped };
        assert_eq!(of(&rates).len(), 1);
    }
}
