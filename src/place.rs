//! Where in a file something is wrong, for every error that a person has to
//! mend with an editor.

use std::fmt;
use std::path::{Path, PathBuf};

/// A sentence about a file, with the line and column it speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedError {
    pub file: PathBuf,
    /// Counted from 1; `None` where the whole file is meant.
    pub line: Option<u64>,
    /// In characters, counted from 1.
    pub column: Option<u64>,
    /// What is wrong and what to do about it.
    pub what: String,
}

impl PlacedError {
    pub fn new(file: impl AsRef<Path>, what: impl Into<String>) -> Self {
        Self { file: file.as_ref().into(), line: None, column: None, what: what.into() }
    }

    /// From `serde_json`, whose message names the key and the place.
    pub fn json(file: impl AsRef<Path>, error: &serde_json::Error) -> Self {
        let what = json_in_words(error);
        let place = |n: usize| (n > 0).then_some(n as u64);
        Self { file: file.as_ref().into(), line: place(error.line()), column: place(error.column()), what }
    }
}

/// What `serde_json` says, without its place, and with what to do where the
/// text is no JSON.
pub fn json_in_words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let said = text.rfind(" at line ").map_or(&*text, |at| text.get(..at).unwrap_or_default());
    // The parser speaks of what it met; the slip is often just before it.
    let slip = match said {
        "expected `,` or `}`" => "a comma is missing before this, or the } that ends the object",
        "expected `,` or `]`" => "a comma is missing before this, or the ] that ends the list",
        "trailing comma" => "a comma stands before the closing bracket; take it out",
        "key must be a string" => {
            "a key in straight double quotes belongs here; where none is to follow, take out the comma before it"
        }
        "expected `:`" => "a colon is missing between the key and its value",
        "expected value" | "expected ident" => {
            "no value stands here that JSON knows; text needs straight double quotes"
        }
        "trailing characters" => "something stands behind the end; one pair of braces holds everything",
        _ if said.starts_with("EOF while") => "the file ends too soon: a closing bracket or quote is missing",
        _ if said.starts_with("control character") => "the text in quotes is not closed before the end of its line",
        _ if said.starts_with("invalid length") => return "a list in [ ] stands where an object in { } belongs".into(),
        _ => return in_plain_types(said),
    };
    format!("is not JSON: {slip}")
}

/// `expected struct Shape` names a thing of the program.
fn in_plain_types(said: &str) -> String {
    match said.split_once("expected struct ") {
        Some((before, rest)) => {
            let behind = rest.find(|c: char| !c.is_alphanumeric()).and_then(|at| rest.get(at..)).unwrap_or_default();
            format!("{before}expected an object in {{ }}{behind}")
        }
        None => said.to_owned(),
    }
}

impl fmt::Display for PlacedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        write!(f, ": {}", self.what)
    }
}

impl std::error::Error for PlacedError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Shape {
        #[allow(dead_code)]
        list: Vec<String>,
    }

    #[test]
    fn a_slip_in_json_is_said_with_its_place_and_what_to_do() {
        let said = |text: &str| {
            let error = serde_json::from_str::<Shape>(text).unwrap_err();
            PlacedError::json("a.json", &error).to_string()
        };
        for (text, start) in [
            ("{\"list\": [\"a\" \"b\"]}", "a.json:1:15: is not JSON: a comma is missing before this"),
            ("{\"list\": []\n \"more\": 1}", "a.json:2:2: is not JSON: a comma is missing before this, or the }"),
            ("{\"list\": [],}", "a.json:1:13: is not JSON: a comma stands before"),
            ("{“list”: []}", "a.json:1:2: is not JSON: a key in straight double quotes belongs here"),
            ("{\"list\" []}", "a.json:1:9: is not JSON: a colon is missing"),
            ("{\"list\": yes}", "a.json:1:10: is not JSON: no value stands here"),
            ("{\"list\": [\"a\"", "a.json:1:13: is not JSON: the file ends too soon"),
            ("{\"list\": []} {}", "a.json:1:14: is not JSON: something stands behind the end"),
            ("{\"list\": [\"a\n\"]}", "a.json:2: is not JSON: the text in quotes is not closed"),
            ("[]", "a.json:1:2: a list in [ ] stands where an object in { } belongs"),
            ("5", "a.json:1:1: invalid type: integer `5`, expected an object in { }"),
        ] {
            assert!(said(text).starts_with(start), "{text}: {}", said(text));
        }
    }
}
