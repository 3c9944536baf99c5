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
use crate::report::{Figures, Group, Key, Summary};
use crate::usage::Side;

pub fn run(args: &Args) -> Result<Ended, Failure> {
    let mut options = SessionOptions { read_only: true, ..session_options(&args.files) };
    // A day says which month is meant.
    options.month = options.month.or(args.from.or(args.to).map(|day| day.month()));
    let session = Session::open(options)?.row_by_row(args.files.rows);
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

/// A column of figures: its name in files, its heading, and its cell, exact
/// for files and for the eye.
struct Column {
    name: &'static str,
    heading: &'static str,
    cell: fn(&Summary, &Figures) -> Cell,
    /// Shown to people even where every cell is blank or zero.
    always: bool,
}

enum Cell {
    Count(i128),
    Money(Option<Amount>),
    /// An amount that nobody billed or recorded.
    Estimate(Amount),
    Share(Option<Share>),
}

impl Cell {
    fn exact(&self) -> String {
        match self {
            Self::Count(count) => count.to_string(),
            Self::Money(amount) => amount.map(|a| a.to_string()).unwrap_or_default(),
            Self::Estimate(amount) => amount.to_string(),
            Self::Share(share) => share.map(|s| s.to_string()).unwrap_or_default(),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Count(count) => text::count(i64::try_from(*count).unwrap_or(i64::MAX)),
            Self::Money(amount) => amount.map(text::money).unwrap_or_default(),
            Self::Estimate(amount) if amount.is_zero() => String::new(),
            Self::Estimate(amount) => format!("~{}", text::money(*amount)),
            Self::Share(share) => share.map(Share::percent).unwrap_or_default(),
        }
    }

    fn is_nothing(&self) -> bool {
        match self {
            Self::Count(count) => *count == 0,
            Self::Money(amount) => amount.is_none_or(Amount::is_zero),
            Self::Estimate(amount) => amount.is_zero(),
            Self::Share(share) => share.is_none(),
        }
    }
}

const fn column(
    name: &'static str,
    heading: &'static str,
    cell: fn(&Summary, &Figures) -> Cell,
    always: bool,
) -> Column {
    Column { name, heading, cell, always }
}

/// What every summary has.
const COLUMNS: [Column; 16] = [
    column("items", "items", |_, f| Cell::Count(f.items.into()), true),
    column("bill_lines", "bill lines", |_, f| Cell::Count(f.bill_lines.into()), false),
    column("ledger_entries", "entries", |_, f| Cell::Count(f.ledger_entries.into()), false),
    column("requests", "requests", |_, f| Cell::Count(f.requests.into()), true),
    column("input_tokens", "input", |_, f| Cell::Count(f.tokens.input), false),
    column("cached_tokens", "cached", |_, f| Cell::Count(f.tokens.cached), false),
    column("output_tokens", "output", |_, f| Cell::Count(f.tokens.output), false),
    column("total_tokens", "tokens", |_, f| Cell::Count(f.tokens.total), false),
    column("recorded", "recorded", |_, f| Cell::Money(Some(f.recorded)), true),
    column("billed", "billed", |_, f| Cell::Money(Some(f.billed)), true),
    column("difference", "difference", |_, f| Cell::Money(Some(f.difference)), true),
    column("mean_difference", "mean", |_, f| Cell::Money(f.mean_difference()), false),
    column("request_id_share", "with id", |_, f| Cell::Share(f.id_share()), false),
    column("unpriced_lines", "unpriced", |_, f| Cell::Count(f.unpriced.into()), false),
    column("estimated_requests", "estimated", |_, f| Cell::Count(f.estimated_requests.into()), false),
    column("estimated_cost", "estimate", |_, f| Cell::Estimate(f.estimated), false),
];

/// With a margin in `config.toml`.
const MARGIN: [Column; 3] = [
    column("base", "base", |s, f| Cell::Money(Some(s.base_of(f))), true),
    column("margin", "margin", |_, f| Cell::Money(Some(f.margin)), true),
    column("final", "final", |s, f| Cell::Money(Some(s.final_of(f))), true),
];

fn columns(summary: &Summary) -> impl Iterator<Item = &'static Column> {
    COLUMNS.iter().chain(MARGIN.iter().filter(|_| summary.margin.is_some()))
}

fn shown(desk: &Desk, summary: &Summary, args: &Args) -> String {
    let columns: Vec<&Column> = columns(summary)
        .filter(|column| column.always || !(column.cell)(summary, &summary.total).is_nothing())
        .collect();
    let figures = |f: &Figures| columns.iter().map(|c| (c.cell)(summary, f).shown()).collect::<Vec<_>>();
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
    for note in notes(desk, summary) {
        let _ = writeln!(out, "Note: {note}");
    }
    text::plain(&out)
}

/// What the figures leave out, and what they are made of.
fn notes(desk: &Desk, summary: &Summary) -> Vec<String> {
    let mut notes = Vec::new();
    let inputs = desk.inputs();
    let bad = inputs.bill.bad_rows.len() + inputs.ledger.bad_rows.len();
    if bad > 0 {
        notes.push(format!(
            "{} rows could not be read and are in no figure; trueup reconcile lists them.",
            text::count(bad as i64)
        ));
    }
    let total = &summary.total;
    if total.unpriced > 0 {
        notes.push(format!(
            "{} lines have no price: they are in no amount, and not worth zero.",
            text::count(total.unpriced as i64)
        ));
    }
    if total.estimated_requests > 0 {
        notes.push(format!(
            "~ marks an estimate: {} requests without a known cost at the fallback price of their category ({} in all), in no other amount.",
            text::count(total.estimated_requests as i64),
            text::money(total.estimated)
        ));
    }
    if let Some(margin) = summary.margin {
        let what = match summary.base {
            Side::Bill => "what was billed",
            Side::Ledger => "what was recorded, since there is no bill",
        };
        notes.push(format!("The margin is {}% on {what}; it changes no comparison and no charge.", margin.percent()));
    }
    notes
}

fn csv(summary: &Summary) -> Vec<u8> {
    let names = summary.by.iter().map(|dimension| dimension.name());
    let header: Vec<String> = names.chain(columns(summary).map(|c| c.name)).map(str::to_owned).collect();
    let row = |group: &Group| {
        let keys = group.key.iter().map(|key| match key {
            Key::Blank => String::new(),
            key => key.label().to_owned(),
        });
        keys.chain(columns(summary).map(|c| (c.cell)(summary, &group.figures).exact())).collect::<Vec<_>>()
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
        let each = columns(summary).map(|c| {
            let cell = (c.cell)(summary, f);
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
        notes: notes(desk, summary),
    };
    let mut bytes = serde_json::to_vec_pretty(&report).map_err(|e| Failure(e.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}
