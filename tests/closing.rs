//! A month from its gate to its signature and past it: what is signed stays,
//! is verified by working it out anew, and travels as evidence.

mod support;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use support::signing::{book, give, open, settle, sign, signed};
use trueup::amount::{Amount, Share};
use trueup::desk::{Command, Desk, Says, Verified, evidence, verify_archive, verify_book};
use trueup::journal::{Decision, Verdict};
use trueup::reconcile::Finest;

fn verified(dir: &Path) -> Vec<Verified> {
    verify_book(dir, None).unwrap()
}

/// What differs, as `what: text`.
fn differing(all: &[Verified]) -> Vec<String> {
    let findings = all.iter().flat_map(|one| &one.findings).filter(|finding| finding.says == Says::Differs);
    findings.map(|finding| format!("{}: {}", finding.what, finding.text)).collect()
}

fn stops(desk: &Desk) -> Vec<&'static str> {
    desk.gate().iter().filter(|item| item.stops()).map(|item| item.name).collect()
}

fn january() -> trueup::calendar::Month {
    "2026-01".parse().unwrap()
}

#[test]
fn the_gate_opens_step_by_step_and_a_signed_month_refuses_every_change() {
    let dir = book("");
    let (session, mut desk) = open(dir.path(), &["bill.csv"], &["ledger.csv"], None);
    assert_eq!(stops(&desk), ["matched-open", "discrepancies-open", "not-found-open"]);
    let refused = give(&session, &mut desk, &Command::Sign).unwrap_err();
    assert!(
        refused.starts_with("2026-01 cannot be signed yet: matched or not compared, and not approved ("),
        "{refused}"
    );
    settle(&session, &mut desk);
    assert_eq!(stops(&desk), ["not-written"]);
    give(&session, &mut desk, &Command::Export { target: None }).unwrap();
    assert_eq!(stops(&desk), Vec::<&str>::new());
    // A change after writing closes the gate again.
    give(&session, &mut desk, &Command::Undo).unwrap();
    give(&session, &mut desk, &Command::Redo).unwrap();
    assert_eq!(stops(&desk), Vec::<&str>::new(), "by content, not by time");
    give(&session, &mut desk, &Command::Sign).unwrap();
    assert_eq!(desk.signed().unwrap().number, 1);

    let refused = give(&session, &mut desk, &Command::Undo).unwrap_err();
    assert!(refused.starts_with("2026-01 is signed (version 1, by "), "{refused}");
    assert!(refused.contains("trueup reopen --month 2026-01 --why TEXT"), "{refused}");
    assert_eq!(give(&session, &mut desk, &Command::Sign).unwrap_err(), refused);
    // A file that was lost comes back as it was signed.
    let file = dir.path().join("openai-tokens_2026-01.csv");
    let bytes = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    give(&session, &mut desk, &Command::Export { target: None }).unwrap();
    assert_eq!(fs::read(&file).unwrap(), bytes);

    assert!(give(&session, &mut desk, &Command::ReopenMonth { why: " ".into() }).unwrap_err().contains("Say why"));
    give(&session, &mut desk, &Command::ReopenMonth { why: "a late credit".into() }).unwrap();
    give(&session, &mut desk, &Command::Undo).unwrap();
    give(&session, &mut desk, &Command::Redo).unwrap();
    give(&session, &mut desk, &Command::Sign).unwrap();
    assert_eq!(desk.signed_versions().len(), 2);
    drop(session);
    let all = verified(dir.path());
    assert_eq!(differing(&all), Vec::<String>::new());
    assert_eq!(all.iter().map(|one| (one.version.number, one.stands())).collect::<Vec<_>>(), [(1, true), (2, true)]);
    assert!(all.iter().all(|one| one.findings.iter().any(|f| f.what == "replay" && f.says == Says::Holds)), "{all:#?}");
}

/// A row that was written once is written as withdrawn from then on, which
/// nothing but the earlier file says.
#[test]
fn a_version_with_withdrawn_rows_stands() {
    let (dir, session, mut desk) =
        signed("[accounting]\nfund_org = \"IT-1\"\naccount_code = \"4711\"\nexpense_code = \"6600\"\n");
    give(&session, &mut desk, &Command::ReopenMonth { why: "one was not ours".into() }).unwrap();
    let decision = Decision { verdict: Verdict::Exclude, reason: "provider-error".into(), note: String::new() };
    give(&session, &mut desk, &Command::Decide { items: vec![0], decision }).unwrap();
    give(&session, &mut desk, &Command::Export { target: None }).unwrap();
    give(&session, &mut desk, &Command::Sign).unwrap();
    drop(session);
    let all = verified(dir.path());
    assert_eq!((differing(&all), all.len()), (Vec::new(), 2));
    let path = dir.path().join("e.tar");
    evidence(dir.path(), january(), None, Some(&path)).unwrap();
    assert!(verify_archive(&path).unwrap().stands());
}

