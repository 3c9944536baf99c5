//! Ids of the rows. Those of one provider look alike: the same head
//! (`chatcmpl-`), then so many letters and digits. Such a column keeps the head
//! once, and ten characters in eight bytes; any other keeps its texts.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use rayon::prelude::*;

use super::Arena;
use super::gather::CHUNK;
use crate::memory;

/// Characters in a word, six bits each, from the highest bits on. The lowest
/// four bits count those of the last word, and are 0 for a row without an id:
/// so words are in the order of the texts.
const A_WORD: usize = 10;
/// Words of an id, at most; a longer one is kept as its text.
const MOST_WORDS: usize = 6;
/// Bytes of a head, at most.
const MOST_HEAD: usize = 12;
const MOST: usize = MOST_HEAD + MOST_WORDS * A_WORD;

/// The 64 characters that fit, in their order.
const CHARACTERS: &[u8; 64] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
/// What no character that fits has.
const NO_FIT: u8 = 0xc0;

const CODES: [u8; 256] = {
    let mut codes = [NO_FIT; 256];
    let mut code = 0;
    while code < CHARACTERS.len() {
        codes[CHARACTERS[code] as usize] = code as u8;
        code += 1;
    }
    codes
};

/// An id a row; empty for a row without one.
#[derive(Debug, Clone, Default)]
pub struct IdColumn {
    ids: Ids,
    rows: usize,
}

#[derive(Debug, Clone, Default)]
enum Ids {
    /// No row has an id so far.
    #[default]
    None,
    /// Rows beyond the end have none.
    Packed(Packed),
    /// Rows beyond the end have none.
    Texts(Arena),
}

/// Ids of one head and one number of words.
#[derive(Debug, Clone)]
struct Packed {
    head: Box<str>,
    /// Words a row.
    width: usize,
    words: Vec<u64>,
}

impl Packed {
    /// Without any row, for ids like this one.
    fn like(id: &str) -> Option<Self> {
        let end = id.bytes().take(MOST_HEAD).position(|byte| matches!(byte, b'-' | b'_')).map_or(0, |at| at + 1);
        let (head, rest) = id.split_at_checked(end)?;
        let width = rest.len().div_ceil(A_WORD);
        (1..=MOST_WORDS).contains(&width).then(|| Self { head: head.into(), width, words: Vec::new() })
    }

    fn is_like(&self, other: &Self) -> bool {
        self.width == other.width && self.head == other.head
    }

    /// Whether the id was of this kind, and was added.
    fn push(&mut self, id: &[u8]) -> bool {
        let Some(rest) = id.strip_prefix(self.head.as_bytes()) else { return false };
        if rest.len().div_ceil(A_WORD) != self.width {
            return false;
        }
        let before = self.words.len();
        let mut misfits = 0;
        for characters in rest.chunks(A_WORD) {
            let mut word = 0u64;
            for character in characters {
                let code = CODES[usize::from(*character)];
                misfits |= code;
                word = word << 6 | u64::from(code & 0x3f);
            }
            self.words.push(word << (64 - 6 * characters.len()));
        }
        if misfits & NO_FIT != 0 {
            self.words.truncate(before);
            return false;
        }
        if let Some(last) = self.words.last_mut() {
            *last |= (rest.len() - (self.width - 1) * A_WORD) as u64;
        }
        true
    }

    /// Rows without an id, up to so many in all.
    fn pad_to(&mut self, rows: usize) {
        self.words.resize(rows * self.width, 0);
    }

    fn rows(&self) -> usize {
        self.words.len() / self.width
    }

    /// Zeros for a row without an id; `None` beyond the end.
    fn words(&self, row: u32) -> Option<&[u64]> {
        let from = row as usize * self.width;
        self.words.get(from..from + self.width)
    }

    fn has(&self, row: u32) -> bool {
        self.words(row).and_then(<[u64]>::last).is_some_and(|last| last & 0xf != 0)
    }

