//! `trueup why`: the causes of a month's difference, the most dollars first;
//! and adopting what one of them proposes, after showing what it would do.

mod shown;

use super::settle::settle;
use super::shared_args::Format;
use super::why_args::Why as Args;
use super::{Ended, Failure, month, output, table};
use crate::desk::{Command, Desk, Scope};
use crate::journal::Action;

pub use shown::{FoundReport, ranked, reports};

pub fn run(args: &Args) -> Result<Ended, Failure> {
    if args.adopt.is_some() || args.drop.is_some() || args.undo {
        return settle(&args.files, args.answer, &|desk| asked(args, desk));
    }
    if args.answer.yes || args.answer.dry_run {
        return Err(Failure(
            "--yes and --dry-run go with --adopt, --drop or --undo; there is nothing to change.".into(),
        ));
    }
    let (_, desk) = month::load(&args.files, true)?;
    let scope = scope(args, &desk)?;
    let why = desk.why(&scope);
    let bytes = match args.format {
        Format::Text => output::shown(&shown::page(&desk, &scope, &why)).into_bytes(),
        Format::Json => shown::json(&desk, args.filter.as_deref(), &why)?.into_bytes(),
        Format::Csv => table::csv(&[8, 9], &shown::HEADER.map(str::to_owned), &shown::rows(&desk, &why)),
    };
    output::to_stdout(&bytes)
}

fn scope(args: &Args, desk: &Desk) -> Result<Scope, Failure> {
    let Some(filter) = &args.filter else { return Ok(Scope::Month) };
    desk.filter(filter).map_err(|error| Failure(format!("--filter: {error}")))?;
    let query = crate::desk::ListQuery { filter: filter.clone(), ..crate::desk::ListQuery::default() };
    Ok(Scope::Items(desk.list(&query)))
}

/// What is to be done.
fn asked(args: &Args, desk: &Desk) -> Result<Command, Failure> {
    if let Some(number) = args.adopt {
        let why = desk.why(&Scope::Month);
        let finding = number.checked_sub(1).and_then(|at| why.findings.get(at)).ok_or_else(|| {
            Failure(format!("There is no finding {number}; trueup why lists {}.", why.findings.len()))
        })?;
        let proposal = finding.proposal.clone().ok_or_else(|| {
            Failure(format!("Finding {number} explains and proposes nothing to adopt: {}", finding.sentence))
        })?;
        return Ok(Command::Adopt(proposal));
    }
    if let Some(number) = args.drop {
        let assumptions = desk.assumptions();
        let assumption = number.checked_sub(1).and_then(|at| assumptions.get(at)).cloned().ok_or_else(|| {
            Failure(format!("Nothing is taken for granted under {number}; trueup why lists {}.", assumptions.len()))
        })?;
        return Ok(Command::Drop(assumption));
    }
    let last = desk.next_undo().ok_or_else(|| Failure("There is nothing to undo.".into()))?;
    if !matches!(last.action, Action::Assume { .. } | Action::EditFile { .. }) {
        return Err(Failure(format!(
            "What was done last is no adoption, and only a review takes it back: {}.",
            desk.entry_text(last).0
        )));
    }
    Ok(Command::Undo)
}
