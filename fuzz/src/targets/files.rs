//! The readers of bills and ledgers. A file is read as it is, in small blocks,
//! with its rows the other way round, and twice; what it says must be the same
//! each time.

use std::io::Cursor;
use std::sync::OnceLock;

use trueup::read::{Billed, ColumnMap, Content, Input, Quiet, SideRead, Sizes, Terms, inspect, read_in_blocks};
use trueup::usage::{Extra, Names, Side};

/// Blocks so small that most rows lie across two of them, with a first one that
/// holds what is looked at to tell what the file is.
const SMALL: Sizes = Sizes { first: 64, then: 97 };

const BOTH: [Side; 2] = [Side::Bill, Side::Ledger];

/// What is asked of an input: everything, but by a fuzzer one thing, so that it
/// gets further. Which one is a matter of the bytes.
fn asked<'a, T>(of: &'a [T], bytes: &[u8]) -> &'a [T] {
    let sum = bytes.iter().fold(0, |sum: usize, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    match of.len() {
        0 | 1 => of,
        _ if !cfg!(fuzzing) => of,
        length => &of[sum % length..][..1],
    }
}

/// One file read as a format.
pub fn of_format(format: &str, sides: &[Side], bytes: &[u8]) {
    for side in asked(sides, bytes) {
        check(Reader { format: Some(format), ..Reader::of(*side) }, bytes);
    }
}

/// A ledger that names the provider of each call, beside each kind of bill.
pub fn litellm(bytes: &[u8]) {
    for billed in asked(&[Billed::OpenAi, Billed::OpenRouter, Billed::Both], bytes) {
        check(Reader { format: Some("litellm"), billed: *billed, ..Reader::of(Side::Ledger) }, bytes);
    }
}

/// One file through maps of columns.
pub fn mapped(bytes: &[u8]) {
    for side in asked(&BOTH, bytes) {
        check(Reader { maps: maps(), ..Reader::of(*side) }, bytes);
    }
}

/// Any bytes: a known file, or a sentence. Looking at a file's beginning says
/// the same about it as reading it.
pub fn detection(bytes: &[u8]) {
    for side in asked(&BOTH, bytes) {
        let reader = Reader { maps: maps(), ..Reader::of(*side) };
        let looked = inspect(reader.input("x", bytes), reader.terms(&[])).map(|found| found.format).ok();
        let read = reader.read(&["x"], bytes, Sizes::default()).ok();
        let format = read.as_ref().map(|read| read.side.lines.files()[0].format);
        assert_eq!(looked, format, "looking at it and reading it differ");
        check(reader, bytes);
    }
}

/// A map of each kind. They are few and fixed, since each is kept for good once
/// it was used.
fn maps() -> &'static [ColumnMap] {
    static MAPS: OnceLock<Vec<ColumnMap>> = OnceLock::new();
    MAPS.get_or_init(|| {
        let map = |name, keys: &[(&str, &str)]| {
            let keys: Vec<_> = keys.iter().map(|(key, column)| (key.to_string(), column.to_string())).collect();
            ColumnMap::new(name, &keys).expect("a map that holds together")
        };
        let own = [
            ("id", "ref"),
            ("time", "ts"),
            ("model", "engine"),
            ("user", "who"),
            ("input", "in"),
            ("output", "out"),
            ("cost", "cents"),
            ("cost_unit", "cents"),
            ("status", "ok"),
            ("key", "n"),
        ];
        let credits =
            [("rows", "credits"), ("time", "day"), ("user", "person"), ("action", "kind"), ("credits", "spent")];
        let nested = [("side", "ledger"), ("time", "at"), ("model", "call.model"), ("total", "call.usage.tokens")];
        vec![map("own", &own), map("own-credits", &credits), map("nested", &nested)]
    })
}

/// What is kept beside the lines: a job, and of metadata what stands at the top,
/// deep inside, and in lists.
fn extras() -> [Extra; 4] {
    [Extra::Job, Extra::Meta("a".into()), Extra::Meta("team.name".into()), Extra::Meta("tags".into())]
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    format: Option<&'a str>,
    side: Side,
    maps: &'a [ColumnMap],
    billed: Billed,
}

