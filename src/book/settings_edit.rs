//! `config.toml` with one setting changed, all else as people wrote it: what
//! the screen changes of the settings.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use super::Settings;
use crate::amount::{Amount, Share};
use crate::focus::Profile;
use crate::reconcile::{Finest, Rules};
use crate::review::Filter;
use crate::review::filter::is_filter_name;

/// The text of `config.toml` with another tolerance; comments and everything
/// else stay as they are.
///
/// # Errors
/// A sentence when the text is not a valid `config.toml`.
pub fn set_tolerance(text: &str, absolute: Amount, relative: Share) -> Result<String, String> {
    // Through their digits: a float would not be the number that was typed.
    let given = [("absolute", absolute.to_string()), ("relative", relative.value().normalize().to_string())];
    set(text, "tolerance", &given, |rules| Rules { absolute, relative, ..rules })
}

/// The text of `config.toml` with another grain, as [`set_tolerance`].
///
/// # Errors
/// A sentence when the text is not a valid `config.toml`.
pub fn set_grain(text: &str, finest: Finest) -> Result<String, String> {
    set(text, "grain", &[("finest", format!("\"{}\"", finest.name()))], |rules| Rules { finest, ..rules })
}

/// The text of `config.toml` with another profile, as [`set_tolerance`].
///
/// # Errors
/// A sentence when the text is not a valid `config.toml`.
pub fn set_profile(text: &str, profile: Profile) -> Result<String, String> {
    let file = Path::new("config.toml");
    let before = Settings::parse(text, file).map_err(|error| error.to_string())?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    put(document.as_table_mut(), "profile", &format!("\"{profile}\""))?;
    let after = document.to_string();
    match Settings::parse(&after, file) {
        Ok(read) if read == (Settings { profile, ..before }) => Ok(after),
        Ok(_) => Err("config.toml could not be changed without changing more than the profile".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// The text of `config.toml` with a filter saved under a name, in the place of
/// one that had it, as [`set_tolerance`].
///
/// # Errors
/// A sentence when the name or the filter is none, or the text is not a valid
/// `config.toml`.
pub fn set_filter(text: &str, name: &str, filter: &str) -> Result<String, String> {
    if !is_filter_name(name) {
        return Err(format!("“{name}” is no name of a filter: write letters, digits, - and _."));
    }
    match Filter::parse(filter) {
        Ok(read) if read.is_empty() => return Err("There is no filter to save.".to_owned()),
        Ok(_) => {}
        Err(error) => {
            return Err(format!("What is saved names no other filter and must read by itself: {}", error.what));
        }
    }
    let file = Path::new("config.toml");
    let mut meant = Settings::parse(text, file).map_err(|error| error.to_string())?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let table = document
        .entry("filters")
        .or_insert(Item::Table(Table::new()))
        .as_table_like_mut()
        .ok_or("“filters” is not a table")?;
    put(table, name, &Value::from(filter).to_string())?;
    let after = document.to_string();
    meant.filters.insert(name.to_owned(), filter.to_owned());
    match Settings::parse(&after, file) {
        Ok(read) if read == meant => Ok(after),
        Ok(_) => Err("config.toml could not be changed without changing more than the filter".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// Writes a value, as TOML has it, to a key; the comments beside it stay.
pub(super) fn put(table: &mut dyn TableLike, key: &str, value: &str) -> Result<(), String> {
    let mut value: Value = value.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
    Ok(())
}

/// Writes values, as TOML has them, to keys of a table, and checks that
/// nothing but these rules is another by it.
fn set(
    text: &str,
    section: &str,
    given: &[(&str, String)],
    meant: impl FnOnce(Rules) -> Rules,
) -> Result<String, String> {
    let file = Path::new("config.toml");
    let before = Settings::parse(text, file).map_err(|error| error.to_string())?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let table = document
        .entry(section)
        .or_insert(Item::Table(Table::new()))
        .as_table_like_mut()
        .ok_or_else(|| format!("“{section}” is not a table"))?;
    for (key, value) in given {
        put(table, key, value)?;
    }
    let after = document.to_string();
    let rules = meant(before.rules.clone());
    match Settings::parse(&after, file) {
        Ok(read) if read == (Settings { rules, ..before }) => Ok(after),
        Ok(_) => Err(format!("config.toml could not be changed without changing more than the {section}")),
        Err(error) => Err(error.to_string()),
    }
}
