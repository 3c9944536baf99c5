//! The provider's usage in the place of a ledger: where the bill has costs and
//! usage of the same days, the two can be compared like bill and ledger, and
//! their difference be explained, without anything recorded at home.

use super::Sides;
use crate::price::{CostDays, LotOpening, Values, value};
use crate::usage::{Lines, Shape};

/// Costs against usage, each with what it is worth: the usage at the prices of
/// the book.
pub struct UsageSides {
    costs: Lines,
    usage: Lines,
    cost_values: Values,
    usage_values: Values,
}

impl UsageSides {
    /// `None` where the bill has no usage on the days of its costs.
    pub fn of(sides: &Sides) -> Option<Self> {
        let (lines, days) = (sides.bill, CostDays::of(sides.bill));
        let usage = lines.select(|row| days.is_evidence(lines, row));
        if usage.is_empty() {
            return None;
        }
        let costs = lines.select(|row| lines.shape(row) == Shape::Cost);
        let worth = |lines: &Lines| value(sides.prices, sides.names, lines, &LotOpening::default());
        let (cost_values, usage_values) = (worth(&costs), worth(&usage));
        Some(Self { costs, usage, cost_values, usage_values })
    }

    /// As two sides to reconcile; names and prices are those of the bill.
    pub fn sides<'a>(&'a self, of: &Sides<'a>) -> Sides<'a> {
        Sides {
            bill: &self.costs,
            ledger: &self.usage,
            bill_values: &self.cost_values,
            ledger_values: &self.usage_values,
            ..*of
        }
    }
}
