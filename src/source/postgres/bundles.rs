//! Rows of a table added up by the server, by the day and all names that a
//! comparison by the day looks at, so that only the sums travel.
//!
//! What comes of a row and of the bundle that holds it must be the same to the
//! last digit. So a row goes into a bundle only where nothing of it is lost by
//! adding it up: its numbers are whole or exact, it is of one known time, and
//! no other row has its request id. All other rows travel as they stand.

use super::cell::cells;
use super::sums::Sums;
use super::{filter, table_in_quotes};
use crate::calendar::Day;
use crate::read::KnownTable;
use crate::source::choose::{Table, in_quotes};

/// The queries that read a table in bundles.
pub(super) struct Bundles {
    table: String,
    within: String,
    /// What a row must be to go into a bundle.
    plain: String,
    /// The hash of its request id, where the table has ids.
    id_hash: Option<String>,
    /// What is told of each row, the keys first.
    inner: Vec<String>,
    keys: usize,
    /// What is told of a bundle: the table's columns, then the marks of one.
    outer: Vec<String>,
    rest_columns: String,
    rest_order: String,
}

/// Request ids that stand on several rows, by their hashes.
pub(super) enum Repeated {
    Hashes(Vec<i64>),
    /// More than can be named.
    TooMany,
}

/// Hashes that a query can name.
const MOST_REPEATED: usize = 100_000;

impl Bundles {
    /// # Errors
    /// A sentence without its subject, the table: why its rows are read one by
    /// one.
    pub fn plan(table: &Table, known: &KnownTable, days: (Day, Day), order: &str) -> Result<Self, String> {
        if known.roles.len() != known.columns.len() || known.roles.is_empty() {
            return Err(format!("is read as {}, whose rows are not added up", known.format));
        }
        let cells = cells(table, known);
        let Sums { keys, values, outs, plain, id, decimals, .. } = Sums::of(&cells)?;
        let named = |prefix: char, list: &[String]| -> Vec<String> {
            list.iter().enumerate().map(|(at, sql)| format!("{sql} AS {prefix}{at}")).collect()
        };
        let mut inner = named('k', &keys);
        inner.extend(named('v', &values));
        inner.push(format!("({}) IS NOT NULL AS has_id", id.as_deref().unwrap_or("NULL::text")));
        inner.push(format!("coalesce({}, false) AS is_plain", plain.join(" AND ")));
        let marks = ["count(*)", "count(*) FILTER (WHERE has_id)", &decimals, "is_plain"].map(str::to_owned);
        let outer: Vec<String> = outs.into_iter().chain(marks).map(|sql| format!("({sql})::text")).collect();
        Ok(Self {
            table: table_in_quotes(table),
            within: filter(table, &known.time, days).replacen(" WHERE ", "", 1),
            plain: format!("coalesce({}, false)", plain.join(" AND ")),
            id_hash: id.map(|id| format!("hashtextextended({id}, 0)")),
            inner,
            keys: keys.len(),
            outer: named('o', &outer),
            rest_columns: known.columns.iter().map(|name| in_quotes(name)).collect::<Vec<_>>().join(", "),
            rest_order: order.to_owned(),
        })
    }

    /// The hashes of ids that several rows have.
    pub fn repeated(&self) -> Option<String> {
        let hash = self.id_hash.as_ref()?;
        Some(format!(
            "SELECT h FROM (SELECT {hash} AS h FROM {} WHERE {}) AS ids WHERE h IS NOT NULL GROUP BY h \
             HAVING count(*) > 1 ORDER BY h LIMIT {}",
            self.table,
            self.within,
            MOST_REPEATED + 1
        ))
    }

    /// One row for each bundle, with `true` in its last cell; where that is
    /// `false`, for rows that are to travel as they stand.
    ///
    /// With `OFFSET 0` a server plans the parts each by itself: it knows nothing
    /// of how many bundles there are, takes each row for one, and would sort
    /// them all rather than keep the few sums.
    pub fn bundles(&self, repeated: &[i64]) -> String {
        let list = |prefix: char, count: usize, more: &str| -> String {
            (0..count).map(|at| format!("{prefix}{at}{more}")).collect::<Vec<_>>().join(", ")
        };
        let (join, apart) = self.apart(repeated);
        let apart = apart.map(|apart| format!(" AND NOT {apart}")).unwrap_or_default();
        format!(
            "SELECT * FROM (SELECT {} FROM (SELECT {} FROM {}{join} WHERE {}{apart} OFFSET 0) AS entries GROUP BY {}, \
             is_plain OFFSET 0) AS sums ORDER BY {}",
            self.outer.join(", "),
            self.inner.join(", "),
            self.table,
            self.within,
            list('k', self.keys, ""),
            list('o', self.outer.len(), " COLLATE \"C\""),
        )
    }

    /// The rows that are in no bundle.
    pub fn rest(&self, repeated: &Repeated) -> String {
        let rows = |join: &str, more: String| {
            format!(
                "SELECT {} FROM {}{join} WHERE {}{more} ORDER BY {}",
                self.rest_columns, self.table, self.within, self.rest_order
            )
        };
        match repeated {
            Repeated::TooMany => rows("", String::new()),
            Repeated::Hashes(hashes) => {
                let (join, apart) = self.apart(hashes);
                let apart = apart.map(|apart| format!(" OR {apart}")).unwrap_or_default();
                rows(&join, format!(" AND (NOT {}{apart})", self.plain))
            }
        }
    }

    /// How a row is known to have a repeated id: by a join, since a list would
    /// be gone through for each row.
    fn apart(&self, repeated: &[i64]) -> (String, Option<String>) {
        match &self.id_hash {
            Some(hash) if !repeated.is_empty() => {
                let list: Vec<String> = repeated.iter().map(i64::to_string).collect();
                let join = format!(
                    " LEFT JOIN (SELECT unnest('{{{}}}'::bigint[]) AS \"trueup:h\") AS twice \
                     ON twice.\"trueup:h\" = {hash}",
                    list.join(",")
                );
                (join, Some("twice.\"trueup:h\" IS NOT NULL".into()))
            }
            _ => (String::new(), None),
        }
    }
}

impl Repeated {
    pub fn of(hashes: Vec<i64>) -> Self {
        if hashes.len() > MOST_REPEATED { Self::TooMany } else { Self::Hashes(hashes) }
    }
}
