//! Statements and explanations of the sample month with approvals: the real
//! program on a book, and the files an export writes beside them.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use support::books::{approve, export, folder};
use support::credits::csv_rows;
use support::session::{give, load, sample_book_with_state, samples};
use support::{printed as out, run_in as trueup};
use trueup::desk::Command as Ask;
use trueup::journal::{Decision, Verdict};

const BILLS: [&str; 2] = ["openai_requests_2026-01.csv", "chatgpt_edu_credits_2026-01.csv"];
const LEDGERS: [&str; 3] = ["token_usage_2026-01.csv", "token_usage_2026-01_part2.jsonl", "credit_ledger_2026-01.csv"];

/// The sample month in a book, with all that matched approved.
fn book() -> tempfile::TempDir {
    let dir = sample_book_with_state();
    let (session, mut desk) = load(dir.path(), samples(&BILLS, &LEDGERS), None);
    give(&session, &mut desk, &Ask::ApproveMatched);
    dir
}

/// Every file of a run by its name.
fn files(dir: &Path) -> BTreeMap<String, String> {
    let read =
        |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap());
    fs::read_dir(dir).unwrap().map(|entry| read(entry.unwrap())).collect()
}

fn cents(text: &str) -> i64 {
    text.replace('.', "").parse().unwrap()
}

fn amount(value: &Value) -> i64 {
    cents(value.as_str().unwrap())
}

#[test]
fn the_statements_are_what_the_export_writes_to_the_cent() {
    let dir = book();
    let path = dir.path();
    out(path, &["subsidies", "report", "--output", "out", "--format", "json"]);
    let all = files(&path.join("out"));
    assert_eq!(all.len(), 18);
    // Whoever looks has not changed what is written.
    let (session, mut desk) = load(path, Vec::new(), None);
    give(&session, &mut desk, &Ask::Export { target: None });
    drop(session);
    let (mut billed, mut sponsored) = (BTreeMap::<String, i64>::new(), BTreeMap::<String, i64>::new());
    for row in csv_rows(&path.join("openai-tokens_2026-01.csv")) {
        let tags: Value = serde_json::from_str(&row["Tags"]).unwrap();
        let (sums, key) =
            if tags["charge_type"] == "usage" { (&mut billed, "pi_email") } else { (&mut sponsored, "fund_org") };
        *sums.entry(tags[key].as_str().unwrap().to_owned()).or_default() += cents(&row["BilledCost"]);
    }
    for (email, billed) in &billed {
        let pi: Value = serde_json::from_str(&all[&format!("statement_2026-01_{email}.json")]).unwrap();
        assert_eq!(amount(&pi["total"]["billed"]), *billed, "{email}");
    }
    let overview: Value = serde_json::from_str(&all["overview_2026-01.json"]).unwrap();
    assert_eq!(overview["adds_up"], true);
    for sponsor in overview["sponsors"].as_array().unwrap() {
        assert_eq!(amount(&sponsor["paid"]), sponsored[sponsor["fund_org"].as_str().unwrap()]);
    }
    assert_eq!(amount(&overview["total"]["full"]), billed.values().sum::<i64>() + sponsored.values().sum::<i64>());
    // What a statement says is left of a cap is what other tools are told.
    let state: Value = serde_json::from_str(&fs::read_to_string(path.join("subsidy_state.json")).unwrap()).unwrap();
    let pi: Value = serde_json::from_str(&all["statement_2026-01_hannah.lindqvist@northwinds.edu.json"]).unwrap();
    for cap in pi["caps"].as_array().unwrap() {
        let [of, period, rule] = ["cap_of", "period", "rule"].map(|key| cap[key].as_str().unwrap());
        let state = &state["projects"][of][period][rule];
        assert_eq!(amount(&cap["remaining"]), cents(&state["remaining"].to_string()));
        assert_eq!(amount(&cap["used_to_date"]), cents(&state["used"].to_string()));
    }
    assert_eq!(files(&path.join("out")), all);
    // Once written, the same month says the same.
    out(path, &["subsidies", "report", "--output", "again", "--format", "json"]);
    assert_eq!(files(&path.join("again")), all);
}

