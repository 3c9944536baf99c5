//! Tables of Postgres, and of engines that speak its protocol. Everything is
//! asked for as text and in one read-only transaction: numbers arrive by their
//! digits, times in UTC, and rows through a cursor on the server.

mod bundles;
mod cell;
mod connect;
mod sentences;
mod sums;
pub(super) mod tables;
mod tls;
mod whole;

use postgres::fallible_iterator::FallibleIterator;
use postgres::{Client, SimpleQueryMessage};

use super::choose::{Table, choose, in_quotes};
use super::stream::{self, Rows, Sheet, Stopped};
use super::{Chosen, PostgresLocation, SourceError, Wanted};
use crate::calendar::{Day, Instant};
use crate::read::{KnownTable, MARKS};
use bundles::{Bundles, Repeated};
pub(super) use cell::within_days;
pub(super) use connect::connect;
pub(super) use sentences::{Doing, sentence};
pub(super) use sums::exact_sum;
pub(super) use whole::whole;

/// Rows that come over the wire at once.
const FETCH: u32 = 10_000;

pub(super) fn try_connect(location: &PostgresLocation) -> Result<(), SourceError> {
    connect(location).map(drop)
}

pub(super) fn open(location: &PostgresLocation, wanted: &Wanted) -> Result<(Rows, Chosen), SourceError> {
    let shown = location.shown.clone();
    let refuse = |what: String| SourceError::new(&shown, what);
    let mut client = connect(location)?;
    let user = location.config.get_user().unwrap_or("you").to_owned();
    let failed = |error: postgres::Error| refuse(sentence(&error, &Doing::Listing, &user));
    set_up(&mut client).map_err(failed)?;
    let tables = tables::list(&mut client).map_err(failed)?;
    let (table, known) = choose(&tables, location.table.as_deref(), wanted).map_err(refuse)?;
    let mut chosen = Chosen { name: table.full_name(), format: known.format, one_by_one: None };
    if let (true, Some(days)) = (wanted.bundled, wanted.days()) {
        match plan_bundles(&mut client, table, &known, days, &user).map_err(failed)? {
            Ok(bundles) => return Ok((stream_bundles(client, bundles, known, table_in_quotes(table), user), chosen)),
            Err(why) => chosen.one_by_one = Some(format!("{} {why}", chosen.name)),
        }
    }
    let sql = select(table, &known, wanted.days());
    let reading = Doing::Reading { table: table_in_quotes(table) };
    // The query is refused here, if it is, and not in the midst of reading.
    client
        .simple_query(&format!("DECLARE trueup_rows NO SCROLL CURSOR FOR {sql}"))
        .map_err(|error| refuse(sentence(&error, &reading, &user)))?;
    let rows = stream::start(move |sheet| {
        sheet.row(known.columns.iter().map(String::as_str))?;
        while fetch(&mut client, sheet, &reading, &user)? > 0 {}
        Ok(())
    });
    Ok((rows, chosen))
}

/// How the rows are added up, or a sentence without its subject why they are
/// not. The transaction goes on either way.
fn plan_bundles(
    client: &mut Client,
    table: &Table,
    known: &KnownTable,
    days: (Day, Day),
    user: &str,
) -> Result<Result<Bundles, String>, postgres::Error> {
    let bundles = match Bundles::plan(table, known, days, &order(table, known)) {
        Ok(bundles) => bundles,
        Err(why) => return Ok(Err(why)),
    };
    let encoding = client.simple_query("SHOW server_encoding")?;
    let is_utf8 = |m: &SimpleQueryMessage| matches!(m, SimpleQueryMessage::Row(row) if row.get(0) == Some("UTF8"));
    if !encoding.iter().any(is_utf8) {
        return Ok(Err("stands in a database that is not in UTF-8".into()));
    }
    // What an engine does not know, it refuses here and not in the midst of
    // reading.
    for sql in [Some(bundles.bundles(&[])), bundles.repeated()].into_iter().flatten() {
        if let Err(error) = client.simple_query(&format!("EXPLAIN {sql}")) {
            let doing = Doing::Reading { table: table_in_quotes(table) };
            client.simple_query("ROLLBACK")?;
            client.simple_query(BEGIN)?;
            return Ok(Err(format!("is not added up by the server: {}", sentence(&error, &doing, user))));
        }
    }
    Ok(Ok(bundles))
}

