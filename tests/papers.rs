//! What is entered from the provider's papers and held against the month:
//! claims, pool balances, the invoice, and notes on what changed. The real
//! program on books of its own.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command as Process;

use serde_json::Value;
use support::session::{self, loaded, options};
use trueup::amount::Amount;
use trueup::desk::{Desk, Session, SessionOptions};

const LEDGER: &str = "request_id,timestamp,model,project_id,input_tokens,output_tokens,cost\n";
const COSTS: &str = "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,organization_id,organization_name\n";
const PROJECTS: &str = r#"{"projects": [
    {"project_id": "p1", "pi_email": "pi@example.edu", "fund_org": "F1", "users": [{"email": "ana@example.edu"}], "openai_projects": ["p1"]},
    {"project_id": "p2", "pi_email": "po@example.edu", "fund_org": "F2", "users": [{"email": "ben@example.edu"}], "openai_projects": ["p2"]}]}"#;
const CREDITS: &str = "date_partition,account_id,account_user_id,email,name,public_id,usage_type,usage_credits,usage_quantity,usage_units\n";

fn cost(day: i64, project: &str, amount: &str) -> String {
    let start = 1_767_225_600 + (day - 1) * 86_400;
    format!("{start},{},,,{amount},usd,\"gpt-4o, input\",{project},org,Org\n", start + 86_400)
}

fn used(day: &str, user: &str, credits: &str) -> String {
    format!("{day},acc,u-{user},{user}@example.edu,{user},pub,codex,{credits},1,counts\n")
}

fn book(pricing: &str, config: &str, bill: &str) -> tempfile::TempDir {
    book_against(pricing, config, bill, "r,2026-01-02T12:00:00Z,gpt-4o,p1,10,0,0.00\n")
}

fn book_against(pricing: &str, config: &str, bill: &str, recorded: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("pricing.json", pricing);
    write("projects.json", PROJECTS);
    write("subsidies.json", "{\"subsidies\": []}");
    write("config.toml", config);
    write("bill.csv", bill);
    write("ledger.csv", &format!("{LEDGER}{recorded}"));
    let ledgers: &[&str] = if bill.starts_with(CREDITS) { &[] } else { &["ledger.csv"] };
    session::open(dir.path(), &["bill.csv"], ledgers, None);
    dir
}

const NO_POOLS: &str = "{\"currency\": \"USD\", \"credit_pools\": []}";

fn desk(dir: &Path, month: &str) -> Desk {
    let options = SessionOptions { read_only: true, ..options(dir, Vec::new(), Some(month)) };
    loaded(Session::open(options).unwrap()).1
}

fn run(dir: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = Process::new(support::program()).args(args).current_dir(dir).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn done(dir: &Path, args: &[&str]) -> String {
    let (code, out, err) = run(dir, args);
    assert_eq!(code, Some(0), "{args:?}: {err}");
    out
}

fn json(dir: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&done(dir, &[args, &["--format", "json"]].concat())).unwrap()
}

fn refused(dir: &Path, args: &[&str]) -> String {
    let (code, out, err) = run(dir, args);
    assert_eq!(code, Some(2), "{args:?}: {out}");
    err
}

/// How many of this are left at the gate, and whether they stop the month.
fn gate(dir: &Path, month: &str, name: &str) -> Option<(u64, bool)> {
    let desk = desk(dir, month);
    let close = desk.close();
    close.gate.iter().find(|item| item.name == name).map(|item| (item.count, item.stops()))
}

