//! Rules from decisions, by the real program on a book: offered after the third
//! like decision, tried, applied with one yes, demoted by one reversal.

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{Terminal, printed as out, refused, run_in};

const HEAD: &str = "request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost_usd\n";
const LEDGER: &str = "request_id,timestamp,model,project_id,user,input_tokens,output_tokens,cost\n";

/// A book whose January has eight requests billed at twice what was recorded,
/// of two models, and whose February has two of the first.
fn book() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    fs::write(path.join("pricing.json"), "{\n  \"currency\": \"USD\",\n  \"credit_pools\": []\n}\n").unwrap();
    fs::write(
        path.join("projects.json"),
        r#"{"projects": [{"project_id": "p", "pi_email": "pi@x.edu", "fund_org": "DEPT",
            "openai_projects": ["p"], "users": [{"email": "ab@x.edu"}]}]}"#,
    )
    .unwrap();
    let (mut bill, mut ledger) = (HEAD.to_owned(), LEDGER.to_owned());
    let days = [(1, "gpt-4o", 1..=6), (1, "o3", 7..=8), (2, "gpt-4o", 9..=10)];
    for (month, model, numbers) in days {
        for n in numbers {
            let at = format!("2026-0{month}-{:02}T10:00:00Z", n + 4);
            bill.push_str(&format!("r{n},{at},{model},1000,100,1100,0.25\n"));
            ledger.push_str(&format!("r{n},{at},{model},p,ab@x.edu,1000,100,0.125\n"));
        }
    }
    fs::write(path.join("bill.csv"), bill).unwrap();
    fs::write(path.join("ledger.csv"), ledger).unwrap();
    out(path, &["decide", "defer", "--bill", "bill.csv", "--ledger", "ledger.csv", "--id", "r8", "--yes"]);
    out(path, &["undo", "--yes"]);
    dir
}

/// A run that goes well, with what it said on standard error.
fn said(dir: &Path, args: &[&str]) -> String {
    let output = run_in(dir, args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stderr).unwrap()
}

fn json(dir: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&out(dir, &[args, &["--format", "json"]].concat())).unwrap()
}

