//! `trueup apply`: the verdicts of a month into the ledgers it was read from,
//! after showing what will change, and out of them again.

use std::fmt::Write as _;

use super::args::Apply as Args;
use super::month::{loaded, of_book};
use super::settle::says_yes;
use super::{Ended, Failure, output, password, table};
use crate::desk::{Applied, ApplyOptions, ApplyPlan, LedgerPlan, Session, StatusCount, text};
use crate::journal::{Action, Entry};
use crate::review::LedgerStatus;
use crate::source::write_back::LeftOut;

/// Rows that are left out, listed one by one before the rest is counted.
const MOST: usize = 20;

pub fn run(args: &Args) -> Result<Ended, Failure> {
    let session = Session::open(of_book(&args.book, args.month, args.dry_run))?
        // A verdict is written to each row.
        .row_by_row(true);
    if args.revert {
        return revert(args, &session);
    }
    let desk = loaded(&session)?;
    let plan = session.plan_apply(&desk, &ApplyOptions { round: args.round, output: args.output.clone() })?;
    output::page(&preview(&plan))?;
    let left_out = plan.ledgers.iter().any(|ledger| !ledger.plan.left_out.is_empty());
    let rows = plan.rows();
    if rows == 0 || args.dry_run {
        output::to_stdout(if rows == 0 { b"Nothing changes.\n" } else { b"Nothing was written.\n" })?;
        return Ok(ended(left_out));
    }
    if !confirmed(args, &format!("Write {}?", text::counted(rows, "row")))? {
        return output::to_stdout(b"Nothing was written.\n");
    }
    let done = session.apply(plan)?;
    report(&done, "written to")?;
    Ok(ended(left_out || done.iter().any(|one| !one.left_out.is_empty())))
}

fn revert(args: &Args, session: &Session) -> Result<Ended, Failure> {
    let entries = session.revertible(args.month)?;
    if entries.is_empty() {
        return Err(Failure("Nothing was applied that is not reverted yet.".into()));
    }
    let mut shown = String::from("To be taken out again, where the rows still say what was written:\n");
    for entry in &entries {
        let _ = writeln!(shown, "  {}", applied(entry));
    }
    output::page(&shown)?;
    if args.dry_run || !confirmed(args, "Revert?")? {
        return output::to_stdout(b"Nothing was written.\n");
    }
    let done = entries.iter().map(|entry| session.revert(entry, &password::ask)).collect::<Result<Vec<_>, _>>()?;
    report(&done, "put back in")?;
    Ok(ended(done.iter().any(|one| !one.left_out.is_empty())))
}

fn applied(entry: &Entry) -> String {
    match &entry.action {
        Action::Apply { ledger, sha256, rows } if sha256.is_empty() => {
            format!("{ledger}: {}, written {}", text::counted(*rows, "row"), entry.at)
        }
        Action::Apply { ledger, .. } => format!("{ledger}: the whole file, written {}", entry.at),
        _ => String::new(),
    }
}

/// Rows left out are what somebody has to look at.
const fn ended(left_out: bool) -> Ended {
    if left_out { Ended::Unhealthy } else { Ended::Well }
}

/// # Errors
/// Where nobody can be asked and `--yes` does not stand.
fn confirmed(args: &Args, question: &str) -> Result<bool, Failure> {
    let nobody = "Nothing was written: there is no terminal to ask on. Write with --yes, or look with --dry-run.";
    Ok(args.yes || says_yes(question, nobody)?)
}

fn preview(plan: &ApplyPlan) -> String {
    let mut out = format!("Month {}\n", plan.month);
    for ledger in &plan.ledgers {
        one(&mut out, ledger);
    }
    for note in &plan.notes {
        let _ = writeln!(out, "Note: {note}");
    }
    text::plain(&out)
}

fn one(out: &mut String, ledger: &LedgerPlan) {
    let header = ["status", "entries", "recorded", "billed per request"].map(str::to_owned);
    let row = |(status, count): (&LedgerStatus, &StatusCount)| {
        let entries = text::count(i64::try_from(count.entries).unwrap_or(i64::MAX));
        vec![status.name().to_owned(), entries, text::money(count.recorded), text::money(count.billed)]
    };
    let rows: Vec<Vec<String>> = ledger.counts.iter().map(row).collect();
    let plan = &ledger.plan;
    let _ = writeln!(out, "\n{}\n{}", ledger.shown, table::columns(1, &header, &rows));
    let _ = writeln!(
        out,
        "{} to write, {} as they are to be.",
        text::counted(plan.rows.len() as u64, "row"),
        text::count(i64::try_from(plan.unchanged).unwrap_or(i64::MAX))
    );
    if plan.rounded > 0 {
        let _ = writeln!(
            out,
            "Rounded: {} to what the column holds, {} cents apart in all.",
            text::counted(plan.rounded, "amount"),
            plan.loss
        );
    }
    list(out, &plan.left_out);
}

fn list(out: &mut String, left_out: &[LeftOut]) {
    for row in left_out.iter().take(MOST) {
        let _ = writeln!(out, "Left out: {} {}.", row.key, row.why);
    }
    if left_out.len() > MOST {
        let _ = writeln!(out, "Left out: {} more.", left_out.len() - MOST);
    }
}

fn report(done: &[Applied], verb: &str) -> Result<(), Failure> {
    let mut out = String::new();
    for one in done {
        let _ = writeln!(out, "{} {verb} {}.", text::counted(one.rows, "row"), one.shown);
        list(&mut out, &one.left_out);
    }
    output::page(&out).map(drop)
}
