//! A block of a file parsed into lines of its own, on any thread. Fragments
//! are put together in the order of the file.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::memchr;

use super::block::{Block, Part, Unclosed, lines_in};
use super::bundle::{self, bundled};
use super::cells::{Cells, Problem, Room};
use super::codex::{self, Rollout};
use super::file::About;
use super::format::{Format, Kind, Layout, Nested, Row};
use super::marks::Marks;
use super::record::{Records, csv_reader};
use super::seen::Seen;
use super::usual::{self, Reader, Run, Short};
use super::{BadRow, Terms, json, metadata, pages};
use crate::calendar::{Day, Instant};
use crate::usage::{Extra, Hasher, Line, Lines, Names, Side, SourceFile, Sym};

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

/// What one thread keeps from block to block of a file.
#[derive(Default)]
pub(super) struct Scratch {
    /// Its number among all of a file's.
    pub number: usize,
    /// All names that it met; those from `told` on are in no fragment yet.
    names: Names,
    told: usize,
    reader: Option<Reader>,
    keys: json::Keys,
    /// Lines without rows, for the memory they hold.
    pub spare: Lines,
}

impl Scratch {
    pub fn new(number: usize) -> Self {
        Self { number, told: 1, ..Self::default() }
    }

    /// The names that came up since this was asked last.
    fn news(&mut self) -> Vec<Box<str>> {
        let news = self.names.since(self.told).map(Into::into).collect();
        self.told = self.names.len();
        news
    }
}

/// From the names of each [`Scratch`] of a file to those of all files.
#[derive(Default)]
pub(super) struct Maps(Vec<Vec<Sym>>);

