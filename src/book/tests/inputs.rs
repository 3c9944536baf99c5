//! Inputs taken in once, found again, and never read when changed.

use std::fs::File;
use std::io::Read;
use std::time::UNIX_EPOCH;

use super::*;
use crate::calendar::Day;

/// A book, and a bill beside it.
fn setting() -> (tempfile::TempDir, Book, PathBuf) {
    let (dir, book) = book_in_folder();
    let file = dir.path().join("january.csv");
    fs::write(&file, "date,credits\n2026-01-05,1\n").unwrap();
    (dir, book, file)
}

#[test]
fn importing_twice_equals_once() {
    let (dir, mut book, file) = setting();
    let first = book.import(&bill(&file, true), at(1)).unwrap();
    assert!(first.entry.is_some());
    // Under another name it is still the same content.
    let renamed = dir.path().join("again.csv");
    fs::copy(&file, &renamed).unwrap();
    let second = book.import(&bill(&renamed, true), at(2)).unwrap();
    assert_eq!(second, Imported { record: first.record.clone(), entry: None });
    assert_eq!(fs::read_dir(book.dir().join(INPUTS)).unwrap().count(), 1);
    assert_eq!(book.inputs(Side::Bill).unwrap().len(), 1);
    assert_eq!(book.entries().unwrap().len(), 1);
    // On the other side it is another input.
    let ledger = NewInput { side: Side::Ledger, ..bill(&file, true) };
    let third = book.import(&ledger, at(3)).unwrap().record;
    assert_eq!((third.added, &third.stored), (2, &first.record.stored));
}

#[test]
fn what_is_said_anew_about_an_input_is_kept_and_journaled() {
    let (_dir, mut book, file) = setting();
    book.import(&bill(&file, false), at(1)).unwrap();
    let forced = NewInput { format: Some("credit-report".into()), append: true, ..bill(&file, true) };
    let again = book.import(&forced, at(2)).unwrap();
    assert!(again.entry.is_some());
    let [record] = book.inputs(Side::Bill).unwrap().try_into().unwrap();
    assert_eq!(record, again.record);
    assert_eq!((record.linked, record.append, record.format.as_deref()), (false, true, Some("credit-report")));
    // A plain import of the same file takes none of it back.
    assert_eq!(book.import(&bill(&file, false), at(3)).unwrap(), Imported { record, entry: None });
}

#[test]
fn a_copy_outlives_its_original_and_is_checked() {
    let (_dir, mut book, file) = setting();
    let record = book.import(&bill(&file, true), at(1)).unwrap().record;
    fs::remove_file(&file).unwrap();
    let mut text = String::new();
    book.open_input(&record).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "date,credits\n2026-01-05,1\n");
    assert_eq!(record.stored.parent(), Some(book.dir().join(INPUTS).as_path()));
    let name = record.stored.file_name().unwrap().to_str().unwrap();
    assert_eq!(name, format!("{}-january.csv", &record.sha256[..16]));

    fs::write(&record.stored, "date,credits\n2026-01-05,2\n").unwrap();
    let refusal = book.open_input(&record).unwrap_err().to_string();
    assert!(refusal.contains("was changed since it was imported"), "{refusal}");
    fs::remove_file(&record.stored).unwrap();
    let refusal = book.open_input(&record).unwrap_err().to_string();
    assert!(refusal.contains("is gone; put it back from a backup"), "{refusal}");
    // Importing the original again mends it.
    fs::write(&file, "date,credits\n2026-01-05,1\n").unwrap();
    let record = book.import(&bill(&file, true), at(2)).unwrap().record;
    book.open_input(&record).unwrap();
}

#[test]
fn a_file_made_in_the_book_is_moved_and_not_copied() {
    let (_dir, mut book, _file) = setting();
    let made = book.dir().join("made.part");
    fs::write(&made, "one").unwrap();
    let record = book.import_made(&made, "fetched.jsonl", Side::Bill, at(1)).unwrap().record;
    assert!(!made.exists() && record.stored.is_file());
    assert_eq!(book.dir().join(&record.path), record.stored, "it can be found where it is said to be");
    let name = record.stored.file_name().unwrap().to_str().unwrap();
    assert_eq!(name, format!("{}-fetched.jsonl", &record.sha256[..16]));
    book.open_input(&record).unwrap();

    fs::write(&made, "one").unwrap();
    let second = book.import_made(&made, "fetched.jsonl", Side::Bill, at(2)).unwrap();
    assert_eq!(second, Imported { record, entry: None });
    assert!(!made.exists());
    fs::write(&made, "another").unwrap();
    book.import_made(&made, "fetched.jsonl", Side::Bill, at(3)).unwrap();
    assert_eq!(book.inputs(Side::Bill).unwrap().len(), 2);
    assert_eq!(book.entries().unwrap().len(), 2);
}

