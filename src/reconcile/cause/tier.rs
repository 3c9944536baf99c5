//! What the tier a row states asks beyond the list price, and which tier an
//! amount is exactly the price of.

use crate::amount::Amount;
use crate::price::{Multiple, Rates, multiples};
use crate::reconcile::tokens::Classes;
use crate::usage::{Lines, Names};

/// Requests with more input tokens than this are a long context.
pub(in crate::reconcile) const LONG_CONTEXT: i64 = 272_000;

/// In a long context all input costs twice the list price and output one and a
/// half times.
const LONG_INPUT: (i128, i128) = (2, 1);
const LONG_OUTPUT: (i128, i128) = (3, 2);

/// The cost of tokens of a long context, at the rates of a short one.
pub(in crate::reconcile) fn long_cost(rates: &Rates, tokens: Classes) -> Option<Amount> {
    let of = |amount: Amount, (num, den)| Multiple::new("", num, den)?.of(amount);
    let input = of(tokens.input_cost(rates)?, LONG_INPUT)?;
    input.checked_add(of(rates.output.cost_of(tokens.output).ok()?, LONG_OUTPUT)?).ok()
}

/// What a tier asks, as a multiple of the list price of a model; `None` for a
/// tier that no price is known of. Free tokens have no multiple above zero, so
/// they are none as well.
pub(in crate::reconcile) fn multiple(tier: &str, model: &str) -> Option<Multiple> {
    match tier {
        "" | "default" | "standard" => Multiple::new("default", 1, 1),
        "batch" | "flex" => Some(Multiple::HALF),
        other => multiples(model).iter().copied().find(|multiple| multiple.name == other),
    }
}

/// What a row is to cost beyond the list price of its tokens because of its
/// tier or its long context; zero where it states neither. `None` where that
/// price is not known.
pub(super) fn beyond_list(names: &Names, lines: &Lines, row: u32, rates: &Rates, tokens: Classes) -> Option<Amount> {
    let (tier, long) = (names.text(lines.tier(row)), lines.long_context(row));
    if !long && matches!(tier, "" | "default" | "standard") {
        return Some(Amount::ZERO);
    }
    let list = tokens.cost(rates)?;
    if tier == "incentivized-tier" {
        return Some(list.negated());
    }
    let plain = if long { long_cost(rates, tokens)? } else { list };
    multiple(tier, &rates.model)?.of(plain)?.checked_sub(list).ok()
}

/// Whether an amount is exactly what a tier asks for usage with this list
/// price, or a long context for these tokens.
pub(super) fn is_tier_price(rates: &Rates, list: Amount, amount: Amount) -> bool {
    if list.is_zero() || list == amount {
        return false;
    }
    let known = multiples(&rates.model).iter().filter(|multiple| multiple.name != "region");
    std::iter::once(&Multiple::HALF).chain(known).any(|multiple| multiple.of(list) == Some(amount))
}
