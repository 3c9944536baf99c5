//! The screens: their order, what they are called and what each is for.

use crate::desk::Screen;

/// The screens, in the order of their bits in the key table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tab {
    Matched,
    Discrepancies,
    NotFound,
    Projects,
    Prices,
    Close,
    Overview,
    Journal,
    BadRows,
    Summary,
    Checks,
    Why,
}

impl Tab {
    /// How many there are.
    pub const COUNT: usize = 12;

    /// From left to right.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Overview,
        Self::Matched,
        Self::Discrepancies,
        Self::NotFound,
        Self::Projects,
        Self::Prices,
        Self::Close,
        Self::Summary,
        Self::Checks,
        Self::Why,
        Self::Journal,
        Self::BadRows,
    ];

    pub const fn screen(self) -> Option<Screen> {
        match self {
            Self::Matched => Some(Screen::Matched),
            Self::Discrepancies => Some(Screen::Discrepancies),
            Self::NotFound => Some(Screen::NotFound),
            _ => None,
        }
    }

    pub const fn of(screen: Screen) -> Self {
        match screen {
            Screen::Matched => Self::Matched,
            Screen::Discrepancies => Self::Discrepancies,
            Screen::NotFound => Self::NotFound,
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Matched => "Matched",
            Self::Discrepancies => "Discrepancies",
            Self::NotFound => "Not found",
            Self::Projects => "Projects",
            Self::Prices => "Prices",
            Self::Close => "Close",
            Self::Overview => "Overview",
            Self::Journal => "Journal",
            Self::BadRows => "Bad rows",
            Self::Summary => "Summary",
            Self::Checks => "Checks",
            Self::Why => "Why",
        }
    }

    /// What the screen is for, as its help begins.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Overview => {
                "How the month stands: what to do next, health against its limits, outcomes, causes, trend."
            }
            Self::Matched => "Items on which bill and ledger agree, or that have nothing to agree with.",
            Self::Discrepancies => "Items on which bill and ledger differ, or that cannot be compared as they are.",
            Self::NotFound => "Items that only the bill or only the ledger has.",
            Self::Projects => "Every subsidy's cap: what it drew, how fast, and when it runs out.",
            Self::Prices => "Rates of models, lots of credits, and when two amounts count as equal.",
            Self::Close => "What is left to do before the month is signed, and what would be written.",
            Self::Summary => "The month added up by whatever you choose, with the items behind each sum.",
            Self::Checks => "The provider's usage at list price against what it billed for it.",
            Self::Why => "Why the two sides differ: findings that add up to the difference.",
            Self::Journal => "Everything that was done: who, when, what, and what of it is in force.",
            Self::BadRows => "Rows of the files that could not be read.",
        }
    }

    /// For a narrow terminal.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Matched => "Mat",
            Self::Discrepancies => "Disc",
            Self::NotFound => "NotF",
            Self::Projects => "Proj",
            Self::Prices => "Price",
            Self::Close => "Close",
            Self::Overview => "Over",
            Self::Journal => "Jour",
            Self::BadRows => "Bad",
            Self::Summary => "Sum",
            Self::Checks => "Chk",
            Self::Why => "Why",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_is_reached_once() {
        let mut all = Tab::ALL;
        all.sort_unstable();
        assert_eq!(all.map(|tab| tab as usize), std::array::from_fn(|at| at));
    }
}
