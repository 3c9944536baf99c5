//! Columns of Postgres as their readers see them: by type, as something to
//! group by, and as the day of a row.

use super::filter;
use crate::calendar::Day;
use crate::read::{KnownTable, Role};
use crate::source::choose::{Table, in_quotes};

/// Blanks around a text that a reader takes off: all of Unicode's.
const BLANKS: &str = "E' \\t\\n\\u000B\\u000C\\r\\u0085\\u00A0\\u1680\\u2000\\u2001\\u2002\\u2003\\u2004\\u2005\\u2006\
                      \\u2007\\u2008\\u2009\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000'";

/// Types as far as adding up goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Numeric,
    Float,
    Bool,
    Uuid,
    Moment,
    Jsonb,
    Other,
}

impl Kind {
    fn of(name: &str) -> Self {
        match name {
            "int2" | "int4" | "int8" => Self::Int,
            "numeric" => Self::Numeric,
            "float4" | "float8" => Self::Float,
            "bool" => Self::Bool,
            "uuid" => Self::Uuid,
            "timestamptz" | "timestamp" | "date" => Self::Moment,
            "jsonb" => Self::Jsonb,
            _ => Self::Other,
        }
    }
}

/// A column of the table.
pub(super) struct Cell {
    name: String,
    pub quoted: String,
    pub kind: Kind,
    pub role: Role,
    /// Digits before the point and behind it, where the type has no others.
    pub digits: Option<(u32, u32)>,
}

impl Cell {
    pub fn of(table: &Table, name: &str, role: Role) -> Self {
        let column = table.columns.iter().find(|column| column.name == name);
        let kind = column.map_or("", |column| &column.type_name);
        Self {
            name: name.to_owned(),
            quoted: in_quotes(name),
            kind: Kind::of(kind),
            role,
            digits: column.and_then(|c| c.digits),
        }
    }

    /// As a reader sees the text, without the blanks around it. Nearly none has
    /// any, and looking for all of Unicode's takes longer than the rest.
    pub fn trimmed(&self) -> String {
        let c = format!("{}::text", self.quoted);
        let plain = |end: &str| format!("ascii({end}({c}, 1)) BETWEEN 33 AND 126");
        format!("CASE WHEN {} AND {} THEN {c} ELSE btrim({c}, {BLANKS}) END", plain("left"), plain("right"))
    }

    /// Something to group by whose text is that of the column. Texts by their
    /// bytes: a collation may hold two of them for equal.
    pub fn key(&self) -> String {
        match self.kind {
            Kind::Int | Kind::Bool | Kind::Uuid => self.quoted.clone(),
            _ => format!("{}::text COLLATE \"C\"", self.quoted),
        }
    }

    pub fn refuse(&self, what: &str) -> String {
        format!("has the column {}, {what}", self.name)
    }

    /// The UTC day of a time, and what it must be to be one.
    fn day(&self) -> Result<(String, String), String> {
        let c = &self.quoted;
        let unix = format!("{c} >= 1000000000 AND {c} < 10000000000");
        let from_unix = |days: String| format!("DATE '1970-01-01' + ({days})::int");
        match self.kind {
            // Times are shown in UTC on this connection.
            Kind::Moment => Ok((format!("{c}::date"), format!("isfinite({c})"))),
            Kind::Int => Ok((from_unix(format!("{c} / 86400")), unix)),
            Kind::Numeric => Ok((from_unix(format!("div({c}, 86400)")), unix)),
            _ => Err(self.refuse("whose type is none of times, so that the server cannot tell its day")),
        }
    }
}

/// The UTC day of a row, as a reader sees it, and what its times must be.
pub(super) fn day_of(cells: &[Cell]) -> Result<(String, String), String> {
    let time = cells.iter().find(|cell| cell.role == Role::Time).ok_or("names no time")?;
    let (day, is_time) = time.day()?;
    let Some(call) = cells.iter().find(|cell| cell.role == Role::CallTime) else {
        return Ok((day, format!("({is_time})")));
    };
    let (of_call, is_call) = match call.kind {
        Kind::Int | Kind::Numeric => call.day()?,
        _ => return Err(call.refuse("which is no number of seconds, as the time of a call is")),
    };
    let c = &call.quoted;
    Ok((
        format!("CASE WHEN {c} IS NULL THEN {day} ELSE {of_call} END"),
        format!("(({is_time}) AND ({c} IS NULL OR ({is_call})))"),
    ))
}

pub(super) fn cells(table: &Table, known: &KnownTable) -> Vec<Cell> {
    let cell = |(name, role): (&String, &Role)| Cell::of(table, name, *role);
    known.columns.iter().zip(&known.roles).map(cell).collect()
}

/// Rows of these days, both included.
///
/// # Errors
/// A sentence without its subject, the table: the server cannot tell its days.
pub(in crate::source) fn within_days(table: &Table, known: &KnownTable, days: (Day, Day)) -> Result<String, String> {
    let (first, last) = days;
    let (day, is_time) = day_of(&cells(table, known))?;
    // The rows around them by the plain column, for which there may be an index.
    let around = filter(table, &known.time, (first.plus_days(-1), last.plus_days(1))).replacen(" WHERE ", "", 1);
    Ok(format!("{around} AND {is_time} AND ({day}) BETWEEN '{first}' AND '{last}'"))
}
