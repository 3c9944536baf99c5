//! Tables of SQLite, row by row: a REAL is never added up in SQL.

use rusqlite::types::ValueRef;

use super::tally::Tally;
use super::{Asked, Columns, Standing};
use crate::source::choose::{choose, in_quotes};
use crate::source::{SqliteLocation, sqlite as reading};

pub(super) fn status(location: &SqliteLocation, asked: &Asked) -> Result<Standing, String> {
    let failed = |error: rusqlite::Error| reading::sentence(&location.path, &error);
    let db = reading::connect(&location.path)?;
    let tables = reading::tables(&db).map_err(failed)?;
    let (table, known) = choose(&tables, location.table.as_deref(), &asked.wanted())?;
    let columns = Columns::of_table(table, &known, asked)?;
    let list = columns.in_order().map(|name| name.map_or("NULL".into(), in_quotes));
    let sql = format!("SELECT {} FROM {}", list.join(", "), in_quotes(&table.name));
    let mut statement = db.prepare(&sql).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    let mut tally = Tally::new(asked, columns.units());
    while let Some(row) = rows.next().map_err(failed)? {
        let mut texts: [String; 8] = Default::default();
        for (at, text) in texts.iter_mut().enumerate() {
            *text = match row.get_ref(at).map_err(failed)? {
                ValueRef::Null => String::new(),
                ValueRef::Integer(number) => number.to_string(),
                ValueRef::Real(number) => number.to_string(),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            };
        }
        tally.row(texts.each_ref().map(String::as_str));
    }
    Ok(Standing { shown: table.full_name(), ..tally.finish() })
}