#[test]
fn a_claim_has_an_amount_a_case_and_papers_and_its_credit_clears_it() {
    let bill = format!("{COSTS}{}{}", cost(10, "p1", "30.00"), cost(40, "p1", "-12.50"));
    let dir = book(NO_POOLS, "", &bill);
    let dir = dir.path();
    let (january, february) = (["--month", "2026-01"], ["--month", "2026-02"]);
    let claim = ["--amount", "12.50", "--case", "4711", "--state", "submitted", "--filter", "billed>0", "--yes"];
    let claim = [&["dispute", "claim"], &january[..], &claim].concat();
    assert!(refused(dir, &claim).contains("dispute it first"));
    done(
        dir,
        &[&["decide", "dispute", "--filter", "billed>0", "--reason", "provider-error", "--yes"], &january[..]].concat(),
    );
    done(dir, &claim);
    assert!(
        refused(
            dir,
            &[&["dispute", "claim", "--amount", "31", "--filter", "billed>0", "--yes"], &january[..]].concat()
        )
        .contains("more than")
    );

    let list = json(dir, &[&["dispute", "list"], &january[..]].concat());
    assert_eq!(list[0]["claimed"], "12.5");
    assert_eq!((list[0]["case"].as_str(), list[0]["state"].as_str()), (Some("4711"), Some("submitted")));
    done(dir, &[&["dispute", "packet", "--output", "claim"], &january[..]].concat());
    let (table, text) =
        (fs::read_to_string(dir.join("claim.csv")).unwrap(), fs::read_to_string(dir.join("claim.txt")).unwrap());
    assert!(table.lines().nth(1).unwrap().contains("4711,submitted,12.5,bill line,bill.csv:2"), "{table}");
    assert!(table.lines().nth(2).unwrap().contains("difference") && table.contains("not recorded"), "{table}");
    assert!(text.contains("case 4711 (submitted)") && text.ends_with("Claimed in all: 12.5 USD\n"), "{text}");

    // The claim came with the item, and a part of what was billed came back.
    let list = json(dir, &[&["dispute", "list"], &february[..]].concat());
    assert_eq!((list[0]["cleared"].as_bool(), list[0]["times_carried"].as_u64()), (Some(true), Some(1)));
    let desk = desk(dir, "2026-02");
    let item = desk.carried()[0].item;
    assert_eq!(desk.row(item).cells.billed, Some(Amount::parse("17.5").unwrap()));
    assert_eq!(desk.claim(item).unwrap().case, "4711");
    drop(desk);
    done(
        dir,
        &[&["dispute", "claim", "--state", "credited", "--filter", "badge:cleared", "--yes"], &february[..]].concat(),
    );
    let list = json(dir, &[&["dispute", "list"], &february[..]].concat());
    assert_eq!((list[0]["state"].as_str(), list[0]["case"].as_str()), (Some("credited"), Some("4711")));
    done(dir, &[&["undo", "--yes"], &february[..]].concat());
    let list = json(dir, &[&["dispute", "list"], &february[..]].concat());
    assert_eq!(list[0]["state"], "submitted");
}

#[test]
fn nothing_is_claimed_of_what_was_billed_at_less_than_was_recorded() {
    let bill = format!("{COSTS}{}{}{}", cost(10, "p1", "2.50"), cost(11, "p1", "30.00"), cost(12, "p2", "-4.00"));
    let recorded = "r,2026-01-10T12:00:00Z,gpt-4o,p1,10,0,25.00\n";
    let dir = book_against(NO_POOLS, "", &bill, recorded);
    let dir = dir.path();
    let (code, out, err) =
        run(dir, &["decide", "dispute", "--filter", "model:gpt-4o*", "--reason", "provider-error", "--yes"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(format!("{out}{err}").contains("2 items were billed at no more than was recorded"), "{out}{err}");
    let list = json(dir, &["dispute", "list"]);
    let claimed: Vec<&str> = list.as_array().unwrap().iter().filter_map(|view| view["claimed"].as_str()).collect();
    assert_eq!(claimed, ["0", "30", "0"], "{list}");
    assert!(done(dir, &["dispute", "list"]).contains("$30.00 still claimed"));

    // The provider is not told of what it left out, and that is said.
    let said = done(dir, &["dispute", "packet", "--output", "claim"]);
    assert!(said.contains("2 items for which nothing is claimed"), "{said}");
    let text = fs::read_to_string(dir.join("claim.txt")).unwrap();
    assert!(text.ends_with("Claimed in all: 30 USD\n") && !text.contains("2.5"), "{text}");
    let cheap = ["--filter", "billed=2.5"];
    let said = refused(dir, &[&["dispute", "packet", "--output", "other"], &cheap[..]].concat());
    assert!(said.contains("billed 2.5, recorded 25"), "{said}");
    assert!(!dir.join("other.txt").exists());

    // The line itself may be wrong: then what is claimed of it is stated.
    done(dir, &[&["dispute", "claim", "--case", "4711", "--yes"], &cheap[..]].concat());
    assert_eq!(json(dir, &["dispute", "list"])[0]["claimed"], "0", "a case has its number before its amount");
    done(dir, &[&["dispute", "claim", "--amount", "2.50", "--yes"], &cheap[..]].concat());
    done(dir, &["dispute", "packet", "--output", "claim"]);
    assert!(fs::read_to_string(dir.join("claim.txt")).unwrap().ends_with("Claimed in all: 32.5 USD\n"));
}

/// Two lots, the second dearer and effective on the 8th; the first expires at
/// the end of February.
const POOLS: &str = r#"{"currency": "USD", "credit_pools": [
    {"pool_id": "edu", "credits_purchased": 100, "purchase_amount": 5, "expires": "2026-02-28"},
    {"pool_id": "edu", "effective_date": "2026-01-08", "credits_purchased": 1000, "purchase_amount": 70}]}"#;

