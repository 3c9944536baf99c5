//! The lines of a month that say both tokens and money, by model and tier.
//! They are never kept all at once: one pass takes a sample, and where the
//! lines are to be counted a second one holds each against what the sample
//! gave.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::beside::{Beside, beside_costs};
use super::line::{CLASSES, PricedLine};
use super::sample::{Sample, seed_of};
use super::solve::{Solution, Tally};
use super::{Inference, Series, finish, solve};
use crate::amount::Amount;
use crate::calendar::Day;
use crate::price::{KnownPrice, Tokens, normal, tokens_of};
use crate::reconcile::numbered::{Numbered, Place};
use crate::reconcile::tokens::of_class;
use crate::reconcile::{Items, Rules, Sides};
use crate::usage::{Lines, Shape, Sym, TokenClass};

/// What tells series apart, by the numbers of names.
pub(super) type Key = (Sym, Sym, bool);

/// Items taken by one thread at a time.
const CHUNK: u32 = 1 << 13;

/// Which lines are held against the prices that the sample gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// All: for a person, who is told how many fit.
    All,
    /// Those of the sample: for hypotheses, which are tried on amounts anyway.
    Sampled,
}

/// What the bill's lines say of each model's price, by model and tier. `wanted`
/// chooses models by their normal names. A line counts its own tokens; where
/// the bill's lines of an item count none, those of the bill's usage of the same
/// day are taken, or of the ledger entries they were matched with. Of `rules`
/// only the finest grain counts.
pub fn infer_all(
    sides: &Sides<'_>,
    rules: &Rules,
    items: &Items,
    known: &[KnownPrice],
    wanted: &(dyn Fn(&str) -> bool + Sync),
    held: Held,
) -> Vec<Inference> {
    let beside = beside_costs(sides, rules, items);
    let mut samples: FxHashMap<Key, Sample> = FxHashMap::default();
    for part in fold(sides, items, &beside, Numbered::<Key, Sample>::default) {
        for (key, sample) in part.into_all() {
            samples.entry(key).or_default().merge(sample);
        }
    }
    // Several spellings are one series.
    let mut by_series: FxHashMap<Series, Sample> = FxHashMap::default();
    let mut series_of: FxHashMap<Key, Series> = FxHashMap::default();
    for (key, sample) in samples {
        let series = series(sides, key);
        if wanted(&series.model) {
            by_series.entry(series.clone()).or_default().merge(sample);
            series_of.insert(key, series);
        }
    }
    let of_sample = |(series, sample): (Series, Sample)| {
        let lines = sample.lines();
        let solution = solve(&series, &lines, known);
        let mut tally = Tally::default();
        if held == Held::Sampled {
            lines.iter().for_each(|line| solution.check(line, &mut tally));
        }
        (series, solution, tally)
    };
    let samples: Vec<(Series, Sample)> = by_series.into_iter().collect();
    let mut solved: Vec<(Series, Solution, Tally)> = samples.into_par_iter().map(of_sample).collect();
    solved.sort_by(|a, b| a.0.cmp(&b.0));
    if held == Held::All {
        let number = |series: &Series| solved.binary_search_by(|(other, ..)| other.cmp(series)).ok();
        let numbers: FxHashMap<Key, usize> =
            series_of.iter().filter_map(|(key, series)| Some((*key, number(series)?))).collect();
        let tallies = || Tallies { solved: &solved, numbers: &numbers, tallies: vec![Tally::default(); solved.len()] };
        let counted: Vec<Vec<Tally>> =
            fold(sides, items, &beside, tallies).into_iter().map(|part| part.tallies).collect();
        for part in counted {
            solved.iter_mut().zip(part).for_each(|((.., tally), more)| tally.merge(&more));
        }
    }
    solved.into_iter().map(|(series, solution, tally)| finish(series, &solution, &tally)).collect()
}

/// What takes the lines in.
trait Taker: Send {
    /// Whether a line of which only this is known may be of use. `seed` is part
    /// of what it says, and tells lines of one amount apart.
    fn wants(&mut self, key: Key, day: Day, seed: u64, billed: Amount) -> bool;
    fn take(&mut self, key: Key, seed: u64, line: PricedLine);
}

