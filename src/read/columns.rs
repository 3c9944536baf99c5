//! A map that the operator gives for a file or table of their own: which of
//! its columns is the time, the model, the cost and so on. It is checked as it
//! is made; a file whose header has all its columns is then read like any
//! known format.

use std::sync::{Mutex, PoisonError};

use super::FormatInfo;
use super::bundle::{Count, Role};
use super::cells::{Cells, Problem, Room, beyond_sum};
use super::format::{FORMATS, Field, Format, Kind, Nested, ReadRow, Row};
use super::requests::succeeded;
use crate::calendar::Instant;
use crate::usage::{Line, NotApplicable, Shape, Side};

const ID: usize = 0;
const TIME: usize = 1;
const ACCOUNT: usize = 2;
const MODEL: usize = 3;
const USER: usize = 4;
const PROJECT: usize = 5;
const API_KEY: usize = 6;
const ACTION: usize = 7;
const INPUT: usize = 8;
const CACHED: usize = 9;
const OUTPUT: usize = 10;
const TOTAL: usize = 11;
const QUANTITY: usize = 12;
const UNIT: usize = 13;
const CREDITS: usize = 14;
const COST: usize = 15;
const STATUS: usize = 16;
const KEY: usize = 17;
const JOB: usize = 18;
const METADATA: usize = 19;
const CURRENCY: usize = 20;
/// The cost where it is in cents; the operator writes `cost` and `cost_unit`.
const CENTS: usize = 21;

/// What a column can be, as the map calls it; its place is its field.
const KEYS: [&str; 21] = [
    "id", "time", "account", "model", "user", "project", "api_key", "action", "input", "cached", "output", "total",
    "quantity", "unit", "credits", "cost", "status", "key", "job", "metadata", "currency",
];

/// What each column means to a bundle, by field.
static ROLES: [Role; 22] = [
    Role::Id,
    Role::Time,
    Role::Name,
    Role::Model,
    Role::Name,
    Role::Name,
    Role::Name,
    Role::Name,
    Role::Tokens(Count::Input),
    Role::Tokens(Count::Cached),
    Role::Tokens(Count::Output),
    Role::Tokens(Count::Total),
    Role::Number,
    Role::Name,
    Role::Number,
    Role::Dollars,
    Role::Name,
    Role::Key,
    // Read only where rows are read one by one.
    Role::Key,
    Role::Key,
    Role::Name,
    Role::Cents,
];

/// Columns of a verdict: its status, what was billed, and when it was given.
/// They are no part of a row; `trueup status` asks for them.
const VERDICT: [&str; 3] = ["verdict", "actual", "reconciled"];

/// What the map says beside columns.
const OPTIONS: [&str; 3] = ["rows", "side", "cost_unit"];

/// A checked map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMap {
    name: String,
    shape: Shape,
    /// `None` for both.
    side: Option<Side>,
    /// Field and column, in the order of the fields.
    columns: Vec<(usize, String)>,
    /// The columns of [`VERDICT`].
    verdict: [Option<String>; 3],
}

/// Why a map cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapError {
    /// The key it is about; `None` for the map as a whole.
    pub key: Option<String>,
    /// A sentence without its subject.
    pub what: String,
}

impl MapError {
    fn new(key: Option<&str>, what: impl Into<String>) -> Self {
        Self { key: key.map(Into::into), what: what.into() }
    }
}

