//! Verdicts written back to the ledgers a month was read from: SQLite tables
//! and files, with the program itself.

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Command as Program;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use support::session::{input, load};
use trueup::desk::{ApplyOptions, Command, Desk, InputSpec, Session};
use trueup::journal::{Decision, Verdict};
use trueup::usage::Side;

const BILL: &str = "request_id,timestamp,model,total_tokens,cost\n\
    r1,2026-01-05T10:00:00Z,gpt-4o,15,0.000151\nr2,2026-01-06T10:00:00Z,gpt-4o,15,2.50\n\
    r4,2026-01-06T11:00:00Z,gpt-4o,15,0.25\n";

const ROWS: &str = "('a', 'gpt-4o', 15, '2026-01-05T10:00:00Z', 0.015, 'r1', 1, NULL, NULL, 'pending'),
    ('b', 'gpt-4o', 15, '2026-01-06T10:00:00Z', 100, 'r2', 1, NULL, NULL, 'pending'),
    ('c', 'gpt-4o', 15, '2026-01-07T10:00:00Z', 100, 'r3', 1, NULL, NULL, 'pending'),
    ('d', 'gpt-4o', 15, '2026-01-06T11:00:00Z', 25, 'r4', 1, NULL, NULL, 'pending'),
    ('e', 'gpt-4o', 15, '2026-01-08T11:00:00Z', NULL, NULL, 0, NULL, NULL, 'pending'),
    ('f', 'gpt-4o', 15, '2025-11-08T11:00:00Z', 3, 'r0', 1, NULL, NULL, 'pending')";

fn create(cents: &str) -> String {
    format!(
        "CREATE TABLE token_usage (id TEXT PRIMARY KEY, model_used TEXT, tokens_used INT, created_at TEXT,
            calculated_cost_cents REAL, openai_request_id TEXT, success INT, actual_cost_cents {cents},
            reconciled_at TEXT, reconciliation_status TEXT DEFAULT 'pending'
                CHECK(reconciliation_status IN ('pending', 'matched', 'discrepancy', 'not_applicable')),
            CHECK((reconciled_at IS NULL) = (actual_cost_cents IS NULL)));
        INSERT INTO token_usage VALUES {ROWS};"
    )
}

/// A program that one test starts begins as a copy of all, and has for a moment
/// the locks of the books that others have open: so one at a time.
static ALONE: Mutex<()> = Mutex::new(());

struct Month {
    dir: tempfile::TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Month {
    /// A month with this ledger, whose items are all decided but for that of
    /// `d`, which matches and is open.
    fn of_file(name: &str, content: &str) -> Self {
        let month = Self::with_bill();
        fs::write(month.path(name), content).unwrap();
        month.decide(month.path(name));
        month
    }

    /// The same with a table, whose column of cents is of this type.
    fn of_table(cents: &str) -> Self {
        let month = Self::with_bill();
        month.db().execute_batch(&create(cents)).unwrap();
        month.decide(format!("sqlite:{}", month.path("ledger.db").display()).into());
        month
    }

    fn with_bill() -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("bill.csv"), BILL).unwrap();
        Self { dir, _alone: alone }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn session(&self, inputs: Vec<InputSpec>) -> (Session, Desk) {
        load(self.dir.path(), inputs, None)
    }

    fn decide(&self, ledger: PathBuf) {
        let (session, desk) = self.session(vec![input(self.path("bill.csv"), Side::Bill), input(ledger, Side::Ledger)]);
        let lines = &desk.inputs().ledger.lines;
        let (_, items, _) = desk.comparison();
        let chosen = (0..desk.items())
            .filter(|item| desk.is_open(*item))
            .filter(|item| items.first_ledger_row(*item).is_some_and(|row| *lines.id(row) != *"r4"));
        let decision = Decision { verdict: Verdict::Defer, reason: "timing".into(), note: String::new() };
        let change = desk.plan(&Command::Decide { items: chosen.collect(), decision }).unwrap();
        session.writer().commit(&desk, &change).unwrap();
    }

