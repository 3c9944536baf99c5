//! A file as blocks of whole records, cut one after the other by whoever asks
//! for the next. Lines are counted and the SHA-256 is fed as blocks are cut; to
//! parse them takes longer and needs no order.
//!
//! Memory is bounded by the few blocks under way. Only a single record longer
//! than [`LONGEST_RECORD`] could break that, and it is an error.

use std::fmt::Write as _;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use memchr::{memchr_iter, memrchr};
use sha2::{Digest as _, Sha256};

use super::format::Kind;
use super::pages;
use super::record::{self, Last};
use super::room::Room;

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

    /// Its memory, to be filled again, unless somebody else still needs it.
    pub fn into_room(self) -> Option<Room> {
        Arc::into_inner(self.bytes)
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
    /// More than 2^32 lines.
    TooManyLines,
    /// The reading thread ended without a word.
    Lost,
}

/// A file that is being read.
pub(super) struct Blocks {
    cutter: Arc<Mutex<Cutter>>,
    helper: Option<Helper>,
    sha256: Option<Receiver<String>>,
}

/// Cuts blocks on a thread of its own, one for each time it is asked.
struct Helper {
    ask: Sender<()>,
    parts: Receiver<Result<Part, Failure>>,
    asked: bool,
}

impl Blocks {
    /// Nothing is read before it is asked for.
    pub fn new(content: Box<dyn Read + Send>, sizes: Sizes, hash: bool) -> Self {
        let (hasher, sha256) = hash.then(start_hash).unzip();
        let cutter = Cutter {
            content,
            sizes,
            hasher,
            rest: Vec::new(),
            want: sizes.first.max(BOM.len() + 1),
            line: 1,
            kind: None,
            ends: pages::Ends::default(),
            last: None,
            given: 0,
        };
        Self { cutter: Arc::new(Mutex::new(cutter)), helper: None, sha256 }
    }

    /// The next part, or `None` when there is none after a moment: time to
    /// look whether anybody still wants it.
    pub fn next(&mut self) -> Result<Option<Part>, Failure> {
        let helper = self.helper.get_or_insert_with(|| Helper::start(&self.cutter));
        if !helper.asked {
            helper.ask.send(()).map_err(|_| Failure::Lost)?;
            helper.asked = true;
        }
        match helper.parts.recv_timeout(Duration::from_millis(50)) {
            Ok(part) => {
                helper.asked = false;
                part.map(Some)
            }
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Failure::Lost),
        }
    }

    /// For those who cut blocks themselves.
    pub fn cutter(&self) -> Arc<Mutex<Cutter>> {
        Arc::clone(&self.cutter)
    }

    /// After the end: the SHA-256 of all bytes, empty if it was not asked for.
    pub fn sha256(self) -> Result<String, Failure> {
        match self.sha256 {
            None => Ok(String::new()),
            Some(result) => result.recv().map_err(|_| Failure::Lost),
        }
    }
}

impl Helper {
    fn start(cutter: &Arc<Mutex<Cutter>>) -> Self {
        let (ask, asked) = bounded(1);
        let (send, parts) = bounded(1);
        let cutter = Arc::clone(cutter);
        // Not a scoped thread: a read that hangs must not hold up who cancelled.
        thread::spawn(move || {
            for () in asked {
                let part = lock(&cutter).next(Room::default()).map(|(_, part)| part);
                if send.send(part).is_err() {
                    return;
                }
            }
        });
        Self { ask, parts, asked: false }
    }
}

/// The lock of a cutter. A thread that panics while it cuts is a failure of its
/// own; what it leaves is not read any further.
pub(super) fn lock(cutter: &Mutex<Cutter>) -> MutexGuard<'_, Cutter> {
    cutter.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Cuts a file at the ends of records.
pub(super) struct Cutter {
    content: Box<dyn Read + Send>,
    sizes: Sizes,
    hasher: Option<Sender<Arc<Room>>>,
    /// What was read behind the last block: the beginning of a record.
    rest: Vec<u8>,
    /// Bytes to be read at a time.
    want: usize,
    /// Line at which the next block begins.
    line: u64,
    kind: Option<Kind>,
    ends: pages::Ends,
    /// The parts there are still, once all is read.
    last: Option<Option<Unclosed>>,
    /// Parts cut so far.
    given: u64,
}

