//! Ids of one kind, ten characters in eight bytes. The lowest four bits of a
//! word count the characters of the last one, and are 0 for a row without an
//! id: so words are in the order of the texts.

use super::sixes::{A_WORD, AT_ONCE, pack, unpack};
use super::{IdText, Text};
use crate::memory::{self, Order};

/// Words of an id, at most; a longer one is kept as its text.
const MOST_WORDS: usize = 6;
/// Bytes of a head, at most.
const MOST_HEAD: usize = 12;
const MOST: usize = MOST_HEAD + MOST_WORDS * A_WORD;

/// Ids of one head and one number of words.
#[derive(Debug, Clone)]
pub(super) struct Packed {
    head: Box<str>,
    /// The head as the lowest bytes of a number, and ones for each of them.
    start: u128,
    mask: u128,
    /// Words a row.
    pub width: usize,
    pub words: Vec<u64>,
}

impl Packed {
    /// Without any row, for ids like this one.
    pub fn like(id: &str) -> Option<Self> {
        let end = id.bytes().take(MOST_HEAD).position(|byte| matches!(byte, b'-' | b'_')).map_or(0, |at| at + 1);
        let (head, rest) = id.split_at_checked(end)?;
        let width = rest.len().div_ceil(A_WORD);
        let (mut start, mut mask) = ([0; 16], [0; 16]);
        for ((start, mask), byte) in start.iter_mut().zip(&mut mask).zip(head.bytes()) {
            (*start, *mask) = (byte, 0xff);
        }
        let (start, mask) = (u128::from_le_bytes(start), u128::from_le_bytes(mask));
        let blank = || Self { head: head.into(), start, mask, width, words: Vec::new() };
        (1..=MOST_WORDS).contains(&width).then(blank)
    }

    /// Without any row, for ids like these.
    pub fn blank(&self) -> Self {
        Self { head: self.head.clone(), words: Vec::new(), ..*self }
    }

    pub fn is_like(&self, other: &Self) -> bool {
        self.width == other.width && self.head == other.head
    }

    /// Whether the id between these places of a text was of this kind, and was
    /// added.
    #[inline]
    pub fn push(&mut self, text: &[u8], from: usize, to: usize) -> bool {
        let at = from + self.head.len();
        let last = to.wrapping_sub(at).wrapping_sub((self.width - 1) * A_WORD);
        if !(1..=A_WORD).contains(&last) || !self.has_head(text, from) {
            return false;
        }
        if self.width * A_WORD > AT_ONCE {
            return self.push_long(text, at, to, last);
        }
        let Some(mut words) = pack(text, at, to) else { return false };
        if let Some(word) = words.get_mut(self.width - 1) {
            *word |= last as u64;
        }
        match (self.width, words) {
            (1, [one, ..]) => self.words.push(one),
            (2, [one, two, _]) => self.words.extend_from_slice(&[one, two]),
            _ => self.words.extend_from_slice(&words),
        }
        true
    }

    /// Whether a text has the head at this place.
    #[inline(always)]
    fn has_head(&self, text: &[u8], from: usize) -> bool {
        let Some(rest) = text.get(from..) else { return false };
        match rest.first_chunk() {
            Some(start) => u128::from_le_bytes(*start) & self.mask == self.start,
            None => rest.starts_with(self.head.as_bytes()),
        }
    }

    /// An id of more words than are made at once.
    fn push_long(&mut self, text: &[u8], at: usize, to: usize, last: usize) -> bool {
        let before = self.words.len();
        for at in (at..to).step_by(AT_ONCE) {
            let end = to.min(at + AT_ONCE);
            let Some(words) = pack(text, at, end) else {
                self.words.truncate(before);
                return false;
            };
            self.words.extend(words.iter().take((end - at).div_ceil(A_WORD)));
        }
        if let Some(word) = self.words.last_mut() {
            *word |= last as u64;
        }
        true
    }

    /// Rows without an id, up to so many in all.
    pub fn pad_to(&mut self, rows: usize) {
        self.words.resize(rows * self.width, 0);
    }

    pub fn rows(&self) -> usize {
        self.words.len() / self.width
    }

    /// Zeros for a row without an id; `None` beyond the end.
    pub fn words(&self, row: u32) -> Option<&[u64]> {
        let from = row as usize * self.width;
        self.words.get(from..from + self.width)
    }

    pub fn has(&self, row: u32) -> bool {
        self.words(row).and_then(<[u64]>::last).is_some_and(|last| last & 0xf != 0)
    }

    pub fn text(&self, row: u32) -> IdText<'static> {
        let mut text = Buffer { bytes: [0; MOST], long: 0 };
        if let Some(words) = self.words(row).filter(|_| self.has(row)) {
            let last = words.last().map_or(0, |last| (last & 0xf) as usize);
            let long = self.head.len() + (self.width - 1) * A_WORD + last;
            let (head, rest) = text.bytes.split_at_mut(self.head.len());
            head.copy_from_slice(self.head.as_bytes());
            for (characters, word) in rest.chunks_mut(A_WORD).zip(words) {
                unpack(*word, characters);
            }
            text.long = long as u8;
        }
        IdText(Text::Unpacked(text))
    }

    pub fn reorder(&mut self, order: &Order) {
        self.pad_to(order.count());
        match self.width {
            2 => self.put::<2>(order),
            3 => self.put::<3>(order),
            4 => self.put::<4>(order),
            5 => self.put::<5>(order),
            6 => self.put::<MOST_WORDS>(order),
            _ => self.put::<1>(order),
        }
    }

    /// For ids of so many words.
    fn put<const WIDTH: usize>(&mut self, order: &Order) {
        let mut words: Vec<[u64; WIDTH]> = memory::with_room(order.count());
        order.put_into(self.words.as_chunks_mut().0, &mut words);
        self.words = words.into_flattened();
    }
}

/// Room for the characters of any id.
#[derive(Debug)]
pub(super) struct Buffer {
    pub bytes: [u8; MOST],
    pub long: u8,
}
