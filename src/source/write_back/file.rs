//! Verdicts into a copy of a ledger's file, CSV or one JSON object a line:
//! three cells of each row are set, and every other byte is as it was.

use std::ops::Range;

use rustc_hash::FxHashMap;
use serde_json::value::RawValue;

use super::{COLUMNS, Cell, Fits, How, Plan, RowChange, RowMark, Three};

const BOM: &[u8] = "\u{feff}".as_bytes();
const KEYS: [&str; 2] = ["id", "openai_request_id"];

/// A file as it would be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePlan {
    pub plan: Plan,
    pub bytes: Vec<u8>,
}

/// Sets the three columns in the rows of a file. A file without one of the
/// columns gets it behind its last.
///
/// # Errors
/// A sentence without its subject, when the rows are not where the marks say.
pub fn plan_file(bytes: &[u8], marks: &[RowMark], how: &How) -> Result<FilePlan, String> {
    let mut work = Work {
        bytes,
        marks: marks.iter().map(|mark| (mark.line, mark)).collect(),
        how,
        plan: Plan::default(),
        edits: Vec::new(),
    };
    let start = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
    let first = bytes.get(start..).unwrap_or_default().trim_ascii_start().first();
    if first == Some(&b'{') {
        work.json_lines(start)?
    } else {
        work.csv(start)?
    }
    if let Some((line, _)) = work.marks.iter().min_by_key(|(line, _)| **line) {
        return Err(format!("has no row at line {line} any more"));
    }
    Ok(FilePlan { bytes: work.edited(), plan: work.plan })
}

struct Work<'a> {
    bytes: &'a [u8],
    /// By line; taken out as they are met.
    marks: FxHashMap<u32, &'a RowMark>,
    how: &'a How,
    plan: Plan,
    /// What stands in place of some bytes, in their order.
    edits: Vec<(Range<usize>, String)>,
}

