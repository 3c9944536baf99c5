//! Verdicts on their way back to the ledger they are about. A plan compares
//! what a row is to say with what it says; writing changes those rows, in one
//! transaction, that still say what the plan saw. The rows with what they said
//! before are kept by the caller, so that the same way leads back.

mod file;
mod plan;
mod postgres;
mod sqlite;
#[cfg(test)]
mod tests;

pub use file::{FilePlan, plan_file};

use serde::{Deserialize, Serialize};

use super::choose::Table;
use super::{Location, SourceError};
use crate::amount::{Amount, SCALE};
use crate::calendar::Instant;

/// The columns that are written: cents billed, when, and the status.
pub const COLUMNS: [&str; 3] = ["actual_cost_cents", "reconciled_at", "reconciliation_status"];

/// What a row of a ledger is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowMark {
    /// Its primary key as text or, in a table without one, its request id.
    pub key: String,
    /// Its line in its file, counted from 1.
    pub line: u32,
    /// What the comparison saw as its recorded cost, in dollars.
    pub recorded: Option<Amount>,
    pub status: &'static str,
    /// Billed for exactly this row, in cents; `None` writes the status only.
    pub cents: Option<Amount>,
}

/// How to write.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// What `reconciled_at` gets.
    pub now: Instant,
    /// Cents may be rounded to whole ones where the column holds no others.
    pub round: bool,
}

/// A value as a database holds it, exactly, so that it can be put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cell {
    Null,
    Integer(i64),
    /// A binary float by its shortest text.
    Real(String),
    Text(String),
    /// In hexadecimal.
    Blob(String),
}

impl Cell {
    /// As a reader of the table sees it; empty for nothing.
    pub fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Integer(number) => number.to_string(),
            Self::Real(text) | Self::Text(text) | Self::Blob(text) => text.clone(),
        }
    }

    /// The number in it; `None` where there is none.
    pub fn number(&self) -> Option<Amount> {
        Amount::parse_float(self.text()).ok()
    }
}

/// The three columns of a row, in the order of [`COLUMNS`].
pub type Three = [Cell; 3];

/// One row that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowChange {
    pub key: Cell,
    pub before: Three,
    pub after: Three,
    /// The recorded cost the verdict is about; the row is left alone when it
    /// is another by now. `None` asks nothing of it, as when undoing.
    #[serde(skip)]
    pub recorded: Option<Cell>,
}

impl RowChange {
    /// The way back.
    pub fn reversed(self) -> Self {
        Self { key: self.key, before: self.after, after: self.before, recorded: None }
    }
}

/// A row that is not written, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    pub key: String,
    pub why: &'static str,
}

pub(super) const CHANGED: &str = "changed since it was read";
const GONE: &str = "is no longer there";
const TWICE: &str = "its key stands more than once";
const KEYLESS: &str = "has no key to find it by";

/// What writing would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub rows: Vec<RowChange>,
    /// Rows that say already what they are to say.
    pub unchanged: u64,
    pub left_out: Vec<LeftOut>,
    /// Amounts that the column holds only rounded, and by how many cents they
    /// differ from what was billed, added up without their signs.
    pub rounded: u64,
    pub loss: Amount,
}

impl Plan {
    /// What the three columns are to say, from what they say. Without an
    /// amount of its own a row gets its status and nothing else, and what says
    /// the right thing already keeps its time.
    fn target(&mut self, mark: &RowMark, before: &Three, fits: Fits, how: &How) -> Three {
        let [actual, at, status] = before.clone();
        let status = if status.text() == mark.status { status } else { Cell::Text(mark.status.into()) };
        let Some(exact) = mark.cents else { return [actual, at, status] };
        let cents = fits.rounded(exact);
        if cents != exact {
            self.rounded += 1;
            self.loss = self.loss.plus(cents.minus(exact).abs());
        }
        if actual.number() == Some(cents) && at != Cell::Null {
            return [actual, at, status];
        }
        [Cell::Text(cents.to_string()), Cell::Text(how.now.to_string()), status]
    }
}

/// What the column of cents can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fits {
    Exactly,
    /// So many decimal places, as `numeric(12,4)` says.
    Places(u32),
    /// A binary float: so many digits come back as they went in.
    Digits(u32),
}

