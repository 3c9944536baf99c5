//! An `ai_model_pricing` table taken into `pricing.json`: rows of prices with
//! dates, as a proxy keeps them, into stated rates.

use std::path::{Path, PathBuf};

use super::diff::same;
use super::edit::edit_all;
use super::models::normal;
use super::{PriceBook, PriceEdit, Rates};
use crate::amount::{Amount, AmountError, PerMillion};
use crate::calendar::{Day, Instant};
use crate::place::PlacedError;

/// A table as texts, from whatever holds it.
#[derive(Debug, Clone)]
pub struct PriceTable {
    /// For messages.
    pub file: PathBuf,
    pub header: Vec<String>,
    /// The line of each row, or its number, and its cells; blank where there
    /// is no value.
    pub rows: Vec<(u64, Vec<String>)>,
}

/// A row that says nothing for the price book, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    pub line: u64,
    pub model: String,
    pub why: String,
}

/// What an import makes of `pricing.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The text of the file with the rates in it.
    pub text: String,
    /// Rates stated anew or changed.
    pub stated: usize,
    /// Rows that say what is in force already.
    pub unchanged: usize,
    pub left_out: Vec<LeftOut>,
    /// What somebody should know before saying yes, in sentences.
    pub remarks: Vec<String>,
}

/// The prices of one row.
struct Row {
    line: u64,
    model: String,
    effective: Option<Day>,
    input: PerMillion,
    cached: Option<PerMillion>,
    output: PerMillion,
}

/// Where the columns stand.
struct Columns {
    model: usize,
    provider: Option<usize>,
    /// Per million, per thousand.
    input: [Option<usize>; 2],
    cached: [Option<usize>; 2],
    output: [Option<usize>; 2],
    per_unit: Option<usize>,
    unit: Option<usize>,
    active: Option<usize>,
    effective: Option<usize>,
}

/// The first day there is.
const BEGINNING: Day = Day::from_number(i32::MIN);

