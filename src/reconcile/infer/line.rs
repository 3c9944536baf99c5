//! A line with its tokens and its money, and whether given rates make the one
//! from the other.

use crate::amount::{Amount, PerMillion, SCALE};
use crate::calendar::Day;
use crate::usage::TokenClass;

/// Number of token classes that text is billed by.
pub(super) const CLASSES: usize = 4;

/// The classes of [`PricedLine::tokens`], in their order. Reasoning is output.
pub const CLASS_ORDER: [TokenClass; CLASSES] =
    [TokenClass::Input, TokenClass::CachedInput, TokenClass::CacheWrite, TokenClass::Output];

/// What was used and what was billed for it, of one model at one tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PricedLine {
    /// The UTC day it is billed on.
    pub day: Day,
    /// Disjoint counts in the order of [`CLASS_ORDER`].
    pub tokens: [i64; CLASSES],
    pub billed: Amount,
}

/// The price of one token in units of 10⁻¹⁸ of the currency.
pub(super) type Rate = i64;

/// A rate for each class; `None`: no line tells.
pub(super) type Rates = [Option<Rate>; CLASSES];

/// Beyond $100,000 per million tokens nothing is a price.
const GREATEST: Rate = 100_000_000_000_000_000;

/// Tokens per unit of a stated price.
const MILLION: i128 = 1_000_000;

/// `None` for what cannot be a price.
pub(super) fn as_rate(units: i128) -> Option<Rate> {
    Rate::try_from(units).ok().filter(|rate| (0..=GREATEST).contains(rate))
}

pub(super) fn per_million(rate: Rate) -> Option<PerMillion> {
    PerMillion::new(Amount::from_units(i128::from(rate) * MILLION)).ok()
}

pub(super) fn of_price(price: PerMillion) -> Option<Rate> {
    as_rate(price.amount().units() / MILLION)
}

/// What the tokens cost, in units of an amount; `None` where one of them has
/// no rate. Four products of less than 2^63 and 2^57 fit.
pub(super) fn product(tokens: [i64; CLASSES], rates: Rates) -> Option<i128> {
    tokens.iter().zip(rates).try_fold(0, |sum, (tokens, rate)| {
        Some(if *tokens == 0 { sum } else { sum + i128::from(*tokens) * i128::from(rate?) })
    })
}

/// The fewest decimals an amount is taken to be rounded to: whole cents.
const FEWEST: u32 = 2;

/// To how many decimals a bill states its amounts. It shows only in most of
/// them, since `0.10` is read as `0.1`, and a few may be of another making.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Places(u32);

impl Places {
    /// The decimals that three of five lines get by with.
    pub fn of(lines: &[PricedLine]) -> Self {
        let mut counts = [0usize; SCALE as usize + 1];
        for line in lines {
            if let Some(count) = counts.get_mut(line.billed.decimals() as usize) {
                *count += 1;
            }
        }
        let mut sum = 0;
        let enough = counts.iter().position(|count| {
            sum += count;
            sum * 5 >= lines.len() * 3
        });
        Self(enough.map_or(SCALE, |places| (places as u32).max(FEWEST)))
    }

    /// Half of the last decimal, in units of an amount.
    pub fn half(self) -> i128 {
        i128::from(10i64.pow(SCALE - self.0.min(SCALE)) / 2)
    }

    /// Whether the rates give the line's amount to the last digit it states.
    pub fn fits(self, line: &PricedLine, rates: Rates) -> bool {
        let Some(product) = product(line.tokens, rates) else { return false };
        let billed = line.billed.units();
        if product == billed {
            return true;
        }
        // Most lines that do not fit are further off than that.
        if (product - billed).abs() > self.half() {
            return false;
        }
        Amount::from_units(product).rounded(self.0.max(line.billed.decimals())) == line.billed
    }

    /// Digits that the amount states, which is what a price that fits
    /// explains of it.
    pub fn digits(self, line: &PricedLine) -> i64 {
        let step = 10u64.pow(SCALE - self.0.min(SCALE));
        let units = line.billed.units().unsigned_abs();
        // Amounts below 18 of the currency fit 64 bits, which divide faster.
        let digits = match u64::try_from(units) {
            Ok(units) => (units / step).checked_ilog10(),
            Err(_) => (units / u128::from(step)).checked_ilog10(),
        };
        digits.map_or(0, |digits| i64::from(digits) + 1)
    }
}

/// Digits of a rate without the zeros around them.
pub(super) fn significant(rate: Rate) -> i64 {
    let mut rest = rate;
    while rest != 0 && rest % 10 == 0 {
        rest /= 10;
    }
    rest.checked_ilog10().map_or(1, |digits| i64::from(digits) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(tokens: i64, billed: &str) -> PricedLine {
        PricedLine { day: Day::from_number(0), tokens: [tokens, 0, 0, 0], billed: billed.parse().unwrap() }
    }

    #[test]
    fn a_line_fits_to_the_last_digit_that_it_states() {
        // At 2.50 per million 333 tokens cost 0.0008325.
        let rates = [Some(2_500_000_000_000), None, None, None];
        assert!(Places(7).fits(&line(333, "0.0008325"), rates));
        assert!(Places(6).fits(&line(333, "0.000833"), rates), "half goes up");
        assert!(!Places(6).fits(&line(333, "0.000832"), rates));
        assert!(!Places(6).fits(&line(333, "0.0008326"), rates), "a line may be finer than most");
        assert!(Places(2).fits(&line(333, "0"), rates));
        let output = PricedLine { tokens: [0, 0, 0, 1], ..line(0, "0") };
        assert!(!Places(2).fits(&output, rates), "a class without a rate is not free");
    }

    #[test]
    fn the_decimals_of_a_bill_are_those_of_most_lines() {
        let lines = ["0.1", "0.123456", "0.12345", "0.999999", "0.111111", "0.12345678901"].map(|text| line(1, text));
        assert_eq!(Places::of(&lines), Places(6));
        assert_eq!(Places::of(&[line(1, "30")]), Places(2));
        assert_eq!(Places(2).digits(&line(1, "30")), 4);
        assert_eq!(significant(2_575_000_000_000), 4);
        assert_eq!(significant(0), 1);
    }
}
