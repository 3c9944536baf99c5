//! Lines added up by what they have in common.

use std::cmp::Ordering;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::axes::{Axes, Code, Payers, Place, Usage, counts, requests};
use super::{Category, Dimension, Figures, Margin};
use crate::amount::Amount;
use crate::calendar::Day;
use crate::price::Worth;
use crate::reconcile::{Items, Outcome, Sides};
use crate::review::natural;
use crate::usage::Side;

/// What to add up, and how.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ask<'a> {
    /// Each dimension once, in the order of the columns; empty for the total
    /// alone.
    pub by: &'a [Dimension],
    /// Only items from this UTC day on, and up to that one, both included.
    pub from: Option<Day>,
    pub to: Option<Day>,
    pub categories: &'a [Category],
    pub margin: Option<Margin>,
}

/// The place of a group on one dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    Name(String),
    /// The lines belong together, say different things, and this one nothing.
    Several,
    /// No line says.
    Blank,
}

impl Key {
    /// For people: `(none)` where nothing is said.
    pub fn label(&self) -> &str {
        match self {
            Self::Name(name) => name,
            Self::Several => "(several)",
            Self::Blank => "(none)",
        }
    }

    /// Blanks come last, whatever the names.
    fn compare(&self, other: &Self) -> Ordering {
        let last = |key: &Self| match key {
            Self::Name(_) => 0,
            Self::Several => 1,
            Self::Blank => 2,
        };
        match (self, other) {
            (Self::Name(one), Self::Name(two)) => natural(one, two),
            _ => last(self).cmp(&last(other)),
        }
    }
}

/// The lines that share a place on every dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// In the order of [`Summary::by`].
    pub key: Vec<Key>,
    pub figures: Figures,
}

/// The groups of a month and what they add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub by: Vec<Dimension>,
    /// In natural order; outcomes, categories and days in their own.
    pub groups: Vec<Group>,
    pub total: Figures,
    pub margin: Option<Margin>,
    /// The side whose amounts the margin is on: the bill, or the ledger where
    /// there is no bill.
    pub base: Side,
}

impl Summary {
    /// The cost a margin is on.
    pub fn base_of(&self, figures: &Figures) -> Amount {
        match self.base {
            Side::Bill => figures.billed,
            Side::Ledger => figures.recorded,
        }
    }

    /// The cost with the margin on it.
    pub fn final_of(&self, figures: &Figures) -> Amount {
        self.base_of(figures).plus(figures.margin)
    }
}

/// Items added up by one thread at a time.
const CHUNK: usize = 1 << 14;

/// Adds up items on all cores. `items` may be a selection of those of `sides`;
/// without `payers` a project is what the lines name.
///
/// A line's amount goes to the group that the line is in; an item is counted in
/// the group of its first line. So the groups add up to the total.
pub fn summarize<'a>(sides: &'a Sides<'a>, items: &'a Items, payers: Option<&'a dyn Payers>, ask: &Ask<'a>) -> Summary {
    let axes = Axes::new(sides, items, payers, ask);
    let base = if sides.bill.is_empty() { Side::Ledger } else { Side::Bill };
    let adding = Adding { axes: &axes, items, ask, base };
    let groups = (0..items.len() as u32)
        .into_par_iter()
        .with_min_len(CHUNK)
        .filter(|item| adding.is_asked(*item))
        .fold(Groups::default, |mut groups, item| {
            adding.add(item, &mut groups);
            groups
        })
        .reduce(Groups::default, |one, two| {
            let (mut more, less) = if one.len() < two.len() { (two, one) } else { (one, two) };
            for (place, figures) in less {
                *more.entry(place).or_default() += &figures;
            }
            more
        });
    let mut total = Figures::default();
    groups.values().for_each(|figures| total += figures);
    let key = |place: &Place| ask.by.iter().zip(place).map(|(dimension, code)| axes.key(*dimension, *code)).collect();
    let mut named: Vec<(Place, Group)> =
        groups.into_par_iter().map(|(place, figures)| (place, Group { key: key(&place), figures })).collect();
    named.par_sort_unstable_by(|a, b| order(ask.by, a, b));
    let groups = if ask.by.is_empty() { Vec::new() } else { named.into_iter().map(|(_, group)| group).collect() };
    Summary { by: ask.by.to_vec(), groups, total, margin: ask.margin, base }
}

type Groups = FxHashMap<Place, Figures>;

fn order(by: &[Dimension], a: &(Place, Group), b: &(Place, Group)) -> Ordering {
    let each = by.iter().enumerate().map(|(at, dimension)| match dimension {
        Dimension::Category | Dimension::Day | Dimension::Status => a.0[at].cmp(&b.0[at]),
        _ => a.1.key[at].compare(&b.1.key[at]),
    });
    each.fold(Ordering::Equal, Ordering::then)
}

