//! Files of a book listed and taken out, also where one cannot be read; and
//! what was signed stays as it is.

mod support;

use std::fs;
use std::path::Path;

use support::Terminal;
use support::credits::{report, row};
use support::signing::{book, open, sign};
use trueup::book::{Access, Book, NewInput, now};
use trueup::usage::Side;

/// The program with these arguments: its exit code and what it printed.
fn trueup(dir: &Path, args: &[&str]) -> (i32, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_trueup")).current_dir(dir).args(args).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

fn json(dir: &Path) -> Vec<serde_json::Value> {
    let (code, said) = trueup(dir, &["inputs", "--format", "json"]);
    assert_eq!(code, 0, "{said}");
    let value: serde_json::Value = serde_json::from_str(&said).unwrap();
    value["inputs"].as_array().unwrap().clone()
}

#[test]
fn a_file_that_cannot_be_read_is_listed_and_taken_out() {
    let dir = book("");
    drop(open(dir.path(), &["bill.csv"], &["ledger.csv"], None));
    let (_, healthy) = trueup(dir.path(), &["reconcile"]);
    let wrong = dir.path().join("wrong.csv");
    fs::write(&wrong, "no,known,format\n1,2,3\n").unwrap();
    let new = NewInput { path: wrong, side: Side::Bill, format: None, append: false, copy: true };
    Book::open(dir.path(), Access::Write).unwrap().import(&new, now()).unwrap();

    let (code, said) = trueup(dir.path(), &["reconcile"]);
    assert!(code == 2 && said.contains("trueup inputs remove 3 --why TEXT"), "{said}");
    let (code, said) = trueup(dir.path(), &["inputs"]);
    assert!(
        code == 0 && said.contains("wrong.csv") && said.contains("2026-01-05") && said.contains("3 files,"),
        "{said}"
    );
    let listed = json(dir.path());
    assert_eq!(listed.len(), 3);
    assert_eq!((&listed[0]["number"], &listed[0]["from"]), (&1.into(), &"2026-01-05".into()));
    assert!(listed[2]["from"].is_null() && listed[2]["taken_in"]["who"].is_string(), "{listed:?}");
    let (code, said) = trueup(dir.path(), &["inputs", "--format", "csv"]);
    assert!(code == 0 && said.lines().count() == 4 && said.starts_with("number,side,file,sha256,"), "{said}");

    let (code, said) = trueup(dir.path(), &["inputs", "remove", "3", "--why", "of elsewhere", "--dry-run"]);
    assert!(code == 0 && said.contains("Take input 3 out") && said.contains("Nothing was changed."), "{said}");
    let (code, said) = trueup(dir.path(), &["inputs", "remove", "3", "--why", "of elsewhere"]);
    assert!(code == 2 && said.contains("--yes"), "{said}");
    let (code, said) = trueup(dir.path(), &["inputs", "remove", "3", "--why", "  ", "--yes"]);
    assert!(code == 2 && said.contains("say why"), "{said}");
    assert_eq!(json(dir.path()).len(), 3);
    let (code, said) = trueup(dir.path(), &["inputs", "remove", "3", "--why", "of elsewhere", "--yes"]);
    assert!(code == 0 && said.contains("Done; entry"), "{said}");
    assert_eq!(json(dir.path()).len(), 2);
    assert_eq!(trueup(dir.path(), &["reconcile"]).1, healthy);
    let (_, said) = trueup(dir.path(), &["journal", "--filter", "kind:remove-input"]);
    assert!(said.contains("take out bill: wrong.csv: of elsewhere"), "{said}");
}

#[test]
fn a_copy_that_is_gone_does_not_keep_its_file_from_being_taken_out() {
    let dir = book("");
    drop(open(dir.path(), &["bill.csv"], &["ledger.csv"], None));
    for file in fs::read_dir(dir.path().join("inputs")).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    let (code, said) = trueup(dir.path(), &["reconcile"]);
    assert!(code == 2 && said.contains("this input is gone") && said.contains("trueup inputs remove 1"), "{said}");
    let (code, said) = trueup(dir.path(), &["inputs", "remove", "1", "--why", "lost", "--yes"]);
    assert!(code == 0, "{said}");
    let (code, said) = trueup(dir.path(), &["reconcile"]);
    assert!(code == 2 && said.contains("trueup inputs remove 2"), "{said}");
}

#[test]
fn a_signed_month_keeps_its_files_until_it_is_reopened_and_verifies_without_them() {
    let dir = book("");
    let (session, mut desk) = open(dir.path(), &["bill.csv"], &["ledger.csv"], None);
    sign(&session, &mut desk);
    drop((session, desk));
    // What came later rests on nothing.
    fs::write(
        dir.path().join("late.csv"),
        fs::read_to_string(dir.path().join("bill.csv")).unwrap().replace("0.25", "0.75"),
    )
    .unwrap();
    drop(open(dir.path(), &["late.csv"], &[], Some("2026-01")));
    let listed = json(dir.path());
    let signed: Vec<usize> = listed.iter().map(|input| input["signed"].as_array().unwrap().len()).collect();
    assert_eq!(signed, [1, 1, 0], "{listed:?}");
    let (code, said) = trueup(dir.path(), &["inputs", "remove", "3", "--why", "a mistake", "--yes"]);
    assert!(code == 0, "{said}");

    let journal = |dir: &Path| trueup(dir, &["journal"]).1;
    let before = journal(dir.path());
    let (code, said) = trueup(dir.path(), &["inputs", "remove", "1", "--why", "a mistake", "--yes"]);
    assert!(code == 2 && said.contains("2026-01 (version 1, by "), "{said}");
    assert!(said.contains("trueup reopen --month 2026-01 --why TEXT"), "{said}");
    assert_eq!((json(dir.path()).len(), journal(dir.path())), (2, before));

    // A version that cannot be read may rest on anything.
    let (pack, aside) = (dir.path().join("signed/2026-01-v1.tar"), dir.path().join("aside.tar"));
    fs::rename(&pack, &aside).unwrap();
    let (code, said) = trueup(dir.path(), &["inputs"]);
    assert!(code == 0 && said.contains("What 2026-01, which is signed, rests on cannot be told"), "{said}");
    let (code, said) = trueup(dir.path(), &["inputs", "remove", "1", "--why", "a mistake", "--yes"]);
    assert!(code == 2 && said.contains("it cannot be told whether 2026-01"), "{said}");
    fs::rename(&aside, &pack).unwrap();

    let (code, said) = trueup(dir.path(), &["reopen", "--month", "2026-01", "--why", "wrong bill", "--yes"]);
    assert!(code == 0, "{said}");
    let (code, said) = trueup(dir.path(), &["inputs", "remove", "1", "--why", "wrong bill", "--yes"]);
    assert!(code == 0 && said.contains("write 2026-01 again"), "{said}");
    let (code, said) = trueup(dir.path(), &["verify"]);
    assert!(code == 0, "version 1 still stands: {said}");
    let (_session, desk) = open(dir.path(), &[], &[], Some("2026-01"));
    assert_eq!(desk.inputs().bill.lines.len(), 0);
    drop((_session, desk));

    // Given again, all that was decided about its rows is in force as before.
    let (session, desk) = open(dir.path(), &["bill.csv"], &[], Some("2026-01"));
    assert_eq!((0..desk.items()).filter(|item| desk.is_open(*item)).count(), 0);
    drop((session, desk));
    let (code, said) = trueup(dir.path(), &["close", "--month", "2026-01", "--sign", "--yes"]);
    assert!(code == 0, "{said}");
    let (code, said) = trueup(dir.path(), &["verify"]);
    assert!(code == 0, "{said}");
}

/// Nothing else of the month is left, and what it drew must not stay drawn.
#[test]
fn a_month_that_was_written_is_withdrawn_once_its_only_file_is_taken_out() {
    let dir = book("");
    let march = fs::read_to_string(dir.path().join("bill.csv")).unwrap();
    let march = march.lines().filter(|line| !line.contains("2026-02")).map(|line| line.replace("2026-01", "2026-03"));
    let march: Vec<String> = march.map(|line| line.replacen('r', "m", usize::from(!line.starts_with("req")))).collect();
    fs::write(dir.path().join("march.csv"), march.join("\n") + "\n").unwrap();
    let (session, mut desk) = open(dir.path(), &["bill.csv", "march.csv"], &["ledger.csv"], Some("2026-03"));
    support::signing::settle(&session, &mut desk);
    support::signing::give(&session, &mut desk, &trueup::desk::Command::Export { target: None }).unwrap();
    drop((session, desk));
    let drawn = |dir: &Path| {
        let (code, said) = trueup(dir, &["export", "--month", "2026-03", "--dry-run"]);
        assert!(code == 0, "{said}");
        let book = Book::open(dir, Access::Read).unwrap();
        let sums = book.openings("2026-04".parse().unwrap()).unwrap();
        format!("{sums:?}")
    };
    let none = |dir: &Path| {
        format!("{:?}", Book::open(dir, Access::Read).unwrap().openings("2026-01".parse().unwrap()).unwrap())
    };
    assert!(drawn(dir.path()) != none(dir.path()), "March draws nothing");
    let (code, said) = trueup(dir.path(), &["inputs", "remove", "2", "--why", "not ours", "--yes"]);
    assert!(code == 0 && said.contains("write 2026-03 again"), "{said}");
    let (code, said) = trueup(dir.path(), &["export", "--month", "2026-03", "--yes"]);
    assert!(code == 0 && said.contains("withdrawn"), "{said}");
    let after = drawn(dir.path());
    assert_eq!(after, none(dir.path()), "nothing stays drawn");
}

/// A folder with a report of 300 dollars for each of two months, and a sponsor
/// with 500 for both.
fn two_months() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for month in ["01", "02"] {
        let rows = ["05", "06", "07"].map(|day| row(&format!("2026-{month}-{day}"), "a@x.edu", "codex", "1000", "10"));
        report(dir.path(), &format!("r{month}.csv"), &rows);
    }
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write(
        "projects.json",
        r#"{"projects": [{"project_id": "one", "pi_email": "p@x.edu", "fund_org": "F", "users": [{"email": "a@x.edu"}]}]}"#,
    );
    write(
        "pricing.json",
        r#"{"credit_pools": [{"pool_id": "edu", "credits_purchased": 100000, "purchase_amount": 10000}]}"#,
    );
    write(
        "subsidies.json",
        r#"{"subsidies": [{"name": "prov", "description": "d", "fund_org": "PROV", "type": "per_project_cap",
            "cap_amount": 500, "period": "fiscal_year", "fiscal_year_start": "07-01", "applies_to_services": ["OpenAI"],
            "enabled": true}]}"#,
    );
    dir
}