    fn text(&self, row: u32) -> IdText<'static> {
        let mut text = Buffer { bytes: [0; MOST], long: 0 };
        if let Some(words) = self.words(row).filter(|_| self.has(row)) {
            let last = words.last().map_or(0, |last| (last & 0xf) as usize);
            let long = self.head.len() + (self.width - 1) * A_WORD + last;
            let (head, rest) = text.bytes.split_at_mut(self.head.len());
            head.copy_from_slice(self.head.as_bytes());
            for (characters, word) in rest.chunks_mut(A_WORD).zip(words) {
                let mut word = *word;
                for character in characters {
                    *character = CHARACTERS[(word >> 58) as usize];
                    word <<= 6;
                }
            }
            text.long = long as u8;
        }
        IdText(Text::Unpacked(text))
    }

    fn reorder(&mut self, order: &[u32]) {
        self.words = match self.width {
            // Nearly always: what they are known by has 21 to 30 characters.
            3 => self.reordered::<3>(order),
            4 => self.reordered::<4>(order),
            width => {
                let mut words = memory::zeros(order.len() * width);
                words.par_chunks_mut(width * CHUNK).zip(order.par_chunks(CHUNK)).for_each(|(words, order)| {
                    for (words, row) in words.chunks_exact_mut(width).zip(order) {
                        if let Some(from) = self.words(*row) {
                            words.copy_from_slice(from);
                        }
                    }
                });
                words
            }
        };
    }

    /// The words in another order, for a width that the compiler knows.
    fn reordered<const WIDTH: usize>(&self, order: &[u32]) -> Vec<u64> {
        let from = self.words.as_chunks::<WIDTH>().0;
        let mut words = memory::zeros(order.len() * WIDTH);
        words.par_chunks_mut(WIDTH * CHUNK).zip(order.par_chunks(CHUNK)).for_each(|(words, order)| {
            for (words, row) in words.as_chunks_mut::<WIDTH>().0.iter_mut().zip(order) {
                if let Some(from) = from.get(*row as usize) {
                    *words = *from;
                }
            }
        });
        words
    }
}

impl IdColumn {
    /// An empty text is no id.
    pub fn push(&mut self, id: &str) {
        let row = self.rows;
        self.rows += 1;
        if id.is_empty() {
            return;
        }
        if let Ids::None = self.ids
            && let Some(packed) = Packed::like(id)
        {
            self.ids = Ids::Packed(packed);
        }
        if let Ids::Packed(packed) = &mut self.ids {
            packed.pad_to(row);
            if packed.push(id.as_bytes()) {
                return;
            }
        }
        let mut texts = self.take_texts(row);
        texts.push(id);
        self.ids = Ids::Texts(texts);
    }

    /// Adds the ids that stand between these places of `text`, each of which
    /// is between two characters.
    pub fn push_all(&mut self, text: &str, spans: &[(u32, u32)]) {
        let mut spans = spans;
        // The first says of what kind they are.
        if let (Ids::None, Some(((from, to), rest))) = (&self.ids, spans.split_first()) {
            self.push(text.get(*from as usize..*to as usize).unwrap_or(""));
            spans = rest;
        }
        if let Ids::Packed(packed) = &mut self.ids {
            packed.pad_to(self.rows);
            let fits = |(from, to): &(u32, u32)| {
                let id = text.as_bytes().get(*from as usize..*to as usize).unwrap_or(&[]);
                packed.push(id)
            };
            let fitting = spans.iter().map(fits).take_while(|fits| *fits).count();
            self.rows += fitting;
            spans = spans.get(fitting..).unwrap_or_default();
        }
        match &mut self.ids {
            Ids::Texts(texts) => {
                texts.pad(self.rows.saturating_sub(texts.len()));
                texts.push_all(text, spans);
                self.rows += spans.len();
            }
            _ => {
                for (from, to) in spans {
                    self.push(text.get(*from as usize..*to as usize).unwrap_or(""));
                }
            }
        }
    }

    /// Adds so many rows, of which none has an id.
    pub fn pad(&mut self, rows: usize) {
        self.rows += rows;
    }

    /// Without any row, with its memory.
    pub fn clear(&mut self) {
        self.rows = 0;
        match &mut self.ids {
            Ids::None => {}
            Ids::Packed(packed) => packed.words.clear(),
            Ids::Texts(_) => self.ids = Ids::None,
        }
    }

    /// Makes room for so many more rows that have what those so far have.
    pub fn reserve(&mut self, rows: usize) {
        match &mut self.ids {
            Ids::None => {}
            Ids::Packed(packed) => memory::reserve(&mut packed.words, rows.saturating_mul(packed.width)),
            Ids::Texts(texts) => texts.reserve(rows),
        }
    }