#[test]
fn a_link_that_was_touched_but_not_changed_still_opens() {
    let (_dir, mut book, file) = setting();
    let record = book.import(&bill(&file, false), at(1)).unwrap().record;
    assert!(record.linked);
    File::options().write(true).open(&file).unwrap().set_modified(UNIX_EPOCH).unwrap();
    let mut text = String::new();
    book.open_input(&record).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "date,credits\n2026-01-05,1\n");
    fs::write(&file, "date,credits\n2026-01-06,1\n").unwrap();
    assert!(book.open_input(&record).unwrap_err().to_string().contains("import it again"));
}

#[test]
fn folders_and_missing_files_are_refused_by_name() {
    let (dir, mut book, file) = setting();
    let refusal = book.import(&bill(dir.path(), true), at(1)).unwrap_err().to_string();
    assert!(refusal.ends_with("is a folder; name the files in it"), "{refusal}");
    let missing = file.with_file_name("february.csv");
    let refusal = book.import(&bill(&missing, true), at(1)).unwrap_err().to_string();
    assert!(refusal.contains("february.csv could not be read: there is no such file"), "{refusal}");
    assert!(book.entries().unwrap().is_empty());
}

#[test]
fn a_moved_book_finds_its_copies() {
    let (dir, mut book, file) = setting();
    book.import(&bill(&file, true), at(1)).unwrap();
    book.set_input_days(1, Day::from_number(20_458), Day::from_number(20_488)).unwrap();
    drop(book);
    let moved = dir.path().join("moved");
    fs::rename(dir.path().join("book"), &moved).unwrap();
    let book = Book::open(&moved, Access::Read).unwrap();
    let [record] = book.inputs(Side::Bill).unwrap().try_into().unwrap();
    book.open_input(&record).unwrap();
    assert_eq!(record.days, Some((Day::from_number(20_458), Day::from_number(20_488))));
}

#[test]
fn files_taken_in_together_are_as_one_after_the_other() {
    let (dir, mut book, file) = setting();
    let other = dir.path().join("ledger.csv");
    fs::write(&other, "date,credits\n2026-01-06,2\n").unwrap();
    let ledger = |copy| NewInput { side: Side::Ledger, ..bill(&other, copy) };
    let taken = std::sync::atomic::AtomicU64::new(0);
    let took = |bytes| {
        taken.fetch_add(bytes, std::sync::atomic::Ordering::Relaxed);
    };
    let waiting = Waiting { took: &took, cancelled: &|| false };
    book.import_all(&[bill(&file, false), ledger(true), bill(&file, false)], waiting, at(1)).unwrap();
    let together: Vec<_> = [Side::Bill, Side::Ledger].map(|side| book.inputs(side).unwrap()).concat();
    let (_dir, mut one, _) = setting();
    one.import(&bill(&file, false), at(1)).unwrap();
    one.import(&ledger(true), at(1)).unwrap();
    let apart = [Side::Bill, Side::Ledger].map(|side| one.inputs(side).unwrap()).concat();
    let shown = |records: Vec<InputRecord>| -> Vec<_> {
        records.into_iter().map(|r| (r.added, r.side, r.path, r.linked, r.sha256, r.bytes)).collect()
    };
    assert_eq!(shown(together), shown(apart));
    assert_eq!((book.entries().unwrap().len(), taken.into_inner()), (2, 78));
}

#[test]
fn taking_in_that_is_cancelled_leaves_nothing_behind() {
    for copy in [true, false] {
        let (_dir, mut book, file) = setting();
        let waiting = Waiting { took: &|_| {}, cancelled: &|| true };
        let why = book.import_all(&[bill(&file, copy)], waiting, at(1)).unwrap_err().to_string();
        assert!(why.contains("january.csv"), "{why}");
        assert_eq!((book.inputs(Side::Bill).unwrap(), book.entries().unwrap().len()), (vec![], 0));
        let left = fs::read_dir(book.dir().join(INPUTS)).map_or(0, Iterator::count);
        assert_eq!(left, 0);
    }
}