fn ids(dir: &Path, filter: &str) -> Vec<String> {
    let report = json(dir, &["list", "--filter", filter]);
    report["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

fn rules(dir: &Path) -> Value {
    json(dir, &["rules", "list"])
}

const CLAIM: [&str; 4] = ["--reason", "provider-error", "--note", "asked them"];

fn dispute(dir: &Path, id: &str) -> String {
    said(dir, &[&["decide", "dispute", "--id", id, "--yes"], &CLAIM[..]].concat())
}

/// Three disputes alike, and the rule that is offered for them.
fn with_rule() -> tempfile::TempDir {
    let book = book();
    let dir = book.path();
    assert_eq!(dispute(dir, "r1"), "");
    assert_eq!(dispute(dir, "r2"), "");
    let offer = dispute(dir, "r3");
    let says = "trueup: 3 like decisions; this makes a rule of them: trueup rules add dispute-";
    assert!(offer.starts_with(says), "{offer}");
    let when = offer.split('\'').nth(1).unwrap();
    for part in ["outcome:discrepancy", "cause:", "model:gpt-4o", "project:p", "user:ab@x.edu"] {
        assert!(when.contains(part), "{when}");
    }
    let add = ["rules", "add", "twice", "--when", when, "--decide", "dispute", "--code", "provider-error"];
    let shown = out(dir, &[&add[..], &["--reason", "billed at twice the price", "--yes"]].concat());
    assert!(
        shown.starts_with("Save the rule twice v1: dispute (provider-error)\n  It covers outcome:discrepancy"),
        "{shown}"
    );
    assert!(shown.contains("Now open, on usage since 2026-01-01: 3 items, $0.75, would be settled by it"), "{shown}");
    assert!(
        shown.contains("2026-01: it covers 6 items, $1.50; a person decided 3 of them so, 0 otherwise."),
        "{shown}"
    );
    assert_eq!(said(dir, &["list"]), "", "a rule that stands is not offered again");
    book
}

#[test]
fn after_the_third_like_decision_a_rule_is_offered_and_decides_nothing_by_itself() {
    let book = with_rule();
    let dir = book.path();
    let rule = &rules(dir)[0];
    assert_eq!((rule["version"].as_u64(), rule["suggest"].as_bool()), (Some(1), Some(false)));
    assert_eq!(ids(dir, "decision:dispute"), ["r1", "r2", "r3"]);
    let text = fs::read_to_string(dir.join("rules.toml")).unwrap();
    assert!(text.starts_with("# Rules made from decisions."), "{text}");
    // A fourth is not offered: the rule covers it.
    assert_eq!(dispute(dir, "r4"), "");
}

#[test]
fn rules_are_applied_with_one_yes_as_one_step_that_cites_them() {
    let book = with_rule();
    let dir = book.path();
    let shown = out(dir, &["rules", "apply", "--dry-run"]);
    assert!(shown.starts_with("Apply 1 rule: settle 3 items\n  3 items, $0.75\n"), "{shown}");
    assert!(shown.contains("Rule twice v1: dispute (provider-error) for 3 items, $0.75."), "{shown}");
    assert_eq!(ids(dir, "decision:dispute").len(), 3);
    let no = refused(dir, &["rules", "apply"]);
    assert!(no.contains("there is no terminal to ask on"), "{no}");
    out(dir, &["rules", "apply", "--yes"]);
    assert_eq!(ids(dir, "decision:dispute").len(), 6);
    assert_eq!(ids(dir, "note:\"rule twice v1\""), ["r4", "r5", "r6"]);
    assert_eq!(rules(dir)[0]["decided"], 3);
    let again = refused(dir, &["rules", "apply", "--yes"]);
    assert!(again.contains("No open item is covered by a rule that decides"), "{again}");
    // The whole step, and what persons decided stays.
    assert!(out(dir, &["undo", "--yes"]).contains("by rule twice v1"));
    assert_eq!(ids(dir, "decision:dispute"), ["r1", "r2", "r3"]);
    assert_eq!(rules(dir)[0]["suggest"], false, "taking the whole step back is no reversal");
}

#[test]
fn one_reversal_makes_a_rule_only_suggest() {
    let book = with_rule();
    let dir = book.path();
    out(dir, &["rules", "apply", "--yes"]);
    let shown = out(dir, &["decide", "exclude", "--id", "r5", "--reason", "test-usage", "--yes"]);
    assert!(shown.starts_with("Exclude 1 item; the rule twice only suggests from now on\n"), "{shown}");
    assert_eq!(rules(dir)[0]["suggest"], true);
    assert_eq!(rules(dir)[0]["version"], 1);
    // Undo takes the decision back first, then what became of the rule.
    out(dir, &["undo", "--yes"]);
    assert_eq!((ids(dir, "decision:dispute").len(), rules(dir)[0]["suggest"].as_bool()), (6, Some(true)));
    assert!(out(dir, &["undo", "--yes"]).contains("the rule twice only suggests"));
    assert_eq!(rules(dir)[0]["suggest"], false);
    // Opening one again is a reversal too, and what only suggests decides nothing.
    let shown = out(dir, &["decide", "reopen", "--id", "r5", "--id", "r6", "--yes"]);
    assert!(shown.contains("It takes back what a rule decided: the rule twice only suggests"), "{shown}");
    assert_eq!(ids(dir, "badge:suggested"), ["r5", "r6"]);
    let no = refused(dir, &["rules", "apply", "--yes"]);
    assert!(no.contains("Left out: 2 items, a rule only suggests"), "{no}");
}

#[test]
fn what_was_decided_is_nothing_a_rule_can_ask_for() {
    let book = with_rule();
    let dir = book.path();
    out(dir, &["decide", "note", "--id", "r7", "--note", "provider-error too", "--yes"]);
    assert_eq!(ids(dir, "note:provider-error"), ["r1", "r2", "r3", "r7"]);
    let tried =
        |when: &str| json(dir, &["rules", "try", "--when", when, "--decide", "defer"])["months"][0]["items"].clone();
    assert_eq!((tried("note:provider-error"), tried("provider-error")), (1.into(), 1.into()));
    assert_eq!((tried("badge:suggested"), tried("badge:note")), (0.into(), 1.into()));
}

#[test]
fn the_same_verdict_once_more_is_no_reversal() {
    let book = with_rule();
    let dir = book.path();
    out(dir, &["rules", "apply", "--yes"]);
    dispute(dir, "r5");
    assert_eq!(rules(dir)[0]["suggest"], false);
}

#[test]
fn a_rule_that_contradicts_a_past_decision_only_suggests() {
    let book = with_rule();
    let dir = book.path();
    let add = ["rules", "add", "later", "--when", "model:gpt-4o", "--decide", "defer", "--reason", "next month"];
    let shown = out(dir, &[&add[..], &["--yes"]].concat());
    assert!(shown.contains("It contradicts 3 decisions that a person took, so it only suggests"), "{shown}");
    assert!(shown.contains("Contradicts 2026-01: r1 of 2026-01-05, gpt-4o, $0.25: dispute."), "{shown}");
    assert!(shown.contains("The rule twice says otherwise of 3 items: neither decides those."), "{shown}");
    assert_eq!(rules(dir)[1]["suggest"], true);
    let tried = json(dir, &["rules", "try", "later"]);
    assert_eq!(tried["months"][0]["contradictions"].as_array().unwrap().len(), 3);
    // Two rules that disagree decide nothing, and it is said.
    let no = refused(dir, &["rules", "apply", "--yes"]);
    assert!(no.contains("Left out: 3 items, the rules twice and later disagree, so neither decides."), "{no}");
}

#[test]
fn a_signed_month_is_looked_at_and_never_touched() {
    let book = with_rule();
    let dir = book.path();
    for (what, filter) in [("dispute", "decision:open model:gpt-4o"), ("approve", "decision:open")] {
        out(dir, &[&["decide", what, "--filter", filter, "--yes"], &CLAIM[..]].concat());
    }
    out(dir, &["export", "--yes"]);
    out(dir, &["close", "--sign", "--yes"]);
    let no = refused(dir, &["rules", "apply", "--month", "2026-01", "--yes"]);
    assert!(no.contains("signed"), "{no}");
    let tried = json(dir, &["rules", "try", "--month", "2026-02", "--when", "model:o3", "--decide", "defer"]);
    let months = tried["months"].as_array().unwrap();
    assert_eq!((months[1]["month"].as_str(), months[1]["signed"].as_bool()), (Some("2026-01"), Some(true)));
    let ids: Vec<&str> =
        months[1]["contradictions"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["r7", "r8"], "{tried}");
    // The rule of January holds in February, and January stays as it is.
    out(dir, &["rules", "apply", "--month", "2026-02", "--yes"]);
    let of_rule = "decision:dispute note:\"rule twice\" -badge:carried-in";
    assert_eq!(json(dir, &["list", "--month", "2026-02", "--filter", of_rule])["items"], 2);
    assert_eq!(run_in(dir, &["verify"]).status.code(), Some(0));
}

#[test]
fn a_rule_changed_by_hand_decides_nothing_until_it_has_a_new_version() {
    let book = with_rule();
    let dir = book.path();
    let path = dir.join("rules.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("verdict = \"dispute\"", "verdict = \"exclude\"")).unwrap();
    // Whoever opens the book to change it notices.
    out(dir, &["decide", "note", "--id", "r7", "--note", "seen", "--yes"]);
    assert_eq!(rules(dir)[0]["unversioned"], true);
    let no = refused(dir, &["rules", "apply", "--yes"]);
    assert!(no.contains("Rule twice v1 was changed by hand; raise its version in rules.toml"), "{no}");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("version = 1", "version = 2")).unwrap();
    assert!(out(dir, &["rules", "apply", "--dry-run"]).contains("Rule twice v2: exclude"));
    fs::write(&path, text.replace("version = 1", "versoin = 1")).unwrap();
    let no = refused(dir, &["rules", "list"]);
    assert!(no.contains("rules.toml:7:1: there is no key “versoin” in [rule]"), "{no}");
}

