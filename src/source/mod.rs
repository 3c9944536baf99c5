//! Where lines come from beside single files: tables of SQLite and Postgres,
//! folders, and the provider itself ([`fetch`]).
//!
//! A table is read as if it were a CSV file: its rows of the month, only the
//! columns that are read, streamed as text into the readers of [`crate::read`].
//! So a table is recognised, checked and understood exactly as a file is, and
//! the SHA-256 of that text stands for what was read.

mod choose;
pub mod fetch;
mod location;
mod passfile;
mod postgres;
mod sqlite;
pub mod status;
mod stream;
pub mod write_back;

pub use location::{Location, PostgresLocation, SqliteLocation};

use std::path::{Path, PathBuf};

use crate::calendar::{Day, Month};
use crate::read::{self, ColumnMap, Content, Input, ReadError, SideRead, Terms, Watch};
use crate::usage::{Extra, Names, Side};

/// Why a table cannot be read. Never holds a password.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The location or what stands there: its text as it may be shown, and a
    /// sentence without its subject.
    #[error("{shown}: {what}")]
    Refused { shown: String, what: String },
    /// The server asks for a password and none is known.
    #[error(
        "{shown}: the server asks for a password; put it into PGPASSWORD or the password file (~/.pgpass), or \
         start this on a terminal, which asks for it before anything else"
    )]
    PasswordNeeded { shown: String },
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl SourceError {
    fn new(shown: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Refused { shown: shown.into(), what: what.into() }
    }
}

/// What is wanted of a table.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub side: Side,
    /// The name of a format or map that is forced.
    pub format: Option<&'a str>,
    pub maps: &'a [ColumnMap],
    /// Rows of this month, and of a day around it, since the two sides may
    /// disagree on when a call was; `None` for all rows.
    pub month: Option<Month>,
    /// What is kept beside the lines: columns that only it needs are read too.
    pub keep: &'a [Extra],
    /// The server may add rows of a day up, as [`crate::reconcile::needs_entries`]
    /// allows it, where it can.
    pub bundled: bool,
}

impl Wanted<'_> {
    /// First and last day of the rows.
    fn days(&self) -> Option<(Day, Day)> {
        self.month.map(|month| (month.first().plus_days(-1), month.last().plus_days(1)))
    }
}

/// Opens a table, so that it can be read like a file and together with files.
/// Rows arrive as they are asked for; what goes wrong on the way is an error
/// of the content, with a sentence.
///
/// `added` and `append` are those of [`Input`].
///
/// # Errors
/// Unreachable or refused by the server, no such table, or none that is known.
pub fn open_table(location: &Location, wanted: &Wanted, added: u32, append: bool) -> Result<Opened, SourceError> {
    let (rows, table) = match location {
        Location::Sqlite(location) => sqlite::open(location, wanted)?,
        Location::Postgres(location) => postgres::open(location, wanted)?,
        Location::File(path) | Location::Folder(path) => {
            return Err(SourceError::new(path.display().to_string(), "is no database; it is read as a file"));
        }
    };
    let input = Input {
        path: PathBuf::from(location.shown_table(&table.name)),
        side: wanted.side,
        // As the columns were understood when they were chosen.
        format: Some(table.format.to_owned()),
        append,
        added,
        bytes: 0,
        hash: true,
        content: Content::in_turn(rows),
    };
    Ok(Opened { input, one_by_one: table.one_by_one })
}

/// A table to be read.
pub struct Opened {
    pub input: Input,
    /// Why its rows come one by one although they might be added up: a
    /// sentence without its end.
    pub one_by_one: Option<String>,
}

/// Reads the rows of a table, as [`read::read`] reads files.
///
/// # Errors
/// Those of [`open_table`] and of reading.
pub fn read_table(
    location: &Location,
    wanted: &Wanted,
    names: &mut Names,
    watch: &dyn Watch,
) -> Result<SideRead, SourceError> {
    let Opened { input, .. } = open_table(location, wanted, 1, false)?;
    let terms = Terms { maps: wanted.maps, keep: wanted.keep, ..Terms::default() };
    Ok(read::read_on(vec![input], terms, names, watch)?)
}

/// A table as texts; blank where there is no value.
pub struct WholeTable {
    /// With its schema.
    pub name: String,
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Reads a small table of Postgres whole: the one the location names, or else
/// the `usual` one.
///
/// # Errors
/// Another kind of location, no connection, or no such table.
pub fn read_whole(location: &Location, usual: &str) -> Result<WholeTable, SourceError> {
    match location {
        Location::Postgres(at) => postgres::whole(at, usual),
        _ => Err(SourceError::new(location.shown(), "is no table of Postgres")),
    }
}

/// The columns of the table that is meant, also where they are no format that
/// is known; empty where no single table is meant.
///
/// # Errors
/// Unreachable or refused by the server.
pub fn columns_of(location: &Location) -> Result<Vec<String>, SourceError> {
    let (tables, asked) = match location {
        Location::Sqlite(location) => (sqlite::list(location)?, location.table.as_deref()),
        Location::Postgres(location) => (postgres::list(location)?, location.table.as_deref()),
        Location::File(_) | Location::Folder(_) => return Ok(Vec::new()),
    };
    let table = match (asked, tables.as_slice()) {
        (Some(asked), tables) => choose::named(tables, asked).ok(),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    Ok(table.map(|table| table.columns.iter().map(|column| column.name.clone()).collect()).unwrap_or_default())
}

/// Connects once, to learn whether a password has to be asked for.
///
/// # Errors
/// [`SourceError::PasswordNeeded`], or why there is no connection.
pub fn try_connect(location: &Location) -> Result<(), SourceError> {
    match location {
        Location::Postgres(location) => postgres::try_connect(location),
        Location::Sqlite(_) | Location::File(_) | Location::Folder(_) => Ok(()),
    }
}

/// The files of a folder that hold rows, with those of the folders in it, in
/// the order of their paths.
///
/// # Errors
/// When a folder cannot be read, or there is no such file in it.
pub fn files_in(folder: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let shown = |path: &Path| path.display().to_string();
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let cannot = |error: std::io::Error| SourceError::new(shown(&next), format!("cannot be read: {error}"));
        for entry in std::fs::read_dir(&next).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            // A link to a folder is not followed, so none leads in a circle.
            let kind = entry.file_type().map_err(cannot)?;
            let path = entry.path();
            if kind.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("jsonl")) {
                found.push(path);
            }
        }
    }
    if found.is_empty() {
        return Err(SourceError::new(
            shown(folder),
            "is a folder without a file that ends in .jsonl; name the files in it instead",
        ));
    }
    found.sort_unstable();
    Ok(found)
}

/// The table that was chosen.
struct Chosen {
    /// As it is shown: with its schema, where it has one.
    name: String,
    format: &'static str,
    one_by_one: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_folder_come_in_the_order_of_their_paths() {
        let dir = tempfile::tempdir().unwrap();
        let refused = files_in(dir.path()).unwrap_err().to_string();
        assert!(
            refused.ends_with("is a folder without a file that ends in .jsonl; name the files in it instead"),
            "{refused}"
        );
        std::fs::create_dir_all(dir.path().join("2026/07")).unwrap();
        for name in ["z.jsonl", "2026/07/b.jsonl", "2026/07/a.JSONL", "notes.txt"] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        let names: Vec<_> = files_in(dir.path())
            .unwrap()
            .iter()
            .map(|path| path.strip_prefix(dir.path()).unwrap().display().to_string())
            .collect();
        assert_eq!(names, ["2026/07/a.JSONL", "2026/07/b.jsonl", "z.jsonl"]);
    }
}
