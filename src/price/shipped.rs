//! The prices that come with the program: `assets/openai_prices.json` into
//! [`Rates`]. What `pricing.json` states lies over them.

use std::path::Path;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::models::{canonical, normal};
use super::{Multiple, PriceBook, Rates};
use crate::amount::{Amount, PerMillion};
use crate::calendar::Day;
use crate::place::PlacedError;

/// The currency the shipped prices are in.
pub(super) const CURRENCY: &str = "USD";

/// The part of the file that is used; its README has the whole of it.
#[derive(Deserialize)]
struct List {
    models: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    model: String,
    /// None for what is billed by the second, character or session.
    #[serde(default)]
    rates: Vec<Rate>,
    #[serde(default)]
    media: Media,
    #[serde(default)]
    tiers: Tiers,
    #[serde(default)]
    other: Other,
}

/// Today's prices of tiers that no rule derives from the standard ones.
#[derive(Default, Deserialize)]
struct Tiers {
    priority: Option<Rate>,
    above_272k_input: Option<Rate>,
    ultrafast: Option<Rate>,
}

/// What stands beside the prices of tokens: factors for regional processing.
#[derive(Default, Deserialize)]
struct Other {
    uplift_us: Option<Amount>,
    uplift_eu: Option<Amount>,
}

#[derive(Deserialize)]
struct Rate {
    from: Option<Day>,
    input: Amount,
    cached_input: Option<Amount>,
    cache_write: Option<Amount>,
    /// None where only images come out, which have a price of their own.
    output: Option<Amount>,
}

/// Prices of audio and image tokens, per million.
#[derive(Default, Deserialize)]
struct Media {
    audio_input: Option<Amount>,
    audio_output: Option<Amount>,
    image_input: Option<Amount>,
    image_output: Option<Amount>,
}

static SHIPPED: LazyLock<PriceBook> = LazyLock::new(|| {
    // The file is part of the program; a test reads it.
    let rates = serde_json::from_str(include_str!("../../assets/openai_prices.json")).map(rates).unwrap_or_default();
    PriceBook { rates, currency: CURRENCY.into(), ..PriceBook::default() }
});

/// What the shipped list says of one entry of its rates beyond input, cached
/// input and output.
#[derive(Default)]
pub(super) struct Extra {
    /// The rates that this goes with.
    beside: Option<Rates>,
    /// Per million tokens written to the cache.
    pub cache_write: Option<PerMillion>,
    /// The rates of the priority tier, and what it asks for a cache write.
    /// Only beside the rates in force today, since no others are known.
    pub priority: Option<(Rates, Option<PerMillion>)>,
    /// The same of prompts above 272,000 input tokens.
    pub long_context: Option<(Rates, Option<PerMillion>)>,
}

static EXTRA: LazyLock<FxHashMap<String, Vec<Extra>>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../assets/openai_prices.json"))
        .map(|list: List| list.models.iter().map(|model| (model.model.clone(), model.extras())).collect())
        .unwrap_or_default()
});

/// What more the list says of these rates; `None` for rates that it does not
/// have.
pub(super) fn extra(rates: &Rates) -> Option<&'static Extra> {
    let of_model = EXTRA.get(&rates.model)?;
    of_model.iter().find(|extra| extra.beside.as_ref() == Some(rates))
}

/// By the name in the list: what the model's tiers and regions ask, as
/// multiples of its standard price.
static MULTIPLES: LazyLock<FxHashMap<String, Vec<Multiple>>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../assets/openai_prices.json"))
        .map(|list: List| list.models.iter().map(|model| (model.model.clone(), model.multiples())).collect())
        .unwrap_or_default()
});

/// What the tiers and regions of a model ask, as multiples of its standard
/// price: those that are the same for all classes of token. Those of the name
/// itself, else of its canonical name; empty for a model that has none.
pub fn multiples(model: &str) -> &'static [Multiple] {
    let found = MULTIPLES.get(&*normal(model)).or_else(|| MULTIPLES.get(&*canonical(model)));
    found.map_or(&[], Vec::as_slice)
}

/// What a million tokens written to the cache cost beside these rates: as the
/// list ships it, `None` where it does not say.
pub fn cache_write(rates: &Rates) -> Option<PerMillion> {
    extra(rates).and_then(|extra| extra.cache_write)
}

