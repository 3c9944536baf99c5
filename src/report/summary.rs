//! Lines added up by what they have in common.

use std::cmp::Ordering;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::axes::{Axes, Payers, Place, Usage, Whole, counts, requests};
use super::{Category, Dimension, Figures, Margin};
use crate::amount::Amount;
use crate::calendar::Day;
use crate::price::Worth;
use crate::reconcile::{Family, Items, Outcome, Sides};
use crate::review::natural;
use crate::usage::{Extra, Shape, Side};

/// What to add up, and how.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ask<'a> {
    /// Each dimension once and at most [`super::MOST`], in the order of the
    /// columns; empty for the total alone.
    pub by: &'a [Dimension],
    /// What was kept beside the lines when they were read.
    pub keep: &'a [Extra],
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
    /// there is no bill. `None` where that is not the same in all months.
    pub base: Option<Side>,
    /// Items without a date, which are in no range of days.
    pub undated: u64,
}

impl Summary {
    /// This and another month's together, asked for alike.
    pub fn and(mut self, other: Self, ask: &Ask<'_>) -> Self {
        self.groups.extend(other.groups);
        self.total += &other.total;
        Self {
            groups: merged(self.groups, ask),
            base: self.base.filter(|base| other.base == Some(*base)),
            undated: self.undated + other.undated,
            ..self
        }
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
    let named = groups.into_par_iter().map(|(place, figures)| Group { key: axes.keys(&place), figures });
    let groups = if ask.by.is_empty() { Vec::new() } else { merged(named.collect(), ask) };
    let undated = if adding.is_limited() {
        (0..items.len() as u32).into_par_iter().filter(|item| items.day(sides, *item).is_none()).count() as u64
    } else {
        0
    };
    Summary { by: ask.by.to_vec(), groups, total, margin: ask.margin, base: Some(base), undated }
}

/// The items with a line in the group of this key, ascending; `key` is in the
/// order of what is asked.
pub fn members<'a>(
    sides: &'a Sides<'a>,
    items: &'a Items,
    payers: Option<&'a dyn Payers>,
    ask: &Ask<'a>,
    key: &[Key],
) -> Vec<u32> {
    let axes = Axes::new(sides, items, payers, ask);
    let adding = Adding { axes: &axes, items, ask, base: Side::Bill };
    let is_it = |place: &Place| axes.keys(place) == key;
    let mut found: Vec<u32> = (0..items.len() as u32)
        .into_par_iter()
        .with_min_len(CHUNK)
        .filter(|item| adding.is_asked(*item))
        // A place has its texts looked up once a thread, and not for each item.
        .map_init(FxHashMap::<Place, bool>::default, |known, item| {
            let mut is = |place: Place| *known.entry(place).or_insert_with(|| is_it(&place));
            let whole = axes.of_item(item, axes.category(item, axes.usage(item)));
            let inside = match all(&whole) {
                Some(place) => is(place),
                None => axes.rows(item).any(|(side, row)| is(axes.of_line(item, side, row, &whole))),
            };
            inside.then_some(item)
        })
        .flatten_iter()
        .collect();
    found.sort_unstable();
    found
}

type Groups = FxHashMap<Place, Figures>;

/// In order, and each key once.
fn merged(mut groups: Vec<Group>, ask: &Ask<'_>) -> Vec<Group> {
    groups.par_sort_by(|a, b| order(ask, &a.key, &b.key));
    groups.dedup_by(|next, kept| {
        let same = next.key == kept.key;
        if same {
            kept.figures += &next.figures;
        }
        same
    });
    groups
}

/// By the texts, since the numbers of names depend on the order of reading.
fn order(ask: &Ask<'_>, a: &[Key], b: &[Key]) -> Ordering {
    let rank = |dimension: &Dimension, key: &Key| match (dimension, key) {
        (Dimension::Category, Key::Name(name)) => ask.categories.iter().position(|category| category.name == *name),
        (Dimension::Status, Key::Name(name)) => Outcome::ALL.iter().position(|outcome| outcome.name() == name),
        _ => None,
    };
    let each =
        ask.by.iter().zip(a.iter().zip(b)).map(|(dimension, (a, b))| match (rank(dimension, a), rank(dimension, b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.compare(b),
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
    /// Only some days are asked for.
    fn is_limited(&self) -> bool {
        self.ask.from.is_some() || self.ask.to.is_some()
    }

    fn is_asked(&self, item: u32) -> bool {
        if !self.is_limited() {
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
        if let Some(place) = self.lead(item, &whole) {
            *groups.entry(place).or_default() += &count;
        }
        for (side, row) in self.axes.rows(item) {
            *groups.entry(self.axes.of_line(item, side, row, &whole)).or_default() += &line(side, row);
        }
    }

    /// The place in which an item of several is counted: that of its first
    /// line. Of lines that are alike but for what was kept beside them, none
    /// is the first, so it is the first place of theirs by its texts.
    fn lead(&self, item: u32, whole: &Whole) -> Option<Place> {
        let (side, first) = self.axes.rows(item).next()?;
        let of = |row: u32| self.axes.of_line(item, side, row, whole);
        if !self.axes.has_extras() {
            return Some(of(first));
        }
        let (lines, names) = (self.side(side).0, self.axes.sides.names);
        let content = lines.content(names, first);
        let alike = self.axes.rows(item).filter(|(on, row)| *on == side && lines.content(names, *row) == content);
        let mut places: Vec<Place> = alike.map(|(_, row)| of(row)).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().min_by(|a, b| order(self.ask, &self.axes.keys(a), &self.axes.keys(b)))
    }

    /// Neither side knows what the item costs, and it is one that costs: usage
    /// beside its costs is not.
    fn has_no_amount(&self, item: u32) -> bool {
        let evidence = self.items.dims(item).is_some_and(|dims| dims.family == Family::Evidence);
        !evidence
            && self.axes.rows(item).all(|(side, row)| {
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
                if lines.shape(row) == Shape::Request && lines.not_applicable(row).is_none() {
                    figures.entries_of_requests = entries;
                    figures.entries_with_id = match lines.bundle(row) {
                        Some(bundle) => bundle.with_id.into(),
                        None => u64::from(lines.has_id(row)),
                    };
                }
                amount.negated()
            }
        };
        if compared {
            figures.difference = signed;
        }
        if let Some(margin) = self.ask.margin.filter(|_| side == self.base) {
            figures.base = amount;
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
fn all(whole: &Whole) -> Option<Place> {
    let mut place = Place::default();
    for (slot, code) in place.iter_mut().zip(whole) {
        *slot = (*code)?;
    }
    Some(place)
}
