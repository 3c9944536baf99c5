//! `trueup inspect`: what a file or table is known as and how its first rows
//! are understood; for one that is not known, what it lacks and a map to begin
//! with.

use std::fmt::Write;
use std::path::Path;

use super::args::Inspect;
use super::{Ended, Failure, output, password};
use crate::book::Config;
use crate::desk::{InputSpec, open_named, text, unlock};
use crate::read::{Billed, ColumnMap, Input, Inspected, Terms, example_map, inspect};
use crate::source::{self, Location, Wanted};
use crate::usage::{Lines, Names, Shape, Side, SourceFile};

/// Rows that are shown.
const ROWS: usize = 5;

pub fn run(args: &Inspect) -> Result<Ended, Failure> {
    let config = Config::load(&args.book).map_err(|e| Failure(e.to_string()))?;
    let currency = config.prices.currency_or_default();
    // What some bill could hold is shown as compared.
    let terms = Terms { maps: &config.settings.columns, currency, billed: Billed::Both, keep: &[] };
    let mut location = Location::parse(&args.location).map_err(|e| Failure(e.to_string()))?;
    unlock(&mut location, &password::ask)?;
    let sides = args.side.map_or(vec![Side::Bill, Side::Ledger], |side| vec![side.into()]);
    let mut shown = String::new();
    if let Location::Folder(folder) = &location {
        let files = source::files_in(folder).map_err(|e| Failure(e.to_string()))?;
        let held = text::counted(files.len() as u64, "file");
        let first = if files.len() == 1 { "" } else { "; this is the first" };
        let _ = writeln!(shown, "{} holds {held}{first}.\n", folder.display());
        location = Location::File(files.into_iter().next().unwrap_or_default());
    }
    let mut known: Vec<(Side, Inspected)> = Vec::new();
    let mut refused = Vec::new();
    let mut columns = Vec::new();
    for side in sides {
        match look(args, &location, side, terms) {
            Ok(found) => known.push((side, found)),
            Err((why, of)) => {
                // What keeps it from being read at all is said once.
                if !refused.contains(&why) {
                    refused.push(why);
                }
                columns = of;
            }
        }
    }
    // Two formats may have the same keys; then the rows tell which it is.
    if known.iter().any(|(_, found)| is_read(found)) {
        known.retain(|(_, found)| is_read(found));
    }
    for (side, found) in &known {
        let _ = writeln!(shown, "As a {}: {}, {}", side.name(), found.format, found.title);
    }
    match known.first() {
        Some((_, found)) => {
            describe(found, currency, &mut shown);
            output::page(&shown)
        }
        None => Err(Failure(text::plain(&unknown(&args.location, refused, columns)))),
    }
}

/// Whether any row of it could be read, or none had to be.
fn is_read(found: &Inspected) -> bool {
    !found.lines.is_empty() || found.bad_rows.is_empty()
}

/// The beginning of a location read as one side; otherwise why not, and the
/// columns it has.
fn look(args: &Inspect, location: &Location, side: Side, terms: Terms<'_>) -> Result<Inspected, (String, Vec<String>)> {
    let input = match location {
        Location::File(path) | Location::Folder(path) => {
            let spec = InputSpec { path: path.clone(), side, format: args.format.clone(), append: false };
            open_named(&spec, 1, false).map_err(|why| (why, Vec::new()))?
        }
        table => open_table(args, table, side, terms.maps)?,
    };
    inspect(input, terms).map_err(|unknown| (unknown.to_string(), unknown.columns))
}

fn open_table(
    args: &Inspect,
    location: &Location,
    side: Side,
    maps: &[ColumnMap],
) -> Result<Input, (String, Vec<String>)> {
    let wanted = Wanted { side, format: args.format.as_deref(), maps, month: args.month, keep: &[], bundled: false };
    source::open_table(location, &wanted, 1, false)
        .map(|opened| opened.input)
        .map_err(|error| (error.to_string(), source::columns_of(location).unwrap_or_default()))
}

fn describe(found: &Inspected, currency: &str, out: &mut String) {
    let list = |read: bool| {
        let names: Vec<&str> = found.columns.iter().filter(|(_, is)| *is == read).map(|(n, _)| n.as_str()).collect();
        names.join(", ")
    };
    let _ = writeln!(out, "\nColumns that are read: {}", list(true));
    if found.columns.iter().any(|(_, read)| !read) {
        let _ = writeln!(out, "Columns that are not: {}", list(false));
    }
    let rows = found.lines.len().min(ROWS) as u32;
    if rows > 0 {
        let _ = writeln!(out, "\nA row is {}.", a_row(found.lines.shape(0)));
        let _ = writeln!(out, "The first rows as they are understood, amounts in {currency}:");
        table(&found.lines, &found.names, rows, out);
    } else if found.blank_rows > 0 && found.bad_rows.is_empty() {
        let rows = text::counted(u64::from(found.blank_rows), "row");
        let _ = writeln!(out, "\nNothing was used or billed: it has {rows}, and all are blank.");
    } else {
        let _ = writeln!(out, "\nIt has no row that can be shown.");
    }
    for bad in found.bad_rows.iter().take(ROWS) {
        let _ = writeln!(out, "Cannot be read: row {}, {}: {}", bad.line, bad.column, bad.reason);
    }
}

fn a_row(shape: Shape) -> &'static str {
    match shape {
        Shape::Request => "one request",
        Shape::Credits => "the credits of a user and a usage type on a day",
        Shape::Cost => "the cost of a UTC day, by all that the export is grouped by",
        Shape::Usage => "what was used in a span of time, by all that the export is grouped by; it has no money",
    }
}

/// Columns that fit a screen; wider tables are shown row by row.
const WIDEST: usize = 100;

