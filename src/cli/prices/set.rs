//! `trueup prices set`: the price of one model, stated from a day on.

use super::super::prices_args::PricesSet;
use super::super::{Ended, Failure, output};
use super::{in_words, rewrite};
use crate::amount::{Amount, AmountError, PerMillion};
use crate::calendar::Day;
use crate::price::{PriceEdit, edit};

pub fn run(args: &PricesSet) -> Result<Ended, Failure> {
    let model = args.model.trim();
    if model.is_empty() || model.chars().any(char::is_control) {
        return Err(Failure("The model needs a name, without control characters.".into()));
    }
    let rate = |class: &str, amount: Amount| {
        let why = |error| match error {
            AmountError::NotANumber => "is negative, which no price is".to_owned(),
            AmountError::TooFine => "is finer than the price of a token can be".to_owned(),
            error => error.to_string(),
        };
        PerMillion::new(amount).map_err(|error| Failure(format!("The {class} price {amount} {}.", why(error))))
    };
    let change = PriceEdit::SetRate {
        model: model.to_owned(),
        effective: args.from,
        input: rate("input", args.input)?,
        cached_input: args.cached.map(|cached| rate("cached input", cached)).transpose()?,
        output: rate("output", args.output)?,
    };
    let mut was = String::new();
    let written = rewrite(&args.book, |config, before| {
        let first = args.from.unwrap_or(Day::from_number(i32::MIN));
        was = match config.prices.rates(model, first) {
            Some(rates) => {
                format!("in its place was {}{}", in_words(rates), if rates.shipped { ", as shipped" } else { "" })
            }
            None => "it had no price".into(),
        };
        Ok((edit(before, &change).map_err(Failure)?, change.to_string()))
    })?;
    let sentence = if written {
        format!("pricing.json now has {change}; {was}.\n")
    } else {
        format!("pricing.json has {change} already; nothing was written.\n")
    };
    output::page(&sentence)
}
