//! `pricing.json`: credit pools and stated rates, read with the place of
//! whatever is wrong, over the shipped prices.

use std::path::Path;

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::models::normal;
use super::shipped::CURRENCY;
use super::{Lot, PriceBook, Rates};
use crate::amount::{Amount, AmountError, Fixed, PerMillion, Quantity, UnitCost};
use crate::calendar::Day;
use crate::place::PlacedError;

/// Lots a book may have; each has a number in every draw.
const MAX_LOTS: usize = 10_000;

/// The documented file. Values are taken as their text, so that each can be
/// pointed at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileJson<'a> {
    #[serde(borrow)]
    currency: Option<&'a RawValue>,
    #[serde(borrow)]
    credit_pools: Option<&'a RawValue>,
    #[serde(borrow)]
    models: Option<&'a RawValue>,
    #[serde(rename = "$comment")]
    _dollar_comment: Option<IgnoredAny>,
    _comment: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PoolJson<'a> {
    #[serde(borrow)]
    pool_id: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    effective_date: Option<&'a RawValue>,
    #[serde(borrow)]
    expires: Option<&'a RawValue>,
    #[serde(borrow)]
    credits_purchased: Option<&'a RawValue>,
    #[serde(borrow)]
    purchase_amount: Option<&'a RawValue>,
    #[serde(borrow)]
    currency: Option<&'a RawValue>,
    #[serde(rename = "$comment")]
    _dollar_comment: Option<IgnoredAny>,
    _comment: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelJson<'a> {
    #[serde(borrow)]
    model: Option<&'a RawValue>,
    #[serde(borrow)]
    effective_date: Option<&'a RawValue>,
    #[serde(borrow)]
    input_per_1m: Option<&'a RawValue>,
    #[serde(borrow)]
    input_per_1k: Option<&'a RawValue>,
    #[serde(borrow)]
    cached_input_per_1m: Option<&'a RawValue>,
    #[serde(borrow)]
    cached_input_per_1k: Option<&'a RawValue>,
    #[serde(borrow)]
    output_per_1m: Option<&'a RawValue>,
    #[serde(borrow)]
    output_per_1k: Option<&'a RawValue>,
    #[serde(rename = "$comment")]
    _dollar_comment: Option<IgnoredAny>,
    _comment: Option<IgnoredAny>,
}

impl PriceBook {
    /// Reads `pricing.json`. What it states for a model wins from its
    /// `effective_date` on; the shipped prices, which are in US dollars, stay
    /// for everything else unless the file's currency is another.
    ///
    /// # Errors
    /// A sentence with line and column, for text that is not JSON, a key that
    /// is not known, and a value that cannot be meant.
    pub fn parse(text: &str, file: &Path) -> Result<Self, PlacedError> {
        let page = Page { text: text.strip_prefix('\u{feff}').unwrap_or(text), file };
        if page.text.trim().is_empty() {
            let what = "is empty; write {\"credit_pools\": []} for a book without credit pools";
            return Err(PlacedError::new(file, what));
        }
        let whole: FileJson<'_> = page.object(page.text, "")?;
        // Comments are passed over; what is no JSON in them is an error all the
        // same, since the file could not be edited.
        page.json::<serde_json::Value>(page.text, "")?;
        let currency = page.currency(whole.currency, "currency")?.unwrap_or_else(|| CURRENCY.into());
        let lots = page.lots(whole.credit_pools, &currency)?;
        let mut rates = page.models(whole.models)?;
        if currency == CURRENCY {
            rates.extend(Self::shipped().rates);
        }
        Ok(Self { lots, rates, currency, ..Self::default() })
    }

    /// As [`PriceBook::parse`]; without a file, the shipped prices alone.
    ///
    /// # Errors
    /// As [`PriceBook::parse`].
    pub fn parse_or_shipped(text: Option<&str>, file: &Path) -> Result<Self, PlacedError> {
        text.map_or_else(|| Ok(Self::shipped()), |text| Self::parse(text, file))
    }
}

