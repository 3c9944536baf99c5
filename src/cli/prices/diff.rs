//! `trueup prices diff`: what a newer price list would change, in prices and
//! in the dollars of a month.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use super::super::prices_args::PricesDiff;
use super::super::shared_args::Format;
use super::super::{Ended, Failure, output, table};
use super::{day, effect, price};
use crate::price::{PriceBook, RateChange, Rates, diff};

pub fn run(args: &PricesDiff) -> Result<Ended, Failure> {
    let before = effect::prices_of(&args.files)?;
    let text = read(&args.against)?;
    let after = before.with_newer(&text, &args.against).map_err(|error| Failure(error.to_string()))?;
    let changes = diff(&before, &after);
    let bytes = match args.format {
        Format::Csv => {
            let header = names(HEADER);
            table::csv(&[1], &header, &changes.iter().map(row).collect::<Vec<_>>())
        }
        Format::Json => {
            let effect = effect::of(&args.files, &after)?;
            let report = Report {
                against: args.against.display().to_string(),
                changes: changes.iter().map(change).collect(),
                month: effect.as_ref().map(effect::report),
            };
            let mut bytes = serde_json::to_vec_pretty(&report).map_err(|e| Failure(e.to_string()))?;
            bytes.push(b'\n');
            bytes
        }
        Format::Text => {
            let mut out = shown(&changes, &format!("{} and the price book", args.against.display()));
            if !changes.is_empty() {
                let _ = write!(out, "\n{}", effect::shown(effect::of(&args.files, &after)?.as_ref()));
            }
            output::shown(&out).into_bytes()
        }
    };
    output::to_stdout(&bytes)
}

/// # Errors
/// A sentence for what cannot be read.
pub fn read(path: &Path) -> Result<String, Failure> {
    let bytes = std::fs::read(path).map_err(|e| Failure(format!("{} cannot be read: {e}.", path.display())))?;
    String::from_utf8(bytes).map_err(|_| Failure(format!("{} is not UTF-8; save it again as UTF-8.", path.display())))
}

/// Differences between two books as a table for people.
pub fn differences(before: &PriceBook, after: &PriceBook, what: &str) -> String {
    shown(&diff(before, after), what)
}

fn shown(changes: &[RateChange<'_>], what: &str) -> String {
    if changes.is_empty() {
        return format!("{what} have the same prices in force on every day.\n");
    }
    let header = names(["", "model", "from", "until", "input", "", "cached", "", "output", ""]);
    table::columns(4, &header, &changes.iter().map(arrows).collect::<Vec<_>>())
}

/// A class that stays is told once, one that changes as `2.5 → 3`. Cached
/// input without a price of its own costs what input costs.
fn arrows(change: &RateChange<'_>) -> Vec<String> {
    let classes: [fn(&Rates) -> String; 3] =
        [|r| price(Some(r.input)), |r| price(Some(r.cached_input.unwrap_or(r.input))), |r| price(Some(r.output))];
    let mut cells = vec![change.what().to_owned(), change.model.to_owned(), day(change.from), day(change.until)];
    for class in classes {
        let side = |rates: Option<&Rates>| rates.map_or("-".into(), class);
        let (before, after) = (side(change.before), side(change.after));
        let second = if before == after { String::new() } else { format!("→ {after}") };
        cells.extend([before, second]);
    }
    cells
}

const HEADER: [&str; 10] = [
    "change",
    "model",
    "from",
    "until",
    "input_before",
    "input_after",
    "cached_before",
    "cached_after",
    "output_before",
    "output_after",
];

fn names(names: [&str; 10]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

fn row(change: &RateChange<'_>) -> Vec<String> {
    let both = |class: fn(&Rates) -> String| [change.before, change.after].map(|r| r.map(class).unwrap_or_default());
    let first = [change.what().to_owned(), change.model.to_owned(), day(change.from), day(change.until)];
    let classes = [both(|r| price(Some(r.input))), both(|r| price(r.cached_input)), both(|r| price(Some(r.output)))];
    first.into_iter().chain(classes.into_iter().flatten()).collect()
}

#[derive(Serialize)]
struct Report {
    against: String,
    changes: Vec<ChangeReport>,
    /// `null` where no month is loaded.
    month: Option<effect::EffectReport>,
}

#[derive(Serialize)]
struct ChangeReport {
    change: &'static str,
    model: String,
    from: Option<String>,
    until: Option<String>,
    before: Option<RatesReport>,
    after: Option<RatesReport>,
}

#[derive(Serialize)]
struct RatesReport {
    input_per_1m: String,
    cached_input_per_1m: Option<String>,
    output_per_1m: String,
}

fn change(change: &RateChange<'_>) -> ChangeReport {
    let rates = |rates: Option<&Rates>| {
        rates.map(|rates| RatesReport {
            input_per_1m: price(Some(rates.input)),
            cached_input_per_1m: rates.cached_input.map(|cached| price(Some(cached))),
            output_per_1m: price(Some(rates.output)),
        })
    };
    ChangeReport {
        change: change.what(),
        model: change.model.to_owned(),
        from: change.from.map(|day| day.to_string()),
        until: change.until.map(|day| day.to_string()),
        before: rates(change.before),
        after: rates(change.after),
    }
}
