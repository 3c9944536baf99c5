//! A command that is shown, asked for and done on a book that stays open, for
//! commands that tell what they made.

use super::settle::{confirmed, shown};
use super::shared_args::Answer;
use super::{Failure, output};
use crate::desk::{Command, Desk, Refusal, Session};
use crate::journal::Entry;

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
    output::page(&shown(&change))?;
    if answer.dry_run || !confirmed(answer)? {
        output::to_stdout(b"Nothing was changed.\n")?;
        return Ok(None);
    }
    Ok(Some(session.writer().commit(desk, &change)?))
}
