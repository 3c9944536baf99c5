//! An inference as changes to the price book. What the lines do not say stays
//! as the book has it; where it has nothing, or has no place for such a price,
//! that is said instead.

use super::{ClassRate, Inference, Segment};
use crate::amount::{Amount, PerMillion};
use crate::calendar::Day;
use crate::price::{PriceBook, PriceEdit, Rates, normal};

/// What to do about one segment of an inference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// The book has these prices already.
    InForce,
    /// State the price.
    Set(PriceEdit),
    /// Why the price cannot be put into the book, in a sentence.
    Impossible(String),
}

/// For each segment what the book needs so that it prices those days as they
/// were billed; in the order of days. Where a price stated for a later day of
/// a segment would hide it, that one is set as well.
pub fn proposals(inference: &Inference, book: &PriceBook) -> Vec<(usize, Proposal)> {
    let mut after = book.clone();
    let mut found = Vec::new();
    for (number, segment) in inference.segments.iter().enumerate() {
        let before = found.len();
        for from in beginnings(&after, inference, segment) {
            match propose(inference, segment, &after, from) {
                Ok(None) => {}
                Ok(Some(rates)) => {
                    found.push((number, Proposal::Set(edit_of(&rates))));
                    after.rates.retain(|old| old.shipped || !same_entry(old, &rates));
                    after.rates.push(rates);
                }
                Err(why) => {
                    found.push((number, Proposal::Impossible(why)));
                    break;
                }
            }
        }
        if found.len() == before {
            found.push((number, Proposal::InForce));
        }
    }
    found
}

/// The first day of a segment, and those on which the book has another price
/// for the model begin.
fn beginnings(book: &PriceBook, inference: &Inference, segment: &Segment) -> Vec<Day> {
    let name = &inference.series.model;
    let kin = book.rates.iter().filter(|rates| book.models.canonical(&rates.model) == book.models.canonical(name));
    let within = kin.filter_map(|rates| rates.effective).filter(|day| segment.from < *day && *day <= segment.to);
    let mut days: Vec<Day> = std::iter::once(segment.from).chain(within).collect();
    days.sort_unstable();
    days.dedup();
    days
}

fn same_entry(one: &Rates, two: &Rates) -> bool {
    normal(&one.model) == normal(&two.model) && one.effective == two.effective
}

fn edit_of(rates: &Rates) -> PriceEdit {
    PriceEdit::SetRate {
        model: rates.model.clone(),
        effective: rates.effective,
        input: rates.input,
        cached_input: rates.cached_input,
        output: rates.output,
    }
}

/// The rates to state from a day on; `None` where those in force are equal.
fn propose(inference: &Inference, segment: &Segment, book: &PriceBook, from: Day) -> Result<Option<Rates>, String> {
    let series = &inference.series;
    let now = book.rates(&series.model, from);
    // The book halves the list price for batch and flex.
    let times = match series.tier.as_str() {
        _ if series.long_context => return Err(no_place("a long context")),
        "" => 1,
        "batch" | "flex" => 2,
        tier => return Err(no_place(&format!("the tier {tier}"))),
    };
    let [input, cached, write, output] = segment.rates;
    let list = |rate: ClassRate| -> Result<Option<PerMillion>, String> {
        let Some(price) = rate.solved() else { return Ok(None) };
        let price = price.amount().times(times).and_then(PerMillion::new);
        price.map(Some).map_err(|error| format!("Its price {error}."))
    };
    let (input, cached, output) = (list(input)?, list(cached)?, list(output)?);
    if input.or(cached).or(output).is_none() {
        let price = write.solved().map_or(Amount::ZERO, PerMillion::amount);
        return Err(format!("{} asks {price} for cache writes, which pricing.json cannot state.", series.label()));
    }
    let or_book = |rate: Option<PerMillion>, of: fn(&Rates) -> PerMillion, class: &str| {
        rate.or_else(|| now.map(of)).ok_or_else(|| {
            format!(
                "{}: the lines do not say what {class} costs from {from} on, and the price book has no price for it; \
                 state it with `trueup prices set`.",
                series.label()
            )
        })
    };
    let input = or_book(input, |now| now.input, "input")?;
    let output = or_book(output, |now| now.output, "output")?;
    // Without a price of its own cached input costs what input costs.
    let of_book = now.map(|now| now.cached_input.unwrap_or(now.input));
    let cached = cached.or(of_book).filter(|cached| *cached != input);
    let effective = |rates: &Rates| (rates.input, rates.cached_input.unwrap_or(rates.input), rates.output);
    // The entry that prices the name now, so that all who share it follow.
    let model = now.map_or_else(|| book.models.canonical(&series.model).into_owned(), |now| now.model.clone());
    let rates = Rates { model, effective: Some(from), input, cached_input: cached, output, shipped: false };
    Ok((now.map(effective) != Some(effective(&rates))).then_some(rates))
}

fn no_place(what: &str) -> String {
    format!("pricing.json states list prices, and has no place for a price of {what}.")
}
