//! `trueup reconcile --trend`: health over months, from what is loaded now.

mod support;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use support::session::{input, loaded, options};
use trueup::desk::{Session, SessionOptions, TrendMonth};
use trueup::usage::Side;

/// January and March agree, but for one request of March that is recorded at
/// half of what it cost; February has nothing.
fn three_months(dir: &Path) {
    let mut bill = String::from("request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost_usd\n");
    let mut ledger = String::from(
        "id,user_id,model_used,input_tokens,output_tokens,calculated_cost_cents,openai_request_id,created_at\n",
    );
    for (month, day, cents) in [(1, 5, 350), (1, 6, 350), (3, 7, 350), (3, 8, 175)] {
        let at = format!("2026-{month:02}-{day:02}T10:00:00Z");
        let _ = writeln!(bill, "r{day},{at},gpt-4o,1000000,100000,1100000,3.50");
        let _ = writeln!(ledger, "k{day},u,gpt-4o,1000000,100000,{cents},r{day},{at}");
    }
    fs::write(dir.join("bill.csv"), bill).unwrap();
    fs::write(dir.join("ledger.csv"), ledger).unwrap();
}

fn reconcile(dir: &Path, more: &[&str]) -> String {
    let mut command = Command::new(support::program());
    command.current_dir(dir).args(["reconcile", "--bill", "bill.csv", "--ledger", "ledger.csv"]).args(more);
    let output = command.output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn each_month_has_its_figures_and_one_that_is_not_there_says_so() {
    let dir = tempfile::tempdir().unwrap();
    three_months(dir.path());
    let json: serde_json::Value =
        serde_json::from_str(&reconcile(dir.path(), &["--trend", "--format", "json"])).unwrap();
    let months = json["trend"].as_array().unwrap();
    let names: Vec<&str> = months.iter().filter_map(|month| month["month"].as_str()).collect();
    assert_eq!(names, ["2026-01", "2026-02", "2026-03"]);
    let [january, february, march] = months.as_slice() else { panic!("{months:?}") };
    assert_eq!((january["matched"].as_str(), january["within_limits"].as_bool()), (Some("1"), Some(true)));
    assert_eq!(february["missing"].as_str(), Some("no bill is loaded"));
    assert!(february["matched"].is_null() && february["variance"].is_null());
    assert_eq!((march["matched"].as_str(), march["within_limits"].as_bool()), (Some("0.5"), Some(false)));
    assert_eq!(march["variance"].to_string().trim_matches('"'), "1.75");
    // The month itself is the first, whatever the others say.
    assert_eq!(json["period"].as_str(), Some("2026-01"));
}

#[test]
fn whichever_month_is_open_the_trend_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    three_months(dir.path());
    let trend = |month: &str| {
        let text = reconcile(dir.path(), &["--trend", "--month", month]);
        text.split_once("Month    ").map(|(_, table)| table.to_owned()).unwrap_or_else(|| panic!("{text}"))
    };
    assert_eq!(trend("2026-01"), trend("2026-03"));
    let json: serde_json::Value = serde_json::from_str(&reconcile(dir.path(), &["--format", "json"])).unwrap();
    assert!(json.get("trend").is_none(), "it was not asked for");
}

/// A table is read for one month: a screen says that the others were not, and
/// the command reads them.
#[test]
fn months_of_a_table_are_read_when_asked_for_and_else_said_not_to_be() {
    let dir = tempfile::tempdir().unwrap();
    three_months(dir.path());
    let rows = "CREATE TABLE token_usage (id TEXT PRIMARY KEY, model_used TEXT, input_tokens INT, output_tokens INT,
            tokens_used INT, created_at TEXT, calculated_cost_cents REAL, openai_request_id TEXT);
        INSERT INTO token_usage VALUES
            ('a', 'gpt-4o', 1000000, 100000, 1100000, '2026-01-05T10:00:00Z', 350, 'r5'),
            ('b', 'gpt-4o', 1000000, 100000, 1100000, '2026-01-06T10:00:00Z', 350, 'r6'),
            ('c', 'gpt-4o', 1000000, 100000, 1100000, '2026-03-07T10:00:00Z', 350, 'r7');";
    rusqlite::Connection::open(dir.path().join("ledger.db")).unwrap().execute_batch(rows).unwrap();
    let url = format!("sqlite:{}", dir.path().join("ledger.db").display());
    let inputs = vec![input(dir.path().join("bill.csv"), Side::Bill), input(url, Side::Ledger)];
    let options = SessionOptions { read_only: true, ..options(dir.path(), inputs, None) };
    let (session, desk) = loaded(Session::open(options).unwrap());
    let trend = |tables| session.trend(&desk, tables, &|_| (), &|| false).unwrap();
    let matched = |month: &TrendMonth| match &month.figures {
        Ok(found) => found.matched.map(|share| share.to_string()).unwrap_or_default(),
        Err(why) => why.clone(),
    };
    let said: Vec<String> = trend(false).iter().map(matched).collect();
    let unread = "not read: tables were read for 2026-01 only";
    assert_eq!(said, ["1", unread, unread]);
    let read: Vec<String> = trend(true).iter().map(matched).collect();
    assert_eq!(read, ["1", "no bill is loaded", "0.5"]);
}