/// The sums first, then the rows that are in none, all of one moment.
fn stream_bundles(mut client: Client, bundles: Bundles, known: KnownTable, table: String, user: String) -> Rows {
    let doing = Doing::Reading { table };
    stream::start(move |sheet| {
        let failed = |error: postgres::Error| Stopped::Failed(sentence(&error, &doing, &user));
        sheet.row(known.columns.iter().map(String::as_str).chain(MARKS))?;
        let repeated = match bundles.repeated() {
            Some(sql) => Repeated::of(hashes(&mut client, &sql).map_err(failed)?),
            None => Repeated::of(Vec::new()),
        };
        let mut has_rest = true;
        if let Repeated::Hashes(hashes) = &repeated {
            has_rest = !hashes.is_empty();
            // Not through a cursor, for which a server never works in parallel.
            let mut sums = client.query_raw(&bundles.bundles(hashes), std::iter::empty::<&str>()).map_err(failed)?;
            while let Some(row) = sums.next().map_err(failed)? {
                let cell = |column| row.try_get::<_, Option<&str>>(column).map_err(failed);
                let last = row.len().saturating_sub(1);
                if cell(last)? != Some("true") {
                    has_rest = true;
                    continue;
                }
                for column in 0..last {
                    sheet.cell(cell(column)?.unwrap_or("").as_bytes());
                }
                sheet.end_row()?;
            }
        }
        if !has_rest {
            return Ok(());
        }
        // A copy has columns as they are shown, comes as it is read, and may be
        // made by several workers.
        let rest = client.copy_out(&format!("COPY ({}) TO STDOUT (FORMAT csv)", bundles.rest(&repeated)));
        let mut rest = csv::ReaderBuilder::new().has_headers(false).from_reader(rest.map_err(failed)?);
        let mut record = csv::ByteRecord::new();
        while rest.read_byte_record(&mut record).map_err(|error| Stopped::Failed(lost(&error)))? {
            record.iter().for_each(|cell| sheet.cell(cell));
            MARKS.iter().for_each(|_| sheet.cell(b""));
            sheet.end_row()?;
        }
        Ok(())
    })
}

fn lost(error: &csv::Error) -> String {
    format!("was lost while its rows were read: {error}; read them one by one with --rows")
}

fn hashes(client: &mut Client, sql: &str) -> Result<Vec<i64>, postgres::Error> {
    client.query(sql, &[])?.iter().map(|row| row.try_get::<_, i64>(0)).collect()
}

pub(super) fn list(location: &PostgresLocation) -> Result<Vec<Table>, SourceError> {
    let mut client = connect(location)?;
    let user = location.config.get_user().unwrap_or("you");
    tables::list(&mut client)
        .map_err(|error| SourceError::new(&location.shown, sentence(&error, &Doing::Listing, user)))
}

/// A transaction that cannot change anything.
pub(super) fn set_up(client: &mut Client) -> Result<(), postgres::Error> {
    settings(client)?;
    // So that sums are kept in memory; one query is not worth a compiler.
    for aid in ["work_mem = '64MB'", "jit = off"] {
        let _ = client.simple_query(&format!("SET {aid}"));
    }
    client.simple_query(BEGIN)?;
    Ok(())
}

/// All queries of one reading see the table as it was at one moment.
const BEGIN: &str = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Texts as they do not depend on the server's settings.
pub(super) fn settings(client: &mut Client) -> Result<(), postgres::Error> {
    client.simple_query("SET TIME ZONE 'UTC'")?;
    client.simple_query("SET datestyle = 'ISO, YMD'")?;
    // Floats by their shortest exact text, also on servers before version 12.
    client.simple_query("SET extra_float_digits = 3")?;
    for limit in
        ["statement_timeout = '10min'", "lock_timeout = '10s'", "idle_in_transaction_session_timeout = '30min'"]
    {
        // An engine that has no such limit is read without it.
        let _ = client.simple_query(&format!("SET {limit}"));
    }
    Ok(())
}

/// The next rows; how many there were.
fn fetch(client: &mut Client, sheet: &mut Sheet, doing: &Doing, user: &str) -> Result<u64, Stopped> {
    let messages = client
        .simple_query(&format!("FETCH FORWARD {FETCH} FROM trueup_rows"))
        .map_err(|error| Stopped::Failed(sentence(&error, doing, user)))?;
    let mut count = 0;
    for message in messages {
        if let SimpleQueryMessage::Row(row) = message {
            count += 1;
            for column in 0..row.len() {
                let text = row.try_get(column).map_err(|error| Stopped::Failed(sentence(&error, doing, user)))?;
                sheet.cell(text.unwrap_or("").as_bytes());
            }
            sheet.end_row()?;
        }
    }
    Ok(count)
}

