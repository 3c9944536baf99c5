//! What was matched, as items in their order: by time, then by what their
//! lines say.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::items::{GROUP, NONE};
use super::matching::{Found, Matching};
use super::order::{Order, sort_keyed};
use super::{Cause, Items, Outcome, Rung, Sides};

/// An item before its place is known.
#[derive(Clone, Copy)]
struct Raw {
    time: i64,
    bill: u32,
    ledger: u32,
}

/// Items with rows, rungs and occurrences; outcomes are those that the
/// matching itself decides ([`Found::Duplicate`], [`Found::Ambiguous`]), all
/// others stand as matched until they are compared.
pub(super) fn assemble(sides: &Sides, matching: &mut Matching) -> Items {
    let (names, ranks) = (sides.names, sides.names.ranks());
    let orders = [sides.bill, sides.ledger].map(|lines| Order { names, lines, ranks: &ranks });
    let [bill_order, ledger_order] = orders;
    let (mut items, kinds, mut others) = groups(orders, matching);
    let pair_or_bill = |row: u32| {
        let ledger = match matching.pair(row) {
            Some((ledger, _)) => ledger,
            None if matching.bill_is_alone(row) => NONE,
            None => return None,
        };
        Some(Raw { time: bill_order.time(row), bill: row, ledger })
    };
    let mut raw = of_rows(sides.bill.len(), pair_or_bill);
    let ledger_only = (0..sides.ledger.len() as u32).into_par_iter().with_min_len(1 << 13);
    others.par_extend(ledger_only.filter(|row| matching.ledger_is_alone(*row)).map(|row| Raw {
        time: ledger_order.time(row),
        bill: NONE,
        ledger: row,
    }));

    let places = Places { orders, items: &items, kinds: &kinds, matching };
    for raw in [&mut raw, &mut others] {
        // Rows of a bill nearly always come in the order of time.
        if !raw.is_sorted_by_key(|item| item.time) {
            raw.par_sort_unstable_by_key(|item| item.time);
        }
    }
    merge(&mut raw, &others);
    raw.par_chunk_by_mut(|a, b| a.time == b.time)
        .filter(|run| run.len() > 1)
        .for_each(|run| sort_keyed(run, |item| places.prefix(item), |a, b| places.tie(a, b)));
    let occurrence = occurrences(&places, &raw);
    let rung: Vec<Rung> = raw.par_iter().with_min_len(1 << 13).map(|item| places.rung(item)).collect();
    let outcome = raw.par_iter().with_min_len(1 << 13).map(|item| match places.kind(item) {
        Some(Found::Duplicate) => Outcome::Duplicate,
        Some(Found::Ambiguous) => Outcome::Ambiguous,
        _ => Outcome::Matched,
    });
    let outcome: Vec<Outcome> = outcome.collect();
    let dims = |(at, item): (usize, &Raw)| match places.kind(item) {
        Some(Found::Group(dims, _)) => Some((at as u32, dims)),
        _ => None,
    };
    let dims = if kinds.is_empty() { Vec::new() } else { raw.iter().enumerate().filter_map(dims).collect() };
    items.bill = raw.par_iter().map(|item| item.bill).collect();
    items.ledger = raw.par_iter().map(|item| item.ledger).collect();
    items.cause = vec![Cause::None; raw.len()];
    items.outcome = outcome;
    items.rung = rung;
    items.occurrence = occurrence;
    items.dims = dims;
    items
}

/// Rows taken by one thread at a time.
const CHUNK: usize = 1 << 14;

