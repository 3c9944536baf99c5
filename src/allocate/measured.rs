//! What a charge counts beside its money: files that state a price for each
//! unit need the units, and where the price comes from.

use std::sync::Arc;

use crate::amount::{Amount, Quantity};

/// Empty where the line does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measured {
    /// The provider's account that was billed.
    pub account: Arc<str>,
    /// Tokens of all classes together.
    pub tokens: Option<i64>,
    pub lots: Lots,
}

/// Where the credits of a charge come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Lots {
    /// Its amount comes from elsewhere.
    #[default]
    None,
    /// All from this lot, by its number in the price book.
    One(u16),
    /// From several, in the order of drawing; credits and amounts add up to
    /// those of the charge.
    Several(Arc<[LotShare]>),
}

/// What a charge drew from one lot; negative for a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LotShare {
    pub lot: u16,
    pub credits: Quantity,
    pub amount: Amount,
}
