//! `subsidies.json` with one rule changed, all else as it was: what people
//! wrote keeps its order, its values and its comments.

use std::path::Path;

use serde_json::{Map, Number, Value};

use super::{SubsidyRule, parse_subsidies};
use crate::amount::Amount;

/// The text with one rule changed as `change` does, which says whether it
/// changed anything, after `check` let the rule through. The layout becomes two
/// blanks a level, line ends and a byte order mark stay. Where nothing changes
/// the text stays as it is.
///
/// # Errors
/// A sentence, when the text is no valid `subsidies.json` before or after, has
/// no such rule, or what `check` or `change` refuse.
pub(super) fn with_rule(
    text: &str,
    name: &str,
    check: impl FnOnce(&SubsidyRule) -> Result<(), String>,
    change: impl FnOnce(&mut Map<String, Value>) -> Result<bool, String>,
) -> Result<String, String> {
    let file = Path::new("subsidies.json");
    let rules = parse_subsidies(text, file).map_err(|error| error.to_string())?;
    let Some(rule) = rules.iter().find(|rule| rule.name == name) else {
        let names: Vec<String> = rules.iter().map(|rule| format!("“{}”", rule.name)).collect();
        return Err(format!("subsidies.json has no rule “{name}”; it has {}.", names.join(", ")));
    };
    check(rule)?;
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut root: Value = serde_json::from_str(body).map_err(|error| error.to_string())?;
    let entry = root
        .get_mut("subsidies")
        .and_then(Value::as_array_mut)
        .and_then(|list| list.iter_mut().find(|rule| is_named(rule, name)))
        .and_then(Value::as_object_mut)
        .ok_or_else(|| format!("rule “{name}” of subsidies.json is no object in braces"))?;
    if !change(entry)? {
        return Ok(text.to_owned());
    }
    let mut after = serde_json::to_string_pretty(&root).map_err(|error| error.to_string())?;
    if body.ends_with('\n') {
        after.push('\n');
    }
    if body.contains("\r\n") {
        // Line ends within strings are escaped, so these are the layout's.
        after = after.replace('\n', "\r\n");
    }
    if text.starts_with('\u{feff}') {
        after.insert(0, '\u{feff}');
    }
    parse_subsidies(&after, file).map_err(|error| error.what)?;
    Ok(after)
}

fn is_named(rule: &Value, name: &str) -> bool {
    rule.get("name").and_then(Value::as_str).is_some_and(|known| known.trim() == name.trim())
}

/// Sets a number, unless the same number is there in whatever writing. Says
/// whether it did.
pub(super) fn set_number(entry: &mut Map<String, Value>, key: &str, amount: Amount) -> Result<bool, String> {
    let old = match entry.get(key) {
        Some(Value::Number(number)) => Amount::parse(number.to_string()).ok(),
        Some(Value::String(text)) => Amount::parse(text).ok(),
        _ => None,
    };
    if old == Some(amount) {
        return Ok(false);
    }
    let number: Number = serde_json::from_str(&amount.to_string()).map_err(|error| error.to_string())?;
    entry.insert(key.into(), Value::Number(number));
    Ok(true)
}
