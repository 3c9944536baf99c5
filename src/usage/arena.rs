//! Texts of all rows in one run of bytes.

use rayon::prelude::*;

use super::gather::CHUNK;

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
        let length = |rows: &[u32]| rows.iter().map(|row| self.get_bytes(*row).len()).sum();
        let lengths: Vec<usize> = order.par_chunks(CHUNK).map(length).collect();
        let total: usize = lengths.iter().sum();
        if total as u64 >= 1 << 32 {
            let mut all = Self { bytes: Vec::with_capacity(total), ..Self::default() };
            order.iter().for_each(|row| all.push(self.get(*row)));
            return all;
        }
        // Each chunk of rows goes straight to where it belongs.
        let (mut bytes, mut ends) = (vec![0; total], vec![0; order.len()]);
        let (mut rest, mut from, mut parts) = (&mut bytes[..], 0, Vec::with_capacity(lengths.len()));
        for ((rows, ends), length) in order.chunks(CHUNK).zip(ends.chunks_mut(CHUNK)).zip(lengths) {
            let (part, behind) = std::mem::take(&mut rest).split_at_mut(length);
            parts.push((rows, ends, part, from));
            (rest, from) = (behind, from + length);
        }
        parts.into_par_iter().for_each(|(rows, ends, mut part, from)| {
            let mut end = from;
            for (row, place) in rows.iter().zip(ends) {
                let text = self.get_bytes(*row);
                let (to, behind) = std::mem::take(&mut part).split_at_mut(text.len());
                to.copy_from_slice(text);
                (part, end) = (behind, end + text.len());
                *place = end as u32;
            }
        });
        Self { bytes, ends, wraps: Vec::new() }
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
        let order: Vec<u32> = (0..CHUNK as u32 * 2).map(|row| row * 5 % 7).collect();
        let turned = first.gather(&order);
        assert!((0..).zip(&order).all(|(row, old): (u32, _)| turned.get(row) == first.get(*old)));
        assert_eq!(turned.len(), order.len());
    }
}
