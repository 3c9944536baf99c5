//! A column of millions of numbers in eight bytes a row.

use rustc_hash::FxHashMap;

use super::cut::{Cut, LAST, beyond_nine, number};
use super::fixed::POWERS;
use super::{Fixed, SCALE};
use crate::memory::{self, Order, Spare};

/// Decimal places a row holds by itself. Finer or larger numbers stand in a
/// side table, so that nothing is ever rounded to fit.
const PACKED_SCALE: u32 = 12;
const STEP: i128 = 10i128.pow(SCALE - PACKED_SCALE);

const NONE: i64 = i64::MIN;
const WIDE: i64 = i64::MIN + 1;

/// A number as a column holds it, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed(i64);

impl Packed {
    pub const NONE: Self = Self(NONE);

    /// Most digits that are read here: what they make then fits whatever the
    /// place of the point.
    const MOST: usize = 18;

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// What nearly every cell of a number holds: digits with a point among them
    /// or none. `None` for anything else, also for what is empty or does not
    /// fit, which [`Fixed::parse`] looks into. `hundredths` are of a hundredth
    /// of the unit, as cents are.
    pub fn parse(text: &[u8], hundredths: bool) -> Option<Self> {
        let (negative, body) = match text {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        if body.len() > Self::MOST {
            return None;
        }
        let (mut digits, mut point) = (0u64, None);
        for (at, byte) in body.iter().enumerate() {
            match byte.wrapping_sub(b'0') {
                digit @ 0..=9 => digits = digits * 10 + u64::from(digit),
                _ if *byte == b'.' && point.is_none() => point = Some(at),
                _ => return None,
            }
        }
        let places = point.map_or(0, |at| body.len() - at - 1);
        if body.len() == usize::from(point.is_some()) {
            return None;
        }
        let steps = Self::steps(digits, places, hundredths)?;
        Some(Self(if negative { -steps } else { steps }))
    }

    /// As [`Packed::parse`], by the word where that goes: for up to 16
    /// characters without a sign.
    #[inline(always)]
    pub fn parse_cut(cell: Cut<'_>, hundredths: bool) -> Option<Self> {
        match Self::parse_sixteen(cell, hundredths) {
            Some(number) => Some(number),
            None => Self::parse(cell.text(), hundredths),
        }
    }

    #[inline(always)]
    fn parse_sixteen(cell: Cut<'_>, hundredths: bool) -> Option<Self> {
        let [first, second] = cell.sixteen()?;
        let others = u128::from(beyond_nine(second)) << 64 | u128::from(beyond_nine(first));
        let (first, second, places) = if others == 0 {
            (first, second, 0)
        } else {
            // The one character that is no digit must be the point, which goes,
            // and those in front of it move up to those behind it.
            let places = (others.leading_zeros() / 8) as usize;
            let (text, point) = (cell.text(), others & others.wrapping_sub(1) == 0);
            if !point || text.len() < 2 || text.get(text.len() - 1 - places) != Some(&b'.') {
                return None;
            }
            let behind = LAST.get(places)?;
            let up = [first << 8, second << 8 | first >> 56];
            (first & behind[0] | up[0] & !behind[0], second & behind[1] | up[1] & !behind[1], places)
        };
        let digits = u64::from(number(first)) * 100_000_000 + u64::from(number(second));
        Self::steps(digits, places, hundredths).map(Self)
    }

    #[inline(always)]
    fn steps(digits: u64, places: usize, hundredths: bool) -> Option<i64> {
        let finest = if hundredths { PACKED_SCALE as usize - 2 } else { PACKED_SCALE as usize };
        let steps = digits.checked_mul(*POWERS.get(finest.checked_sub(places)?)?)?;
        i64::try_from(steps).ok()
    }
}

/// Optional [`Fixed`] numbers by row. A column that was never given a number
/// takes no memory.
#[derive(Debug, Clone)]
pub struct FixedColumn<U> {
    packed: Vec<i64>,
    wide: FxHashMap<u32, Fixed<U>>,
    rows: usize,
}

impl<U> PartialEq for FixedColumn<U> {
    /// Whether every row holds the same number.
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows && self.packed == other.packed && self.wide == other.wide
    }
}

impl<U> Default for FixedColumn<U> {
    fn default() -> Self {
        Self { packed: Vec::new(), wide: FxHashMap::default(), rows: 0 }
    }
}

/// The number in packed steps, if it is a whole number of them that fits.
fn pack(units: i128) -> Option<i64> {
    // Most amounts are below 9 of the currency: 64 bits divide faster.
    let packed = match i64::try_from(units) {
        Ok(small) => (small % STEP as i64 == 0).then_some(small / STEP as i64),
        Err(_) => (units % STEP == 0).then_some(units / STEP).and_then(|steps| i64::try_from(steps).ok()),
    };
    packed.filter(|packed| *packed > WIDE)
}

