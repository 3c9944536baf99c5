//! Bills made of known rates, and what is found in them.

mod lines;
mod month;
mod proposals;
mod rounded;
mod worked;

use super::*;
use crate::amount::SCALE;
use crate::price::PriceBook;
use sample::mixed;

pub(super) fn series(model: &str) -> Series {
    Series { model: model.into(), tier: String::new(), long_context: false }
}

pub(super) fn day(number: i32) -> Day {
    // In March 2026, where the shipped prices have no step.
    Day::from_ymd(2026, 3, 1).unwrap().plus_days(number - 1)
}

pub(super) fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// Dollars per million, in the order of the classes.
pub(super) type Price = [Amount; 4];

pub(super) fn price(texts: [&str; 4]) -> Price {
    texts.map(amount)
}

pub(super) fn exact(tokens: [i64; 4], price: Price) -> Amount {
    let cost = |(tokens, price): (&i64, Amount)| PerMillion::new(price).unwrap().cost_of(*tokens).unwrap();
    tokens.iter().zip(price).map(cost).sum()
}

/// Numbers that look like chance, the same for the same seed.
pub(super) struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: i64) -> i64 {
        self.0 = mixed(self.0);
        (self.0 % limit as u64) as i64
    }

    /// Tokens of one request.
    pub fn tokens(&mut self) -> [i64; 4] {
        [200 + self.below(6_000), self.below(4_000), self.below(1_500), 20 + self.below(2_000)]
    }
}

/// How a bill is made from a price.
#[derive(Clone, Copy)]
pub(super) struct Made {
    pub seed: u64,
    pub per_day: i64,
    /// Of a hundred lines so many have another amount.
    pub disturbed: i64,
    pub places: u32,
    /// Cached input and cache writes are used, too.
    pub all_classes: bool,
    /// Requests in a line.
    pub scale: i64,
}

pub(super) const MADE: Made = Made { seed: 1, per_day: 12, disturbed: 0, places: SCALE, all_classes: true, scale: 1 };

/// Lines of the days 1 to 31, at the price that `of_day` gives.
pub(super) fn bill(made: Made, of_day: impl Fn(i32) -> Price) -> Vec<PricedLine> {
    let mut dice = Dice(made.seed);
    let mut lines = Vec::new();
    for number in 1..=31 {
        for _ in 0..made.per_day {
            let mut tokens = dice.tokens().map(|count| count * made.scale);
            if !made.all_classes {
                (tokens[1], tokens[2]) = (0, 0);
            }
            let mut billed = exact(tokens, of_day(number));
            if dice.below(100) < made.disturbed {
                let share = billed.units() / 1_000 * i128::from(dice.below(900) + 50);
                billed = billed.plus(Amount::from_units(if dice.below(2) == 0 { share } else { -share }));
            }
            lines.push(PricedLine { day: day(number), tokens, billed: billed.rounded(made.places) });
        }
    }
    lines
}

pub(super) fn found(lines: &[PricedLine]) -> Inference {
    infer(&series("house-model"), lines, &PriceBook::shipped().known())
}

/// `3-1..3-15 2.5 1.25 - 10 (180 of 180)` for each segment.
pub(super) fn shown(inference: &Inference) -> Vec<String> {
    let rate = |rate: &ClassRate| match rate {
        ClassRate::Solved(price) => price.amount().to_string(),
        ClassRate::Undetermined => "?".into(),
        ClassRate::Unused => "-".into(),
    };
    let each = |s: &Segment| {
        let rates: Vec<String> = s.rates.iter().map(rate).collect();
        let days = [s.from, s.to].map(|day| day.ymd().2);
        format!("{}..{} {} ({} of {})", days[0], days[1], rates.join(" "), s.fits, s.of)
    };
    inference.segments.iter().map(each).collect()
}
