//! What comes later for a signed month, through the program: proposed in the
//! open month, accepted, written, signed, and never billed twice.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use support::signing::{give, open, settle, sign, signed};
use trueup::desk::{Command, Desk, LateState, Says, verify_book};

const HEADER: &str = "request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost_usd,user_id\n";

/// A file with a request each: id, day, dollars and user.
fn late(dir: &Path, name: &str, rows: &[(&str, &str, &str, &str)]) {
    let line = |(id, day, cost, user): &(&str, &str, &str, &str)| {
        format!("{id},{day}T10:00:00Z,gpt-4o,1000,100,1100,{cost},{user}@x.edu\n")
    };
    fs::write(dir.join(name), HEADER.to_owned() + &rows.iter().map(line).collect::<String>()).unwrap();
}

fn january() -> trueup::calendar::Month {
    "2026-01".parse().unwrap()
}

/// How the corrections of each month stand: state, rows and total.
fn stand(desk: &Desk) -> Vec<(LateState, u64, String)> {
    desk.corrections().into_iter().map(|view| (view.state, view.rows, view.total.to_string())).collect()
}

fn state(state: LateState, rows: u64, total: &str) -> Vec<(LateState, u64, String)> {
    vec![(state, rows, total.to_owned())]
}

fn stops(desk: &Desk) -> Vec<&'static str> {
    desk.gate().iter().filter(|item| item.stops()).map(|item| item.name).collect()
}

/// Cents that a file charges, by fund and day of the charge.
fn charged(file: &Path) -> BTreeMap<(String, String), i64> {
    let mut sums = BTreeMap::new();
    for record in csv::Reader::from_path(file).unwrap().records() {
        let record = record.unwrap();
        let tags: serde_json::Value = serde_json::from_str(&record[9]).unwrap();
        let cents: i64 = record[7].replace('.', "").parse().unwrap();
        *sums.entry((tags["fund_org"].as_str().unwrap().to_owned(), record[2].to_owned())).or_default() += cents;
    }
    sums
}

#[test]
fn what_came_later_is_billed_once_with_its_own_day_and_draws_what_is_left() {
    let (dir, session, _) = signed("");
    drop(session);
    let of_january = charged(&dir.path().join("openai-tokens_2026-01.csv"));
    let drawn = |sums: &BTreeMap<(String, String), i64>| -> i64 {
        sums.iter().filter(|((fund, _), _)| fund == "PROV-1").map(|(_, cents)| cents).sum()
    };
    // Three of the five dollars that ada's project has in the year are drawn.
    late(dir.path(), "late.csv", &[("r5", "2026-01-20", "3.00", "ada")]);
    let (session, mut desk) = open(dir.path(), &["late.csv"], &[], None);
    assert_eq!(desk.month().to_string(), "2026-02");
    assert_eq!(stand(&desk), state(LateState::Proposed, 2, "3.00"));
    settle(&session, &mut desk);
    // What is only proposed is said, and in no file.
    let preview = desk.plan(&Command::Export { target: None }).unwrap().preview;
    assert!(preview.remarks.iter().any(|remark| remark.contains("2026-01 is signed")), "{:?}", preview.remarks);
    give(&session, &mut desk, &Command::Export { target: None }).unwrap();
    let file = dir.path().join("openai-tokens_2026-02.csv");
    assert!(!fs::read_to_string(&file).unwrap().contains(":correction-"));
    assert_eq!(stops(&desk), Vec::<&str>::new());

    give(&session, &mut desk, &Command::Correct { of: january() }).unwrap();
    assert_eq!(stand(&desk), state(LateState::Accepted, 2, "3.00"));
    assert_eq!(stops(&desk), ["not-written"]);
    let refused = give(&session, &mut desk, &Command::Correct { of: january() }).unwrap_err();
    assert!(refused.contains("accepted as they are already"), "{refused}");
    give(&session, &mut desk, &Command::Undo).unwrap();
    assert_eq!(stand(&desk), state(LateState::Proposed, 2, "3.00"));
    give(&session, &mut desk, &Command::Redo).unwrap();
    give(&session, &mut desk, &Command::Export { target: None }).unwrap();
    let bytes = fs::read(&file).unwrap();
    give(&session, &mut desk, &Command::Export { target: None }).unwrap();
    assert_eq!(fs::read(&file).unwrap(), bytes, "twice is once");
    let of_february = charged(&file);
    let own = |fund: &str, day: &str| of_february.get(&(fund.to_owned(), day.to_owned())).copied().unwrap_or_default();
    let left = 500
        - of_january
            .iter()
            .filter(|((fund, day), _)| fund == "PROV-1" && &**day < "2026-01-07")
            .map(|(_, c)| c)
            .sum::<i64>();
    assert!(left > 0 && left < 300, "{of_january:?}");
    assert_eq!((own("PROV-1", "2026-01-20"), own("SKY-1", "2026-01-20")), (left, 300 - left));
    // The state for other tools knows of both months.
    let state_file = fs::read_to_string(dir.path().join("subsidy_state.json")).unwrap();
    let known: serde_json::Value = serde_json::from_str(&state_file).unwrap();
    assert!(state_file.contains("sky"), "{known}");
    assert_eq!(drawn(&of_january) + drawn(&of_february), 500 + 500, "both projects are at their cap: {known}");

    sign(&session, &mut desk);
    drop(session);
    let all = verify_book(dir.path(), None).unwrap();
    assert!(all.iter().all(|one| one.stands()), "{all:#?}");
    assert!(all.iter().all(|one| one.findings.iter().any(|f| f.what == "replay" && f.says == Says::Holds)), "{all:#?}");

    // In March nothing of January is left to correct, until more comes.
    late(dir.path(), "march.csv", &[("m1", "2026-03-02", "1.00", "ada")]);
    let (session, desk) = open(dir.path(), &["march.csv"], &[], None);
    assert_eq!((desk.month().to_string().as_str(), stand(&desk)), ("2026-03", Vec::new()));
    drop(session);
    late(dir.path(), "more.csv", &[("r8", "2026-01-25", "0.40", "ada")]);
    let (_session, desk) = open(dir.path(), &["more.csv"], &[], None);
    let view = desk.corrections();
    assert_eq!(view.len(), 1);
    assert_eq!(
        (view[0].total.to_string().as_str(), view[0].payers.len()),
        ("0.40", 1),
        "nothing of the cap is left: {view:?}"
    );
}

