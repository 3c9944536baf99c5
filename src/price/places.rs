//! Where a price comes from: the line of `pricing.json` that states a rate or
//! a purchase of credits, and the day of the list that is shipped.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::models::normal;
use super::{Lot, Rates};
use crate::calendar::Day;

/// The lines of a `pricing.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PricePlaces {
    lots: Vec<Place>,
    rates: Vec<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// Of a model in its normal form.
    name: String,
    effective: Option<Day>,
    line: u64,
}

#[derive(Deserialize)]
struct FileJson<'a> {
    #[serde(borrow)]
    credit_pools: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    models: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct EntryJson {
    pool_id: Option<String>,
    name: Option<String>,
    model: Option<String>,
    effective_date: Option<String>,
}

impl PricePlaces {
    /// Of a text that made a price book; of any other none are known.
    pub fn of(text: &str) -> Self {
        let Ok(file) = serde_json::from_str::<FileJson<'_>>(text.trim_start_matches('\u{feff}')) else {
            return Self::default();
        };
        let place = |raw: &RawValue, name: fn(EntryJson) -> Option<String>| {
            let entry: EntryJson = serde_json::from_str(raw.get()).ok()?;
            let effective = entry.effective_date.as_deref().map(str::trim).and_then(|day| Day::parse(day).ok());
            let before = (raw.get().as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
            let line = text.as_bytes().get(..before)?.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
            Some(Place { name: name(entry)?.trim().to_owned(), effective, line })
        };
        let lots = file.credit_pools.unwrap_or_default();
        let rates = file.models.unwrap_or_default();
        Self {
            lots: lots.into_iter().filter_map(|raw| place(raw, |entry| entry.pool_id.or(entry.name))).collect(),
            rates: rates
                .into_iter()
                .filter_map(|raw| place(raw, |entry| entry.model.map(|model| normal(model.trim()).into_owned())))
                .collect(),
        }
    }

    /// The line at which a lot begins.
    pub fn lot(&self, lot: &Lot) -> Option<u64> {
        find(&self.lots, &lot.name, lot.effective)
    }

    /// The line at which a stated rate begins; none for a shipped one.
    pub fn rate(&self, rate: &Rates) -> Option<u64> {
        if rate.shipped { None } else { find(&self.rates, &normal(&rate.model), rate.effective) }
    }
}

fn find(places: &[Place], name: &str, effective: Option<Day>) -> Option<u64> {
    places.iter().find(|place| place.name == name && place.effective == effective).map(|place| place.line)
}

/// The day on which the shipped prices were taken down, `2026-11-22`; empty
/// where the list does not say.
pub fn shipped_on() -> &'static str {
    #[derive(Deserialize)]
    struct Dated {
        snapshot_date: String,
    }
    static DAY: LazyLock<String> = LazyLock::new(|| {
        let list = serde_json::from_str::<Dated>(include_str!("../../assets/openai_prices.json"));
        list.map(|list| list.snapshot_date).unwrap_or_default()
    });
    &DAY
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::price::PriceBook;

    #[test]
    fn a_rate_and_a_lot_are_found_at_their_lines() {
        let text = "\u{feff}{\n  \"credit_pools\": [\n    { \"pool_id\": \"a\", \"credits_purchased\": 100, \"purchase_amount\": 5 },\n    { \"name\": \"a\", \"effective_date\": \"2026-02-01\",\n      \"credits_purchased\": 100, \"purchase_amount\": 6 }\n  ],\n  \"models\": [\n    { \"model\": \"GPT-4o\", \"input_per_1m\": 1, \"output_per_1m\": 2 }\n  ]\n}\n";
        let book = PriceBook::parse(text, Path::new("pricing.json")).unwrap();
        let places = PricePlaces::of(text);
        assert_eq!(book.lots.iter().map(|lot| places.lot(lot)).collect::<Vec<_>>(), [Some(3), Some(4)]);
        let stated: Vec<&Rates> = book.rates.iter().filter(|rate| !rate.shipped).collect();
        assert_eq!(stated.iter().map(|rate| places.rate(rate)).collect::<Vec<_>>(), [Some(8)]);
        let shipped = book.rates.iter().find(|rate| rate.shipped).unwrap();
        assert_eq!(places.rate(shipped), None);
    }

    #[test]
    fn the_shipped_list_says_its_day() {
        assert!(Day::parse(shipped_on()).is_ok(), "{}", shipped_on());
    }
}
