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
        let part = |rows: &[u32]| {
            let mut part = Self::default();
            rows.iter().for_each(|row| part.push(self.get(*row)));
            part
        };
        let parts: Vec<Self> = order.par_chunks(CHUNK).map(part).collect();
        let (bytes, rows) =
            parts.iter().fold((0, 0), |(bytes, rows), part| (bytes + part.bytes.len(), rows + part.len()));
        let mut all = Self { bytes: Vec::with_capacity(bytes), ends: Vec::with_capacity(rows), wraps: Vec::new() };
        parts.iter().for_each(|part| all.append(part));
        all
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
}
