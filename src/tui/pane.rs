//! The detail of one item beside its list, which comes after the cursor has
//! rested.

use super::modal::Scroll;
use crate::desk::{Detail, Why};

/// The detail of one item, which follows the cursor when it rests.
#[derive(Default)]
pub struct DetailPane {
    pub detail: Option<Box<Detail>>,
    /// The item it shows, or will once the cursor has rested.
    pub wanted: Option<u32>,
    /// The desk's version it belongs to.
    pub version: u64,
    /// Of the question under way.
    pub generation: u64,
    /// The first row of the list on the screen when the cursor stood on the item
    /// that is shown.
    pub top: usize,
    /// Over the whole screen.
    pub full: bool,
    pub scroll: Scroll,
    /// Why the item differs; they may be another item's, for a moment.
    pub findings: Option<Findings>,
}

impl DetailPane {
    /// Whether the cursor has gone on to another item than is shown, and has
    /// not rested there yet.
    pub fn is_late(&self) -> bool {
        self.detail.as_ref().is_some_and(|detail| Some(detail.item) != self.wanted)
    }
}

/// What the probes find of one item.
pub struct Findings {
    pub item: u32,
    pub numbering: u64,
    pub why: Box<Why>,
}
