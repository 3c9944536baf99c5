//! `trueup summary`: a month added up by model, project, user and the like.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Map, Value};

use super::args::{Format, Summary as Args};
use super::progress::Progress;
use super::review::session_options;
use super::{Ended, Failure, output, table};
use crate::amount::{Amount, Share};
use crate::desk::{Desk, Refusal, Session, SessionOptions, text};
use crate::report::{Cell, Figures, Group, Key, Summary};
use crate::usage::Side;

pub fn run(args: &Args) -> Result<Ended, Failure> {
    let mut options = SessionOptions { read_only: true, ..session_options(&args.files) };
    // A day says which month is meant.
    options.month = options.month.or(args.from.or(args.to).map(|day| day.month()));
    let session = Session::open(options)?;
    let progress = Progress::new();
    let loaded = session.load(&|event| progress.tell(&event), &|| false);
    progress.done();
    let desk = loaded?;
    let summary = desk.summary(&args.by, args.from, args.to).map_err(|Refusal(why)| Failure(why))?;
    let bytes = match args.format {
        Format::Text => shown(&desk, &summary, args).into_bytes(),
        Format::Json => json(&desk, &summary, args)?,
        Format::Csv => csv(&summary),
    };
    output::to(args.output.as_deref(), &bytes)
}

/// A cell as people read it.
fn seen(cell: &Cell) -> String {
    match cell {
        Cell::Count(count) => text::count(i64::try_from(*count).unwrap_or(i64::MAX)),
        Cell::Money(amount) => amount.map(text::money).unwrap_or_default(),
        Cell::Estimate(amount) if amount.is_zero() => String::new(),
        Cell::Estimate(amount) => format!("~{}", text::money(*amount)),
        Cell::Share(share) => share.map(Share::percent).unwrap_or_default(),
    }
}

fn shown(desk: &Desk, summary: &Summary, args: &Args) -> String {
    let columns = summary.columns_shown();
    let figures = |f: &Figures| columns.iter().map(|c| seen(&c.cell(summary, f))).collect::<Vec<_>>();
    let names = summary.by.iter().map(|dimension| dimension.name());
    let header: Vec<String> = names.chain(columns.iter().map(|c| c.heading)).map(str::to_owned).collect();
    let row = |group: &Group| {
        let keys = group.key.iter().map(|key| key.label().to_owned());
        keys.chain(figures(&group.figures)).collect::<Vec<_>>()
    };
    let mut rows: Vec<Vec<String>> = summary.groups.iter().map(row).collect();
    let total = (0..summary.by.len()).map(|at| if at == 0 { "total".to_owned() } else { String::new() });
    rows.push(total.chain(figures(&summary.total)).collect());
    let mut out = format!("Month {}", desk.month());
    if let Some(from) = args.from {
        let _ = write!(out, ", from {from}");
    }
    if let Some(to) = args.to {
        let _ = write!(out, ", to {to}");
    }
    let _ = writeln!(out, "\n\n{}", table::columns(summary.by.len(), &header, &rows));
    for note in desk.summary_notes(summary) {
        let _ = writeln!(out, "Note: {note}");
    }
    text::plain(&out)
}

fn csv(summary: &Summary) -> Vec<u8> {
    let names = summary.by.iter().map(|dimension| dimension.name());
    let header: Vec<String> = names.chain(summary.columns().map(|c| c.name)).map(str::to_owned).collect();
    let row = |group: &Group| {
        let keys = group.key.iter().map(|key| match key {
            Key::Blank => String::new(),
            key => key.label().to_owned(),
        });
        keys.chain(summary.columns().map(|c| c.cell(summary, &group.figures).exact())).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = summary.groups.iter().map(row).collect();
    table::csv(&(0..summary.by.len()).collect::<Vec<_>>(), &header, &rows)
}

#[derive(Serialize)]
struct Report {
    period: String,
    from: Option<String>,
    to: Option<String>,
    by: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    margin_percent: Option<Amount>,
    /// What the margin is on: `billed` or `recorded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    margin_base: Option<&'static str>,
    groups: Vec<Map<String, Value>>,
    total: Map<String, Value>,
    notes: Vec<String>,
}

fn json(desk: &Desk, summary: &Summary, args: &Args) -> Result<Vec<u8>, Failure> {
    let figures = |f: &Figures| {
        let each = summary.columns().map(|c| {
            let cell = c.cell(summary, f);
            let value = match (&cell, cell.exact()) {
                (_, text) if text.is_empty() => Value::Null,
                (Cell::Count(count), _) => serde_json::to_value(count).unwrap_or(Value::Null),
                (_, text) => Value::String(text),
            };
            (c.name.to_owned(), value)
        });
        each.collect::<Map<String, Value>>()
    };
    let group = |group: &Group| {
        let keys = summary.by.iter().zip(&group.key).map(|(dimension, key)| {
            let value = match key {
                Key::Blank => Value::Null,
                key => Value::String(key.label().to_owned()),
            };
            (dimension.name().to_owned(), value)
        });
        let mut all: Map<String, Value> = keys.collect();
        all.extend(figures(&group.figures));
        all
    };
    let report = Report {
        period: desk.month().to_string(),
        from: args.from.map(|day| day.to_string()),
        to: args.to.map(|day| day.to_string()),
        by: summary.by.iter().map(|dimension| dimension.name()).collect(),
        margin_percent: summary.margin.map(|margin| margin.percent()),
        margin_base: summary.margin.map(|_| if summary.base == Side::Bill { "billed" } else { "recorded" }),
        groups: summary.groups.iter().map(group).collect(),
        total: figures(&summary.total),
        notes: desk.summary_notes(summary),
    };
    let mut bytes = serde_json::to_vec_pretty(&report).map_err(|e| Failure(e.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}
