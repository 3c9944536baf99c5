//! A price as an exact multiple of another: what a tier or a region asks.

use crate::amount::Amount;

/// `num / den`, in lowest terms and above zero. Kept as a pair, since the
/// multiple of some models, such as 2 to 1.1, is no decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Multiple {
    /// What asks for it: `batch`, `priority`, `ultrafast`, `region`.
    pub name: &'static str,
    num: i128,
    den: i128,
}

impl Multiple {
    /// Batch and flex ask half, whatever the class of a token.
    pub const HALF: Self = Self { name: "batch", num: 1, den: 2 };

    /// `None` unless both are above zero.
    pub fn new(name: &'static str, num: i128, den: i128) -> Option<Self> {
        if num <= 0 || den <= 0 {
            return None;
        }
        let (mut a, mut b) = (num, den);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Some(Self { name, num: num / a, den: den / a })
    }

    /// The multiple of an amount; `None` where 18 decimals do not hold it
    /// exactly.
    pub fn of(self, amount: Amount) -> Option<Amount> {
        let product = amount.units().checked_mul(self.num)?;
        (product % self.den == 0).then(|| Amount::from_units(product / self.den))
    }

    /// The other way round.
    pub const fn inverse(self) -> Self {
        Self { name: self.name, num: self.den, den: self.num }
    }

    /// Numerator and denominator, in lowest terms.
    pub const fn terms(self) -> (i128, i128) {
        (self.num, self.den)
    }

    /// Whether nothing changes.
    pub const fn is_one(self) -> bool {
        self.num == self.den
    }

    /// As a decimal rounded to six places, for showing.
    pub fn shown(self) -> String {
        let units = Amount::from_int(1).units();
        self.num
            .checked_mul(units)
            .map_or_else(String::new, |n| Amount::from_units(n / self.den).rounded(6).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multiple_is_exact_or_nothing() {
        let third = Multiple::new("x", 10, 30).unwrap();
        assert_eq!(third.of(Amount::from_int(9)), Some(Amount::from_int(3)));
        assert_eq!(third.of(Amount::from_int(1)), None);
        assert_eq!(third.inverse().of(Amount::from_int(1)), Some(Amount::from_int(3)));
        assert_eq!(third.shown(), "0.333333");
        assert!(Multiple::new("x", 0, 1).is_none() && Multiple::new("x", 7, 7).unwrap().is_one());
    }
}
