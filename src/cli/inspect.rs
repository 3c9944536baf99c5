//! `trueup inspect`: what a file or table is known as and how its first rows
//! are understood; for one that is not known, what it lacks and a map to begin
//! with.

use std::fmt::Write;
use std::path::Path;

use super::args::Inspect;
use super::{Ended, Failure, output, password};
use crate::book::Config;
use crate::desk::{InputSpec, open_named, text, unlock};
use crate::read::{ColumnMap, Input, Inspected, example_map, inspect};
use crate::source::{self, Location, Wanted};
use crate::usage::{Lines, Names, Side};

/// Rows that are shown.
const ROWS: usize = 5;

pub fn run(args: &Inspect) -> Result<Ended, Failure> {
    let config = Config::load(&args.book).map_err(|e| Failure(e.to_string()))?;
    let maps = &config.settings.columns;
    let mut location = Location::parse(&args.location).map_err(|e| Failure(e.to_string()))?;
    unlock(&mut location, &password::ask)?;
    let sides = args.side.map_or(vec![Side::Ledger, Side::Bill], |side| vec![side.into()]);
    let mut shown = String::new();
    if let Location::Folder(folder) = &location {
        let files = source::files_in(folder).map_err(|e| Failure(e.to_string()))?;
        let _ = writeln!(shown, "{} holds {} files; this is the first.\n", folder.display(), files.len());
        location = Location::File(files.into_iter().next().unwrap_or_default());
    }
    let mut known: Option<Inspected> = None;
    let mut refused = Vec::new();
    let mut columns = Vec::new();
    for side in sides {
        match look(args, &location, side, maps) {
            Ok(found) => {
                let _ = writeln!(shown, "As a {}: {}, {}", side.name(), found.format, found.title);
                known = known.or(Some(found));
            }
            Err((why, of)) => {
                // What keeps it from being read at all is said once.
                if !refused.contains(&why) {
                    refused.push(why);
                }
                columns = of;
            }
        }
    }
    match known {
        Some(found) => {
            describe(&found, &mut shown);
            output::to_stdout(text::plain(&shown).as_bytes())
        }
        None => Err(Failure(text::plain(&unknown(&args.location, refused, columns)))),
    }
}

/// The beginning of a location read as one side; otherwise why not, and the
/// columns it has.
fn look(
    args: &Inspect,
    location: &Location,
    side: Side,
    maps: &[ColumnMap],
) -> Result<Inspected, (String, Vec<String>)> {
    let input = match location {
        Location::File(path) | Location::Folder(path) => {
            let spec = InputSpec { path: path.clone(), side, format: args.format.clone(), append: false };
            open_named(&spec, 1, false).map_err(|why| (why, Vec::new()))?
        }
        table => open_table(args, table, side, maps)?,
    };
    inspect(input, maps).map_err(|unknown| (unknown.to_string(), unknown.columns))
}

fn open_table(
    args: &Inspect,
    location: &Location,
    side: Side,
    maps: &[ColumnMap],
) -> Result<Input, (String, Vec<String>)> {
    let wanted = Wanted { side, format: args.format.as_deref(), maps, month: args.month, keep: &[] };
    source::open_table(location, &wanted, 1, false)
        .map_err(|error| (error.to_string(), source::columns_of(location).unwrap_or_default()))
}

fn describe(found: &Inspected, out: &mut String) {
    let list = |read: bool| {
        let names: Vec<&str> = found.columns.iter().filter(|(_, is)| *is == read).map(|(n, _)| n.as_str()).collect();
        names.join(", ")
    };
    let _ = writeln!(out, "\nColumns that are read: {}", list(true));
    if found.columns.iter().any(|(_, read)| !read) {
        let _ = writeln!(out, "Columns that are not: {}", list(false));
    }
    let rows = found.lines.len().min(ROWS) as u32;
    if rows == 0 {
        let _ = writeln!(out, "\nIt has no row that can be shown.");
    } else {
        let _ = writeln!(out, "\nThe first rows as they are understood:");
        table(&found.lines, &found.names, rows, out);
    }
    for bad in found.bad_rows.iter().take(ROWS) {
        let _ = writeln!(out, "Cannot be read: row {}, {}: {}", bad.line, bad.column, bad.reason);
    }
}

/// One column for each field that any of the rows has.
fn table(lines: &Lines, names: &Names, rows: u32, out: &mut String) {
    let fields: [(&str, &dyn Fn(u32) -> String); 17] = [
        ("row", &|row| lines.origin_text(row)),
        ("time", &|row| lines.at(row).map(|at| at.to_string()).unwrap_or_default()),
        ("id", &|row| lines.id(row).to_owned()),
        ("account", &|row| names.text(lines.account(row)).to_owned()),
        ("user", &|row| names.text(lines.user(row)).to_owned()),
        ("project", &|row| names.text(lines.project(row)).to_owned()),
        ("api key", &|row| names.text(lines.api_key(row)).to_owned()),
        ("model", &|row| names.text(lines.model(row)).to_owned()),
        ("action", &|row| names.text(lines.action(row)).to_owned()),
        ("input", &|row| number(lines.input(row))),
        ("cached", &|row| number(lines.cached(row))),
        ("output", &|row| number(lines.output(row))),
        ("total", &|row| number(lines.total(row))),
        ("quantity", &|row| {
            format!("{} {}", number(lines.quantity(row)), names.text(lines.unit(row))).trim().to_owned()
        }),
        ("credits", &|row| number(lines.credits(row))),
        ("amount", &|row| number(lines.amount(row))),
        ("not compared", &|row| lines.not_applicable(row).map(|why| why.reason().to_owned()).unwrap_or_default()),
    ];
    let mut texts = vec![String::from("  "); rows as usize + 1];
    for (title, value) in fields {
        let cells: Vec<String> = (0..rows).map(value).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        let all = || std::iter::once(title).chain(cells.iter().map(String::as_str));
        let width = all().map(|cell| cell.chars().count()).max().unwrap_or(0);
        for (line, cell) in texts.iter_mut().zip(all()) {
            let _ = write!(line, "{cell:width$}  ");
        }
    }
    texts.iter().for_each(|line| {
        let _ = writeln!(out, "{}", line.trim_end());
    });
}

fn number(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn unknown(location: &Path, refused: Vec<String>, columns: Vec<String>) -> String {
    let mut text = refused.join("\n");
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
            "\n\nIf it is the right one, say in config.toml what its columns are, and look again. To begin with:\n\n{}",
            example_map(&name, &columns)
        );
    }
    text.trim_end().to_owned()
}