/// The items that rows make, in the order of the rows. Each core copies its own
/// to where they belong: to append them one after the other takes longer than to
/// make them.
fn of_rows(rows: usize, item: impl Fn(u32) -> Option<Raw> + Sync) -> Vec<Raw> {
    let chunk = |number: usize| {
        let rows = number * CHUNK..rows.min((number + 1) * CHUNK);
        // Nearly every row makes one.
        let mut items = Vec::with_capacity(rows.len());
        items.extend(rows.filter_map(|row| item(row as u32)));
        items
    };
    let parts: Vec<Vec<Raw>> = (0..rows.div_ceil(CHUNK)).into_par_iter().map(chunk).collect();
    let mut all = vec![Raw { time: 0, bill: 0, ledger: 0 }; parts.iter().map(Vec::len).sum()];
    let (mut rest, mut places) = (&mut all[..], Vec::with_capacity(parts.len()));
    for part in &parts {
        let (place, behind) = std::mem::take(&mut rest).split_at_mut(part.len());
        places.push(place);
        rest = behind;
    }
    places.into_par_iter().zip(&parts).for_each(|(place, part)| place.copy_from_slice(part));
    all
}

/// Puts `others` in their places among the items; both are in order of time.
fn merge(raw: &mut Vec<Raw>, others: &[Raw]) {
    let (mut left, mut right) = (raw.len(), others.len());
    raw.extend_from_slice(others);
    // From the end, where there is room.
    for to in (0..raw.len()).rev() {
        let Some(other) = right.checked_sub(1).and_then(|at| others.get(at)) else { return };
        match left.checked_sub(1).and_then(|at| raw.get(at)).copied() {
            Some(item) if item.time > other.time => {
                raw[to] = item;
                left -= 1;
            }
            _ => {
                raw[to] = *other;
                right -= 1;
            }
        }
    }
}

/// The items that nothing tells from the one before, with their numbers.
fn occurrences(places: &Places, raw: &[Raw]) -> Vec<(u32, u32)> {
    let alike: Vec<bool> = (0..raw.len())
        .into_par_iter()
        .with_min_len(1 << 13)
        .map(|at| at > 0 && places.alike(&raw[at - 1], &raw[at]))
        .collect();
    let mut run = 0;
    let number = |(at, alike): (usize, bool)| {
        run = if alike { run + 1 } else { 0 };
        (run > 0).then_some((at as u32, run))
    };
    alike.into_iter().enumerate().filter_map(number).collect()
}

/// The groups as they stand in [`Items`], why each is one, and their raw items.
fn groups(orders: [Order; 2], matching: &mut Matching) -> (Items, Vec<Found>, Vec<Raw>) {
    let mut found = std::mem::take(&mut matching.groups);
    let (mut items, mut kinds, mut raw) = (Items::default(), Vec::new(), Vec::new());
    let mut from = 0usize;
    sort_members(orders, &found.heads, &mut found.members);
    for (bill, ledger, kind) in found.heads {
        let mut codes = [NONE, NONE];
        for (side, count) in [bill, ledger].into_iter().enumerate() {
            let to = from + count as usize;
            if found.members.get(from..to).is_some_and(|rows| !rows.is_empty()) {
                codes[side] = GROUP | items.groups.len() as u32;
                items.groups.push((from as u32, to as u32));
                kinds.push(kind);
            }
            from = to;
        }
        raw.push(Raw { time: 0, bill: codes[0], ledger: codes[1] });
    }
    items.members = found.members;
    let first = |code: &u32| items.rows(code).first().copied();
    raw.par_iter_mut().for_each(|item| {
        let lead = first(&item.bill).map(|row| orders[0].time(row));
        item.time = lead.or_else(|| first(&item.ledger).map(|row| orders[1].time(row))).unwrap_or(i64::MIN);
    });
    (items, kinds, raw)
}

/// Puts the rows of each side of each group in the order of their content.
fn sort_members(orders: [Order; 2], heads: &[(u32, u32, Found)], members: &mut [u32]) {
    let mut runs: Vec<(usize, &mut [u32])> = Vec::with_capacity(heads.len());
    let mut rest = members;
    for (side, count) in heads.iter().flat_map(|(bill, ledger, _)| [(0, *bill), (1, *ledger)]) {
        let (run, behind) = std::mem::take(&mut rest).split_at_mut(count as usize);
        rest = behind;
        if run.len() > 1 {
            runs.push((side, run));
        }
    }
    runs.into_par_iter().for_each(|(side, run)| orders[side].sort(run));
}

/// Raw items, compared by their lines.
struct Places<'a> {
    orders: [Order<'a>; 2],
    items: &'a Items,
    kinds: &'a [Found],
    matching: &'a Matching,
}