impl Fits {
    /// From a type as it was declared, such as `numeric(12,4)`.
    fn of(declared: &str) -> Self {
        let kind = declared.to_ascii_uppercase();
        if kind.contains("INT") {
            return Self::Places(0);
        }
        if ["CHAR", "CLOB", "TEXT", "BLOB"].iter().any(|text| kind.contains(text)) || kind.trim().is_empty() {
            return Self::Exactly;
        }
        let within = kind.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(within, _)| within);
        match within.map(|within| within.split_once(',').map_or("0", |(_, scale)| scale).trim().parse()) {
            Some(Ok(places)) => Self::Places(places),
            _ => Self::Digits(15),
        }
    }

    fn rounded(self, cents: Amount) -> Amount {
        match self {
            Self::Exactly => cents,
            Self::Places(places) => cents.rounded(places),
            Self::Digits(digits) => {
                let whole = cents.abs().floored(0).to_string().trim_start_matches('0').len() as u32;
                cents.rounded(digits.saturating_sub(whole).min(SCALE))
            }
        }
    }

    /// # Errors
    /// A sentence without its subject, where amounts would be cut to whole
    /// cents and nobody allowed it.
    fn allow(self, marks: &[RowMark], how: &How) -> Result<(), String> {
        let amounts = marks.iter().filter(|mark| mark.cents.is_some()).count();
        if self != Self::Places(0) || how.round || amounts == 0 {
            return Ok(());
        }
        Err(format!(
            "its column actual_cost_cents holds whole cents only, and {amounts} amounts would be written to it; make \
             it numeric(12,4), or allow rounding with --round, which says what is lost"
        ))
    }
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    pub rows: Vec<RowChange>,
    pub left_out: Vec<LeftOut>,
}

/// Compares the marks with what the rows of a table say. Changes nothing.
///
/// # Errors
/// No connection, no such table or columns, whole cents only, or a kind of
/// table that is not written to.
pub fn plan_table(location: &Location, marks: &[RowMark], how: &How) -> Result<Plan, SourceError> {
    match location {
        Location::Sqlite(at) => sqlite::plan(at, marks, how).map_err(|what| SourceError::new(location.shown(), what)),
        Location::Postgres(at) => postgres::plan(at, marks, how),
        _ => Err(not_written(location)),
    }
}

/// Changes the rows that still say what they said `before`, all in one
/// transaction. `tell` hears now and then how many of them it has come to.
/// `keep` is given what was written and must make it durable before it
/// returns; only then is the transaction ended.
///
/// # Errors
/// Those of the database or of `keep`: then nothing was written.
pub fn write_table(
    location: &Location,
    rows: Vec<RowChange>,
    tell: &dyn Fn(u64),
    keep: &mut dyn FnMut(&Written) -> Result<(), String>,
) -> Result<Written, SourceError> {
    match location {
        Location::Sqlite(at) => {
            sqlite::write(at, rows, tell, keep).map_err(|what| SourceError::new(location.shown(), what))
        }
        Location::Postgres(at) => postgres::write(at, rows, tell, keep),
        _ => Err(not_written(location)),
    }
}

/// Of rows that were to be written: how many say what they said before, and how
/// many what they were to say. Asks by writing in a transaction that is never
/// ended well, so nothing is changed.
///
/// # Errors
/// Those of the database.
pub fn standing(location: &Location, rows: &[RowChange]) -> Result<(u64, u64), SourceError> {
    let count = |rows: Vec<RowChange>| {
        let mut found = None;
        let looked = write_table(location, rows, &|_| {}, &mut |written| {
            found = Some(written.rows.len() as u64);
            Err("only looked".into())
        });
        match (found, looked) {
            (Some(rows), _) => Ok(rows),
            (None, Err(error)) => Err(error),
            (None, Ok(written)) => Ok(written.rows.len() as u64),
        }
    };
    let alone = |row: &RowChange| RowChange { recorded: None, ..row.clone() };
    let before = count(rows.iter().map(alone).collect())?;
    let after = count(rows.iter().map(alone).map(RowChange::reversed).collect())?;
    Ok((before, after))
}

/// Rows between two words on how far it has come.
const TELL_EVERY: u64 = 500;

/// Gives the rows with their number, telling how far it has come.
fn telling<'a>(rows: Vec<RowChange>, tell: &'a dyn Fn(u64)) -> impl Iterator<Item = RowChange> + 'a {
    (1..).zip(rows).map(|(number, row)| {
        if number % TELL_EVERY == 0 {
            tell(number);
        }
        row
    })
}

/// The columns that writing needs, as the table spells them: key, recorded
/// cost, and the three.
///
/// # Errors
/// A sentence without its subject, naming the column that is not there.
fn columns_of(table: &Table) -> Result<[String; 5], String> {
    let find = |name: &str| {
        let found = table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
        found.map(|column| column.name.clone()).ok_or_else(|| {
            format!("{} has no column {name}; a verdict needs id, {}", table.full_name(), COLUMNS.join(", "))
        })
    };
    let [actual, at, status] = COLUMNS;
    let key = find("id").or_else(|_| find("openai_request_id"))?;
    Ok([key, find("calculated_cost_cents")?, find(actual)?, find(at)?, find(status)?])
}

fn not_written(location: &Location) -> SourceError {
    SourceError::new(location.shown(), "is no table of a database")
}