/// The text of a file, to point into.
struct Page<'a> {
    text: &'a str,
    file: &'a Path,
}

impl<'a> Page<'a> {
    /// An error at a part of the text.
    fn fail(&self, part: &str, what: impl Into<String>) -> PlacedError {
        let at = (part.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize);
        self.fail_at(at.unwrap_or(0), what)
    }

    fn fail_at(&self, at: usize, what: impl Into<String>) -> PlacedError {
        let before = &self.text.as_bytes()[..at.min(self.text.len())];
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
        // Each character has one byte that does not continue another.
        let column = before[start..].iter().filter(|b| **b & 0xc0 != 0x80).count() + 1;
        let mut error = PlacedError::new(self.file, what);
        (error.line, error.column) = (Some(line as u64), Some(column as u64));
        error
    }

    /// An object. Checked by its brace, since an array would be read as the
    /// fields in their order.
    fn object<T: Deserialize<'a>>(&self, part: &'a str, path: &str) -> Result<T, PlacedError> {
        if !part.trim_start().starts_with('{') {
            let what = if path.is_empty() { "the file" } else { path };
            return Err(self.fail(part, format!("{what} must be an object in braces, not {}", shown(part.trim()))));
        }
        self.json(part, path)
    }

    /// `path` names the part in messages.
    fn json<T: Deserialize<'a>>(&self, part: &'a str, path: &str) -> Result<T, PlacedError> {
        serde_json::from_str(part).map_err(|error| {
            let lines = part.split_inclusive('\n').take(error.line().saturating_sub(1));
            let mut at = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
            let mut what = PlacedError::json(self.file, &error).what;
            if let Some((key, better)) = about_key(&what) {
                // The error stands behind the key; show the key itself.
                let until = part.get(..(at + 1).min(part.len())).unwrap_or_default();
                at = until.rfind(&format!("\"{key}\"")).unwrap_or(at);
                what = better;
            }
            let base = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
            self.fail_at(base + at, if path.is_empty() { what } else { format!("{path}: {what}") })
        })
    }

    fn list(&self, part: Option<&'a RawValue>, path: &str) -> Result<Vec<&'a str>, PlacedError> {
        let Some(part) = part else { return Ok(Vec::new()) };
        if !part.get().starts_with('[') {
            let what = format!("{path} must be a list in brackets, not {}", shown(part.get()));
            return Err(self.fail(part.get(), what));
        }
        let list: Vec<&RawValue> = self.json(part.get(), path)?;
        Ok(list.into_iter().map(RawValue::get).collect())
    }

    /// A text that is not blank, trimmed. Names reach the terminal and files,
    /// so they have no control characters.
    fn text(&self, part: &RawValue, path: &str) -> Result<String, PlacedError> {
        let read: Result<String, _> = serde_json::from_str(part.get());
        match read.as_deref().map(str::trim) {
            Ok("") => Err(self.fail(part.get(), format!("{path} is empty"))),
            Ok(text) if text.chars().any(char::is_control) => {
                Err(self.fail(part.get(), format!("{path} has a control character in it: {}", shown(part.get()))))
            }
            Ok(text) => Ok(text.to_string()),
            Err(_) => Err(self.fail(part.get(), format!("{path} must be a text in quotes, not {}", shown(part.get())))),
        }
    }

    fn number<U>(&self, part: &RawValue, path: &str) -> Result<Fixed<U>, PlacedError> {
        let text = part.get();
        let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
        Fixed::parse(inner).map_err(|error| self.fail(text, format!("{path}: {} {error}", shown(text))))
    }

    fn day(&self, part: Option<&RawValue>, path: &str) -> Result<Option<Day>, PlacedError> {
        let Some(part) = part else { return Ok(None) };
        let text = self.text(part, path)?;
        Day::parse(&text).map(Some).map_err(|error| self.fail(part.get(), format!("{path}: “{text}” {error}")))
    }

    fn currency(&self, part: Option<&RawValue>, path: &str) -> Result<Option<String>, PlacedError> {
        let Some(part) = part else { return Ok(None) };
        let code = self.text(part, path)?.to_ascii_uppercase();
        if code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) {
            return Ok(Some(code));
        }
        Err(self
            .fail(part.get(), format!("{path} must be a code of three letters such as USD, not {}", shown(part.get()))))
    }

    fn lots(&self, part: Option<&'a RawValue>, currency: &str) -> Result<Vec<Lot>, PlacedError> {
        let entries = self.list(part, "credit_pools")?;
        if let Some(over) = entries.get(MAX_LOTS) {
            return Err(self.fail(over, format!("credit_pools has more than {MAX_LOTS} entries")));
        }
        let mut seen = FxHashMap::default();
        let mut lots = Vec::with_capacity(entries.len());
        for (at, entry) in entries.into_iter().enumerate() {
            let path = format!("credit_pools[{at}]");
            let lot = self.lot(entry, &path, currency)?;
            if let Some(first) = seen.insert((lot.name.clone(), lot.effective), at) {
                let dated = lot.effective.map_or_else(|| "without a date".into(), |day| format!("of {day}"));
                let what = format!(
                    "{path} is “{}” {dated} again, like credit_pools[{first}]; give each purchase its own name or date",
                    lot.name
                );
                return Err(self.fail(entry, what));
            }
            lots.push(lot);
        }
        // The order of drawing; of one date the order of the file.
        lots.sort_by_key(|lot| lot.effective);
        Ok(lots)
    }

    fn lot(&self, entry: &'a str, path: &str, currency: &str) -> Result<Lot, PlacedError> {
        let pool: PoolJson<'_> = self.object(entry, path)?;
        let key = |key: &str| format!("{path}.{key}");
        let name = match (pool.pool_id, pool.name) {
            (Some(id), None) => self.text(id, &key("pool_id"))?,
            (None, Some(name)) => self.text(name, &key("name"))?,
            (None, None) => return Err(self.fail(entry, format!("{path} needs a `pool_id` (or `name`)"))),
            (Some(_), Some(name)) => {
                let what = format!("{path} has `pool_id` and `name`, which mean the same; keep one");
                return Err(self.fail(name.get(), what));
            }
        };
        let effective = self.day(pool.effective_date, &key("effective_date"))?;
        let expires = self.day(pool.expires, &key("expires"))?;
        if let (Some(part), Some(expires), Some(from)) = (pool.expires, expires, effective)
            && expires < from
        {
            return Err(
                self.fail(part.get(), format!("{} is {expires}, before it is effective on {from}", key("expires")))
            );
        }
        let bought = self.needed(pool.credits_purchased, entry, path, "credits_purchased")?;
        let credits: Quantity = self.number(bought, &key("credits_purchased"))?;
        let paid = self.needed(pool.purchase_amount, entry, path, "purchase_amount")?;
        let amount: Amount = self.number(paid, &key("purchase_amount"))?;
        if credits <= Quantity::ZERO {
            return Err(
                self.fail(bought.get(), format!("{} must be above zero; it is {credits}", key("credits_purchased")))
            );
        }
        let Some(cost) = UnitCost::new(amount, credits) else {
            return Err(
                self.fail(paid.get(), format!("{} must not be negative; it is {amount}", key("purchase_amount")))
            );
        };
        let own = self.currency(pool.currency, &key("currency"))?;
        if let (Some(own), Some(part)) = (own.as_deref().filter(|own| *own != currency), pool.currency) {
            let what =
                format!("{} is {own}, but this book is in {currency}, and nothing is converted", key("currency"));
            return Err(self.fail(part.get(), what));
        }
        Ok(Lot { name, effective, expires, credits, cost, amount, currency: currency.into() })
    }

    fn needed(
        &self,
        part: Option<&'a RawValue>,
        entry: &str,
        path: &str,
        key: &str,
    ) -> Result<&'a RawValue, PlacedError> {
        part.ok_or_else(|| self.fail(entry, format!("{path} needs `{key}`")))
    }

    fn models(&self, part: Option<&'a RawValue>) -> Result<Vec<Rates>, PlacedError> {
        let mut seen = FxHashMap::default();
        let mut list = Vec::new();
        for (at, entry) in self.list(part, "models")?.into_iter().enumerate() {
            let path = format!("models[{at}]");
            let rates = self.rates(entry, &path)?;
            if let Some(first) = seen.insert((normal(&rates.model).into_owned(), rates.effective), at) {
                let dated = rates.effective.map_or_else(|| "without a date".into(), |day| format!("from {day}"));
                let what = format!("{path} states {} {dated} again, like models[{first}]; keep one", rates.model);
                return Err(self.fail(entry, what));
            }
            list.push(rates);
        }
        Ok(list)
    }

    fn rates(&self, entry: &'a str, path: &str) -> Result<Rates, PlacedError> {
        let json: ModelJson<'_> = self.object(entry, path)?;
        let model = self.text(self.needed(json.model, entry, path, "model")?, &format!("{path}.model"))?;
        let effective = self.day(json.effective_date, &format!("{path}.effective_date"))?;
        let price = |class: &str, per_1m, per_1k| self.price(path, class, per_1m, per_1k);
        let input = price("input", json.input_per_1m, json.input_per_1k)?;
        let cached_input = price("cached_input", json.cached_input_per_1m, json.cached_input_per_1k)?;
        let output = price("output", json.output_per_1m, json.output_per_1k)?;
        let stated = |price: Option<PerMillion>, class: &str| {
            let what = || format!("{path} needs `{class}_per_1m` (or `{class}_per_1k`); write 0 for what is free");
            price.ok_or_else(|| self.fail(entry, what()))
        };
        let (input, output) = (stated(input, "input")?, stated(output, "output")?);
        Ok(Rates { model, effective, input, cached_input, output, shipped: false })
    }

    fn price(
        &self,
        path: &str,
        class: &str,
        per_1m: Option<&RawValue>,
        per_1k: Option<&RawValue>,
    ) -> Result<Option<PerMillion>, PlacedError> {
        let (part, key, thousand) = match (per_1m, per_1k) {
            (None, None) => return Ok(None),
            (Some(part), None) => (part, format!("{path}.{class}_per_1m"), false),
            (None, Some(part)) => (part, format!("{path}.{class}_per_1k"), true),
            (Some(_), Some(part)) => {
                let what = format!("{path} has `{class}_per_1m` and `{class}_per_1k`; keep one");
                return Err(self.fail(part.get(), what));
            }
        };
        let amount: Amount = self.number(part, &key)?;
        if amount.is_negative() {
            return Err(self.fail(part.get(), format!("{key} must not be negative; it is {amount}")));
        }
        let price = if thousand { PerMillion::from_per_thousand(amount) } else { PerMillion::new(amount) };
        price.map(Some).map_err(|error| {
            let what = match error {
                AmountError::TooFine => "is so fine that a single token needs more than 18 decimal places".to_string(),
                error => error.to_string(),
            };
            self.fail(part.get(), format!("{key}: {amount} {what}"))
        })
    }
}

/// The key that an error of `serde_json` is about, and the error in plain
/// words.
fn about_key(what: &str) -> Option<(String, String)> {
    let mut quoted = what.split('`').skip(1).step_by(2);
    let key = quoted.next()?.to_string();
    if what.starts_with("duplicate field") {
        let better = format!("the key `{}` stands here twice; keep one", key.escape_debug());
        return Some((key, better));
    }
    let known: Vec<&str> = quoted.filter(|known| !known.contains("comment")).collect();
    what.starts_with("unknown field").then(|| {
        let better = format!("there is no key `{}`; the keys here are {}", key.escape_debug(), known.join(", "));
        (key, better)
    })
}

/// A value as it stands in the file, cut for a message.
fn shown(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_string(),
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