#[test]
fn another_version_of_a_rule_counts_on() {
    let book = with_rule();
    let dir = book.path();
    let shown = out(dir, &["rules", "add", "twice", "--since", "2026-02-01", "--yes"]);
    assert!(shown.starts_with("Save the rule twice v2: dispute (provider-error)"), "{shown}");
    assert!(shown.contains("Now open, on usage since 2026-02-01: 0 items"), "{shown}");
    let no = refused(dir, &["rules", "add", "twice", "--yes"]);
    assert!(no.contains("That is what stands there already."), "{no}");
    let no = refused(dir, &["rules", "apply", "--yes"]);
    assert!(no.contains("No open item is covered"), "{no}");
    // A version that was undone is not given again.
    out(dir, &["undo", "--yes"]);
    assert_eq!(rules(dir)[0]["version"], 1);
    let shown = out(dir, &["rules", "add", "twice", "--suggest", "--yes"]);
    assert!(shown.starts_with("Save the rule twice v3: suggest to dispute"), "{shown}");
}

#[test]
fn nothing_is_made_of_half_a_rule() {
    let book = book();
    let dir = book.path();
    for (args, says) in [
        (&["rules", "apply", "--yes"][..], "There is no rule yet"),
        (&["rules", "try", "nobody"], "rules.toml has no rule “nobody”"),
        (&["rules", "add", "a", "--yes"], "why: a rule needs a reason"),
        (&["rules", "add", "a", "--reason", "x", "--yes"], "filter: it is empty"),
        (&["rules", "add", "a", "--reason", "x", "--when", "model:o3", "--yes"], "decide: it is “”"),
        (
            &["rules", "add", "a", "--reason", "x", "--when", "model:o3", "--decide", "exclude", "--yes"],
            "To exclude needs a reason",
        ),
        (
            &["rules", "add", "a", "--reason", "x", "--when", "decision:open", "--decide", "defer", "--yes"],
            "asks for a decision",
        ),
    ] {
        let error = refused(dir, args);
        assert!(error.contains(says), "{args:?}: {error}");
    }
    assert!(!dir.join("rules.toml").exists());
}

