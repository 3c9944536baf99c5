//! A file as blocks of whole records, one after the other for whoever asks for
//! the next; to parse them takes longer and needs no order.
//!
//! Memory is bounded by the few blocks under way. Only a single record that is
//! far too long could break that, and it is an error.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use memchr::memchr_iter;
use sha2::{Digest as _, Sha256};

use super::content::Content;
use super::cutter::Cutter;
use super::format::Kind;
use super::room::Room;
use super::turns::Turns;

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
    /// What a room is filled with, from this line on.
    pub fn new(bytes: Arc<Room>, line: u64, lines: u64, kind: Option<Kind>, inside: bool) -> Self {
        Self { bytes, from: 0, line, lines, kind, inside }
    }

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
    pub fn new(bytes: Arc<Room>, line: u64, lines: u64) -> Self {
        Self { bytes, line, lines }
    }

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
    turns: Arc<Turns>,
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
    pub fn new(content: Content, sizes: Sizes, hash: bool) -> Self {
        let (hasher, sha256) = hash.then(start_hash).unzip();
        let cutter = Cutter::new(content, sizes, hasher);
        Self { turns: Arc::new(Turns::new(cutter)), helper: None, sha256 }
    }

    /// The next part, or `None` when there is none after a moment: time to
    /// look whether anybody still wants it.
    pub fn next(&mut self) -> Result<Option<Part>, Failure> {
        let helper = self.helper.get_or_insert_with(|| Helper::start(&self.turns));
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

    /// For those who cut blocks themselves; from then on no part is asked for
    /// here.
    pub fn turns(&self) -> Arc<Turns> {
        Arc::clone(&self.turns)
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
    fn start(turns: &Arc<Turns>) -> Self {
        let (ask, asked) = bounded(1);
        let (send, parts) = bounded(1);
        let turns = Arc::clone(turns);
        // Not a scoped thread: a read that hangs must not hold up who cancelled.
        thread::spawn(move || {
            for () in asked {
                let (_, part) = turns.lock().next(Room::default());
                if send.send(part).is_err() {
                    return;
                }
            }
        });
        Self { ask, parts, asked: false }
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

    /// Read in turn, and behind the first block in pieces from anywhere.
    fn blocks(text: &[u8], size: usize) -> [Seen; 2] {
        let content = [Content::in_turn(io::Cursor::new(text.to_vec())), Content::anywhere(text.to_vec())];
        content.map(|content| blocks_of(content, size))
    }

    fn blocks_of(content: Content, size: usize) -> Seen {
        let mut blocks = Blocks::new(content, Sizes { first: size, then: size }, true);
        let (mut all, mut seen, mut unclosed) = (Vec::new(), Vec::new(), None);
        loop {
            let part = match seen.is_empty() {
                true => blocks.next().unwrap(),
                false => Some(blocks.turns().next(Room::default()).1.unwrap()),
            };
            match part {
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
        let hash: String = Sha256::digest(&all).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(blocks.sha256().unwrap(), hash);
        (all, seen, unclosed)
    }

    #[test]
    fn a_quoted_line_break_does_not_end_a_block() {
        let text = b"a,b\n1,\"x\ny, \"\"z\"\"\n\"\n2,3\n";
        for (size, (all, seen, unclosed)) in
            (1..text.len() + 2).flat_map(|size| blocks(text, size).map(|found| (size, found)))
        {
            assert_eq!((all.as_slice(), unclosed), (text.as_slice(), None));
            assert!(seen.iter().all(|(line, _)| [1, 2, 5].contains(line)), "{size}: {seen:?}");
        }
    }

    #[test]
    fn the_line_of_an_unclosed_quote_is_that_of_the_quote() {
        let text = b"a,b\n1,2\n\"x\ny\",\"open\n5,6\n";
        for (all, _, unclosed) in [1, 5, 100].into_iter().flat_map(|size| blocks(text, size)) {
            assert_eq!((all.as_slice(), unclosed), (text.as_slice(), Some((4, 2))));
        }
    }

    #[test]
    fn a_known_text_has_its_known_sha256() {
        let mut blocks = Blocks::new(Content::in_turn(&b"abc"[..]), Sizes::default(), true);
        while !matches!(blocks.next().unwrap(), Some(Part::End)) {}
        assert!(blocks.sha256().unwrap().starts_with("ba7816bf8f01cfea"));
    }

    #[test]
    fn a_file_that_fails_in_the_middle_says_so() {
        struct Broken(bool);
        impl io::Read for Broken {
            fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    return Err(io::Error::other("the disk is gone"));
                }
                room[0] = b'a';
                Ok(1)
            }
        }
        let mut blocks = Blocks::new(Content::in_turn(Broken(false)), Sizes { first: 8, then: 8 }, false);
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
            let [(all, seen, unclosed), anywhere] = blocks(text.as_bytes(), size);
            prop_assert_eq!(&all, text.as_bytes());
            let mut line = 1;
            for (at, bytes) in seen {
                prop_assert_eq!(at, line);
                line += lines_in(&bytes);
            }
            prop_assert_eq!((&anywhere.0, anywhere.2), (&all, unclosed));
            let mut line = 1;
            for (at, bytes) in anywhere.1 {
                prop_assert_eq!(at, line);
                line += lines_in(&bytes);
            }
        }
    }
}
