//! A file as blocks of whole records. One thread reads ahead, cuts at record
//! boundaries, counts lines and feeds the SHA-256; whoever asks gets the
//! blocks in order and may parse them on any thread.
//!
//! Memory is bounded by the few blocks under way. Only a single record longer
//! than [`LONGEST_RECORD`] could break that, and it is an error.

use std::fmt::Write as _;
use std::io::{self, Read};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use memchr::{memchr_iter, memrchr};
use sha2::{Digest as _, Sha256};

use super::format::Kind;
use super::pages;
use super::record::{self, Last};
use super::room::{Room, Rooms};

/// Bytes beyond which a record is taken for a quote that was never closed.
const LONGEST_RECORD: usize = 64 << 20;

/// The mark some programs put before UTF-8.
pub(super) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// How many bytes are read at a time; a record that is longer is still read
/// whole.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// The first block: small, so that there is something to show at once.
    pub first: usize,
    pub then: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { first: 128 << 10, then: 1 << 20 }
    }
}

/// Whole records, as they stand in the file.
#[derive(Debug, Clone)]
pub(super) struct Block {
    bytes: Arc<Room>,
    from: usize,
    /// Line of the first byte, counted from 1.
    pub line: u64,
    /// Line ends in it.
    pub lines: u64,
    /// What the file is; `None` while there are only blanks.
    pub kind: Option<Kind>,
    /// Of pages: it begins inside a page's list of buckets.
    pub inside: bool,
}

impl Block {
    pub fn bytes(&self) -> &[u8] {
        self.bytes.filled().get(self.from..).unwrap_or(&[])
    }

    /// The same block without its first bytes, which hold so many lines.
    pub fn without(mut self, bytes: usize, lines: u64) -> Self {
        self.from += bytes;
        self.line += lines;
        self.lines = self.lines.saturating_sub(lines);
        self
    }
}

/// The rest of a file behind a quote that is opened and never closed.
#[derive(Debug, Clone)]
pub(super) struct Unclosed {
    bytes: Arc<Room>,
    /// Line of the quote.
    pub line: u64,
    /// Lines from there to the end of the file.
    pub lines: u64,
}

impl Unclosed {
    pub fn bytes(&self) -> &[u8] {
        self.bytes.filled()
    }
}

#[derive(Debug)]
pub(super) enum Part {
    Block(Block),
    Unclosed(Unclosed),
    End,
}

#[derive(Debug)]
pub(super) enum Failure {
    Io(io::Error),
    /// A record is longer than [`LONGEST_RECORD`]: the line it starts at or,
    /// if it hangs in quotes, where they were opened.
    TooLong {
        line: u64,
        quoted: bool,
    },
    /// The reading thread ended without a word.
    Lost,
}

/// Parts of a file in their order.
pub(super) struct Blocks {
    parts: Receiver<Result<Part, Failure>>,
    sha256: Option<Receiver<String>>,
}

impl Blocks {
    /// Starts reading, at most `ahead` blocks ahead. Dropping the value stops it.
    pub fn start(content: Box<dyn Read + Send>, sizes: Sizes, ahead: usize, hash: bool) -> Self {
        let (send, parts) = bounded(ahead.max(1));
        let (hasher, sha256) = hash.then(start_hash).unzip();
        let rooms = Rooms::new(2 * ahead + 2);
        // Not a scoped thread: a read that hangs must not hold up who cancelled.
        thread::spawn(move || {
            let cutter = Cutter { content, sizes, send: send.clone(), hasher, rooms };
            if let Err(failure) = cutter.run() {
                // Nobody is left to tell when this fails.
                let _ = send.send(Err(failure));
            }
        });
        Self { parts, sha256 }
    }

    /// The next part, or `None` when there is none after a moment: time to
    /// look whether anybody still wants it.
    pub fn next(&self) -> Result<Option<Part>, Failure> {
        match self.parts.recv_timeout(Duration::from_millis(50)) {
            Ok(part) => part.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Failure::Lost),
        }
    }

    /// After the end: the SHA-256 of all bytes, empty if it was not asked for.
    pub fn sha256(self) -> Result<String, Failure> {
        match self.sha256 {
            None => Ok(String::new()),
            Some(result) => result.recv().map_err(|_| Failure::Lost),
        }
    }
}

