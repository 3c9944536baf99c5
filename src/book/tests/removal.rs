//! Files taken out of the reading, and brought back.

use super::*;
use crate::calendar::Day;

/// A book with two bills, `1` and `2`.
fn setting() -> (tempfile::TempDir, Book, PathBuf) {
    let (dir, mut book) = book_in_folder();
    for name in ["january.csv", "mistake.csv"] {
        let file = dir.path().join(name);
        fs::write(&file, format!("{name}\n")).unwrap();
        book.import(&bill(&file, true), at(1)).unwrap();
    }
    let mistake = dir.path().join("mistake.csv");
    (dir, book, mistake)
}

fn numbers(book: &Book) -> Vec<u32> {
    book.known_inputs().unwrap().inputs.iter().map(|input| input.record.added).collect()
}

#[test]
fn a_file_that_was_taken_out_is_read_no_more_and_its_bytes_stay() {
    let (_dir, mut book, _) = setting();
    let before = book.inputs(Side::Bill).unwrap().pop().unwrap();
    let entry = book.remove_input(2, " of another workspace ", at(2)).unwrap();
    let Action::RemoveInput { side, sha256, why, .. } = &entry.action else { panic!("{entry:?}") };
    assert_eq!((side.as_str(), sha256, why.as_str()), ("bill", &before.sha256, "of another workspace"));
    assert_eq!((numbers(&book), book.inputs(Side::Bill).unwrap().len()), (vec![1], 1));
    // A version signed on it would be checked against these.
    assert_eq!(book.stored_input("bill", &before.sha256).unwrap(), Some(before.stored.clone()));
    assert!(before.stored.exists());
    book.verify_chain().unwrap();

    let refused = book.remove_input(2, "again", at(3)).unwrap_err().to_string();
    assert!(refused.contains("mistake.csv) was taken out already, by entry 3"), "{refused}");
    let refused = book.remove_input(7, "x", at(3)).unwrap_err().to_string();
    assert!(refused.contains("has no input 7"), "{refused}");
    let refused = book.remove_input(1, " ", at(3)).unwrap_err().to_string();
    assert!(refused.contains("say why input 1"), "{refused}");
    assert_eq!(book.entries().unwrap().len(), 3);
}

#[test]
fn a_file_that_is_given_again_comes_back_as_added_now() {
    let (_dir, mut book, mistake) = setting();
    let said = NewInput { format: Some("credit-report".into()), append: true, ..bill(&mistake, true) };
    book.import(&said, at(1)).unwrap();
    let before = book.known_inputs().unwrap().inputs.pop().unwrap();
    book.remove_input(2, "wrong format", at(2)).unwrap();
    // A link to it: the copy is still there, and safer.
    let back = book.import(&bill(&mistake, false), at(5)).unwrap();
    assert!(back.entry.is_some());
    assert_eq!((back.record.added, back.record.linked, &back.record.stored), (3, false, &before.record.stored));
    assert_eq!((back.record.format.clone(), back.record.append), (None, false), "what was said then went with it");
    assert_eq!(numbers(&book), [1, 3]);
    book.open_input(&back.record).unwrap();
    let known = book.known_inputs().unwrap().inputs.pop().unwrap().taken_in.unwrap();
    assert_eq!((known.seq, known.at), (back.entry.unwrap().seq, at(5)));
    // And once more equals once.
    assert_eq!(book.import(&bill(&mistake, true), at(6)).unwrap().entry, None);
    assert!(book.remove_input(2, "x", at(7)).unwrap_err().to_string().contains("has no input 2"));
}

#[test]
fn the_same_content_on_the_other_side_stays() {
    let (_dir, mut book, mistake) = setting();
    book.import(&NewInput { side: Side::Ledger, ..bill(&mistake, true) }, at(1)).unwrap();
    book.remove_input(2, "it is the ledger", at(2)).unwrap();
    let [ledger] = book.inputs(Side::Ledger).unwrap().try_into().unwrap();
    book.open_input(&ledger).unwrap();
    assert_eq!(numbers(&book), [1, 3]);
}

