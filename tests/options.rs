//! The documented policy options through the program itself, at every level
//! and in both ways: the converter, and the review with its export. Both must
//! write the same bytes.

mod support;

use std::fs;
use std::path::Path;

use support::books::{approve, converted, export, folder, ok, reviewed, split_by_day};
use support::credits::{cents, csv_rows, report, sponsor};

/// A cap at each level; `keys` has the rest of the rule.
fn at_each_level(keys: &str, rows: &[(&str, &str)], expected: &[(i64, i64)]) {
    for kind in ["per_project_cap", "per_user_cap", "per_pi_cap", "global_pool"] {
        both_ways(&format!(r#""type": "{kind}", {keys}"#), rows, expected, kind);
    }
}

/// The sponsor's and the department's cents of each day, by the converter and
/// by the review.
fn both_ways(rule: &str, rows: &[(&str, &str)], expected: &[(i64, i64)], case: &str) {
    let (first, second) = (folder(&[rule], rows), folder(&[rule], rows));
    let months = converted(first.path());
    reviewed(second.path(), &months);
    let found = split_by_day(first.path(), &months);
    let days: Vec<&str> = rows.iter().map(|(day, _)| *day).collect();
    let by_row: Vec<(i64, i64)> = days.iter().map(|day| found[*day]).collect();
    assert_eq!(by_row, expected, "{case}");
    let files = months.iter().map(|month| format!("openai-tokens_{month}.csv"));
    for name in files.chain(["subsidy_state.json".into()]) {
        let of = |dir: &Path| fs::read_to_string(dir.join(&name)).unwrap();
        assert_eq!(of(first.path()), of(second.path()), "{case}: {name}");
    }
}

#[test]
fn an_annual_cap_of_500_with_150_left_pays_150_and_then_nothing() {
    let rows = [
        ("2025-07-10", "50"),
        ("2025-08-10", "100"),
        ("2025-09-10", "100"),
        ("2025-10-10", "100"),
        ("2026-01-10", "200"),
        ("2026-02-10", "75"),
    ];
    let expected = [(5_000, 0), (10_000, 0), (10_000, 0), (10_000, 0), (15_000, 5_000), (0, 7_500)];
    at_each_level(r#""cap_amount": 500, "period": "fiscal_year", "fiscal_year_start": "07-01""#, &rows, &expected);
}

#[test]
fn a_monthly_cap_of_50_begins_anew_and_what_is_left_is_lost() {
    let rows = [("2026-01-10", "80"), ("2026-02-10", "30"), ("2026-03-10", "120")];
    at_each_level(r#""cap_amount": 50, "period": "month""#, &rows, &[(5_000, 3_000), (3_000, 0), (5_000, 7_000)]);
}

#[test]
fn a_weekly_cap_of_15_begins_anew_on_monday_also_within_two_months() {
    let rows =
        [("2026-01-12", "25"), ("2026-01-19", "8"), ("2026-01-26", "40"), ("2026-02-01", "1"), ("2026-02-02", "5")];
    let expected = [(1_500, 1_000), (800, 0), (1_500, 2_500), (0, 100), (500, 0)];
    at_each_level(r#""cap_amount": 15, "period": "week""#, &rows, &expected);
}

#[test]
fn two_tiers_go_by_the_total_of_the_period() {
    let rows = [("2026-01-10", "150"), ("2026-02-10", "200"), ("2026-03-10", "200"), ("2026-04-01", "10")];
    let expected = [(15_000, 0), (12_500, 7_500), (7_500, 12_500), (1_000, 0)];
    for scope in ["", r#""scope": "project", "#, r#""scope": "user", "#, r#""scope": "pi", "#, r#""scope": "global", "#]
    {
        let rule = format!(
            r#""type": "tiered", {scope}"tiers": [{{"up_to": 200, "percent": 100}}, {{"up_to": 500, "percent": 50}}],
               "period": "quarter""#
        );
        both_ways(&rule, &rows, &expected, scope);
    }
}

/// 450 of 500 are used before.
const USED: (&str, &str) = ("2025-11-10", "450");

#[test]
fn a_cap_with_450_of_500_used_is_raised_going_forward_or_in_retrospect() {
    let annual =
        |more: &str| format!(r#""cap_amount": 500, "period": "fiscal_year", "fiscal_year_start": "07-01"{more}"#);
    let two = [USED, ("2026-01-05", "30"), ("2026-01-20", "60")];
    at_each_level(&annual(""), &two, &[(45_000, 0), (3_000, 0), (2_000, 4_000)]);

    let raised = r#", "caps": [{"from": "2026-01-25", "amount": 600}]"#;
    at_each_level(&annual(raised), &two, &[(45_000, 0), (3_000, 0), (2_000, 4_000)]);
    let refunded = [two[0], two[1], two[2], ("2026-01-26", "-50")];
    at_each_level(&annual(raised), &refunded, &[(45_000, 0), (3_000, 0), (2_000, 4_000), (-1_000, -4_000)]);

    let retroactive = r#", "caps": [{"from": "2026-01-25", "amount": 600, "retroactive": true}]"#;
    at_each_level(&annual(retroactive), &two, &[(45_000, 0), (3_000, 0), (6_000, 0)]);
}

#[test]
fn what_is_left_of_a_cap_is_in_the_state_for_other_tools() {
    let raised = r#""cap_amount": 500, "period": "fiscal_year", "fiscal_year_start": "07-01", "caps": [{"from": "2026-01-25", "amount": 600}]"#;
    let retroactive = raised.replace("600}", r#"600, "retroactive": true}"#);
    let two = [USED, ("2026-01-05", "30"), ("2026-01-20", "60")];
    let refunded = [two[0], two[1], two[2], ("2026-01-26", "-50")];
    let cases = [
        (r#""cap_amount": 500, "period": "fiscal_year", "fiscal_year_start": "07-01""#, &two[..], "0.00"),
        (raised, &two, "100.00"),
        (raised, &refunded, "110.00"),
        (&retroactive, &two, "60.00"),
    ];
    for (keys, rows, left) in cases {
        let dir = folder(&[&format!(r#""type": "per_project_cap", {keys}"#)], rows);
        converted(dir.path());
        let text = fs::read_to_string(dir.path().join("subsidy_state.json")).unwrap();
        let state: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(state["projects"]["lab"]["FY2026"]["r0"]["remaining"].to_string(), left, "{keys} {rows:?}");
    }
}

#[test]
fn a_refund_and_the_charge_again_return_to_the_start_in_the_file() {
    let rule = r#""type": "per_user_cap", "cap_amount": 40, "percent": 80, "period": "month""#;
    let once = [("2026-01-05", "30"), ("2026-01-20", "25")];
    let again = [once[0], once[1], ("2026-01-21", "-25"), ("2026-01-22", "25")];
    let dirs = [folder(&[rule], &once), folder(&[rule], &again)];
    let sums = dirs.map(|dir| {
        converted(dir.path());
        let rows = csv_rows(&dir.path().join("openai-tokens_2026-01.csv"));
        let state = fs::read_to_string(dir.path().join("subsidy_state.json")).unwrap();
        (cents(&rows, "BilledCost", sponsor), cents(&rows, "BilledCost", |tags| !sponsor(tags)), state)
    });
    assert_eq!((sums[0].0, sums[0].1), (4_000, 1_500));
    assert_eq!(sums[0], sums[1]);
}

#[test]
fn a_thousand_tenths_of_a_credit_bill_five_dollars_through_the_review_too() {
    let users = (0..1_000).map(|n| format!("u{n}@x.edu"));
    let rows: Vec<String> = users.map(|user| support::credits::row("2026-01-05", &user, "codex", "0.1", "1")).collect();
    let emails: Vec<String> = (0..1_000).map(|n| format!(r#"{{"email": "u{n}@x.edu"}}"#)).collect();
    let dirs = [folder(&[], &[]), folder(&[], &[])];
    for dir in &dirs {
        report(dir.path(), "report.csv", &rows);
        let project = format!(
            r#"{{"projects": [{{"project_id": "lab", "pi_email": "pi@x.edu", "fund_org": "DEPT", "users": [{}]}}]}}"#,
            emails.join(",")
        );
        fs::write(dir.path().join("projects.json"), project).unwrap();
    }
    let months = converted(dirs[0].path());
    reviewed(dirs[1].path(), &months);
    let files = dirs.each_ref().map(|dir| fs::read(dir.path().join("openai-tokens_2026-01.csv")).unwrap());
    assert_eq!(files[0], files[1]);
    let rows = csv_rows(&dirs[0].path().join("openai-tokens_2026-01.csv"));
    assert_eq!((rows.len(), cents(&rows, "BilledCost", |_| true)), (1_000, 500));
}

#[test]
fn three_funds_at_1_004_are_billed_3_01_and_the_journal_balances() {
    let dir = folder(&[], &[]);
    let projects: Vec<String> = (0..3)
        .map(|n| {
            format!(
                r#"{{"project_id": "p{n}", "pi_email": "pi{n}@x.edu", "fund_org": "F{n}", "users": [{{"email": "u{n}@x.edu"}}]}}"#
            )
        })
        .collect();
    fs::write(dir.path().join("projects.json"), format!(r#"{{"projects": [{}]}}"#, projects.join(","))).unwrap();
    let settings = "[accounting]\nfund_org = \"IT-1\"\naccount_code = \"4711\"\nexpense_code = \"6600\"\n";
    fs::write(dir.path().join("config.toml"), settings).unwrap();
    let rows: Vec<String> =
        (0..3).map(|n| support::credits::row("2026-01-05", &format!("u{n}@x.edu"), "codex", "20.08", "1")).collect();
    report(dir.path(), "report.csv", &rows);
    reviewed(dir.path(), &["2026-01".into()]);
    let billed = csv_rows(&dir.path().join("openai-tokens_2026-01.csv"));
    assert_eq!(cents(&billed, "BilledCost", |_| true), 301);
    let journal = csv_rows(&dir.path().join("openai-tokens_2026-01.csv.journal.csv"));
    let sum = |column: &str| -> i64 {
        let cells = journal.iter().map(|row| row[column].replace('.', "")).filter(|cell| !cell.is_empty());
        cells.map(|cell| cell.parse::<i64>().unwrap()).sum()
    };
    assert_eq!((sum("debit"), sum("credit")), (301, 301), "{journal:?}");
}

#[test]
fn an_approval_withdrawn_after_an_export_is_a_row_of_nothing_from_then_on() {
    let rule = r#""type": "per_project_cap", "cap_amount": 40, "period": "month""#;
    let dir = folder(&[rule], &[("2026-01-05", "30"), ("2026-01-20", "25")]);
    let dir = dir.path();
    approve(dir, "2026-01", true);
    export(dir, "2026-01");
    let billed = || split_by_day(dir, &["2026-01".into()]);
    assert_eq!((billed()["2026-01-05"], billed()["2026-01-20"]), ((3_000, 0), (1_000, 1_500)));
    ok(dir, &["decide", "reopen", "--month", "2026-01", "--filter", "billed>29", "--yes"]);
    let said = ok(dir, &["export", "--month", "2026-01", "--dry-run"]);
    assert!(said.contains("withdrawn"), "{said}");
    for _ in 0..2 {
        export(dir, "2026-01");
        let rows = csv_rows(&dir.join("openai-tokens_2026-01.csv"));
        let ids = rows.iter().filter(|row| row["ChargePeriodStart"] == "2026-01-05");
        assert_eq!(ids.count(), 2, "both rows of the charge stand there, at zero");
        // What it drew is there for the other charge.
        assert_eq!((billed()["2026-01-05"], billed()["2026-01-20"]), ((0, 0), (2_500, 0)));
    }
}
