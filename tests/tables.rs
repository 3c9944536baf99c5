//! A month from a bill in a file and a ledger in a database, through the
//! session that both faces use; and `trueup inspect`.

mod support;

use std::path::Path;

use assert_cmd::Command;
use rusqlite::Connection;
use support::session::{self, input, options};
use trueup::desk::{Desk, InputSpec, Session, SessionOptions};
use trueup::journal::Action;
use trueup::usage::Side;

const BILL: &str = "request_id,timestamp,model,total_tokens,cost\n\
    r1,2026-01-05T10:00:00Z,gpt-4o,15,0.00015\nr2,2026-01-06T10:00:00Z,gpt-4o,15,0.00015\n";

const LEDGER: &str = "CREATE TABLE token_usage (id TEXT PRIMARY KEY, model_used TEXT, tokens_used INT,
        created_at TEXT, calculated_cost_cents REAL, openai_request_id TEXT);
    INSERT INTO token_usage VALUES ('a', 'gpt-4o', 15, '2026-01-05T10:00:00Z', 0.015, 'r1'),
        ('b', 'gpt-4o', 15, '2025-11-05T10:00:00Z', 0.015, 'r0');";

fn book() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("bill.csv"), BILL).unwrap();
    Connection::open(dir.path().join("ledger.db")).unwrap().execute_batch(LEDGER).unwrap();
    dir
}

fn load(dir: &Path, inputs: &[(&str, Side)], read_only: bool) -> Result<Desk, String> {
    let inputs = inputs.iter().map(|(path, side)| input(path, *side)).collect();
    Session::open(SessionOptions { read_only, ..options(dir, inputs, None) })?.load(&|_| {}, &|| false)
}

/// The tables journaled as imports, with the first digits of their digests.
fn journaled(dir: &Path) -> Vec<(String, String)> {
    let session = trueup::book::Book::open(dir, trueup::book::Access::Read).unwrap();
    let entries = session.entries().unwrap();
    let files = entries.iter().filter_map(|entry| match &entry.action {
        Action::Import { side, files, .. } if side == "ledger" => Some(files.clone()),
        _ => None,
    });
    files.flatten().collect()
}

#[test]
fn a_ledger_in_a_database_is_compared_journaled_and_asked_again() {
    let dir = book();
    let bill = dir.path().join("bill.csv");
    let url = format!("sqlite:{}", dir.path().join("ledger.db").display());
    let named = [(bill.to_str().unwrap(), Side::Bill), (url.as_str(), Side::Ledger), (url.as_str(), Side::Ledger)];
    let desk = load(dir.path(), &named, false).unwrap();
    assert_eq!((desk.month().to_string(), desk.items()), ("2026-01".into(), 2), "only the bill's month is read");
    assert_eq!(desk.inputs().ledger.lines.len(), 1);
    let first = journaled(dir.path());
    assert_eq!((first.len(), first[0].0.as_str(), first[0].1.len()), (1, url.as_str(), 64));

    // Opened again without a word about it, and with nothing changed.
    assert_eq!(load(dir.path(), &[], false).unwrap().inputs().ledger.lines.len(), 1);
    assert_eq!(load(dir.path(), &[], true).unwrap().inputs().ledger.lines.len(), 1);
    assert_eq!(journaled(dir.path()), first);

    let more = "INSERT INTO token_usage VALUES ('c', 'gpt-4o', 15, '2026-01-06 10:00:00', 0.015, 'r2')";
    Connection::open(dir.path().join("ledger.db")).unwrap().execute_batch(more).unwrap();
    assert_eq!(load(dir.path(), &[], false).unwrap().inputs().ledger.lines.len(), 2);
    let second = journaled(dir.path());
    assert_eq!((second.len(), second[1].0.as_str(), second[1].1 == first[0].1), (2, url.as_str(), false));
    assert!(
        !dir.path().join("inputs").read_dir().unwrap().any(|f| f
            .unwrap()
            .file_name()
            .to_string_lossy()
            .contains("ledger"))
    );

    // Who only looks, and names what at, is shown no more than that.
    let only = load(dir.path(), &named[..1], true).unwrap();
    assert_eq!(only.inputs().ledger.lines.len(), 0);
}

