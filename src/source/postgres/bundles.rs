//! Rows of a table added up by the server, by the day and all names that a
//! comparison by the day looks at, so that only the sums travel.
//!
//! What comes of a row and of the bundle that holds it must be the same to the
//! last digit. So a row goes into a bundle only where nothing of it is lost by
//! adding it up: its numbers are whole or exact, it is of one known time, and
//! no other row has its request id. All other rows travel as they stand.

use super::{filter, table_in_quotes};
use crate::calendar::Day;
use crate::read::{Count, KnownTable, MARKS, Role};
use crate::source::choose::{Table, in_quotes};

/// Blanks around a text that a reader takes off: all of Unicode's.
const BLANKS: &str = "E' \\t\\n\\u000B\\u000C\\r\\u0085\\u00A0\\u1680\\u2000\\u2001\\u2002\\u2003\\u2004\\u2005\\u2006\
                      \\u2007\\u2008\\u2009\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000'";

/// Money of one row that is beyond this is looked at by itself.
const MOST_MONEY: &str = "1000000000";
/// Tokens of one row that are beyond this are looked at by themselves.
const MOST_TOKENS: &str = "1000000000000";

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
    /// What is told of a bundle: the table's columns, then the marks.
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
        let mut parts = Parts::default();
        parts.day(&cells)?;
        for cell in &cells {
            parts.take(cell, &cells)?;
        }
        parts.sound();
        parts.bits();
        let id = parts.id.clone();
        let Parts { keys, values, outs, plain, .. } = parts;
        let named = |prefix: char, list: &[String]| -> Vec<String> {
            list.iter().enumerate().map(|(at, sql)| format!("{sql} AS {prefix}{at}")).collect()
        };
        let mut inner = named('k', &keys);
        inner.extend(named('v', &values));
        inner.push(format!("{} AS id", id.as_deref().unwrap_or("NULL::text")));
        let columns: Vec<&str> = known.columns.iter().map(String::as_str).collect();
        let mut outer: Vec<String> =
            outs.iter().zip(columns).map(|(sql, name)| format!("({sql})::text AS {}", in_quotes(name))).collect();
        for (sql, mark) in ["count(*)", "count(id)", &parts.decimals].into_iter().zip(MARKS) {
            outer.push(format!("({sql})::text AS {}", in_quotes(mark)));
        }
        Ok(Self {
            table: table_in_quotes(table),
            within: filter(table, &known.time, days).replacen(" WHERE ", "", 1),
            plain: format!("coalesce({}, false)", plain.join(" AND ")),
            id_hash: id.map(|id| format!("hashtextextended({id}, 0)")),
            inner,
            keys: keys.len(),
            outer,
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

    /// One row for each bundle.
    pub fn bundles(&self, repeated: &[i64]) -> String {
        let keys: Vec<String> = (0..self.keys).map(|at| format!("k{at}")).collect();
        let keys = keys.join(", ");
        let (join, apart) = self.apart(repeated);
        let apart = apart.map(|apart| format!(" AND NOT {apart}")).unwrap_or_default();
        format!(
            "SELECT {} FROM (SELECT {} FROM {}{join} WHERE {} AND {}{apart}) AS plain GROUP BY {keys} ORDER BY {keys}",
            self.outer.join(", "),
            self.inner.join(", "),
            self.table,
            self.within,
            self.plain,
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

/// Types as far as adding up goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
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
struct Cell {
    name: String,
    quoted: String,
    kind: Kind,
    role: Role,
}

impl Cell {
    fn of(table: &Table, name: &str, role: Role) -> Self {
        let kind = table.columns.iter().find(|column| column.name == name).map_or("", |c| &c.type_name);
        Self { name: name.to_owned(), quoted: in_quotes(name), kind: Kind::of(kind), role }
    }

    /// As a reader sees the text, without the blanks around it.
    fn trimmed(&self) -> String {
        format!("btrim({}::text, {BLANKS})", self.quoted)
    }

    /// Something to group by whose text is that of the column. Texts by their
    /// bytes: a collation may hold two of them for equal.
    fn key(&self) -> String {
        match self.kind {
            Kind::Int | Kind::Bool | Kind::Uuid => self.quoted.clone(),
            _ => format!("{}::text COLLATE \"C\"", self.quoted),
        }
    }

    fn refuse(&self, what: &str) -> String {
        format!("has the column {}, {what}", self.name)
    }

    /// The UTC day of a time, and what it must be to be one.
    fn day(&self) -> Result<(String, String), String> {
        let c = &self.quoted;
        let unix = format!("{c} >= 1000000000 AND {c} < 10000000000");
        let from_unix = format!("DATE '1970-01-01' + div({c}::numeric, 86400)::int");
        match self.kind {
            // Times are shown in UTC on this connection.
            Kind::Moment => Ok((format!("{c}::date"), format!("isfinite({c})"))),
            Kind::Int | Kind::Numeric => Ok((from_unix, unix)),
            _ => Err(self.refuse("whose type is none of times, so that the server cannot tell its day")),
        }
    }
}

/// The pieces of the queries.
#[derive(Default)]
struct Parts {
    keys: Vec<String>,
    values: Vec<String>,
    outs: Vec<String>,
    plain: Vec<String>,
    id: Option<String>,
    /// Tokens by [`Count`].
    tokens: [Option<String>; 4],
    /// Numbers whose being there tells rows apart.
    numbers: Vec<String>,
    money: Option<String>,
    decimals: String,
}

impl Parts {
    fn key(&mut self, sql: String) -> String {
        self.keys.push(sql);
        format!("k{}", self.keys.len() - 1)
    }

    fn sum(&mut self, sql: String) -> String {
        self.values.push(sql.clone());
        self.numbers.push(sql);
        format!("sum(v{})", self.values.len() - 1)
    }

    /// The day is the first key.
    fn day(&mut self, cells: &[Cell]) -> Result<(), String> {
        self.decimals = "NULL".into();
        let (day, is_time) = day_of(cells)?;
        self.plain.push(is_time);
        self.key(day);
        Ok(())
    }

    fn take(&mut self, cell: &Cell, all: &[Cell]) -> Result<(), String> {
        let c = &cell.quoted;
        let find = |role: Role| all.iter().find(|cell| cell.role == role);
        let out = match cell.role {
            Role::Key | Role::CallTime => "NULL".into(),
            Role::Time => "k0".into(),
            Role::Id => {
                self.id = Some(format!("nullif({}, '')", cell.trimmed()));
                "NULL".into()
            }
            Role::ProxyId => {
                let id = cell.trimmed();
                self.id = Some(format!(
                    "nullif(CASE WHEN right({id}, 5) = '_cost' THEN \
                     regexp_replace({id}, '^(.+)(_batch_cost|_background_cost)$', '\\1') ELSE {id} END, '')"
                ));
                if find(Role::CacheHit).is_none() {
                    self.plain.push(format!("NOT {}", from_cache(cell)));
                }
                "NULL".into()
            }
            Role::Model | Role::Name | Role::User => self.key(cell.key()),
            Role::EndUser => match find(Role::User) {
                Some(user) => {
                    let own = format!("coalesce({}, '') = ''", user.trimmed());
                    self.key(format!("CASE WHEN {own} THEN {} END", cell.key()))
                }
                None => self.key(cell.key()),
            },
            Role::Flag => {
                if cell.kind != Kind::Bool {
                    let words = "'', 'true', 't', '1', 'yes', 'y', 'false', 'f', '0', 'no', 'n'";
                    self.plain.push(format!("({c} IS NULL OR lower({}) IN ({words}))", cell.trimmed()));
                }
                self.key(cell.key())
            }
            Role::Status => {
                let is = format!("lower({}) = 'not_applicable'", cell.trimmed());
                self.key(format!("CASE WHEN {is} THEN 'not_applicable' END"))
            }
            Role::CacheHit => {
                let by_id = find(Role::ProxyId).map(|id| format!(" OR {}", from_cache(id))).unwrap_or_default();
                self.key(format!("CASE WHEN lower({}) = 'true'{by_id} THEN 'true' END", cell.trimmed()))
            }
            Role::Tokens(count) => {
                match cell.kind {
                    Kind::Int => self.plain.push(format!("({c} IS NULL OR {c} >= 0)")),
                    Kind::Numeric => self
                        .plain
                        .push(format!("({c} IS NULL OR ({c} >= 0 AND {c} < {MOST_TOKENS} AND {c} = trunc({c})))")),
                    _ => return Err(cell.refuse("which should count tokens and is no whole number")),
                }
                self.tokens[count as usize] = Some(c.clone());
                self.sum(c.clone())
            }
            Role::Number => {
                let value = self.exact(cell, 18)?;
                self.sum(value)
            }
            Role::Dollars => self.money(cell, 18, 0)?,
            Role::Cents => self.money(cell, 16, 2)?,
            Role::Spend => self.spend(cell)?,
            Role::Metadata => self.metadata(cell)?,
        };
        self.outs.push(out);
        Ok(())
    }

    /// The number of a column, exactly; a row that has it finer, or that has
    /// something else, is none to add up.
    fn exact(&mut self, cell: &Cell, places: u32) -> Result<String, String> {
        let c = &cell.quoted;
        let value = match cell.kind {
            Kind::Int => format!("{c}::numeric"),
            Kind::Numeric => c.clone(),
            // By its shortest text, as a reader gets it: a float is never added up.
            Kind::Float => format!("CASE WHEN {} THEN {c}::text::numeric END", bounded(c)),
            _ => return Err(cell.refuse("which should be a number and is none")),
        };
        let fits = format!("{} AND {value} = round({value}, {places})", bounded(c));
        self.plain.push(format!("({c} IS NULL OR ({fits}))"));
        Ok(value)
    }

    fn money(&mut self, cell: &Cell, places: u32, shift: u32) -> Result<String, String> {
        let value = self.exact(cell, places)?;
        self.paid(value, shift)
    }

    fn spend(&mut self, cell: &Cell) -> Result<String, String> {
        let value = self.spent(cell)?;
        self.paid(value, 0)
    }

    fn spent(&mut self, cell: &Cell) -> Result<String, String> {
        let c = &cell.quoted;
        let value = match cell.kind {
            Kind::Float => format!("CASE WHEN {} THEN round({c}::text::numeric, 18) END", bounded(c)),
            Kind::Int | Kind::Numeric => format!("round({c}::numeric, 18)"),
            _ => return Err(cell.refuse("which should be money and is no number")),
        };
        self.plain.push(format!("({c} IS NULL OR {c} = 0 OR ({} AND abs({c}) >= 0.00000000000000001))", bounded(c)));
        Ok(value)
    }

    fn paid(&mut self, value: String, shift: u32) -> Result<String, String> {
        if self.money.is_some() {
            return Err("names two columns of money".into());
        }
        self.money = Some(value.clone());
        let sum = self.sum(value);
        self.decimals = format!("max(min_scale(v{}) + {shift})", self.values.len() - 1);
        Ok(sum)
    }

    /// The few fields of LiteLLM's JSON that are read, as JSON again.
    fn metadata(&mut self, cell: &Cell) -> Result<String, String> {
        if cell.kind != Kind::Jsonb {
            return Err(cell.refuse("which is no jsonb"));
        }
        let c = &cell.quoted;
        let usage = format!("({c}->'additional_usage_values')");
        let details = format!("({usage}->'prompt_tokens_details')");
        let cached = format!("({details}->'cached_tokens')");
        self.plain.push(format!("({c} IS NULL OR jsonb_typeof({c}) = 'object')"));
        for object in [&usage, &details] {
            self.plain.push(format!("({object} IS NULL OR jsonb_typeof({object}) IN ('object', 'null'))"));
        }
        self.plain.push(format!("({cached} IS NULL OR {cached} = 'null' OR {cached}::text ~ '^[0-9]{{1,12}}$')"));
        let names = [
            "user_api_key_user_email",
            "user_api_key_project_alias",
            "user_api_key_project_id",
            "user_api_key_team_alias",
        ];
        let texts = names
            .map(|name| format!("'{name}', CASE WHEN jsonb_typeof({c}->'{name}') = 'string' THEN {c}->'{name}' END"));
        let key = self.key(format!("jsonb_strip_nulls(jsonb_build_object({}))", texts.join(", ")));
        let count = format!("CASE WHEN {cached}::text ~ '^[0-9]{{1,12}}$' THEN ({cached}::text)::bigint END");
        self.tokens[Count::Cached as usize] = Some(count.clone());
        let sum = self.sum(count);
        let path = format!(
            "jsonb_build_object('additional_usage_values', jsonb_build_object('prompt_tokens_details', \
             jsonb_build_object('cached_tokens', {sum})))"
        );
        Ok(format!("{key} || CASE WHEN {sum} IS NULL THEN '{{}}'::jsonb ELSE {path} END"))
    }

    /// Counts that contradict each other price nothing, and would be hidden in
    /// a sum.
    fn sound(&mut self) {
        let [input, cached, output, total] =
            self.tokens.each_ref().map(|sql| sql.clone().unwrap_or_else(|| "NULL::bigint".into()));
        for (one, other) in [(&input, &output), (&output, &input)] {
            self.plain.push(format!("({one} IS NULL OR {other} IS NOT NULL OR {total} IS NULL OR {total} >= {one})"));
        }
        self.plain.push(format!("({cached} IS NULL OR ({input} IS NOT NULL AND {cached} <= {input}))"));
    }

    /// Which numbers a row has tells it apart from rows that have others, and
    /// where the price book has to price it, which of them are 0.
    fn bits(&mut self) {
        let unpriced = self.money.as_ref().map_or("true".into(), |money| format!("({money}) IS NULL"));
        let mut bits = Vec::new();
        for number in &self.numbers {
            bits.push(format!("(({number}) IS NULL)"));
            bits.push(format!("({unpriced} AND coalesce(({number}) = 0, false))"));
        }
        if bits.is_empty() {
            return;
        }
        let bits = bits.iter().enumerate().map(|(at, bit)| format!("{bit}::int * {}", 1u32 << at));
        let bits: Vec<String> = bits.collect();
        self.key(bits.join(" + "));
    }
}

/// The UTC day of a row, as a reader sees it, and what its times must be.
fn day_of(cells: &[Cell]) -> Result<(String, String), String> {
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

fn cells(table: &Table, known: &KnownTable) -> Vec<Cell> {
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

/// A column of numbers as something to add up exactly, and what a row must have
/// there for it: nothing, or a number of at most so many decimals.
///
/// # Errors
/// A sentence without its subject, the table: it is no number.
pub(in crate::source) fn exact_sum(
    table: &Table,
    name: &str,
    places: u32,
    float: bool,
) -> Result<(String, String), String> {
    let cell = Cell::of(table, name, Role::Number);
    let mut parts = Parts::default();
    let value = if float { parts.spent(&cell)? } else { parts.exact(&cell, places)? };
    Ok((value, parts.plain.join(" AND ")))
}

/// Neither infinite nor no number, and of a size that can be added up.
fn bounded(column: &str) -> String {
    format!("{column} > -{MOST_MONEY} AND {column} < {MOST_MONEY}")
}

/// A call that the proxy answered itself says so behind its id.
fn from_cache(id: &Cell) -> String {
    let c = &id.quoted;
    format!(
        "({c} IS NOT NULL AND position('_cache_hit' in {c}::text) > 0 AND {} ~ '_cache_hit[-0-9.: ]*$')",
        id.trimmed()
    )
}
