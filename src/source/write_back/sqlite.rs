//! Verdicts into a table of SQLite.

use std::time::Duration;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params_from_iter};

use super::plan::Planner;
use super::{CHANGED, Cell, Fits, How, LeftOut, Plan, RowChange, RowMark, Written, columns_of, telling};
use crate::source::choose::{in_quotes, named};
use crate::source::{SqliteLocation, sqlite as reading};

/// How long another program may hold the database before it is an error.
const BUSY: Duration = Duration::from_secs(10);

/// The columns of a table that writing needs, as the table spells them.
struct Target {
    table: String,
    key: String,
    recorded: String,
    three: [String; 3],
    fits: Fits,
}

pub(super) fn plan(location: &SqliteLocation, marks: &[RowMark], how: &How) -> Result<Plan, String> {
    let db = reading::connect(&location.path)?;
    let failed = |error: rusqlite::Error| reading::sentence(&location.path, &error);
    let target = Target::find(&db, location)?;
    target.fits.allow(marks, how)?;
    let mut planner = Planner::new(marks);
    let [actual, at, status] = &target.three;
    let columns = [&target.key, &target.recorded, actual, at, status].map(|name| in_quotes(name)).join(", ");
    let sql = format!("SELECT {columns} FROM {} ORDER BY {}", in_quotes(&target.table), in_quotes(&target.key));
    let mut statement = db.prepare(&sql).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let cell = |column| row.get_ref(column).map(cell).map_err(failed);
        planner.row([cell(0)?, cell(1)?, cell(2)?, cell(3)?, cell(4)?]);
    }
    Ok(planner.finish(target.fits, how))
}

pub(super) fn write(
    location: &SqliteLocation,
    rows: Vec<RowChange>,
    tell: &dyn Fn(u64),
    keep: &mut dyn FnMut(&Written) -> Result<(), String>,
) -> Result<Written, String> {
    let failed = |error: rusqlite::Error| sentence(location, &error);
    // Never makes a file where there is none.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(&location.path, flags).map_err(failed)?;
    db.busy_timeout(BUSY).map_err(failed)?;
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let target = Target::find(&change, location)?;
    let mut written = Written::default();
    {
        let [actual, at, status] = target.three.each_ref().map(|name| in_quotes(name));
        let (key, recorded) = (in_quotes(&target.key), in_quotes(&target.recorded));
        let update = format!(
            "UPDATE {} SET {actual} = ?1, {at} = ?2, {status} = ?3
             WHERE {key} = ?4 AND {actual} IS ?5 AND {at} IS ?6 AND {status} IS ?7",
            in_quotes(&target.table)
        );
        let mut alone = change.prepare(&update).map_err(failed)?;
        let mut with_cost = change.prepare(&format!("{update} AND {recorded} IS ?8")).map_err(failed)?;
        for row in telling(rows, tell) {
            let cells = row.after.iter().chain([&row.key]).chain(&row.before).chain(&row.recorded);
            let values = cells.map(value).collect::<Result<Vec<Value>, String>>()?;
            let statement = if row.recorded.is_some() { &mut with_cost } else { &mut alone };
            match statement.execute(params_from_iter(values)).map_err(failed)? {
                1 => written.rows.push(row),
                0 => written.left_out.push(LeftOut { key: row.key.text(), why: CHANGED }),
                _ => return Err(format!("{} names more than one row by now; nothing was written", row.key.text())),
            }
        }
    }
    keep(&written)?;
    change.commit().map_err(failed)?;
    Ok(written)
}

fn sentence(location: &SqliteLocation, error: &rusqlite::Error) -> String {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => {
            format!("a rule of the table or a trigger refuses what would be written ({error}); nothing was written")
        }
        Some(ErrorCode::ReadOnly) => "may not be written to; ask for permission".into(),
        Some(_) => reading::sentence(&location.path, error),
        None => format!("cannot be written: {error}"),
    }
}

impl Target {
    fn find(db: &Connection, location: &SqliteLocation) -> Result<Self, String> {
        let failed = |error: rusqlite::Error| reading::sentence(&location.path, &error);
        let tables = reading::tables(db).map_err(failed)?;
        let asked = location.table.as_deref().ok_or("names no table; write ?table=NAME behind the path")?;
        let table = named(&tables, asked)?;
        let [key, recorded, actual, at, status] = columns_of(table)?;
        let three = [actual, at, status];
        let sql = "SELECT type FROM pragma_table_xinfo(?1) WHERE name = ?2";
        let declared = |name: &str| db.query_row(sql, [table.name.as_str(), name], |row| row.get::<_, String>(0));
        let [cents, time, _] = &three;
        let fits = Fits::of(&declared(cents).map_err(failed)?);
        if declared(time).map_err(failed)?.to_ascii_uppercase().contains("INT") {
            return Err(format!(
                "{} has whole numbers as {time}, and nothing says of what; make it a column of texts or timestamps",
                table.name
            ));
        }
        Ok(Self { table: table.name.clone(), key, recorded, three, fits })
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Real(number.to_string()),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Cell::Text(text.into()),
            Err(_) => Cell::Blob(crate::journal::hex(text)),
        },
        ValueRef::Blob(bytes) => Cell::Blob(crate::journal::hex(bytes)),
    }
}

fn value(cell: &Cell) -> Result<Value, String> {
    let unreadable = || format!("what was kept of a row cannot be read back: {}", cell.text());
    Ok(match cell {
        Cell::Null => Value::Null,
        Cell::Integer(number) => Value::Integer(*number),
        // The shortest text gives the very same float back.
        Cell::Real(text) => Value::Real(text.parse().map_err(|_| unreadable())?),
        Cell::Text(text) => Value::Text(text.clone()),
        Cell::Blob(text) => {
            let byte = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
            let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(byte).collect();
            Value::Blob(bytes.ok_or_else(unreadable)?)
        }
    })
}
