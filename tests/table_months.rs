//! A month signed on a ledger in a database: its rows are kept with what was
//! signed, checked and packed like files, and what the table says later is
//! proposed as a correction of the open month.

mod support;

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use support::session::{input, load};
use support::signing::{book, correct, give, open, sign};
use trueup::desk::{Command, Desk, Finding, Says, evidence, verify_archive, verify_book};
use trueup::journal::{Decision, Verdict};
use trueup::usage::Side;

const LEDGER: &str = "CREATE TABLE token_usage (id TEXT PRIMARY KEY, user_id TEXT, model_used TEXT, input_tokens INT,
        output_tokens INT, calculated_cost_cents REAL, openai_request_id TEXT, created_at TEXT);
    INSERT INTO token_usage VALUES
        ('a', 'ada@x.edu', 'gpt-4o', 1000, 100, 50.5, 'r1', '2026-01-05T10:00:01Z'),
        ('b', 'ada@x.edu', 'gpt-4o', 1000, 100, 100, 'r2', '2026-01-06T10:00:01Z'),
        ('c', 'bob@x.edu', 'gpt-4o', 1000, 100, 25, 'r3', '2026-01-07T10:00:01Z'),
        ('d', 'bob@x.edu', 'gpt-4o', 1000, 100, 700, 'r4', '2026-01-08T10:00:01Z'),
        ('e', 'bob@x.edu', 'gpt-4o', 1000, 100, 30, 'f1', '2026-02-03T10:00:01Z');";

fn sql(dir: &Path, text: &str) {
    Connection::open(dir.join("ledger.db")).unwrap().execute_batch(text).unwrap();
}

fn url(dir: &Path) -> String {
    format!("sqlite:{}", dir.join("ledger.db").display())
}

/// The small month with its ledger in a database; `b` is approved as recorded,
/// all else as billed.
fn signed() -> (tempfile::TempDir, Desk) {
    let dir = book("");
    sql(dir.path(), LEDGER);
    let inputs = vec![input(dir.path().join("bill.csv"), Side::Bill), input(url(dir.path()), Side::Ledger)];
    let (session, mut desk) = load(dir.path(), inputs, None);
    let items: Vec<u32> = (0..desk.items()).filter(|item| apart(&desk, *item)).collect();
    assert_eq!(items.len(), 1);
    let decision = Decision { verdict: Verdict::ApproveRecorded, reason: "provider-error".into(), note: String::new() };
    give(&session, &mut desk, &Command::Decide { items, decision }).unwrap();
    sign(&session, &mut desk);
    (dir, desk)
}

/// The item that the two sides differ in by a dollar and a half.
fn apart(desk: &Desk, item: u32) -> bool {
    desk.cells(item).difference.is_some_and(|difference| difference.to_string() == "1.5")
}

fn of<'a>(findings: &'a [Finding], what: &str) -> Vec<&'a Finding> {
    findings.iter().filter(|finding| finding.what == what).collect()
}

#[test]
fn a_month_on_a_table_is_worked_out_anew_from_the_rows_it_was_signed_on() {
    let (dir, desk) = signed();
    assert_eq!(fs::read_dir(dir.path().join("tables")).unwrap().count(), 1);
    let all = verify_book(dir.path(), None).unwrap();
    assert!(all[0].stands(), "{all:#?}");
    assert!(of(&all[0].findings, "replay").iter().all(|f| f.says == Says::Holds), "{all:#?}");
    assert!(of(&all[0].findings, "tables")[0].text.ends_with("gives what was signed"), "{all:#?}");

    // On another machine there is no database, and none is needed.
    let archive = dir.path().join("evidence.tar");
    evidence(dir.path(), desk.month(), None, Some(&archive)).unwrap();
    let moved = tempfile::tempdir().unwrap();
    fs::copy(&archive, moved.path().join("e.tar")).unwrap();
    fs::remove_file(dir.path().join("ledger.db")).unwrap();
    let found = verify_archive(&moved.path().join("e.tar")).unwrap();
    assert!(found.stands() && of(&found.findings, "replay").iter().all(|f| f.says == Says::Holds), "{found:#?}");
    assert!(of(&found.findings, "tables").is_empty());
    // In the book it is said that the table could not be asked.
    let all = verify_book(dir.path(), None).unwrap();
    let [asked] = of(&all[0].findings, "tables")[..] else { panic!("{all:#?}") };
    assert!(all[0].stands() && asked.says == Says::NotChecked && asked.text.contains("no such file"), "{all:#?}");

    // A row that is changed in what was kept is found.
    let tar = dir.path().join("signed/2026-01-v1.tar");
    let bytes = fs::read(&tar).unwrap();
    let at = bytes.windows(4).position(|four| four == b"50.5").unwrap();
    let mut other = bytes.clone();
    other[at] = b'6';
    fs::write(&tar, other).unwrap();
    let all = verify_book(dir.path(), None).unwrap();
    let files = of(&all[0].findings, "files");
    assert!(!all[0].stands() && files.iter().any(|f| f.text.starts_with("tables/")), "{all:#?}");
}