/// Lines of a few models alternate: the bits in which their symbols end tell
/// them apart.
impl Place for Key {
    fn slot(self) -> usize {
        self.0.0 as usize
    }
}

impl Taker for Numbered<Key, Sample> {
    fn wants(&mut self, key: Key, day: Day, seed: u64, billed: Amount) -> bool {
        self.of(key).1.wants(day, seed, billed)
    }

    fn take(&mut self, key: Key, seed: u64, line: PricedLine) {
        self.of(key).1.add(seed, line);
    }
}

struct Tallies<'a> {
    solved: &'a [(Series, Solution, Tally)],
    numbers: &'a FxHashMap<Key, usize>,
    tallies: Vec<Tally>,
}

impl Taker for Tallies<'_> {
    fn wants(&mut self, key: Key, _: Day, _: u64, _: Amount) -> bool {
        self.numbers.contains_key(&key)
    }

    fn take(&mut self, key: Key, _: u64, line: PricedLine) {
        let Some(number) = self.numbers.get(&key) else { return };
        if let Some(((_, solution, _), tally)) = self.solved.get(*number).zip(self.tallies.get_mut(*number)) {
            solution.check(&line, tally);
        }
    }
}

/// Gives every line to somebody who takes them, on all cores; one for each part.
fn fold<T: Taker>(sides: &Sides<'_>, items: &Items, beside: &Beside, taker: impl Fn() -> T + Sync + Send) -> Vec<T> {
    let count = items.len() as u32;
    let mut parts: Vec<T> = (0..count.div_ceil(CHUNK))
        .into_par_iter()
        .fold(&taker, |mut found, chunk| {
            let (from, to) = (chunk * CHUNK, count.min((chunk + 1).saturating_mul(CHUNK)));
            for item in from..to {
                of_item(sides, items, item, beside, &mut found);
            }
            found
        })
        .collect();
    let mut last = taker();
    beside.lines.iter().for_each(|(key, line)| last.take(*key, seed_of(line), *line));
    parts.push(last);
    parts
}

fn series(sides: &Sides<'_>, (model, tier, long_context): Key) -> Series {
    let tier = match sides.names.text(tier) {
        "default" | "standard" => "",
        tier => tier,
    };
    Series { model: normal(sides.names.text(model)).into_owned(), tier: tier.to_owned(), long_context }
}

/// The lines of one item.
fn of_item(sides: &Sides<'_>, items: &Items, item: u32, beside: &Beside, taker: &mut impl Taker) {
    let (bill, ledger) = (sides.bill, sides.ledger);
    // Lines without tokens of their own, together; the ledger's are theirs
    // unless some other line of the item has a part in them.
    let (mut without, mut shared): (Option<(Key, u64, PricedLine)>, bool) = (None, false);
    let [rows, entries] = items.slices(item);
    let lonely = rows.len() == 1;
    for row in rows.iter().copied() {
        if beside.costs.contains(&row) {
            shared = true;
            continue;
        }
        let Some((key, day, billed)) = money(sides, row) else {
            // A fee is not in anybody's tokens.
            shared |= !bill.model(row).is_none() && bill.class(row) != Some(TokenClass::Tool);
            continue;
        };
        let seed = seed_of_row(bill, row);
        if lonely && !taker.wants(key, day, seed, billed) {
            return;
        }
        if let Some(tokens) = own_tokens(bill, row) {
            let tokens = told_by_ledger(sides, items, item, tokens);
            taker.take(key, seed, PricedLine { day, tokens, billed });
            shared = true;
        } else if bill.total(row).is_some() || bill.quantity(row).is_some() {
            shared = true;
        } else {
            match &mut without {
                None => without = Some((key, seed, PricedLine { day, tokens: [0; CLASSES], billed })),
                Some((first, _, line)) if *first == key && line.day == day => line.billed = line.billed.plus(billed),
                Some(_) => shared = true,
            }
        }
    }
    if let Some((key, seed, line)) = without.filter(|_| !shared)
        && let Some(tokens) = sum(ledger, entries.iter().copied())
    {
        taker.take(key, seed, PricedLine { tokens, ..line });
    }
}

