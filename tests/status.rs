//! `trueup status`: what a live ledger says of itself, from Postgres, SQLite and
//! files, which must all say the same.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command as Program;

use rusqlite::Connection;
use support::server::Base;
use support::session::{input, load};
use trueup::usage::Side;

/// id, model, created, cents, called (unix), actual, reconciled, status.
const ROWS: [[&str; 8]; 7] = [
    ["a", "gpt-4o", "2026-01-05T10:00:00Z", "1.5", "", "1.51", "2026-02-02T02:40:00Z", "matched"],
    ["b", "gpt-4o", "2026-01-06T10:00:00Z", "100", "", "250", "2026-02-02T02:41:00Z", "discrepancy"],
    ["c", "gpt-5", "2026-01-07T10:00:00Z", "7", "", "", "", "discrepancy"],
    ["d", "gpt-5", "2026-01-08T10:00:00Z", "3", "", "0", "2026-02-02T02:39:00Z", "Discrepancy"],
    ["e", "gpt-5", "2026-01-09T10:00:00Z", "", "", "", "", "pending"],
    // Recorded in February, called in January.
    ["f", "gpt-5", "2026-02-01T00:00:01Z", "0.25", "1769903999", "", "", "pending"],
    ["g", "gpt-5", "2026-03-01T00:00:01Z", "0.5", "", "", "", ""],
];

const COLUMNS: &str = "id, model_used, created_at, calculated_cost_cents, openai_created, actual_cost_cents, reconciled_at, \
                       reconciliation_status, tokens_used";

fn values() -> String {
    let cell = |text: &&str| if text.is_empty() { "NULL".into() } else { format!("'{text}'") };
    let row = |row: &[&str; 8]| format!("({}, 1)", row.iter().map(cell).collect::<Vec<_>>().join(", "));
    ROWS.iter().map(row).collect::<Vec<_>>().join(", ")
}

fn run(dir: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let out = Program::new(support::program()).arg("status").args(args).current_dir(dir).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.code(), text(&out.stdout), text(&out.stderr))
}

/// What is said of January, with the name of the ledger taken out.
fn january(dir: &Path, ledger: &str) -> serde_json::Value {
    let (code, text, error) = run(dir, &["--ledger", ledger, "--month", "2026-01", "--format", "json"]);
    assert_eq!(code, Some(0), "{error}");
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["ledgers"][0].as_object_mut().unwrap().remove("ledger").unwrap();
    json
}

/// The figures that every kind of ledger must give; times are spelled as the
/// ledger spells them.
fn check(json: &serde_json::Value) {
    let ledger = &json["ledgers"][0];
    let statuses: Vec<String> = ledger["statuses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            format!(
                "{} {} {} {} {}",
                one["status"], one["entries"], one["recorded"], one["actual"], one["entries_with_actual"]
            )
        })
        .collect();
    assert_eq!(
        statuses,
        [
            "\"discrepancy\" 3 \"1.1\" \"2.5\" 2",
            "\"matched\" 1 \"0.015\" \"0.0151\" 1",
            "\"pending\" 2 \"0.0025\" \"0\" 0",
        ]
    );
    assert_eq!((&ledger["total"]["entries"], &ledger["unreadable"]), (&6.into(), &0.into()));
    let latest: Vec<String> = ledger["latest_discrepancies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {} {} {}", one["key"], one["model"], one["recorded"], one["difference"]))
        .collect();
    let expect =
        ["\"b\" \"gpt-4o\" \"1\" \"1.5\"", "\"d\" \"gpt-5\" \"0.03\" \"-0.03\"", "\"c\" \"gpt-5\" \"0.07\" null"];
    assert_eq!(latest, expect, "the newest first, by when they were reconciled or else made");
}

fn sqlite(dir: &Path) -> String {
    let db = Connection::open(dir.join("ledger.db")).unwrap();
    db.execute_batch(&format!(
        "CREATE TABLE token_usage (id TEXT PRIMARY KEY, model_used TEXT, created_at TEXT, calculated_cost_cents REAL,
            openai_created INT, actual_cost_cents NUMERIC, reconciled_at TEXT, reconciliation_status TEXT, tokens_used INT);
         INSERT INTO token_usage ({COLUMNS}) VALUES {};",
        values()
    ))
    .unwrap();
    "sqlite:ledger.db".into()
}

#[test]
fn sqlite_and_files_give_the_same_figures() {
    let dir = tempfile::tempdir().unwrap();
    let url = sqlite(dir.path());
    let header = COLUMNS.replace(' ', "");
    let csv: String = ROWS.iter().map(|row| format!("{},1\n", row.join(","))).collect();
    fs::write(dir.path().join("l.csv"), format!("\u{feff}{header}\n{csv}")).unwrap();
    let object = |row: &[&str; 8]| {
        let cells = header.split(',').zip(row.iter().chain([&"1"]));
        let cell = |(name, text): (&str, &&str)| match *text {
            "" => format!("\"{name}\":null"),
            number if number.parse::<u64>().is_ok() => format!("\"{name}\":{number}"),
            text => format!("\"{name}\":\"{text}\""),
        };
        format!("{{{}}}\n", cells.map(cell).collect::<Vec<_>>().join(","))
    };
    fs::write(dir.path().join("l.jsonl"), ROWS.iter().map(object).collect::<String>()).unwrap();
    let of_table = january(dir.path(), &url);
    check(&of_table);
    assert_eq!(january(dir.path(), "l.csv"), of_table);
    assert_eq!(january(dir.path(), "l.jsonl"), of_table);
}