fn start_hash() -> (Sender<Arc<Room>>, Receiver<String>) {
    let (send, blocks) = bounded::<Arc<Room>>(4);
    let (done, result) = bounded(1);
    thread::spawn(move || {
        let mut hash = Sha256::new();
        blocks.iter().for_each(|block| hash.update(block.filled()));
        let hex = hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let _ = done.send(hex);
    });
    (send, result)
}

/// Where a block begins.
#[derive(Clone, Copy)]
struct Begin {
    line: u64,
    kind: Option<Kind>,
    inside: bool,
}

/// The reading thread.
struct Cutter {
    content: Box<dyn Read + Send>,
    sizes: Sizes,
    send: Sender<Result<Part, Failure>>,
    hasher: Option<Sender<Arc<Room>>>,
    rooms: Rooms,
}

impl Cutter {
    fn run(mut self) -> Result<(), Failure> {
        // Begins with the record that is not complete yet.
        let mut pending = self.rooms.empty();
        let mut line = 1u64;
        let mut kind = None;
        let mut ends = pages::Ends::default();
        let mut want = self.sizes.first.max(BOM.len() + 1);
        loop {
            let ended = pending.fill(&mut self.content, want).map_err(Failure::Io)?;
            let filled = pending.filled();
            kind = kind.or_else(|| kind_of(filled, ended));
            let found = match kind {
                // It takes more to see what it is.
                None if !is_blank(filled) => Last { end: 0, open_quote: None },
                Some(Kind::JsonLines) => Last { end: memrchr(b'\n', filled).map_or(0, |at| at + 1), open_quote: None },
                Some(Kind::Pages) => ends.last(filled),
                None | Some(Kind::Csv) => record::last_end(filled),
            };
            let begin = Begin { line, kind, inside: ends.begins_inside };
            if ended {
                return self.finish(pending, found, begin);
            }
            if found.end == 0 {
                if filled.len() > LONGEST_RECORD {
                    let quoted = found.open_quote.is_some();
                    let line = line + lines_in(filled.get(..found.open_quote.unwrap_or(0)).unwrap_or(&[]));
                    return Err(Failure::TooLong { line, quoted });
                }
                // Twice as much each time, so that a long record is not looked
                // through over and over.
                want = want.max(filled.len());
                continue;
            }
            want = self.sizes.then.max(1);
            let rest = pending.cut(found.end, &self.rooms);
            let whole = std::mem::replace(&mut pending, rest);
            let lines = lines_in(whole.filled());
            if kind == Some(Kind::Pages) {
                ends.cut(found.end);
            }
            if !self.block(whole, lines, begin) {
                return Ok(());
            }
            line += lines;
        }
    }

    /// What is left at the end of the file: records, the last perhaps without
    /// a line end, or a quote that nothing closes.
    fn finish(self, mut pending: Room, found: Last, begin: Begin) -> Result<(), Failure> {
        let mut line = begin.line;
        let rest = match found.open_quote {
            None => None,
            Some(quote) => {
                let rest = pending.cut(found.end, &self.rooms);
                Some((rest, quote - found.end))
            }
        };
        let lines = lines_in(pending.filled());
        if !pending.filled().is_empty() && !self.block(pending, lines, begin) {
            return Ok(());
        }
        line += lines;
        if let Some((rest, quote)) = rest {
            let bytes = rest.filled();
            let before = lines_in(bytes.get(..quote).unwrap_or(&[]));
            let open_end = u64::from(bytes.last() != Some(&b'\n'));
            let lines = lines_in(bytes) + open_end - before;
            let bytes = Arc::new(rest);
            self.hash(&bytes);
            let _ = self.send.send(Ok(Part::Unclosed(Unclosed { bytes, line: line + before, lines })));
        }
        let _ = self.send.send(Ok(Part::End));
        Ok(())
    }

    /// Hands a block over; `false` when nobody wants it any more.
    fn block(&self, bytes: Room, lines: u64, Begin { line, kind, inside }: Begin) -> bool {
        let bytes = Arc::new(bytes);
        self.hash(&bytes);
        self.send.send(Ok(Part::Block(Block { bytes, from: 0, line, lines, kind, inside }))).is_ok()
    }

    fn hash(&self, bytes: &Arc<Room>) {
        if let Some(hasher) = &self.hasher {
            let _ = hasher.send(Arc::clone(bytes));
        }
    }
}

