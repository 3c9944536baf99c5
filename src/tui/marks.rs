//! Marked rows as a set of bits: a million of them cost 125 kB.

/// A set of items, a bit each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    words: Vec<u64>,
    count: usize,
}

impl Marks {
    pub fn has(&self, item: u32) -> bool {
        self.words.get(item as usize / 64).is_some_and(|word| word >> (item % 64) & 1 == 1)
    }

    pub fn set(&mut self, item: u32) {
        let at = item as usize / 64;
        if at >= self.words.len() {
            self.words.resize(at + 1, 0);
        }
        if let Some(word) = self.words.get_mut(at) {
            self.count += usize::from(*word >> (item % 64) & 1 == 0);
            *word |= 1 << (item % 64);
        }
    }

    pub fn unset(&mut self, item: u32) {
        if let Some(word) = self.words.get_mut(item as usize / 64) {
            self.count -= (*word >> (item % 64) & 1) as usize;
            *word &= !(1 << (item % 64));
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub const fn len(&self) -> usize {
        self.count
    }

    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// In ascending order.
    pub fn items(&self) -> Vec<u32> {
        let mut items = Vec::with_capacity(self.count);
        for (at, word) in self.words.iter().enumerate() {
            let mut left = *word;
            while left != 0 {
                items.push(at as u32 * 64 + left.trailing_zeros());
                left &= left - 1;
            }
        }
        items
    }
}
