//! The converter over months, state files and runs that must not happen.

mod support;

use std::fs;
use std::path::Path;

use support::credits::{convert, csv_rows, documented_rows, folder, out, report, row};

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const BEFORE: [&str; 4] = ["pricing.json", "projects.json", "report.csv", "subsidies.json"];

fn state(dir: &Path) -> String {
    fs::read_to_string(dir.join("subsidy_state.json")).unwrap()
}

#[test]
fn an_earlier_month_written_again_keeps_what_later_ones_drew() {
    let dir = folder(&documented_rows());
    report(dir.path(), "february.csv", &[row("2026-02-02", "ab@northwinds.edu", "codex", "100", "1")]);
    let january = || convert(dir.path(), &[]);
    let february = || convert(dir.path(), &["--input", "february.csv"]);
    assert_eq!((january().status.code(), february().status.code()), (Some(0), Some(0)));
    let both = state(dir.path());
    assert!(both.contains("\"remaining\": 476.29"), "{both}");

    let again = january();
    assert_eq!(again.status.code(), Some(0), "{}", out(&again));
    assert_eq!(state(dir.path()), both);
    assert!(
        out(&again).contains("Warnings:      0"),
        "nothing changed, so February is as good as it was: {}",
        out(&again)
    );
    assert!(out(&again).contains("Remaining:  $476.29"), "{}", out(&again));
    let again = february();
    assert_eq!(again.status.code(), Some(0), "{}", out(&again));

    let mut more = documented_rows();
    more.push(row("1/20/2026", "ab@northwinds.edu", "codex", "200", "1"));
    report(dir.path(), "report.csv", &more);
    let changed = january();
    assert!(out(&changed).contains("2026-02 was written before 2026-01 was written anew"), "{}", out(&changed));
}

#[test]
fn a_dry_run_over_months_already_written_draws_them_once() {
    let mut rows = documented_rows();
    rows.push(row("2026-02-02", "ab@northwinds.edu", "codex", "9800", "1"));
    let dir = folder(&rows);
    let shown = |text: String| text.lines().filter(|l| l.contains('$')).map(str::to_owned).collect::<Vec<_>>();
    let dry = shown(out(&convert(dir.path(), &["--dry-run"])));
    let written = shown(out(&convert(dir.path(), &[])));
    assert_eq!(dry, written);
    assert_eq!(shown(out(&convert(dir.path(), &["--dry-run"]))), written);
}

#[test]
fn a_state_that_includes_the_month_is_refused_and_nothing_is_begun_from_it() {
    let dir = folder(&documented_rows());
    let text = r#"{"projects": {"ai-strategy": {"FY2026": {"provost_ai_initiative": {"used": 490, "subsidized": 490}}}}, "last_updated": null}"#;
    fs::write(dir.path().join("subsidy_state.json"), text).unwrap();
    for args in [&["--state-through", "2026-01"][..], &["--state-through", "2026-01", "--dry-run"]] {
        let refused = convert(dir.path(), args);
        assert_eq!(refused.status.code(), Some(2), "{}", out(&refused));
        assert!(out(&refused).contains("include 2026-01"), "{}", out(&refused));
    }
    assert_eq!(state(dir.path()), text);
    let output = convert(dir.path(), &[]);
    assert!(out(&output).contains("Subsidised:  $10.00"), "{}", out(&output));

    // A month before the one that the book began with is in that state, too.
    report(dir.path(), "december.csv", &[row("2025-12-30", "ab@northwinds.edu", "codex", "0", "1")]);
    let late = convert(dir.path(), &["--input", "december.csv"]);
    assert_eq!(late.status.code(), Some(2), "{}", out(&late));
    assert!(out(&late).contains("includes the months through 2025-12"), "{}", out(&late));
}

#[test]
fn a_run_that_is_refused_does_not_take_the_state_over() {
    let dir = folder(&[row("1/13/2026", "stranger@northwinds.edu", "codex", "100", "1")]);
    let text = |drawn: &str| {
        format!(
            r#"{{"projects": {{"ai-strategy": {{"FY2026": {{"provost_ai_initiative": {{"used": {drawn}, "subsidized": {drawn}}}}}}}}}, "last_updated": null}}"#
        )
    };
    fs::write(dir.path().join("subsidy_state.json"), text("490")).unwrap();
    assert_eq!(convert(dir.path(), &["--strict"]).status.code(), Some(2));
    fs::write(dir.path().join("subsidy_state.json"), text("480")).unwrap();
    report(dir.path(), "report.csv", &documented_rows());
    let output = convert(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("Remaining:  $1.29"), "{}", out(&output));
}

#[test]
fn what_is_refused_in_one_month_writes_none_of_them() {
    let mut rows = documented_rows();
    rows.push(row("2026-02-02", "stranger@northwinds.edu", "codex", "1", "1"));
    let dir = folder(&rows);
    let refused = convert(dir.path(), &["--strict"]);
    assert_eq!(refused.status.code(), Some(2), "{}", out(&refused));
    assert!(!dir.path().join("openai-tokens_2026-01.csv").exists());
}

