//! What reaches back into earlier months, through the program: refunds of what
//! they charged, by the converter and by the review, before and after they are
//! signed; and caps in retrospect.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::books::{approve, converted, export, folder, ok, split_by_day};
use support::credits::{report, row};

const ANNUAL: &str =
    r#""type": "per_project_cap", "cap_amount": 500, "period": "fiscal_year", "fiscal_year_start": "07-01""#;
const RAISED: &str = r#", "caps": [{"from": "2026-01-25", "amount": 600}]"#;
const MONTHS: [&str; 3] = ["2025-11", "2026-01", "2026-02"];
const BEFORE: [(&str, &str); 3] = [("2025-11-10", "450"), ("2026-01-05", "30"), ("2026-01-20", "60")];
const REFUND: (&str, &str) = ("2026-02-03", "-50");

fn lines(charges: &[(&str, &str)]) -> Vec<String> {
    let credits = |dollars: &str| (dollars.parse::<i64>().unwrap() * 20).to_string();
    charges.iter().map(|(day, dollars)| row(day, "ab@x.edu", "codex", &credits(dollars), "1")).collect()
}

fn left(dir: &Path) -> String {
    let text = fs::read_to_string(dir.join("subsidy_state.json")).unwrap();
    let state: Value = serde_json::from_str(&text).unwrap();
    state["projects"]["lab"]["FY2026"]["r0"]["remaining"].to_string()
}

fn months() -> Vec<String> {
    MONTHS.map(str::to_owned).to_vec()
}

/// 30/0, 20/40 and -10/-40, and what is left of the cap.
fn comes_out(dir: &Path, remaining: &str) {
    let days = split_by_day(dir, &months());
    let said = |day: &str| days.get(day).copied().unwrap_or_default();
    let of = ["2025-11-10", "2026-01-05", "2026-01-20", "2026-02-03"].map(said);
    assert_eq!(of, [(45_000, 0), (3_000, 0), (2_000, 4_000), (-1_000, -4_000)]);
    assert_eq!(left(dir), remaining);
}

fn rule(raised: bool) -> String {
    if raised { format!("{ANNUAL}{RAISED}") } else { ANNUAL.to_owned() }
}

#[test]
fn the_converter_gives_back_what_january_drew_from_one_file_or_from_two() {
    for (raised, remaining) in [(false, "10.00"), (true, "110.00")] {
        let all = [&BEFORE[..], &[REFUND]].concat();
        let dir = folder(&[&rule(raised)], &all);
        ok(dir.path(), &["convert", "--input", "report.csv", "--dry-run"]);
        converted(dir.path());
        comes_out(dir.path(), remaining);

        let dir = folder(&[&rule(raised)], &BEFORE);
        converted(dir.path());
        report(dir.path(), "report.csv", &lines(&[REFUND]));
        converted(dir.path());
        comes_out(dir.path(), remaining);
        // A second run is the first.
        let once = fs::read(dir.path().join("openai-tokens_2026-02.csv")).unwrap();
        converted(dir.path());
        assert_eq!(fs::read(dir.path().join("openai-tokens_2026-02.csv")).unwrap(), once);
        comes_out(dir.path(), remaining);
    }
}