#[test]
fn what_was_accepted_and_is_something_else_by_now_stops_the_month() {
    let (dir, session, _) = signed("");
    drop(session);
    late(dir.path(), "late.csv", &[("r5", "2026-01-20", "3.00", "bob")]);
    let (session, mut desk) = open(dir.path(), &["late.csv"], &[], None);
    settle(&session, &mut desk);
    give(&session, &mut desk, &Command::Correct { of: january() }).unwrap();
    give(&session, &mut desk, &Command::Export { target: None }).unwrap();
    drop(session);
    late(dir.path(), "more.csv", &[("r7", "2026-01-21", "2.00", "bob")]);
    let (session, mut desk) = open(dir.path(), &["more.csv"], &[], None);
    let [(LateState::OutOfDate, _, total)] = &stand(&desk)[..] else { panic!("{:?}", stand(&desk)) };
    assert_eq!(total, "5.00");
    assert_eq!(stops(&desk), ["corrections-changed"]);
    give(&session, &mut desk, &Command::Correct { of: january() }).unwrap();
    assert_eq!(stops(&desk), ["not-written"]);
    give(&session, &mut desk, &Command::Export { target: None }).unwrap();
    assert_eq!(stops(&desk), Vec::<&str>::new());
    // Taken off, the rows that were written are sent once more at zero.
    give(&session, &mut desk, &Command::DropCorrections { of: january() }).unwrap();
    let refused = give(&session, &mut desk, &Command::DropCorrections { of: january() }).unwrap_err();
    assert!(refused.contains("No corrections of 2026-01 are accepted"), "{refused}");
    give(&session, &mut desk, &Command::Export { target: None }).unwrap();
    let of_february = charged(&dir.path().join("openai-tokens_2026-02.csv"));
    assert_eq!(
        of_february.iter().filter(|((_, day), _)| day.starts_with("2026-01")).map(|(_, cents)| cents).sum::<i64>(),
        0
    );
    // Back in January as version 2 there is nothing to correct in February.
    drop(session);
    let (session, mut desk) = open(dir.path(), &[], &[], Some("2026-01"));
    give(&session, &mut desk, &Command::ReopenMonth { why: "late rows".into() }).unwrap();
    sign(&session, &mut desk);
    drop(session);
    let (_session, desk) = open(dir.path(), &[], &[], Some("2026-02"));
    assert_eq!(stand(&desk), Vec::new());
}

