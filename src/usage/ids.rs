//! Ids of the rows. Those of one provider look alike: the same head
//! (`chatcmpl-`), then so many letters and digits. Such a column keeps the head
//! once, and ten characters in eight bytes; any other keeps its texts.

mod packed;
mod sixes;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use super::Arena;
use crate::memory::{self, Order};
use packed::{Buffer, Packed};

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
            if packed.push(id.as_bytes(), 0, id.len()) {
                return;
            }
        }
        let mut texts = self.take_texts(row);
        texts.push(id);
        self.ids = Ids::Texts(texts);
    }

    /// Adds the ids that stand between these places of `text`, which is UTF-8;
    /// each place is between two characters.
    pub fn push_all(&mut self, text: &[u8], spans: &[(u32, u32)]) {
        let one = |(from, to): &(u32, u32)| {
            let id = text.get(*from as usize..*to as usize).unwrap_or(&[]);
            std::str::from_utf8(id).unwrap_or("")
        };
        let mut spans = spans;
        // The first says of what kind they are.
        if let (Ids::None, Some((first, rest))) = (&self.ids, spans.split_first()) {
            self.push(one(first));
            spans = rest;
        }
        if let Ids::Packed(packed) = &mut self.ids {
            packed.pad_to(self.rows);
            packed.words.reserve(spans.len() * packed.width);
            let fitting = spans.iter().take_while(|(from, to)| packed.push(text, *from as usize, *to as usize)).count();
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
                for span in spans {
                    self.push(one(span));
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
                let mut ours = theirs.blank();
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
    pub fn reorder(&mut self, order: &Order) {
        match &mut self.ids {
            Ids::None => {}
            Ids::Packed(packed) => packed.reorder(order),
            Ids::Texts(texts) => *texts = texts.gather(order.rows()),
        }
        self.rows = order.count();
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
mod tests;