/// What a month defers lies in the next one, and is worked out anew with it.
#[test]
fn a_month_with_carried_items_stands() {
    let dir = book("");
    let (session, mut desk) = open(dir.path(), &["bill.csv"], &["ledger.csv"], None);
    let decision = Decision { verdict: Verdict::Defer, reason: "provider-error".into(), note: String::new() };
    give(&session, &mut desk, &Command::Decide { items: vec![0], decision }).unwrap();
    sign(&session, &mut desk);
    drop(session);
    let (session, mut desk) = open(dir.path(), &[], &[], None);
    assert_eq!((desk.month().to_string(), desk.items() > 1), ("2026-02".to_owned(), true));
    sign(&session, &mut desk);
    drop(session);
    let all = verified(dir.path());
    assert_eq!((differing(&all), all.len()), (Vec::new(), 2));
}

#[test]
fn the_first_month_that_is_not_signed_is_opened() {
    let (dir, session, _) = signed("");
    drop(session);
    let (session, mut desk) = open(dir.path(), &[], &[], None);
    assert_eq!(desk.month().to_string(), "2026-02");
    sign(&session, &mut desk);
    drop(session);
    // All are signed: the last one, to look at.
    assert_eq!(open(dir.path(), &[], &[], None).1.month().to_string(), "2026-02");
}

#[test]
fn signing_february_first_says_that_january_is_open() {
    let dir = book("");
    let (session, mut desk) = open(dir.path(), &["bill.csv"], &["ledger.csv"], Some("2026-02"));
    settle(&session, &mut desk);
    give(&session, &mut desk, &Command::Export { target: None }).unwrap();
    let change = desk.plan(&Command::Sign).unwrap();
    assert!(change.preview.remarks.iter().any(|remark| remark.contains("2026-01:")), "{:?}", change.preview.remarks);
}

#[test]
fn four_eyes_need_two_people() {
    let dir = book("four_eyes = true\n");
    let (session, mut desk) = open(dir.path(), &["bill.csv"], &["ledger.csv"], None);
    settle(&session, &mut desk);
    give(&session, &mut desk, &Command::Export { target: None }).unwrap();
    let refused = give(&session, &mut desk, &Command::Sign).unwrap_err();
    assert!(refused.contains("nobody has said that 2026-01 is ready"), "{refused}");
    give(&session, &mut desk, &Command::Prepare).unwrap();
    let refused = give(&session, &mut desk, &Command::Sign).unwrap_err();
    assert!(refused.contains("prepared 2026-01 already: another person signs it"), "{refused}");
    assert!(give(&session, &mut desk, &Command::Prepare).unwrap_err().contains("nothing has changed since"));
}

#[test]
fn more_than_the_materiality_unexplained_closes_the_gate() {
    // r2 is billed at another price than recorded, and nothing says why.
    for (materiality, expected) in [("0.001", vec!["unexplained"]), ("1000", Vec::new())] {
        let dir = book(&format!("materiality = {materiality}\n"));
        let (session, mut desk) = open(dir.path(), &["bill.csv"], &["ledger.csv"], None);
        settle(&session, &mut desk);
        give(&session, &mut desk, &Command::Export { target: None }).unwrap();
        assert_eq!(stops(&desk), expected, "{materiality}");
    }
}

#[test]
fn whatever_was_changed_is_found_and_named() {
    let edit = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        let at = bytes.len() - 3;
        bytes[at] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    let first = |dir: &Path, folder: &str, part: &str| {
        let files = fs::read_dir(dir.join(folder)).unwrap().map(|file| file.unwrap().path());
        files.into_iter().find(|path| path.to_string_lossy().contains(part)).unwrap()
    };
    for (number, what) in ["inputs: ", "outputs: ", "files: ", "journal: ", "files: "].iter().enumerate() {
        let (dir, session, _) = signed("");
        drop(session);
        let dir = dir.path();
        match number {
            0 => edit(&first(dir, "inputs", "bill.csv")),
            1 => edit(&dir.join("openai-tokens_2026-01.csv")),
            2 => {
                // A figure within the signed file, not its padding.
                let path = dir.join("signed/2026-01-v1.tar");
                let mut bytes = fs::read(&path).unwrap();
                let at = bytes.windows(4).position(|w| w == b"SKY-").unwrap();
                bytes[at] = b'X';
                fs::write(&path, bytes).unwrap();
            }
            3 => {
                let db = rusqlite::Connection::open(dir.join("trueup.db")).unwrap();
                db.execute_batch(
                    "DROP TRIGGER journal_is_not_changed; UPDATE journal SET who = 'mallory@x' WHERE seq = 2;",
                )
                .unwrap();
            }
            _ => fs::remove_file(dir.join("signed/2026-01-v1.tar")).unwrap(),
        }
        let all = verified(dir);
        let found = differing(&all);
        assert!(!all[0].stands() && found.iter().any(|text| text.starts_with(what)), "{number}: {found:?}");
    }
}

