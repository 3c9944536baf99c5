//! From items to pools, on all cores. Sums do not depend on the order in which
//! threads come.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Evidence, Key, NOWHERE, Pool, Strand, Sums};
use crate::amount::Amount;
use crate::calendar::{Day, Instant, Month};
use crate::price::RateTable;
use crate::reconcile::cause::rounding::Rounding;
use crate::reconcile::grain::{Period, What, Who, who};
use crate::reconcile::models::Models;
use crate::reconcile::numbered::{Numbered, Place};
use crate::reconcile::{Cause, Dims, Family, Items, Outcome, Rung, Sides};
use crate::usage::{Lines, Shape, Sym};

/// A pool's key while names still are symbols.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Raw {
    day: i32,
    credits: bool,
    what: u32,
    who: u32,
    strand: Strand,
    mark: Cause,
    days: bool,
}

#[derive(Clone, Default)]
struct Acc {
    bill: Sums,
    ledger: Sums,
    slack: i128,
}

const NO_DAY: i32 = i32::MIN;
/// Microseconds of a minute.
const MINUTE: i64 = 60_000_000;

struct Gather<'s, 'a> {
    sides: &'s Sides<'a>,
    items: &'s Items,
    models: Models,
    rates: RateTable<'a>,
    minutes: i32,
    /// How lines of whole days are told apart, where some are compared so.
    by_day: Option<Dims>,
}

/// `minutes` are added to the times of ledger entries that are compared by
/// whole days, or with nothing.
pub(super) fn gather<'a>(sides: &Sides<'a>, items: &'a Items, month: Option<Month>, minutes: i32) -> Evidence<'a> {
    let gather = Gather {
        sides,
        items,
        models: Models::of(sides),
        rates: sides.prices.for_names(sides.names),
        minutes,
        by_day: items
            .dims
            .iter()
            .map(|(_, dims)| *dims)
            .find(|dims| dims.family == Family::Platform && dims.period == Period::Day),
    };
    let runs = crate::reconcile::runs(items);
    let parts: Vec<Part> = runs.into_par_iter().map(|run| gather.part(run)).collect();
    let (mut sums, mut homes) = (Sorted::default(), Vec::with_capacity(items.len()));
    let mut used: FxHashMap<Raw, Acc> = FxHashMap::default();
    for part in parts {
        for (key, acc) in part.used {
            used.entry(key).or_default().bill.merge(&acc.bill, sides);
        }
        let numbers = sums.append(part.sums, sides);
        homes.extend(part.homes.iter().map(|number| numbers.get(*number as usize).copied().unwrap_or(NOWHERE)));
    }
    if let Some(month) = month.filter(|_| minutes != 0) {
        gather.margin(month, &mut sums);
    }
    let covered = covered(sides);
    let used = beside(sides, used, &sums);
    let mut evidence = named(sides, items, month, (sums, used), &homes);
    (evidence.shifted, evidence.covered) = (minutes, covered);
    evidence.variance = evidence.residual();
    evidence
}

#[derive(Default)]
struct Part {
    sums: Sorted,
    /// Of usage that is held against the costs of its days.
    used: FxHashMap<Raw, Acc>,
    /// For each item of the run the number of its key in `sums`, or
    /// [`NOWHERE`].
    homes: Vec<u32>,
}

/// Sums by key. A key is kept once and an item by its key's number, since
/// there are millions of items and thousands of keys.
#[derive(Default)]
struct Sorted(Numbered<Raw, Acc>);

impl Place for Raw {
    fn slot(self) -> usize {
        let mixed = (self.what ^ self.who.rotate_left(16) ^ (self.mark as u32) << 8).wrapping_mul(0x9e37_79b1);
        mixed as usize >> 8
    }
}

impl Sorted {
    /// Takes in the sums of others; the result maps their numbers to these.
    fn append(&mut self, other: Self, sides: &Sides) -> Vec<u32> {
        let take = |(key, acc): (Raw, Acc)| {
            let (number, sum) = self.0.of(key);
            sum.bill.merge(&acc.bill, sides);
            sum.ledger.merge(&acc.ledger, sides);
            sum.slack = sum.slack.saturating_add(acc.slack);
            number
        };
        other.0.into_all().into_iter().map(take).collect()
    }
}

