//! Steps taken in a file of TOML: comments and layout of what they do not
//! concern stay, and what comes back comes with its own.

use serde_json::{Map, Value};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TableLike};

use super::tree::{self, Step};
use crate::book::rules_file::{below_what_is_left, take_out};

/// What a text says, as a tree in which every value but texts is its own
/// digits.
///
/// # Errors
/// A sentence without its file.
pub(super) fn parsed(text: &str) -> Result<Value, String> {
    let document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    Ok(table_tree(document.as_table()))
}

fn table_tree(table: &dyn TableLike) -> Value {
    let entries = table.iter().filter(|(_, item)| !item.is_none());
    Value::Object(entries.map(|(key, item)| (key.to_owned(), tree_of(item))).collect::<Map<_, _>>())
}

fn tree_of(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => value_tree(value),
        Item::Table(table) => table_tree(table),
        Item::ArrayOfTables(list) => Value::Array(list.iter().map(|table| table_tree(table)).collect()),
    }
}

fn value_tree(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => Value::String(text.value().clone()),
        toml_edit::Value::Array(list) => Value::Array(list.iter().map(value_tree).collect()),
        toml_edit::Value::InlineTable(table) => table_tree(table),
        // Told from a text by what no text here can begin with.
        other => Value::String(format!("\u{0}{}", other.to_string().trim())),
    }
}

/// The text with the steps taken that lead to `to`.
///
/// # Errors
/// A sentence: a text does not read, or a step leads where TOML has no table.
pub(super) fn applied(now: &str, to: &str, steps: &[Step]) -> Result<String, String> {
    let parse = |text: &str| text.parse().map_err(|error: toml_edit::TomlError| error.to_string());
    let (mut document, source): (DocumentMut, DocumentMut) = (parse(now)?, parse(to)?);
    for step in steps {
        match step.path.as_slice() {
            [key] => put(document.as_table_mut(), source.as_table(), key),
            [outer, inner] => {
                let from = source.get(outer);
                if from.is_some_and(Item::is_array_of_tables)
                    || document.get(outer).is_some_and(Item::is_array_of_tables)
                {
                    put_entry(&mut document, from.and_then(Item::as_array_of_tables), outer, inner)?;
                    continue;
                }
                let no_table = || format!("“{outer}” is not a table");
                let item = document.entry(outer).or_insert(Item::Table(Table::new()));
                let table = item.as_table_like_mut().ok_or_else(no_table)?;
                let empty = Table::new();
                put(table, from.and_then(Item::as_table_like).unwrap_or(&empty), inner);
            }
            _ => return Err("a statement stands deeper than the program writes one".to_owned()),
        }
    }
    Ok(document.to_string())
}

/// Sets a key as it is in the other table, or takes it away.
fn put(table: &mut dyn TableLike, source: &dyn TableLike, key: &str) {
    match source.get(key) {
        None => {
            table.remove(key);
        }
        Some(Item::Value(value)) => {
            let mut value = value.clone();
            if let Some(old) = table.get_mut(key).and_then(Item::as_value_mut) {
                *value.decor_mut() = old.decor().clone();
                *old = value;
            } else {
                table.insert(key, Item::Value(value));
            }
        }
        Some(item) => {
            table.insert(key, item.clone());
        }
    }
}

/// The same of an entry in a list of tables.
fn put_entry(document: &mut DocumentMut, source: Option<&ArrayOfTables>, key: &str, name: &str) -> Result<(), String> {
    let name_of = |table: &Table| tree::name_of(key, &table_tree(table));
    let at = |list: &ArrayOfTables, name: &str| list.iter().position(|table| name_of(table).as_deref() == Some(name));
    let item = document.entry(key).or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let list = item.as_array_of_tables_mut().ok_or_else(|| format!("“{key}” is not a list of tables"))?;
    let wanted = source.and_then(|source| source.get(at(source, name)?)).cloned();
    let there = at(list, name);
    let Some(mut wanted) = wanted else {
        if let Some(there) = there {
            take_out(document, key, there);
        }
        return Ok(());
    };
    // Where a table stands in the text is its position; without one it stands
    // where it is in the list.
    wanted.set_position(None);
    match there.and_then(|there| list.get_mut(there)) {
        Some(table) => {
            *wanted.decor_mut() = table.decor().clone();
            *table = wanted;
        }
        None => {
            let all: Vec<String> = source.into_iter().flat_map(ArrayOfTables::iter).filter_map(name_of).collect();
            let behind = tree::place_behind(&all, name, |name| at(list, name));
            let mut tables: Vec<Table> = std::mem::take(list).into_iter().collect();
            tables.insert(behind.min(tables.len()), wanted);
            tables.iter_mut().for_each(|table| table.set_position(None));
            tables.into_iter().for_each(|table| list.push(table));
            below_what_is_left(document, key);
        }
    }
    Ok(())
}
