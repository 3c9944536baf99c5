//! Prices and shares: what an amount is multiplied by.

use std::fmt;

use rust_decimal::Decimal;

use super::wide::mul_div_round;
use super::{Amount, AmountError, Quantity, SCALE};

/// Decimal places a price times a quantity is rounded to, once.
const PRODUCT_SCALE: u32 = 12;

/// The price of one unit as the pair it was bought by: `amount` for `units`.
/// Kept as a pair so that a price like 469.26 / 11732 loses nothing, and
/// without common factors, so that its products stay small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitCost {
    amount: Amount,
    units: Quantity,
}

impl UnitCost {
    /// `None` unless `units` is above zero and `amount` is not negative.
    pub fn new(amount: Amount, units: Quantity) -> Option<Self> {
        if units <= Quantity::ZERO || amount.is_negative() {
            return None;
        }
        let common = common_factor(amount.units(), units.units());
        let (amount, units) = (amount.units() / common, units.units() / common);
        Some(Self { amount: Amount::from_units(amount), units: Quantity::from_units(units) })
    }

    /// What `units` of it cost: multiplied first, then divided, rounded once
    /// at 12 decimal places, half away from zero.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the result leaves the range.
    pub fn cost_of(self, units: Quantity) -> Result<Amount, AmountError> {
        let step = 10i128.pow(SCALE - PRODUCT_SCALE);
        // units × amount ÷ (bought × step), in steps: one rounding.
        let divisor = self.units.units().checked_mul(step).ok_or(AmountError::TooLarge)?;
        mul_div_round(units.units(), self.amount.units(), divisor)
            .and_then(|steps| steps.checked_mul(step))
            .map(Amount::from_units)
            .ok_or(AmountError::TooLarge)
    }

    /// The price of one unit, rounded at 12 decimal places, for showing.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the price leaves the range.
    pub fn each(self) -> Result<Amount, AmountError> {
        self.cost_of(Quantity::from_int(1))
    }
}

/// The greatest number that divides both; `b` is above zero.
fn common_factor(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a, b);
    while a != 0 {
        (a, b) = (b % a, a);
    }
    b
}

/// Tokens that a stated price is for.
const MILLION: i128 = 1_000_000;

/// A price per million tokens, in the book's currency. Held for one token,
/// which it always is a whole number of units for: millions of lines are
/// priced by it, and to divide for each of them costs more than all the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PerMillion(Amount);

impl PerMillion {
    /// # Errors
    /// [`AmountError::TooFine`] when the price of a single token would need
    /// more than 18 decimals, [`AmountError::NotANumber`] when it is negative.
    pub fn new(amount: Amount) -> Result<Self, AmountError> {
        if amount.is_negative() {
            Err(AmountError::NotANumber)
        } else if amount.units() % MILLION != 0 {
            Err(AmountError::TooFine)
        } else {
            Ok(Self(Amount::from_units(amount.units() / MILLION)))
        }
    }

    /// From a price per thousand tokens, as older tables have it.
    ///
    /// # Errors
    /// As [`PerMillion::new`], and [`AmountError::TooLarge`].
    pub fn from_per_thousand(amount: Amount) -> Result<Self, AmountError> {
        Self::new(amount.times(1_000)?)
    }

    pub fn amount(self) -> Amount {
        // What it was made from, so it fits.
        Amount::from_units(self.0.units().saturating_mul(MILLION))
    }

    /// The exact cost of `tokens`.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] on overflow.
    pub fn cost_of(self, tokens: i64) -> Result<Amount, AmountError> {
        self.0.times(tokens)
    }
}

/// A share such as 0.05 (5%), exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(Decimal);

impl Share {
    /// `None` when negative or with more than 9 decimal places, which no
    /// tolerance needs.
    pub fn new(value: Decimal) -> Option<Self> {
        let value = value.normalize();
        (!value.is_sign_negative() && value.scale() <= 9 && value <= Decimal::from(1_000)).then_some(Self(value))
    }

    /// A whole number of percent.
    pub fn from_percent(percent: u8) -> Self {
        Self(Decimal::new(i64::from(percent), 2).normalize())
    }

