//! Why the two sides differ, and adopting what explains it: the real program
//! on files, and the book through the desk.

mod support;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;
use support::session::{self, give, load};
use support::{printed as out, refused, run_in as trueup};
use trueup::book::{Access, Book};
use trueup::desk::{self, Desk, Scope};
use trueup::journal::Action;
use trueup::reconcile::Proposal;

const OURS: &str = "# Ours.\n[health]\nerrors = 0\n";
const LEDGER: &str = "request_id,timestamp,model,project_id,input_tokens,output_tokens,cost\n";

fn why(dir: &Path, more: &[&str]) -> Value {
    let text = out(dir, &[&["why", "--format", "json"], more].concat());
    serde_json::from_str(&text).unwrap()
}

/// The causes that were found: probe and dollars.
fn causes(why: &Value) -> Vec<(&str, &str)> {
    let causes = why["causes"].as_array().unwrap();
    causes.iter().map(|cause| (cause["probe"].as_str().unwrap(), cause["explained"].as_str().unwrap())).collect()
}

/// A book with these two files read into it.
fn book(bill: &str, ledger: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    fs::write(path.join("pricing.json"), "{\n  \"currency\": \"USD\",\n  \"credit_pools\": []\n}\n").unwrap();
    fs::write(path.join("config.toml"), OURS).unwrap();
    fs::write(path.join("bill.csv"), bill).unwrap();
    fs::write(path.join("ledger.csv"), ledger).unwrap();
    session::open(path, &["bill.csv"], &["ledger.csv"], None);
    dir
}

/// All that a comparison shows: items, both tie-out lines, sums and causes.
fn seen(desk: &Desk) -> String {
    let mut text: Vec<String> = (0..desk.items()).map(|item| format!("{:?}", desk.row(item))).collect();
    text.push(format!("{:?} {:?} {:?}", desk.tie_out(), desk.comparison().2, desk.why(&Scope::Month)));
    text.join("\n")
}

/// A cost row of one UTC day of 2026, counted from 1 January.
fn cost(day: i64, line_item: &str, amount: &str) -> String {
    let start = 1_767_225_600 + (day - 1) * 86_400;
    format!("{start},{},,,{amount},usd,\"{line_item}\",p1,org,Org\n", start + 86_400)
}

const COSTS: &str = "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,organization_id,organization_name\n";

/// A ledger kept in New York's time: each call is five hours earlier than on
/// the bill. Calls all day long, and $12 of them after 19:00 on 31 January,
/// which the bill has in February.
fn new_york() -> tempfile::TempDir {
    let mut ledger = String::from(LEDGER);
    let mut days: std::collections::BTreeMap<i64, i64> = std::collections::BTreeMap::new();
    let mut call = |n: i64, second: i64, dollars: i64| {
        // In UTC, and as the ledger's clock has it.
        *days.entry(second.div_euclid(86_400) + 1).or_default() += dollars;
        let local = second - 5 * 3_600;
        let (day, of_day) = (local.div_euclid(86_400) + 1, local.rem_euclid(86_400));
        let (month, day) = if day > 31 { (2, day - 31) } else { (1, day) };
        let (hour, minute) = (of_day / 3_600, of_day / 60 % 60);
        ledger.push_str(&format!(
            "r{n},2026-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z,gpt-4o,p1,{},0,{dollars}.00\n",
            dollars * 400_000
        ));
    };
    for n in 0..28 * 5 {
        // From the 2nd on, so that none of the ledger's falls into December.
        call(n, 86_400 + n * 17_280 + n * 977 % 9_000, 1 + n % 4);
    }
    for n in 0..3 {
        // 20:00, 21:00 and 22:00 in New York on the 31st.
        call(1_000 + n, 31 * 86_400 + (1 + n) * 3_600, 4);
    }
    call(2_000, 35 * 86_400 + 43_200, 3);
    let bill: String = days.iter().map(|(day, sum)| cost(*day, "gpt-4o, input", &format!("{sum}.00"))).collect();
    book(&format!("{COSTS}{bill}"), &ledger)
}

