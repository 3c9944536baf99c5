//! What a month leaves to the next one, and what becomes of it there: the book
//! through the desk, and the real program on it.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command as Process;

use serde_json::Value;
use support::session::{self, give, input};
use trueup::amount::Amount;
use trueup::desk::{Badge, Command, Desk, ListQuery, Screen, Session};
use trueup::journal::{Decision, Verdict};
use trueup::reconcile::{Cleared, Outcome};
use trueup::usage::Side;

const LEDGER: &str = "request_id,timestamp,model,project_id,input_tokens,output_tokens,cost\n";
const COSTS: &str = "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,organization_id,organization_name\n";
const PROJECTS: &str = r#"{"projects": [{"project_id": "p1", "pi_email": "pi@example.edu", "fund_org": "F1",
    "users": [], "openai_projects": ["p1"]}]}"#;

/// A cost row of one UTC day of 2026, counted from 1 January.
fn cost(day: i64, amount: &str) -> String {
    let start = 1_767_225_600 + (day - 1) * 86_400;
    format!("{start},{},,,{amount},usd,\"gpt-4o, input\",p1,org,Org\n", start + 86_400)
}

fn call(n: u32, time: &str, amount: &str) -> String {
    format!("r{n},{time},gpt-4o,p1,1000,0,{amount}\n")
}

