//! Killed behind every step, the book opens as before or as after.

use super::*;

pub(super) fn dying(left: u32) -> Faults {
    Faults { left: Some(left), taken: 0 }
}

/// Does `act` and dies behind every step of it, then dies again behind
/// every step of the recovery: what is seen is as before or as after.
fn survives(set_up: impl Fn(&mut Book), act: impl Fn(&mut Book) -> Result<(), BookError>) {
    // Always under one name: the journal seals paths, too.
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("book");
    let fresh = || {
        let _ = fs::remove_dir_all(&dir);
        init(&dir).unwrap();
        let mut book = open(&dir);
        set_up(&mut book);
        book.faults = Faults::default();
        book
    };
    // Paths hold the folder's name, so what is seen is told without it.
    let seen = |dir: &Path, book: &Book| format!("{:?}", Seen::of(dir, book)).replace(dir.to_str().unwrap(), "");
    let mut book = fresh();
    let before = seen(&dir, &book);
    act(&mut book).unwrap();
    let after = seen(&dir, &book);
    assert!(before != after, "nothing was done");
    let mut ends = BTreeMap::new();
    let steps = book.faults.taken;
    drop(book);
    assert!(steps > 1, "the steps are not counted");
    for died_at in 0..steps {
        for died_again in 0.. {
            let mut book = fresh();
            book.faults = dying(died_at);
            assert!(act(&mut book).unwrap_err().is_killed());
            drop(book);
            let again = Book::open_with(&dir, Access::Write, false, dying(died_again));
            let recovered = again.is_ok();
            drop(again);
            let book = open(&dir);
            let now = seen(&dir, &book);
            assert!(
                now == before || now == after,
                "died behind step {died_at}, then {died_again}: {:?}",
                Seen::of(&dir, &book).told()
            );
            assert!(book.notices().is_empty(), "{:?}", book.notices());
            book.verify_chain().unwrap();
            *ends.entry(now == after).or_insert(0) += 1;
            if recovered {
                break;
            }
        }
    }
    assert_eq!(ends.len(), 2, "both ends must be reached: {ends:?}");
}

#[test]
fn an_export_is_whole_or_not_there() {
    survives(
        |book| {
            let dir = book.dir().to_path_buf();
            book.export(plan(&dir, "2026-01", 300), at(1)).unwrap();
        },
        |book| {
            let dir = book.dir().to_path_buf();
            book.export(plan(&dir, "2026-01", 700), at(2)).map(|_| ())
        },
    );
}

/// A book with a written month.
fn written(book: &mut Book) {
    let dir = book.dir().to_path_buf();
    book.export(plan(&dir, "2026-01", 300), at(2)).unwrap();
}

fn sign_plan(book: &Book) -> SignPlan {
    let export = book.last_exports(month("2026-01")).unwrap().remove(0);
    let bytes = fs::metadata(&export.path).unwrap().len();
    SignPlan {
        sign_off: crate::close::SignOff {
            program: "trueup".into(),
            month: month("2026-01"),
            version: book.versions().next(month("2026-01")),
            journal: book.head().unwrap(),
            prepared: None,
            inputs: Vec::new(),
            tables: Vec::new(),
            files: Vec::new(),
            figures: BTreeMap::new(),
            said: Vec::new(),
        },
        members: vec![Member::file("outputs/x.csv", &export.path, &export.sha256, bytes)],
        total: "3.00".into(),
    }
}

#[test]
fn a_month_is_signed_and_whole_or_not_signed() {
    survives(written, |book| book.sign(sign_plan(book), at(3)).map(|_| ()));
}

#[test]
fn a_month_is_reopened_or_still_signed() {
    survives(
        |book| {
            written(book);
            book.sign(sign_plan(book), at(3)).unwrap();
        },
        |book| {
            let action = Action::ReopenMonth { version: 2, why: "late".into() };
            book.append(Some(month("2026-01")), vec![action], at(4)).map(|_| ())
        },
    );
}

