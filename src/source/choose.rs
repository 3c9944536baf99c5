//! Which table of a database is meant: the one that is named, or the only one
//! that is known by its columns.

use super::Wanted;
use crate::read::{KnownTable, know_table};

/// A table as the database lists it.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// Empty where the database has no schemas.
    pub schema: String,
    pub name: String,
    pub columns: Vec<Column>,
    /// A part of a partitioned table, which the whole one has as well.
    pub is_part: bool,
    /// Found without naming its schema.
    pub is_visible: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Column {
    pub name: String,
    /// What the database calls its kind of type.
    pub kind: String,
    /// The type's own name, where the database has types.
    pub type_name: String,
    /// Digits before the point and behind it, where the type has no others.
    pub digits: Option<(u32, u32)>,
    pub in_key: bool,
    pub may_be_null: bool,
}

impl Table {
    /// With its schema.
    pub fn full_name(&self) -> String {
        if self.schema.is_empty() { self.name.clone() } else { format!("{}.{}", self.schema, self.name) }
    }

    fn known(&self, wanted: &Wanted) -> Result<KnownTable, String> {
        let columns: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
        know_table(wanted.side, &columns, wanted.format, wanted.maps, !wanted.keep.is_empty())
    }
}

/// The table that is meant, and what it is known as.
///
/// # Errors
/// A sentence without its subject: no such table, none that is known, or
/// several that could be meant.
pub(super) fn choose<'t>(
    tables: &'t [Table],
    asked: Option<&str>,
    wanted: &Wanted,
) -> Result<(&'t Table, KnownTable), String> {
    if let Some(asked) = asked {
        let table = named(tables, asked)?;
        return table.known(wanted).map(|known| (table, known)).map_err(|what| format!("{} {what}", table.full_name()));
    }
    let mut found: Vec<(&Table, KnownTable)> = tables
        .iter()
        .filter(|table| !table.is_part)
        .filter_map(|table| table.known(wanted).ok().map(|known| (table, known)))
        .collect();
    let side = wanted.side.name();
    match found.len() {
        1 => found.pop().ok_or_else(String::new),
        0 => match tables {
            [] => Err(format!("there is no table to be read as a {side}")),
            [only] => {
                only.known(wanted).map_or_else(|what| Err(format!("{} {what}", only.full_name())), |k| Ok((only, k)))
            }
            _ => Err(format!(
                "no table is known as a {side} by its columns. There are {}. Name the one that is meant with \
                 ?table=NAME to see what it lacks, or describe it with [columns.NAME] in config.toml",
                list(tables.iter().map(Table::full_name))
            )),
        },
        _ => Err(format!(
            "several tables could be the {side}: {}. Say which with ?table=NAME",
            list(found.iter().map(|(table, known)| format!("{} ({})", table.full_name(), known.format)))
        )),
    }
}

/// The table of this name.
///
/// # Errors
/// A sentence without its subject: none, or several.
pub(super) fn named<'t>(tables: &'t [Table], asked: &str) -> Result<&'t Table, String> {
    let (schema, name) = parts(asked);
    let in_schema = |table: &&Table| schema.as_ref().is_none_or(|schema| *schema == table.schema);
    let exact: Vec<&Table> = tables.iter().filter(in_schema).filter(|table| table.name == name).collect();
    let any_case = || tables.iter().filter(in_schema).filter(|table| table.name.eq_ignore_ascii_case(&name)).collect();
    let found: Vec<&Table> = if exact.is_empty() { any_case() } else { exact };
    let visible: Vec<&Table> = found.iter().copied().filter(|table| table.is_visible).collect();
    match (&found[..], &visible[..]) {
        ([only], _) | (_, [only]) => Ok(only),
        ([], _) if tables.is_empty() => Err("there is no table that can be seen".into()),
        ([], _) => Err(format!("there is no table “{asked}”; there are {}", list(tables.iter().map(Table::full_name)))),
        _ => Err(format!(
            "“{asked}” could be {}. Write the schema before the name",
            list(found.iter().map(|table| table.full_name()))
        )),
    }
}

