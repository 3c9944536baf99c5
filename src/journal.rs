//! The append-only record of what was decided: who, when, what, before, after.
//!
//! Plain data, sealed in a hash chain. What it adds up to is the business of
//! `review`, where it is kept that of the `book`.

mod assumption;
mod entered;

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::calendar::{Instant, Month};
use crate::usage::Digest;

pub use assumption::{Assumption, Because};
pub use entered::{Claim, ClaimState, Entered, FluxOf};

/// An item by what it is and by what it said when it was decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey {
    /// The same as long as the item is about the same usage.
    pub identity: Digest,
    /// Changes with any field or amount of the item's lines.
    pub content: Digest,
}

/// What the operator settles for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    ApproveBilled,
    ApproveRecorded,
    WriteOff,
    Dispute,
    Defer,
    Exclude,
}

impl Verdict {
    pub const ALL: [Self; 6] =
        [Self::ApproveBilled, Self::ApproveRecorded, Self::WriteOff, Self::Dispute, Self::Defer, Self::Exclude];

    /// In words, as screens and files have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApproveBilled => "approve as billed",
            Self::ApproveRecorded => "approve as recorded",
            Self::WriteOff => "write off",
            Self::Dispute => "dispute",
            Self::Defer => "defer",
            Self::Exclude => "exclude",
        }
    }

    /// Of an item that stands so.
    pub const fn done(self) -> &'static str {
        match self {
            Self::ApproveBilled => "approved as billed",
            Self::ApproveRecorded => "approved as recorded",
            Self::WriteOff => "written off",
            Self::Dispute => "disputed",
            Self::Defer => "deferred",
            Self::Exclude => "excluded",
        }
    }

    pub const fn approves(self) -> bool {
        matches!(self, Self::ApproveBilled | Self::ApproveRecorded)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub verdict: Verdict,
    /// A reason code of the policy; empty where none was asked for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A rule of `rules.toml`, as a decision that was taken by it cites it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cited {
    pub name: String,
    /// Counted from 1; goes up with everything that is changed of the rule.
    pub version: u32,
}

impl fmt::Display for Cited {
    /// `rule small-rounding v2`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {} v{}", self.name, self.version)
    }
}

/// A file of the book that the screen may rewrite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ConfigFile {
    #[serde(rename = "pricing.json")]
    Pricing,
    #[serde(rename = "projects.json")]
    Projects,
    #[serde(rename = "subsidies.json")]
    Subsidies,
    #[serde(rename = "config.toml")]
    Settings,
    #[serde(rename = "rules.toml")]
    Rules,
}

impl ConfigFile {
    pub const ALL: [Self; 5] = [Self::Pricing, Self::Projects, Self::Subsidies, Self::Settings, Self::Rules];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Pricing => "pricing.json",
            Self::Projects => "projects.json",
            Self::Subsidies => "subsidies.json",
            Self::Settings => "config.toml",
            Self::Rules => "rules.toml",
        }
    }

    /// Whether another text of it may change how a month is compared, priced
    /// or paid. Rules only say what an operator may have done with one yes.
    pub const fn changes_figures(self) -> bool {
        !matches!(self, Self::Rules)
    }
}

/// How an input is to be read, where the operator said so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The format that was forced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Declared not to overlap with any other.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub append: bool,
}

