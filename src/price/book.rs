//! Which rate is in force: a model's name and a day in, [`Rates`] out. One
//! look-up by name in [`RateIndex`]; for millions of rows a [`RateTable`] made
//! from it, by name number.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::models::{normal, tuned_base};
use super::{ModelNames, PriceBook, Rates};
use crate::calendar::Day;
use crate::usage::{Names, Sym};

impl PriceBook {
    /// The currency of all its prices; dollars where none was ever stated.
    pub fn currency_or_default(&self) -> &str {
        if self.currency.is_empty() { super::shipped::CURRENCY } else { &self.currency }
    }

    /// All rates by model, then date; a stated one before a shipped one.
    pub fn list(&self) -> Vec<&Rates> {
        let mut list: Vec<&Rates> = self.rates.iter().collect();
        list.sort_by_cached_key(|rate| (normal(&rate.model), rate.effective, rate.shipped));
        list
    }

    /// The rates of a model in force on a UTC day, see [`RateIndex::rates`].
    /// It indexes the book first: for many look-ups take [`PriceBook::index`]
    /// or [`PriceBook::for_names`].
    pub fn rates(&self, model: &str, day: Day) -> Option<&Rates> {
        self.index().rates(model, day)
    }

    pub fn index(&self) -> RateIndex<'_> {
        let mut index = RateIndex {
            rates: &self.rates,
            models: &self.models,
            by_name: FxHashMap::default(),
            kin: FxHashMap::default(),
        };
        let mut snapshots: FxHashMap<(String, String), (usize, Vec<u32>)> = FxHashMap::default();
        for (at, rate) in (0u32..).zip(&self.rates) {
            let (model, name) = (self.models.canonical(&rate.model).into_owned(), normal(&rate.model).into_owned());
            index.by_name.entry(name.clone()).or_default().push(at);
            let next = snapshots.len();
            snapshots.entry((model, name)).or_insert_with(|| (next, Vec::new())).1.push(at);
        }
        // In the order in which the book first names them.
        let mut snapshots: Vec<_> = snapshots.into_iter().collect();
        snapshots.sort_unstable_by_key(|(_, (number, _))| *number);
        for ((model, _), (_, rates)) in snapshots {
            index.kin.entry(model).or_default().push(rates);
        }
        index
    }

    /// The rates of every name, for rows by the million.
    pub fn for_names(&self, names: &Names) -> RateTable<'_> {
        let index = self.index();
        let texts: Vec<&str> = names.iter().map(|(_, text)| text).collect();
        let steps: Vec<Vec<Step>> = texts.par_iter().map(|name| index.steps(name)).collect();
        let mut table = RateTable { rates: &self.rates, start: Vec::with_capacity(steps.len() + 1), steps: Vec::new() };
        for of_name in steps {
            table.start.push(table.steps.len() as u32);
            table.steps.extend(of_name);
        }
        table.start.push(table.steps.len() as u32);
        table
    }
}

/// A price book by model.
pub struct RateIndex<'a> {
    rates: &'a [Rates],
    models: &'a ModelNames,
    by_name: FxHashMap<String, Vec<u32>>,
    /// All rates of one canonical model, its snapshots included: those of each
    /// name together.
    kin: FxHashMap<String, Vec<Vec<u32>>>,
}