#[test]
fn a_file_with_verdicts_and_its_entry_come_and_go_together() {
    let apply = |book: &mut Book| {
        let path = book.dir().join("ledger.reconciled.csv");
        book.apply_file(month("2026-01"), &path, b"id\n1\n", at(3))
    };
    survives(|_| (), |book| apply(book).map(|_| ()));
    survives(
        |book| drop(apply(book).unwrap()),
        |book| {
            let entry = book.entries().unwrap().pop().unwrap();
            book.remove_applied(&entry, at(4)).map(|_| ())
        },
    );
}

/// Killed between the journal and the ledger, on either side of the ledger's
/// own transaction: the journal says what the ledger says.
#[test]
fn verdicts_in_a_table_are_what_the_journal_says_after_a_crash() {
    use crate::source::Location;
    use crate::source::write_back::{Cell, RowChange, standing, write_table};
    let text = |text: &str| Cell::Text(text.into());
    let row = RowChange {
        key: text("a"),
        before: [Cell::Null, Cell::Null, text("pending")],
        after: [text("2.5"), text("2026-02-01"), text("matched")],
        recorded: None,
    };
    for (reverting, reaches) in [(false, false), (false, true), (true, false), (true, true)] {
        let dir = tempfile::tempdir().unwrap();
        let ledger = dir.path().join("ledger.db");
        rusqlite::Connection::open(&ledger)
            .unwrap()
            .execute_batch(
                "CREATE TABLE token_usage (id TEXT PRIMARY KEY, calculated_cost_cents NUMERIC, actual_cost_cents TEXT,
                    reconciled_at TEXT, reconciliation_status TEXT);
                 INSERT INTO token_usage VALUES ('a', 1, NULL, NULL, 'pending');",
            )
            .unwrap();
        let shown = format!("sqlite:{}?table=token_usage", ledger.display());
        let location = Location::parse(Path::new(&shown)).unwrap();
        let rows = vec![row.clone()];
        let mut book = open(dir.path());
        let applied = book.apply_rows(month("2026-01"), &shown, &rows, at(1)).unwrap();
        let write = |rows: Vec<RowChange>| write_table(&location, rows, &|_| {}, &mut |_| Ok(())).unwrap();
        let back = || rows.iter().cloned().map(RowChange::reversed).collect();
        if reverting {
            write(rows.clone());
            book.ledger_has_them(applied.seq).unwrap();
            book.revert_rows(&applied, &shown, 1, at(2)).unwrap();
        }
        if reaches {
            write(if reverting { back() } else { rows.clone() });
        }
        // Dies before it is noted that the ledger has them.
        drop(book);
        let book = open(dir.path());
        assert!(book.notices().is_empty(), "{:?}", book.notices());
        let in_ledger = standing(&location, &rows).unwrap() == (0, 1);
        assert_eq!(in_ledger, reverting != reaches);
        let last = book.entries().unwrap().pop().unwrap();
        assert_eq!(matches!(last.action, Action::Apply { .. }), in_ledger, "{reverting} {reaches}: {last:?}");
        if let Action::Apply { .. } = last.action {
            assert_eq!(book.applied(last.seq).unwrap(), rows);
        }
        assert_eq!(Seen::of(dir.path(), &book).intents, 0);
        book.verify_chain().unwrap();
    }
}

#[test]
fn a_ledger_that_cannot_be_asked_is_asked_another_time() {
    let dir = tempfile::tempdir().unwrap();
    let shown = format!("sqlite:{}?table=token_usage", dir.path().join("gone.db").display());
    let mut book = open(dir.path());
    book.apply_rows(month("2026-01"), &shown, &[], at(1)).unwrap();
    drop(book);
    for _ in 0..2 {
        let book = open(dir.path());
        assert!(book.notices()[0].contains("It is asked again when the book is opened next"), "{:?}", book.notices());
        assert_eq!(book.entries().unwrap().len(), 1);
    }
}