fn pools_book() -> tempfile::TempDir {
    let rows = [
        ("2026-01-05", "ana", "60"),
        ("2026-01-09", "ana", "30"),
        ("2026-01-20", "ben", "7"),
        ("2026-02-03", "ben", "1"),
    ];
    let rows: String = rows.iter().map(|(day, user, credits)| used(day, user, credits)).collect();
    book(POOLS, "", &format!("{CREDITS}{rows}"))
}

#[test]
fn a_pool_rolls_forward_and_what_is_unexplained_blocks_until_it_has_a_reason() {
    let dir = pools_book();
    let dir = dir.path();
    let row = |month: &str| {
        let pools = json(dir, &["pools", "--month", month]);
        ["opening", "purchased", "used", "expired", "adjusted", "expected"]
            .map(|key| pools[0][key].as_str().unwrap().to_owned())
    };
    assert_eq!(row("2026-01"), ["100", "1000", "97", "0", "0", "1003"]);
    // Two of the first lot's credits are lost when it expires.
    assert_eq!(row("2026-02"), ["1003", "0", "1", "2", "0", "1000"]);

    assert_eq!(gate(dir, "2026-01", "pool-unexplained"), None, "nothing is stated yet");
    assert!(refused(dir, &["pools", "--month", "2026-01", "--stated", "edo=1", "--yes"]).contains("there are: edu"));
    done(dir, &["pools", "--month", "2026-01", "--stated", "edu=1010.5", "--yes"]);
    assert_eq!(gate(dir, "2026-01", "pool-unexplained"), Some((1, true)));
    assert!(done(dir, &["pools", "--month", "2026-01"]).contains("edu: 7.5 credits unexplained"));
    assert!(refused(dir, &["pools", "--month", "2026-01", "--settle", "edu", "--yes"]).contains("--reason"));
    done(dir, &["pools", "--month", "2026-01", "--settle", "edu", "--reason", "promotion of May", "--yes"]);
    assert_eq!(gate(dir, "2026-01", "pool-unexplained"), Some((0, false)));
    assert_eq!(row("2026-01"), ["100", "1000", "97", "0", "7.5", "1010.5"]);
    assert_eq!(row("2026-02")[0], "1010.5", "the next month opens with what this one closed with");
    done(dir, &["undo", "--month", "2026-01", "--yes"]);
    assert_eq!(row("2026-02")[0], "1003");
}

#[test]
fn a_screen_too_narrow_for_the_pools_shows_every_figure_and_the_reason_whole() {
    let dir = pools_book();
    let dir = dir.path();
    let reason = "credits of the promotion of May that the provider granted after the outage";
    done(dir, &["pools", "--month", "2026-01", "--adjust", "edu=7.5", "--reason", reason, "--yes"]);
    let args = ["pools", "--month", "2026-01"];
    let piped = done(dir, &args);
    let mut terminal = support::Terminal::start(80, 24, &args, dir, &[]);
    let shown = terminal.see("balance is not entered");
    assert_eq!(terminal.ended(), 0);
    assert!(shown.lines().all(|line| line.trim_end().chars().count() <= 80), "{shown}");
    let words: Vec<&str> = shown.split_whitespace().collect();
    let row = piped.lines().find(|line| line.starts_with("edu ")).unwrap();
    for figure in row.split("  ").filter(|cell| !cell.is_empty() && *cell != reason).map(str::trim) {
        assert!(words.contains(&figure), "{figure}: {shown}");
    }
    let whole: Vec<&str> = reason.split(' ').collect();
    assert!(words.windows(whole.len()).any(|part| part == whole), "{shown}");
}

#[test]
fn each_charge_is_priced_from_the_lot_it_drew_and_split_where_a_lot_ends() {
    let rows = [("2026-01-05", "ana", "90"), ("2026-01-09", "ana", "30"), ("2026-01-20", "ben", "7.3")];
    let rows: String = rows.iter().map(|(day, user, credits)| used(day, user, credits)).collect();
    let dir = book(POOLS, "", &format!("{CREDITS}{rows}"));
    done(dir.path(), &["decide", "approve", "--filter", "billed>0", "--yes"]);
    let desk = desk(dir.path(), "2026-01");
    let mut charges: Vec<_> =
        desk.allocation().charges.iter().map(|c| (c.day.to_string(), c.amount.to_string())).collect();
    charges.sort();
    let at = |day: &str, amount: &str| (day.to_owned(), amount.to_owned());
    // 90 at 0.05; the last 10 at 0.05 and 20 at 0.07; 7.3 at 0.07.
    assert_eq!(charges, [at("2026-01-05", "4.5"), at("2026-01-09", "1.9"), at("2026-01-20", "0.511")]);
}

