//! Credit reports with the documented configuration, and the converter run on
//! them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

pub const HEADER: &str = "date_partition,account_id,account_user_id,email,name,public_id,usage_type,usage_credits,usage_quantity,usage_units";

pub const PRICING: &str = r#"{
  "currency": "USD",
  "credit_pools": [
    { "pool_id": "openai-edu-test", "effective_date": "2026-01-01", "credits_purchased": 20000, "purchase_amount": 1000 }
  ]
}"#;

pub const PROJECTS: &str = r#"{
  "projects": [
    {
      "project_id": "ai-strategy",
      "pi_email": "alex.ham@northwinds.edu",
      "fund_org": "DEPT-XYZ",
      "users": [
        { "email": "ah@northwinds.edu", "role": "pi" },
        { "email": "ab@northwinds.edu", "role": "staff" },
        { "email": "student1@northwinds.edu", "role": "student" }
      ]
    }
  ]
}"#;

pub const SUBSIDIES: &str = include_str!("subsidies.json");

pub fn row(day: &str, user: &str, what: &str, credits: &str, quantity: &str) -> String {
    format!("{day},test_account,test_user,{user},Somebody,user-test,{what},{credits},{quantity},counts")
}

pub fn documented_rows() -> Vec<String> {
    vec![
        row("1/5/2026", "ab@northwinds.edu", "chat.completion.5.reasoning", "10", "1"),
        row("1/7/2026", "ab@northwinds.edu", "codex", "217.535", "4350.7"),
        row("1/8/2026", "ah@northwinds.edu", "chat.completion.5.reasoning", "10", "1"),
        row("1/8/2026", "AB@Northwinds.edu ", "codex", "4.305", "86.1"),
        row("1/11/2026", "ab@northwinds.edu", "chat_tool.imagegen", "125", "25"),
        row("1/12/2026", "ab@northwinds.edu", "codex", "7.295", "145.9"),
    ]
}

/// A folder with the documented configuration and a report of these rows.
pub fn folder(rows: &[String]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("pricing.json"), PRICING.replace('\n', "\r\n")).unwrap();
    fs::write(dir.path().join("projects.json"), PROJECTS).unwrap();
    fs::write(dir.path().join("subsidies.json"), SUBSIDIES).unwrap();
    report(dir.path(), "report.csv", rows);
    dir
}

pub fn report(dir: &Path, name: &str, rows: &[String]) {
    let text = format!("\u{feff}{HEADER}\r\n{}\r\n", rows.join("\r\n"));
    fs::write(dir.join(name), text).unwrap();
}

pub fn convert(dir: &Path, args: &[&str]) -> Output {
    let mut all = vec!["convert"];
    if !args.contains(&"--input") {
        all.extend(["--input", "report.csv"]);
    }
    all.extend(args);
    Command::new(super::program()).args(all).current_dir(dir).output().unwrap()
}

pub fn out(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

pub fn csv_rows(path: &Path) -> Vec<std::collections::HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// The cents of a column, added up.
pub fn cents(rows: &[std::collections::HashMap<String, String>], column: &str, pick: impl Fn(&str) -> bool) -> i64 {
    rows.iter().filter(|row| pick(&row["Tags"])).map(|row| row[column].replace('.', "").parse::<i64>().unwrap()).sum()
}

pub fn sponsor(tags: &str) -> bool {
    tags.contains(r#""charge_type": "subsidy""#)
}