impl<U> FixedColumn<U> {
    /// For so many rows without a number.
    pub fn blank(rows: usize) -> Self {
        Self { rows, ..Self::default() }
    }

    /// Adds a row. Rows are counted in `u32`, as everywhere in the column store.
    pub fn push(&mut self, value: Option<Fixed<U>>) {
        let row = self.rows;
        self.rows += 1;
        let Some(value) = value else {
            if !self.packed.is_empty() {
                self.packed.push(NONE);
            }
            return;
        };
        if self.packed.is_empty() {
            self.packed.resize(row, NONE);
        }
        match pack(value.units()) {
            Some(value) => self.packed.push(value),
            None => {
                self.packed.push(WIDE);
                self.wide.insert(row as u32, value);
            }
        }
    }

    /// Adds rows as they are held; no row at all for so many without a number.
    pub fn push_packed(&mut self, values: &[Packed], rows: usize) {
        if self.packed.is_empty() && !values.iter().any(|value| *value != Packed::NONE) {
            self.rows += rows;
            return;
        }
        self.packed.resize(self.rows, NONE);
        self.packed.extend(values.iter().map(|value| value.0));
        self.rows += rows;
        self.packed.resize(self.rows, NONE);
    }

    /// Without any row, with its memory.
    pub fn clear(&mut self) {
        self.packed.clear();
        self.wide.clear();
        self.rows = 0;
    }

    /// Makes room for so many more rows, if any has a number so far.
    pub fn reserve(&mut self, rows: usize) {
        if !self.packed.is_empty() {
            memory::reserve(&mut self.packed, rows);
        }
    }

    pub fn get(&self, row: u32) -> Option<Fixed<U>> {
        match self.packed.get(row as usize).copied() {
            None | Some(NONE) => None,
            Some(WIDE) => self.wide.get(&row).copied(),
            Some(value) => Some(Fixed::from_units(i128::from(value) * STEP)),
        }
    }

    pub fn len(&self) -> usize {
        self.rows
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Appends another column's rows after this one's.
    pub fn append(&mut self, other: &Self) {
        if !other.packed.is_empty() {
            if self.packed.is_empty() {
                self.packed.resize(self.rows, NONE);
            }
            self.packed.extend_from_slice(&other.packed);
        } else if !self.packed.is_empty() {
            self.packed.resize(self.rows + other.rows, NONE);
        }
        let base = self.rows as u32;
        self.wide.extend(other.wide.iter().map(|(row, value)| (row + base, *value)));
        self.rows += other.rows;
    }

    /// Puts the rows in another order: `order` names a row of this column for
    /// each row it will have.
    pub fn reorder(&mut self, order: &Order, spare: &mut Spare)
    where
        U: Send + Sync,
    {
        if !self.packed.is_empty() {
            self.packed.resize(order.count(), NONE);
            order.put(&mut self.packed, spare);
        }
        if !self.wide.is_empty() {
            let wide = |(row, old): (u32, &u32)| self.wide.get(old).map(|value| (row, *value));
            self.wide = (0u32..).zip(order.rows()).filter_map(wide).collect();
        }
        self.rows = order.count();
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> usize {
        self.packed.capacity() * 8 + self.wide.capacity() * 24
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Amount;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_by_the_word_are_what_they_are_digit_by_digit(
            before in "[0-9.,]{0,20}",
            cell in "[0-9]{0,8}[.]?[0-9]{0,12}|[.]|-?[0-9.]{0,20}|[0-9./:ä,-]{0,6}",
            hundredths in any::<bool>(),
        ) {
            let text = format!("{before}{cell},1");
            let cut = Cut::new(text.as_bytes(), before.len() as u32, (before.len() + cell.len()) as u32);
            prop_assert_eq!(Packed::parse_cut(cut, hundredths), Packed::parse(cell.as_bytes(), hundredths));
        }

        #[test]
        fn a_column_gives_back_what_it_was_given(
            first in proptest::collection::vec(proptest::option::of(any::<i64>()), 0..20),
            second in proptest::collection::vec(proptest::option::of(-10i128.pow(29)..10i128.pow(29)), 0..20),
        ) {
            let first: Vec<Option<Amount>> = first.into_iter().map(|v| v.map(|v| Amount::from_units(i128::from(v)))).collect();
            let second: Vec<Option<Amount>> = second.into_iter().map(|v| v.map(Amount::from_units)).collect();
            let column = |values: &[Option<Amount>]| {
                let mut column = FixedColumn::default();
                values.iter().for_each(|v| column.push(*v));
                column
            };
            let mut whole = column(&first);
            whole.append(&column(&second));
            let back: Vec<_> = (0..whole.len() as u32).map(|row| whole.get(row)).collect();
            prop_assert_eq!(back, [first, second].concat());
        }
    }
}
