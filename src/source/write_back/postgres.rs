//! Verdicts into a table of Postgres. Values go and come as text, cast to the
//! column's own type by the server, so that no digit is lost on the way.

use postgres::{Client, Row, Transaction};

use super::plan::Planner;
use super::{CHANGED, Cell, Fits, How, LeftOut, Plan, RowChange, RowMark, Written, columns_of, telling};
use crate::source::choose::{in_quotes, named};
use crate::source::postgres::{self as reading, Doing};
use crate::source::{PostgresLocation, SourceError};

/// A column with its type, both as SQL has them.
struct Typed {
    name: String,
    kind: String,
}

struct Target {
    table: String,
    key: Typed,
    recorded: Typed,
    three: [Typed; 3],
    fits: Fits,
}

pub(super) fn plan(location: &PostgresLocation, marks: &[RowMark], how: &How) -> Result<Plan, SourceError> {
    let work = Work { location };
    let mut client = work.client()?;
    let target = work.target(&mut client)?;
    target.fits.allow(marks, how).map_err(|what| work.refuse(what))?;
    let mut planner = Planner::new(marks);
    let [actual, at, status] = &target.three;
    let texts = [&target.key, &target.recorded, actual, at, status].map(|column| format!("{}::text", column.name));
    let sql = format!("SELECT {} FROM {}", texts.join(", "), target.table);
    let failed = |error| work.failed(&error, &target.table);
    let mut rows = client.query_raw(&sql, std::iter::empty::<&str>()).map_err(failed)?;
    while let Some(row) = postgres::fallible_iterator::FallibleIterator::next(&mut rows).map_err(failed)? {
        let cell = |column| cell(&row, column).map_err(failed);
        planner.row([cell(0)?, cell(1)?, cell(2)?, cell(3)?, cell(4)?]);
    }
    let mut plan = planner.finish(target.fits, how);
    // The server gives rows in any order.
    plan.rows.sort_by_key(|row| row.key.text());
    Ok(plan)
}

pub(super) fn write(
    location: &PostgresLocation,
    rows: Vec<RowChange>,
    tell: &dyn Fn(u64),
    keep: &mut dyn FnMut(&Written) -> Result<(), String>,
) -> Result<Written, SourceError> {
    let work = Work { location };
    let mut client = work.client()?;
    let target = work.target(&mut client)?;
    let failed = |error| work.failed(&error, &target.table);
    let mut change = client.transaction().map_err(failed)?;
    let written = update(&mut change, &target, telling(rows, tell)).map_err(|error| match error {
        Failed::Server(error) => failed(error),
        Failed::Several(key) => work.refuse(format!("{key} names more than one row by now; nothing was written")),
    })?;
    keep(&written).map_err(|what| work.refuse(what))?;
    change.commit().map_err(failed)?;
    Ok(written)
}

enum Failed {
    Server(postgres::Error),
    Several(String),
}

impl From<postgres::Error> for Failed {
    fn from(error: postgres::Error) -> Self {
        Self::Server(error)
    }
}

fn update(change: &mut Transaction, target: &Target, rows: impl Iterator<Item = RowChange>) -> Result<Written, Failed> {
    let [actual, at, status] = &target.three;
    let set = |column: &Typed, place: u8| format!("{} = ${place}::text::{}", column.name, column.kind);
    let same = |column: &Typed, place: u8| format!("{}::text IS NOT DISTINCT FROM ${place}::text", column.name);
    let sql = format!(
        "UPDATE {table} SET {}, {}, {} WHERE {} AND {} AND {} AND {} AND ($8::text = '' OR {})
         RETURNING {}::text, {}::text, {}::text",
        set(actual, 1),
        set(at, 2),
        set(status, 3),
        set(&target.key, 4),
        same(actual, 5),
        same(at, 6),
        same(status, 7),
        same(&target.recorded, 9),
        actual.name,
        at.name,
        status.name,
        table = target.table,
    );
    let statement = change.prepare(&sql)?;
    let mut written = Written::default();
    for mut row in rows {
        let [a, b, c] = row.after.each_ref().map(text);
        let [d, e, f] = row.before.each_ref().map(text);
        let (key, asks) = (text(&row.key), if row.recorded.is_some() { "y" } else { "" });
        let recorded = row.recorded.as_ref().and_then(text);
        let found = change.query(&statement, &[&a, &b, &c, &key, &d, &e, &f, &asks, &recorded])?;
        match found.as_slice() {
            [] => written.left_out.push(LeftOut { key: row.key.text(), why: CHANGED }),
            [now] => {
                // As the server spells it, to be known again when it is undone.
                row.after = [cell(now, 0)?, cell(now, 1)?, cell(now, 2)?];
                written.rows.push(row);
            }
            _ => return Err(Failed::Several(row.key.text())),
        }
    }
    Ok(written)
}

struct Work<'a> {
    location: &'a PostgresLocation,
}

impl Work<'_> {
    fn refuse(&self, what: impl Into<String>) -> SourceError {
        SourceError::new(&self.location.shown, what)
    }

    fn failed(&self, error: &postgres::Error, table: &str) -> SourceError {
        if error.as_db_error().is_some_and(|told| told.code().code().starts_with("23")) {
            return self.refuse(format!(
                "a rule of the table refuses what would be written ({}); nothing was written",
                error.as_db_error().map(|told| told.message()).unwrap_or_default()
            ));
        }
        let user = self.location.config.get_user().unwrap_or("you");
        self.refuse(reading::sentence(error, &Doing::Reading { table: table.to_owned() }, user))
    }

    fn client(&self) -> Result<Client, SourceError> {
        let mut client = reading::connect(self.location)?;
        reading::settings(&mut client).map_err(|error| self.failed(&error, "the table"))?;
        Ok(client)
    }

    fn target(&self, client: &mut Client) -> Result<Target, SourceError> {
        let failed = |error: postgres::Error| self.failed(&error, "the table");
        let tables = reading::tables::list(client).map_err(failed)?;
        let asked = self.location.table.as_deref().ok_or_else(|| self.refuse("names no table; write ?table=NAME"))?;
        let table = named(&tables, asked).map_err(|what| self.refuse(what))?;
        let [key, recorded, actual, at, status] = columns_of(table).map_err(|what| self.refuse(what))?;
        let sql = "SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a
            JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1::text AND c.relname = $2::text AND a.attname = $3::text";
        let mut typed = |name: String| -> Result<Typed, SourceError> {
            let row = client.query_one(sql, &[&table.schema, &table.name, &name]).map_err(failed)?;
            Ok(Typed { kind: row.try_get(0).map_err(failed)?, name: in_quotes(&name) })
        };
        let three = [typed(actual)?, typed(at)?, typed(status)?];
        let fits = match three[0].kind.as_str() {
            // Without a scale it is exact here.
            "numeric" => Fits::Exactly,
            "real" => Fits::Digits(6),
            other => Fits::of(other),
        };
        Ok(Target { table: reading::table_in_quotes(table), key: typed(key)?, recorded: typed(recorded)?, three, fits })
    }
}

fn cell(row: &Row, column: usize) -> Result<Cell, postgres::Error> {
    Ok(row.try_get::<_, Option<String>>(column)?.map_or(Cell::Null, Cell::Text))
}

fn text(cell: &Cell) -> Option<String> {
    (*cell != Cell::Null).then(|| cell.text())
}
