//! `trueup prices list`: stated and shipped rates with their days, and the
//! credit pools.

use std::fmt::Write;

use serde::Serialize;

use super::super::prices_args::PricesList;
use super::super::shared_args::Format;
use super::super::{Ended, Failure, output, table};
use super::{day, failure, price};
use crate::book::{Config, now};
use crate::desk::text;
use crate::price::Rates;
use crate::review::filter::Pattern;

#[derive(Serialize)]
struct Report<'a> {
    currency: &'a str,
    /// The day that `in_force` is about.
    on: String,
    rates: Vec<RateReport<'a>>,
    credit_pools: Vec<LotReport<'a>>,
}

#[derive(Serialize)]
struct RateReport<'a> {
    model: &'a str,
    effective_date: Option<String>,
    input_per_1m: String,
    cached_input_per_1m: Option<String>,
    output_per_1m: String,
    source: &'static str,
    in_force: bool,
}

#[derive(Serialize)]
struct LotReport<'a> {
    pool_id: &'a str,
    effective_date: Option<String>,
    credits_purchased: String,
    purchase_amount: String,
}

pub fn run(args: &PricesList) -> Result<Ended, Failure> {
    let config = Config::load(&args.book).map_err(failure)?;
    let on = args.on.unwrap_or_else(|| now().day());
    let wanted = args.model.as_deref().map(Pattern::wildcard);
    let book = &config.prices;
    let index = book.index();
    let source = |rate: &Rates| if rate.shipped { "shipped" } else { "pricing.json" };
    let rates: Vec<(&Rates, bool)> = book
        .list()
        .into_iter()
        .filter(|rate| wanted.as_ref().is_none_or(|wanted| wanted.matches(&rate.model)))
        .map(|rate| (rate, index.rates(&rate.model, on).is_some_and(|found| std::ptr::eq(found, rate))))
        .collect();
    let header = |names: [&str; 7]| names.map(str::to_owned);
    let bytes = match args.format {
        Format::Json => {
            let report = Report {
                currency: &book.currency,
                on: on.to_string(),
                rates: rates
                    .iter()
                    .map(|(rate, in_force)| RateReport {
                        model: &rate.model,
                        effective_date: rate.effective.map(|day| day.to_string()),
                        input_per_1m: price(Some(rate.input)),
                        cached_input_per_1m: rate.cached_input.map(|cached| price(Some(cached))),
                        output_per_1m: price(Some(rate.output)),
                        source: source(rate),
                        in_force: *in_force,
                    })
                    .collect(),
                credit_pools: book
                    .lots
                    .iter()
                    .map(|lot| LotReport {
                        pool_id: &lot.name,
                        effective_date: lot.effective.map(|day| day.to_string()),
                        credits_purchased: lot.credits.to_string(),
                        purchase_amount: lot.amount.to_string(),
                    })
                    .collect(),
            };
            let mut bytes = serde_json::to_vec_pretty(&report).map_err(|e| Failure(e.to_string()))?;
            bytes.push(b'\n');
            bytes
        }
        Format::Csv => {
            let names = [
                "model",
                "effective_date",
                "input_per_1m",
                "cached_input_per_1m",
                "output_per_1m",
                "source",
                "in_force",
            ];
            let row = |(rate, in_force): &(&Rates, bool)| {
                let cells = [price(Some(rate.input)), price(rate.cached_input), price(Some(rate.output))];
                let ends = [source(rate).to_owned(), in_force.to_string()];
                [rate.model.clone(), day(rate.effective)].into_iter().chain(cells).chain(ends).collect()
            };
            table::csv(&[0], &header(names), &rates.iter().map(row).collect::<Vec<_>>())
        }
        Format::Text => {
            let names = ["model", "from", "source", "in force", "input", "cached", "output"];
            let row = |(rate, in_force): &(&Rates, bool)| {
                let words = [source(rate), if *in_force { "yes" } else { "" }].map(str::to_owned);
                let cells = [price(Some(rate.input)), price(rate.cached_input), price(Some(rate.output))];
                [rate.model.clone(), day(rate.effective)].into_iter().chain(words).chain(cells).collect()
            };
            let mut out = format!("{} per million tokens; in force on {on} (UTC)\n\n", book.currency);
            out.push_str(&table::columns(4, &header(names), &rates.iter().map(row).collect::<Vec<_>>()));
            if rates.is_empty() {
                out.push_str("No model fits.\n");
            }
            for lot in &book.lots {
                let from = lot.effective.map(|day| format!(" from {day}")).unwrap_or_default();
                let _ = write!(
                    out,
                    "\nCredit pool {}{from}: {} credits for {}",
                    lot.name,
                    lot.credits,
                    text::money(lot.amount)
                );
            }
            if !book.lots.is_empty() {
                out.push('\n');
            }
            output::shown(&out).into_bytes()
        }
    };
    output::to_stdout(&bytes)
}
