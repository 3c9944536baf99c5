//! What the tokens of one row cost: at list price or at the price of the tier
//! that it was processed in, with what was written to the cache.
//!
//! A row goes in, with the rates of all models; an amount comes out, or the
//! reason why the price book has none.

use super::tokens::{cost, tokens_of};
use super::{RateTable, Rates, Tokens, shipped};
use crate::amount::{Amount, AmountError, PerMillion};
use crate::usage::{Lines, Names};

/// Why a row has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoPrice {
    /// No rate is known for its model on its day.
    Model,
    /// It does not say how its tokens split into input and output.
    Split,
    /// It counts something else than tokens.
    Unit,
    /// No price is known for the tier it was processed in.
    Tier,
    /// It is billed at the higher rates of a long context, which the book does
    /// not have.
    LongContext,
    /// Tokens were written to the cache, and what that costs is not known.
    CacheWrite,
    /// Some of its tokens are sound or pictures.
    Media,
    /// The amount cannot be held exactly.
    Range,
    /// It states its amount in another currency than the book's.
    Currency,
}

impl NoPrice {
    /// In words, to stand behind "it has no price: ".
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Model => "the price book has no rate for its model on its day",
            Self::Split => "it does not say how its tokens split into input and output",
            Self::Unit => "it counts something else than tokens",
            Self::Tier => "the price book has no price for the tier it was processed in",
            Self::LongContext => "the price book has no price for a long context",
            Self::CacheWrite => "the price book does not say what writing to the cache costs",
            Self::Media => "some of its tokens are sound or pictures, which cost otherwise than text",
            Self::Range => "its cost cannot be held exactly",
            Self::Currency => "its amount is in another currency than the book's, and nothing is converted",
        }
    }
}

/// How a row was processed, as far as prices go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tier {
    List,
    /// Batch and flex cost half of the list price, whatever the class of a
    /// token: real bills are exactly that.
    Half,
    Priority,
    /// Tokens given for the use of the data: used, and never billed.
    Free,
    Other,
}

impl Tier {
    fn of(text: &str) -> Self {
        match text {
            "" | "default" | "standard" => Self::List,
            "batch" | "flex" => Self::Half,
            "priority" => Self::Priority,
            "incentivized-tier" => Self::Free,
            _ => Self::Other,
        }
    }
}

/// Whether nothing but the list prices of input, cached input and output is
/// needed for a row.
pub fn at_list(names: &Names, lines: &Lines, row: u32) -> bool {
    Tier::of(names.text(lines.tier(row))) == Tier::List
        && !lines.long_context(row)
        && lines.cache_write(row).is_none_or(|tokens| tokens == 0)
        && lines.modalities(row).is_none_or(|modalities| modalities.is_text())
}

/// What a row's tokens cost, exactly, in the book's currency, whether or not
/// the row states an amount. `names` and `rates` are those of the lines.
///
/// # Errors
/// [`NoPrice`] where the price book does not say.
pub fn price_of(names: &Names, rates: &RateTable<'_>, lines: &Lines, row: u32) -> Result<Amount, NoPrice> {
    if lines.foreign(row).is_some() {
        return Err(NoPrice::Currency);
    }
    let tier = Tier::of(names.text(lines.tier(row)));
    if tier == Tier::Free {
        return Ok(Amount::ZERO);
    }
    if lines.long_context(row) {
        return Err(NoPrice::LongContext);
    }
    if lines.modalities(row).is_some_and(|modalities| !modalities.is_text()) {
        return Err(NoPrice::Media);
    }
    if lines.total(row).is_none_or(|total| total == 0) && lines.quantity(row).is_some() {
        return Err(NoPrice::Unit);
    }
    let tokens = tokens_of(lines, row).ok_or(NoPrice::Split)?;
    let written = lines.cache_write(row).unwrap_or(0);
    let uncached = tokens.uncached.checked_sub(written).filter(|rest| *rest >= 0 && written >= 0);
    let tokens = Tokens { uncached: uncached.ok_or(NoPrice::Split)?, ..tokens };
    if tokens.uncached | tokens.cached | tokens.output | written == 0 {
        return Err(NoPrice::Split);
    }
    let model = lines.model(row);
    let list = lines.day(row).map_or_else(|| rates.undated(model), |day| rates.rates(model, day));
    let list = list.ok_or(NoPrice::Model)?;
    let extra = shipped::extra(list);
    let write = extra.and_then(|extra| extra.cache_write);
    match tier {
        Tier::List => sum(list, write, tokens, written),
        Tier::Half => halved(sum(list, write, tokens, written)?),
        Tier::Priority => {
            let (rates, write) = extra.and_then(|extra| extra.priority.as_ref()).ok_or(NoPrice::Tier)?;
            sum(rates, *write, tokens, written)
        }
        Tier::Free | Tier::Other => Err(NoPrice::Tier),
    }
}

fn sum(rates: &Rates, write: Option<PerMillion>, tokens: Tokens, written: i64) -> Result<Amount, NoPrice> {
    let range = |_: AmountError| NoPrice::Range;
    let plain = cost(rates, tokens).map_err(range)?;
    if written == 0 {
        return Ok(plain);
    }
    let writes = write.ok_or(NoPrice::CacheWrite)?.cost_of(written).map_err(range)?;
    plain.checked_add(writes).map_err(range)
}

