//! Lists and decisions from the command line: the real program on a book.

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{printed as out, refused};

const BILL: &str = "\
request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost_usd
r1,2026-01-05T10:00:00Z,gpt-4o,1000,100,1100,0.0035
r2,2026-01-06T10:00:00Z,gpt-4o,1000,100,1100,0.25
r3,2026-01-07T10:00:00Z,=SUM(A1),1000,100,1100,1.5
";
const LEDGER: &str = "\
request_id,timestamp,model,project_id,input_tokens,output_tokens,cost
r1,2026-01-05T10:00:00Z,gpt-4o,p,1000,100,0.0035
r2,2026-01-06T10:00:00Z,gpt-4o,p,1000,100,0.125
r4,2026-01-08T10:00:00Z,gpt-4o,p,1000,100,0.5
";

/// A book that has both files in it, with one item deferred and open again.
fn book() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    fs::write(path.join("pricing.json"), "{\n  \"currency\": \"USD\",\n  \"credit_pools\": []\n}\n").unwrap();
    fs::write(path.join("bill.csv"), BILL).unwrap();
    fs::write(path.join("ledger.csv"), LEDGER).unwrap();
    out(path, &["decide", "defer", "--bill", "bill.csv", "--ledger", "ledger.csv", "--id", "r4", "--yes"]);
    out(path, &["undo", "--yes"]);
    dir
}

