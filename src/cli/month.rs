//! A month as a command names it: the book and the files on its command line,
//! opened, with its ledger's password asked for, and loaded.

use std::path::{Path, PathBuf};

use super::progress::Progress;
use super::shared_args::FileArgs;
use super::{Failure, password};
use crate::calendar::Month;
use crate::desk::{Desk, InputSpec, Session, SessionOptions};
use crate::usage::Side;

/// What a command with files of its own names: a book, files and a month.
pub fn options(files: &FileArgs) -> SessionOptions {
    let spec = |paths: &[PathBuf], side: Side, format: &Option<String>| {
        paths
            .iter()
            .map(|path| InputSpec { path: path.clone(), side, format: format.clone(), append: files.append })
            .collect::<Vec<_>>()
    };
    let mut inputs = spec(&files.bill, Side::Bill, &files.bill_format);
    inputs.extend(spec(&files.ledger, Side::Ledger, &files.ledger_format));
    SessionOptions { dir: files.book.clone(), inputs, month: files.month, read_only: false, no_copy: false }
}

/// A book with what is in it, no file named.
pub fn of_book(book: &Path, month: Option<Month>, read_only: bool) -> SessionOptions {
    SessionOptions { dir: book.into(), inputs: Vec::new(), month, read_only, no_copy: false }
}

/// Opens a book with the files that a command names, and loads its month.
pub fn load(files: &FileArgs, read_only: bool) -> Result<(Session, Desk), Failure> {
    open(SessionOptions { read_only, ..options(files) }, files.rows)
}

/// Opens a book and loads its month as [`loaded`] does.
pub fn open(options: SessionOptions, rows: bool) -> Result<(Session, Desk), Failure> {
    let session = Session::open(options)?.row_by_row(rows);
    let desk = loaded(&session)?;
    Ok((session, desk))
}

/// Loads the month of an open book, with the password of its ledger asked for
/// and the progress on standard error.
pub fn loaded(session: &Session) -> Result<Desk, Failure> {
    session.unlock(&password::ask)?;
    let progress = Progress::new();
    let loaded = session.load(&|event| progress.tell(&event), &|| false);
    progress.done();
    Ok(loaded?)
}