    fn run(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let mut program = Program::new(support::program());
        program.arg("apply").args(args).current_dir(self.dir.path()).stdin(std::process::Stdio::null());
        let output = program.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    fn db(&self) -> Connection {
        Connection::open(self.path("ledger.db")).unwrap()
    }

    /// `a matched 0.0151 set`, one text a row.
    fn rows(&self) -> Vec<String> {
        let sql = "SELECT id || ' ' || reconciliation_status || ' ' || ifnull(actual_cost_cents, '-') || ' ' ||
            CASE WHEN reconciled_at IS NULL THEN '-' ELSE 'set' END FROM token_usage ORDER BY id";
        let db = self.db();
        let mut all = db.prepare(sql).unwrap();
        all.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }
}

const PENDING: [&str; 6] =
    ["a pending - -", "b pending - -", "c pending - -", "d pending - -", "e pending - -", "f pending - -"];
const APPLIED: [&str; 6] = [
    "a matched 0.0151 set",
    "b discrepancy 250.0 set",
    "c pending - -",
    "d pending - -",
    "e not_applicable - -",
    "f pending - -",
];

#[test]
fn a_table_gets_the_verdicts_once_and_gives_them_back() {
    let month = Month::of_table("numeric(12,4)");
    let (code, shown, error) = month.run(&["--dry-run"]);
    assert_eq!(code, Some(0), "{shown}{error}");
    assert!(shown.contains("3 rows to write, 2 as they are to be."), "{shown}");
    let (code, _, error) = month.run(&[]);
    assert!(code == Some(2) && error.contains("--yes"), "{error}");
    assert_eq!(month.rows(), PENDING);

    let (code, shown, error) = month.run(&["--yes"]);
    assert_eq!(code, Some(0), "{shown}{error}");
    assert!(shown.contains("3 rows written to sqlite:"), "{shown}");
    assert_eq!(month.rows().iter().map(|row| row.replace("250 ", "250.0 ")).collect::<Vec<_>>(), APPLIED);
    let (code, shown, _) = month.run(&["--yes"]);
    assert!(code == Some(0) && shown.contains("Nothing changes."), "{shown}");

    let (code, shown, error) = month.run(&["--revert", "--yes"]);
    assert_eq!(code, Some(0), "{shown}{error}");
    assert_eq!(month.rows(), PENDING);
    let (code, _, error) = month.run(&["--revert", "--yes"]);
    assert!(code == Some(2) && error.contains("not reverted yet"), "{error}");
    let (code, ..) = month.run(&["--yes"]);
    assert_eq!(code, Some(0), "what was taken out can be written again");
}

#[test]
fn a_row_that_changed_meanwhile_is_left_alone_and_listed() {
    let month = Month::of_table("REAL");
    let (session, desk) = month.session(Vec::new());
    // Between reading and planning, between planning and writing.
    month.db().execute("UPDATE token_usage SET calculated_cost_cents = 99 WHERE id = 'a'", []).unwrap();
    let plan = session.plan_apply(&desk, &ApplyOptions::default()).unwrap();
    let left: Vec<_> = plan.ledgers[0].plan.left_out.iter().map(|row| (row.key.as_str(), row.why)).collect();
    assert_eq!(left, [("a", "changed since it was read")]);
    month.db().execute("UPDATE token_usage SET reconciliation_status = 'matched' WHERE id = 'e'", []).unwrap();
    let done = session.apply(plan).unwrap();
    assert_eq!((done[0].rows, done[0].left_out[0].key.as_str()), (1, "e"));
    let expect = ["a pending - -", "b discrepancy 250.0 set", "c pending - -", "d pending - -", "e matched - -"];
    assert_eq!(month.rows()[..5], expect);
    drop(session);

    month.db().execute("UPDATE token_usage SET actual_cost_cents = 251 WHERE id = 'b'", []).unwrap();
    let (code, shown, error) = month.run(&["--revert", "--yes"]);
    assert!(code == Some(1) && shown.contains("Left out: b changed since it was read."), "{shown}{error}");
    assert_eq!(month.rows()[1], "b discrepancy 251.0 set");
}

#[test]
fn a_rule_of_the_table_that_refuses_leaves_all_rows_as_they_were() {
    let month = Month::of_table("REAL");
    let rule = "CREATE TRIGGER no BEFORE UPDATE ON token_usage WHEN new.id = 'b' BEGIN SELECT raise(ABORT, 'no'); END";
    month.db().execute_batch(rule).unwrap();
    let (code, _, error) = month.run(&["--yes"]);
    assert!(code == Some(2) && error.contains("nothing was written"), "{error}");
    assert_eq!(month.rows(), PENDING);
    let (code, _, error) = month.run(&["--revert", "--yes"]);
    assert!(code == Some(2) && error.contains("not reverted yet"), "nothing is journaled either: {error}");
}

#[test]
fn whole_cents_are_written_only_when_rounding_is_allowed_and_then_it_is_said() {
    let month = Month::of_table("INTEGER");
    let (code, _, error) = month.run(&["--yes"]);
    assert!(code == Some(2) && error.contains("whole cents only") && error.contains("--round"), "{error}");
    let (code, shown, error) = month.run(&["--yes", "--round"]);
    assert_eq!(code, Some(0), "{error}");
    assert!(shown.contains("Rounded: 1 amount to what the column holds, 0.0151 cents apart in all."), "{shown}");
    assert_eq!(month.rows()[..2], ["a matched 0 set", "b discrepancy 250 set"]);
    let (_, shown, _) = month.run(&["--yes", "--round"]);
    assert!(shown.contains("Nothing changes."), "a rounded amount is as it is to be: {shown}");
}

#[test]
fn more_places_than_the_column_has_are_rounded_half_up_and_reported() {
    let month = Month::of_table("numeric(12,3)");
    let (_, shown, _) = month.run(&["--yes"]);
    assert!(shown.contains("Rounded: 1 amount to what the column holds, 0.0001 cents apart in all."), "{shown}");
    assert_eq!(month.rows()[0], "a matched 0.015 set");
}

#[test]
fn a_key_that_stands_twice_names_no_row() {
    let month = Month::of_table("REAL");
    let copy = "PRAGMA foreign_keys = OFF; CREATE TABLE t AS SELECT * FROM token_usage; DROP TABLE token_usage;
        ALTER TABLE t RENAME TO token_usage;
        INSERT INTO token_usage SELECT * FROM token_usage WHERE id = 'f';
        UPDATE token_usage SET id = 'a' WHERE id = 'f' AND rowid = 7;";
    month.db().execute_batch(copy).unwrap();
    let (code, shown, error) = month.run(&["--yes"]);
    assert_eq!(code, Some(1), "{shown}{error}");
    assert!(shown.contains("Left out: a its key stands more than once."), "{shown}");
    assert_eq!(month.rows().iter().filter(|row| row.starts_with("a pending - -")).count(), 2);
}

const HEADER: &str = "id,model_used,tokens_used,created_at,calculated_cost_cents,openai_request_id,success";

#[test]
fn a_file_gets_a_new_one_beside_it_with_all_else_byte_for_byte() {
    let three = "actual_cost_cents,reconciled_at,reconciliation_status";
    let csv = format!(
        "\u{feff}{HEADER},note,{three},last\r\na,gpt-4o,15,2026-01-05T10:00:00Z,0.0150,r1,t,\"x, \"\"y\"\"\nz\",,,pending,1\r\n\r\n\
         \"b\", gpt-4o ,15,2026-01-06T10:00:00Z,100,r2,t,,,,\"pending\",2\nc,gpt-4o,15,2026-01-07T10:00:00Z,100,r3,t,,,,pending,3"
    );
    let month = Month::of_file("own.csv", &csv);
    let (code, shown, error) = month.run(&["--yes"]);
    assert_eq!(code, Some(0), "{shown}{error}");
    assert_eq!(fs::read_to_string(month.path("own.csv")).unwrap(), csv, "the ledger itself is not touched");
    let new = fs::read_to_string(month.path("own.reconciled.csv")).unwrap();
    let at = new.split(",0.0151,").nth(1).unwrap().split(',').next().unwrap().to_owned();
    let expect = csv
        .replace("z\",,,pending,1", &format!("z\",0.0151,{at},matched,1"))
        .replace(",,,\"pending\",2", &format!(",250,{at},discrepancy,2"));
    assert_eq!(new, expect);

    let (code, shown, error) = month.run(&["--yes"]);
    assert_eq!(code, Some(0), "its own file it may write again: {shown}{error}");
    let (code, _, error) = month.run(&["--revert", "--yes"]);
    assert_eq!(code, Some(0), "{error}");
    assert!(!month.path("own.reconciled.csv").exists());
    fs::write(month.path("own.reconciled.csv"), "mine").unwrap();
    let (code, _, error) = month.run(&["--yes"]);
    assert!(code == Some(2) && error.contains("was not written by this book"), "{error}");
    let (code, ..) = month.run(&["--yes", "--output", "other.csv"]);
    assert!(code == Some(0) && month.path("other.csv").exists());
    let (code, _, error) = month.run(&["--yes", "--output", "own.csv"]);
    assert!(code == Some(2) && error.contains("not written over"), "{error}");
    fs::write(month.path("own.csv"), format!("{csv}\n")).unwrap();
    let (code, _, error) = month.run(&["--yes", "--output", "third.csv"]);
    assert!(code == Some(2) && error.contains("has changed since"), "{error}");
}

#[test]
fn a_file_without_the_columns_gets_them_behind_its_last() {
    let csv =
        format!("{HEADER}\na,gpt-4o,15,2026-01-05T10:00:00Z,0.0150,r1,t\nf,gpt-4o,15,2025-11-05T10:00:00Z,1,r0,t\n");
    let month = Month::of_file("own.csv", &csv);
    let (code, _, error) = month.run(&["--yes"]);
    assert_eq!(code, Some(0), "{error}");
    let new = fs::read_to_string(month.path("own.reconciled.csv")).unwrap();
    let lines: Vec<&str> = new.lines().collect();
    assert_eq!(lines[0], format!("{HEADER},actual_cost_cents,reconciled_at,reconciliation_status"));
    assert!(lines[1].contains(",r1,t,0.0151,20") && lines[1].ends_with("Z,matched"), "{new}");
    assert_eq!(lines[2], "f,gpt-4o,15,2025-11-05T10:00:00Z,1,r0,t,,,", "another month's row has no verdict");
}

#[test]
fn json_lines_are_set_in_place() {
    let row = |id: &str, request: &str, rest: &str| {
        format!(
            "{{ \"id\": \"{id}\", \"model_used\":\"gpt-4o\",\"tokens_used\":15,\"created_at\":\"2026-01-05T10:00:00Z\",\"calculated_cost_cents\":0.0150,\"openai_request_id\":\"{request}\"{rest} }}\n"
        )
    };
    let old =
        row("a", "r1", ",\"reconciliation_status\" : \"pending\",\"actual_cost_cents\":null,\"reconciled_at\":null");
    let json = format!("{old}\n{}", row("c", "r9", ""));
    let month = Month::of_file("own.jsonl", &json);
    let (code, _, error) = month.run(&["--yes"]);
    assert_eq!(code, Some(0), "{error}");
    let new = fs::read_to_string(month.path("own.reconciled.jsonl")).unwrap();
    let at = new.split("\"reconciled_at\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let expect = json
        .replace(": \"pending\"", ": \"matched\"")
        .replace("cents\":null", "cents\":0.0151")
        .replace("\"reconciled_at\":null", &format!("\"reconciled_at\":\"{at}\""))
        .replace("\"r9\" }", "\"r9\" ,\"reconciliation_status\":\"pending\"}");
    assert_eq!(new, expect);
}

#[test]
fn a_margin_in_the_ledger_is_neither_written_nor_taken_for_a_change() {
    let month = Month::with_bill();
    fs::write(month.path("config.toml"), "margin_included = 25\n").unwrap();
    month.db().execute_batch(&create("numeric(12,4)")).unwrap();
    month.decide(format!("sqlite:{}", month.path("ledger.db").display()).into());
    let (_, desk) = month.session(Vec::new());
    let (sides, items, summary) = desk.comparison();
    // Of 0.00015, 1, 1 and 0.25 stated, four fifths are cost.
    assert_eq!(summary.ledger_total.to_string(), "1.80012");
    let second =
        (0..desk.items()).find(|item| items.first_ledger_row(*item).is_some_and(|row| *sides.ledger.id(row) == *"r2"));
    let fields = desk.detail(second.unwrap()).fields;
    let shown = |label: &str| fields.iter().find(|pair| pair.label == label).map(|pair| pair.ledger.clone());
    assert_eq!(shown("amount").as_deref(), Some("0.8"));
    assert_eq!(shown("stated").as_deref(), Some("1 with 25%"));
    drop(desk);

    let (code, shown, error) = month.run(&["--yes"]);
    assert_eq!(code, Some(0), "{shown}{error}");
    assert!(shown.contains("hold a margin of 25%") && !shown.contains("Left out"), "{shown}");
    assert!(shown.contains("$0.80"), "what was compared is what is shown: {shown}");
    assert_eq!(month.rows()[..2], ["a matched 0.0151 set", "b discrepancy 250 set"]);
}

#[test]
fn before_it_writes_it_asks_and_only_yes_is_yes() {
    let month = Month::of_table("NUMERIC");
    let asked = |answer: &str| {
        let mut terminal = support::Terminal::start(120, 40, &["apply"], month.dir.path(), &[]);
        terminal.see("Write 3 rows? [y/n]");
        terminal.keys(answer);
        let screen =
            terminal.wait("the end", |screen| screen.contains("was written.") || screen.contains("written to"));
        assert_eq!(terminal.ended(), 0, "{screen}");
        screen
    };
    for no in ["n\r", "\r", "yess\r"] {
        let screen = asked(no);
        assert!(screen.contains("Nothing was written."), "{screen}");
        assert_eq!(month.rows(), PENDING, "{no:?}");
    }
    let screen = asked("y\r");
    assert!(screen.contains("3 rows written to") && !screen.contains("Nothing"), "{screen}");
    assert_ne!(month.rows(), PENDING);
}

#[test]
fn a_ledger_without_a_place_for_a_verdict_is_told_so_and_stays() {
    let refused = |sql: &str, config: &str| {
        let month = Month::with_bill();
        fs::write(month.path("config.toml"), config).unwrap();
        month.db().execute_batch(sql).unwrap();
        month.decide(format!("sqlite:{}", month.path("ledger.db").display()).into());
        let before = fs::read(month.path("ledger.db")).unwrap();
        let (code, _, error) = month.run(&["--yes"]);
        assert_eq!(code, Some(2), "{error}");
        assert_eq!(fs::read(month.path("ledger.db")).unwrap(), before);
        error
    };
    let row = "VALUES ('r1', '2026-01-05T10:00:00Z', 'gpt-4o', 0.00015, 15)";
    let litellm = "CREATE TABLE LiteLLM_SpendLogs (request_id TEXT PRIMARY KEY, startTime TEXT, model TEXT, spend REAL,
        total_tokens INT); INSERT INTO LiteLLM_SpendLogs ";
    let error = refused(&format!("{litellm}{row}"), "");
    assert!(error.contains("There is nothing to apply to"), "{error}");
    assert!(error.contains("is read as litellm, which has no place for a verdict; it stays as it is."), "{error}");
    let own = "CREATE TABLE calls (ref TEXT, at TEXT, engine TEXT, price REAL, n INT); INSERT INTO calls ";
    let map = "[columns.own]\nid = \"ref\"\ntime = \"at\"\nmodel = \"engine\"\ncost = \"price\"\ntotal = \"n\"\n";
    let error = refused(&format!("{own}{row}"), map);
    assert!(error.contains("is read as own, which has no place for a verdict"), "{error}");
    let bare = "CREATE TABLE token_usage (openai_request_id TEXT, created_at TEXT, model_used TEXT,
        calculated_cost_cents REAL, tokens_used INT); INSERT INTO token_usage ";
    let error = refused(&format!("{bare}{row}"), "");
    assert!(
        error.contains("token_usage has no column actual_cost_cents; a verdict needs id, actual_cost_cents"),
        "{error}"
    );
}