impl PriceBook {
    /// The shipped prices alone, in USD, without credit pools.
    ///
    /// A model is left out where a count of tokens does not give its cost,
    /// because its audio or image tokens have a price of their own. A dated
    /// snapshot is left out where its price is that of its alias, so that what
    /// the book states for the alias holds for it too; a snapshot with another
    /// price stays.
    pub fn shipped() -> Self {
        SHIPPED.clone()
    }
}

/// Another list in the same shape.
///
/// # Errors
/// With its place, what is not such a list; or a price that cannot be meant,
/// by its model.
pub(super) fn parse_list(text: &str, file: &Path) -> Result<PriceBook, PlacedError> {
    let list: List = serde_json::from_str(text).map_err(|error| PlacedError::json(file, &error))?;
    for model in &list.models {
        let stated = model.rates.iter().filter(|rate| rate.output.is_some()).count();
        let name = model.model.trim();
        if name.is_empty() || name.chars().any(char::is_control) {
            let what = format!("has a model without a name that can be shown: “{}”", name.escape_debug());
            return Err(PlacedError::new(file, what));
        }
        if model.rates().count() != stated {
            let what = format!("{name} has a price that is negative or finer than a token's can be; mend it");
            return Err(PlacedError::new(file, what));
        }
    }
    Ok(PriceBook { rates: rates(list), currency: CURRENCY.into(), ..PriceBook::default() })
}

fn rates(list: List) -> Vec<Rates> {
    let mut rates: Vec<Rates> = list.models.iter().filter(|m| m.plain()).flat_map(Model::rates).collect();
    let current = |name: &str| {
        let of_name = rates.iter().filter(|r| r.model == name);
        of_name.max_by_key(|r| r.effective).map(|r| (r.input, r.cached_input, r.output))
    };
    let keep: Vec<bool> = rates
        .iter()
        .map(|r| {
            let alias = canonical(&r.model);
            alias == r.model.as_str() || current(&alias) != current(&r.model)
        })
        .collect();
    let mut keep = keep.into_iter();
    rates.retain(|_| keep.next().unwrap_or(true));
    rates.sort_by(|a, b| (&a.model, a.effective).cmp(&(&b.model, b.effective)));
    rates
}

impl Model {
    /// Whether a token costs the same whatever it encodes.
    fn plain(&self) -> bool {
        let same = |media: Option<Amount>, text: Option<Amount>| media.is_none() || media == text;
        self.rates.iter().all(|rate| {
            same(self.media.audio_input, Some(rate.input))
                && same(self.media.image_input, Some(rate.input))
                && same(self.media.audio_output, rate.output)
                && same(self.media.image_output, rate.output)
        })
    }

    fn rates(&self) -> impl Iterator<Item = Rates> {
        self.rates.iter().filter_map(|rate| rate.named(&self.model))
    }

    fn multiples(&self) -> Vec<Multiple> {
        let Some(today) = self.rates.iter().max_by_key(|rate| rate.from) else { return Vec::new() };
        let tiers = [("priority", &self.tiers.priority), ("ultrafast", &self.tiers.ultrafast)];
        let tiers = tiers.into_iter().filter_map(|(name, tier)| tier.as_ref()?.multiple_of(today, name));
        let region = self.other.uplift_us.or(self.other.uplift_eu);
        let region = region.and_then(|factor| Multiple::new("region", factor.units(), Amount::from_int(1).units()));
        tiers.chain(region).collect()
    }

    fn extras(&self) -> Vec<Extra> {
        let last = self.rates.iter().map(|rate| rate.from).max().flatten();
        let extra = |rate: &Rate| {
            let today = |tier: &Option<Rate>| {
                let tier = tier.as_ref().filter(|_| rate.from == last)?;
                Some((tier.named(&self.model)?, tier.cache_write()))
            };
            let (priority, long_context) = (today(&self.tiers.priority), today(&self.tiers.above_272k_input));
            Extra { beside: rate.named(&self.model), cache_write: rate.cache_write(), priority, long_context }
        };
        self.rates.iter().map(extra).collect()
    }
}

impl Rate {
    fn named(&self, model: &str) -> Option<Rates> {
        Some(Rates {
            model: model.into(),
            effective: self.from,
            input: PerMillion::new(self.input).ok()?,
            cached_input: self.cached_input.map(PerMillion::new).transpose().ok()?,
            output: PerMillion::new(self.output?).ok()?,
            shipped: true,
        })
    }

    /// This as a multiple of another rate, if it is one for every class.
    fn multiple_of(&self, other: &Self, name: &'static str) -> Option<Multiple> {
        let whole = Multiple::new(name, self.input.units(), other.input.units())?;
        let pairs = [(self.cached_input, other.cached_input), (self.output, other.output)];
        let same = pairs.into_iter().all(|pair| match pair {
            (Some(tier), Some(list)) => whole.of(list) == Some(tier),
            _ => true,
        });
        same.then_some(whole)
    }

