//! Tables of a database, known by their columns as files are by their header,
//! so that only the columns that are read and the rows of the month need to
//! travel.

use super::Terms;
use super::bundle::Role;
use super::columns::ColumnMap;
use super::detect::{Header, find};
use super::format::{Kind, Layout};
use crate::usage::Side;

/// What a table is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownTable {
    /// The name of its format.
    pub format: &'static str,
    /// The columns that are read, as the table spells them and in its order.
    pub columns: Vec<String>,
    /// The column that says in which month a row lies.
    pub time: String,
    /// What each column means to a bundle of rows; empty where the format's
    /// rows are not added up.
    pub roles: Vec<Role>,
}

/// Names that the time of a row goes by, in the formats that tables have.
const TIMES: [&str; 6] = ["created_at", "starttime", "scanned_at", "timestamp", "date", "date_partition"];

/// Knows a table by its columns; `forced` is the name of a format or map. With
/// `asked` the columns that only [`super::metadata`] reads are among them.
///
/// # Errors
/// A sentence without its subject: what the columns are, and what would be
/// needed.
pub fn know_table(
    side: Side,
    columns: &[String],
    forced: Option<&str>,
    maps: &[ColumnMap],
    asked: bool,
) -> Result<KnownTable, String> {
    let header = Header { columns: columns.to_vec(), kind: Kind::Csv, line: 1 };
    let format = find(side, forced, &header, &Terms { maps, ..Terms::default() })?;
    let name = format.info.name;
    let layout = Layout::keeping(format, columns.to_vec(), asked)?;
    let field_of_time = match maps.iter().find(|map| map.name() == name) {
        Some(map) => format.field_of(map.time()).map(|(field, _)| field),
        None => format.fields.iter().position(|field| field.names.first().is_some_and(|first| TIMES.contains(first))),
    };
    let used = |at: &usize| layout.field(*at);
    let time = (0..columns.len()).find(|at| used(at).is_some() && used(at) == field_of_time);
    let Some(time) = time.and_then(|at| columns.get(at)) else {
        return Err(format!("is known as {name}, which is no format of a table; export it as a file"));
    };
    let columns = columns.iter().enumerate().filter_map(|(at, name)| Some((used(&at)?, name.clone())));
    let (fields, columns): (Vec<usize>, Vec<String>) = columns.unzip();
    let roles = fields.iter().filter_map(|field| format.roles.get(*field).copied()).collect();
    Ok(KnownTable { format: name, columns, time: time.clone(), roles })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::format::FORMATS;

    fn columns(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn only_the_columns_that_are_read_are_asked_for() {
        let all = columns("id,created_at,model_used,metadata,tokens_used,calculated_cost_cents,openai_created");
        let table = know_table(Side::Ledger, &all, None, &[], false).unwrap();
        assert_eq!((table.format, table.time.as_str()), ("token-usage", "created_at"));
        assert_eq!(table.columns, columns("id,created_at,model_used,tokens_used,calculated_cost_cents,openai_created"));
        let spend = columns("request_id,startTime,model,spend,total_tokens,proxy_server_request");
        let table = know_table(Side::Ledger, &spend, None, &[], false).unwrap();
        assert_eq!((table.format, table.time.as_str()), ("litellm", "startTime"));
        assert!(know_table(Side::Ledger, &columns("a,b"), None, &[], false).unwrap_err().contains("token-usage needs"));
    }

    #[test]
    fn a_map_says_itself_where_the_time_is() {
        let keys = [("time", "At"), ("model", "timestamp"), ("cost", "c")];
        let map = ColumnMap::new("own", &keys.map(|(key, value)| (key.to_owned(), value.to_owned()))).unwrap();
        let table = know_table(Side::Ledger, &columns("x,at,Timestamp,c"), None, &[map], false).unwrap();
        assert_eq!((table.format, table.time.as_str()), ("own", "at"));
        assert_eq!(table.columns, columns("at,Timestamp,c"));
    }

    #[test]
    fn every_format_of_a_table_says_where_its_time_is() {
        for format in FORMATS.iter().filter(|format| {
            format.sides.contains(&Side::Ledger)
                && format.kinds.contains(&Kind::Csv)
                && format.shape != crate::usage::Shape::Credits
        }) {
            let times = format.fields.iter().filter(|f| f.names.first().is_some_and(|first| TIMES.contains(first)));
            assert_eq!(times.count(), 1, "{}", format.info.name);
        }
    }
}
