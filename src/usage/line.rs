//! The one shape that every row of a bill or a ledger is read into, and the
//! words it is described with.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::amount::{Amount, Quantity};
use crate::calendar::{Day, Instant};

/// Which of the two documents a line stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Bill,
    Ledger,
}

impl Side {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::Ledger => "ledger",
        }
    }
}

/// What one row of a file stands for, which decides at what grain it can be
/// compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// One request, with its time and, most often, its id.
    Request,
    /// Credits of one user and usage type on one day.
    Credits,
    /// Money of one UTC day, by line item, project, key and user as far as the
    /// export is grouped by them. No request stands behind it.
    Cost,
    /// Tokens, or another count, of one span of time by project, user, key,
    /// model and tier as far as the export is grouped by them. A bill has no
    /// money with them; in a ledger it is what several calls of one day cost
    /// together.
    Usage,
}

impl Shape {
    pub const ALL: [Self; 4] = [Self::Request, Self::Credits, Self::Cost, Self::Usage];
}

/// What kind of token, or of fee, a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum TokenClass {
    /// Text read anew: neither from the cache nor written to it.
    Input = 1,
    CachedInput = 2,
    /// Input that was written to the cache.
    CacheWrite = 3,
    Output = 4,
    ImageInput = 5,
    CachedImageInput = 6,
    ImageOutput = 7,
    AudioInput = 8,
    CachedAudioInput = 9,
    AudioOutput = 10,
    /// A fee for a tool such as a search or a container: no tokens.
    Tool = 11,
}

impl TokenClass {
    pub const ALL: [Self; 11] = [
        Self::Input,
        Self::CachedInput,
        Self::CacheWrite,
        Self::Output,
        Self::ImageInput,
        Self::CachedImageInput,
        Self::ImageOutput,
        Self::AudioInput,
        Self::CachedAudioInput,
        Self::AudioOutput,
        Self::Tool,
    ];

    /// In words, as a screen has it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::CachedInput => "cached input",
            Self::CacheWrite => "cache writes",
            Self::Output => "output",
            Self::ImageInput => "image input",
            Self::CachedImageInput => "cached image input",
            Self::ImageOutput => "image output",
            Self::AudioInput => "audio input",
            Self::CachedAudioInput => "cached audio input",
            Self::AudioOutput => "audio output",
            Self::Tool => "tool fee",
        }
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }
}

/// Those of a line's tokens that are sound or pictures, and so cost other than
/// text. They are part of the line's `input`, `cached` and `output`, not beside
/// them; each `cached_*` is part of its `*_input`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Modalities {
    pub audio_input: i64,
    pub cached_audio_input: i64,
    pub audio_output: i64,
    pub image_input: i64,
    pub cached_image_input: i64,
    pub image_output: i64,
}

impl Modalities {
    /// All counts, in the order of the fields.
    pub const fn counts(self) -> [i64; 6] {
        [
            self.audio_input,
            self.cached_audio_input,
            self.audio_output,
            self.image_input,
            self.cached_image_input,
            self.image_output,
        ]
    }

    /// Text only.
    pub fn is_text(self) -> bool {
        self.counts().iter().all(|count| *count == 0)
    }
}

/// Why a ledger entry has nothing to be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum NotApplicable {
    /// The call failed, and the provider bills only what succeeded.
    Failed = 1,
    /// A grant, deduction or purchase of tokens: not usage.
    Grant = 2,
    /// Answered from a cache at home.
    CacheHit = 3,
    /// Another provider's model.
    OtherProvider = 4,
    /// The ledger itself marks it as nothing to reconcile.
    Marked = 5,
}

impl NotApplicable {
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Failed => "the call did not succeed",
            Self::Grant => "a grant or purchase, not usage",
            Self::CacheHit => "answered from a cache",
            Self::OtherProvider => "another provider",
            Self::Marked => "the ledger marks it as not applicable",
        }
    }

    pub(super) const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Failed),
            2 => Some(Self::Grant),
            3 => Some(Self::CacheHit),
            4 => Some(Self::OtherProvider),
            5 => Some(Self::Marked),
            _ => None,
        }
    }
}

