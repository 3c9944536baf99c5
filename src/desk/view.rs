//! Plain values that a face shows. Amounts stay exact; a face rounds them for
//! the eye only.

use std::borrow::Cow;

use super::CarriedView;
use super::SignedView;
use super::order::Order;
use crate::amount::{Amount, Cents};
use crate::calendar::{Day, Instant};
use crate::close::GateItem;
use crate::journal::Decision;
use crate::reconcile::{Cause, ClassPart, MatchEvidence, Outcome, Rung};
use crate::review::Screen;

/// Which items a list shows and in what order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListQuery {
    /// `None`: all items of the month.
    pub screen: Option<Screen>,
    /// The filter language; empty shows all. A text that does not parse shows
    /// all: a face checks it with `Desk::filter` first.
    pub filter: String,
    pub order: Order,
    /// Only items that still need a decision.
    pub open_only: bool,
}

/// What stands against an item beside its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Badge {
    /// No project pays for it; assign it first.
    Unassigned,
    /// More than one project claims its user.
    TwoProjects,
    /// Its project has no fund on that day.
    ClosedFund,
    /// A negative amount.
    Refund,
    /// Its credits are beyond the last lot.
    Overdrawn,
    /// Its model is not in the price book, though both sides have amounts.
    UnknownModel,
    /// The fund that would pay is not of the form `config.toml` asks for.
    OddFund,
    /// It carries a note.
    Note,
    /// It came from an earlier month and waits.
    Carried,
    /// It came from an earlier month and cleared by itself.
    Cleared,
    /// It is open, and a rule that only suggests covers it.
    Suggested,
}

impl Badge {
    pub const ALL: [Self; 11] = [
        Self::Unassigned,
        Self::TwoProjects,
        Self::ClosedFund,
        Self::Refund,
        Self::Overdrawn,
        Self::UnknownModel,
        Self::OddFund,
        Self::Note,
        Self::Carried,
        Self::Cleared,
        Self::Suggested,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Unassigned => "unassigned",
            Self::TwoProjects => "two projects",
            Self::ClosedFund => "closed fund",
            Self::Refund => "refund",
            Self::Overdrawn => "overdrawn",
            Self::UnknownModel => "unknown model",
            Self::OddFund => "odd fund",
            Self::Note => "note",
            Self::Carried => "carried in",
            Self::Cleared => "cleared",
            Self::Suggested => "suggested",
        }
    }

    /// The label as one word, as the filter language has it: `two-projects`.
    pub fn word(self) -> String {
        self.label().replace(' ', "-")
    }
}

/// Where an item stands in the review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing<'a> {
    Open,
    Decided(&'a Decision),
    /// Decided on other content: open again.
    Stale(&'a Decision),
    /// Nothing to decide: it touches no bill.
    Settled,
}

/// The part of [`ItemRow`] that follows from the item's lines alone.
#[derive(Debug, Clone)]
pub struct ItemCells<'a> {
    pub outcome: Outcome,
    pub cause: Cause,
    /// The model of a request, the usage type of credits.
    pub what: &'a str,
    pub user: &'a str,
    /// The project that pays, or empty.
    pub project: Cow<'a, str>,
    pub billed_tokens: Option<i64>,
    pub recorded_tokens: Option<i64>,
    pub billed: Option<Amount>,
    pub recorded: Option<Amount>,
    /// Billed minus recorded; `None` for items that are not compared.
    pub difference: Option<Amount>,
}