#[test]
fn a_ledger_in_new_york_time_is_explained_adopted_and_undone() {
    let dir = new_york();
    let dir = dir.path();
    let found = why(dir, &["--month", "2026-01"]);
    assert_eq!(found["variance"], "-12", "{found}");
    assert_eq!((causes(&found), &found["unexplained"]), (vec![("day_offset", "-12")], &"0".into()), "{found}");
    let text = out(dir, &["why", "--month", "2026-01"]);
    assert!(text.contains("UTC-5") && text.contains("trueup why --adopt 1"), "{text}");

    // Looking, and not saying yes, changes nothing.
    let args = ["why", "--month", "2026-01", "--adopt", "1"];
    let dry = out(dir, &[&args[..], &["--dry-run"]].concat());
    assert!(dry.contains("Billed minus recorded: -$12.00 to $0.00."), "{dry}");
    assert!(dry.contains("Nothing was changed."), "{dry}");
    assert!(refused(dir, &args).contains("there is no terminal to ask on"));
    assert_eq!(causes(&why(dir, &["--month", "2026-01"])), [("day_offset", "-12")]);

    let done = out(dir, &[&args[..], &["--yes"]].concat());
    assert!(done.contains("It holds in every month of the book."), "{done}");
    for (month, recorded) in [("2026-01", "350"), ("2026-02", "15")] {
        let found = why(dir, &["--month", month]);
        assert_eq!((&found["variance"], causes(&found)), (&"0".into(), vec![]), "{month} {found}");
        assert_eq!(found["assumptions"], serde_json::json!(["the ledger's times are those of UTC-5"]));
        let (_, desk) = load(dir, Vec::new(), Some(month));
        let [bill, ledger] = desk.tie_out();
        assert!(bill.balanced() && ledger.balanced(), "{month}: {bill:?} {ledger:?}");
        assert_eq!(ledger.totals[0].1.to_string(), recorded, "{month}");
    }
    let again = refused(dir, &["why", "--month", "2026-01", "--adopt", "1", "--yes"]);
    assert!(again.contains("There is no finding 1"), "{again}");
    // The assumption is of the book: another month takes it back as well.
    let undone = out(dir, &["why", "--month", "2026-02", "--undo", "--yes"]);
    assert!(undone.contains("Undo: take for granted: the ledger's times are those of UTC-5"), "{undone}");
    assert_eq!(causes(&why(dir, &["--month", "2026-01"])), [("day_offset", "-12")]);
    assert_eq!(why(dir, &["--month", "2026-02"])["variance"], "12");
    Book::open(dir, Access::Read).unwrap().verify_chain().unwrap();
}

/// Output at 10 per million and at 8 from the 16th on: 3 million tokens before
/// and 5 million after. The ledger counts the tokens and leaves the price to
/// the book, or states costs at 10.
fn fallen_price(stated: bool) -> tempfile::TempDir {
    let (mut bill, mut ledger) =
        (String::from("id,timestamp,model,input_tokens,output_tokens,cost\n"), LEDGER.to_owned());
    for n in 0..16i64 {
        let (day, tokens) = if n < 6 { (2 + 2 * n, 500_000) } else { (10 + n, 500_000) };
        let price = if day < 16 { 10 } else { 8 };
        let cents = |price: i64| format!("{}.{:02}", tokens * price / 1_000_000, tokens * price / 10_000 % 100);
        bill.push_str(&format!("r{n},2026-01-{day:02}T10:00:00Z,gpt-4o,0,{tokens},{}\n", cents(price)));
        let cost = if stated { cents(10) } else { String::new() };
        ledger.push_str(&format!("r{n},2026-01-{day:02}T10:00:00Z,gpt-4o,p1,0,{tokens},{cost}\n"));
    }
    book(&bill, &ledger)
}

#[test]
fn a_price_that_fell_is_dated_set_and_taken_back_byte_for_byte() {
    let dir = fallen_price(false);
    let dir = dir.path();
    let pricing = || fs::read_to_string(dir.join("pricing.json")).unwrap();
    let before = pricing();
    let found = why(dir, &[]);
    assert_eq!((&found["variance"], causes(&found)), (&"-10".into(), vec![("price_date", "-10")]), "{found}");
    assert_eq!(found["causes"][0]["cause"], "price");
    assert!(found["causes"][0]["sentence"].as_str().unwrap().starts_with("From 2026-01-16 on"), "{found}");
    let shown = out(dir, &["why", "--adopt", "1", "--dry-run"]);
    assert!(shown.contains("Billed minus recorded: -$10.00 to $0.00."), "{shown}");
    assert_eq!(pricing(), before, "nothing changes before yes");
    out(dir, &["why", "--adopt", "1", "--yes"]);
    assert!(pricing().contains("\"effective_date\": \"2026-01-16\""), "{}", pricing());
    assert_eq!(why(dir, &[])["variance"], "0");
    out(dir, &["why", "--undo", "--yes"]);
    assert_eq!(pricing(), before);
    assert_eq!(why(dir, &[])["variance"], "-10");
}

#[test]
fn costs_that_the_ledger_states_for_itself_follow_no_price_book() {
    let dir = fallen_price(true);
    let shown = out(dir.path(), &["why", "--adopt", "1", "--dry-run"]);
    assert!(shown.contains("Billed minus recorded: -$10.00 to -$10.00."), "{shown}");
    assert!(shown.contains("What the ledger states for itself stays as it is"), "{shown}");
}