/// A book from an older backup must not write over the evidence of what was
/// signed after it.
#[test]
fn a_signed_file_that_the_journal_does_not_know_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = open(dir.path());
    written(&mut book);
    fs::create_dir(dir.path().join(SIGNED)).unwrap();
    let file = dir.path().join("signed/2026-01-v1.tar");
    fs::write(&file, "theirs").unwrap();
    let refused = book.sign(sign_plan(&book), at(3)).unwrap_err().to_string();
    assert!(refused.contains("Move the file away before you sign"), "{refused}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "theirs");
    assert!(book.versions().signed(month("2026-01")).is_none());
}

#[test]
fn no_way_into_the_book_changes_a_signed_month() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path()).unwrap();
    let mut book = open(dir.path());
    written(&mut book);
    let january = Some(month("2026-01"));
    book.append(january, vec![note("before")], at(2)).unwrap();
    book.sign(sign_plan(&book), at(3)).unwrap();
    let noted = book.entries().unwrap().iter().find(|e| matches!(e.action, Action::Note { .. })).unwrap().seq;
    let file = dir.path().to_path_buf();
    let change = |book: &Book| {
        let before = fs::read_to_string(book.dir().join("pricing.json")).unwrap();
        FileChange { file: ConfigFile::Pricing, after: before.replace("USD", "EUR"), before }
    };
    let entries = book.entries().unwrap();
    for reopened in [false, true] {
        if reopened {
            book.append(january, vec![Action::ReopenMonth { version: 2, why: "x".into() }], at(4)).unwrap();
        }
        let edit = change(&book);
        let tries = [
            book.append(january, vec![note("after")], at(5)).map(drop),
            // Also from another month, by taking back what is of this one.
            book.append(Some(month("2026-02")), vec![Action::Undo { seq: noted }], at(5)).map(drop),
            book.rewrite_file(january, edit, vec![note("price")], at(5)).map(drop),
            book.export(plan(&file, "2026-01", 700), at(5)).map(drop),
        ];
        for (number, tried) in tries.into_iter().enumerate() {
            match tried {
                Ok(()) => assert!(reopened, "{number}"),
                Err(error) => assert!(!reopened && matches!(error, BookError::Signed(_)), "{number}: {error}"),
            }
        }
        if !reopened {
            assert_eq!(book.entries().unwrap(), entries);
            // The same file again is no change, and other months go on.
            book.export(plan(&file, "2026-01", 300), at(6)).unwrap();
            book.append(Some(month("2026-02")), vec![note("february")], at(6)).unwrap();
        }
    }
}

#[test]
fn a_first_export_that_adopts_a_state_is_whole_or_not_there() {
    survives(
        |_| {},
        |book| {
            let dir = book.dir().to_path_buf();
            let state = AdoptedState {
                openings: Openings::from([(scope("ai"), Opening::stated(Cents(5), Cents(5)))]),
                through: month("2025-12"),
                sha256: "ab".repeat(32),
            };
            let plan = ExportPlan { opening_from_state: Some(state), ..plan(&dir, "2026-01", 700) };
            book.export(plan, at(2)).map(|_| ())
        },
    );
}

#[test]
fn an_edit_of_a_file_agrees_with_the_journal() {
    let edit = |book: &mut Book| {
        let before = fs::read_to_string(book.dir().join("pricing.json")).unwrap();
        let after = before.replace("USD", "EUR");
        let action = Action::EditFile { file: ConfigFile::Pricing, before, after, summary: "in euros".into() };
        book.edit_file(Some(month("2026-01")), action, at(1)).map(|_| ())
    };
    let remember = |book: &mut Book| {
        let texts = Config::load(book.dir()).unwrap().texts;
        book.remember_config(&texts, at(0)).unwrap();
    };
    survives(remember, edit);
    // Taking a file away goes the same way.
    survives(remember, |book| {
        let before = fs::read_to_string(book.dir().join("pricing.json")).unwrap();
        let change = FileChange { file: ConfigFile::Pricing, before, after: String::new() };
        book.rewrite_file(None, change, vec![note("gone")], at(1)).map(|_| ())
    });
}

