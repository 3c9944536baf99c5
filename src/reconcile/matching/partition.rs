//! Rows spread by a hash of their key over parts small enough for a core's
//! cache, so that a join of millions is many small sorts side by side.
//!
//! Eight bytes a row. Rows of one key always meet in one part; rows of
//! different keys may meet too, so whoever reads a part compares the keys.

use rayon::prelude::*;
use rustc_hash::FxHasher;
use std::hash::Hasher;

use crate::memory;
use crate::usage::Side;

/// Rows handled at a time while spreading: their hashes stay in a core's cache.
const CHUNK: usize = 1 << 16;
/// Rows that a part should hold.
const PART: usize = 1 << 13;
const MOST_BITS: u32 = 11;

/// A row in a part: 31 bits of the hash, the side, the row. Sorted, rows of
/// one key stand together, those of the bill first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry(u64);

impl Entry {
    pub fn new(hash: u64, side: Side, row: u32) -> Self {
        let side = u64::from(side == Side::Ledger);
        Self((hash & 0x7fff_ffff) << 33 | side << 32 | u64::from(row))
    }

    pub fn tag(self) -> u64 {
        self.0 >> 33
    }

    pub fn side(self) -> Side {
        if self.0 >> 32 & 1 == 0 { Side::Bill } else { Side::Ledger }
    }

    pub fn row(self) -> u32 {
        self.0 as u32
    }
}

