//! `trueup reconcile --trend`: health over months, from what is loaded now.

mod support;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

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