#[test]
fn statements_of_the_sample_month() {
    let dir = book();
    out(dir.path(), &["subsidies", "report", "--output", "text"]);
    out(dir.path(), &["subsidies", "report", "--output", "html", "--format", "html"]);
    let (text, html) = (files(&dir.path().join("text")), files(&dir.path().join("html")));
    insta::assert_snapshot!("overview", text["overview_2026-01.txt"]);
    insta::assert_snapshot!("sponsor", text["sponsor_2026-01_rc-api-2026_research-computing@northwinds.edu.txt"]);
    insta::assert_snapshot!("statement", text["statement_2026-01_hannah.lindqvist@northwinds.edu.txt"]);
    insta::assert_snapshot!("statement_html", html["statement_2026-01_hannah.lindqvist@northwinds.edu.html"]);
}

#[test]
fn a_period_without_a_cap_is_refused_with_those_there_are() {
    let dir = book();
    let refused = trueup(dir.path(), &["subsidies", "report", "--period", "2026-W03"]);
    assert_eq!(refused.status.code(), Some(2));
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.contains("No subsidy rule has a cap for 2026-W03 in 2026-01") && why.contains("FY2026"), "{why}");
    let shown = out(dir.path(), &["subsidies", "report", "--period", "FY2026", "--format", "csv"]);
    assert_eq!(shown.lines().count(), 31);
}

/// The explanations of a run, and its other keys.
fn explained(dir: &Path, more: &[&str]) -> Value {
    let text = out(dir, &[&["explain", "--format", "json"], more].concat());
    serde_json::from_str(&text).unwrap()
}

fn charges(answer: &Value) -> &Vec<Value> {
    answer["charges"].as_array().unwrap()
}

#[test]
fn every_way_of_asking_leads_to_the_same_charge() {
    let dir = book();
    let path = dir.path();
    let of_pi = explained(path, &["--pi", "Hannah.Lindqvist@northwinds.edu"]);
    assert_eq!(of_pi["charges"], explained(path, &["--project", "robotics-lab"])["charges"]);
    assert_eq!(of_pi["total"]["payers"], "123.65", "as the statement bills");
    let of_user = explained(path, &["--user", "diego.salazar@northwinds.edu"]);
    let wanted = |charge: &&Value| charge["user"] == "diego.salazar@northwinds.edu";
    assert_eq!(charges(&of_pi).iter().filter(wanted).collect::<Vec<_>>(), charges(&of_user).iter().collect::<Vec<_>>());
    let one = &charges(&of_user)[3];
    let key = one["charge"].as_str().unwrap();
    for asked in
        [["--charge", key], ["--charge", &format!("{key}:usage")], ["--item", one["origin"]["item"].as_str().unwrap()]]
    {
        assert_eq!(charges(&explained(path, &asked)), std::slice::from_ref(one), "{asked:?}");
    }
    for (asked, why) in [
        (["--pi", "nobody@x.edu"], "No project of projects.json has the PI nobody@x.edu."),
        (["--project", "none"], "projects.json has no project none."),
        (["--user", "none"], "names the user none"),
        (["--item", "none"], "has no item none"),
        (["--charge", "none"], "is charged as none"),
    ] {
        let refused = trueup(path, &[&["explain"][..], &asked].concat());
        let text = String::from_utf8(refused.stderr).unwrap();
        assert!(refused.status.code() == Some(2) && text.contains(why), "{text}");
    }
    assert_eq!(trueup(path, &["explain"]).status.code(), Some(2));
}

