//! The profile `openchargeback`: ten columns, dates without a time, the last
//! day of a period included.
//!
//! The importer knows a row by its period, `ResourceId` and day, keeps what is
//! no longer sent, and stops at a number it cannot read; so ids never change
//! form, and amounts are plain decimals with two places.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::row::Row;

/// The profile's name, as in the configuration and the manifest.
pub const PROFILE: &str = "openchargeback";

const COLUMNS: [&str; 10] = [
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ServiceName",
    "ResourceName",
    "ListCost",
    "BilledCost",
    "ResourceId",
    "Tags",
];

/// Rows made into text at a time by one thread, and by all of them before
/// anything is written: enough to keep them busy, little enough to hold.
const ROWS_A_PIECE: usize = 4_096;
const PIECES_AT_ONCE: usize = 32;

/// Writes the rows as CSV: line ends are LF, cells are quoted where they must
/// be. The same rows give the same bytes.
///
/// # Errors
/// What `out` reports.
pub fn write_openchargeback(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", COLUMNS.join(","))?;
    for batch in rows.chunks(ROWS_A_PIECE * PIECES_AT_ONCE) {
        let pieces: Vec<String> = batch.par_chunks(ROWS_A_PIECE).map(lines).collect();
        for piece in pieces {
            out.write_all(piece.as_bytes())?;
        }
    }
    out.flush()
}

fn lines(rows: &[Row]) -> String {
    let mut text = String::with_capacity(rows.len() * 320);
    let (mut dates, mut dates_of) = (String::new(), None);
    let mut tags = String::new();
    for row in rows {
        // Rows of a day follow each other, and a date takes longest to write.
        if dates_of != Some((row.month, row.day)) {
            dates_of = Some((row.month, row.day));
            dates = format!("{},{},{},{},", row.month.first(), row.month.last(), row.day, row.day);
        }
        text.push_str(&dates);
        cell(&mut text, row.service);
        cell(&mut text, &row.resource_name);
        // Writing to a string cannot fail.
        let _ = write!(text, "{},{},", row.list_cost, row.billed_cost);
        cell(&mut text, &row.resource_id);
        tags.clear();
        write_tags(&mut tags, row);
        cell(&mut text, &tags);
        text.pop();
        text.push('\n');
    }
    text
}

/// A cell with the comma behind it.
fn cell(text: &mut String, value: &str) {
    if value.bytes().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r')) {
        text.push('"');
        for (at, piece) in value.split('"').enumerate() {
            if at > 0 {
                text.push_str("\"\"");
            }
            text.push_str(piece);
        }
        text.push('"');
    } else {
        text.push_str(value);
    }
    text.push(',');
}

/// One flat JSON object in ASCII.
fn write_tags(text: &mut String, row: &Row) {
    let tags = [
        ("pi_email", Some(&*row.pi_email)),
        ("project_id", Some(&*row.project_id)),
        ("fund_org", Some(&*row.fund_org)),
        ("usage_user", Some(&*row.usage_user)),
        ("charge_type", Some(row.charge_type.name())),
        ("subsidy_name", row.subsidy_name.as_deref()),
    ];
    let mut mark = '{';
    for (key, value) in tags {
        let Some(value) = value else { continue };
        text.push(mark);
        if mark == ',' {
            text.push(' ');
        }
        mark = ',';
        let _ = write!(text, "\"{key}\": ");
        json_string(text, value);
    }
    text.push('}');
}

fn json_string(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            ' '..='~' => text.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
    text.push('"');
}

/// Why these rows must not be written: a sentence for each id or email that a
/// spreadsheet would run as a formula or that holds control characters, with
/// the first row that has it, and for each `ResourceId` that stands there
/// twice, of which the importer would silently keep the last. Empty when all
/// is well.
pub fn refuse(rows: &[Row]) -> Vec<String> {
    // First row and number of rows by kind and value.
    let mut bad: BTreeMap<(usize, &str, &str), usize> = BTreeMap::new();
    let mut ids = FxHashSet::with_capacity_and_hasher(rows.len(), Default::default());
    let mut twice = Vec::new();
    let suspect: Vec<usize> = rows
        .par_iter()
        .enumerate()
        .filter(|(_, row)| fields(row).into_iter().any(|(_, value)| harmful(value).is_some()))
        .map(|(at, _)| at)
        .collect();
    for at in suspect {
        for (noun, value) in fields(&rows[at]).into_iter().filter(|(_, value)| harmful(value).is_some()) {
            bad.entry((0, noun, value)).or_insert(at);
        }
    }
    for (at, row) in rows.iter().enumerate() {
        if !ids.insert(row.resource_id.as_str()) {
            twice.push(at);
        }
    }
    let mut bad: Vec<(usize, String)> = bad
        .into_iter()
        .map(|((_, noun, value), at)| {
            let why = harmful(value).unwrap_or_default();
            (at, format!("row {}: the {noun} “{}” {why}; correct it where it comes from", at + 1, value.escape_debug()))
        })
        .collect();
    bad.extend(twice.into_iter().map(|at| {
        let id = rows[at].resource_id.escape_debug();
        (at, format!("row {}: the resource id “{id}” stands there twice; the importer would keep only one", at + 1))
    }));
    bad.sort();
    bad.into_iter().map(|(_, sentence)| sentence).collect()
}

/// What a row carries from data and configuration into cells and tags.
fn fields(row: &Row) -> [(&'static str, &str); 7] {
    [
        ("resource id", &row.resource_id),
        ("resource name", &row.resource_name),
        ("user", &row.usage_user),
        ("PI's email", &row.pi_email),
        ("project id", &row.project_id),
        ("fund", &row.fund_org),
        ("subsidy name", row.subsidy_name.as_deref().unwrap_or_default()),
    ]
}

fn harmful(value: &str) -> Option<&'static str> {
    let plain = value.bytes().all(|b| matches!(b, b' '..=b'~'));
    if !plain && value.chars().any(char::is_control) {
        Some("holds control characters")
    } else if value.starts_with(['=', '+', '-', '@']) {
        Some("begins like a formula of a spreadsheet")
    } else {
        None
    }
}
