//! What a set of items says about why its sides differ: gathered once from the
//! rows into pools by day, model and project, which the probes then read.
//!
//! A pool holds the items of one group that differ in the same way, with what
//! each side adds up to: money, tokens by class, and what those tokens cost at
//! list price. Nothing here depends on the order of rows.

mod apply;
mod gather;
mod sums;

pub use apply::{Proposal, Tiered};
pub(in crate::reconcile::cause) use sums::{STATED, Sums};

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rayon::prelude::*;

use super::super::{Cause, Items, Sides};
use super::probe::duplicates::Copies;
use crate::amount::Amount;
use crate::calendar::{Day, Month};
use crate::price::{RateIndex, RateTable, Rates};
use crate::reconcile::cause::rounding::Rounding;

/// What both sides of a pool's items have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::reconcile::cause) struct Key {
    /// `None` for items without a day.
    pub day: Option<Day>,
    /// Credits of a usage type, and not money of a model.
    pub credits: bool,
    /// Numbers of texts, which are in order of the text.
    pub what: u32,
    pub who: u32,
}

/// Where an item is that is in no pool.
pub(in crate::reconcile::cause) const NOWHERE: u32 = u32::MAX;

/// How the two sides of a pool's items stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::reconcile::cause) enum Strand {
    /// Pairs, and days with lines on both sides.
    Both,
    BillOnly,
    LedgerOnly,
    Duplicate,
    /// Billed, and recorded with neither tokens nor cost.
    ZeroUsage,
    /// One side has usage and no price.
    PriceMissing,
    Ambiguous,
}

/// Items of one group that differ in the same way.
#[derive(Debug, Clone)]
pub(in crate::reconcile::cause) struct Pool {
    pub key: Key,
    pub strand: Strand,
    /// The greatest part of each item's variance, which keeps requests that
    /// differ apart from those beside them that do not.
    pub mark: Cause,
    pub bill: Sums,
    pub ledger: Sums,
    /// Twice what the ledger's own rounding may come to, in units.
    pub slack: i128,
    /// Whole days and single lines, which another time would put elsewhere.
    pub days: bool,
    /// What the provider says was used, where the bill has that beside costs.
    pub used: Option<Box<Sums>>,
}

impl Pool {
    /// Billed minus recorded.
    pub fn gap(&self) -> Amount {
        self.bill.amount.minus(self.ledger.amount)
    }

    /// The tokens behind what was billed: as the lines count them, else as the
    /// provider's usage does.
    pub fn billed_usage(&self) -> Option<&Sums> {
        if self.bill.is_listed() {
            return Some(&self.bill);
        }
        self.used.as_deref().filter(|used| used.is_listed())
    }
}

/// Day, model and project of a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub day: Option<Day>,
    /// Without the date of a snapshot; a usage type of credits; empty where
    /// models are not told apart.
    pub model: String,
    /// The project, or the key or user where those are compared.
    pub who: String,
}

/// A set of items, gathered for the probes.
#[derive(Clone)]
pub struct Evidence<'a> {
    pub(super) sides: Sides<'a>,
    pub(super) items: &'a Items,
    /// The month that the items are all of; `None` for any other set.
    pub(super) month: Option<Month>,
    /// In order of their key, strand and mark.
    pub(super) pools: Vec<Pool>,
    /// The items of each pool, pool by pool, and where each pool's begin.
    /// Shared, since a supposition moves amounts and leaves items where they are.
    members: Arc<Vec<u32>>,
    starts: Arc<Vec<u32>>,
    /// Shared for the same reason.
    pub(super) copies: Arc<Copies>,
    /// Models, usage types and projects, in order of their text.
    pub(super) texts: Vec<String>,
    /// Minutes that the ledger's times are shifted by.
    pub(super) shifted: i32,
    /// Days with a line of costs or of usage, over the whole bill: the first
    /// and the last.
    pub(super) covered: Option<(Day, Day)>,
    /// Variance before any proposal.
    pub(super) variance: Amount,
}

impl<'a> Evidence<'a> {
    /// Gathers items, which may be those of one month, of a filter, or one.
    pub fn of(sides: &Sides<'a>, items: &'a Items) -> Self {
        gather::gather(sides, items, None, 0)
    }

    /// Gathers the items of a month, as `Items::of_month` gives them. Entries
    /// of the ledger on the days beside it are known too, since another time
    /// zone moves them into the month.
    pub fn of_month(sides: &Sides<'a>, items: &'a Items, month: Month) -> Self {
        gather::gather(sides, items, Some(month), 0)
    }

    /// Billed minus recorded of all items.
    pub fn variance(&self) -> Amount {
        self.variance
    }

    /// What is left of the variance: after proposals have been applied, or the
    /// variance itself.
    pub fn residual(&self) -> Amount {
        self.pools.iter().filter(|pool| self.inside(pool.key)).map(Pool::gap).sum()
    }

    /// Whether a pool is of the month the items are of; shifted times may lead
    /// out of it.
    pub(super) fn inside(&self, key: Key) -> bool {
        match (self.month, key.day) {
            (Some(month), Some(day)) => month.contains(day),
            _ => true,
        }
    }

