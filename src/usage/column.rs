//! Columns that take no memory until a row has something in them.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::Sym;
use super::gather::CHUNK;
use crate::amount::Cut;
use crate::memory::{self, Order, Spare};

/// A name a row.
#[derive(Debug, Clone, Default)]
pub struct SymColumn {
    syms: Vec<Sym>,
    rows: usize,
    /// What [`SymColumn::distinct`] found, until a row is added.
    distinct: OnceLock<Box<[Sym]>>,
}

impl SymColumn {
    /// For so many rows without a name.
    pub fn blank(rows: usize) -> Self {
        Self { rows, ..Self::default() }
    }

    /// Makes it so many rows long, those that are new without a name.
    pub fn pad(&mut self, rows: usize) {
        self.rows = self.rows.max(rows);
    }

    pub fn push(&mut self, sym: Sym) {
        self.distinct.take();
        if sym.is_none() && self.syms.is_empty() {
            self.rows += 1;
            return;
        }
        if self.syms.len() < self.rows {
            self.syms.resize(self.rows, Sym::NONE);
        }
        self.syms.push(sym);
        self.rows += 1;
    }

    /// Adds so many rows with these names; none for rows without.
    pub fn push_all(&mut self, syms: &[Sym], rows: usize) {
        self.distinct.take();
        if self.syms.is_empty() && syms.iter().all(|sym| sym.is_none()) {
            self.rows += rows;
            return;
        }
        self.syms.resize(self.rows, Sym::NONE);
        self.syms.extend_from_slice(syms);
        self.rows += rows;
        self.syms.resize(self.rows, Sym::NONE);
    }

    /// Without any row, with its memory.
    pub fn clear(&mut self) {
        self.distinct.take();
        self.syms.clear();
        self.rows = 0;
    }

    /// Makes room for so many more rows, if any has a name so far.
    pub fn reserve(&mut self, rows: usize) {
        if !self.syms.is_empty() {
            memory::reserve(&mut self.syms, rows);
        }
    }

    pub fn get(&self, row: u32) -> Sym {
        self.syms.get(row as usize).copied().unwrap_or(Sym::NONE)
    }

    /// Appends rows whose symbols are those of other names; `map` turns them.
    pub fn append(&mut self, other: &Self, map: &[Sym]) {
        self.distinct.take();
        if !other.syms.is_empty() {
            self.syms.resize(self.rows, Sym::NONE);
            self.syms.extend(other.syms.iter().map(|s| map.get(s.0 as usize).copied().unwrap_or(Sym::NONE)));
        } else if !self.syms.is_empty() {
            self.syms.resize(self.rows + other.rows, Sym::NONE);
        }
        self.rows += other.rows;
    }

    /// Puts the rows in another order.
    pub fn reorder(&mut self, order: &Order, spare: &mut Spare) {
        self.distinct.take();
        if !self.syms.is_empty() {
            self.syms.resize(order.count(), Sym::NONE);
            order.put(&mut self.syms, spare);
        }
        self.rows = order.count();
    }

    /// The names that some row has, ascending. Looked for once: there are
    /// millions of rows, of few models.
    pub fn distinct(&self) -> &[Sym] {
        if let Some(known) = self.distinct.get() {
            return known;
        }
        // Not within the lock: the threads it takes might wait for it.
        let most = self.syms.par_iter().with_min_len(CHUNK).map(|sym| sym.0).max().unwrap_or(0);
        let used: Vec<AtomicBool> = (0..=most).map(|_| AtomicBool::default()).collect();
        self.syms.par_iter().with_min_len(CHUNK).for_each(|sym| {
            if let Some(flag) = used.get(sym.0 as usize)
                && !flag.load(Relaxed)
            {
                flag.store(true, Relaxed);
            }
        });
        let names = (0..).map(Sym).zip(used).filter(|(sym, used)| !sym.is_none() && used.load(Relaxed));
        let names = names.map(|(sym, _)| sym).collect();
        self.distinct.get_or_init(|| names)
    }

    pub fn bytes(&self) -> usize {
        self.syms.capacity() * 4
    }
}

const NONE: u32 = u32::MAX;
const WIDE: u32 = u32::MAX - 1;

/// A small count as a column holds it, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short(u32);

impl Short {
    pub const NONE: Self = Self(NONE);