#[test]
fn another_payer_takes_over_a_charge_that_was_signed() {
    let (dir, session, _) = signed("profile = \"focus-1.2\"\n");
    drop(session);
    let projects = fs::read_to_string(dir.path().join("projects.json")).unwrap();
    fs::write(dir.path().join("projects.json"), projects.replace("\"fund_org\": \"SEA-1\"", "\"fund_org\": \"SEA-2\""))
        .unwrap();
    let (session, mut desk) = open(dir.path(), &[], &[], None);
    let view = desk.corrections().remove(0);
    // 7.375 beside 3.005 was signed as 7.37; charged anew by itself it is 7.38.
    assert_eq!(view.total.to_string(), "0.01");
    let funds: BTreeMap<&str, i64> = view.payers.iter().map(|(fund, _, cents)| (fund.as_str(), cents.0)).collect();
    assert!(funds["SEA-1"] < 0 && (funds["SEA-1"] + funds["SEA-2"]).abs() <= 1, "{funds:?}");
    settle(&session, &mut desk);
    give(&session, &mut desk, &Command::Correct { of: january() }).unwrap();
    give(&session, &mut desk, &Command::Export { target: None }).unwrap();
    let file = csv::Reader::from_path(dir.path().join("openai-tokens_2026-02.focus-1.2.csv"));
    let mut file = file.unwrap();
    let header = file.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let corrections: Vec<csv::StringRecord> =
        file.records().map(Result::unwrap).filter(|row| &row[at("ChargeClass")] == "Correction").collect();
    assert_eq!(corrections.len() as u64, view.rows);
    for row in &corrections {
        assert_eq!(&row[at("BillingPeriodStart")], "2026-02-01T00:00:00Z");
        assert!(row[at("ChargePeriodStart")].starts_with("2026-01-"));
    }
}

/// Cents of the correction rows of a file, by fund.
fn corrected_by_fund(file: &Path) -> BTreeMap<String, i64> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (id, tags, billed) = (at("ResourceId"), at("Tags"), at("BilledCost"));
    let mut sums = BTreeMap::new();
    for row in reader.records().map(Result::unwrap).filter(|row| row[id].contains(":correction-")) {
        let tags: serde_json::Value = serde_json::from_str(&row[tags]).unwrap();
        let cents: i64 = row[billed].replace('.', "").parse().unwrap();
        *sums.entry(tags["fund_org"].as_str().unwrap().to_owned()).or_default() += cents;
    }
    sums.retain(|_, cents| *cents != 0);
    sums
}

/// The profile is only the shape: what a month signed in one shape is
/// corrected by is the same money in the other, to the cent and the fund, and a
/// correction of a correction as well.
#[test]
fn a_month_signed_in_one_shape_is_corrected_in_any_other() {
    let shapes = ["openchargeback", "focus-1.2"];
    for (was, is) in [(shapes[0], shapes[1]), (shapes[1], shapes[0])] {
        let name = |month: &str, profile: &str| match profile {
            "openchargeback" => format!("openai-tokens_{month}.csv"),
            other => format!("openai-tokens_{month}.{other}.csv"),
        };
        let mut sums: Vec<Vec<BTreeMap<String, i64>>> = Vec::new();
        for next in [was, is] {
            let (dir, session, _) = signed(&format!("profile = \"{was}\"\n"));
            drop(session);
            let change = |from: &str, to: &str| {
                let path = dir.path().join("projects.json");
                let text = fs::read_to_string(&path).unwrap();
                assert!(text.contains(from), "{text}");
                fs::write(&path, text.replace(from, to)).unwrap();
            };
            change("\"fund_org\": \"SEA-1\"", "\"fund_org\": \"SEA-2\"");
            fs::write(dir.path().join("config.toml"), format!("profile = \"{next}\"\n")).unwrap();
            late(dir.path(), "late.csv", &[("r5", "2026-01-20", "3.00", "ada")]);
            let (session, mut desk) = open(dir.path(), &["late.csv"], &[], None);
            settle(&session, &mut desk);
            let view = desk.corrections();
            assert!(view.iter().all(|view| view.state == LateState::Proposed), "{view:?}");
            give(&session, &mut desk, &Command::Correct { of: january() }).unwrap();
            sign(&session, &mut desk);
            drop(session);
            let first = corrected_by_fund(&dir.path().join(name("2026-02", next)));
            // And back into the shape of January, with another fund once more.
            change("\"fund_org\": \"SEA-2\"", "\"fund_org\": \"SEA-3\"");
            fs::write(dir.path().join("config.toml"), format!("profile = \"{was}\"\n")).unwrap();
            late(dir.path(), "march.csv", &[("m1", "2026-03-02", "1.00", "ada")]);
            let (session, mut desk) = open(dir.path(), &["march.csv"], &[], None);
            assert_eq!(desk.month().to_string(), "2026-03");
            settle(&session, &mut desk);
            give(&session, &mut desk, &Command::Correct { of: january() }).unwrap();
            sign(&session, &mut desk);
            drop(session);
            let all = verify_book(dir.path(), None).unwrap();
            assert!(all.iter().all(|one| one.stands()), "{all:#?}");
            let march = dir.path().join(name("2026-03", was));
            if was != shapes[0] {
                // What is taken from one fund and put on another is counted as it
                // was signed, whatever shape the correction between them had.
                let rows = support::credits::csv_rows(&march);
                let moved = rows.iter().filter(|row| row["ChargeClass"] == "Correction");
                let mut quantity = trueup::amount::Quantity::ZERO;
                for row in moved {
                    assert_eq!(row["PricingUnit"], "Tokens", "{}", row["ResourceId"]);
                    quantity = quantity.plus(trueup::amount::Quantity::parse(&row["PricingQuantity"]).unwrap());
                }
                assert!(quantity.is_zero(), "next {next}: {quantity}");
            }
            sums.push(vec![first, corrected_by_fund(&march)]);
        }
        assert!(sums[0][0]["SEA-1"] < 0 && sums[0][0]["SEA-2"] > 0, "{sums:?}");
        assert_eq!(sums[0], sums[1], "signed as {was}, corrected as {is}");
    }
}