    /// From text: `0.05`, or a percentage: `5%`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let value = match text.strip_suffix('%') {
            Some(percent) => percent.trim().parse::<Decimal>().ok()?.checked_div(Decimal::from(100))?,
            None => text.parse::<Decimal>().ok()?,
        };
        Self::new(value)
    }

    /// `part / whole` for showing, rounded to 6 decimal places; `None` when
    /// `whole` is zero or the figures are out of reach.
    pub fn of(part: Amount, whole: Amount) -> Option<Self> {
        let steps = mul_div_round(part.units(), 1_000_000, whole.units())?;
        let value = Decimal::try_from_i128_with_scale(steps, 6).ok()?;
        Some(Self(value.normalize()))
    }

    /// `part / whole` of two counts, as [`Share::of`].
    pub fn of_counts(part: usize, whole: usize) -> Option<Self> {
        Self::of(Amount::from_int(part as i64), Amount::from_int(whole as i64))
    }

    /// Whether `amount` is at most this share of `of`, both taken without
    /// their sign. Exact: no quotient is made.
    pub fn covers(self, amount: Amount, of: Amount) -> bool {
        let scale = 10i128.pow(self.0.scale());
        let left = amount.abs().units().checked_mul(scale);
        let right = of.abs().units().checked_mul(self.0.mantissa());
        match (left, right) {
            (Some(left), Some(right)) => left <= right,
            // Beyond 10¹⁸ of currency only the order of magnitude is left.
            _ => amount.abs().units() / scale <= of.abs().units() / scale * self.0.mantissa(),
        }
    }

    pub fn value(self) -> Decimal {
        self.0
    }

    /// As a percentage with one decimal: `4.2%`.
    pub fn percent(self) -> String {
        let value = (self.0 * Decimal::from(100))
            .round_dp_with_strategy(1, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        format!("{value:.1}%")
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    #[test]
    fn credits_cost_what_was_paid_for_them() {
        let pool = UnitCost::new(amount("1000"), Quantity::from_int(20_000)).unwrap();
        assert_eq!(pool.cost_of(Quantity::parse("374.135").unwrap()).unwrap().to_string(), "18.70675");
        assert_eq!(pool.each().unwrap().to_string(), "0.05");
        let odd = UnitCost::new(amount("469.26"), Quantity::from_int(11_732)).unwrap();
        assert_eq!(odd.cost_of(Quantity::from_int(11_732)).unwrap().to_string(), "469.26");
        assert_eq!(odd.cost_of(Quantity::from_int(1)).unwrap().to_string(), "0.039998295261");
        assert_eq!(odd.cost_of(Quantity::from_int(-1)).unwrap().to_string(), "-0.039998295261");
        assert!(UnitCost::new(amount("1"), Quantity::ZERO).is_none());
    }

    #[test]
    fn a_price_without_common_factors_is_the_same_price() {
        let pool = |amount_: &str, units| UnitCost::new(amount(amount_), Quantity::from_int(units)).unwrap();
        assert_eq!(pool("1000", 20_000), pool("0.05", 1));
        assert_eq!(pool("0", 7).cost_of(Quantity::from_int(3)).unwrap(), Amount::ZERO);
        let third = pool("1", 3);
        assert_eq!(third.cost_of(Quantity::from_int(2)).unwrap().to_string(), "0.666666666667");
    }

    #[test]
    fn tokens_cost_their_rate_to_the_last_digit() {
        let rate = PerMillion::new(amount("0.15")).unwrap();
        assert_eq!(rate.cost_of(30).unwrap().to_string(), "0.0000045");
        assert_eq!(PerMillion::from_per_thousand(amount("0.00015")).unwrap(), rate);
        assert_eq!(PerMillion::new(amount("0.0000000000001")), Err(AmountError::TooFine));
    }

    #[test]
    fn a_share_is_inclusive() {
        let five = Share::parse("5%").unwrap();
        assert!(five.covers(amount("0.05"), amount("1")));
        assert!(five.covers(amount("-0.05"), amount("1")));
        assert!(!five.covers(amount("0.050000000000000001"), amount("1")));
        assert_eq!(Share::of(amount("1"), amount("3")).unwrap().percent(), "33.3%");
        assert_eq!(Share::of(amount("1"), Amount::ZERO), None);
        assert_eq!(Share::from_percent(5), five);
    }
}
