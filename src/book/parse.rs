//! The parsers of the JSON files, in one place.

use std::path::Path;

use crate::allocate::{Projects, SubsidyRule, parse_subsidies};
use crate::place::PlacedError;
use crate::price::PriceBook;

/// `pricing.json`; `{}` gives the shipped prices without a pool.
pub(super) fn prices(text: &str, file: &Path) -> Result<PriceBook, PlacedError> {
    PriceBook::parse(text, file)
}

/// `projects.json`.
pub(super) fn projects(text: &str, file: &Path) -> Result<Projects, PlacedError> {
    Projects::parse(text, file)
}

/// `subsidies.json`.
pub(super) fn subsidies(text: &str, file: &Path) -> Result<Vec<SubsidyRule>, PlacedError> {
    parse_subsidies(text, file)
}
