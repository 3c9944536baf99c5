//! `trueup list`, `trueup decide`, `trueup journal` and `trueup undo` as they
//! are typed.

use clap::{Args, ValueEnum};

use super::shared_args::{Answer, FileArgs, Format};
use crate::desk::{Order, Screen};

/// Which items a command is about.
#[derive(Debug, Args)]
pub struct Which {
    /// Only the items that pass, in the language of the review's filter, such
    /// as "outcome:discrepancy model:gpt-4o* absdiff>0.05".
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// Only the items of one list of the review.
    #[arg(long, value_enum, value_name = "LIST")]
    pub screen: Option<ScreenName>,
    /// Only items that still need a decision.
    #[arg(long)]
    pub open: bool,
}

/// The same for a command that does something to them: it wants them named.
#[derive(Debug, Args)]
pub struct Chosen {
    #[command(flatten)]
    pub which: Which,
    /// Only the item with this id, as trueup list has it; may be given several
    /// times.
    #[arg(long, value_name = "ID")]
    pub id: Vec<String>,
}

impl Chosen {
    /// Whether nothing was said that names items; --open alone does not.
    pub const fn is_empty(&self) -> bool {
        self.which.filter.is_none() && self.which.screen.is_none() && self.id.is_empty()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScreenName {
    Matched,
    Discrepancies,
    NotFound,
}

impl From<ScreenName> for Screen {
    fn from(name: ScreenName) -> Self {
        match name {
            ScreenName::Matched => Self::Matched,
            ScreenName::Discrepancies => Self::Discrepancies,
            ScreenName::NotFound => Self::NotFound,
        }
    }
}

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub which: Which,
    /// The columns to sort by, the first counting most, each with :desc behind
    /// it for the greatest first: time, model, user, project, tokens, billed,
    /// recorded, difference, size (of the difference, whatever its sign),
    /// outcome, cause, decision, badges.
    #[arg(long, value_name = "COLUMN[:desc],…", default_value_t = Order::default())]
    pub sort: Order,
    /// The whole order the other way round.
    #[arg(long, short)]
    pub reverse: bool,
    /// No more than so many; the totals stay those of all that pass.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// What `trueup decide` can do to items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Approve as billed.
    Approve,
    /// Approve as recorded.
    AsRecorded,
    /// Look again next month.
    Defer,
    /// Claim it back from the provider.
    Dispute,
    /// Leave it out: it is not ours to pay.
    Exclude,
    /// Take the loss.
    WriteOff,
    /// Open it again.
    Reopen,
    /// Only put the --note on it.
    Note,
    /// Have --project pay for it.
    Assign,
}

#[derive(Debug, Args)]
pub struct Decide {
    /// What is to be done to the items.
    #[arg(value_enum, value_name = "WHAT")]
    pub what: What,
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub chosen: Chosen,
    /// A reason code of the policy in config.toml.
    #[arg(long, value_name = "CODE", default_value = "")]
    pub reason: String,
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// The project that pays; with assign.
    #[arg(long, value_name = "ID", required_if_eq("what", "assign"))]
    pub project: Option<String>,
    #[command(flatten)]
    pub answer: Answer,
}

#[derive(Debug, Args)]
pub struct Match {
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub chosen: Chosen,
    #[command(flatten)]
    pub answer: Answer,
}

#[derive(Debug, Args)]
pub struct Journal {
    #[command(flatten)]
    pub files: FileArgs,
    /// Only the entries that pass, such as "who:ada@* kind:decide
    /// month:2026-01 item:req_12* state:in-force".
    #[arg(long, value_name = "FILTER", default_value = "")]
    pub filter: String,
    /// No more than so many, the newest.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Undo {
    #[command(flatten)]
    pub files: FileArgs,
    /// Do again what was taken back last, instead.
    #[arg(long)]
    pub redo: bool,
    /// Take the entry of this number back instead, on its own: what came later
    /// stays. trueup journal shows the numbers.
    #[arg(long, value_name = "N", conflicts_with = "redo")]
    pub entry: Option<u64>,
    #[command(flatten)]
    pub answer: Answer,
}

#[derive(Debug, Args)]
pub struct Exclude {
    /// Rows to leave out, each as FILE:LINE, or FILE:DAY for a day that shrank
    /// [default: list all rows that could not be read].
    #[arg(value_name = "FILE:LINE")]
    pub places: Vec<String>,
    /// Why they are left out; the journal keeps it.
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub answer: Answer,
}
