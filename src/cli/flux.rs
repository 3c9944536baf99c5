//! `trueup flux`: payers and projects against the month before, and why they
//! changed.

use serde::Serialize;

use super::paper_args::Flux as Args;
use super::settle::settle;
use super::shared_args::Format;
use super::{Ended, Failure, month, output, table};
use crate::amount::Amount;
use crate::close::FluxLine;
use crate::desk::{Command, Desk, FluxView, text};
use crate::journal::{Entered, FluxOf};

pub fn run(args: &Args) -> Result<Ended, Failure> {
    let note = match (&args.note_payer, &args.note_project) {
        (Some(note), _) => Some((FluxOf::Payer, note)),
        (None, Some(note)) => Some((FluxOf::Project, note)),
        (None, None) => None,
    };
    if let Some((of, note)) = note {
        let entered = Entered::FluxNote { of, name: note.name.clone(), text: note.value.clone() };
        let removed = note.value.is_empty();
        return settle(&args.files, args.answer, &|_| Ok(Command::Enter { entered: entered.clone(), removed }));
    }
    let (_, desk) = month::load(&args.files, true)?;
    let flux = desk.flux();
    let lines = flux.lines.as_ref().map_err(|why| Failure(why.clone()))?;
    let rows: Vec<Vec<String>> = lines.iter().map(cells).collect();
    let header = HEADER.map(str::to_owned);
    match args.format {
        Format::Text => output::page(&page(&desk, &flux, lines, &header, &rows)),
        Format::Csv => output::to_stdout(&table::csv(&[1, 7], &header, &rows)),
        Format::Json => {
            let reports: Vec<Report> = lines.iter().map(report).collect();
            output::to_stdout(output::json(&reports)?.as_bytes())
        }
    }
}

const HEADER: [&str; 8] = ["of", "name", "before", "now", "change", "share", "note asked", "note"];

fn cells(line: &FluxLine) -> Vec<String> {
    vec![
        line.of.name().to_owned(),
        line.name.clone(),
        line.before.to_string(),
        line.now.to_string(),
        line.change.to_string(),
        line.percent(),
        if line.asks() { "yes" } else { "" }.to_owned(),
        line.note.clone(),
    ]
}

fn page(desk: &Desk, flux: &FluxView, lines: &[FluxLine], header: &[String], rows: &[Vec<String>]) -> String {
    let mut out = format!("What is approved in {} against {}\n", desk.month(), flux.from);
    out.push_str(&table::columns(2, header, rows));
    let asks = lines.iter().filter(|line| line.asks()).count();
    out.push_str(&match flux.over {
        None => "No note is asked for: flux_over in config.toml says from which change on.\n".to_owned(),
        Some(over) if asks == 0 => format!("Every change above {} has a note.\n", text::money(over)),
        Some(over) => format!(
            "{} above {} without a note; the month cannot be signed so (--note-payer, --note-project).\n",
            text::counted(asks as u64, "change"),
            text::money(over)
        ),
    });
    out
}

#[derive(Serialize)]
struct Report {
    of: &'static str,
    name: String,
    before: Amount,
    now: Amount,
    change: Amount,
    share: Option<String>,
    note_asked: bool,
    note: String,
}

fn report(line: &FluxLine) -> Report {
    Report {
        of: line.of.name(),
        name: line.name.clone(),
        before: line.before,
        now: line.now,
        change: line.change,
        share: line.share.map(|share| share.to_string()),
        note_asked: line.asks(),
        note: line.note.clone(),
    }
}
