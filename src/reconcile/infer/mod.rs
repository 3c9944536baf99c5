//! Price inference: what must a model's rates have been, that the bill says
//! what it says? Lines with tokens and money go in; rates that reproduce them
//! to the last digit, the days they hold and how many lines fit come out.
//!
//! [`infer`] takes the lines of one model, [`infer_all`] those of a month. A
//! sample of each day proposes prices, and every line is then held against
//! them in exact arithmetic. Nothing is claimed that most lines do not fit.

mod beside;
mod candidates;
mod estimate;
mod exact;
mod gather;
mod line;
mod near;
mod proposal;
mod sample;
mod segments;
mod solve;
#[cfg(test)]
mod tests;
mod words;

pub use gather::{Held, infer_all};
pub use line::{CLASS_ORDER, PricedLine};
pub use proposal::{Proposal, proposals};

use crate::amount::{Amount, PerMillion};
use crate::calendar::Day;
use crate::price::{KnownPrice, KnownTier};
use line::{CLASSES, Rates, of_price};
use sample::Sample;
use solve::{Solution, Tally};

/// Lines that ought to have one price at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    /// As the bill names it, see [`crate::price::normal`].
    pub model: String,
    /// As the bill says how it was processed; empty for the standard way and
    /// where it does not say.
    pub tier: String,
    /// Billed as long context.
    pub long_context: bool,
}

/// What the lines say of one token class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassRate {
    Solved(PerMillion),
    /// Tokens of it were billed, and the lines do not tell what for: they
    /// always come in one proportion with another class, or the amounts are
    /// rounded too coarsely.
    Undetermined,
    /// No line that fits has tokens of it.
    Unused,
}

impl ClassRate {
    pub fn solved(self) -> Option<PerMillion> {
        match self {
            Self::Solved(price) => Some(price),
            Self::Undetermined | Self::Unused => None,
        }
    }
}

/// One price and the days it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The first and the last UTC day with a line that is billed so.
    pub from: Day,
    pub to: Day,
    /// In the order of [`CLASS_ORDER`]; at least one is solved.
    pub rates: [ClassRate; CLASSES],
    /// Lines of those days that the rates give to the last digit they state.
    pub fits: u32,
    pub of: u32,
    /// Billed minus what the rates give, of the lines that do not fit.
    pub residual: Amount,
    /// The known price that is equal to what was solved.
    pub known: Option<KnownPrice>,
}

/// What the lines of a series say of its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inference {
    pub series: Series,
    /// Lines looked at, with or without a price that fits them.
    pub lines: u32,
    /// By day. Empty where no price explains most of the lines.
    pub segments: Vec<Segment>,
}

impl Inference {
    /// The UTC days on which another price begins.
    pub fn steps(&self) -> impl Iterator<Item = Day> + '_ {
        self.segments.iter().skip(1).map(|segment| segment.from)
    }

    /// Lines that fit, over all days.
    pub fn fits(&self) -> u32 {
        self.segments.iter().map(|segment| segment.fits).sum()
    }
}

/// How close a known price is to what is looked for; the likeliest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Matches {
    /// A fine-tune or another tier of another model.
    Other,
    /// Another model at the tier that the bill says.
    OtherModel,
    /// Another alias, snapshot, or tier of the same model.
    Model,
    /// This name at the tier that the bill says.
    Tier,
}

/// A known price as rates to try.
#[derive(Debug, Clone)]
struct Hypothesis {
    rates: Rates,
    matches: Matches,
    from: Option<Day>,
    /// Its number among the known prices.
    price: usize,
}

/// The likeliest first, else in the order of the list.
fn hypotheses(series: &Series, known: &[KnownPrice]) -> Vec<Hypothesis> {
    let tier = match series.tier.as_str() {
        _ if series.long_context => KnownTier::LongContext,
        "batch" | "flex" => KnownTier::Half,
        "priority" => KnownTier::Priority,
        _ => KnownTier::List,
    };
    let each = |(price, known): (usize, &KnownPrice)| Hypothesis {
        rates: [Some(known.input), Some(known.cached_input), known.cache_write, Some(known.output)]
            .map(|price| price.and_then(of_price)),
        matches: match known.is_of(&series.model) {
            false if known.tier != tier || known.model.starts_with("ft:") => Matches::Other,
            false => Matches::OtherModel,
            true if known.tier == tier && known.is_of_name(&series.model) => Matches::Tier,
            true => Matches::Model,
        },
        from: known.from,
        price,
    };
    let mut all: Vec<Hypothesis> = known.iter().enumerate().map(each).collect();
    all.sort_by_key(|hypothesis| std::cmp::Reverse(hypothesis.matches));
    all
}

/// What the lines of one series say of its price, with the prices that are
/// `known` as the first hypotheses. The order of the lines does not matter.
pub fn infer(series: &Series, lines: &[PricedLine], known: &[KnownPrice]) -> Inference {
    let mut sample = Sample::default();
    lines.iter().for_each(|line| sample.add(sample::seed_of(line), *line));
    let solution = solve(series, &sample.lines(), known);
    let mut tally = Tally::default();
    lines.iter().for_each(|line| solution.check(line, &mut tally));
    finish(series.clone(), &solution, &tally)
}

fn solve(series: &Series, lines: &[PricedLine], known: &[KnownPrice]) -> Solution {
    Solution::of(lines, &hypotheses(series, known), known)
}

fn finish(series: Series, solution: &Solution, tally: &Tally) -> Inference {
    let pieces = solution.pieces.iter().zip(&tally.pieces);
    let segments = pieces
        .filter(|(piece, count)| count.fits * 2 > count.of && piece.said.iter().any(|said| said.solved().is_some()))
        .map(|(piece, count)| Segment {
            from: piece.from,
            to: piece.to,
            rates: piece.said,
            fits: count.fits,
            of: count.of,
            residual: count.residual,
            known: piece.known.clone(),
        })
        .collect();
    let mut inference = Inference { series, lines: tally.lines, segments };
    // A price for a few days of many may be chance.
    if u64::from(inference.fits()) * 2 <= u64::from(inference.lines) {
        inference.segments.clear();
    }
    inference
}
