//! What must hold for any month: random bills, ledgers and decisions, from
//! the text of the files to the bytes of the chargeback file.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use support::memory::{commit, side};
use trueup::amount::{Amount, Cents};
use trueup::book::{Config, ConfigPaths, Content};
use trueup::calendar::{Instant, Month};
use trueup::desk::{Command, Desk, Inputs, ListQuery, Order, Past, SortKey};
use trueup::journal::{ConfigFile, Decision, Entry, Verdict};
use trueup::usage::{Names, Side};

const PRICING: &str = r#"{"credit_pools": [
    {"pool_id": "a", "effective_date": "2026-01-01", "credits_purchased": 300, "purchase_amount": 10},
    {"pool_id": "b", "effective_date": "2026-01-10", "credits_purchased": 20000, "purchase_amount": 1100}
]}"#;

const PROJECTS: &str = r#"{"projects": [
    {"project_id": "p1", "pi_email": "pi1@x.edu", "fund_org": "F1", "users": [{"email": "u0@x.edu"}, {"email": "u1@x.edu"}]},
    {"project_id": "p2", "pi_email": "pi2@x.edu", "fund_org": "F2", "users": [{"email": "u2@x.edu"}, {"email": "u3@x.edu"}]},
    {"project_id": "p3", "pi_email": "pi3@x.edu", "fund_org": "F1", "users": [{"email": "u3@x.edu"}]}
]}"#;

const SUBSIDIES: &str = r#"{"subsidies": [
    {"name": "first", "fund_org": "SPONSOR", "type": "per_project_cap", "cap_amount": 7.5, "period": "fiscal_year",
     "fiscal_year_start": "07-01", "applies_to_services": ["OpenAI"], "enabled": true},
    {"name": "second", "fund_org": "SPONSOR-2", "sponsor_email": "s@x.edu", "type": "per_project_cap", "cap_amount": 0.3,
     "period": "calendar_year", "applies_to_services": ["OpenAI", "OpenAI API"], "enabled": true}
]}"#;

/// The rows of a month, as texts of its four files without their headers.
#[derive(Debug, Clone, Default)]
struct Rows {
    requests: Vec<String>,
    ledger: Vec<String>,
    credits: Vec<String>,
    credit_ledger: Vec<String>,
}

const REQUESTS: &str = "request_id,timestamp,model,prompt_tokens,completion_tokens,cost_usd,user_id";
const LEDGER: &str = "id,user_id,model_used,input_tokens,output_tokens,tokens_used,calculated_cost_cents,openai_request_id,created_at,success,action_type";
const CREDITS: &str = "date_partition,account_id,account_user_id,email,name,public_id,usage_type,usage_credits,usage_quantity,usage_units";
const CREDIT_LEDGER: &str = "date,user,usage_type,credits";

fn file(header: &str, rows: &[String]) -> String {
    format!("{header}\n{}\n", rows.join("\n"))
}

fn desk_with(rows: &Rows, entries: Vec<Entry>) -> Desk {
    desk_under(rows, "", entries)
}

fn desk_under(rows: &Rows, settings: &str, entries: Vec<Entry>) -> Desk {
    let mut names = Names::default();
    let bill = side(
        Side::Bill,
        &[("requests.csv", file(REQUESTS, &rows.requests)), ("credits.csv", file(CREDITS, &rows.credits))],
        &mut names,
    );
    let ledger = side(
        Side::Ledger,
        &[("usage.csv", file(LEDGER, &rows.ledger)), ("own.csv", file(CREDIT_LEDGER, &rows.credit_ledger))],
        &mut names,
    );
    let texts = BTreeMap::from([
        (ConfigFile::Pricing, PRICING.to_owned()),
        (ConfigFile::Projects, PROJECTS.to_owned()),
        (ConfigFile::Subsidies, SUBSIDIES.to_owned()),
        (ConfigFile::Settings, settings.to_owned()),
    ]);
    let config = Config::from_texts(texts, &ConfigPaths::in_folder(Path::new(""))).expect("a sound configuration");
    let month: Month = "2026-01".parse().unwrap();
    let past = Past { entries, ..Past::default() };
    Desk::new(month, Arc::new(Inputs { names, bill, ledger, keep: Vec::new() }), Arc::new(config), past)
}