    pub(super) fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }

    pub(super) fn place(&self, key: Key) -> Place {
        Place { day: key.day, model: self.text(key.what).to_owned(), who: self.text(key.who).to_owned() }
    }

    /// The items of a pool, in their order.
    pub(super) fn items_of(&self, pool: usize) -> &[u32] {
        let at = |n: usize| self.starts.get(n).map_or(0, |at| *at as usize);
        self.members.get(at(pool)..at(pool + 1)).unwrap_or(&[])
    }

    /// The numbers of the pools with a key; these stand together.
    pub(super) fn at(&self, key: Key) -> std::ops::Range<usize> {
        let from = self.pools.partition_point(|pool| pool.key < key);
        from..from + self.pools.get(from..).unwrap_or(&[]).partition_point(|pool| pool.key == key)
    }

    /// The items at a place, for a list of what a finding is about.
    pub fn items_at(&self, place: &Place) -> Vec<u32> {
        let pools = self.pools.iter().enumerate().filter(|(_, pool)| self.place(pool.key) == *place);
        self.items_of_pools(pools.map(|(at, _)| at))
    }

    /// The items of several pools, each once, in their order.
    pub(super) fn items_of_pools(&self, pools: impl Iterator<Item = usize>) -> Vec<u32> {
        let mut items: Vec<u32> = pools.flat_map(|at| self.items_of(at).iter().copied()).collect();
        if items.len() < self.items.len() / 64 {
            items.sort_unstable();
            items.dedup();
            return items;
        }
        // A mark for each item there is sorts many of them faster.
        let mut marks = vec![0u64; self.items.len().div_ceil(64)];
        for item in &items {
            if let Some(word) = marks.get_mut(*item as usize / 64) {
                *word |= 1 << (item % 64);
            }
        }
        items.clear();
        for (at, mut word) in (0u32..).zip(marks) {
            while word != 0 {
                items.push(at * 64 + word.trailing_zeros());
                word &= word - 1;
            }
        }
        items
    }

    /// For each item the number of its pool, [`NOWHERE`] for one that is in
    /// none.
    pub(super) fn pools_of_items(&self) -> Vec<u32> {
        let pools: Vec<AtomicU32> = (0..self.items.len()).into_par_iter().map(|_| AtomicU32::new(NOWHERE)).collect();
        (0..self.pools.len()).into_par_iter().for_each(|pool| {
            let places = self.items_of(pool).iter().filter_map(|item| pools.get(*item as usize));
            places.for_each(|place| place.store(pool as u32, Relaxed));
        });
        pools.into_par_iter().map(AtomicU32::into_inner).collect()
    }

    /// Ledger entries of the pools, in order of time and content.
    pub(super) fn entries(&self, pools: &[usize]) -> Vec<u32> {
        let items = pools.iter().flat_map(|pool| self.items_of(*pool).iter());
        // Those of one item are in order already.
        if let (Some(only), None) = (items.clone().next(), items.clone().nth(1)) {
            return self.items.ledger_rows(*only).collect();
        }
        self.in_order(items.flat_map(|item| self.items.ledger_rows(*item)).collect())
    }

    /// Ledger entries in order of time and content.
    pub(super) fn in_order(&self, mut rows: Vec<u32>) -> Vec<u32> {
        super::super::order::Order { names: self.sides.names, lines: self.sides.ledger, ranks: &[] }.sort(&mut rows);
        rows
    }

    /// The rates of every name, for [`Self::sums_of`].
    pub(super) fn rates_of_rows(&self) -> RateTable<'a> {
        self.sides.prices.for_names(self.sides.names)
    }

    /// What entries of the ledger add up to, with their slack.
    pub(super) fn sums_of(&self, rows: &[u32], rates: &RateTable<'_>) -> (Sums, i128) {
        let lines = self.sides.ledger;
        self.sums_at(rows, |row| lines.day(row).and_then(|day| rates.rates(lines.model(row), day)))
    }

    fn sums_at<'r>(&self, rows: &[u32], rates: impl Fn(u32) -> Option<&'r Rates>) -> (Sums, i128) {
        let (lines, mut sums) = (self.sides.ledger, Sums::default());
        rows.iter().for_each(|row| sums.add(&self.sides, lines, self.sides.ledger_values, *row, rates(*row)));
        (sums, Rounding::of(lines, rows.iter().copied(), None).twice())
    }

    /// The ledger's side of a pool, with its slack, as if it were of the model
    /// of another one.
    pub(super) fn ledger_as(&self, from: usize, to: usize) -> Option<(Sums, i128)> {
        let (from_pool, to) = (self.pools.get(from)?, self.pools.get(to)?);
        if from_pool.key.what == to.key.what {
            return Some((from_pool.ledger.clone(), from_pool.slack));
        }
        let index = self.rates();
        let rates = to.key.day.and_then(|day| index.rates(self.text(to.key.what), day));
        let (mut sums, slack) = self.sums_at(&self.entries(&[from]), |_| rates);
        sums.model = to.bill.model;
        Some((sums, slack))
    }

    pub(super) fn rates(&self) -> RateIndex<'a> {
        self.sides.prices.index()
    }

    /// The finest digit that any amount here has, in units.
    pub(super) fn finest(&self) -> i128 {
        let least = |pool: &Pool| {
            let decimals = pool.bill.amount.decimals().max(pool.ledger.amount.decimals());
            10i128.pow(crate::amount::SCALE.saturating_sub(decimals))
        };
        self.pools.par_iter().map(least).min().unwrap_or(1)
    }
}