    /// The id as it was given; empty for a row without one.
    pub fn get(&self, row: u32) -> IdText<'_> {
        match &self.ids {
            Ids::None => IdText(Text::Kept("")),
            Ids::Packed(packed) => packed.text(row),
            Ids::Texts(texts) => IdText(Text::Kept(texts.get(row))),
        }
    }

    /// Whether the row has an id.
    pub fn has(&self, row: u32) -> bool {
        match &self.ids {
            Ids::None => false,
            Ids::Packed(packed) => packed.has(row),
            Ids::Texts(texts) => !texts.get_bytes(row).is_empty(),
        }
    }

    /// As [`IdColumn::get`] of two rows compare.
    pub fn compare(&self, a: u32, b: u32) -> Ordering {
        match &self.ids {
            Ids::None => Ordering::Equal,
            Ids::Packed(packed) => {
                // One row may lie beyond the end, which is as if it were zeros.
                let words = |row| packed.words(row).filter(|_| packed.has(row));
                words(a).cmp(&words(b))
            }
            Ids::Texts(texts) => texts.get_bytes(a).cmp(texts.get_bytes(b)),
        }
    }

    /// Whether a row's id is that of another column's row.
    pub fn is_same(&self, row: u32, other: &Self, other_row: u32) -> bool {
        self.is_same_by(row, other, other_row, self.hashed_with(other))
    }

    /// As [`IdColumn::is_same`], for millions of rows: `how` is what
    /// [`IdColumn::hashed_with`] says of the two columns.
    pub fn is_same_by(&self, row: u32, other: &Self, other_row: u32, how: IdHash) -> bool {
        match (&self.ids, &other.ids) {
            (Ids::Packed(a), Ids::Packed(b)) if how == IdHash::Words => match (a.words(row), b.words(other_row)) {
                // Nearly always.
                (Some([a, b, c]), Some([d, e, f])) => (a ^ d) | (b ^ e) | (c ^ f) == 0,
                // A few words: to call for a comparison of memory takes longer.
                (Some(a), Some(b)) => a.iter().zip(b).all(|(a, b)| a == b),
                _ => a.has(row) == b.has(other_row),
            },
            (Ids::Texts(a), Ids::Texts(b)) => a.get_bytes(row) == b.get_bytes(other_row),
            _ => *self.get(row) == *other.get(other_row),
        }
    }

    /// How the ids of both columns are written for a hash, so that equal ones
    /// write the same.
    pub fn hashed_with(&self, other: &Self) -> IdHash {
        match (&self.ids, &other.ids) {
            (Ids::Packed(a), Ids::Packed(b)) if a.is_like(b) => IdHash::Words,
            _ => IdHash::Text,
        }
    }

    /// Writes the row's id.
    pub fn write(&self, row: u32, how: IdHash, hasher: &mut impl Hasher) {
        match (&self.ids, how) {
            (Ids::Packed(packed), IdHash::Words) => match packed.words(row).unwrap_or_default() {
                // Nearly always.
                [a, b, c] => [a, b, c].into_iter().for_each(|word| hasher.write_u64(*word)),
                words => words.iter().for_each(|word| hasher.write_u64(*word)),
            },
            (Ids::Texts(texts), _) => hasher.write(texts.get_bytes(row)),
            _ => hasher.write(self.get(row).as_bytes()),
        }
    }

    pub fn append(&mut self, other: &Self) {
        let rows = self.rows;
        match (&mut self.ids, &other.ids) {
            (_, Ids::None) => {}
            (Ids::None, ids) if rows == 0 => self.ids = ids.clone(),
            (Ids::None, Ids::Packed(theirs)) => {
                let mut ours = Packed { words: Vec::new(), ..theirs.clone() };
                ours.pad_to(rows);
                ours.words.extend_from_slice(&theirs.words);
                self.ids = Ids::Packed(ours);
            }
            (Ids::Packed(ours), Ids::Packed(theirs)) if ours.is_like(theirs) => {
                ours.pad_to(rows);
                ours.words.extend_from_slice(&theirs.words);
            }
            (_, Ids::Texts(theirs)) => {
                let mut texts = self.take_texts(rows);
                texts.append(theirs);
                self.ids = Ids::Texts(texts);
            }
            (_, Ids::Packed(theirs)) => {
                let mut texts = self.take_texts(rows);
                (0..theirs.rows() as u32).for_each(|row| texts.push(&theirs.text(row)));
                self.ids = Ids::Texts(texts);
            }
        }
        self.rows += other.rows;
    }

    /// Puts the rows in another order.
    pub fn reorder(&mut self, order: &[u32]) {
        match &mut self.ids {
            Ids::None => {}
            Ids::Packed(packed) => packed.reorder(order),
            Ids::Texts(texts) => *texts = texts.gather(order),
        }
        self.rows = order.len();
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        match &self.ids {
            Ids::None => 0,
            Ids::Packed(packed) => packed.words.capacity() * 8,
            Ids::Texts(texts) => texts.bytes(),
        }
    }

    /// The ids so far as texts, one for each of so many rows.
    fn take_texts(&mut self, rows: usize) -> Arena {
        let mut texts = match std::mem::take(&mut self.ids) {
            Ids::None => Arena::default(),
            Ids::Texts(texts) => texts,
            Ids::Packed(packed) => {
                let mut texts = Arena::default();
                (0..packed.rows() as u32).for_each(|row| texts.push(&packed.text(row)));
                texts
            }
        };
        texts.pad(rows.saturating_sub(texts.len()));
        texts
    }
}

/// How ids are written for a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdHash {
    Words,
    Text,
}

/// An id as text.
#[derive(Debug)]
pub struct IdText<'a>(Text<'a>);

#[derive(Debug)]
enum Text<'a> {
    Kept(&'a str),
    Unpacked(Buffer),
}

