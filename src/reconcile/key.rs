//! What an item is known by from one run to the next, and what a single line
//! is known by. Nothing here depends on where a row stands in its file.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::outcome::{billed, recorded};
use super::{Family, Items, Rung, Sides, group_of, together};
use crate::amount::Amount;
use crate::journal::ItemKey;
use crate::usage::{Digest, Hasher, Lines, Names, Shape, Side, Sym};

/// The item by the usage it is about, and by all that its lines say and are
/// worth. No two items of a reconciliation have the same identity.
///
/// The identity of a request is the id of its bill line (else of its ledger
/// entry); of credits their day, user and usage type; of costs and usage their
/// time and all they are grouped by, with a number; of lines compared by the
/// day what they have in common; of lines joined by hand, or with what an earlier month left, those lines; of a line in
/// another currency all it says but its amount, with a number; of any other
/// item the time, model, tokens and user of its bill lines (else its ledger
/// entries), with a number where several items are alike in that.
pub fn key(sides: &Sides, items: &Items, item: u32) -> ItemKey {
    ItemKey { identity: identity(sides, items, item), content: content(sides, items, item) }
}

/// The part of [`key`] that stays when amounts change. It costs less: only
/// the first lines of the item are looked at, and of lines joined by hand all.
pub fn identity(sides: &Sides, items: &Items, item: u32) -> Digest {
    let of_bill = items.first_bill_row(item).is_some();
    let (lines, side) = if of_bill { (sides.bill, Side::Bill) } else { (sides.ledger, Side::Ledger) };
    let lead = if of_bill { items.first_bill_row(item) } else { items.first_ledger_row(item) };
    let hasher = |kind: &str| Hasher::new("item").text(kind);
    let time = |row: u32| lines.at(row).map(|at| i128::from(at.micros()));
    let occurrence = i128::from(items.occurrence(item));
    let Some(lead) = lead else {
        return hasher("empty").finish();
    };
    let joined = match items.rung(item) {
        Rung::Hand => Some("hand"),
        Rung::Carried => Some("carried"),
        _ => None,
    };
    if let Some(joined) = joined {
        let hasher = digests(sides, items, item)
            .into_iter()
            .fold(hasher(joined), |hasher, (side, digest)| hasher.text(side.name()).digest(digest));
        return hasher.number(Some(occurrence)).finish();
    }
    if let Some(group) = group_of(sides, items, item) {
        return group.hash(hasher("group")).finish();
    }
    if lines.foreign(lead).is_some() {
        // The same request may stand in another item in the book's currency.
        let names = [Lines::account, Lines::model, Lines::user, Lines::project, Lines::api_key, Lines::action];
        let names = names.into_iter().chain([Lines::tier as fn(&Lines, u32) -> Sym, Lines::item_text, Lines::currency]);
        let counts = [lines.input(lead), lines.output(lead), lines.total(lead), Some(i64::from(lines.span(lead)))];
        let start = hasher("currency").text(side.name()).number(time(lead)).text(&lines.id(lead));
        let hasher = names.fold(start, |hasher, name| hasher.text(sides.names.text(name(lines, lead))));
        let hasher = counts.into_iter().fold(hasher, |hasher, count| hasher.number(count.map(i128::from)));
        return hasher.number(Some(lines.shape(lead) as i128)).number(Some(occurrence)).finish();
    }
    if items.shape(sides, item) == Shape::Credits {
        return hasher("credits")
            .number(lines.day(lead).map(|day| i128::from(day.number())))
            .text(sides.names.text(lines.user(lead)))
            .text(sides.names.text(lines.action(lead)))
            .text(lines.not_applicable(lead).map_or("", |reason| reason.reason()))
            .finish();
    }
    if matches!(items.shape(sides, item), Shape::Cost | Shape::Usage) {
        let names = [Lines::account, Lines::model, Lines::user, Lines::project, Lines::api_key, Lines::action];
        let names = names.into_iter().chain([Lines::tier as fn(&Lines, u32) -> Sym, Lines::item_text]);
        return names
            .fold(hasher("bucket").number(time(lead)), |hasher, name| hasher.text(sides.names.text(name(lines, lead))))
            .text(if lines.shape(lead) == Shape::Cost { "cost" } else { "usage" })
            .number(Some(i128::from(lines.span(lead))))
            .number(Some(occurrence))
            .finish();
    }
    let one_id = |row: u32| lines.ids().is_same(row, lines.ids(), lead);
    let same = if of_bill { items.bill_rows(item).all(one_id) } else { items.ledger_rows(item).all(one_id) };
    if same && lines.has_id(lead) {
        return hasher("request").text(&lines.id(lead)).finish();
    }
    let said = |hasher: Hasher, row: u32| {
        hasher
            .number(time(row))
            .text(&lines.id(row))
            .text(sides.names.text(lines.model(row)))
            .text(sides.names.text(lines.user(row)))
            .number(lines.input(row).map(i128::from))
            .number(lines.output(row).map(i128::from))
            .number(lines.total(row).map(i128::from))
    };
    let start = hasher("lines").text(side.name());
    let hasher =
        if of_bill { items.bill_rows(item).fold(start, said) } else { items.ledger_rows(item).fold(start, said) };
    hasher.number(Some(occurrence)).finish()
}

