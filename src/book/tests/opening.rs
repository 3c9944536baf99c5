//! Who may open what, and what is refused.

use rusqlite::Connection;

use super::*;

#[test]
fn a_second_process_is_refused_and_may_look() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = open(dir.path());
    let said = refusal(Book::open(dir.path(), Access::Write));
    assert!(said.contains(&who()) && said.contains("--read-only"), "{said}");
    first.append(None, vec![note("seen")], at(1)).unwrap();
    let mut second = Book::open(dir.path(), Access::Read).unwrap();
    assert_eq!(second.entries().unwrap().len(), 1);
    first.append(None, vec![note("too")], at(2)).unwrap();
    assert_eq!(second.entries().unwrap().len(), 2);
    let said = second.append(None, vec![note("no")], at(3)).unwrap_err().to_string();
    assert!(said.contains("--read-only") && said.contains("nothing in it can be changed"), "{said}");
    assert!(second.set_place("{}").is_err());
    drop(first);
    open(dir.path());
}

#[test]
fn looking_at_an_empty_folder_makes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let book = Book::open(dir.path(), Access::Read).unwrap();
    assert!(book.is_new().unwrap());
    assert!(book.entries().unwrap().is_empty() && book.inputs(Side::Bill).unwrap().is_empty());
    assert!(book.openings(month("2026-01")).unwrap().is_empty() && book.place().unwrap().is_none());
    book.verify_chain().unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    let said = refusal(Book::open(&dir.path().join("none"), Access::Read));
    assert!(said.contains("there is no folder") && said.contains("none"), "{said}");
}

#[test]
fn decisions_are_durable_and_the_journal_is_a_log() {
    let dir = tempfile::tempdir().unwrap();
    let book = Book::open_with(dir.path(), Access::Write, false, Faults::default()).unwrap();
    let pragma = |name: &str| {
        book.raw().query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, rusqlite::types::Value>(0)).unwrap()
    };
    assert_eq!(pragma("journal_mode"), "wal".to_string().into());
    assert_eq!(pragma("synchronous"), 2.into());
    assert_eq!(pragma("page_size"), 16_384.into());
    assert_eq!(pragma("foreign_keys"), 1.into());
}

#[test]
fn on_a_network_the_book_keeps_no_log_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let book = Book::open_with(dir.path(), Access::Write, true, Faults::default()).unwrap();
    let mode: String = book.raw().query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "delete");
    assert!(book.notices()[0].contains("network file system"), "{:?}", book.notices());
    drop(book);
    // Back on a disk it goes back to the log.
    let book = Book::open_with(dir.path(), Access::Write, false, Faults::default()).unwrap();
    let mode: String = book.raw().query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
}

#[test]
fn what_is_no_book_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(DATABASE);
    type Case<'a> = (&'a str, Box<dyn Fn() + 'a>);
    let cases: [Case; 4] = [
        ("is damaged", Box::new(|| fs::write(&file, "this is a text file, not a database at all").unwrap())),
        (
            "of another program",
            Box::new(|| {
                Connection::open(&file).unwrap().execute_batch("CREATE TABLE theirs(a)").unwrap();
            }),
        ),
        (
            "newer version",
            Box::new(|| {
                drop(open(dir.path()));
                Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
            }),
        ),
        (
            "is damaged",
            Box::new(|| {
                let mut book = open(dir.path());
                let actions = (0..200).map(|n| note(&format!("{n}").repeat(100))).collect();
                book.append(None, actions, at(1)).unwrap();
                drop(book);
                let mut bytes = fs::read(&file).unwrap();
                let end = bytes.len();
                bytes[5_000..end - 5_000].fill(0x5a);
                fs::write(&file, bytes).unwrap();
            }),
        ),
    ];
    for (why, make) in &cases {
        let _ = fs::remove_file(&file);
        make();
        let before = fs::read(&file).unwrap();
        for access in [Access::Read, Access::Write] {
            let said = refusal(Book::open(dir.path(), access));
            assert!(said.contains(why) && said.contains("trueup.db"), "{access:?}: {said}");
        }
        assert!(fs::read(&file).unwrap() == before, "{why}: the file was changed");
    }
    // A database that was made and never filled is a new book.
    fs::write(&file, "").unwrap();
    assert!(Book::open(dir.path(), Access::Read).unwrap().is_new().unwrap());
    open(dir.path()).append(None, vec![note("first")], at(1)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_book_on_a_read_only_disk_can_be_looked_at() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("odd name?#%");
    fs::create_dir(&folder).unwrap();
    open(&folder).append(None, vec![note("kept")], at(1)).unwrap();
    let allow = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    allow(0o555);
    // Root writes anyway; then this only shows that looking works.
    let entries = Book::open(&folder, Access::Read).and_then(|book| book.entries());
    allow(0o755);
    assert_eq!(entries.unwrap().len(), 1);
}

#[test]
fn the_place_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = open(dir.path());
    book.set_place("{\"screen\": 1}").unwrap();
    book.set_place("{\"screen\": 2}").unwrap();
    drop(book);
    let book = open(dir.path());
    assert_eq!(book.place().unwrap().as_deref(), Some("{\"screen\": 2}"));
    assert!(book.entries().unwrap().is_empty());
}

#[test]
fn a_book_can_move_to_its_writer_thread() {
    fn movable<T: Send>(_: &T) {}
    let dir = tempfile::tempdir().unwrap();
    movable(&open(dir.path()));
}
