//! Prices taken from a bill on the command line.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use trueup::book::{Access, Book};
use trueup::journal::{Action, Entry};

fn infer(dir: &Path, args: &[&str]) -> Output {
    Command::new(support::program()).args(["prices", "infer"]).args(args).current_dir(dir).output().unwrap()
}

fn out(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// gpt-4o in January 2026 at 2.50 and 10 per million, output at 8 from the
/// 16th on; another model at amounts that follow no price. The 16th is a line
/// short of its price.
fn book() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("pricing.json"), "{\n  \"currency\": \"USD\",\n  \"credit_pools\": []\n}\n").unwrap();
    let mut bill = String::from("id,timestamp,model,input_tokens,output_tokens,cost\n");
    for n in 1..=31u64 {
        let (input, output) = (1_000 + n * 37 % 911, 500 + n * 101 % 499);
        let tenths = input * 25 + output * if n < 16 { 100 } else { 80 };
        let cost = format!("0.{tenths:07}");
        let cost = if n == 20 { "0.5".to_owned() } else { cost };
        bill.push_str(&format!("r{n},2026-01-{n:02}T10:00:00Z,gpt-4o-2024-08-06,{input},{output},{cost}\n"));
        bill.push_str(&format!(
            "s{n},2026-01-{n:02}T11:00:00Z,house,{input},{output},0.00{}\n",
            n * n * 7919 % 100_003
        ));
    }
    fs::write(dir.path().join("bill.csv"), bill).unwrap();
    dir
}

#[test]
fn a_step_is_shown_with_what_it_would_do_and_nothing_is_written() {
    let dir = book();
    let before = fs::read_to_string(dir.path().join("pricing.json")).unwrap();
    let text = out(&infer(dir.path(), &["--bill", "bill.csv"]));
    let row = |from: &str| -> Vec<String> {
        let line = text.lines().find(|line| line.starts_with("gpt-4o-2024-08-06") && line.contains(from));
        line.unwrap_or_else(|| panic!("{text}"))
            .split("  ")
            .map(|cell| cell.trim().to_owned())
            .filter(|c| !c.is_empty())
            .collect()
    };
    let equals = "the list price of gpt-4o";
    assert_eq!(
        row("2026-01-01"),
        ["gpt-4o-2024-08-06", "2026-01-01", "2026-01-15", equals, "2.5", "-", "-", "10", "15", "15"]
    );
    assert_eq!(row("2026-01-16")[1..], ["2026-01-16", "2026-01-31", "2.5", "-", "-", "8", "15", "16"]);
    for part in [
        "house: no price explains most of its 31 lines.",
        "billed beyond that in the lines from 2026-01-16 to 2026-01-31 that do not fit",
        "gpt-4o from 2026-01-16: input 2.5, cached input 1.25, output 8 per 1M tokens",
        "give --set to write it",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(fs::read_to_string(dir.path().join("pricing.json")).unwrap(), before);
    assert!(!dir.path().join("trueup.db").exists(), "looking makes no book");
}

#[test]
fn set_puts_it_in_the_book_once_and_into_the_journal() {
    let dir = book();
    let args = ["--bill", "bill.csv", "--model", "gpt-4o", "--set"];
    let text = out(&infer(dir.path(), &args));
    assert!(text.contains("Stated in pricing.json:") && !text.contains("house"), "{text}");
    let entries = || Book::open(dir.path(), Access::Read).unwrap().entries().unwrap();
    let found = entries();
    let [Entry { action: Action::EditFile { after, summary, .. }, .. }] = &found[..] else { panic!("{found:?}") };
    assert_eq!(*after, fs::read_to_string(dir.path().join("pricing.json")).unwrap());
    assert_eq!(summary, "from the bill: gpt-4o from 2026-01-16: input 2.5, cached input 1.25, output 8 per 1M tokens");
    let again = out(&infer(dir.path(), &args));
    assert!(again.contains("Nothing is to be stated in pricing.json."), "{again}");
    assert_eq!(entries().len(), 1);
}

#[test]
fn programs_get_every_digit_and_every_line() {
    let dir = book();
    let json: Value =
        serde_json::from_str(&out(&infer(dir.path(), &["--bill", "bill.csv", "--format", "json"]))).unwrap();
    let models = json["models"].as_array().unwrap();
    assert_eq!(models.len(), 2);
    assert_eq!((&models[0]["lines"], &models[0]["prices"].as_array().unwrap().len()), (&31.into(), &2));
    let second = &models[0]["prices"][1];
    assert_eq!((&second["from"], &second["output_per_1m"]), (&"2026-01-16".into(), &"8".into()));
    assert_eq!((&second["fits"], &second["of"], &second["in_force"]), (&15.into(), &16.into(), &false.into()));
    assert_eq!(models[1]["prices"].as_array().unwrap().len(), 0);
    let csv = out(&infer(dir.path(), &["--bill", "bill.csv", "--format", "csv"]));
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[1], "gpt-4o-2024-08-06,,false,2026-01-01,2026-01-15,2.5,,,10,15,15,0,the list price of gpt-4o");
    assert_eq!(lines.len(), 3);
}

#[test]
fn without_a_bill_it_says_what_to_name() {
    let dir = tempfile::tempdir().unwrap();
    let output = infer(dir.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("name one with --bill"));
    let both = infer(dir.path(), &["--set", "--format", "json"]);
    assert_eq!(both.status.code(), Some(2), "what is written is told to people");
}