#[test]
fn an_interrupted_import_of_a_file_made_in_the_book_can_be_made_again() {
    for died_at in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("made.part");
        let import = |book: &mut Book| book.import_made(&made, "fetched.jsonl", Side::Bill, at(1));
        fs::write(&made, "{}\n").unwrap();
        let mut book = open(folder.path());
        book.faults = dying(died_at);
        assert!(import(&mut book).unwrap_err().is_killed());
        drop(book);
        let mut book = open(folder.path());
        assert!(book.inputs(Side::Bill).unwrap().is_empty());
        fs::write(&made, "{}\n").unwrap();
        let record = import(&mut book).unwrap().record;
        book.open_input(&record).unwrap();
        assert_eq!(fs::read_dir(folder.path().join(INPUTS)).unwrap().count(), 1, "died at {died_at}");
    }
}

fn some_bill(dir: &Path) -> NewInput {
    let file = dir.join("a.csv");
    fs::write(&file, "a,b\n").unwrap();
    bill(&file, true)
}

#[test]
fn an_interrupted_import_can_be_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let new = some_bill(dir.path());
    for died_at in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let mut book = open(folder.path());
        book.faults = dying(died_at);
        assert!(book.import(&new, at(1)).unwrap_err().is_killed());
        drop(book);
        let mut book = open(folder.path());
        assert!(book.inputs(Side::Bill).unwrap().is_empty() && book.entries().unwrap().is_empty());
        book.import(&new, at(2)).unwrap();
        let seen = Seen::of(folder.path(), &book);
        assert_eq!((seen.files.len(), seen.inputs.len(), seen.entries.len()), (1, 1, 1));
    }
}

#[test]
fn a_file_is_taken_out_and_what_was_written_with_it_out_of_date_in_one_step() {
    let dir = tempfile::tempdir().unwrap();
    let new = some_bill(dir.path());
    for (died_at, left, stale) in [(0, 1, 0), (1, 0, 1)] {
        let folder = tempfile::tempdir().unwrap();
        let mut book = open(folder.path());
        book.import(&new, at(1)).unwrap();
        book.append(Some(month("2026-01")), vec![note("decided")], at(1)).unwrap();
        written(&mut book);
        book.faults = dying(died_at);
        assert!(book.remove_input(1, "of another month", at(2)).unwrap_err().is_killed());
        drop(book);
        let book = open(folder.path());
        let found = (book.inputs(Side::Bill).unwrap().len(), book.stale_months().unwrap().len());
        assert_eq!(found, (left, stale), "died at {died_at}");
    }
}

#[test]
fn taking_a_file_out_or_bringing_it_back_is_done_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let new = some_bill(dir.path());
    let numbers = |book: &Book| book.inputs(Side::Bill).unwrap().iter().map(|record| record.added).collect::<Vec<_>>();
    for (died_at, left, entries) in [(0, vec![1], 1), (1, vec![], 2)] {
        let folder = tempfile::tempdir().unwrap();
        let mut book = open(folder.path());
        book.import(&new, at(1)).unwrap();
        book.faults = dying(died_at);
        assert!(book.remove_input(1, "of another month", at(2)).unwrap_err().is_killed());
        drop(book);
        let book = open(folder.path());
        assert_eq!((numbers(&book), book.entries().unwrap().len()), (left, entries), "died at {died_at}");
    }
    for died_at in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let mut book = open(folder.path());
        book.import(&new, at(1)).unwrap();
        book.remove_input(1, "of another month", at(2)).unwrap();
        book.faults = dying(died_at);
        assert!(book.import(&new, at(3)).unwrap_err().is_killed());
        drop(book);
        let mut book = open(folder.path());
        assert_eq!((numbers(&book), book.entries().unwrap().len()), (vec![], 2), "died at {died_at}");
        let record = book.import(&new, at(4)).unwrap().record;
        book.open_input(&record).unwrap();
        assert_eq!(numbers(&book), [2]);
        assert_eq!(fs::read_dir(folder.path().join(INPUTS)).unwrap().count(), 1, "died at {died_at}");
    }
}

/// Dies with the export decided and no file renamed.
fn decided(dir: &Path) {
    let mut book = open(dir);
    book.faults = dying(5);
    assert!(book.export(plan(dir, "2026-01", 300), at(1)).unwrap_err().is_killed());
    assert_eq!(book.entries().unwrap().len(), 1);
    assert!(!dir.join("openai-tokens_2026-01.csv").exists());
}

