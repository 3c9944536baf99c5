//! The filter language: `outcome:discrepancy model:gpt-4o* diff>0.05
//! day:2026-01-05..12 -user:ab@* "vendor credit"`.
//!
//! Terms stand apart by blanks and must all hold; `-` in front turns one
//! round. Text is [parsed](Filter::parse) into a [`Filter`], made ready for a
//! set of names ([`Filter::prepare`]) and asked of each row, which shows itself
//! through [`Fields`].
//!
//! - `field:value` means the whole value, case aside, with `*` for anything
//!   and `?` for one character; `field:a,b` is any of them. Notes are looked
//!   through instead, since nobody types a whole note. `field:""` is a field
//!   without a value.
//! - `billed`, `recorded`, `diff` (billed minus recorded), `absdiff` (without
//!   its sign) and `tokens` compare with `>`, `>=`, `<`, `<=` and `=`. A row
//!   without the figure does not hold.
//! - `day:` takes a day, a month, or a range `2026-01-05..12` with both ends.
//! - `@name` stands for a saved filter.
//! - Anything else is looked for in id, model, user, project, action and note.
//! - In double quotes every character stands for itself; `\"` is a quote and
//!   `\\` a backslash there.

mod complete;
mod entries;
mod eval;
mod parse;
mod pattern;
mod text;
mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::amount::Amount;
use crate::calendar::Day;
use crate::journal::Verdict;
use crate::reconcile::{Cause, Outcome};
use crate::usage::Sym;

pub use complete::{Completion, complete};
pub use entries::{EntryFields, EntryFilter, STATES, entry_offers};
pub use eval::Prepared;
pub use pattern::Pattern;
pub use words::Word;

/// Fields that hold text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextField {
    Id,
    Model,
    User,
    Project,
    Action,
    Note,
    /// One or more words with a blank between them, such as `unassigned`.
    Badge,
}

impl TextField {
    pub const ALL: [Self; 7] =
        [Self::Id, Self::Model, Self::User, Self::Project, Self::Action, Self::Note, Self::Badge];

    /// Where plain words are looked for.
    pub const FREE: [Self; 6] = [Self::Id, Self::Model, Self::User, Self::Project, Self::Action, Self::Note];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Model => "model",
            Self::User => "user",
            Self::Project => "project",
            Self::Action => "action",
            Self::Note => "note",
            Self::Badge => "badge",
        }
    }
}

/// Fields that hold money, in the book's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AmountField {
    Billed,
    Recorded,
    /// Billed minus recorded, with its sign.
    Diff,
    /// The same without its sign.
    AbsDiff,
}

impl AmountField {
    pub const ALL: [Self; 4] = [Self::Billed, Self::Recorded, Self::Diff, Self::AbsDiff];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Billed => "billed",
            Self::Recorded => "recorded",
            Self::Diff => "diff",
            Self::AbsDiff => "absdiff",
        }
    }
}

/// Everything that can stand in front of a `:` or a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    Text(TextField),
    Outcome,
    Cause,
    Decision,
    Day,
    Amount(AmountField),
    Tokens,
}

impl Field {
    /// In the order in which they are listed and offered.
    pub const ALL: [Self; 16] = [
        Self::Outcome,
        Self::Cause,
        Self::Text(TextField::Model),
        Self::Text(TextField::User),
        Self::Text(TextField::Project),
        Self::Text(TextField::Action),
        Self::Text(TextField::Id),
        Self::Decision,
        Self::Text(TextField::Note),
        Self::Day,
        Self::Text(TextField::Badge),
        Self::Amount(AmountField::Billed),
        Self::Amount(AmountField::Recorded),
        Self::Amount(AmountField::Diff),
        Self::Amount(AmountField::AbsDiff),
        Self::Tokens,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Text(field) => field.name(),
            Self::Outcome => "outcome",
            Self::Cause => "cause",
            Self::Decision => "decision",
            Self::Day => "day",
            Self::Amount(field) => field.name(),
            Self::Tokens => "tokens",
        }
    }

    /// By its name or a second one, case aside.
    pub fn find(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name = match name.as_str() {
            "type" => "action",
            "difference" => "diff",
            other => other,
        };
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// Whether it is compared as a number.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Amount(_) | Self::Tokens)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compare {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

impl Compare {
    pub const ALL: [Self; 5] = [Self::Less, Self::AtMost, Self::Equal, Self::AtLeast, Self::More];

    pub const fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
            Self::AtLeast => ">=",
            Self::More => ">",
        }
    }

    pub fn holds<T: Ord>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Equal => left == right,
            Self::AtLeast => left >= right,
            Self::More => left > right,
        }
    }
}

