//! Rows that could not be read: left out by place and with a reason, in every
//! month, for as long as their file says what it said.

mod support;

use std::fs;
use std::path::Path;

use support::signing::{book, open};

/// The program with these arguments: its exit code and what it printed.
fn trueup(dir: &Path, args: &[&str]) -> (i32, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_trueup")).current_dir(dir).args(args).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

const BAD: &str = "request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost_usd,user_id\n\
    x1,soon,gpt-4o,1,1,2,0.01,ada@x.edu\nx2,2026-01-09T10:00:00Z,gpt-4o,1,1,2,cheap,ada@x.edu\n";

fn left(dir: &Path, month: &str) -> (usize, Vec<String>) {
    let (_session, desk) = open(dir, &[], &[], Some(month));
    let rows = desk.bad_rows();
    (
        rows.iter().filter(|row| row.excluded.is_none()).count(),
        rows.into_iter().filter_map(|row| row.excluded).collect(),
    )
}

#[test]
fn a_bad_row_is_left_out_by_its_place_in_every_month_until_its_file_changes() {
    let dir = book("");
    fs::write(dir.path().join("more.csv"), BAD).unwrap();
    drop(open(dir.path(), &["bill.csv", "more.csv"], &["ledger.csv"], None));
    let (code, said) = trueup(dir.path(), &["exclude"]);
    assert!(code == 0 && said.contains("more.csv:2") && said.contains("more.csv:3"), "{said}");
    assert!(said.contains("2 rows to be left out or mended."), "{said}");
    // Every reason says what to do.
    assert_eq!(said.matches("or leave the row out with a reason").count(), 2, "{said}");

    let (code, said) = trueup(dir.path(), &["exclude", "more.csv:2"]);
    assert!(code == 2 && said.contains("Say why"), "{said}");
    let (code, said) = trueup(dir.path(), &["exclude", "more.csv:7", "--why", "x", "--yes"]);
    assert!(code == 2 && said.contains("No bad row stands at more.csv:7") && said.contains("more.csv:2"), "{said}");
    let (code, said) = trueup(dir.path(), &["exclude", "more.csv:2", "--why", "a test row", "--dry-run"]);
    assert!(code == 0 && said.contains("Leave 1 bad row out") && said.contains("Nothing was changed"), "{said}");
    let (code, said) = trueup(dir.path(), &["exclude", "more.csv:2", "--why", "a test row", "--yes"]);
    assert!(code == 0 && said.contains("more.csv:2: timestamp: “soon” is not"), "{said}");
    for month in ["2026-01", "2026-02"] {
        assert_eq!(left(dir.path(), month), (1, vec!["a test row".to_owned()]), "{month}");
    }
    let (code, said) = trueup(dir.path(), &["exclude", "more.csv:2", "--why", "again", "--yes"]);
    assert!(code == 2 && said.contains("excluded already"), "{said}");

    // Taken back and done again, from another month as well.
    let (code, said) = trueup(dir.path(), &["undo", "--month", "2026-02", "--yes"]);
    assert!(code == 0, "{said}");
    assert_eq!(left(dir.path(), "2026-01").0, 2);
    let (code, said) = trueup(dir.path(), &["undo", "--redo", "--month", "2026-02", "--yes"]);
    assert!(code == 0, "{said}");
    assert_eq!(left(dir.path(), "2026-01").0, 1);

    // The same content under another name is the same; one byte more is not.
    let other = book("");
    fs::copy(dir.path().join("trueup.db"), other.path().join("trueup.db")).unwrap();
    fs::create_dir(other.path().join("inputs")).unwrap();
    for file in fs::read_dir(dir.path().join("inputs")).unwrap().flatten() {
        fs::copy(file.path(), other.path().join("inputs").join(file.file_name())).unwrap();
    }
    fs::write(other.path().join("changed.csv"), format!("{BAD}x3,2026-01-09T11:00:00Z,gpt-4o,1,1,2,0.01,ada@x.edu\n"))
        .unwrap();
    drop(open(other.path(), &["changed.csv"], &[], None));
    assert_eq!(left(other.path(), "2026-01").0, 3, "the changed file asks for both of its bad rows");
}

/// Beside a bad row nothing is wrong: what `reconcile` and screen `0` say of the
/// month is what the gate says.
#[test]
fn a_bad_row_that_is_left_out_is_listed_and_makes_no_month_unhealthy() {
    let dir = book("[health]\nmatched = \"0%\"\ndiscrepancies = \"100%\"\nnot_found = \"100%\"\n");
    fs::write(dir.path().join("more.csv"), BAD).unwrap();
    drop(open(dir.path(), &["bill.csv", "more.csv"], &["ledger.csv"], None));
    let lines = |dir: &Path| {
        let (_session, desk) = open(dir, &[], &[], None);
        let lines = desk.health_lines().into_iter().find(|line| line.what == "bad rows").unwrap();
        (lines.now, lines.kept)
    };
    let (code, said) = trueup(dir.path(), &["reconcile"]);
    assert!(code == 1 && said.contains("2 rows could not be read; at most 0 may."), "{said}");
    assert_eq!(lines(dir.path()), ("2".to_owned(), false));
    let (code, said) = trueup(dir.path(), &["exclude", "more.csv:2", "--why", "a test row", "--yes"]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = trueup(dir.path(), &["reconcile"]);
    assert!(code == 1 && said.contains("1 row could not be read; at most 0 may."), "one still waits: {said}");
    assert_eq!(lines(dir.path()), ("1 (1 left out)".to_owned(), false));
    let (code, said) = trueup(dir.path(), &["exclude", "more.csv:3", "--why", "a test row", "--yes"]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = trueup(dir.path(), &["reconcile"]);
    assert!(code == 0 && said.contains("\nHealthy: "), "{said}");
    assert_eq!(said.matches("Bad row, left out (a test row): ").count(), 2, "still listed: {said}");
    assert_eq!(lines(dir.path()), ("0 (2 left out)".to_owned(), true));
    let (code, said) = trueup(dir.path(), &["reconcile", "--format", "json"]);
    assert!(code == 0 && said.contains("\"excluded\": \"a test row\""), "{said}");
    // Taken back, it is an error again.
    let (code, said) = trueup(dir.path(), &["undo", "--yes"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(trueup(dir.path(), &["reconcile"]).0, 1);
}

#[test]
fn the_content_of_a_file_decides_and_not_its_name() {
    let dir = book("");
    fs::write(dir.path().join("more.csv"), BAD).unwrap();
    drop(open(dir.path(), &["more.csv"], &[], None));
    let keys = |name: &str| {
        let spec = trueup::read::Input {
            path: name.into(),
            side: trueup::usage::Side::Bill,
            format: None,
            append: false,
            added: 1,
            bytes: 0,
            hash: true,
            content: trueup::read::Content::in_turn(fs::File::open(dir.path().join("more.csv")).unwrap()),
        };
        let mut names = trueup::usage::Names::default();
        let read = trueup::read::read(vec![spec], &mut names, &trueup::read::Quiet).unwrap();
        read.bad_rows.into_iter().map(|row| row.key).collect::<Vec<_>>()
    };
    assert_eq!(keys("a.csv"), keys("b.csv"));
    assert_eq!(keys("a.csv").len(), 2);
}
