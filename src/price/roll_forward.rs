//! A credit pool over a month: what was there, what came, what was used or
//! expired, and what should be left. A pool is all lots of one name.

use std::collections::BTreeMap;

use super::{Lot, LotOpening, PriceBook, Values};
use crate::amount::{Amount, Quantity};
use crate::calendar::Month;
use crate::usage::Lines;

/// What an operator entered about a pool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolEntered {
    /// Adjustments of the months before, added up.
    pub adjusted_before: Quantity,
    /// That of the month, with its reason.
    pub adjusted: Option<(Quantity, String)>,
    /// What the provider states at the month's end.
    pub stated: Option<Quantity>,
}

/// A pool's month. `opening + purchased - used - expired + adjusted` is
/// `expected`, always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolMonth {
    pub pool: String,
    pub opening: Quantity,
    pub purchased: Quantity,
    /// What was paid for those.
    pub paid: Amount,
    /// Drawn in the month, refunds taken off, beyond the last lot included.
    pub used: Quantity,
    /// What those cost, each at its lot.
    pub cost: Amount,
    /// Left in lots of the pool when they expired.
    pub expired: Quantity,
    pub adjusted: Quantity,
    /// Why it was adjusted.
    pub reason: String,
    /// What should be left at the month's end; below zero where more was used
    /// than bought.
    pub expected: Quantity,
    pub stated: Option<Quantity>,
}

impl PoolMonth {
    /// Stated minus expected: what nobody has explained. `None` while the
    /// provider's balance is not entered.
    pub fn unexplained(&self) -> Option<Quantity> {
        self.stated.map(|stated| stated.minus(self.expected))
    }
}

/// What was drawn from one lot.
#[derive(Debug, Clone, Copy, Default)]
struct Drawn {
    before: Quantity,
    month: Quantity,
    cost: Amount,
    /// Of both, what was beyond the lot.
    beyond: Quantity,
}

/// Every pool over a month, in the order of their names. `values` are those of
/// the `lines` of one side with the same `opening`.
pub fn roll_forward(
    book: &PriceBook,
    lines: &Lines,
    values: &Values,
    opening: &LotOpening,
    month: Month,
    entered: &BTreeMap<String, PoolEntered>,
) -> Vec<PoolMonth> {
    let mut drawn: Vec<Drawn> = (0..book.lots.len())
        .map(|lot| {
            let (credits, _) = opening.drawn.get(&book.lot_label(lot)).copied().unwrap_or_default();
            let bought = book.lots.get(lot).map_or(Quantity::ZERO, |lot| lot.credits);
            let beyond = credits.minus(bought).max(Quantity::ZERO);
            Drawn { before: credits, beyond, ..Drawn::default() }
        })
        .collect();
    for draw in &values.draws {
        let Some((of, day)) = drawn.get_mut(usize::from(draw.lot)).zip(lines.day(draw.row)) else { continue };
        match day.month().cmp(&month) {
            std::cmp::Ordering::Less => of.before = of.before.plus(draw.credits),
            std::cmp::Ordering::Equal => {
                of.month = of.month.plus(draw.credits);
                of.cost = of.cost.plus(draw.amount);
            }
            std::cmp::Ordering::Greater => continue,
        }
        if draw.overdrawn {
            of.beyond = of.beyond.plus(draw.credits);
        }
    }
    let mut pools: BTreeMap<&str, PoolMonth> = BTreeMap::new();
    for (lot, drawn) in book.lots.iter().zip(&drawn) {
        let pool = pools.entry(&lot.name).or_insert_with(|| blank(&lot.name, entered.get(&lot.name)));
        add(pool, lot, drawn, month);
    }
    let expected = |mut pool: PoolMonth| {
        let left = pool.opening.plus(pool.purchased).minus(pool.used).minus(pool.expired);
        pool.expected = left.plus(pool.adjusted);
        pool
    };
    pools.into_values().map(expected).collect()
}

fn blank(name: &str, entered: Option<&PoolEntered>) -> PoolMonth {
    let entered = entered.cloned().unwrap_or_default();
    let (adjusted, reason) = entered.adjusted.unwrap_or_default();
    PoolMonth {
        pool: name.to_owned(),
        opening: entered.adjusted_before,
        purchased: Quantity::ZERO,
        paid: Amount::ZERO,
        used: Quantity::ZERO,
        cost: Amount::ZERO,
        expired: Quantity::ZERO,
        adjusted,
        reason,
        expected: Quantity::ZERO,
        stated: entered.stated,
    }
}

fn add(pool: &mut PoolMonth, lot: &Lot, drawn: &Drawn, month: Month) {
    pool.used = pool.used.plus(drawn.month);
    pool.cost = pool.cost.plus(drawn.cost);
    pool.opening = pool.opening.minus(drawn.before);
    match lot.effective.map(|day| day.month()) {
        Some(bought) if bought > month => {}
        Some(bought) if bought == month => {
            pool.purchased = pool.purchased.plus(lot.credits);
            pool.paid = pool.paid.plus(lot.amount);
        }
        _ => pool.opening = pool.opening.plus(lot.credits),
    }
    // Nothing is drawn from a lot once it has expired, so what is left of it
    // now was left then.
    let left = lot.credits.minus(drawn.before).minus(drawn.month).plus(drawn.beyond);
    match lot.expires.map(|day| day.month()) {
        Some(end) if end < month => pool.opening = pool.opening.minus(left),
        Some(end) if end == month => pool.expired = pool.expired.plus(left),
        _ => {}
    }
}
