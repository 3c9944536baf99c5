//! `trueup prices infer`: the rates that give what the bill says to the last
//! digit, the days they step, which known price they are, and with `--set`
//! into `pricing.json` where the book has others.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use super::super::prices_args::PricesInfer;
use super::super::shared_args::Format;
use super::super::{Ended, Failure, output, table};
use super::{day, effect, rewrite};
use crate::amount::Amount;
use crate::desk::{Desk, InferredPrice, text};
use crate::journal::ConfigFile;
use crate::price::{PriceBook, PriceEdit, edit};
use crate::reconcile::infer::{CLASS_ORDER, ClassRate, Proposal, Segment};
use crate::review::filter::Pattern;

pub fn run(args: &PricesInfer) -> Result<Ended, Failure> {
    let Some(desk) = effect::month(&args.files)? else {
        return Err(Failure(
            "There is no bill to take prices from; name one with --bill, or a book that has one with --book.".into(),
        ));
    };
    let wanted = args.model.as_deref().map(Pattern::wildcard);
    let found = desk.inferred_prices(&|name| wanted.as_ref().is_none_or(|wanted| wanted.matches(name)));
    let bytes = match args.format {
        Format::Json => json(&desk, &found)?,
        Format::Csv => {
            let rows: Vec<Vec<String>> = found.iter().flat_map(rows).collect();
            table::csv(&[0, 1, 12], &HEADER.map(str::to_owned), &rows)
        }
        Format::Text => output::shown(&people(args, &desk, &found)?).into_bytes(),
    };
    output::to_stdout(&bytes)
}

/// A table of what was found, what could not be found, what the book needs,
/// and what that would do to the month; with `--set`, what was written.
fn people(args: &PricesInfer, desk: &Desk, found: &[InferredPrice]) -> Result<String, Failure> {
    let mut out = format!("Prices in the bill of {}, per million tokens (UTC days)\n\n", desk.month());
    if found.is_empty() {
        out.push_str("No line of the bill says both tokens and money of such a model.\n");
        return Ok(out);
    }
    let rows: Vec<Vec<String>> = found.iter().flat_map(cells).collect();
    if !rows.is_empty() {
        let header = ["model", "from", "to", "equals", "input", "cached", "writes", "output", "fits", "of"];
        out.push_str(&table::columns(4, &header.map(str::to_owned), &rows));
        out.push('\n');
        if rows.iter().any(|row| row.iter().any(|cell| cell == "?")) {
            out.push_str(
                "? The lines do not tell: the class always goes along with another, or amounts are rounded.\n\n",
            );
        }
    }
    for price in found {
        if price.inference.segments.is_empty() {
            let _ = writeln!(out, "{}", price.inference.sentence());
        }
        for segment in price.inference.segments.iter().filter(|segment| !segment.residual.is_zero()) {
            let _ = writeln!(
                out,
                "{}: {} billed beyond that in the lines from {} to {} that do not fit.",
                price.inference.series.label(),
                text::money(segment.residual),
                segment.from,
                segment.to
            );
        }
        for (_, proposal) in &price.proposals {
            if let Proposal::Impossible(why) = proposal {
                let _ = writeln!(out, "{why}");
            }
        }
    }
    let edits = edits(found);
    if edits.is_empty() {
        out.push_str("Nothing is to be stated in pricing.json.\n");
        return Ok(out);
    }
    let pricing = pricing(args, &edits)?;
    let after =
        PriceBook::parse(&pricing.1, Path::new(ConfigFile::Pricing.name())).map_err(|e| Failure(e.to_string()))?;
    out.push_str(if args.set { "Stated in pricing.json:\n" } else { "To be stated in pricing.json:\n" });
    for edit in &edits {
        let _ = writeln!(out, "  {edit}");
    }
    let effect = (desk.month().to_string(), desk.under_prices(after));
    let _ = write!(out, "\n{}", effect::shown(Some(&effect)));
    if args.set {
        set(args, &edits, &pricing)?;
    } else {
        out.push_str("Nothing was written; give --set to write it.\n");
    }
    Ok(out)
}

/// All changes, each once: two spellings of a model may need the same one.
fn edits(found: &[InferredPrice]) -> Vec<&PriceEdit> {
    let mut edits: Vec<&PriceEdit> = Vec::new();
    for edit in found.iter().flat_map(InferredPrice::edits) {
        if !edits.contains(&edit) {
            edits.push(edit);
        }
    }
    edits
}

/// The text of `pricing.json` as it is and with the changes made. Two that set
/// the same price otherwise are refused: which is right is not for a program
/// to choose.
fn pricing(args: &PricesInfer, edits: &[&PriceEdit]) -> Result<(String, String), Failure> {
    let place = |edit: &PriceEdit| match edit {
        PriceEdit::SetRate { model, effective, .. } => Some((model.clone(), *effective)),
        _ => None,
    };
    for (number, one) in edits.iter().enumerate() {
        let other = edits.iter().take(number).find(|other| place(other) == place(one));
        if let Some(other) = other.filter(|_| args.set) {
            return Err(Failure(format!(
                "The bill says two prices of one model, {other} and {one}; nothing was written. Choose one with --model, \
                 or state the right one with trueup prices set."
            )));
        }
    }
    let config = crate::book::Config::load(&args.files.book).map_err(super::failure)?;
    let before = config.texts.get(&ConfigFile::Pricing).cloned().unwrap_or_default();
    let after = edits.iter().try_fold(before.clone(), |text, change| edit(&text, change)).map_err(Failure)?;
    Ok((before, after))
}

