//! A month settled through the book, as both faces do it, without a screen.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use support::credits::csv_rows;
use support::session::{give, input, load, options, sample_book, sample_book_with_state, samples};
use trueup::desk::{Command, Desk, LoadEvent, Session, SessionOptions};
use trueup::journal::{Decision, Verdict};
use trueup::usage::Side;

const BILLS: [&str; 2] = ["openai_requests_2026-01.csv", "chatgpt_edu_credits_2026-01.csv"];
const LEDGERS: [&str; 3] = ["token_usage_2026-01.csv", "token_usage_2026-01_part2.jsonl", "credit_ledger_2026-01.csv"];

fn session(dir: &Path, with_files: bool) -> (Session, Desk) {
    load(dir, if with_files { samples(&BILLS, &LEDGERS) } else { Vec::new() }, None)
}

/// What an operator sees of every item, and both tie-out lines.
fn seen(desk: &Desk) -> Vec<String> {
    let items = (0..desk.items()).map(|item| {
        let row = desk.row(item);
        format!("{:?} {} {:?} {:?}", row.cells.outcome, row.cells.project, row.standing, row.badges)
    });
    items.chain([format!("{:?}", desk.tie_out())]).collect()
}

fn cents(text: &str) -> i64 {
    text.replace('.', "").parse().unwrap()
}

#[test]
fn a_month_is_settled_written_and_opened_again_as_it_was() {
    let dir = sample_book_with_state();
    let (session_one, mut desk) = session(dir.path(), true);
    let fresh = seen(&desk);
    give(&session_one, &mut desk, &Command::ApproveMatched);
    let open: Vec<u32> = (0..desk.items()).filter(|item| desk.is_open(*item)).take(5).collect();
    let decision =
        Decision { verdict: Verdict::Dispute, reason: "provider-error".into(), note: "asked the provider".into() };
    give(&session_one, &mut desk, &Command::Decide { items: open, decision });
    let settled = seen(&desk);
    assert_ne!(fresh, settled);
    assert!(desk.tie_out().iter().all(|line| line.balanced()));

    give(&session_one, &mut desk, &Command::Undo);
    assert_ne!(seen(&desk), settled);
    give(&session_one, &mut desk, &Command::Redo);
    assert_eq!(seen(&desk), settled);

    give(&session_one, &mut desk, &Command::Export { target: None });
    let file = dir.path().join("openai-tokens_2026-01.csv");
    let read = |name: &str| fs::read(dir.path().join(name)).unwrap();
    let written = (
        read("openai-tokens_2026-01.csv"),
        read("openai-tokens_2026-01.csv.manifest.json"),
        read("subsidy_state.json"),
    );
    drop(session_one);

    // The same files again change nothing, and nothing of it is lost.
    for with_files in [false, true] {
        let (session_two, mut desk) = session(dir.path(), with_files);
        assert_eq!(seen(&desk), settled);
        give(&session_two, &mut desk, &Command::Export { target: None });
        let again = (
            read("openai-tokens_2026-01.csv"),
            read("openai-tokens_2026-01.csv.manifest.json"),
            read("subsidy_state.json"),
        );
        assert_eq!(again, written);
    }
    the_files_agree(&file);
}

