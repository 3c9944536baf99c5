//! What is signed, as one text: every file by its SHA-256, the figures, and
//! the entry of the journal on which it stands. The journal's own entry of the
//! sign-off seals this text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::calendar::Month;
use crate::focus::HashedFile;
use crate::journal::hex;

/// The name of the text within an archive.
pub const SIGN_OFF: &str = "sign-off.json";
/// The charges as they were signed, see [`super::charges_csv`].
pub const CHARGES: &str = "charges.csv";
/// What earlier months drew from subsidies.
pub const OPENINGS: &str = "openings.json";
/// What earlier months drew from credit lots.
pub const LOTS: &str = "lots.json";
/// The same two for the month before, from which items are carried.
pub const OPENINGS_BEFORE: &str = "before/openings.json";
pub const LOTS_BEFORE: &str = "before/lots.json";
/// What refunds of the month take back of earlier months' charges.
pub const EARLIER: &str = "earlier.csv";
/// Rows of earlier exports that are sent once more at zero.
pub const WITHDRAWN: &str = "withdrawn.rows";

/// A file that the month was read from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedInput {
    /// The order of adding, which decides between downloads of the same day.
    pub added: u32,
    /// `bill` or `ledger`.
    pub side: String,
    /// As the operator gave it.
    pub path: String,
    /// The member of an archive that holds its bytes.
    pub member: String,
    pub sha256: String,
    pub bytes: u64,
    /// The format it is read as, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub append: bool,
    /// Not copied into the book: it must stay where it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub linked: bool,
}

/// A database that the month was read from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedTable {
    pub side: String,
    /// Without a password.
    pub location: String,
    /// Of what it gave.
    pub sha256: String,
    /// What it gave, which versions of an earlier program do not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<SignedRows>,
}

/// The rows of a table as they were read, and how: a CSV file within the
/// archive, of the SHA-256 that its table is named with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedRows {
    /// The member of the archive.
    pub member: String,
    pub bytes: u64,
    /// What rows have as their origin.
    pub origin: String,
    /// The format they are read as.
    pub format: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub append: bool,
    /// As [`SignedInput::added`].
    pub added: u32,
    /// The month that the table was asked for.
    pub month: Month,
}

impl SignedRows {
    /// The member of an archive that holds rows of this content.
    pub fn member_of(sha256: &str) -> String {
        format!("tables/{}.csv", sha256.get(..16).unwrap_or(sha256))
    }
}

/// An entry of the journal by number and seal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub seq: u64,
    pub hash: String,
}

/// Who said that the month was ready, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prepared {
    pub seq: u64,
    pub who: String,
    pub at: String,
}

/// Everything that a signature stands for. Who signed and when stands in the
/// journal's entry, which carries the SHA-256 of this text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignOff {
    /// The program that made it, with its version.
    pub program: String,
    pub month: Month,
    /// Counted from 1 for each month.
    pub version: u32,
    /// The last entry of the journal that it takes in.
    pub journal: Head,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepared: Option<Prepared>,
    pub inputs: Vec<SignedInput>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<SignedTable>,
    /// Members of the archive: configuration, outputs, charges, openings, rows of
    /// tables.
    pub files: Vec<HashedFile>,
    /// Totals, tie-out and counts under their names, exact.
    pub figures: BTreeMap<String, String>,
    /// What was said when it was signed and did not stand in the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<String>,
}

impl SignOff {
    /// As it is kept: indented JSON and a line end.
    pub fn text(&self) -> String {
        // Texts, numbers and lists: nothing here can fail to become JSON.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// # Errors
    /// A sentence: the text is none of this program's.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let read = serde_json::from_slice::<serde_json::Value>(text).and_then(serde_json::from_value);
        read.map_err(|error| format!("{SIGN_OFF} cannot be read: {error}"))
    }

    /// The SHA-256 of the text, in lower-case hexadecimal.
    pub fn sha256(&self) -> String {
        sha256(self.text().as_bytes())
    }

    /// The SHA-256 of inputs, configuration, charges, openings, figures and
    /// output alone: the same whoever prepared it, whatever the journal has had
    /// since, and whatever else was said.
    pub fn substance(&self) -> String {
        let said = Vec::new();
        let (program, version, journal) = (String::new(), 0, Head::default());
        Self { program, version, journal, prepared: None, said, ..self.clone() }.sha256()
    }

    /// The member of an archive that a config file is.
    pub fn config_member(name: &str) -> String {
        format!("config/{name}")
    }

    pub fn file(&self, member: &str) -> Option<&HashedFile> {
        self.files.iter().find(|file| file.name == member)
    }
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