struct Read {
    side: SideRead,
    names: Names,
}

type Outcome = Result<Read, String>;

impl Reader<'_> {
    fn of(side: Side) -> Self {
        Self { format: None, side, maps: &[], billed: Billed::default() }
    }

    fn terms<'a>(&'a self, keep: &'a [Extra]) -> Terms<'a> {
        Terms { maps: self.maps, billed: self.billed, keep, ..Terms::default() }
    }

    fn input(&self, path: &str, bytes: &[u8]) -> Input {
        Input {
            path: path.into(),
            side: self.side,
            format: self.format.map(Into::into),
            append: false,
            added: 0,
            bytes: bytes.len() as u64,
            hash: false,
            content: Content::in_turn(Cursor::new(bytes.to_vec())),
        }
    }

    /// The same bytes as the content of each of these files.
    fn read(&self, paths: &[&str], bytes: &[u8], sizes: Sizes) -> Outcome {
        let mut names = Names::default();
        // In small blocks it is read as a file on a disk is, from anywhere.
        let content = || match sizes.then < Sizes::default().then {
            true => Content::anywhere(bytes.to_vec()),
            false => Content::in_turn(Cursor::new(bytes.to_vec())),
        };
        let input = |(added, path): (u32, &&str)| Input { added, content: content(), ..self.input(path, bytes) };
        let inputs = (0..).zip(paths).map(input).collect();
        match read_in_blocks(inputs, self.terms(&extras()), &mut names, &Quiet, sizes) {
            Ok(side) => Ok(Read { side, names }),
            Err(error) => {
                let error = error.to_string();
                // What a panic on the reading thread looks like from here. A text of
                // the file cannot stand at the end.
                assert!(!error.ends_with("reading it ended unexpectedly; try again"), "{error}");
                Err(error)
            }
        }
    }
}

impl Read {
    /// What the lines say, in no order.
    fn contents(&self) -> Vec<String> {
        let lines = &self.side.lines;
        let mut all: Vec<String> =
            (0..lines.len() as u32).map(|row| lines.content(&self.names, row).to_string()).collect();
        all.sort_unstable();
        all
    }

    /// What could not be read, in no order and without its places.
    fn complaints(&self) -> Vec<(&str, &str)> {
        let mut all: Vec<_> = self.side.bad_rows.iter().map(|bad| (&*bad.reason, &*bad.raw)).collect();
        all.sort_unstable();
        all
    }

    /// All there is to know, as texts in the order of the file.
    fn told(&self) -> Vec<String> {
        let (side, lines) = (&self.side, &self.side.lines);
        let extras = |row| [0, 1, 2, 3].map(|at| self.names.text(lines.extra(row, at)));
        let row = |row| format!("{} {} {:?}", lines.origin_text(row), lines.content(&self.names, row), extras(row));
        let mut told: Vec<String> = (0..lines.len() as u32).map(row).collect();
        let bad = side.bad_rows.iter();
        told.extend(bad.map(|bad| format!("{} {} {} {} {}", bad.line, bad.column, bad.reason, bad.raw, bad.key)));
        told.push(format!("{:?} {:?} {:?}", side.superseded, side.coverage, side.coverage_notes));
        told.push(format!("{:?} {}", lines.files(), side.repeated_rows));
        told
    }
}