    /// What nearly every count is: up to nine digits. `None` for anything else,
    /// also for an empty text.
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.len() > 9 {
            return None;
        }
        let mut count = 0u32;
        for byte in text {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            count = count * 10 + u32::from(digit);
        }
        Some(Self(count))
    }

    /// The same, by the word where that goes: for up to eight digits.
    #[inline(always)]
    pub fn parse_cut(cell: Cut<'_>) -> Option<Self> {
        match cell.digits() {
            Some(count) => Some(Self(count)),
            None => Self::parse(cell.text()),
        }
    }

    pub const fn is_none(self) -> bool {
        self.0 == NONE
    }

    /// Whether this is what two counts come to, of which a missing one is
    /// nothing; never where both are missing.
    pub const fn is_sum(self, a: Self, b: Self) -> bool {
        // Each is below 10^9.
        match (a.0, b.0) {
            (NONE, NONE) => false,
            (NONE, one) | (one, NONE) => self.0 == one,
            (a, b) => self.0 == a + b,
        }
    }
}

/// An optional count a row, such as tokens, in four bytes.
#[derive(Debug, Clone, Default)]
pub struct CountColumn {
    packed: Vec<u32>,
    wide: FxHashMap<u32, i64>,
    rows: usize,
}

impl CountColumn {
    /// For so many rows without a count.
    pub fn blank(rows: usize) -> Self {
        Self { rows, ..Self::default() }
    }

    pub fn push(&mut self, count: Option<i64>) {
        let row = self.rows;
        self.rows += 1;
        if count.is_none() && self.packed.is_empty() {
            return;
        }
        if self.packed.len() < row {
            self.packed.resize(row, NONE);
        }
        match count {
            None => self.packed.push(NONE),
            Some(count) => match u32::try_from(count).ok().filter(|c| *c < WIDE) {
                Some(small) => self.packed.push(small),
                None => {
                    self.packed.push(WIDE);
                    self.wide.insert(row as u32, count);
                }
            },
        }
    }

    /// Adds so many rows with these counts; none for rows without.
    pub fn push_all(&mut self, counts: &[Short], rows: usize) {
        if self.packed.is_empty() && counts.iter().all(|count| count.is_none()) {
            self.rows += rows;
            return;
        }
        self.packed.resize(self.rows, NONE);
        self.packed.extend(counts.iter().map(|count| count.0));
        self.rows += rows;
        self.packed.resize(self.rows, NONE);
    }

    /// Without any row, with its memory.
    pub fn clear(&mut self) {
        self.packed.clear();
        self.wide.clear();
        self.rows = 0;
    }

    /// Makes room for so many more rows, if any has a count so far.
    pub fn reserve(&mut self, rows: usize) {
        if !self.packed.is_empty() {
            memory::reserve(&mut self.packed, rows);
        }
    }

    pub fn get(&self, row: u32) -> Option<i64> {
        match self.packed.get(row as usize).copied() {
            None | Some(NONE) => None,
            Some(WIDE) => self.wide.get(&row).copied(),
            Some(count) => Some(i64::from(count)),
        }
    }

    pub fn append(&mut self, other: &Self) {
        if !other.packed.is_empty() {
            self.packed.resize(self.rows, NONE);
            self.packed.extend_from_slice(&other.packed);
        } else if !self.packed.is_empty() {
            self.packed.resize(self.rows + other.rows, NONE);
        }
        let base = self.rows as u32;
        self.wide.extend(other.wide.iter().map(|(row, count)| (row + base, *count)));
        self.rows += other.rows;
    }

    /// Puts the rows in another order.
    pub fn reorder(&mut self, order: &Order, spare: &mut Spare) {
        if !self.packed.is_empty() {
            self.packed.resize(order.count(), NONE);
            order.put(&mut self.packed, spare);
        }
        if !self.wide.is_empty() {
            let wide = |(row, old): (u32, &u32)| self.wide.get(old).map(|count| (row, *count));
            self.wide = (0u32..).zip(order.rows()).filter_map(wide).collect();
        }
        self.rows = order.count();
    }

    pub fn bytes(&self) -> usize {
        self.packed.capacity() * 4 + self.wide.capacity() * 16
    }
}

/// A byte a row, 0 for most.
#[derive(Debug, Clone, Default)]
pub struct ByteColumn {
    bytes: Vec<u8>,
    rows: usize,
}

impl ByteColumn {
    /// For so many rows of 0.
    pub fn blank(rows: usize) -> Self {
        Self { bytes: Vec::new(), rows }
    }

    pub fn push(&mut self, byte: u8) {
        if byte != 0 || !self.bytes.is_empty() {
            self.bytes.resize(self.rows, 0);
            self.bytes.push(byte);
        }
        self.rows += 1;
    }