struct Adding<'a> {
    axes: &'a Axes<'a>,
    items: &'a Items,
    ask: &'a Ask<'a>,
    base: Side,
}

impl Adding<'_> {
    fn is_asked(&self, item: u32) -> bool {
        if self.ask.from.is_none() && self.ask.to.is_none() {
            return true;
        }
        let day = self.items.day(self.axes.sides, item);
        day.is_some_and(|day| self.ask.from.is_none_or(|from| from <= day) && self.ask.to.is_none_or(|to| day <= to))
    }

    fn add(&self, item: u32, groups: &mut Groups) {
        let usage = self.axes.usage(item);
        let category = self.axes.category(item, usage);
        let fallback = category
            .and_then(|number| self.ask.categories.get(number))
            .and_then(|category| category.fallback_per_request)
            .filter(|_| self.has_no_amount(item));
        let compared = self.items.outcome(item) != Outcome::NotApplicable;
        let whole = self.axes.of_item(item, category);
        let line = |side: Side, row: u32| {
            let mut figures = self.line(side, row, compared, usage);
            if let Some(price) = fallback.filter(|_| side == usage.side) {
                figures.estimated_requests = figures.requests;
                figures.estimated = times(price, figures.requests);
            }
            figures
        };
        let mut count = Figures { items: 1, compared: u64::from(compared), ..Figures::default() };
        if let Some(place) = all(&whole) {
            self.axes.rows(item).for_each(|(side, row)| count += &line(side, row));
            *groups.entry(place).or_default() += &count;
            return;
        }
        for (side, row) in self.axes.rows(item) {
            let mut figures = line(side, row);
            figures += &std::mem::take(&mut count);
            *groups.entry(self.axes.of_line(item, side, row, &whole)).or_default() += &figures;
        }
    }

    /// Neither side knows what the item costs, and it is one that costs.
    fn has_no_amount(&self, item: u32) -> bool {
        self.axes.rows(item).all(|(side, row)| {
            let (lines, values) = self.side(side);
            values.amount(lines, row).is_none() && lines.not_applicable(row).is_none()
        })
    }

    fn side(&self, side: Side) -> (&crate::usage::Lines, &crate::price::Values) {
        let sides = self.axes.sides;
        match side {
            Side::Bill => (sides.bill, sides.bill_values),
            Side::Ledger => (sides.ledger, sides.ledger_values),
        }
    }

    fn line(&self, side: Side, row: u32, compared: bool, usage: Usage) -> Figures {
        let (lines, values) = self.side(side);
        let worth = values.worth(lines, row);
        let amount = worth.amount().unwrap_or_default();
        let entries = u64::from(lines.entries(row));
        let mut figures = Figures { unpriced: entries * u64::from(worth == Worth::Unpriced), ..Figures::default() };
        let signed = match side {
            Side::Bill => {
                figures.bill_lines = 1;
                figures.billed = amount;
                amount
            }
            Side::Ledger => {
                figures.ledger_entries = entries;
                figures.recorded = amount;
                if requests(lines, row) > 0 && lines.not_applicable(row).is_none() {
                    figures.entries_of_requests = entries;
                    figures.entries_with_id = match lines.bundle(row) {
                        Some(bundle) => bundle.with_id.into(),
                        None => u64::from(!lines.id_bytes(row).is_empty()),
                    };
                }
                amount.negated()
            }
        };
        if compared {
            figures.difference = signed;
        }
        if let Some(margin) = self.ask.margin.filter(|_| side == self.base) {
            figures.margin = margin.on(amount);
        }
        if side == usage.side && counts(lines, row) {
            figures.requests = requests(lines, row);
            let tokens = &mut figures.tokens;
            let count = |count: Option<i64>| i128::from(count.unwrap_or(0));
            tokens.input = count(lines.input(row));
            tokens.cached = count(lines.cached(row));
            tokens.output = count(lines.output(row));
            tokens.total = count(lines.total(row));
        }
        figures
    }
}

/// A price so many times, which at the end of the range holds still, as sums
/// do.
fn times(price: Amount, times: u64) -> Amount {
    let product = i64::try_from(times).ok().and_then(|times| price.times(times).ok());
    product.unwrap_or(Amount::from_units(i128::MAX))
}

/// The place, where it is one for all lines.
fn all(whole: &[Option<Code>; Dimension::ALL.len()]) -> Option<Place> {
    let mut place = [0; Dimension::ALL.len()];
    for (slot, code) in place.iter_mut().zip(whole) {
        *slot = (*code)?;
    }
    Some(place)
}
