//! The comparison on files as they should not be, and where its output goes.

mod support;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const BILL: &str = "request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost";

fn reconcile(dir: &Path, args: &[&str]) -> Output {
    Command::new(support::program()).arg("reconcile").args(args).current_dir(dir).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(output)))
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn folder(files: &[(&str, &[&str])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, rows) in files {
        fs::write(dir.path().join(name), format!("{}\n", rows.join("\n"))).unwrap();
    }
    dir
}

#[test]
fn a_file_of_bad_rows_alone_lists_them_and_ends_with_1() {
    let dir = folder(&[("bill.csv", &[BILL, "x,notadate,m,1,1,2,0.1"])]);
    let output = reconcile(dir.path(), &["--bill", "bill.csv", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert_eq!(json(&output)["bad_rows"][0]["line"], 2);
}

#[test]
fn rows_on_standard_output_leave_the_verdict_to_standard_error() {
    let dir = folder(&[("bill.csv", &[BILL, "x,notadate,m,1,1,2,0.1", "y,2026-01-05,m,1,1,2,0.1"])]);
    let output = reconcile(dir.path(), &["--bill", "bill.csv", "--format", "csv"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 2);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("not healthy") && said.contains("1 row could not be read"), "{said}");
}

#[test]
fn a_ledger_of_another_month_is_said_to_be_one() {
    let row = "x,2025-12-05,m,1,1,2,0.1";
    let dir = folder(&[("bill.csv", &[BILL, "x,2026-01-05,m,1,1,2,0.1"]), ("ledger.csv", &[BILL, row])]);
    let args = ["--bill", "bill.csv", "--ledger", "ledger.csv"];
    let said = text(&reconcile(dir.path(), &args));
    let sentence = "ledger: no row is of 2026-01; those that are there are of 2025-12. --month names a month.";
    assert!(said.contains(sentence) && !said.contains("bill: no row"), "{said}");
    let said = text(&reconcile(dir.path(), &["--bill", "bill.csv", "--ledger", "bill.csv"]));
    assert!(!said.contains("no row is of"), "{said}");
}

#[test]
fn a_month_without_rows_is_nothing_to_compare_and_ends_with_0() {
    let dir = folder(&[("bill.csv", &[BILL])]);
    for args in [&["--bill", "bill.csv"][..], &["--bill", "bill.csv", "--month", "2026-01"]] {
        let output = reconcile(dir.path(), args);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        assert!(text(&output).contains("nothing to compare"), "{}", text(&output));
    }
}

#[test]
fn a_month_that_only_the_ledger_has_can_be_asked_for() {
    let dir = folder(&[
        ("bill.csv", &[BILL, "a,2026-01-05T10:00:00Z,gpt-4o,1,1,2,0.1"]),
        ("ledger.csv", &[BILL, "b,2026-02-05T10:00:00Z,gpt-4o,1,1,2,0.1"]),
    ]);
    let args = ["--bill", "bill.csv", "--ledger", "ledger.csv", "--format", "json", "--month", "2026-02"];
    let output = reconcile(dir.path(), &args);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert_eq!(json(&output)["outcomes"]["missing_in_bill"]["items"], 1);
    let output = reconcile(dir.path(), &["--bill", "bill.csv", "--ledger", "ledger.csv", "--month", "2026-03"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("the files hold 2026-01, 2026-02"), "{}", text(&output));
}

#[test]
fn the_same_file_twice_counts_once_even_with_append() {
    let rows = [BILL, "a,2026-01-05T10:00:00Z,gpt-4o,1,1,2,0.1", "a,2026-01-05T10:00:00Z,gpt-4o,1,1,2,0.1"];
    let dir = folder(&[("bill.csv", &rows), ("copy.csv", &rows), ("other.csv", &rows[..2])]);
    let lines = |args: &[&str]| {
        let all = [args, &["--append", "--format", "json"]].concat();
        json(&reconcile(dir.path(), &all))["bill"]["lines"].as_u64()
    };
    assert_eq!(lines(&["--bill", "bill.csv", "--bill", "bill.csv"]), Some(2));
    assert_eq!(lines(&["--bill", "bill.csv", "--bill", "copy.csv"]), Some(2));
    assert_eq!(lines(&["--bill", "bill.csv", "--bill", "other.csv"]), Some(3));
}

#[test]
fn a_day_that_shrank_is_said() {
    let rows = [BILL, "a,2026-01-05T10:00:00Z,gpt-4o,1,1,2,0.1", "b,2026-01-05T10:00:00Z,gpt-4o,1,1,2,0.1"];
    let dir = folder(&[("first.csv", &rows), ("second.csv", &rows[..2])]);
    let output = reconcile(dir.path(), &["--bill", "first.csv", "--bill", "second.csv"]);
    assert!(
        text(&output).contains("2026-01-05 of account “” shrank from 2 rows in first.csv to 1"),
        "{}",
        text(&output)
    );
    assert!(text(&output).contains("1 day of an account"), "{}", text(&output));
}

#[test]
fn no_output_holds_what_a_terminal_would_obey() {
    let dir = folder(&[(
        "bill.csv",
        &[
            BILL,
            "=1+1,2026-01-05T10:00:00Z,\u{1b}[31mred\u{9b}\u{202e},1,1,2,0.1",
            "b\u{9b},nodate\u{1b}[2J,m,1,1,2,0.1",
        ],
    )]);
    for format in ["text", "json", "csv"] {
        let output = reconcile(dir.path(), &["--bill", "bill.csv", "--format", format]);
        assert_eq!(output.status.code(), Some(1));
        let shown = text(&output);
        let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.contains(obeyed), "{format}: {shown:?}");
        assert!(format != "csv" || shown.contains("\n'=1+1,"), "{shown}");
    }
    assert!(json(&reconcile(dir.path(), &["--bill", "bill.csv", "--format", "json"]))["bad_rows"].is_array());
}

#[test]
fn what_is_read_is_not_written_over() {
    let dir = folder(&[("bill.csv", &[BILL, "a,2026-01-05T10:00:00Z,gpt-4o,1,1,2,0.1"])]);
    let before = fs::read(dir.path().join("bill.csv")).unwrap();
    let output = reconcile(dir.path(), &["--bill", "bill.csv", "--format", "csv", "--output", "./bill.csv"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert_eq!(fs::read(dir.path().join("bill.csv")).unwrap(), before);
}

#[test]
fn a_model_without_a_price_that_compares_all_the_same_is_named() {
    // The price of o3 changed once; that makes it no stranger.
    let rows = [BILL, "a,2026-01-05T10:00:00Z,mystery-1,1,1,2,0.1", "b,2026-01-05T10:00:00Z,o3,1,1,2,0.1"];
    let dir = folder(&[("bill.csv", &rows), ("ledger.csv", &rows)]);
    let output = reconcile(dir.path(), &["--bill", "bill.csv", "--ledger", "ledger.csv"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("Not in the price book: mystery-1\n"), "{}", text(&output));
}

#[cfg(unix)]
#[test]
fn a_pipe_named_as_output_is_written_to_and_stays_one() {
    use std::os::unix::fs::FileTypeExt;
    let dir = folder(&[("bill.csv", &[BILL, "a,2026-01-05T10:00:00Z,gpt-4o,1,1,2,0.1"])]);
    let pipe = dir.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    let output = reconcile(dir.path(), &["--bill", "bill.csv", "--format", "csv", "--output", "pipe"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(reader.join().unwrap().starts_with("id,outcome,"));
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
}

#[cfg(unix)]
#[test]
fn nobody_listening_is_no_crash() {
    let dir = folder(&[]);
    let mut child = Command::new(support::program())
        .args(["reconcile", "--bill", "none.csv"])
        .current_dir(dir.path())
        .stderr(closed_pipe())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(2), ""));
}

/// The end to write to of a pipe that nobody reads.
#[cfg(unix)]
fn closed_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// Costs and usage of the same days: what one says of the other, kinds of token
/// side by side, and what the exports leave out.
#[test]
fn the_report_holds_usage_against_costs_and_says_what_the_exports_leave_out() {
    let costs = "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id";
    let usage = "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,\
                 model,batch,input_tokens,output_tokens,input_cached_tokens";
    let ledger = "id,model_used,input_tokens,output_tokens,created_at,calculated_cost_cents,success";
    let day = "1767571200,1767657600,2026-01-05T00:00:00+00:00,2026-01-06T00:00:00+00:00";
    let dir = folder(&[
        (
            "cost.csv",
            &[
                costs,
                &format!("{day},2.5,usd,\"gpt-4o-2024-08-06, input\",proj_a"),
                &format!("{day},2,usd,\"gpt-4o-2024-08-06, output\",proj_a"),
            ],
        ),
        ("usage.csv", &[usage, &format!("{day},proj_a,40,,,gpt-4o-2024-08-06,False,1000000,150000,0")]),
        ("ledger.csv", &[ledger, "a,gpt-4o,1000000,150000,2026-01-05T10:00:00Z,400,t"]),
    ]);
    let files = ["--bill", "cost.csv", "--bill", "usage.csv", "--ledger", "ledger.csv"];
    let report = json(&reconcile(dir.path(), &[&files[..], &["--format", "json"]].concat()));
    let checks = serde_json::json!([{ "day": "2026-01-05", "project": "proj_a", "model": "gpt-4o",
        "expected": "4", "billed": "4.5", "difference": "0.5" }]);
    assert_eq!(report["usage_checks"], checks, "{report:#}");
    let classes: Vec<[&Value; 5]> = report["token_classes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|class| ["class", "billed", "billed_tokens", "recorded_tokens", "derived"].map(|name| &class[name]))
        .collect();
    let null = Value::Null;
    let expected = [("input", "2.5", 1_000_000, "2.5"), ("output", "2", 150_000, "1.5")];
    for (found, (class, billed, tokens, derived)) in classes.iter().zip(expected) {
        assert_eq!(*found, [&class.into(), &billed.into(), &null, &tokens.into(), &derived.into()]);
    }
    assert_eq!(classes.len(), 2, "{report:#}");
    let notes = report["notes"].to_string();
    assert!(notes.contains("cost.csv may still grow on 2026-01-05"), "{notes}");
    let shown = text(&reconcile(dir.path(), &files));
    assert!(
        shown.contains("Usage at list price: 1 of 1 check apart from what was billed for them, by $0.50"),
        "{shown}"
    );
    assert!(shown.contains("cost.csv is not grouped by API key or user"), "{shown}");
    assert!(shown.contains("cost.csv may still grow on 2026-01-05"), "{shown}");
}