fn desk(rows: &Rows) -> Desk {
    desk_with(rows, Vec::new())
}

/// One request with what the ledger made of it.
fn request() -> impl Strategy<Value = (u32, u32, u32, u8, u8, u8)> {
    (0..2_678_000u32, 1..900_000u32, 0..9_000u32, 0..4u8, 0..5u8, 0..14u8)
}

fn rows() -> impl Strategy<Value = Rows> {
    let credit = (1..28u32, 0..6u8, 0..3u8, -400i32..3000, 0..8u8);
    (proptest::collection::vec(request(), 0..40), proptest::collection::vec(credit, 0..30)).prop_map(
        |(requests, credits)| {
            let mut rows = Rows::default();
            for (at, (second, input, output, model, user, fate)) in requests.into_iter().enumerate() {
                let time = Instant::from_seconds(1_767_225_600 + i64::from(second));
                let later = Instant::from_seconds(1_767_225_600 + i64::from(second) + 2);
                let model = ["gpt-4o-2024-08-06", "gpt-4o-mini", "o3", "no-such-model"][usize::from(model)];
                let micros = u64::from(input) * 5 / 2 + u64::from(output) * 10;
                let cost = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
                let cents = format!("{}.{:04}", micros / 10_000, micros % 10_000);
                let id = if fate == 1 { String::new() } else { format!("r{at}") };
                let bill = format!("{id},{time},{model},{input},{output},{cost},u{user}@x.edu");
                let own = format!(
                    "k{at},u{user}@x.edu,{model},{input},{output},{},{cents},{id},{later},true,chat",
                    input + output
                );
                match fate {
                    2 => rows.requests.push(bill),
                    3 => rows.ledger.push(own),
                    4 => {
                        rows.requests.push(bill.clone());
                        rows.requests.push(bill);
                        rows.ledger.push(own);
                    }
                    5 => {
                        rows.requests.push(bill);
                        rows.ledger.push(own.replace(&cents, "0.0000"));
                    }
                    6 => {
                        rows.requests.push(bill);
                        rows.ledger.push(own.replace(&format!(",{cents},"), ",,"));
                    }
                    7 => rows.ledger.push(own.replace(",true,", ",false,")),
                    8 => {
                        rows.requests.push(bill);
                        rows.ledger.push(own.replacen(&format!(",{input},"), &format!(",{},", input + 7), 1));
                    }
                    _ => {
                        rows.requests.push(bill);
                        rows.ledger.push(own);
                    }
                }
            }
            for (day, user, kind, tenths, fate) in credits {
                let kind = ["codex", "chat.completion.5.pro", "chat_tool.imagegen"][usize::from(kind)];
                let credits =
                    format!("{}{}.{}", if tenths < 0 { "-" } else { "" }, tenths.abs() / 10, tenths.abs() % 10);
                let bill = format!("1/{day}/2026,acc,id,U{user}@x.edu,Name,pub,{kind},{credits},1,counts");
                let own = format!("2026-01-{day:02},u{user}@x.edu,{kind},{credits}");
                if fate != 0 {
                    rows.credits.push(bill.clone());
                }
                if fate == 1 {
                    rows.credits.push(bill);
                }
                if fate != 2 {
                    rows.credit_ledger.push(own);
                }
            }
            rows
        },
    )
}

fn decision(verdict: Verdict) -> Decision {
    Decision { verdict, reason: "other".into(), note: String::new() }
}

/// Everything a face would show of the decisions, as one text.
fn standing(desk: &Desk) -> String {
    let mut text = String::new();
    for item in 0..desk.items() {
        let row = desk.row(item);
        text.push_str(&format!("{:?} {} {:?}\n", row.standing, row.cells.project, row.badges));
    }
    text.push_str(&format!("{:?}", desk.tie_out()));
    text
}

fn written(desk: &Desk) -> Vec<u8> {
    match desk.export_plan(None).csv {
        Content::Bytes(bytes) => bytes,
        Content::Writer(write) => {
            let mut bytes = Vec::new();
            write(&mut bytes).unwrap();
            bytes
        }
    }
}

fn written_lines(desk: &Desk) -> Vec<String> {
    String::from_utf8(written(desk)).unwrap().lines().map(str::to_owned).collect()
}