#[test]
fn signed_months_of_a_table_are_read_to_try_a_rule_and_to_save_one() {
    let book = book();
    let dir = book.path();
    let db = rusqlite::Connection::open(dir.join("ledger.db")).unwrap();
    db.execute_batch(
        "CREATE TABLE token_usage (id TEXT PRIMARY KEY, user_id TEXT, model_used TEXT, input_tokens INT,
            output_tokens INT, tokens_used INT, created_at TEXT, calculated_cost_cents REAL, openai_request_id TEXT,
            success INT, action_type TEXT);",
    )
    .unwrap();
    for line in fs::read_to_string(dir.join("ledger.csv")).unwrap().lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let row = [cells[0], cells[1], cells[2]];
        db.execute(
            "INSERT INTO token_usage VALUES (?1, 'ab@x.edu', ?3, 1000, 100, 1100, ?2, 12.5, ?1, 1, 'chat')",
            row,
        )
        .unwrap();
    }
    drop(db);
    let dir = &dir.join("other");
    fs::create_dir(dir).unwrap();
    for name in ["pricing.json", "projects.json", "bill.csv"] {
        fs::copy(book.path().join(name), dir.join(name)).unwrap();
    }
    let ledger = ["--bill", "bill.csv", "--ledger", "sqlite:../ledger.db"];
    out(dir, &[&["decide", "approve", "--filter", "decision:open", "--yes"], &ledger[..]].concat());
    out(dir, &["export", "--yes"]);
    out(dir, &["close", "--sign", "--yes"]);
    let rule = ["--month", "2026-02", "--when", "model:gpt-4o", "--decide", "defer"];
    let tried = json(dir, &[&["rules", "try"], &rule[..]].concat());
    let january = &tried["months"][1];
    assert_eq!((january["month"].as_str(), january["signed"].as_bool()), (Some("2026-01"), Some(true)), "{tried}");
    assert_eq!(january["contradictions"].as_array().unwrap().len(), 6, "{tried}");
    assert_eq!(tried["notes"].as_array().unwrap().len(), 0, "{tried}");
    let shown = out(dir, &[&["rules", "add", "a", "--reason", "x", "--dry-run"], &rule[..]].concat());
    assert!(shown.contains("2026-01 (signed): it covers 6 items"), "{shown}");
    assert!(shown.contains("It contradicts 6 decisions that a person took, so it only suggests"), "{shown}");
    assert!(!shown.contains("were not looked at"), "{shown}");
    // On the screen too, where somebody waits for it.
    let mut terminal = Terminal::start(120, 40, &["review", "--month", "2026-02"], dir, &[]);
    terminal.see("balanced");
    terminal.keys("2R\r");
    terminal.see("A new rule");
    for text in ["later", "\x15model:gpt-4o", "\x15defer", "", "next month"] {
        terminal.keys(text);
        terminal.keys("\t");
    }
    terminal.keys("\r");
    let preview = terminal.see("Do it?");
    assert!(preview.contains("so it only suggests"), "{preview}");
    assert!(preview.contains("2026-01 (signed): it covers 6 items"), "{preview}");
    terminal.keys("y");
    terminal.see("saved.");
    terminal.leave();
}

