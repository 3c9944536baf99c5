//! Every classified item as a row of CSV, made by all cores and written as it
//! is made.

use std::borrow::Cow;
use std::io::{self, Write};

use rayon::prelude::*;

use crate::amount::Amount;
use crate::desk::{Desk, text};
use crate::reconcile::{self, Outcome};
use crate::report::harmless;
use crate::usage::Lines;

const HEADER: &str = "id,outcome,cause,model,project,user,billed_tokens,recorded_tokens,billed,recorded,difference,bill_origin,ledger_origin,matched_by,derived,carried_from,carried_times,carried_days,cleared\n";

/// Rows made into text at a time by one thread, and pieces made while those
/// before them are written: enough to keep all cores busy, little enough to
/// hold.
const ITEMS_A_PIECE: u32 = 1_024;
const PIECES_AT_ONCE: u32 = 16;

/// Writes all items of the month, in their order.
///
/// # Errors
/// What `out` reports.
pub fn write(desk: &Desk, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(HEADER.as_bytes())?;
    std::thread::scope(|scope| {
        let (ready, made) = std::sync::mpsc::sync_channel::<Vec<String>>(1);
        // Texts that are written come back, so that their memory is used again.
        let (back, written) = std::sync::mpsc::channel::<Vec<String>>();
        scope.spawn(move || {
            let pieces = desk.items().div_ceil(ITEMS_A_PIECE);
            for first in (0..pieces).step_by(PIECES_AT_ONCE as usize) {
                let texts = written.try_recv().unwrap_or_default();
                let batch = first..pieces.min(first.saturating_add(PIECES_AT_ONCE));
                // Nobody takes it any more: writing failed.
                if ready.send(batch_of(desk, batch, texts)).is_err() {
                    return;
                }
            }
        });
        for texts in made {
            texts.iter().try_for_each(|text| out.write_all(text.as_bytes()))?;
            // Nobody makes any more at the end.
            let _ = back.send(texts);
        }
        Ok::<(), io::Error>(())
    })?;
    out.flush()
}

/// Writes these items, in the order given.
///
/// # Errors
/// What `out` reports.
pub fn write_some(desk: &Desk, items: &[u32], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(HEADER.as_bytes())?;
    let mut text = String::new();
    for items in items.chunks(ITEMS_A_PIECE as usize) {
        text.clear();
        rows(desk, items.iter().copied(), &mut text);
        out.write_all(text.as_bytes())?;
    }
    out.flush()
}

/// Pieces as texts, in the room of these.
fn batch_of(desk: &Desk, pieces: std::ops::Range<u32>, mut texts: Vec<String>) -> Vec<String> {
    let items = desk.items();
    texts.resize_with(pieces.len(), String::new);
    texts.par_iter_mut().zip(pieces).for_each(|(text, piece)| {
        let from = piece * ITEMS_A_PIECE;
        text.clear();
        rows(desk, from..items.min(from.saturating_add(ITEMS_A_PIECE)), text);
    });
    texts
}

fn rows(desk: &Desk, items: impl ExactSizeIterator<Item = u32>, out: &mut String) {
    let (sides, table, _) = desk.comparison();
    out.reserve(items.len() * 224);
    let bill_files = file_names(sides.bill);
    let ledger_files = file_names(sides.ledger);
    let mut digits = itoa::Buffer::new();
    for item in items {
        let row = desk.cells(item);
        desk.with_item_id(item, |id| cell(out, id));
        out.push_str(row.outcome.name());
        out.push(',');
        if row.outcome != Outcome::NotApplicable {
            out.push_str(row.cause.name());
        }
        out.push(',');
        cell(out, row.what);
        cell(out, &row.project);
        cell(out, row.user);
        for tokens in [row.billed_tokens, row.recorded_tokens] {
            if let Some(tokens) = tokens {
                out.push_str(digits.format(tokens));
            }
            out.push(',');
        }
        for amount in [row.billed, row.recorded, row.difference] {
            number(out, amount);
        }
        origins(out, sides.bill, &bill_files, table.bill_rows(item), &mut digits);
        origins(out, sides.ledger, &ledger_files, table.ledger_rows(item), &mut digits);
        out.push_str(table.rung(item).name());
        out.push(',');
        out.push_str(match reconcile::derived(&sides, table, item) {
            [true, true] => "both",
            [true, false] => "billed",
            [false, true] => "recorded",
            [false, false] => "",
        });
        carried(out, desk, item);
        out.push('\n');
    }
}

