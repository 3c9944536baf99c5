//! The databases a month is read from beside its files. Nothing of them is
//! copied: the journal says which were read, without a password, and the
//! SHA-256 of what they gave, and a book that is opened again asks them again.

use std::path::Path;

use super::{InputSpec, Inputs, Session, SessionOptions};
use crate::book::{Book, now};
use crate::calendar::Month;
use crate::journal::{Action, Entry, Said};
use crate::read::{ColumnMap, Input, SideRead};
use crate::source::{self, Location, SourceError, Wanted};
use crate::usage::{Extra, Side};

/// A database that was named, or that the book knows.
#[derive(Debug, Clone)]
pub(super) struct Table {
    side: Side,
    location: Location,
    format: Option<String>,
    append: bool,
}

/// What was named on the command line: files, those of folders among them,
/// and tables.
///
/// # Errors
/// A sentence: a URL that cannot be used, or a folder without files.
pub(super) fn sorted_out(options: &mut SessionOptions) -> Result<Vec<Table>, String> {
    let mut tables: Vec<Table> = Vec::new();
    for spec in std::mem::take(&mut options.inputs) {
        match Location::parse(&spec.path).map_err(sentence)? {
            Location::File(_) => options.inputs.push(spec),
            Location::Folder(path) => {
                let files = source::files_in(&path).map_err(sentence)?;
                options.inputs.extend(files.into_iter().map(|path| InputSpec { path, ..spec.clone() }));
            }
            // A table that is named twice is one, as a file is.
            location if tables.iter().any(|t| t.side == spec.side && t.location.shown() == location.shown()) => {}
            location => tables.push(Table { side: spec.side, location, format: spec.format, append: spec.append }),
        }
    }
    Ok(tables)
}

/// Adds the tables that a side was read from last, unless others were named
/// for it now. What was once said of how to read a table holds until something
/// else is said of it, as with a file.
///
/// # Errors
/// A sentence, when the journal cannot be read.
pub(super) fn remember(book: &Book, tables: &mut Vec<Table>) -> Result<(), String> {
    let entries = book.entries().map_err(|error| error.to_string())?;
    for side in [Side::Bill, Side::Ledger] {
        let known: Vec<Imported> = imports(&entries, side).collect();
        let named = tables.iter().any(|table| table.side == side);
        if let (Some(last), false) = (known.last(), named) {
            for (name, _) in last.files {
                let location = Location::parse(Path::new(name)).map_err(sentence)?;
                tables.push(Table { side, location, format: None, append: false });
            }
        }
        for table in tables.iter_mut().filter(|table| table.side == side) {
            let said = known.iter().rev().find_map(|import| import.said_of(&table.location.shown()));
            if let Some(said) = said {
                table.format = table.format.take().or(said.format);
                table.append |= said.append;
            }
        }
    }
    Ok(())
}

/// An import of tables, as the journal has it.
struct Imported<'a> {
    month: Option<Month>,
    files: &'a [(String, String)],
    said: &'a [Said],
}

impl Imported<'_> {
    /// What was said of a table; `None` where it is not among these.
    fn said_of(&self, name: &str) -> Option<Said> {
        let at = self.files.iter().position(|(file, _)| file == name)?;
        Some(self.said.get(at).cloned().unwrap_or_default())
    }
}

/// The imports of tables of a side, oldest first.
fn imports(entries: &[Entry], side: Side) -> impl Iterator<Item = Imported<'_>> {
    entries.iter().filter_map(move |entry| match &entry.action {
        Action::Import { side: of, files, said }
            if *of == side.name() && files.iter().any(|(name, _)| Location::is_url(Path::new(name))) =>
        {
            Some(Imported { month: entry.month, files, said })
        }
        _ => None,
    })
}

