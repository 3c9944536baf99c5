//! Every format on a sample of it, and on the odd ways the same file may come
//! in: what a program in between, a spreadsheet or another year makes of it.
//! The samples lie in `tests/samples`; how each is understood stands in the
//! snapshots, and every variant must be understood in the same way.

use serde_json::{Map, Value};

use crate::amount::{Amount, Quantity};
use crate::read::block::Sizes;
use crate::read::tests::input;
use crate::read::{ColumnMap, Quiet, SideRead, Terms, read_in_blocks};
use crate::usage::{Lines, Names, Side, TokenClass};

struct Sample {
    name: &'static str,
    text: &'static str,
    side: Side,
    format: &'static str,
}

macro_rules! samples {
    ($($file:literal $side:ident $format:literal),* $(,)?) => {
        [$(Sample {
            name: $file,
            text: include_str!(concat!("../../tests/samples/", $file)),
            side: Side::$side,
            format: $format,
        }),*]
    };
}

const TABLES: [Sample; 17] = samples![
    "chatgpt_edu_credit_usage.csv" Bill "chatgpt-credits",
    "chatgpt_business_credit_usage_2026_tokens.csv" Bill "chatgpt-credits",
    "openai_cost_legacy_2024.csv" Bill "platform-cost-2024",
    "openai_cost_v2025_ungrouped.csv" Bill "platform-cost",
    "openai_cost_v2026_ungrouped.csv" Bill "platform-cost",
    "openai_cost_v2026_line_items.csv" Bill "platform-cost",
    "openai_export_empty_month.csv" Bill "platform-empty",
    "openai_completions_usage_v2025.csv" Bill "platform-usage",
    "openai_completions_usage_v2026.csv" Bill "platform-usage",
    "openrouter_activity.csv" Bill "openrouter",
    "requests.csv" Bill "requests",
    "token_usage.csv" Ledger "token-usage",
    "litellm_spendlogs.csv" Ledger "litellm",
    "credit_ledger.csv" Ledger "credit-ledger",
    "pipeline_run_usages.csv" Ledger "pipeline-runs",
    "agent_scanned_posts.csv" Ledger "agent-posts",
    "own_columns.csv" Ledger "own",
];

const PAGES: [Sample; 3] = samples![
    "openai_costs_api_2025_float_amounts.json" Bill "platform-cost",
    "openai_costs_api_live_string_amounts.json" Bill "platform-cost",
    "openai_usage_completions_api.json" Bill "platform-usage",
];

const OBJECTS: [Sample; 3] = samples![
    "chatgpt_costs_compliance_log.jsonl" Bill "chatgpt-credit-log",
    "openai_batch_output.jsonl" Bill "batch-output",
    "codex_rollout_token_count.jsonl" Ledger "codex-rollout",
];

/// For `own_columns.csv`.
fn map() -> ColumnMap {
    let keys = [
        ("id", "Ref"),
        ("time", "When"),
        ("model", "Engine"),
        ("user", "Who"),
        ("input", "In"),
        ("cached", "Cached"),
        ("output", "Out"),
        ("cost", "Price (cents)"),
        ("cost_unit", "cents"),
        ("currency", "Currency"),
        ("key", "Row"),
        ("status", "Failed?"),
    ];
    ColumnMap::new("own", &keys.map(|(key, column)| (key.to_owned(), column.to_owned()))).unwrap()
}

fn read(sample: &Sample, text: &str) -> Result<(SideRead, Names), String> {
    let (mut names, maps) = (Names::default(), [map()]);
    let terms = Terms { maps: &maps, ..Terms::default() };
    let sizes = Sizes { first: 200, then: 64 };
    // What JSON lines are, their first block says.
    let sizes = if sample.name.ends_with("jsonl") { Sizes::default() } else { sizes };
    let read = read_in_blocks(vec![input(sample.side, sample.name, text.as_bytes())], terms, &mut names, &Quiet, sizes);
    read.map(|read| (read, names)).map_err(|error| error.to_string())
}

/// Each line by all it says, in the order of the file.
fn told((side, names): &(SideRead, Names)) -> Vec<String> {
    (0..side.lines.len() as u32).map(|row| line(&side.lines, names, row)).collect()
}

