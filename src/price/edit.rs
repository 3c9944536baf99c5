//! Edits made on the screen, as changes to the text of `pricing.json`:
//! everything else in it stays, in its order.

use std::fmt;
use std::path::Path;

use serde_json::{Map, Value};

use super::PriceBook;
use super::models::normal;
use crate::amount::{Amount, Fixed, PerMillion, Quantity};
use crate::calendar::Day;
use crate::json_text::{other_number, rewritten, split_mark};

/// Which entry of `credit_pools` is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotKey {
    pub name: String,
    pub effective: Option<Day>,
}

/// One change to what `pricing.json` states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceEdit {
    /// States the rates of a model from a day on, or changes those stated.
    SetRate {
        model: String,
        effective: Option<Day>,
        input: PerMillion,
        cached_input: Option<PerMillion>,
        output: PerMillion,
    },
    /// Takes stated rates away. Shipped prices cannot be removed.
    RemoveRate {
        model: String,
        effective: Option<Day>,
    },
    /// Adds a purchase of credits, or changes the one named by `lot`.
    SetLot {
        lot: Option<LotKey>,
        name: String,
        effective: Option<Day>,
        credits: Quantity,
        amount: Amount,
    },
    RemoveLot {
        lot: LotKey,
    },
}

/// The text of `pricing.json` with the edit made: keys and numbers that it does
/// not concern stay as they are, indented by two blanks, with the file's own
/// line ends. A blank `text` is a new file.
///
/// # Errors
/// A sentence, when the entry is not there or the result would not be a price
/// book.
pub fn edit(text: &str, edit: &PriceEdit) -> Result<String, String> {
    edit_all(text, std::slice::from_ref(edit))
}

/// As [`edit`], one edit after the other.
///
/// # Errors
/// As [`edit`]; then none of them is made.
pub(super) fn edit_all(text: &str, edits: &[PriceEdit]) -> Result<String, String> {
    let name = Path::new("pricing.json");
    let (mark, bare) = split_mark(text);
    let bare = if bare.trim().is_empty() { "{\"currency\": \"USD\", \"credit_pools\": []}\n" } else { bare };
    PriceBook::parse(bare, name).map_err(|error| error.to_string())?;
    let mut root: Value = serde_json::from_str(bare).map_err(|error| error.to_string())?;
    let root_map = root.as_object_mut().ok_or("pricing.json is not an object in braces")?;
    edits.iter().try_for_each(|edit| apply(root_map, edit))?;
    let out = rewritten(mark, bare, &root)?;
    PriceBook::parse(&out, name).map_err(|error| error.what)?;
    Ok(out)
}

fn apply(root: &mut Map<String, Value>, edit: &PriceEdit) -> Result<(), String> {
    match edit {
        PriceEdit::SetRate { model, effective, input, cached_input, output } => {
            let models = entries(root, "models")?;
            let found = models.iter().position(|entry| is_rate(entry, model, *effective));
            let mut entry = match found.and_then(|at| models.get(at)).and_then(Value::as_object) {
                Some(entry) => entry.clone(),
                None => new_entry("model", model, *effective),
            };
            set_price(&mut entry, "input", Some(*input))?;
            set_price(&mut entry, "cached_input", *cached_input)?;
            set_price(&mut entry, "output", Some(*output))?;
            put(models, found, entry);
        }
        PriceEdit::RemoveRate { model, effective } => {
            let models = entries(root, "models")?;
            let found = models.iter().position(|entry| is_rate(entry, model, *effective));
            let at = found.ok_or_else(|| {
                format!("pricing.json states no rate for {model}{}; shipped prices cannot be removed", from(*effective))
            })?;
            models.remove(at);
        }
        PriceEdit::SetLot { lot, name, effective, credits, amount } => {
            let pools = entries(root, "credit_pools")?;
            let found = lot.as_ref().map(|key| find_lot(pools, key)).transpose()?;
            let mut entry = match found.and_then(|at| pools.get(at)).and_then(Value::as_object) {
                Some(entry) => entry.clone(),
                None => new_entry("pool_id", name, *effective),
            };
            let key = if text_of(&entry, "name").is_some() { "name" } else { "pool_id" };
            if text_of(&entry, key) != Some(name.trim()) {
                entry.insert(key.into(), Value::String(name.clone()));
            }
            if date_of(&entry) != *effective {
                set_after(&mut entry, key, "effective_date", effective.map(|day| Value::String(day.to_string())));
            }
            set_number(&mut entry, "effective_date", "credits_purchased", *credits)?;
            set_number(&mut entry, "credits_purchased", "purchase_amount", *amount)?;
            put(pools, found, entry);
        }
        PriceEdit::RemoveLot { lot } => {
            let pools = entries(root, "credit_pools")?;
            let at = find_lot(pools, lot)?;
            pools.remove(at);
        }
    }
    Ok(())
}

