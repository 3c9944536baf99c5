//! Names that look like one model under two: what is billed under one and not
//! recorded, and recorded under the other and not billed, day for day to the
//! last digit.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::models::Models;
use super::{Items, Outcome, Sides};
use crate::amount::Amount;
use crate::calendar::Day;
use crate::price::Values;
use crate::usage::{Lines, Sym};

/// Two names that should be one: an entry for `[models]` of `config.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameProposal {
    /// The name to be taken for another: of the two the one that the price book
    /// does not know, else the ledger's.
    pub name: String,
    /// The model it would mean.
    pub model: String,
    /// The name that the bill has too much of.
    pub billed: String,
    /// The dollars that stand against each other, over all days; positive.
    pub amount: Amount,
    /// Days on which they do.
    pub days: u32,
}

/// Billed minus recorded by day.
type Gaps = BTreeMap<Option<Day>, Amount>;

/// Pairs of names whose gaps are equal and opposite on every day, over the
/// items given but for those not applicable; the most dollars first.
///
/// A name that could be paired with two others is proposed with neither.
pub fn propose_names(sides: &Sides, items: &Items) -> Vec<NameProposal> {
    let models = Models::of(sides);
    let add = |mut gaps: FxHashMap<u32, Gaps>, item: u32| {
        let [bill, ledger] = items.slices(item);
        let mut side = |lines: &Lines, values: &Values, rows: &[u32], billed: bool| {
            for row in rows.iter().filter(|row| !lines.model(**row).is_none()) {
                let Some(amount) = values.amount(lines, *row) else { continue };
                let amount = if billed { amount } else { Amount::ZERO.minus(amount) };
                let gap = gaps.entry(models.number(lines.model(*row))).or_default().entry(lines.day(*row)).or_default();
                *gap = gap.plus(amount);
            }
        };
        side(sides.bill, sides.bill_values, bill, true);
        side(sides.ledger, sides.ledger_values, ledger, false);
        gaps
    };
    let merge = |mut a: FxHashMap<u32, Gaps>, b: FxHashMap<u32, Gaps>| {
        for (model, days) in b {
            let of_model = a.entry(model).or_default();
            for (day, amount) in days {
                let gap = of_model.entry(day).or_default();
                *gap = gap.plus(amount);
            }
        }
        a
    };
    let gaps = (0..items.len() as u32)
        .into_par_iter()
        .with_min_len(1 << 12)
        .filter(|item| items.outcome(*item) != Outcome::NotApplicable)
        .fold(FxHashMap::default, add)
        .reduce(FxHashMap::default, merge);

    // By text from here on: numbers of names say nothing about order. Two
    // names with one gap are two candidates, and none is chosen.
    let mut by_gap: BTreeMap<Vec<(Option<Day>, Amount)>, Vec<String>> = BTreeMap::new();
    for (number, days) in gaps {
        let days: Vec<_> = days.into_iter().filter(|(_, amount)| !amount.is_zero()).collect();
        if !days.is_empty() {
            let name = sides.prices.models.canonical(sides.names.text(Sym(number))).into_owned();
            by_gap.entry(days).or_default().push(name);
        }
    }
    let rates = sides.prices.index();
    let mut found: Vec<NameProposal> = by_gap
        .iter()
        .filter(|(days, _)| total(days) > Amount::ZERO)
        .filter_map(|(days, names)| {
            let opposite: Vec<_> = days.iter().map(|(day, amount)| (*day, Amount::ZERO.minus(*amount))).collect();
            let ([billed], [recorded]) = (names.as_slice(), by_gap.get(&opposite)?.as_slice()) else { return None };
            let (name, model) = match (rates.knows(billed), rates.knows(recorded)) {
                (false, true) => (billed, recorded),
                _ => (recorded, billed),
            };
            Some(NameProposal {
                name: name.clone(),
                model: model.clone(),
                billed: billed.clone(),
                amount: total(days),
                days: days.len() as u32,
            })
        })
        .collect();
    found.sort_by(|a, b| b.amount.cmp(&a.amount).then_with(|| a.name.cmp(&b.name)));
    found
}

fn total(days: &[(Option<Day>, Amount)]) -> Amount {
    days.iter().fold(Amount::ZERO, |sum, (_, amount)| sum.plus(*amount))
}
