//! `margin_included` of `config.toml`: the margin that a ledger's costs already
//! hold, of every ledger or by format.

use super::toml_reader::{Given, Section};
use crate::place::PlacedError;
use crate::price::{IncludedMargin, IncludedMargins};
use crate::read::{self, ColumnMap};

const KEY: &str = "margin_included";

/// # Errors
/// With line and column: no number, one out of range, or a format that is not
/// there.
pub(super) fn included_margins(top: &Section<'_>, maps: &[ColumnMap]) -> Result<IncludedMargins, PlacedError> {
    if !top.is_table(KEY) {
        let every = top.read(KEY, None, |given| margin(given).map(Some))?;
        return Ok(IncludedMargins { every, by_format: Vec::new() });
    }
    let section = top.open_section(KEY)?;
    let known: Vec<&str> = read::formats().iter().map(|f| f.name).chain(maps.iter().map(ColumnMap::name)).collect();
    let mut by_format: Vec<(String, IncludedMargin)> = Vec::new();
    for name in section.names() {
        if !known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            let what = format!("is no format and no map of [columns]; there are: {}", known.join(", "));
            return Err(section.refuse(name, &what));
        }
        if by_format.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            return Err(section.refuse(name, "differs from another only in its case; take one of them out"));
        }
        if let Some(margin) = section.read(name, None, |given| margin(given).map(Some))? {
            by_format.push((name.to_owned(), margin));
        }
    }
    Ok(IncludedMargins { every: None, by_format })
}

fn margin(given: Given) -> Result<IncludedMargin, String> {
    let percent = given.amount()?;
    IncludedMargin::from_percent(percent).ok_or_else(|| format!("is “{percent}”; a margin is from 0 to 1000 percent"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::book::Settings;

    fn parse(text: &str) -> Result<Settings, String> {
        Settings::parse(text, Path::new("config.toml")).map_err(|error| error.to_string())
    }

    fn percent(text: &str, format: &str) -> Option<String> {
        parse(text).unwrap().margin_included.of(format).map(|margin| margin.percent().to_string())
    }

    #[test]
    fn a_margin_is_of_every_ledger_or_of_those_named() {
        assert_eq!(percent("margin_included = 12.5", "token-usage").as_deref(), Some("12.5"));
        let named = "margin_included = { litellm = 25, Own = \"5\" }\n\
                     [columns.own]\ntime = \"t\"\nmodel = \"m\"\ncost = \"c\"\n";
        let found = ["litellm", "own", "token-usage"].map(|format| percent(named, format));
        assert_eq!(found, [Some("25".to_owned()), Some("5".to_owned()), None]);
        assert_eq!(percent("", "litellm"), None);
    }

    #[test]
    fn what_is_no_margin_is_said_with_its_place() {
        for (text, message) in [
            ("margin_included = -1", "config.toml:1:19: “margin_included” is “-1”; it must not be below 0"),
            ("margin_included = 1001", "config.toml:1:19: “margin_included” is “1001”; a margin is from 0 to 1000"),
            ("[margin_included]\nexcel = 5", "config.toml:2:9: “margin_included.excel” is no format and no map"),
            ("[margin_included]\nlitellm = true", "config.toml:2:11: “margin_included.litellm” must be a number"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }
}