fn ids(dir: &Path, more: &[&str]) -> Vec<String> {
    let text = out(dir, &[&["list", "--format", "json"], more].concat());
    let report: Value = serde_json::from_str(&text).unwrap();
    let rows = report["rows"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_list_holds_what_passes_in_the_order_asked_for() {
    let book = book();
    let dir = book.path();
    assert_eq!(ids(dir, &[]), ["r1", "r2", "r3", "r4"]);
    assert_eq!(ids(dir, &["--sort", "size", "--reverse"]), ["r3", "r4", "r2", "r1"]);
    assert_eq!(ids(dir, &["--sort", "outcome:desc,billed:desc"]), ids(dir, &["--sort", "outcome,billed", "--reverse"]));
    assert_eq!(ids(dir, &["--sort", "model,recorded:desc"]), ["r3", "r4", "r2", "r1"]);
    let error = refused(dir, &["list", "--sort", "model,shoe"]);
    assert!(error.contains("“shoe” is nothing to sort by; there are time, model"), "{error}");
    assert_eq!(ids(dir, &["--screen", "not-found"]), ["r3", "r4"]);
    assert_eq!(ids(dir, &["--filter", "model:gpt-4o absdiff>0.1", "--limit", "1"]), ["r2"]);
    let text = out(dir, &["list", "--filter", "billed>0.1", "--limit", "1"]);
    assert!(text.contains("… and 1 item more"), "{text}");
    assert!(text.ends_with("2 items of 2026-01, 2 open: billed $1.75, recorded $0.125, difference $1.625\n"), "{text}");
    let error = refused(dir, &["list", "--filter", "billed>"]);
    assert!(error.starts_with("trueup: --filter: "), "{error}");
}

#[test]
fn a_list_as_csv_runs_nothing_in_a_spreadsheet() {
    let book = book();
    let text = out(book.path(), &["list", "--format", "csv", "--screen", "not-found"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("id,outcome,cause,"));
    assert!(lines[1].starts_with("r3,missing_in_ledger,missing,'=SUM(A1),"), "{}", lines[1]);
}

#[test]
fn what_is_decided_is_shown_first_done_as_shown_and_taken_back() {
    let book = book();
    let dir = book.path();
    let decide = ["decide", "write-off", "--screen", "not-found", "--filter", "outcome:missing-in-bill"];
    let error = refused(dir, &[&decide[..], &["--yes"]].concat());
    assert!(error.contains("To write off needs a reason; give agreed-with-vendor"), "{error}");
    let reason = ["--reason", "below-materiality", "--note", "asked them"];
    let shown = out(dir, &[&decide[..], &reason, &["--dry-run"]].concat());
    assert_eq!(shown, "Write off 1 item\n  1 item, $0.50\nNothing was changed.\n");
    assert_eq!(ids(dir, &["--open"]).len(), 4);
    let error = refused(dir, &[&decide[..], &reason].concat());
    assert!(error.contains("there is no terminal to ask on"), "{error}");
    assert_eq!(ids(dir, &["--open"]).len(), 4);
    assert!(out(dir, &[&decide[..], &reason, &["--yes"]].concat()).ends_with("Done.\n"));
    assert_eq!(ids(dir, &["--filter", "decision:write-off note:asked"]), ["r4"]);
    assert_eq!(ids(dir, &["--open"]).len(), 3);
    assert!(out(dir, &["undo", "--yes"]).starts_with("Undo: write off 1 item"));
    assert_eq!(ids(dir, &["--open"]).len(), 4);
    assert!(out(dir, &["undo", "--redo", "--yes"]).starts_with("Redo: write off 1 item"));
    assert_eq!(ids(dir, &["--open"]).len(), 3);
    out(dir, &["decide", "reopen", "--id", "r4", "--yes"]);
    assert_eq!(ids(dir, &["--open"]).len(), 4);
    out(dir, &["decide", "note", "--id", "r1", "--note", "seen", "--yes"]);
    assert_eq!(ids(dir, &["--filter", "note:seen"]), ["r1"]);
}

#[test]
fn nothing_is_decided_about_nothing() {
    let book = book();
    let dir = book.path();
    for (args, says) in [
        (&["decide", "defer", "--yes"][..], "Say which items"),
        (&["decide", "defer", "--filter", "model:nobody", "--yes"], "No item of 2026-01 passes"),
        (&["decide", "defer", "--id", "r9", "--yes"], "has the id “r9”"),
        (&["decide", "note", "--id", "r1", "--yes"], "--note"),
        (&["decide", "assign", "--id", "r1", "--yes"], "--project"),
    ] {
        let error = refused(dir, args);
        assert!(error.contains(says), "{args:?}: {error}");
    }
}

#[test]
fn names_are_sorted_by_the_numbers_in_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    let labs = ["lab 2", "lab 10", "lab 1", "Lab 3"];
    let projects: Vec<Value> = labs
        .iter()
        .enumerate()
        .map(|(at, lab)| {
            serde_json::json!({
                "project_id": lab, "fund_org": "F-1", "pi_email": "pi@example.edu", "users": [], "openai_projects": [format!("p{at}")]
            })
        })
        .collect();
    let projects = serde_json::json!({ "projects": projects }).to_string();
    fs::write(path.join("projects.json"), projects).unwrap();
    let mut ledger = LEDGER.lines().next().unwrap().to_owned() + "\n";
    let mut bill = BILL.lines().next().unwrap().to_owned() + "\n";
    for at in 0..labs.len() {
        let (day, model) = (5 + at, ["o-10", "o-9", "o-9", "O-8"][at]);
        ledger.push_str(&format!("r{at},2026-01-0{day}T10:00:00Z,{model},p{at},1000,100,0.5\n"));
        bill.push_str(&format!("r{at},2026-01-0{day}T10:00:00Z,{model},1000,100,1100,0.5\n"));
    }
    fs::write(path.join("ledger.csv"), ledger).unwrap();
    fs::write(path.join("bill.csv"), bill).unwrap();
    let sorted = |order: &str| ids(path, &["--bill", "bill.csv", "--ledger", "ledger.csv", "--sort", order]);
    assert_eq!(sorted("project"), ["r2", "r0", "r3", "r1"]);
    assert_eq!(sorted("project:desc"), ["r1", "r3", "r0", "r2"]);
    assert_eq!(sorted("model,project:desc"), ["r3", "r1", "r2", "r0"]);
}

#[test]
fn the_sum_of_a_list_holds_what_has_nothing_to_be_compared_with() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("bill.csv"), BILL).unwrap();
    let text = out(dir.path(), &["list", "--bill", "bill.csv"]);
    assert!(text.ends_with("3 items of 2026-01, 3 open: billed $1.7535, recorded $0.00, difference $0.00\n"), "{text}");
    let report: Value =
        serde_json::from_str(&out(dir.path(), &["list", "--bill", "bill.csv", "--format", "json"])).unwrap();
    assert_eq!((&report["billed"], &report["difference"]), (&"1.7535".into(), &"0".into()));
}

#[test]
fn a_review_without_a_terminal_says_first_what_is_wrong_with_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    fs::write(dir.join("bill.csv"), BILL).unwrap();
    fs::write(dir.join("ledger.csv"), "id;day\n").unwrap();
    let said = refused(dir, &["review", "--bill", "nope.csv"]);
    assert!(said.contains("nope.csv: there is no such file in "), "{said}");
    let said = refused(dir, &["review", "--bill", "bill.csv", "--ledger", "ledger.csv"]);
    assert!(said.contains("ledger.csv:1: has its columns separated by semicolons"), "{said}");
    let said = refused(dir, &["review", "--bill", "bill.csv"]);
    assert!(said.contains("The review needs a terminal."), "{said}");
    assert!(!dir.join("trueup.db").exists(), "none of them makes a book");
}