fn line(lines: &Lines, names: &Names, row: u32) -> String {
    let text = |sym| names.text(sym).to_owned();
    let count = |count: Option<i64>| count.map(|count| count.to_string()).unwrap_or_default();
    let number = |number: Option<String>| number.unwrap_or_default();
    let span = lines.span(row);
    let fields = [
        ("time", number(lines.at(row).map(|at| at.to_string()))),
        ("span", if span == 0 { String::new() } else { span.to_string() }),
        ("id", lines.id(row).to_owned()),
        ("account", text(lines.account(row))),
        ("user", text(lines.user(row))),
        ("project", text(lines.project(row))),
        ("key", text(lines.api_key(row))),
        ("model", text(lines.model(row))),
        ("action", text(lines.action(row))),
        ("tier", text(lines.tier(row))),
        ("class", lines.class(row).map_or("", TokenClass::label).to_owned()),
        ("long", if lines.long_context(row) { "yes".to_owned() } else { String::new() }),
        ("item", text(lines.item_text(row))),
        ("input", count(lines.input(row))),
        ("cached", count(lines.cached(row))),
        ("written", count(lines.cache_write(row))),
        ("output", count(lines.output(row))),
        ("reasoning", count(lines.reasoning(row))),
        ("total", count(lines.total(row))),
        ("media", lines.modalities(row).map(|media| format!("{:?}", media.counts())).unwrap_or_default()),
        ("requests", count(lines.requests(row))),
        ("quantity", number(lines.quantity(row).map(|q| format!("{q} {}", text(lines.unit(row))).trim().to_owned()))),
        ("credits", number(lines.credits(row).map(|credits| credits.to_string()))),
        ("amount", number(lines.amount(row).map(|amount| amount.to_string()))),
        ("apart", number(lines.foreign(row).map(|amount| format!("{amount} {}", text(lines.currency(row)))))),
        ("aside", number(lines.not_applicable(row).map(|why| why.reason().to_owned()))),
        ("row", lines.row_key(row)),
    ];
    let said = fields.iter().filter(|(_, value)| !value.is_empty());
    said.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_sample_is_understood_as_it_always_was() {
    for sample in TABLES.iter().chain(&PAGES).chain(&OBJECTS) {
        let found = read(sample, sample.text).unwrap();
        assert_eq!(found.0.bad_rows, [], "{}", sample.name);
        let file = &found.0.lines.files()[0];
        assert_eq!(file.format, sample.format, "{}", sample.name);
        let head = format!("{}: {} rows, {} blank", file.format, file.rows, file.blank_rows);
        let repeated =
            if found.0.repeated_rows == 0 { String::new() } else { format!(", {} repeated", found.0.repeated_rows) };
        let stem = sample.name.split('.').next().unwrap_or_default();
        insta::assert_snapshot!(stem, format!("{head}{repeated}\n{}", told(&found).join("\n")));
    }
}

#[test]
fn every_format_has_a_sample() {
    let known = crate::read::formats().iter().map(|info| info.name);
    let all = || TABLES.iter().chain(&PAGES).chain(&OBJECTS);
    let missing: Vec<&str> = known.filter(|name| !all().any(|sample| sample.format == *name)).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn the_report_of_messages_is_refused_by_name() {
    let text = include_str!("../../tests/samples/chatgpt_workspace_user_report_weekly.csv");
    let sample = Sample { name: "weekly.csv", text, side: Side::Bill, format: "" };
    let error = read(&sample, text).err().unwrap();
    assert!(error.contains("is the workspace user report, which is activity without money"), "{error}");
}

/// A table as its cells, header first.
type Cells = Vec<Vec<String>>;

fn cells(text: &str) -> Cells {
    let text = text.trim_start_matches('\u{FEFF}');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn written(cells: &Cells, quotes: csv::QuoteStyle, end: &'static [u8]) -> String {
    let terminator = if end == b"\r\n" { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let mut writer =
        csv::WriterBuilder::new().quote_style(quotes).terminator(terminator).flexible(true).from_writer(Vec::new());
    cells.iter().for_each(|row| writer.write_record(row).unwrap());
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

fn plain(cells: &Cells) -> String {
    written(cells, csv::QuoteStyle::Necessary, b"\n")
}

/// The cells of the columns for whose names `which` says so, changed.
fn changed(cells: &Cells, which: impl Fn(&str) -> bool, change: impl Fn(&str) -> String) -> Cells {
    let header = &cells[0];
    let cell = |(at, cell): (usize, &String)| {
        let ours = header.get(at).is_some_and(|name| which(&name.to_lowercase()));
        if ours && !cell.is_empty() { change(cell) } else { cell.clone() }
    };
    let rows = cells[1..].iter().map(|row| row.iter().enumerate().map(cell).collect());
    std::iter::once(header.clone()).chain(rows).collect()
}

fn is_exact(column: &str) -> bool {
    const NAMES: [&str; 11] = [
        "amount_value",
        "cost_in_major",
        "cost",
        "cost_total",
        "usage_credits",
        "usage_quantity",
        "credits",
        "quantity",
        "calculated_cost_cents",
        "total_cost_usd",
        "price (cents)",
    ];
    NAMES.contains(&column)
}

fn is_count(column: &str) -> bool {
    (column.contains("tokens") && !column.contains("cost"))
        || ["num_model_requests", "in", "out", "cached"].contains(&column)
}

/// The same number with forty digits, or zero as the API writes it.
fn forty_digits(text: &str) -> String {
    if text.contains(['e', 'E']) {
        return text.to_owned();
    }
    if Amount::parse(text).is_ok_and(Amount::is_zero) {
        return "0E-6176".to_owned();
    }
    let text = if text.contains('.') { text.to_owned() } else { format!("{text}.") };
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text + &"0".repeat(40usize.saturating_sub(digits))
}

fn with_blank_rows(cells: &Cells) -> String {
    let blank = vec![String::new(); cells[0].len()];
    let mut rows = cells.clone();
    rows.insert(1, blank.clone());
    rows.push(blank);
    plain(&rows).replacen('\n', "\n\n", 1) + "\n  \n"
}

/// All other ways to write the same table, each with its name.
fn variants(cells: &Cells) -> Vec<(&'static str, String)> {
    let reversed: Cells = cells.iter().map(|row| row.iter().rev().cloned().collect()).collect();
    let shouted = {
        let mut rows = cells.clone();
        rows[0].iter_mut().for_each(|name| *name = format!(" {} ", name.to_uppercase()));
        rows
    };
    let wider = |(at, row): (usize, &Vec<String>)| {
        let between = if at == 0 { "an unknown column" } else { "x, \"y\"\nz" };
        row.iter().flat_map(|cell| [cell.clone(), format!("{between}")]).collect::<Vec<_>>()
    };
    let mut wider: Cells = cells.iter().enumerate().map(wider).collect();
    wider[0].iter_mut().enumerate().filter(|(at, _)| at % 2 == 1).for_each(|(at, name)| *name = format!("{name} {at}"));
    let flag = |to: fn(&str) -> String| {
        changed(cells, |name| ["batch", "success", "cancelled", "cache_hit"].contains(&name), to)
    };
    let or_t = |text: &str| match text.to_lowercase().as_str() {
        "true" => "t".to_owned(),
        "false" => "f".to_owned(),
        other => other.to_owned(),
    };
    let email = |to: fn(&str) -> String| changed(cells, |name| name.contains("email") || name == "who", to);
    let whole = |text: &str| if text.contains('.') { text.to_owned() } else { format!("{text}.0") };
    let iso = |text: &str| text.split_once("+00:00").map_or(text, |(time, _)| time).to_owned();
    let mut variants = vec![
        ("BOM and CRLF", format!("\u{FEFF}{}", written(cells, csv::QuoteStyle::Necessary, b"\r\n"))),
        ("quoted cells", written(cells, csv::QuoteStyle::Always, b"\n")),
        ("no line end at the end", plain(cells).trim_end().to_owned()),
        ("blank rows", with_blank_rows(cells)),
        ("reordered columns", plain(&reversed)),
        ("header in upper case", plain(&shouted)),
        ("forty digits", plain(&changed(cells, is_exact, forty_digits))),
        ("4.0 for 4", plain(&changed(cells, is_count, whole))),
        ("FALSE", plain(&flag(str::to_uppercase))),
        (
            "False as f",
            plain(&changed(&flag(str::to_lowercase), |name| name == "success" || name == "cancelled", or_t)),
        ),
        ("emails in upper case", plain(&email(str::to_uppercase))),
        ("blanks around emails", plain(&email(|text| format!("  {text} ")))),
        ("times without an offset", plain(&changed(cells, |name| name.ends_with("_iso"), iso))),
    ];
    // An export of nothing has no other columns, that is how it is known.
    if cells[0].len() > 4 {
        variants.push(("columns between", plain(&wider)));
    }
    variants
}

#[test]
fn a_table_is_understood_alike_however_it_is_written() {
    for sample in &TABLES {
        let expect = told(&read(sample, sample.text).unwrap());
        for (variant, text) in variants(&cells(sample.text)) {
            let found = read(sample, &text).unwrap_or_else(|error| panic!("{}, {variant}: {error}", sample.name));
            assert_eq!(found.0.bad_rows, [], "{}, {variant}", sample.name);
            assert_eq!(told(&found), expect, "{}, {variant}", sample.name);
        }
    }
}

fn money(side: &SideRead) -> (Amount, Quantity, Amount) {
    let (lines, rows) = (&side.lines, 0..side.lines.len() as u32);
    (
        rows.clone().filter_map(|row| lines.amount(row)).sum(),
        rows.clone().filter_map(|row| lines.credits(row)).sum(),
        rows.filter_map(|row| lines.foreign(row)).sum(),
    )
}

#[test]
fn a_column_that_is_missing_is_asked_for_or_changes_no_money() {
    for sample in &TABLES {
        let (whole, _) = read(sample, sample.text).unwrap();
        let all = cells(sample.text);
        for (at, name) in all[0].iter().enumerate() {
            let without: Cells = all
                .iter()
                .map(|row| {
                    row.iter().enumerate().filter(|(column, _)| *column != at).map(|(_, cell)| cell.clone()).collect()
                })
                .collect();
            let place = format!("{} without {name}", sample.name);
            match read(sample, &plain(&without)) {
                Err(error) => assert!(error.to_lowercase().contains(&name.to_lowercase()), "{place}: {error}"),
                // What a file does not say of the currency, nobody can know.
                Ok(_) if name.to_lowercase().contains("currency") => {}
                Ok((side, _)) if side.bad_rows.is_empty() && side.lines.files()[0].format == sample.format => {
                    let is_money = ["cost", "credits", "spend"].contains(&name.as_str());
                    if !is_money {
                        assert_eq!(money(&side), money(&whole), "{place}");
                        assert_eq!(side.lines.len(), whole.lines.len(), "{place}");
                    }
                }
                Ok((side, _)) => {
                    let file = &side.lines.files()[0];
                    let seen = file.rows as usize + file.blank_rows as usize + side.bad_rows.len();
                    assert_eq!(seen, all.len() - 1, "{place}");
                }
            }
        }
    }
}

#[test]
fn an_email_in_two_cases_is_one_user_and_a_name_with_a_comma_is_one_cell() {
    let business = &TABLES[1];
    let (side, names) = read(business, business.text).unwrap();
    let users: std::collections::BTreeSet<&str> =
        (0..side.lines.len() as u32).map(|row| names.text(side.lines.user(row))).collect();
    assert_eq!(users.into_iter().collect::<Vec<_>>(), ["alex.morgan@example.com", "jo@example.com"]);
}

/// A JSON value with every object and number changed.
fn reshaped(
    value: &Value,
    object: &impl Fn(Map<String, Value>) -> Map<String, Value>,
    number: &impl Fn(&str, &str) -> Value,
    key: &str,
) -> Value {
    match value {
        Value::Object(map) => {
            let inner = map.iter().map(|(key, value)| (key.clone(), reshaped(value, object, number, key)));
            Value::Object(object(inner.collect()))
        }
        Value::Array(list) => Value::Array(list.iter().map(|value| reshaped(value, object, number, key)).collect()),
        Value::Number(found) => number(key, &found.to_string()),
        other => other.clone(),
    }
}

fn as_number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn documents(text: &str) -> Vec<Value> {
    serde_json::Deserializer::from_str(text).into_iter().map(Result::unwrap).collect()
}

/// All other ways to write the same values, one behind the other.
fn json_variants(values: &[Value]) -> Vec<(&'static str, Vec<Value>)> {
    let each = |object: &dyn Fn(Map<String, Value>) -> Map<String, Value>, number: &dyn Fn(&str, &str) -> Value| {
        values.iter().map(|value| reshaped(value, &object, &number, "")).collect::<Vec<_>>()
    };
    let same = |map: Map<String, Value>| map;
    let kept = |_: &str, text: &str| as_number(text);
    let exact = |key: &str| key == "value" || key == "quantity";
    vec![
        ("keys reversed", each(&|map| map.into_iter().rev().collect(), &kept)),
        (
            "keys between",
            each(
                &|mut map| {
                    map.insert("unknown".to_owned(), serde_json::json!({"value": [1, null, "}"]}));
                    map.insert("nothing".to_owned(), Value::Null);
                    map
                },
                &kept,
            ),
        ),
        ("nulls left out", each(&|map| map.into_iter().filter(|(_, value)| !value.is_null()).collect(), &kept)),
        ("numbers as texts", each(&same, &|_, text| Value::String(text.to_owned()))),
        (
            "forty digits",
            each(&same, &|key, text| if exact(key) { as_number(&forty_digits(text)) } else { as_number(text) }),
        ),
    ]
}

/// Texts under `value` as numbers: the API has had both.
fn unquoted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let inner = |(key, value): (&String, &Value)| match value {
                Value::String(text) if key == "value" => (key.clone(), as_number(text)),
                value => (key.clone(), unquoted(value)),
            };
            Value::Object(map.iter().map(inner).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(unquoted).collect()),
        other => other.clone(),
    }
}

#[test]
fn pages_are_understood_alike_however_they_are_written() {
    for sample in &PAGES {
        let whole = read(sample, sample.text).unwrap();
        let (expect, cut_short) = (told(&whole), whole.0.coverage[0].cut_short);
        let values = documents(sample.text);
        let mut all = json_variants(&values);
        all.push(("amounts as numbers", values.iter().map(unquoted).collect()));
        all.push(("as they are", values));
        for (variant, values) in all {
            let lines = values.iter().map(Value::to_string).collect::<Vec<_>>();
            let pretty = values.iter().map(|value| serde_json::to_string_pretty(value).unwrap()).collect::<Vec<_>>();
            let texts = [
                lines.join("\n"),
                format!("\u{FEFF}{}\r\n", pretty.join("\r\n").replace('\n', "\r\n")),
                format!("[{}]", lines.join(",")),
                format!("[\n{}\n]\n", pretty.join(",\n")),
            ];
            for text in texts {
                let found = read(sample, &text).unwrap_or_else(|error| panic!("{}, {variant}: {error}", sample.name));
                assert_eq!(found.0.bad_rows, [], "{}, {variant}", sample.name);
                assert_eq!(told(&found), expect, "{}, {variant}", sample.name);
                assert_eq!(found.0.coverage[0].cut_short, cut_short, "{}, {variant}", sample.name);
            }
        }
    }
}

#[test]
fn lines_of_json_are_understood_alike_however_they_are_written() {
    for sample in &OBJECTS {
        let expect = told(&read(sample, sample.text).unwrap());
        let values = documents(sample.text);
        for (variant, values) in json_variants(&values) {
            // The counts of a rollout are written by one program, as numbers.
            if sample.format == "codex-rollout" && variant == "numbers as texts" {
                continue;
            }
            let lines = values.iter().map(Value::to_string).collect::<Vec<_>>();
            for text in [lines.join("\n"), format!("\u{FEFF}\r\n{}\r\n\r\n", lines.join("\r\n"))] {
                let found = read(sample, &text).unwrap_or_else(|error| panic!("{}, {variant}: {error}", sample.name));
                assert_eq!(found.0.bad_rows, [], "{}, {variant}", sample.name);
                assert_eq!(told(&found), expect, "{}, {variant}", sample.name);
            }
        }
    }
}

/// Tables of a database come as CSV or as JSON lines, and mean the same.
#[test]
fn a_ledger_is_understood_alike_as_a_table_and_as_lines_of_json() {
    for sample in TABLES.iter().filter(|sample| sample.side == Side::Ledger && sample.format != "credit-ledger") {
        let expect = told(&read(sample, sample.text).unwrap());
        let table = cells(sample.text);
        let value = |cell: &String| match cell.as_str() {
            "" => Value::Null,
            "true" | "false" => Value::Bool(cell == "true"),
            text if Amount::parse(text).is_ok() => as_number(text),
            text => Value::String(text.to_owned()),
        };
        let object = |row: &Vec<String>| {
            let pairs = table[0].iter().zip(row).map(|(name, cell)| (name.clone(), value(cell)));
            Value::Object(pairs.collect()).to_string()
        };
        let text = table[1..].iter().map(object).collect::<Vec<_>>().join("\n");
        let jsonl = Sample { name: "ledger.jsonl", ..*sample };
        let found = read(&jsonl, &text).unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        assert_eq!(found.0.bad_rows, [], "{}", sample.name);
        assert_eq!(told(&found), expect, "{}", sample.name);
    }
}