fn content(sides: &Sides, items: &Items, item: u32) -> Digest {
    let hasher = digests(sides, items, item)
        .into_iter()
        .fold(Hasher::new("item content"), |hasher, (side, digest)| hasher.text(side.name()).digest(digest));
    let units = |amount: Option<Amount>| amount.map(Amount::units);
    hasher.number(units(billed(sides, items, item))).number(units(recorded(sides, items, item))).finish()
}

/// All lines by what they say, sorted within each side; ledger entries that are
/// compared as a sum by what they say together.
fn digests(sides: &Sides, items: &Items, item: u32) -> Vec<(Side, Digest)> {
    let of = |side: Side, lines: &Lines, row: u32| {
        let reason = lines.not_applicable(row).map(|reason| reason as i128);
        (side, Hasher::new("row of item").digest(lines.content(sides.names, row)).number(reason).finish())
    };
    let [bill, ledger] = items.slices(item);
    let bill = bill.par_iter().with_min_len(1 << 8).map(|row| of(Side::Bill, sides.bill, *row));
    let mut all: Vec<_> = bill.collect();
    if items.dims(item).is_some_and(|dims| dims.family == Family::Platform) {
        let together = together::digests(sides.names, sides.ledger, ledger);
        all.extend(together.into_iter().map(|digest| (Side::Ledger, digest)));
    } else {
        let ledger = ledger.par_iter().with_min_len(1 << 8);
        all.par_extend(ledger.map(|row| of(Side::Ledger, sides.ledger, *row)));
    }
    all.sort_unstable();
    all
}

/// What a match by hand calls a line: all that it says, and its number, from
/// 1, among the rows of its side that say the same.
pub fn line_key(names: &Names, lines: &Lines, row: u32, occurrence: u32) -> String {
    format!("{}:{occurrence}", lines.content(names, row))
}

/// The keys of rows, in their order: [`line_key`] with the numbers counted.
/// Looks at each line once; rows that are not there have an empty key.
pub fn line_keys(names: &Names, lines: &Lines, rows: &[u32]) -> Vec<String> {
    let there = |row: &u32| (*row as usize) < lines.len();
    let wanted: Vec<Option<Digest>> =
        rows.par_iter().map(|row| there(row).then(|| lines.content(names, *row))).collect();
    let found = rows_of(names, lines, wanted.iter().copied().flatten());
    let key = |(row, digest): (&u32, Option<Digest>)| {
        let at = found.get(&digest?)?.iter().position(|same| same == row)?;
        Some(format!("{}:{}", digest?, at + 1))
    };
    rows.iter().zip(wanted).map(|pair| key(pair).unwrap_or_default()).collect()
}

/// The rows that line keys speak of, in their order; `None` for a key that no
/// row has (any more), or that is not a line key. Looks at each line once.
pub fn find_lines(names: &Names, lines: &Lines, keys: &[String]) -> Vec<Option<u32>> {
    let parse = |key: &String| -> Option<(Digest, usize)> {
        let (digest, number) = key.rsplit_once(':')?;
        Some((digest.parse().ok()?, number.parse::<usize>().ok()?.checked_sub(1)?))
    };
    let wanted: Vec<Option<(Digest, usize)>> = keys.iter().map(parse).collect();
    let found = rows_of(names, lines, wanted.iter().flatten().map(|(digest, _)| *digest));
    let row = |(digest, at): (Digest, usize)| found.get(&digest)?.get(at).copied();
    wanted.into_iter().map(|key| key.and_then(row)).collect()
}

/// All rows that say what one of the digests stands for, each list in an order
/// that says which is the first.
fn rows_of(names: &Names, lines: &Lines, wanted: impl Iterator<Item = Digest>) -> FxHashMap<Digest, Vec<u32>> {
    let mut found: FxHashMap<Digest, Vec<u32>> = wanted.map(|digest| (digest, Vec::new())).collect();
    if found.is_empty() {
        return found;
    }
    let hits: Vec<(Digest, u32)> = (0..lines.len() as u32)
        .into_par_iter()
        .with_min_len(1 << 12)
        .map(|row| (lines.content(names, row), row))
        .filter(|(digest, _)| found.contains_key(digest))
        .collect();
    for (digest, row) in hits {
        found.entry(digest).or_default().push(row);
    }
    let reason = |row: u32| lines.not_applicable(row).map(|reason| reason as u8);
    found.values_mut().for_each(|rows| rows.sort_unstable_by_key(|row| (reason(*row), *row)));
    found
}