#[test]
fn postgres_counts_and_adds_up_itself() {
    let sql = format!(
        "CREATE TABLE token_usage (id text PRIMARY KEY, model_used text, created_at timestamptz, calculated_cost_cents
            numeric(12,4), openai_created bigint, actual_cost_cents numeric(12,4), reconciled_at timestamptz,
            reconciliation_status text, tokens_used int);
         INSERT INTO token_usage ({COLUMNS}) VALUES {};",
        values()
    );
    let Some(base) = Base::new("status", &sql) else { return };
    let dir = tempfile::tempdir().unwrap();
    check(&january(dir.path(), &base.at("")));
    let (_, text, _) = run(dir.path(), &["--ledger", &base.at(""), "--limit", "1"]);
    assert!(text.contains("(none)") && text.contains("2026-02-02 02:41:00+00  b    gpt-4o"), "{text}");
    assert!(!text.contains(" c ") && !text.contains(base.url.password()), "{text}");
    // A float is added up by its text, and what is no amount is said.
    base.run(
        "ALTER TABLE token_usage ALTER calculated_cost_cents TYPE float8;
         UPDATE token_usage SET calculated_cost_cents = 0.1 WHERE id IN ('a', 'b', 'c');
         UPDATE token_usage SET calculated_cost_cents = 'NaN' WHERE id = 'f'",
    );
    let (_, text, _) = run(dir.path(), &["--ledger", &base.at(""), "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let ledger = &json["ledgers"][0];
    assert_eq!((&ledger["total"]["recorded"], &ledger["unreadable"]), (&"0.038".into(), &1.into()), "{text}");
    base.run("ALTER TABLE token_usage ALTER calculated_cost_cents TYPE text");
    let (code, _, error) = run(dir.path(), &["--ledger", &base.at("")]);
    assert!(
        code == Some(2) && error.contains("has the column calculated_cost_cents, which should be a number"),
        "{error}"
    );
}

#[test]
fn the_book_says_which_ledger_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let (code, _, error) = run(dir.path(), &[]);
    assert!(code == Some(2) && error.contains("name one with --ledger"), "{error}");
    let url = format!("sqlite:{}", dir.path().join("ledger.db").display());
    sqlite(dir.path());
    let bill = "request_id,timestamp,model,total_tokens,cost\nr1,2026-01-05T10:00:00Z,gpt-4o,15,0.015\n";
    fs::write(dir.path().join("bill.csv"), bill).unwrap();
    load(dir.path(), vec![input(dir.path().join("bill.csv"), Side::Bill), input(&url, Side::Ledger)], None);
    let (code, text, error) = run(dir.path(), &["--from", "2026-01-06", "--to", "2026-01-07", "--format", "csv"]);
    assert_eq!(code, Some(0), "{error}");
    let shown = url.replace("ledger.db", "ledger.db/token_usage");
    let expect = format!(
        "ledger,row,status,entries,entries_with_actual,at,key,model,recorded,actual\n\
         {shown},status,discrepancy,2,1,,,,1.07,2.5\n\
         {shown},discrepancy,discrepancy,1,1,2026-02-02T02:41:00Z,b,gpt-4o,1,2.5\n\
         {shown},discrepancy,discrepancy,1,0,2026-01-07T10:00:00Z,c,gpt-5,0.07,\n"
    );
    assert_eq!(text, expect);
}

#[test]
fn a_map_names_the_columns_of_the_verdict() {
    let dir = tempfile::tempdir().unwrap();
    let map = "[columns.own]\ntime = \"at\"\nmodel = \"engine\"\ncost = \"price\"\nkey = \"n\"\nverdict = \"State\"\n\
               actual = \"billed\"\nreconciled = \"checked\"\n";
    fs::write(dir.path().join("config.toml"), map).unwrap();
    let csv = "n,at,engine,price,state,billed,checked\n1,2026-01-05,m,0.5,discrepancy,0.75,2026-02-01\n2,2026-01-06,m,1,ok,,\n";
    fs::write(dir.path().join("own.csv"), csv).unwrap();
    let (code, text, error) = run(dir.path(), &["--ledger", "own.csv"]);
    assert_eq!(code, Some(0), "{error}");
    assert!(text.contains("discrepancy        1     $0.50   $0.75"), "{text}");
    assert!(text.contains("2026-02-01  1    m         $0.50   $0.75       $0.25"), "{text}");
}

#[test]
fn a_ledger_that_keeps_no_verdicts_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let csv = "request_id,startTime,model,spend,total_tokens\nr1,2026-01-05T10:00:00Z,gpt-4o,0.1,5\n";
    fs::write(dir.path().join("spend.csv"), csv).unwrap();
    let (code, _, error) = run(dir.path(), &["--ledger", "spend.csv"]);
    assert_eq!(code, Some(2));
    assert!(
        error.contains("is read as litellm and has no column reconciliation_status, so it says nothing"),
        "{error}"
    );
    fs::write(dir.path().join("odd.jsonl"), "{\"a\":1}\n").unwrap();
    let (code, _, error) = run(dir.path(), &["--ledger", "odd.jsonl"]);
    assert!(code == Some(2) && error.starts_with("trueup: odd.jsonl: is no ledger"), "{error}");
}