/// The file, its manifest and the state say the same, in cents.
fn the_files_agree(file: &Path) {
    let rows = csv_rows(file);
    let manifest = fs::read_to_string(file.with_extension("csv.manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in &rows {
        let tags: serde_json::Value = serde_json::from_str(&row["Tags"]).unwrap();
        let tag = |name: &str| tags[name].as_str().unwrap().to_owned();
        *sums.entry((tag("fund_org"), tag("project_id"))).or_default() += cents(&row["BilledCost"]);
    }
    let mut stated = BTreeMap::new();
    for payer in manifest["payers"].as_array().unwrap() {
        for project in payer["projects"].as_array().unwrap() {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            let billed = cents(project["billed"].as_str().unwrap());
            stated.insert((text(&payer["fund_org"]), text(&project["project_id"])), billed);
        }
    }
    assert_eq!(sums, stated);
    assert_eq!(sums.values().sum::<i64>(), cents(manifest["total"].as_str().unwrap()));
    assert_eq!(manifest["output"]["rows"].as_u64(), Some(rows.len() as u64));
}

#[test]
fn a_book_somebody_has_open_is_refused_by_name_and_can_be_looked_at() {
    let dir = sample_book_with_state();
    let (_holding, _) = session(dir.path(), true);
    let again = options(dir.path(), Vec::new(), None);
    let refused = Session::open(again.clone()).err().unwrap();
    assert!(refused.contains("is open in another program") && refused.contains("pid"), "{refused}");

    let looking = Session::open(SessionOptions { read_only: true, ..again }).unwrap();
    let desk = looking.load(&|_| {}, &|| false).unwrap();
    assert!(desk.items() > 0);
    let change = desk.plan(&Command::ApproveMatched).unwrap();
    assert!(looking.writer().commit(&desk, &change).is_err());
}

#[test]
fn the_first_rows_are_there_before_files_are_taken_in_which_can_be_cancelled() {
    let dir = sample_book();
    let inputs = samples(&BILLS, &LEDGERS);
    let session = Session::open(options(dir.path(), inputs, None)).unwrap();
    let (shown, taking, stop) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let tell = |event| match event {
        LoadEvent::FirstRows(rows) => {
            assert_eq!(taking.load(Ordering::SeqCst), 0);
            shown.store(rows.len(), Ordering::SeqCst);
        }
        LoadEvent::TakingIn { .. } => {
            taking.fetch_add(1, Ordering::SeqCst);
            stop.store(true, Ordering::SeqCst);
        }
        _ => {}
    };
    let ended = session.load(&tell, &|| stop.load(Ordering::SeqCst)).err();
    assert_eq!(ended.as_deref(), Some("Loading was cancelled."));
    assert!(shown.load(Ordering::SeqCst) > 0 && taking.load(Ordering::SeqCst) > 0);
    drop(session);
    let empty = Session::open(options(dir.path(), Vec::new(), None)).unwrap();
    assert!(empty.load(&|_| {}, &|| false).err().unwrap().contains("holds no bill yet"));
}

#[test]
fn reconcile_of_a_book_says_what_reconcile_of_its_files_says() {
    let dir = sample_book_with_state();
    drop(session(dir.path(), true));
    let run = |args: &[String]| {
        let output = std::process::Command::new(support::program())
            .args(["reconcile", "--format", "json", "--book"])
            .arg(dir.path())
            .args(args)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let mut named = Vec::new();
    for (flag, names) in [("--bill", &BILLS[..]), ("--ledger", &LEDGERS[..])] {
        for name in names {
            named.extend([flag.to_owned(), support::sample(name).display().to_string()]);
        }
    }
    let of_book = run(&[]);
    assert!(of_book.contains("\"period\": \"2026-01\""), "{of_book}");
    assert_eq!(of_book, run(&named));
}

#[test]
fn a_month_under_another_price_is_what_a_fresh_comparison_under_it_is() {
    let dir = sample_book_with_state();
    let (session, mut desk) = session(dir.path(), true);
    let all = |desk: &Desk| -> Vec<String> {
        let variance = |item| format!("{:?} {:?}", desk.row(item).cells.cause, desk.detail(item).variance);
        let (_, _, summary) = desk.comparison();
        (0..desk.items())
            .step_by(9)
            .map(variance)
            .chain([format!("{summary:?}"), format!("{:?}", desk.usage_checks())])
            .collect()
    };
    let before = all(&desk);
    let edit = Command::SetRate {
        model: "gpt-4o".into(),
        effective: String::new(),
        input: "3".into(),
        cached: String::new(),
        output: "12".into(),
    };
    give(&session, &mut desk, &edit);
    let after = all(&desk);
    assert_ne!(before, after, "the price explains other parts of what differs");
    let (_, fresh) = {
        drop(session);
        self::session(dir.path(), false)
    };
    assert_eq!(after, all(&fresh));
}

/// What cannot be read is refused before the book has it: an input stays for
/// good, and one that no format reads would keep the book from ever opening.
#[test]
fn a_file_of_no_known_kind_is_not_taken_into_the_book() {
    let dir = sample_book_with_state();
    let files = [
        ("wrong.csv", "Datum,Konto\n05.01.2026,a\n", "is no bill this program knows"),
        ("empty.csv", "", "is empty"),
        ("page.csv", "<!DOCTYPE html><html></html>", "is a web page"),
        ("nope.csv", "", "there is no such file. Check its name"),
    ];
    for (name, text, why) in files {
        let path = dir.path().join(name);
        if name != "nope.csv" {
            fs::write(&path, text).unwrap();
        }
        let options = options(dir.path(), vec![input(path, Side::Bill)], None);
        let error = Session::open(options).and_then(|session| session.load(&|_| {}, &|| false)).err().unwrap();
        assert!(error.contains(name) && error.contains(why), "{error}");
    }
    let (_, desk) = session(dir.path(), true);
    assert!(desk.items() > 0, "the right files are read as if nothing had been");
}