/// Loads with inputs of which something is said; `url` is a ledger.
fn load_said(dir: &Path, said: &[(&str, Side, Option<&str>, bool)]) -> Desk {
    let spec = |(path, side, format, append): &(&str, Side, Option<&str>, bool)| InputSpec {
        format: format.map(str::to_owned),
        append: *append,
        ..input(path, *side)
    };
    session::load(dir, said.iter().map(spec).collect(), None).1
}

fn ledger_format(desk: &Desk) -> &'static str {
    desk.inputs().ledger.lines.files()[0].format
}

#[test]
fn a_format_that_was_forced_is_remembered() {
    let map = "[columns.own]\ntime = \"timestamp\"\nmodel = \"model\"\ntotal = \"total_tokens\"\nside = \"ledger\"\n";
    let rows =
        "CREATE TABLE calls (request_id TEXT PRIMARY KEY, timestamp TEXT, model TEXT, total_tokens INT, cost REAL);
        INSERT INTO calls VALUES ('r1', '2026-01-05T10:00:00Z', 'gpt-4o', 15, 0.5);";
    let dir = book();
    std::fs::write(dir.path().join("config.toml"), map).unwrap();
    Connection::open(dir.path().join("calls.db")).unwrap().execute_batch(rows).unwrap();
    let bill = dir.path().join("bill.csv");
    let bill = (bill.to_str().unwrap(), Side::Bill, None, false);
    let url = format!("sqlite:{}", dir.path().join("calls.db").display());
    assert_eq!(ledger_format(&load_said(dir.path(), &[bill, (&url, Side::Ledger, None, false)])), "own");
    assert_eq!(ledger_format(&load_said(dir.path(), &[(&url, Side::Ledger, Some("requests"), false)])), "requests");
    let imports = journaled(dir.path()).len();
    assert_eq!(ledger_format(&load_said(dir.path(), &[])), "requests", "opened again without a word");
    assert_eq!(ledger_format(&load_said(dir.path(), &[(&url, Side::Ledger, None, false)])), "requests", "named again");
    assert_eq!(journaled(dir.path()).len(), imports, "nothing new was said");

    // The same of a file.
    let dir = book();
    std::fs::write(dir.path().join("config.toml"), map).unwrap();
    let file = dir.path().join("calls.csv");
    std::fs::write(&file, "request_id,timestamp,model,total_tokens,cost\nr1,2026-01-05,gpt-4o,15,0.5\n").unwrap();
    let ledger = (file.to_str().unwrap(), Side::Ledger, Some("requests"), false);
    assert_eq!(ledger_format(&load_said(dir.path(), &[bill, ledger])), "requests");
    assert_eq!(ledger_format(&load_said(dir.path(), &[])), "requests");
}

#[test]
fn what_was_declared_disjoint_stays_so() {
    let table = |name: &str, id: &str| {
        format!(
            "CREATE TABLE {name} (id TEXT PRIMARY KEY, model_used TEXT, tokens_used INT, created_at TEXT, calculated_cost_cents REAL);
             INSERT INTO {name} VALUES ('{id}', 'gpt-4o', 15, '2026-01-05T10:00:00Z', 0.5);"
        )
    };
    let dir = book();
    let database = Connection::open(dir.path().join("two.db")).unwrap();
    database.execute_batch(&(table("east", "a") + &table("west", "b"))).unwrap();
    let url = |table: &str| format!("sqlite:{}?table={table}", dir.path().join("two.db").display());
    let (east, west) = (url("east"), url("west"));
    let bill = dir.path().join("bill.csv");
    let bill = (bill.to_str().unwrap(), Side::Bill, None, false);
    let rows = |desk: Desk| desk.inputs().ledger.lines.len();
    assert_eq!(
        rows(load_said(dir.path(), &[bill, (&east, Side::Ledger, None, false), (&west, Side::Ledger, None, false)])),
        1
    );
    assert_eq!(rows(load_said(dir.path(), &[(&east, Side::Ledger, None, true), (&west, Side::Ledger, None, true)])), 2);
    assert_eq!(rows(load_said(dir.path(), &[])), 2, "opened again without a word");
}