fn temps(dir: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    all.filter(|path| atomic::is_temp(&path.file_name().unwrap().to_owned())).collect()
}

#[test]
fn an_interrupted_export_is_finished_after_the_book_was_moved() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (dir.path().join("old"), dir.path().join("new"));
    fs::create_dir(&old).unwrap();
    decided(&old);
    fs::rename(&old, &new).unwrap();
    let looked = Book::open(&new, Access::Read).unwrap();
    assert!(looked.notices()[0].contains("was interrupted"), "{:?}", looked.notices());
    assert!(!new.join("openai-tokens_2026-01.csv").exists());
    let book = open(&new);
    assert!(book.notices().is_empty() && temps(&new).is_empty());
    assert_eq!(fs::read_to_string(new.join("openai-tokens_2026-01.csv")).unwrap(), "BilledCost\n3.00\n");
}

#[test]
fn an_export_that_cannot_be_finished_is_said_and_mended_by_the_next() {
    let dir = tempfile::tempdir().unwrap();
    decided(dir.path());
    // Something stands in the way of the file.
    let csv = dir.path().join("openai-tokens_2026-01.csv");
    fs::create_dir(&csv).unwrap();
    for _ in 0..2 {
        let book = open(dir.path());
        assert!(book.notices()[0].contains("openai-tokens_2026-01.csv"), "{:?}", book.notices());
        assert_eq!(temps(dir.path()).len(), 1);
    }
    fs::remove_dir(&csv).unwrap();
    let mut book = open(dir.path());
    assert!(book.notices().is_empty() && csv.is_file());
    book.export(plan(dir.path(), "2026-01", 300), at(2)).unwrap();
    assert_eq!(book.entries().unwrap().len(), 1);
    drop(book);

    let other = tempfile::tempdir().unwrap();
    decided(other.path());
    temps(other.path()).iter().for_each(|temp| fs::remove_file(temp).unwrap());
    let mut book = open(other.path());
    assert!(book.notices()[0].contains("is gone. Write it again."), "{:?}", book.notices());
    book.export(plan(other.path(), "2026-01", 300), at(2)).unwrap();
    drop(book);
    assert!(open(other.path()).notices().is_empty());
}

#[test]
fn an_edit_from_outside_after_a_crash_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("pricing.json"), "{}").unwrap();
    let mut book = open(dir.path());
    book.faults = dying(1);
    let change = FileChange { file: ConfigFile::Pricing, before: "{}".into(), after: "{\"currency\": \"USD\"}".into() };
    assert!(book.rewrite_file(None, change, vec![note("edit")], at(1)).unwrap_err().is_killed());
    drop(book);
    fs::write(dir.path().join("pricing.json"), "{\"theirs\": 1}").unwrap();
    let book = open(dir.path());
    assert!(book.entries().unwrap().is_empty() && temps(dir.path()).is_empty());
    assert_eq!(fs::read_to_string(dir.path().join("pricing.json")).unwrap(), "{\"theirs\": 1}");
}

#[test]
fn a_file_that_cannot_be_renamed_into_place_follows_later() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = open(dir.path());
    let csv = dir.path().join("openai-tokens_2026-01.csv");
    // Comes to stand in the way once the export has begun.
    let in_the_way = csv.clone();
    let content = Content::Writer(Box::new(move |out| {
        fs::create_dir(in_the_way)?;
        out.write_all(b"BilledCost\n3.00\n")
    }));
    let said = book.export(ExportPlan { csv: content, ..plan(dir.path(), "2026-01", 300) }, at(1)).unwrap_err();
    assert!(said.to_string().contains("is tried again when the book is opened next"), "{said}");
    drop(book);
    fs::remove_dir(&csv).unwrap();
    let book = open(dir.path());
    assert!(book.notices().is_empty(), "{:?}", book.notices());
    assert_eq!(fs::read_to_string(&csv).unwrap(), "BilledCost\n3.00\n");
    assert!(dir.path().join(STATE_FILE).is_file());
}
