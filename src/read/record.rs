//! Where the records of a CSV text end. Quotes count only at the start of a
//! cell, as in the `csv` crate, whose records these are one for one; but here
//! it is known where each stands, and line ends inside quotes are no ends.

use std::io::{self, Read};

use memchr::{memchr, memchr2, memrchr};

use super::block::BOM;

/// What there is from the start of a record on.
enum Found {
    /// The record's line end is at this byte.
    End(usize),
    /// The bytes ended first: outside quotes, or inside those opened here.
    Open(Option<usize>),
}

fn find_end(bytes: &[u8], start: usize) -> Found {
    let mut at = start;
    loop {
        let Some(hit) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\n', rest)) else { return Found::Open(None) };
        let hit = at + hit;
        if bytes.get(hit) == Some(&b'\n') {
            return Found::End(hit);
        }
        at = hit + 1;
        let opens = hit == start || bytes.get(hit - 1) == Some(&b',');
        if opens {
            match closing(bytes, at) {
                Some(close) => at = close + 1,
                None => return Found::Open(Some(hit)),
            }
        }
    }
}

/// Whether every cell in quotes ends within the line, which begins a record.
pub(super) fn is_closed(line: &[u8]) -> bool {
    !matches!(find_end(line, 0), Found::Open(Some(_)))
}

/// The quote that closes the one before `at`.
fn closing(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let hit = at + memchr(b'"', bytes.get(at..)?)?;
        if bytes.get(hit + 1) != Some(&b'"') {
            return Some(hit);
        }
        at = hit + 2;
    }
}

/// Where the last whole record of some bytes ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Last {
    /// The byte after its line end; 0 when not one record is whole.
    pub end: usize,
    /// The quote in which the bytes end, if they end inside one.
    pub open_quote: Option<usize>,
}

/// `bytes` start with a record.
pub(super) fn last_end(bytes: &[u8]) -> Last {
    let Some(first_quote) = memchr(b'"', bytes) else {
        return Last { end: memrchr(b'\n', bytes).map_or(0, |at| at + 1), open_quote: None };
    };
    let before = bytes.get(..first_quote).and_then(|plain| memrchr(b'\n', plain));
    let mut end = before.map_or(0, |at| at + 1);
    loop {
        match find_end(bytes, end) {
            Found::End(at) => end = at + 1,
            Found::Open(open_quote) => return Last { end, open_quote },
        }
    }
}

/// The records of a text one after the other, without their line ends.
pub(super) struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    /// With quotes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        if start >= self.bytes.len() {
            return None;
        }
        let end = match find_end(self.bytes, start) {
            Found::End(at) => at,
            Found::Open(_) => self.bytes.len(),
        };
        self.at = end + 1;
        self.bytes.get(start..end)
    }
}

/// A reader of the `csv` crate that agrees with [`Records`], but for empty
/// records, which it skips.
pub(super) fn csv_reader(bytes: &[u8]) -> csv::Reader<io::Chain<&[u8], &[u8]>> {
    // The crate takes a byte order mark off whatever it begins with, also where
    // a block begins in the middle of a file; an empty record it skips.
    let before: &[u8] = if bytes.starts_with(BOM) { b"\n" } else { b"" };
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_reader(before.chain(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_count_only_at_the_start_of_a_cell() {
        let text = b"a\"b\n\"c\nd\",\"e\"\"\n\"\nlast\"";
        let records: Vec<_> = Records::new(text).collect();
        assert_eq!(records, [&b"a\"b"[..], b"\"c\nd\",\"e\"\"\n\"", b"last\""]);
        assert_eq!(last_end(text), Last { end: 17, open_quote: None });
        assert_eq!(last_end(b"a\nb,\"c\n"), Last { end: 2, open_quote: Some(4) });
    }

    proptest! {
        #[test]
        fn records_are_those_of_the_csv_crate(text in "[a\",\n\r ]{0,40}") {
            let ours: Vec<&[u8]> = Records::new(text.as_bytes()).filter(|record| !record.is_empty()).collect();
            let theirs: Vec<csv::ByteRecord> = csv_reader(text.as_bytes()).byte_records().map(Result::unwrap).collect();
            prop_assert_eq!(ours.len(), theirs.len(), "{:?} {:?}", ours, theirs);
            for (ours, theirs) in ours.iter().zip(&theirs) {
                let alone = csv_reader(ours).byte_records().next().unwrap().unwrap();
                prop_assert_eq!(&alone, theirs);
            }
        }

        #[test]
        fn a_cut_is_where_a_record_ends(text in "[a\",\n]{0,40}") {
            let bytes = text.as_bytes();
            let ends: Vec<usize> = Records::new(bytes).scan(0, |at, record| { *at += record.len() + 1; Some(*at) }).collect();
            let whole = ends.iter().copied().filter(|end| *end <= bytes.len()).max().unwrap_or(0);
            prop_assert_eq!(last_end(bytes).end, whole);
        }
    }
}
