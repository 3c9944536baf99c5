//! Verdicts from the Close screen into real ledgers and out again, with the
//! keys an operator presses.

use crate::tui::bench::{Bench, sample_book};

/// A month with a ledger in SQLite whose column of cents is of this type.
fn month_with_table(dir: &std::path::Path, cents: &str) -> Bench {
    let bill = "request_id,timestamp,model,total_tokens,cost\nr1,2026-01-05T10:00:00Z,gpt-4o,15,0.000151\n\
                r2,2026-01-06T10:00:00Z,gpt-4o,15,2.50\n";
    std::fs::write(dir.join("bill.csv"), bill).unwrap();
    let sql = format!(
        "CREATE TABLE token_usage (id TEXT PRIMARY KEY, model_used TEXT, tokens_used INT, created_at TEXT,
            calculated_cost_cents REAL, openai_request_id TEXT, success INT, actual_cost_cents {cents},
            reconciled_at TEXT, reconciliation_status TEXT DEFAULT 'pending');
         INSERT INTO token_usage VALUES
            ('a', 'gpt-4o', 15, '2026-01-05T10:00:00Z', 0.015, 'r1', 1, NULL, NULL, 'pending'),
            ('b', 'gpt-4o', 15, '2026-01-06T10:00:00Z', 100, 'r2', 1, NULL, NULL, 'pending');"
    );
    let db = rusqlite::Connection::open(dir.join("ledger.db")).unwrap();
    db.execute_batch(&sql).unwrap();
    drop(db);
    let ledger = format!("sqlite:{}?table=token_usage", dir.join("ledger.db").display());
    let mut bench = Bench::of_files(dir, (100, 40), &["bill.csv"], &[&ledger]);
    bench.keys("1 d 2 d 6");
    assert!(bench.model.jobs.is_empty(), "{}", bench.status());
    bench
}

fn statuses(dir: &std::path::Path) -> String {
    let db = rusqlite::Connection::open(dir.join("ledger.db")).unwrap();
    let sql =
        "SELECT group_concat(reconciliation_status || ' ' || ifnull(actual_cost_cents, '-'), ', ') FROM token_usage";
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn verdicts_are_written_after_a_yes_and_taken_out_after_another() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = month_with_table(dir.path(), "numeric(12,4)");
    bench.keys("W");
    assert!(bench.screen().contains("2 rows to write"), "{}", bench.screen());
    bench.keys("enter n");
    assert_eq!(statuses(dir.path()), "pending -, pending -", "nothing but y writes");
    bench.keys("W y");
    assert_eq!(statuses(dir.path()), "matched 0.0151, discrepancy 250");
    assert!(bench.screen().contains("2 rows written, 0 changed meanwhile."), "{}", bench.screen());
    assert!(bench.screen().contains("R takes the verdicts out again"), "{}", bench.screen());
    assert!(bench.model.jobs.is_empty() && bench.model.writing.is_none());
    bench.keys("esc W");
    assert!(bench.screen().contains("Nothing changes"), "{}", bench.screen());
    bench.keys("y");
    assert!(bench.screen().contains("Nothing changes"), "there is nothing to say yes to");
    bench.keys("esc R");
    assert!(bench.screen().contains("1  matched → pending"), "{}", bench.screen());
    assert!(bench.screen().contains("250.0151 cents are taken out"), "{}", bench.screen());
    bench.keys("y");
    assert_eq!(statuses(dir.path()), "pending -, pending -");
    bench.keys("esc R");
    assert!(bench.screen().contains("not reverted yet"), "{}", bench.screen());
    // Both stand in the journal at once, newest first.
    bench.keys("esc J");
    let screen = bench.screen();
    assert!(screen.contains("take verdicts out of") && screen.contains("write verdicts to"), "{screen}");
}

#[test]
fn what_the_month_says_by_now_is_shown_again_before_it_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = month_with_table(dir.path(), "numeric(12,4)");
    bench.keys("W");
    bench.write(1, crate::desk::Command::Undo);
    bench.keys("y");
    assert_eq!(statuses(dir.path()), "pending -, pending -");
    assert!(bench.status().starts_with("Something changed since the preview"), "{}", bench.status());
}

#[test]
fn a_column_of_whole_cents_shows_what_rounding_loses_before_it_asks() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = month_with_table(dir.path(), "INTEGER");
    bench.keys("W");
    assert!(bench.screen().contains("0.0151 cents apart in all"), "{}", bench.screen());
    bench.keys("y");
    assert_eq!(statuses(dir.path()), "matched 0, discrepancy 250");
}

#[test]
fn a_row_that_changes_after_the_preview_is_left_alone_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = month_with_table(dir.path(), "REAL");
    bench.keys("W");
    let db = rusqlite::Connection::open(dir.path().join("ledger.db")).unwrap();
    db.execute("UPDATE token_usage SET calculated_cost_cents = 7 WHERE id = 'b'", []).unwrap();
    bench.keys("y");
    let screen = bench.screen();
    assert!(screen.contains("1 row written, 1 changed meanwhile."), "{screen}");
    assert!(screen.contains("left alone: b changed since it was read"), "{screen}");
    assert_eq!(statuses(dir.path()), "matched 0.0151, pending -");
}

#[test]
fn a_ledger_that_cannot_be_written_says_why_in_full() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = month_with_table(dir.path(), "REAL");
    std::fs::remove_file(dir.path().join("ledger.db")).unwrap();
    bench.keys("W");
    assert!(bench.screen().contains("Nothing was written"), "{}", bench.screen());
    bench.keys("esc");
    assert!(bench.model.modals.is_empty() && bench.model.jobs.is_empty());
}

#[test]
fn a_ledger_that_is_a_file_gets_a_new_one_beside_it_which_can_be_removed() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 40));
    bench.keys("1 P y 6 W");
    assert!(bench.screen().contains("A new file beside the ledger"), "{}", bench.screen());
    bench.keys("y");
    let ledger = bench.model.desk.as_ref().unwrap().inputs().ledger.lines.files()[0].path.clone();
    let new = ledger.with_file_name("token_usage_2026-01.reconciled.csv");
    assert!(new.exists(), "{}", bench.screen());
    bench.keys("esc");
    let close = bench.model.pages.close.clone().unwrap();
    assert!(close.verdicts.iter().any(|line| line.contains("into the new file")), "{:?}", close.verdicts);
    bench.keys("R y");
    assert!(bench.status().starts_with("0 rows put back, 2 files removed, 0 changed"), "{}", bench.status());
    assert!(!new.exists());
    bench.keys("esc");
    assert!(bench.model.pages.close.clone().unwrap().verdicts.is_empty());
}
