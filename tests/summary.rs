//! Months added up from the command line, and alerts.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rust_decimal::Decimal;
use serde_json::Value;

fn run(dir: &Path, args: &[&str]) -> Output {
    Command::new(support::program()).args(args).current_dir(dir).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| {
        panic!("{e}: {} {}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    })
}

/// The sample month, with these lines in `config.toml`.
fn sample(command: &str, extra: &[&str], config: &str) -> (tempfile::TempDir, Output) {
    let dir = tempfile::tempdir().unwrap();
    for name in ["pricing.json", "projects.json", "subsidies.json"] {
        fs::copy(support::sample(name), dir.path().join(name)).unwrap();
    }
    fs::write(dir.path().join("config.toml"), config).unwrap();
    let path = |name: &str| support::sample(name).display().to_string();
    let mut args = vec![command.to_owned()];
    for bill in ["openai_requests_2026-01.csv", "chatgpt_edu_credits_2026-01.csv"] {
        args.extend(["--bill".to_owned(), path(bill)]);
    }
    for ledger in ["token_usage_2026-01.csv", "token_usage_2026-01_part2.jsonl", "credit_ledger_2026-01.csv"] {
        args.extend(["--ledger".to_owned(), path(ledger)]);
    }
    args.extend(extra.iter().map(|arg| (*arg).to_owned()));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = run(dir.path(), &args);
    (dir, output)
}

fn number(value: &Value) -> Decimal {
    match value {
        Value::String(text) => text.parse().unwrap(),
        Value::Number(number) => number.to_string().parse().unwrap(),
        other => panic!("{other} is no number"),
    }
}

#[test]
fn every_grouping_adds_up_to_the_reconciliation() {
    let (_dir, output) = sample("reconcile", &["--format", "json"], "");
    let known = json(&output);
    for by in ["model", "project", "user", "action", "category", "day", "status", "day,model,status", "project,user"] {
        let (_dir, output) = sample("summary", &["--by", by, "--format", "json"], "margin_percent = 10\n");
        assert_eq!(output.status.code(), Some(0), "{by}");
        let found = json(&output);
        for figure in [
            "items",
            "bill_lines",
            "ledger_entries",
            "requests",
            "total_tokens",
            "recorded",
            "billed",
            "difference",
            "unpriced_lines",
            "margin",
            "final",
        ] {
            let parts: Decimal = found["groups"].as_array().unwrap().iter().map(|group| number(&group[figure])).sum();
            assert_eq!(parts, number(&found["total"][figure]), "{by}: {figure}");
        }
        assert_eq!(found["total"]["billed"], known["bill"]["total"]);
        assert_eq!(found["total"]["recorded"], known["ledger"]["total"]);
        assert_eq!(found["total"]["difference"], known["variance"]["total"]);
    }
}

#[test]
fn days_narrow_the_month_and_must_be_in_it() {
    let (_dir, output) =
        sample("summary", &["--by", "day", "--from", "2026-01-05", "--to", "2026-01-06", "--format", "json"], "");
    let found = json(&output);
    let days: Vec<&str> = found["groups"].as_array().unwrap().iter().map(|g| g["day"].as_str().unwrap()).collect();
    assert_eq!(days, ["2026-01-05", "2026-01-06"]);
    for (args, word) in [
        (&["--from", "2026-01-05", "--to", "2026-02-01"][..], "2026-02-01 is not in 2026-01"),
        (&["--from", "2026-01-06", "--to", "2026-01-05"], "2026-01-05 is before 2026-01-06"),
        (&["--by", "model,model"], "“model” is named twice"),
        (&["--by", "colour"], "nothing to group by"),
        (&["--by", "job"], "metadata of the ledger"),
        (&["--by", "meta.team"], "metadata of the ledger"),
        (&["--from", "soon"], "soon"),
    ] {
        let (_dir, output) = sample("summary", args, "");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.contains(word), "{args:?}: {text}");
    }
}

#[test]
fn categories_and_margin_come_from_the_settings_and_estimates_are_marked() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("config.toml"),
        "margin_percent = 25\n\
         [[categories]]\nname = \"long\"\ntokens_over = 1000\n\
         [[categories]]\nname = \"speech\"\naction = \"transcription\"\nfallback_per_request = 0.02\n",
    )
    .unwrap();
    fs::write(
        dir.path().join("ledger.csv"),
        "id,user_id,action_type,model_used,tokens_used,input_tokens,output_tokens,success,created_at,calculated_cost_cents,openai_request_id\n\
         a,u,chat,gpt-4o,2000,1500,500,true,2026-01-05T10:00:01Z,8,r1\n\
         b,u,transcription,house-speech,60,0,0,true,2026-01-05T11:00:01Z,,\n\
         c,u,chat,gpt-4o,225,150,75,true,2026-01-06T10:00:01Z,4,\n",
    )
    .unwrap();
    let output = run(dir.path(), &["summary", "--ledger", "ledger.csv", "--by", "category", "--format", "json"]);
    let found = json(&output);
    let group = |at: usize| &found["groups"][at];
    assert_eq!((&group(0)["category"], &group(0)["recorded"]), (&"long".into(), &"0.08".into()));
    assert_eq!((&group(1)["category"], &group(1)["estimated_cost"]), (&"speech".into(), &"0.02".into()));
    assert_eq!((&group(1)["recorded"], &group(1)["unpriced_lines"]), (&"0".into(), &Value::from(1)));
    assert_eq!(group(2)["category"], Value::Null);
    let total = &found["total"];
    assert_eq!((&total["base"], &total["margin"], &total["final"]), (&"0.12".into(), &"0.03".into(), &"0.15".into()));
    assert_eq!(found["margin_base"], "recorded");
    let text =
        String::from_utf8(run(dir.path(), &["summary", "--ledger", "ledger.csv", "--by", "category"]).stdout).unwrap();
    assert!(text.contains("~$0.02") && text.contains("~ marks an estimate: 1 requests"), "{text}");
    assert!(text.contains("The margin is 25% on what was recorded"), "{text}");

    let reconciled = json(&run(dir.path(), &["reconcile", "--ledger", "ledger.csv", "--format", "json"]));
    assert_eq!(reconciled["ledger"]["total"], "0.12", "neither margin nor estimate reaches the comparison");
}

