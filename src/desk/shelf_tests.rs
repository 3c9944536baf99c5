//! What tables are asked about signed months: as long as they give what they
//! gave, no row is read.

use std::path::Path;

use crate::desk::{Command, Desk, InputSpec, Session, SessionOptions};
use crate::journal::{Decision, Verdict};
use crate::usage::Side;

const LEDGER: &str = "CREATE TABLE token_usage (id TEXT PRIMARY KEY, user_id TEXT, model_used TEXT, input_tokens INT,
        output_tokens INT, calculated_cost_cents REAL, openai_request_id TEXT, created_at TEXT);
    INSERT INTO token_usage VALUES
        ('a', 'ada@x.edu', 'gpt-4o', 1000, 100, 50.5, 'r1', '2026-01-05T10:00:01Z'),
        ('b', 'ada@x.edu', 'gpt-4o', 1000, 100, 100, 'r2', '2026-01-06T10:00:01Z');";

fn open(dir: &Path, inputs: Vec<InputSpec>) -> (Session, Desk) {
    let options = SessionOptions { dir: dir.into(), inputs, month: None, read_only: false, no_copy: false };
    let session = Session::open(options).unwrap();
    let desk = session.load(&|_| {}, &|| false).unwrap();
    (session, desk)
}

fn give(session: &Session, desk: &mut Desk, command: &Command) {
    let change = desk.plan(command).unwrap();
    let entries = session.writer().commit(desk, &change).unwrap();
    desk.apply(&change, entries);
}

#[test]
fn a_table_that_gives_what_it_gave_is_read_no_further_than_to_know_it() {
    let dir = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/small-month");
    for name in ["projects.json", "subsidies.json", "bill.csv"] {
        std::fs::copy(from.join(name), dir.path().join(name)).unwrap();
    }
    std::fs::write(dir.path().join("pricing.json"), "{}").unwrap();
    let database = dir.path().join("ledger.db");
    let sql = |text: &str| rusqlite::Connection::open(&database).unwrap().execute_batch(text).unwrap();
    sql(LEDGER);
    let spec = |path: String, side| InputSpec { path: path.into(), side, format: None, append: false };
    let bill = spec(dir.path().join("bill.csv").display().to_string(), Side::Bill);
    let ledger = spec(format!("sqlite:{}", database.display()), Side::Ledger);
    let (session, mut desk) = open(dir.path(), vec![bill, ledger]);
    for verdict in [Verdict::ApproveBilled, Verdict::Exclude] {
        let items: Vec<u32> = (0..desk.items()).filter(|item| desk.is_open(*item)).collect();
        let decision = Decision { verdict, reason: "provider-error".into(), note: String::new() };
        if !items.is_empty() {
            give(&session, &mut desk, &Command::Decide { items, decision });
        }
    }
    give(&session, &mut desk, &Command::Export { target: None });
    give(&session, &mut desk, &Command::Sign);
    drop(session);

    let asked = |desk: &Desk| {
        let corrections = desk.corrections().len();
        let now = desk.late[0].now.as_ref().unwrap();
        (corrections, now.same.get().copied(), now.read.get().is_some())
    };
    let (session, desk) = open(dir.path(), Vec::new());
    assert_eq!(asked(&desk), (0, Some(true), false));
    drop(session);
    sql("UPDATE token_usage SET calculated_cost_cents = 51 WHERE id = 'a'");
    let (_session, desk) = open(dir.path(), Vec::new());
    let (_, same, read) = asked(&desk);
    assert_eq!((same, read), (Some(false), true));
}
