//! What counts as done is on the disk, and not only in its cache.

use super::crashes::dying;
use super::*;

/// Does `act` and dies behind every step of it, then behind every step of the
/// recovery: a change that counts and of which nothing is under way any more
/// is on the disk by then, whatever the power does.
fn lasts(set_up: impl Fn(&mut Book), act: impl Fn(&mut Book) -> Result<(), BookError>) {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().canonicalize().unwrap().join("book");
    let under_way = |dir: &Path| {
        let db = rusqlite::Connection::open(dir.join(DATABASE)).unwrap();
        let count = |of: &str| db.query_row(&format!("SELECT count(*) FROM {of}"), [], |row| row.get::<_, i64>(0));
        (count("intents").unwrap() > 0, count("journal").unwrap())
    };
    let mut recoveries = 0;
    for died_at in 0.. {
        let mut died = false;
        for died_again in 0.. {
            let _ = fs::remove_dir_all(&dir);
            init(&dir).unwrap();
            let mut book = open(&dir);
            set_up(&mut book);
            let (_, entries) = under_way(&dir);
            book.faults = dying(died_at);
            died = act(&mut book).is_err_and(|error| error.is_killed());
            drop(book);
            if !died || !under_way(&dir).0 {
                break;
            }
            fault::DURABLE.take();
            let recovered = Book::open_with(&dir, Access::Write, false, dying(died_again)).is_ok();
            let (unfinished, now) = under_way(&dir);
            if !unfinished && now > entries {
                recoveries += 1;
                let durable = fault::DURABLE.take();
                assert!(durable.contains(&dir), "died behind step {died_at}, then {died_again}: {durable:?}");
            }
            if recovered {
                break;
            }
        }
        if !died {
            break;
        }
    }
    assert!(recoveries > 0, "nothing was ever completed at opening");
}

#[test]
fn what_is_found_in_place_after_a_crash_is_durable_before_it_counts_as_done() {
    lasts(
        |_| {},
        |book| {
            let dir = book.dir().to_path_buf();
            book.export(plan(&dir, "2026-01", 700), at(2)).map(|_| ())
        },
    );
    lasts(
        |_| {},
        |book| {
            let before = fs::read_to_string(book.dir().join("pricing.json")).unwrap();
            let change = FileChange { file: ConfigFile::Pricing, after: before.replace("USD", "EUR"), before };
            book.rewrite_file(None, change, vec![note("in euros")], at(1)).map(|_| ())
        },
    );
    lasts(
        |book| {
            let path = book.dir().join("ledger.reconciled.csv");
            book.apply_file(month("2026-01"), &path, b"id\n1\n", at(3)).unwrap();
        },
        |book| {
            let entry = book.entries().unwrap().pop().unwrap();
            book.remove_applied(&entry, at(4)).map(|_| ())
        },
    );
}