/// Opens the tables of a side, to be read behind its files.
///
/// # Errors
/// A sentence: no connection, no such table, or no month to read.
pub(super) fn open(
    tables: &[Table],
    side: Side,
    month: Option<Month>,
    (maps, keep): (&[ColumnMap], &[Extra]),
    files: &[Input],
) -> Result<Vec<Input>, String> {
    let of_side = tables.iter().filter(|table| table.side == side);
    // What a table says now is later than what any file said.
    let latest = files.iter().map(|file| file.added).max().unwrap_or(0);
    of_side
        .zip(latest.saturating_add(1)..)
        .map(|(table, added)| {
            let Some(month) = month else {
                return Err(format!(
                    "Of {} only the rows of one month are read; say which with --month 2026-01.",
                    table.location.shown()
                ));
            };
            let wanted = Wanted { side, format: table.format.as_deref(), maps, month: Some(month), keep };
            source::open_table(&table.location, &wanted, added, table.append).map_err(sentence)
        })
        .collect()
}

/// Journals what the tables gave, unless the journal's last word on them in
/// this month is the same.
///
/// # Errors
/// A sentence; then nothing was journaled.
pub(super) fn journal(book: &mut Book, tables: &[Table], month: Month, inputs: &Inputs) -> Result<(), String> {
    let entries = book.entries().map_err(|error| error.to_string())?;
    for (side, read) in [(Side::Bill, &inputs.bill), (Side::Ledger, &inputs.ledger)] {
        let read = digests(tables, side, read);
        let said = said(tables, side);
        let known = imports(&entries, side).filter(|import| import.month == Some(month)).last();
        if read.is_empty() || known.is_some_and(|known| known.files == read && known.said == said) {
            continue;
        }
        let action = Action::Import { side: side.name().into(), files: read, said };
        book.append(Some(month), vec![action], now()).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Each table of a side with the SHA-256 of what it gave: they were read
/// behind all files, in their order.
fn digests(tables: &[Table], side: Side, read: &SideRead) -> Vec<(String, String)> {
    let tables: Vec<&Table> = tables.iter().filter(|table| table.side == side).collect();
    let files = read.lines.files();
    let of_tables = files.get(files.len().saturating_sub(tables.len())..).unwrap_or_default();
    tables.iter().zip(of_tables).map(|(table, file)| (table.location.shown(), file.sha256.clone())).collect()
}

/// What was said of each table of a side; empty where nothing was.
fn said(tables: &[Table], side: Side) -> Vec<Said> {
    let of_side = tables.iter().filter(|table| table.side == side);
    let said: Vec<Said> = of_side.map(|table| Said { format: table.format.clone(), append: table.append }).collect();
    if said.iter().all(|said| *said == Said::default()) { Vec::new() } else { said }
}

impl Session {
    /// The tables of the ledger: its lines came from them behind all files, in
    /// this order.
    pub(super) fn ledger_tables(&self) -> Vec<Location> {
        self.tables().iter().filter(|table| table.side == Side::Ledger).map(|table| table.location.clone()).collect()
    }

    /// Connects to each server once, and where it wants a password that
    /// nothing knows, asks for it with `ask`, which is given the location and
    /// gives `None` when it cannot ask. For a face to call before it takes
    /// over the terminal.
    ///
    /// # Errors
    /// A sentence: no connection, or no password.
    pub fn unlock(&self, ask: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
        for table in self.tables().iter_mut() {
            unlock(&mut table.location, ask)?;
        }
        Ok(())
    }
}

/// As [`Session::unlock`], for one location.
pub(crate) fn unlock(location: &mut Location, ask: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
    match source::try_connect(location) {
        Ok(()) => Ok(()),
        Err(error @ SourceError::PasswordNeeded { .. }) => match ask(&location.shown()) {
            Some(password) => {
                location.set_password(&password);
                Ok(())
            }
            None => Err(sentence(error)),
        },
        Err(error) => Err(sentence(error)),
    }
}

fn sentence(error: SourceError) -> String {
    error.to_string()
}
