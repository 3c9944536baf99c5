//! A newer price list laid over a book: either what a `pricing.json` states,
//! or a whole list in the shape of the one the program ships.

use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{PriceBook, shipped};
use crate::place::PlacedError;

/// Only as much as tells the two shapes apart.
#[derive(Deserialize)]
struct Shape<'a> {
    #[serde(borrow)]
    models: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Entry {
    rates: Option<serde::de::IgnoredAny>,
    mode: Option<serde::de::IgnoredAny>,
}

impl PriceBook {
    /// This book with the newer prices of a text in place of its own: a
    /// `pricing.json` takes the place of what the book states, a list in the
    /// shape of the shipped one that of the shipped list. The credit pools
    /// and names of models stay.
    ///
    /// # Errors
    /// With its place, what is neither, or prices that cannot be meant, or
    /// another currency.
    pub fn with_newer(&self, text: &str, file: &Path) -> Result<Self, PlacedError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let newer = if is_list(text) { shipped::parse_list(text, file)? } else { Self::parse(text, file)? };
        if newer.currency != self.currency {
            let what = format!("is in {}, and this book in {}; nothing is converted", newer.currency, self.currency);
            return Err(PlacedError::new(file, what));
        }
        let mut rates = newer.rates;
        if is_list(text) {
            rates.extend(self.rates.iter().filter(|rate| !rate.shipped).cloned());
        }
        Ok(Self { rates, currency: newer.currency, ..self.clone() })
    }
}

/// A `pricing.json` has one rate an entry, a list has all of a model in one.
fn is_list(text: &str) -> bool {
    let shape: Option<Shape<'_>> = serde_json::from_str(text).ok();
    let models = shape.and_then(|shape| shape.models).unwrap_or_default();
    let entry = |part: &&RawValue| serde_json::from_str::<Entry>(part.get()).ok();
    models.iter().filter_map(entry).any(|entry| entry.rates.is_some() || entry.mode.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::diff;

    fn newer(text: &str) -> Result<Vec<String>, String> {
        let own = "{\"models\": [{\"model\": \"house\", \"input_per_1m\": 1, \"output_per_1m\": 2}]}";
        let book = PriceBook::parse(own, Path::new("pricing.json")).unwrap();
        let newer = book.with_newer(text, Path::new("new.json")).map_err(|error| error.to_string())?;
        Ok(diff(&book, &newer).iter().map(|c| format!("{} {}", c.what(), c.model)).collect())
    }

    #[test]
    fn the_shipped_list_changes_nothing() {
        assert_eq!(newer(include_str!("../../assets/openai_prices.json")).unwrap(), [""; 0]);
    }

    #[test]
    fn each_shape_takes_the_place_of_its_own() {
        let stated = "{\"models\": [{\"model\": \"o3\", \"input_per_1m\": 7, \"output_per_1m\": 2}]}";
        assert_eq!(newer(stated).unwrap(), ["gone house", "changed o3", "changed o3"]);
        let list = "{\"models\": [{\"model\": \"o3\", \"rates\": [{\"input\": \"2\", \"cached_input\": \"0.5\", \"output\": \"8\"}]}]}";
        let changes = newer(list).unwrap();
        assert!(changes.contains(&"changed o3".into()) && changes.contains(&"gone gpt-4o".into()), "{changes:?}");
        assert!(!changes.iter().any(|change| change.ends_with("house")), "{changes:?}");
    }

    #[test]
    fn a_list_with_a_price_that_cannot_be_meant_is_refused() {
        let list = |input: &str| {
            format!(
                "{{\"models\": [\n{{\"model\": \"o3\", \"rates\": [{{\"input\": \"{input}\", \"output\": \"8\"}}]}}]}}"
            )
        };
        assert!(newer(&list("-1")).unwrap_err().contains("new.json: o3"));
        assert!(newer(&list("cheap")).unwrap_err().contains("new.json:2:"));
        assert!(newer("{\"models\": [], \"currency\": \"EUR\"}").unwrap_err().contains("EUR"));
    }
}