#[test]
fn evidence_is_checked_without_the_book_and_has_the_same_bytes_each_time() {
    let (dir, session, mut desk) = signed("");
    let out = tempfile::tempdir().unwrap();
    let pack = |name: &str, number| {
        let path = out.path().join(name);
        let seal = evidence(dir.path(), january(), number, Some(&path)).unwrap().seal;
        (fs::read(&path).unwrap(), seal)
    };
    // The book is open in another hand meanwhile.
    assert_eq!(differing(&verified(dir.path())), Vec::<String>::new());
    let (bytes, seal) = pack("a.tar", None);
    give(&session, &mut desk, &Command::ReopenMonth { why: "x".into() }).unwrap();
    settle(&session, &mut desk);
    give(&session, &mut desk, &Command::Sign).unwrap();
    assert_eq!(pack("b.tar", Some(1)), (bytes.clone(), seal.clone()));
    assert_ne!(pack("c.tar", None).0, bytes);
    assert!(evidence(dir.path(), january(), Some(9), None).unwrap_err().contains("has no version 9"));
    assert!(evidence(dir.path(), "2026-03".parse().unwrap(), None, None).unwrap_err().contains("is not signed"));
    drop(session);
    drop(dir);

    let found = verify_archive(&out.path().join("a.tar")).unwrap();
    assert!(found.stands() && found.seal == seal, "{found:#?}");
    assert!(found.findings.iter().any(|f| f.what == "replay" && f.says == Says::Holds), "{found:#?}");
    assert!(verify_archive(&out.path().join("c.tar")).unwrap().stands());
    // Any byte that means something, changed, is found.
    for part in [&b"0.5050"[..], b"calculated_cost", b"SKY-1", b"\"who\"", b"approve-billed", b"written: total"] {
        let mut other = bytes.clone();
        let at = other.windows(part.len()).position(|w| w == part).unwrap_or_else(|| panic!("{part:?}"));
        other[at + 1] ^= 2;
        let path = out.path().join("d.tar");
        fs::write(&path, other).unwrap();
        let stands = verify_archive(&path).map(|found| found.stands());
        assert_ne!(stands, Ok(true), "{}", part.escape_ascii());
    }
    // A tar of anything else is no evidence.
    fs::write(out.path().join("e.tar"), &bytes[..1_000]).unwrap();
    assert!(verify_archive(&out.path().join("e.tar")).is_err());
}

#[test]
fn what_comes_later_is_shown_as_a_correction_and_changes_nothing() {
    let (dir, session, _) = signed("");
    drop(session);
    // r2 was billed too much, r5 is new, and both come in a later download.
    let late = "request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost_usd,user_id\n\
        r5,2026-01-20T10:00:00Z,gpt-4o,1000,100,1100,3.00,ada@x.edu\n\
        r6,2026-01-20T10:00:00Z,gpt-4o,1000,100,1100,3.00,nobody@x.edu\n";
    fs::write(dir.path().join("late.csv"), late).unwrap();
    let (session, desk) = open(dir.path(), &["late.csv"], &[], None);
    assert_eq!(desk.month().to_string(), "2026-02");
    assert!(
        desk.notices().iter().any(|n| n.contains("2026-01 is signed") && n.contains("late.csv")),
        "{:?}",
        desk.notices()
    );
    drop(session);
    let (session, desk) = open(dir.path(), &[], &[], Some("2026-01"));
    let view = desk.signed_view().unwrap();
    let said: Vec<_> = view
        .corrections
        .iter()
        .map(|c| (c.kind(), c.charge.project.as_str(), c.charge.key.as_str(), c.charge.amount.to_string()))
        .collect();
    assert_eq!(said, [("added", "sky", "openai-api:r5", "3".to_owned())]);
    assert_eq!(view.now, view.signed.plus(Amount::from_int(3)));
    drop(session);
    // The signed month itself still stands, and evidence of it is unchanged.
    assert_eq!(differing(&verified(dir.path())), Vec::<String>::new());
}

