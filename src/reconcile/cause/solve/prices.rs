//! The prices that a model may have been billed or recorded at: its own on
//! other days, those that the bill's lines realise, those inferred elsewhere,
//! and those of other models.

use std::collections::BTreeMap;

use super::super::evidence::Pool;
use super::super::probe::{Probe, prices_of};
use super::{Open, Search};
use crate::amount::{Amount, PerMillion};
use crate::calendar::Day;
use crate::price::{Multiple, PriceBook, Rates};
use crate::reconcile::tokens::Classes;

/// Where a price is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::reconcile::cause) enum From {
    /// The model's own in the price book or the shipped list, from a day on.
    List(Option<Day>),
    /// What the lines of the bill come to.
    Realised,
    /// Given to the search.
    Offered,
    OtherModel,
}

#[derive(Debug, Clone)]
pub(in crate::reconcile::cause) struct Candidate {
    pub rates: Rates,
    pub from: From,
}

impl Candidate {
    pub fn probe(&self) -> Probe {
        if self.from == From::OtherModel { Probe::WrongModel } else { Probe::PriceDate }
    }
}

/// Decimals of a price per million tokens that somebody may have set.
const DECIMALS: u32 = 6;
/// And of one that a single pool shows.
const PLAIN: u32 = 2;
/// Realised prices that are tried.
const MOST: usize = 8;