impl Cutter {
    /// The next part and its number, counted from 0. Nothing comes behind an
    /// [`Part::End`] or a failure.
    pub fn next(&mut self, room: Room) -> Result<(u64, Part), Failure> {
        let number = self.given;
        self.given += 1;
        let part = self.cut(room);
        if part.is_err() {
            self.last = Some(None);
        }
        Ok((number, part?))
    }

    /// The number that the next part has.
    pub fn given(&self) -> u64 {
        self.given
    }

    fn cut(&mut self, mut room: Room) -> Result<Part, Failure> {
        match &mut self.last {
            None => {}
            Some(unclosed) => {
                let rest = unclosed.take();
                // All is hashed, which whoever hashes learns from this.
                self.hasher = None;
                return Ok(rest.map_or(Part::End, Part::Unclosed));
            }
        }
        room.begin(&self.rest);
        loop {
            let ended = room.fill(&mut self.content, self.want).map_err(Failure::Io)?;
            let filled = room.filled();
            self.kind = self.kind.or_else(|| kind_of(filled, ended));
            let found = match self.kind {
                // It takes more to see what it is.
                None if !is_blank(filled) => Last { end: 0, open_quote: None },
                Some(Kind::JsonLines) => Last { end: memrchr(b'\n', filled).map_or(0, |at| at + 1), open_quote: None },
                Some(Kind::Pages) => self.ends.last(filled),
                None | Some(Kind::Csv) => record::last_end(filled),
            };
            if ended {
                return self.finish(room, &found);
            }
            if found.end > 0 {
                self.rest.clear();
                self.rest.extend_from_slice(filled.get(found.end..).unwrap_or(&[]));
                room.truncate(found.end);
                self.want = self.sizes.then.max(1);
                return self.block(room).map(Part::Block);
            }
            if filled.len() > LONGEST_RECORD {
                let quoted = found.open_quote.is_some();
                let line = self.line + lines_in(filled.get(..found.open_quote.unwrap_or(0)).unwrap_or(&[]));
                return Err(Failure::TooLong { line, quoted });
            }
            // Twice as much each time, so that a long record is not looked
            // through over and over.
            self.want = self.want.max(filled.len());
        }
    }

    /// What is left at the end of the file: records, the last perhaps without
    /// a line end, or a quote that nothing closes.
    fn finish(&mut self, mut room: Room, found: &Last) -> Result<Part, Failure> {
        let mut rest = None;
        if let Some(quote) = found.open_quote {
            let mut unclosed = Room::default();
            unclosed.begin(room.filled().get(found.end..).unwrap_or(&[]));
            room.truncate(found.end);
            rest = Some((unclosed, quote - found.end));
        }
        let block = if room.filled().is_empty() { None } else { Some(self.block(room)?) };
        let rest = rest.map(|(room, quote)| {
            let bytes = room.filled();
            let before = lines_in(bytes.get(..quote).unwrap_or(&[]));
            let open_end = u64::from(bytes.last() != Some(&b'\n'));
            let lines = lines_in(bytes) + open_end - before;
            Unclosed { bytes: self.hashed(room), line: self.line + before, lines }
        });
        self.last = Some(rest);
        match block {
            Some(block) => Ok(Part::Block(block)),
            None => self.cut(Room::default()),
        }
    }

    /// The records in a room as a block.
    fn block(&mut self, room: Room) -> Result<Block, Failure> {
        let lines = lines_in(room.filled());
        let (line, kind, inside) = (self.line, self.kind, self.ends.begins_inside);
        if kind == Some(Kind::Pages) {
            self.ends.cut(room.filled().len());
        }
        self.line += lines;
        // Lines are counted in 32 bits; no row of a longer file is given a
        // number that is not its own.
        if self.line > u64::from(u32::MAX) {
            return Err(Failure::TooManyLines);
        }
        Ok(Block { bytes: self.hashed(room), from: 0, line, lines, kind, inside })
    }

    fn hashed(&self, room: Room) -> Arc<Room> {
        let room = Arc::new(room);
        if let Some(hasher) = &self.hasher {
            let _ = hasher.send(Arc::clone(&room));
        }
        room
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
        let mut blocks = Blocks::new(content, Sizes { first: size, then: size }, true);
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
        let mut blocks = Blocks::new(Box::new(&b"abc"[..]), Sizes::default(), true);
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
        let mut blocks = Blocks::new(Box::new(Broken(false)), Sizes { first: 8, then: 8 }, false);
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
