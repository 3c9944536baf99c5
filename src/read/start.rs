//! The beginning of a file: its encoding, its header, and where the rows
//! start.

use memchr::memrchr;
use rustc_hash::FxHashSet;

use super::block::{BOM, Block, is_blank, lines_in};
use super::cells::quoted;
use super::detect::{Header, not_text};
use super::file::About;
use super::format::Kind;
use super::record::{Records, csv_reader};
use super::{json, pages};
use crate::place::PlacedError;

/// Columns, or keys of JSON, beyond which this is no table of anything.
const MOST_COLUMNS: usize = 10_000;

/// What the first block with anything in it gave.
pub(super) struct First {
    pub header: Header,
    /// The rest of the block; of pages, all blocks that were looked at.
    pub rows: Vec<Block>,
    /// Bytes of the file before that.
    pub bytes_before: u64,
    /// There are no further blocks.
    pub ended: bool,
}

/// Looks for the header; `None` when there are only blanks.
///
/// # Errors
/// When the file is not text in UTF-8, or its header cannot be read.
pub(super) fn look(about: &About, block: Block) -> Result<Option<First>, PlacedError> {
    let bytes = block.bytes();
    // A list of pages is one of JSON that is read.
    if block.line == 1
        && block.kind != Some(Kind::Pages)
        && let Some(what) = not_text(bytes)
    {
        return Err(about.error(what));
    }
    let mark = if block.line == 1 && bytes.starts_with(BOM) { BOM.len() } else { 0 };
    match block.kind.filter(|_| !is_blank(bytes)) {
        None => Ok(None),
        Some(Kind::Pages) => {
            let header = Header { columns: result_keys(&block), kind: Kind::Pages, line: block.line };
            Ok(Some(First { header, rows: vec![block.without(mark, 0)], bytes_before: 0, ended: false }))
        }
        Some(Kind::JsonLines) => {
            let columns = json_keys(bytes.get(mark..).unwrap_or(&[]));
            if columns.is_empty() {
                return Err(about.error_in(
                    block.line,
                    "opens a JSON object that is no page of the admin API, and no line near the start holds a whole one; \
                     write rows as one object a line",
                ));
            }
            let header = Header { columns, kind: Kind::JsonLines, line: block.line };
            // Blank lines before the first object are no rows, as before a header.
            let rest = bytes.get(mark..).unwrap_or(&[]);
            let blanks = rest.get(..rest.len() - rest.trim_ascii_start().len()).unwrap_or(&[]);
            let blanks = blanks.get(..memrchr(b'\n', blanks).map_or(0, |at| at + 1)).unwrap_or(&[]);
            let (cut, lines) = (mark + blanks.len(), lines_in(blanks));
            Ok(Some(First { header, rows: vec![block.without(cut, lines)], bytes_before: 0, ended: false }))
        }
        Some(Kind::Csv) => csv_header(about, block, mark).map(Some),
    }
}

fn csv_header(about: &About, block: Block, mark: usize) -> Result<First, PlacedError> {
    let bytes = block.bytes().get(mark..).unwrap_or(&[]);
    let (mut at, mut line) = (mark, block.line);
    let mut header: &[u8] = &[];
    for record in Records::new(bytes) {
        at += record.len() + 1;
        if !record.trim_ascii().is_empty() {
            header = record;
            break;
        }
        line += 1;
    }
    // The last record of a file may lack its line end.
    let end = at.min(block.bytes().len());
    let lines = lines_in(block.bytes().get(..end).unwrap_or(&[]));
    let plain = header.strip_suffix(b"\r").unwrap_or(header);
    if plain.contains(&b'\r') && !plain.contains(&b'"') {
        return Err(
            about.error_in(line, "ends its lines in a bare carriage return, as old Macs did; save it with line feeds")
        );
    }
    let columns = columns(header).map_err(|what| about.error_in(line, what))?;
    let header = Header { columns, kind: Kind::Csv, line };
    Ok(First { header, rows: vec![block.without(end, lines)], bytes_before: 0, ended: false })
}

fn columns(header: &[u8]) -> Result<Vec<String>, String> {
    if header.contains(&0) {
        return Err("has a NUL byte in its header; this is hardly a CSV file".to_owned());
    }
    let mut record = csv::StringRecord::new();
    match csv_reader(header).read_record(&mut record) {
        Ok(true) => {}
        Ok(false) => return Err("has an empty header".to_owned()),
        Err(_) => {
            let text = String::from_utf8_lossy(header);
            return Err(format!("has a header that is not UTF-8 ({}); save it as CSV in UTF-8", quoted(&text)));
        }
    }
    if record.len() > MOST_COLUMNS {
        return Err(format!("has {} columns in its header; this is hardly a CSV file", record.len()));
    }
    Ok(record.iter().map(|cell| cell.trim_end_matches('\r').to_owned()).collect())
}

/// What the buckets of pages have: their times and, where the block holds a
/// result, its keys.
pub(super) fn result_keys(block: &Block) -> Vec<String> {
    let mut keys = vec!["start_time".to_owned(), "end_time".to_owned()];
    let bytes = block.bytes();
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    keys.extend(pages::first_result(bytes, block.inside).and_then(json::keys).unwrap_or_default());
    keys
}

/// All keys of the first lines: a database may leave out those that are null.
fn json_keys(bytes: &[u8]) -> Vec<String> {
    let mut known = FxHashSet::default();
    let lines = bytes.split(|byte| *byte == b'\n').take(1_000);
    let keys = lines.flat_map(|line| json::keys(line).unwrap_or_default());
    keys.filter(|key| known.insert(key.clone())).take(MOST_COLUMNS).collect()
}