#[test]
fn a_table_without_a_bill_needs_a_month() {
    let dir = book();
    let url = format!("sqlite:{}", dir.path().join("ledger.db").display());
    let error = load(dir.path(), &[(url.as_str(), Side::Ledger)], true).err().unwrap();
    assert!(error.contains("say which with --month"), "{error}");
}

#[test]
fn a_folder_of_rollouts_is_as_many_files() {
    let dir = book();
    let rollout = |input: u32| {
        format!(
            "{{\"timestamp\":\"2026-01-05T10:00:00Z\",\"type\":\"turn_context\",\"payload\":{{\"model\":\"gpt-5\"}}}}\n\
             {{\"timestamp\":\"2026-01-05T10:00:0{input}Z\",\"type\":\"event_msg\",\"payload\":{{\"type\":\"token_count\",\"info\":{{\"total_token_usage\":{{\"input_tokens\":{input},\"output_tokens\":1,\"total_tokens\":{}}}}}}}}}\n",
            input + 1
        )
    };
    let sessions = dir.path().join("sessions/2026/01");
    std::fs::create_dir_all(&sessions).unwrap();
    std::fs::write(sessions.join("b.jsonl"), rollout(2)).unwrap();
    std::fs::write(sessions.join("a.jsonl"), rollout(1)).unwrap();
    let bill = dir.path().join("bill.csv");
    let folder = dir.path().join("sessions");
    let named = [(bill.to_str().unwrap(), Side::Bill), (folder.to_str().unwrap(), Side::Ledger)];
    let desk = load(dir.path(), &named, true).unwrap();
    let lines = &desk.inputs().ledger.lines;
    let origins: Vec<_> = (0..lines.len() as u32).map(|row| (lines.origin_text(row), lines.input(row))).collect();
    assert_eq!(origins, [("a.jsonl:2".to_owned(), Some(1)), ("b.jsonl:2".to_owned(), Some(2))]);
}

fn inspect(dir: &Path, args: &[&str]) -> (Option<i32>, String) {
    let out = Command::cargo_bin("trueup").unwrap().current_dir(dir).arg("inspect").args(args).output().unwrap();
    (out.status.code(), format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr)))
}

