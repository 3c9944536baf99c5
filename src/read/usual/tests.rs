//! The short way gives what the general way gives, whatever the rows are.

use proptest::prelude::*;

use crate::read::tests::input;
use crate::read::{Quiet, SideRead, Sizes, Terms, read_in_blocks};
use crate::usage::{Extra, Names, Side};

/// All that was read, row by row, with the names in words.
fn told(side: Side, text: &[u8], keep: &[Extra], block: usize) -> Result<Vec<String>, String> {
    let mut names = Names::default();
    let terms = Terms { keep, ..Terms::default() };
    let sizes = Sizes { first: block, then: block };
    let read = read_in_blocks(vec![input(side, "file", text)], terms, &mut names, &Quiet, sizes);
    let SideRead { lines, bad_rows, .. } = read.map_err(|error| error.to_string())?;
    let row = |row: u32| {
        let names = [
            lines.account(row),
            lines.model(row),
            lines.user(row),
            lines.project(row),
            lines.api_key(row),
            lines.action(row),
            lines.unit(row),
            lines.tier(row),
            lines.currency(row),
        ]
        .map(|sym| names.text(sym).to_owned());
        let counts = [lines.input(row), lines.cached(row), lines.output(row), lines.total(row)];
        let money = (lines.amount(row).map(|a| a.units()), lines.foreign(row).map(|a| a.units()));
        let rest = (lines.quantity(row), lines.credits(row), lines.class(row), lines.not_applicable(row));
        let at = (lines.origin(row), lines.at(row), lines.id(row).to_owned(), lines.row_key(row));
        format!("{at:?} {names:?} {counts:?} {money:?} {rest:?}")
    };
    let files = format!("{:?}", lines.files());
    let bad = bad_rows.iter().map(|bad| format!("{bad:?}"));
    Ok((0..lines.len() as u32).map(row).chain(bad).chain([files]).collect())
}

/// Asking for something to be kept takes every row the general way, and what
/// is kept is no part of a row.
fn same(side: Side, text: &str, block: usize) -> Result<(), TestCaseError> {
    let short = told(side, text.as_bytes(), &[], block);
    let general = told(side, text.as_bytes(), &[Extra::Meta("nothing".into())], block);
    prop_assert_eq!(short, general);
    Ok(())
}

/// A cell of each kind, usual and odd.
fn cell(kind: &str) -> BoxedStrategy<String> {
    let of = |usual: &'static [&'static str], odd: &'static [&'static str]| {
        prop_oneof![
            40 => proptest::sample::select(usual).prop_map(str::to_owned),
            1 => proptest::sample::select(odd).prop_map(str::to_owned),
            1 => proptest::sample::select(&["", " ", "\u{a0}", "ä", "\u{0}", "null", "0", "x y", "\r", "'", "{}"][..])
                .prop_map(str::to_owned),
        ]
        .boxed()
    };
    match kind {
        "time" => of(
            &["1767606346", "2026-01-05T10:30:46Z", "2026-01-05 10:30:46.120+00", "2026-01-07 09:32:42.111175+00"],
            &[
                "2026-01-05",
                "1/5/2026",
                "2026-02-30T00:00:00Z",
                " 1767606346",
                "1767606346.5",
                "2026-01-05T25:00:00Z",
                "2026-01-05T10:30:46+05:30",
                "9999999999",
                "176760634",
                "2026-01-05T10:30:46.1234567Z",
            ],
        ),
        "day" => of(
            &["1/5/2026", "1/6/2026", "2026-01-05", "12/31/2025"],
            &["2026-01-05T10:30:46Z", "2/30/2026", " 1/5/2026", "1/5/26", "2026-1-5 ", "5.1.2026", "1767606346"],
        ),
        "type" => of(
            &["codex", "chat.completion.5.pro", "voice.audio.4o", "Research - Thinking"],
            &["api.gpt_5_5_text_output_v_12", "GPT-5.6 Sol - Cached Input", "api.codex_fast_gpt_5_text_input_v_1"],
        ),
        "count" => of(
            &["0", "7", "12", "506", "999999999"],
            &["-1", "1.5", "4.0", "1000000000", "12345678901234567890", "+3", "007", " 3", "1e3", "x", "4294967295"],
        ),
        "number" => of(
            &["0.0048062500", "131.1471", "0", "12", "0.0000", "999999.999999999999", "-0.5"],
            &[
                "0.0000000000001",
                "9223372.036854775808",
                "99999999",
                "-0",
                ".5",
                "5.",
                ".",
                "-",
                "1e-4",
                "1,5",
                "$1",
                "123456789012345678",
                "0.1234567890123456789",
                "0.12345678901",
                "1234567.5",
                "+1",
            ],
        ),
        "key" => of(
            &["632b1fef-58a4-46da-ab56-494ee1233ad9", "7288182d-76e6-470b-a4dd-6f253882e12e", "17"],
            &["00000000-0000-0000-0000-000000000000", "632B1FEF-58a4-46da-ab56-494ee1233ad9", "x-1 "],
        ),
        "action" => of(&["chat", "transcription", ""], &["admin_grant", "ADMIN_DEDUCT", "trial_grant"]),
        "flag" => of(&["true", "t", "1", ""], &["false", "f", "TRUE", "0", "no", "maybe"]),
        "status" => {
            of(&["", "pending", "matched", "success", "200"], &["not_applicable", "NOT_APPLICABLE", "failed", "429"])
        }
        "currency" => of(&["", "USD"], &["usd", "EUR", "eur", "Usd"]),
        _ => of(
            &["gpt-4o", "gpt-5-2025-08-07", "a@x.edu", "b", "12345678", "proj_1234567890"],
            &["A@x.edu", " b", "b ", "Ä@x", "é"],
        ),
    }
}