/// The array under a key, made when it is missing.
fn entries<'a>(root: &'a mut Map<String, Value>, key: &str) -> Result<&'a mut Vec<Value>, String> {
    let value = root.entry(key).or_insert_with(|| Value::Array(Vec::new()));
    if value.is_null() {
        *value = Value::Array(Vec::new());
    }
    value.as_array_mut().ok_or_else(|| format!("`{key}` in pricing.json is not a list"))
}

fn put(list: &mut Vec<Value>, at: Option<usize>, entry: Map<String, Value>) {
    match at.and_then(|at| list.get_mut(at)) {
        Some(place) => *place = Value::Object(entry),
        None => list.push(Value::Object(entry)),
    }
}

fn new_entry(key: &str, name: &str, effective: Option<Day>) -> Map<String, Value> {
    let mut entry = Map::new();
    entry.insert(key.into(), Value::String(name.trim().into()));
    if let Some(day) = effective {
        entry.insert("effective_date".into(), Value::String(day.to_string()));
    }
    entry
}

fn text_of<'a>(entry: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    entry.get(key).and_then(Value::as_str).map(str::trim)
}

fn date_of(entry: &Map<String, Value>) -> Option<Day> {
    text_of(entry, "effective_date").and_then(|text| Day::parse(text).ok())
}

fn is_rate(entry: &Value, model: &str, effective: Option<Day>) -> bool {
    let entry = entry.as_object();
    entry.is_some_and(|e| text_of(e, "model").map(normal) == Some(normal(model)) && date_of(e) == effective)
}

fn find_lot(pools: &[Value], key: &LotKey) -> Result<usize, String> {
    let is_it = |entry: &Value| {
        entry.as_object().is_some_and(|entry| {
            let name = text_of(entry, "pool_id").or_else(|| text_of(entry, "name"));
            name == Some(key.name.trim()) && date_of(entry) == key.effective
        })
    };
    let found = pools.iter().position(is_it);
    found.ok_or_else(|| format!("pricing.json has no credit pool “{}”{}", key.name, from(key.effective)))
}

fn from(effective: Option<Day>) -> String {
    effective.map(|day| format!(" from {day}")).unwrap_or_default()
}

/// Puts a value where the key stands, or behind another key; `None` takes the
/// key away.
fn set_after(entry: &mut Map<String, Value>, behind: &str, key: &str, value: Option<Value>) {
    match (entry.get_mut(key), value) {
        (Some(old), Some(value)) => *old = value,
        (Some(_), None) => {
            entry.shift_remove(key);
        }
        (None, Some(value)) => {
            let at = entry.keys().position(|k| k == behind).map_or(entry.len(), |at| at + 1);
            entry.shift_insert(at, key.into(), value);
        }
        (None, None) => {}
    }
}

/// Sets a number, unless the same number is there in whatever writing.
fn set_number<U>(entry: &mut Map<String, Value>, behind: &str, key: &str, value: Fixed<U>) -> Result<(), String> {
    if let Some(number) = other_number(entry.get(key), value)? {
        set_after(entry, behind, key, Some(number));
    }
    Ok(())
}

/// The keys that a further price is put behind, the last one that is there.
const PRICES: [&str; 4] = ["input_per_1k", "input_per_1m", "cached_input_per_1k", "cached_input_per_1m"];

/// Sets the price of a token class, per 1k where the entry has it so.
fn set_price(entry: &mut Map<String, Value>, class: &str, price: Option<PerMillion>) -> Result<(), String> {
    let (million, thousand) = (format!("{class}_per_1m"), format!("{class}_per_1k"));
    let Some(price) = price else {
        entry.shift_remove(&million);
        entry.shift_remove(&thousand);
        return Ok(());
    };
    let behind = PRICES.iter().rev().find(|key| entry.contains_key(**key)).copied().unwrap_or("effective_date");
    if entry.get(&thousand).is_some_and(|value| !value.is_null()) {
        // A price per million is a whole number of 10⁻¹², so this is exact.
        let amount = Amount::from_units(price.amount().units() / 1_000);
        return set_number(entry, behind, &thousand, amount);
    }
    set_number(entry, behind, &million, price.amount())
}

impl fmt::Display for PriceEdit {
    /// One line for the journal: `gpt-4o from 2026-01-08: input 2.5, cached
    /// input 1.25, output 10 per 1M tokens`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetRate { model, effective, input, cached_input, output } => {
                write!(f, "{model}{}: input {}, ", from(*effective), input.amount())?;
                if let Some(cached) = cached_input {
                    write!(f, "cached input {}, ", cached.amount())?;
                }
                write!(f, "output {} per 1M tokens", output.amount())
            }
            Self::RemoveRate { model, effective } => {
                write!(f, "{model}{}: stated rate removed", from(*effective))
            }
            Self::SetLot { name, effective, credits, amount, .. } => {
                write!(f, "credit pool {name}{}: {credits} credits for {amount}", from(*effective))
            }
            Self::RemoveLot { lot } => write!(f, "credit pool {}{}: removed", lot.name, from(lot.effective)),
        }
    }
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