fn halved(amount: Amount) -> Result<Amount, NoPrice> {
    let units = amount.units();
    if units % 2 == 0 { Ok(Amount::from_units(units / 2)) } else { Err(NoPrice::Range) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Instant;
    use crate::price::PriceBook;
    use crate::price::value::tests::request_lines;
    use crate::usage::{Line, Modalities};

    /// A million tokens in, half of them cached, and 100,000 out, in May 2026.
    fn row<'a>(model: &'a str, tier: &'a str) -> Line<'a> {
        Line {
            at: Some(Instant::start_of("2026-09-20".parse().unwrap())),
            model,
            tier,
            input: Some(1_000_000),
            cached: Some(500_000),
            output: Some(100_000),
            ..Line::default()
        }
    }

    fn price(book: &PriceBook, line: Line<'_>) -> Result<String, NoPrice> {
        let (names, lines) = request_lines(&[line]);
        price_of(&names, &book.for_names(&names), &lines, 0).map(|amount| amount.to_string())
    }

    fn shipped(line: Line<'_>) -> Result<String, NoPrice> {
        price(&PriceBook::shipped(), line)
    }

    #[test]
    fn a_tier_costs_what_the_list_says_of_it() {
        // gpt-4.1: 2 in, 0.50 cached, 8 out; priority 3.50, 0.875 and 14.
        let expect = [("", "2.05"), ("default", "2.05"), ("batch", "1.025"), ("flex", "1.025"), ("priority", "3.5875")];
        for (tier, cost) in expect {
            assert_eq!(shipped(row("gpt-4.1-2025-04-14", tier)).as_deref(), Ok(cost), "{tier}");
        }
        assert_eq!(shipped(row("gpt-4.1", "scale")), Err(NoPrice::Tier));
        assert_eq!(shipped(row("babbage-002", "priority")), Err(NoPrice::Tier));
    }

    #[test]
    fn a_free_token_costs_nothing_and_that_is_a_price() {
        assert_eq!(shipped(row("mystery", "incentivized-tier")).as_deref(), Ok("0"));
    }

    #[test]
    fn the_priority_tier_is_known_for_the_price_of_today_only() {
        let old =
            |tier| Line { at: Some(Instant::start_of("2026-09-03".parse().unwrap())), ..row("gpt-5.6-sol", tier) };
        assert!(shipped(row("gpt-5.6-sol", "priority")).is_ok());
        assert!(shipped(old("default")).is_ok());
        assert_eq!(shipped(old("priority")), Err(NoPrice::Tier));
    }

    #[test]
    fn a_write_to_the_cache_has_a_price_of_its_own() {
        // gpt-5.6-sol: 4 in, 0.40 cached, 5 written, 20 out.
        let line = |model| Line { cache_write: Some(100_000), ..row(model, "") };
        assert_eq!(shipped(line("gpt-5.6-sol")).as_deref(), Ok("4.3"));
        assert_eq!(shipped(Line { tier: "batch", ..line("gpt-5.6-sol") }).as_deref(), Ok("2.15"));
        assert_eq!(shipped(line("gpt-4.1")), Err(NoPrice::CacheWrite));
        assert_eq!(shipped(Line { cache_write: Some(500_001), ..row("gpt-5.6-sol", "") }), Err(NoPrice::Split));
        assert_eq!(shipped(Line { cache_write: Some(-1), ..row("gpt-5.6-sol", "") }), Err(NoPrice::Split));
    }

    #[test]
    fn what_pricing_json_states_is_halved_too_and_has_no_priority_price() {
        let mut book = PriceBook::shipped();
        let per = |text: &str| PerMillion::new(text.parse().unwrap()).unwrap();
        let stated = Rates {
            model: "gpt-4.1".into(),
            effective: None,
            input: per("1"),
            cached_input: None,
            output: per("0.000003"),
            shipped: false,
        };
        book.rates.push(stated);
        assert_eq!(price(&book, row("gpt-4.1", "batch")).as_deref(), Ok("0.50000015"));
        assert_eq!(price(&book, row("gpt-4.1", "priority")), Err(NoPrice::Tier));
    }

    #[test]
    fn every_row_without_a_price_says_why() {
        let audio = Modalities { audio_input: 1, ..Modalities::default() };
        let quantity = Some("3".parse().unwrap());
        let cases = [
            (row("mystery", ""), NoPrice::Model),
            (Line { long_context: true, ..row("gpt-4.1", "") }, NoPrice::LongContext),
            (Line { modalities: Some(audio), ..row("gpt-4.1", "") }, NoPrice::Media),
            (Line { input: None, output: None, total: Some(9), ..row("gpt-4.1", "") }, NoPrice::Split),
            (Line { input: None, output: None, quantity, ..row("gpt-4.1", "") }, NoPrice::Unit),
        ];
        for (line, why) in cases {
            assert_eq!(shipped(line.clone()), Err(why), "{line:?}");
        }
        let mut book = PriceBook::shipped();
        let least = PerMillion::new("0.000000000001".parse().unwrap()).unwrap();
        let (effective, shipped) = (None, false);
        book.rates.push(Rates {
            model: "m".into(),
            effective,
            input: least,
            cached_input: None,
            output: least,
            shipped,
        });
        let line = Line { input: Some(1), cached: None, output: Some(0), ..row("m", "batch") };
        assert_eq!(price(&book, line), Err(NoPrice::Range), "half of the smallest amount there is");
    }
}