/// Schema and name; quotes around either are taken off.
fn parts(asked: &str) -> (Option<String>, String) {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for c in asked.trim().chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted && parts.len() == 1 => parts.push(String::new()),
            c => parts.last_mut().into_iter().for_each(|part| part.push(c)),
        }
    }
    let name = parts.pop().unwrap_or_default();
    (parts.pop(), name)
}

fn list(names: impl Iterator<Item = String>) -> String {
    const MOST: usize = 30;
    let names: Vec<String> = names.collect();
    let shown = names.get(..MOST.min(names.len())).unwrap_or_default().join(", ");
    if names.len() > MOST { format!("{shown} and {} more", names.len() - MOST) } else { shown }
}

/// A name as SQL has it, whatever characters it is made of.
pub(super) fn in_quotes(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::Side;

    const USAGE: &str = "created_at,model_used,tokens_used,calculated_cost_cents";
    const SPEND: &str = "request_id,startTime,model,spend,total_tokens";

    fn table(schema: &str, name: &str, columns: &str) -> Table {
        let column = |name: &str| Column { name: name.into(), ..Column::default() };
        Table {
            schema: schema.into(),
            name: name.into(),
            columns: columns.split(',').map(column).collect(),
            is_part: false,
            is_visible: schema == "public",
        }
    }

    fn chosen(tables: &[Table], asked: Option<&str>) -> Result<(String, &'static str), String> {
        let wanted = Wanted { side: Side::Ledger, format: None, maps: &[], month: None, keep: &[], bundled: false };
        choose(tables, asked, &wanted).map(|(table, known)| (table.full_name(), known.format))
    }

    #[test]
    fn the_only_table_that_is_known_is_taken() {
        let tables = [table("public", "users", "id,email"), table("app", "usage", USAGE)];
        assert_eq!(chosen(&tables, None), Ok(("app.usage".into(), "token-usage")));
        let part = Table { is_part: true, ..table("app", "usage_2026", USAGE) };
        assert_eq!(chosen(&[&tables[..], &[part]].concat(), None).unwrap().0, "app.usage");
    }

    #[test]
    fn several_that_could_be_meant_are_listed_and_none_is_guessed() {
        let tables = [table("public", "a", USAGE), table("public", "b", SPEND)];
        let error = chosen(&tables, None).unwrap_err();
        assert!(error.contains("public.a (token-usage), public.b (litellm). Say which"), "{error}");
        assert_eq!(chosen(&tables, Some("b")).unwrap().1, "litellm");
        let tables = [table("x", "t", USAGE), table("y", "t", USAGE)];
        assert!(chosen(&tables, Some("t")).unwrap_err().contains("could be x.t, y.t"));
        assert_eq!(chosen(&tables, Some("y.t")).unwrap().0, "y.t");
        let tables = [table("x", "t", USAGE), table("public", "t", USAGE)];
        assert_eq!(chosen(&tables, Some("t")).unwrap().0, "public.t");
    }

    #[test]
    fn a_table_is_found_as_it_is_spelled_and_else_in_any_case() {
        let tables = [table("public", "LiteLLM_SpendLogs", SPEND), table("public", "a.b", USAGE)];
        for asked in ["LiteLLM_SpendLogs", "litellm_spendlogs", "\"LiteLLM_SpendLogs\"", "public.\"LiteLLM_SpendLogs\""]
        {
            assert_eq!(chosen(&tables, Some(asked)).unwrap().1, "litellm", "{asked}");
        }
        assert_eq!(chosen(&tables, Some("\"a.b\"")).unwrap().1, "token-usage");
        let error = chosen(&tables, Some("none")).unwrap_err();
        assert_eq!(error, "there is no table “none”; there are public.LiteLLM_SpendLogs, public.a.b");
    }

    #[test]
    fn a_table_that_is_not_known_says_what_it_lacks() {
        let tables = [table("", "t", "a,b")];
        for asked in [None, Some("t")] {
            let error = chosen(&tables, asked).unwrap_err();
            assert!(error.starts_with("t is no ledger this program knows. It has the columns “a”, “b”"), "{error}");
        }
        let error = chosen(&[table("", "t", "a"), table("", "u", "a")], None).unwrap_err();
        assert!(error.contains("There are t, u."), "{error}");
        assert_eq!(in_quotes("a\"b"), "\"a\"\"b\"");
    }
}
