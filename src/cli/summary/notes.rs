//! What the figures of a summary leave out, and what they are made of.

use rustc_hash::FxHashSet;
use serde::Serialize;

use crate::amount::Amount;
use crate::calendar::Month;
use crate::desk::{Desk, text};
use crate::report::Summary;
use crate::usage::{Digest, Side};

/// What stands beside the sums of all months.
#[derive(Default)]
pub(super) struct Left {
    /// Rows that could not be read. A table's are read again for each month.
    bad: FxHashSet<(Side, Digest)>,
    /// Months of the span without data.
    pub months: Vec<Month>,
    pub taken_out: Vec<TakenOut>,
}

/// A ledger whose costs hold a margin.
#[derive(Debug, Serialize)]
pub(super) struct TakenOut {
    ledger: String,
    percent: Amount,
    stated: Amount,
    recorded: Amount,
}

impl Left {
    pub fn add(&mut self, desk: &Desk) {
        let inputs = desk.inputs();
        self.bad.extend(inputs.bill.bad_rows.iter().chain(&inputs.ledger.bad_rows).map(|row| (row.side, row.key)));
        for found in desk.margins_taken_out() {
            match self.taken_out.iter_mut().find(|t| t.ledger == found.ledger && t.percent == found.percent) {
                Some(known) => {
                    known.stated = known.stated.plus(found.stated);
                    known.recorded = known.recorded.plus(found.recorded);
                }
                None => self.taken_out.push(TakenOut {
                    ledger: found.ledger,
                    percent: found.percent,
                    stated: found.stated,
                    recorded: found.recorded,
                }),
            }
        }
    }
}

pub(super) fn notes(summary: &Summary, left: &Left) -> Vec<String> {
    let mut notes = Vec::new();
    let count = |number: u64| text::count(i64::try_from(number).unwrap_or(i64::MAX));
    if !left.months.is_empty() {
        const MOST: usize = 6;
        let mut list: Vec<String> = left.months.iter().take(MOST).map(Month::to_string).collect();
        if left.months.len() > MOST {
            list.push(format!("{} months more", left.months.len() - MOST));
        }
        notes.push(format!("No data is loaded for {}.", list.join(", ")));
    }
    if !left.bad.is_empty() {
        let bad = count(left.bad.len() as u64);
        notes.push(format!("{bad} rows could not be read and are in no figure; trueup reconcile lists them."));
    }
    if summary.undated > 0 {
        notes
            .push(format!("{} have no date, so they are in no range of days.", text::counted(summary.undated, "item")));
    }
    let total = &summary.total;
    if total.unpriced > 0 {
        notes
            .push(format!("{} lines have no price: they are in no amount, and not worth zero.", count(total.unpriced)));
    }
    if total.estimated_requests > 0 {
        notes.push(format!(
            "~ marks an estimate: {} requests without a known cost at the fallback price of their category ({} in all), in no other amount.",
            count(total.estimated_requests),
            text::money(total.estimated)
        ));
    }
    for taken in &left.taken_out {
        notes.push(format!(
            "The costs in {} hold a margin of {}%, which is taken out: {} stated, {} recorded.",
            taken.ledger,
            taken.percent,
            text::money(taken.stated),
            text::money(taken.recorded)
        ));
    }
    if let Some(margin) = summary.margin {
        let what = match summary.base {
            Some(Side::Bill) => "what was billed",
            Some(Side::Ledger) => "what was recorded, since there is no bill",
            None => "what was billed, or recorded in months without a bill",
        };
        notes.push(format!("The margin is {}% on {what}; it changes no comparison and no charge.", margin.percent()));
    }
    notes
}