/// What a file is by its first bytes; `None` while that cannot be seen. In
/// lines of JSON, quotes do not matter to where a record ends, since JSON has
/// no line breaks inside its texts; in pages, line breaks do not matter.
fn kind_of(start: &[u8], ended: bool) -> Option<Kind> {
    let start = start.strip_prefix(BOM).unwrap_or(start).trim_ascii_start();
    match start.first()? {
        b'{' => match pages::is_page(start) {
            Some(true) => Some(Kind::Pages),
            Some(false) => Some(Kind::JsonLines),
            None => ended.then_some(Kind::JsonLines),
        },
        // A list of pages; what any other list is, the header says.
        b'[' => match start.get(1..).map(<[u8]>::trim_ascii_start).filter(|inner| !inner.is_empty()) {
            None => ended.then_some(Kind::Csv),
            Some(inner) if !inner.starts_with(b"{") => Some(Kind::Csv),
            Some(inner) => match pages::is_page(inner) {
                Some(true) => Some(Kind::Pages),
                Some(false) => Some(Kind::Csv),
                None => ended.then_some(Kind::Csv),
            },
        },
        _ => Some(Kind::Csv),
    }
}

pub(super) fn is_blank(bytes: &[u8]) -> bool {
    bytes.strip_prefix(BOM).unwrap_or(bytes).trim_ascii().is_empty()
}

pub(super) fn lines_in(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Seen = (Vec<u8>, Vec<(u64, Vec<u8>)>, Option<(u64, u64)>);

    fn blocks(text: &[u8], size: usize) -> Seen {
        let content = Box::new(io::Cursor::new(text.to_vec()));
        let blocks = Blocks::start(content, Sizes { first: size, then: size }, 3, true);
        let (mut all, mut seen, mut unclosed) = (Vec::new(), Vec::new(), None);
        loop {
            match blocks.next().unwrap() {
                Some(Part::Block(block)) => {
                    all.extend_from_slice(block.bytes());
                    seen.push((block.line, block.bytes().to_vec()));
                }
                Some(Part::Unclosed(rest)) => {
                    all.extend_from_slice(rest.bytes());
                    unclosed = Some((rest.line, rest.lines));
                }
                Some(Part::End) => break,
                None => {}
            }
        }
        assert_eq!(blocks.sha256().unwrap().len(), 64);
        (all, seen, unclosed)
    }

    #[test]
    fn a_quoted_line_break_does_not_end_a_block() {
        let text = b"a,b\n1,\"x\ny, \"\"z\"\"\n\"\n2,3\n";
        for size in 1..text.len() + 2 {
            let (all, seen, unclosed) = blocks(text, size);
            assert_eq!((all.as_slice(), unclosed), (text.as_slice(), None));
            assert!(seen.iter().all(|(line, _)| [1, 2, 5].contains(line)), "{size}: {seen:?}");
        }
    }

    #[test]
    fn the_line_of_an_unclosed_quote_is_that_of_the_quote() {
        let text = b"a,b\n1,2\n\"x\ny\",\"open\n5,6\n";
        for size in [1, 5, 100] {
            let (all, _, unclosed) = blocks(text, size);
            assert_eq!((all.as_slice(), unclosed), (text.as_slice(), Some((4, 2))));
        }
    }

    #[test]
    fn a_known_text_has_its_known_sha256() {
        let blocks = Blocks::start(Box::new(&b"abc"[..]), Sizes::default(), 1, true);
        while !matches!(blocks.next().unwrap(), Some(Part::End)) {}
        assert!(blocks.sha256().unwrap().starts_with("ba7816bf8f01cfea"));
    }

    #[test]
    fn a_file_that_fails_in_the_middle_says_so() {
        struct Broken(bool);
        impl Read for Broken {
            fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    return Err(io::Error::other("the disk is gone"));
                }
                room[0] = b'a';
                Ok(1)
            }
        }
        let blocks = Blocks::start(Box::new(Broken(false)), Sizes { first: 8, then: 8 }, 1, false);
        let failure = loop {
            match blocks.next() {
                Ok(Some(Part::End)) => panic!("the error was lost"),
                Ok(_) => {}
                Err(failure) => break failure,
            }
        };
        assert!(matches!(failure, Failure::Io(_)));
    }

    proptest! {
        #[test]
        fn blocks_are_the_file_and_their_lines_add_up(text in "[a\",\n\r{]{0,60}", size in 1usize..20) {
            let (all, seen, _) = blocks(text.as_bytes(), size);
            prop_assert_eq!(&all, text.as_bytes());
            let mut line = 1;
            for (at, bytes) in seen {
                prop_assert_eq!(at, line);
                line += lines_in(&bytes);
            }
        }
    }
}