#[test]
fn inspect_shows_how_rows_are_understood_and_helps_with_a_map() {
    let dir = book();
    let (code, text) = inspect(dir.path(), &["sqlite:ledger.db", "--month", "2026-01"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("As a ledger: token-usage") && text.contains("token_usage a") && text.contains("0.00015"),
        "{text}"
    );
    let (code, text) = inspect(dir.path(), &["bill.csv"]);
    assert!(
        code == Some(0) && text.contains("As a ledger: requests") && text.contains("As a bill: requests"),
        "{text}"
    );

    std::fs::write(
        dir.path().join("own.csv"),
        "When,engine,tokens,Price\n2026-01-05,gpt-4o,7,0.25\nx\u{1b}[2J,m,1,1\n",
    )
    .unwrap();
    let (code, text) = inspect(dir.path(), &["own.csv"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("own.csv is neither a bill nor a ledger this program knows."), "{text}");
    assert!(
        text.contains("[columns.own]\ntime = \"When\"\nmodel = \"…\"\ntotal = \"tokens\"\ncost = \"Price\""),
        "{text}"
    );
    let map = "[columns.own]\ntime = \"When\"\nmodel = \"engine\"\ntotal = \"tokens\"\ncost = \"Price\"\ncost_unit = \"cents\"\n";
    std::fs::write(dir.path().join("config.toml"), map).unwrap();
    let (code, text) = inspect(dir.path(), &["own.csv", "--side", "bill"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("As a bill: own, [columns.own] of config.toml") && text.contains("0.0025"), "{text}");
    assert!(text.contains("Cannot be read: row 3, When") && !text.contains('\u{1b}'), "{text}");
    assert!(text.contains("A row is one request.\nThe first rows as they are understood, amounts in USD:"), "{text}");
    let (_, text) = inspect(dir.path(), &["sqlite:none.db"]);
    assert_eq!(
        text,
        "trueup: sqlite:none.db: there is no such file; check the path, or name the database where it lies now\n"
    );
}

/// How the samples of all formats are shown, with what an administrator would
/// stumble over if it were otherwise.
#[test]
fn inspect_says_what_a_sample_is_and_what_its_rows_mean() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let shown = |name: &str| {
        let (code, text) = inspect(&samples, &[name]);
        assert_eq!(code, Some(0), "{name}: {text}");
        assert!(text.lines().all(|line| line.starts_with("Columns") || line.chars().count() <= 110), "{name}: {text}");
        text
    };
    let text = shown("chatgpt_costs_compliance_log.jsonl");
    assert!(text.starts_with("As a bill: chatgpt-credit-log") && !text.contains("ledger"), "{text}");
    let text = shown("openai_export_empty_month.csv");
    assert!(text.contains("Nothing was used or billed: it has 2 rows, and all are blank."), "{text}");
    let text = shown("openai_cost_v2026_line_items.csv");
    assert!(text.contains("A row is the cost of a UTC day"), "{text}");
    for part in ["line item", "priority | gpt-5.6-sol, output", "kind of token", "long context", "amount", "0.0000045"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let text = shown("openai_completions_usage_v2026.csv");
    assert!(text.contains("it has no money") && text.contains("requests") && text.contains("1 day"), "{text}");
    let text = shown("litellm_spendlogs.csv");
    assert!(text.contains("not compared") && text.contains("answered from a cache"), "{text}");
    let (code, text) = inspect(&samples, &["chatgpt_workspace_user_report_weekly.csv"]);
    assert!(code == Some(2) && text.contains("activity without money") && !text.contains("[columns"), "{text}");
    let book = tempfile::tempdir().unwrap();
    let map = "[columns.own]\ntime = \"When\"\nmodel = \"Engine\"\nid = \"Ref\"\ncost = \"Price (cents)\"\ncost_unit = \"cents\"\ncurrency = \"Currency\"\n";
    std::fs::write(book.path().join("config.toml"), map).unwrap();
    let (code, text) = inspect(book.path(), &[samples.join("own_columns.csv").to_str().unwrap()]);
    assert!(code == Some(0) && text.contains("other currency") && text.contains("2.50 EUR"), "{text}");
}

#[test]
fn a_database_named_from_one_folder_is_found_from_another() {
    let dir = book();
    let elsewhere = dir.path().join("elsewhere");
    std::fs::create_dir_all(elsewhere.join("book")).unwrap();
    let run = |folder: &Path, args: &[&str]| {
        Command::cargo_bin("trueup").unwrap().current_dir(folder).args(args).output().unwrap()
    };
    let args = ["decide", "defer", "--filter", "outcome:matched", "--yes", "--book", "book", "--bill", "../bill.csv"];
    let first = run(&elsewhere, &[&args[..], &["--ledger", "sqlite:../ledger.db"]].concat());
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let again = run(&elsewhere.join("book"), &["list"]);
    let shown = String::from_utf8_lossy(&again.stdout);
    assert!(shown.contains("matched") && shown.contains("recorded $0.00015"), "{shown}");
}
