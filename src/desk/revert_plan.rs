//! What taking verdicts out of the ledgers again would put back: the entries
//! of the journal that are in force come in, counts for a person to say yes to
//! come out. Reads the book and no ledger.

use std::collections::BTreeMap;

use super::Session;
use crate::amount::Amount;
use crate::calendar::{Instant, Month};
use crate::journal::{Action, Entry};

/// What would be taken out of one ledger.
#[derive(Debug, Clone)]
pub struct LedgerRevert {
    /// The ledger or the new file, without a password.
    pub shown: String,
    /// When the verdicts were written.
    pub at: Instant,
    pub rows: u64,
    /// The whole file is removed.
    pub file: bool,
    /// How many rows go from one status to another: what they say, what they
    /// said before.
    pub changes: BTreeMap<(String, String), u64>,
    /// Rows whose amount is taken out or put back, and the cents they have now.
    pub amounts: u64,
    pub cents: Amount,
    pub entry: Entry,
}

/// What reverting the month would do.
#[derive(Debug, Clone)]
pub struct RevertPlan {
    pub month: Month,
    pub ledgers: Vec<LedgerRevert>,
}

impl RevertPlan {
    /// Rows of tables that would be put back.
    pub fn rows(&self) -> u64 {
        self.ledgers.iter().filter(|ledger| !ledger.file).map(|ledger| ledger.rows).sum()
    }
}

impl Session {
    /// What reverting the month would put back, where the rows still say what
    /// was written. Changes nothing.
    ///
    /// # Errors
    /// A sentence: nothing was applied that could be reverted, or the book
    /// cannot be read.
    pub fn plan_revert(&self, month: Month) -> Result<RevertPlan, String> {
        let entries = self.revertible(Some(month))?;
        if entries.is_empty() {
            return Err(format!("Nothing of {month} was applied that is not reverted yet."));
        }
        let ledgers = entries.into_iter().map(|entry| self.revert_of(entry)).collect::<Result<Vec<_>, _>>()?;
        Ok(RevertPlan { month, ledgers })
    }

    fn revert_of(&self, entry: Entry) -> Result<LedgerRevert, String> {
        let Action::Apply { ledger, sha256, rows } = &entry.action else {
            return Err("Only what was applied can be reverted.".into());
        };
        let mut plan = LedgerRevert {
            shown: ledger.clone(),
            at: entry.at,
            rows: *rows,
            file: !sha256.is_empty(),
            changes: BTreeMap::new(),
            amounts: 0,
            cents: Amount::ZERO,
            entry: entry.clone(),
        };
        for row in self.locked().applied(entry.seq).map_err(|error| error.to_string())? {
            let [actual, _, status] = row.after;
            let [was, _, before] = row.before;
            *plan.changes.entry((status.text(), before.text())).or_default() += 1;
            if actual != was {
                plan.amounts += 1;
                plan.cents = plan.cents.plus(actual.number().unwrap_or_default());
            }
        }
        Ok(plan)
    }
}
