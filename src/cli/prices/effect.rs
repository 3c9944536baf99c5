//! What other prices would do to a month, for the preview of a change.

use std::fmt::Write;

use serde::Serialize;

use super::super::Failure;
use super::super::month::load;
use super::super::shared_args::FileArgs;
use super::failure;
use crate::amount::Amount;
use crate::book::{Access, Book, Config};
use crate::desk::{Desk, PriceEffect, text};
use crate::price::PriceBook;
use crate::usage::Side;

/// The month that the files named hold, or those of the book; `None` where
/// there are neither.
pub fn month(files: &FileArgs) -> Result<Option<Desk>, Failure> {
    let named = !files.bill.is_empty() || !files.ledger.is_empty();
    if !named {
        let book = Book::open(&files.book, Access::Read).map_err(failure)?;
        let empty = |side| book.inputs(side).map(|inputs| inputs.is_empty()).map_err(failure);
        if empty(Side::Bill)? && empty(Side::Ledger)? {
            return Ok(None);
        }
    }
    let (_, desk) = load(files, true)?;
    Ok(Some(desk))
}

/// What the prices would do to the month, where there is one.
pub fn of(files: &FileArgs, prices: &PriceBook) -> Result<Option<(String, PriceEffect)>, Failure> {
    let desk = month(files)?;
    Ok(desk.map(|desk| (desk.month().to_string(), desk.under_prices(prices.clone()))))
}

/// The prices of the book.
pub fn prices_of(files: &FileArgs) -> Result<PriceBook, Failure> {
    Ok(Config::load(&files.book).map_err(failure)?.prices)
}

/// In sentences, for people.
pub fn shown(effect: Option<&(String, PriceEffect)>) -> String {
    let mut out = String::new();
    let Some((month, effect)) = effect else {
        return "No month is loaded, so no dollars can be told; name --bill and --ledger for that.\n".into();
    };
    let total = |what: &str, (before, after): (Amount, Amount)| {
        format!("{what} {} to {} ({})", text::money(before), text::money(after), signed(after.minus(before)))
    };
    if effect.changes_nothing() {
        let _ = writeln!(out, "In {month} no amount and no outcome would change.");
        return out;
    }
    let _ = writeln!(out, "In {month}:");
    for (what, pair) in [("bill", effect.bill), ("ledger", effect.ledger)] {
        if pair.0 != pair.1 {
            let _ = writeln!(out, "  {}", total(what, pair));
        }
    }
    for moved in &effect.preview.moves {
        let _ = writeln!(out, "  {} from {} to {}", text::items(moved.items), moved.from.label(), moved.to.label());
    }
    for payer in &effect.preview.payers {
        let _ = writeln!(
            out,
            "  {}",
            total(&format!("{} for {}", payer.payer, payer.project), (payer.before, payer.after))
        );
    }
    out
}

/// With its sign, also where it is a plus.
fn signed(amount: Amount) -> String {
    let sign = if amount.is_negative() { "" } else { "+" };
    format!("{sign}{}", text::money(amount))
}

/// For programs.
#[derive(Serialize)]
pub struct EffectReport {
    period: String,
    bill: Pair,
    ledger: Pair,
    moves: Vec<MoveReport>,
    payers: Vec<PayerReport>,
}

#[derive(Serialize)]
struct Pair {
    before: Amount,
    after: Amount,
}

#[derive(Serialize)]
struct MoveReport {
    from: &'static str,
    to: &'static str,
    items: usize,
}

#[derive(Serialize)]
struct PayerReport {
    payer: String,
    project: String,
    before: Amount,
    after: Amount,
}

pub fn report((month, effect): &(String, PriceEffect)) -> EffectReport {
    let pair = |(before, after): (Amount, Amount)| Pair { before, after };
    EffectReport {
        period: month.clone(),
        bill: pair(effect.bill),
        ledger: pair(effect.ledger),
        moves: effect
            .preview
            .moves
            .iter()
            .map(|m| MoveReport { from: m.from.name(), to: m.to.name(), items: m.items })
            .collect(),
        payers: effect
            .preview
            .payers
            .iter()
            .map(|p| PayerReport {
                payer: p.payer.clone(),
                project: p.project.clone(),
                before: p.before,
                after: p.after,
            })
            .collect(),
    }
}