/// By hand, where somebody tidied the folder up: the file that is given is all
/// there is then.
#[test]
fn a_copy_that_is_gone_or_another_is_no_reason_to_pass_over_the_file_that_is_given() {
    for (changed, removed) in [(false, true), (true, true), (false, false), (true, false)] {
        let (_dir, mut book, mistake) = setting();
        let copy = book.inputs(Side::Bill).unwrap().pop().unwrap().stored;
        match changed {
            true => fs::write(&copy, "mistake.CSV\n").unwrap(),
            false => fs::remove_file(&copy).unwrap(),
        }
        if removed {
            book.remove_input(2, "its copy is gone", at(2)).unwrap();
        }
        let back = book.import(&bill(&mistake, false), at(5)).unwrap();
        assert!(back.entry.is_some() && back.record.linked, "{changed} {removed}");
        assert_eq!(back.record.stored, std::path::absolute(&mistake).unwrap());
        let [_, read] = book.inputs(Side::Bill).unwrap().try_into().unwrap();
        assert_eq!(read, back.record);
        book.open_input(&read).unwrap();
    }
}

#[test]
fn months_written_since_a_file_came_are_named_from_its_first_day_on() {
    let (_dir, mut book, _) = setting();
    for (seq, month) in [(1, "2025-12"), (2, "2026-01"), (2, "2026-03")] {
        let sql = "INSERT INTO exports(seq, month, profile, path, sha256, rows, total_cents) VALUES(?1, ?2, 'p', 'f', '', 0, 0)";
        let seq = book.append(None, vec![Action::Redo { seq }], at(1)).unwrap().pop().unwrap().seq as i64;
        book.raw().execute(sql, rusqlite::params![seq, month]).unwrap();
        book.append(Some(month.parse().unwrap()), vec![note("looked at")], at(1)).unwrap();
    }
    let written = |book: &Book| {
        let months = book.removable_input(2).unwrap().written;
        months.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(written(&book), ["2025-12", "2026-01", "2026-03"], "all, while its days are not known");
    let day = |text| Day::parse(text).unwrap();
    book.set_input_days(2, day("2026-02-01"), day("2026-02-03")).unwrap();
    assert_eq!(written(&book), ["2026-03"]);
}

#[test]
fn a_month_written_with_a_file_is_out_of_date_once_it_is_taken_out_until_it_is_written_again() {
    let (_dir, mut book, mistake) = setting();
    let folder = book.dir().to_owned();
    let day = |text| Day::parse(text).unwrap();
    book.set_input_days(2, day("2026-01-05"), day("2026-01-07")).unwrap();
    for of in ["2025-12", "2026-01", "2026-02"] {
        book.append(Some(month(of)), vec![note("decided")], at(2)).unwrap();
        book.export(plan(&folder, of, 300), at(2)).unwrap();
    }
    // Nothing was decided of it here: it was written from files of elsewhere.
    book.export(plan(&folder, "2026-04", 300), at(2)).unwrap();
    let here = ["2025-12", "2026-01", "2026-02"].map(month);
    assert_eq!(book.written_here().unwrap(), here);
    let kept = book.set_input_days(1, day("2026-03-01"), day("2026-03-01"));
    kept.and_then(|()| book.remove_input(1, "of nothing written", at(3))).unwrap();
    assert_eq!(book.stale_months().unwrap(), []);
    book.remove_input(2, "not ours", at(4)).unwrap();
    let (january, february) = (month("2026-01"), month("2026-02"));
    let out = Stale::FileTakenOut;
    assert_eq!(book.stale_months().unwrap(), [(january, out), (february, out)]);
    let others = book.other_months(february).unwrap();
    assert_eq!((others.stale, others.own_stale), (vec![(january, out)], Some(out)));

    // Given again, what was written may still be other than what it comes to.
    book.import(&bill(&mistake, true), at(5)).unwrap();
    assert_eq!(book.stale_months().unwrap().len(), 2);
    book.export(plan(&folder, "2026-01", 0), at(6)).unwrap();
    let since = Stale::Since(january);
    assert_eq!(book.stale_months().unwrap(), [(february, since), (month("2026-04"), since)]);
    for of in ["2026-02", "2026-04"] {
        book.export(plan(&folder, of, 300), at(7)).unwrap();
    }
    assert_eq!(book.stale_months().unwrap(), []);
}

#[test]
fn a_book_that_is_only_looked_at_gives_nothing_up() {
    let (_dir, book, _) = setting();
    let folder = book.dir().to_owned();
    drop(book);
    let mut book = Book::open(&folder, Access::Read).unwrap();
    assert!(book.removable_input(2).is_ok());
    assert!(matches!(book.remove_input(2, "x", at(2)), Err(BookError::ReadOnly(_))));
    assert_eq!(numbers(&book), [1, 2]);
}
