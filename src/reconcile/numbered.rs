//! Values by key, where millions of items ask for thousands of keys. Items stand
//! in the order of time, and those of a day share a few dozen: nearly all keys
//! that are asked for were asked for a moment ago, and are found without the
//! map.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// What values are kept by.
pub(super) trait Place: Copy + Eq + Hash {
    /// Some bits of it that differ between keys asked for in turn: where its
    /// number is remembered.
    fn slot(self) -> usize;
}

/// A value for each key that was asked for, both numbered in the order in which
/// the keys came.
#[derive(Debug)]
pub(super) struct Numbered<K, V> {
    numbers: FxHashMap<K, u32>,
    all: Vec<(K, V)>,
    /// Numbers of the keys that were asked for last.
    recent: [u32; RECENT],
}

/// Keys remembered, a power of two.
const RECENT: usize = 64;

impl<K, V> Default for Numbered<K, V> {
    fn default() -> Self {
        Self { numbers: FxHashMap::default(), all: Vec::new(), recent: [0; RECENT] }
    }
}

impl<K: Place, V: Default> Numbered<K, V> {
    /// The number of a key, and its value, blank where the key is new.
    pub fn of(&mut self, key: K) -> (u32, &mut V) {
        let slot = key.slot() % RECENT;
        let mut number = self.recent[slot];
        if !self.all.get(number as usize).is_some_and(|(known, _)| *known == key) {
            let next = self.all.len() as u32;
            number = *self.numbers.entry(key).or_insert(next);
            if number == next {
                self.all.push((key, V::default()));
            }
            self.recent[slot] = number;
        }
        // Just made, if it was not there.
        (number, &mut self.all[number as usize].1)
    }

    pub fn knows(&self, key: &K) -> bool {
        self.numbers.contains_key(key)
    }

    /// All of them by their numbers.
    pub fn all(&self) -> &[(K, V)] {
        &self.all
    }

    pub fn into_all(self) -> Vec<(K, V)> {
        self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Place for u16 {
        fn slot(self) -> usize {
            usize::from(self) >> 2
        }
    }

    proptest! {
        #[test]
        fn a_key_keeps_its_number_whatever_was_asked_for_since(
            asked in proptest::collection::vec(prop_oneof![3 => 0u16..8, 1 => any::<u16>()], 0..300),
        ) {
            let mut counts: Numbered<u16, usize> = Numbered::default();
            let mut met: Vec<u16> = Vec::new();
            for key in &asked {
                let is_new = !met.contains(key);
                prop_assert_eq!(counts.knows(key), !is_new);
                if is_new {
                    met.push(*key);
                }
                let (number, count) = counts.of(*key);
                prop_assert_eq!((met[number as usize], *count == 0), (*key, is_new));
                *count += 1;
            }
            let times = |key: &u16| asked.iter().filter(|asked| *asked == key).count();
            let expected: Vec<(u16, usize)> = met.iter().map(|key| (*key, times(key))).collect();
            prop_assert_eq!(counts.all(), &expected);
            prop_assert_eq!(counts.into_all(), expected);
        }
    }
}