    fn cache_write(&self) -> Option<PerMillion> {
        self.cache_write.and_then(|price| PerMillion::new(price).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn price(model: &str, on: &str) -> Option<[String; 3]> {
        let book = PriceBook::shipped();
        book.rates(model, day(on)).map(|r| {
            [r.input.amount(), r.cached_input.unwrap_or(r.input).amount(), r.output.amount()].map(|a| a.to_string())
        })
    }

    #[test]
    fn the_shipped_list_is_read_whole() {
        let list: List = serde_json::from_str(include_str!("../../assets/openai_prices.json")).unwrap();
        assert!(list.models.len() > 150);
        for model in &list.models {
            let readable = model.rates().count();
            let priced = model.rates.iter().filter(|r| r.output.is_some()).count();
            assert_eq!(readable, priced, "{}", model.model);
        }
        let book = PriceBook::shipped();
        assert!(book.rates.len() > 70, "{}", book.rates.len());
        assert!(book.rates.iter().all(|r| r.shipped));
    }

    #[test]
    fn a_tier_is_a_multiple_of_the_standard_price_where_all_classes_agree() {
        let shown = |model| -> Vec<String> {
            multiples(model).iter().map(|m| format!("{} {}", m.name, m.of(Amount::from_int(33)).unwrap())).collect()
        };
        assert_eq!(shown("gpt-4o"), ["priority 56.1"]);
        assert_eq!(shown("OpenAI/gpt-4o-2031-01-01"), ["priority 56.1"]);
        assert_eq!(shown("gpt-4o-2024-05-13"), ["priority 57.75"]);
        assert_eq!(shown("o4-mini"), ["priority 60"], "2 to 1.1 is no decimal, and still exact");
        assert_eq!(shown("gpt-6-astra"), ["priority 66", "ultrafast 198", "region 36.3"]);
        assert!(shown("mystery").is_empty());
    }

    #[test]
    fn a_price_steps_on_its_day_for_the_alias_and_its_snapshot() {
        for model in ["o3", "o3-2025-04-16", "openai/o3"] {
            assert_eq!(price(model, "2025-06-09").unwrap(), ["10", "2.5", "40"], "{model}");
            assert_eq!(price(model, "2025-06-10").unwrap(), ["2", "0.5", "8"], "{model}");
        }
        assert_eq!(price("gpt-5.6-luna", "2026-07-29").unwrap(), ["1", "0.1", "6"]);
        assert_eq!(price("gpt-5.6-luna", "2026-07-30").unwrap(), ["0.2", "0.02", "1.2"]);
        assert_eq!(price("gpt-5.6-sol", "2026-09-04").unwrap(), ["4", "0.4", "20"]);
    }

    #[test]
    fn a_snapshot_with_a_price_of_its_own_keeps_it() {
        assert_eq!(price("gpt-4o-2024-05-13", "2026-01-01").unwrap(), ["5", "5", "15"]);
        assert_eq!(price("gpt-4o-2024-08-06", "2026-01-01").unwrap(), ["2.5", "1.25", "10"]);
        assert_eq!(price("gpt-4o-2031-01-01", "2026-01-01").unwrap(), ["2.5", "1.25", "10"]);
        assert_eq!(price("gpt-3.5-turbo-1106", "2026-01-01").unwrap(), ["1", "1", "2"]);
    }

    #[test]
    fn a_fine_tune_is_priced_by_its_base_with_date() {
        assert_eq!(price("ft:gpt-4o-2024-08-06:org::id", "2026-01-01").unwrap(), ["3.75", "1.875", "15"]);
        assert_eq!(price("ft:o4-mini:org::id", "2026-01-01").unwrap(), ["4", "1", "16"], "its only snapshot");
        assert_eq!(price("ft:gpt-4o:org::id", "2026-01-01"), None, "two snapshots differ: which one is not known");
    }

    #[test]
    fn what_a_token_count_does_not_price_has_no_rate() {
        for model in ["gpt-image-1", "gpt-realtime", "gpt-audio", "whisper-1", "sora-2", "aurora-mini"] {
            assert_eq!(price(model, "2026-01-01"), None, "{model}");
        }
        assert!(price("gpt-4o-transcribe", "2026-01-01").is_some(), "its audio costs what its text costs");
    }
}