pub(super) fn table_in_quotes(table: &Table) -> String {
    format!("{}.{}", in_quotes(&table.schema), in_quotes(&table.name))
}

fn select(table: &Table, known: &KnownTable, days: Option<(Day, Day)>) -> String {
    let columns: Vec<String> = known.columns.iter().map(|column| in_quotes(column)).collect();
    let filter = days.map(|days| filter(table, &known.time, days)).unwrap_or_default();
    let (columns, order) = (columns.join(", "), order(table, known));
    format!("SELECT {columns} FROM {}{filter} ORDER BY {order}", table_in_quotes(table))
}

/// By time and key, so that the same table reads the same. Without a key by
/// all columns; as texts, since not every type has an order.
fn order(table: &Table, known: &KnownTable) -> String {
    let mut order: Vec<String> = table.columns.iter().filter(|c| c.in_key).map(|c| in_quotes(&c.name)).collect();
    if order.is_empty() {
        order = known.columns.iter().map(|column| format!("{}::text", in_quotes(column))).collect();
    }
    order.insert(0, in_quotes(&known.time));
    order.join(", ")
}

/// Rows of these days by the type of the column, so that an index on it is of
/// use. What has no time, or one in no known form, goes along, to be refused
/// by whoever reads it.
fn filter(table: &Table, time: &str, (first, last): (Day, Day)) -> String {
    let end = last.plus_days(1);
    let column = table.columns.iter().find(|column| column.name == time);
    let name = in_quotes(time);
    let within = match column.map_or("", |column| column.kind.as_str()) {
        // Dates, and times with and without a zone; without one they are UTC.
        "D" => format!("({name} >= '{first} 00:00:00+00' AND {name} < '{end} 00:00:00+00')"),
        "N" => {
            let seconds = |day: Day| Instant::start_of(day).micros() / 1_000_000;
            format!(
                "(({name} >= {} AND {name} < {}) OR {name} < 1000000000 OR {name} > 9999999999)",
                seconds(first),
                seconds(end)
            )
        }
        "S" => format!(
            "({name} !~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}' OR (left({name}, 10) >= '{first}' AND left({name}, 10) <= '{last}'))"
        ),
        _ => return String::new(),
    };
    match column {
        Some(column) if !column.may_be_null => format!(" WHERE {within}"),
        _ => format!(" WHERE ({within} OR {name} IS NULL)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::choose::Column;

    fn table(kind: &str, may_be_null: bool) -> Table {
        let column =
            |name: &str, kind: &str| Column { name: name.into(), kind: kind.into(), may_be_null, ..Column::default() };
        Table {
            schema: "app".into(),
            name: "t\"x".into(),
            columns: vec![Column { in_key: true, ..column("id", "U") }, column("at", kind)],
            ..Table::default()
        }
    }

    fn sql(table: &Table) -> String {
        let known =
            KnownTable { format: "f", columns: vec!["at".into(), "id".into()], time: "at".into(), roles: vec![] };
        let month: crate::calendar::Month = "2026-01".parse().unwrap();
        select(table, &known, Some((month.first().plus_days(-1), month.last().plus_days(1))))
    }

    #[test]
    fn only_rows_of_the_days_are_asked_for_in_an_order_that_stays() {
        assert_eq!(
            sql(&table("D", false)),
            "SELECT \"at\", \"id\" FROM \"app\".\"t\"\"x\" WHERE (\"at\" >= '2025-12-31 00:00:00+00' AND \
             \"at\" < '2026-02-02 00:00:00+00') ORDER BY \"at\", \"id\""
        );
        assert!(sql(&table("D", true)).contains("OR \"at\" IS NULL)"));
        assert!(sql(&table("N", false)).contains("\"at\" >= 1767139200 AND \"at\" < 1769990400"));
        assert!(sql(&table("U", false)).contains("\"t\"\"x\" ORDER BY"));
        let mut keyless = table("D", false);
        keyless.columns[0].in_key = false;
        assert!(sql(&keyless).ends_with("ORDER BY \"at\", \"at\"::text, \"id\"::text"), "{}", sql(&keyless));
    }
}
