//! `trueup why`: the causes of a month's difference, the most dollars first;
//! and adopting what one of them proposes, after showing what it would do.

mod shown;

use std::io::{IsTerminal, Write as _};

use super::args::{FileArgs, Format};
use super::progress::Progress;
use super::review::session_options;
use super::why_args::Why as Args;
use super::{Ended, Failure, output, password, table};
use crate::desk::{Change, Command, Desk, Refusal, Scope, Session, SessionOptions, text};
use crate::journal::Action;
use crate::review::Filter;

pub use shown::{FoundReport, ranked, reports};

pub fn run(args: &Args) -> Result<Ended, Failure> {
    let (_, desk) = load(&args.files, true)?;
    if let Some(command) = asked(args, &desk)? {
        return settle(args, &desk, &command);
    }
    let scope = scope(args, &desk)?;
    let why = desk.why(&scope);
    let bytes = match args.format {
        Format::Text => text::plain(&shown::page(&desk, &scope, &why)).into_bytes(),
        Format::Json => shown::json(&desk, args.filter.as_deref(), &why)?.into_bytes(),
        Format::Csv => table::csv(&[8, 9], &shown::HEADER.map(str::to_owned), &shown::rows(&desk, &why)),
    };
    output::to_stdout(&bytes)
}

fn load(files: &FileArgs, read_only: bool) -> Result<(Session, Desk), Failure> {
    let options = SessionOptions { read_only, ..session_options(files) };
    let session = Session::open(options)?.row_by_row(files.rows);
    session.unlock(&password::ask)?;
    let progress = Progress::new();
    let loaded = session.load(&|event| progress.tell(&event), &|| false);
    progress.done();
    let desk = loaded?;
    Ok((session, desk))
}

fn scope(args: &Args, desk: &Desk) -> Result<Scope, Failure> {
    let Some(filter) = &args.filter else { return Ok(Scope::Month) };
    Filter::parse(filter).map_err(|error| Failure(format!("--filter: {error}")))?;
    let query = crate::desk::ListQuery { filter: filter.clone(), ..crate::desk::ListQuery::default() };
    Ok(Scope::Items(desk.list(&query)))
}

/// What is to be done, where it is more than to look.
fn asked(args: &Args, desk: &Desk) -> Result<Option<Command>, Failure> {
    if let Some(number) = args.adopt {
        let why = desk.why(&Scope::Month);
        let finding = number.checked_sub(1).and_then(|at| why.findings.get(at)).ok_or_else(|| {
            Failure(format!("There is no finding {number}; trueup why lists {}.", why.findings.len()))
        })?;
        let proposal = finding.proposal.clone().ok_or_else(|| {
            Failure(format!("Finding {number} explains and proposes nothing to adopt: {}", finding.sentence))
        })?;
        return Ok(Some(Command::Adopt(proposal)));
    }
    if let Some(number) = args.drop {
        let assumptions = desk.assumptions();
        let assumption = number.checked_sub(1).and_then(|at| assumptions.get(at)).cloned().ok_or_else(|| {
            Failure(format!("Nothing is taken for granted under {number}; trueup why lists {}.", assumptions.len()))
        })?;
        return Ok(Some(Command::Drop(assumption)));
    }
    if args.undo {
        let last = desk.next_undo().ok_or_else(|| Failure("There is nothing to undo.".into()))?;
        if !matches!(last.action, Action::Assume { .. } | Action::EditFile { .. }) {
            return Err(Failure(format!(
                "What was done last is no adoption, and only a review takes it back: {}.",
                desk.entry_text(last).0
            )));
        }
        return Ok(Some(Command::Undo));
    }
    if args.yes || args.dry_run {
        return Err(Failure(
            "--yes and --dry-run go with --adopt, --drop or --undo; there is nothing to change.".into(),
        ));
    }
    Ok(None)
}

/// Shows what a command would do, asks, and does it.
fn settle(args: &Args, desk: &Desk, command: &Command) -> Result<Ended, Failure> {
    let change = plan(desk, command)?;
    let preview = text::plain(&shown::preview(&change));
    output::to_stdout(preview.as_bytes())?;
    if args.dry_run || !confirmed(args)? {
        return output::to_stdout(b"Nothing was changed.\n");
    }
    // Up to here the book was only looked at, and files that were named are
    // not in it yet.
    let (session, desk) = load(&args.files, false)?;
    let change = plan(&desk, command)?;
    if text::plain(&shown::preview(&change)) != preview {
        return Err(Failure(
            "Nothing was changed: with what the book holds besides, it would do something else than was shown. Look \
             again without naming files."
                .into(),
        ));
    }
    session.writer().commit(&desk, &change)?;
    output::to_stdout(b"Done; trueup why --undo takes it back.\n")
}

fn plan(desk: &Desk, command: &Command) -> Result<Change, Failure> {
    desk.plan(command).map_err(|Refusal(why)| Failure(why))
}

/// # Errors
/// Where nobody can be asked and `--yes` does not stand.
fn confirmed(args: &Args) -> Result<bool, Failure> {
    if args.yes {
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
