//! Books of one laboratory with credits at five cents, filled by the converter
//! or by the review.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::credits::{cents, csv_rows, report, row, sponsor};

const PRICING: &str =
    r#"{"credit_pools": [{"pool_id": "edu", "credits_purchased": 2000000, "purchase_amount": 100000}]}"#;

const PROJECTS: &str = r#"{"projects": [
    {"project_id": "lab", "pi_email": "pi@x.edu", "fund_org": "DEPT", "users": [{"email": "ab@x.edu"}]}
]}"#;

/// A folder with these rules for credits and a report of one user's charges,
/// by day and whole dollars.
pub fn folder(rules: &[&str], charges: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let whole = |(n, keys): (usize, &&str)| {
        format!(r#"{{"name": "r{n}", "fund_org": "SPONSOR", "applies_to_services": ["OpenAI"], {keys}}}"#)
    };
    let rules: Vec<String> = rules.iter().enumerate().map(whole).collect();
    for (name, text) in [
        ("pricing.json", PRICING.to_owned()),
        ("projects.json", PROJECTS.to_owned()),
        ("subsidies.json", format!("{{\"subsidies\": [{}]}}", rules.join(",\n"))),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    let credits = |dollars: &str| (dollars.parse::<i64>().unwrap() * 20).to_string();
    let rows: Vec<String> =
        charges.iter().map(|(day, dollars)| row(day, "ab@x.edu", "codex", &credits(dollars), "1")).collect();
    report(dir.path(), "report.csv", &rows);
    dir
}

/// Runs the program, which must succeed, and gives what it said.
pub fn ok(dir: &Path, args: &[&str]) -> String {
    let output = Command::new(super::program()).args(args).current_dir(dir).output().unwrap();
    let said = super::credits::out(&output);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {said}");
    said
}

/// Converts `report.csv`, and gives the months it wrote.
pub fn converted(dir: &Path) -> Vec<String> {
    let said = ok(dir, &["convert", "--input", "report.csv"]);
    let names = said.lines().filter_map(|line| line.strip_prefix("Output file:   openai-tokens_"));
    names.map(|name| name.trim_end_matches(".csv").to_owned()).collect()
}

/// Approves all that is open of a month as billed; `report.csv` is given with
/// the first.
pub fn approve(dir: &Path, month: &str, first: bool) {
    let mut args = vec!["decide", "approve", "--month", month, "--filter", "decision:open", "--yes"];
    if first {
        args.extend(["--bill", "report.csv"]);
    }
    ok(dir, &args);
}

pub fn export(dir: &Path, month: &str) -> String {
    ok(dir, &["export", "--month", month, "--yes"])
}

/// Approves and writes month by month, as an operator without a terminal does.
pub fn reviewed(dir: &Path, months: &[String]) {
    for (n, month) in months.iter().enumerate() {
        approve(dir, month, n == 0);
        export(dir, month);
    }
}

/// The sponsors' cents and the department's, by the day of use.
pub fn split_by_day(dir: &Path, months: &[String]) -> BTreeMap<String, (i64, i64)> {
    let mut days: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for month in months {
        for row in csv_rows(&dir.join(format!("openai-tokens_{month}.csv"))) {
            let day = days.entry(row["ChargePeriodStart"].clone()).or_default();
            let one = std::slice::from_ref(&row);
            day.0 += cents(one, "BilledCost", sponsor);
            day.1 += cents(one, "BilledCost", |tags| !sponsor(tags));
        }
    }
    days
}
