//! A block of a file parsed into lines of its own, on any thread. Fragments
//! are put together in the order of the file.

mod csv_rows;
mod json_rows;
mod page_rows;
mod scratch;

use std::sync::atomic::{AtomicU64, Ordering};

use memchr::memchr;

use super::block::{Block, Part, Unclosed};
use super::bundle::{self, bundled};
use super::cells::{AGAIN, Cells, Problem, Room};
use super::codex::{self, Rollout};
use super::file::About;
use super::format::{Format, Kind, Layout, Row};
use super::seen::Seen;
use super::usual::Short;
use super::{BadRow, Terms, metadata};
use crate::calendar::{Day, Instant};
use crate::usage::{Extra, Hasher, Line, Lines, Side, SourceFile};

pub(super) use scratch::{Maps, Scratch};

/// What is known of a file before its rows are read.
pub(super) struct Plan {
    pub path: std::path::PathBuf,
    pub side: Side,
    /// Its number in [`Lines::files`].
    pub file: u16,
    pub format: &'static Format,
    pub layout: Layout,
    /// The short way for its usual rows, where there is one.
    pub short: Option<Short>,
    pub kind: Kind,
    /// What is kept beside the lines.
    pub keep: Vec<Extra>,
    /// The book's.
    pub currency: String,
    /// Bad rows so far, in whatever order the blocks are parsed.
    pub bad: AtomicU64,
}

/// Bad rows of one file beyond which it is refused. Each may take a thousand
/// times the memory of its bytes, and nobody settles so many.
pub(super) const MOST_BAD: u64 = 100_000;

#[derive(Default)]
pub(super) struct Fragment {
    pub lines: Lines,
    /// The number of the [`Scratch`] whose names its lines have, and those of
    /// them that no earlier fragment has.
    pub scratch: usize,
    pub new_names: Vec<Box<str>>,
    pub bad_rows: Vec<BadRow>,
    /// How many there are. Once the file has more than [`MOST_BAD`], only the
    /// first of a fragment is still kept.
    pub bad: u64,
    pub blank_rows: u32,
    pub days: Option<(Day, Day)>,
    pub seen: Seen,
    /// Bytes it was made of.
    pub bytes: u64,
}

impl Plan {
    /// For a file of this format, read on these terms.
    pub fn new(
        about: &About,
        file: u16,
        format: &'static Format,
        layout: Layout,
        kind: Kind,
        terms: &Terms<'_>,
    ) -> Self {
        // What is kept beside the lines only the general way looks for.
        let short = terms.keep.is_empty().then(|| Short::of(format, &layout, kind, terms.currency)).flatten();
        Self {
            path: about.path.clone(),
            side: about.side,
            file,
            format,
            layout,
            short,
            kind,
            keep: terms.keep.to_vec(),
            currency: terms.currency.to_owned(),
            bad: AtomicU64::new(0),
        }
    }

    /// What goes from part to part of a file, where the format needs that.
    pub fn rollout(&self) -> Option<Rollout> {
        (self.format.info.name == codex::INFO.name).then(|| Rollout::of(&self.path))
    }
}

impl Fragment {
    pub fn of(plan: &Plan, part: &Part, scratch: &mut Scratch) -> Self {
        let mut fragment = match part {
            Part::Block(block) => Self::rows(plan, block, scratch),
            Part::Unclosed(rest) => Self::unclosed(plan, rest, scratch),
            Part::End => Self::default(),
        };
        fragment.new_names = scratch.news();
        fragment.scratch = scratch.number;
        fragment
    }

    /// For a format whose rows depend on those above them: the parts of a file
    /// one after the other.
    pub fn of_rollout(plan: &Plan, part: &Part, scratch: &mut Scratch, rollout: &mut Rollout) -> Self {
        let Part::Block(block) = part else { return Self::of(plan, part, scratch) };
        let mut rows = Rows::new(plan, block.line, scratch);
        rows.out.bytes = block.bytes().len() as u64;
        rows.rollout(block.bytes(), rollout);
        let mut fragment = rows.out;
        fragment.new_names = scratch.news();
        fragment.scratch = scratch.number;
        fragment
    }

    fn rows(plan: &Plan, block: &Block, scratch: &mut Scratch) -> Self {
        let mut rows = Rows::new(plan, block.line, scratch);
        rows.out.bytes = block.bytes().len() as u64;
        match plan.kind {
            Kind::Csv => rows.csv(block.bytes()),
            Kind::JsonLines => rows.json(block.bytes()),
            Kind::Pages => rows.pages(block.bytes(), block.inside),
        }
        rows.out
    }

    /// The one bad row that the rest of the file is.
    fn unclosed(plan: &Plan, rest: &Unclosed, scratch: &mut Scratch) -> Self {
        let mut rows = Rows::new(plan, rest.line, scratch);
        rows.out.bytes = rest.bytes().len() as u64;
        let swallowed = match rest.lines {
            0 | 1 => String::new(),
            lines => format!(", so that {lines} lines up to the end of the file are one cell"),
        };
        let what = format!("opens a quote in line {} and never closes it{swallowed}", rest.line);
        rows.bad(rest.bytes(), Problem::row(what, "close it or take it out"));
        rows.out
    }
}