/// Hashes a key; equal keys on both sides must write the same.
pub(super) fn hash(write: impl FnOnce(&mut FxHasher)) -> u64 {
    let mut hasher = FxHasher::default();
    write(&mut hasher);
    // Both ends of the hash are used, so its bits are mixed once more.
    let mixed = hasher.finish();
    let mixed = (mixed ^ mixed >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ mixed >> 29
}

/// One side, spread: the entries of a chunk of its rows stand behind those of
/// the chunks before it, and those of a part of the chunk together.
struct Spread {
    entries: Vec<u64>,
    /// Where each part of each chunk begins in the chunk, and the end.
    starts: Vec<Vec<u32>>,
}

/// Both sides, spread.
pub(super) struct Parts {
    sides: [Spread; 2],
    count: usize,
}

impl Parts {
    /// Spreads the rows for which `bill` and `ledger` give the hash of a key;
    /// each is given a row and its side's number of rows comes with it.
    pub fn spread(
        (bill_rows, bill): (usize, impl Fn(u32) -> Option<u64> + Sync),
        (ledger_rows, ledger): (usize, impl Fn(u32) -> Option<u64> + Sync),
    ) -> Self {
        let wanted = (bill_rows + ledger_rows).div_ceil(PART).max(1);
        let bits = wanted.next_power_of_two().ilog2().min(MOST_BITS);
        let bill = Spread::of(Side::Bill, bill_rows, bits, bill);
        Self { sides: [bill, Spread::of(Side::Ledger, ledger_rows, bits, ledger)], count: 1 << bits }
    }

    /// Calls `join` with the sorted entries of each part, side by side, and
    /// gives the results in the order of the parts.
    pub fn join<T: Send>(&self, join: impl Fn(&mut [Entry]) -> T + Sync) -> Vec<T> {
        self.each(|entries, _| {
            entries.sort_unstable();
            join(entries)
        })
    }

    /// Calls `pair` with the bill row and the ledger row of each hash that one
    /// row of each side has and no other, and `join` with the sorted entries of
    /// all hashes that more than these have. Most rows are one of a pair, and so
    /// are never sorted.
    pub fn pairs<T: Send>(&self, pair: impl Fn(u32, u32) + Sync, join: impl Fn(&mut [Entry]) -> T + Sync) -> Vec<T> {
        self.each(|entries, slots| {
            let mut rest = Pairs::of(entries, slots, &pair);
            rest.sort_unstable();
            join(&mut rest)
        })
    }

    /// Calls `take` with the entries of each part, side by side, and gives the
    /// results in the order of the parts. The room that one part took is used
    /// again for the next, as are the slots that come with it.
    fn each<T: Send>(&self, take: impl Fn(&mut [Entry], &mut Vec<Slot>) -> T + Sync) -> Vec<T> {
        let part = |(entries, slots): &mut (Vec<Entry>, Vec<Slot>), part: usize| {
            entries.clear();
            self.sides.iter().for_each(|side| side.copy(part, entries));
            take(entries, slots)
        };
        (0..self.count).into_par_iter().map_init(Default::default, part).collect()
    }
}

/// What has been seen of one hash.
#[derive(Clone, Copy)]
struct Slot {
    first: Entry,
    /// The row of the other side, of a pair.
    mate: u32,
    seen: Seen,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    One,
    Pair,
    /// All its entries stand in the rest.
    More,
}

/// The pairs of one part, found in a table of hashes.
struct Pairs;

impl Pairs {
    /// Gives the entries that are neither alone nor one of a pair.
    fn of(entries: &[Entry], slots: &mut Vec<Slot>, pair: &impl Fn(u32, u32)) -> Vec<Entry> {
        let mask = (entries.len() * 2).next_power_of_two() - 1;
        let empty = Slot { first: Entry(0), mate: 0, seen: Seen::Nothing };
        slots.clear();
        slots.resize(mask + 1, empty);
        let mut rest = Vec::new();
        for entry in entries {
            let mut at = entry.tag() as usize & mask;
            // At most half of the slots are taken.
            while slots[at].seen != Seen::Nothing && slots[at].first.tag() != entry.tag() {
                at = (at + 1) & mask;
            }
            let slot = &mut slots[at];
            match slot.seen {
                Seen::Nothing => *slot = Slot { first: *entry, mate: 0, seen: Seen::One },
                Seen::One if slot.first.side() != entry.side() => {
                    (slot.mate, slot.seen) = (entry.row(), Seen::Pair);
                }
                Seen::One => {
                    slot.seen = Seen::More;
                    rest.extend([slot.first, *entry]);
                }
                Seen::Pair => {
                    slot.seen = Seen::More;
                    let other = if slot.first.side() == Side::Bill { Side::Ledger } else { Side::Bill };
                    rest.extend([slot.first, Entry::new(slot.first.tag(), other, slot.mate), *entry]);
                }
                Seen::More => rest.push(*entry),
            }
        }
        for slot in slots.iter().filter(|slot| slot.seen == Seen::Pair) {
            match slot.first.side() {
                Side::Bill => pair(slot.first.row(), slot.mate),
                Side::Ledger => pair(slot.mate, slot.first.row()),
            }
        }
        rest
    }
}

impl Spread {
    fn of(side: Side, rows: usize, bits: u32, key: impl Fn(u32) -> Option<u64> + Sync) -> Self {
        let part = |hash: u64| (hash >> 32 >> (32 - bits)) as usize;
        let mut entries = memory::zeros(rows);
        let spread = |hashes: &mut Vec<(u64, u32)>, (chunk, entries): (usize, &mut [u64])| {
            let from = chunk * CHUNK;
            hashes.clear();
            hashes.extend((from..from + entries.len()).filter_map(|row| Some((key(row as u32)?, row as u32))));
            let mut starts = vec![0u32; (1 << bits) + 1];
            hashes.iter().for_each(|(hash, _)| starts[part(*hash) + 1] += 1);
            (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
            let mut next = starts.clone();
            for (hash, row) in hashes.iter() {
                let at = &mut next[part(*hash)];
                entries[*at as usize] = Entry::new(*hash, side, *row).0;
                *at += 1;
            }
            starts
        };
        let room = || Vec::with_capacity(CHUNK.min(rows));
        let starts = entries.par_chunks_mut(CHUNK).enumerate().map_init(room, spread).collect();
        Self { entries, starts }
    }

    /// Adds the entries of a part.
    fn copy(&self, part: usize, to: &mut Vec<Entry>) {
        for (entries, starts) in self.entries.chunks(CHUNK).zip(&self.starts) {
            let of_part = &entries[starts[part] as usize..starts[part + 1] as usize];
            to.extend(of_part.iter().map(|entry| Entry(*entry)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_row_with_a_key_comes_back_beside_its_equals() {
        let key = |row: u32| (!row.is_multiple_of(5)).then(|| hash(|h| h.write_u32(row / 3)));
        let rows = CHUNK + 3 * PART;
        let parts = Parts::spread((rows, key), (rows, key));
        assert!(parts.count > 1);
        let seen: Vec<Vec<Entry>> = parts.join(|entries| entries.to_vec());
        let mut of_bill = 0;
        for entries in &seen {
            for run in entries.chunk_by(|a, b| a.tag() == b.tag()) {
                let bill: Vec<u32> = run.iter().filter(|e| e.side() == Side::Bill).map(|e| e.row()).collect();
                let ledger: Vec<u32> = run.iter().filter(|e| e.side() == Side::Ledger).map(|e| e.row()).collect();
                assert_eq!(bill, ledger);
                of_bill += bill.len();
            }
        }
        assert_eq!(of_bill, (0..rows).filter(|row| row % 5 != 0).count());
    }

    proptest! {
        /// Against what the sorted entries say.
        #[test]
        fn a_pair_is_one_row_of_each_side_and_the_rest_is_what_more_than_two_share(
            keys in proptest::collection::vec((any::<bool>(), 0u64..24), 0..60),
        ) {
            let side = |bill: bool| if bill { Side::Bill } else { Side::Ledger };
            let entry = |(row, (bill, key)): (u32, &(bool, u64))| Entry::new(hash(|h| h.write_u64(*key)), side(*bill), row);
            let entries: Vec<Entry> = (0..).zip(&keys).map(entry).collect();
            let pairs = std::cell::RefCell::new(Vec::new());
            let mut rest = Pairs::of(&entries, &mut Vec::new(), &|bill, ledger| pairs.borrow_mut().push((bill, ledger)));
            rest.sort_unstable();
            let mut sorted = entries;
            sorted.sort_unstable();
            let (mut expect, mut more) = (Vec::new(), Vec::new());
            for run in sorted.chunk_by(|a, b| a.tag() == b.tag()) {
                match run {
                    [_] => {}
                    [bill, ledger] if bill.side() != ledger.side() => expect.push((bill.row(), ledger.row())),
                    _ => more.extend_from_slice(run),
                }
            }
            let mut pairs = pairs.into_inner();
            pairs.sort_unstable();
            expect.sort_unstable();
            prop_assert_eq!((pairs, rest), (expect, more));
        }
    }
}