impl Search<'_, '_, '_> {
    /// The rates in force for a pool.
    pub(super) fn rates_of(&self, pool: &Pool) -> Option<&Rates> {
        let model = if pool.bill.model == 0 { pool.ledger.model } else { pool.bill.model };
        self.index.rates(self.work.evidence.sides.names.text(crate::usage::Sym(model)), pool.key.day?)
    }

    /// Prices for one model, each once: its own, realised, offered, and those
    /// of other models, of its family first.
    pub(super) fn candidates(&self, what: u32, pools: &[Open<'_>], offered: &[Rates]) -> Vec<Candidate> {
        let model = self.work.evidence.text(what).to_owned();
        if model.is_empty() {
            return Vec::new();
        }
        let shipped = PriceBook::shipped();
        let listed: Vec<&Rates> = self.work.evidence.sides.prices.rates.iter().chain(&shipped.rates).collect();
        let names = &self.work.evidence.sides.prices.models;
        let own = |rates: &&&Rates| *names.canonical(&rates.model) == *model;
        let mut found: Vec<Candidate> = Vec::new();
        let mut add = |rates: &Rates, from: From| {
            // At no price at all everything is explained, and nothing said.
            let free = prices_of(rates) == (Amount::ZERO, Amount::ZERO, Amount::ZERO);
            if !free && !found.iter().any(|known| prices_of(&known.rates) == prices_of(rates)) {
                found.push(Candidate { rates: rates.clone(), from });
            }
        };
        let mut mine: Vec<&Rates> = listed.iter().filter(own).copied().collect();
        mine.sort_by_key(|rates| (rates.effective, rates.shipped, rates.model.clone()));
        mine.into_iter().for_each(|rates| add(rates, From::List(rates.effective)));
        offered
            .iter()
            .filter(|rates| *names.canonical(&rates.model) == *model)
            .for_each(|rates| add(rates, From::Offered));
        self.realised(&model, pools).iter().for_each(|rates| add(rates, From::Realised));
        let alike = |name: &str| name.bytes().zip(model.bytes()).take_while(|(a, b)| a == b).count();
        let mut others: Vec<&Rates> = listed.iter().filter(|rates| !own(rates)).copied().collect();
        others.sort_by_key(|rates| (std::cmp::Reverse(alike(&rates.model)), rates.model.clone(), rates.effective));
        others.into_iter().for_each(|rates| add(rates, From::OtherModel));
        found
    }

    /// Prices that the amounts of the bill come to: for each class by itself
    /// where lines are about one, with the other classes as they are, and all
    /// of them in one ratio.
    fn realised(&self, model: &str, pools: &[Open<'_>]) -> Vec<Rates> {
        let mut seen: BTreeMap<(Amount, Amount, Amount), (usize, Rates)> = BTreeMap::new();
        for (_, pool, left) in pools.iter().take(super::TRIED) {
            let Some(rates) = self.rates_of(pool) else { continue };
            let billed = pool.ledger.amount.plus(*left);
            let tokens = pool.billed_usage().map_or(pool.ledger.tokens, |usage| usage.tokens);
            let lines = by_lines(pool, rates).map(|rates| (TRIED_ENOUGH, rates));
            let guessed = one_class(rates, tokens, billed).into_iter().chain(in_ratio(rates, tokens, billed));
            let guessed = guessed.map(|rates| (1, rates));
            for (weight, rates) in lines.into_iter().chain(guessed) {
                let known = seen.entry(prices_of(&rates)).or_insert((0, rates));
                known.0 += weight;
            }
        }
        let plain = |rates: &Rates| {
            let (input, cached, output) = prices_of(rates);
            [input, cached, output].into_iter().all(|price| price.decimals() <= PLAIN)
        };
        let mut found: Vec<(usize, Rates)> = seen
            .into_values()
            .filter(|(count, rates)| *count >= 2 || pools.len() == 1 && plain(rates))
            .map(|(count, rates)| (count, Rates { model: model.to_owned(), effective: None, shipped: false, ..rates }))
            .collect();
        found.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        found.into_iter().take(MOST).map(|(_, rates)| rates).collect()
    }
}

/// A price that the lines say by themselves needs no second pool.
const TRIED_ENOUGH: usize = 2;

/// A price per million, if it is one that somebody may have set.
fn per_million(units: i128, tokens: i64) -> Option<PerMillion> {
    let (million, tokens) = (units.checked_mul(1_000_000)?, i128::from(tokens));
    if tokens <= 0 || million % tokens != 0 {
        return None;
    }
    let price = Amount::from_units(million / tokens);
    (price.decimals() <= DECIMALS).then(|| PerMillion::new(price).ok())?
}

fn by_lines(pool: &Pool, rates: &Rates) -> Option<Rates> {
    let [input, cached, written, output] = pool.bill.by_class;
    let stated = pool.bill.stated.iter().any(|tier| !tier.is_zero()) || !pool.bill.stated_long.is_zero();
    if stated || written.1 != 0 || input.1 + cached.1 + output.1 == 0 {
        return None;
    }
    let of = |(amount, count): (Amount, i64), known: PerMillion| match count {
        0 => Some(known),
        _ => per_million(amount.units(), count),
    };
    let known = rates.cached_input.unwrap_or(rates.input);
    Some(Rates {
        input: of(input, rates.input)?,
        cached_input: Some(of(cached, known)?),
        output: of(output, rates.output)?,
        ..rates.clone()
    })
}

/// One class costs otherwise, and the others what they did.
fn one_class(rates: &Rates, tokens: Classes, billed: Amount) -> Vec<Rates> {
    let Some(gap) = tokens.cost(rates).and_then(|cost| billed.checked_sub(cost).ok()) else { return Vec::new() };
    let cached = rates.cached_input.unwrap_or(rates.input);
    let moved = |price: PerMillion, count: i64| {
        let before = price.cost_of(count).ok()?;
        per_million(before.checked_add(gap).ok()?.units(), count)
    };
    let input = moved(rates.input, tokens.uncached);
    let input = input.map(|input| Rates { input, cached_input: Some(cached), ..rates.clone() });
    let cached = moved(cached, tokens.cached).map(|price| Rates { cached_input: Some(price), ..rates.clone() });
    let output = moved(rates.output, tokens.output).map(|output| Rates { output, ..rates.clone() });
    [input, cached, output].into_iter().flatten().collect()
}

/// All classes cost so many times as much; of those without a token nothing is
/// said.
fn in_ratio(rates: &Rates, tokens: Classes, billed: Amount) -> Option<Rates> {
    let ratio = Multiple::new("", billed.units(), tokens.cost(rates)?.units())?;
    let scaled = |price: PerMillion, count: i64| {
        if count == 0 {
            return Some(price);
        }
        let price = ratio.of(price.amount())?;
        (price.decimals() <= DECIMALS).then(|| PerMillion::new(price).ok())?
    };
    let cached = rates.cached_input.unwrap_or(rates.input);
    Some(Rates {
        input: scaled(rates.input, tokens.uncached)?,
        cached_input: Some(scaled(cached, tokens.cached)?),
        output: scaled(rates.output, tokens.output)?,
        ..rates.clone()
    })
}
