//! What a review says of each ledger entry, in the words of the ledger's own
//! columns: a status, and what was billed for it where the bill says so.

use crate::amount::Amount;
use crate::reconcile::{Items, Outcome, Sides};
use crate::usage::Shape;

/// The four statuses a `token_usage` table allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LedgerStatus {
    Pending,
    Matched,
    Discrepancy,
    NotApplicable,
}

impl LedgerStatus {
    pub const ALL: [Self; 4] = [Self::Pending, Self::Matched, Self::Discrepancy, Self::NotApplicable];

    /// As the column has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Matched => "matched",
            Self::Discrepancy => "discrepancy",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// What is to stand in one ledger entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The entry's row among the ledger's lines.
    pub row: u32,
    pub status: LedgerStatus,
    /// What was billed for exactly this entry, in the bill's currency; `None`
    /// where the bill does not say, or nothing is settled.
    pub billed: Option<Amount>,
}

/// A mark for every ledger entry of the items, by row. `is_open` says whether
/// an item still waits for a decision: then its entries are pending, since
/// nothing is reconciled before somebody said so.
pub fn marks(sides: &Sides, items: &Items, is_open: impl Fn(u32) -> bool) -> Vec<Mark> {
    let mut marks = Vec::new();
    for item in 0..items.len() as u32 {
        let status = status(items.outcome(item), is_open(item));
        let billed = match status {
            LedgerStatus::Matched | LedgerStatus::Discrepancy => billed_alone(sides, items, item),
            LedgerStatus::Pending | LedgerStatus::NotApplicable => None,
        };
        marks.extend(items.ledger_rows(item).map(|row| Mark { row, status, billed }));
    }
    marks.sort_unstable_by_key(|mark| mark.row);
    marks
}

const fn status(outcome: Outcome, is_open: bool) -> LedgerStatus {
    match outcome {
        Outcome::NotApplicable => LedgerStatus::NotApplicable,
        Outcome::Ambiguous | Outcome::MissingInBill => LedgerStatus::Pending,
        _ if is_open => LedgerStatus::Pending,
        Outcome::Matched => LedgerStatus::Matched,
        // Without a ledger entry there is none to mark.
        Outcome::Discrepancy | Outcome::Duplicate | Outcome::Unpriced | Outcome::MissingInLedger => {
            LedgerStatus::Discrepancy
        }
    }
}

/// The amount of the only bill line of an item with one entry, as the bill
/// states it. An amount that was worked out from prices, or is that of several
/// requests together, was not billed for this entry.
fn billed_alone(sides: &Sides, items: &Items, item: u32) -> Option<Amount> {
    let (mut bill, ledger) = (items.bill_rows(item), items.ledger_rows(item));
    if items.shape(sides, item) != Shape::Request || bill.len() != 1 || ledger.len() != 1 {
        return None;
    }
    bill.next().and_then(|row| sides.bill.amount(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_becomes_a_status_only_when_it_is_decided() {
        use LedgerStatus as S;
        for (outcome, decided) in [
            (Outcome::Matched, S::Matched),
            (Outcome::Discrepancy, S::Discrepancy),
            (Outcome::Duplicate, S::Discrepancy),
            (Outcome::Unpriced, S::Discrepancy),
            (Outcome::Ambiguous, S::Pending),
            (Outcome::MissingInBill, S::Pending),
        ] {
            assert_eq!((status(outcome, false), status(outcome, true)), (decided, S::Pending), "{outcome:?}");
        }
        assert_eq!(status(Outcome::NotApplicable, true), S::NotApplicable, "there is nothing to decide");
    }
}
