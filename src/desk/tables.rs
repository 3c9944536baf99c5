//! The databases a month is read from beside its files. The journal says which
//! were read, without a password, and the SHA-256 of what they gave; a book
//! that is opened again asks them again. The rows themselves are kept until the
//! next reading, and with every version that is signed on them.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::{InputSpec, Inputs, Session, SessionOptions, text};
use crate::book::{Access, Book, now};
use crate::calendar::Month;
use crate::journal::{Action, Entry, Said};
use crate::read::{ColumnMap, Input, SideRead};
use crate::reconcile::{self, Finest};
use crate::source::{self, Location, Opened, SourceError, Wanted};
use crate::usage::{Extra, Lines, Side};

/// A database that was named, or that the book knows.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) side: Side,
    pub(super) location: Location,
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
        match Location::parse(&spec.path).map_err(sentence)?.absolute() {
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

/// A ledger to be asked by itself.
pub(crate) enum Kept {
    /// Where it lives, and how it is read where that was said.
    Named(Location, Option<String>),
    /// The book's own copy.
    File { path: PathBuf, format: Option<String>, content: File },
}

/// The ledgers of a book: its files, and the tables it was read from last.
///
/// # Errors
/// A sentence: no book, or a file of it that is gone.
pub(crate) fn ledgers_of(dir: &Path) -> Result<Vec<Kept>, String> {
    let book = Book::open(dir, Access::Read).map_err(|error| error.to_string())?;
    let mut kept = Vec::new();
    for record in book.inputs(Side::Ledger).map_err(|error| error.to_string())? {
        let content = book.open_input(&record).map_err(|error| error.to_string())?;
        kept.push(Kept::File { path: record.path, format: record.format, content });
    }
    let mut tables = Vec::new();
    remember(&book, &mut tables)?;
    let of_ledger = tables.into_iter().filter(|table| table.side == Side::Ledger);
    kept.extend(of_ledger.map(|table| Kept::Named(table.location, table.format)));
    Ok(kept)
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

/// Which rows of tables are read, and how.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub month: Option<Month>,
    pub maps: &'a [ColumnMap],
    pub keep: &'a [Extra],
    /// The server may add them up, see [`Wanted::bundled`].
    pub bundled: bool,
}

/// Opens the tables of a side, to be read behind its files.
///
/// # Errors
/// A sentence: no connection, no such table, or no month to read.
pub(super) fn open(tables: &[Table], side: Side, rows: Rows, files: &[Input]) -> Result<Vec<Opened>, String> {
    let Rows { month, maps, keep, bundled } = rows;
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
            let wanted = Wanted { side, format: table.format.as_deref(), maps, month: Some(month), keep, bundled };
            source::open_table(&table.location, &wanted, added, table.append).map_err(sentence)
        })
        .collect()
}

/// Whether the server may add the rows of the ledger up: it is the ledger's
/// only source, and nothing asks for them one by one. A file beside it may hold
/// the same rows, which a sum would hide.
pub(super) fn may_be_bundled(tables: &[Table], files: &[Input], bill: &Lines, finest: Finest) -> bool {
    let of_ledger = tables.iter().filter(|table| table.side == Side::Ledger).count();
    files.is_empty() && of_ledger == 1 && !reconcile::needs_entries(bill, finest)
}

/// What there is to know about a ledger whose rows were added up, or could have
/// been.
pub(super) fn notices(ledger: &Lines, one_by_one: &[String]) -> Vec<String> {
    let mut notices: Vec<String> =
        one_by_one.iter().map(|why| format!("{why}. Its rows were read one by one, which gives the same.")).collect();
    if ledger.has_bundles() {
        let (mut bundles, mut within, mut alone) = (0, 0, 0);
        for row in 0..ledger.len() as u32 {
            match ledger.bundle(row) {
                Some(bundle) => (bundles, within) = (bundles + 1, within + u64::from(bundle.entries)),
                None => alone += 1,
            }
        }
        let rest = match alone {
            0 => String::new(),
            1 => "; 1 that stands for itself came as it is".to_owned(),
            n => format!("; {} that stand for themselves came as they are", text::counted(n, "row")),
        };
        notices.push(format!(
            "The bill is compared by the day, so the server added {} up to {}{rest}. To see each row, open the month \
             with --rows.",
            text::counted(within, "ledger row"),
            text::counted(bundles, "bundle")
        ));
    }
    notices
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