#[test]
fn a_rule_is_removed_and_what_it_decided_stays_and_cites_it() {
    let book = with_rule();
    let dir = book.path();
    dispute(dir, "r4");
    let nobody = refused(dir, &["rules", "remove", "once", "--yes"]);
    assert!(nobody.contains("There is no rule “once”"), "{nobody}");
    let shown = out(dir, &["rules", "remove", "twice", "--dry-run"]);
    assert!(shown.starts_with("Remove the rule twice v1: dispute (provider-error)\n"), "{shown}");
    assert!(shown.contains("2 open items are covered by it: it settles them no longer."), "{shown}");
    assert!(shown.contains("It decided nothing that stands in 2026-01."), "{shown}");
    out(dir, &["rules", "apply", "--yes"]);
    let shown = out(dir, &["rules", "remove", "twice", "--yes"]);
    assert!(shown.contains("It decided 2 items of 2026-01; they stay as they are and go on citing it."), "{shown}");
    assert_eq!(rules(dir), serde_json::json!([]));
    assert_eq!(ids(dir, "note:\"rule twice v1\""), ["r5", "r6"]);
    // Nobody wanted one, so the decisions so far ask for none.
    out(dir, &["decide", "reopen", "--id", "r4", "--yes"]);
    assert_eq!(dispute(dir, "r4"), "");
    // A rule of the name that is made later is another one.
    let add = ["rules", "add", "twice", "--when", "model:o3", "--decide", "defer", "--reason", "later"];
    let shown = out(dir, &[&add[..], &["--yes"]].concat());
    assert!(shown.starts_with("Save the rule twice v2: defer"), "{shown}");
    // The removal is taken back on its own only where that name is free.
    let entry = entry_of(dir, "removed");
    let why = refused(dir, &["undo", "--entry", &entry, "--yes"]);
    assert!(why.contains("changed rules.toml (rule: twice) after it. Take that back first."), "{why}");
    out(dir, &["undo", "--yes"]);
    out(dir, &["undo", "--entry", &entry, "--yes"]);
    assert_eq!((rules(dir)[0]["version"].as_u64(), rules(dir)[0]["decided"].as_u64()), (Some(1), Some(2)));
}

#[test]
fn of_two_rules_the_one_made_first_is_taken_back_alone() {
    let book = with_rule();
    let dir = book.path();
    let first = entry_of(dir, "twice");
    let add = ["rules", "add", "small", "--when", "model:o3", "--decide", "defer", "--reason", "later"];
    out(dir, &[&add[..], &["--yes"]].concat());
    let shown = out(dir, &["undo", "--entry", &first, "--yes"]);
    assert!(shown.contains("rules.toml was changed since; of it only this goes back: rule: twice."), "{shown}");
    assert_eq!((rules(dir).as_array().unwrap().len(), rules(dir)[0]["name"].as_str()), (1, Some("small")));
}

/// The last entry that says this.
fn entry_of(dir: &Path, says: &str) -> String {
    let entries = json(dir, &["journal", "--filter", &format!("{says} kind:edit-file"), "--limit", "1"]);
    entries[0]["entry"].as_u64().unwrap().to_string()
}

