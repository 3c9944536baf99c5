//! Tables of Postgres, counted by the server.

use postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::tally::money;
use super::{Asked, Columns, Discrepancy, Standing, StatusSum, Unit};
use crate::amount::Amount;
use crate::source::choose::{Table, choose, in_quotes};
use crate::source::postgres::{self as reading, Doing, exact_sum, within_days};
use crate::source::{PostgresLocation, SourceError};

pub(super) fn status(location: &PostgresLocation, asked: &Asked) -> Result<Standing, SourceError> {
    let refuse = |what: String| SourceError::new(&location.shown, what);
    let user = location.config.get_user().unwrap_or("you");
    let mut client = reading::connect(location)?;
    let listing = |error: postgres::Error| refuse(reading::sentence(&error, &Doing::Listing, user));
    reading::set_up(&mut client).map_err(listing)?;
    let tables = reading::tables::list(&mut client).map_err(listing)?;
    let (table, known) = choose(&tables, location.table.as_deref(), &asked.wanted()).map_err(refuse)?;
    let columns = Columns::of_table(table, &known, asked).map_err(refuse)?;
    let within = match asked.days {
        Some(days) => {
            within_days(table, &known, days).map_err(|what| refuse(format!("{} {what}", table.full_name())))?
        }
        None => "true".into(),
    };
    let question = Question { table, columns: &columns, within };
    let statuses = question.statuses().map_err(|what| refuse(format!("{} {what}", table.full_name())))?;
    let units = columns.units();
    let failed = |error: postgres::Error| {
        let doing = Doing::Reading { table: reading::table_in_quotes(table) };
        refuse(reading::sentence(&error, &doing, user))
    };
    let mut standing = Standing { shown: table.full_name(), statuses: Vec::new(), latest: Vec::new(), unreadable: 0 };
    for row in rows(&mut client, &statuses).map_err(failed)? {
        let text = |at: usize| row.get(at).unwrap_or_default();
        let sum = |at, unit| money(text(at), unit).flatten().unwrap_or_default();
        let count = |at: usize| text(at).parse::<u64>().unwrap_or(0);
        standing.unreadable += count(5);
        standing.statuses.push(StatusSum {
            status: text(0).to_owned(),
            entries: count(1),
            recorded: sum(2, units[0]),
            actual: sum(3, units[1]),
            settled: count(4),
        });
    }
    standing.statuses.retain(|sum| sum.entries > 0);
    for row in rows(&mut client, &question.latest(asked.latest)).map_err(failed)? {
        let text = |at: usize| row.get(at).unwrap_or_default();
        let amount = |at, unit| -> Option<Amount> { money(text(at), unit).flatten() };
        standing.latest.push(Discrepancy {
            key: text(0).to_owned(),
            model: text(1).to_owned(),
            at: text(2).to_owned(),
            recorded: amount(3, units[0]),
            actual: amount(4, units[1]),
        });
    }
    Ok(standing)
}

fn rows(client: &mut Client, sql: &str) -> Result<Vec<SimpleQueryRow>, postgres::Error> {
    let row = |message| if let SimpleQueryMessage::Row(row) = message { Some(row) } else { None };
    Ok(client.simple_query(sql)?.into_iter().filter_map(row).collect())
}

struct Question<'a> {
    table: &'a Table,
    columns: &'a Columns,
    /// Which rows are asked about.
    within: String,
}

impl Question<'_> {
    fn status(&self) -> String {
        format!("lower(btrim(coalesce({}::text, '')))", in_quotes(&self.columns.status))
    }

    /// Status, entries, recorded, actual, entries with an actual amount, and
    /// those that have something else than an amount.
    ///
    /// # Errors
    /// A sentence without its subject, for a column that cannot be added up.
    fn statuses(&self) -> Result<String, String> {
        let places = |unit| if unit == Unit::Cents { 16 } else { 18 };
        let value = |name: Option<&str>, unit: Unit| match name {
            Some(name) => exact_sum(self.table, name, places(unit), unit == Unit::Spend),
            None => Ok(("NULL::numeric".into(), "true".into())),
        };
        let [_, recorded, actual, ..] = self.columns.in_order();
        let [recorded_unit, actual_unit] = self.columns.units();
        let (recorded, recorded_is_read) = value(recorded, recorded_unit)?;
        let (actual, actual_is_read) = value(actual, actual_unit)?;
        Ok(format!(
            "SELECT status, count(*) FILTER (WHERE is_read), sum(recorded) FILTER (WHERE is_read), sum(actual) FILTER \
             (WHERE is_read), count(actual) FILTER (WHERE is_read), count(*) FILTER (WHERE NOT is_read) FROM (SELECT {} \
             AS status, {recorded} AS recorded, {actual} AS actual, coalesce({recorded_is_read} AND {actual_is_read}, \
             false) AS is_read FROM {} WHERE {}) AS rows GROUP BY status ORDER BY status COLLATE \"C\"",
            self.status(),
            reading::table_in_quotes(self.table),
            self.within
        ))
    }

    /// Key, model, time, recorded and actual, the newest first.
    fn latest(&self, count: usize) -> String {
        let [_, recorded, actual, reconciled, time, _, key, model] =
            self.columns.in_order().map(|name| name.map_or("NULL::text".to_owned(), in_quotes));
        let kind = |name: Option<&str>| {
            self.table.columns.iter().find(|column| Some(column.name.as_str()) == name).map(|column| &column.kind)
        };
        // Times of two kinds have no order between them.
        let same = kind(self.columns.reconciled.as_deref()) == kind(Some(&self.columns.time));
        let at = if same { format!("coalesce({reconciled}, {time})") } else { time };
        format!(
            "SELECT {key}::text, {model}::text, {at}::text, {recorded}::text, {actual}::text FROM {} WHERE {} AND {} = \
             '{}' ORDER BY {at} DESC NULLS LAST, {key}::text COLLATE \"C\" LIMIT {count}",
            reading::table_in_quotes(self.table),
            self.within,
            self.status(),
            super::DISCREPANCY
        )
    }
}