fn set(args: &PricesInfer, edits: &[&PriceEdit], (seen, after): &(String, String)) -> Result<(), Failure> {
    rewrite(&args.files.book, |_, before| {
        if before != seen {
            return Err(Failure("pricing.json was changed meanwhile; nothing was written. Try again.".into()));
        }
        let list: Vec<String> = edits.iter().map(ToString::to_string).collect();
        Ok((after.clone(), format!("from the bill: {}", list.join("; "))))
    })?;
    Ok(())
}

fn rate(rate: ClassRate) -> String {
    match rate {
        ClassRate::Solved(price) => price.amount().to_string(),
        ClassRate::Undetermined => "?".into(),
        ClassRate::Unused => "-".into(),
    }
}

/// For people: a row for each price.
fn cells(price: &InferredPrice) -> impl Iterator<Item = Vec<String>> {
    price.inference.segments.iter().map(|segment| {
        let names = [price.inference.series.label(), segment.from.to_string(), segment.to.to_string()];
        let counts = [segment.fits, segment.of].map(|count| text::count(i64::from(count)));
        let known = std::iter::once(segment.known_in_words());
        names.into_iter().chain(known).chain(segment.rates.map(rate)).chain(counts).collect()
    })
}

const HEADER: [&str; 13] = [
    "model",
    "tier",
    "long_context",
    "from",
    "to",
    "input_per_1m",
    "cached_input_per_1m",
    "cache_write_per_1m",
    "output_per_1m",
    "fits",
    "of",
    "residual",
    "equals",
];

fn rows(price: &InferredPrice) -> impl Iterator<Item = Vec<String>> {
    let series = &price.inference.series;
    price.inference.segments.iter().map(|segment| {
        let names = [series.model.clone(), series.tier.clone(), series.long_context.to_string()];
        let days = [day(Some(segment.from)), day(Some(segment.to))];
        let rates = segment.rates.map(|rate| super::price(rate.solved()));
        let ends =
            [segment.fits.to_string(), segment.of.to_string(), segment.residual.to_string(), segment.known_in_words()];
        names.into_iter().chain(days).chain(rates).chain(ends).collect()
    })
}

#[derive(Serialize)]
struct Report<'a> {
    period: String,
    models: Vec<ModelReport<'a>>,
}

#[derive(Serialize)]
struct ModelReport<'a> {
    model: &'a str,
    tier: &'a str,
    long_context: bool,
    lines: u32,
    /// Empty where no price explains most of the lines.
    prices: Vec<PriceReport>,
    sentence: String,
}

#[derive(Serialize)]
struct PriceReport {
    from: String,
    to: String,
    /// `null` where the lines do not tell, or have no such tokens.
    input_per_1m: Option<String>,
    cached_input_per_1m: Option<String>,
    cache_write_per_1m: Option<String>,
    output_per_1m: Option<String>,
    /// Classes that were billed and cannot be told.
    undetermined: Vec<&'static str>,
    fits: u32,
    of: u32,
    residual: Amount,
    equals: Option<String>,
    /// Whether the price book has these prices already.
    in_force: bool,
    /// What to state in `pricing.json`, or why that cannot be done.
    proposals: Vec<String>,
}

fn json(desk: &Desk, found: &[InferredPrice]) -> Result<Vec<u8>, Failure> {
    let models = found.iter().map(|price| {
        let inference = &price.inference;
        let prices = inference.segments.iter().enumerate();
        ModelReport {
            model: &inference.series.model,
            tier: &inference.series.tier,
            long_context: inference.series.long_context,
            lines: inference.lines,
            prices: prices.map(|(number, segment)| report(price, number, segment)).collect(),
            sentence: inference.sentence(),
        }
    });
    let report = Report { period: desk.month().to_string(), models: models.collect() };
    let mut bytes = serde_json::to_vec_pretty(&report).map_err(|e| Failure(e.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn report(price: &InferredPrice, number: usize, segment: &Segment) -> PriceReport {
    let of_segment = || price.proposals.iter().filter(move |(of, _)| *of == number).map(|(_, proposal)| proposal);
    let [input, cached, write, output] =
        segment.rates.map(|rate| rate.solved().map(|price| price.amount().to_string()));
    let classes = CLASS_ORDER.iter().zip(segment.rates);
    PriceReport {
        from: segment.from.to_string(),
        to: segment.to.to_string(),
        input_per_1m: input,
        cached_input_per_1m: cached,
        cache_write_per_1m: write,
        output_per_1m: output,
        undetermined: classes.filter(|(_, rate)| *rate == ClassRate::Undetermined).map(|(c, _)| c.label()).collect(),
        fits: segment.fits,
        of: segment.of,
        residual: segment.residual,
        equals: segment.known.as_ref().map(|_| segment.known_in_words()),
        in_force: of_segment().all(|proposal| *proposal == Proposal::InForce),
        proposals: of_segment()
            .filter_map(|proposal| match proposal {
                Proposal::InForce => None,
                Proposal::Set(edit) => Some(edit.to_string()),
                Proposal::Impossible(why) => Some(why.clone()),
            })
            .collect(),
    }
}