#[test]
fn an_explanation_names_the_row_the_lot_and_the_line_that_states_it() {
    let dir = book();
    let answer = explained(dir.path(), &["--user", "diego.salazar@northwinds.edu"]);
    let bill = fs::read_to_string(support::sample(BILLS[1])).unwrap();
    let pricing = fs::read_to_string(support::sample("pricing.json")).unwrap();
    for charge in charges(&answer) {
        let row = charge["origin"]["charged"]["row"].as_str().unwrap();
        let line: usize = row.rsplit(':').next().unwrap().parse().unwrap();
        let text = bill.lines().nth(line - 1).unwrap().to_lowercase();
        assert!(text.contains("diego.salazar") && text.contains(charge["what"].as_str().unwrap()), "{text}");
        let mut sum = 0;
        for part in charge["price"]["lots"].as_array().unwrap() {
            let place = part["place"].as_str().unwrap();
            let line: usize = place.strip_prefix("pricing.json:").unwrap().parse().unwrap();
            let from_there: String = pricing.lines().skip(line - 1).take(2).collect();
            assert!(from_there.contains(part["lot"].as_str().unwrap()), "{place}");
            sum += exact(&part["amount"]);
        }
        assert_eq!(sum, exact(&charge["amount"]));
        let decision = &charge["decision"];
        assert!(decision["verdict"] == "approve as billed" && decision["who"].as_str().unwrap().contains('@'));
        let paid: i64 = charge["pays"].as_array().unwrap().iter().map(|share| amount(&share["cents"])).sum();
        assert!((paid * 10i64.pow(10) - exact(&charge["amount"])).abs() < 3 * 10i64.pow(10));
    }
}

/// In 10⁻¹².
fn exact(value: &Value) -> i64 {
    let text = value.as_str().unwrap();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<12}").parse().unwrap()
}

#[test]
fn an_explanation_says_where_it_was_written_and_what_happened_since() {
    let dir = book();
    let path = dir.path();
    let user = ["--user", "diego.salazar@northwinds.edu"];
    let written = |answer: &Value| charges(answer)[0]["written"].clone();
    assert_eq!(written(&explained(path, &user)), Value::Array(Vec::new()));
    let (session, mut desk) = load(path, Vec::new(), None);
    give(&session, &mut desk, &Ask::Export { target: None });
    drop(session);
    let answer = explained(path, &user);
    assert_eq!(written(&answer)[0]["stands"], "as_now");
    // It stands there under the ids and cents that are named.
    let rows = csv_rows(&path.join("openai-tokens_2026-01.csv"));
    for share in charges(&answer).iter().flat_map(|charge| charge["pays"].as_array().unwrap()) {
        let row = rows.iter().find(|row| row["ResourceId"] == share["row"].as_str().unwrap()).unwrap();
        assert_eq!(row["BilledCost"], share["cents"].as_str().unwrap());
    }
    // A lower cap, and what was open is approved: the file has the old rows of
    // some and nothing of one.
    let rules = path.join("subsidies.json");
    let lower = fs::read_to_string(&rules).unwrap().replace("\"cap_amount\": 500.00", "\"cap_amount\": 445.00");
    fs::write(&rules, lower).unwrap();
    let (session, mut desk) = load(path, Vec::new(), None);
    let theirs = |item: &u32| desk.is_open(*item) && desk.row(*item).cells.user == "diego.salazar@northwinds.edu";
    let items: Vec<u32> = (0..desk.items()).filter(theirs).collect();
    let decision = Decision { verdict: Verdict::ApproveBilled, reason: String::new(), note: String::new() };
    give(&session, &mut desk, &Ask::Decide { items, decision });
    drop(session);
    let later = explained(path, &user);
    let stands = |word: &str| charges(&later).iter().filter(|charge| charge["written"][0]["stands"] == word).count();
    assert!(stands("otherwise") > 0 && stands("not") == 1, "{later}");
    let changed = charges(&later).iter().find(|charge| charge["written"][0]["stands"] == "otherwise").unwrap();
    for then in changed["written"][0]["rows_then"].as_array().unwrap() {
        let row = rows.iter().find(|row| row["ResourceId"] == then["row"].as_str().unwrap()).unwrap();
        assert_eq!(row["BilledCost"], then["cents"].as_str().unwrap());
    }
}

#[test]
fn what_is_not_charged_is_said_with_its_dollars() {
    let dir = book();
    let text = out(dir.path(), &["explain", "--user", "diego.salazar@northwinds.edu"]);
    assert!(text.contains("36 charges: 77.98 in all, 33.99 by sponsors, 43.99 by the payers"), "{text}");
    assert!(text.ends_with("Not charged: 1 item (-$2.50), open.\n"), "{text}");
}

