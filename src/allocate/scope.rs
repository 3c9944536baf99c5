//! Whose cap it is: the subject that a rule counts by, the period, and what
//! earlier months used and drew of it.

use std::collections::BTreeMap;
use std::fmt;

use crate::amount::{Amount, Cents};
use crate::calendar::PeriodKey;

/// What a rule has one cap for in each period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Project,
    User,
    /// All projects of a PI together.
    Pi,
    /// One pool for everything the rule covers.
    Global,
}

impl Level {
    pub const ALL: [Self; 4] = [Self::Project, Self::User, Self::Pi, Self::Global];

    /// As `scope` has it in `subsidies.json`, and the book in its draws.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::User => "user",
            Self::Pi => "pi",
            Self::Global => "global",
        }
    }
}

/// One of those that a rule has a cap for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// By its id.
    Project(String),
    /// By the email or user id of the bill, in lower case.
    User(String),
    /// By email, in lower case.
    Pi(String),
    Global,
}

impl Subject {
    /// The subject of this level and name; [`Subject::name`] and
    /// [`Subject::level`] give them back.
    pub fn new(level: Level, name: &str) -> Self {
        match level {
            Level::Project => Self::Project(name.to_owned()),
            Level::User => Self::User(name.to_owned()),
            Level::Pi => Self::Pi(name.to_owned()),
            Level::Global => Self::Global,
        }
    }

    pub const fn level(&self) -> Level {
        match self {
            Self::Project(_) => Level::Project,
            Self::User(_) => Level::User,
            Self::Pi(_) => Level::Pi,
            Self::Global => Level::Global,
        }
    }

    /// Id or email; empty for the one pool.
    pub fn name(&self) -> &str {
        match self {
            Self::Project(name) | Self::User(name) | Self::Pi(name) => name,
            Self::Global => "",
        }
    }

    /// The id, where it is a project.
    pub fn project(&self) -> Option<&str> {
        match self {
            Self::Project(id) => Some(id),
            _ => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project(id) => f.pad(id),
            Self::User(name) => f.pad(&format!("user {name}")),
            Self::Pi(email) => f.pad(&format!("PI {email}")),
            Self::Global => f.pad("all projects"),
        }
    }
}

/// One rule, subject and period: what has a cap of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    pub rule: String,
    pub subject: Subject,
    pub period: PeriodKey,
}

/// What earlier months used and drew in a scope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Opening {
    /// The subject's charges under the rule, in cents as they were written.
    pub used: Cents,
    /// Likewise what the rule paid of them.
    pub subsidized: Cents,
    /// What of those charges reached the rule, past the rules before it:
    /// exact, since it says how far into its tiers the subject is.
    pub reached: Amount,
}

impl Opening {
    /// Where nothing is known but what a state file says: all that was used
    /// reached the rule.
    pub fn stated(used: Cents, subsidized: Cents) -> Self {
        Self { used, subsidized, reached: used.amount() }
    }

    pub fn plus(self, other: Self) -> Self {
        Self {
            used: self.used + other.used,
            subsidized: self.subsidized + other.subsidized,
            reached: self.reached.plus(other.reached),
        }
    }

    pub fn minus(self, other: Self) -> Self {
        Self {
            used: self.used - other.used,
            subsidized: self.subsidized - other.subsidized,
            reached: self.reached.minus(other.reached),
        }
    }
}

/// Openings by scope.
pub type Openings = BTreeMap<Scope, Opening>;
