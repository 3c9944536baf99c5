//! What the JSON report says beside the comparison itself: usage against the
//! costs of the same days, and kinds of token side by side.

use rayon::prelude::*;
use serde::Serialize;

use crate::amount::Amount;
use crate::desk::Desk;

/// The usage of a day, or of a day's project and model, at list price against
/// what was billed for it.
#[derive(Serialize)]
pub struct UsageReport {
    /// `null` where nothing finer than the month is asked for.
    day: Option<String>,
    project: String,
    model: String,
    expected: Option<Amount>,
    billed: Option<Amount>,
    difference: Option<Amount>,
    /// Why some usage has no price.
    #[serde(skip_serializing_if = "Option::is_none")]
    no_price: Option<&'static str>,
}

pub fn usage(desk: &Desk) -> Vec<UsageReport> {
    let report = |check: &crate::reconcile::UsageCheck| UsageReport {
        day: check.day.map(|day| day.to_string()),
        project: check.project.clone(),
        model: check.model.clone(),
        expected: check.expected,
        billed: check.billed,
        difference: check.difference,
        no_price: check.no_price.map(|why| why.reason()),
    };
    desk.usage_checks().iter().map(report).collect()
}

/// One kind of token of one item.
#[derive(Serialize)]
pub struct ClassReport {
    item: String,
    model: String,
    class: &'static str,
    billed: Option<Amount>,
    billed_tokens: Option<i64>,
    recorded_tokens: i64,
    /// What the recorded tokens cost by the price book: not what the ledger
    /// recorded.
    derived: Option<Amount>,
}

/// Of every item whose bill lines are about one kind of token each and that has
/// tokens on both sides to put beside each other, in the order of the items.
pub fn classes(desk: &Desk) -> Vec<ClassReport> {
    let all = desk.class_lines();
    let report = |(item, lines): (u32, Vec<crate::desk::ClassLine>)| {
        let (id, model) = (desk.item_id(item).into_owned(), desk.cells(item).what.to_owned());
        lines
            .into_iter()
            .map(|line| ClassReport {
                item: id.clone(),
                model: model.clone(),
                class: line.class,
                billed: line.billed,
                billed_tokens: line.billed_tokens,
                recorded_tokens: line.recorded_tokens,
                derived: line.derived,
            })
            .collect::<Vec<_>>()
    };
    all.into_par_iter().flat_map_iter(report).collect()
}