#[test]
fn caps_are_listed_alike_in_every_form_and_a_dry_run_writes_nothing() {
    let dir = book();
    let path = dir.path();
    let json: Value = serde_json::from_str(&out(path, &["subsidies", "list", "--format", "json"])).unwrap();
    let caps = json["caps"].as_array().unwrap();
    let text = out(path, &["subsidies", "list"]);
    assert_eq!((caps.len(), text.lines().count()), (30, 32));
    assert!(text.lines().nth(1).unwrap().starts_with("robotics-lab"), "{text}");
    for cap in caps {
        let units = |key: &str| trueup::amount::Amount::parse(cap[key].as_str().unwrap()).unwrap();
        let drawn = units("drawn_before").plus(units("drawn_this_month"));
        assert_eq!(units("cap").minus(drawn), units("remaining"));
        assert!(units("used") >= drawn);
    }
    let csv = out(path, &["subsidies", "list", "--format", "csv", "--rule", "research_computing_api"]);
    let of_rule = caps.iter().filter(|cap| cap["rule"] == "research_computing_api").count();
    assert_eq!(csv.lines().count(), of_rule + 1);
    let unknown = trueup(path, &["subsidies", "list", "--rule", "nope"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("there are provost_ai_initiative"));

    let before = fs::read(path.join("subsidies.json")).unwrap();
    let set = ["subsidies", "set-cap", "provost_ai_initiative", "--amount", "600"];
    let shown = out(path, &[&set[..], &["--dry-run"]].concat());
    assert!(shown.contains("PROVOST-AI-2026 for robotics-lab: $61.73 to $161.73"), "{shown}");
    assert!(shown.ends_with("Nothing was changed.\n"));
    assert_eq!(fs::read(path.join("subsidies.json")).unwrap(), before);
    out(path, &[&set[..], &["--yes"]].concat());
    out(path, &["undo", "--yes"]);
    assert_eq!(fs::read(path.join("subsidies.json")).unwrap(), before);
}

#[test]
fn the_starter_configuration_promises_the_papers_that_are_written_and_no_other() {
    let dir = folder(&[], &[("2026-01-05", "30")]);
    let dir = dir.path();
    out(dir, &["init", "starter"]);
    let starter = fs::read_to_string(dir.join("starter/config.toml")).unwrap();
    let (told, _) = starter.split_once("# [accounting]\n").unwrap();
    let told: Vec<&str> = told.lines().rev().map_while(|line| line.strip_prefix("# ")).collect();
    let told = told.into_iter().rev().collect::<Vec<_>>().join(" ");
    let (_, promise) = told.split_once("every export also writes").unwrap();
    let promise = promise.split_once(". ").map_or(promise, |(first, _)| first);

    // As somebody has it who takes the marks off.
    let mut lines: Vec<&str> = starter.lines().collect();
    let at = lines.iter().position(|line| *line == "# [accounting]").unwrap();
    for line in lines[at..].iter_mut().take_while(|line| !line.is_empty()) {
        *line = line.strip_prefix("# ").unwrap();
    }
    fs::write(dir.join("config.toml"), lines.join("\n")).unwrap();
    approve(dir, "2026-01", true);
    export(dir, "2026-01");
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut written: Vec<String> = names.filter(|name| name.starts_with("openai-tokens")).collect();
    written.sort();
    let of_month = |end: &str| format!("openai-tokens_2026-01.csv{end}");
    assert_eq!(written, ["", ".journal.csv", ".manifest.json"].map(of_month));
    for paper in ["journal", "statement", "invoice", "report"] {
        let is_written = written.iter().any(|name| name.contains(paper));
        assert_eq!(promise.contains(paper), is_written, "{paper}: {promise}");
    }

    // And every command it names is one.
    let named: Vec<&str> = starter.split('"').filter_map(|text| text.strip_prefix("trueup ")).collect();
    assert!(named.contains(&"subsidies report"), "{named:?}");
    for command in named {
        let words = command.split(' ').take_while(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()));
        let args: Vec<&str> = words.chain(["--help"]).collect();
        assert!(trueup(dir, &args).status.success(), "{command}");
    }
}
