//! The rows of an item as they stand in their files, read again when somebody
//! asks: the month itself keeps only where they are.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Desk, Session, text};
use crate::book::Book;
use crate::usage::{Lines, Side, SourceFile};

/// Lines a row may go over before it is cut: a stray quote would take in the
/// rest of the file.
const MOST_LINES: usize = 64;

/// Reads rows again. Works beside the writer.
pub struct RawRows {
    book: Arc<Mutex<Book>>,
}

impl Session {
    pub fn raw_rows(&self) -> RawRows {
        RawRows { book: Arc::clone(&self.book) }
    }
}

impl RawRows {
    /// Each row of an item, bill first, with its origin (`bill.csv:118`); where
    /// a file cannot be read, a sentence takes the place of the row. Reads the
    /// files up to the rows, so it may take a while.
    pub fn of(&self, desk: &Desk, item: u32) -> Vec<(String, String)> {
        if item >= desk.items() {
            return Vec::new();
        }
        let (_, items, _) = desk.comparison();
        let inputs = desk.inputs();
        let bill = items.bill_rows(item).map(|row| (Side::Bill, &inputs.bill.lines, row));
        let ledger = items.ledger_rows(item).map(|row| (Side::Ledger, &inputs.ledger.lines, row));
        bill.chain(ledger).map(|(side, lines, row)| (lines.origin_text(row), self.row(side, lines, row))).collect()
    }

    fn row(&self, side: Side, lines: &Lines, row: u32) -> String {
        let path = &lines.source(row).path;
        if let Some(bundle) = lines.bundle(row) {
            return format!(
                "{} of {} were added up by the server, since the bill is compared by the day. To see them one by \
                 one, open the month with --rows.",
                text::counted(bundle.entries.into(), "row"),
                path.display()
            );
        }
        if SourceFile::is_table(path) {
            return format!("This row stands in {}; look it up there by its key.", path.display());
        }
        let read = self.open(side, path).and_then(|file| {
            row_at(BufReader::new(file), lines.origin(row).line as usize).map_err(|error| error.to_string())
        });
        read.unwrap_or_else(|why| format!("This row cannot be read again: {why}"))
    }

    /// The book's copy where it has one, else the file the operator named.
    fn open(&self, side: Side, path: &Path) -> Result<File, String> {
        let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let records = book.inputs(side).map_err(|error| error.to_string())?;
        match records.into_iter().find(|record| record.path == path) {
            Some(record) => book.open_input(&record).map_err(|error| error.to_string()),
            None => File::open(path).map_err(|error| format!("{}: {error}", path.display())),
        }
    }
}

/// The row that starts at a line counted from 1; a quoted line end carries it
/// on.
fn row_at(mut file: impl BufRead, line: usize) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    for _ in 1..line {
        bytes.clear();
        if file.read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
    }
    bytes.clear();
    for _ in 0..MOST_LINES {
        let read = file.read_until(b'\n', &mut bytes)?;
        let json = bytes.trim_ascii_start().first() == Some(&b'{');
        let open = bytes.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
        if read == 0 || json || !open {
            break;
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, line: usize) -> String {
        row_at(text.as_bytes(), line).unwrap()
    }

    #[test]
    fn a_row_is_found_by_its_line_and_goes_over_quoted_line_ends() {
        let text = "id,note\r\n1,plain\r\n2,\"two\nlines\"\r\n3,end";
        assert_eq!(at(text, 2), "1,plain");
        assert_eq!(at(text, 3), "2,\"two\nlines\"");
        assert_eq!(at(text, 5), "3,end");
        assert_eq!(at(text, 50), "");
        assert_eq!(at("{\"a\":\"5\\\"\"}\n{}", 1), "{\"a\":\"5\\\"\"}");
        let stray = format!("a,\"\n{}", "b,c\n".repeat(500));
        assert_eq!(at(&stray, 1).lines().count(), MOST_LINES);
    }
}
