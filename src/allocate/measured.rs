//! What a charge counts beside its money: files that state a price for each
//! unit need the units, and where the price comes from.

use std::sync::Arc;

use super::SharedText;
use crate::amount::{Amount, Quantity};

/// Empty where the line does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measured {
    /// The provider's account that was billed.
    pub account: SharedText,
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
    Several(Arc<Vec<LotShare>>),
}

/// What a charge drew from one lot; negative for a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LotShare {
    pub lot: u16,
    pub credits: Quantity,
    pub amount: Amount,
}

/// What a line counts, as far as it says so. In little room: whether a number is
/// stated takes as much of it as the number where each says so for itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    credits: Quantity,
    quantity: Quantity,
    tokens: i64,
    stated: [bool; 3],
}

impl Counts {
    /// `tokens` are those of all classes together.
    pub fn new(credits: Option<Quantity>, quantity: Option<Quantity>, tokens: Option<i64>) -> Self {
        Self {
            credits: credits.unwrap_or_default(),
            quantity: quantity.unwrap_or_default(),
            tokens: tokens.unwrap_or_default(),
            stated: [credits.is_some(), quantity.is_some(), tokens.is_some()],
        }
    }

    /// Credits of a credit report.
    pub fn credits(&self) -> Option<Quantity> {
        self.stated[0].then_some(self.credits)
    }

    /// What the line counts in its own unit.
    pub fn quantity(&self) -> Option<Quantity> {
        self.stated[1].then_some(self.quantity)
    }

    /// Tokens of all classes together.
    pub fn tokens(&self) -> Option<i64> {
        self.stated[2].then_some(self.tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocate::Charge;

    #[test]
    fn a_count_that_is_not_stated_is_not_zero() {
        let of = |counts: Counts| (counts.credits(), counts.quantity(), counts.tokens());
        let (none, zero) = (Counts::default(), Counts::new(Some(Quantity::ZERO), Some(Quantity::ZERO), Some(0)));
        assert_eq!(of(none), (None, None, None));
        assert_eq!(of(zero), (Some(Quantity::ZERO), Some(Quantity::ZERO), Some(0)));
        assert_ne!(none, zero);
        let one = Quantity::from_int(1);
        assert_eq!(of(Counts::new(Some(one), None, Some(7))), (Some(one), None, Some(7)));
        assert_eq!(of(Counts::new(None, Some(one), None)), (None, Some(one), None));
    }

    #[test]
    fn a_charge_takes_little_room() {
        assert!(size_of::<Charge>() <= 160, "{} bytes: a month has a million of them", size_of::<Charge>());
    }
}