impl ColumnMap {
    /// Every key a map may have, columns first.
    pub fn keys() -> impl Iterator<Item = &'static str> {
        KEYS.into_iter().chain(VERDICT).chain(OPTIONS)
    }

    /// Makes a map of its keys and what they say: a column's name for each of
    /// `id`, `time`, `model` and so on, and `rows` (`request` or `credits`),
    /// `side` (`bill` or `ledger`), `cost_unit` (`dollars` or `cents`), and the
    /// columns of a verdict: `verdict`, `actual` and `reconciled`.
    ///
    /// # Errors
    /// An unknown key or choice, a column given twice, or too little said for
    /// a row to mean anything.
    pub fn new(name: &str, keys: &[(String, String)]) -> Result<Self, MapError> {
        if FORMATS.iter().any(|format| format.info.name.eq_ignore_ascii_case(name)) {
            return Err(MapError::new(None, "is the name of a known format; give the map another"));
        }
        let said = |key: &str| keys.iter().find(|(known, _)| known == key).map(|(_, value)| value.trim());
        let choice = |key: &str, choices: [&'static str; 2]| match said(key) {
            None => Ok(None),
            Some(value) => choices.iter().position(|choice| *choice == value).map(Some).ok_or_else(|| {
                MapError::new(Some(key), format!("is “{value}”; it must be “{}” or “{}”", choices[0], choices[1]))
            }),
        };
        let shape = if choice("rows", ["request", "credits"])? == Some(1) { Shape::Credits } else { Shape::Request };
        let side = choice("side", ["bill", "ledger"])?.map(|at| [Side::Bill, Side::Ledger][at]);
        let cents = choice("cost_unit", ["dollars", "cents"])?;
        let mut columns: Vec<(usize, String)> = Vec::new();
        let mut verdict: [Option<String>; 3] = Default::default();
        for (key, column) in keys.iter().filter(|(key, _)| !OPTIONS.contains(&key.as_str())) {
            if let Some(place) = VERDICT.iter().position(|known| known == key).and_then(|at| verdict.get_mut(at)) {
                let column = column.trim();
                if column.is_empty() {
                    return Err(MapError::new(
                        Some(key),
                        "names no column; write the column's name, or take the line out",
                    ));
                }
                *place = Some(column.to_owned());
                continue;
            }
            let Some(field) = KEYS.iter().position(|known| known == key) else {
                let all: Vec<&str> = Self::keys().collect();
                return Err(MapError::new(
                    Some(key),
                    format!("is nothing a map can say; there are: {}", all.join(", ")),
                ));
            };
            let column = column.trim();
            if column.is_empty() {
                return Err(MapError::new(Some(key), "names no column; write the column's name, or take the line out"));
            }
            if let Some((other, _)) = columns.iter().find(|(_, known)| known.eq_ignore_ascii_case(column)) {
                let other = KEYS.get(*other).copied().unwrap_or("cost");
                return Err(MapError::new(Some(key), format!("names the column “{column}”, which is {other} already")));
            }
            columns.push((if field == COST && cents == Some(1) { CENTS } else { field }, column.to_owned()));
        }
        columns.sort_unstable();
        let map = Self { name: name.to_owned(), shape, side, columns, verdict };
        map.check(cents.is_some())?;
        Ok(map)
    }

    fn check(&self, unit_given: bool) -> Result<(), MapError> {
        let has = |field: usize| self.columns.iter().any(|(known, _)| *known == field);
        let cost = has(COST) || has(CENTS);
        let tokens = has(TOTAL) || (has(INPUT) && has(OUTPUT));
        let lacks = |what: &str| Err(MapError::new(None, format!("lacks {what}")));
        if !has(TIME) {
            return lacks("“time”, the column with the time of a row");
        }
        if unit_given && !cost {
            return Err(MapError::new(Some("cost_unit"), "stands without “cost”, the column whose unit it is"));
        }
        if self.side == Some(Side::Bill) && !cost && !has(CREDITS) {
            return lacks("“cost”, without which a bill is none");
        }
        if has(CURRENCY) && !cost {
            return Err(MapError::new(Some("currency"), "stands without “cost”, the column whose currency it is"));
        }
        match self.shape {
            Shape::Credits if !has(USER) => lacks("“user”, which credits are compared by"),
            Shape::Credits if !has(ACTION) => lacks("“action”, the usage type that credits are compared by"),
            Shape::Credits if !has(CREDITS) && !cost => lacks("“credits” or “cost”"),
            Shape::Credits => Ok(()),
            _ if !has(MODEL) => lacks("“model”; for credits by day, user and usage type, write rows = \"credits\""),
            _ if !tokens && !cost => lacks("“input” and “output”, or “total”, or “cost”: a row would say nothing"),
            _ => Ok(()),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The columns of a verdict that the map names: status, what was billed (in
    /// the unit of the cost) and when it was given.
    pub fn verdict(&self) -> &[Option<String>; 3] {
        &self.verdict
    }

    /// The column the time of a row stands in.
    pub fn time(&self) -> &str {
        self.columns.iter().find(|(field, _)| *field == TIME).map_or("", |(_, column)| column)
    }

    /// The map as a format. A program meets few maps, so each is made into a
    /// format once and kept for good, as the known formats are.
    pub(super) fn format(&self) -> &'static Format {
        static MADE: Mutex<Vec<(ColumnMap, &'static Format)>> = Mutex::new(Vec::new());
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, format)) = made.iter().find(|(map, _)| map == self) {
            return format;
        }
        let format: &'static Format = Box::leak(Box::new(self.make_format()));
        made.push((self.clone(), format));
        format
    }

    fn make_format(&self) -> Format {
        let text = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let field = |field: usize| match self.columns.iter().find(|(known, _)| *known == field) {
            // A column the operator named and the file lacks is a mistake in
            // one of them.
            Some((_, column)) => Field {
                asked: matches!(field, JOB | METADATA),
                ..Field::needed(Box::leak(Box::new([text(&column.to_lowercase())])))
            },
            None => Field::optional(&[]),
        };
        let columns: Vec<&str> = self.columns.iter().map(|(_, column)| column.as_str()).collect();
        let sides: &'static [Side] = match self.side {
            Some(Side::Bill) => &[Side::Bill],
            Some(Side::Ledger) => &[Side::Ledger],
            None => &[Side::Bill, Side::Ledger],
        };
        let info = FormatInfo {
            name: text(&self.name),
            title: text(&format!("[columns.{}] of config.toml", self.name)),
            columns: text(&columns.join(", ")),
        };
        let fields = Box::leak((0..=CENTS).map(field).collect::<Vec<_>>().into_boxed_slice());
        let (row, roles): (ReadRow, &'static [Role]) =
            if self.shape == Shape::Credits { (credits_row, &[]) } else { (request_row, &ROLES) };
        Format {
            roles,
            kinds: &[Kind::Csv, Kind::JsonLines],
            // A file is known by the keys inside objects too, so they are read.
            nested: Nested::Yes,
            metadata: Some(METADATA),
            job: Some(|cells, _| cells.text(JOB)),
            ..Format::csv(info, sides, self.shape, fields, row)
        }
    }
}

