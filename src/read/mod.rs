//! Bills and ledgers as they arrive, read into [`Lines`].
//!
//! One file for each format; `detect` knows a format by its header. A file
//! comes in blocks of whole records, which all cores parse into lines; then
//! `overlap` settles what several files hold of the same day, and `coverage`
//! says what they leave out. A row that cannot be read is a [`BadRow`] and does
//! not stop the rest, unless there are too many to be settled.

mod block;
mod bundle;
mod cells;
mod columns;
mod content;
mod coverage;
mod crew;
mod cutter;
mod detect;
mod ends;
mod file;
mod format;
mod fragment;
mod inspect;
mod json;
mod metadata;
mod overlap;
mod pages;
mod record;
mod room;
mod seen;
mod start;
mod table;
mod terms;
mod turns;
mod usual;

mod credit_type;
mod line_item;

mod batch_output;
mod codex;
mod credit_ledger;
mod credit_log;
mod credit_report;
mod litellm;
mod marks;
mod openrouter;
mod pipeline;
mod platform_cost;
mod platform_cost_2024;
mod platform_empty;
mod platform_usage;
mod requests;
mod token_usage;

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod variants_tests;

pub use block::Sizes;
pub use bundle::{Count, MARKS, Role};
pub use columns::{ColumnMap, MapError, example_map};
pub use content::{Content, ReadAt};
pub use inspect::{Inspected, Unknown, inspect};
pub use table::{KnownTable, know_table};
pub use terms::{Billed, Terms};

use std::path::PathBuf;

pub use coverage::{Coverage, CoverageNote, CutShort, NoteKind};

use crate::calendar::Day;
use crate::place::PlacedError;
use crate::usage::{Digest, Lines, Names, Side};

/// One file to read.
pub struct Input {
    /// As the operator gave it, for messages and origins.
    pub path: PathBuf,
    pub side: Side,
    /// The name of a format the operator forces, see [`formats`].
    pub format: Option<String>,
    /// Declared not to overlap with any other file.
    pub append: bool,
    /// Order of adding: greater is later.
    pub added: u32,
    /// Size, for progress; 0 where unknown.
    pub bytes: u64,
    /// Whether the SHA-256 of the content is wanted (it costs a thread).
    pub hash: bool,
    pub content: Content,
}

/// What a long read tells and asks of whoever waits for it. Called from
/// several threads.
pub trait Watch: Sync {
    /// Bytes and rows read so far, of all files of this call.
    fn progress(&self, bytes: u64, rows: u64);
    /// The first lines, once, as soon as there are any: something to look at
    /// while the rest is read.
    fn preview(&self, _lines: &Lines, _names: &Names) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// Nobody is waiting.
pub struct Quiet;
impl Watch for Quiet {
    fn progress(&self, _bytes: u64, _rows: u64) {}
}

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BadRow {
    pub side: Side,
    pub file: PathBuf,
    /// Line in the file, counted from 1.
    pub line: u32,
    /// The column's name, or `row` where the row as a whole is meant.
    pub column: String,
    /// A sentence: what is wrong and what to do.
    pub reason: String,
    /// The row as it stands in the file, cut at 500 characters.
    pub raw: String,
    /// Identity for the decision to exclude it: by the file's content, line and
    /// text, whatever the file is called; of a table by the row's own text.
    pub key: Digest,
}

/// A day of an account that an older download held with fewer or more rows
/// than the newer one that replaced it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superseded {
    pub side: Side,
    pub account: String,
    pub day: Day,
    /// The older file and the one that counts.
    pub older: PathBuf,
    pub newer: PathBuf,
    /// Rows and, in credits or money, the total of each.
    pub older_rows: u32,
    pub newer_rows: u32,
    /// The newer download holds less than the older: an open item.
    pub shrunk: bool,
    /// Both add up to the same: the same day, split in another way.
    pub same_total: bool,
}

/// One side, read whole.
#[derive(Debug, Default)]
pub struct SideRead {
    pub lines: Lines,
    /// Rows of older downloads that a newer one replaced, kept as evidence.
    pub superseded_lines: Lines,
    pub superseded: Vec<Superseded>,
    /// Rows that another file holds as well and that count once.
    pub repeated_rows: u64,
    pub bad_rows: Vec<BadRow>,
    /// The days that bills cover, of files that list all days of their range.
    pub coverage: Vec<Coverage>,
    /// What is to be known about them, in sentences.
    pub coverage_notes: Vec<CoverageNote>,
}

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read at all: unknown format, not UTF-8, I/O.
    #[error(transparent)]
    File(#[from] PlacedError),
    #[error("reading was cancelled")]
    Cancelled,
}

