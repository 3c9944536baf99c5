//! The shapes a chargeback file can have.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::calendar::Month;

/// The shape of a chargeback file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Profile {
    /// Ten columns, dates without a time: what OpenChargeback documents.
    #[default]
    #[serde(rename = "openchargeback")]
    OpenChargeback,
    /// FOCUS 1.2.
    #[serde(rename = "focus-1.2")]
    Focus12,
    /// FOCUS 1.4.
    #[serde(rename = "focus-1.4")]
    Focus14,
    /// The columns of both versions in one file.
    #[serde(rename = "focus")]
    Focus,
}

impl Profile {
    pub const ALL: [Self; 4] = [Self::OpenChargeback, Self::Focus12, Self::Focus14, Self::Focus];

    /// Whether rows of both state the same things: those of FOCUS differ in
    /// their columns only.
    pub const fn same_shape(self, other: Self) -> bool {
        self.is_focus() == other.is_focus()
    }

    /// As the configuration, `--profile` and the manifest have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenChargeback => "openchargeback",
            Self::Focus12 => "focus-1.2",
            Self::Focus14 => "focus-1.4",
            Self::Focus => "focus",
        }
    }

    /// Whether it has the columns of a version of FOCUS, with quantities and
    /// unit prices.
    pub const fn is_focus(self) -> bool {
        !matches!(self, Self::OpenChargeback)
    }

    /// The name of a month's file: the documented one, or with the profile in
    /// it, so that two profiles of a month lie side by side.
    pub fn file_name(self, month: Month) -> String {
        match self {
            Self::OpenChargeback => format!("openai-tokens_{month}.csv"),
            other => format!("openai-tokens_{month}.{other}.csv"),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Profile {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|profile| profile.name() == text);
        found.ok_or_else(|| {
            let all = Self::ALL.map(Self::name).join(", ");
            format!("“{text}” is no profile of a chargeback file; there are: {all}")
        })
    }
}
