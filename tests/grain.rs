//! How finely two sides are compared, from files to what is printed and
//! decided: minutes, a coarser grain for one run, names of models, matches by
//! hand across kinds of line.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command as Process, Output};

use serde_json::Value;
use support::session::{self, give};
use trueup::desk::{Command, Desk, Session};
use trueup::reconcile::{Outcome, Rung};

const USAGE: &str =
    "start_time,end_time,project_id,num_model_requests,api_key_id,model,batch,service_tier,input_tokens,output_tokens";
const LEDGER: &str = "request_id,timestamp,model,prompt_tokens,completion_tokens,cost,api_key_id";
/// 5 January 2026, 00:00 UTC.
const START: i64 = 1_767_571_200;

/// A row of usage: minute, requests, input and output tokens.
fn bucket(minute: i64, requests: i64, input: i64, output: i64) -> String {
    let from = START + minute * 60;
    format!("{from},{},proj_A,{requests}.0,key_A,gpt-4o-2024-08-06,False,default,{input}.0,{output}.0", from + 60)
}

/// Three minutes of usage and the four requests in them.
fn minutes() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, head: &str, rows: &[String]| {
        fs::write(dir.path().join(name), format!("{head}\n{}\n", rows.join("\n"))).unwrap();
    };
    write("usage.csv", USAGE, &[bucket(0, 1, 400, 100), bucket(1, 2, 800, 200), bucket(5, 1, 7, 7)]);
    let entry = |id: &str, time: &str, input: i64, output: i64, cost: &str| {
        format!("{id},2026-01-05T{time}Z,gpt-4o,{input},{output},{cost},key_A")
    };
    let entries = [
        entry("a", "00:00:09", 400, 100, "0.002"),
        entry("b", "00:01:02", 400, 100, "0.002"),
        entry("c", "00:01:40", 400, 100, "0.002"),
        entry("d", "00:05:30", 7, 7, ""),
    ];
    write("ledger.csv", LEDGER, &entries);
    dir
}

fn reconcile(dir: &Path, args: &[&str]) -> Output {
    let files = ["--bill", "usage.csv", "--ledger", "ledger.csv"];
    Process::new(support::program()).arg("reconcile").args(files).args(args).current_dir(dir).output().unwrap()
}

