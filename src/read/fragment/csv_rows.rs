//! The rows of a block of CSV: by the short way where there is one, else cell
//! by cell, else, where there are quotes, by the `csv` crate.

use std::ops::Range;

use memchr::{memchr, memrchr};

use super::{Rows, not_utf8, unreadable};
use crate::read::block::lines_in;
use crate::read::cells::{Cells, Problem};
use crate::read::marks::{Marks, survey};
use crate::read::record::{Records, csv_reader, is_closed};
use crate::read::usual::{self, Reader, Run, Short};
use crate::usage::Names;

impl Rows<'_> {
    pub(super) fn csv(&mut self, bytes: &[u8]) {
        let survey = survey(bytes);
        let text = !survey.nul && (survey.ascii || std::str::from_utf8(bytes).is_ok());
        let quoted = || if survey.quote { lines_with_quotes(bytes) } else { Some(Vec::new()) };
        match text.then(quoted).flatten() {
            Some(lines) => self.mixed_csv(bytes, &lines),
            None => self.any_csv(bytes, text),
        }
    }

    /// Text that has quotes in these lines only.
    fn mixed_csv(&mut self, text: &[u8], quoted: &[Range<usize>]) {
        let lines = quoted.iter().filter_map(|line| text.get(line.clone()));
        // One reader for all of them: to make one costs more than to read a row.
        let together: Vec<u8> = lines.clone().flatten().copied().collect();
        let mut reader = if together.is_empty() { None } else { Some(csv_reader(&together)) };
        let (mut record, mut at) = (csv::ByteRecord::new(), 0);
        for (line, raw) in quoted.iter().zip(lines.flat_map(Records::new)) {
            self.unquoted_csv(text.get(at..line.start).unwrap_or(&[]));
            let read = reader.as_mut().is_some_and(|reader| matches!(reader.read_byte_record(&mut record), Ok(true)));
            self.any_row(raw, read.then_some(&record), true);
            at = line.end;
        }
        self.unquoted_csv(text.get(at..).unwrap_or(&[]));
    }

    fn unquoted_csv(&mut self, text: &[u8]) {
        match &self.plan.short {
            _ if text.is_empty() => {}
            Some(short) => self.usual(short, text, Reader::csv, Self::plain_csv),
            None => self.plain_csv(text),
        }
    }

    /// Takes rows the short way, and those that are odd the general one.
    pub(super) fn usual(
        &mut self,
        short: &Short,
        text: &[u8],
        read: impl FnOnce(&mut Reader, &Short, &[u8], &mut Names, &mut dyn FnMut(usual::Rows<'_>, &mut Names)),
        general: impl Fn(&mut Self, &[u8]),
    ) {
        let mut reader = self.scratch.reader.take().unwrap_or_else(|| Reader::new(short));
        let mut names = std::mem::take(&mut self.scratch.names);
        read(&mut reader, short, text, &mut names, &mut |rows, names| {
            std::mem::swap(&mut self.scratch.names, names);
            for run in rows.runs() {
                match run {
                    Run::Usual(run) => self.batch(&rows, run, text),
                    Run::Odd(row) => general(self, text.get(row).unwrap_or(&[])),
                }
            }
            std::mem::swap(&mut self.scratch.names, names);
        });
        self.scratch.names = names;
        self.scratch.reader = Some(reader);
    }

    /// Rows that were read the short way, one a line.
    fn batch(&mut self, rows: &usual::Rows<'_>, run: Range<usize>, text: &[u8]) {
        let first = u32::try_from(self.line).unwrap_or(u32::MAX);
        self.line += run.len() as u64;
        if let Some((first, last)) = rows.days(run.clone()) {
            self.spans_days(first);
            self.spans_days(last);
        }
        self.out.lines.push_batch(self.plan.file, first, rows.batch, run, text);
    }

    /// Without a quote in the whole block, cells are what stands between
    /// commas, and need no copying. All of it is known to be UTF-8.
    fn plain_csv(&mut self, text: &[u8]) {
        let text = std::str::from_utf8(text).unwrap_or("");
        let mut cells = Cells::blank();
        let (mut row, mut cell, mut count) = (0, 0, 0);
        let ends = Marks::of(text.as_bytes());
        let last = (!text.is_empty() && !text.ends_with('\n')).then_some(text.len());
        for end in ends.chain(last) {
            if let Some(field) = self.plan.layout.field(count) {
                cells.set(field, text.get(cell..end).unwrap_or(""));
            }
            count += 1;
            cell = end + 1;
            if text.as_bytes().get(end) == Some(&b',') {
                continue;
            }
            let raw = text.get(row..end).unwrap_or("");
            self.cells(raw.as_bytes(), &cells, count, || raw.chars().all(|c| c == ',' || c.is_whitespace()));
            self.line += 1;
            cells = Cells::blank();
            (row, count) = (end + 1, 0);
        }
    }

    /// With quotes in it; `clean` where there is nothing but text.
    fn any_csv(&mut self, bytes: &[u8], clean: bool) {
        let mut reader = csv_reader(bytes);
        let mut record = csv::ByteRecord::new();
        for raw in Records::new(bytes) {
            // The csv crate skips these without a word.
            if raw.is_empty() {
                self.out.blank_rows += 1;
                self.line += 1;
                continue;
            }
            let read = matches!(reader.read_byte_record(&mut record), Ok(true));
            self.any_row(raw, read.then_some(&record), clean);
        }
    }

    fn any_row(&mut self, raw: &[u8], record: Option<&csv::ByteRecord>, clean: bool) {
        match (if clean { None } else { unreadable(raw) }, record) {
            (Some(problem), _) => self.bad(raw, problem),
            (None, Some(record)) => self.record(raw, record),
            (None, None) => self.bad(raw, Problem::row("cannot be taken apart into cells", "check its quotes")),
        }
        self.line += 1 + lines_in(raw);
    }

    fn record(&mut self, raw: &[u8], record: &csv::ByteRecord) {
        let Ok(text) = std::str::from_utf8(record.as_slice()) else {
            self.bad(raw, not_utf8());
            return;
        };
        let mut cells = Cells::blank();
        for column in 0..record.len() {
            if let Some(field) = self.plan.layout.field(column) {
                cells.set(field, record.range(column).and_then(|range| text.get(range)).unwrap_or(""));
            }
        }
        self.cells(raw, &cells, record.len(), || text.trim().is_empty());
    }

    /// A row of CSV; `blank` says whether all its cells are.
    fn cells(&mut self, raw: &[u8], cells: &Cells<'_>, count: usize, blank: impl Fn() -> bool) {
        let columns = self.plan.layout.header.len();
        if blank() {
            self.out.blank_rows += 1;
        } else if count != columns {
            let what = format!("has {} where the header has {columns}", in_cells(count));
            let then = "put cells that hold a comma into quotes, or leave the row out with a reason";
            self.bad(raw, Problem::row(what, then));
        } else {
            self.row(raw, cells);
        }
    }
}

/// The lines of some rows that have a quote, with their ends. `None` where a
/// cell in quotes goes on in the next line, or where many lines have some, so
/// that nothing is won by taking them one by one.
fn lines_with_quotes(bytes: &[u8]) -> Option<Vec<Range<usize>>> {
    let (mut lines, mut at, mut quoted) = (Vec::new(), 0, 0);
    while let Some(quote) = memchr(b'"', bytes.get(at..)?) {
        let quote = at + quote;
        let from = memrchr(b'\n', bytes.get(at..quote)?).map_or(at, |end| at + end + 1);
        let to = memchr(b'\n', bytes.get(quote..)?).map_or(bytes.len(), |end| quote + end + 1);
        quoted += to - from;
        if quoted > bytes.len() / 8 || !is_closed(bytes.get(from..to)?) {
            return None;
        }
        lines.push(from..to);
        at = to;
    }
    Some(lines)
}

fn in_cells(count: usize) -> String {
    if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_with_quotes_are_records_of_their_own(
            lines in proptest::collection::vec(prop_oneof![9 => "[ab,\r]{0,30}", 1 => "[ab,\"]{0,4}"], 0..40),
        ) {
            let text = lines.join("\n");
            if let Some(found) = lines_with_quotes(text.as_bytes()) {
                let records: Vec<&[u8]> = Records::new(text.as_bytes()).collect();
                prop_assert!(records.iter().all(|record| !record.contains(&b'\n')));
                let quoted = records.into_iter().filter(|record| record.contains(&b'"'));
                let lines = found.iter().map(|line| text[line.clone()].trim_end_matches('\n').as_bytes());
                prop_assert_eq!(lines.collect::<Vec<_>>(), quoted.collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn rows_are_taken_one_by_one_where_few_have_quotes_that_close() {
        let plain = "a,b\n".repeat(20);
        let found = |line: &str| -> Option<Vec<(usize, usize)>> {
            let lines = lines_with_quotes(format!("{plain}{line}\n{plain}").as_bytes())?;
            Some(lines.into_iter().map(|line| (line.start, line.end)).collect())
        };
        assert_eq!(found("\"x, y\",z"), Some(vec![(80, 89)]));
        assert_eq!(found("x\"y,z"), Some(vec![(80, 86)]));
        assert_eq!(found("\"x"), None);
        assert_eq!(lines_with_quotes(b"\"a\",b\n\"c\",d\n"), None);
        assert_eq!(lines_with_quotes(plain.as_bytes()), Some(vec![]));
    }
}