fn check(reader: Reader<'_>, bytes: &[u8]) {
    let whole = reader.read(&["x"], bytes, Sizes::default());
    if let Ok(whole) = &whole {
        accounted(whole, bytes);
    }
    let questions: [fn(Reader<'_>, &Outcome, &[u8]); 3] = [in_small_blocks, other_way_round, twice];
    for question in asked(&questions, bytes) {
        question(reader, &whole, bytes);
    }
}

/// Every byte and every row is somewhere.
fn accounted(read: &Read, bytes: &[u8]) {
    let (side, file) = (&read.side, &read.side.lines.files()[0]);
    assert_eq!(file.bytes, bytes.len() as u64, "bytes were lost");
    let rows = side.lines.len() + side.superseded_lines.len() + side.repeated_rows as usize;
    assert_eq!(rows, file.rows as usize, "rows were lost");
    assert!(side.bad_rows.windows(2).all(|pair| pair[0].line <= pair[1].line), "bad rows out of order");
    assert!(side.bad_rows.iter().all(|bad| !bad.reason.is_empty() && !bad.column.is_empty()));
}

/// Where blocks end is nobody's business.
fn in_small_blocks(reader: Reader<'_>, whole: &Outcome, bytes: &[u8]) {
    let cut = reader.read(&["x"], bytes, SMALL);
    let text = without_mark(bytes).trim_ascii_start();
    // What a file is, is seen in its first block; and of JSON, its keys.
    let is_json = matches!(text.first(), Some(b'{' | b'['));
    let begins_late = bytes.len() - text.len() > 32;
    match (whole, cut) {
        (Ok(whole), Ok(cut)) => {
            // Behind a broken page nothing is read up to the end of the block.
            let broken = |read: &Read| {
                read.side.bad_rows.iter().any(|bad| ["is no page", "cut short"].iter().any(|w| bad.reason.contains(w)))
            };
            let same_format = whole.side.lines.files()[0].format == cut.side.lines.files()[0].format;
            if same_format && !broken(whole) && !broken(&cut) {
                assert_eq!(whole.told(), cut.told(), "other blocks, other lines");
            }
        }
        (whole, cut) => {
            let both = whole.is_ok() == cut.is_ok();
            assert!(both || is_json || begins_late, "read in one way only: {:?} {:?}", whole.as_ref().err(), cut.err());
        }
    }
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// The order of rows says nothing. Not asked where it does: of a rollout, of
/// ids that stand in several rows (the last one counts), and where a row is not
/// simply a line.
fn other_way_round(reader: Reader<'_>, whole: &Outcome, bytes: &[u8]) {
    let Ok(whole) = whole else { return };
    let format = whole.side.lines.files()[0].format;
    let ordered = ["codex-rollout", "chatgpt-credit-log", "openrouter", "batch-output"].contains(&format);
    let text = without_mark(bytes).trim_ascii_start();
    let is_json = matches!(text.first(), Some(b'{' | b'['));
    let is_page = is_json && format.starts_with("platform");
    if ordered || is_page || (!is_json && bytes.contains(&b'"')) {
        return;
    }
    let mut rows: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let header = rows.iter().position(|row| !without_mark(row).trim_ascii().is_empty()).unwrap_or(0);
    let first = if is_json { header } else { header + 1 };
    // Keys are looked for in so many lines, and the byte order mark comes first.
    if rows.len() > 999 || (is_json && bytes.len() > text.len()) {
        return;
    }
    if let Some(rows) = rows.get_mut(first..) {
        rows.reverse();
    }
    // What it is, is seen at its beginning.
    if is_json && rows.first().is_none_or(|row| row.trim_ascii_start().first() != Some(&b'{')) {
        return;
    }
    let Ok(other) = reader.read(&["x"], &rows.join(&b'\n'), Sizes::default()) else {
        // The object that showed what the file is may now come last.
        assert!(is_json, "not read the other way round");
        return;
    };
    if whole.side.lines.files()[0].format == other.side.lines.files()[0].format {
        assert_eq!(whole.contents(), other.contents(), "another order, other lines");
        assert_eq!(whole.complaints(), other.complaints(), "another order, other bad rows");
        assert_eq!(whole.side.coverage, other.side.coverage, "another order, other days");
    }
}

/// The same download in two folders counts once.
fn twice(reader: Reader<'_>, whole: &Outcome, bytes: &[u8]) {
    let Ok(whole) = whole else { return };
    let both = reader.read(&["1/x", "2/x"], bytes, Sizes::default()).expect("was read once");
    assert_eq!(whole.contents(), both.contents(), "read twice, counted twice");
    assert_eq!(both.side.bad_rows.len(), 2 * whole.side.bad_rows.len());
}
