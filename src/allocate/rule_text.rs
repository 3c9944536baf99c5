//! `subsidies.json` with one rule changed, all else as it was: what people
//! wrote keeps its order, its values and its comments.

use std::path::Path;

use serde_json::{Map, Value};

use super::{SubsidyRule, parse_subsidies};
use crate::amount::Amount;
use crate::json_text::{other_number, rewritten, split_mark};

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
    let (mark, body) = split_mark(text);
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
    let after = rewritten(mark, body, &root)?;
    parse_subsidies(&after, file).map_err(|error| error.what)?;
    Ok(after)
}

fn is_named(rule: &Value, name: &str) -> bool {
    rule.get("name").and_then(Value::as_str).is_some_and(|known| known.trim() == name.trim())
}

/// Sets a number, unless the same number is there in whatever writing. Says
/// whether it did.
pub(super) fn set_number(entry: &mut Map<String, Value>, key: &str, amount: Amount) -> Result<bool, String> {
    let other = other_number(entry.get(key), amount)?;
    let changed = other.is_some();
    if let Some(number) = other {
        entry.insert(key.into(), number);
    }
    Ok(changed)
}