impl<'a> RateIndex<'a> {
    /// The rates of `model` in force on `day`.
    ///
    /// The first of these names with a rate on or before the day decides: the
    /// name itself, the base of a fine-tune, the canonical name. If none has
    /// one, the snapshots of the model decide where they all agree. For one
    /// name a stated rate in force goes before a shipped one, then the later
    /// before the earlier.
    pub fn rates(&self, model: &str, day: Day) -> Option<&'a Rates> {
        self.number(model, day).and_then(|at| self.rates.get(at as usize))
    }

    /// Whether the model has a rate on any day, under any of its names.
    pub fn knows(&self, model: &str) -> bool {
        self.kin.contains_key(&*self.models.canonical(model))
    }

    fn number(&self, model: &str, day: Day) -> Option<u32> {
        let name = normal(model);
        let model = self.models.canonical(&name);
        [Some(&*name), tuned_base(&name), Some(&*model)]
            .into_iter()
            .flatten()
            .find_map(|name| self.in_force(self.by_name.get(name)?, day))
            .or_else(|| self.agreed(&model, day))
    }

    /// Of rates under one name.
    fn in_force(&self, of_name: &[u32], day: Day) -> Option<u32> {
        let dated = of_name.iter().filter_map(|at| Some((*at, self.rates.get(*at as usize)?)));
        dated
            .filter(|(_, rate)| rate.effective.is_none_or(|from| from <= day))
            .max_by_key(|(_, rate)| (!rate.shipped, rate.effective))
            .map(|(at, _)| at)
    }

    /// What all snapshots in force agree on, as the first of them by name.
    fn agreed(&self, model: &str, day: Day) -> Option<u32> {
        let in_force = |of_name: &Vec<u32>| self.in_force(of_name, day);
        let with_rate = |number: u32| Some((number, self.rates.get(number as usize)?));
        let mut found: Vec<(u32, &Rates)> =
            self.kin.get(model)?.iter().filter_map(in_force).filter_map(with_rate).collect();
        found.sort_by(|a, b| (a.1.shipped, &a.1.model).cmp(&(b.1.shipped, &b.1.model)));
        let stated = found.first().is_some_and(|(_, rate)| !rate.shipped);
        let mut asked = found.iter().filter(|(_, rate)| rate.shipped != stated);
        let price = |rate: &Rates| (rate.input, rate.cached_input, rate.output);
        let (number, first) = asked.next()?;
        asked.all(|(_, rate)| price(rate) == price(first)).then_some(*number)
    }

    /// The days on which the rate of a name changes, with what holds from
    /// then on; empty for a name without any rate.
    fn steps(&self, name: &str) -> Vec<Step> {
        let model = self.models.canonical(name);
        let Some(kin) = self.kin.get(&*model) else { return Vec::new() };
        let mut days: Vec<Day> =
            kin.iter().flatten().filter_map(|at| self.rates.get(*at as usize)?.effective).collect();
        days.push(BEGINNING);
        days.sort_unstable();
        days.dedup();
        let mut steps: Vec<Step> = Vec::new();
        for from in days {
            let rate = self.number(name, from);
            if steps.last().is_none_or(|last| last.rate != rate) {
                steps.push(Step { from, rate });
            }
        }
        steps
    }
}

const BEGINNING: Day = Day::from_number(i32::MIN);

#[derive(Clone, Copy)]
struct Step {
    from: Day,
    /// `None`: no rate yet.
    rate: Option<u32>,
}

/// The rates of each name of a [`Names`], ready for look-up by number.
pub struct RateTable<'a> {
    rates: &'a [Rates],
    /// Where the steps of a name begin; one more at the end.
    start: Vec<u32>,
    steps: Vec<Step>,
}