/// Takes in a report, and writes its month where that is asked.
fn settled(dir: &Path, report: &str, month: &str, write: bool) {
    let (session, mut desk) = open(dir, &[report], &[], Some(month));
    support::signing::settle(&session, &mut desk);
    if write {
        support::signing::give(&session, &mut desk, &trueup::desk::Command::Export { target: None }).unwrap();
    }
}

/// What the sponsor paid for both months, as other tools are told.
fn sponsored(dir: &Path) -> String {
    let text = fs::read_to_string(dir.join("subsidy_state.json")).unwrap();
    let state: serde_json::Value = serde_json::from_str(&text).unwrap();
    state["projects"]["one"]["FY2026"]["prov"]["subsidized"].to_string()
}

#[test]
fn no_month_goes_on_from_one_whose_file_was_taken_out_until_that_is_written_again() {
    for written_before in [false, true] {
        let dir = two_months();
        let dir = dir.path();
        settled(dir, "r01.csv", "2026-01", true);
        settled(dir, "r02.csv", "2026-02", written_before);
        let (code, said) = trueup(dir, &["inputs", "remove", "1", "--why", "not ours", "--yes"]);
        assert!(code == 0 && said.contains("write 2026-01"), "{said}");
        let way = "Write 2026-01 again first: trueup export --month 2026-01.";
        let (code, said) = trueup(dir, &["close"]);
        assert!(code == 1 && said.starts_with("Month 2026-02"), "{said}");
        let whole = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(whole.contains("earlier months to be written again") && whole.contains(way), "{said}");
        assert!(whole.contains("a file that it may rest on was taken out of the book"), "{said}");
        let (code, said) = trueup(dir, &["close", "--sign", "--yes"]);
        assert!(code == 2 && said.contains("2026-02 cannot be signed yet"), "{said}");
        let (code, said) = trueup(dir, &["export", "--yes"]);
        assert!(code == 2 && said.contains(way), "{said}");

        let (code, said) = trueup(dir, &["export", "--month", "2026-01", "--yes"]);
        assert!(code == 0 && said.contains("withdrawn"), "{said}");
        let (code, said) = trueup(dir, &["export", "--yes"]);
        assert!(code == 0 && said.contains("$300.00 in all, $300.00 of it on sponsors"), "{said}");
        assert_eq!(sponsored(dir), "300.00");
        let (code, said) = trueup(dir, &["close", "--sign", "--yes"]);
        assert!(code == 0, "{said}");
        let (code, said) = trueup(dir, &["verify"]);
        assert!(code == 0, "{said}");
    }
}

