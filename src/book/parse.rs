//! The parsers of the config files but `config.toml`, in one place.

use std::path::Path;

use crate::allocate::{Projects, SubsidyRule, parse_subsidies};
use crate::place::PlacedError;
use crate::price::PriceBook;
use crate::review::rules::Rule;

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

/// `rules.toml`; an empty text has none.
pub(super) fn rules(text: &str, file: &Path) -> Result<Vec<Rule>, PlacedError> {
    super::rules_file::parse(text, file)
}
