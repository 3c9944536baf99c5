//! The price book from the command line.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use support::session::{self, give};
use trueup::book::{Access, Book};
use trueup::desk::Command::Undo;
use trueup::journal::{Action, Entry};

fn prices(dir: &Path, args: &[&str]) -> Output {
    Command::new(support::program()).arg("prices").args(args).current_dir(dir).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {} {}", out(output), err(output)))
}

const PRICING: &str = r#"{
  "currency": "USD",
  "credit_pools": [],
  "models": [
    { "model": "house-1", "effective_date": "2026-01-01", "input_per_1m": 1, "output_per_1m": 2 },
    { "model": "house-1", "effective_date": "2026-06-01", "input_per_1m": 0.5, "output_per_1m": 1 }
  ]
}
"#;

fn book() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("pricing.json"), PRICING).unwrap();
    dir
}

fn journal(dir: &Path) -> Vec<Entry> {
    Book::open(dir, Access::Read).unwrap().entries().unwrap()
}

#[test]
fn the_list_says_what_is_stated_what_is_shipped_and_what_is_in_force() {
    let dir = book();
    let found = json(&prices(dir.path(), &["list", "--model", "house*", "--on", "2026-03-01", "--format", "json"]));
    let rates: Vec<(&str, bool)> = found["rates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rate| (rate["effective_date"].as_str().unwrap(), rate["in_force"].as_bool().unwrap()))
        .collect();
    assert_eq!(rates, [("2026-01-01", true), ("2026-06-01", false)]);
    let text = out(&prices(dir.path(), &["list", "--model", "gpt-4o", "--on", "2026-03-01"]));
    let row = text.lines().find(|line| line.starts_with("gpt-4o ")).unwrap();
    assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["gpt-4o", "shipped", "yes", "2.5", "1.25", "10"]);
    let csv = out(&prices(dir.path(), &["list", "--model", "house-1", "--on", "2026-07-01", "--format", "csv"]));
    assert_eq!(
        csv,
        "model,effective_date,input_per_1m,cached_input_per_1m,output_per_1m,source,in_force\n\
         house-1,2026-01-01,1,,2,pricing.json,false\n\
         house-1,2026-06-01,0.5,,1,pricing.json,true\n"
    );
    assert!(!dir.path().join("trueup.db").exists(), "looking makes no book");
}

#[test]
fn a_price_that_is_set_is_journaled_with_the_text_before_and_after() {
    let dir = book();
    let args = ["set", "gpt-4o", "--input", "3", "--cached", "1.5", "--output", "12", "--from", "2026-02-01"];
    let output = prices(dir.path(), &args);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(out(&output).contains("in its place was 2.5 in, 1.25 cached, 10 out, as shipped"), "{}", out(&output));
    let after = fs::read_to_string(dir.path().join("pricing.json")).unwrap();
    let entries = journal(dir.path());
    let [Entry { month: None, action: Action::EditFile { before, after: journaled, summary, .. }, .. }] = &entries[..]
    else {
        panic!("{entries:?}")
    };
    assert_eq!((before.as_str(), journaled), (PRICING, &after));
    assert_eq!(summary, "gpt-4o from 2026-02-01: input 3, cached input 1.5, output 12 per 1M tokens");
    let again = prices(dir.path(), &args);
    assert!(out(&again).contains("nothing was written"), "{}", out(&again));
    assert_eq!(journal(dir.path()).len(), 1);
}

#[test]
fn an_edit_from_outside_is_journaled_before_a_price_is_set() {
    let dir = book();
    prices(dir.path(), &["set", "a", "--input", "1", "--output", "1"]);
    let changed = fs::read_to_string(dir.path().join("pricing.json")).unwrap().replace("\"house-1\"", "\"house-2\"");
    fs::write(dir.path().join("pricing.json"), &changed).unwrap();
    prices(dir.path(), &["set", "b", "--input", "1", "--output", "1"]);
    let kinds: Vec<bool> =
        journal(dir.path()).iter().map(|entry| matches!(entry.action, Action::OutsideEdit { .. })).collect();
    assert_eq!(kinds, [false, true, false]);
}

#[test]
fn a_price_that_was_set_is_undone_in_the_review() {
    let dir = book();
    fs::write(dir.path().join("ledger.csv"), LEDGER).unwrap();
    prices(dir.path(), &["set", "house-1", "--input", "9", "--output", "9", "--from", "2026-01-01"]);
    let (session, mut desk) = session::open(dir.path(), &[], &["ledger.csv"], None);
    assert_eq!(desk.comparison().2.ledger_total.to_string(), "18");
    give(&session, &mut desk, &Undo);
    assert_eq!(desk.comparison().2.ledger_total.to_string(), "3");
    assert_eq!(fs::read_to_string(dir.path().join("pricing.json")).unwrap(), PRICING);
}

