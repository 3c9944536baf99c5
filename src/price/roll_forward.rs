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
    /// Of both, what the lot itself gave up to its last day.
    within: Quantity,
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
            Drawn { before: credits, within: credits.min(bought), ..Drawn::default() }
        })
        .collect();
    for draw in values.draws(lines) {
        let (Some(of), day) = (drawn.get_mut(usize::from(draw.lot)), draw.day) else { continue };
        match day.month().cmp(&month) {
            std::cmp::Ordering::Less => of.before = of.before.plus(draw.credits),
            std::cmp::Ordering::Equal => {
                of.month = of.month.plus(draw.credits);
                of.cost = of.cost.plus(draw.amount);
            }
            std::cmp::Ordering::Greater => continue,
        }
        // What comes back to a lot that has expired is used again or not; it
        // was not left when the lot ended.
        let of_lot = book.lots.get(usize::from(draw.lot)).is_some_and(|lot| !lot.has_expired(day));
        if of_lot && !draw.overdrawn {
            of.within = of.within.plus(draw.credits);
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
    let left = lot.credits.minus(drawn.within);
    match lot.expires.map(|day| day.month()) {
        Some(end) if end < month => pool.opening = pool.opening.minus(left),
        Some(end) if end == month => pool.expired = pool.expired.plus(left),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::amount::UnitCost;
    use crate::calendar::Day;
    use crate::price::{ModelNames, value};
    use crate::reconcile::fixtures::credits;
    use crate::usage::{Names, Shape, SourceFile};

    fn lot(name: &str, from: Option<i32>, to: Option<i32>, bought: i64) -> Lot {
        let day = |number: i32| Day::parse("2026-01-01").unwrap().plus_days(number);
        let (credits, amount) = (Quantity::from_int(bought), Amount::from_int(bought));
        let cost = UnitCost::new(amount, credits).unwrap();
        let (effective, expires) = (from.map(day), to.map(day));
        Lot { name: name.into(), effective, expires, credits, cost, amount, currency: "USD".into() }
    }

    fn months(lots: Vec<Lot>, used: &[(i64, String)], entered: &BTreeMap<String, PoolEntered>) -> Vec<Vec<PoolMonth>> {
        let mut book = PriceBook { lots, rates: Vec::new(), currency: "USD".into(), models: ModelNames::default() };
        book.lots.sort_by_key(|lot| lot.effective);
        let (mut names, mut lines) = (Names::default(), Lines::default());
        lines.add_file(SourceFile::of_shape(Shape::Credits));
        for (day, amount) in used {
            lines.push(&mut names, 0, &credits(*day, "ana", "codex", amount));
        }
        let opening = LotOpening::default();
        let values = value(&book, &names, &lines, &opening);
        let of = |number| roll_forward(&book, &lines, &values, &opening, Month::new(2026, number).unwrap(), entered);
        (1..4).map(of).collect()
    }

    #[test]
    fn what_is_used_beyond_the_last_lot_takes_the_pool_below_zero() {
        let found = months(vec![lot("edu", None, None, 10)], &[(5, "12".into()), (40, "1".into())], &BTreeMap::new());
        let left: Vec<String> = found.iter().map(|pools| pools[0].expected.to_string()).collect();
        assert_eq!(left, ["-2", "-3", "-3"]);
        assert_eq!(found[1][0].opening.to_string(), "-2");
    }

    #[test]
    fn a_lot_that_expires_is_drawn_up_to_its_last_day_and_not_beyond() {
        // On the 10th the first lot ends with 4 left; the 11th draws the second.
        let lots = vec![lot("a", None, Some(9), 10), lot("b", Some(0), None, 100)];
        let found = months(lots, &[(10, "6".into()), (11, "6".into())], &BTreeMap::new());
        let of = |pool: usize| (found[0][pool].used.to_string(), found[0][pool].expired.to_string());
        assert_eq!((of(0), of(1)), (("6".into(), "4".into()), ("6".into(), "0".into())));
        assert_eq!((found[0][0].expected, found[1][0].opening), (Quantity::ZERO, Quantity::ZERO));
    }

    proptest! {
        /// What a month closes with the next one opens with, whatever was
        /// bought, used, given back or lost.
        #[test]
        fn a_month_opens_with_what_the_one_before_closed_with(
            lots in proptest::collection::vec((0usize..2, proptest::option::of(0i32..80), proptest::option::of(0i32..80), 1i64..50), 0..5),
            used in proptest::collection::vec((1i64..90, -30i64..60), 0..20),
        ) {
            let lots: Vec<Lot> = lots
                .into_iter()
                .map(|(name, from, to, bought)| lot(["a", "b"][name], from, to.map(|to| to.max(from.unwrap_or(0))), bought))
                .collect();
            let used: Vec<(i64, String)> = used.iter().map(|(day, n)| (*day, n.to_string())).collect();
            let found = months(lots, &used, &BTreeMap::new());
            for pair in found.windows(2) {
                for (before, after) in pair[0].iter().zip(&pair[1]) {
                    prop_assert_eq!(before.expected, after.opening, "{}", before.pool);
                }
            }
            for pool in found.iter().flatten() {
                let sum = pool.opening.plus(pool.purchased).minus(pool.used).minus(pool.expired);
                prop_assert_eq!(sum, pool.expected);
            }
        }
    }
}
