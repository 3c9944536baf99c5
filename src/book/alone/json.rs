//! Steps taken in a file of JSON: keys keep their order and numbers their
//! digits, laid out as every edit of the program lays them out.

use serde_json::{Map, Value};

use super::tree::{self, Step};

/// What a text says.
///
/// # Errors
/// A sentence without its file.
pub(super) fn parsed(text: &str) -> Result<Value, String> {
    let body = bare(text);
    if body.trim().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_str(body).map_err(|error| error.to_string())
}

/// The text with the steps taken that lead to `to`.
///
/// # Errors
/// A sentence: a text does not read.
pub(super) fn applied(now: &str, to: &str, steps: &[Step]) -> Result<String, String> {
    let mut root = parsed(now)?;
    tree::apply(&mut root, &parsed(to)?, steps);
    if to.is_empty() && root.as_object().is_some_and(Map::is_empty) {
        return Ok(String::new());
    }
    let mut out = serde_json::to_string_pretty(&root).map_err(|error| error.to_string())?;
    let body = bare(now);
    if body.ends_with('\n') {
        out.push('\n');
    }
    if body.contains("\r\n") {
        // Line ends within strings are escaped, so these are the layout's.
        out = out.replace('\n', "\r\n");
    }
    if now.starts_with('\u{feff}') {
        out.insert(0, '\u{feff}');
    }
    Ok(out)
}

fn bare(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
