//! What a desk is built from besides the files of its month: the journal, what
//! other months left to it, and what of the book is around it.

use std::sync::Arc;

use super::around::Around;
use super::charged_before::ChargedBefore;
use super::sign::InBook;
use super::{shelf, signed_months};
use crate::allocate::Openings;
use crate::book::OtherMonths;
use crate::close::SignedCharge;
use crate::focus;
use crate::journal::Entry;
use crate::price::LotOpening;

/// What a desk is built from, besides the inputs and the configuration.
#[derive(Clone, Default)]
pub struct Past {
    /// The book's folder, where files are written.
    pub dir: std::path::PathBuf,
    /// The whole journal, oldest first.
    pub entries: Vec<Entry>,
    /// What earlier months drew from subsidies and from lots.
    pub openings: Openings,
    pub lot_opening: LotOpening,
    /// What they charged, where refunds of the month may take it back.
    pub charged: Arc<ChargedBefore>,
    /// The same for the month before.
    pub charged_previous: Arc<ChargedBefore>,
    /// The same for the month before, which this one is held against.
    pub previous: (Openings, LotOpening),
    /// What the state file says of the other months.
    pub others: OtherMonths,
    /// What the book holds around the month, of subsidies.
    pub around: Around,
    /// Sentences about earlier exports of the month, oldest first.
    pub exports: Vec<String>,
    /// The rows the month wrote last, by profile.
    pub written: Written,
    /// Sentences to show about what was loaded.
    pub notices: Vec<String>,
    /// What a sign-off says of the book around the month.
    pub in_book: InBook,
    /// Signed months before this one that something came for since, or may
    /// have come for.
    pub late: Vec<signed_months::SignedMonth>,
    /// Reads others of them when they are needed.
    pub signed_reader: Option<signed_months::SignedReader>,
    /// What of the book is asked for later; a month that is worked out without
    /// one has none.
    pub shelf: Option<Arc<shelf::Shelf>>,
    /// The charges as they were signed, of a month that is, or why they cannot
    /// be read.
    pub signed_charges: Option<Result<Vec<SignedCharge>, String>>,
}

/// Rows of earlier exports, by profile.
pub type Written = std::collections::BTreeMap<focus::Profile, Arc<focus::Kept>>;
