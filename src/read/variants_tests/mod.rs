//! Every format on a sample of it, and on the odd ways the same file may come
//! in: what a program in between, a spreadsheet or another year makes of it.
//! The samples lie in `tests/samples`; how each is understood stands in the
//! snapshots, and every variant must be understood in the same way.

mod json;
mod tables;

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
            text: include_str!(concat!("../../../tests/samples/", $file)),
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
    let text = include_str!("../../../tests/samples/chatgpt_workspace_user_report_weekly.csv");
    let sample = Sample { name: "weekly.csv", text, side: Side::Bill, format: "" };
    let error = read(&sample, text).err().unwrap();
    assert!(error.contains("is the workspace user report, which is activity without money"), "{error}");
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