#[test]
fn the_last_file_of_a_book_is_withdrawn_as_any_other() {
    for asked in [&["--month", "2026-01"][..], &[]] {
        let dir = two_months();
        let dir = dir.path();
        settled(dir, "r01.csv", "2026-01", true);
        assert_eq!(sponsored(dir), "300.00");
        let (code, said) = trueup(dir, &["inputs", "remove", "1", "--why", "not ours", "--yes"]);
        assert!(code == 0 && said.contains("write 2026-01 again"), "{said}");
        // A month that was never written has nothing to withdraw.
        let (code, said) = trueup(dir, &["export", "--month", "2026-02", "--yes"]);
        assert!(code == 2 && said.contains("holds no bill yet"), "{said}");
        let export = [&["export", "--yes"], asked].concat();
        let (code, said) = trueup(dir, &export);
        assert!(code == 0 && said.contains("withdrawn"), "{said}");
        let file = fs::read_to_string(dir.join("openai-tokens_2026-01.csv")).unwrap();
        assert!(file.lines().count() > 1 && !file.contains("00.00"), "{file}");
        assert!(Book::open(dir, Access::Read).unwrap().balances().unwrap().is_empty());
        assert_eq!(sponsored(dir), "null");
        // Nothing is left to be written again.
        let (code, said) = trueup(dir, &["export", "--yes"]);
        assert!(code == 2 && said.contains("holds no bill yet"), "{said}");
        let (code, said) = trueup(dir, &["close", "--month", "2026-01", "--sign", "--yes"]);
        assert!(code == 0, "{said}");
        let (code, said) = trueup(dir, &["verify"]);
        assert!(code == 0, "{said}");
    }
}

