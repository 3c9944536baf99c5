//! What the month's approvals come to for sponsors and PIs.

use std::collections::BTreeSet;

use super::{Desk, Refusal};
use crate::amount::Cents;
use crate::calendar::PeriodKey;
use crate::focus;
use crate::report::statement::{Ask, Statements, statements};

impl Desk {
    /// The statements of all that is approved now, in the cents in which an
    /// export of the same approvals has them.
    ///
    /// # Errors
    /// [`Refusal`] when no rule has a cap for the period asked for in this
    /// month, or where no file of the month could be written since what it drew
    /// before is not known apart.
    pub fn statements(&self, period: Option<PeriodKey>) -> Result<Statements, Refusal> {
        if let Some(why) = self.unknown_openings().into_iter().next() {
            return Err(Refusal(why));
        }
        let allocation = self.allocation();
        if let Some(period) = period {
            let known: BTreeSet<PeriodKey> = allocation.positions.iter().map(|p| p.scope.period).collect();
            if !known.contains(&period) {
                let known: Vec<String> = known.iter().map(PeriodKey::to_string).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(Refusal(format!(
                    "No subsidy rule has a cap for {period} in {}; the periods of this month are: {known}.",
                    self.month
                )));
            }
        }
        let shares = focus::shares(&allocation, &self.config.projects, &self.config.subsidies);
        let total: Cents = shares.iter().map(|share| share.cents).sum();
        let mut tie_out = self.settled().written_sentence(total).parts;
        // The statements find the rounding for themselves.
        tie_out.retain(|(label, _)| *label != "rounding");
        Ok(statements(Ask {
            month: self.month,
            allocation: &allocation,
            shares: &shares,
            projects: &self.config.projects,
            rules: &self.config.subsidies,
            period,
            currency: self.currency(),
            open: (0..self.items()).filter(|item| self.is_open(*item)).count() as u64,
            tie_out,
        }))
    }
}