/// What was done. `items` of the first three stand beside the JSON in the
/// book, since a set may hold millions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Action {
    /// Settles items, or opens them again where `decision` is `None`.
    Decide {
        #[serde(skip)]
        items: Vec<ItemKey>,
        decision: Option<Decision>,
        /// The rule that decided, where one did, once somebody said yes to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<Cited>,
    },
    /// Puts a note on items without settling them; empty takes it off.
    Note {
        #[serde(skip)]
        items: Vec<ItemKey>,
        text: String,
    },
    /// Names the project that pays for items nobody's mapping covers.
    Assign {
        #[serde(skip)]
        items: Vec<ItemKey>,
        project: Option<String>,
    },
    /// What is claimed back for items in dispute; `None` takes the claim off.
    Claim {
        #[serde(skip)]
        items: Vec<ItemKey>,
        claim: Option<Claim>,
    },
    /// Something entered about the month; `removed` takes it off again.
    Enter {
        entered: Entered,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        removed: bool,
    },
    /// Joins lines of both sides by hand; the digests are those of
    /// `reconcile`'s line keys.
    Match {
        bill: Vec<String>,
        ledger: Vec<String>,
        /// The identity of an item carried in that they join: the lines are
        /// then the month's own, and may be of one side.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        carried: Option<String>,
    },
    /// Leaves bad rows out, with a reason, wherever they are read.
    ExcludeBadRows { rows: Vec<String>, reason: String },
    /// Takes something for granted about how the ledger was kept, or no longer.
    Assume {
        assumption: Assumption,
        /// No longer: it was taken for granted before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        dropped: bool,
        /// Billed minus recorded of the month, before and after.
        before: String,
        after: String,
    },
    /// Rewrites a config file: prices, projects, subsidies, tolerance.
    EditFile { file: ConfigFile, before: String, after: String, summary: String },
    /// A config file was changed by another program; noticed at opening.
    OutsideEdit { file: ConfigFile, before: String, after: String },
    /// Files taken into the book: name and SHA-256.
    Import {
        side: String,
        files: Vec<(String, String)>,
        /// What was said about how to read each of them, in their order; empty
        /// where nothing was said about any.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        said: Vec<Said>,
    },
    /// A file of the book is read no more. Its bytes and all that was decided
    /// about its rows stay; taking it in again brings it back.
    RemoveInput {
        side: String,
        /// As it was given.
        file: String,
        sha256: String,
        why: String,
    },
    /// A file was written: its name, SHA-256, rows and cents in total.
    Export { profile: String, file: String, sha256: String, rows: u64, total: String },
    /// Verdicts were written to a ledger. What its rows said before is kept
    /// beside the entry.
    Apply {
        /// The ledger: a location without a password, or a file.
        ledger: String,
        /// The SHA-256 of the file that was written; empty for a table.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        sha256: String,
        rows: u64,
    },
    /// The verdicts of an earlier entry were taken out of the ledger again,
    /// but for rows that others had changed since.
    Revert { seq: u64, ledger: String, rows: u64 },
    /// Somebody says that the month is ready to be signed as it is.
    Prepare {
        /// SHA-256 of all that would be signed: one who signs later signs this
        /// or prepares anew.
        sha256: String,
    },
    /// A version of the month was signed.
    Sign {
        /// Counted from 1 for each month.
        version: u32,
        /// SHA-256 of the sign-off's text, which names all that was signed by
        /// its own SHA-256.
        sha256: String,
        /// Where it is kept, relative to the book.
        file: String,
        /// What was written, in cents as a decimal.
        total: String,
    },
    /// The version after a signed one was begun.
    ReopenMonth { version: u32, why: String },
    /// Takes an earlier entry back.
    Undo { seq: u64 },
    /// Puts an undone entry into force again.
    Redo { seq: u64 },
}

impl Action {
    /// Whether `u` takes it back. Imports, what was taken out, exports, what was written to a
    /// ledger and what was signed are facts, not choices.
    pub fn can_be_undone(&self) -> bool {
        !matches!(
            self,
            Self::Import { .. }
                | Self::RemoveInput { .. }
                | Self::Export { .. }
                | Self::Apply { .. }
                | Self::Revert { .. }
                | Self::Prepare { .. }
                | Self::Sign { .. }
                | Self::ReopenMonth { .. }
                | Self::OutsideEdit { .. }
                | Self::Undo { .. }
                | Self::Redo { .. }
        )
    }

