//! Costs that count no tokens, and the usage on the bill that counts those of
//! the same day, project and model as far as both name them. A day of costs
//! without a model is a line of it where only one model was used that day.

use rustc_hash::FxHashSet;

use super::gather::{Key, in_currency, own_tokens};
use super::line::{CLASSES, PricedLine};
use crate::amount::Amount;
use crate::calendar::Day;
use crate::price::{CostDays, normal};
use crate::reconcile::grain::{Period, Rows};
use crate::reconcile::matching::{against_costs, group};
use crate::reconcile::models::Models;
use crate::reconcile::{Items, Rules, Sides};
use crate::usage::{Shape, TokenClass};

/// Lines made of costs and usage, and the rows of the costs in them.
#[derive(Default)]
pub(super) struct Beside {
    pub lines: Vec<(Key, PricedLine)>,
    pub costs: FxHashSet<u32>,
}

/// Those of the days that the items span.
pub(super) fn beside_costs(sides: &Sides<'_>, rules: &Rules, items: &Items) -> Beside {
    let bill = sides.bill;
    let mut found = Beside::default();
    let days = {
        // In the order of time, those without one first.
        let mut with_day = (0..items.len() as u32).filter_map(|item| items.day(sides, item));
        with_day.next().zip((items.len() as u32).checked_sub(1).and_then(|last| items.day(sides, last)))
    };
    let (Some((first, last)), false) = (days, CostDays::of_usage(bill).is_empty()) else { return found };
    let models = Models::of(sides);
    let Some(choice) = against_costs(sides, rules, &models) else { return found };
    let evidence = CostDays::of(bill);
    let within = |row: u32| bill.day(row).is_some_and(|day| (first..=last).contains(&day));
    let cost = |row: u32| bill.shape(row) == Shape::Cost && within(row);
    let usage = |row: u32| evidence.is_evidence(bill, row) && within(row);
    let rows = [Rows { lines: bill, takes: &cost }, Rows { lines: bill, takes: &usage }];
    let grouped = group(rows, &choice, &models, |count| count.iter().all(|rows| *rows > 0));
    let mut at = 0;
    for head in &grouped.heads {
        let middle = at + head.rows[0] as usize;
        let end = middle + head.rows[1] as usize;
        let (costs, usage) = (grouped.members.get(at..middle), grouped.members.get(middle..end));
        at = end;
        if head.dims.period != Period::Day {
            continue;
        }
        if let Some((costs, line)) = costs.zip(usage).and_then(|(costs, usage)| one_line(sides, costs, usage)) {
            found.costs.extend(costs);
            found.lines.push(line);
        }
    }
    found
}

/// One line of all costs but fees and all usage of a group; `None` where they
/// are not about the text of one model at one tier, or count tokens
/// themselves.
fn one_line(sides: &Sides<'_>, costs: &[u32], usage: &[u32]) -> Option<(Vec<u32>, (Key, PricedLine))> {
    let (bill, names) = (sides.bill, sides.names);
    let fee = |row: &u32| bill.class(*row) == Some(TokenClass::Tool);
    let costs: Vec<u32> = costs.iter().copied().filter(|row| !fee(row)).collect();
    let mut billed = Amount::ZERO;
    for row in &costs {
        let text = bill.class(*row).is_none_or(|class| super::CLASS_ORDER.contains(&class));
        let counts = bill.quantity(*row).is_some() || bill.total(*row).is_some();
        let amount = bill.amount(*row).filter(|amount| !amount.is_negative())?;
        if !text || counts || bill.long_context(*row) || !in_currency(sides, *row) {
            return None;
        }
        billed = billed.checked_add(amount).ok()?;
    }
    // A cost that names its tier is not about usage of another one.
    let tier = |row: u32| match names.text(bill.tier(row)) {
        "default" | "standard" => "",
        tier => tier,
    };
    let mut about: Option<(u32, Day)> = None;
    let mut tokens = [0i64; CLASSES];
    for row in usage.iter().copied().filter(|row| tier(*row) != "incentivized-tier") {
        if bill.total(row) == Some(0) {
            continue;
        }
        let (lead, _) = *about.get_or_insert((row, bill.day(row)?));
        let same =
            normal(names.text(bill.model(lead))) == normal(names.text(bill.model(row))) && tier(lead) == tier(row);
        if !same || bill.modalities(row).is_some_and(|modalities| !modalities.is_text()) {
            return None;
        }
        for (sum, count) in tokens.iter_mut().zip(own_tokens(bill, row)?) {
            *sum = sum.checked_add(count)?;
        }
    }
    let (lead, day) = about?;
    let of_lead = |row: &u32| {
        (bill.model(*row).is_none() || normal(names.text(bill.model(*row))) == normal(names.text(bill.model(lead))))
            && (bill.item_text(*row).is_none() || tier(*row) == tier(lead))
    };
    if bill.model(lead).is_none() || costs.is_empty() || !costs.iter().all(of_lead) {
        return None;
    }
    let key = (bill.model(lead), bill.tier(lead), false);
    Some((costs, (key, PricedLine { day, tokens, billed })))
}