/// Daily costs of one model and a ledger row for each, as `row` has it; beside
/// it another model that both sides agree about.
fn daily(row: impl Fn(i64) -> (&'static str, &'static str, String)) -> tempfile::TempDir {
    let (mut bill, mut ledger) = (COSTS.to_owned(), LEDGER.to_owned());
    for day in 1..=20i64 {
        let tokens = 10_000_000 + day * 100_000;
        // gpt-4.1-mini reads a million tokens for 0.40.
        let cents = tokens * 40 / 1_000_000;
        bill.push_str(&cost(day, "gpt-4.1-mini, input", &format!("{}.{:02}", cents / 100, cents % 100)));
        bill.push_str(&cost(day, "gpt-4o, input", "1.00"));
        ledger.push_str(&format!("s{day},2026-01-{day:02}T11:00:00Z,gpt-4o,p1,400000,0,1.00\n"));
        let (model, project, cost) = row(cents);
        ledger.push_str(&format!("r{day},2026-01-{day:02}T10:00:00Z,{model},{project},{tokens},0,{cost}\n"));
    }
    book(&bill, &ledger)
}

fn dollars(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[test]
fn another_name_of_a_model_is_put_into_the_config_and_taken_back() {
    let dir = daily(|cents| ("house-mini", "p1", dollars(cents)));
    let dir = dir.path();
    let found = why(dir, &[]);
    assert_eq!((&found["variance"], causes(&found)), (&"0".into(), vec![("model_name", "0")]), "{found}");
    assert_ne!(found["causes"][0]["moved"], "0");
    out(dir, &["why", "--adopt", "1", "--yes"]);
    let config = || fs::read_to_string(dir.join("config.toml")).unwrap();
    assert_eq!(config(), format!("{OURS}\n[models]\nhouse-mini = \"gpt-4.1-mini\"\n"));
    let settled = why(dir, &[]);
    assert_eq!((causes(&settled), &settled["unexplained"]), (vec![], &"0".into()));
    out(dir, &["why", "--undo", "--yes"]);
    assert_eq!((config().as_str(), causes(&why(dir, &[]))), (OURS, vec![("model_name", "0")]));
}

#[test]
fn a_ledger_in_cents_is_taken_in_dollars_and_its_rows_stay_as_they_are() {
    let dir = daily(|cents| ("gpt-4.1-mini", "p1", cents.to_string()));
    let dir = dir.path();
    let found = why(dir, &[]);
    assert_eq!((causes(&found).len(), causes(&found)[0].0), (1, "unit"), "{found}");
    out(dir, &["why", "--adopt", "1", "--yes"]);
    assert_eq!(why(dir, &[])["variance"], "0");
    let (session, mut desk) = load(dir, Vec::new(), None);
    let [bill, ledger] = desk.tie_out();
    assert!(bill.balanced() && ledger.balanced());
    assert_eq!(bill.totals[0].1, ledger.totals[0].1, "recorded means the ledger in dollars");
    let detail = (0..desk.items()).map(|item| format!("{:?}", desk.detail(item))).collect::<String>();
    assert!(detail.contains("404 stated, 4.04 taken for granted"), "{detail}");
    assert_eq!(detail.matches("taken for granted").count(), 20, "of the other model nothing is");
    let report: Value = serde_json::from_slice(&trueup(dir, &["reconcile", "--format", "json"]).stdout).unwrap();
    assert_eq!(
        report["assumptions"][0],
        "the ledger states another unit: its amounts of gpt-4.1-mini count 1/100 times"
    );
    assert_eq!((&report["unexplained"], report["causes"].as_array().unwrap().len()), (&"0".into(), 0));
    // Dropped, and with that undone it holds again.
    let assumption = desk.assumptions().remove(0);
    give(&session, &mut desk, &desk::Command::Drop(assumption.clone()));
    assert!(desk.assumptions().is_empty() && desk.why(&Scope::Month).total.is_negative());
    assert!(desk.plan(&desk::Command::Drop(assumption)).is_err());
    give(&session, &mut desk, &desk::Command::Undo);
    assert_eq!(desk.why(&Scope::Month).total.to_string(), "0");
    give(&session, &mut desk, &desk::Command::Undo);
    assert!(desk.assumptions().is_empty());
    drop((session, desk));
    assert_eq!(causes(&why(dir, &[]))[0].0, "unit");
}

#[test]
fn a_limit_to_what_is_unexplained_makes_a_month_unwell() {
    // Each day a cent or two more is recorded than any cause gives.
    let dir = daily(|cents| ("gpt-4.1-mini", "p1", dollars(cents + 1 + cents / 4 % 2)));
    let run = |limit: &str| {
        fs::write(dir.path().join("config.toml"), format!("[health]\nunexplained = {limit}\n")).unwrap();
        let report = trueup(dir.path(), &["reconcile", "--format", "json"]);
        (report.status.code(), serde_json::from_slice::<Value>(&report.stdout).unwrap())
    };
    let (code, report) = run("\"0.30\"");
    assert_eq!((code, &report["health"]["unexplained"]), (Some(0), &"0.3".into()), "{report}");
    let (code, report) = run("\"0.29\"");
    assert_eq!(code, Some(1));
    let reason = "0.3 is unexplained, whatever the sign; it should be at most 0.29.";
    assert_eq!(report["health"]["reasons"], serde_json::json!([reason]));
}

#[test]
fn the_summary_lists_the_causes_and_a_filter_narrows_them() {
    let dir = fallen_price(false);
    let text = trueup(dir.path(), &["reconcile"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("  1.            -$10.00  another price (10 items)"), "{text}");
    assert!(text.contains("Unexplained: $0.00"), "{text}");
    for (day, variance, found) in [("2026-01-02", "0", vec![]), ("2026-01-20", "-1", vec![("price_date", "-1")])] {
        let some = why(dir.path(), &["--filter", &format!("day:{day}")]);
        assert_eq!((&some["variance"], causes(&some)), (&variance.into(), found), "{some}");
    }
    let csv = out(dir.path(), &["why", "--format", "csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[1].starts_with("2026-01,1,price,price_date,-10,10,10,true,true,\"From 2026-01-16"), "{csv}");
    assert!(lines[2].starts_with("2026-01,,unexplained,,0,0,"), "{csv}");
    assert!(refused(dir.path(), &["why", "--adopt", "9"]).contains("There is no finding 9"));
    assert!(refused(dir.path(), &["why", "--undo"]).contains("There is nothing to undo."));
    assert!(refused(dir.path(), &["why", "--yes"]).contains("go with --adopt"));
}

/// What can be taken for granted or put into a file, whatever the month.
fn proposals() -> impl Strategy<Value = Proposal> {
    let times = |num, den| trueup::price::Multiple::new("unit", num, den).unwrap();
    let model = || Some("gpt-4.1-mini".to_owned());
    prop_oneof![
        (-14i32..14).prop_map(|hours| Proposal::RebucketLedger { offset_minutes: hours * 60 + 15 }),
        (1i128..20, 1i128..20)
            .prop_map(move |(num, den)| Proposal::ScaleLedger { model: model(), factor: times(num, den) }),
        (2i128..20).prop_map(move |den| Proposal::TakeOutDiscount { factor: times(1, den) }),
        Just(Proposal::MergeProjects { a: "p1".into(), b: "p2".into() }),
        Just(Proposal::MergeProjects { a: "p2".into(), b: String::new() }),
        Just(Proposal::MergeModels { a: "house-mini".into(), b: "gpt-4.1-mini".into() }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_adopted_and_undone_leaves_the_comparison_as_it_was(
        costs in proptest::collection::vec((0i64..2_000, any::<bool>()), 20),
        adopted in proptest::collection::vec(proposals(), 1..4),
    ) {
        let at = std::cell::Cell::new(0);
        let dir = daily(|_| {
            let (cents, own) = costs[at.replace(at.get() + 1)];
            (if own { "house-mini" } else { "gpt-4.1-mini" }, if cents % 3 == 0 { "p2" } else { "p1" }, dollars(cents))
        });
        let (session, mut desk) = load(dir.path(), Vec::new(), None);
        let before = seen(&desk);
        let mut done = 0;
        for proposal in adopted {
            let command = desk::Command::Adopt(proposal);
            // Some ask for what is so already.
            if desk.plan(&command).is_ok() {
                give(&session, &mut desk, &command);
                done += 1;
                let [bill, ledger] = desk.tie_out();
                prop_assert!(bill.balanced() && ledger.balanced(), "both lines balance under what is taken for granted");
            }
        }
        let with_all = seen(&desk);
        let replayed = { drop(session); load(dir.path(), Vec::new(), Some("2026-01")) };
        prop_assert_eq!(&seen(&replayed.1), &with_all, "replaying the journal gives the same");
        let (session, mut desk) = replayed;
        (0..done).for_each(|_| { give(&session, &mut desk, &desk::Command::Undo); });
        prop_assert_eq!(&seen(&desk), &before);
        (0..done).for_each(|_| { give(&session, &mut desk, &desk::Command::Redo); });
        prop_assert_eq!(&seen(&desk), &with_all);
        let entries = desk.journal().iter().filter(|entry| matches!(entry.action, Action::Assume { .. }));
        prop_assert!(entries.count() <= done);
    }
}