impl<'a> RateTable<'a> {
    /// As [`RateIndex::rates`], for a name that stood in the [`Names`].
    pub fn rates(&self, model: Sym, day: Day) -> Option<&'a Rates> {
        let steps = self.steps(model);
        let at = steps.partition_point(|step| step.from <= day).checked_sub(1)?;
        self.rates.get(steps.get(at)?.rate? as usize)
    }

    /// For a row without a day: the rate, where the model has had only one.
    pub fn undated(&self, model: Sym) -> Option<&'a Rates> {
        match self.steps(model) {
            [only] => self.rates.get(only.rate? as usize),
            _ => None,
        }
    }

    /// Whether the model has a rate on any day.
    pub fn knows(&self, model: Sym) -> bool {
        self.steps(model).iter().any(|step| step.rate.is_some())
    }

    fn steps(&self, model: Sym) -> &[Step] {
        let at = model.0 as usize;
        match (self.start.get(at), self.start.get(at + 1)) {
            (Some(from), Some(to)) => self.steps.get(*from as usize..*to as usize).unwrap_or_default(),
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::{Amount, PerMillion};
    use proptest::prelude::*;

    fn rate(model: &str, effective: Option<i32>, input: i64, shipped: bool) -> Rates {
        let per = |n| PerMillion::new(Amount::from_int(n)).unwrap();
        Rates {
            model: model.into(),
            effective: effective.map(Day::from_number),
            input: per(input),
            cached_input: None,
            output: per(1),
            shipped,
        }
    }

    fn input(book: &PriceBook, model: &str, day: i32) -> Option<String> {
        book.rates(model, Day::from_number(day)).map(|r| r.input.amount().to_string())
    }

    #[test]
    fn a_stated_rate_wins_from_its_day_on_and_for_its_model_only() {
        let book = PriceBook {
            rates: vec![
                rate("gpt-4o", Some(10), 7, false),
                rate("gpt-4o", None, 2, true),
                rate("gpt-4o", Some(20), 3, true),
                rate("o3", None, 9, true),
            ],
            ..PriceBook::default()
        };
        assert_eq!(input(&book, "GPT-4o", 9).unwrap(), "2");
        assert_eq!(input(&book, "gpt-4o", 10).unwrap(), "7");
        assert_eq!(input(&book, "gpt-4o-2024-08-06", 25).unwrap(), "7");
        assert_eq!(input(&book, "o3", 25).unwrap(), "9");
        assert_eq!(input(&book, "o4", 25), None);
        let list: Vec<_> = book.list().iter().map(|r| (r.model.as_str(), r.shipped)).collect();
        assert_eq!(list, [("gpt-4o", true), ("gpt-4o", false), ("gpt-4o", true), ("o3", true)]);
    }

    #[test]
    fn a_rate_stated_for_one_snapshot_prices_the_model_where_nothing_else_does() {
        let one = rate("house-model-2026-01-01", None, 4, false);
        let mut book = PriceBook { rates: vec![one], ..PriceBook::default() };
        assert_eq!(input(&book, "house-model", 1).unwrap(), "4");
        book.rates.push(rate("house-model-2026-02-01", None, 5, false));
        assert_eq!(input(&book, "house-model", 1), None, "two snapshots that differ");
        assert_eq!(input(&book, "house-model-2026-02-01", 1).unwrap(), "5");
    }

    #[test]
    fn a_row_without_a_day_has_a_rate_only_where_it_never_changed() {
        let mut names = Names::default();
        let (steady, stepped) = (names.intern("gpt-4.1"), names.intern("o3"));
        let book = PriceBook::shipped();
        let table = book.for_names(&names);
        assert!(table.undated(steady).is_some());
        assert!(table.undated(stepped).is_none());
        assert!(table.undated(Sym(99)).is_none());
    }

    proptest! {
        #[test]
        fn the_table_says_what_the_book_says(
            rates in proptest::collection::vec((0usize..5, proptest::option::of(0i32..9), 1i64..4, any::<bool>()), 0..12),
            day in -1i32..10,
        ) {
            let models = ["m", "m-2026-01-01", "m-2026-02-02", "ft:m-2026-01-01", "n"];
            let rates = rates.into_iter().map(|(m, from, input, shipped)| rate(models[m], from, input, shipped)).collect();
            let book = PriceBook { rates, ..PriceBook::default() };
            let mut names = Names::default();
            models.iter().for_each(|m| { names.intern(m); });
            names.intern("ft:m-2026-01-01:org::id");
            names.intern("azure/M");
            let table = book.for_names(&names);
            for (sym, name) in names.iter() {
                let day = Day::from_number(day);
                prop_assert_eq!(table.rates(sym, day), book.rates(name, day), "{}", name);
            }
        }
    }
}
