//! A small table whole, as texts.

use postgres::SimpleQueryMessage;

use super::{Doing, connect, sentence, set_up, table_in_quotes, tables};
use crate::source::choose::{in_quotes, named};
use crate::source::{PostgresLocation, SourceError, WholeTable};

/// The table that the location names, or else the usual one.
pub(in crate::source) fn whole(location: &PostgresLocation, usual: &str) -> Result<WholeTable, SourceError> {
    let refuse = |what: String| SourceError::new(&location.shown, what);
    let user = location.config.get_user().unwrap_or("you");
    let mut client = connect(location)?;
    let listing = |error: postgres::Error| refuse(sentence(&error, &Doing::Listing, user));
    set_up(&mut client).map_err(listing)?;
    let tables = tables::list(&mut client).map_err(listing)?;
    let table = named(&tables, location.table.as_deref().unwrap_or(usual)).map_err(refuse)?;
    let columns: Vec<String> = table.columns.iter().map(|column| in_quotes(&column.name)).collect();
    // In an order that stays.
    let order: Vec<String> = columns.iter().map(|column| format!("{column}::text")).collect();
    let sql = format!("SELECT {} FROM {} ORDER BY {}", columns.join(", "), table_in_quotes(table), order.join(", "));
    let doing = Doing::Reading { table: table_in_quotes(table) };
    let failed = |error: postgres::Error| refuse(sentence(&error, &doing, user));
    let mut rows = Vec::new();
    for message in client.simple_query(&sql).map_err(failed)? {
        let SimpleQueryMessage::Row(row) = message else { continue };
        let cell = |at| row.try_get(at).map(|text: Option<&str>| text.unwrap_or_default().trim().to_owned());
        rows.push((0..row.len()).map(cell).collect::<Result<Vec<String>, _>>().map_err(failed)?);
    }
    let header = table.columns.iter().map(|column| column.name.clone()).collect();
    Ok(WholeTable { name: table.full_name(), header, rows })
}
