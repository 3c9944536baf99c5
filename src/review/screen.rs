//! The lists an operator works through, by the outcomes they hold.

use crate::reconcile::Outcome;

/// The lists an operator works through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Screen {
    /// Matched and not applicable.
    Matched,
    /// Discrepancy, ambiguous, duplicate, unpriced.
    Discrepancies,
    /// Missing on either side.
    NotFound,
}

impl Screen {
    pub const ALL: [Self; 3] = [Self::Matched, Self::Discrepancies, Self::NotFound];

    pub const fn holds(self, outcome: Outcome) -> bool {
        match self {
            Self::Matched => matches!(outcome, Outcome::Matched | Outcome::NotApplicable),
            Self::Discrepancies => {
                matches!(outcome, Outcome::Discrepancy | Outcome::Ambiguous | Outcome::Duplicate | Outcome::Unpriced)
            }
            Self::NotFound => matches!(outcome, Outcome::MissingInLedger | Outcome::MissingInBill),
        }
    }
}