/// What tells a line from others of its amount: when it was. Those of whole days
/// are few.
fn seed_of_row(bill: &Lines, row: u32) -> u64 {
    bill.at(row).map_or(0, |at| at.micros() as u64)
}

/// What a line of the bill is about, and its money; `None` for one that does
/// not state any, or is not about text of a model, or gives money back.
fn money(sides: &Sides<'_>, row: u32) -> Option<(Key, Day, Amount)> {
    let bill = sides.bill;
    let shape = matches!(bill.shape(row), Shape::Request | Shape::Cost);
    if !shape || bill.model(row).is_none() || bill.not_applicable(row).is_some() {
        return None;
    }
    if !in_currency(sides, row) {
        return None;
    }
    let text = bill.modalities(row).is_none_or(|modalities| modalities.is_text())
        && bill.class(row).is_none_or(|class| super::CLASS_ORDER.contains(&class));
    let billed = bill.amount(row).filter(|billed| text && !billed.is_negative())?;
    Some(((bill.model(row), bill.tier(row), bill.long_context(row)), bill.day(row)?, billed))
}

/// Whether a line of the bill is in the book's currency.
pub(super) fn in_currency(sides: &Sides<'_>, row: u32) -> bool {
    let currency = sides.bill.currency(row);
    currency.is_none() || sides.names.text(currency) == sides.prices.currency
}

/// The tokens that a line counts itself; `None` where it counts none.
pub(super) fn own_tokens(lines: &Lines, row: u32) -> Option<[i64; CLASSES]> {
    let mut tokens = [0; CLASSES];
    if let Some((class, count)) = of_class(lines, row) {
        let at = super::CLASS_ORDER.iter().position(|other| *other == class)?;
        *tokens.get_mut(at).filter(|_| count > 0)? = count;
        return Some(tokens);
    }
    let Tokens { uncached, cached, output } = tokens_of(lines, row)?;
    let written = lines.cache_write(row).unwrap_or(0);
    let rest = uncached.checked_sub(written).filter(|rest| *rest >= 0 && written >= 0)?;
    tokens = [rest, cached, written, output];
    tokens.iter().any(|count| *count != 0).then_some(tokens)
}

/// A bill that does not tell cached input from other input leaves that to the
/// ledger, where both count the same input and output.
fn told_by_ledger(sides: &Sides<'_>, items: &Items, item: u32, tokens: [i64; CLASSES]) -> [i64; CLASSES] {
    let (mut bill, mut ledger) = (items.bill_rows(item), items.ledger_rows(item));
    let (Some(row), None, Some(entry), None) = (bill.next(), bill.next(), ledger.next(), ledger.next()) else {
        return tokens;
    };
    let says = |lines: &Lines, row: u32| lines.cached(row).is_some() || lines.cache_write(row).is_some();
    if says(sides.bill, row) || sides.bill.class(row).is_some() || !says(sides.ledger, entry) {
        return tokens;
    }
    let input = |tokens: &[i64; CLASSES]| tokens.iter().take(CLASSES - 1).copied().fold(0, i64::saturating_add);
    let same = |theirs: &[i64; CLASSES]| input(theirs) == input(&tokens) && theirs.last() == tokens.last();
    own_tokens(sides.ledger, entry).filter(same).unwrap_or(tokens)
}

/// The tokens of all entries that are compared; `None` where there are none,
/// or one does not say its own.
fn sum(lines: &Lines, rows: impl Iterator<Item = u32>) -> Option<[i64; CLASSES]> {
    let mut sum = [0i64; CLASSES];
    for row in rows.filter(|row| lines.not_applicable(*row).is_none()) {
        if lines.modalities(row).is_some_and(|modalities| !modalities.is_text()) {
            return None;
        }
        for (sum, tokens) in sum.iter_mut().zip(own_tokens(lines, row)?) {
            *sum = sum.checked_add(tokens)?;
        }
    }
    sum.iter().any(|count| *count != 0).then_some(sum)
}