#[test]
fn what_comes_later_adds_up_to_the_difference_and_stops_no_other_month() {
    let (dir, session, _) = signed("");
    drop(session);
    // r2 cost less than was signed, and r4 is gone: its day shrank.
    let bill = fs::read_to_string(dir.path().join("bill.csv")).unwrap().replace("2.50", "1.75");
    let later: String = bill.lines().filter(|line| !line.starts_with("r4")).map(|line| format!("{line}\n")).collect();
    let later = later + "r4b,2026-01-31T10:00:00Z,gpt-4o,1000,100,1100,3.333,ada@x.edu\n";
    fs::write(dir.path().join("later.csv"), later).unwrap();
    let (session, desk) = open(dir.path(), &["later.csv"], &[], None);
    assert_eq!(desk.month().to_string(), "2026-02");
    assert!(!stops(&desk).contains(&"bad-rows"), "what shrank in January is nothing that February can settle");
    drop(session);
    let (session, desk) = open(dir.path(), &[], &[], Some("2026-01"));
    let view = desk.signed_view().unwrap();
    let sum = |amounts: &mut dyn Iterator<Item = Amount>| amounts.sum::<Amount>();
    let difference = view.now.minus(view.signed);
    assert_eq!(difference.to_string(), "2.583");
    assert_eq!(sum(&mut view.corrections.iter().map(|c| c.charge.amount)), difference);
    assert_eq!(sum(&mut view.payers.iter().map(|p| p.correction())), difference);
    drop(session);

    // To charge it, the month is reopened: there its shrunk day has to be settled.
    let (session, mut desk) = open(dir.path(), &[], &[], Some("2026-01"));
    give(&session, &mut desk, &Command::ReopenMonth { why: "a late download".into() }).unwrap();
    assert!(stops(&desk).contains(&"bad-rows"), "{:?}", stops(&desk));
    give(&session, &mut desk, &Command::ExcludeBadRows { rows: vec![0], reason: "said so by phone".into() }).unwrap();
    sign(&session, &mut desk);
    assert_eq!(desk.signed_versions().len(), 2);
    drop(session);
    assert_eq!(differing(&verified(dir.path())), Vec::<String>::new());
}

