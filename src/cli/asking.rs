//! A command of the desk from the command line: shown, asked for, done.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};

use super::progress::Progress;
use super::{Failure, output, password};
use crate::desk::{Change, Command, Desk, Refusal, Session, SessionOptions, text};
use crate::journal::Entry;

/// Opens a book and loads its month, with the progress on standard error.
pub fn load(options: SessionOptions, rows: bool) -> Result<(Session, Desk), Failure> {
    let session = Session::open(options)?.row_by_row(rows);
    session.unlock(&password::ask)?;
    let progress = Progress::new();
    let loaded = session.load(&|event| progress.tell(&event), &|| false);
    progress.done();
    Ok((session, loaded?))
}

/// Whether a command is asked about, and what happens without an answer.
#[derive(Clone, Copy)]
pub struct Asking {
    pub dry_run: bool,
    pub yes: bool,
}

/// Shows what a command would do, asks, and does it; `None` where it was left
/// at the look.
pub fn carry_out(
    session: &Session,
    desk: &Desk,
    command: &Command,
    asking: Asking,
) -> Result<Option<Vec<Entry>>, Failure> {
    let change = desk.plan(command).map_err(|Refusal(why)| Failure(why))?;
    output::to_stdout(text::plain(&preview(&change)).as_bytes())?;
    if asking.dry_run || !confirmed(asking)? {
        output::to_stdout(b"Nothing was changed.\n")?;
        return Ok(None);
    }
    Ok(Some(session.writer().commit(desk, &change)?))
}

fn preview(change: &Change) -> String {
    let mut out = format!("{}\n", change.preview.title);
    for remark in &change.preview.remarks {
        let _ = writeln!(out, "  {remark}");
    }
    out
}

/// # Errors
/// Where nobody can be asked and `--yes` does not stand.
fn confirmed(asking: Asking) -> Result<bool, Failure> {
    if asking.yes {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Failure(
            "Nothing was changed: there is no terminal to ask on. Do it with --yes, or look with --dry-run.".into(),
        ));
    }
    eprint!("Do it? [y/n] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