/// What a row shows to a filter.
pub trait Fields {
    /// The text of a field; empty where the row has none.
    fn text(&self, field: TextField) -> Cow<'_, str>;

    /// The same text as a name of the table given to [`Filter::prepare`];
    /// `None` where it does not stand there. Answering this makes a filter
    /// over millions of rows a look-up.
    fn symbol(&self, field: TextField) -> Option<Sym> {
        let _ = field;
        None
    }

    fn outcome(&self) -> Outcome;
    fn cause(&self) -> Cause;
    /// The decision in force; `None` while the item is open.
    fn decision(&self) -> Option<Verdict>;
    fn amount(&self, field: AmountField) -> Option<Amount>;
    fn day(&self) -> Option<Day>;
    fn tokens(&self) -> Option<i64>;
}

/// Both ends are in; `None` is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    pub from: Option<Day>,
    pub to: Option<Day>,
}

impl Days {
    pub fn contains(self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// Values among a fixed set of words, with the set they stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub(super) patterns: Vec<Pattern>,
    /// A bit for each value of the field, by its place in its list.
    pub(super) set: u64,
}

/// What a term asks of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    Text {
        field: TextField,
        any: Vec<Pattern>,
    },
    Outcome(Choice),
    Cause(Choice),
    Decision(Choice),
    Day(Vec<Days>),
    Amount {
        field: AmountField,
        compare: Compare,
        value: Amount,
    },
    Tokens {
        compare: Compare,
        value: i64,
    },
    /// Looked for in all of [`TextField::FREE`].
    Free(Pattern),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Holds where the test does not.
    pub negated: bool,
    pub test: Test,
}

/// Terms that must all hold; without any, every row does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    pub(super) terms: Vec<Term>,
}

impl Filter {
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// This filter and one more term.
    #[must_use]
    pub fn and(mut self, term: Term) -> Self {
        self.terms.push(term);
        self
    }
}

impl Term {
    /// Rows whose field says exactly this, case aside; wildcards in `value`
    /// stand for themselves.
    pub fn is(field: TextField, value: &str) -> Self {
        Self { negated: false, test: Test::Text { field, any: vec![Pattern::literal(value)] } }
    }

    pub fn outcome(outcome: Outcome) -> Self {
        Self { negated: false, test: Test::Outcome(Choice::one(&outcome)) }
    }

    pub fn cause(cause: Cause) -> Self {
        Self { negated: false, test: Test::Cause(Choice::one(&cause)) }
    }

    /// `None` is open.
    pub fn decision(decision: Option<Verdict>) -> Self {
        Self { negated: false, test: Test::Decision(Choice::one(&decision)) }
    }
}

/// Filters that have a name, as text. They name no others.
pub type Saved = BTreeMap<String, String>;

/// Whether a filter can have this name: letters, digits, `-` and `_`.
pub fn is_filter_name(name: &str) -> bool {
    (1..=40).contains(&name.chars().count()) && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct FilterError {
    /// The character it is about, counted from 0; the length of the text for
    /// its end.
    pub at: usize,
    /// A sentence.
    pub what: String,
}

#[cfg(test)]
mod tests;