/// The program with these arguments: its exit code and what it printed.
fn trueup(dir: &Path, args: &[&str]) -> (i32, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_trueup")).current_dir(dir).args(args).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

#[test]
fn the_command_line_goes_the_same_way_with_the_same_words() {
    let dir = book("");
    let (session, mut desk) = open(dir.path(), &["bill.csv"], &["ledger.csv"], None);
    let (code, said) = trueup(dir.path(), &["close"]);
    assert!(code == 1 && said.contains("discrepancies open") && said.contains("cannot be signed yet"), "{said}");
    let refused = give(&session, &mut desk, &Command::Sign).unwrap_err();
    settle(&session, &mut desk);
    give(&session, &mut desk, &Command::Export { target: None }).unwrap();
    drop(session);
    let (code, said) = trueup(dir.path(), &["close", "--format", "json"]);
    assert!(code == 0 && said.contains("\"state\": \"ready\""), "{said}");
    assert_eq!(trueup(dir.path(), &["verify"]).0, 2);
    let (code, said) = trueup(dir.path(), &["close", "--month", "2026-02", "--sign", "--yes"]);
    assert!(
        code == 2 && refused.contains("cannot be signed yet: ") && said.contains("cannot be signed yet: "),
        "{said}"
    );
    let (code, said) = trueup(dir.path(), &["close", "--sign"]);
    assert!(code == 2 && said.contains("there is no terminal to ask on"), "{said}");
    let (code, said) = trueup(dir.path(), &["close", "--sign", "--yes"]);
    assert!(code == 0 && said.contains("Seal of the signature: "), "{said}");
    let seal = said.lines().find_map(|line| line.strip_prefix("Seal of the signature: ")).unwrap().to_owned();
    let (code, said) = trueup(dir.path(), &["verify"]);
    assert!(code == 0 && said.contains("It stands.") && said.contains(&seal), "{said}");
    let (code, said) = trueup(dir.path(), &["evidence", "--month", "2026-01", "--output", "e.tar"]);
    assert!(code == 0 && said.contains(&seal), "{said}");
    let (code, said) = trueup(dir.path(), &["verify", "--archive", "e.tar"]);
    assert!(code == 0 && said.contains("It stands."), "{said}");
    let (code, said) = trueup(dir.path(), &["close", "--month", "2026-01"]);
    assert!(code == 0 && said.contains("Nothing came later that would change it."), "{said}");
    let (code, said) = trueup(dir.path(), &["reopen", "--month", "2026-01", "--why", "late", "--yes"]);
    assert!(code == 0 && said.contains("2026-01 can be changed again."), "{said}");
    let (code, said) = trueup(dir.path(), &["reopen", "--month", "2026-01", "--why", "late", "--yes"]);
    assert!(code == 2 && said.contains("is not signed, so there is nothing to reopen"), "{said}");
    fs::write(dir.path().join("openai-tokens_2026-01.csv"), "x").unwrap();
    // The file is no longer version 1's to keep.
    assert_eq!(trueup(dir.path(), &["verify", "--month", "2026-01"]).0, 0);
    fs::write(dir.path().join("signed/2026-01-v1.tar"), "x").unwrap();
    let (code, said) = trueup(dir.path(), &["verify", "--month", "2026-01"]);
    assert!(code == 1 && said.contains("It does not stand."), "{said}");
}

/// Anything an operator could try.
fn any_command() -> impl Strategy<Value = Command> {
    let items = || proptest::collection::vec(0u32..6, 1..4);
    let verdict = proptest::sample::select(&Verdict::ALL[..]);
    let decision =
        verdict.prop_map(|verdict| Decision { verdict, reason: "provider-error".into(), note: String::new() });
    prop_oneof![
        4 => (items(), decision).prop_map(|(items, decision)| Command::Decide { items, decision }),
        1 => Just(Command::ApproveMatched),
        2 => items().prop_map(|items| Command::Reopen { items }),
        1 => items().prop_map(|items| Command::Note { items, text: "x".into() }),
        1 => items().prop_map(|items| Command::Assign { items, project: "sky".into() }),
        1 => (0u32..6).prop_map(|item| Command::AddUser { item, project: "sea".into() }),
        1 => items().prop_map(|items| Command::Match { items }),
        1 => Just(Command::ExcludeBadRows { rows: vec![0], reason: "x".into() }),
        1 => (1u32..9).prop_map(|price| Command::SetRate {
            model: "gpt-4o".into(), effective: String::new(), input: price.to_string(), cached: String::new(),
            output: price.to_string(),
        }),
        1 => Just(Command::SetLot { name: "p".into(), effective: String::new(), credits: "9".into(), amount: "1".into() }),
        1 => (1i64..9).prop_map(|by| Command::SetTolerance {
            absolute: Amount::from_int(by), relative: Share::from_percent(5),
        }),
        1 => Just(Command::SetGrain { finest: Finest::Day }),
        3 => Just(Command::Undo),
        2 => Just(Command::Redo),
        2 => Just(Command::Export { target: None }),
        1 => Just(Command::Prepare),
        2 => Just(Command::Sign),
        2 => Just(Command::ReopenMonth { why: "because".into() }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    /// Whatever is tried later, on the month itself or from another one, a
    /// version keeps its hash and its bytes, and stands.
    #[test]
    fn a_signed_version_never_changes(
        commands in proptest::collection::vec((any_command(), any::<bool>()), 1..25),
    ) {
        let (dir, session, desk) = signed("");
        drop(session);
        let file = dir.path().join("signed/2026-01-v1.tar");
        let (bytes, version) = (fs::read(&file).unwrap(), desk.signed().unwrap().clone());
        let reopens = |command: &Command| matches!(command, Command::ReopenMonth { .. });
        for month in ["2026-02", "2026-01"] {
            let (session, mut desk) = open(dir.path(), &[], &[], Some(month));
            for (command, _) in commands.iter().filter(|(_, first)| *first == (month == "2026-02")) {
                let was_signed = desk.signed().is_some();
                let done = give(&session, &mut desk, command);
                let harmless = reopens(command) || matches!(command, Command::Export { .. });
                prop_assert!(!was_signed || harmless || done.is_err(), "{command:?} was done to a signed month");
            }
        }
        prop_assert_eq!(fs::read(&file).unwrap(), bytes);
        let all = verify_book(dir.path(), Some(january())).unwrap();
        prop_assert_eq!(&all[0].version.sha256, &version.sha256);
        prop_assert_eq!((all[0].version.seq, &all[0].version.who), (version.seq, &version.who));
        let wrong: Vec<_> = differing(&all).into_iter().filter(|text| !text.starts_with("outputs: ")).collect();
        prop_assert_eq!(wrong, Vec::<String>::new());
    }
}
