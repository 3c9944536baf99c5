//! Differences too small to be seen one by one, added up per model and
//! project, and there by day: a tolerance in cents hides everything on requests
//! that cost less. The threshold is on the model and project; its days say
//! since when.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::models::Models;
use super::numbered::{self, Numbered};
use super::outcome::Side;
use super::{Drift, DriftDay, Items, Period, Rules, Sides, Who, grain, runs};
use crate::amount::{Amount, Share};
use crate::calendar::Day;
use crate::usage::{Lines, Shape, Sym};

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    items: u32,
    billed: Amount,
    recorded: Amount,
}

impl Sums {
    fn gap(self) -> Amount {
        self.billed.minus(self.recorded)
    }

    fn share(self) -> Option<Share> {
        Share::of(self.gap().abs(), self.recorded.abs())
    }

    fn plus(self, other: Self) -> Self {
        Self {
            items: self.items + other.items,
            billed: self.billed.plus(other.billed),
            recorded: self.recorded.plus(other.recorded),
        }
    }
}

/// What was used: a model, by its number in [`Models`], or a usage type of a
/// credit report, which is never taken for a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Model(u32),
    UsageType(Sym),
}

/// Matched items so far, by model, project and day.
#[derive(Debug, Default)]
pub(super) struct Tolerated {
    sums: Numbered<Place, Sums>,
}

/// A model, project and day, packed: it is looked up for every item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    /// The model or usage type, and below it the project.
    names: u64,
    /// The number of the day; [`grain::NO_DAY`] for none. Below it whether it
    /// is of a usage type.
    day: i64,
}

impl Place {
    fn new(what: What, project: Sym, day: Option<Day>) -> Self {
        let (number, usage_type) = match what {
            What::Model(number) => (number, false),
            What::UsageType(sym) => (sym.0, true),
        };
        let day = day.map_or(grain::NO_DAY, Day::number);
        Self { names: u64::from(number) << 32 | u64::from(project.0), day: i64::from(day) << 1 | i64::from(usage_type) }
    }

    fn parts(self) -> (What, Sym, Option<Day>) {
        let (number, day) = ((self.names >> 32) as u32, (self.day >> 1) as i32);
        let what = if self.day & 1 == 1 { What::UsageType(Sym(number)) } else { What::Model(number) };
        (what, Sym(self.names as u32), (day != grain::NO_DAY).then(|| Day::from_number(day)))
    }
}

impl numbered::Place for Place {
    fn slot(self) -> usize {
        let mixed = (self.names ^ self.names >> 32 ^ self.day as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 32) as usize
    }
}

impl Tolerated {
    pub fn add(&mut self, sides: &Sides, models: &Models, items: &Items, item: u32, [bill, ledger]: &[Side; 2]) {
        let (what, project) = place(sides, models, items, item);
        let one = Sums { items: 1, billed: bill.value.unwrap_or_default(), recorded: ledger.value.unwrap_or_default() };
        let whole = items.dims(item).is_some_and(|dims| dims.period == Period::Month);
        let day = if whole { None } else { items.day(sides, item) };
        self.put(Place::new(what, project, day), one);
    }

    fn put(&mut self, place: Place, more: Sums) {
        let (_, sums) = self.sums.of(place);
        *sums = sums.plus(more);
    }

    pub fn merge(&mut self, other: Self) {
        other.sums.into_all().into_iter().for_each(|(place, sums)| self.put(place, sums));
    }
}

/// The drift of a selection of items that are compared already, such as those
/// of one month.
pub fn find_drift(sides: &Sides, rules: &Rules, items: &Items) -> Vec<Drift> {
    drift(sides, rules, tolerated_of(sides, items))
}

/// What the tolerance passed in each group of a model and a project, also
/// where it comes to little; the greatest difference first.
pub fn find_tolerated(sides: &Sides, rules: &Rules, items: &Items) -> Vec<Drift> {
    groups(sides, rules, tolerated_of(sides, items), false)
}

fn tolerated_of(sides: &Sides, items: &Items) -> Tolerated {
    let models = Models::of(sides);
    let part = |mut tolerated: Tolerated, run: std::ops::Range<u32>| {
        for item in run.filter(|item| items.outcome(*item) == super::Outcome::Matched) {
            tolerated.add(sides, &models, items, item, &super::outcome::both(sides, items, item));
        }
        tolerated
    };
    let both = |mut one: Tolerated, other: Tolerated| {
        one.merge(other);
        one
    };
    runs(items).into_par_iter().fold(Tolerated::default, part).reduce(Tolerated::default, both)
}

/// The groups whose tolerated differences come to more than the share of what
/// was recorded that `rules` allow; the greatest difference first.
pub(super) fn drift(sides: &Sides, rules: &Rules, tolerated: Tolerated) -> Vec<Drift> {
    groups(sides, rules, tolerated, true)
}

