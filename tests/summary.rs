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

fn written(dir: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        fs::write(dir.join(name), text).unwrap();
    }
}

/// A summary of files that lie in the folder, as JSON.
fn summary(dir: &Path, args: &[&str]) -> Value {
    let output = run(dir, &[&["summary", "--format", "json"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    json(&output)
}

/// Each group as its figures of these names, with blanks between.
fn rows(found: &Value, names: &[&str]) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let row = |group: &Value| names.iter().map(|name| text(&group[*name])).collect::<Vec<_>>().join(" ");
    found["groups"].as_array().unwrap().iter().map(row).collect()
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
    for by in [
        "model",
        "project",
        "user",
        "action",
        "category",
        "day",
        "status",
        "day,model,status",
        "project,user",
        "job",
        "meta.none,user",
    ] {
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
        (&["--month", "2026-01", "--from", "2026-01-05", "--to", "2026-02-01"][..], "2026-02-01 is not in 2026-01"),
        (&["--from", "2026-03-05", "--to", "2026-05-01"], "There is no data from 2026-03 to 2026-05"),
        (&["--from", "2026-01-06", "--to", "2026-01-05"], "2026-01-05 is before 2026-01-06"),
        (&["--by", "model,model"], "“model” is named twice"),
        (&["--by", "colour"], "nothing to group by"),
        (&["--by", "meta.a,meta.a"], "“meta.a” is named twice"),
        (&["--by", "meta."], "names no key of the metadata"),
        (
            &["--by", "meta.a,meta.b,meta.c,meta.d,meta.e,meta.f,meta.g,meta.h,meta.i,meta.j,meta.k,meta.l,meta.m"],
            "too many",
        ),
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
    assert!(text.contains("~$0.02") && text.contains("~ marks an estimate: 1 request without"), "{text}");
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

#[test]
fn a_command_that_is_missing_or_reads_nothing_is_told_apart_and_quotes_arrive() {
    let told = |command: &str| {
        let (dir, output) = sample("reconcile", &["--alert-over", "0", "--notify", command], "");
        (dir, output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (_dir, code, text) = told("no-such-command-here --flag");
    assert_eq!(code, Some(2));
    assert!(text.contains("did not reach anybody") && text.contains("is not there"), "{text}");
    // It ends without having read what it was given.
    let (_dir, code, text) = told("exec true");
    assert_eq!(code, Some(1), "{text}");
    let (_dir, code, _) = told("exec 0<&-; sleep 0.2");
    assert_eq!(code, Some(1), "a command may close what it is given");
    let (dir, code, _) = told(r#"printf '%s|%s' 'it '\''is' "a \"b\" \$c" > said"#);
    assert_eq!(code, Some(1));
    assert_eq!(fs::read_to_string(dir.path().join("said")).unwrap(), "it 'is|a \"b\" $c");
}

#[test]
fn an_alert_hands_over_the_json_whatever_is_printed() {
    let (dir, output) = sample("reconcile", &["--format", "json", "--alert-over", "0", "--notify", "cat > told"], "");
    assert_eq!(fs::read(dir.path().join("told")).unwrap(), output.stdout);
    for format in ["text", "csv"] {
        let args = ["--format", format, "--alert-over", "0", "--notify", "cat > told", "--output", "out"];
        let (dir, _) = sample("reconcile", &args, "");
        assert_eq!(fs::read(dir.path().join("told")).unwrap(), output.stdout, "{format}");
    }
}

#[test]
fn a_command_without_a_shell_to_run_it_is_said() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), &[("bill.csv", "id,timestamp,model,total_tokens,cost\na,2026-01-05,m,5,1\n")]);
    written(dir.path(), &[("ledger.csv", "id,timestamp,model,total_tokens,cost\na,2026-01-05,m,5,9\n")]);
    let output = Command::new(support::program())
        .args(["reconcile", "--bill", "bill.csv", "--ledger", "ledger.csv", "--alert-over", "0", "--notify", "true"])
        .current_dir(dir.path())
        .env("PATH", dir.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("cannot be started"), "{text}");
}

const TEAMS: &str = "id,user_id,action_type,model_used,tokens_used,input_tokens,output_tokens,success,metadata,created_at,calculated_cost_cents,openai_request_id\n\
    a,u,chat,gpt-4o,200,150,50,true,\"{\"\"team\"\":\"\"red\"\",\"\"additional\"\":{\"\"run\"\":7},\"\"job_id\"\":\"\"j1\"\"}\",2026-01-05T10:00:01Z,8,r1\n\
    b,u,chat,gpt-4o,300,200,100,true,\"{\"\"team\"\":\"\"red\"\",\"\"additional\"\":{\"\"run\"\":8}}\",2026-01-05T11:00:01Z,4,r2\n\
    c,u,chat,gpt-4o,400,200,200,true,oops,2026-01-06T10:00:01Z,2,r3\n";

#[test]
fn jobs_and_metadata_of_the_ledger_group_the_bill_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let bill = "id,timestamp,model,prompt_tokens,completion_tokens,cost\n\
                r1,2026-01-05T10:00:00Z,gpt-4o,150,50,0.09\nr9,2026-01-05T12:00:00Z,gpt-4o,1,1,0.5\n";
    written(dir.path(), &[("ledger.csv", TEAMS), ("bill.csv", bill)]);
    let files = ["--bill", "bill.csv", "--ledger", "ledger.csv", "--by"];
    let by = |by: &str| summary(dir.path(), &[&files[..], &[by]].concat());
    assert_eq!(
        rows(
            &by("meta.team,meta.additional.run"),
            &["meta.team", "meta.additional.run", "requests", "recorded", "billed"]
        ),
        ["(not readable) (not readable) 1 0.02 0", "red 7 1 0.08 0.09", "red 8 1 0.04 0", "null null 1 0 0.5"]
    );
    assert_eq!(rows(&by("job"), &["job", "recorded"]), ["(not readable) 0.02", "j1 0.08", "null 0.04"]);
}

#[test]
fn a_table_gives_its_metadata_only_to_who_asks() {
    let dir = tempfile::tempdir().unwrap();
    let database = rusqlite::Connection::open(dir.path().join("ledger.db")).unwrap();
    database
        .execute_batch(
            "CREATE TABLE token_usage (id TEXT PRIMARY KEY, model_used TEXT, tokens_used INT, created_at TEXT,
                 calculated_cost_cents REAL, metadata TEXT);
             INSERT INTO token_usage VALUES ('a', 'gpt-4o', 15, '2026-01-05T10:00:00Z', 5, '{\"team\":\"red\"}'),
                 ('b', 'gpt-4o', 15, '2026-01-06T10:00:00Z', 7, NULL);",
        )
        .unwrap();
    let found = summary(dir.path(), &["--ledger", "sqlite:ledger.db", "--month", "2026-01", "--by", "meta.team"]);
    assert_eq!(rows(&found, &["meta.team", "recorded"]), ["red 0.05", "null 0.07"]);
}

/// A year's end in a bill and a ledger of requests.
fn two_months(dir: &Path) {
    let mut bill = "id,timestamp,model,prompt_tokens,completion_tokens,cost\n".to_owned();
    let mut ledger = bill.clone();
    for (at, day) in ["2025-12-30", "2025-12-31", "2026-01-01", "2026-01-02", "2026-03-01"].iter().enumerate() {
        for n in 0..4 {
            bill.push_str(&format!("r{at}{n},{day}T23:59:5{n}Z,gpt-4o,10{at},5{n},0.{at}{n}1\n"));
            ledger.push_str(&format!("r{at}{n},{day}T23:59:5{n}Z,gpt-4o,10{at},5{n},0.0{n}\n"));
        }
    }
    // Recorded a second later, in the month after.
    bill.push_str("edge,2025-12-31T23:59:59Z,gpt-4o,1,1,1\n");
    ledger.push_str("edge,2026-01-01T00:00:00Z,gpt-4o,1,1,1\n");
    written(dir, &[("bill.csv", &bill), ("ledger.csv", &ledger)]);
}

#[test]
fn two_months_together_are_the_sum_of_the_months() {
    let dir = tempfile::tempdir().unwrap();
    two_months(dir.path());
    let database = rusqlite::Connection::open(dir.path().join("ledger.db")).unwrap();
    database.execute_batch("CREATE TABLE own (id TEXT, at TEXT, m TEXT, i INT, o INT, c TEXT)").unwrap();
    for row in fs::read_to_string(dir.path().join("ledger.csv")).unwrap().lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        database.execute("INSERT INTO own VALUES (?1,?2,?3,?4,?5,?6)", rusqlite::params_from_iter(cells)).unwrap();
    }
    let map = "margin_percent = 10\n[columns.own]\nid = \"id\"\ntime = \"at\"\nmodel = \"m\"\ninput = \"i\"\noutput = \"o\"\ncost = \"c\"\n";
    written(dir.path(), &[("config.toml", map)]);
    for ledger in ["ledger.csv", "sqlite:ledger.db?table=own"] {
        for by in ["day", "model,status", "user"] {
            let files = ["--bill", "bill.csv", "--ledger", ledger, "--by", by];
            let of = |more: &[&str]| summary(dir.path(), &[&files[..], more].concat());
            let both = of(&["--from", "2025-12-01", "--to", "2026-01-31"]);
            let months = [of(&["--month", "2025-12"]), of(&["--month", "2026-01"])];
            assert_eq!((&both["period"], both["months"].as_array().unwrap().len()), (&"2025-12/2026-01".into(), 2));
            let counted =
                ["items", "requests", "total_tokens", "recorded", "billed", "difference", "bill_lines", "final"];
            for figure in counted {
                let sum: Decimal = months.iter().map(|month| number(&month["total"][figure])).sum();
                assert_eq!(number(&both["total"][figure]), sum, "{ledger} {by}: {figure}");
                let groups: Decimal = both["groups"].as_array().unwrap().iter().map(|g| number(&g[figure])).sum();
                assert_eq!(groups, sum, "{ledger} {by}: {figure} of the groups");
            }
            assert_eq!(number(&both["total"]["items"]), Decimal::from(17));
        }
        let files = ["--bill", "bill.csv", "--ledger", ledger, "--by", "day"];
        let found = summary(dir.path(), &[&files[..], &["--from", "2025-12-31", "--to", "2026-03-31"]].concat());
        assert_eq!(rows(&found, &["day", "items"]), ["2025-12-31 5", "2026-01-01 4", "2026-01-02 4", "2026-03-01 4"]);
        assert!(found["notes"].to_string().contains("No data is loaded for 2026-02."), "{}", found["notes"]);
    }
}

#[test]
fn a_margin_in_the_ledger_is_taken_out_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let bill = "id,timestamp,model,prompt_tokens,completion_tokens,cost\nr1,2026-01-05T10:00:00Z,gpt-4o,150,50,8\n";
    let ledger = "id,model_used,tokens_used,input_tokens,output_tokens,created_at,calculated_cost_cents,openai_request_id\n\
                  a,gpt-4o,200,150,50,2026-01-05T10:00:01Z,1000,r1\n";
    written(dir.path(), &[("bill.csv", bill), ("ledger.csv", ledger), ("config.toml", "margin_included = 25\n")]);
    let files = ["--bill", "bill.csv", "--ledger", "ledger.csv"];
    let found = summary(dir.path(), &files);
    assert_eq!((&found["total"]["recorded"], &found["total"]["difference"]), (&"8".into(), &"0".into()));
    let taken = &found["margin_included"][0];
    assert_eq!([&taken["percent"], &taken["stated"], &taken["recorded"]], [&"25", &"10", &"8"]);
    let text = String::from_utf8(run(dir.path(), &[&["summary"], &files[..]].concat()).stdout).unwrap();
    assert!(
        text.contains("ledger.csv hold a margin of 25%, which is taken out: $10.00 stated, $8.00 recorded."),
        "{text}"
    );

    let output = run(dir.path(), &[&["reconcile"], &files[..]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("hold a margin of 25%, which is taken out before anything is compared."), "{text}");
    fs::write(dir.path().join("config.toml"), "margin_included = { litellm = 25 }\n").unwrap();
    assert_eq!(summary(dir.path(), &files)["total"]["recorded"], "10", "another ledger's margin");
}

#[test]
fn october_counts_its_usage_once_beside_its_costs() {
    let dir = tempfile::tempdir().unwrap();
    let costs = "start_time,end_time,amount_value,amount_currency,line_item,project_id,organization_id,organization_name\n\
        1759622400,1759708800,0.8958740000000000,usd,,,org-EXAMPLE,Personal\n\
        1759708800,1759795200,0.5617712500000000,usd,,,org-EXAMPLE,Personal\n\
        1759795200,1759881600,0.569788,usd,,,org-EXAMPLE,Personal\n\
        1759881600,1759968000,0.5455665000000000,usd,,,org-EXAMPLE,Personal\n";
    let usage = "start_time,end_time,project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,input_tokens,output_tokens,input_cached_tokens\n\
        1759622400,1759708800,proj_A,10.0,user-A,key_A,gpt-4o-2024-08-06,FALSE,default,59200.0,10646.0,5760.0\n\
        1759708800,1759795200,proj_A,8.0,user-A,key_A,gpt-5-2025-08-07,FALSE,default,46264.0,60000.0,8192.0\n\
        1759708800,1759795200,proj_A,1.0,user-A,key_A,gpt-5-2025-08-07,FALSE,default,5783.0,16000.0,0.0\n\
        1759795200,1759881600,proj_A,21.0,user-A,key_A,gpt-5-mini-2025-08-07,FALSE,default,80992.0,274770.0,0.0\n";
    // What was recorded of the fifth, and of the eighth, on which there is no usage.
    let ledger = "id,timestamp,model,prompt_tokens,completion_tokens,cost\n\
        a,2025-10-05T08:00:00Z,gpt-4o,50000,10000,0.2\nb,2025-10-08T08:00:00Z,gpt-5,1000,2000,0.5\n";
    written(dir.path(), &[("costs.csv", costs), ("usage.csv", usage), ("ledger.csv", ledger)]);
    let bills = ["--by", "day", "--bill", "costs.csv", "--bill", "usage.csv"];
    let figures = ["day", "requests", "input_tokens", "cached_tokens", "output_tokens", "billed"];
    let mut days = [
        "2025-10-05 10 59200 5760 10646 0.895874",
        "2025-10-06 9 52047 8192 76000 0.56177125",
        "2025-10-07 21 80992 0 274770 0.569788",
        "2025-10-08 0 0 0 0 0.5455665",
    ];
    assert_eq!(rows(&summary(dir.path(), &bills), &figures), days);
    days[3] = "2025-10-08 1 1000 0 2000 0.5455665";
    let found = summary(dir.path(), &[&bills[..], &["--ledger", "ledger.csv"]].concat());
    assert_eq!(rows(&found, &figures), days, "the ledger says of no call a second time");
}

#[test]
fn runs_in_a_database_are_compared_by_the_day_with_the_costs() {
    let dir = tempfile::tempdir().unwrap();
    let costs = "start_time,end_time,amount_value,amount_currency,line_item,project_id,organization_id,organization_name\n\
        1767571200,1767657600,3.00,usd,\"gpt-5-2025-08-07, input\",proj_A,org-E,P\n\
        1767571200,1767657600,1.00,usd,\"gpt-image-1 image, output\",proj_A,org-E,P\n\
        1767657600,1767744000,5.00,usd,\"gpt-5-2025-08-07, output\",proj_A,org-E,P\n";
    written(dir.path(), &[("costs.csv", costs)]);
    let database = rusqlite::Connection::open(dir.path().join("app.db")).unwrap();
    database
        .execute_batch(
            "CREATE TABLE pipeline_run_usages (id INTEGER PRIMARY KEY, pipeline_run_id TEXT UNIQUE, idea_model TEXT,
                 image_model TEXT, prompt_tokens INT, completion_tokens INT, image_tokens INT,
                 total_cost_usd NUMERIC(10,4), created_at TEXT);
             INSERT INTO pipeline_run_usages VALUES
                 (1, 'run-1', 'gpt-5', 'gpt-image-1', 800, 200, 2, 2.5, '2026-01-05 08:00:00'),
                 (2, 'run-2', 'gpt-5', 'gpt-image-1', 800, 200, 1, 1.5, '2026-01-05 23:59:59'),
                 (3, 'run-3', 'gpt-5', NULL, 800, 200, NULL, 2, '2026-01-06 00:00:00');
             CREATE TABLE agent_scanned_posts (id INTEGER PRIMARY KEY, scanned_at TEXT, agent_model TEXT,
                 prompt_tokens INT, completion_tokens INT, total_cost_usd NUMERIC(10,4));
             INSERT INTO agent_scanned_posts VALUES (1, '2026-01-06 09:00:00', 'gpt-5', 10, 5, 5);",
        )
        .unwrap();
    let runs = "sqlite:app.db?table=pipeline_run_usages";
    let output = run(dir.path(), &["reconcile", "--bill", "costs.csv", "--ledger", runs, "--format", "json"]);
    let found = json(&output);
    assert_eq!(found["grain"], "day");
    assert_eq!(
        (&found["outcomes"]["matched"]["items"], &found["outcomes"]["matched"]["billed"]),
        (&1.into(), &"4".into())
    );
    let apart = &found["outcomes"]["discrepancy"];
    assert_eq!((&apart["items"], &apart["billed"], &apart["recorded"]), (&1.into(), &"5".into(), &"2".into()));
    let text =
        String::from_utf8(run(dir.path(), &["reconcile", "--bill", "costs.csv", "--ledger", runs]).stdout).unwrap();
    assert!(text.contains("how its tokens are split is an estimate"), "{text}");

    let found = summary(dir.path(), &["--bill", "costs.csv", "--ledger", runs, "--by", "job,model"]);
    assert!(
        rows(&found, &["job", "model", "recorded"]).contains(&"run-2 gpt-5 + gpt-image-1 1.5".to_owned()),
        "{found}"
    );

    // A post is of one model, so it is compared by it.
    let posts = "sqlite:app.db?table=agent_scanned_posts";
    let found = json(&run(dir.path(), &["reconcile", "--bill", "costs.csv", "--ledger", posts, "--format", "json"]));
    assert_eq!((&found["grain"], &found["outcomes"]["matched"]["items"]), (&"day x model".into(), &1.into()));
}

#[test]
fn the_text_fits_eighty_columns_however_it_is_grouped() {
    for by in ["model", "day,user,model,status", "project,user,action,category,day,status,model,job,meta.a"] {
        let (_dir, output) = sample("summary", &["--by", by], "margin_percent = 12.5\n");
        let text = String::from_utf8(output.stdout).unwrap();
        let table = text.split("Note:").next().unwrap();
        let widest = table.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!(widest.chars().count() <= 80, "{by}: {widest}");
        for heading in ["items", "recorded", "difference", "input", "with id", "final"] {
            assert!(table.contains(heading), "{by}: {heading}");
        }
    }
}