/// An item as a table shows it.
#[derive(Debug, Clone)]
pub struct ItemRow<'a> {
    pub item: u32,
    pub at: Option<Instant>,
    /// The request id, or empty.
    pub id: Cow<'a, str>,
    pub cells: ItemCells<'a>,
    pub standing: Standing<'a>,
    pub badges: Vec<Badge>,
    /// Its age in days, where it came from an earlier month.
    pub carried_days: Option<u32>,
    /// Bill lines and ledger entries in it.
    pub lines: (usize, usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPair {
    pub label: &'static str,
    pub bill: String,
    pub ledger: String,
    pub differs: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariancePart {
    pub cause: Cause,
    pub amount: Amount,
}

/// One kind of token of an item, as both sides have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassLine {
    /// `input`, `cached input`, `output`.
    pub class: &'static str,
    pub billed: Option<Amount>,
    pub billed_tokens: Option<i64>,
    pub recorded_tokens: i64,
    /// The recorded tokens at the price book's rates: worked out, and not what
    /// the ledger recorded. `None` without a rate.
    pub derived: Option<Amount>,
}

#[derive(Debug, Clone)]
pub struct Detail {
    pub item: u32,
    pub outcome: Outcome,
    pub rung: Rung,
    /// Each field that both sides could be compared by, and what is left.
    pub evidence: MatchEvidence,
    /// How it was compared and why it has this outcome, in one or two
    /// sentences.
    pub explanation: String,
    /// Both sides field by field.
    pub fields: Vec<FieldPair>,
    /// Adds up to the difference exactly; empty where nothing is compared.
    pub variance: Vec<VariancePart>,
    pub difference: Option<Amount>,
    /// The kinds of token side by side; empty where the bill's lines are not
    /// about one kind each.
    pub classes: Vec<ClassLine>,
    /// What each kind of token adds to volume and class mix, at the rates in
    /// force: derived. Empty where a side does not say its kinds.
    pub class_parts: Vec<ClassPart>,
    /// `openai_requests_2026-01.csv:118`
    pub bill_origins: Vec<String>,
    pub ledger_origins: Vec<String>,
    /// The way it came from an earlier month.
    pub carried: Option<CarriedView>,
    /// Who pays and what a subsidy takes over if it is approved as billed.
    pub payer: String,
    /// The same if it is approved as recorded; empty where that is no other
    /// charge, or cannot be.
    pub payer_as_recorded: String,
    /// The files behind it: what each was read as, and by which entry of the
    /// journal it came into the book.
    pub files: Vec<String>,
    /// What was stated of the claim for it, where it is disputed, or was; and
    /// that nothing is claimed, where that is so.
    pub claim: String,
    pub decision: Option<Decision>,
    /// A decision taken on other content.
    pub stale: Option<Decision>,
    pub note: String,
    /// The item's own history, oldest first.
    pub history: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct SourceView {
    pub side: &'static str,
    pub path: String,
    /// The format's name, as recognised or forced.
    pub format: &'static str,
    pub rows: u64,
    pub blank_rows: u64,
    pub days: Option<(Day, Day)>,
}

#[derive(Debug, Clone)]
pub struct BadRowView {
    pub side: &'static str,
    /// `file.csv:12`
    pub origin: String,
    /// What it is named by: as the origin, but of a day that shrank with the
    /// day, `file.csv:2026-01-05`; and the same with the file's path.
    pub place: String,
    pub path: String,
    pub column: String,
    pub reason: String,
    pub raw: String,
    /// The reason it was excluded with.
    pub excluded: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceRowKind {
    Rate,
    Lot,
}

/// A line of the Prices screen. Amounts as text, as they may be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRow {
    pub kind: PriceRowKind,
    /// Model, or pool.
    pub name: String,
    /// Empty: from the beginning.
    pub effective: String,
    /// Per million tokens; for a lot: credits bought.
    pub input: String,
    pub cached: String,
    /// For a lot: what was paid.
    pub output: String,
    /// `shipped`, `pricing.json`, or for a lot its use: `12,340 of 20,000`.
    pub origin: String,
    /// Lines of the month it prices.
    pub used_by: u64,
}

#[derive(Debug, Clone)]
pub struct PayerLine {
    pub payer: String,
    pub project: String,
    pub pi_email: String,
    pub rows: u64,
    pub cents: Cents,
    /// The payer is a sponsor.
    pub sponsor: bool,
}

#[derive(Debug, Clone)]
pub struct CloseView {
    pub gate: Vec<GateItem>,
    pub payers: Vec<PayerLine>,
    pub total: Cents,
    pub rows: u64,
    pub charges: u64,
    pub subsidized: Cents,
    pub profile: String,
    pub target: String,
    /// The first rows as they would be written, header first.
    pub sample: Vec<Vec<String>>,
    /// What the file changes against the one written last in this profile.
    pub changes: crate::focus::Changes,
    /// Earlier exports of the month, oldest first.
    pub exports: Vec<String>,
    /// Ledgers that have the month's verdicts, and since when.
    pub verdicts: Vec<String>,
    /// What was carried in and entered about the month, in sentences.
    pub papers: Vec<String>,
    /// What came later for signed months, and whether it is billed here.
    pub corrections: Vec<super::LateView>,
    /// The version in force, against what is there now.
    pub signed: Option<SignedView>,
    /// Signed versions of the month, oldest first, as sentences.
    pub versions: Vec<String>,
    /// Who said that the month is ready as it is now.
    pub prepared: Option<String>,
    /// Why it cannot be written, if it cannot.
    pub refusals: Vec<String>,
    /// Bill: approved + ... = written, as (label, amount).
    pub written: Vec<(&'static str, Amount)>,
}
