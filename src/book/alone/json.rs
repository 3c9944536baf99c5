//! Steps taken in a file of JSON: keys keep their order and numbers their
//! digits, laid out as every edit of the program lays them out.

use serde_json::{Map, Value};

use super::tree::{self, Step};
use crate::json_text::{rewritten, split_mark};

/// What a text says.
///
/// # Errors
/// A sentence without its file.
pub(super) fn parsed(text: &str) -> Result<Value, String> {
    let (_, body) = split_mark(text);
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
    let (mark, body) = split_mark(now);
    rewritten(mark, body, &root)
}