#[test]
fn the_csv_has_a_row_a_group_and_the_text_a_total() {
    let (_dir, output) = sample("summary", &["--by", "status,day", "--format", "csv"], "");
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header[..4], ["status", "day", "items", "bill_lines"]);
    assert!(!header.contains(&"margin".to_owned()), "without a margin there is no column for it");
    assert!(reader.records().all(|row| row.unwrap().get(0) != Some("total")));
    let (_dir, output) = sample("summary", &[], "");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().any(|line| line.starts_with("total ")), "{text}");
    assert!(text.contains("2 lines have no price: they are in no amount, and not worth zero."), "{text}");
}

#[test]
fn an_alert_hands_the_figures_to_a_command() {
    let (dir, output) = sample("reconcile", &["--alert-over", "0", "--notify", "cat > told.json; echo told"], "");
    assert_eq!(output.status.code(), Some(1), "not healthy, and told");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("told"), "its output is not the program's");
    let told: Value = serde_json::from_slice(&fs::read(dir.path().join("told.json")).unwrap()).unwrap();
    assert_eq!(told["period"], "2026-01");
    assert!(told["variance"]["unexplained"].is_string());

    let (dir, output) = sample("reconcile", &["--alert-over", "100000", "--notify", "touch told"], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(!dir.path().join("told").exists());

    let (_dir, output) = sample("reconcile", &["--alert-over", "0", "--notify", "true"], "");
    assert_eq!(output.status.code(), Some(1), "a command need not read what it is given");
    for (command, word) in [("exit 3", "--notify ended with 3."), ("kill -9 $$", "--notify was stopped by a signal.")] {
        let (_dir, output) = sample("reconcile", &["--alert-over", "0", "--notify", command], "");
        assert_eq!(output.status.code(), Some(2));
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.contains(word), "{text}");
    }
    let (_dir, output) = sample("reconcile", &["--alert-over", "5"], "");
    assert_eq!(output.status.code(), Some(2), "a limit without a command");
}
