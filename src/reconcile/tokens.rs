//! Tokens by class, from a row that counts them all or from a line of a bill
//! that is about one class.

use crate::amount::Quantity;
use crate::price::{Tokens, at_list, tokens_of};
use crate::usage::{Lines, Names, TokenClass};

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

/// The tokens of a row that list prices are about; `None` where it has others,
/// or does not say.
pub(super) fn listed(names: &Names, lines: &Lines, row: u32) -> Option<Tokens> {
    if !at_list(names, lines, row) {
        return None;
    }
    let none = Tokens::default();
    match of_class(lines, row) {
        None => tokens_of(lines, row),
        Some((TokenClass::Input, count)) => Some(Tokens { uncached: count, ..none }),
        Some((TokenClass::CachedInput, count)) => Some(Tokens { cached: count, ..none }),
        Some((TokenClass::Output, count)) => Some(Tokens { output: count, ..none }),
        Some(_) => None,
    }
}

/// Whether a row tells cached input from other input.
pub(super) fn knows_cached(lines: &Lines, row: u32) -> bool {
    lines.cached(row).is_some() || of_class(lines, row).is_some()
}