impl Gather<'_, '_> {
    fn part(&self, run: std::ops::Range<u32>) -> Part {
        let mut part = Part { homes: Vec::with_capacity(run.len()), ..Part::default() };
        let (sides, items) = (self.sides, self.items);
        for item in run {
            let rows @ [bill, ledger] = items.slices(item);
            if items.outcome(item) == Outcome::NotApplicable {
                part.homes.push(NOWHERE);
                if items.dims(item).is_some_and(|dims| dims.family == Family::Evidence) {
                    self.add_bill(part.used.entry(self.key(item, rows)).or_default(), bill);
                }
                continue;
            }
            let key = self.key(item, rows);
            let (number, acc) = part.sums.0.of(key);
            part.homes.push(number);
            if key.mark == Cause::None && items.rung(item) != Rung::Group {
                for row in bill {
                    acc.bill.add_money(sides.bill, sides.bill_values, *row);
                }
                for row in ledger {
                    acc.ledger.add_money(sides.ledger, sides.ledger_values, *row);
                }
                continue;
            }
            self.add_bill(acc, bill);
            if self.minutes == 0 || !self.shifts(item, key.credits) {
                let credits = key.credits.then_some(bill.len() as u32);
                let slack = Rounding::of(sides.ledger, ledger.iter().copied(), credits).twice();
                acc.slack = acc.slack.saturating_add(slack);
                ledger.iter().for_each(|row| self.add_entry(acc, *row));
            } else {
                for row in ledger.iter().copied() {
                    let (_, acc) = part.sums.0.of(Raw { day: self.shifted_day(row, key.day), ..key });
                    self.add_entry(acc, row);
                    let one = Rounding::of(sides.ledger, std::iter::once(row), None).twice();
                    acc.slack = acc.slack.saturating_add(one);
                }
            }
        }
        part
    }

    fn add_bill(&self, acc: &mut Acc, rows: &[u32]) {
        let lines = self.sides.bill;
        for row in rows.iter().copied() {
            let rates = lines.day(row).and_then(|day| self.rates.rates(lines.model(row), day));
            acc.bill.add(self.sides, lines, self.sides.bill_values, row, rates);
        }
    }

    fn add_entry(&self, acc: &mut Acc, row: u32) {
        let lines = self.sides.ledger;
        let rates = lines.day(row).and_then(|day| self.rates.rates(lines.model(row), day));
        acc.ledger.add(self.sides, lines, self.sides.ledger_values, row, rates);
    }

    /// Whether the times of an item's entries decide what they are compared
    /// with.
    fn shifts(&self, item: u32, credits: bool) -> bool {
        matches!(self.items.rung(item), Rung::Group | Rung::None) && !credits
    }

    fn shifted_day(&self, row: u32, else_day: i32) -> i32 {
        let at = self.sides.ledger.at(row).filter(|_| self.sides.ledger.span(row) == 0);
        let later = |at: Instant| Instant::from_micros(at.micros().saturating_add(i64::from(self.minutes) * MINUTE));
        at.map_or(else_day, |at| later(at).day().number())
    }

    /// The key of an item with these rows.
    fn key(&self, item: u32, rows: [&[u32]; 2]) -> Raw {
        let (items, sides) = (self.items, self.sides);
        let [bill, ledger] = rows.map(|rows| rows.first().copied());
        // Entries with one id are taken out of their day, which then lacks
        // them: they are put back beside it.
        let taken = bill.is_none() && items.outcome(item) == Outcome::Duplicate;
        let dims = items.dims(item).or(self.by_day.filter(|_| taken));
        let first = bill.map(|row| (sides.bill, row)).or(ledger.map(|row| (sides.ledger, row)));
        let credits = first.is_some_and(|(lines, row)| lines.shape(row) == Shape::Credits);
        let lead = |field: &dyn Fn(&Lines, u32) -> Sym| {
            let of = |lines: &Lines, row: Option<u32>| row.map(|row| field(lines, row)).filter(|sym| !sym.is_none());
            of(sides.bill, bill).or_else(|| of(sides.ledger, ledger))
        };
        let by_what = dims.is_none_or(|dims| dims.what != What::All);
        let what = lead(if credits { &Lines::action } else { &Lines::model }).filter(|_| by_what).unwrap_or(Sym::NONE);
        let of = dims.map_or(if credits { Some(Who::User) } else { Some(Who::Project) }, |dims| dims.who);
        let who = of.and_then(|of| lead(&|lines, row| who(lines, row, of))).unwrap_or(Sym::NONE);
        let day = first.and_then(|(lines, row)| lines.day(row)).map(|day| match dims.map(|dims| dims.period) {
            Some(Period::Month) => day.month().first(),
            _ => day,
        });
        let days = self.shifts(item, credits) || taken && dims.is_some();
        let together = days && (self.minutes != 0 || dims.is_some());
        Raw {
            day: day.map_or(NO_DAY, Day::number),
            credits,
            what: if credits || what.is_none() { what.0 } else { self.models.number(what) },
            who: who.0,
            strand: if together { Strand::Both } else { self.strand(item, rows) },
            mark: if days { Cause::Unexplained } else { items.cause(item) },
            days,
        }
    }

