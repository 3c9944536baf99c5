//! Tables of an SQLite database, read without ever writing to it.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, params};

use super::choose::{Column, Table, choose, in_quotes};
use super::stream::{self, Rows, Sheet, Stopped};
use super::{Chosen, SourceError, SqliteLocation, Wanted};
use crate::calendar::{Day, Instant};
use crate::read::KnownTable;

/// How long another program may hold the database before it is an error.
const BUSY: Duration = Duration::from_secs(10);

pub(super) fn open(location: &SqliteLocation, wanted: &Wanted) -> Result<(Rows, Chosen), SourceError> {
    let shown = super::Location::Sqlite(location.clone()).shown();
    let refuse = |what: String| SourceError::new(&shown, what);
    let path = location.path.clone();
    let db = connect(&path).map_err(refuse)?;
    let tables = tables(&db).map_err(|error| refuse(sentence(&path, &error)))?;
    let (table, known) = choose(&tables, location.table.as_deref(), wanted).map_err(refuse)?;
    let chosen = Chosen { name: table.full_name(), format: known.format, one_by_one: None };
    let order = order(&db, table, &known).map_err(|error| refuse(sentence(&path, &error)))?;
    let query = select(&table.name, &known, wanted.days(), &order);
    let rows = stream::start(move |sheet| {
        sheet.row(known.columns.iter().map(String::as_str))?;
        write_rows(&db, &query, sheet).map_err(|error| match error {
            Ended::Stopped(stopped) => stopped,
            Ended::Database(error) => Stopped::Failed(sentence(&path, &error)),
        })
    });
    Ok((rows, chosen))
}

pub(super) fn list(location: &SqliteLocation) -> Result<Vec<Table>, SourceError> {
    let refuse = |what: String| SourceError::new(super::Location::Sqlite(location.clone()).shown(), what);
    let db = connect(&location.path).map_err(refuse)?;
    tables(&db).map_err(|error| refuse(sentence(&location.path, &error)))
}

pub(super) fn connect(path: &Path) -> Result<Connection, String> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err("there is no such file; check the path, or name the database where it lies now".into());
        }
        Err(error) => return Err(format!("cannot be read: {error}")),
        Ok(meta) if meta.is_dir() => return Err("is a folder; name the database file in it".into()),
        Ok(_) => {}
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(|error| sentence(path, &error))?;
    db.busy_timeout(BUSY).map_err(|error| sentence(path, &error))?;
    Ok(db)
}

pub(super) fn tables(db: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut names = db.prepare(
        "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         ORDER BY name",
    )?;
    // Those that are hidden in a virtual table are no columns of its rows.
    let mut columns = db.prepare("SELECT name, pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid")?;
    let names = names.query_map([], |row| row.get::<_, String>(0))?;
    names
        .map(|name| {
            let name = name?;
            let column = |row: &rusqlite::Row| {
                let in_key = row.get::<_, i64>(1)? > 0;
                Ok(Column { name: row.get(0)?, in_key, may_be_null: true, ..Column::default() })
            };
            let columns = columns.query_map([&name], column)?.collect::<rusqlite::Result<_>>()?;
            Ok(Table { name, columns, is_visible: true, ..Table::default() })
        })
        .collect()
}

/// What the rows are ordered by, so that the same table reads the same.
fn order(db: &Connection, table: &Table, known: &KnownTable) -> rusqlite::Result<String> {
    let sql = "SELECT type, wr FROM pragma_table_list(?1) WHERE schema = 'main'";
    let (kind, without_rowid): (String, bool) =
        db.query_row(sql, [&table.name], |row| Ok((row.get(0)?, row.get(1)?)))?;
    // A column may have the name that rows are numbered by.
    let is_column = |name: &&str| table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    let rowid = ["rowid", "_rowid_", "oid"].into_iter().find(|name| !is_column(name));
    if let (true, false, Some(rowid)) = (kind == "table", without_rowid, rowid) {
        return Ok(rowid.into());
    }
    let keys = table.columns.iter().filter(|column| column.in_key).map(|column| in_quotes(&column.name));
    let keys: Vec<String> = keys.collect();
    let all = || known.columns.iter().map(|column| in_quotes(column)).collect();
    Ok(if keys.is_empty() { all() } else { keys }.join(", "))
}

struct Query {
    sql: String,
    days: Option<(Day, Day)>,
}

/// Days are compared in whichever form the database has times; what is in
/// none of these goes along, to be refused by whoever reads it.
fn select(table: &str, known: &KnownTable, days: Option<(Day, Day)>, order: &str) -> Query {
    let columns: Vec<String> = known.columns.iter().map(|column| in_quotes(column)).collect();
    let time = in_quotes(&known.time);
    let filter = match days {
        None => String::new(),
        Some(_) => format!(
            " WHERE CASE typeof({time})
              WHEN 'text' THEN {time} NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'
                OR substr({time}, 1, 10) BETWEEN ?1 AND ?2
              WHEN 'integer' THEN {time} NOT BETWEEN 1000000000 AND 9999999999 OR ({time} >= ?3 AND {time} < ?4)
              WHEN 'real' THEN {time} NOT BETWEEN 1000000000 AND 9999999999 OR ({time} >= ?3 AND {time} < ?4)
              ELSE 1 END"
        ),
    };
    let sql = format!("SELECT {} FROM {}{filter} ORDER BY {order}", columns.join(", "), in_quotes(table));
    Query { sql, days }
}

enum Ended {
    Stopped(Stopped),
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Ended {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

fn write_rows(db: &Connection, query: &Query, sheet: &mut Sheet) -> Result<(), Ended> {
    let mut statement = db.prepare(&query.sql)?;
    let columns = statement.column_count();
    let mut rows = match query.days {
        None => statement.query([])?,
        Some((first, last)) => {
            let seconds = |day: Day| Instant::start_of(day).micros() / 1_000_000;
            let (from, to) = (seconds(first), seconds(last.plus_days(1)));
            statement.query(params![first.to_string(), last.to_string(), from, to])?
        }
    };
    let mut room = Vec::new();
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            room.clear();
            // Writing to memory does not fail. A REAL by its shortest text:
            // nothing is ever calculated with it.
            let _ = match row.get_ref(column)? {
                ValueRef::Null => Ok(()),
                ValueRef::Integer(number) => write!(room, "{number}"),
                ValueRef::Real(number) => write!(room, "{number}"),
                ValueRef::Text(text) => room.write_all(text),
                ValueRef::Blob(bytes) => bytes.iter().try_for_each(|byte| write!(room, "{byte:02x}")),
            };
            sheet.cell(&room);
        }
        sheet.end_row().map_err(Ended::Stopped)?;
    }
    Ok(())
}

pub(super) fn sentence(path: &Path, error: &rusqlite::Error) -> String {
    let journal = path.with_extension("db-wal").exists() || Path::new(&format!("{}-wal", path.display())).exists();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "is no SQLite database, or an encrypted one".into(),
        Some(ErrorCode::DatabaseCorrupt) => format!("is damaged ({error}); read a backup of it"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "is held by another program; close it there and try again".into()
        }
        Some(ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied) => {
            "may not be read; ask for permission".into()
        }
        Some(ErrorCode::CannotOpen) if journal => {
            "cannot be opened: it is in write-ahead mode, and its folder may not be written to; copy the database \
             with its -wal file to a folder of your own"
                .into()
        }
        Some(ErrorCode::CannotOpen) => "cannot be opened; check that you may read it".into(),
        _ => format!("cannot be read: {error}"),
    }
}

#[cfg(test)]
#[path = "sqlite_tests.rs"]
mod tests;
