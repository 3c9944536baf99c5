//! Texts of all rows in one run of bytes.

use rayon::prelude::*;

use super::gather::CHUNK;
use crate::memory;

/// One text a row, appended only.
#[derive(Debug, Clone, Default)]
pub struct Arena {
    bytes: Vec<u8>,
    /// Where each text ends, in the low 32 bits of the offset; `wraps` lists
    /// the rows at which another 4 GiB begin.
    ends: Vec<u32>,
    wraps: Vec<u32>,
}

impl Arena {
    pub fn push(&mut self, text: &str) {
        let before = (self.bytes.len() as u64) >> 32;
        self.bytes.extend_from_slice(text.as_bytes());
        let end = self.bytes.len() as u64;
        for _ in before..end >> 32 {
            self.wraps.push(self.ends.len() as u32);
        }
        self.ends.push(end as u32);
    }

    /// Adds the texts that stand between these places of `text`, which is UTF-8;
    /// each place is between two characters.
    pub fn push_all(&mut self, text: &[u8], spans: &[(u32, u32)]) {
        let one = |(from, to): &(u32, u32)| text.get(*from as usize..*to as usize).unwrap_or(&[]);
        let long: usize = spans.iter().map(|(from, to)| to.saturating_sub(*from) as usize).sum();
        if (self.bytes.len() + long) as u64 >> 32 != 0 {
            spans.iter().for_each(|span| self.push(std::str::from_utf8(one(span)).unwrap_or("")));
            return;
        }
        self.bytes.reserve(long);
        for span in spans {
            self.bytes.extend_from_slice(one(span));
            self.ends.push(self.bytes.len() as u32);
        }
    }

    /// Adds so many empty texts.
    pub fn pad(&mut self, rows: usize) {
        let end = self.bytes.len() as u32;
        self.ends.resize(self.ends.len() + rows, end);
    }

    /// Without any text, with its memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.wraps.clear();
    }

    /// Makes room for so many more texts that are as long as those so far.
    pub fn reserve(&mut self, rows: usize) {
        let long = self.bytes.len() / self.ends.len().max(1) + 1;
        memory::reserve(&mut self.bytes, long.saturating_mul(rows));
        memory::reserve(&mut self.ends, rows);
    }

    fn end(&self, row: usize) -> usize {
        let wraps = self.wraps.partition_point(|at| *at as usize <= row) as u64;
        (wraps << 32 | u64::from(self.ends[row])) as usize
    }

    /// The row's text; empty for a row that is not there.
    pub fn get(&self, row: u32) -> &str {
        // Only whole texts are pushed, so the cut is at a character.
        std::str::from_utf8(self.get_bytes(row)).unwrap_or("")
    }

    /// The bytes of [`Arena::get`], without looking at them.
    pub fn get_bytes(&self, row: u32) -> &[u8] {
        let row = row as usize;
        if row >= self.ends.len() {
            return &[];
        }
        let from = if row == 0 { 0 } else { self.end(row - 1) };
        &self.bytes[from..self.end(row)]
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn append(&mut self, other: &Self) {
        if self.bytes.len() as u64 + (other.bytes.len() as u64) < 1 << 32 {
            let base = self.bytes.len() as u32;
            self.bytes.extend_from_slice(&other.bytes);
            self.ends.extend(other.ends.iter().map(|end| end + base));
        } else {
            for row in 0..other.len() as u32 {
                self.push(other.get(row));
            }
        }
    }

    /// The rows in another order.
    pub fn gather(&self, order: &[u32]) -> Self {
        let length = |rows: &[u32]| rows.iter().map(|row| self.get_bytes(*row).len()).sum::<usize>();
        let lengths: Vec<usize> = order.par_chunks(CHUNK).map(length).collect();
        let mut bytes = memory::zeros(lengths.iter().sum());
        let mut ends = memory::zeros(order.len());
        // Each chunk of rows has a part of both for itself, and knows where it begins.
        let (mut chunks, mut rest, mut begin) = (Vec::with_capacity(lengths.len()), &mut bytes[..], 0);
        for ((rows, ends), length) in order.chunks(CHUNK).zip(ends.chunks_mut(CHUNK)).zip(lengths) {
            let (part, others) = rest.split_at_mut(length);
            chunks.push((rows, ends, part, begin));
            (rest, begin) = (others, begin + length);
        }
        chunks.into_par_iter().for_each(|(rows, ends, mut part, mut at)| {
            for (row, end) in rows.iter().zip(ends) {
                let text = self.get_bytes(*row);
                let (room, others) = part.split_at_mut(text.len());
                room.copy_from_slice(text);
                (part, at) = (others, at + text.len());
                *end = at as u32;
            }
        });
        let mut all = Self { bytes, ends, wraps: Vec::new() };
        all.find_wraps();
        all
    }

    /// A text ends beyond another 4 GiB where the low bits of its end are below
    /// those of the one before it: no text is that long.
    fn find_wraps(&mut self) {
        if self.bytes.len() as u64 >> 32 == 0 {
            return;
        }
        let falls = |pair: &[u32]| matches!(pair, [before, end] if end < before);
        self.wraps = (1..).zip(self.ends.windows(2)).filter(|(_, pair)| falls(pair)).map(|(row, _)| row).collect();
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        self.bytes.capacity() + 4 * (self.ends.capacity() + self.wraps.capacity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_after_appending() {
        let (mut first, mut second) = (Arena::default(), Arena::default());
        ["a", "", "ä"].iter().for_each(|t| first.push(t));
        ["", "chatcmpl-1"].iter().for_each(|t| second.push(t));
        first.append(&second);
        let back: Vec<_> = (0..6).map(|row| first.get(row)).collect();
        assert_eq!(back, ["a", "", "ä", "", "chatcmpl-1", ""]);
    }

    #[test]
    fn texts_come_back_in_another_order() {
        let text = |row: u32| "x".repeat(row as usize % 7) + "ä";
        let rows = 2 * CHUNK as u32 + 5;
        let mut arena = Arena::default();
        (0..rows).for_each(|row| arena.push(&text(row)));
        let order: Vec<u32> = (0..rows).rev().collect();
        let other = arena.gather(&order);
        assert!((0..rows).all(|row| other.get(row) == text(rows - 1 - row)));
        assert_eq!(arena.gather(&[3, 3]).get(1), text(3));
    }
}