/// A format this program reads: its name (for `--bill-format`), what it is in
/// words, and the columns it is known by.
pub struct FormatInfo {
    pub name: &'static str,
    pub title: &'static str,
    pub columns: &'static str,
}

/// The formats there are. Which of them a side reads, detection knows.
pub fn formats() -> &'static [FormatInfo] {
    const {
        &[
            credit_report::INFO,
            credit_log::INFO,
            platform_cost::INFO,
            platform_cost_2024::INFO,
            platform_usage::INFO,
            platform_empty::INFO,
            openrouter::INFO,
            batch_output::INFO,
            requests::INFO,
            token_usage::INFO,
            litellm::INFO,
            pipeline::RUNS_INFO,
            pipeline::POSTS_INFO,
            codex::INFO,
            credit_ledger::INFO,
        ]
    }
}

/// What is to be known about the rows of a format before their figures are
/// believed, as a sentence without its subject; most need none.
pub fn caution(format: &str) -> Option<&'static str> {
    (format == pipeline::RUNS_INFO.name).then_some(pipeline::RUNS_CAUTION)
}

/// Reads all files of one side, one after the other, each on all cores.
///
/// Lines stand in the order of the inputs and of their rows; what counts does
/// not depend on either. Every row of a file is a line, superseded, repeated,
/// bad or blank, and none is two of these.
///
/// # Errors
/// A file that cannot be read at all, or a watch that cancelled. Bad rows are
/// no error.
pub fn read(inputs: Vec<Input>, names: &mut Names, watch: &dyn Watch) -> Result<SideRead, ReadError> {
    read_on(inputs, Terms::default(), names, watch)
}

/// As [`read`], with the operator's maps of columns; a file that one of them
/// fits is read through it.
///
/// # Errors
/// As for [`read`]; also a file that two maps fit.
pub fn read_mapped(
    inputs: Vec<Input>,
    maps: &[ColumnMap],
    names: &mut Names,
    watch: &dyn Watch,
) -> Result<SideRead, ReadError> {
    read_on(inputs, Terms { maps, ..Terms::default() }, names, watch)
}

/// As [`read`], on the terms of a book.
///
/// # Errors
/// As for [`read`]; also a file that two maps fit.
pub fn read_on(
    inputs: Vec<Input>,
    terms: Terms<'_>,
    names: &mut Names,
    watch: &dyn Watch,
) -> Result<SideRead, ReadError> {
    read_in_blocks(inputs, terms, names, watch, Sizes::default())
}

/// As [`read_mapped`], so many bytes at a time: what is read does not depend on
/// it, and that is what it is for. Only two things are looked for in the first
/// block alone, the keys of JSON lines and the first row of a broken page.
///
/// # Errors
/// As for [`read_mapped`].
pub fn read_in_blocks(
    inputs: Vec<Input>,
    terms: Terms<'_>,
    names: &mut Names,
    watch: &dyn Watch,
    sizes: Sizes,
) -> Result<SideRead, ReadError> {
    let Some(side) = inputs.first().map(|input| input.side) else { return Ok(SideRead::default()) };
    let mut whole = file::Whole::new(names, terms);
    for (at, input) in inputs.into_iter().enumerate() {
        if at >= usize::from(u16::MAX) {
            return Err(
                PlacedError::new(&input.path, "is one file too many: at most 65,535 can be read at once").into()
            );
        }
        file::read_file(input, sizes, &mut whole, watch)?;
    }
    let file::Whole { lines, names, bad_rows, formats, seen, .. } = whole;
    let content = coverage::Content::of(&lines);
    let settled = overlap::settle(side, lines, names, &formats, &seen);
    let (coverage, coverage_notes) = coverage::coverage(side, &settled, names, &terms, &formats, &seen, &content);
    Ok(SideRead {
        lines: settled.lines,
        superseded_lines: settled.superseded_lines,
        superseded: settled.superseded,
        repeated_rows: settled.repeated_rows,
        bad_rows,
        coverage,
        coverage_notes,
    })
}
