//! The comparison as cron runs it.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn reconcile(dir: &Path, args: &[&str]) -> Output {
    Command::new(support::program()).arg("reconcile").args(args).current_dir(dir).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| {
        panic!("{e}: {} {}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    })
}

/// A folder with the sample month's configuration.
fn sample_book() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in ["pricing.json", "projects.json", "subsidies.json", "subsidy_state.json"] {
        fs::copy(support::sample(name), dir.path().join(name)).unwrap();
    }
    dir
}

fn sample_args() -> Vec<String> {
    let path = |name: &str| support::sample(name).display().to_string();
    let mut args = Vec::new();
    for bill in ["openai_requests_2026-01.csv", "chatgpt_edu_credits_2026-01.csv"] {
        args.extend(["--bill".to_owned(), path(bill)]);
    }
    for ledger in ["token_usage_2026-01.csv", "token_usage_2026-01_part2.jsonl", "credit_ledger_2026-01.csv"] {
        args.extend(["--ledger".to_owned(), path(ledger)]);
    }
    args
}

fn sample(extra: &[&str]) -> (tempfile::TempDir, Output) {
    let dir = sample_book();
    let mut args = sample_args();
    args.extend(extra.iter().map(|s| (*s).to_owned()));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = reconcile(dir.path(), &args);
    (dir, output)
}

#[test]
fn the_sample_month_comes_out_as_it_was_planted() {
    let (_dir, output) = sample(&["--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "the sample month is not healthy");
    let found = json(&output);
    let planted: Value = serde_json::from_str(&fs::read_to_string(support::sample("manifest.json")).unwrap()).unwrap();
    for outcome in [
        "matched",
        "discrepancy",
        "missing_in_ledger",
        "missing_in_bill",
        "ambiguous",
        "duplicate",
        "unpriced",
        "not_applicable",
    ] {
        let of = |part: &str| planted[part]["outcomes"][outcome]["items"].as_u64().unwrap_or(0);
        assert_eq!(
            found["outcomes"][outcome]["items"].as_u64(),
            Some(of("requests") + of("credits")),
            "{outcome}: {}",
            found["outcomes"][outcome]
        );
    }
    assert_eq!(found["period"], "2026-01");
    assert_eq!(found["bill"]["lines"].as_u64(), Some(5_550));
    assert_eq!(found["healthy"], Value::Bool(false));
    let drift = found["drift"].as_array().unwrap();
    assert!(drift.iter().any(|d| d["model"].as_str().is_some_and(|m| m.starts_with("gpt-4.1"))), "{drift:?}");
    assert_eq!(found["bad_rows"].as_array().unwrap().len(), 0);
}

#[test]
fn amounts_are_strings_and_the_causes_add_up() {
    let (_dir, output) = sample(&["--format", "json"]);
    let found = json(&output);
    let amount = |value: &Value| value.as_str().expect("a decimal string").parse::<rust_decimal::Decimal>().unwrap();
    let parts: rust_decimal::Decimal =
        found["variance"]["causes"].as_array().unwrap().iter().map(|c| amount(&c["amount"])).sum();
    assert_eq!(parts, amount(&found["variance"]["total"]));
    let billed: rust_decimal::Decimal =
        found["outcomes"].as_object().unwrap().values().map(|o| amount(&o["billed"])).sum();
    assert_eq!(billed, amount(&found["bill"]["total"]));
    let recorded: rust_decimal::Decimal =
        found["outcomes"].as_object().unwrap().values().map(|o| amount(&o["recorded"])).sum();
    assert_eq!(recorded, amount(&found["ledger"]["total"]));
}

#[test]
fn every_classified_item_is_written_as_csv() {
    let (dir, output) = sample(&["--format", "csv", "--output", "items.csv"]);
    assert_eq!(output.status.code(), Some(1));
    let mut reader = csv::Reader::from_path(dir.path().join("items.csv")).unwrap();
    assert_eq!(
        reader.headers().unwrap().iter().collect::<Vec<_>>(),
        [
            "id",
            "outcome",
            "cause",
            "model",
            "project",
            "user",
            "billed_tokens",
            "recorded_tokens",
            "billed",
            "recorded",
            "difference",
            "bill_origin",
            "ledger_origin",
            "matched_by",
            "derived",
            "carried_from",
            "carried_times",
            "carried_days",
            "cleared"
        ]
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let (_dir, output) = sample(&["--format", "json"]);
    let items: u64 =
        json(&output)["outcomes"].as_object().unwrap().values().map(|o| o["items"].as_u64().unwrap()).sum();
    assert_eq!(rows.len() as u64, items);
    assert!(!dir.path().join("trueup.db").exists(), "reconcile writes no book");
}

#[test]
fn a_healthy_month_ends_with_0_and_nothing_to_compare_too() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("bill.csv"),
        "id,created,model,input_tokens,output_tokens,amount\nr1,2026-01-05T10:00:00Z,gpt-4o-mini-2024-07-18,150,75,0.0000675\n",
    )
    .unwrap();
    fs::write(
        dir.path().join("ledger.csv"),
        "id,user_id,action_type,model_used,tokens_used,input_tokens,output_tokens,success,created_at,calculated_cost_cents,openai_request_id,openai_created\n\
         a,u,chat,gpt-4o-mini,225,150,75,true,2026-01-05T10:00:01Z,0.0068,r1,1767607200\n",
    )
    .unwrap();
    let output = reconcile(dir.path(), &["--bill", "bill.csv", "--ledger", "ledger.csv"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let output = reconcile(dir.path(), &["--bill", "bill.csv", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(json(&output)["outcomes"]["not_applicable"]["items"].as_u64(), Some(1));
}

#[test]
fn a_bad_row_is_listed_and_ends_with_1() {
    let dir = tempfile::tempdir().unwrap();
    let output =
        reconcile(dir.path(), &["--bill", support::sample("broken_rows.csv").to_str().unwrap(), "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<u64> =
        json(&output)["bad_rows"].as_array().unwrap().iter().map(|r| r["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [4, 6, 8]);
}

#[test]
fn what_cannot_be_read_ends_with_2_and_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("odd.csv"), "colour,taste\nred,sweet\n").unwrap();
    fs::write(dir.path().join("report.csv"), fs::read(support::sample("broken_rows.csv")).unwrap()).unwrap();
    fs::write(dir.path().join("bad.json"), "{").unwrap();
    let cases: [(&[&str], &str); 4] = [
        (&["--bill", "none.csv"], "none.csv"),
        (&["--bill", "odd.csv"], "colour"),
        (&["--month", "2026-13", "--bill", "odd.csv"], "month"),
        (&["--format", "xml"], "xml"),
    ];
    for (args, word) in cases {
        let output = reconcile(dir.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(word), "{args:?}: {text}");
        assert!(!text.contains("panicked"), "{text}");
    }
    fs::write(dir.path().join("pricing.json"), "{ \"credit_pool\": [] }").unwrap();
    let output = reconcile(dir.path(), &["--bill", "report.csv"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("pricing.json:1") && text.contains("credit_pool"), "{text}");
}
