//! Corrections of a signed month as both faces show them.

use std::collections::BTreeMap;

use super::text;
use crate::amount::Cents;
use crate::calendar::{Day, Month};
use crate::close::Late;
use crate::focus;

/// How corrections stand in the month that bills them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LateState {
    /// Not billed here yet.
    Proposed,
    /// In the month's file as proposed.
    Accepted,
    /// In the month's file, and not what would be proposed now.
    OutOfDate,
    /// Nothing can be told, and why.
    Unknown(String),
}

/// Corrections of one signed month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateView {
    pub of: Month,
    pub state: LateState,
    /// What is proposed; where nothing is any more, what was accepted.
    pub rows: u64,
    pub total: Cents,
    /// Cents by fund and project, in their order.
    pub payers: Vec<(String, String, Cents)>,
    /// Day, id, fund and cents of each row, in the order of the ids.
    pub lines: Vec<(Day, String, String, Cents)>,
}

impl LateView {
    pub(super) fn of(late: &Late, state: LateState) -> Self {
        let mut payers: BTreeMap<(String, String), Cents> = BTreeMap::new();
        for row in late.rows.rows() {
            let sum = payers.entry((row.payer.fund_org.to_owned(), row.payer.project_id.to_owned())).or_default();
            *sum = *sum + row.billed_cost;
        }
        let line =
            |row: focus::Row<'_>| (row.day, row.id.text().into_owned(), row.payer.fund_org.to_owned(), row.billed_cost);
        Self {
            of: late.of,
            state,
            rows: late.rows.len() as u64,
            total: late.totals().0,
            payers: payers.into_iter().map(|((fund, project), cents)| (fund, project, cents)).collect(),
            lines: late.rows.rows().map(line).collect(),
        }
    }

    /// In one sentence, for both faces.
    pub fn sentence(&self) -> String {
        let of = self.of;
        let (rows, total) = (text::counted(self.rows, "row"), text::cents(self.total));
        match &self.state {
            LateState::Proposed => {
                format!(
                    "{of} is signed, and what came later would correct it here: {rows}, {total} in all; not accepted."
                )
            }
            LateState::Accepted => format!("Corrections of {of} are billed here: {rows}, {total} in all."),
            LateState::OutOfDate => format!(
                "Corrections of {of} were accepted and would be others now: {rows}, {total} in all. Accept them anew, or \
                 take them off."
            ),
            LateState::Unknown(why) => format!("What came later for {of} cannot be told: {why}"),
        }
    }
}