#[derive(Debug)]
struct Buffer {
    bytes: [u8; MOST],
    long: u8,
}

impl Deref for IdText<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Text::Kept(text) => text,
            // All characters that fit are ASCII.
            Text::Unpacked(Buffer { bytes, long }) => {
                bytes.get(..usize::from(*long)).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
            }
        }
    }
}

impl<'a> From<IdText<'a>> for Cow<'a, str> {
    fn from(text: IdText<'a>) -> Self {
        match text.0 {
            Text::Kept(text) => Cow::Borrowed(text),
            Text::Unpacked(_) => Cow::Owned((*text).to_owned()),
        }
    }
}

impl std::fmt::Display for IdText<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self)
    }
}

impl PartialEq for IdText<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for IdText<'_> {}

impl Hash for IdText<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn column(ids: &[String]) -> IdColumn {
        let mut column = IdColumn::default();
        ids.iter().for_each(|id| column.push(id));
        column
    }

    fn id() -> impl Strategy<Value = String> {
        prop_oneof![
            8 => "chatcmpl-[-_A-Za-z0-9]{11,20}",
            2 => Just(String::new()),
            1 => "chatcmpl-[A-Za-z0-9]{0,11}",
            1 => "(resp_|a-|_|-)?[-_A-Za-z0-9.ä]{0,70}",
        ]
    }

    /// Ids that are packed in so many words, and now and then none.
    fn packed(words: usize, most: usize) -> impl Strategy<Value = Vec<String>> {
        let id = format!("req_[-_A-Za-z0-9]{{{},{}}}", words * 10 - 9, words * 10);
        let id = proptest::string::string_regex(&id).unwrap();
        proptest::collection::vec(prop_oneof![9 => id, 1 => Just(String::new())], 0..most)
    }

    /// Ids that are packed, and now and then one that is not.
    fn ids(most: usize) -> impl Strategy<Value = Vec<String>> {
        prop_oneof![packed(2, most), packed(3, most), packed(4, most), proptest::collection::vec(id(), 0..most)]
    }

    #[test]
    fn ids_of_one_kind_take_eight_bytes_for_ten_characters() {
        let ids: Vec<String> = (0..1_024u32).map(|n| format!("chatcmpl-{n:029}")).collect();
        let mut column = column(&ids);
        column.reorder(&(0..1_024).collect::<Vec<_>>());
        assert_eq!(column.bytes(), 1_024 * 3 * 8);
        assert_eq!(*column.get(77), *ids[77]);
    }

    #[test]
    fn no_ids_take_nothing() {
        let mut column = column(&vec![String::new(); 100]);
        column.pad(7);
        assert_eq!((column.bytes(), column.has(3), &*column.get(3)), (0, false, ""));
    }

    proptest! {
        #[test]
        fn ids_come_back_as_they_were_given(first in ids(8), second in ids(8), third in ids(8), pad in 0usize..3) {
            let mut whole = column(&first);
            whole.append(&column(&second));
            whole.pad(pad);
            let text = third.concat();
            let ends = third.iter().scan(0, |at, id| {
                let from = *at;
                *at += id.len() as u32;
                Some((from, *at))
            });
            whole.push_all(&text, &ends.collect::<Vec<_>>());
            let all = [first, second, vec![String::new(); pad], third].concat();
            let rows = 0..all.len() as u32;
            prop_assert_eq!(rows.clone().map(|row| whole.get(row).to_owned()).collect::<Vec<_>>(), all.clone());
            prop_assert!(rows.clone().all(|row| whole.has(row) != all[row as usize].is_empty()));
            let back: Vec<u32> = rows.rev().collect();
            whole.reorder(&back);
            let turned: Vec<_> = (0..).take(all.len()).map(|row| whole.get(row).to_owned()).collect();
            prop_assert_eq!(turned, all.into_iter().rev().collect::<Vec<_>>());
        }

        #[test]
        fn ids_compare_and_hash_as_their_texts(mine in ids(8), theirs in ids(8)) {
            let (a, b) = (column(&mine), column(&theirs));
            let how = a.hashed_with(&b);
            let hash = |column: &IdColumn, row: u32| {
                let mut hasher = rustc_hash::FxHasher::default();
                column.write(row, how, &mut hasher);
                hasher.finish()
            };
            for (row, id) in (0..).zip(&mine) {
                for (other_row, other) in (0..).zip(&theirs) {
                    prop_assert_eq!(a.is_same(row, &b, other_row), id == other);
                    prop_assert!(id != other || hash(&a, row) == hash(&b, other_row));
                }
                for (other_row, other) in (0..).zip(&mine) {
                    prop_assert_eq!(a.compare(row, other_row), id.as_bytes().cmp(other.as_bytes()));
                }
            }
        }
    }
}
