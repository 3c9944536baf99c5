//! JSON that people edit, read so that every complaint names a line and a
//! column: those of the parser, and those about values that parse but make no
//! sense together.

use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::place::{PlacedError, json_in_words};

/// The text of a file. Parts of it are slices of the text, so that their place
/// is known by where they lie.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    text: &'a str,
    file: &'a Path,
}

impl<'a> Document<'a> {
    /// A byte order mark in front is left out.
    pub fn new(text: &'a str, file: &'a Path) -> Self {
        Self { text: text.strip_prefix('\u{feff}').unwrap_or(text), file }
    }

    pub fn read<T: Deserialize<'a>>(&self) -> Result<T, PlacedError> {
        let read = serde_json::from_str(self.text);
        let read = read.map_err(|error| self.json_error(self.text, "", &error))?;
        // What is passed over may be no JSON, and then the file could not be edited.
        match serde_json::from_str::<serde_json::Value>(self.text) {
            Ok(_) => Ok(read),
            Err(error) => Err(self.json_error(self.text, "", &error)),
        }
    }

    /// Reads a part of the document; `name` is what messages call it, such as
    /// `projects[3]`.
    pub fn part<T: Deserialize<'a>>(&self, part: &'a RawValue, name: &str) -> Result<T, PlacedError> {
        serde_json::from_str(part.get()).map_err(|error| self.json_error(part.get(), name, &error))
    }

    /// A complaint about the part of the document that `part` is a slice of.
    pub fn error_at(&self, part: &str, what: impl Into<String>) -> PlacedError {
        self.error(self.offset(part), what.into())
    }

    /// A complaint about the document that has no place in it.
    pub fn error_whole(&self, what: impl Into<String>) -> PlacedError {
        PlacedError::new(self.file, what)
    }

    fn offset(&self, part: &str) -> usize {
        let at = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        if at <= self.text.len() { at } else { 0 }
    }

    fn json_error(&self, part: &str, name: &str, error: &serde_json::Error) -> PlacedError {
        // The parser counts lines and bytes from the start of the part.
        let line_start = match error.line() {
            0 | 1 => 0,
            line => part.match_indices('\n').nth(line - 2).map_or(0, |(at, _)| at + 1),
        };
        let at = self.offset(part) + (line_start + error.column().saturating_sub(1)).min(part.len());
        let mut what = json_in_words(error).replace("unknown field", "unknown key");
        what = what.replace("missing field", "missing key").replace("duplicate field", "repeated key");
        self.error(at, if name.is_empty() { what } else { format!("{name}: {what}") })
    }

    fn error(&self, at: usize, what: String) -> PlacedError {
        let before = self.text.get(..at).unwrap_or_else(|| {
            let whole = (0..at.min(self.text.len())).rev().find(|n| self.text.is_char_boundary(*n));
            &self.text[..whole.unwrap_or(0)]
        });
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        PlacedError {
            file: self.file.into(),
            line: Some(before.matches('\n').count() as u64 + 1),
            column: Some(before[line_start..].chars().count() as u64 + 1),
            what,
        }
    }
}

/// The parser's sentence without its ` at line 1 column 2`.
pub(super) fn without_place(text: &str) -> &str {
    text.rfind(" at line ").map_or(text, |at| &text[..at])
}

/// A string with the place it stands at; blanks around it are taken off.
pub(super) struct Text<'a> {
    /// The slice of the document, with its quotes.
    pub at: &'a str,
    pub value: String,
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        let value: String =
            serde_json::from_str(raw.get()).map_err(|error| D::Error::custom(without_place(&error.to_string())))?;
        Ok(Self { at: raw.get(), value: value.trim().to_owned() })
    }
}

/// The entries of an object in their order, a repeated key included: a map
/// would keep the last one and say nothing.
pub(super) struct Pairs<V>(pub Vec<(String, V)>);

impl<V> Default for Pairs<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect<V>(std::marker::PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Collect<V> {
            type Value = Pairs<V>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    if is_comment(&key) {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        pairs.push((key, map.next_value()?));
                    }
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Collect(std::marker::PhantomData))
    }
}

/// Keys that people leave notes under; nothing reads them.
fn is_comment(key: &str) -> bool {
    matches!(key, "$comment" | "_comment")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shape<'a> {
        #[serde(borrow)]
        #[allow(dead_code)]
        list: Vec<&'a RawValue>,
    }

    #[test]
    fn a_part_is_placed_by_characters_behind_a_byte_order_mark() {
        let text = "\u{feff}{\r\n  \"list\": [\"äöü\", 5]\r\n}";
        let document = Document::new(text, Path::new("a.json"));
        let shape: Shape<'_> = document.read().unwrap();
        let error = document.part::<String>(shape.list[1], "list[1]").unwrap_err();
        assert_eq!(error.to_string(), "a.json:2:19: list[1]: invalid type: integer `5`, expected a string");
        assert_eq!(document.error_at(shape.list[0].get(), "no").to_string(), "a.json:2:12: no");
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place() {
        let error = Document::new("{\n \"lost\": 1}", Path::new("a.json")).read::<Shape<'_>>().unwrap_err();
        assert_eq!((error.line, error.column), (Some(2), Some(7)));
        assert!(error.what.starts_with("unknown key `lost`"), "{error}");
    }
}
