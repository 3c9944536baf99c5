//! Why somebody pays what: one charge at a time, from the row it stands on over
//! price, decision and subsidies to what is written.
//!
//! The desk gathers an [`Explanation`] from a month; here are the value, the
//! walk along the caps, and the ways it is told.

mod caps;
mod json;
#[cfg(test)]
mod tests;
mod text;

use crate::amount::{Amount, Cents, Quantity};
use crate::calendar::{Day, Instant, PeriodKey};
use crate::focus::Share;
use crate::journal::Decision;
use crate::price::Tokens;
use crate::usage::Side;

pub use caps::{Caps, RuleStep};

/// Why one charge is what it is, and who pays it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What the charge is known by in a file, without its kind:
    /// `openai:codex:ab@x.edu:2026-01-07`.
    pub key: String,
    pub day: Day,
    pub service: &'static str,
    /// Usage type or model.
    pub what: String,
    pub user: String,
    /// Of all amounts.
    pub currency: String,
    pub payer: Option<Payer>,
    pub origin: Origin,
    /// What was used, as the row has it: `credits`, `tokens`, and the like.
    pub used: Vec<(&'static str, String)>,
    pub price: Price,
    pub amount: Amount,
    pub decision: Option<Decided>,
    /// The item's own note; empty for none.
    pub note: String,
    /// For a refund, the charge that it takes back.
    pub takes_back: Option<String>,
    /// Every rule of `subsidies.json`, in the order in which they draw.
    pub rules: Vec<RuleStep>,
    pub shares: Vec<Paid>,
    pub written: Vec<Written>,
}

/// Whose budget pays what sponsors leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payer {
    pub project: String,
    pub pi_email: String,
    pub fund_org: String,
}

/// The rows behind a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The row that is charged, `bill.csv:118`, and whether the bill has it.
    pub charged: Option<(Side, String)>,
    /// The first rows of its item on either side, and how many more there are.
    pub bill: (Vec<String>, usize),
    pub ledger: (Vec<String>, usize),
    /// How the item is known in the review.
    pub item: String,
}

/// Where an amount comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Price {
    /// The row states it; and what the price book says of it, where it has a
    /// price.
    Stated { stated: Amount, book: Option<(Rated, Amount)> },
    /// Tokens at the rates of a model.
    Rates(Rated),
    /// Credits, from each lot in turn.
    Lots(Vec<LotPart>),
    /// Credits of the ledger at what the bill paid for the same.
    AsBilled,
    /// What the ledger entries leave of a bill over several payers.
    Rest,
    /// Nothing was used.
    Nothing,
    /// The price book changed since, or the row is gone.
    Unknown,
}

/// Tokens with the rates that the price book has for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rated {
    pub model: String,
    /// `None`: from the beginning.
    pub effective: Option<Day>,
    /// Per million.
    pub input: Amount,
    pub cached: Amount,
    pub output: Amount,
    pub place: Place,
    pub tokens: Option<Tokens>,
    /// Where it is not list price: the tier.
    pub tier: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotPart {
    pub lot: String,
    pub effective: Option<Day>,
    /// What was bought, and what was paid.
    pub bought: Quantity,
    pub paid: Amount,
    pub credits: Quantity,
    pub amount: Amount,
    /// Beyond the last lot, at its unit cost.
    pub overdrawn: bool,
    pub place: Place,
}

/// Where the price book has a price from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The line of `pricing.json`, where it is known.
    File(Option<u64>),
    /// The prices that come with the program, as they were on a day.
    Shipped(&'static str),
}

/// Who settled the item, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    pub decision: Decision,
    pub who: String,
    pub at: Instant,
    /// Number of the journal entry.
    pub seq: u64,
}

/// What one payer has of the charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    pub fund_org: String,
    /// The rule, where a sponsor pays.
    pub rule: Option<String>,
    /// In the cents of a file.
    pub cents: Cents,
    /// What the importer knows the row by.
    pub row: String,
}

/// A file of the month, and whether the charge stands in it as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub file: String,
    pub who: String,
    pub at: Instant,
    pub stands: Stands,
}

/// How a charge stands in a file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    /// With the rows and cents that are due now.
    AsNow,
    /// With others: the rows that were written, and their cents.
    Otherwise(Vec<(String, Cents)>),
    /// It does not: it was approved afterwards.
    Not,
    /// The book does not remember the rows of that file.
    Unknown,
}

/// All charges of an answer together, in the cents of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    pub charges: u64,
    pub full: Cents,
    pub sponsors: Cents,
    pub payer: Cents,
}

impl Sums {
    /// Adds the shares of one charge.
    pub fn add(&mut self, shares: &[Share]) {
        self.charges += 1;
        for share in shares {
            self.full = self.full + share.cents;
            let paid = if share.rule.is_some() { &mut self.sponsors } else { &mut self.payer };
            *paid = *paid + share.cents;
        }
    }
}

/// A cap as somebody counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cap {
    /// Whose it is.
    pub subject: String,
    pub period: PeriodKey,
    pub amount: Amount,
    /// Drawn in the period before this charge.
    pub before: Amount,
    /// Drawn by it; negative for a refund.
    pub drawn: Amount,
    /// What is left after it.
    pub left: Amount,
}