/// Every item without its origins, which name lines and so move with them.
fn items(desk: &Desk) -> Vec<String> {
    (0..desk.items())
        .map(|item| {
            let row = desk.row(item);
            format!(
                "{} {:?} {:?} {} {} {:?} {:?} {:?} {:?}",
                desk.item_id(item),
                row.cells.outcome,
                row.cells.cause,
                row.cells.what,
                row.cells.user,
                row.cells.billed,
                row.cells.recorded,
                row.cells.billed_tokens,
                row.lines
            )
        })
        .collect()
}

fn all(desk: &Desk) -> Vec<u32> {
    (0..desk.items()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_line_is_in_one_item_and_the_items_add_up_to_both_documents(rows in rows()) {
        let desk = desk(&rows);
        let (sides, table, summary) = desk.comparison();
        let mut bill: Vec<u32> = all(&desk).into_iter().flat_map(|i| table.bill_rows(i).collect::<Vec<_>>()).collect();
        let mut ledger: Vec<u32> = all(&desk).into_iter().flat_map(|i| table.ledger_rows(i).collect::<Vec<_>>()).collect();
        bill.sort_unstable();
        ledger.sort_unstable();
        prop_assert_eq!(bill, (0..sides.bill.len() as u32).collect::<Vec<_>>());
        prop_assert_eq!(ledger, (0..sides.ledger.len() as u32).collect::<Vec<_>>());
        let billed: Amount = all(&desk).into_iter().filter_map(|i| desk.row(i).cells.billed).sum();
        let recorded: Amount = all(&desk).into_iter().filter_map(|i| desk.row(i).cells.recorded).sum();
        prop_assert_eq!(billed, summary.bill_total);
        prop_assert_eq!(recorded, summary.ledger_total);
    }

    #[test]
    fn the_parts_of_a_variance_add_up_to_it(rows in rows()) {
        let desk = desk(&rows);
        for item in all(&desk) {
            let detail = desk.detail(item);
            if let Some(difference) = detail.difference {
                prop_assert_eq!(detail.variance.iter().map(|p| p.amount).sum::<Amount>(), difference);
            }
        }
    }

    #[test]
    fn the_order_of_rows_changes_neither_items_nor_the_file(rows in rows(), seed in any::<u64>()) {
        let mut shuffled = rows.clone();
        let mut state = seed | 1;
        for list in [&mut shuffled.requests, &mut shuffled.ledger, &mut shuffled.credits, &mut shuffled.credit_ledger] {
            for at in (1..list.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                list.swap(at, (state >> 33) as usize % (at + 1));
            }
        }
        let (mut first, mut second) = (desk(&rows), desk(&shuffled));
        prop_assert_eq!(items(&first), items(&second));
        for desk in [&mut first, &mut second] {
            let command = Command::Decide { items: all(desk), decision: decision(Verdict::ApproveBilled) };
            commit(desk, &command);
        }
        prop_assert_eq!(standing(&first), standing(&second));
        prop_assert_eq!(String::from_utf8(written(&first)), String::from_utf8(written(&second)));
    }

    #[test]
    fn what_is_written_is_what_was_approved_to_the_cent(rows in rows(), picks in proptest::collection::vec(any::<prop::sample::Index>(), 0..30)) {
        let mut desk = desk(&rows);
        if desk.items() == 0 {
            return Ok(());
        }
        for pick in picks {
            let item = pick.index(desk.items() as usize) as u32;
            commit(&mut desk, &Command::Decide { items: vec![item], decision: decision(Verdict::ApproveBilled) });
        }
        let again = desk_with(&rows, desk.journal().to_vec());
        let sheet = desk.sheet();
        let allocation = desk.allocation();
        let exact: Amount = allocation.charges.iter().map(|c| c.amount).sum();
        let total: Cents = sheet.rows().map(|r| r.billed_cost).sum();
        prop_assert_eq!(total, Cents::nearest(exact));
        for (at, charge) in allocation.charges.iter().enumerate() {
            let drawn: Amount = allocation.draws[at].iter().map(|d| d.amount).sum();
            prop_assert_eq!(drawn.plus(allocation.billable(at)), charge.amount);
            if charge.project.is_none() {
                prop_assert!(allocation.draws[at].is_empty(), "nothing unassigned draws a subsidy");
            }
        }
        for position in &allocation.positions {
            prop_assert!(!position.remaining().is_negative(), "{:?}", position);
        }
        let ids: std::collections::HashSet<String> = sheet.rows().map(|r| r.id.text().into_owned()).collect();
        prop_assert_eq!(ids.len(), sheet.len());
        prop_assert_eq!(written(&desk), written(&again), "the same journal on the same files writes the same bytes");
        for line in desk.tie_out() {
            prop_assert!(line.balanced(), "{:?}", line);
        }
    }

    #[test]
    fn undo_and_redo_lead_back_and_the_journal_replays(rows in rows(), steps in proptest::collection::vec((any::<prop::sample::Index>(), 0..9usize), 1..14)) {
        let mut desk = desk(&rows);
        if desk.items() == 0 {
            return Ok(());
        }
        let mut seen = vec![standing(&desk)];
        for (pick, what) in steps {
            let item = pick.index(desk.items() as usize) as u32;
            let few: Vec<u32> = (item..desk.items().min(item + 5)).collect();
            let command = match what {
                0..=5 => Command::Decide { items: few, decision: decision(Verdict::ALL[what]) },
                6 => Command::Reopen { items: few },
                7 => Command::Assign { items: few, project: "p1".into() },
                _ => Command::Note { items: few, text: "seen".into() },
            };
            if commit(&mut desk, &command).is_some() {
                seen.push(standing(&desk));
            }
        }
        let replayed = desk_with(&rows, desk.journal().to_vec());
        prop_assert_eq!(standing(&replayed), seen.last().unwrap().clone());
        for expected in seen.iter().rev().skip(1) {
            prop_assert!(commit(&mut desk, &Command::Undo).is_some());
            prop_assert_eq!(&standing(&desk), expected);
        }
        prop_assert!(commit(&mut desk, &Command::Undo).is_none(), "nothing is left to undo");
        for expected in seen.iter().skip(1) {
            prop_assert!(commit(&mut desk, &Command::Redo).is_some());
            prop_assert_eq!(&standing(&desk), expected);
        }
        let replayed = desk_with(&rows, desk.journal().to_vec());
        prop_assert_eq!(standing(&replayed), standing(&desk));
    }

    #[test]
    fn an_entry_taken_back_on_its_own_is_as_if_it_had_never_been(rows in rows(), steps in proptest::collection::vec((any::<prop::sample::Index>(), 0..9usize), 2..14), which in any::<prop::sample::Index>()) {
        let mut desk = desk(&rows);
        if desk.items() == 0 {
            return Ok(());
        }
        for (pick, what) in steps {
            let item = pick.index(desk.items() as usize) as u32;
            let few: Vec<u32> = (item..desk.items().min(item + 5)).collect();
            commit(&mut desk, &match what {
                0..=5 => Command::Decide { items: few, decision: decision(Verdict::ALL[what]) },
                6 => Command::Reopen { items: few },
                7 => Command::Assign { items: few, project: "p1".into() },
                _ => Command::Note { items: few, text: what.to_string() },
            });
        }
        if desk.journal().is_empty() {
            return Ok(());
        }
        let (before, count) = (standing(&desk), desk.journal().len());
        let seq = desk.journal()[which.index(count)].seq;
        let without: Vec<Entry> = desk.journal().iter().filter(|entry| entry.seq != seq).cloned().collect();
        let expected = standing(&desk_with(&rows, without));
        let preview = desk.plan(&Command::Reverse { entry: seq }).map(|change| change.preview);
        match preview {
            Ok(preview) => {
                let reverse = Command::Reverse { entry: seq };
                prop_assert!(commit(&mut desk, &reverse).is_some());
                prop_assert_eq!(standing(&desk), expected);
                prop_assert!(preview.items > 0);
                prop_assert!(desk.plan(&reverse).is_err(), "it is taken back already");
                prop_assert!(commit(&mut desk, &Command::Redo).is_some());
                prop_assert_eq!(standing(&desk), before);
            }
            // Nothing would change, or something approved since leans on it.
            Err(why) => {
                prop_assert!(why.to_string().contains("entry"), "{}", why);
                prop_assert_eq!(standing(&desk), before.clone());
                if why.to_string().contains("change nothing") {
                    prop_assert_eq!(expected, before);
                }
            }
        }
        let replayed = desk_with(&rows, desk.journal().to_vec());
        prop_assert_eq!(standing(&replayed), standing(&desk));
    }
}

#[test]
fn nothing_unpriced_is_worth_zero() {
    let rows = Rows {
        credits: vec![
            "12/31/2025,acc,id,u0@x.edu,N,p,codex,10,1,counts".into(),
            "1/2/2026,acc,id,u0@x.edu,N,p,codex,10,1,counts".into(),
        ],
        ..Rows::default()
    };
    let mut desk = desk(&rows);
    // The pool is effective from January on; December is another month.
    assert_eq!(desk.items(), 1);
    assert!(
        commit(&mut desk, &Command::Decide { items: vec![0], decision: decision(Verdict::ApproveBilled) }).is_some()
    );
    assert_eq!(written_lines(&desk)[1].split(',').nth(6), Some("0.33"));

    let rows =
        Rows { requests: vec!["r1,2026-01-05T10:00:00Z,no-such-model,10,10,,u0@x.edu".into()], ..Rows::default() };
    let desk = self::desk(&rows);
    assert_eq!(desk.row(0).cells.billed, None);
    let refused = desk.plan(&Command::Decide { items: vec![0], decision: decision(Verdict::ApproveBilled) });
    assert!(refused.is_err_and(|why| why.to_string().contains("price")));
}

#[test]
fn a_price_edit_shows_its_effect_and_undo_takes_it_back() {
    let rows = Rows {
        credits: vec!["1/2/2026,acc,id,u0@x.edu,N,p,codex,100,1,counts".into()],
        credit_ledger: vec!["2026-01-02,u0@x.edu,codex,100".into()],
        ..Rows::default()
    };
    let mut desk = desk(&rows);
    let before = standing(&desk);
    let edit = Command::SetLot {
        name: "a".into(),
        effective: "2026-01-01".into(),
        credits: "300".into(),
        amount: "30".into(),
    };
    let change = desk.plan(&edit).unwrap();
    assert!(change.asks);
    assert!(!change.preview.payers.is_empty(), "{:?}", change.preview);
    assert_eq!(standing(&desk), before, "planning changes nothing");
    assert!(commit(&mut desk, &edit).is_some());
    assert_eq!(desk.row(0).cells.billed.unwrap().to_string(), "10");
    assert!(commit(&mut desk, &Command::Undo).is_some());
    assert_eq!(standing(&desk), before);
    assert_eq!(desk.row(0).cells.billed.unwrap().to_string(), "3.333333333333");
}

#[test]
fn a_fund_of_another_form_is_an_open_item() {
    let rows = Rows { credits: vec!["1/2/2026,acc,id,u0@x.edu,N,p,codex,100,1,counts".into()], ..Rows::default() };
    let approve = Command::Decide { items: vec![0], decision: decision(Verdict::ApproveBilled) };
    assert!(desk_under(&rows, "fund_org_pattern = \"f?\"", Vec::new()).plan(&approve).is_ok());
    let strict = desk_under(&rows, "fund_org_pattern = \"DEPT-*\"", Vec::new());
    assert!(strict.plan(&approve).is_err_and(|why| why.to_string().contains("fund")));
    assert!(strict.close().gate.iter().any(|line| line.filter == "badge:odd-fund" && line.count == 1));
}

#[test]
fn what_has_no_amount_comes_last_in_both_directions() {
    let rows = Rows {
        requests: vec![
            "r1,2026-01-05T10:00:00Z,gpt-4o,10,10,3,u0@x.edu".into(),
            "r2,2026-01-06T10:00:00Z,gpt-4o,10,10,,u0@x.edu".into(),
            "r3,2026-01-07T10:00:00Z,gpt-4o,10,10,1,u0@x.edu".into(),
            "r4,2026-01-08T10:00:00Z,no-such-model,10,10,,u0@x.edu".into(),
        ],
        ..Rows::default()
    };
    let desk = desk(&rows);
    let order = |descending| {
        let query = ListQuery { order: Order::by(SortKey::Billed, descending), ..ListQuery::default() };
        desk.list(&query).into_iter().map(|item| desk.row(item).id.into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(order(false), ["r2", "r3", "r1", "r4"]);
    assert_eq!(order(true), ["r1", "r3", "r2", "r4"]);
}
