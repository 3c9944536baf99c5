//! An approximate number made of integers, for guesses that are proved
//! afterwards: 62 bits and an exponent. The same on every machine, and never
//! part of an amount.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// `bits` × 2^`exponent`; zero has no bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Near {
    bits: i64,
    exponent: i32,
}

/// Bits kept.
const KEPT: u32 = 62;

impl Near {
    pub const ZERO: Self = Self { bits: 0, exponent: 0 };

    pub fn of(value: i128) -> Self {
        Self::normal(value, 0)
    }

    fn normal(value: i128, exponent: i32) -> Self {
        if value == 0 {
            return Self::ZERO;
        }
        let have = 128 - value.unsigned_abs().leading_zeros();
        let shift = have as i32 - KEPT as i32;
        let bits = if shift >= 0 { value >> shift } else { value << -shift };
        Self { bits: bits as i64, exponent: exponent.saturating_add(shift) }
    }

    pub fn is_zero(self) -> bool {
        self.bits == 0
    }

    pub fn abs(self) -> Self {
        Self { bits: self.bits.abs(), ..self }
    }

    /// The nearest whole number towards minus infinity; `None` beyond the
    /// range of an amount.
    pub fn whole(self) -> Option<i128> {
        match self.exponent {
            _ if self.bits == 0 => Some(0),
            exponent @ 0..=64 => Some(i128::from(self.bits) << exponent),
            65.. => None,
            exponent => Some(i128::from(self.bits) >> exponent.unsigned_abs().min(127)),
        }
    }

    /// This number divided by 2 to the power of `places`.
    pub fn halved(self, places: i32) -> Self {
        Self { exponent: self.exponent.saturating_sub(places), ..self }
    }
}

impl Add for Near {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (high, low) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        if low.bits == 0 {
            return high;
        } else if high.bits == 0 {
            return low;
        }
        let apart = high.exponent.saturating_sub(low.exponent);
        if apart > KEPT as i32 {
            return high;
        }
        Self::normal((i128::from(high.bits) << apart) + i128::from(low.bits), low.exponent)
    }
}

impl Neg for Near {
    type Output = Self;
    fn neg(self) -> Self {
        Self { bits: -self.bits, ..self }
    }
}

impl Sub for Near {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Near {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::normal(i128::from(self.bits) * i128::from(other.bits), self.exponent.saturating_add(other.exponent))
    }
}

impl Div for Near {
    type Output = Self;
    /// Zero where there is nothing to divide by.
    fn div(self, other: Self) -> Self {
        if other.bits == 0 {
            return Self::ZERO;
        }
        let exponent = self.exponent.saturating_sub(other.exponent).saturating_sub(KEPT as i32);
        Self::normal((i128::from(self.bits) << KEPT) / i128::from(other.bits), exponent)
    }
}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Near {
    fn cmp(&self, other: &Self) -> Ordering {
        (*self - *other).bits.cmp(&0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_near_what_integers_say(a in -10i128.pow(20)..10i128.pow(20), b in -10i128.pow(17)..10i128.pow(17)) {
            let (x, y) = (Near::of(a), Near::of(b));
            let near = |found: Near, exact: i128| (found.whole().unwrap() - exact).abs() <= exact.abs() / 10i128.pow(15) + 1;
            prop_assert!(near(x + y, a + b));
            prop_assert!(near(x - y, a - b));
            prop_assert!(near(x * y, a * b));
            prop_assert!(b == 0 || near(x / y, a / b));
            prop_assert_eq!(x < y, a < b);
        }

        #[test]
        fn no_number_is_too_great_or_too_small(a: i128, b: i128, times in 0usize..9) {
            let (mut x, y) = (Near::of(a), Near::of(b));
            for _ in 0..times {
                x = x * x / y - x + y;
            }
            let _ = (x.whole(), x.cmp(&y));
        }
    }
}