#[test]
fn what_cannot_be_set_is_refused_and_nothing_is_written() {
    let dir = book();
    let empty = tempfile::tempdir().unwrap();
    for (dir, args, word) in [
        (dir.path(), &["set", "a", "--input=-1", "--output", "1"][..], "is negative"),
        (dir.path(), &["set", "a", "--input", "1e-13", "--output", "1"], "finer"),
        (dir.path(), &["set", " ", "--input", "1", "--output", "1"], "needs a name"),
        (dir.path(), &["set", "a", "--input", "cheap", "--output", "1"], "cheap"),
        (empty.path(), &["set", "a", "--input", "1", "--output", "1"], "is no book"),
    ] {
        let output = prices(dir, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(err(&output).contains(word), "{args:?}: {}", err(&output));
    }
    assert_eq!(fs::read_to_string(dir.path().join("pricing.json")).unwrap(), PRICING);
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0);
}

/// A ledger without costs, so that the price book decides them.
const LEDGER: &str = "id,user_id,action_type,model_used,tokens_used,input_tokens,output_tokens,success,created_at,calculated_cost_cents,openai_request_id\n\
                      a,u,chat,house-1,2000000,1000000,1000000,true,2026-01-05T10:00:01Z,,r1\n";

#[test]
fn a_newer_list_is_held_against_the_book_and_a_month() {
    let dir = book();
    let newer = PRICING
        .replace("\"input_per_1m\": 1,", "\"input_per_1m\": 4,")
        .replace("\"house-1\", \"effective_date\": \"2026-06", "\"house-9\", \"effective_date\": \"2026-06");
    fs::write(dir.path().join("newer.json"), newer).unwrap();
    fs::write(dir.path().join("ledger.csv"), LEDGER).unwrap();
    let found =
        json(&prices(dir.path(), &["diff", "--against", "newer.json", "--ledger", "ledger.csv", "--format", "json"]));
    let changes: Vec<String> = found["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| format!("{} {} {} {}", c["change"], c["model"], c["from"], c["until"]).replace('"', ""))
        .collect();
    assert_eq!(
        changes,
        ["changed house-1 2026-01-01 2026-06-01", "changed house-1 2026-06-01 null", "new house-9 2026-06-01 null"]
    );
    assert_eq!((&found["month"]["ledger"]["before"], &found["month"]["ledger"]["after"]), (&"3".into(), &"6".into()));

    let text = out(&prices(dir.path(), &["diff", "--against", "newer.json", "--ledger", "ledger.csv"]));
    assert!(text.contains("ledger $3.00 to $6.00 (+$3.00)"), "{text}");
    let text = out(&prices(dir.path(), &["diff", "--against", "newer.json"]));
    assert!(text.contains("No month is loaded"), "{text}");
    let text = out(&prices(dir.path(), &["diff", "--against", "pricing.json"]));
    assert!(text.contains("the same prices in force on every day"), "{text}");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/openai_prices.json").display().to_string();
    let text = out(&prices(dir.path(), &["diff", "--against", &shipped]));
    assert!(text.contains("the same prices in force on every day"), "{text}");
    let output = prices(dir.path(), &["diff", "--against", "ledger.csv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("ledger.csv:1:1"), "{}", err(&output));
}

const TABLE: &str = "model_name,provider,input_price_per_1m,output_price_per_1m,price_per_unit,unit_type,is_active,effective_date\n\
                     house-1,openai,2,2,,tokens,true,2026-01-01\n\
                     gpt-4o,openai,2.5,10,,tokens,true,\n\
                     whisper-1,openai,,,0.006,minute,true,\n";

#[test]
fn a_table_is_previewed_and_written_only_when_told_to() {
    let dir = book();
    fs::write(dir.path().join("table.csv"), TABLE).unwrap();
    fs::write(dir.path().join("ledger.csv"), LEDGER).unwrap();
    let output = prices(dir.path(), &["import", "table.csv", "--ledger", "ledger.csv"]);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    for part in [
        "1 rate to state, 1 in force already, 1 row left out",
        "line 4: whisper-1: priced by the minute, not by tokens",
        "ledger $3.00 to $4.00 (+$1.00)",
        "give --yes",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(fs::read_to_string(dir.path().join("pricing.json")).unwrap(), PRICING);
    assert!(!dir.path().join("trueup.db").exists());

    let output = prices(dir.path(), &["import", "table.csv", "--yes"]);
    assert!(out(&output).contains("Written: pricing.json states 1 rate anew."), "{}{}", out(&output), err(&output));
    let entries = journal(dir.path());
    assert!(
        matches!(&entries[..], [Entry { action: Action::EditFile { summary, .. }, .. }] if summary == "1 rate imported from table.csv"),
        "{entries:?}"
    );
    let again = prices(dir.path(), &["import", "table.csv", "--yes"]);
    assert!(out(&again).contains("Nothing is to be written."), "{}", out(&again));
}

#[test]
fn a_table_is_read_from_sqlite_with_its_numbers_as_typed() {
    let dir = book();
    let db = rusqlite::Connection::open(dir.path().join("ledger.db")).unwrap();
    db.execute_batch(
        "CREATE TABLE ai_model_pricing(model_name TEXT, provider TEXT, input_price_per_1k REAL, output_price_per_1k REAL,
                                       is_active INTEGER, effective_date TEXT);
         INSERT INTO ai_model_pricing VALUES('house-3', 'openai', 0.00015, 0.0006, 1, '2026-01-01'),
                                            ('house-4', 'openai', 1, 1, 0, NULL);
         CREATE TABLE \"other prices\" AS SELECT * FROM ai_model_pricing;",
    )
    .unwrap();
    drop(db);
    for source in ["sqlite:ledger.db", "sqlite:ledger.db?table=other prices"] {
        let text = out(&prices(dir.path(), &["import", source]));
        assert!(text.contains("1 rate to state") && text.contains("house-4: not active"), "{source}: {text}");
        let row = text.lines().find(|line| line.contains("house-3")).unwrap();
        assert!(row.contains("0.15") && row.contains("0.6"), "{row}");
    }
    for (source, word) in [
        ("sqlite:none.db", "is no file"),
        ("sqlite:ledger.db?table=none", "none"),
        ("sqlite:ledger.db?mode=rw", "?table=NAME"),
        ("sqlite:pricing.json", "pricing.json"),
        ("postgres://nobody@localhost:1/db", "no server answers there"),
        ("none.csv", "none.csv"),
    ] {
        let output = prices(dir.path(), &["import", source]);
        assert_eq!(output.status.code(), Some(2), "{source}");
        assert!(err(&output).contains(word), "{source}: {}", err(&output));
    }
}

/// A new book has no purchase of credits. Whatever meets credits without a price
/// says what to write, and that, taken over as it stands, settles it.
#[test]
fn whatever_misses_a_purchase_of_credits_shows_one_that_settles_it() {
    let dir = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let output = support::run_in(dir.path(), args);
        (output.status.code(), support::credits::out(&output))
    };
    assert_eq!(run(&["init", "."]).0, Some(0));
    fs::write(dir.path().join("projects.json"), support::credits::PROJECTS).unwrap();
    support::credits::report(dir.path(), "report.csv", &support::credits::documented_rows());
    let convert = || run(&["convert", "--input", "report.csv", "--dry-run"]);
    let close = || run(&["close", "--bill", "report.csv"]);
    let pools = || run(&["pools", "--bill", "report.csv"]);
    let example = trueup::price::EXAMPLE_PURCHASE;
    for (asked, code, said) in [("convert", 2, convert()), ("close", 1, close()), ("pools", 0, pools())]
        .map(|(asked, code, (ended, said))| (asked, (code, ended), said))
    {
        assert_eq!(code.1, Some(code.0), "{asked}: {said}");
        assert!(said.contains(example), "{asked}: {said}");
    }
    let (_, said) = close();
    assert!(said.contains("6 lines are in credits, and pricing.json names no purchase of any"), "{said}");

    // One that begins too late for some of them.
    let path = dir.path().join("pricing.json");
    fs::write(&path, example.replace("2026-01-01", "2026-01-08")).unwrap();
    let (_, said) = close();
    let sentence = "2 lines are in credits, and used before any purchase in pricing.json is effective";
    assert!(said.contains(sentence) && said.contains(example), "{said}");
    let (code, said) = run(&["convert", "--input", "report.csv", "--dry-run", "--strict"]);
    assert!(code == Some(2) && said.contains("give a pool in pricing.json the effective_date"), "{said}");

    fs::write(&path, example).unwrap();
    let (_, said) = close();
    assert!(!said.contains("bill lines without a price:") && !said.contains(example), "{said}");
    let (code, said) = convert();
    assert!(code == Some(0), "{said}");
    assert!(pools().1.starts_with("Credit pools over 2026-01"), "{}", pools().1);
}
