//! What can be done to a month, and what it would do.

use std::path::PathBuf;
use std::sync::Arc;

use super::Desk;
use crate::amount::{Amount, Share};
use crate::calendar::Month;
use crate::journal::{Action, Assumption, Claim, Decision, Entered};
use crate::reconcile::{Finest, Outcome, Proposal};
use crate::review::rules::Draft;

/// Something an operator asks for, from a key or from the command line.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Settles these items.
    Decide {
        items: Vec<u32>,
        decision: Decision,
    },
    /// Settles those of these items that are open, after a preview; what is
    /// settled already stays as it is.
    DecideOpen {
        items: Vec<u32>,
        decision: Decision,
    },
    /// Approves every open matched item as billed.
    ApproveMatched,
    /// Opens settled items again.
    Reopen {
        items: Vec<u32>,
    },
    Note {
        items: Vec<u32>,
        text: String,
    },
    /// Says what is claimed back for disputed items; `None` claims nothing.
    Claim {
        items: Vec<u32>,
        claim: Option<Claim>,
    },
    /// Enters something about the month, or takes it off again.
    Enter {
        entered: Entered,
        removed: bool,
    },
    /// Bills what came later for a signed month in this one, as it is proposed.
    Correct {
        of: Month,
    },
    /// Takes what was accepted of a signed month off again.
    DropCorrections {
        of: Month,
    },
    /// Names the project that pays for these items only.
    Assign {
        items: Vec<u32>,
        project: String,
    },
    /// Puts the user of this item into a project of `projects.json`.
    AddUser {
        item: u32,
        project: String,
    },
    /// Joins the lines of these items into one.
    Match {
        items: Vec<u32>,
    },
    /// Leaves bad rows (by their number in [`super::Desk::bad_rows`]) out.
    ExcludeBadRows {
        rows: Vec<usize>,
        reason: String,
    },
    /// Sets the rate of a model from a day on; amounts as text per million
    /// tokens, `cached` empty for none, `effective` empty for always.
    SetRate {
        model: String,
        effective: String,
        input: String,
        cached: String,
        output: String,
    },
    /// Sets a credit pool's lot, known by its name and effective date (empty:
    /// from the beginning).
    SetLot {
        name: String,
        effective: String,
        credits: String,
        amount: String,
    },
    /// Sets a rule's cap from a day on, all as text: `from` empty for from the
    /// beginning.
    SetCap {
        rule: String,
        amount: String,
        from: String,
        /// It holds for the whole of the period that the day lies in.
        retroactive: bool,
    },
    /// Sets other figures of a rule, by their keys in `subsidies.json`: its
    /// percent or tiers, its first and last day, what is rolled over. Those that
    /// are as they were stay.
    SetTerms {
        rule: String,
        figures: Vec<(String, String)>,
    },
    SetTolerance {
        absolute: Amount,
        relative: Share,
    },
    /// Compares nothing at a finer grain than this, from now on.
    SetGrain {
        finest: Finest,
    },
    /// Writes the chargeback file in this shape from now on.
    SetProfile {
        profile: crate::focus::Profile,
    },
    /// Saves a filter of the lists under a name.
    SaveFilter {
        name: String,
        filter: String,
    },
    /// Makes a rule of `rules.toml`, or another version of one, after trying
    /// it against this month and those that are signed.
    SaveRule(Draft),
    /// Takes a rule out of `rules.toml`; what it decided stays.
    RemoveRule {
        name: String,
    },
    /// Settles every open item that an active rule covers, rule by rule.
    ApplyRules,
    /// Adopts what a finding of [`super::Desk::why`] proposes: a price, a name
    /// of a model, or something to be taken for granted about the ledger.
    Adopt(Proposal),
    /// Takes no longer for granted what [`super::Desk::assumptions`] lists.
    Drop(Assumption),
    Undo,
    Redo,
    /// Takes the entry of this number back on its own, after a preview; what
    /// came later stands as it is.
    Reverse {
        entry: u64,
    },
    /// Says that the month is ready to be signed as it is.
    Prepare,
    /// Signs the month as its next version.
    Sign,
    /// Begins the version after the signed one.
    ReopenMonth {
        why: String,
    },
    /// Writes the chargeback file; `None` is the documented name in the book.
    Export {
        target: Option<PathBuf>,
    },
}

/// Why a command is not carried out, as a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// A planned change: what to journal and what it does.
pub struct Change {
    pub command: Command,
    pub preview: Preview,
    /// What the book records, in order.
    pub actions: Vec<Action>,
    /// Whether a face shows the preview and asks before committing.
    pub asks: bool,
    /// The month as it would be, where that had to be worked out anyway.
    pub(super) next: Option<Arc<Desk>>,
    /// The state of the month it was planned on.
    pub(super) version: u64,
}

impl Change {
    /// Whether the month is compared anew, so that the preview holds all of it
    /// against what it would be.
    pub const fn compares_anew(&self) -> bool {
        // Beside another action it is a rule that is told to suggest only,
        // which no figure follows from.
        self.next.is_some() && self.actions.len() == 1
    }
}

/// What a change would do, for a person to say yes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preview {
    /// `Approve 212 items as billed`
    pub title: String,
    pub items: usize,
    /// Dollars of those items: billed, or recorded where only that is there.
    pub amount: Amount,
    /// Items left out, by reason.
    pub left_out: Vec<(String, usize)>,
    /// Items that change their outcome.
    pub moves: Vec<Move>,
    /// Approved dollars per payer and project that change.
    pub payers: Vec<PayerChange>,
    /// Subsidy drawn in the month, before and after.
    pub subsidy: Option<(Amount, Amount)>,
    /// Other months that it splits anew, ascending.
    pub months: Vec<MonthEffect>,
    /// Anything else worth a sentence.
    pub remarks: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub from: Outcome,
    pub to: Outcome,
    pub items: usize,
}

/// What a change would do in another month of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthEffect {
    pub month: Month,
    /// Approved charges of which subsidies would pay another part.
    pub charges: usize,
    pub payers: Vec<PayerChange>,
    /// Subsidy drawn in it, before and after.
    pub subsidy: (Amount, Amount),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayerChange {
    pub payer: String,
    pub project: String,
    pub before: Amount,
    pub after: Amount,
}
