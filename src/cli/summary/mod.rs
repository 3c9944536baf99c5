//! `trueup summary`: a month, or a span of days, added up by model, project,
//! user and the like.

mod columns;
mod notes;

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Map, Value};

use super::args::Summary as Args;
use super::fold::Wide;
use super::progress::Progress;
use super::shared_args::Format;
use super::{Ended, Failure, month, output, password, table};
use crate::amount::Amount;
use crate::calendar::{Day, Month};
use crate::desk::{Desk, Refusal, Session, SessionOptions, text};
use crate::report::{Cell, Dimension, Figures, Group, Key, Part, Summary};
use crate::usage::Side;
use columns::shown;
use notes::{Left, TakenOut};

/// Columns of a screen where the text does not go to one.
const WIDTH: usize = 80;

pub fn run(args: &Args) -> Result<Ended, Failure> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && to < from
    {
        return Err(Failure(format!("{to} is before {from}; name the earlier day first.")));
    }
    let asked = Asked::of(args)?;
    let bytes = match args.format {
        Format::Text => asked.shown(width(args)).into_bytes(),
        Format::Json => asked.json()?,
        Format::Csv => csv(&asked.summary),
    };
    output::to(args.output.as_deref(), &bytes)
}

/// Of the terminal where the text goes to one.
fn width(args: &Args) -> usize {
    let columns = if args.output.is_none() { output::screen_width() } else { None };
    columns.filter(|columns| *columns >= WIDTH / 2).unwrap_or(WIDTH)
}

/// What was asked for and what it adds up to.
struct Asked<'a> {
    args: &'a Args,
    summary: Summary,
    months: Vec<Month>,
    left: Left,
}

impl<'a> Asked<'a> {
    fn of(args: &'a Args) -> Result<Self, Failure> {
        let mut options = SessionOptions { read_only: true, ..month::options(&args.files) };
        // A day says which month is meant; a day alone begins or ends in its
        // own.
        let span = match (options.month, args.from.or(args.to), args.to.or(args.from)) {
            (None, Some(from), Some(to)) => Some((from.month(), to.month())),
            _ => None,
        };
        if let Some((first, last)) = span
            && first == last
        {
            options.month = Some(first);
        }
        let session = Session::open(options)?
            .keeping(args.by.iter().filter_map(Dimension::extra).collect())
            .row_by_row(args.files.rows);
        session.unlock(&password::ask)?;
        let progress = Progress::new();
        let (mut months, mut left, mut sum) = (Vec::new(), Left::default(), None);
        let mut take = |desk: &Desk, from: Option<Day>, to: Option<Day>| -> Result<(), String> {
            let found = desk.summary(&args.by, from, to).map_err(|Refusal(why)| why)?;
            sum = Some(match sum.take() {
                None => found,
                Some(sum) => desk.together(sum, found),
            });
            months.push(desk.month());
            left.add(desk);
            Ok(())
        };
        let done = match span.filter(|(first, last)| first != last) {
            None => {
                let desk = session.load(&|event| progress.tell(&event), &|| false);
                desk.and_then(|desk| take(&desk, args.from, args.to)).map(|()| Vec::new())
            }
            Some(span) => session.each_month(span, &|event| progress.tell(&event), &|| false, &mut |desk| {
                let month = desk.month();
                let from = args.from.map_or(month.first(), |from| from.max(month.first()));
                let to = args.to.map_or(month.last(), |to| to.min(month.last()));
                take(desk, Some(from), Some(to))
            }),
        };
        progress.done();
        left.months = done?;
        let summary = sum.ok_or_else(|| Failure("No month was loaded.".into()))?;
        Ok(Self { args, summary, months, left })
    }

    /// `2026-01`, or the first and the last month that were added up.
    fn period(&self, between: &str) -> String {
        match (self.months.first(), self.months.last()) {
            (Some(first), Some(last)) if first != last => format!("{first}{between}{last}"),
            (first, _) => first.map(Month::to_string).unwrap_or_default(),
        }
    }

