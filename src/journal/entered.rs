//! What an operator enters about a month from the provider's own papers, or
//! says about its figures; and what is claimed back in a dispute. Plain data:
//! a later one about the same thing takes the place of an earlier.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::amount::{Amount, Fixed, Quantity};
use crate::calendar::Month;

/// Where a dispute with the provider stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimState {
    /// Not sent yet.
    #[default]
    Open,
    Submitted,
    /// The provider has granted it; it clears once the credit is on a bill.
    Credited,
    Rejected,
    Withdrawn,
}

impl ClaimState {
    pub const ALL: [Self; 5] = [Self::Open, Self::Submitted, Self::Credited, Self::Rejected, Self::Withdrawn];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Submitted => "submitted",
            Self::Credited => "credited",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether a credit may still come.
    pub const fn waits(self) -> bool {
        matches!(self, Self::Open | Self::Submitted | Self::Credited)
    }
}

impl std::str::FromStr for ClaimState {
    type Err = String;

    /// # Errors
    /// A sentence that names what there is.
    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.trim();
        Self::ALL.into_iter().find(|state| state.name() == name).ok_or_else(|| {
            format!("“{name}” is no state of a dispute; there are: {}", Self::ALL.map(Self::name).join(", "))
        })
    }
}

/// A decimal by the text it is kept as.
fn exact<'de, U, D: Deserializer<'de>>(from: D) -> Result<Fixed<U>, D::Error> {
    let text = String::deserialize(from)?;
    Fixed::parse(&text).map_err(|error| serde::de::Error::custom(format!("“{text}” {error}")))
}

fn exact_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Amount>, D::Error> {
    exact(from).map(Some)
}

/// What is claimed back for an item in dispute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// In currency; what was billed beyond the recorded where none is stated.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "exact_or_none")]
    pub amount: Option<Amount>,
    /// The provider's number for the case.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub case: String,
    pub state: ClaimState,
}

impl fmt::Display for Claim {
    /// `12.50 claimed, case 4711, submitted`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.amount {
            Some(amount) => write!(f, "{amount} claimed")?,
            None => f.write_str("claimed: all that was billed beyond the recorded")?,
        }
        f.write_str(&self.case_and_state())
    }
}

impl Claim {
    /// `, case 4711, submitted`: what stands behind the amount.
    pub fn case_and_state(&self) -> String {
        let state = self.state.name();
        if self.case.is_empty() { format!(", {state}") } else { format!(", case {}, {state}", self.case) }
    }
}

/// Whose figures a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FluxOf {
    Payer,
    Project,
}

impl FluxOf {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Payer => "payer",
            Self::Project => "project",
        }
    }
}

/// One thing entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "kebab-case")]
pub enum Entered {
    /// The provider's invoice of the month: what is to be paid, and the tax in
    /// it. In the book's currency.
    Invoice {
        number: String,
        #[serde(deserialize_with = "exact")]
        total: Amount,
        #[serde(deserialize_with = "exact")]
        tax: Amount,
    },
    /// The balance of a credit pool at the month's end, as the provider has it.
    PoolBalance {
        pool: String,
        #[serde(deserialize_with = "exact")]
        credits: Quantity,
    },
    /// Credits that came into a pool (above zero) or left it without usage,
    /// purchase or expiry, and why.
    PoolAdjustment {
        pool: String,
        #[serde(deserialize_with = "exact")]
        credits: Quantity,
        reason: String,
    },
    /// Why a payer or a project changed against the month before; empty takes
    /// the note off.
    FluxNote { of: FluxOf, name: String, text: String },
    /// What a signed month is corrected by in this one, as it was accepted.
    Corrections {
        of: Month,
        rows: u64,
        /// Cents of all rows as a decimal.
        total: String,
        /// The rows and what they draw, in the form that `close` reads.
        kept: String,
    },
    /// The charge that a refund of the month takes back, both by the keys that
    /// charges have in the book.
    RefundOf { refund: String, month: Month, charge: String },
}

impl Entered {
    /// Whether two are about the same thing, so that the later one counts.
    pub fn replaces(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Invoice { .. }, Self::Invoice { .. }) => true,
            (Self::PoolBalance { pool: a, .. }, Self::PoolBalance { pool: b, .. })
            | (Self::PoolAdjustment { pool: a, .. }, Self::PoolAdjustment { pool: b, .. }) => a == b,
            (Self::FluxNote { of: a, name: x, .. }, Self::FluxNote { of: b, name: y, .. }) => a == b && x == y,
            (Self::Corrections { of: a, .. }, Self::Corrections { of: b, .. }) => a == b,
            (Self::RefundOf { refund: a, .. }, Self::RefundOf { refund: b, .. }) => a == b,
            _ => false,
        }
    }
}

impl fmt::Display for Entered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invoice { number, total, tax } => write!(f, "invoice {number}: {total}, tax {tax} in it"),
            Self::PoolBalance { pool, credits } => write!(f, "{pool}: the provider states {credits} credits left"),
            Self::PoolAdjustment { pool, credits, reason } => {
                write!(f, "{pool}: adjusted by {credits} credits ({reason})")
            }
            Self::FluxNote { of, name, text } if text.is_empty() => write!(f, "note on {} {name} taken off", of.name()),
            Self::Corrections { of, rows, total, .. } => {
                let noun = if *rows == 1 { "row" } else { "rows" };
                write!(f, "corrections of {of}: {rows} {noun}, {total} in all")
            }
            Self::RefundOf { refund, month, charge } => write!(f, "refund {refund} takes back {charge} of {month}"),
            Self::FluxNote { of, name, text } => write!(f, "note on {} {name}: {text}", of.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_entry_replaces_one_about_the_same_and_no_other() {
        let balance =
            |pool: &str, credits| Entered::PoolBalance { pool: pool.into(), credits: Quantity::from_int(credits) };
        assert!(balance("a", 2).replaces(&balance("a", 1)));
        assert!(!balance("b", 2).replaces(&balance("a", 1)));
        let adjusted =
            Entered::PoolAdjustment { pool: "a".into(), credits: Quantity::from_int(-1), reason: "promotion".into() };
        assert!(!adjusted.replaces(&balance("a", 1)));
        let note = |of| Entered::FluxNote { of, name: "x".into(), text: "new course".into() };
        assert!(!note(FluxOf::Payer).replaces(&note(FluxOf::Project)));
    }
}
