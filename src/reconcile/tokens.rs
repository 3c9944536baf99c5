//! Tokens by class, from a row that counts them all or from a line of a bill
//! that is about one class.

use crate::amount::{Amount, Quantity};
use crate::price::{Rates, cache_write, tokens_of};
use crate::usage::{Lines, TokenClass};

/// The class and the tokens of a row that is about one class of token; `None`
/// for a row with counts of its own, a fee, or a quantity that is no count.
pub(super) fn of_class(lines: &Lines, row: u32) -> Option<(TokenClass, i64)> {
    let class = lines.class(row).filter(|class| *class != TokenClass::Tool)?;
    if lines.total(row).is_some() {
        return None;
    }
    Some((class, whole(lines.quantity(row)?)?))
}

fn whole(quantity: Quantity) -> Option<i64> {
    let one = Quantity::from_int(1).units();
    (quantity.units() % one == 0).then(|| i64::try_from(quantity.units() / one).ok())?
}

/// Input and output of a row, whichever way it counts.
pub(super) fn input_output(lines: &Lines, row: u32) -> (Option<i64>, Option<i64>) {
    match of_class(lines, row) {
        Some((class, count)) if is_output(class) => (Some(0), Some(count)),
        Some((_, count)) => (Some(count), Some(0)),
        None => (lines.input(row), lines.output(row)),
    }
}

pub(super) const fn is_output(class: TokenClass) -> bool {
    matches!(class, TokenClass::Output | TokenClass::ImageOutput | TokenClass::AudioOutput)
}

/// Tokens by class, disjoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Classes {
    /// Input that was neither read from the cache nor written to it.
    pub uncached: i64,
    pub cached: i64,
    pub written: i64,
    pub output: i64,
}

impl Classes {
    /// `None` where a sum leaves the range.
    pub fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            uncached: self.uncached.checked_add(other.uncached)?,
            cached: self.cached.checked_add(other.cached)?,
            written: self.written.checked_add(other.written)?,
            output: self.output.checked_add(other.output)?,
        })
    }

    /// All input, whatever class it is of.
    pub fn input(self) -> Option<i64> {
        self.uncached.checked_add(self.cached)?.checked_add(self.written)
    }

    /// The same with all input read anew, as a ledger has it that does not know
    /// of a cache.
    pub fn plain(self) -> Option<Self> {
        Some(Self { uncached: self.input()?, cached: 0, written: 0, output: self.output })
    }

    pub fn is_zero(self) -> bool {
        self == Self::default()
    }

    /// What the input costs at these rates. `None` where writes to the cache
    /// have no known price.
    pub fn input_cost(self, rates: &Rates) -> Option<Amount> {
        let cached = rates.cached_input.unwrap_or(rates.input);
        let read = rates.input.cost_of(self.uncached).ok()?.checked_add(cached.cost_of(self.cached).ok()?).ok()?;
        if self.written == 0 {
            return Some(read);
        }
        read.checked_add(cache_write(rates)?.cost_of(self.written).ok()?).ok()
    }

    /// What all of them cost at these rates, under the same condition.
    pub fn cost(self, rates: &Rates) -> Option<Amount> {
        self.input_cost(rates)?.checked_add(rates.output.cost_of(self.output).ok()?).ok()
    }
}

/// The tokens of a row by class; `None` where it does not say, or has sound or
/// pictures, which cost otherwise than text.
pub(super) fn classes(lines: &Lines, row: u32) -> Option<Classes> {
    if lines.modalities(row).is_some_and(|modalities| !modalities.is_text()) {
        return None;
    }
    let none = Classes::default();
    match of_class(lines, row) {
        None => {
            let (tokens, written) = (tokens_of(lines, row)?, lines.cache_write(row).unwrap_or(0));
            let uncached = tokens.uncached.checked_sub(written).filter(|rest| *rest >= 0 && written >= 0)?;
            Some(Classes { uncached, cached: tokens.cached, written, output: tokens.output })
        }
        Some((TokenClass::Input, uncached)) => Some(Classes { uncached, ..none }),
        Some((TokenClass::CachedInput, cached)) => Some(Classes { cached, ..none }),
        Some((TokenClass::CacheWrite, written)) => Some(Classes { written, ..none }),
        Some((TokenClass::Output, output)) => Some(Classes { output, ..none }),
        Some(_) => None,
    }
}

/// Whether a row tells cached input from other input.
pub(super) fn knows_cached(lines: &Lines, row: u32) -> bool {
    lines.cached(row).is_some() || of_class(lines, row).is_some()
}