impl PriceTable {
    /// # Errors
    /// With its line, what is no CSV.
    pub fn from_csv(text: &str, file: &Path) -> Result<Self, PlacedError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(text.as_bytes());
        let wrong = |error: &csv::Error| {
            let line = error.position().map(csv::Position::line);
            let what = match error.kind() {
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    format!("has {len} cells where the header has {expected_len}")
                }
                _ => format!("cannot be taken apart into cells: {error}"),
            };
            PlacedError { line, ..PlacedError::new(file, what) }
        };
        let texts = |record: &csv::StringRecord| record.iter().map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
        let header = texts(reader.headers().map_err(|e| wrong(&e))?);
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|e| wrong(&e))?;
            let line = record.position().map_or(0, csv::Position::line);
            rows.push((line, texts(&record)));
        }
        Ok(Self { file: file.into(), header, rows })
    }

    /// States the table's prices in the text of a `pricing.json`. Rows of
    /// other providers than those named, inactive ones, and those priced by
    /// anything but tokens are left out.
    ///
    /// Where the table has no price for cached input and its input price is
    /// the one in force on that day, the cached price in force stays.
    ///
    /// # Errors
    /// All that is wrong with the table, each with its place; then nothing is
    /// imported.
    pub fn import(&self, pricing: &str, providers: &[String]) -> Result<Imported, Vec<PlacedError>> {
        let columns = self.columns().map_err(|error| vec![error])?;
        let (mut rows, mut left_out, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        for (line, cells) in &self.rows {
            if cells.iter().all(String::is_empty) {
                continue;
            }
            match self.row(&columns, *line, cells, providers) {
                Ok(Ok(row)) => rows.push(row),
                Ok(Err(why)) => {
                    left_out.push(LeftOut { line: *line, model: cell(cells, Some(columns.model)).to_owned(), why });
                }
                Err(error) => wrong.push(error),
            }
        }
        // By model and day, so that the order of the table does not matter.
        rows.sort_by(|a, b| (normal(&a.model), a.effective, a.line).cmp(&(normal(&b.model), b.effective, b.line)));
        for pair in rows.windows(2) {
            if let [first, second] = pair
                && normal(&first.model) == normal(&second.model)
                && first.effective == second.effective
                && (first.input, first.cached, first.output) != (second.input, second.cached, second.output)
            {
                let what = format!("prices {} again, otherwise than line {}; keep one", second.model, first.line);
                wrong.push(self.fail(second.line, what));
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        self.state(pricing, &rows, left_out).map_err(|error| vec![error])
    }

    fn state(&self, pricing: &str, rows: &[Row], left_out: Vec<LeftOut>) -> Result<Imported, PlacedError> {
        let mut done = Imported { text: pricing.to_owned(), stated: 0, unchanged: 0, left_out, remarks: Vec::new() };
        let blank = pricing.trim().is_empty();
        // Kept as the text will be, so that a long table is not read over and
        // over.
        let mut book = if blank { PriceBook::shipped() } else { PriceBook::parse(pricing, Path::new("pricing.json"))? };
        let mut edits = Vec::new();
        for row in rows {
            let known = book.rates(&row.model, row.effective.unwrap_or(BEGINNING));
            let kept = known.filter(|known| known.input == row.input).and_then(|known| known.cached_input);
            let cached_input = row.cached.or(kept);
            let rates = Rates {
                model: row.model.clone(),
                effective: row.effective,
                input: row.input,
                cached_input,
                output: row.output,
                shipped: false,
            };
            if same(known, Some(&rates)) {
                done.unchanged += 1;
                continue;
            }
            if cached_input.is_none() && known.is_some_and(|known| known.cached_input.is_some()) {
                done.remarks.push(format!(
                    "{} has no price for cached input in the table: it will cost what input costs. Set one with trueup prices set --cached.",
                    row.model
                ));
            }
            edits.push(PriceEdit::SetRate {
                model: row.model.clone(),
                effective: row.effective,
                input: row.input,
                cached_input,
                output: row.output,
            });
            let is_it = |known: &Rates| {
                !known.shipped && known.effective == row.effective && normal(&known.model) == normal(&row.model)
            };
            book.rates.retain(|known| !is_it(known));
            book.rates.push(rates);
            done.stated += 1;
        }
        if !edits.is_empty() {
            done.text = edit_all(pricing, &edits).map_err(|what| PlacedError::new(&self.file, what))?;
        }
        Ok(done)
    }

    fn fail(&self, line: u64, what: impl Into<String>) -> PlacedError {
        PlacedError { line: Some(line), ..PlacedError::new(&self.file, what) }
    }

    fn columns(&self) -> Result<Columns, PlacedError> {
        let find = |names: &[&str]| {
            self.header.iter().position(|column| names.iter().any(|name| column.trim().eq_ignore_ascii_case(name)))
        };
        let prices = |class: &str| {
            ["1m", "1k"].map(|per| find(&[&format!("{class}_price_per_{per}"), &format!("{class}_per_{per}")]))
        };
        let columns = Columns {
            model: find(&["model_name", "model"]).unwrap_or(usize::MAX),
            provider: find(&["provider"]),
            input: prices("input"),
            cached: prices("cached_input"),
            output: prices("output"),
            per_unit: find(&["price_per_unit"]),
            unit: find(&["unit_type"]),
            active: find(&["is_active"]),
            effective: find(&["effective_date"]),
        };
        let missing: Vec<&str> = [
            (columns.model == usize::MAX, "model_name"),
            (columns.input == [None, None], "input_price_per_1m (or input_price_per_1k)"),
            (columns.output == [None, None], "output_price_per_1m (or output_price_per_1k)"),
        ]
        .into_iter()
        .filter_map(|(is, name)| is.then_some(name))
        .collect();
        if missing.is_empty() {
            return Ok(columns);
        }
        let what = format!(
            "is no table of model prices: it lacks {}; it has {}",
            missing.join(", "),
            if self.header.is_empty() { "no columns".into() } else { self.header.join(", ") }
        );
        Err(PlacedError::new(&self.file, what))
    }

    /// The row, or why it is left out.
    fn row(
        &self,
        columns: &Columns,
        line: u64,
        cells: &[String],
        providers: &[String],
    ) -> Result<Result<Row, String>, PlacedError> {
        let model = cell(cells, Some(columns.model));
        if model.is_empty() || model.chars().any(char::is_control) {
            return Err(self.fail(line, "has no model name that can be shown; give it one or take the row out"));
        }
        let provider = cell(cells, columns.provider);
        if !provider.is_empty() && !providers.iter().any(|known| known.eq_ignore_ascii_case(provider)) {
            return Ok(Err(format!("of the provider {}", provider.escape_debug())));
        }
        if !self.is_active(line, cell(cells, columns.active))? {
            return Ok(Err("not active".into()));
        }
        let price = |class: &str, at| self.price(line, class, cells, at);
        let (input, cached, output) =
            (price("input", columns.input)?, price("cached input", columns.cached)?, price("output", columns.output)?);
        let free = |price: Option<PerMillion>| price.is_none_or(|price| price.amount().is_zero());
        let per_unit = cell(cells, columns.per_unit);
        let is_unit = !per_unit.is_empty() && Amount::parse(per_unit).map_or(true, |price| !price.is_zero());
        if is_unit && free(input) && free(output) {
            let unit = Some(cell(cells, columns.unit)).filter(|unit| !unit.is_empty()).unwrap_or("unit");
            return Ok(Err(format!("priced by the {}, not by tokens", unit.escape_debug())));
        }
        let stated = |price: Option<PerMillion>, class: &str| {
            price.ok_or_else(|| self.fail(line, format!("has no {class} price; write 0 for what is free")))
        };
        Ok(Ok(Row {
            line,
            model: model.to_owned(),
            effective: self.day(line, cell(cells, columns.effective))?,
            input: stated(input, "input")?,
            cached,
            output: stated(output, "output")?,
        }))
    }

    fn is_active(&self, line: u64, text: &str) -> Result<bool, PlacedError> {
        let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if text.is_empty() || is(&["true", "t", "1", "yes", "y"]) {
            Ok(true)
        } else if is(&["false", "f", "0", "no", "n"]) {
            Ok(false)
        } else {
            Err(self.fail(line, format!("is_active “{}” is neither true nor false", text.escape_debug())))
        }
    }

    /// A day, or the day of a point in time; `None` where blank.
    fn day(&self, line: u64, text: &str) -> Result<Option<Day>, PlacedError> {
        if text.is_empty() {
            return Ok(None);
        }
        let day = Day::parse(text).or_else(|_| Instant::parse(text).map(Instant::day));
        day.map(Some).map_err(|error| self.fail(line, format!("effective_date “{}” {error}", text.escape_debug())))
    }

    /// A price per million, from whichever column has it.
    fn price(
        &self,
        line: u64,
        class: &str,
        cells: &[String],
        [million, thousand]: [Option<usize>; 2],
    ) -> Result<Option<PerMillion>, PlacedError> {
        let read = |at: Option<usize>, make: fn(Amount) -> Result<PerMillion, AmountError>| {
            let text = cell(cells, at);
            if text.is_empty() {
                return Ok(None);
            }
            let price = Amount::parse(text)
                .and_then(|price| if price.is_negative() { Err(AmountError::NotANumber) } else { make(price) });
            price.map(Some).map_err(|error| {
                let what = match error {
                    AmountError::NotANumber => "is no price; write it like 2.50".to_owned(),
                    AmountError::TooFine => "is finer than the price of a token can be".to_owned(),
                    error => error.to_string(),
                };
                self.fail(line, format!("the {class} price “{}” {what}", text.escape_debug()))
            })
        };
        match (read(million, PerMillion::new)?, read(thousand, PerMillion::from_per_thousand)?) {
            (Some(one), Some(two)) if one != two => {
                let what = format!("has two {class} prices: {} and {} per million", one.amount(), two.amount());
                Err(self.fail(line, what))
            }
            (one, two) => Ok(one.or(two)),
        }
    }
}

fn cell(cells: &[String], at: Option<usize>) -> &str {
    at.and_then(|at| cells.get(at)).map_or("", |text| text.trim())
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