/// Accepted in one shape, a correction is not written in the other unseen.
#[test]
fn an_accepted_correction_is_accepted_anew_when_the_shape_changes() {
    let (dir, session, _) = signed("");
    drop(session);
    late(dir.path(), "late.csv", &[("r5", "2026-01-20", "3.00", "ada")]);
    let (session, mut desk) = open(dir.path(), &["late.csv"], &[], None);
    settle(&session, &mut desk);
    give(&session, &mut desk, &Command::Correct { of: january() }).unwrap();
    give(&session, &mut desk, &Command::SetProfile { profile: trueup::focus::Profile::Focus14 }).unwrap();
    assert_eq!(stand(&desk), state(LateState::OutOfDate, 2, "3.00"));
    let refused = give(&session, &mut desk, &Command::Export { target: None }).unwrap_err();
    assert!(refused.contains("Accept them anew, or take them off"), "{refused}");
    give(&session, &mut desk, &Command::Correct { of: january() }).unwrap();
    give(&session, &mut desk, &Command::Export { target: None }).unwrap();
    let file = dir.path().join("openai-tokens_2026-02.focus-1.4.csv");
    assert_eq!(corrected_by_fund(&file).values().sum::<i64>(), 300);
    // Another version of FOCUS has the same rows in other columns.
    give(&session, &mut desk, &Command::SetProfile { profile: trueup::focus::Profile::Focus12 }).unwrap();
    assert_eq!(stand(&desk), state(LateState::Accepted, 2, "3.00"));
}