    fn strand(&self, item: u32, [bill, ledger]: [&[u32]; 2]) -> Strand {
        match (self.items.outcome(item), self.items.cause(item)) {
            (Outcome::Duplicate, _) => Strand::Duplicate,
            (Outcome::Ambiguous, _) => Strand::Ambiguous,
            _ if ledger.is_empty() => Strand::BillOnly,
            _ if bill.is_empty() => Strand::LedgerOnly,
            (_, Cause::ZeroUsage) => Strand::ZeroUsage,
            (_, Cause::PriceMissing) => Strand::PriceMissing,
            _ => Strand::Both,
        }
    }

    /// Entries of the days beside the month that the shift moves into it: with
    /// their own day, model and project, where the items are told apart so.
    fn margin(&self, month: Month, sums: &mut Sorted) {
        let lines = self.sides.ledger;
        let Some(dims) = self.by_day else { return };
        let enters = |row: &u32| {
            let day = lines.day(*row);
            let outside = day.is_some_and(|day| !month.contains(day));
            outside
                && lines.shape(*row) != Shape::Credits
                && lines.not_applicable(*row).is_none()
                && month.contains(Day::from_number(self.shifted_day(*row, NO_DAY)))
        };
        let rows: Vec<u32> = (0..lines.len() as u32).into_par_iter().with_min_len(1 << 14).filter(enters).collect();
        for row in rows {
            let (_, acc) = sums.0.of(self.entry_key(dims, row));
            self.add_entry(acc, row);
            let one = Rounding::of(lines, std::iter::once(row), None).twice();
            acc.slack = acc.slack.saturating_add(one);
        }
    }

    fn entry_key(&self, dims: Dims, row: u32) -> Raw {
        let lines = self.sides.ledger;
        let model = lines.model(row);
        Raw {
            day: self.shifted_day(row, NO_DAY),
            credits: false,
            what: if dims.what == What::All || model.is_none() { 0 } else { self.models.number(model) },
            who: dims.who.map_or(0, |of| who(lines, row, of).0),
            strand: Strand::Both,
            mark: Cause::Unexplained,
            days: true,
        }
    }
}

/// The first and the last day of the whole bill that costs or usage stand on.
fn covered(sides: &Sides) -> Option<(Day, Day)> {
    let lines = sides.bill;
    let wide = |a: (Day, Day), b: (Day, Day)| (a.0.min(b.0), a.1.max(b.1));
    (0..lines.len() as u32)
        .into_par_iter()
        .with_min_len(1 << 14)
        .filter(|row| matches!(lines.shape(*row), Shape::Cost | Shape::Usage))
        .filter_map(|row| lines.day(row).map(|day| (day, day)))
        .reduce_with(wide)
}

/// The pool that each group of usage stands behind: of its day, model and
/// project as far as the costs tell them apart.
fn beside(sides: &Sides, used: FxHashMap<Raw, Acc>, sums: &Sorted) -> FxHashMap<Raw, Sums> {
    let mut found: FxHashMap<Raw, Sums> = FxHashMap::default();
    for (raw, acc) in used {
        let names = [(raw.what, raw.who), (raw.what, 0), (0, raw.who), (0, 0)];
        let (strand, mark) = (Strand::Both, Cause::Unexplained);
        let keys = names.map(|(what, who)| Raw { what, who, strand, mark, days: true, ..raw });
        if let Some(key) = keys.into_iter().find(|key| sums.0.knows(key)) {
            found.entry(key).or_default().merge(&acc.bill, sides);
        }
    }
    found
}