fn book(files: &[(&str, Side, String)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let config = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    config("pricing.json", "{\n  \"currency\": \"USD\",\n  \"credit_pools\": []\n}\n");
    config("projects.json", PROJECTS);
    config("subsidies.json", "{\"subsidies\": []}");
    add(dir.path(), files);
    dir
}

/// Files given to the book, which opens its first month.
fn add(dir: &Path, files: &[(&str, Side, String)]) {
    let written = |(name, side, text): &(&str, Side, String)| {
        fs::write(dir.join(name), text).unwrap();
        input(dir.join(name), *side)
    };
    session::load(dir, files.iter().map(written).collect(), None);
}

fn open(dir: &Path, month: &str) -> (Session, Desk) {
    session::load(dir, Vec::new(), Some(month))
}

fn decide(session: &Session, desk: &mut Desk, items: Vec<u32>, verdict: Verdict) {
    let decision = Decision { verdict, reason: "timing".into(), note: String::new() };
    give(session, desk, &Command::Decide { items, decision });
}

/// Defers everything in a month that is not found on one side or differs.
fn defer_all(dir: &Path, month: &str) -> usize {
    let (session, mut desk) = open(dir, month);
    let items = apart(&desk);
    let count = items.len();
    decide(&session, &mut desk, items, Verdict::Defer);
    count
}

fn apart(desk: &Desk) -> Vec<u32> {
    let list = |screen| desk.list(&ListQuery { screen: Some(screen), ..ListQuery::default() });
    [list(Screen::Discrepancies), list(Screen::NotFound)].concat()
}

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

/// A part of a tie-out line; zero where it is not there.
fn part(desk: &Desk, line: usize, label: &str) -> Amount {
    let line = &desk.tie_out()[line];
    line.totals.iter().chain(&line.parts).filter(|(of, _)| *of == label).map(|(_, amount)| *amount).sum()
}

fn balanced(desk: &Desk) {
    assert!(desk.tie_out().iter().all(|line| line.balanced()), "{:?}", desk.tie_out());
}

fn reconciled(dir: &Path, month: &str) -> Value {
    let output = Process::new(support::program())
        .args(["reconcile", "--format", "json", "--month", month, "--book"])
        .arg(dir)
        .output()
        .unwrap();
    assert!(output.status.code() != Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// January as billed and recorded alike, and $12 recorded in the evening of
/// the 31st by New York's clock, which the bill has on 1 February.
fn new_york() -> tempfile::TempDir {
    book(&[
        ("bill_01.csv", Side::Bill, format!("{COSTS}{}{}", cost(10, "5.00"), cost(31, "7.00"))),
        ("bill_02.csv", Side::Bill, format!("{COSTS}{}{}", cost(32, "16.00"), cost(40, "3.00"))),
        (
            "ledger.csv",
            Side::Ledger,
            format!(
                "{LEDGER}{}{}{}{}{}",
                call(1, "2026-01-10T12:00:00Z", "5.00"),
                call(2, "2026-01-31T12:00:00Z", "7.00"),
                call(3, "2026-01-31T19:30:00Z", "12.00"),
                call(4, "2026-02-01T12:00:00Z", "4.00"),
                call(5, "2026-02-09T12:00:00Z", "3.00"),
            ),
        ),
    ])
}

#[test]
fn twelve_dollars_after_seven_in_new_york_are_deferred_and_clear_against_february() {
    let dir = new_york();
    let january = reconciled(dir.path(), "2026-01");
    assert_eq!(january["variance"]["total"], "-12");
    assert_eq!(january["causes"][0]["explained"], "-12", "{}", january["causes"]);
    assert_eq!(january["unexplained"], "0");

    assert_eq!(defer_all(dir.path(), "2026-01"), 1);
    let (session, desk) = open(dir.path(), "2026-01");
    balanced(&desk);
    assert_eq!((part(&desk, 0, "deferred"), part(&desk, 1, "deferred")), (amount("7"), amount("19")));
    drop((session, desk));

    let (session, mut desk) = open(dir.path(), "2026-02");
    balanced(&desk);
    assert_eq!((part(&desk, 0, ""), part(&desk, 0, "carried in")), (amount("19"), amount("7")));
    assert_eq!((part(&desk, 1, ""), part(&desk, 1, "carried in")), (amount("7"), amount("19")));
    assert!(apart(&desk).is_empty(), "nothing is left apart in February");
    let [carried] = desk.carried() else { panic!("{:?}", desk.carried()) };
    let (item, cleared) = (carried.item, carried.cleared);
    assert_eq!((cleared, desk.row(item).cells.outcome), (Some(Cleared::OtherSide), Outcome::Matched));
    assert!(desk.row(item).badges.contains(&Badge::Cleared));
    let view = desk.carried_view(item).unwrap();
    assert_eq!((view.times, view.months, view.days), (1, 1, Some(28)));
    assert_eq!(desk.detail(item).carried.unwrap().sentence, view.sentence);
    assert!(view.sentence.contains("on 2026-02-01"), "{}", view.sentence);

    // Nothing is approved by itself, and what cleared is approved like the rest.
    give(&session, &mut desk, &Command::ApproveMatched);
    balanced(&desk);
    assert_eq!(desk.allocation().charges.iter().map(|c| c.amount).sum::<Amount>(), amount("26"));
    assert_eq!(part(&desk, 0, "approved"), amount("26"));
    drop((session, desk));

    let february = reconciled(dir.path(), "2026-02");
    assert_eq!(february["variance"]["total"], "0");
    assert_eq!(february["bill"]["total"], "19");
    assert_eq!(february["carried_in"]["recorded"], "19");
    assert_eq!(february["carried_in"]["cleared"][0]["times"], 1);
}

#[test]
fn a_deferral_survives_the_same_files_again_and_its_undo_takes_it_back() {
    let dir = new_york();
    defer_all(dir.path(), "2026-01");
    let again = fs::read_to_string(dir.path().join("ledger.csv")).unwrap();
    add(dir.path(), &[("ledger_again.csv", Side::Ledger, again + &call(9, "2026-02-20T12:00:00Z", "1.00"))]);
    let (session, desk) = open(dir.path(), "2026-02");
    assert_eq!(desk.carried().len(), 1, "read again with a row more, it is carried all the same");
    balanced(&desk);
    drop((session, desk));

    let (session, mut desk) = open(dir.path(), "2026-01");
    give(&session, &mut desk, &Command::Undo);
    drop((session, desk));
    let (session, desk) = open(dir.path(), "2026-02");
    assert!(desk.carried().is_empty() && part(&desk, 0, "carried in").is_zero());
    assert_eq!(apart(&desk).len(), 2, "1 February stands apart again, and the row that came later");
    drop((session, desk));

    let (session, mut desk) = open(dir.path(), "2026-01");
    give(&session, &mut desk, &Command::Redo);
    drop((session, desk));
    assert_eq!(open(dir.path(), "2026-02").1.carried().len(), 1);
}

#[test]
fn what_changed_in_an_open_month_is_open_there_and_not_carried_in() {
    let dir = new_york();
    defer_all(dir.path(), "2026-01");
    // A later download has a call more on the 31st.
    let more = fs::read_to_string(dir.path().join("ledger.csv")).unwrap()
        + &call(8, "2026-01-31T13:00:00Z", "2.00")
        + &call(9, "2026-02-20T12:00:00Z", "1.00");
    add(dir.path(), &[("more.csv", Side::Ledger, more)]);
    let (session, desk) = open(dir.path(), "2026-02");
    assert!(desk.carried().is_empty());
    let gate = desk.close();
    let astray = gate.gate.iter().find(|item| item.name == "carried-astray").unwrap();
    assert_eq!((astray.count, astray.blocks), (1, false));
    assert!(astray.sentence.contains("1 item changed since"), "{}", astray.sentence);
    drop((session, desk));
    let (_session, desk) = open(dir.path(), "2026-01");
    let item = apart(&desk)[0];
    assert!(desk.is_open(item) && desk.detail(item).stale.is_some(), "it shows the old decision and is open");
}

/// Bill lines without anything recorded in January, and what February brings.
fn billed_alone(february: &str, ledger: &str) -> tempfile::TempDir {
    book(&[
        ("bill.csv", Side::Bill, format!("{COSTS}{}{}{february}", cost(10, "5.00"), cost(20, "30.00"))),
        ("ledger.csv", Side::Ledger, format!("{LEDGER}{}{ledger}", call(1, "2026-01-10T12:00:00Z", "5.00"))),
    ])
}

#[test]
fn an_item_that_waits_is_carried_until_it_is_settled_and_counts_its_months() {
    let february = cost(40, "3.00") + &cost(70, "4.00");
    let recorded = call(2, "2026-02-09T12:00:00Z", "3.00") + &call(3, "2026-03-11T12:00:00Z", "4.00");
    let dir = billed_alone(&february, &recorded);
    defer_all(dir.path(), "2026-01");
    // February has taken it in, and nothing is in two months at a time.
    let (session, desk) = open(dir.path(), "2026-03");
    assert!(desk.carried().is_empty());
    drop((session, desk));

    let (session, mut desk) = open(dir.path(), "2026-02");
    let waiting = desk.carried()[0].item;
    assert!(desk.is_open(waiting) && desk.row(waiting).badges.contains(&Badge::Carried));
    assert_eq!(part(&desk, 0, "open"), amount("33"));
    decide(&session, &mut desk, vec![waiting], Verdict::Defer);
    balanced(&desk);
    drop((session, desk));

    let (session, mut desk) = open(dir.path(), "2026-03");
    let item = desk.carried()[0].item;
    let view = desk.carried_view(item).unwrap();
    assert_eq!((view.times, view.months, view.since.to_string().as_str()), (2, 2, "2026-01"));
    assert_eq!(view.days, Some(70), "from 20 January to 31 March");
    decide(&session, &mut desk, vec![item], Verdict::ApproveBilled);
    balanced(&desk);
    let charges = &desk.allocation().charges;
    assert_eq!(
        charges.iter().map(|c| (c.day.to_string(), c.amount)).collect::<Vec<_>>(),
        [("2026-01-20".into(), amount("30"))]
    );
}

#[test]
fn a_credit_clears_what_was_disputed_and_no_other_item() {
    let dir = billed_alone(&(cost(40, "-30.00") + &cost(41, "-29.99")), "");
    let (session, mut desk) = open(dir.path(), "2026-01");
    let disputed = apart(&desk);
    decide(&session, &mut desk, disputed, Verdict::Dispute);
    drop((session, desk));
    let (session, mut desk) = open(dir.path(), "2026-02");
    let [carried] = desk.carried() else { panic!("{:?}", desk.carried()) };
    let item = carried.item;
    assert_eq!((carried.cleared, desk.row(item).cells.outcome), (Some(Cleared::Credit), Outcome::Matched));
    assert_eq!(desk.row(item).cells.billed, Some(Amount::ZERO));
    assert_eq!(apart(&desk).len(), 1, "the other credit is an item of its own");
    give(&session, &mut desk, &Command::ApproveMatched);
    balanced(&desk);
    assert!(
        desk.allocation().charges.iter().map(|c| c.amount).sum::<Amount>().is_zero(),
        "a charge and its credit write nothing in sum"
    );
}

#[test]
fn nothing_clears_within_a_tolerance_or_when_two_fit() {
    // A cent less, and twice the same.
    for (recorded, ways) in [(["29.99", ""], 0), (["30.00", "30.00"], 0), (["30.00", ""], 1)] {
        let calls: String = (40..)
            .zip(recorded.iter().filter(|amount| !amount.is_empty()))
            .map(|(n, amount)| call(n, &format!("2026-02-{:02}T12:00:00Z", n - 30), amount))
            .collect();
        let dir = billed_alone("", &calls);
        defer_all(dir.path(), "2026-01");
        let (_session, desk) = open(dir.path(), "2026-02");
        let cleared = desk.carried().iter().filter(|carried| carried.cleared.is_some()).count();
        assert_eq!(cleared, ways, "{recorded:?}");
        balanced(&desk);
    }
}

#[test]
fn what_was_carried_in_is_matched_by_hand_with_lines_of_the_month_and_undone_in_one_step() {
    // 30 wait; 12 and 17.99 came for them, and 5 for something else.
    let calls = call(2, "2026-02-10T12:00:00Z", "12.00")
        + &call(3, "2026-02-11T12:00:00Z", "17.99")
        + &call(4, "2026-02-12T12:00:00Z", "5.00")
        + &call(5, "2026-03-12T12:00:00Z", "1.00");
    let dir = billed_alone("", &calls);
    defer_all(dir.path(), "2026-01");
    let (session, mut desk) = open(dir.path(), "2026-02");
    assert_eq!(desk.items(), 4);
    let waiting = desk.carried()[0].item;
    assert!(desk.plan(&Command::Match { items: vec![waiting] }).is_err(), "nothing of this month is marked");
    let recorded = |desk: &Desk, text: &str| {
        let is =
            |item: &u32| desk.row(*item).cells.recorded == Some(amount(text)) && desk.row(*item).cells.billed.is_none();
        (0..desk.items()).find(is).unwrap()
    };
    let items = vec![waiting, recorded(&desk, "12"), recorded(&desk, "17.99")];
    let said = desk.plan(&Command::Match { items: items.clone() }).unwrap().preview.remarks.join(" ");
    assert!(said.contains("0.01"), "what stays apart is said: {said}");
    give(&session, &mut desk, &Command::Match { items });
    let joined = |desk: &Desk| {
        let [carried] = desk.carried() else { panic!("{:?}", desk.carried()) };
        let row = desk.row(carried.item);
        (desk.items(), carried.cleared, row.cells.billed, row.cells.recorded)
    };
    let by_hand = (2, Some(Cleared::Hand), Some(amount("30")), Some(amount("29.99")));
    assert_eq!(joined(&desk), by_hand);
    assert!(desk.carried_view(desk.carried()[0].item).unwrap().sentence.contains("Matched by hand"));
    balanced(&desk);
    give(&session, &mut desk, &Command::Undo);
    assert_eq!((desk.items(), desk.carried()[0].cleared), (4, None));
    give(&session, &mut desk, &Command::Redo);
    // More marked with it goes to the same item.
    let more = vec![desk.carried()[0].item, recorded(&desk, "5")];
    give(&session, &mut desk, &Command::Match { items: more });
    assert_eq!(joined(&desk), (1, Some(Cleared::Hand), Some(amount("30")), Some(amount("34.99"))));
    give(&session, &mut desk, &Command::Undo);
    assert_eq!(joined(&desk), by_hand);
    // It is left to March as one, and comes back from the book as it is.
    let item = desk.carried()[0].item;
    decide(&session, &mut desk, vec![item], Verdict::Defer);
    drop((session, desk));
    let (session, desk) = open(dir.path(), "2026-02");
    assert_eq!(joined(&desk), by_hand);
    drop((session, desk));
    let (_session, desk) = open(dir.path(), "2026-03");
    let [carried] = desk.carried() else { panic!("{:?}", desk.carried()) };
    assert_eq!((carried.times, carried.worth), (2, [amount("30"), amount("29.99")]));
    balanced(&desk);
}

#[test]
fn lines_that_come_to_it_together_clear_what_was_carried_in() {
    for (last, cleared) in [("18.00", true), ("18.01", false)] {
        let calls = call(2, "2026-02-10T12:00:00Z", "12.00") + &call(3, "2026-02-11T12:00:00Z", last);
        let dir = billed_alone("", &calls);
        defer_all(dir.path(), "2026-01");
        let (_session, desk) = open(dir.path(), "2026-02");
        assert_eq!(desk.carried()[0].cleared, cleared.then_some(Cleared::OtherSide));
        assert_eq!(desk.items(), if cleared { 1 } else { 3 });
        balanced(&desk);
    }
}

#[test]
fn the_command_line_matches_by_hand_what_was_carried_in() {
    let calls = call(2, "2026-02-10T12:00:00Z", "12.00") + &call(3, "2026-02-11T12:00:00Z", "17.99");
    let dir = billed_alone("", &calls);
    defer_all(dir.path(), "2026-01");
    let run = |args: &[&str]| {
        let output = Process::new(support::program()).args(args).current_dir(dir.path()).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, listed) = run(&["list", "--month", "2026-02", "--open", "--format", "json"]);
    assert_eq!(code, Some(0), "{listed}");
    let (code, said) = run(&["match", "--month", "2026-02", "--open", "--filter", "decision:open", "--yes"]);
    assert_eq!(code, Some(0), "{said}");
    let (_, desk) = open(dir.path(), "2026-02");
    assert_eq!((desk.items(), desk.carried()[0].cleared), (1, Some(Cleared::Hand)));
}

#[test]
fn a_later_bill_with_the_same_request_id_clears_what_was_recorded_before() {
    const BILL: &str = "request_id,timestamp,model,prompt_tokens,completion_tokens,cost\n";
    let row = |id: &str, time: &str, amount: &str| format!("{id},{time},gpt-4o,1000,10,{amount}\n");
    let dir = book(&[
        ("bill_01.csv", Side::Bill, format!("{BILL}{}", row("a", "2026-01-10T12:00:00Z", "0.10"))),
        (
            "ledger_01.csv",
            Side::Ledger,
            format!(
                "{LEDGER}a,2026-01-10T12:00:00Z,gpt-4o,p1,1000,10,0.10\nb,2026-01-31T23:59:58Z,gpt-4o,p1,1000,10,0.20\n"
            ),
        ),
    ]);
    defer_all(dir.path(), "2026-01");
    let later = format!("{BILL}{}", row("b", "2026-02-01T00:00:02Z", "0.20"));
    add(dir.path(), &[("bill_02.csv", Side::Bill, later)]);
    let (_session, desk) = open(dir.path(), "2026-02");
    let [carried] = desk.carried() else { panic!("{:?}", desk.carried()) };
    assert_eq!((carried.cleared, carried.moved), (Some(Cleared::Itself), true));
    assert_eq!(desk.row(carried.item).cells.outcome, Outcome::Matched);
    balanced(&desk);
    assert_eq!((part(&desk, 1, ""), part(&desk, 1, "carried in")), (Amount::ZERO, amount("0.20")));
    assert_eq!((part(&desk, 0, ""), part(&desk, 0, "carried in")), (amount("0.20"), Amount::ZERO));
}

#[test]
fn what_a_signed_month_deferred_clears_in_the_next_when_its_other_side_is_loaded() {
    let dir = billed_alone(&cost(40, "3.00"), &call(2, "2026-02-09T12:00:00Z", "3.00"));
    let (session, mut desk) = open(dir.path(), "2026-01");
    give(&session, &mut desk, &Command::ApproveMatched);
    let waiting = apart(&desk);
    decide(&session, &mut desk, waiting, Verdict::Defer);
    give(&session, &mut desk, &Command::Export { target: None });
    give(&session, &mut desk, &Command::Sign);
    assert!(desk.plan(&Command::Undo).is_err(), "a signed month takes nothing back");
    drop((session, desk));

    // The ledger of January comes late, with what was missing.
    let late = fs::read_to_string(dir.path().join("ledger.csv")).unwrap()
        + &call(3, "2026-01-20T12:00:00Z", "30.00")
        + &call(4, "2026-02-20T12:00:00Z", "0.00");
    add(dir.path(), &[("late.csv", Side::Ledger, late)]);
    let (session, mut desk) = open(dir.path(), "2026-02");
    let [carried] = desk.carried() else { panic!("{:?}", desk.carried()) };
    let item = carried.item;
    assert_eq!((carried.cleared, desk.row(item).cells.outcome), (Some(Cleared::Itself), Outcome::Matched));
    assert_eq!((part(&desk, 0, "carried in"), part(&desk, 1, "carried in")), (amount("30"), amount("30")));
    balanced(&desk);
    decide(&session, &mut desk, vec![item], Verdict::ApproveBilled);
    assert_eq!(desk.allocation().charges.iter().map(|c| c.amount).collect::<Vec<_>>(), [amount("30")]);
    balanced(&desk);
    drop((session, desk));
    let verified = Process::new(support::program()).arg("verify").current_dir(dir.path()).output().unwrap();
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[test]
fn rows_of_a_table_come_with_the_items_that_they_were_left_with() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("ledger.db");
    rusqlite::Connection::open(&database)
        .unwrap()
        .execute_batch(
            "CREATE TABLE token_usage (id TEXT PRIMARY KEY, model_used TEXT, input_tokens INT, output_tokens INT,
                created_at TEXT, calculated_cost_cents TEXT, openai_request_id TEXT);
             INSERT INTO token_usage VALUES ('a', 'gpt-4o', 1000, 10, '2026-01-10T12:00:00Z', '10', 'ra'),
                ('b', 'gpt-4o', 1000, 10, '2026-01-31T12:00:00Z', '20', 'rb'),
                ('c', 'gpt-4o', 1000, 10, '2026-02-10T12:00:00Z', '30', 'rc');",
        )
        .unwrap();
    let bill = "request_id,timestamp,model,prompt_tokens,completion_tokens,cost\n\
        ra,2026-01-10T12:00:00Z,gpt-4o,1000,10,0.10\nrc,2026-02-10T12:00:00Z,gpt-4o,1000,10,0.30\n";
    fs::write(dir.path().join("bill.csv"), bill).unwrap();
    let load = |named: bool, month: &str| {
        let url = format!("sqlite:{}", database.display());
        let inputs = if named {
            vec![input(dir.path().join("bill.csv"), Side::Bill), input(url, Side::Ledger)]
        } else {
            Vec::new()
        };
        session::load(dir.path(), inputs, Some(month))
    };
    let (session, mut desk) = load(true, "2026-01");
    assert_eq!(desk.inputs().ledger.lines.len(), 2, "of a table the rows of the month");
    let waiting = apart(&desk);
    decide(&session, &mut desk, waiting, Verdict::Defer);
    drop((session, desk));
    let (session, desk) = load(false, "2026-02");
    assert_eq!(desk.inputs().ledger.lines.len(), 3, "and of the month that left something");
    let [carried] = desk.carried() else { panic!("{:?}", desk.carried()) };
    assert_eq!((carried.cleared, carried.worth[1]), (None, amount("0.20")));
    assert_eq!((part(&desk, 1, ""), part(&desk, 1, "carried in")), (amount("0.30"), amount("0.20")));
    balanced(&desk);
    drop((session, desk));
    // What the journal knows of the table is what the month itself gave.
    let imports = |dir: &Path| {
        let book = trueup::book::Book::open(dir, trueup::book::Access::Read).unwrap();
        let entries = book.entries().unwrap();
        entries.iter().filter(|e| matches!(e.action, trueup::journal::Action::Import { .. })).count()
    };
    let before = imports(dir.path());
    drop(load(false, "2026-02"));
    assert_eq!(imports(dir.path()), before, "read again, nothing is new");
}
