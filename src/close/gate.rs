//! The gate a month has to pass before it is signed: a list of what is open,
//! each with its count, its dollars, what to do, and where to do it. Whoever
//! has another condition adds an item; nothing else has to know of it.

use crate::amount::Amount;
use crate::review::Screen;

/// Where what an item counts is found, one key away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    /// On one list, under the item's filter.
    List(Screen),
    /// On any of the three, under the item's filter.
    AnyList,
    BadRows,
    /// The month at a glance, with what was said about its files.
    Overview,
    Projects,
    /// Among rates and lots.
    Prices,
    /// Why the sides differ.
    Why,
    /// Nothing is left to look at; the sentence says what to do.
    Nothing,
}

/// One thing between the month and its sign-off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateItem {
    /// For programs, and the same in every version: `discrepancies-open`.
    pub name: &'static str,
    /// For people, in a few words: `discrepancies open`.
    pub what: String,
    /// How many there are; none left means the item is done.
    pub count: u64,
    /// The dollars they are about, where they have any.
    pub amount: Amount,
    /// What it is and what to do about it, as a sentence.
    pub sentence: String,
    pub behind: Behind,
    /// What shows them on a list; empty elsewhere.
    pub filter: String,
    /// It keeps the month from being signed; otherwise it is only said.
    pub blocks: bool,
}

impl GateItem {
    /// An item that blocks and has nothing to count yet.
    pub fn new(name: &'static str, what: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self {
            name,
            what: what.into(),
            count: 0,
            amount: Amount::ZERO,
            sentence: sentence.into(),
            behind: Behind::Nothing,
            filter: String::new(),
            blocks: true,
        }
    }

    #[must_use]
    pub fn counted(self, count: u64, amount: Amount) -> Self {
        Self { count, amount, ..self }
    }

    #[must_use]
    pub fn found(self, behind: Behind, filter: impl Into<String>) -> Self {
        Self { behind, filter: filter.into(), ..self }
    }

    /// Only said at sign-off, and no obstacle to it.
    #[must_use]
    pub fn only_said(self) -> Self {
        Self { blocks: false, ..self }
    }

    /// Whether it keeps the month from being signed as it is now.
    pub const fn stops(&self) -> bool {
        self.blocks && self.count > 0
    }
}