#[test]
fn rules_are_listed_and_removed_on_the_screen() {
    let book = with_rule();
    let dir = book.path();
    let mut terminal = Terminal::start(100, 30, &["review"], dir, &[]);
    terminal.see("balanced");
    terminal.keys("2K");
    terminal.see("Rules from decisions");
    terminal.see("twice v1");
    terminal.keys("\r");
    terminal.see("remove it");
    terminal.keys("list\r");
    terminal.see("Shown on all lists: Discrepancies 6.");
    terminal.keys("K\rremove\r");
    let preview = terminal.see("Do it?");
    assert!(preview.contains("Remove the rule twice v1: dispute (provider-error)"), "{preview}");
    assert!(preview.contains("Nothing that was decided changes."), "{preview}");
    terminal.keys("y");
    terminal.see("Remove the rule twice v1: dispute (provider-error): saved.");
    assert_eq!(rules(dir), serde_json::json!([]));
    terminal.keys("K");
    terminal.see("There is no rule yet: R on a list makes one.");
    terminal.keys("u");
    terminal.see("Undo: rules.toml: rule twice v1 removed: saved.");
    assert_eq!(rules(dir)[0]["name"], "twice");
    terminal.leave();
}

#[test]
fn from_the_third_like_decision_to_a_rule_that_is_applied_and_demoted_on_the_screen() {
    let book = book();
    let dir = book.path();
    let mut terminal = Terminal::start(120, 40, &["review"], dir, &[]);
    terminal.see("balanced");
    terminal.keys("2");
    terminal.see("1/8");
    terminal.keys("d");
    terminal.see("Defer 1 item: saved.");
    terminal.keys("d");
    terminal.see("3/8");
    terminal.keys("d");
    terminal.see("3 like decisions: R makes a rule of it.");
    terminal.keys("R");
    terminal.see("A rule of 3 like decisions");
    terminal.see("outcome:discrepancy");
    terminal.keys("\r");
    let preview = terminal.see("Do it?");
    assert!(preview.contains("Save the rule defer-") && preview.contains("it covers 6 items, $1.50"), "{preview}");
    terminal.keys("y");
    terminal.wait("the rule to be saved", |screen| screen.contains("saved.") && !screen.contains("Do it?"));
    assert_eq!(rules(dir)[0]["suggest"], false);
    terminal.keys("X");
    let preview = terminal.see("Apply 1 rule: settle 3 items");
    assert!(preview.contains("3 items, $0.75"), "{preview}");
    terminal.keys("y");
    terminal.see("settle 3 items: saved.");
    terminal.keys("a");
    terminal.see("Approve 1 item as billed; the rule defer-");
    terminal.see("only suggests from now on: saved.");
    assert_eq!(rules(dir)[0]["suggest"], true);
    // Nothing is left that a rule decides.
    terminal.keys("r");
    terminal.see("Open 1 item again: saved.");
    terminal.see("suggested");
    terminal.keys("X");
    terminal.see("No open item is covered by a rule that decides.");
    terminal.keys("R");
    terminal.see("Make or change which rule?");
    terminal.leave();
}

#[test]
fn taking_back_a_rules_entry_on_its_own_demotes_it_and_leaves_what_came_later() {
    let book = with_rule();
    let dir = book.path();
    out(dir, &["rules", "apply", "--yes"]);
    let entries = json(dir, &["journal", "--filter", "kind:decide state:in-force", "--limit", "1"]);
    let entry = entries[0]["entry"].as_u64().unwrap().to_string();
    out(dir, &["decide", "defer", "--id", "r7", "--yes"]);
    let shown = out(dir, &["undo", "--entry", &entry, "--yes"]);
    assert!(shown.contains("the rule twice only suggests from now on"), "{shown}");
    assert!(shown.contains("3 items, $0.75") && shown.contains("They stand then: 3 open."), "{shown}");
    assert_eq!(ids(dir, "decision:defer"), ["r7"]);
    assert_eq!(ids(dir, "decision:dispute"), ["r1", "r2", "r3"]);
    assert!(fs::read_to_string(dir.join("rules.toml")).unwrap().contains("suggest"), "it is demoted in its file");
}
