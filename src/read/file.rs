//! One file from its first byte to its last: header, format, blocks parsed on
//! all cores, fragments put together in order while the next are parsed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::block::{Blocks, Failure, Part, Sizes};
use super::crew::Crew;
use super::detect::detect;
use super::format::{Format, Kind};
use super::fragment::{Fragment, MOST_BAD, Maps, Plan, Scratch};
use super::seen::Seen;
use super::start::{First, look, result_keys};
use super::{BadRow, Input, ReadError, Terms, Watch};
use crate::calendar::Day;
use crate::place::PlacedError;
use crate::usage::{Hasher, Lines, Names, Side, SourceFile};

/// All that was read so far, of all files.
pub(super) struct Whole<'n> {
    pub lines: Lines,
    pub names: &'n mut Names,
    pub terms: Terms<'n>,
    pub bad_rows: Vec<BadRow>,
    /// What each file is read as, in the order of the files.
    pub formats: Vec<&'static Format>,
    /// What each file lists, in the order of the files.
    pub seen: Vec<Seen>,
    /// As reported to the watch.
    pub bytes: u64,
    pub rows: u64,
    /// The preview was given.
    pub shown: bool,
}

/// Bytes of pages without a result that are kept until one is found.
const MOST_EMPTY: usize = 16 << 20;

/// What adds up over the fragments of one file.
#[derive(Default)]
struct Tally {
    /// Something of it was taken.
    begun: bool,
    rows: u32,
    /// Bad rows, and how many were there before this file.
    bad: u64,
    bad_before: usize,
    blank_rows: u32,
    days: Option<(Day, Day)>,
    seen: Seen,
    maps: Maps,
}

/// Reads one file and puts its lines behind those there are.
///
/// # Errors
/// Whatever keeps the file as a whole from being read; bad rows do not.
pub(super) fn read_file(input: Input, sizes: Sizes, whole: &mut Whole<'_>, watch: &dyn Watch) -> Result<(), ReadError> {
    let about = About { path: input.path, side: input.side };
    let mut blocks = Blocks::new(input.content, sizes, input.hash);
    let first = about.start(&mut blocks, whole, watch)?;
    let kind = first.header.kind;
    let (format, layout) = detect(&about.path, about.side, input.format.as_deref(), first.header, &whole.terms)?;
    let before = whole.bytes;
    let file = whole.lines.add_file(source_file(&about.path, format, input.added, input.append));
    whole.formats.push(format);
    let plan = Arc::new(Plan::new(&about, file, format, layout, kind, &whole.terms));
    let mut tally = Tally { bad_before: whole.bad_rows.len(), ..Tally::default() };
    let (mut rollout, mut scratch) = (plan.rollout(), Scratch::new(0));
    let mut looked_at = first.rows.into_iter();
    let mut ended = first.ended;
    // Something to look at comes before all else, and most files are one block.
    loop {
        let part = match looked_at.next() {
            Some(block) => Part::Block(block),
            None if ended || (tally.begun && whole.shown && rollout.is_none()) => break,
            None => about.wait(&mut blocks, watch)?,
        };
        ended |= matches!(part, Part::End);
        let fragment = match &mut rollout {
            None => Fragment::of(&plan, &part, &mut scratch),
            Some(rollout) => Fragment::of_rollout(&plan, &part, &mut scratch, rollout),
        };
        drop(part);
        whole.take(&about, fragment, &mut tally, watch)?;
    }
    if !ended {
        whole.lines.reserve(rows_to_come(&tally, whole.bytes - before, input.bytes));
        let mut crew = Crew::start(rayon::current_num_threads().max(1), &blocks.turns(), &plan);
        while let Some(fragment) = about.parsed(&mut crew, watch)? {
            let lines = whole.take(&about, fragment, &mut tally, watch)?;
            crew.give_back(lines);
        }
    }

    let sha256 = blocks.sha256().map_err(|failure| about.failed(failure))?;
    if !SourceFile::is_table(&about.path) {
        for bad in whole.bad_rows.iter_mut().skip(tally.bad_before) {
            bad.key = Hasher::new("bad row of a file").text(&sha256).digest(bad.key).finish();
        }
    }
    if let Some(source) = whole.lines.file_mut(file) {
        source.sha256 = sha256;
        source.bytes = whole.bytes - before + first.bytes_before;
        source.rows = tally.rows;
        source.blank_rows = tally.blank_rows;
        source.days = tally.days;
    }
    whole.seen.push(tally.seen.finished());
    Ok(())
}

/// About how many rows a file still has, by how many its first bytes had;
/// `bytes` is 0 where its size is not known.
fn rows_to_come(tally: &Tally, read: u64, bytes: u64) -> usize {
    let rest = u128::from(bytes.saturating_sub(read));
    let rows = u128::from(tally.rows) * rest / u128::from(read.max(1));
    // Somewhat more, since rows are not all as long.
    usize::try_from((rows + rows / 16).min(u128::from(u32::MAX))).unwrap_or(0)
}

/// A file before anything of it is read.
pub(super) fn source_file(path: &Path, format: &Format, added: u32, append: bool) -> SourceFile {
    SourceFile {
        path: path.into(),
        sha256: String::new(),
        bytes: 0,
        format: format.info.name,
        shape: format.shape,
        added,
        append,
        rows: 0,
        blank_rows: 0,
        days: None,
    }
}

impl<'n> Whole<'n> {
    /// Nothing read so far.
    pub fn new(names: &'n mut Names, terms: Terms<'n>) -> Self {
        Self {
            lines: Lines::default(),
            names,
            terms,
            bad_rows: Vec::new(),
            formats: Vec::new(),
            seen: Vec::new(),
            bytes: 0,
            rows: 0,
            shown: false,
        }
    }

