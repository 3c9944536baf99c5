//! Usage at list price against the costs of the same days: whether the
//! provider billed what it says was used.

use super::grain::{Rows, who};
use super::matching::{against_costs, group};
use super::models::Models;
use super::{Rules, Sides, What};
use crate::amount::Amount;
use crate::calendar::{Day, Month};
use crate::price::{CostDays, NoPrice, price_of};
use crate::usage::{Lines, Shape};

/// One day, or one day of a project and a model: as far as both the costs and
/// the usage tell them apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageCheck {
    /// `None` where the operator asks for nothing finer than the month.
    pub day: Option<Day>,
    pub month: Option<Month>,
    /// The project, or the key or user where only those are told apart; empty
    /// where none is, or where the rows name none.
    pub project: String,
    /// The model without the date of a snapshot; empty where models are not
    /// told apart, and for costs without a model.
    pub model: String,
    /// What the usage costs by the price book; `None` without usage, and where
    /// some of it has no price.
    pub expected: Option<Amount>,
    /// Why a row of the usage has no price, the first of several.
    pub no_price: Option<NoPrice>,
    /// What was billed; `None` without a cost.
    pub billed: Option<Amount>,
    /// Billed minus expected, where a side without lines is zero; `None` where
    /// some usage has no price.
    pub difference: Option<Amount>,
}

/// Every day, project and model with costs or usage, on the days that the
/// usage on the bill spans; in order of day, project and model.
pub fn usage_checks(sides: &Sides, rules: &Rules) -> Vec<UsageCheck> {
    if CostDays::of(sides.bill).is_empty() {
        return Vec::new();
    }
    let models = Models::of(sides);
    let Some(choice) = against_costs(sides, rules, &models) else { return Vec::new() };
    let lines = sides.bill;
    let (costs, used) = (CostDays::of(lines), CostDays::of_usage(lines));
    let cost = |row: u32| lines.shape(row) == Shape::Cost && lines.day(row).is_some_and(|day| used.holds(day));
    let usage = |row: u32| costs.is_evidence(lines, row);
    let found = group([Rows { lines, takes: &cost }, Rows { lines, takes: &usage }], &choice, &models, |_| true);
    let rates = sides.prices.for_names(sides.names);
    let mut at = 0;
    let mut checks: Vec<UsageCheck> = Vec::with_capacity(found.heads.len());
    for head in &found.heads {
        let rows = |from: usize, count: u32| found.members.get(from..from + count as usize).unwrap_or(&[]);
        let (cost, usage) = (rows(at, head.rows[0]), rows(at + head.rows[0] as usize, head.rows[1]));
        at += cost.len() + usage.len();
        let Some(lead) = cost.first().or(usage.first()).copied() else { continue };
        // Prices are in the book's currency, so there is nothing to hold against.
        if cost.iter().any(|row| lines.foreign(*row).is_some()) {
            continue;
        }
        let billed = cost.iter().filter_map(|row| lines.amount(*row)).reduce(Amount::plus);
        let priced: Vec<Result<Amount, NoPrice>> = usage
            .iter()
            .filter(|row| counts(lines, **row))
            .map(|row| price_of(sides.names, &rates, lines, *row))
            .collect();
        let no_price = priced.iter().filter_map(|price| price.err()).min();
        let sum = priced.iter().filter_map(|price| price.ok()).fold(Amount::ZERO, Amount::plus);
        let expected = (!usage.is_empty() && no_price.is_none()).then_some(sum);
        let difference = no_price.is_none().then(|| billed.unwrap_or_default().minus(expected.unwrap_or_default()));
        let day = lines.day(lead);
        let by_day = head.dims.period == super::Period::Day;
        checks.push(UsageCheck {
            day: day.filter(|_| by_day),
            month: day.map(Day::month),
            project: head.dims.who.map_or("", |of| sides.names.text(who(lines, lead, of))).to_owned(),
            model: match head.dims.what {
                What::Model | What::ModelAndClass => {
                    sides.prices.models.canonical(sides.names.text(lines.model(lead))).into_owned()
                }
                What::All | What::UsageType => String::new(),
            },
            expected,
            no_price,
            billed,
            difference,
        });
    }
    checks.sort_by(|a, b| (a.month, a.day, &a.project, &a.model).cmp(&(b.month, b.day, &b.project, &b.model)));
    checks
}

/// Whether a row of usage says that anything was used.
fn counts(lines: &Lines, row: u32) -> bool {
    lines.total(row).is_some_and(|total| total != 0) || lines.quantity(row).is_some_and(|quantity| !quantity.is_zero())
}