    pub fn get(&self, row: u32) -> u8 {
        self.bytes.get(row as usize).copied().unwrap_or(0)
    }

    pub fn append(&mut self, other: &Self) {
        if !other.bytes.is_empty() {
            self.bytes.resize(self.rows, 0);
            self.bytes.extend_from_slice(&other.bytes);
        } else if !self.bytes.is_empty() {
            self.bytes.resize(self.rows + other.rows, 0);
        }
        self.rows += other.rows;
    }

    /// Puts the rows in another order.
    pub fn reorder(&mut self, order: &Order, spare: &mut Spare) {
        if !self.bytes.is_empty() {
            self.bytes.resize(order.count(), 0);
            order.put(&mut self.bytes, spare);
        }
        self.rows = order.count();
    }

    pub fn bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counts_by_the_word_are_what_they_are_digit_by_digit(before in "[0-9,]{0,9}", cell in "[0-9]{0,11}|[0-9./:-]{0,4}") {
            let text = format!("{before}{cell},1");
            let cut = Cut::new(text.as_bytes(), before.len() as u32, (before.len() + cell.len()) as u32);
            prop_assert_eq!(Short::parse_cut(cut), Short::parse(cell.as_bytes()));
        }

        #[test]
        fn counts_come_back_as_given(first in proptest::collection::vec(any::<Option<i64>>(), 0..9), second in proptest::collection::vec(any::<Option<u32>>(), 0..9)) {
            let second: Vec<Option<i64>> = second.into_iter().map(|c| c.map(i64::from)).collect();
            let column = |counts: &[Option<i64>]| {
                let mut column = CountColumn::default();
                counts.iter().for_each(|c| column.push(*c));
                column
            };
            let mut whole = column(&first);
            whole.append(&column(&second));
            let all = [first, second].concat();
            let back: Vec<_> = (0..all.len() as u32).map(|row| whole.get(row)).collect();
            prop_assert_eq!(back, all);
        }

        #[test]
        fn names_come_back_mapped(first in proptest::collection::vec(0u32..3, 0..9), second in proptest::collection::vec(0u32..3, 0..9)) {
            let map = [Sym(0), Sym(7), Sym(8)];
            let column = |syms: &[u32]| {
                let mut column = SymColumn::default();
                syms.iter().for_each(|s| column.push(Sym(*s)));
                column
            };
            let mut whole = column(&first);
            whole.append(&column(&second), &map);
            let expect: Vec<_> = first.iter().map(|s| Sym(*s)).chain(second.iter().map(|s| map[*s as usize])).collect();
            let back: Vec<_> = (0..expect.len() as u32).map(|row| whole.get(row)).collect();
            prop_assert_eq!(back, expect);
        }

        #[test]
        fn every_name_is_told_once_whatever_was_asked_before(
            first in proptest::collection::vec(0u32..9, 0..9), second in proptest::collection::vec(0u32..9, 0..9),
            third in proptest::collection::vec(0u32..9, 0..9), more in 0u32..9,
        ) {
            let syms = |numbers: &[u32]| numbers.iter().copied().map(Sym).collect::<Vec<Sym>>();
            let distinct = |numbers: &[&[u32]]| {
                let all: std::collections::BTreeSet<u32> = numbers.concat().into_iter().filter(|n| *n != 0).collect();
                all.into_iter().map(Sym).collect::<Vec<Sym>>()
            };
            let same: Vec<Sym> = (0..9).map(Sym).collect();
            let mut column = SymColumn::default();
            column.push_all(&syms(&first), first.len());
            prop_assert_eq!(column.distinct(), distinct(&[&first]));
            let mut other = SymColumn::default();
            second.iter().for_each(|sym| other.push(Sym(*sym)));
            column.append(&other, &same);
            prop_assert_eq!(column.distinct(), distinct(&[&first, &second]));
            column.push_all(&syms(&third), third.len());
            prop_assert_eq!(column.distinct(), distinct(&[&first, &second, &third]));
            column.push(Sym(more));
            prop_assert_eq!(column.distinct(), distinct(&[&first, &second, &third, &[more]]));
            let back: Vec<u32> = (0..column.rows as u32).rev().collect();
            column.reorder(&Order::of_rows(&back), &mut Spare::default());
            prop_assert_eq!(column.get(0), Sym(more));
            prop_assert_eq!(column.distinct(), distinct(&[&first, &second, &third, &[more]]));
            column.clear();
            prop_assert!(column.distinct().is_empty());
        }
    }
}