struct Rows<'p> {
    plan: &'p Plan,
    scratch: &'p mut Scratch,
    out: Fragment,
    /// Line of the row being read.
    line: u64,
    /// Where in the line the row stands, if lines hold several: the start of its
    /// bucket, and its number from 1.
    part: Option<(i64, u32)>,
    room: Room,
}

impl<'p> Rows<'p> {
    fn new(plan: &'p Plan, line: u64, scratch: &'p mut Scratch) -> Self {
        let out = Fragment { lines: std::mem::take(&mut scratch.spare), ..Fragment::default() };
        Self { plan, scratch, out, line, part: None, room: Room::default() }
    }

    fn spans_days(&mut self, day: Day) {
        let (first, last) = self.out.days.unwrap_or((day, day));
        self.out.days = Some((first.min(day), last.max(day)));
    }

    fn row(&mut self, raw: &[u8], cells: &Cells<'_>) {
        self.read(raw, cells, self.plan.format.row);
    }

    /// Takes what `read` makes of a row.
    fn read(
        &mut self,
        raw: &[u8],
        cells: &Cells<'_>,
        read: impl for<'r> FnOnce(&Cells<'r>, &'r mut Room) -> Result<Row<'r>, Problem>,
    ) {
        let mut room = std::mem::take(&mut self.room);
        let problem = match read(cells, &mut room) {
            Ok(Row::Empty(at, span)) => {
                self.out.seen.span(at, span);
                self.out.blank_rows += 1;
                None
            }
            Ok(Row::Other) => {
                self.out.seen.passed_over += 1;
                None
            }
            Ok(Row::Blank) => {
                self.out.blank_rows += 1;
                None
            }
            Ok(Row::Line(line)) if self.plan.layout.bundles => match bundle::of(cells) {
                Ok(Some(bundle)) => {
                    let mut label = String::new();
                    self.line(bundled(line, bundle, &mut label), cells);
                    None
                }
                Ok(None) => {
                    self.line(line, cells);
                    None
                }
                Err(problem) => Some(problem),
            },
            Ok(Row::Line(line)) => {
                self.line(line, cells);
                None
            }
            Err(problem) => Some(problem),
        };
        self.room = room;
        if let Some(problem) = problem {
            self.bad(raw, problem);
        }
    }

    fn line(&mut self, mut line: Line<'_>, cells: &Cells<'_>) {
        if let Some(at) = line.at.filter(|_| self.plan.format.buckets) {
            self.out.seen.span(at, line.span);
        }
        // Blocks that begin beyond line 2^32 are never parsed.
        line.line = u32::try_from(self.line).unwrap_or(u32::MAX);
        if let Some(day) = line.at.map(Instant::day) {
            self.spans_days(day);
        }
        line.keep_apart(&self.plan.currency);
        self.out.lines.push(&mut self.scratch.names, self.plan.file, &line);
        if !self.plan.keep.is_empty() {
            let texts = metadata::texts(self.plan.format, cells, &line, &self.plan.keep);
            for (at, text) in texts.iter().enumerate() {
                self.out.lines.set_extra(&mut self.scratch.names, at, text);
            }
        }
    }

    fn bad(&mut self, raw: &[u8], problem: Problem) {
        const LONGEST: usize = 500;
        let plan = self.plan;
        self.out.bad += 1;
        if plan.bad.fetch_add(1, Ordering::Relaxed) >= MOST_BAD && !self.out.bad_rows.is_empty() {
            return;
        }
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        let raw = if plan.layout.bundles { bundle::without_marks(raw) } else { raw };
        let text = String::from_utf8_lossy(raw);
        let line = u32::try_from(self.line).unwrap_or(u32::MAX);
        // Rows of a table are numbered anew each time; a file is known by its
        // content, once all of it is read.
        let mut key = Hasher::new("bad row");
        key = match SourceFile::is_table(&plan.path) {
            true => key.text(&plan.path.file_name().unwrap_or(plan.path.as_os_str()).to_string_lossy()).number(None),
            false => key.number(Some(i128::from(line))),
        };
        key = key.text(&text);
        if let Some((bucket, number)) = self.part {
            key = key.number(Some(i128::from(bucket))).number(Some(i128::from(number)));
        }
        let column = problem.field.map(|field| plan.layout.column_name(plan.format, field));
        let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
        self.out.bad_rows.push(BadRow {
            side: plan.side,
            file: plan.path.clone(),
            line,
            column: column.unwrap_or_else(|| "row".to_owned()),
            reason: problem.reason,
            raw: text.get(..end).unwrap_or_default().to_owned(),
            key: key.finish(),
        });
    }
}

fn not_utf8() -> Problem {
    Problem::row("holds bytes that are not UTF-8", "save the file in UTF-8")
}

fn unreadable(raw: &[u8]) -> Option<Problem> {
    if memchr(0, raw).is_some() {
        Some(Problem::row("holds a NUL byte, which no text has, so the file may be damaged", AGAIN))
    } else if std::str::from_utf8(raw).is_err() {
        Some(not_utf8())
    } else {
        None
    }
}
