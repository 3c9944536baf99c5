//! The comparison: lines of both sides into items, each with an outcome and a
//! variance split into causes.
//!
//! [`reconcile`] matches lines, puts the items in order and compares each. The
//! result does not depend on the order of rows in a file, on threads or on the
//! numbers of names.

mod assemble;
mod carry;
pub(crate) mod cause;
mod classes;
mod compare;
mod drift;
mod evidence;
mod grain;
mod group;
mod health;
pub mod infer;
mod items;
mod key;
mod kinds;
mod matching;
mod models;
mod names;
mod numbered;
mod order;
mod outcome;
mod summary;
mod together;
mod tokens;
mod usage_check;
mod usage_sides;
mod words;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;

use kinds::Kinds;

pub use carry::{Astray, Carried, Cleared, Join, Left, Waits, WithCarried, carry};
pub use cause::{
    Evidence, Explanation, Finding, Judge, Place, Probe, Proposal, Tiered, explain, explain_with, variance,
};
pub use classes::{ClassPart, ClassSplit};
pub use compare::find_causes;
use compare::runs;
pub use drift::{find_drift, find_tolerated};
pub use evidence::{Field, FieldEvidence, MatchEvidence, Said, derived, evidence};
pub use grain::{Dims, Family, Finest, Grain, Period, What, Who};
pub use group::{Group, group_of};
pub use health::{Health, HealthLimits, health};
pub use key::{find_lines, identity, key, line_key, line_keys};
pub use kinds::needs_entries;
pub(crate) use models::Models;
pub use names::{NameProposal, propose_names};
pub use outcome::{billed, not_applicable_reason, recorded};
pub use summary::{Bucket, OtherCurrency, Summary, summarize};
pub use usage_check::{UsageCheck, usage_checks};
pub use usage_sides::UsageSides;

use crate::amount::{Amount, Share};
use crate::calendar::Day;
use crate::price::{PriceBook, Values};
use crate::usage::{Lines, Names};

/// When two amounts count as equal, and how far apart two times may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// In currency; inclusive.
    pub absolute: Amount,
    /// Of the recorded amount; inclusive.
    pub relative: Share,
    /// Token counts that differ make a discrepancy by themselves.
    pub tokens_must_agree: bool,
    /// Seconds between the two sides' times for rows without an id.
    pub window_seconds: u32,
    /// Of the recorded amount per model and project: tolerated differences
    /// beyond it are drift.
    pub drift: Share,
    /// Nothing is compared at a finer grain than this.
    pub finest: Finest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Outcome {
    Matched,
    Discrepancy,
    MissingInLedger,
    MissingInBill,
    Ambiguous,
    Duplicate,
    Unpriced,
    NotApplicable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Cause {
    /// Nothing differs.
    None,
    /// Other token counts at the same price: input and output as a whole, at
    /// the mix of classes that was recorded.
    Volume,
    /// As many tokens, of other classes: which of the input was read anew,
    /// came from the cache or was written to it.
    ClassMix,
    /// The same tokens at another price.
    Price,
    /// The price of the tier it was processed in, or of a long context.
    Tier,
    /// Billed or recorded on another day. Never the cause of a single item by
    /// itself: only its neighbours show it.
    Timing,
    /// Billed, and recorded at zero although there are tokens; or one side has
    /// usage that the price book has no price for.
    PriceMissing,
    /// Billed, and recorded with neither tokens nor cost.
    ZeroUsage,
    /// Billed and not recorded.
    Missing,
    /// Recorded and not billed.
    Extra,
    /// The same id more than once.
    Duplicate,
    /// The ledger's own rounding.
    Rounding,
    Unexplained,
}

/// How the two sides of an item found each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Rung {
    /// One side only.
    None,
    /// The same request id.
    Id,
    /// Day, user and usage type are equal.
    Key,
    /// The only pair within the window with the same model and tokens.
    Unique,
    /// The only request of its minute or hour on both sides, with the same
    /// tokens: that proves the pair, though no line names the request.
    Sole,
    /// Requests of one minute, hour or day that a bill line without an id is
    /// the sum of, in tokens and amount.
    Sum,
    /// Equal in what lines of whole days are compared by.
    Group,
    /// Joined by the operator.
    Hand,
    /// What an earlier month left, with what came for it since.
    Carried,
}

