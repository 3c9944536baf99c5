//! The columns of a table as parts of a query that adds its rows up.

use super::cell::{Cell, Kind, day_of};
use crate::read::{Count, Role};
use crate::source::choose::Table;

/// Money of one row that is beyond this is looked at by itself.
const MOST_MONEY: &str = "1000000000";
/// Tokens of one row that are beyond this are looked at by themselves.
const MOST_TOKENS: &str = "1000000000000";

/// What is told of each row, and of a bundle of them.
#[derive(Default)]
pub(super) struct Sums {
    /// What the rows of a bundle have in common, the day first.
    pub keys: Vec<String>,
    /// What is added up.
    pub values: Vec<String>,
    /// A bundle's cell for each column, in terms of keys and values.
    pub outs: Vec<String>,
    /// All that a row must be to go into a bundle.
    pub plain: Vec<String>,
    /// The request id, as a reader sees it.
    pub id: Option<String>,
    /// Tokens by [`Count`].
    tokens: [Option<String>; 4],
    /// Numbers whose being there tells rows apart.
    numbers: Vec<String>,
    money: Option<String>,
    /// The most decimals of the money of a row.
    pub decimals: String,
}

impl Sums {
    /// # Errors
    /// A sentence without its subject, the table: a column that cannot be added
    /// up.
    pub fn of(cells: &[Cell]) -> Result<Self, String> {
        let mut sums = Self { decimals: "NULL".into(), ..Self::default() };
        let (day, is_time) = day_of(cells)?;
        sums.key(format!("CASE WHEN {is_time} THEN {day} END"));
        sums.plain.push(is_time);
        for cell in cells {
            sums.take(cell, cells)?;
        }
        sums.sound();
        sums.bits();
        Ok(sums)
    }

    fn key(&mut self, sql: String) -> String {
        self.keys.push(sql);
        format!("k{}", self.keys.len() - 1)
    }

    fn sum(&mut self, sql: String) -> String {
        self.values.push(sql.clone());
        self.numbers.push(sql);
        format!("sum(v{})", self.values.len() - 1)
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
        let fits = match cell.digits {
            // What the type cannot hold need not be looked for: only `NaN` is
            // left, which is above all numbers.
            Some((before, behind)) if before <= 9 && behind <= places => format!("{c} < {MOST_MONEY}"),
            _ => format!("{} AND {value} = round({value}, {places})", bounded(c)),
        };
        self.plain.push(format!("({c} IS NULL OR ({fits}))"));
        Ok(value)
    }

    fn money(&mut self, cell: &Cell, places: u32, shift: u32) -> Result<String, String> {
        let value = self.exact(cell, places)?;
        let sum = self.paid(value, shift)?;
        // Up to six, the ledger's rounding does not depend on them.
        if cell.digits.is_some_and(|(_, behind)| behind + shift <= 6) {
            self.decimals = "NULL".into();
        }
        Ok(sum)
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
    let mut sums = Sums::default();
    let value = if float { sums.spent(&cell)? } else { sums.exact(&cell, places)? };
    Ok((value, sums.plain.join(" AND ")))
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
