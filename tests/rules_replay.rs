//! What must hold for any month and any rules: applying them twice is applying
//! them once, the journal replays what they decided, undo takes it all back,
//! and their order in the file says nothing.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use support::memory::{commit, side};
use trueup::book::{Config, ConfigPaths};
use trueup::calendar::{Instant, Month};
use trueup::desk::{Command, Desk, Inputs, Past};
use trueup::journal::{ConfigFile, Decision, Entry, Verdict};
use trueup::usage::{Names, Side};

const PROJECTS: &str = r#"{"projects": [
    {"project_id": "p1", "pi_email": "pi@x.edu", "fund_org": "F1", "users": [{"email": "u0@x.edu"}, {"email": "u1@x.edu"}]}
]}"#;

/// Second of the month, model, user, and how the ledger has it.
type Request = (u32, u8, u8, u8);

const MODELS: [&str; 3] = ["gpt-4o", "gpt-4o-mini", "o3"];

fn texts(requests: &[Request]) -> (String, String) {
    let mut bill = "request_id,timestamp,model,prompt_tokens,completion_tokens,cost_usd,user_id\n".to_owned();
    let mut ledger = "id,user_id,model_used,input_tokens,output_tokens,tokens_used,calculated_cost_cents,\
                      openai_request_id,created_at,success,action_type\n"
        .to_owned();
    for (at, (second, model, user, fate)) in requests.iter().enumerate() {
        let (time, model) = (Instant::from_seconds(1_767_225_600 + i64::from(*second)), MODELS[usize::from(*model)]);
        let cents = ["25.0000", "12.5000", "0.0000", "24.9999"][usize::from(*fate % 4)];
        if *fate != 4 {
            let _ = writeln!(bill, "r{at},{time},{model},1000,100,0.25,u{user}@x.edu");
        }
        if *fate != 5 {
            let _ = writeln!(ledger, "k{at},u{user}@x.edu,{model},1000,100,1100,{cents},r{at},{time},true,chat");
        }
    }
    (bill, ledger)
}

fn desk(requests: &[Request], rules: &str, entries: Vec<Entry>) -> Desk {
    let mut names = Names::default();
    let (bill, ledger) = texts(requests);
    let bill = side(Side::Bill, &[("requests.csv", bill)], &mut names);
    let ledger = side(Side::Ledger, &[("usage.csv", ledger)], &mut names);
    let texts = BTreeMap::from([(ConfigFile::Projects, PROJECTS.to_owned()), (ConfigFile::Rules, rules.to_owned())]);
    let config = Config::from_texts(texts, &ConfigPaths::in_folder(Path::new(""))).expect("a sound configuration");
    let month: Month = "2026-01".parse().unwrap();
    let past = Past { entries, ..Past::default() };
    Desk::new(month, Arc::new(Inputs { names, bill, ledger, keep: Vec::new() }), Arc::new(config), past)
}

/// Everything a face would show of the decisions and of the rules behind them.
fn standing(desk: &Desk) -> String {
    let mut text = String::new();
    for item in 0..desk.items() {
        let row = desk.row(item);
        let _ = writeln!(text, "{:?} {:?} {:?}", row.standing, row.badges, desk.decided_by(item));
    }
    let _ = write!(text, "{:?}", desk.tie_out());
    text
}

/// Name, filter, verdict, and whether it only suggests.
type Kind = (usize, usize, usize, bool);

const WHEN: [&str; 7] = [
    "model:gpt-4o",
    "model:gpt-*",
    "user:u1@*",
    "outcome:missing_in_bill,missing_in_ledger",
    "absdiff>0.1",
    "-badge:unassigned",
    "outcome:matched",
];

fn rule((name, when, verdict, suggest): Kind) -> String {
    let verdict = ["approve", "defer", "exclude"][verdict];
    format!(
        "[[rule]]\nname = \"r{name}\"\nversion = 1\nauthor = \"a\"\nreason = \"b\"\nsince = 2026-01-05\n\
         when = '{}'\nverdict = \"{verdict}\"\ncode = \"other\"\nsuggest = {suggest}\n\n",
        WHEN[when]
    )
}

