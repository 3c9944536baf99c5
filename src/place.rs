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
        let mut what = error.to_string();
        if let Some(at) = what.rfind(" at line ") {
            what.truncate(at);
        }
        let place = |n: usize| (n > 0).then_some(n as u64);
        Self { file: file.as_ref().into(), line: place(error.line()), column: place(error.column()), what }
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