/// Everything the comparison looks at.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    pub names: &'a Names,
    pub bill: &'a Lines,
    pub ledger: &'a Lines,
    pub bill_values: &'a Values,
    pub ledger_values: &'a Values,
    pub prices: &'a PriceBook,
}

/// Items in columns, sorted by time and then by content, so that the order of
/// rows in a file never shows.
#[derive(Debug, Clone, Default)]
pub struct Items {
    /// The only row of the side, `NONE`, or `GROUP | index into groups`.
    pub(crate) bill: Vec<u32>,
    pub(crate) ledger: Vec<u32>,
    /// Start and end in `members`.
    pub(crate) groups: Vec<(u32, u32)>,
    pub(crate) members: Vec<u32>,
    pub(crate) outcome: Vec<Outcome>,
    /// The cause with the greatest part of the variance.
    pub(crate) cause: Vec<Cause>,
    pub(crate) rung: Vec<Rung>,
    /// Items that cannot be told from the one before, with their number among
    /// those; ascending. All others are unlike any before them.
    pub(crate) occurrence: Vec<(u32, u32)>,
    /// Items of lines that stand for whole days, with what those have in
    /// common; ascending.
    pub(crate) dims: Vec<(u32, Dims)>,
}

/// One part of a variance; parts add up to it exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub cause: Cause,
    /// Billed minus recorded.
    pub amount: Amount,
}

/// Differences of one model and project that the tolerance passed one by one
/// and that add up to more than the threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    pub model: String,
    pub project: String,
    pub items: u32,
    /// Of the tolerated items.
    pub billed: Amount,
    pub recorded: Amount,
    /// |billed - recorded| as a share of recorded; `None` when nothing was
    /// recorded.
    pub share: Option<Share>,
    /// The same day by day, which shows whether it came on one day and stayed.
    /// They add up to the group.
    pub days: Vec<DriftDay>,
}

/// One day of a [`Drift`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DriftDay {
    /// `None` for items without a day, and for those of a whole month.
    pub day: Option<Day>,
    pub items: u32,
    pub billed: Amount,
    pub recorded: Amount,
    pub share: Option<Share>,
    /// Beyond the threshold by itself.
    pub beyond: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Reconciliation {
    pub items: Items,
    pub drift: Vec<Drift>,
    pub grain: Vec<Grain>,
    /// Usage at list price against the costs of the same days.
    pub usage: Vec<UsageCheck>,
    /// Which of the matches by hand did not apply, since a line of theirs is
    /// not there (any more), stands in an earlier match, or is of another
    /// kind than the rest. Numbers in the list given, ascending.
    pub unapplied: Vec<usize>,
    /// Of all items.
    pub summary: Summary,
}

/// Lines joined by hand, by their line keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HandMatch {
    pub bill: Vec<String>,
    pub ledger: Vec<String>,
    /// The identity of the item carried in that they join; such a match is for
    /// [`carry`], and no lines of earlier months are among these.
    pub carried: Option<String>,
}

/// Compares all lines of both sides, of any number of months.
///
/// Every line comes out in exactly one item. Items are in the order of time,
/// then of what their lines say.
pub fn reconcile(sides: &Sides, rules: &Rules, hand: &[HandMatch]) -> Reconciliation {
    let mut matching = matching::Matching::of(sides, rules, hand);
    let mut items = assemble::assemble(sides, &mut matching);
    let unapplied = std::mem::take(&mut matching.unapplied);
    let grains = std::mem::take(&mut matching.grains);
    drop(matching);

    let kinds = Kinds::of(sides, rules.finest);
    let (drift, summary) = compare::compare(sides, rules, &kinds, &mut items);
    let usage = usage_checks(sides, rules);
    Reconciliation { items, drift, grain: kinds.grains(grains), usage, unapplied, summary }
}