fn request_row<'a>(cells: &Cells<'a>, room: &'a mut Room) -> Result<Row<'a>, Problem> {
    line(cells, room, cells.time(TIME)?)
}

fn credits_row<'a>(cells: &Cells<'a>, room: &'a mut Room) -> Result<Row<'a>, Problem> {
    line(cells, room, Instant::start_of(cells.time(TIME)?.day()))
}

fn line<'a>(cells: &Cells<'a>, room: &'a mut Room, at: Instant) -> Result<Row<'a>, Problem> {
    let (input, output) = (cells.tokens(INPUT)?, cells.tokens(OUTPUT)?);
    let total = cells.tokens(TOTAL)?;
    let amount = match cells.number(COST)? {
        None => cells.cents(CENTS)?,
        cost => cost,
    };
    Ok(Row::Line(Line {
        id: cells.text(ID),
        at: Some(at),
        account: cells.text(ACCOUNT),
        model: cells.text(MODEL),
        user: cells.user(&[USER], &mut room.user),
        project: cells.text(PROJECT),
        api_key: cells.text(API_KEY),
        action: cells.text(ACTION),
        input,
        cached: cells.tokens(CACHED)?,
        output,
        total: beyond_sum(total, input, output),
        quantity: cells.number(QUANTITY)?,
        unit: cells.text(UNIT),
        credits: cells.number(CREDITS)?,
        amount,
        currency: cells.currency(CURRENCY, &mut room.currency),
        not_applicable: (!succeeded(cells.text(STATUS))).then_some(NotApplicable::Failed),
        row_key: cells.text(KEY),
        ..Line::default()
    }))
}

/// A map to begin with, as it would stand in `config.toml`: the columns whose
/// names leave little doubt are filled in, the rest is for the operator.
pub fn example_map(name: &str, columns: &[String]) -> String {
    const GUESSES: [(&str, &[&str]); 13] = [
        ("time", &["timestamp", "created_at", "time", "date", "ts", "starttime", "when", "day"]),
        ("id", &["request_id", "response_id", "generation_id"]),
        ("model", &["model", "model_name", "model_used", "model_id"]),
        ("user", &["email", "user", "user_email", "user_id", "username"]),
        ("project", &["project", "project_id", "team"]),
        ("input", &["input_tokens", "prompt_tokens", "tokens_in", "tokens_prompt"]),
        ("cached", &["cached_tokens", "input_cached_tokens", "cached_input_tokens"]),
        ("output", &["output_tokens", "completion_tokens", "tokens_out", "tokens_completion"]),
        ("total", &["total_tokens", "tokens"]),
        ("cost", &["cost", "amount", "cost_usd", "total_cost", "price", "spend"]),
        ("currency", &["currency", "cost_currency", "amount_currency"]),
        ("credits", &["credits"]),
        ("key", &["id", "uuid"]),
    ];
    let quoted = |column: &str| toml_text(column);
    let mut text = format!("[columns.{name}]\n");
    for (key, guesses) in GUESSES {
        let found = guesses.iter().find_map(|guess| columns.iter().find(|c| c.trim().eq_ignore_ascii_case(guess)));
        match found {
            Some(column) => text.push_str(&format!("{key} = {}\n", quoted(column.trim()))),
            None if ["time", "model", "cost"].contains(&key) => text.push_str(&format!("{key} = \"…\"\n")),
            None => {}
        }
    }
    text.push_str("cost_unit = \"dollars\"\n");
    text
}

