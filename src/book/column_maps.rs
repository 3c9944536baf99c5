//! `[columns.NAME]` of `config.toml`: how files and tables of the operator's
//! own are read.

use super::toml_reader::Section;
use crate::place::PlacedError;
use crate::read::ColumnMap;

/// The maps in the order they are written.
///
/// # Errors
/// With line and column: what is no map, or says too little or something
/// unknown.
pub(super) fn column_maps(top: &Section<'_>) -> Result<Vec<ColumnMap>, PlacedError> {
    let all = top.open_section("columns")?;
    let mut maps: Vec<ColumnMap> = Vec::new();
    for (name, section) in all.tables()? {
        let mut keys = Vec::new();
        for key in section.names() {
            keys.push((key.to_owned(), section.read(key, String::new(), |given| given.text())?));
        }
        let map = ColumnMap::new(name, &keys).map_err(|error| match &error.key {
            Some(key) => section.refuse(key, &error.what),
            None => section.refuse_table(&all, &error.what),
        })?;
        if maps.iter().any(|known| known.name().eq_ignore_ascii_case(name)) {
            return Err(section.refuse_table(&all, "differs from another map only in the case of its name; rename it"));
        }
        maps.push(map);
    }
    Ok(maps)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::book::Settings;

    fn parse(text: &str) -> Result<Vec<String>, String> {
        let settings = Settings::parse(text, Path::new("config.toml")).map_err(|error| error.to_string())?;
        Ok(settings.columns.iter().map(|map| format!("{} {}", map.name(), map.time())).collect())
    }

    #[test]
    fn maps_are_read_in_their_order() {
        let text = "[columns.b]\ntime = \"ts\"\nmodel = 'm'\ncost = \"c\"\ncost_unit = \"cents\"\n\
                    [columns.a]\ntime = \"at\"\nmodel = \"m\"\ntotal = \"n\"\n";
        assert_eq!(parse(text).unwrap(), ["b ts", "a at"]);
        assert_eq!(parse("").unwrap(), [""; 0]);
    }

    #[test]
    fn what_is_wrong_with_a_map_is_said_with_its_place() {
        for (text, message) in [
            ("columns = 1", "config.toml:1:1: “columns” must be a table: write its keys below a line [columns]"),
            (
                "[columns]\ntime = \"ts\"",
                "config.toml:2:1: “columns.time” must be a table: write its keys below a line [columns.time]",
            ),
            (
                "[columns.own]\ntime = \"ts\"\nmodle = \"m\"",
                "config.toml:3:9: “columns.own.modle” is nothing a map can say; there are: id, time,",
            ),
            ("[columns.own]\ntime = 1", "config.toml:2:8: “columns.own.time” must be text in quotes, and not empty"),
            ("\n[columns.own]\ntime = \"ts\"", "config.toml:2:10: [columns.own] lacks “model”"),
            ("[columns.requests]\ntime = \"ts\"", "config.toml:1:10: [columns.requests] is the name of a known format"),
            (
                "[columns.a]\ntime = \"t\"\nmodel = \"m\"\ncost = \"c\"\n[columns.A]\ntime = \"t\"\nmodel = \"m\"\ncost = \"c\"\n",
                "config.toml:5:10: [columns.A] differs from another map only in the case of its name",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }
}