/// One row as a reader understood it. Names are trimmed; `user` is folded to
/// lower case, since emails are compared that way.
#[derive(Debug, Clone, Default)]
pub struct Line<'a> {
    /// Line in its file, counted from 1 with the header.
    pub line: u32,
    /// The provider's request id; empty where there is none.
    pub id: &'a str,
    /// When it was used, in microseconds since 1970 (UTC). For a span of time
    /// its start, and so for a day midnight.
    pub at: Option<Instant>,
    /// Seconds from `at` that the row speaks of; 0 for an instant, and for a
    /// day that is no bucket of a longer series.
    pub span: u32,
    pub account: &'a str,
    pub model: &'a str,
    pub user: &'a str,
    pub project: &'a str,
    pub api_key: &'a str,
    /// The usage type of a credit report, the action of a ledger, the endpoint
    /// of a request or of usage (`completions`), the tool of a cost
    /// (`file search`).
    pub action: &'a str,
    /// How it was processed: `default`, `batch`, `flex`, `priority`, `scale`,
    /// `incentivized-tier`, `fast`, or the surface a cost names (`evals`).
    /// Empty where the row does not say.
    pub tier: &'a str,
    /// The class that `quantity`, `credits` or `amount` is about; `None` where
    /// the row is about several, or does not say.
    pub class: Option<TokenClass>,
    /// Billed at the higher rates of a long context.
    pub long_context: bool,
    /// The line item of a cost, as the bill spells it; for several calls
    /// together the models they were of.
    pub item_text: &'a str,
    /// All input tokens: read anew, cached and written to the cache.
    pub input: Option<i64>,
    /// Those of the input tokens that came from the provider's cache.
    pub cached: Option<i64>,
    /// Those of the input tokens that were written to the provider's cache.
    pub cache_write: Option<i64>,
    pub output: Option<i64>,
    /// Those of the output tokens that nobody saw.
    pub reasoning: Option<i64>,
    /// Sound and pictures among the tokens; `None` for text only.
    pub modalities: Option<Modalities>,
    /// Input and output, where only their sum is given.
    pub total: Option<i64>,
    pub quantity: Option<Quantity>,
    /// What `quantity` counts.
    pub unit: &'a str,
    /// Requests that the row adds up, where it is about more than one.
    pub requests: Option<i64>,
    pub credits: Option<Quantity>,
    /// Money in `currency`; once [`Line::keep_apart`] was called, in the book's.
    pub amount: Option<Amount>,
    /// Three letters in upper case, as the row states it; empty where it does
    /// not: then it is the book's.
    pub currency: &'a str,
    /// Money in another currency than the book's, which is `currency` then.
    /// Nothing is ever converted, so it is in no sum of `amount`s.
    pub foreign: Option<Amount>,
    pub not_applicable: Option<NotApplicable>,
    /// The primary key of a ledger's row, for writing back to it; empty where
    /// it has none, or none but its request id. Of a bundle, what its entries have
    /// in common, to be shown.
    pub row_key: &'a str,
    /// `None` for one entry, which nearly every line is.
    pub bundle: Option<Bundle>,
}

/// Entries that a server added up to one line: what is known of them beside
/// their sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bundle {
    pub entries: u32,
    /// Those of them that have a request id.
    pub with_id: u32,
    /// The most decimals, of currency, that the amount of one of them has.
    pub decimals: u8,
}

impl Line<'_> {
    /// Moves an amount in another currency than the book's out of reach of all
    /// that adds up amounts. A row in the book's own says nothing of it more,
    /// so that it is the same row whether its file states the currency or not.
    pub fn keep_apart(&mut self, book: &str) {
        let other = !self.currency.is_empty() && !self.currency.eq_ignore_ascii_case(book);
        self.foreign = if other { self.amount.take() } else { None };
        if self.foreign.is_none() {
            self.currency = "";
        }
    }
}

/// A file that lines came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as the operator gave it.
    pub path: PathBuf,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Bytes in the file.
    pub bytes: u64,
    /// The name of its format.
    pub format: &'static str,
    pub shape: Shape,
    /// The order in which it was added: greater is later.
    pub added: u32,
    /// Declared not to overlap with any other file.
    pub append: bool,
    /// Rows read as lines.
    pub rows: u32,
    /// Rows left out because all their cells are blank.
    pub blank_rows: u32,
    /// Earliest and latest day of its lines.
    pub days: Option<(Day, Day)>,
}

impl SourceFile {
    /// Whether lines came from a table of a database, whose location has a
    /// scheme before it. Its rows are numbered as they came.
    pub fn is_table(path: &Path) -> bool {
        path.to_str().is_some_and(|path| path.starts_with("sqlite:") || path.contains("://"))
    }

    /// A file without rows, for tests of what is made of lines.
    #[cfg(test)]
    pub(crate) fn of_shape(shape: Shape) -> Self {
        Self {
            path: "file.csv".into(),
            sha256: String::new(),
            bytes: 0,
            format: "test",
            shape,
            added: 0,
            append: false,
            rows: 0,
            blank_rows: 0,
            days: None,
        }
    }
}

/// Where a line stands: a file of [`Lines::files`] and the line in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    pub file: u16,
    pub line: u32,
}