#[test]
fn a_row_that_changes_later_is_named_and_corrected_in_the_open_month() {
    let (dir, _) = signed();
    let (session, mut desk) = open(dir.path(), &[], &[], None);
    assert_eq!(desk.asked_of_tables(), ["2026-01".parse().unwrap()]);
    assert_eq!((desk.month().to_string().as_str(), desk.corrections().len()), ("2026-02", 0), "nothing changed yet");
    assert!(!desk.notices().iter().any(|notice| notice.contains("came after that")), "{:?}", desk.notices());
    drop(session);

    sql(dir.path(), "UPDATE token_usage SET calculated_cost_cents = 120 WHERE id = 'b'");
    let all = verify_book(dir.path(), None).unwrap();
    let [asked] = of(&all[0].findings, "tables")[..] else { panic!("{all:#?}") };
    assert!(all[0].stands() && asked.says == Says::ChangedSince, "{all:#?}");
    assert!(asked.text.contains("1 row changed: id b changed (calculated_cost_cents 100 → 120)"), "{}", asked.text);

    let (session, mut now) = open(dir.path(), &[], &[], None);
    std::mem::swap(&mut desk, &mut now);
    correct(&session, &mut desk, "0.20");
    let file = fs::read_to_string(dir.path().join("openai-tokens_2026-02.csv")).unwrap();
    assert!(file.contains(":correction-2026-02"), "{file}");
    drop(session);
    // Both months stand, and nothing is left to correct.
    let all = verify_book(dir.path(), None).unwrap();
    assert_eq!(all.iter().filter(|one| one.stands()).count(), 2, "{all:#?}");
    let header = fs::read_to_string(dir.path().join("bill.csv")).unwrap().lines().next().unwrap().to_owned();
    let march = format!("{header}\nm1,2026-03-03T10:00:00Z,gpt-4o,1000,100,1100,0.30,bob@x.edu\n");
    fs::write(dir.path().join("march.csv"), march).unwrap();
    let (_session, desk) = open(dir.path(), &["march.csv"], &[], None);
    assert_eq!((desk.month().to_string().as_str(), desk.corrections().len()), ("2026-03", 0));
}

#[test]
fn the_month_before_is_held_against_as_it_was_signed_though_its_rows_are_not_loaded() {
    let (dir, _) = signed();
    let january = fs::read_to_string(dir.path().join("openai-tokens_2026-01.csv")).unwrap();
    let cents: i64 = csv::Reader::from_reader(january.as_bytes())
        .records()
        .map(|row| row.unwrap()[7].replace('.', "").parse::<i64>().unwrap())
        .sum();
    let (session, desk) = open(dir.path(), &[], &[], None);
    let flux = desk.flux();
    assert_eq!(flux.from, "2026-01 as signed, version 1");
    let lines = flux.lines.as_ref().unwrap();
    let payers = lines.iter().filter(|line| line.of == trueup::journal::FluxOf::Payer);
    let before: trueup::amount::Amount = payers.map(|line| line.before).sum();
    assert_eq!(before.to_string(), format!("{}.{:02}", cents / 100, cents % 100));

    drop((session, flux));

    // Before anything there is nothing, and that is said.
    let (_session, desk) = open(dir.path(), &[], &[], Some("2026-01"));
    let why = desk.flux().lines.clone().unwrap_err();
    assert!(why.starts_with("There is nothing of 2025-12 to compare with"), "{why}");
}