fn groups(sides: &Sides, rules: &Rules, tolerated: Tolerated, only_beyond: bool) -> Vec<Drift> {
    // By text from here on, which gives an order that says something.
    let mut named: BTreeMap<(String, &str), BTreeMap<Option<Day>, Sums>> = BTreeMap::new();
    for (at, sums) in tolerated.sums.into_all() {
        let (what, project, day) = at.parts();
        let name = match what {
            What::Model(number) => sides.prices.models.canonical(sides.names.text(Sym(number))).into_owned(),
            What::UsageType(sym) => sides.names.text(sym).to_string(),
        };
        let days = named.entry((name, sides.names.text(project))).or_default();
        let sum = days.entry(day).or_default();
        *sum = sum.plus(sums);
    }
    let beyond = |sums: Sums| !rules.drift.covers(sums.gap(), sums.recorded);
    let of_day = |(day, sums): (Option<Day>, Sums)| DriftDay {
        day,
        items: sums.items,
        billed: sums.billed,
        recorded: sums.recorded,
        share: sums.share(),
        beyond: beyond(sums),
    };
    let of_group = |((model, project), days): ((String, &str), BTreeMap<Option<Day>, Sums>)| {
        let all = days.values().copied().fold(Sums::default(), Sums::plus);
        (beyond(all) || !only_beyond).then(|| Drift {
            model,
            project: project.to_string(),
            items: all.items,
            billed: all.billed,
            recorded: all.recorded,
            share: all.share(),
            days: days.into_iter().map(of_day).collect(),
        })
    };
    let mut drift: Vec<Drift> = named.into_iter().filter_map(of_group).collect();
    // Stable, so that equal differences stay in the order of their names.
    drift.sort_by_key(|d| std::cmp::Reverse(d.billed.minus(d.recorded).abs()));
    drift
}

/// Model or usage type, and project, as the bill has them, else the ledger.
fn place(sides: &Sides, models: &Models, items: &Items, item: u32) -> (What, Sym) {
    /// That of the bill's first row, else of the ledger's.
    fn first(sides: &Sides, items: &Items, item: u32, field: impl Fn(&Lines, u32) -> Sym) -> Sym {
        let of_bill = items.first_bill_row(item).map_or(Sym::NONE, |row| field(sides.bill, row));
        if of_bill.is_none() {
            return items.first_ledger_row(item).map_or(Sym::NONE, |row| field(sides.ledger, row));
        }
        of_bill
    }
    // Of lines that are not compared by it, the first one's says nothing.
    let dims = items.dims(item);
    let by_what = dims.is_none_or(|dims| dims.what != grain::What::All);
    let by_project = dims.is_none_or(|dims| dims.who == Some(Who::Project));
    let what = match (by_what, items.shape(sides, item)) {
        (true, Shape::Credits) => What::UsageType(first(sides, items, item, Lines::action)),
        (false, Shape::Credits) => What::UsageType(Sym::NONE),
        (true, _) => What::Model(models.number(first(sides, items, item, Lines::model))),
        (false, _) => What::Model(models.number(Sym::NONE)),
    };
    (what, if by_project { first(sides, items, item, Lines::project) } else { Sym::NONE })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// More places than are remembered, against a map that looks up each.
        #[test]
        fn what_is_added_in_any_order_and_in_parts_stands_in_its_place(
            added in proptest::collection::vec((0u32..9, 0u32..9, proptest::option::of(0i32..3), any::<bool>(), -9i64..9), 0..300),
            cut in 0usize..300,
        ) {
            let mut expected: BTreeMap<(u64, i64), (u32, Amount, Amount)> = BTreeMap::new();
            let (mut first, mut second) = (Tolerated::default(), Tolerated::default());
            for (number, (model, project, day, usage_type, worth)) in added.into_iter().enumerate() {
                let what = if usage_type { What::UsageType(Sym(model)) } else { What::Model(model) };
                let place = Place::new(what, Sym(project), day.map(Day::from_number));
                prop_assert_eq!(place.parts(), (what, Sym(project), day.map(Day::from_number)));
                let one = Sums { items: 1, billed: Amount::from_int(worth), recorded: Amount::from_int(1) };
                if number < cut { first.put(place, one) } else { second.put(place, one) }
                let sum = expected.entry((place.names, place.day)).or_default();
                *sum = (sum.0 + 1, sum.1.plus(one.billed), sum.2.plus(one.recorded));
            }
            first.merge(second);
            let count = first.sums.all().len();
            let found: BTreeMap<_, _> =
                first.sums.into_all().into_iter().map(|(at, sums)| ((at.names, at.day), (sums.items, sums.billed, sums.recorded))).collect();
            prop_assert_eq!((found.len(), found), (count, expected));
        }
    }
}