/// The way the item came from an earlier month; blank for nearly all.
fn carried(out: &mut String, desk: &Desk, item: u32) {
    let view = Some(desk).filter(|desk| !desk.carried().is_empty()).and_then(|desk| desk.carried_view(item));
    match view {
        None => out.push_str(",,,,"),
        Some(view) => {
            let days = view.days.map(|days| days.to_string()).unwrap_or_default();
            out.push_str(&format!(
                ",{},{},{days},{}",
                view.since,
                view.times,
                if view.cleared.is_some() { "yes" } else { "no" }
            ));
        }
    }
}

fn number(out: &mut String, amount: Option<Amount>) {
    if let Some(amount) = amount {
        amount.push_to(out);
    }
    out.push(',');
}

/// As cells take them: without folders, and whether the name can stand in a
/// cell as it is.
fn file_names(lines: &Lines) -> Vec<(String, bool)> {
    let name = |path: &std::path::Path| {
        path.file_name().map_or_else(|| path.to_string_lossy().into_owned(), |n| n.to_string_lossy().into_owned())
    };
    let names = lines.files().iter().map(|file| name(&file.path));
    names
        .map(|name| {
            let plain = is_plain(&name);
            (name, plain)
        })
        .collect()
}

fn origins(
    out: &mut String,
    lines: &Lines,
    files: &[(String, bool)],
    mut rows: impl ExactSizeIterator<Item = u32>,
    digits: &mut itoa::Buffer,
) {
    let mut origin = |out: &mut String, row: u32| {
        let origin = lines.origin(row);
        out.push_str(files.get(usize::from(origin.file)).map_or("", |(name, _)| name));
        out.push(':');
        out.push_str(digits.format(origin.line));
    };
    // Nearly every item is about files with ordinary names.
    if files.iter().all(|(_, plain)| *plain) {
        if let Some(row) = rows.next() {
            origin(out, row);
        }
        for row in rows {
            out.push(' ');
            origin(out, row);
        }
        out.push(',');
        return;
    }
    let mut all = String::new();
    for (at, row) in rows.enumerate() {
        if at > 0 {
            all.push(' ');
        }
        origin(&mut all, row);
    }
    cell(out, &all);
}

/// A cell with the comma behind it, harmless to terminals and spreadsheets.
fn cell(out: &mut String, value: &str) {
    if is_plain(value) {
        out.push_str(value);
        out.push(',');
        return;
    }
    let value = safe(value);
    if value.bytes().any(|b| matches!(b, b',' | b'"' | b'\n')) {
        out.push('"');
        for (at, piece) in value.split('"').enumerate() {
            if at > 0 {
                out.push_str("\"\"");
            }
            out.push_str(piece);
        }
        out.push('"');
    } else {
        out.push_str(&value);
    }
    out.push(',');
}

/// Whether a text can stand in a cell as it is, which nearly all can.
fn is_plain(value: &str) -> bool {
    // Without a branch a byte, so that many are looked at at once.
    let sound = |byte: &u8| (b' '..=b'~').contains(byte) & (*byte != b',') & (*byte != b'"');
    !harmless::runs(value) && value.as_bytes().iter().fold(true, |all, byte| all & sound(byte))
}

/// The text with control characters as escapes, and with an apostrophe before
/// what a spreadsheet would run as a formula.
fn safe(value: &str) -> Cow<'_, str> {
    let value = if value.bytes().all(|b| matches!(b, b' '..=b'~')) {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(text::plain(value))
    };
    if harmless::runs(&value) { Cow::Owned(format!("'{value}")) } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &str) -> String {
        let mut out = String::new();
        cell(&mut out, value);
        out
    }

    #[test]
    fn no_cell_runs_as_a_formula() {
        assert_eq!(written("=HYPERLINK(1)"), "'=HYPERLINK(1),");
        assert_eq!(written("@SUM,1"), "\"'@SUM,1\",");
        assert_eq!(written("\"=1\""), "\"'\"\"=1\"\"\",", "nor behind a quote");
        assert_eq!(written("gpt-4o"), "gpt-4o,");
    }

    #[test]
    fn no_cell_commands_a_terminal_and_every_cell_reads_back() {
        assert_eq!(written("a\u{1b}[2J\u{9b}\u{202e}"), "a\\u{1b}[2J\\u{9b}\\u{202e},");
        let mut out = String::new();
        ["a \"b\", c\nd", "é"].into_iter().for_each(|value| cell(&mut out, value));
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(out.as_bytes());
        let record = reader.records().next().unwrap().unwrap();
        assert_eq!(record.iter().collect::<Vec<_>>(), ["a \"b\", c\nd", "é", ""]);
    }
}
