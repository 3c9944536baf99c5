//! Whole cents, made once when a file is written.

use std::cmp::Reverse;
use std::fmt;
use std::iter::Sum;

use super::{Amount, SCALE};

/// A whole number of cents of the book's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(pub i64);

const UNITS_PER_CENT: i128 = 10i128.pow(SCALE - 2);

impl Cents {
    pub const ZERO: Self = Self(0);

    /// The nearest cent, half away from zero.
    pub fn nearest(amount: Amount) -> Self {
        Self(clamp(super::fixed::round_div(amount.units(), UNITS_PER_CENT)))
    }

    /// The cent below or at the amount.
    pub fn floor(amount: Amount) -> Self {
        Self(clamp(amount.units().div_euclid(UNITS_PER_CENT)))
    }

    /// The same value as an exact amount.
    pub fn amount(self) -> Amount {
        Amount::from_units(i128::from(self.0) * UNITS_PER_CENT)
    }
}

fn clamp(cents: i128) -> i64 {
    cents.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

impl fmt::Display for Cents {
    /// Always two decimals: `18.71`, `-0.37`, `0.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:02}", magnitude / 100, magnitude % 100))
    }
}

impl std::ops::Add for Cents {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Cents {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, |a, b| a + b)
    }
}

/// Splits `total` over exact `parts`: each gets its floor, and the cents left
/// go one each to the greatest fractions, ties in the order given (so the
/// caller gives the parts in the order of a stable key).
///
/// The result adds up to `total` exactly. `total` is meant to be the parts'
/// exact sum with its fraction of a cent dropped or filled up; a `total`
/// further away is still met, by going round the parts more than once.
pub fn largest_remainder(total: Cents, parts: &[Amount]) -> Vec<Cents> {
    let (mut cents, mut fractions) = (Vec::with_capacity(parts.len()), Vec::with_capacity(parts.len()));
    for (at, part) in parts.iter().enumerate() {
        let floor = part.units().div_euclid(UNITS_PER_CENT);
        cents.push(Cents(clamp(floor)));
        // A fraction of a cent is below 10¹⁶.
        fractions.push((Reverse((part.units() - floor * UNITS_PER_CENT) as u64), at));
    }
    let left = total.0 - cents.iter().copied().sum::<Cents>().0;
    let (Some(rounds), Some(rest)) =
        (left.unsigned_abs().checked_div(parts.len() as u64), left.unsigned_abs().checked_rem(parts.len() as u64))
    else {
        return cents;
    };
    let (step, rest) = (left.signum(), rest as usize);
    if rounds > 0 {
        cents.iter_mut().for_each(|cents| cents.0 += step * rounds as i64);
    }
    // Of all in the order of their turn, the first; or where too many cents are
    // out, the last, since they come back from the smallest fractions first.
    let turn = if step > 0 { 0..rest } else { parts.len() - rest..parts.len() };
    let bound = if step > 0 { turn.end } else { turn.start };
    if !turn.is_empty() && bound < parts.len() {
        fractions.select_nth_unstable(bound);
    }
    for (_, at) in fractions.get(turn).unwrap_or_default() {
        if let Some(cents) = cents.get_mut(*at) {
            cents.0 += step;
        }
    }
    cents
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(texts: &[&str]) -> (String, Vec<String>) {
        let parts: Vec<Amount> = texts.iter().map(|t| Amount::parse(t).unwrap()).collect();
        let total = Cents::nearest(parts.iter().copied().sum());
        (total.to_string(), largest_remainder(total, &parts).iter().map(ToString::to_string).collect())
    }

    #[test]
    fn two_rows_of_half_a_cent_write_one_cent() {
        assert_eq!(split(&["0.005", "0.005"]), ("0.01".into(), vec!["0.01".into(), "0.00".into()]));
    }

    #[test]
    fn three_funds_at_1_004_write_3_01() {
        assert_eq!(split(&["1.004", "1.004", "1.004"]).0, "3.01");
        assert_eq!(split(&["1.004", "1.004", "1.004"]).1, ["1.01", "1.00", "1.00"]);
    }

    #[test]
    fn a_refund_takes_its_cent_back() {
        assert_eq!(split(&["0.36475", "-0.36475"]), ("0.00".into(), vec!["0.36".into(), "-0.36".into()]));
    }

    /// As it is said: all in order, round after round.
    fn in_turn(total: Cents, parts: &[Amount]) -> Vec<Cents> {
        let mut cents: Vec<Cents> = parts.iter().map(|part| Cents::floor(*part)).collect();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|at| Reverse(parts[*at].units().rem_euclid(UNITS_PER_CENT)));
        let mut left = total.0 - cents.iter().copied().sum::<Cents>().0;
        let mut turn = 0;
        while left != 0 {
            let at = if left > 0 { order[turn] } else { order[parts.len() - 1 - turn] };
            cents[at].0 += left.signum();
            left -= left.signum();
            turn = (turn + 1) % parts.len();
        }
        cents
    }

    proptest! {
        #[test]
        fn cents_go_to_whom_they_go_one_by_one(
            parts in proptest::collection::vec(prop_oneof![-9i128..9, -2_000i128..2_000], 1..12), off in -40i64..40,
        ) {
            let parts: Vec<Amount> = parts.into_iter().map(|tenths| Amount::from_units(tenths * 10i128.pow(15))).collect();
            let total = Cents::nearest(parts.iter().copied().sum()) + Cents(off);
            prop_assert_eq!(largest_remainder(total, &parts), in_turn(total, &parts));
        }

        #[test]
        fn parts_add_up_and_stay_within_a_cent(units in proptest::collection::vec(-10i128.pow(21)..10i128.pow(21), 1..60)) {
            let parts: Vec<Amount> = units.iter().map(|u| Amount::from_units(*u)).collect();
            let total = Cents::nearest(parts.iter().copied().sum());
            let cents = largest_remainder(total, &parts);
            prop_assert_eq!(cents.iter().copied().sum::<Cents>(), total);
            for (part, cent) in parts.iter().zip(&cents) {
                let apart = cent.amount().minus(*part).abs();
                prop_assert!(apart < Cents(1).amount(), "{} as {}", part, cent);
            }
        }
    }
}