    /// Puts what was parsed behind what there is; gives back the lines, which
    /// nobody needs any more.
    fn take(
        &mut self,
        about: &About,
        fragment: Fragment,
        tally: &mut Tally,
        watch: &dyn Watch,
    ) -> Result<Lines, PlacedError> {
        let rows = fragment.lines.len();
        if self.lines.len() + rows > u32::MAX as usize {
            return Err(about.error("has too many rows: all files of one side may hold 4,294,967,295"));
        }
        self.lines.append(&fragment.lines, tally.maps.of(&fragment, self.names));
        self.bad_rows.extend(fragment.bad_rows);
        tally.begun = true;
        tally.bad += fragment.bad;
        if tally.bad > MOST_BAD {
            return Err(about.hopeless(self.bad_rows.get(tally.bad_before)));
        }
        self.bytes += fragment.bytes;
        self.rows += rows as u64;
        tally.rows += rows as u32;
        tally.blank_rows = tally.blank_rows.saturating_add(fragment.blank_rows);
        tally.days = match (tally.days, fragment.days) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (days, None) | (None, days) => days,
        };
        tally.seen.merge(fragment.seen);
        if !self.shown && !self.lines.is_empty() {
            self.shown = true;
            watch.preview(&self.lines, self.names);
        }
        watch.progress(self.bytes, self.rows);
        Ok(fragment.lines)
    }
}

/// The file, for the sentences about it.
pub(super) struct About {
    pub path: PathBuf,
    pub side: Side,
}

impl About {
    pub fn error(&self, what: impl Into<String>) -> PlacedError {
        PlacedError::new(&self.path, what)
    }

    pub fn error_in(&self, line: u64, what: impl Into<String>) -> PlacedError {
        PlacedError { line: Some(line), ..self.error(what) }
    }

    /// A file with too many bad rows, of which this is the first.
    fn hopeless(&self, first: Option<&BadRow>) -> PlacedError {
        let Some(first) = first else { return self.error("has too many rows that cannot be read") };
        self.error_in(
            u64::from(first.line),
            format!(
                "is the first of more than {},000 rows that cannot be read ({}: {}); correct the file, or check \
                 what it is",
                MOST_BAD / 1_000,
                first.column,
                // What to do about one row does not help with so many.
                first.reason.rsplit_once("; ").map_or(&*first.reason, |(what, _)| what)
            ),
        )
    }

    fn failed(&self, failure: Failure) -> ReadError {
        let error = match failure {
            Failure::Io(error) => self.error(format!("cannot be read: {error}")),
            Failure::TooLong { line, quoted: true } => {
                self.error_in(line, "opens a quote that is not closed within 64 MiB; close it or take it out")
            }
            Failure::TooLong { line, quoted: false } => {
                self.error_in(line, "has no end within 64 MiB, so this is hardly a file of rows; check what it is")
            }
            Failure::TooManyLines => {
                self.error("has more than 4,294,967,295 lines; split it, and give the parts with --append")
            }
            Failure::Lost => self.error("cannot be read: reading it ended unexpectedly; try again"),
        };
        error.into()
    }

    /// Blocks until the header is known.
    pub fn start(&self, blocks: &mut Blocks, whole: &mut Whole<'_>, watch: &dyn Watch) -> Result<First, ReadError> {
        let mut bytes_before = 0;
        loop {
            match self.wait(blocks, watch)? {
                Part::Block(block) => {
                    let bytes = block.bytes().len() as u64;
                    if let Some(mut first) = look(self, block)? {
                        bytes_before += bytes - first.rows.iter().map(|rows| rows.bytes().len() as u64).sum::<u64>();
                        first.bytes_before = bytes_before;
                        whole.bytes += bytes_before;
                        if first.header.kind == Kind::Pages {
                            self.find_result(blocks, &mut first, watch)?;
                        }
                        return Ok(first);
                    }
                    bytes_before += bytes;
                }
                Part::Unclosed(rest) => {
                    return Err(self.error_in(rest.line, "opens a quote in the header that is never closed").into());
                }
                Part::End => {
                    return Err(self.error("is empty: there is not even a header in it; export it again").into());
                }
            }
        }
    }

    /// Reads on until a bucket holds a result, since only that says of what the
    /// pages are. Without any, they are of nothing.
    fn find_result(&self, blocks: &mut Blocks, first: &mut First, watch: &dyn Watch) -> Result<(), ReadError> {
        let mut empty = 0;
        while first.header.columns.len() <= 2 && empty < MOST_EMPTY {
            let Part::Block(block) = self.wait(blocks, watch)? else {
                first.ended = true;
                break;
            };
            empty += block.bytes().len();
            first.header.columns = result_keys(&block);
            first.rows.push(block);
        }
        Ok(())
    }

    pub fn wait(&self, blocks: &mut Blocks, watch: &dyn Watch) -> Result<Part, ReadError> {
        self.until(watch, || blocks.next())
    }

    /// The next of what the crew makes of the file; `None` at its end.
    fn parsed(&self, crew: &mut Crew, watch: &dyn Watch) -> Result<Option<Fragment>, ReadError> {
        self.until(watch, || crew.next())
    }

    /// Asks again and again, as long as somebody wants it.
    fn until<T>(&self, watch: &dyn Watch, mut ask: impl FnMut() -> Result<Option<T>, Failure>) -> Result<T, ReadError> {
        loop {
            if watch.cancelled() {
                return Err(ReadError::Cancelled);
            }
            if let Some(found) = ask().map_err(|failure| self.failed(failure))? {
                return Ok(found);
            }
        }
    }
}
