//! The tables a server has, with what is asked of their columns.

use postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use crate::source::choose::{Column, Table};

/// Tables, views and foreign tables that are not the server's own.
const TABLES: &str = "
    SELECT n.nspname, c.relname, pg_catalog.pg_table_is_visible(c.oid), c.relispartition,
           a.attname, t.typcategory, a.attnotnull, coalesce(a.attnum = ANY (i.indkey), false), t.typname,
           a.atttypmod
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp%'
    ORDER BY n.nspname, c.relname, a.attnum";

pub(in crate::source) fn list(client: &mut Client) -> Result<Vec<Table>, postgres::Error> {
    let mut tables: Vec<Table> = Vec::new();
    for message in client.simple_query(TABLES)? {
        let SimpleQueryMessage::Row(row) = message else { continue };
        let (schema, name) = (text(&row, 0)?, text(&row, 1)?);
        let column = Column {
            name: text(&row, 4)?,
            kind: text(&row, 5)?,
            type_name: text(&row, 8)?,
            digits: digits(&text(&row, 8)?, &text(&row, 9)?),
            in_key: flag(&row, 7)?,
            may_be_null: !flag(&row, 6)?,
        };
        match tables.last_mut() {
            Some(table) if table.schema == schema && table.name == name => table.columns.push(column),
            _ => tables.push(Table {
                schema,
                name,
                columns: vec![column],
                is_visible: flag(&row, 2)?,
                is_part: flag(&row, 3)?,
            }),
        }
    }
    Ok(tables)
}

/// What `numeric(12,4)` says, as the catalogue keeps it: four more than the
/// precision above the scale.
fn digits(kind: &str, modifier: &str) -> Option<(u32, u32)> {
    let packed = modifier.parse::<u32>().ok().filter(|_| kind == "numeric")?.checked_sub(4)?;
    let (precision, scale) = (packed >> 16, packed & 0xffff);
    Some((precision.checked_sub(scale)?, scale))
}

fn text(row: &SimpleQueryRow, column: usize) -> Result<String, postgres::Error> {
    Ok(row.try_get(column)?.unwrap_or_default().to_owned())
}

fn flag(row: &SimpleQueryRow, column: usize) -> Result<bool, postgres::Error> {
    Ok(row.try_get(column)? == Some("t"))
}
