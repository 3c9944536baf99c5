//! Bills that are not what they seem: amounts in other currencies, exports cut
//! short, one bill in two groupings, a gateway's bill against a proxy's ledger.
//! Through the program or the session, as an operator meets them.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use support::session;
use trueup::amount::Amount;
use trueup::desk::{self, Desk, Session};
use trueup::journal::{Decision, Verdict};
use trueup::reconcile::Outcome;

const REQUESTS: &str = "request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost,currency";

fn reconcile(dir: &Path, args: &[&str]) -> Output {
    Command::new(support::program()).arg("reconcile").args(args).current_dir(dir).output().unwrap()
}

fn json(dir: &Path, args: &[&str]) -> (Value, Option<i32>) {
    let output = reconcile(dir, &[args, &["--format", "json"]].concat());
    let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(&output)));
    (value, output.status.code())
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn folder(files: &[(&str, String)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn rows(header: &str, rows: &[&str]) -> String {
    format!("{header}\n{}\n", rows.join("\n"))
}

/// Two requests in dollars and one in euros, on both sides.
fn mixed() -> tempfile::TempDir {
    let bill = [
        "a,2026-01-05T10:00:00Z,gpt-4o,1,1,2,1.50,USD",
        "b,2026-01-05T11:00:00Z,gpt-4o,1,1,2,2.25,",
        "c,2026-01-05T12:00:00Z,gpt-4o,1,1,2,7.125,eur",
    ];
    let ledger = [
        "a,2026-01-05T10:00:00Z,gpt-4o,1,1,2,1.50,USD",
        "b,2026-01-05T11:00:00Z,gpt-4o,1,1,2,2.25,",
        "c,2026-01-05T12:00:00Z,gpt-4o,1,1,2,8.00,USD",
    ];
    folder(&[("bill.csv", rows(REQUESTS, &bill)), ("ledger.csv", rows(REQUESTS, &ledger))])
}

fn load(dir: &Path, bill: &str, ledger: Option<&str>) -> (Session, Desk) {
    session::open(dir, &[bill], ledger.as_slice(), None)
}

#[test]
fn euros_are_in_no_sum_and_said_in_text_and_json() {
    let dir = mixed();
    let (found, code) = json(dir.path(), &["--bill", "bill.csv", "--ledger", "ledger.csv"]);
    assert_eq!(code, Some(1), "what cannot be compared is not healthy: {found}");
    assert_eq!((found["bill"]["total"].as_str(), found["bill"]["lines"].as_u64()), (Some("3.75"), Some(3)));
    let others = &found["other_currencies"];
    assert_eq!(others, &serde_json::json!([{"side": "bill", "currency": "EUR", "lines": 1, "amount": "7.125"}]));
    assert_eq!(found["outcomes"]["unpriced"]["items"], 1);
    assert_eq!(found["outcomes"]["unpriced"]["billed"], "0");

    let said = text(&reconcile(dir.path(), &["--bill", "bill.csv", "--ledger", "ledger.csv"]));
    assert!(said.contains("In EUR              1 line of the bill, 7.125 EUR: not converted, and in no sum"), "{said}");
    assert!(said.contains("bill.csv has 1 row in EUR, 7.125 EUR in all."), "{said}");
}

#[test]
fn a_book_in_euros_takes_its_own_currency_for_what_it_is() {
    let dir = mixed();
    fs::write(dir.path().join("pricing.json"), r#"{"currency": "EUR"}"#).unwrap();
    let (found, _) = json(dir.path(), &["--bill", "bill.csv", "--ledger", "ledger.csv"]);
    // A blank currency is the book's, and the dollars of both sides are apart.
    assert_eq!(found["bill"]["total"], "9.375");
    assert_eq!(found["other_currencies"].as_array().map(Vec::len), Some(2), "{}", found["other_currencies"]);
}

#[test]
fn an_item_in_euros_stays_open_until_it_is_decided_and_the_bill_balances() {
    let dir = mixed();
    let (session, mut desk) = load(dir.path(), "bill.csv", Some("ledger.csv"));
    let euros = (0..desk.items()).find(|item| desk.row(*item).cells.outcome == Outcome::Unpriced).unwrap();
    let detail = desk.detail(euros);
    assert_eq!(desk.foreign_text(euros).as_deref(), Some("7.125 EUR"));
    assert!(detail.explanation.contains("Its amount is 7.125 EUR, and this book is in USD"), "{}", detail.explanation);
    assert!(
        detail.fields.iter().any(|field| field.label == "amount" && field.bill == "7.125 EUR"),
        "{:?}",
        detail.fields
    );
    assert!(desk.tie_out().iter().all(|line| line.balanced()));

    let decide = |verdict| {
        let decision = Decision { verdict, reason: "other".into(), note: "in euros".into() };
        desk::Command::Decide { items: vec![euros], decision }
    };
    for verdict in [Verdict::ApproveBilled, Verdict::ApproveRecorded] {
        let refused = desk.plan(&decide(verdict)).err().unwrap().to_string();
        assert!(refused.starts_with("Its amount is in another currency, and nothing is converted"), "{refused}");
    }
    let recorded = (0..desk.items()).find(|item| desk.row(*item).cells.outcome == Outcome::MissingInBill).unwrap();
    let refused = desk.plan(&desk::Command::Match { items: vec![euros, recorded] }).err().unwrap().to_string();
    assert_eq!(refused, "Amounts in another currency than USD cannot be compared: nothing is converted.");

    assert!(desk.is_open(euros));
    let change = desk.plan(&decide(Verdict::Exclude)).unwrap();
    assert_eq!(change.preview.amount, Amount::ZERO);
    let entries = session.writer().commit(&desk, &change).unwrap();
    desk.apply(&change, entries);
    assert!(!desk.is_open(euros));
    assert!(desk.tie_out().iter().all(|line| line.balanced()));
    let unpriced = desk.close().gate.iter().find(|line| line.what == "bill lines without a price").unwrap().count;
    assert_eq!(unpriced, 0, "no price would help");
}

const DAY: i64 = 86_400;
/// 2026-01-01
const FIRST: i64 = 1_767_225_600;

/// A page of costs of some days of January, the first being 0.
fn page(days: std::ops::Range<i64>, tail: &str) -> String {
    let bucket = |day: i64| {
        let start = FIRST + day * DAY;
        format!(
            r#"{{"start_time":{start},"end_time":{},"results":[{{"amount":{{"value":"1.25","currency":"usd"}},"line_item":"gpt-4o, input","project_id":"p"}}]}}"#,
            start + DAY
        )
    };
    format!(r#"{{"object":"page","data":[{}]{tail}}}"#, days.map(bucket).collect::<Vec<_>>().join(","))
}

#[test]
fn a_bill_cut_short_is_not_healthy_and_ends_with_1() {
    const MORE: &str = r#","has_more":true,"next_page":"x""#;
    const END: &str = r#","has_more":false"#;
    let run = |files: &[(&str, String)], month: &str| {
        let dir = folder(files);
        let bills: Vec<&str> = files.iter().flat_map(|(name, _)| ["--bill", name]).collect();
        let (found, code) = json(dir.path(), &[&bills[..], &["--month", month]].concat());
        (found["health"]["reasons"].to_string(), code)
    };
    let (reasons, code) = run(&[("costs.json", page(0..10, MORE))], "2026-01");
    assert_eq!(code, Some(1));
    assert_eq!(reasons, r#"["The bill is cut short: costs.json lacks what there is from 2026-01-11 on."]"#);
    let (reasons, code) = run(&[("costs.json", page(0..7, ""))], "2026-01");
    assert_eq!(code, Some(1));
    assert_eq!(reasons, r#"["The bill may be cut short: costs.json lacks what there is from 2026-01-08 on."]"#);

    assert_eq!(run(&[("costs.json", page(0..7, END))], "2026-01"), ("[]".into(), Some(0)));
    // What follows stands in another file, in a list, or in another month.
    let both = [("first.json", page(0..10, MORE)), ("then.json", page(10..31, END))];
    assert_eq!(run(&both, "2026-01"), ("[]".into(), Some(0)));
    let list = format!("[{},\n{}]", both[0].1, both[1].1);
    assert_eq!(run(&[("costs.json", list)], "2026-01"), ("[]".into(), Some(0)));
    let beyond = [("costs.json", page(0..33, MORE))];
    assert_eq!(run(&beyond, "2026-01"), ("[]".into(), Some(0)));
    assert_eq!(run(&beyond, "2026-02").1, Some(1));
}

#[test]
fn one_bill_in_two_groupings_is_billed_once_and_said() {
    let head = "start_time,amount_value,amount_currency,line_item,project_id\n";
    let day = |day: i64| {
        let at = FIRST + day * DAY;
        format!("{at},0.25,usd,\"gpt-4o, input\",p\n{at},1.75,usd,\"gpt-4o, output\",p\n{at},2,usd,,\n")
    };
    let dir = folder(&[("costs.csv", head.to_owned() + &day(0) + &day(1))]);
    let (found, _) = json(dir.path(), &["--bill", "costs.csv"]);
    assert_eq!((found["bill"]["total"].as_str(), found["bill"]["lines"].as_u64()), (Some("4"), Some(4)));
    let said = text(&reconcile(dir.path(), &["--bill", "costs.csv"]));
    assert!(said.contains("costs.csv holds the costs of 2 days more than once"), "{said}");
    let (found, _) = json(dir.path(), &["--bill", "costs.csv", "--append"]);
    assert_eq!(found["bill"]["total"], "8", "unless they are said to be two");
}

#[test]
fn calls_through_openrouter_are_compared_with_its_bill() {
    let bill = "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,model_permaslug\n\
                gen-1,2026-01-05 10:00:00.000,0.5,10,5,openai/gpt-4o\n";
    let ledger = "request_id,startTime,model,spend,prompt_tokens,completion_tokens,custom_llm_provider\n\
                  gen-1,2026-01-05 10:00:00.000,openrouter/openai/gpt-4o,0.5,10,5,openrouter\n\
                  chatcmpl-2,2026-01-05 11:00:00.000,gpt-4o,0.25,10,5,openai\n";
    let dir = folder(&[("bill.csv", bill.to_owned()), ("ledger.csv", ledger.to_owned())]);
    let (found, code) = json(dir.path(), &["--bill", "bill.csv", "--ledger", "ledger.csv"]);
    assert_eq!((&found["outcomes"]["matched"]["items"], code), (&Value::from(1), Some(0)), "{found}");
    assert_eq!(found["outcomes"]["not_applicable"]["items"], 1, "OpenAI bills that one, and its bill is not here");

    // Against both bills, both are compared; against OpenAI's alone only its own.
    let openai = rows(REQUESTS, &["chatcmpl-2,2026-01-05T11:00:00Z,gpt-4o,10,5,15,0.25,"]);
    fs::write(dir.path().join("openai.csv"), openai).unwrap();
    let (found, _) = json(dir.path(), &["--bill", "bill.csv", "--bill", "openai.csv", "--ledger", "ledger.csv"]);
    assert_eq!(found["outcomes"]["matched"]["items"], 2, "{found}");
    let (found, _) = json(dir.path(), &["--bill", "openai.csv", "--ledger", "ledger.csv"]);
    assert_eq!(found["outcomes"]["matched"]["items"], 1);
    assert_eq!(found["outcomes"]["not_applicable"]["items"], 1);
}