impl Places<'_> {
    fn rows<'a>(&'a self, item: &'a Raw) -> [&'a [u32]; 2] {
        [self.items.rows(&item.bill), self.items.rows(&item.ledger)]
    }

    /// Why the item is a group; `None` for a pair or a single line.
    fn kind(&self, item: &Raw) -> Option<Found> {
        let group = [item.bill, item.ledger].into_iter().find(|code| *code != NONE && *code & GROUP != 0);
        group.and_then(|code| self.kinds.get((code & !GROUP) as usize).copied())
    }

    fn rung(&self, item: &Raw) -> Rung {
        match (self.kind(item), item.bill == NONE || item.ledger == NONE) {
            (Some(Found::Hand), _) => Rung::Hand,
            (_, true) => Rung::None,
            (Some(Found::Duplicate), _) => Rung::Id,
            (Some(Found::Key), _) => Rung::Key,
            (Some(Found::Sum), _) => Rung::Sum,
            (Some(Found::Group(_, rung)), _) => rung,
            (Some(Found::Ambiguous), _) => Rung::Unique,
            (None, false) => self.matching.pair(item.bill).map_or(Rung::None, |(_, rung)| rung),
        }
    }

    /// Whether the item is a line in another currency than the book's.
    fn foreign(&self, item: &Raw) -> bool {
        let [bill, ledger] = self.rows(item);
        let of =
            |side: usize, rows: &[u32]| rows.first().is_some_and(|row| self.orders[side].lines.foreign(*row).is_some());
        of(0, bill) || of(1, ledger)
    }

    /// What comes first in [`Places::tie`].
    fn prefix(&self, item: &Raw) -> ((bool, bool, bool), u128) {
        let lead = usize::from(item.bill == NONE);
        let first = self.rows(item)[lead].first();
        (self.class(item), first.map_or(0, |row| self.orders[lead].prefix(*row)))
    }

    /// Items with bill lines come first, those joined by hand and those in
    /// other currencies last.
    fn class(&self, item: &Raw) -> (bool, bool, bool) {
        (item.bill == NONE, self.rung(item) == Rung::Hand, self.foreign(item))
    }

    /// Order of two items of one time: those with bill lines first, those
    /// joined by hand and those in other currencies last; then identity, so that items about the same usage
    /// are neighbours; then the rest of what the lines say; last, and only
    /// between lines that say the same, where they stand.
    fn tie(&self, a: &Raw, b: &Raw) -> Ordering {
        let (left, right) = (self.rows(a), self.rows(b));
        let lead = usize::from(a.bill == NONE);
        self.class(a).cmp(&self.class(b)).then_with(|| match (left[lead].first(), right[lead].first()) {
            (Some(first), Some(second)) => (self.orders[lead].identity(*first, *second))
                .then_with(|| self.orders[0].compare(left[0], right[0]))
                .then_with(|| self.orders[1].compare(left[1], right[1]))
                .then_with(|| first.cmp(second)),
            _ => Ordering::Equal,
        })
    }

    /// Whether nothing but its number tells the second item from the first, as
    /// an item's key sees it.
    fn alike(&self, a: &Raw, b: &Raw) -> bool {
        let lead = usize::from(a.bill == NONE);
        if a.time != b.time || lead != usize::from(b.bill == NONE) || self.foreign(a) != self.foreign(b) {
            return false;
        }
        let (left, right) = (self.rows(a), self.rows(b));
        let hand = [a, b].map(|item| self.rung(item) == Rung::Hand);
        match (hand, left[lead].first(), right[lead].first()) {
            ([true, true], ..) => (0..2).all(|side| self.orders[side].compare(left[side], right[side]).is_eq()),
            ([false, false], Some(first), Some(second)) => {
                // A sum has one bill line, and is known by it alone.
                let by_line = |item| matches!(self.kind(item), None | Some(Found::Sum));
                by_line(a) && by_line(b) && self.orders[lead].identity(*first, *second).is_eq()
            }
            _ => false,
        }
    }
}