fn json(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

#[test]
fn usage_by_the_minute_meets_requests_by_the_minute() {
    let dir = minutes();
    let report = json(&reconcile(dir.path(), &["--format", "json"]));
    assert_eq!(report["grain"], "minute x key x model");
    assert_eq!(report["outcomes"]["matched"]["items"], 3);
    let output = reconcile(dir.path(), &["--format", "csv"]);
    let mut reader = csv::Reader::from_reader(&output.stdout[..]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let cells: Vec<(&str, &str, &str)> = rows.iter().map(|row| (&row[0], &row[13], &row[14])).collect();
    let expected = [
        ("2026-01-05T00:00/key_A/gpt-4o", "sole", "billed"),
        ("2026-01-05T00:01/key_A/gpt-4o", "group", "billed"),
        ("2026-01-05T00:05/key_A/gpt-4o", "sole", "both"),
    ];
    assert_eq!(cells, expected);
}

#[test]
fn a_run_can_be_asked_for_a_coarser_grain_and_says_so() {
    let dir = minutes();
    for (grain, name, items) in [
        ("request", "minute x key x model", 3),
        ("minute", "minute x key x model", 3),
        ("hour", "hour x key x model", 1),
        ("class", "day x key x model", 1),
        ("model", "day x key x model", 1),
        ("project", "day x key", 1),
        ("day", "day", 1),
        ("total", "total of the month", 1),
    ] {
        let report = json(&reconcile(dir.path(), &["--format", "json", "--grain", grain]));
        assert_eq!(
            (report["grain"].as_str().unwrap(), report["outcomes"]["matched"]["items"].as_u64().unwrap()),
            (name, items)
        );
    }
    let text = reconcile(dir.path(), &["--grain", "day"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("Compared at nothing finer than “day”"), "{text}");
    // The flag goes before the file, and is gone with the run.
    fs::write(dir.path().join("config.toml"), "[grain]\nfinest = \"total\"\n").unwrap();
    let grain = |args: &[&str]| json(&reconcile(dir.path(), args))["grain"].clone();
    assert_eq!(grain(&["--format", "json", "--grain", "hour"]), "hour x key x model");
    assert_eq!(grain(&["--format", "json"]), "total of the month");
    let refused = reconcile(dir.path(), &["--grain", "second"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is no grain"), "{refused:?}");
}

#[test]
fn a_name_in_the_books_config_means_its_model() {
    let dir = minutes();
    let ledger = fs::read_to_string(dir.path().join("ledger.csv")).unwrap();
    fs::write(dir.path().join("ledger.csv"), ledger.replace("gpt-4o", "house-chat")).unwrap();
    let report = || json(&reconcile(dir.path(), &["--format", "json"]));
    // A row without a cost has no price under that name either.
    assert_eq!((&report()["grain"], &report()["outcomes"]["unpriced"]["items"]), (&"minute x key".into(), &1.into()));
    fs::write(dir.path().join("config.toml"), "[models]\nhouse-chat = \"gpt-4o\"\n").unwrap();
    assert_eq!(
        (&report()["grain"], &report()["outcomes"]["matched"]["items"]),
        (&"minute x key x model".into(), &3.into())
    );
    fs::write(dir.path().join("config.toml"), "[models]\nhouse-chat = \"house_chat\"\n").unwrap();
    let refused = reconcile(dir.path(), &[]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && said.contains("config.toml:2:14"), "{said}");
}

fn open(dir: &Path, bill: &str) -> (Session, Desk) {
    session::open(dir, &[bill], &["ledger.csv"], None)
}

fn join(session: &Session, desk: &mut Desk, items: &[u32]) {
    let command = Command::Match { items: items.into() };
    give(session, desk, &command);
}

fn outcomes(desk: &Desk) -> Vec<(Outcome, Rung)> {
    let items = desk.comparison().1;
    (0..desk.items()).map(|item| (items.outcome(item), items.rung(item))).collect()
}

/// A day's cost of two models, and requests of two other days.
#[test]
fn costs_and_requests_are_joined_by_hand_and_then_with_more() {
    let dir = minutes();
    let cost = |day: i64, amount: &str, model: &str| {
        let from = START + day * 86_400;
        format!("{from},{},{amount},usd,\"{model}, input\",key_A", from + 86_400)
    };
    let head = "start_time,end_time,amount_value,amount_currency,line_item,api_key_id";
    let rows = [head.to_owned(), cost(2, "0.004", "gpt-4o"), cost(3, "0.002", "gpt-4o")];
    fs::write(dir.path().join("costs.csv"), rows.join("\n")).unwrap();
    let (session, mut desk) = open(dir.path(), "costs.csv");
    assert_eq!(desk.items(), 3, "a day of entries, and two days of costs");
    join(&session, &mut desk, &[0, 1]);
    assert_eq!(outcomes(&desk)[0].1, Rung::Hand);
    let by_hand = (0..desk.items()).find(|item| desk.comparison().1.rung(*item) == Rung::Hand).unwrap();
    let other = (0..desk.items()).find(|item| *item != by_hand).unwrap();
    join(&session, &mut desk, &[by_hand, other]);
    assert_eq!(outcomes(&desk), [(Outcome::Matched, Rung::Hand)]);
    let detail = desk.detail(0);
    assert_eq!((detail.evidence.rung, detail.evidence.recorded_is_derived), (Rung::Hand, true));
    // Each match is taken back by itself.
    for left in [2, 3] {
        let change = desk.plan(&Command::Undo).unwrap();
        let entries = session.writer().commit(&desk, &change).unwrap();
        desk.apply(&change, entries);
        assert_eq!(desk.items(), left);
    }
}

#[test]
fn lines_of_an_id_that_stands_twice_are_compared_once_joined_by_hand() {
    let dir = minutes();
    let bill = "request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost";
    let row = |cost: &str| format!("b,2026-01-05T00:01:02Z,gpt-4o,200,50,250,{cost}");
    fs::write(dir.path().join("requests.csv"), [bill.to_owned(), row("0.0005"), row("0.0015")].join("\n")).unwrap();
    let (session, mut desk) = open(dir.path(), "requests.csv");
    let twice = outcomes(&desk).iter().position(|(outcome, _)| *outcome == Outcome::Duplicate).unwrap() as u32;
    join(&session, &mut desk, &[twice]);
    assert!(outcomes(&desk).contains(&(Outcome::Matched, Rung::Hand)), "{:?}", outcomes(&desk));
}