    /// Whether a month that holds it is another than without it: what a signed
    /// month refuses. What was written to a ledger changes the ledger alone.
    pub const fn changes_the_month(&self) -> bool {
        !matches!(
            self,
            Self::Import { .. }
                | Self::RemoveInput { .. }
                | Self::OutsideEdit { .. }
                | Self::Apply { .. }
                | Self::Revert { .. }
                | Self::Sign { .. }
                | Self::ReopenMonth { .. }
        )
    }

    /// Whether it belongs to every month of the book, and not to the one it
    /// was made in.
    pub const fn is_of_every_month(&self) -> bool {
        match self {
            Self::Assume { assumption, .. } => assumption.is_of_every_month(),
            // They go with what a file says.
            Self::ExcludeBadRows { .. } => true,
            _ => false,
        }
    }

    /// What every kind of action is called, for filters and groups.
    pub const KINDS: [&'static str; 20] = [
        "decide",
        "note",
        "assign",
        "claim",
        "enter",
        "match",
        "exclude-bad-rows",
        "assume",
        "edit-file",
        "outside-edit",
        "import",
        "remove-input",
        "export",
        "apply",
        "revert",
        "prepare",
        "sign",
        "reopen-month",
        "undo",
        "redo",
    ];

    /// One of [`KINDS`](Self::KINDS), as the JSON has it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Decide { .. } => "decide",
            Self::Note { .. } => "note",
            Self::Assign { .. } => "assign",
            Self::Claim { .. } => "claim",
            Self::Enter { .. } => "enter",
            Self::Match { .. } => "match",
            Self::ExcludeBadRows { .. } => "exclude-bad-rows",
            Self::Assume { .. } => "assume",
            Self::EditFile { .. } => "edit-file",
            Self::OutsideEdit { .. } => "outside-edit",
            Self::Import { .. } => "import",
            Self::RemoveInput { .. } => "remove-input",
            Self::Export { .. } => "export",
            Self::Apply { .. } => "apply",
            Self::Revert { .. } => "revert",
            Self::Prepare { .. } => "prepare",
            Self::Sign { .. } => "sign",
            Self::ReopenMonth { .. } => "reopen-month",
            Self::Undo { .. } => "undo",
            Self::Redo { .. } => "redo",
        }
    }

    /// The set of items it speaks of; empty for what is about no item.
    pub fn items(&self) -> &[ItemKey] {
        match self {
            Self::Decide { items, .. }
            | Self::Note { items, .. }
            | Self::Assign { items, .. }
            | Self::Claim { items, .. } => items,
            _ => &[],
        }
    }

    /// Puts the set back that was kept beside the JSON.
    pub fn set_items(&mut self, keys: Vec<ItemKey>) {
        if let Self::Decide { items, .. }
        | Self::Note { items, .. }
        | Self::Assign { items, .. }
        | Self::Claim { items, .. } = self
        {
            *items = keys;
        }
    }
}

/// One entry, as it stands in the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Counted from 1 without gaps.
    pub seq: u64,
    pub at: Instant,
    /// The system user, as `name@host`.
    pub who: String,
    /// The month it belongs to; `None` for what concerns the whole book.
    pub month: Option<Month>,
    pub action: Action,
    /// SHA-256 over the entry before it and this one, in hexadecimal.
    pub hash: String,
}

impl Entry {
    /// The hash this entry must carry behind `previous` (empty for the first).
    pub fn seal(&self, previous: &str) -> String {
        let mut hasher = Sha256::new();
        let mut field = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        field(previous.as_bytes());
        field(&self.seq.to_le_bytes());
        field(&self.at.micros().to_le_bytes());
        field(self.who.as_bytes());
        field(self.month.map(|m| m.to_string()).unwrap_or_default().as_bytes());
        field(serde_json::to_string(&self.action).unwrap_or_default().as_bytes());
        for key in self.action.items() {
            field(&key.identity.0.to_be_bytes());
            field(&key.content.0.to_be_bytes());
        }
        hex(&hasher.finalize())
    }
}

/// Bytes as lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
