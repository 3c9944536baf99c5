//! Where a file is cut into blocks: behind a record that is whole, which what
//! the file is decides. Lines are counted and the SHA-256 is fed here, since both
//! need the order of the file.

use std::io;
use std::sync::Arc;

use crossbeam_channel::Sender;
use memchr::memrchr;

use super::block::{BOM, Block, Failure, Part, Sizes, Unclosed, is_blank, lines_in};
use super::content::{Claim, Content};
use super::format::Kind;
use super::pages;
use super::record::{self, Last};
use super::room::Room;

/// Bytes beyond which a record is taken for a quote that was never closed.
const LONGEST_RECORD: usize = 64 << 20;

/// Cuts a file at the ends of records.
pub(super) struct Cutter {
    content: Content,
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
    /// Once all is read: what comes before the end.
    last: Option<Option<Unclosed>>,
    /// Parts cut so far.
    given: u64,
    /// Bytes from the beginning of the rest on in which no record ends.
    short: usize,
    /// Pieces that threads went to read by themselves, and how many of them
    /// came back and were taken, which is done in their order.
    claimed: u64,
    taken: u64,
    /// One of them never comes back.
    lost: bool,
}

/// What a room holds.
enum Found {
    Part(Part),
    /// No record that is whole.
    TooShort(Room),
}

impl Cutter {
    /// Nothing is read before it is asked for. `hasher` is given all bytes in
    /// their order.
    pub fn new(content: Content, sizes: Sizes, hasher: Option<Sender<Arc<Room>>>) -> Self {
        Self {
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
            short: 0,
            claimed: 0,
            taken: 0,
            lost: false,
        }
    }

    /// The next part and its number, counted from 0. Nothing comes behind an
    /// [`Part::End`] or a failure. Not to be asked while a claim is under way,
    /// but for what comes behind the last of the file.
    pub fn next(&mut self, room: Room) -> (u64, Result<Part, Failure>) {
        let number = self.given;
        // Before it is cut: should that panic, the part with this number never
        // comes, and is missed.
        self.given += 1;
        (number, self.ending(|cutter| cutter.cut(room)))
    }

    /// Nothing comes behind a failure.
    fn ending<T>(&mut self, cut: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, Failure> {
        let cut = cut(self);
        if cut.is_err() {
            self.last = Some(None);
        }
        cut
    }

    /// A piece of the file for one thread to read, and its turn; `None` where it
    /// can be read in turn only, and when all of it was read.
    pub fn claim(&mut self) -> Option<(u64, Claim)> {
        if self.last.is_some() {
            return None;
        }
        let claim = self.content.claim(self.sizes.then.max(1))?;
        self.claimed += 1;
        Some((self.claimed - 1, claim))
    }

    /// Whose turn it is to bring what was claimed.
    pub fn turn(&self) -> u64 {
        self.taken
    }

    /// A thread is gone that had something to bring: a part is missing from here
    /// on, and nothing comes behind it.
    pub fn lose(&mut self) {
        self.given += 1;
        self.last = Some(None);
        self.lost = true;
    }

    pub fn is_lost(&self) -> bool {
        self.lost
    }

    /// Cuts what was read of the claim whose turn it is, `ended` at the end of
    /// the file; `None` where no record ends in it.
    pub fn take(&mut self, mut room: Room, ended: io::Result<bool>) -> Option<(u64, Result<Part, Failure>)> {
        self.taken += 1;
        if self.last.is_some() {
            // It lies behind the end.
            return Some(self.next(room));
        }
        if self.rest.len() + room.filled().len() < 2 * self.short && matches!(ended, Ok(false)) {
            // A long record is not looked through over and over.
            self.rest.extend_from_slice(room.filled());
            return None;
        }
        let number = self.given;
        self.given += 1;
        room.put_before(&self.rest);
        let found = self.ending(|cutter| cutter.found(room, ended.map_err(Failure::Io)?));
        self.short = 0;
        let part = match found {
            Ok(Found::TooShort(room)) => {
                self.given = number;
                self.short = room.filled().len();
                self.rest.clear();
                self.rest.extend_from_slice(room.filled());
                return None;
            }
            Ok(Found::Part(part)) => Ok(part),
            Err(failure) => Err(failure),
        };
        Some((number, part))
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
            match self.found(room, ended)? {
                Found::Part(part) => {
                    self.want = self.sizes.then.max(1);
                    return Ok(part);
                }
                Found::TooShort(back) => room = back,
            }
            // Twice as much each time, so that a long record is not looked
            // through over and over.
            self.want = self.want.max(room.filled().len());
        }
    }

    /// The records in a room that begins with the rest of the one before it;
    /// what is left behind them is the next rest.
    fn found(&mut self, mut room: Room, ended: bool) -> Result<Found, Failure> {
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
            return self.finish(room, &found).map(Found::Part);
        }
        if found.end > 0 {
            self.rest.clear();
            self.rest.extend_from_slice(filled.get(found.end..).unwrap_or(&[]));
            room.truncate(found.end);
            return self.block(room).map(|block| Found::Part(Part::Block(block)));
        }
        if filled.len() > LONGEST_RECORD {
            let quoted = found.open_quote.is_some();
            let line = self.line + lines_in(filled.get(..found.open_quote.unwrap_or(0)).unwrap_or(&[]));
            return Err(Failure::TooLong { line, quoted });
        }
        Ok(Found::TooShort(room))
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
            Unclosed::new(self.hashed(room), self.line + before, lines)
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
        Ok(Block::new(self.hashed(room), line, lines, kind, inside))
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
