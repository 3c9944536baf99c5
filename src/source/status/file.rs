//! Files, as CSV or as one JSON object a line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};

use serde_json::value::RawValue;

use super::tally::Tally;
use super::{Asked, Columns, Standing};
use crate::read::{KnownTable, know_table};
use crate::usage::Side;

pub(super) fn status(content: impl Read, asked: &Asked) -> Result<Standing, String> {
    let failed = |error: std::io::Error| format!("cannot be read: {error}");
    let mut content = BufReader::new(content);
    let start = content.fill_buf().map_err(failed)?;
    let start = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(start);
    if start.trim_ascii_start().first() == Some(&b'{') { json(content, asked) } else { csv(content, asked) }
}

fn known(columns: &[String], asked: &Asked) -> Result<KnownTable, String> {
    know_table(Side::Ledger, columns, asked.format, asked.maps, false)
}

fn csv(content: impl Read, asked: &Asked) -> Result<Standing, String> {
    let wrong = |error: csv::Error| format!("is no CSV: {error}");
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(content);
    let header = reader.byte_headers().map_err(wrong)?;
    let header: Vec<String> = header
        .iter()
        .map(|cell| String::from_utf8_lossy(cell).trim_start_matches('\u{feff}').trim().to_owned())
        .collect();
    let columns = Columns::find(header.iter().map(String::as_str), &known(&header, asked)?, asked)?;
    let places = columns.in_order().map(|name| header.iter().position(|column| Some(column.as_str()) == name));
    let mut tally = Tally::new(asked, columns.units());
    for record in reader.byte_records() {
        let record = record.map_err(wrong)?;
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            continue;
        }
        let texts =
            places.map(|at| at.and_then(|at| record.get(at)).map_or(Cow::Borrowed(""), String::from_utf8_lossy));
        tally.row(texts.each_ref().map(|text| text.as_ref()));
    }
    Ok(tally.finish())
}

fn json(content: impl BufRead, asked: &Asked) -> Result<Standing, String> {
    let mut found: Option<(Columns, Tally<'_>)> = None;
    for (line, text) in (1..).zip(content.lines()) {
        let text = text.map_err(|error| format!("cannot be read: {error}"))?;
        let text = text.trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            continue;
        }
        let object: BTreeMap<String, &RawValue> = serde_json::from_str(text)
            .map_err(|_| format!("has no JSON object at line {line}; take the line out or mend it"))?;
        let (columns, tally) = match &mut found {
            Some(found) => (&found.0, &mut found.1),
            None => {
                let names: Vec<String> = object.keys().cloned().collect();
                let columns = Columns::find(names.iter().map(String::as_str), &known(&names, asked)?, asked)?;
                let tally = Tally::new(asked, columns.units());
                let found = found.insert((columns, tally));
                (&found.0, &mut found.1)
            }
        };
        let texts = columns
            .in_order()
            .map(|name| name.and_then(|name| object.get(name)).map_or(Cow::Borrowed(""), |raw| text_of(raw)));
        tally.row(texts.each_ref().map(|text| text.as_ref()));
    }
    found.map(|(_, tally)| tally.finish()).ok_or_else(|| "has no row".into())
}

/// A text without its quotes, nothing for null, and anything else as it stands.
fn text_of(value: &RawValue) -> Cow<'_, str> {
    match value.get() {
        "null" => Cow::Borrowed(""),
        raw if raw.starts_with('"') => serde_json::from_str::<String>(raw).map_or(Cow::Borrowed(raw), Cow::Owned),
        raw => Cow::Borrowed(raw),
    }
}
