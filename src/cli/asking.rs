//! A command that is shown, asked for and done on a book that stays open, for
//! commands that tell what they made.

use std::path::Path;

use super::progress::Progress;
use super::settle::{confirmed, shown};
use super::shared_args::Answer;
use super::{Failure, output, password};
use crate::calendar::Month;
use crate::desk::{Command, Desk, Refusal, Session, SessionOptions};
use crate::journal::Entry;

/// A book with what is in it, no file named.
pub fn of_book(book: &Path, month: Option<Month>, read_only: bool) -> SessionOptions {
    SessionOptions { dir: book.into(), inputs: Vec::new(), month, read_only, no_copy: false }
}

/// Opens a book and loads its month as [`loaded`] does.
pub fn load(options: SessionOptions, rows: bool) -> Result<(Session, Desk), Failure> {
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

/// Shows what a command would do, asks, and does it; `None` where it was left
/// at the look.
///
/// # Errors
/// What refuses the command, what keeps the book from being written, and where
/// nobody can be asked.
pub fn carry_out(
    session: &Session,
    desk: &Desk,
    command: &Command,
    answer: Answer,
) -> Result<Option<Vec<Entry>>, Failure> {
    let change = desk.plan(command).map_err(|Refusal(why)| Failure(why))?;
    output::to_stdout(shown(&change).as_bytes())?;
    if answer.dry_run || !confirmed(answer)? {
        output::to_stdout(b"Nothing was changed.\n")?;
        return Ok(None);
    }
    Ok(Some(session.writer().commit(desk, &change)?))
}