/// Puts names in the place of symbols, and everything in order.
fn named<'a>(
    sides: &Sides<'a>,
    items: &'a Items,
    month: Option<Month>,
    (sums, mut used): (Sorted, FxHashMap<Raw, Sums>),
    homes: &[u32],
) -> Evidence<'a> {
    let what = |raw: &Raw| {
        let text = sides.names.text(Sym(raw.what));
        if raw.credits { text.to_owned() } else { sides.prices.models.canonical(text).into_owned() }
    };
    let mut texts: Vec<String> = vec![String::new()];
    let mut whats: FxHashMap<(bool, u32), String> = FxHashMap::default();
    for (raw, _) in sums.0.all() {
        whats.entry((raw.credits, raw.what)).or_insert_with(|| what(raw));
        texts.push(sides.names.text(Sym(raw.who)).to_owned());
    }
    texts.extend(whats.values().cloned());
    texts.par_sort_unstable();
    texts.dedup();
    let rank = |text: &str| texts.binary_search_by(|known| known.as_str().cmp(text)).map_or(0, |at| at as u32);
    let ranks: FxHashMap<(bool, u32), u32> = whats.iter().map(|(key, text)| (*key, rank(text))).collect();
    let key = |raw: &Raw| Key {
        day: (raw.day != NO_DAY).then(|| Day::from_number(raw.day)),
        credits: raw.credits,
        what: ranks.get(&(raw.credits, raw.what)).copied().unwrap_or(0),
        who: rank(sides.names.text(Sym(raw.who))),
    };
    let mut order: Vec<(Key, u32)> = sums.0.all().iter().zip(0u32..).map(|((raw, _), at)| (key(raw), at)).collect();
    let rest = |at: u32| sums.0.all().get(at as usize).map(|(raw, _)| (raw.strand, raw.mark as u8, raw.days));
    order.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| rest(a.1).cmp(&rest(b.1))));
    let (starts, members) = lay_out(homes, &order);
    let mut sums: Vec<Option<(Raw, Acc)>> = sums.0.into_all().into_iter().map(Some).collect();
    let mut pool = |key: Key, (raw, acc): (Raw, Acc)| Pool {
        key,
        strand: if raw.days && raw.strand == Strand::Both { of_day(&acc) } else { raw.strand },
        mark: raw.mark,
        bill: acc.bill,
        ledger: acc.ledger,
        slack: acc.slack,
        days: raw.days,
        used: used.remove(&raw).map(Box::new),
    };
    let take = |(key, at): (Key, u32)| sums.get_mut(at as usize).and_then(Option::take).map(|sum| pool(key, sum));
    let pools = order.into_iter().filter_map(take).collect();
    Evidence {
        sides: *sides,
        items,
        month,
        pools,
        members: members.into(),
        starts: starts.into(),
        copies: Default::default(),
        texts,
        shifted: 0,
        covered: None,
        variance: Amount::ZERO,
    }
}

/// How the two sides of a whole day stand to each other.
fn of_day(acc: &Acc) -> Strand {
    let (bill, ledger) = (&acc.bill, &acc.ledger);
    if ledger.lines == 0 {
        Strand::BillOnly
    } else if bill.lines == 0 {
        Strand::LedgerOnly
    } else if !ledger.amount.is_zero() || bill.amount.is_zero() {
        Strand::Both
    } else if ledger.tokens.is_zero() && ledger.credits.is_zero() && ledger.uncounted == 0 {
        Strand::ZeroUsage
    } else {
        Strand::PriceMissing
    }
}

/// Items pool by pool, in their order, and where each pool's begin. `order`
/// has the number of each pool's key.
fn lay_out(homes: &[u32], order: &[(Key, u32)]) -> (Vec<u32>, Vec<u32>) {
    let mut pool_of = vec![0u32; order.len()];
    for (pool, (_, number)) in (0u32..).zip(order) {
        if let Some(place) = pool_of.get_mut(*number as usize) {
            *place = pool;
        }
    }
    // What is nowhere has no number that is there.
    let pool_of = |number: &u32| pool_of.get(*number as usize).map(|pool| *pool as usize);
    let mut starts = vec![0u32; order.len() + 1];
    for pool in homes.iter().filter_map(pool_of) {
        if let Some(count) = starts.get_mut(pool + 1) {
            *count += 1;
        }
    }
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    let mut next = starts.clone();
    let mut members = vec![0u32; starts.last().map_or(0, |end| *end as usize)];
    for (item, number) in (0u32..).zip(homes) {
        if let Some(place) = pool_of(number).and_then(|pool| next.get_mut(pool)) {
            if let Some(member) = members.get_mut(*place as usize) {
                *member = item;
            }
            *place += 1;
        }
    }
    (starts, members)
}
