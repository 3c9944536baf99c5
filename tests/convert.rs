//! The documented converter of credit reports, as a script runs it.

mod support;

use std::fs;
use std::path::Path;

use support::credits::{cents, convert, csv_rows, documented_rows, folder, out, row, sponsor};

#[test]
fn the_documented_report_costs_18_71_and_all_of_it_is_the_sponsors() {
    let dir = folder(&documented_rows());
    let first = convert(dir.path(), &[]);
    assert_eq!(first.status.code(), Some(0), "{}", out(&first));
    let text = out(&first);
    for line in [
        "Input rows:    6",
        "Output rows:   12",
        "Total:         $18.71",
        "Subsidised:  $18.71",
        "Billable:    $0.00",
        "Warnings:      0",
        "Remaining:  $481.29",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let file = dir.path().join("openai-tokens_2026-01.csv");
    let header = fs::read_to_string(&file).unwrap().lines().next().unwrap().to_owned();
    assert_eq!(
        header,
        "BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ServiceName,ResourceName,ListCost,BilledCost,ResourceId,Tags"
    );
    let rows = csv_rows(&file);
    assert_eq!(cents(&rows, "BilledCost", |_| true), 1871);
    assert_eq!(cents(&rows, "BilledCost", sponsor), 1871);
    assert_eq!(cents(&rows, "ListCost", |tags| !sponsor(tags)), 1871);
    assert_eq!(rows[0]["BillingPeriodStart"], "2026-01-01");
    assert_eq!(rows[0]["BillingPeriodEnd"], "2026-01-31");
    assert_eq!(rows[0]["ChargePeriodEnd"], "2026-01-05");
    assert_eq!(rows[0]["ResourceName"], "OpenAI chat.completion.5.reasoning (user: ab@northwinds.edu)");
    assert_eq!(rows[0]["ResourceId"], "openai:chat.completion.5.reasoning:ab@northwinds.edu:2026-01-05:usage");
    assert_eq!(
        rows[0]["Tags"],
        r#"{"pi_email": "alex.ham@northwinds.edu", "project_id": "ai-strategy", "fund_org": "DEPT-XYZ", "usage_user": "ab@northwinds.edu", "charge_type": "usage", "subsidy_name": "provost_ai_initiative"}"#
    );

    let state: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(dir.path().join("subsidy_state.json")).unwrap()).unwrap();
    let balance = &state["projects"]["ai-strategy"]["FY2026"]["provost_ai_initiative"];
    assert_eq!(balance["subsidized"].to_string(), "18.71");
    assert_eq!(balance["remaining"].to_string(), "481.29");
}

#[test]
fn a_second_run_changes_nothing() {
    let dir = folder(&documented_rows());
    assert_eq!(convert(dir.path(), &[]).status.code(), Some(0));
    let read = |name: &str| fs::read(dir.path().join(name)).unwrap();
    let before = (
        read("openai-tokens_2026-01.csv"),
        read("openai-tokens_2026-01.csv.manifest.json"),
        read("subsidy_state.json"),
    );
    let second = convert(dir.path(), &[]);
    assert_eq!(second.status.code(), Some(0), "{}", out(&second));
    assert!(out(&second).contains("Remaining:  $481.29"));
    assert_eq!(
        before,
        (
            read("openai-tokens_2026-01.csv"),
            read("openai-tokens_2026-01.csv.manifest.json"),
            read("subsidy_state.json")
        )
    );
}

#[test]
fn the_order_of_rows_never_shows_in_the_file() {
    let rows = documented_rows();
    let mut other = rows.clone();
    other.reverse();
    let (first, second) = (folder(&rows), folder(&other));
    convert(first.path(), &[]);
    convert(second.path(), &[]);
    let read = |dir: &tempfile::TempDir| fs::read(dir.path().join("openai-tokens_2026-01.csv")).unwrap();
    assert_eq!(read(&first), read(&second));
}

#[test]
fn a_thousand_tenths_of_a_credit_bill_five_dollars() {
    let rows: Vec<String> =
        (0..1000).map(|n| row(&format!("1/{}/2026", 1 + n % 28), "ab@northwinds.edu", "codex", "0.1", "2")).collect();
    let dir = folder(&rows);
    let output = convert(dir.path(), &[]);
    assert!(out(&output).contains("Total:         $5.00"), "{}", out(&output));
    let rows = csv_rows(&dir.path().join("openai-tokens_2026-01.csv"));
    assert_eq!(cents(&rows, "BilledCost", |_| true), 500);
    let ids: std::collections::HashSet<_> = rows.iter().map(|r| r["ResourceId"].clone()).collect();
    assert_eq!(ids.len(), rows.len(), "two rows of one identity would overwrite each other");
}

