//! A table of a SQLite file as texts.

use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::price::PriceTable;

/// The table that proxies keep prices in.
pub const USUAL: &str = "ai_model_pricing";

/// Path and table of what follows `sqlite:`, as in `ledger.db?table=prices`.
///
/// # Errors
/// A sentence, when something else than a table is asked for.
pub fn source(address: &str) -> Result<(PathBuf, String), String> {
    let (path, query) = address.split_once('?').map_or((address, None), |(path, query)| (path, Some(query)));
    let table = match query.map(|query| query.strip_prefix("table=").filter(|table| !table.is_empty())) {
        None => USUAL,
        Some(Some(table)) => table,
        Some(None) => return Err(format!("sqlite:{address} may have ?table=NAME behind the path, and nothing else.")),
    };
    Ok((path.into(), table.into()))
}

/// Reads a whole table. Numbers come as their shortest text, which for a
/// binary float is the number that was typed.
///
/// # Errors
/// A sentence naming the file and what is wrong.
pub fn read(path: &Path, table: &str) -> Result<PriceTable, String> {
    let shown = path.display();
    let wrong = |error: rusqlite::Error| format!("{shown}: the table {table} cannot be read: {error}.");
    if !path.is_file() {
        return Err(format!("{shown} is no file."));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(wrong)?;
    let name = table.replace('"', "\"\"");
    let mut query = db.prepare(&format!("SELECT * FROM \"{name}\"")).map_err(wrong)?;
    let header: Vec<String> = query.column_names().map(str::to_owned).collect();
    let mut found = query.query([]).map_err(wrong)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(wrong)? {
        let cells = (0..header.len()).map(|at| row.get_ref(at).map(text));
        let cells = cells.collect::<Result<Vec<String>, _>>().map_err(wrong)?;
        rows.push((rows.len() as u64 + 1, cells));
    }
    Ok(PriceTable { file: path.into(), header, rows })
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).trim().to_owned(),
    }
}