fn rules() -> impl Strategy<Value = Vec<String>> {
    let kind = (0..WHEN.len(), 0..3usize, prop::bool::weighted(0.2));
    proptest::collection::vec(kind, 0..5).prop_map(|kinds| {
        let numbered = kinds.into_iter().enumerate();
        numbered.map(|(name, (when, verdict, suggest))| rule((name, when, verdict, suggest))).collect()
    })
}

fn requests() -> impl Strategy<Value = Vec<Request>> {
    proptest::collection::vec((0..2_678_000u32, 0..3u8, 0..3u8, 0..6u8), 1..25)
}

fn decide(item: u32, verdict: usize) -> Command {
    let verdict = [Verdict::ApproveBilled, Verdict::Defer, Verdict::Exclude][verdict];
    Command::Decide { items: vec![item], decision: Decision { verdict, reason: "other".into(), note: String::new() } }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn applying_rules_twice_is_applying_them_once_and_undo_takes_all_of_it_back(requests in requests(), rules in rules()) {
        let mut desk = desk(&requests, &rules.concat(), Vec::new());
        let before = standing(&desk);
        let Some(steps) = commit(&mut desk, &Command::ApplyRules) else { return Ok(()) };
        let after = standing(&desk);
        prop_assert_ne!(&before, &after);
        prop_assert_eq!(commit(&mut desk, &Command::ApplyRules), None);
        prop_assert_eq!(&standing(&desk), &after);
        for _ in 0..steps {
            prop_assert!(commit(&mut desk, &Command::Undo).is_some());
        }
        prop_assert_eq!(&standing(&desk), &before);
        for _ in 0..steps {
            prop_assert!(commit(&mut desk, &Command::Redo).is_some());
        }
        prop_assert_eq!(&standing(&desk), &after);
    }

    #[test]
    fn the_order_of_the_file_says_nothing(requests in requests(), rules in rules(), by in 0..5usize) {
        let mut turned = rules.clone();
        if !turned.is_empty() {
            let by = by % turned.len();
            turned.rotate_left(by);
        }
        let plan = |rules: &[String]| {
            let desk = desk(&requests, &rules.concat(), Vec::new());
            desk.plan(&Command::ApplyRules).map(|change| (change.preview, change.actions)).map_err(|refusal| refusal.0)
        };
        prop_assert_eq!(plan(&rules), plan(&turned));
    }

    #[test]
    fn the_journal_replays_what_rules_decided_and_a_reversed_rule_is_never_active(
        requests in requests(), rules in rules(),
        steps in proptest::collection::vec((0..6usize, any::<prop::sample::Index>(), 0..3usize), 1..12),
    ) {
        let mut now = desk(&requests, &rules.concat(), Vec::new());
        for (kind, pick, verdict) in steps {
            let item = pick.index(now.items().max(1) as usize) as u32;
            let cited = now.decided_by(item).cloned();
            let was = format!("{:?}", now.row(item).standing);
            let command = match kind {
                0 | 1 => Command::ApplyRules,
                2 | 3 => decide(item, verdict),
                4 => Command::Reopen { items: vec![item] },
                _ => Command::Undo,
            };
            let reverses = kind == 4 || (kind < 4 && kind > 1);
            if commit(&mut now, &command).is_some()
                && let Some(cited) = cited.filter(|_| reverses)
            {
                let verdict_of = |text: &str| text.split("reason").next().unwrap_or_default().to_owned();
                let other = verdict_of(&was) != verdict_of(&format!("{:?}", now.row(item).standing));
                let active = now.decision_rules().iter().any(|rule| rule.name == cited.name && !rule.suggest);
                prop_assert!(!(other && active), "{cited} was reversed and still decides");
            }
        }
        let texts: Vec<String> = now.decision_rules().iter().map(|rule| format!("{rule:?}")).collect();
        // What the file says by now, as the journal has it.
        let last = now.journal().iter().fold(rules.concat(), |text, entry| match &entry.action {
            trueup::journal::Action::EditFile { after, .. } => after.clone(),
            trueup::journal::Action::Undo { seq } => match &now.journal()[*seq as usize - 1].action {
                trueup::journal::Action::EditFile { before, .. } => before.clone(),
                _ => text,
            },
            _ => text,
        });
        let again = desk(&requests, &last, now.journal().to_vec());
        prop_assert_eq!(standing(&now), standing(&again));
        prop_assert_eq!(texts, again.decision_rules().iter().map(|rule| format!("{rule:?}")).collect::<Vec<_>>());
    }
}