impl Maps {
    /// For the lines of a fragment, which come in the order of the file.
    pub fn of(&mut self, fragment: &Fragment, names: &mut Names) -> &[Sym] {
        if self.0.len() <= fragment.scratch {
            self.0.resize(fragment.scratch + 1, vec![Sym::NONE]);
        }
        let Some(map) = self.0.get_mut(fragment.scratch) else { return &[] };
        map.extend(fragment.new_names.iter().map(|name| names.intern(name)));
        map
    }
}

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
        let reason =
            format!("opens a quote in line {} and never closes it{swallowed}; close it or take it out", rest.line);
        rows.bad(rest.bytes(), Problem::row(reason));
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

    fn csv(&mut self, bytes: &[u8]) {
        let text = std::str::from_utf8(bytes).ok().filter(|_| memchr(0, bytes).is_none());
        match text {
            Some(text) if memchr(b'"', bytes).is_none() => match &self.plan.short {
                Some(short) => self.usual(short, text, Reader::csv, Self::plain_csv),
                None => self.plain_csv(text),
            },
            text => self.any_csv(bytes, text.is_some()),
        }
    }

    /// Takes rows the short way, and those that are odd the general one.
    fn usual(
        &mut self,
        short: &Short,
        text: &str,
        read: impl FnOnce(&mut Reader, &Short, &str, &mut Names, &mut dyn FnMut(usual::Rows<'_>, &mut Names)),
        general: impl Fn(&mut Self, &str),
    ) {
        let mut reader = self.scratch.reader.take().unwrap_or_else(|| Reader::new(short));
        let mut names = std::mem::take(&mut self.scratch.names);
        read(&mut reader, short, text, &mut names, &mut |rows, names| {
            std::mem::swap(&mut self.scratch.names, names);
            for run in rows.runs() {
                match run {
                    Run::Usual(run) => self.batch(&rows, run, text),
                    Run::Odd(row) => general(self, text.get(row).unwrap_or("")),
                }
            }
            std::mem::swap(&mut self.scratch.names, names);
        });
        self.scratch.names = names;
        self.scratch.reader = Some(reader);
    }

    /// Rows that were read the short way, one a line.
    fn batch(&mut self, rows: &usual::Rows<'_>, run: Range<usize>, text: &str) {
        let first = u32::try_from(self.line).unwrap_or(u32::MAX);
        self.line += run.len() as u64;
        if let Some((first, last)) = rows.days(run.clone()) {
            self.spans_days(first);
            self.spans_days(last);
        }
        self.out.lines.push_batch(self.plan.file, first, rows.batch, run, text);
    }

    fn spans_days(&mut self, day: Day) {
        let (first, last) = self.out.days.unwrap_or((day, day));
        self.out.days = Some((first.min(day), last.max(day)));
    }

    /// Without a quote in the whole block, cells are what stands between
    /// commas, and need no copying.
    fn plain_csv(&mut self, text: &str) {
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
            let read = reader.read_byte_record(&mut record);
            match if clean { None } else { unreadable(raw) } {
                Some(reason) => self.bad(raw, Problem::row(reason)),
                None if matches!(read, Ok(true)) => self.record(raw, &record),
                None => self.bad(raw, Problem::row("cannot be taken apart into cells; check its quotes")),
            }
            self.line += 1 + lines_in(raw);
        }
    }

    fn record(&mut self, raw: &[u8], record: &csv::ByteRecord) {
        let Ok(text) = std::str::from_utf8(record.as_slice()) else {
            self.bad(raw, Problem::row(NOT_UTF8));
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
            let reason = format!("has {} where the header has {columns}", in_cells(count));
            self.bad(raw, Problem::row(reason));
        } else {
            self.row(raw, cells);
        }
    }

    fn json(&mut self, bytes: &[u8]) {
        match (&self.plan.short, std::str::from_utf8(bytes)) {
            (Some(short), Ok(text)) => self.usual(short, text, Reader::json, |rows, text| rows.lines(text.as_bytes())),
            _ => self.lines(bytes),
        }
    }

    fn lines(&mut self, bytes: &[u8]) {
        self.objects(bytes, |rows, raw, cells| rows.row(raw, cells));
    }

    fn rollout(&mut self, bytes: &[u8], rollout: &mut Rollout) {
        self.objects(bytes, |rows, raw, cells| rows.read(raw, cells, |cells, room| rollout.row(cells, room)));
    }

    /// Each line that is a JSON object.
    fn objects(&mut self, bytes: &[u8], mut take: impl FnMut(&mut Self, &[u8], &Cells<'_>)) {
        let mut keys = std::mem::take(&mut self.scratch.keys);
        for raw in bytes.split_inclusive(|byte| *byte == b'\n') {
            let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
            if raw.trim_ascii().is_empty() {
                self.out.blank_rows += 1;
            } else if let Some(reason) = unreadable(raw) {
                self.bad(raw, Problem::row(reason));
            } else if matches!(self.plan.format.nested, Nested::List(_)) {
                self.listed(raw, &mut keys);
            } else {
                match json::texts(self.plan.format, raw, &mut keys) {
                    Ok(texts) => take(self, raw, &texts.cells()),
                    Err(problem) => self.bad(raw, problem),
                }
            }
            self.line += 1;
        }
        self.scratch.keys = keys;
    }

    /// A line that holds a list of rows.
    fn listed(&mut self, raw: &[u8], keys: &mut json::Keys) {
        let read = json::listed(self.plan.format, raw, keys, |entry, texts| {
            self.part = Some((0, self.part.map_or(1, |(_, number)| number + 1)));
            match texts {
                Ok(texts) => self.row(entry, &texts.cells()),
                Err(problem) => self.bad(entry, problem),
            }
        });
        if let Err(problem) = read {
            self.bad(raw, problem);
        } else if self.part.is_none() {
            self.out.blank_rows += 1;
        }
        self.part = None;
    }

    /// Buckets of pages, each with its results.
    fn pages(&mut self, bytes: &[u8], inside: bool) {
        let (first_line, mut keys) = (self.line, json::Keys::default());
        let (mut counted, mut lines) = (0, 0);
        let mut line_of = |at: usize| {
            lines += lines_in(bytes.get(counted..at).unwrap_or(&[]));
            counted = at;
            first_line + lines
        };
        for step in pages::Walk::new(bytes, inside) {
            match step {
                pages::Step::HasMore(more) => self.out.seen.has_more(more),
                pages::Step::PageEnd => self.out.seen.page_end(),
                pages::Step::List(begins) => self.out.seen.list(begins),
                pages::Step::Broken(at, why) => {
                    self.line = line_of(at);
                    let last = line_of(bytes.len());
                    let lost = if last > self.line {
                        format!(" (lines {} to {last} are not read)", self.line)
                    } else {
                        String::new()
                    };
                    self.bad(bytes.get(at..).unwrap_or(&[]), Problem::row(format!("{why}{lost}")));
                }
                pages::Step::Bucket(at, raw) => {
                    self.line = line_of(at);
                    match unreadable(raw).map_or_else(|| pages::Bucket::parse(raw), |why| Err(why.to_owned())) {
                        Ok(bucket) => self.bucket(raw, &bucket, &mut keys, |part| line_of(at + part)),
                        Err(why) => self.bad(raw, Problem::row(why)),
                    }
                }
            }
        }
    }

    fn bucket(
        &mut self,
        raw: &[u8],
        bucket: &pages::Bucket<'_>,
        keys: &mut json::Keys,
        mut line_of: impl FnMut(usize) -> u64,
    ) {
        let format = self.plan.format;
        let (start, end) = (bucket.start_time.get(), bucket.end_time.get());
        if start.len().max(end.len()) > LONGEST_TIME {
            // It would be read for each result.
            self.bad(raw, Problem::row("is a bucket whose times are no times"));
            return;
        }
        let field = |name| format.field_of(name).map(|(field, _)| field);
        let (Some(start_field), Some(end_field)) = (field("start_time"), field("end_time")) else {
            self.bad(raw, Problem::row(format!("is a bucket, and {} has none", format.info.name)));
            return;
        };
        let mut times = Cells::blank();
        times.set(start_field, start.trim_matches('"'));
        times.set(end_field, end.trim_matches('"'));
        let at = match times.span(start_field, end_field, 0) {
            Ok((at, span)) => {
                self.out.seen.bucket(at, span);
                at
            }
            Err(problem) => return self.bad(raw, problem),
        };
        for (number, result) in (1..).zip(&bucket.results) {
            let text = result.get();
            self.line = line_of(pages::offset(raw, text));
            self.part = Some((at.micros(), number));
            match json::texts(format, text.as_bytes(), keys) {
                Ok(mut texts) => {
                    texts.set(start_field, start.trim_matches('"'));
                    texts.set(end_field, end.trim_matches('"'));
                    self.result(text.as_bytes(), &texts.cells());
                }
                Err(problem) => self.bad(text.as_bytes(), problem),
            }
        }
        self.part = None;
    }

    /// A result of a bucket: it is there because it says something.
    fn result(&mut self, raw: &[u8], cells: &Cells<'_>) {
        let blank = self.out.blank_rows;
        self.row(raw, cells);
        if self.out.blank_rows > blank {
            self.out.blank_rows = blank;
            let name = self.plan.format.info.name;
            self.bad(
                raw,
                Problem::row(format!(
                    "has none of the figures of {name}; if it comes from another endpoint, put its pages in a file of their own"
                )),
            );
        }
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
        let name = plan.path.file_name().map_or_else(|| plan.path.to_string_lossy(), |name| name.to_string_lossy());
        let line = u32::try_from(self.line).unwrap_or(u32::MAX);
        // Rows of a table are numbered anew each time.
        let place = (!SourceFile::is_table(&plan.path)).then_some(i128::from(line));
        let mut key = Hasher::new("bad row").text(&name).number(place).text(&text);
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

/// Bytes of the longest text that could be a time.
const LONGEST_TIME: usize = 64;

const NOT_UTF8: &str = "holds bytes that are not UTF-8; save the file in UTF-8";

fn unreadable(raw: &[u8]) -> Option<&'static str> {
    if memchr(0, raw).is_some() {
        Some("holds a NUL byte, which no text has; the file may be damaged")
    } else if std::str::from_utf8(raw).is_err() {
        Some(NOT_UTF8)
    } else {
        None
    }
}

fn in_cells(count: usize) -> String {
    if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") }
}
