//! `[models]` of `config.toml`: names of models that the operator knows and
//! the program does not.

use std::path::Path;

use toml_edit::{DocumentMut, Item, Table, value};

use super::Settings;
use super::toml_reader::Section;
use crate::place::PlacedError;
use crate::price::ModelNames;

/// The names with the models they mean.
///
/// # Errors
/// With line and column: a name that means nothing, nothing new, or itself.
pub(super) fn model_names(top: &Section<'_>) -> Result<ModelNames, PlacedError> {
    let all = top.open_section("models")?;
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for name in all.names() {
        pairs.push((name, all.read(name, String::new(), |given| given.text())?));
    }
    ModelNames::new(pairs.iter().map(|(name, model)| (*name, model.as_str())))
        .map_err(|refused| all.refuse(&refused.name, &refused.what))
}

/// The text of `config.toml` with one more name of a model; comments and
/// everything else stay as they are.
///
/// # Errors
/// A sentence when the text is not a valid `config.toml`, or the name cannot
/// be meant so.
pub fn set_model_name(text: &str, name: &str, model: &str) -> Result<String, String> {
    let file = Path::new("config.toml");
    let before = Settings::parse(text, file).map_err(|error| error.to_string())?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let table = document
        .entry("models")
        .or_insert(Item::Table(Table::new()))
        .as_table_like_mut()
        .ok_or("“models” is not a table")?;
    table.insert(name, value(model));
    let after = document.to_string();
    match Settings::parse(&after, file) {
        Ok(read) if read == (Settings { models: read.models.clone(), ..before }) => Ok(after),
        Ok(_) => Err("config.toml could not be changed without changing more than the names of models".into()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings, String> {
        Settings::parse(text, Path::new("config.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn names_of_the_operators_own_are_read() {
        let models = parse("[models]\nhouse-chat = \"gpt-4o\"\n\"team/new 4.1\" = \"gpt-4.1\"\n").unwrap().models;
        assert_eq!(models.canonical("azure/house_chat"), "gpt-4o");
        assert_eq!(models.canonical("new 4.1"), "gpt-4.1");
        assert!(parse("").unwrap().models.is_empty());
    }

    #[test]
    fn a_name_that_cannot_be_meant_is_refused_with_its_place() {
        for (text, message) in [
            (
                "[models]\ngpt-4o-2024-08-06 = \"gpt-4o\"",
                "config.toml:2:21: “models.gpt-4o-2024-08-06” is known to mean “gpt-4o” already; take the line out",
            ),
            ("[models]\na = \"b\"\nb = \"a\"", "config.toml:2:5: “models.a” leads back to itself"),
            ("[models]\ngpt-4.1 = \"x\"", "config.toml:2:1: “models.gpt-4” must be text in quotes, and not empty"),
            ("[models]\na = 4", "config.toml:2:5: “models.a” must be text in quotes, and not empty"),
            ("models = 4", "config.toml:1:1: “models” must be a table: write its keys below a line [models]"),
        ] {
            assert_eq!(parse(text).unwrap_err(), message, "{text}");
        }
    }

    #[test]
    fn one_more_name_leaves_every_comment_where_it_was() {
        let text = "# ours\ntheme = \"dark\" # at night\n\n[models]\n# the gateway's\nhouse = \"o3\"\n";
        let after = set_model_name(text, "house-4.1", "gpt-4.1").unwrap();
        assert_eq!(after, format!("{text}\"house-4.1\" = \"gpt-4.1\"\n"));
        assert_eq!(set_model_name("", "a", "b").unwrap(), "[models]\na = \"b\"\n");
        assert!(set_model_name("", "gpt-4o-2024-08-06", "gpt-4o").unwrap_err().contains("known to mean"));
        assert!(set_model_name("models = 4", "a", "b").unwrap_err().contains("config.toml:1:1"));
    }
}
