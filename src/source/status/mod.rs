//! What a ledger says of itself: how many of its entries are reconciled, what
//! they were recorded at and what they cost, and the newest discrepancies. The
//! live table is asked; nothing is compared and nothing is written.

mod file;
mod postgres;
mod sqlite;
mod tally;

use std::io::Read;
use std::path::Path;

use super::choose::Table;
use super::write_back::COLUMNS;
use super::{Location, SourceError, Wanted};
use crate::amount::Amount;
use crate::calendar::Day;
use crate::read::{ColumnMap, KnownTable, Role};
use crate::usage::Side;

/// What is asked of a ledger.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The name of a format or map that is forced.
    pub format: Option<&'a str>,
    pub maps: &'a [ColumnMap],
    /// First and last UTC day of the calls, both included; `None` for all.
    pub days: Option<(Day, Day)>,
    /// Discrepancies that are listed.
    pub latest: usize,
}

impl Asked<'_> {
    fn wanted(&self) -> Wanted<'_> {
        Wanted { side: Side::Ledger, format: self.format, maps: self.maps, month: None, keep: &[], bundled: false }
    }
}

/// The entries of one status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusSum {
    /// As the column has it, in lower case; empty where it has nothing.
    pub status: String,
    pub entries: u64,
    /// In dollars, of the entries that have a cost.
    pub recorded: Amount,
    /// What was billed for them, in dollars, and for how many of them.
    pub actual: Amount,
    pub settled: u64,
}

/// An entry whose status is `discrepancy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discrepancy {
    pub key: String,
    pub model: String,
    /// When it was reconciled or, where that is not said, made; as it stands
    /// there.
    pub at: String,
    /// In dollars.
    pub recorded: Option<Amount>,
    pub actual: Option<Amount>,
}

impl Discrepancy {
    /// Actual minus recorded, where both are known.
    pub fn difference(&self) -> Option<Amount> {
        Some(self.actual?.minus(self.recorded?))
    }
}

/// What a ledger says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The ledger, without a password.
    pub shown: String,
    /// By status.
    pub statuses: Vec<StatusSum>,
    /// The newest first.
    pub latest: Vec<Discrepancy>,
    /// Entries whose time or amounts cannot be read; they are counted nowhere
    /// else.
    pub unreadable: u64,
}

/// Asks a table.
///
/// # Errors
/// No connection, no such table, or one that has no place for a verdict.
pub fn status(location: &Location, asked: &Asked) -> Result<Standing, SourceError> {
    let refuse = |what: String| SourceError::new(location.shown(), what);
    let standing = match location {
        Location::Sqlite(at) => sqlite::status(at, asked).map_err(refuse)?,
        Location::Postgres(at) => postgres::status(at, asked)?,
        Location::File(path) => {
            let file = std::fs::File::open(path).map_err(|error| refuse(format!("cannot be opened: {error}")))?;
            return status_of_file(path, file, asked);
        }
        Location::Folder(_) => return Err(refuse("is a folder of sessions, which have no place for a verdict".into())),
    };
    Ok(Standing { shown: location.shown_table(&standing.shown), ..standing })
}

/// Asks a file; `content` is what stands in it.
///
/// # Errors
/// A file that cannot be read, is no ledger, or has no place for a verdict.
pub fn status_of_file(path: &Path, content: impl Read, asked: &Asked) -> Result<Standing, SourceError> {
    let shown = path.display().to_string();
    file::status(content, asked)
        .map(|standing| Standing { shown: shown.clone(), ..standing })
        .map_err(|what| SourceError::new(shown.clone(), what))
}

/// The status of entries that are listed.
const DISCREPANCY: &str = "discrepancy";

/// The unit of a ledger's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Dollars,
    /// Hundredths, as `actual_cost_cents` always has them.
    Cents,
    /// Dollars in a binary float.
    Spend,
}

/// The columns that are asked for, as the table spells them.
struct Columns {
    status: String,
    recorded: Option<(String, Unit)>,
    actual: Option<(String, Unit)>,
    reconciled: Option<String>,
    time: String,
    call: Option<String>,
    key: Option<String>,
    model: Option<String>,
}

impl Columns {
    /// # Errors
    /// A sentence without its subject: it keeps no verdicts.
    fn find<'n>(all: impl Iterator<Item = &'n str> + Clone, known: &KnownTable, asked: &Asked) -> Result<Self, String> {
        let named = |name: &str| all.clone().find(|column| column.trim().eq_ignore_ascii_case(name)).map(str::to_owned);
        let of = |role: Role| {
            known.roles.iter().position(|known| *known == role).and_then(|at| known.columns.get(at)).cloned()
        };
        let money = [(Role::Cents, Unit::Cents), (Role::Dollars, Unit::Dollars), (Role::Spend, Unit::Spend)];
        let recorded = money.into_iter().find_map(|(role, unit)| Some((of(role)?, unit)));
        let [actual, reconciled, status] = COLUMNS;
        // The names that a map gives, and else the usual ones.
        let map = asked.maps.iter().find(|map| map.name() == known.format).map(ColumnMap::verdict);
        let given = |at: usize| map.and_then(|verdict| verdict.get(at).cloned().flatten());
        let unit = recorded.as_ref().map_or(Unit::Cents, |(_, unit)| *unit);
        let actual = match given(1) {
            Some(name) => named(&name).map(|name| (name, unit)),
            None => named(actual).map(|name| (name, Unit::Cents)),
        };
        let status = given(0).unwrap_or_else(|| status.to_owned());
        let Some(status) = named(&status) else {
            return Err(format!(
                "is read as {} and has no column {status}, so it says nothing of what is reconciled; trueup reconcile \
                 compares it with the bill",
                known.format
            ));
        };
        Ok(Self {
            status,
            recorded,
            actual,
            reconciled: named(&given(2).unwrap_or_else(|| reconciled.to_owned())),
            time: known.time.clone(),
            call: of(Role::CallTime),
            key: of(Role::Key).or_else(|| of(Role::Id)).or_else(|| of(Role::ProxyId)),
            model: of(Role::Model),
        })
    }

    fn of_table(table: &Table, known: &KnownTable, asked: &Asked) -> Result<Self, String> {
        let names = table.columns.iter().map(|column| column.name.as_str());
        Self::find(names, known, asked).map_err(|what| format!("{} {what}", table.full_name()))
    }

    /// In the order of a [`tally::Row`]; `None` for what is not there.
    fn in_order(&self) -> [Option<&str>; 8] {
        [
            Some(self.status.as_str()),
            self.recorded.as_ref().map(|(name, _)| name.as_str()),
            self.actual.as_ref().map(|(name, _)| name.as_str()),
            self.reconciled.as_deref(),
            Some(self.time.as_str()),
            self.call.as_deref(),
            self.key.as_deref(),
            self.model.as_deref(),
        ]
    }

    /// Of what was recorded, and of what was billed.
    fn units(&self) -> [Unit; 2] {
        let unit = |column: &Option<(String, Unit)>| column.as_ref().map_or(Unit::Cents, |(_, unit)| *unit);
        [unit(&self.recorded), unit(&self.actual)]
    }
}
