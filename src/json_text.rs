//! JSON files that people wrote and the program changes: split into mark and
//! text when they are read, and written again the way they were laid out.

use serde_json::{Number, Value};

use crate::amount::Fixed;

const MARK: &str = "\u{feff}";

/// The byte order mark in front of a text, empty where there is none, and the
/// rest.
pub fn split_mark(text: &str) -> (&str, &str) {
    match text.strip_prefix(MARK) {
        Some(body) => (MARK, body),
        None => ("", text),
    }
}

/// The text of a value that takes the place of `body`: two blanks a level, with
/// the line ends of `body`, one at the end where it has one, behind `mark`.
///
/// # Errors
/// The sentence of the writer, where the value is no JSON.
pub fn rewritten(mark: &str, body: &str, value: &Value) -> Result<String, String> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
    if body.ends_with('\n') {
        text.push('\n');
    }
    if body.contains("\r\n") {
        // Line ends within strings are escaped, so these are the layout's.
        text = text.replace('\n', "\r\n");
    }
    text.insert_str(0, mark);
    Ok(text)
}

/// A number to be put where `old` stands; `None` where the same number is there
/// already, in whatever writing.
///
/// # Errors
/// The sentence of the reader, where the number is no JSON.
pub fn other_number<U>(old: Option<&Value>, new: Fixed<U>) -> Result<Option<Value>, String> {
    let old = match old {
        Some(Value::Number(number)) => Fixed::parse(number.to_string()).ok(),
        Some(Value::String(text)) => Fixed::parse(text).ok(),
        _ => None,
    };
    if old == Some(new) {
        return Ok(None);
    }
    let number: Number = serde_json::from_str(&new.to_string()).map_err(|error| error.to_string())?;
    Ok(Some(Value::Number(number)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Amount;

    #[test]
    fn mark_line_ends_and_the_last_one_stay_as_they_were() {
        for (before, after) in [
            ("{\"a\":1}", "{\n  \"a\": 1\n}"),
            ("{\"a\":1}\n", "{\n  \"a\": 1\n}\n"),
            ("\u{feff}{\"a\":\r\n1}", "\u{feff}{\r\n  \"a\": 1\r\n}"),
            ("\u{feff}{\"a\":1}\r\n", "\u{feff}{\r\n  \"a\": 1\r\n}\r\n"),
        ] {
            let (mark, body) = split_mark(before);
            let value: Value = serde_json::from_str(body).unwrap();
            assert_eq!(rewritten(mark, body, &value).unwrap(), after, "{before:?}");
        }
    }

    #[test]
    fn a_number_is_written_only_where_another_stood() {
        let ten = Amount::parse("10").unwrap();
        for same in ["10", "10.00", "\"10.0\""] {
            assert_eq!(other_number(Some(&serde_json::from_str(same).unwrap()), ten).unwrap(), None, "{same}");
        }
        for other in [None, Some(Value::Null), Some(Value::from(9)), Some(Value::from("ten"))] {
            assert_eq!(other_number(other.as_ref(), ten).unwrap(), Some(Value::from(10)), "{other:?}");
        }
    }
}