/// The program with these arguments: its exit code and what it printed.
fn trueup(dir: &Path, args: &[&str]) -> (i32, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_trueup")).current_dir(dir).args(args).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

/// From the day something comes until it is signed elsewhere there is something
/// to do; then the signed month says where it is billed, and is done with.
#[test]
fn a_signed_month_whose_corrections_are_billed_says_where_and_ends_well() {
    let (dir, session, _) = signed("");
    drop(session);
    let close = || trueup(dir.path(), &["close", "--month", "2026-01"]);
    let (code, said) = close();
    assert!(code == 0 && said.contains("Nothing came later that would change it."), "{said}");
    late(dir.path(), "late.csv", &[("r5", "2026-01-20", "3.00", "ada")]);
    let (session, mut desk) = open(dir.path(), &["late.csv"], &[], None);
    let (code, said) = close();
    assert!(code == 1 && said.contains("Proposed for an open month") && !said.contains("Corrected in"), "{said}");
    settle(&session, &mut desk);
    give(&session, &mut desk, &Command::Correct { of: january() }).unwrap();
    let (code, said) = close();
    assert!(
        code == 1 && said.contains("Corrected in 2026-02, which is not signed yet: 2 rows, $3.00 in all."),
        "{said}"
    );
    assert!(!said.contains("Proposed for"), "it is not proposed twice: {said}");
    sign(&session, &mut desk);
    drop(session);
    let (code, said) = close();
    assert!(code == 0 && said.contains("Corrected in 2026-02, signed as version 1: 2 rows, $3.00 in all."), "{said}");
    assert!(said.contains("nothing is left to correct") && !said.contains("Proposed for"), "{said}");
    let (code, said) = trueup(dir.path(), &["close", "--month", "2026-01", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&said).unwrap();
    let billed = serde_json::json!([{ "month": "2026-02", "version": 1, "rows": 2, "total": "3.00" }]);
    assert_eq!((code, &found["billed"], &found["corrections"]), (0, &billed, &serde_json::json!([])));

    // What comes after that is proposed by itself, not together with what is billed.
    late(dir.path(), "more.csv", &[("r8", "2026-01-25", "0.40", "ada")]);
    drop(open(dir.path(), &["more.csv"], &[], None));
    let (code, said) = close();
    assert!(code == 1 && said.contains("signed as version 1") && said.contains("Proposed for an open month"), "{said}");
    let (_, said) = trueup(dir.path(), &["close", "--month", "2026-01", "--format", "csv"]);
    let rows: Vec<&str> = said.lines().skip(1).collect();
    assert!(rows.len() == 1 && rows[0].contains("openai-api:r8") && rows[0].ends_with(",0.4"), "{said}");

    // A narrow screen folds the tables by payer and by charge, and loses no figure of them.
    let (_, piped) = close();
    let mut terminal = support::Terminal::start(50, 60, &["close", "--month", "2026-01"], dir.path(), &[]);
    let shown =
        terminal.wait("the charges", |screen| screen.split("By charge:").nth(1).is_some_and(|s| s.contains("$0.40")));
    terminal.ended();
    assert!(
        shown.contains("kind / day /") && shown.lines().all(|line| line.trim_end().chars().count() <= 50),
        "{shown}"
    );
    let words: Vec<&str> = shown.split_whitespace().collect();
    let by_charge = piped.split("By charge:").nth(1).unwrap();
    assert!(by_charge.lines().any(|line| line.chars().count() > 50), "{piped}");
    let row = by_charge.lines().find(|line| line.contains("2026-01-25")).unwrap();
    assert!(row.split_whitespace().all(|word| words.contains(&word)), "{row}\n{shown}");

    // The month that billed it is opened again, and takes it off: it is proposed anew.
    let (session, mut desk) = open(dir.path(), &[], &[], Some("2026-02"));
    give(&session, &mut desk, &Command::ReopenMonth { why: "not here".into() }).unwrap();
    give(&session, &mut desk, &Command::DropCorrections { of: january() }).unwrap();
    drop(session);
    let (code, said) = close();
    assert!(code == 1 && !said.contains("Corrected in") && said.contains("3.40"), "{said}");
}

#[test]
fn the_command_line_shows_accepts_and_drops_corrections() {
    let (dir, session, _) = signed("");
    drop(session);
    let (code, said) = trueup(dir.path(), &["corrections"]);
    assert!(code == 0 && said.contains("Nothing came later that 2026-02 would have to correct."), "{said}");
    late(dir.path(), "late.csv", &[("r5", "2026-01-20", "3.00", "ada")]);
    drop(open(dir.path(), &["late.csv"], &[], None));
    let (code, said) = trueup(dir.path(), &["corrections"]);
    assert!(code == 0 && said.contains("2 rows, $3.00 in all; not accepted.") && said.contains("SKY-1"), "{said}");
    let (code, said) = trueup(dir.path(), &["corrections", "--accept", "2026-01", "--yes"]);
    assert!(
        code == 0 && said.contains("Correct 2026-01 in 2026-02: 2 rows, $3.00 in all") && said.contains("Done."),
        "{said}"
    );
    let (code, said) = trueup(dir.path(), &["corrections", "--format", "csv"]);
    assert!(
        code == 0 && said.contains("2026-01,accepted,2026-01-20,openai-api:r5:usage:correction-2026-02,SKY-1,"),
        "{said}"
    );
    let (code, said) = trueup(dir.path(), &["corrections", "--format", "json"]);
    assert!(code == 0 && said.contains("\"state\": \"accepted\""), "{said}");
    let (code, said) = trueup(dir.path(), &["export", "--dry-run"]);
    assert!(code == 0 && said.contains("Corrections of 2026-01 are billed here: 2 rows, $3.00 in all."), "{said}");
    let (code, said) = trueup(dir.path(), &["export", "--yes"]);
    assert!(code == 0, "{said}");
    let manifest = fs::read_to_string(dir.path().join("openai-tokens_2026-02.csv.manifest.json")).unwrap();
    assert!(manifest.contains("\"corrections: 2026-01\": \"3\""), "{manifest}");
    let (code, said) = trueup(dir.path(), &["corrections", "--drop", "2026-01", "--yes"]);
    assert!(code == 0 && said.contains("Take off: corrections of 2026-01: 2 rows, 3.00 in all"), "{said}");
    let (code, said) = trueup(dir.path(), &["corrections", "--drop", "2026-01", "--yes"]);
    assert!(code == 2 && said.contains("No corrections of 2026-01 are accepted in 2026-02."), "{said}");
}