const REQUESTS: [(&str, &str); 17] = [
    ("request_id", "name"),
    ("timestamp", "time"),
    ("model", "name"),
    ("prompt_tokens", "count"),
    ("completion_tokens", "count"),
    ("total_tokens", "count"),
    ("cost", "number"),
    ("email", "name"),
    ("user", "name"),
    ("user_id", "name"),
    ("project_id", "name"),
    ("api_key_id", "name"),
    ("status", "status"),
    ("cached_tokens", "count"),
    ("account_id", "name"),
    ("currency", "currency"),
    ("note", "name"),
];

const TABLE: [(&str, &str); 14] = [
    ("id", "key"),
    ("openai_request_id", "name"),
    ("openai_created", "time"),
    ("created_at", "time"),
    ("model_used", "name"),
    ("user_id", "name"),
    ("action_type", "action"),
    ("prompt_tokens", "count"),
    ("completion_tokens", "count"),
    ("tokens_used", "count"),
    ("calculated_cost_cents", "number"),
    ("success", "flag"),
    ("cache_hit", "flag"),
    ("reconciliation_status", "status"),
];

const CREDITS: [(&str, &str); 10] = [
    ("date_partition", "day"),
    ("account_id", "name"),
    ("account_user_id", "name"),
    ("email", "name"),
    ("name", "name"),
    ("public_id", "name"),
    ("usage_type", "type"),
    ("usage_credits", "number"),
    ("usage_quantity", "number"),
    ("usage_units", "name"),
];