#[test]
fn a_bad_row_writes_nothing_and_is_named() {
    let mut rows = documented_rows();
    rows[1] = row("1/32/2026", "ab@northwinds.edu", "codex", "1", "1");
    rows[3] = row("1/8/2026", "ab@northwinds.edu", "codex", "1,000.5", "1").replace("1,000.5", "\"1,000.5\"");
    let dir = folder(&rows);
    let output = convert(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    let text = out(&output);
    assert!(text.contains("report.csv:3: date_partition"), "{text}");
    assert!(text.contains("report.csv:5: usage_credits"), "{text}");
    assert!(!dir.path().join("openai-tokens_2026-01.csv").exists());
    assert!(!dir.path().join("subsidy_state.json").exists());

    let output = convert(dir.path(), &["--skip-bad-rows"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("Input rows:    4"), "{}", out(&output));
    assert!(out(&output).contains("2 rows that cannot be read were left out"), "{}", out(&output));
}

#[test]
fn a_dry_run_writes_nothing_unless_an_output_is_named() {
    let dir = folder(&documented_rows());
    let output = convert(dir.path(), &["--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("Remaining:  $481.29"), "{}", out(&output));
    let names = |dir: &Path| {
        let mut names: Vec<String> =
            fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names(dir.path()), ["pricing.json", "projects.json", "report.csv", "subsidies.json"]);
    convert(dir.path(), &["--dry-run", "--output", "out.csv"]);
    assert_eq!(names(dir.path()), ["out.csv", "pricing.json", "projects.json", "report.csv", "subsidies.json"]);
}

#[test]
fn unmapped_users_are_unassigned_warned_about_and_not_subsidised() {
    let mut rows = documented_rows();
    rows.push(row("1/13/2026", "stranger@northwinds.edu", "codex", "100", "2000"));
    let dir = folder(&rows);
    let output = convert(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(out(&output).contains("stranger@northwinds.edu is in no project"), "{}", out(&output));
    assert!(out(&output).contains("Billable:    $5.00"), "{}", out(&output));
    let rows = csv_rows(&dir.path().join("openai-tokens_2026-01.csv"));
    let stranger: Vec<_> = rows.iter().filter(|r| r["Tags"].contains("stranger")).collect();
    assert_eq!(stranger.len(), 1);
    assert!(
        stranger[0]["Tags"]
            .contains(r#""pi_email": "unassigned", "project_id": "unassigned", "fund_org": "unassigned""#)
    );

    let strict = folder(&[row("1/13/2026", "stranger@northwinds.edu", "codex", "100", "2000")]);
    let output = convert(strict.path(), &["--strict"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!strict.path().join("openai-tokens_2026-01.csv").exists());
}

#[test]
fn a_state_file_from_elsewhere_is_the_opening_balance() {
    let dir = folder(&documented_rows());
    let state = r#"{"projects": {"ai-strategy": {"FY2026": {"provost_ai_initiative": {"used": 490.0, "subsidized": 490.0, "remaining": 10.0}}}}, "last_updated": "2025-12-31T00:00:00"}"#;
    fs::write(dir.path().join("subsidy_state.json"), state).unwrap();
    let output = convert(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("Subsidised:  $10.00"), "{}", out(&output));
    assert!(out(&output).contains("Billable:    $8.71"), "{}", out(&output));
    assert!(out(&output).contains("Remaining:  $0.00"), "{}", out(&output));
    let again = convert(dir.path(), &[]);
    assert!(out(&again).contains("Subsidised:  $10.00"), "a cap drawn twice: {}", out(&again));
}

#[test]
fn a_state_file_changed_outside_stops_the_run() {
    let dir = folder(&documented_rows());
    convert(dir.path(), &[]);
    let path = dir.path().join("subsidy_state.json");
    let changed = fs::read_to_string(&path).unwrap().replace("18.71", "17.71").replace("481.29", "482.29");
    fs::write(&path, changed).unwrap();
    let output = convert(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(out(&output).contains("17.71") && out(&output).contains("18.71"), "{}", out(&output));
}

#[test]
fn two_months_become_two_files_and_the_second_draws_what_is_left() {
    let mut rows = documented_rows();
    rows.push(row("2026-02-02", "ab@northwinds.edu", "codex", "9800", "196000"));
    let dir = folder(&rows);
    let refused = convert(dir.path(), &["--output", "out.csv"]);
    assert_eq!(refused.status.code(), Some(2));
    let output = convert(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let february = csv_rows(&dir.path().join("openai-tokens_2026-02.csv"));
    assert_eq!(cents(&february, "BilledCost", sponsor), 48_129);
    assert_eq!(cents(&february, "BilledCost", |_| true), 49_000);
}

#[test]
fn a_missing_default_is_said_and_a_missing_named_file_refused() {
    let dir = folder(&documented_rows());
    fs::remove_file(dir.path().join("subsidies.json")).unwrap();
    let output = convert(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(out(&output).contains("subsidies.json"), "{}", out(&output));
    assert!(out(&output).contains("Billable:    $18.71"), "{}", out(&output));
    let output = convert(dir.path(), &["--subsidies", "none.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(out(&output).contains("none.json"), "{}", out(&output));
}

#[test]
fn a_refund_unwinds_the_subsidy_of_what_it_refunds() {
    let mut rows = documented_rows();
    rows.push(row("1/14/2026", "ab@northwinds.edu", "codex", "-7.295", "-145.9"));
    let dir = folder(&rows);
    let output = convert(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    // 374.135 - 7.295 credits at 0.05.
    assert!(out(&output).contains("Total:         $18.34"), "{}", out(&output));
    assert!(out(&output).contains("Remaining:  $481.66"), "{}", out(&output));
}