/// Each field that any of the rows has.
fn table(lines: &Lines, names: &Names, rows: u32, out: &mut String) {
    let fields: [(&str, &dyn Fn(u32) -> String); 28] = [
        ("row", &|row| match SourceFile::is_table(&lines.source(row).path) {
            true => lines.origin_text(row),
            false => lines.origin(row).line.to_string(),
        }),
        ("time", &|row| lines.at(row).map(|at| text::time(lines.shape(row), at)).unwrap_or_default()),
        ("span", &|row| span(lines.shape(row), lines.span(row))),
        ("id", &|row| lines.id(row).to_owned()),
        ("account", &|row| names.text(lines.account(row)).to_owned()),
        ("user", &|row| names.text(lines.user(row)).to_owned()),
        ("project", &|row| names.text(lines.project(row)).to_owned()),
        ("api key", &|row| names.text(lines.api_key(row)).to_owned()),
        ("line item", &|row| names.text(lines.item_text(row)).to_owned()),
        ("model", &|row| names.text(lines.model(row)).to_owned()),
        ("kind of token", &|row| lines.class(row).map(|class| class.label().to_owned()).unwrap_or_default()),
        ("long context", &|row| if lines.long_context(row) { "yes".into() } else { String::new() }),
        ("tier", &|row| names.text(lines.tier(row)).to_owned()),
        ("type", &|row| names.text(lines.action(row)).to_owned()),
        ("requests", &|row| number(lines.requests(row))),
        ("input", &|row| number(lines.input(row))),
        ("cached", &|row| number(lines.cached(row))),
        ("cache writes", &|row| number(lines.cache_write(row))),
        ("output", &|row| number(lines.output(row))),
        ("reasoning", &|row| number(lines.reasoning(row))),
        ("tokens", &|row| number(lines.total(row))),
        ("quantity", &|row| {
            format!("{} {}", number(lines.quantity(row)), names.text(lines.unit(row))).trim().to_owned()
        }),
        ("credits", &|row| number(lines.credits(row))),
        ("amount", &|row| number(lines.amount(row))),
        ("other currency", &|row| {
            let amount = |amount| text::foreign(amount, names.text(lines.currency(row)));
            lines.foreign(row).map(amount).unwrap_or_default()
        }),
        ("not compared", &|row| lines.not_applicable(row).map(|why| why.reason().to_owned()).unwrap_or_default()),
        ("key", &|row| lines.row_key(row)),
        ("sound, pictures", &|row| {
            lines
                .modalities(row)
                .map(|media| {
                    format!(
                        "{} tokens",
                        media.audio_input + media.audio_output + media.image_input + media.image_output
                    )
                })
                .unwrap_or_default()
        }),
    ];
    let cells: Vec<(&str, Vec<String>)> = fields
        .iter()
        .map(|(title, value)| (*title, (0..rows).map(value).collect::<Vec<String>>()))
        .filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()))
        .collect();
    let width = |title: &str, cells: &[String]| {
        let all = std::iter::once(title).chain(cells.iter().map(String::as_str));
        all.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    if cells.iter().map(|(title, cells)| width(title, cells) + 2).sum::<usize>() > WIDEST {
        return records(&cells, rows, out);
    }
    let mut texts = vec![String::from("  "); rows as usize + 1];
    for (title, cells) in &cells {
        let width = width(title, cells);
        let all = std::iter::once(*title).chain(cells.iter().map(String::as_str));
        for (line, cell) in texts.iter_mut().zip(all) {
            let _ = write!(line, "{cell:width$}  ");
        }
    }
    texts.iter().for_each(|line| {
        let _ = writeln!(out, "{}", line.trim_end());
    });
}

/// One field a line, row after row.
fn records(fields: &[(&str, Vec<String>)], rows: u32, out: &mut String) {
    let width = fields.iter().map(|(title, _)| title.chars().count()).max().unwrap_or(0);
    for row in 0..rows as usize {
        for (at, (title, cells)) in fields.iter().enumerate() {
            let Some(cell) = cells.get(row).filter(|cell| !cell.is_empty()) else { continue };
            let indent = if at == 0 { "  " } else { "    " };
            let width = width + 4 - indent.len();
            let _ = writeln!(out, "{indent}{title:width$}  {cell}");
        }
    }
}

/// `1 day`, `1 minute`; nothing for an instant, and for what is known by the
/// day anyhow.
fn span(shape: Shape, seconds: u32) -> String {
    if shape == Shape::Cost {
        return String::new();
    }
    match seconds {
        0 => String::new(),
        86_400 => "1 day".into(),
        3_600 => "1 hour".into(),
        60 => "1 minute".into(),
        seconds => format!("{seconds} seconds"),
    }
}

fn number(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn unknown(location: &Path, refused: Vec<String>, columns: Vec<String>) -> String {
    let mut text = refused.join("\n");
    if let ([_, _], false) = (&refused[..], columns.is_empty()) {
        // What all formats of both sides need fills a screen twice.
        let names: Vec<String> = columns.iter().map(|name| format!("“{}”", name.trim())).collect();
        text = format!(
            "{} is neither a bill nor a ledger this program knows. It has the columns {}. What a format needs is said with --side bill or --side ledger.",
            location.display(),
            names.join(", ")
        );
    }
    if !columns.is_empty() {
        let name = location.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let name = if !Location::is_url(location) && !name.is_empty() && name.chars().all(plain) {
            name
        } else {
            "mine".into()
        };
        let _ = write!(
            text,
            "\n\nIf it is one, say in config.toml what its columns are, and look again. To begin with, put in the names where … stands:\n\n{}",
            example_map(&name, &columns)
        );
    }
    text.trim_end().to_owned()
}