#[test]
fn a_refund_and_the_charge_again_in_february_return_to_the_start() {
    let again = [&BEFORE[..], &[("2026-02-01", "100"), REFUND, ("2026-02-04", "50")]].concat();
    let start = [&BEFORE[..], &[("2026-02-01", "100")]].concat();
    let balances = [start, again].map(|charges| {
        let dir = folder(&[ANNUAL], &charges);
        converted(dir.path());
        let days = split_by_day(dir.path(), &months());
        let sum = days.values().fold((0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
        (sum, left(dir.path()), days["2026-02-01"])
    });
    assert_eq!(balances[0], balances[1]);
    assert_eq!(balances[0], ((50_000, 14_000), "0.00".into(), (0, 10_000)));
}

fn sign(dir: &Path, month: &str) {
    ok(dir, &["close", "--month", month, "--sign", "--yes"]);
}

#[test]
fn the_review_gives_it_back_before_and_after_january_is_signed() {
    for (raised, remaining) in [(false, "10.00"), (true, "110.00")] {
        for signed in [false, true] {
            let dir = folder(&[&rule(raised)], &[&BEFORE[..], &[REFUND]].concat());
            for (n, month) in MONTHS.into_iter().enumerate() {
                approve(dir.path(), month, n == 0);
                export(dir.path(), month);
                if signed {
                    sign(dir.path(), month);
                }
            }
            comes_out(dir.path(), remaining);
            let said = ok(dir.path(), &["refunds", "--month", "2026-02"]);
            assert!(said.contains("takes back openai:codex:ab@x.edu:2026-01-20:1 of 2026-01"), "{said}");
            if signed {
                let said = ok(dir.path(), &["verify"]);
                assert!(!said.contains("differs") && said.matches("worked out anew:").count() == 3, "{said}");
            }
        }
    }
}

#[test]
fn what_nothing_tells_is_an_open_item_until_its_charge_is_named() {
    // Two users of one project on one day, each with a cap; then a credit of
    // another user's for the same project.
    let rule = r#""type": "per_user_cap", "cap_amount": 20, "period": "fiscal_year", "fiscal_year_start": "07-01""#;
    let dir = folder(&[rule], &[]);
    let projects = r#"{"projects": [{"project_id": "lab", "pi_email": "pi@x.edu", "fund_org": "DEPT",
        "users": [{"email": "a@x.edu"}, {"email": "b@x.edu"}, {"email": "c@x.edu"}]}]}"#;
    fs::write(dir.path().join("projects.json"), projects).unwrap();
    let of = |day: &str, user: &str, credits: &str| row(day, user, "codex", credits, "1");
    let rows =
        [of("2026-01-05", "a@x.edu", "600"), of("2026-01-05", "b@x.edu", "300"), of("2026-02-03", "c@x.edu", "-100")];
    report(dir.path(), "report.csv", &rows);
    approve(dir.path(), "2026-01", true);
    export(dir.path(), "2026-01");
    sign(dir.path(), "2026-01");
    approve(dir.path(), "2026-02", false);
    export(dir.path(), "2026-02");
    let refused = Command::new(support::program())
        .args(["close", "--month", "2026-02", "--sign", "--yes"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = ok(dir.path(), &["refunds", "--month", "2026-02"]);
    assert!(said.contains("which are not paid alike") && said.contains("openai:codex:b@x.edu:2026-01-05:1"), "{said}");
    let name = |charge: &str| {
        let (refund, charge) = ("openai:codex:c@x.edu:2026-02-03:1", format!("openai:codex:{charge}:2026-01-05:1"));
        let args = ["refunds", "--month", "2026-02", "--refund", refund, "--charge", &charge, "--yes"];
        ok(dir.path(), &args);
        export(dir.path(), "2026-02");
        split_by_day(dir.path(), &["2026-02".into()])["2026-02-03"]
    };
    // The cap of 20 paid 20 of a's 30, and all 15 of b's.
    assert_eq!(name("a@x.edu"), (0, -500));
    assert_eq!(name("b@x.edu"), (-500, 0));
    ok(dir.path(), &["undo", "--month", "2026-02", "--yes"]);
    export(dir.path(), "2026-02");
    assert_eq!(split_by_day(dir.path(), &["2026-02".into()])["2026-02-03"], (0, -500));
    sign(dir.path(), "2026-02");
    let said = ok(dir.path(), &["verify"]);
    assert!(!said.contains("differs"), "{said}");
}

/// Cents of a month's file by fund, of the days of a month.
fn of_days(dir: &Path, month: &str, days: &str) -> std::collections::BTreeMap<String, i64> {
    let mut sums = std::collections::BTreeMap::new();
    for row in support::credits::csv_rows(&dir.join(format!("openai-tokens_{month}.csv"))) {
        let tags: Value = serde_json::from_str(&row["Tags"]).unwrap();
        let cents: i64 = row["BilledCost"].replace('.', "").parse().unwrap();
        if row["ChargePeriodStart"].starts_with(days) && cents != 0 {
            *sums.entry(tags["fund_org"].as_str().unwrap().to_owned()).or_default() += cents;
        }
    }
    sums
}

#[test]
fn a_cap_in_retrospect_corrects_signed_months_in_the_open_one() {
    let dir = folder(&[ANNUAL], &[&BEFORE[..], &[("2026-02-03", "70")]].concat());
    for (n, month) in MONTHS.into_iter().enumerate() {
        approve(dir.path(), month, n == 0);
        export(dir.path(), month);
        if month != "2026-02" {
            sign(dir.path(), month);
        }
    }
    let january = fs::read(dir.path().join("openai-tokens_2026-01.csv")).unwrap();
    assert_eq!(of_days(dir.path(), "2026-02", "2026-02"), [("DEPT".into(), 7_000)].into());
    let cap = |more: &[&str]| {
        let args = ["subsidies", "set-cap", "r0", "--amount", "600", "--from", "2026-01-25", "--month", "2026-02"];
        ok(dir.path(), &[&args[..], more].concat())
    };
    // Going forward nothing of January changes, and the preview says nothing of it.
    let said = cap(&["--dry-run"]);
    assert!(!said.contains("would correct it here"), "{said}");
    let said = cap(&["--retroactive", "--yes"]);
    assert!(said.contains("2026-01 is signed") && said.contains("SPONSOR for lab +40.00"), "{said}");
    assert!(!said.contains("2025-11 is signed, and what"), "{said}");
    // Only proposed: February alone draws the 100 there are.
    export(dir.path(), "2026-02");
    assert_eq!(of_days(dir.path(), "2026-02", "2026-02"), [("SPONSOR".into(), 7_000)].into());
    // Accepted, January comes first, and February goes on from what it leaves.
    ok(dir.path(), &["corrections", "--month", "2026-02", "--accept", "2026-01", "--yes"]);
    export(dir.path(), "2026-02");
    let corrected = [("DEPT".to_owned(), -4_000), ("SPONSOR".to_owned(), 4_000)];
    assert_eq!(of_days(dir.path(), "2026-02", "2026-01"), corrected.into());
    let february = [("DEPT".to_owned(), 1_000), ("SPONSOR".to_owned(), 6_000)];
    assert_eq!(of_days(dir.path(), "2026-02", "2026-02"), february.into());
    assert_eq!(left(dir.path()), "0.00");
    assert_eq!(fs::read(dir.path().join("openai-tokens_2026-01.csv")).unwrap(), january);
    sign(dir.path(), "2026-02");
    let said = ok(dir.path(), &["verify"]);
    assert!(!said.contains("differs") && said.matches("worked out anew:").count() == 3, "{said}");
    // A refund of the corrected charge goes by how it stands: 60/0.
    report(dir.path(), "march.csv", &lines(&[("2026-03-02", "-50")]));
    ok(
        dir.path(),
        &["decide", "approve", "--month", "2026-03", "--filter", "decision:open", "--bill", "march.csv", "--yes"],
    );
    let refund = ok(dir.path(), &["refunds", "--month", "2026-03"]);
    assert!(refund.contains("of 2026-02"), "{refund}");
    assert!(ok(dir.path(), &["corrections", "--month", "2026-03"]).contains("Nothing came later"), "billed once");
}

/// January signed as 30/0 and 20/40; then a later download says otherwise of
/// it, and February bills what corrects it beside a refund of its own.
fn corrected(now: &[(&str, &str)], refund: &str) -> tempfile::TempDir {
    let february = [("2026-02-03", refund)];
    let dir = folder(&[ANNUAL], &[&BEFORE[..], &february].concat());
    for (n, month) in ["2025-11", "2026-01"].into_iter().enumerate() {
        approve(dir.path(), month, n == 0);
        export(dir.path(), month);
        sign(dir.path(), month);
    }
    // The later one is that whose last day is later.
    let all = [&[("2026-01-05", "30")][..], now, &february, &[("2026-02-04", "0")]].concat();
    report(dir.path(), "later.csv", &lines(&all));
    let args = ["decide", "approve", "--month", "2026-02", "--filter", "decision:open", "--bill", "later.csv", "--yes"];
    ok(dir.path(), &args);
    ok(dir.path(), &["corrections", "--month", "2026-02", "--accept", "2026-01", "--yes"]);
    export(dir.path(), "2026-02");
    dir
}

fn cents_of(sums: &[(&str, i64)]) -> std::collections::BTreeMap<String, i64> {
    sums.iter().map(|(fund, cents)| ((*fund).to_owned(), *cents)).collect()
}

#[test]
fn a_refund_gives_back_of_what_the_correction_of_the_same_month_made_of_its_charge() {
    // 70 instead of 60, of which 20 are covered: only then is there enough for
    // a refund of 65, and 500 of the 550 become 485.
    let dir = corrected(&[("2026-01-20", "70")], "-65");
    assert_eq!(of_days(dir.path(), "2026-02", "2026-01"), cents_of(&[("DEPT", 1_000)]));
    assert_eq!(of_days(dir.path(), "2026-02", "2026-02"), cents_of(&[("SPONSOR", -1_500), ("DEPT", -5_000)]));
    assert_eq!(left(dir.path()), "15.00");
    sign(dir.path(), "2026-02");
    let said = ok(dir.path(), &["verify"]);
    assert!(!said.contains("differs") && said.matches("worked out anew:").count() == 3, "{said}");
    // Taken off again, that charge has not enough left: it is of an earlier one.
    ok(dir.path(), &["reopen", "--month", "2026-02", "--why", "a second look", "--yes"]);
    ok(dir.path(), &["corrections", "--month", "2026-02", "--drop", "2026-01", "--yes"]);
    let said = ok(dir.path(), &["refunds", "--month", "2026-02"]);
    assert!(said.contains("takes back openai:codex:ab@x.edu:2025-11-10:1 of 2025-11"), "{said}");
}

#[test]
fn a_charge_that_was_withdrawn_is_not_given_back_once_more() {
    let dir = corrected(&[("2026-01-20", "0")], "-50");
    let said = ok(dir.path(), &["refunds", "--month", "2026-02"]);
    assert!(said.contains("takes back openai:codex:ab@x.edu:2025-11-10:1 of 2025-11"), "{said}");
    assert_eq!(of_days(dir.path(), "2026-02", "2026-01"), cents_of(&[("SPONSOR", -2_000), ("DEPT", -4_000)]));
    assert_eq!(of_days(dir.path(), "2026-02", "2026-02"), cents_of(&[("SPONSOR", -5_000)]));
    assert_eq!(left(dir.path()), "70.00");
}

#[test]
fn a_refund_that_came_as_a_correction_leaves_nothing_for_a_second_one() {
    // January's own file has the refund now; February has another of the same.
    let dir = corrected(&[("2026-01-20", "60"), ("2026-01-25", "-50")], "-50");
    let said = ok(dir.path(), &["refunds", "--month", "2026-02"]);
    assert!(said.contains("takes back openai:codex:ab@x.edu:2025-11-10:1 of 2025-11"), "{said}");
    assert_eq!(of_days(dir.path(), "2026-02", "2026-01"), cents_of(&[("SPONSOR", -1_000), ("DEPT", -4_000)]));
    assert_eq!(of_days(dir.path(), "2026-02", "2026-02"), cents_of(&[("SPONSOR", -5_000)]));
    assert_eq!(left(dir.path()), "60.00");
}

#[test]
fn a_cap_in_retrospect_that_is_taken_back_after_its_correction_was_signed_is_corrected_back() {
    let dir = folder(&[ANNUAL], &[&BEFORE[..], &[("2026-02-03", "10"), ("2026-03-02", "5")]].concat());
    for (n, month) in ["2025-11", "2026-01"].into_iter().enumerate() {
        approve(dir.path(), month, n == 0);
        export(dir.path(), month);
        sign(dir.path(), month);
    }
    let cap = ["subsidies", "set-cap", "r0", "--amount", "600", "--from", "2026-01-25", "--retroactive", "--yes"];
    ok(dir.path(), &[&cap[..], &["--month", "2026-02"]].concat());
    ok(dir.path(), &["corrections", "--month", "2026-02", "--accept", "2026-01", "--yes"]);
    approve(dir.path(), "2026-02", false);
    export(dir.path(), "2026-02");
    sign(dir.path(), "2026-02");
    assert_eq!(of_days(dir.path(), "2026-02", "2026-01"), cents_of(&[("SPONSOR", 4_000), ("DEPT", -4_000)]));
    approve(dir.path(), "2026-03", false);
    let said = ok(dir.path(), &["corrections", "--month", "2026-03"]);
    assert!(said.contains("Nothing came later"), "{said}");
    // As if the cap had never been there: January and February were paid by it.
    let text = fs::read_to_string(dir.path().join("subsidies.json")).unwrap();
    let at = text.find("\"caps\"").unwrap();
    let end = text[at..].find(']').unwrap() + at + 1;
    let without = format!("{}{}", text[..at].trim_end().trim_end_matches(','), &text[end..]);
    fs::write(dir.path().join("subsidies.json"), without).unwrap();
    let said = ok(dir.path(), &["corrections", "--month", "2026-03"]);
    assert!(said.contains("2026-01 is signed"), "{said}");
    ok(dir.path(), &["corrections", "--month", "2026-03", "--accept", "2026-01", "--yes"]);
    export(dir.path(), "2026-03");
    // February's 10 were drawn meanwhile, and stay with it.
    assert_eq!(of_days(dir.path(), "2026-03", "2026-01"), cents_of(&[("SPONSOR", -5_000), ("DEPT", 5_000)]));
    assert_eq!(of_days(dir.path(), "2026-03", "2026-02"), cents_of(&[]));
    assert_eq!(left(dir.path()), "0.00");
    sign(dir.path(), "2026-03");
    let said = ok(dir.path(), &["verify"]);
    assert!(!said.contains("differs"), "{said}");
    // And it is corrected once.
    report(dir.path(), "april.csv", &lines(&[("2026-04-02", "5")]));
    let args = ["decide", "approve", "--month", "2026-04", "--filter", "decision:open", "--bill", "april.csv", "--yes"];
    ok(dir.path(), &args);
    let said = ok(dir.path(), &["corrections", "--month", "2026-04"]);
    assert!(said.contains("Nothing came later"), "{said}");
}

/// As a book that was signed when single charges were not kept yet.
fn forget_charges(dir: &Path) {
    let book = rusqlite::Connection::open(dir.join("trueup.db")).unwrap();
    book.execute("DELETE FROM charged", []).unwrap();
}

fn signed_long_ago(signed: bool) -> tempfile::TempDir {
    let dir = folder(&[ANNUAL], &[&BEFORE[..], &[REFUND]].concat());
    for (n, month) in MONTHS[..2].iter().enumerate() {
        approve(dir.path(), month, n == 0);
        export(dir.path(), month);
        if signed {
            sign(dir.path(), month);
        }
    }
    forget_charges(dir.path());
    dir
}

#[test]
fn what_was_signed_before_charges_were_kept_is_worked_out_again_and_kept() {
    let dir = signed_long_ago(true);
    approve(dir.path(), "2026-02", false);
    export(dir.path(), "2026-02");
    comes_out(dir.path(), "10.00");
    sign(dir.path(), "2026-02");
    let said = ok(dir.path(), &["verify"]);
    assert!(!said.contains("differs"), "{said}");
    // It is kept from then on, as an export of today keeps it.
    let kept = |dir: &Path| -> Vec<String> {
        let book = rusqlite::Connection::open(dir.join("trueup.db")).unwrap();
        let mut all = book.prepare("SELECT charges FROM charged WHERE month < '2026-02' ORDER BY month, part").unwrap();
        all.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let fresh = folder(&[ANNUAL], &BEFORE);
    for (n, month) in MONTHS[..2].iter().enumerate() {
        approve(fresh.path(), month, n == 0);
        export(fresh.path(), month);
    }
    assert_eq!(kept(dir.path()), kept(fresh.path()));
}

#[test]
fn what_cannot_be_proven_of_a_month_signed_long_ago_is_said_and_never_guessed() {
    let dir = signed_long_ago(true);
    let book = rusqlite::Connection::open(dir.path().join("trueup.db")).unwrap();
    // Another part of the same charge would be subsidised.
    book.execute("UPDATE draws SET amount = '19.999999' WHERE month = '2026-01' AND amount = '20'", []).unwrap();
    drop(book);
    approve(dir.path(), "2026-02", false);
    let said = ok(dir.path(), &["refunds", "--month", "2026-02"]);
    assert!(said.contains("is of no known charge: it may be of what 2026-01 charged"), "{said}");
    export(dir.path(), "2026-02");
    let refused = support::refused(dir.path(), &["close", "--month", "2026-02", "--sign", "--yes"]);
    let why = "2026-01 was signed before the book kept its charges one by one, and they are not known now";
    assert!(refused.contains("refunds of no known charge") || refused.contains(why), "{refused}");
    let said = support::run_in(dir.path(), &["close", "--month", "2026-02"]);
    assert!(String::from_utf8_lossy(&said.stdout).contains(why), "{said:?}");
    // One that is only written has to be written once more.
    let dir = signed_long_ago(false);
    approve(dir.path(), "2026-02", false);
    let said = ok(dir.path(), &["refunds", "--month", "2026-02"]);
    assert!(said.contains("2026-01 was written before the book kept its charges"), "{said}");
    export(dir.path(), "2025-11");
    export(dir.path(), "2026-01");
    export(dir.path(), "2026-02");
    comes_out(dir.path(), "10.00");
}

#[test]
fn a_refund_that_comes_late_for_a_signed_month_takes_nothing_that_a_later_month_took() {
    let before = [("2025-11-10", "450"), ("2026-01-05", "30"), ("2026-02-03", "-420")];
    let dir = folder(&[ANNUAL], &before);
    for (n, month) in MONTHS.into_iter().enumerate() {
        approve(dir.path(), month, n == 0);
        export(dir.path(), month);
        sign(dir.path(), month);
    }
    // 30 are left of November's charge, and 30 of January's.
    let later = [("2026-01-05", "30"), ("2026-01-25", "-100"), ("2026-02-03", "-420"), ("2026-03-02", "5")];
    report(dir.path(), "later.csv", &lines(&later));
    let args = ["decide", "approve", "--month", "2026-03", "--filter", "decision:open", "--bill", "later.csv", "--yes"];
    ok(dir.path(), &args);
    let said = ok(dir.path(), &["corrections", "--month", "2026-03", "--accept", "2026-01", "--yes"]);
    assert!(said.contains("it is not known which charge they take back"), "{said}");
    export(dir.path(), "2026-03");
    let said = ok(dir.path(), &["close", "--month", "2026-03"]);
    assert!(said.contains("refunds of no known charge, corrections of 2026-01"), "{said}");
    assert_eq!(of_days(dir.path(), "2026-03", "2026-01"), cents_of(&[("DEPT", -10_000)]));
    assert_eq!(left(dir.path()), "435.00");
}

#[test]
fn what_a_signed_month_took_back_is_not_withdrawn_under_it() {
    let before = [("2026-01-05", "30"), ("2026-01-20", "60"), ("2026-02-03", "-50")];
    for (now, refused) in [("0", true), ("40", true), ("50", false), ("70", false)] {
        let dir = folder(&[ANNUAL], &before);
        for (n, month) in ["2026-01", "2026-02"].into_iter().enumerate() {
            approve(dir.path(), month, n == 0);
            export(dir.path(), month);
            sign(dir.path(), month);
        }
        let later = [("2026-01-05", "30"), ("2026-01-20", now), ("2026-02-03", "-50"), ("2026-03-02", "5")];
        report(dir.path(), "later.csv", &lines(&later));
        let decide =
            ["decide", "approve", "--month", "2026-03", "--filter", "decision:open", "--bill", "later.csv", "--yes"];
        ok(dir.path(), &decide);
        let accept = ["corrections", "--month", "2026-03", "--accept", "2026-01", "--yes"];
        if refused {
            let said = support::refused(dir.path(), &accept);
            assert!(
                said.contains("2026-02 took back $50.00 of it already") && said.contains("Reopen 2026-01"),
                "{said}"
            );
            continue;
        }
        ok(dir.path(), &accept);
        // Nor paid by another fund, which the refund did not go to.
        let projects = fs::read_to_string(dir.path().join("projects.json")).unwrap();
        fs::write(dir.path().join("projects.json"), projects.replace("DEPT", "OTHER")).unwrap();
        let said = support::refused(dir.path(), &accept);
        assert!(said.contains("would be paid by OTHER for lab") && said.contains("Reopen 2026-01"), "{said}");
    }
}