impl Work<'_> {
    /// What the row is to say, put down among the changes.
    fn change(&mut self, mark: &RowMark, key: Option<String>, before: Three) -> Result<Three, String> {
        if let Some(key) = key.filter(|key| !mark.key.is_empty() && *key != mark.key) {
            return Err(format!("has the row {key} at line {}, where {} was read", mark.line, mark.key));
        }
        let after = self.plan.target(mark, &before, Fits::Exactly, self.how);
        if after == before {
            self.plan.unchanged += 1;
        } else {
            let key = Cell::Text(mark.key.clone());
            self.plan.rows.push(RowChange { key, before, after: after.clone(), recorded: None });
        }
        Ok(after)
    }

    fn csv(&mut self, start: usize) -> Result<(), String> {
        let (mut at, mut line) = (start, 1);
        let mut header: Option<Header> = None;
        while at < self.bytes.len() {
            let cells = cells(self.bytes, at);
            let end = cells.last().map_or(at, |cell| cell.end);
            let next = self.bytes.get(end..).unwrap_or_default().iter().position(|byte| *byte == b'\n');
            let next = next.map_or(self.bytes.len(), |found| end + found + 1);
            let record = self.bytes.get(at..next).unwrap_or_default();
            let lines = record.iter().filter(|byte| **byte == b'\n').count() as u32;
            if !record.trim_ascii().is_empty() {
                match &header {
                    None => header = Some(self.csv_header(&cells, end)),
                    Some(header) => {
                        let header = header.clone();
                        self.csv_row(&header, &cells, end, line)?;
                    }
                }
            }
            at = next;
            line += lines;
        }
        Ok(())
    }

    fn csv_header(&mut self, cells: &[Range<usize>], end: usize) -> Header {
        let names: Vec<String> = cells.iter().map(|cell| text_of(self.bytes, cell)).collect();
        let find = |name: &str| names.iter().position(|found| found.eq_ignore_ascii_case(name));
        let header = Header { three: COLUMNS.map(find), key: KEYS.into_iter().find_map(find) };
        let added: String = COLUMNS
            .iter()
            .zip(header.three)
            .filter(|(_, at)| at.is_none())
            .map(|(name, _)| format!(",{name}"))
            .collect();
        self.edit(end..end, added);
        header
    }

    fn csv_row(&mut self, header: &Header, cells: &[Range<usize>], end: usize, line: u32) -> Result<(), String> {
        let text = |at: usize| cells.get(at).map(|cell| text_of(self.bytes, cell)).unwrap_or_default();
        let before = header.three.map(|at| match at.map(text).unwrap_or_default() {
            text if text.is_empty() => Cell::Null,
            text => Cell::Text(text),
        });
        let key = header.key.map(text);
        let after = match self.marks.remove(&line) {
            Some(mark) => self.change(mark, key, before.clone())?,
            None => before.clone(),
        };
        let mut behind = String::new();
        let mut edits = Vec::new();
        for ((at, before), after) in header.three.iter().zip(&before).zip(&after) {
            match at {
                None => behind.push_str(&format!(",{}", after.text())),
                Some(at) if after != before => match cells.get(*at) {
                    Some(cell) => edits.push((cell.clone(), after.text())),
                    None => return Err(format!("has too few cells at line {line}")),
                },
                Some(_) => {}
            }
        }
        edits.sort_by_key(|(range, _)| range.start);
        self.edits.append(&mut edits);
        self.edit(end..end, behind);
        Ok(())
    }

    fn json_lines(&mut self, start: usize) -> Result<(), String> {
        let mut at = start;
        let whole = self.bytes;
        for (number, bytes) in whole.get(start..).unwrap_or_default().split(|byte| *byte == b'\n').enumerate() {
            let line = number as u32 + 1;
            if let Some(mark) = self.marks.remove(&line) {
                let text = std::str::from_utf8(bytes).map_err(|_| format!("is not UTF-8 at line {line}"))?;
                self.json_row(text, at, mark)?;
            }
            at += bytes.len() + 1;
        }
        Ok(())
    }

    fn json_row(&mut self, text: &str, at: usize, mark: &RowMark) -> Result<(), String> {
        let wrong = || format!("has no JSON object at line {}", mark.line);
        let row: FxHashMap<String, &RawValue> = serde_json::from_str(text).map_err(|_| wrong())?;
        let find = |name: &str| {
            let value = row.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, raw)| raw.get())?;
            // The raw value lies within the line it was read from.
            let start = (value.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
            Some((value, at + start..at + start + value.len()))
        };
        let content = |value: &str| match serde_json::from_str::<String>(value) {
            Ok(text) => Cell::Text(text),
            Err(_) if value == "null" => Cell::Null,
            Err(_) => Cell::Text(value.to_owned()),
        };
        let places = COLUMNS.map(find);
        let before = places.each_ref().map(|place| place.as_ref().map_or(Cell::Null, |(value, _)| content(value)));
        let key = KEYS.into_iter().find_map(find).map(|(value, _)| content(value).text().trim().to_owned());
        let after = self.change(mark, key, before.clone())?;
        let close = at + text.rfind('}').ok_or_else(wrong)?;
        let mut edits = Vec::new();
        let mut behind = String::new();
        for (which, place) in places.iter().enumerate() {
            let (Some(name), Some(old), Some(new)) = (COLUMNS.get(which), before.get(which), after.get(which)) else {
                continue;
            };
            if old == new {
                continue;
            }
            // Cents are a number, as what was recorded is.
            let value = if which == 0 { new.text() } else { serde_json::Value::String(new.text()).to_string() };
            match place {
                Some((_, range)) => edits.push((range.clone(), value)),
                None => behind.push_str(&format!(",\"{name}\":{value}")),
            }
        }
        edits.sort_by_key(|(range, _)| range.start);
        self.edits.append(&mut edits);
        self.edit(close..close, behind);
        Ok(())
    }

    fn edit(&mut self, range: Range<usize>, text: String) {
        if !text.is_empty() || !range.is_empty() {
            self.edits.push((range, text));
        }
    }

    fn edited(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes.len() + self.edits.len() * 16);
        let mut at = 0;
        for (range, text) in &self.edits {
            out.extend_from_slice(self.bytes.get(at..range.start).unwrap_or_default());
            out.extend_from_slice(text.as_bytes());
            at = range.end;
        }
        out.extend_from_slice(self.bytes.get(at..).unwrap_or_default());
        out
    }
}

/// Where the columns are; those that are not get their place behind the last.
#[derive(Clone)]
struct Header {
    three: [Option<usize>; 3],
    key: Option<usize>,
}

/// The cells of the record that begins at `at`, with their quotes and without
/// the line end. Quotes count only at the start of a cell, as for the readers.
fn cells(bytes: &[u8], mut at: usize) -> Vec<Range<usize>> {
    let mut cells = Vec::new();
    loop {
        let start = at;
        if bytes.get(at) == Some(&b'"') {
            at += 1;
            while let Some(byte) = bytes.get(at) {
                at += 1;
                if *byte == b'"' {
                    if bytes.get(at) != Some(&b'"') {
                        break;
                    }
                    at += 1;
                }
            }
        }
        while bytes.get(at).is_some_and(|byte| !matches!(byte, b',' | b'\n')) {
            at += 1;
        }
        if bytes.get(at) == Some(&b',') {
            cells.push(start..at);
            at += 1;
            continue;
        }
        let end = if at > start && bytes.get(at - 1) == Some(&b'\r') { at - 1 } else { at };
        cells.push(start..end);
        return cells;
    }
}

/// What a cell says, without quotes and blanks around it.
fn text_of(bytes: &[u8], cell: &Range<usize>) -> String {
    let raw = String::from_utf8_lossy(bytes.get(cell.clone()).unwrap_or_default());
    match raw.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"').unwrap_or(quoted).replace("\"\"", "\"").trim().to_owned(),
        None => raw.trim().to_owned(),
    }
}