/// A text in TOML's quotes.
fn toml_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::tests::{input, text_of};
    use crate::read::{Quiet, ReadError, SideRead, Terms, read_on};
    use crate::usage::Names;

    fn map(keys: &[(&str, &str)]) -> Result<ColumnMap, MapError> {
        let keys: Vec<_> = keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        ColumnMap::new("gateway", &keys)
    }

    fn on(maps: &[ColumnMap]) -> Terms<'_> {
        Terms { maps, ..Terms::default() }
    }

    fn read(maps: &[ColumnMap], side: Side, text: &str) -> Result<(SideRead, Names), ReadError> {
        let mut names = Names::default();
        let read = read_on(vec![input(side, "own.csv", text.as_bytes())], on(maps), &mut names, &Quiet)?;
        Ok((read, names))
    }

    const OWN: [(&str, &str); 8] = [
        ("id", "Ref"),
        ("time", "ts"),
        ("model", "engine"),
        ("user", "who"),
        ("input", "in"),
        ("output", "out"),
        ("cost", "cost (¢)"),
        ("key", "n"),
    ];

    #[test]
    fn a_file_is_read_through_the_map_that_fits_it() {
        let map = map(&[&OWN[..], &[("cost_unit", "cents")]].concat()).unwrap();
        let csv = "n,TS,Engine,who,in,out,Cost (¢),ref,more\n7,2026-01-05 10:00,gpt-4o,A@x,10,5,1.5,r1,x\n";
        let json = r#"{"n":7,"ts":"2026-01-05T10:00:00Z","engine":"gpt-4o","who":"a@x","in":10,"out":5,"cost (¢)":1.50,"ref":"r1"}"#;
        for text in [csv, json] {
            let (side, names) = read(std::slice::from_ref(&map), Side::Ledger, text).unwrap();
            assert_eq!((side.bad_rows.len(), side.lines.files()[0].format), (0, "gateway"));
            assert_eq!((&*side.lines.id(0), side.lines.row_key(0)), ("r1", "7".to_owned()));
            assert_eq!((text_of(side.lines.amount(0)), side.lines.input(0)), ("0.015".to_owned(), Some(10)));
            assert_eq!(names.text(side.lines.user(0)), "a@x");
        }
        let (side, _) = read(&[map], Side::Ledger, "n,ts,engine,who,in,out,cost (¢),ref\n7,x,m,u,1,1,1,r\n").unwrap();
        assert_eq!(side.bad_rows[0].column, "ts");
    }

    #[test]
    fn a_map_goes_before_a_known_format_and_two_that_fit_are_refused() {
        let header = "id,timestamp,model,total_tokens,cost\nr,2026-01-05,m,1,1\n";
        let other = |name: &str| {
            let keys = [("time", "timestamp"), ("model", "model"), ("cost", "cost")];
            ColumnMap::new(name, &keys.map(|(key, value)| (key.to_owned(), value.to_owned()))).unwrap()
        };
        let (side, _) = read(&[other("mine")], Side::Bill, header).unwrap();
        assert_eq!(side.lines.files()[0].format, "mine");
        let error = read(&[other("mine"), other("ours")], Side::Bill, header).err().unwrap().to_string();
        assert!(error.contains("fits more than one map: mine, ours"), "{error}");
    }

    #[test]
    fn a_mapped_file_given_twice_counts_once() {
        let map = map(&[("time", "t"), ("model", "m"), ("cost", "c")]).unwrap();
        let file = |name: &str| input(Side::Bill, name, b"t,m,c\n2026-01-05,x,1\n2026-01-05,x,1\n");
        let read = read_on(vec![file("a"), file("b")], on(&[map]), &mut Names::default(), &Quiet).unwrap();
        assert_eq!((read.lines.len(), read.repeated_rows), (2, 2));
    }

    #[test]
    fn a_key_inside_an_object_is_mapped_by_its_path() {
        let map = map(&[("time", "t"), ("model", "m"), ("total", "usage.total")]).unwrap();
        let json = r#"{"t":"2026-01-05","m":"x","usage":{"total":7,"other":1}}"#;
        let (side, _) = read(&[map], Side::Ledger, json).unwrap();
        assert_eq!((side.lines.files()[0].format, side.lines.total(0)), ("gateway", Some(7)));
    }

    #[test]
    fn a_map_whose_columns_are_not_there_says_which() {
        let mut file = input(Side::Ledger, "own.csv", b"ts,engine,who\n");
        file.format = Some("Gateway".into());
        let error = read_on(vec![file], on(&[map(&OWN).unwrap()]), &mut Names::default(), &Quiet).err().unwrap();
        assert!(error.to_string().contains("it lacks ref, in, out, cost (¢), n"), "{error}");
        let error = read(&[map(&OWN).unwrap()], Side::Ledger, "a,b\n").err().unwrap().to_string();
        assert!(error.contains("gateway needs ref, ts, engine"), "{error}");
    }

    #[test]
    fn credits_are_mapped_by_day_user_and_type() {
        let keys =
            [("rows", "credits"), ("time", "d"), ("user", "u"), ("action", "t"), ("credits", "c"), ("side", "ledger")];
        let map = map(&keys).unwrap();
        let (side, _) = read(&[map], Side::Ledger, "d,u,t,c\n2026-01-05 17:00,a,codex,4.5\n").unwrap();
        assert_eq!(side.lines.shape(0), Shape::Credits);
        assert_eq!(side.lines.at(0).unwrap().to_string(), "2026-01-05T00:00:00Z");
        assert_eq!(text_of(side.lines.credits(0)), "4.5");
    }

    #[test]
    fn what_a_map_cannot_say_is_refused_with_its_key() {
        let time = ("time", "t");
        let model = ("model", "m");
        let cost = ("cost", "c");
        for (keys, key, what) in [
            (vec![model, cost], None, "lacks “time”"),
            (vec![time, cost], None, "lacks “model”"),
            (vec![time, model], None, "lacks “input” and “output”, or “total”, or “cost”"),
            (vec![time, model, ("total", "n"), ("side", "bill")], None, "lacks “cost”, without which a bill is none"),
            (vec![time, model, ("input", "n")], None, "lacks “input” and “output”"),
            (vec![time, model, cost, ("colour", "x")], Some("colour"), "is nothing a map can say; there are: id, time"),
            (vec![time, model, cost, ("user", " ")], Some("user"), "names no column"),
            (vec![time, model, cost, ("user", "T")], Some("user"), "names the column “T”, which is time already"),
            (vec![time, model, cost, ("cost_unit", "euros")], Some("cost_unit"), "must be “dollars” or “cents”"),
            (vec![time, model, ("total", "n"), ("cost_unit", "cents")], Some("cost_unit"), "stands without “cost”"),
            (vec![time, ("rows", "credits"), cost], None, "lacks “user”"),
            (vec![time, ("rows", "day"), cost], Some("rows"), "must be “request” or “credits”"),
        ] {
            let error = map(&keys).unwrap_err();
            assert_eq!(error.key.as_deref(), key, "{keys:?}");
            assert!(error.what.contains(what), "{keys:?}: {}", error.what);
        }
        let error = ColumnMap::new("Requests", &[]).unwrap_err();
        assert!(error.what.contains("name of a known format"), "{}", error.what);
    }

    #[test]
    fn an_example_takes_what_is_evident_and_leaves_the_rest_open() {
        let columns = ["When", "Engine", "prompt_tokens", "Price \"net\"", "price"].map(str::to_owned);
        let text = example_map("mine", &columns);
        assert_eq!(
            text,
            "[columns.mine]\ntime = \"When\"\nmodel = \"…\"\ninput = \"prompt_tokens\"\ncost = \"price\"\ncost_unit = \"dollars\"\n"
        );
        assert_eq!(toml_text("a\"b\\\u{1b}"), "\"a\\\"b\\\\\\u001B\"");
    }
}
