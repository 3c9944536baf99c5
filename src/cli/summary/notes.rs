//! What the figures of a summary leave out, and what they are made of.

use rustc_hash::FxHashSet;
use serde::Serialize;

use crate::amount::Amount;
use crate::calendar::Month;
use crate::desk::{self, Desk};
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
    if !left.months.is_empty() {
        const MOST: usize = 6;
        let mut list: Vec<String> = left.months.iter().take(MOST).map(Month::to_string).collect();
        if left.months.len() > MOST {
            list.push(format!("{} months more", left.months.len() - MOST));
        }
        notes.push(format!("No data is loaded for {}.", list.join(", ")));
    }
    let taken = left.taken_out.iter().map(|taken| desk::TakenOut {
        ledger: taken.ledger.clone(),
        percent: taken.percent,
        stated: taken.stated,
        recorded: taken.recorded,
    });
    notes.extend(desk::notes_of(summary, left.bad.len(), &taken.collect::<Vec<_>>()));
    notes
}
