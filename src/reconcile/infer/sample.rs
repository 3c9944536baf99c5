//! A few lines of each day that stand for all of them: chosen by their
//! content, so that neither the order of rows nor threads decide, and each
//! content once. Any number of lines goes in, at a few dozen a day of memory.

use rustc_hash::FxHashMap;

use super::line::PricedLine;
use crate::amount::Amount;
use crate::calendar::Day;

/// Lines kept of a day: by a hash, and those with the greatest amounts, which
/// tell rates most closely where amounts are rounded.
const BY_CHANCE: usize = 48;
const GREATEST: usize = 16;

#[derive(Default)]
pub(super) struct Sample {
    days: FxHashMap<Day, usize>,
    of_days: Vec<(Day, OfDay)>,
    /// The day that was asked for last, which most lines share with the line
    /// before.
    last: usize,
}

struct OfDay {
    by_chance: Least,
    greatest: Least,
}

impl Sample {
    /// Takes a line in, if it is among those that are chosen. `seed` is part of
    /// what it says, and tells lines of one amount apart.
    pub fn add(&mut self, seed: u64, line: PricedLine) {
        let day = self.of(line.day);
        day.by_chance.add(chance(seed, line.billed), line);
        day.greatest.add(smallness(line.billed), line);
    }

    /// Whether a line of which this much is known may be chosen: of millions
    /// few are, and the rest need not be looked at any closer.
    pub fn wants(&mut self, day: Day, seed: u64, billed: Amount) -> bool {
        let day = self.of(day);
        day.by_chance.may_take(chance(seed, billed)) || day.greatest.may_take(smallness(billed))
    }

    fn of(&mut self, day: Day) -> &mut OfDay {
        if self.of_days.get(self.last).is_none_or(|(last, _)| *last != day) {
            let next = self.of_days.len();
            self.last = *self.days.entry(day).or_insert(next);
            if self.last == next {
                self.of_days.push((day, OfDay::new()));
            }
        }
        &mut self.of_days[self.last].1
    }

    pub fn merge(&mut self, other: Self) {
        for (day, theirs) in other.of_days {
            let ours = self.of(day);
            theirs.by_chance.kept.into_iter().for_each(|(key, line)| ours.by_chance.add(key, line));
            theirs.greatest.kept.into_iter().for_each(|(key, line)| ours.greatest.add(key, line));
        }
    }

    /// The lines chosen, by day and content.
    pub fn lines(self) -> Vec<PricedLine> {
        let mut lines: Vec<PricedLine> = Vec::new();
        for (_, mut day) in self.of_days {
            for least in [&mut day.by_chance, &mut day.greatest] {
                least.settle();
                lines.extend(least.kept.iter().map(|(_, line)| *line));
            }
        }
        lines.sort_unstable();
        lines.dedup();
        lines
    }
}

impl OfDay {
    fn new() -> Self {
        Self { by_chance: Least::new(BY_CHANCE), greatest: Least::new(GREATEST) }
    }
}

/// The lines with the least keys, each content once.
struct Least {
    keep: usize,
    kept: Vec<(u64, PricedLine)>,
    /// Nothing above it is among the least.
    limit: Option<(u64, PricedLine)>,
}

impl Least {
    fn new(keep: usize) -> Self {
        Self { keep, kept: Vec::new(), limit: None }
    }

    fn may_take(&self, key: u64) -> bool {
        self.limit.is_none_or(|(limit, _)| key <= limit)
    }

    fn add(&mut self, key: u64, line: PricedLine) {
        if self.limit.is_some_and(|limit| (key, line) >= limit) {
            return;
        }
        self.kept.push((key, line));
        if self.kept.len() >= self.keep * 2 {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.kept.sort_unstable();
        self.kept.dedup();
        self.kept.truncate(self.keep);
        if self.kept.len() == self.keep {
            self.limit = self.kept.last().copied();
        }
    }
}

/// Units of an amount that make no difference to what is great.
const GRAIN: u64 = 1_000_000_000;

/// The greatest amounts have the least.
fn smallness(billed: Amount) -> u64 {
    let units = billed.units().unsigned_abs();
    // Amounts below 18 of the currency fit 64 bits, which divide faster.
    let wide = |units: u128| u64::try_from(units / u128::from(GRAIN)).unwrap_or(u64::MAX);
    u64::MAX - u64::try_from(units).map_or_else(|_| wide(units), |units| units / GRAIN)
}

/// A number that depends on both and looks like chance.
fn chance(seed: u64, billed: Amount) -> u64 {
    let units = billed.units();
    mixed(mixed(seed ^ units as u64) ^ (units >> 64) as u64)
}

/// A seed of the tokens of a line, where nothing else is known of it.
pub(super) fn seed_of(line: &PricedLine) -> u64 {
    line.tokens.iter().fold(0, |seed, tokens| mixed(seed ^ *tokens as u64))
}

/// The finalizer of SplitMix64.
pub(super) fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn neither_order_nor_parts_nor_repetition_change_what_is_chosen(
            seeds in proptest::collection::vec(0u64..400, 1..600), cut in 0usize..600, turn in 0usize..600,
        ) {
            let line = |seed: &u64| PricedLine {
                day: Day::from_number((seed % 2) as i32),
                tokens: [(mixed(*seed) % 100) as i64, 0, 0, 1],
                billed: Amount::from_units(i128::from(mixed(*seed) % 1_000)),
            };
            let lines: Vec<PricedLine> = seeds.iter().map(line).collect();
            let all = |lines: &[PricedLine]| {
                let mut sample = Sample::default();
                lines.iter().for_each(|line| sample.add(seed_of(line), *line));
                sample
            };
            let mut turned = lines.clone();
            turned.rotate_left(turn % lines.len());
            let (first, second) = turned.split_at(cut % lines.len());
            let mut parts = all(second);
            parts.merge(all(first));
            parts.merge(all(first));
            let expect = all(&lines).lines();
            prop_assert!(expect.len() <= 2 * (BY_CHANCE + GREATEST));
            prop_assert_eq!(parts.lines(), expect);
        }

        #[test]
        fn lines_that_are_not_wanted_would_not_have_been_chosen(
            seeds in proptest::collection::vec(0u64..4_000, 1..900),
        ) {
            let line = |seed: &u64| PricedLine {
                day: Day::from_number((seed % 2) as i32),
                tokens: [(mixed(*seed) % 100) as i64, 0, 0, 1],
                billed: Amount::from_units(i128::from(mixed(*seed) % 1_000) * i128::from(GRAIN)),
            };
            let (mut all, mut wanted) = (Sample::default(), Sample::default());
            for line in seeds.iter().map(line) {
                let seed = seed_of(&line);
                all.add(seed, line);
                if wanted.wants(line.day, seed, line.billed) {
                    wanted.add(seed, line);
                }
            }
            prop_assert_eq!(wanted.lines(), all.lines());
        }
    }
}