#[test]
fn an_invoice_must_tie_to_the_bill_and_its_tax_adds_up() {
    let bill = format!("{COSTS}{}{}{}", cost(10, "p1", "10.00"), cost(11, "p2", "20.00"), cost(12, "p1", "3.333"));
    let dir = book(NO_POOLS, "", &bill);
    let dir = dir.path();
    done(dir, &["decide", "approve", "--filter", "billed>5", "--yes"]);
    assert!(refused(dir, &["invoice"]).contains("No invoice is entered"));
    assert!(refused(dir, &["invoice", "--number", "A", "--total", "5", "--tax", "6", "--yes"]).contains("includes it"));
    // A credit note is below zero.
    assert!(
        refused(dir, &["invoice", "--number", "A", "--total", "-5", "--tax", "6", "--yes"]).contains("includes it")
    );
    done(dir, &["invoice", "--number", "INV-7", "--total", "40.00", "--tax", "6.34", "--yes"]);
    let shown = json(dir, &["invoice"]);
    assert_eq!((shown["difference"].as_str(), shown["ties"].as_bool()), (Some("0.327"), Some(false)));
    assert_eq!(gate(dir, "2026-01", "invoice-apart"), Some((1, true)));
    fs::write(dir.join("config.toml"), "materiality = 0.33\n").unwrap();
    assert_eq!(gate(dir, "2026-01", "invoice-apart"), Some((0, false)));

    done(dir, &["invoice", "--number", "INV-7", "--total", "39.66", "--tax", "6.33", "--yes"]);
    let shown = json(dir, &["invoice"]);
    assert_eq!((shown["difference"].as_str(), shown["ties"].as_bool()), (Some("-0.003"), Some(true)));
    let shares: Vec<_> = shown["shares"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["project"].as_str(), s["tax"].as_str().unwrap()))
        .collect();
    // 6.33 over 33.333: 10, 20 and the 3.333 that nobody is charged yet.
    assert_eq!(shares, [(Some("p1"), "1.90"), (Some("p2"), "3.80"), (None, "0.63")]);
    done(dir, &["invoice", "--remove", "--yes"]);
    assert!(refused(dir, &["invoice"]).contains("No invoice"));
}

#[test]
fn a_change_above_the_limit_asks_for_a_note_before_the_month_is_signed() {
    let bill = format!(
        "{COSTS}{}{}{}{}",
        cost(10, "p1", "10.00"),
        cost(11, "p2", "20.00"),
        cost(40, "p1", "90.00"),
        cost(41, "p2", "21.00")
    );
    let dir = book(NO_POOLS, "flux_over = 50\n", &bill);
    let dir = dir.path();
    for month in ["2026-01", "2026-02"] {
        done(dir, &["decide", "approve", "--filter", "billed>0", "--month", month, "--yes"]);
    }
    let flux = json(dir, &["flux", "--month", "2026-02"]);
    let asked: Vec<_> = flux
        .as_array()
        .unwrap()
        .iter()
        .filter(|l| l["note_asked"] == true)
        .map(|l| (l["of"].as_str().unwrap(), l["name"].as_str().unwrap(), l["change"].as_str().unwrap()))
        .collect();
    assert_eq!(asked, [("payer", "F1", "80"), ("project", "p1", "80")]);
    assert_eq!(gate(dir, "2026-02", "flux-notes"), Some((2, true)));
    assert_eq!(gate(dir, "2026-01", "flux-notes"), Some((0, false)), "there is no month before to compare with");
    assert!(refused(dir, &["flux", "--month", "2026-02", "--note-payer", "F9=x", "--yes"]).contains("no payer “F9”"));
    done(dir, &["flux", "--month", "2026-02", "--note-payer", "F1=the course began", "--yes"]);
    done(dir, &["flux", "--month", "2026-02", "--note-project", "p1=the course began", "--yes"]);
    assert_eq!(gate(dir, "2026-02", "flux-notes"), Some((0, false)));
    done(dir, &["flux", "--month", "2026-02", "--note-project", "p1=", "--yes"]);
    assert_eq!(gate(dir, "2026-02", "flux-notes"), Some((1, true)));
}