fn row(columns: &[(&str, &'static str)]) -> impl Strategy<Value = Vec<String>> + use<> {
    columns.iter().map(|(_, kind)| cell(kind)).collect::<Vec<_>>()
}

/// A cell with a quote in it, closed or not.
fn quoted() -> impl Strategy<Value = String> {
    const USUAL: &[&str] = &["\"a, b\"", "\"x\"", "\"a \"\"b\"\", c\"", "\"1/5/2026\"", "\"0.5\"", "5\"", "a\"b\""];
    const ODD: &[&str] = &["\"two\nlines\"", "\"", "\"a\"b", "\"a\"\"", "a\n\"b"];
    prop_oneof![9 => proptest::sample::select(USUAL), 1 => proptest::sample::select(ODD)].prop_map(str::to_owned)
}

fn csv(columns: &'static [(&'static str, &'static str)]) -> impl Strategy<Value = String> {
    let line = prop_oneof![
        30 => row(columns).prop_map(|cells| cells.join(",")),
        1 => Just(String::new()),
        1 => Just(",,,".to_owned()),
        1 => row(columns).prop_map(|cells| cells.join(",") + ",more"),
        1 => row(columns).prop_map(|cells| format!("\"{}\"", cells.join("\",\""))),
        1 => (row(columns), 0..columns.len(), quoted()).prop_map(|(mut cells, at, quoted)| {
            cells[at] = quoted;
            cells.join(",")
        }),
    ];
    let end = prop_oneof![Just("\n"), Just("\r\n")];
    (proptest::collection::vec(line, 0..30), end, any::<bool>()).prop_map(move |(lines, end, ended)| {
        let header: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let last = if ended { end } else { "" };
        [header.join(",")].into_iter().chain(lines).collect::<Vec<_>>().join(end) + last
    })
}

/// An object a line: texts, numbers as they are, blanks left out or `null`.
fn json_lines() -> impl Strategy<Value = String> {
    let line = (row(&TABLE), 0u8..4, any::<bool>(), 0u8..40).prop_map(|(cells, blanks, turned, broken)| {
        let space = if blanks == 1 { " " } else { "" };
        let mut pairs: Vec<String> = TABLE
            .iter()
            .zip(cells)
            .filter(|(_, cell)| !(cell.is_empty() && blanks == 2))
            .map(|((name, kind), cell)| {
                let bare = matches!(*kind, "count" | "number" | "flag");
                let value = match cell.as_str() {
                    "" => "null".to_owned(),
                    cell if bare => cell.to_owned(),
                    cell => format!("\"{}\"", cell.replace('\r', "\\r").replace('ä', "\\u00e4")),
                };
                format!("\"{name}\":{space}{value}")
            })
            .collect();
        if turned {
            pairs.reverse();
        }
        match broken {
            0 => pairs.push("\"metadata\":{\"a\":[1]}".to_owned()),
            1 => pairs.push("\"user_id\":\"again\"".to_owned()),
            2 => pairs.push("\"input_tokens\":5".to_owned()),
            3 => pairs.push("\"x\":01".to_owned()),
            4 => pairs.push(String::new()),
            5 => return "{".to_owned(),
            6 => return String::new(),
            7 => return format!("{{{}}} x", pairs.join(",")),
            _ => {}
        }
        format!("{{{}}}", pairs.join(&format!(",{space}")))
    });
    proptest::collection::vec(line, 0..30).prop_map(|lines| {
        // The keys of a file are those of its first lines.
        let first = r#"{"created_at":"2026-01-05","model_used":"m","tokens_used":5,"calculated_cost_cents":1}"#;
        [first.to_owned()].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn requests_are_read_alike_both_ways(text in csv(&REQUESTS), block in prop_oneof![Just(1usize << 20), 1usize..900]) {
        same(Side::Bill, &text, block)?;
    }

    #[test]
    fn rows_of_the_table_are_read_alike_both_ways(text in csv(&TABLE), block in prop_oneof![Just(1usize << 20), 1usize..900]) {
        same(Side::Ledger, &text, block)?;
    }

    #[test]
    fn rows_of_credits_are_read_alike_both_ways(text in csv(&CREDITS), block in prop_oneof![Just(1usize << 20), 1usize..900]) {
        same(Side::Bill, &text, block)?;
    }

    #[test]
    fn json_lines_are_read_alike_both_ways(text in json_lines(), block in prop_oneof![Just(1usize << 20), 400usize..2_000]) {
        same(Side::Ledger, &text, block)?;
    }
}

#[test]
fn rows_beyond_what_is_looked_at_together_are_all_read() {
    let mut text = "id,timestamp,model,total_tokens,cost\n".to_owned();
    for row in 0..2_000 {
        let odd = if row % 511 == 0 { " " } else { "" };
        text += &format!("r{row},{},m{},{row},{odd}0.{row:04}\n", 1_767_606_346 + row, row % 7);
    }
    same(Side::Bill, &text, 1 << 20).unwrap();
    assert_eq!(told(Side::Bill, text.as_bytes(), &[], 1 << 20).unwrap().len(), 2_001);
}
