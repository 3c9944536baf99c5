//! Where two price books differ: for each model and span of days, what is in
//! force in one and in the other.

use std::collections::BTreeMap;

use super::models::normal;
use super::{PriceBook, Rates};
use crate::calendar::Day;

/// The first day there is, for what holds from the beginning.
const BEGINNING: Day = Day::from_number(i32::MIN);

/// A span of days in which a model costs otherwise in the other book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateChange<'a> {
    /// As the newer book has it, else the older.
    pub model: &'a str,
    /// `None`: from the beginning.
    pub from: Option<Day>,
    /// The first day behind it; `None`: no end.
    pub until: Option<Day>,
    /// `None`: the book has no price for it then.
    pub before: Option<&'a Rates>,
    pub after: Option<&'a Rates>,
}

impl RateChange<'_> {
    /// `new`, `gone` or `changed`.
    pub fn what(&self) -> &'static str {
        match (self.before, self.after) {
            (None, _) => "new",
            (_, None) => "gone",
            _ => "changed",
        }
    }
}

/// All differences in force, by model and day. Rates that stand in both lists
/// but are never in force, since a stated one goes before them, are none.
pub fn diff<'a>(before: &'a PriceBook, after: &'a PriceBook) -> Vec<RateChange<'a>> {
    let (old, new) = (before.index(), after.index());
    let mut names: BTreeMap<String, &'a str> = BTreeMap::new();
    let mut days: BTreeMap<String, Vec<Day>> = BTreeMap::new();
    for rate in before.rates.iter().chain(&after.rates) {
        names.insert(normal(&rate.model).into_owned(), &rate.model);
        let kin = days.entry(before.models.canonical(&rate.model).into_owned()).or_insert_with(|| vec![BEGINNING]);
        kin.extend(rate.effective);
    }
    days.values_mut().for_each(|days| {
        days.sort_unstable();
        days.dedup();
    });
    let mut changes: Vec<RateChange<'a>> = Vec::new();
    for (name, model) in names {
        // The difference that holds on the day before.
        let mut open: Option<RateChange<'a>> = None;
        for day in days.get(&*before.models.canonical(&name)).into_iter().flatten() {
            let (before, after) = (old.rates(&name, *day), new.rates(&name, *day));
            if open.as_ref().is_some_and(|open| same(open.before, before) && same(open.after, after)) {
                continue;
            }
            if let Some(ended) = open.take() {
                changes.push(RateChange { until: Some(*day), ..ended });
            }
            if !same(before, after) {
                let from = (*day != BEGINNING).then_some(*day);
                open = Some(RateChange { model, from, until: None, before, after });
            }
        }
        changes.extend(open);
    }
    changes
}

/// Whether tokens cost the same at both.
pub(super) fn same(one: Option<&Rates>, two: Option<&Rates>) -> bool {
    let price = |rates: &Rates| (rates.input, rates.cached_input.unwrap_or(rates.input), rates.output);
    one.map(price) == two.map(price)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::{Amount, PerMillion};
    use proptest::prelude::*;

    fn rate(model: &str, from: Option<i32>, input: i64, shipped: bool) -> Rates {
        let per = |n| PerMillion::new(Amount::from_int(n)).unwrap();
        let effective = from.map(Day::from_number);
        Rates { model: model.into(), effective, input: per(input), cached_input: None, output: per(1), shipped }
    }

    fn book(rates: &[Rates]) -> PriceBook {
        PriceBook { rates: rates.to_vec(), ..PriceBook::default() }
    }

    fn shown(before: &PriceBook, after: &PriceBook) -> Vec<String> {
        let input = |rates: Option<&Rates>| rates.map_or("-".into(), |r| r.input.amount().to_string());
        let day = |day: Option<Day>| day.map_or("-".into(), |d| d.number().to_string());
        diff(before, after)
            .iter()
            .map(|c| {
                format!(
                    "{} {} {}..{} {} {}",
                    c.what(),
                    c.model,
                    day(c.from),
                    day(c.until),
                    input(c.before),
                    input(c.after)
                )
            })
            .collect()
    }

    #[test]
    fn rates_that_differ_are_new_or_gone_are_told_with_their_days() {
        let before = book(&[rate("a", None, 1, true), rate("b", None, 5, true), rate("c", None, 9, true)]);
        let after = book(&[
            rate("a", None, 1, true),
            rate("a", Some(10), 2, true),
            rate("c", None, 9, true),
            rate("d", Some(3), 4, true),
        ]);
        assert_eq!(shown(&before, &after), ["changed a 10..- 1 2", "gone b -..- 5 -", "new d 3..- - 4"]);
    }

    #[test]
    fn what_a_stated_rate_hides_is_no_difference() {
        let stated = rate("a", Some(10), 7, false);
        let before = book(&[stated.clone(), rate("a", None, 1, true)]);
        let after = book(&[stated, rate("a", None, 2, true)]);
        assert_eq!(shown(&before, &after), ["changed a -..10 1 2"]);
        assert_eq!(shown(&before, &before), [""; 0]);
    }

    proptest! {
        #[test]
        fn the_difference_says_of_every_day_what_the_books_say(
            one in proptest::collection::vec((0usize..4, proptest::option::of(0i32..6), 1i64..3, any::<bool>()), 0..8),
            two in proptest::collection::vec((0usize..4, proptest::option::of(0i32..6), 1i64..3, any::<bool>()), 0..8),
        ) {
            let models = ["m", "m-2026-01-01", "m-2026-02-02", "n"];
            let make = |rates: &[(usize, Option<i32>, i64, bool)]| {
                book(&rates.iter().map(|(m, from, input, shipped)| rate(models[*m], *from, *input, *shipped)).collect::<Vec<_>>())
            };
            let (one, two) = (make(&one), make(&two));
            let changes = diff(&one, &two);
            for model in models {
                if !one.rates.iter().chain(&two.rates).any(|rate| rate.model == model) {
                    continue;
                }
                for day in (-1..7).map(Day::from_number) {
                    let told = changes.iter().find(|c| {
                        c.model == model && c.from.is_none_or(|from| from <= day) && c.until.is_none_or(|until| day < until)
                    });
                    let (before, after) = (one.rates(model, day), two.rates(model, day));
                    match told {
                        None => prop_assert!(same(before, after)),
                        Some(change) => {
                            prop_assert!(!same(before, after));
                            prop_assert!(same(change.before, before) && same(change.after, after));
                        }
                    }
                }
            }
        }
    }
}
