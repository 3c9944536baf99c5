//! `trueup corrections`: what came later for signed months, as rows of the
//! month at hand; accepting them, or taking them off.

use std::fmt::Write as _;

use serde::Serialize;

use super::close_args::Corrections as Args;
use super::settle::settle;
use super::shared_args::Format;
use super::{Ended, Failure, month, output, table};
use crate::desk::{Command, Desk, LateState, LateView, text};

/// Rows that are listed one by one before the rest is counted.
const MOST: usize = 50;

pub fn run(args: &Args) -> Result<Ended, Failure> {
    if let Some(of) = args.accept {
        return settle(&args.files, args.answer, &|_| Ok(Command::Correct { of }));
    }
    if let Some(of) = args.drop {
        return settle(&args.files, args.answer, &|_| Ok(Command::DropCorrections { of }));
    }
    if args.answer.yes || args.answer.dry_run {
        return Err(Failure("--yes and --dry-run go with --accept or --drop; there is nothing to change.".into()));
    }
    let (_, desk) = month::load(&args.files, true)?;
    let views = desk.corrections();
    match args.format {
        Format::Text => output::page(&page(&desk, &views)),
        Format::Csv => {
            let rows: Vec<Vec<String>> = views.iter().flat_map(rows).collect();
            output::to_stdout(&table::csv(&[3, 4], &HEADER.map(str::to_owned), &rows))
        }
        Format::Json => {
            let reports: Vec<Report> = views.iter().map(report).collect();
            output::to_stdout(output::json(&reports)?.as_bytes())
        }
    }
}

const HEADER: [&str; 6] = ["of", "state", "day", "resource_id", "fund_org", "billed"];

fn rows(view: &LateView) -> impl Iterator<Item = Vec<String>> {
    view.lines.iter().map(|(day, id, fund, cents)| {
        vec![
            view.of.to_string(),
            state(&view.state).to_owned(),
            day.to_string(),
            id.clone(),
            fund.clone(),
            cents.to_string(),
        ]
    })
}

fn state(state: &LateState) -> &'static str {
    match state {
        LateState::Proposed => "proposed",
        LateState::Accepted => "accepted",
        LateState::OutOfDate => "out of date",
        LateState::Unknown(_) => "unknown",
    }
}

fn page(desk: &Desk, views: &[LateView]) -> String {
    if views.is_empty() {
        return format!("Nothing came later that {} would have to correct.\n", desk.month());
    }
    let mut out = String::new();
    for view in views {
        let _ = writeln!(out, "{}", view.sentence());
        let payers: Vec<Vec<String>> = view
            .payers
            .iter()
            .map(|(fund, project, cents)| vec![fund.clone(), project.clone(), cents.to_string()])
            .collect();
        if payers.is_empty() {
            continue;
        }
        let _ = writeln!(out, "{}", table::columns(2, &["payer", "project", "billed"].map(str::to_owned), &payers));
        let lines: Vec<Vec<String>> = rows(view).take(MOST).map(|row| row.into_iter().skip(2).collect()).collect();
        let _ = writeln!(out, "{}", table::columns(3, &["day", "row", "payer", "billed"].map(str::to_owned), &lines));
        if view.lines.len() > MOST {
            let more = text::counted((view.lines.len() - MOST) as u64, "row");
            let _ = writeln!(out, "{more} more; --format csv has all.");
        }
    }
    out
}

#[derive(Serialize)]
struct Report {
    of: String,
    state: &'static str,
    /// Why nothing can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    rows: u64,
    total: String,
    payers: Vec<PayerReport>,
    lines: Vec<LineReport>,
}

#[derive(Serialize)]
struct PayerReport {
    fund_org: String,
    project: String,
    billed: String,
}

#[derive(Serialize)]
struct LineReport {
    day: String,
    resource_id: String,
    fund_org: String,
    billed: String,
}

fn report(view: &LateView) -> Report {
    let payer = |(fund_org, project, cents): &(String, String, crate::amount::Cents)| PayerReport {
        fund_org: fund_org.clone(),
        project: project.clone(),
        billed: cents.to_string(),
    };
    let line = |(day, id, fund_org, cents): &(crate::calendar::Day, String, String, crate::amount::Cents)| LineReport {
        day: day.to_string(),
        resource_id: id.clone(),
        fund_org: fund_org.clone(),
        billed: cents.to_string(),
    };
    Report {
        of: view.of.to_string(),
        state: state(&view.state),
        why: match &view.state {
            LateState::Unknown(why) => Some(why.clone()),
            _ => None,
        },
        rows: view.rows,
        total: view.total.to_string(),
        payers: view.payers.iter().map(payer).collect(),
        lines: view.lines.iter().map(line).collect(),
    }
}
