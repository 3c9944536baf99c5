//! What was matched, as items in their order: by time, then by what their
//! lines say.

use std::cmp::Ordering;
use std::ops::Range;

use rayon::prelude::*;

use super::items::{GROUP, NONE};
use super::matching::{Found, Matching};
use super::order::{Order, sort_keyed};
use super::{Cause, Dims, Items, Outcome, Rung, Sides};
use crate::memory;

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
    assemble_by(sides, matching, CHUNK)
}

/// Items of one time or of some that follow each other are made at a time,
/// about `chunk` of them: in the memory that those before them had, and straight
/// into their places in the columns.
pub(super) fn assemble_by(sides: &Sides, matching: &mut Matching, chunk: usize) -> Items {
    let (names, ranks) = (sides.names, sides.names.ranks());
    let orders = [sides.bill, sides.ledger].map(|lines| Order { names, lines, ranks: &ranks });
    let (mut items, kinds, mut others) = groups(orders, matching);
    let ledger_only = (0..sides.ledger.len() as u32).into_par_iter().with_min_len(CHUNK);
    others.par_extend(ledger_only.filter(|row| matching.ledger_is_alone(*row)).map(|row| Raw {
        time: orders[1].time(row),
        bill: NONE,
        ledger: row,
    }));
    if !others.is_sorted_by_key(|item| item.time) {
        others.par_sort_unstable_by_key(|item| item.time);
    }
    let lead = Lead::of(orders[0], matching);
    let pieces = pieces(&lead, &others, chunk);
    let count = |[rows, others]: &[Range<usize>; 2]| lead.count(rows.clone()) + others.len();
    let counts: Vec<usize> = pieces.par_iter().map(count).collect();

    let all: usize = counts.iter().sum();
    let (mut bill, mut ledger) = (memory::zeros(all), memory::zeros(all));
    let (mut outcome, mut rung) = (memory::filled(all, || Outcome::Matched), memory::filled(all, || Rung::None));
    let mut rest = (0, &mut bill[..], &mut ledger[..], &mut outcome[..], &mut rung[..]);
    let mut columns = Vec::with_capacity(pieces.len());
    for count in counts {
        let (first, bill, ledger, outcome, rung) = rest;
        let ((bill, bills), (ledger, ledgers)) = (bill.split_at_mut(count), ledger.split_at_mut(count));
        let ((outcome, outcomes), (rung, rungs)) = (outcome.split_at_mut(count), rung.split_at_mut(count));
        columns.push(Columns { first: first as u32, bill, ledger, outcome, rung });
        rest = (first + count, bills, ledgers, outcomes, rungs);
    }
    let places = Places { orders, items: &items, kinds: &kinds, matching };
    let make = |raw: &mut Vec<Raw>, (piece, columns): ([Range<usize>; 2], Columns)| {
        let [rows, of_others] = piece;
        let mut others = others.get(of_others).unwrap_or_default();
        raw.clear();
        for item in lead.items(rows) {
            while let Some((other, rest)) = others.split_first().filter(|(other, _)| other.time < item.time) {
                raw.push(*other);
                others = rest;
            }
            raw.push(item);
        }
        raw.extend_from_slice(others);
        columns.fill(&places, raw)
    };
    let made: Vec<(Occurrences, Vec<(u32, Dims)>)> =
        pieces.into_par_iter().zip(columns).map_init(Vec::new, make).collect();
    for (occurrences, dims) in made {
        items.occurrence.extend(occurrences);
        items.dims.extend(dims);
    }
    items.cause = memory::filled(all, || Cause::None);
    (items.bill, items.ledger, items.outcome, items.rung) = (bill, ledger, outcome, rung);
    items
}

/// Items made by one thread at a time.
const CHUNK: usize = 1 << 13;

/// The items that nothing tells from the one before, with their numbers.
type Occurrences = Vec<(u32, u32)>;

/// The items that the rows of the bill lead: pairs, and rows that stand alone.
struct Lead<'a> {
    order: Order<'a>,
    matching: &'a Matching,
    /// In the order of time, where the rows themselves are not; they nearly
    /// always are.
    sorted: Option<Vec<Raw>>,
}