    fn shown(&self, width: usize) -> String {
        let summary = &self.summary;
        let columns = summary.columns_shown();
        let figures = |f: &Figures| columns.iter().map(|c| shown(&c.cell(f))).collect::<Vec<_>>();
        let row = |group: &Group| {
            (group.key.iter().map(|key| key.label().to_owned()).collect::<Vec<_>>(), figures(&group.figures))
        };
        let part =
            |column: &&crate::report::Column| Part::ALL.iter().position(|part| *part == column.part).unwrap_or(0);
        let table = Wide {
            names: summary.by.iter().map(ToString::to_string).collect(),
            figures: columns.iter().map(|column| column.heading.to_owned()).collect(),
            parts: columns.iter().map(part).collect(),
            rows: summary.groups.iter().map(row).collect(),
            total: Some(figures(&summary.total)),
        };
        let mut out = if self.months.len() > 1 { "Months ".to_owned() } else { "Month ".to_owned() };
        out.push_str(&self.period(" to "));
        if let Some(from) = self.args.from {
            let _ = write!(out, ", from {from}");
        }
        if let Some(to) = self.args.to {
            let _ = write!(out, ", to {to}");
        }
        let _ = writeln!(out, "\n\n{}", table.folded(width));
        for note in notes::notes(summary, &self.left) {
            let _ = writeln!(out, "Note: {note}");
        }
        text::plain(&out)
    }

    fn json(&self) -> Result<Vec<u8>, Failure> {
        let summary = &self.summary;
        let figures = |f: &Figures| {
            let each = summary.columns().map(|c| {
                let cell = c.cell(f);
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
                (dimension.to_string(), value)
            });
            let mut all: Map<String, Value> = keys.collect();
            all.extend(figures(&group.figures));
            all
        };
        let report = Report {
            period: self.period("/"),
            months: self.months.iter().map(Month::to_string).collect(),
            from: self.args.from.map(|day| day.to_string()),
            to: self.args.to.map(|day| day.to_string()),
            by: summary.by.iter().map(ToString::to_string).collect(),
            margin_percent: summary.margin.map(|margin| margin.percent()),
            margin_base: summary.margin.map(|_| match summary.base {
                Some(Side::Bill) => "billed",
                Some(Side::Ledger) => "recorded",
                None => "billed, or recorded without a bill",
            }),
            margin_included: &self.left.taken_out,
            groups: summary.groups.iter().map(group).collect(),
            total: figures(&summary.total),
            notes: notes::notes(summary, &self.left),
        };
        let mut bytes = serde_json::to_vec_pretty(&report).map_err(|e| Failure(e.to_string()))?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

fn csv(summary: &Summary) -> Vec<u8> {
    let names = summary.by.iter().map(ToString::to_string);
    let header: Vec<String> = names.chain(summary.columns().map(|c| c.name.to_owned())).collect();
    let row = |group: &Group| {
        let keys = group.key.iter().map(|key| match key {
            Key::Blank => String::new(),
            key => key.label().to_owned(),
        });
        keys.chain(summary.columns().map(|c| c.cell(&group.figures).exact())).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = summary.groups.iter().map(row).collect();
    table::csv(&(0..summary.by.len()).collect::<Vec<_>>(), &header, &rows)
}

#[derive(Serialize)]
struct Report<'a> {
    /// `2026-01`, or `2026-01/2026-03`.
    period: String,
    /// Those that were added up.
    months: Vec<String>,
    from: Option<String>,
    to: Option<String>,
    by: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    margin_percent: Option<Amount>,
    /// What the margin is on: `billed` or `recorded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    margin_base: Option<&'static str>,
    /// The margins that were taken out of what ledgers state.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    margin_included: &'a [TakenOut],
    groups: Vec<Map<String, Value>>,
    total: Map<String, Value>,
    notes: Vec<String>,
}
