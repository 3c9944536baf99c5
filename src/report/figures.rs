//! What a group of lines adds up to. Every figure is a sum over lines or items,
//! so groups add up to the whole however it is cut.

use std::ops::AddAssign;

use crate::amount::{Amount, Quantity, Share, UnitCost};

/// Tokens by class. Cached ones are part of the input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenSums {
    pub input: i128,
    pub cached: i128,
    pub output: i128,
    /// Input and output, and what is known only as their sum.
    pub total: i128,
}

/// The sums of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    pub items: u64,
    /// Items that were compared: all but those not applicable.
    pub compared: u64,
    pub bill_lines: u64,
    pub ledger_entries: u64,
    /// Requests and their tokens, counted once: as the bill has them where it
    /// says how many tokens, else as the ledger does.
    pub requests: u64,
    pub tokens: TokenSums,
    pub billed: Amount,
    pub recorded: Amount,
    /// Billed minus recorded, of the items that were compared.
    pub difference: Amount,
    /// Ledger entries of requests that can have a request id, and those of
    /// them that do.
    pub entries_of_requests: u64,
    pub entries_with_id: u64,
    /// Lines that need a price and have none: they are in no amount here.
    pub unpriced: u64,
    /// Requests whose cost is unknown and that their category has a price for,
    /// and that price. An estimate: in no other amount.
    pub estimated_requests: u64,
    pub estimated: Amount,
    /// What the mark-up is on, and the mark-up, rounded line by line at 12
    /// decimals; zero without a margin.
    pub base: Amount,
    pub margin: Amount,
}

impl AddAssign<&Self> for Figures {
    fn add_assign(&mut self, other: &Self) {
        self.items += other.items;
        self.compared += other.compared;
        self.bill_lines += other.bill_lines;
        self.ledger_entries += other.ledger_entries;
        self.requests += other.requests;
        self.tokens.input += other.tokens.input;
        self.tokens.cached += other.tokens.cached;
        self.tokens.output += other.tokens.output;
        self.tokens.total += other.tokens.total;
        self.billed = self.billed.plus(other.billed);
        self.recorded = self.recorded.plus(other.recorded);
        self.difference = self.difference.plus(other.difference);
        self.entries_of_requests += other.entries_of_requests;
        self.entries_with_id += other.entries_with_id;
        self.unpriced += other.unpriced;
        self.estimated_requests += other.estimated_requests;
        self.estimated = self.estimated.plus(other.estimated);
        self.base = self.base.plus(other.base);
        self.margin = self.margin.plus(other.margin);
    }
}

impl Figures {
    /// The difference of a compared item on average, rounded at 12 decimals;
    /// `None` where nothing was compared.
    pub fn mean_difference(&self) -> Option<Amount> {
        let items = i64::try_from(self.compared).ok()?;
        let mean = UnitCost::new(self.difference.abs(), Quantity::from_int(items))?.each().ok()?;
        Some(if self.difference.is_negative() { mean.negated() } else { mean })
    }

    /// The cost with the margin on it.
    pub fn with_margin(&self) -> Amount {
        self.base.plus(self.margin)
    }

    /// Of the entries that can have a request id, the share that has one.
    pub fn id_share(&self) -> Option<Share> {
        let count = |n: u64| usize::try_from(n).ok();
        Share::of_counts(count(self.entries_with_id)?, count(self.entries_of_requests)?)
    }
}

/// A mark-up on cost, for passing it on. It stands in summaries only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Margin {
    percent: Amount,
    rate: UnitCost,
}

impl Margin {
    /// From percent of the cost: 25 makes 1.25 of 1.00. `None` when negative or
    /// above 1,000.
    pub fn from_percent(percent: Amount) -> Option<Self> {
        let rate = UnitCost::new(percent, Quantity::from_int(100))?;
        (percent <= Amount::from_int(1_000)).then_some(Self { percent, rate })
    }

    pub fn percent(self) -> Amount {
        self.percent
    }

    /// The mark-up on a cost, rounded at 12 decimals. A cost is far from the
    /// end of the range; at it the result holds still, as sums do.
    pub fn on(self, cost: Amount) -> Amount {
        let end = || Amount::from_units(if cost.is_negative() { i128::MIN } else { i128::MAX });
        self.rate.cost_of(cost.retag()).unwrap_or_else(|_| end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    #[test]
    fn a_margin_is_a_share_of_the_cost() {
        let margin = Margin::from_percent(amount("12.5")).unwrap();
        assert_eq!(margin.on(amount("8.00")).to_string(), "1");
        assert_eq!(margin.on(amount("-0.000004")).to_string(), "-0.0000005");
        assert_eq!(Margin::from_percent(amount("-1")), None);
        assert_eq!(Margin::from_percent(amount("1000.01")), None);
    }

    #[test]
    fn a_mean_keeps_its_sign_and_needs_something_compared() {
        let figures = Figures { compared: 3, difference: amount("-1"), ..Figures::default() };
        assert_eq!(figures.mean_difference().unwrap().to_string(), "-0.333333333333");
        assert_eq!(Figures::default().mean_difference(), None);
    }

    #[test]
    fn the_share_with_an_id_is_of_entries_that_can_have_one() {
        let figures = Figures { entries_of_requests: 4, entries_with_id: 3, ..Figures::default() };
        assert_eq!(figures.id_share().unwrap().percent(), "75.0%");
        assert_eq!(Figures::default().id_share(), None);
    }
}