#[test]
fn what_a_spreadsheet_would_run_or_a_terminal_obey_is_not_written() {
    let rows = [
        row("1/5/2026", "=cmd|'/c calc'!A0", "codex", "1", "1"),
        row("1/6/2026", "a\u{1b}[2J@northwinds.edu", "codex", "1", "1"),
    ];
    let dir = folder(&rows);
    let refused = convert(dir.path(), &[]);
    assert_eq!(refused.status.code(), Some(2), "{}", out(&refused));
    assert!(out(&refused).contains("begins like a formula") && out(&refused).contains("control characters"));
    assert!(!out(&refused).contains('\u{1b}'));
    assert!(!dir.path().join("openai-tokens_2026-01.csv").exists());
}

#[test]
fn nothing_that_is_read_is_written_over() {
    for target in ["report.csv", "./report.csv", "pricing.json", "projects.json", "subsidies.json"] {
        for dry in [&["--dry-run"][..], &[]] {
            let dir = folder(&documented_rows());
            let before = fs::read(dir.path().join(target)).unwrap();
            let refused = convert(dir.path(), &[&["--output", target][..], dry].concat());
            assert_eq!(refused.status.code(), Some(2), "{target}: {}", out(&refused));
            assert_eq!(fs::read(dir.path().join(target)).unwrap(), before);
            assert_eq!(names(dir.path()), BEFORE);
        }
    }
}

#[test]
fn rows_without_credits_are_not_said_to_come_before_a_pool() {
    let mut rows = documented_rows();
    rows.push(row("1/9/2026", "ab@northwinds.edu", "codex", "", "3"));
    rows.push(row("12/31/2025", "ab@northwinds.edu", "codex", "1", "3"));
    rows.push(row("12/31/2025", "ab@northwinds.edu", "codex", "0", "3"));
    let dir = folder(&rows);
    let output = convert(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("1 row states no credits"), "{}", out(&output));
    assert!(out(&output).contains("1 row comes before any credit pool"), "{}", out(&output));
}

#[test]
fn a_month_without_any_price_is_refused_not_written_empty() {
    let dir = folder(&[row("12/31/2025", "ab@northwinds.edu", "codex", "1", "3")]);
    let refused = convert(dir.path(), &[]);
    assert_eq!(refused.status.code(), Some(2), "{}", out(&refused));
    assert!(out(&refused).contains("before any credit pool"), "{}", out(&refused));
    assert!(!dir.path().join("openai-tokens_2025-12.csv").exists());
}

#[test]
fn a_refund_of_nothing_known_is_warned_about() {
    let dir = folder(&[
        row("1/5/2026", "ab@northwinds.edu", "codex", "-10", "-1"),
        row("1/6/2026", "ah@northwinds.edu", "codex", "2", "1"),
    ]);
    let output = convert(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("the refund of $0.50 (2026-01-05, ab@northwinds.edu, codex)"), "{}", out(&output));
    assert!(out(&output).contains("Billable:    -$0.50"), "{}", out(&output));
    assert_eq!(csv_rows(&dir.path().join("openai-tokens_2026-01.csv")).len(), 3);
}

#[test]
fn a_rule_for_a_project_that_is_not_there_is_said() {
    let dir = folder(&documented_rows());
    let path = dir.path().join("subsidies.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"enabled\"", "\"eligible_projects\": [\"ai-stratgy\"], \"enabled\"")).unwrap();
    let output = convert(dir.path(), &[]);
    assert!(out(&output).contains("covers project “ai-stratgy”"), "{}", out(&output));
}

#[test]
fn a_fund_of_another_form_is_warned_about() {
    let dir = folder(&documented_rows());
    fs::write(dir.path().join("config.toml"), "fund_org_pattern = \"GRANT-*\"\n").unwrap();
    let output = convert(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(out(&output).contains("ai-strategy pays from DEPT-XYZ"), "{}", out(&output));
}

#[test]
fn a_user_who_changes_projects_is_paid_for_by_each_in_its_time() {
    let rows: Vec<String> =
        (1..=20).map(|day| row(&format!("1/{day}/2026"), "mover@x.edu", "codex", "20", "1")).collect();
    let dir = folder(&rows);
    let project = |id: &str, span: &str| {
        format!(
            r#"{{"project_id": "{id}", "pi_email": "{id}@x.edu", "fund_org": "F-{id}", "users": [{{"email": "mover@x.edu", {span}}}]}}"#
        )
    };
    let projects = [project("old", r#""to": "2026-01-08""#), project("new", r#""from": "2026-01-09""#)].join(", ");
    fs::write(dir.path().join("projects.json"), format!(r#"{{"projects": [{projects}]}}"#)).unwrap();
    let output = convert(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let rows = csv_rows(&dir.path().join("openai-tokens_2026-01.csv"));
    for row in rows {
        let day: u32 = row["ChargePeriodStart"][8..].parse().unwrap();
        let id = if day <= 8 { "\"project_id\": \"old\"" } else { "\"project_id\": \"new\"" };
        assert!(row["Tags"].contains(id), "{row:?}");
    }
}
