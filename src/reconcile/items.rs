//! Items as columns: reading them, and taking some of them.

use super::{Cause, Dims, Items, Outcome, Rung, Sides};
use crate::calendar::{Day, Month};
use crate::usage::Shape;

/// No row on this side.
pub(super) const NONE: u32 = u32::MAX;
/// Several rows: the rest of the number is an index into the groups. Rows are
/// therefore below 2³¹.
pub(super) const GROUP: u32 = 1 << 31;

impl Items {
    pub fn len(&self) -> usize {
        self.outcome.len()
    }

    pub fn is_empty(&self) -> bool {
        self.outcome.is_empty()
    }

    pub fn outcome(&self, item: u32) -> Outcome {
        self.outcome[item as usize]
    }

    /// The cause with the greatest part of the variance.
    pub fn cause(&self, item: u32) -> Cause {
        self.cause[item as usize]
    }

    pub fn rung(&self, item: u32) -> Rung {
        self.rung[item as usize]
    }

    /// 0 for the first item that is about this usage, 1 for the next one that
    /// cannot be told from it, and so on.
    pub fn occurrence(&self, item: u32) -> u32 {
        let found = self.occurrence.binary_search_by_key(&item, |(at, _)| *at);
        found.map_or(0, |at| self.occurrence[at].1)
    }

    /// What all lines of the item have in common and are compared by; `None`
    /// for an item of other lines than those of whole days.
    pub fn dims(&self, item: u32) -> Option<Dims> {
        // Nearly always, and asked for every item.
        if self.dims.is_empty() {
            return None;
        }
        let found = self.dims.binary_search_by_key(&item, |(at, _)| *at);
        found.ok().and_then(|at| self.dims.get(at)).map(|(_, dims)| *dims)
    }

