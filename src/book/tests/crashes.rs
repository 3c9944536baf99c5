//! Killed behind every step, the book opens as before or as after.

use super::*;

fn dying(left: u32) -> Faults {
    Faults { left: Some(left), taken: 0 }
}

/// Does `act` and dies behind every step of it, then dies again behind
/// every step of the recovery: what is seen is as before or as after.
fn survives(set_up: impl Fn(&mut Book), act: impl Fn(&mut Book) -> Result<(), BookError>) {
    let fresh = || {
        let dir = tempfile::tempdir().unwrap();
        init(dir.path()).unwrap();
        let mut book = open(dir.path());
        set_up(&mut book);
        book.faults = Faults::default();
        (dir, book)
    };
    // Paths hold the folder's name, so what is seen is told without it.
    let seen = |dir: &Path, book: &Book| format!("{:?}", Seen::of(dir, book)).replace(dir.to_str().unwrap(), "");
    let (dir, mut book) = fresh();
    let before = seen(dir.path(), &book);
    act(&mut book).unwrap();
    let after = seen(dir.path(), &book);
    assert_ne!(before, after);
    let mut ends = BTreeMap::new();
    let steps = book.faults.taken;
    assert!(steps > 2, "the steps are not counted");
    for died_at in 0..steps {
        for died_again in 0.. {
            let (dir, mut book) = fresh();
            book.faults = dying(died_at);
            assert!(act(&mut book).unwrap_err().is_killed());
            drop(book);
            let again = Book::open_with(dir.path(), Access::Write, false, dying(died_again));
            let recovered = again.is_ok();
            drop(again);
            let book = open(dir.path());
            let now = seen(dir.path(), &book);
            assert!(
                now == before || now == after,
                "died behind step {died_at}, then {died_again}: {now}\n{before}\n{after}"
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
        let after = before.replace("1000", "900");
        let action = Action::EditFile { file: ConfigFile::Pricing, before, after, summary: "a cheaper pool".into() };
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

#[test]
fn an_interrupted_import_can_be_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.csv");
    fs::write(&file, "a,b\n").unwrap();
    let new = NewInput { path: file, side: Side::Bill, format: None, append: false, copy: true };
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

/// Dies with the export decided and no file renamed.
fn decided(dir: &Path) {
    let mut book = open(dir);
    book.faults = dying(4);
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
