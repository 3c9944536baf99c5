//! What a proposal would do: the evidence as it would stand with it, so that
//! its effect is seen before anybody accepts it. Nothing is changed.

use std::collections::BTreeMap;

use super::{Evidence, Key, Pool, Strand, gather};
use crate::amount::{Amount, PerMillion};
use crate::calendar::Day;
use crate::price::{Multiple, Rates};
use crate::reconcile::Cause;

/// How usage was processed, where that decides its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tiered {
    /// Batch, flex, priority and the like: one multiple for all classes.
    Times(Multiple),
    LongContext,
}

/// What would settle a finding. Plain data: it is journaled and applied by
/// whoever accepts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// Add minutes to the times of the ledger.
    RebucketLedger { offset_minutes: i32 },
    /// The days of a model, first and last, were processed in a tier; of all
    /// models where the name is empty.
    TreatAsTier { model: String, days: Option<(Day, Day)>, tier: Tiered },
    /// The prices of a model from a day on, per million tokens; `None` from
    /// the beginning.
    SetPrice {
        model: String,
        from: Option<Day>,
        input: PerMillion,
        cached_input: Option<PerMillion>,
        output: PerMillion,
    },
    /// Two names of one model.
    MergeModels { a: String, b: String },
    /// Two names of one project, key or user: what was recorded under `a` was
    /// billed under `b`.
    MergeProjects { a: String, b: String },
    /// The ledger counts in another unit: take its amounts so many times, of
    /// one model or of all.
    ScaleLedger { model: Option<String>, factor: Multiple },
    /// The bill asks this share of the list price for everything.
    TakeOutDiscount { factor: Multiple },
}

impl<'a> Evidence<'a> {
    /// The evidence with a proposal in force; [`Evidence::residual`] then says
    /// what it leaves. Several are applied one after the other, a shift of
    /// times first, since it gathers the rows anew.
    pub fn with(&self, proposal: &Proposal) -> Self {
        let mut next = match proposal {
            Proposal::RebucketLedger { offset_minutes } => {
                let shifted = self.shifted.saturating_add(*offset_minutes);
                gather::gather(&self.sides, self.items, self.month, shifted)
            }
            _ => self.clone(),
        };
        next.variance = self.variance;
        match proposal {
            Proposal::RebucketLedger { .. } => {}
            Proposal::TreatAsTier { model, days, tier } => next.for_model(model, |pool| {
                let within = |day: Day| days.is_none_or(|(first, last)| (first..=last).contains(&day));
                if pool.key.day.is_some_and(within) {
                    let after = match tier {
                        Tiered::Times(multiple) => multiple.of(pool.ledger.amount),
                        Tiered::LongContext => Some(pool.ledger.amount.plus(pool.ledger.long)),
                    };
                    pool.ledger.amount = after.unwrap_or(pool.ledger.amount);
                }
            }),
            Proposal::SetPrice { model, from, input, cached_input, output } => {
                let (cached_input, output, input) = (*cached_input, *output, *input);
                let rates =
                    Rates { model: model.clone(), effective: *from, input, cached_input, output, shipped: false };
                next.for_model(model, |pool| {
                    let in_force = pool.key.day.is_some_and(|day| from.is_none_or(|from| from <= day));
                    if in_force && pool.ledger.uncounted == 0 && pool.ledger.lines > 0 {
                        pool.ledger.amount = pool.ledger.tokens.cost(&rates).unwrap_or(pool.ledger.amount);
                    }
                });
            }
            Proposal::MergeModels { a, b } => next.rename(a, b, |key| &mut key.what),
            Proposal::MergeProjects { a, b } => next.rename(a, b, |key| &mut key.who),
            Proposal::ScaleLedger { model: Some(model), factor } => next.for_model(model, |pool| scale(pool, *factor)),
            Proposal::ScaleLedger { model: None, factor } | Proposal::TakeOutDiscount { factor } => {
                next.pools.iter_mut().for_each(|pool| scale(pool, *factor));
            }
        }
        next
    }

    fn for_model(&mut self, model: &str, mut change: impl FnMut(&mut Pool)) {
        let number = self.texts.iter().position(|text| text == model).map(|at| at as u32);
        let of_model = |pool: &&mut Pool| !pool.key.credits && Some(pool.key.what) == number;
        self.pools.iter_mut().filter(of_model).for_each(&mut change);
    }

    /// Puts what stands under one name beside what stands under another. The
    /// items of the pools stay where they are.
    fn rename(&mut self, a: &str, b: &str, field: impl Fn(&mut Key) -> &mut u32) {
        let number = |text: &str| self.texts.iter().position(|known| known == text).map(|at| at as u32);
        let (Some(a), Some(b)) = (number(a), number(b)) else { return };
        let mut merged: BTreeMap<(Key, Strand, u8), Pool> = BTreeMap::new();
        for mut pool in std::mem::take(&mut self.pools) {
            let name = field(&mut pool.key);
            if *name == a {
                *name = b;
            }
            // Both sides of one usage now: one strand.
            if pool.days {
                pool.strand = Strand::Both;
            }
            let mark = if pool.days { Cause::Unexplained } else { pool.mark };
            match merged.entry((pool.key, pool.strand, mark as u8)) {
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(pool);
                }
                std::collections::btree_map::Entry::Occupied(mut known) => {
                    let known = known.get_mut();
                    known.bill.merge(&pool.bill, &self.sides);
                    known.ledger.merge(&pool.ledger, &self.sides);
                    known.slack = known.slack.saturating_add(pool.slack);
                }
            }
        }
        self.pools = merged.into_values().collect();
        // Items are counted by pool, and the pools are others now.
        (self.members, self.starts, self.copies) = Default::default();
    }
}

fn scale(pool: &mut Pool, factor: Multiple) {
    pool.ledger.amount = factor.of(pool.ledger.amount).unwrap_or(pool.ledger.amount);
}

impl Proposal {
    /// What is left of the variance of `evidence` with this in force.
    pub fn residual(&self, evidence: &Evidence<'_>) -> Amount {
        evidence.with(self).residual()
    }
}