    /// The item's bill lines, in the order of their content.
    pub fn bill_rows(&self, item: u32) -> impl ExactSizeIterator<Item = u32> + Clone + '_ {
        self.rows(&self.bill[item as usize]).iter().copied()
    }

    /// The item's ledger entries, in the order of their content.
    pub fn ledger_rows(&self, item: u32) -> impl ExactSizeIterator<Item = u32> + Clone + '_ {
        self.rows(&self.ledger[item as usize]).iter().copied()
    }

    pub fn first_bill_row(&self, item: u32) -> Option<u32> {
        self.rows(&self.bill[item as usize]).first().copied()
    }

    pub fn first_ledger_row(&self, item: u32) -> Option<u32> {
        self.rows(&self.ledger[item as usize]).first().copied()
    }

    /// The item's rows, those of the bill first.
    pub(super) fn slices(&self, item: u32) -> [&[u32]; 2] {
        [self.rows(&self.bill[item as usize]), self.rows(&self.ledger[item as usize])]
    }

    pub(super) fn rows<'a>(&'a self, code: &'a u32) -> &'a [u32] {
        // Nearly always; none has the bit of a group too.
        if *code & GROUP == 0 {
            std::slice::from_ref(code)
        } else if *code == NONE {
            &[]
        } else {
            let range = self.groups.get((*code & !GROUP) as usize);
            range.and_then(|(from, to)| self.members.get(*from as usize..*to as usize)).unwrap_or(&[])
        }
    }

    /// What its lines are, by the first one of the bill, else of the ledger.
    /// Those of an item are either all credits or none.
    pub fn shape(&self, sides: &Sides, item: u32) -> Shape {
        match self.first_bill_row(item) {
            Some(row) => sides.bill.shape(row),
            None => self.first_ledger_row(item).map_or(Shape::Request, |row| sides.ledger.shape(row)),
        }
    }

    /// The day of its first bill line, else of its first ledger entry.
    pub fn day(&self, sides: &Sides, item: u32) -> Option<Day> {
        match self.first_bill_row(item) {
            Some(row) => sides.bill.day(row),
            None => self.first_ledger_row(item).and_then(|row| sides.ledger.day(row)),
        }
    }

    /// The items for which `keep` says so, in their order.
    pub fn select(&self, keep: impl Fn(u32) -> bool) -> Self {
        let mut out = Self::default();
        (0..self.len() as u32).filter(|item| keep(*item)).for_each(|item| self.copy_to(item, &mut out));
        out
    }

    /// The items of a month. Items without a day belong to the earliest month
    /// with dated ones, so that none is lost; where no item has a day, to any
    /// month asked for.
    pub fn of_month(&self, sides: &Sides, month: Month) -> Self {
        let range = self.range_of_month(sides, month);
        if range.len() == self.len() {
            return self.clone();
        }
        let mut out = Self::default();
        range.for_each(|item| self.copy_to(item, &mut out));
        out
    }

    /// As [`Items::of_month`], taking nothing anew where all are of the month.
    #[must_use]
    pub fn into_month(self, sides: &Sides, month: Month) -> Self {
        if self.range_of_month(sides, month).len() == self.len() { self } else { self.of_month(sides, month) }
    }

    fn range_of_month(&self, sides: &Sides, month: Month) -> std::ops::Range<u32> {
        // Items are in the order of time, those without one first.
        let before = |limit: Day| -> u32 {
            let (mut low, mut high) = (0, self.len() as u32);
            while low < high {
                let middle = low + (high - low) / 2;
                if self.day(sides, middle).is_none_or(|day| day < limit) { low = middle + 1 } else { high = middle }
            }
            low
        };
        let undated = before(Day::from_number(i32::MIN));
        let earliest = (undated < self.len() as u32).then(|| self.day(sides, undated)).flatten();
        let end = before(month.last().plus_days(1));
        let start = match earliest {
            Some(day) if day.month() != month => before(month.first()),
            _ => 0,
        };
        start.min(end)..end
    }

    pub(super) fn copy_to(&self, item: u32, out: &mut Self) {
        let at = item as usize;
        for (code, to) in [(&self.bill[at], &mut out.bill), (&self.ledger[at], &mut out.ledger)] {
            if *code == NONE || *code & GROUP == 0 {
                to.push(*code);
            } else {
                to.push(GROUP | out.groups.len() as u32);
                let from = out.members.len() as u32;
                out.members.extend_from_slice(self.rows(code));
                out.groups.push((from, out.members.len() as u32));
            }
        }
        let occurrence = self.occurrence(item);
        if occurrence > 0 {
            out.occurrence.push((out.outcome.len() as u32, occurrence));
        }
        if let Some(dims) = self.dims(item) {
            out.dims.push((out.outcome.len() as u32, dims));
        }
        out.outcome.push(self.outcome[at]);
        out.cause.push(self.cause[at]);
        out.rung.push(self.rung[at]);
    }

    /// Adds an item of these rows, bill first, each side in the order of its
    /// content. It counts as matched until it is compared.
    pub(super) fn push(&mut self, rows: [&[u32]; 2], rung: Rung, occurrence: u32, dims: Option<Dims>) {
        let [bill, ledger] = rows.map(|rows| match rows {
            [] => NONE,
            [row] => *row,
            several => {
                let from = self.members.len() as u32;
                self.members.extend_from_slice(several);
                self.groups.push((from, self.members.len() as u32));
                GROUP | (self.groups.len() - 1) as u32
            }
        });
        let item = self.outcome.len() as u32;
        if occurrence > 0 {
            self.occurrence.push((item, occurrence));
        }
        self.dims.extend(dims.map(|dims| (item, dims)));
        self.bill.push(bill);
        self.ledger.push(ledger);
        self.outcome.push(Outcome::Matched);
        self.cause.push(Cause::None);
        self.rung.push(rung);
    }

    /// Bytes of memory held by the columns.
    pub fn bytes(&self) -> usize {
        4 * (self.bill.capacity() + self.ledger.capacity() + self.members.capacity())
            + 8 * (self.groups.capacity() + self.occurrence.capacity() + self.dims.capacity())
            + self.outcome.capacity()
            + self.cause.capacity()
            + self.rung.capacity()
    }
}