impl<'a> Lead<'a> {
    fn of(order: Order<'a>, matching: &'a Matching) -> Self {
        let mut lead = Self { order, matching, sorted: None };
        let rows = order.lines.len() as u32;
        if !order.lines.is_in_order() {
            let items = (0..rows).into_par_iter().with_min_len(CHUNK).filter_map(|row| lead.item(row));
            let mut sorted: Vec<Raw> = items.collect();
            sorted.par_sort_unstable_by_key(|item| item.time);
            lead.sorted = Some(sorted);
        }
        lead
    }

    /// `None` for a row that stands in a group.
    fn item(&self, row: u32) -> Option<Raw> {
        let ledger = match self.matching.pair(row) {
            Some((ledger, _)) => ledger,
            None if self.matching.bill_is_alone(row) => NONE,
            None => return None,
        };
        Some(Raw { time: self.order.time(row), bill: row, ledger })
    }

    /// Places in the order of time: rows, of which some lead no item, or items.
    fn len(&self) -> usize {
        self.sorted.as_ref().map_or(self.order.lines.len(), Vec::len)
    }

    fn time(&self, place: usize) -> i64 {
        match &self.sorted {
            None => self.order.time(place as u32),
            Some(sorted) => sorted.get(place).map_or(i64::MAX, |item| item.time),
        }
    }

    /// How many places come before a time.
    fn before(&self, time: i64) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.time(middle) < time { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn items(&self, places: Range<usize>) -> impl Iterator<Item = Raw> + '_ {
        places.filter_map(|place| match &self.sorted {
            None => self.item(place as u32),
            Some(sorted) => sorted.get(place).copied(),
        })
    }

    fn count(&self, places: Range<usize>) -> usize {
        match &self.sorted {
            None => places.filter(|row| self.matching.bill_leads(*row as u32)).count(),
            Some(_) => places.len(),
        }
    }
}

/// Cuts the items, of which both lists are in the order of time, into pieces of
/// about so many; all of one time are in one piece.
fn pieces(lead: &Lead, others: &[Raw], chunk: usize) -> Vec<[Range<usize>; 2]> {
    let of_lead = (chunk..lead.len()).step_by(chunk).map(|place| lead.time(place));
    let of_others = others.iter().skip(chunk).step_by(chunk).map(|item| item.time);
    let mut cuts: Vec<i64> = of_lead.chain(of_others).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut from = [0, 0];
    let ends = cuts.into_iter().map(|time| [lead.before(time), others.partition_point(|item| item.time < time)]);
    ends.chain([[lead.len(), others.len()]])
        .map(|to| {
            let [[lead, other], [lead_to, other_to]] = [std::mem::replace(&mut from, to), to];
            [lead..lead_to, other..other_to]
        })
        .collect()
}

/// The places in the columns of a run of items.
struct Columns<'a> {
    /// The number of the first one.
    first: u32,
    bill: &'a mut [u32],
    ledger: &'a mut [u32],
    outcome: &'a mut [Outcome],
    rung: &'a mut [Rung],
}

impl Columns<'_> {
    /// Fills them with items that are in the order of time.
    fn fill(self, places: &Places, raw: &mut [Raw]) -> (Occurrences, Vec<(u32, Dims)>) {
        raw.chunk_by_mut(|a, b| a.time == b.time)
            .filter(|run| run.len() > 1)
            .for_each(|run| sort_keyed(run, |item| places.prefix(item), |a, b| places.tie(a, b)));
        let (mut occurrences, mut dims) = (Vec::new(), Vec::new());
        let mut run = 0;
        for (at, item) in raw.iter().enumerate() {
            let alike = at.checked_sub(1).and_then(|at| raw.get(at)).is_some_and(|before| places.alike(before, item));
            run = if alike { run + 1 } else { 0 };
            let number = self.first + at as u32;
            if run > 0 {
                occurrences.push((number, run));
            }
            let kind = places.kind(item);
            (self.bill[at], self.ledger[at], self.rung[at]) = (item.bill, item.ledger, places.rung_of(item, kind));
            match kind {
                Some(Found::Duplicate) => self.outcome[at] = Outcome::Duplicate,
                Some(Found::Ambiguous) => self.outcome[at] = Outcome::Ambiguous,
                Some(Found::Group(of_group, _)) => dims.push((number, of_group)),
                _ => {}
            }
        }
        (occurrences, dims)
    }
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
        self.rung_of(item, self.kind(item))
    }

    fn rung_of(&self, item: &Raw, kind: Option<Found>) -> Rung {
        match (kind, item.bill == NONE || item.ledger == NONE) {
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