#[test]
fn the_screen_opens_what_is_left_of_a_book_without_a_file_and_withdraws_it() {
    let dir = two_months();
    settled(dir.path(), "r01.csv", "2026-01", true);
    let (code, said) = trueup(dir.path(), &["inputs", "remove", "1", "--why", "not ours", "--yes"]);
    assert!(code == 0, "{said}");
    let mut t = Terminal::start(120, 40, &["review"], dir.path(), &[]);
    t.see("2026-01");
    t.see("not written since the last change");
    t.keys("w");
    t.see("6 rows withdrawn");
    t.agree();
    t.see("Nothing is left to do");
    t.leave();
    assert_eq!(sponsored(dir.path()), "null");
}

/// `convert` takes no file in, so that a book has none of its months is no sign
/// that they are to be withdrawn.
#[test]
fn what_convert_wrote_is_not_withdrawn_by_a_book_that_never_had_its_file() {
    let dir = two_months();
    let dir = dir.path();
    let (code, said) = trueup(dir, &["convert", "--input", "r01.csv"]);
    assert!(code == 0, "{said}");
    for report in [None, Some("r02.csv")] {
        if let Some(report) = report {
            settled(dir, report, "2026-02", false);
        }
        let (code, said) = trueup(dir, &["export", "--month", "2026-01", "--yes"]);
        assert!(code == 2 && (said.contains("holds no bill yet") || said.contains("There is no data for")), "{said}");
        assert_eq!(sponsored(dir), "300.00");
    }
}

#[test]
fn taking_back_the_entry_of_a_file_says_how_to_take_it_out() {
    let dir = book("");
    drop(open(dir.path(), &["bill.csv"], &["ledger.csv"], None));
    let taken = json(dir.path())[0]["taken_in"]["entry"].to_string();
    let (code, said) = trueup(dir.path(), &["undo", "--entry", &taken, "--yes"]);
    assert!(code == 2 && said.contains("trueup inputs remove NUMBER --why TEXT"), "{said}");
}

#[test]
fn a_screen_too_narrow_for_the_files_breaks_no_word_and_a_pipe_gets_the_table_as_it_is() {
    let dir = book("");
    drop(open(dir.path(), &["bill.csv"], &["ledger.csv"], None));
    let (_, piped) = trueup(dir.path(), &["inputs"]);
    let row = piped.lines().find(|line| line.starts_with("1 ")).unwrap();
    assert!(row.chars().count() > 80 && row.contains("copied"), "{piped}");
    let mut terminal = support::Terminal::start(80, 24, &["inputs"], dir.path(), &[]);
    let shown = terminal.see("2 files,");
    assert_eq!(terminal.ended(), 0);
    let words: Vec<&str> = shown.split([' ', '\n', ',']).collect();
    let figures = row.split_whitespace().filter(|word| !word.contains(['/', ',']));
    for word in figures {
        assert!(words.contains(&word), "{word}: {shown}");
    }
    // The path alone may be longer than the screen.
    let beside = shown.lines().find(|line| line.starts_with("1 ")).unwrap();
    assert!(beside.contains("bill") && beside.contains("copied"), "{shown}");

    // A sentence on standard error is broken at blanks as well.
    let args = ["inputs", "remove", "7", "--why", "of elsewhere", "--yes"];
    let (code, said) = trueup(dir.path(), &args);
    assert!(code == 2 && said.lines().count() == 1 && said.len() > 40, "{said}");
    let mut terminal = support::Terminal::start(40, 24, &args, dir.path(), &[]);
    let shown = terminal.see("trueup:");
    assert_eq!(terminal.ended(), 2);
    let shown = if shown.contains('.') { shown } else { terminal.see(".") };
    let words: Vec<&str> = shown.split_whitespace().collect();
    assert!(said.split_whitespace().all(|word| words.contains(&word)), "{said}\n{shown}");
}
