//! Rules and projects that change with time, from the file of a report to the
//! file of the charges.

mod support;

use std::fs;
use std::path::Path;

use support::credits::{cents, convert, csv_rows, folder, out, report, row, sponsor};
use support::session::{self, give};
use trueup::desk::{Badge, Command, Desk, Session};
use trueup::journal::{Decision, Verdict};

/// The rules of a folder, all of them for credits.
fn rules(dir: &Path, rules: &[&str]) {
    let whole = |(n, keys): (usize, &&str)| {
        format!(r#"{{"name": "r{n}", "fund_org": "SPONSOR", "applies_to_services": ["OpenAI"], {keys}}}"#)
    };
    let rules: Vec<String> = rules.iter().enumerate().map(whole).collect();
    fs::write(dir.join("subsidies.json"), format!("{{\"subsidies\": [{}]}}", rules.join(",\n"))).unwrap();
}

/// A credit costs five cents.
fn used(day: &str, dollars: u32) -> String {
    row(day, "ab@northwinds.edu", "codex", &(dollars * 20).to_string(), "1")
}

fn written(dir: &Path, args: &[&str]) -> String {
    let output = convert(dir, args);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    out(&output)
}

/// Cents of the sponsor and of the department in a month's file.
fn split(dir: &Path, month: &str) -> (i64, i64) {
    let rows = csv_rows(&dir.join(format!("openai-tokens_{month}.csv")));
    (cents(&rows, "BilledCost", sponsor), cents(&rows, "BilledCost", |tags| !sponsor(tags)))
}

#[test]
fn a_week_over_two_months_draws_its_cap_once() {
    let dir = folder(&[used("2026-01-29", 10)]);
    rules(dir.path(), &[r#""type": "per_user_cap", "cap_amount": 15, "period": "week""#]);
    report(dir.path(), "february.csv", &[used("2026-02-01", 10), used("2026-02-02", 10)]);
    written(dir.path(), &[]);
    let said = written(dir.path(), &["--input", "february.csv"]);
    assert_eq!((split(dir.path(), "2026-01"), split(dir.path(), "2026-02")), ((1_000, 0), (1_500, 500)));
    assert!(said.contains("user ab@northwinds.edu (2026-W05, r0):"), "{said}");
    let state = fs::read_to_string(dir.path().join("subsidy_state.json")).unwrap();
    let state: serde_json::Value = serde_json::from_str(&state).unwrap();
    assert_eq!(state["projects"], serde_json::json!({}));
    assert_eq!(state["users"]["ab@northwinds.edu"]["2026-W05"]["r0"]["remaining"].to_string(), "0.00");

    // Written again, it draws once; and a book that begins from the state goes on from it.
    written(dir.path(), &["--input", "february.csv"]);
    assert_eq!(split(dir.path(), "2026-02"), (1_500, 500));
    report(dir.path(), "march.csv", &[used("2026-03-01", 20)]);
    fs::remove_file(dir.path().join("trueup.db")).unwrap();
    written(dir.path(), &["--input", "march.csv"]);
    assert_eq!(split(dir.path(), "2026-03"), (1_500, 500));
}

#[test]
fn tiers_go_on_from_the_month_before() {
    let dir = folder(&[used("2026-01-10", 150)]);
    let tiers = r#""type": "tiered", "tiers": [{"up_to": 200, "percent": 100}, {"up_to": 500, "percent": 50}]"#;
    rules(dir.path(), &[&format!(r#"{tiers}, "scope": "pi", "period": "quarter""#)]);
    report(dir.path(), "february.csv", &[used("2026-02-10", 200)]);
    written(dir.path(), &[]);
    written(dir.path(), &["--input", "february.csv"]);
    assert_eq!((split(dir.path(), "2026-01"), split(dir.path(), "2026-02")), ((15_000, 0), (12_500, 7_500)));
}

#[test]
fn what_rolled_over_is_in_the_state_and_what_a_rule_cannot_be_is_refused() {
    let dir = folder(&[used("2026-01-10", 20)]);
    let monthly =
        r#""type": "global_pool", "cap_amount": 50, "period": "month", "from": "2026-01-01", "rollover": "full""#;
    rules(dir.path(), &[monthly]);
    report(dir.path(), "february.csv", &[used("2026-02-10", 70)]);
    written(dir.path(), &[]);
    written(dir.path(), &["--input", "february.csv"]);
    assert_eq!(split(dir.path(), "2026-02"), (7_000, 0));
    let state: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(dir.path().join("subsidy_state.json")).unwrap()).unwrap();
    assert_eq!(state["global"]["2026-02"]["r0"]["remaining"].to_string(), "10.00");

    rules(dir.path(), &[&monthly.replace("full", "forever")]);
    let refused = convert(dir.path(), &[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(out(&refused).contains("subsidies.json:1:"), "{}", out(&refused));
    assert!(out(&refused).contains("\"forever\" is no known rollover"), "{}", out(&refused));
}

#[test]
fn a_month_that_is_out_of_date_is_written_again_before_those_after_it() {
    let dir = folder(&[used("2026-01-10", 100)]);
    rules(dir.path(), &[r#""type": "per_project_cap", "cap_amount": 150, "period": "calendar_year""#]);
    report(dir.path(), "february.csv", &[used("2026-02-10", 100)]);
    report(dir.path(), "march.csv", &[used("2026-03-10", 100)]);
    written(dir.path(), &[]);
    written(dir.path(), &["--input", "february.csv"]);
    written(dir.path(), &["--input", "march.csv"]);
    assert_eq!((split(dir.path(), "2026-02").0, split(dir.path(), "2026-03").0), (5_000, 0));

    report(dir.path(), "report.csv", &[used("2026-01-10", 30)]);
    written(dir.path(), &[]);
    let refused = convert(dir.path(), &["--input", "march.csv"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(out(&refused).contains("Write 2026-02 again first."), "{}", out(&refused));
    written(dir.path(), &["--input", "february.csv"]);
    written(dir.path(), &["--input", "march.csv"]);
    assert_eq!((split(dir.path(), "2026-02").0, split(dir.path(), "2026-03").0), (10_000, 2_000));

    // In one run they follow each other by themselves.
    report(dir.path(), "report.csv", &[used("2026-01-10", 40)]);
    written(dir.path(), &[]);
    report(dir.path(), "both.csv", &[used("2026-02-10", 100), used("2026-03-10", 100)]);
    written(dir.path(), &["--input", "both.csv"]);
    assert_eq!((split(dir.path(), "2026-02").0, split(dir.path(), "2026-03").0), (10_000, 1_000));
}

const CHANGING: &str = r#"{"projects": [
  {
    "project_id": "genome",
    "pi_email": [{"pi_email": "first@x.edu", "to": "2026-01-19"}, {"pi_email": "next@x.edu", "from": "2026-01-20"}],
    "fund_org": [
      {"fund_org": "GRANT-1", "to": "2026-01-09"},
      {"fund_org": "GRANT-2", "from": "2026-01-10", "to": "2026-01-24"}
    ],
    "users": [{"email": "ab@northwinds.edu"}]
  },
  {"project_id": "other", "pi_email": "other@x.edu", "fund_org": "OTHER", "users": []}
]}"#;

fn changing() -> tempfile::TempDir {
    let days = ["2026-01-09", "2026-01-10", "2026-01-20", "2026-01-25"];
    let dir = folder(&days.map(|day| used(day, 10)));
    fs::write(dir.path().join("projects.json"), CHANGING).unwrap();
    rules(dir.path(), &[r#""type": "per_project_cap", "cap_amount": 25, "period": "month""#]);
    dir
}

#[test]
fn a_fund_and_a_pi_change_by_the_day_and_share_the_projects_cap() {
    let dir = changing();
    let said = written(dir.path(), &[]);
    assert!(said.contains("ab@northwinds.edu is in a project whose fund is closed on the day of use: 1 row"), "{said}");
    let rows = csv_rows(&dir.path().join("openai-tokens_2026-01.csv"));
    let usage: Vec<String> = rows
        .iter()
        .filter(|row| !sponsor(&row["Tags"]))
        .map(|row| {
            let tags: serde_json::Value = serde_json::from_str(&row["Tags"]).unwrap();
            let tag = |key: &str| tags[key].as_str().unwrap().to_owned();
            format!("{} {} {}", tag("fund_org"), tag("pi_email"), row["BilledCost"])
        })
        .collect();
    assert_eq!(
        usage,
        [
            "GRANT-1 first@x.edu 0.00",
            "GRANT-2 first@x.edu 0.00",
            "GRANT-2 next@x.edu 5.00",
            "unassigned unassigned 10.00"
        ]
    );
    let refused = convert(dir.path(), &["--strict"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(out(&refused).contains("a project whose fund is closed"), "{}", out(&refused));
}

#[test]
fn use_after_a_fund_was_closed_is_open_until_another_project_pays() {
    let dir = changing();
    let (session, mut desk) = session::open(dir.path(), &["report.csv"], &[], None);
    let closed: Vec<u32> =
        (0..desk.items()).filter(|item| desk.row(*item).badges.contains(&Badge::ClosedFund)).collect();
    let [closed] = closed[..] else { panic!("{closed:?}") };
    let gate = desk.close().gate.clone();
    assert!(gate.iter().any(|line| line.what == "without a payer" && line.count == 1), "one item without a payer");

    let decision = Decision { verdict: Verdict::ApproveBilled, reason: String::new(), note: String::new() };
    let approve = Command::Decide { items: vec![closed], decision };
    let said = desk.plan(&approve).err().unwrap().to_string();
    assert!(said.contains("project's fund is closed on that day"), "{said}");
    let said = desk.plan(&Command::Assign { items: vec![closed], project: "genome".into() }).err().unwrap().to_string();
    assert!(said.contains("genome has no fund in force on the day of use"), "{said}");
    give(&session, &mut desk, &Command::Assign { items: vec![closed], project: "other".into() });
    give(&session, &mut desk, &approve);
    let allocation = desk.allocation();
    assert_eq!(allocation.charges.len(), 1);
    assert!(desk.sheet().rows().all(|row| ["OTHER", "SPONSOR"].contains(&row.payer.fund_org)));
}

/// The month of a book, with these files taken in.
fn open(dir: &Path, month: &str, files: &[&str]) -> (Session, Desk) {
    session::open(dir, files, &[], Some(month))
}

fn approve_all(session: &Session, desk: &mut Desk) {
    let decision = Decision { verdict: Verdict::ApproveBilled, reason: String::new(), note: String::new() };
    let items = (0..desk.items()).collect();
    give(session, desk, &Command::Decide { items, decision });
}

/// What each month draws before and after, as a preview has it.
fn drawn(preview: &trueup::desk::Preview) -> Vec<String> {
    let own = preview.subsidy.map(|(before, after)| format!("this: {before} to {after}"));
    let others = preview.months.iter().map(|effect| {
        let (before, after) = effect.subsidy;
        assert!(effect.charges > 0 && !effect.payers.is_empty());
        format!("{}: {before} to {after}", effect.month)
    });
    own.into_iter().chain(others).collect()
}

#[test]
fn another_cap_shows_what_it_splits_anew_in_every_open_month_before_it_is_written() {
    let dir = folder(&[used("2026-01-01", 450), used("2026-01-05", 30), used("2026-01-20", 60)]);
    report(dir.path(), "february.csv", &[used("2026-02-03", 70)]);
    report(dir.path(), "march.csv", &[used("2026-03-03", 1)]);
    rules(dir.path(), &[r#""type": "per_project_cap", "cap_amount": 500, "period": "calendar_year""#]);
    let text = || fs::read_to_string(dir.path().join("subsidies.json")).unwrap();
    let first = text();
    // March has no decision, so nothing of it is charged.
    for (month, file) in [("2026-01", "report.csv"), ("2026-02", "february.csv")] {
        let (session, mut desk) = open(dir.path(), month, &[file, "march.csv"]);
        approve_all(&session, &mut desk);
    }
    let cap = |amount: &str, from: &str, retroactive| Command::SetCap {
        rule: "r0".into(),
        amount: amount.into(),
        from: from.into(),
        retroactive,
    };
    let (session, desk) = open(dir.path(), "2026-01", &[]);
    let asked = |desk: &Desk, command: &Command| desk.plan(command).unwrap().preview;
    let forward = asked(&desk, &cap("600", "2026-01-25", false));
    assert_eq!(drawn(&forward), ["this: 500 to 500", "2026-02: 0 to 70"]);
    assert!(forward.payers.is_empty() && forward.items == 0);
    let back = asked(&desk, &cap("600", "2026-01-25", true));
    assert_eq!(drawn(&back), ["this: 500 to 540", "2026-02: 0 to 60"]);
    assert_eq!(back.items, 1);
    let sums: Vec<String> =
        back.payers.iter().map(|payer| format!("{} {} {}", payer.payer, payer.before, payer.after)).collect();
    assert_eq!(sums.len(), 2, "{sums:?}");
    assert!(sums.contains(&"SPONSOR 500 540".to_owned()), "{sums:?}");
    // From another month the same is said, whichever is looked at.
    drop(session);
    let (session, february) = open(dir.path(), "2026-02", &[]);
    assert_eq!(drawn(&asked(&february, &cap("600", "2026-01-25", true))), ["this: 0 to 60", "2026-01: 500 to 540"]);
    assert_eq!(text(), first, "looking writes nothing");
    drop(session);

    let (session, mut desk) = open(dir.path(), "2026-01", &[]);
    give(&session, &mut desk, &cap("600", "2026-01-25", true));
    assert!(text().contains("\"caps\""));
    assert_eq!(desk.burn_downs()[0].remaining.to_string(), "60");
    let entry = desk.journal().last().unwrap();
    let shown = desk.entry_text(entry).0;
    assert_eq!(shown, "subsidies.json: cap of r0: 600 from 2026-01-25, for the whole of that period");
    give(&session, &mut desk, &Command::Undo);
    assert_eq!(text(), first);
    assert_eq!(desk.burn_downs()[0].remaining.to_string(), "0");
}

/// January with 60 of a cap of 100 drawn and its file written, and a February
/// that asks for 70.
fn january_written() -> (tempfile::TempDir, Session, Desk) {
    let dir = folder(&[used("2026-01-20", 60)]);
    report(dir.path(), "february.csv", &[used("2026-02-03", 70)]);
    rules(dir.path(), &[r#""type": "per_project_cap", "cap_amount": 100, "period": "calendar_year""#]);
    let (session, mut desk) = open(dir.path(), "2026-01", &["report.csv", "february.csv"]);
    approve_all(&session, &mut desk);
    give(&session, &mut desk, &Command::Export { target: None });
    (dir, session, desk)
}

#[test]
fn a_month_that_was_written_counts_once_in_what_a_cap_splits_anew() {
    let (dir, session, _) = january_written();
    drop(session);
    let (session, mut desk) = open(dir.path(), "2026-02", &[]);
    approve_all(&session, &mut desk);
    let cap = |amount: &str| Command::SetCap {
        rule: "r0".into(),
        amount: amount.into(),
        from: String::new(),
        retroactive: false,
    };
    let preview = |amount| desk.plan(&cap(amount)).unwrap().preview;
    assert_eq!(drawn(&preview("50")), ["this: 40 to 0", "2026-01: 60 to 50"]);
    assert_eq!(drawn(&preview("130")), ["this: 40 to 70"]);
    // The chart climbs to what January drew before February begins.
    let burn = &desk.burn_downs()[0];
    let january = burn.series.iter().find(|(day, _)| day.to_string() == "2026-01-31").unwrap();
    assert_eq!((january.1.to_string(), burn.series[0].1.to_string()), ("60".into(), "0".into()));
    let behind = desk.draws_behind(&burn.scope).unwrap();
    let row = behind.row(0).unwrap();
    assert_eq!((behind.len(), row.amount.to_string(), row.drawn.to_string()), (1, "70".into(), "40".into()));
    assert_eq!((row.left, row.user.as_str()), (burn.remaining, "ab@northwinds.edu"));
}

#[test]
fn a_signed_month_is_named_and_not_split_anew() {
    let (dir, session, mut desk) = january_written();
    give(&session, &mut desk, &Command::Sign);
    let cap = Command::SetCap { rule: "r0".into(), amount: "50".into(), from: String::new(), retroactive: false };
    assert!(desk.plan(&cap).is_err(), "nothing of a signed month is changed from within it");
    drop(session);
    let (session, mut desk) = open(dir.path(), "2026-02", &[]);
    approve_all(&session, &mut desk);
    let preview = desk.plan(&cap).unwrap().preview;
    assert_eq!(drawn(&preview), ["this: 40 to 0"]);
    assert!(preview.remarks.contains(&"Signed, and so as they are: 2026-01.".to_owned()), "{:?}", preview.remarks);
    assert!(preview.remarks.contains(&"1 cap drew more than that before; it stays with them.".to_owned()));
}

/// Tiers, share and dates go the way of a cap: shown over every open month,
/// written, journaled, taken back.
#[test]
fn other_figures_of_a_rule_show_what_they_split_anew_before_they_are_written() {
    let dir = folder(&[used("2026-01-05", 150), used("2026-01-20", 200)]);
    report(dir.path(), "february.csv", &[used("2026-02-03", 100)]);
    rules(
        dir.path(),
        &[r#""type": "tiered", "period": "calendar_year",
           "tiers": [{"up_to": 200, "percent": 100}, {"up_to": 500, "percent": 50}]"#],
    );
    let text = || fs::read_to_string(dir.path().join("subsidies.json")).unwrap();
    let first = text();
    for (month, file) in [("2026-01", "report.csv"), ("2026-02", "february.csv")] {
        let (session, mut desk) = open(dir.path(), month, &[file]);
        approve_all(&session, &mut desk);
    }
    let set = |figures: &[(&str, &str)]| Command::SetTerms {
        rule: "r0".into(),
        figures: figures.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect(),
    };
    let (session, mut desk) = open(dir.path(), "2026-01", &[]);
    // 150 in full, then 50 in full and 150 at half; now all of 300 in full, then 50 at half.
    let command = set(&[("tiers", "300:100, 500:50"), ("from", "none")]);
    let preview = desk.plan(&command).unwrap().preview;
    assert_eq!(drawn(&preview), ["this: 275 to 325"]);
    assert_eq!(preview.title, "Terms of r0: tiers up to 300 at 100% and up to 500 at 50%");
    assert!(preview.remarks.contains(&"So far: tiers 200:100, 500:50.".to_owned()), "{:?}", preview.remarks);
    assert_eq!(text(), first);
    give(&session, &mut desk, &command);
    assert_eq!(
        desk.allocation().draws.iter().flatten().map(|draw| draw.amount).sum::<trueup::amount::Amount>().to_string(),
        "325"
    );
    let refused = desk.plan(&command).map(|_| ()).unwrap_err();
    assert_eq!(refused.0, "That is what stands there already.");
    give(&session, &mut desk, &Command::Undo);
    assert_eq!(text(), first);
    drop(session);

    // A last day in January leaves the draws before it and takes those of February.
    let (_session, february) = open(dir.path(), "2026-02", &[]);
    let preview = february.plan(&set(&[("to", "2026-01-31")])).unwrap().preview;
    assert_eq!(drawn(&preview), ["this: 50 to 0"]);
    let refused = february.plan(&set(&[("percent", "50")])).map(|_| ()).unwrap_err();
    assert!(refused.0.contains("has tiers"), "{refused}");
}

#[test]
fn the_command_line_sets_figures_of_a_rule_over_the_same_preview() {
    let dir = folder(&[used("2026-01-05", 100)]);
    rules(dir.path(), &[r#""type": "per_project_cap", "cap_amount": 500, "period": "month""#]);
    let (session, mut desk) = open(dir.path(), "2026-01", &["report.csv"]);
    let decision = Decision { verdict: Verdict::ApproveBilled, reason: String::new(), note: String::new() };
    give(&session, &mut desk, &Command::Decide { items: vec![0], decision });
    drop(session);
    let trueup = |args: &[&str]| {
        let output =
            std::process::Command::new(env!("CARGO_BIN_EXE_trueup")).current_dir(dir.path()).args(args).output();
        let output = output.unwrap();
        (output.status.code().unwrap(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (code, said) = trueup(&[
        "subsidies",
        "set-terms",
        "r0",
        "--percent",
        "80",
        "--from",
        "2026-01-01",
        "--rollover",
        "full",
        "--yes",
    ]);
    assert!(code == 0 && said.contains("percent 80, from 2026-01-01, rollover full"), "{said}");
    assert!(said.contains("subsidised this month: $100.00 to $80.00") && said.contains("Done."), "{said}");
    let (code, said) = trueup(&["subsidies", "set-terms", "r0"]);
    assert!(code == 2 && said.contains("--percent"), "{said}");
    let (code, said) = trueup(&["subsidies", "set-terms", "r0", "--from", "none", "--yes"]);
    assert!(code == 2 && said.contains("rollover needs “from”"), "{said}");
}
