//! The journal from the command line: shown, filtered, and one entry of it
//! taken back although others came later. The real program on a book.

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{Terminal, printed as out, refused};

const BILL: &str = "\
request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost_usd,user_id
r1,2026-01-05T10:00:00Z,gpt-4o,1000,100,1100,0.0035,ada@x.edu
r2,2026-01-06T10:00:00Z,gpt-4o,1000,100,1100,0.25,ada@x.edu
r3,2026-01-07T10:00:00Z,=SUM(A1),1000,100,1100,1.5,bob@x.edu
";
const LEDGER: &str = "\
request_id,timestamp,model,project_id,input_tokens,output_tokens,cost
r1,2026-01-05T10:00:00Z,gpt-4o,p,1000,100,0.0035
r2,2026-01-06T10:00:00Z,gpt-4o,p,1000,100,0.125
r4,2026-01-08T10:00:00Z,gpt-4o,p,1000,100,0.5
";
const PROJECTS: &str = r#"{"projects": [{"project_id": "p", "pi_email": "pi@x.edu", "fund_org": "F1",
    "users": [{"email": "ada@x.edu"}]}]}"#;

fn book() -> tempfile::TempDir {
    book_with(&[])
}

/// With these files in its folder before it begins.
fn book_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path();
    for (name, text) in files {
        fs::write(path.join(name), text).unwrap();
    }
    fs::write(path.join("pricing.json"), "{\n  \"currency\": \"USD\",\n  \"credit_pools\": []\n}\n").unwrap();
    fs::write(path.join("projects.json"), PROJECTS).unwrap();
    fs::write(path.join("bill.csv"), BILL).unwrap();
    fs::write(path.join("ledger.csv"), LEDGER).unwrap();
    out(
        path,
        &["decide", "defer", "--bill", "bill.csv", "--ledger", "ledger.csv", "--id", "r1", "--id", "r2", "--yes"],
    );
    dir
}

/// Entries that pass, by number, with what became of each.
fn entries(dir: &Path, filter: &str) -> Vec<(u64, String)> {
    let text = out(dir, &["journal", "--filter", filter, "--format", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    rows.iter().map(|row| (row["entry"].as_u64().unwrap(), row["state"].as_str().unwrap().to_owned())).collect()
}

fn last(dir: &Path, filter: &str) -> String {
    entries(dir, filter).first().unwrap().0.to_string()
}

fn open(dir: &Path) -> Vec<String> {
    let text = out(dir, &["list", "--open", "--format", "json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    report["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_earlier_decision_is_taken_back_and_later_ones_stand() {
    let book = book();
    let dir = book.path();
    let first = last(dir, "kind:decide");
    out(dir, &["decide", "exclude", "--id", "r2", "--reason", "duplicate", "--yes"]);
    out(dir, &["decide", "defer", "--id", "r3", "--yes"]);
    assert_eq!(open(dir), ["r4"]);

    let shown = out(dir, &["undo", "--entry", &first, "--dry-run"]);
    assert!(shown.starts_with(&format!("Take back entry {first}: defer 2 items\n  1 item, $0.0035\n")), "{shown}");
    assert!(shown.contains("left out: 1 item, said anew since, and stays so"), "{shown}");
    assert!(shown.contains("2 entries came later and stay in force.\n  They stand then: 1 open."), "{shown}");
    assert_eq!(open(dir), ["r4"], "nothing was done yet");
    out(dir, &["undo", "--entry", &first, "--yes"]);
    assert_eq!(open(dir), ["r1", "r4"]);
    assert_eq!(entries(dir, &format!("entry:{first}")), [(first.parse().unwrap(), "undone".to_owned())]);
    assert_eq!(entries(dir, "kind:decide state:in-force").len(), 2);

    let text = out(dir, &["journal", "--filter", "kind:undo"]);
    assert!(text.contains("undo defer 2 items"), "{text}");
    let again = refused(dir, &["undo", "--entry", &first, "--yes"]);
    assert!(again.contains(&format!("Entry {first} was taken back already by entry ")), "{again}");
}

#[test]
fn what_is_not_sound_is_refused_with_what_to_do() {
    let book = book();
    let dir = book.path();
    let first = last(dir, "kind:decide");
    out(dir, &["decide", "exclude", "--id", "r1", "--id", "r2", "--reason", "duplicate", "--yes"]);
    let by = last(dir, "kind:decide");
    let why = refused(dir, &["undo", "--entry", &first, "--yes"]);
    assert!(why.contains("would change nothing") && why.contains(&format!("by entry {by}")), "{why}");
    for (filter, says) in [("kind:import", "a later download takes its place"), ("entry:1", "cannot be taken back")] {
        let why = refused(dir, &["undo", "--entry", &last(dir, filter), "--yes"]);
        assert!(why.contains(says), "{filter}: {why}");
    }
    let why = refused(dir, &["undo", "--entry", "999", "--yes"]);
    assert!(why.contains("The journal has no entry 999."), "{why}");

    // An approval needs the payer that was named for it.
    out(dir, &["decide", "assign", "--id", "r3", "--project", "p", "--yes"]);
    let named = last(dir, "kind:assign");
    out(dir, &["decide", "approve", "--id", "r3", "--yes"]);
    let approved = last(dir, "kind:decide");
    let why = refused(dir, &["undo", "--entry", &named, "--yes"]);
    assert!(why.contains("what is approved of 1 item could then not be charged"), "{why}");
    assert!(why.contains(&format!("Take entry {approved} back first.")), "{why}");
    out(dir, &["undo", "--entry", &approved, "--yes"]);
    out(dir, &["undo", "--entry", &named, "--yes"]);
    assert_eq!(entries(dir, "state:in-force kind:assign"), []);
}

#[test]
fn balances_that_a_book_began_from_are_mended_by_a_new_book() {
    let rules = r#"{"subsidies": [{"name": "r", "fund_org": "S", "type": "per_project_cap", "cap_amount": 10,
        "period": "calendar_year", "applies_to_services": ["OpenAI API"]}]}"#;
    let state = |drawn: &str| {
        format!(
            r#"{{"projects": {{"p": {{"2026": {{"r": {{"used": {drawn}, "subsidized": {drawn}}}}}}}}}, "last_updated": null}}"#
        )
    };
    let drawn = |dir: &Path| {
        let report: Value = serde_json::from_str(&out(dir, &["subsidies", "list", "--format", "json"])).unwrap();
        report["caps"][0]["drawn_before"].as_str().unwrap().to_owned()
    };
    let begun = |drawn: &str| book_with(&[("subsidies.json", rules), ("subsidy_state.json", &state(drawn))]);
    let wrong = begun("4.00");
    let dir = wrong.path();
    let text = out(dir, &["journal", "--filter", "kind:import", "--format", "json"]);
    let imports: Vec<Value> = serde_json::from_str(&text).unwrap();
    let begin = imports.iter().find(|entry| entry["what"] == "import state: subsidy_state.json").unwrap();
    let why = refused(dir, &["undo", "--entry", &begin["entry"].to_string(), "--yes"]);
    assert!(why.contains("begins only once") && why.contains("begin a new book in another folder"), "{why}");
    assert!(!why.contains("later download") && !why.contains("trueup inputs"), "{why}");
    // It is no file of `trueup inputs`, and another state in the folder is not
    // taken: only a new book begins from it.
    let inputs = out(dir, &["inputs"]);
    assert!(inputs.contains("bill.csv") && !inputs.contains("subsidy_state"), "{inputs}");
    fs::write(dir.join("subsidy_state.json"), state("3.00")).unwrap();
    assert_eq!(drawn(dir), "4");
    assert_eq!(drawn(begun("3.00").path()), "3");
}

#[test]
fn a_change_of_a_file_is_taken_back_unless_the_very_same_was_changed_again() {
    let book = book();
    let dir = book.path();
    let set = |model: &str, input: &str| {
        out(dir, &["prices", "set", model, "--input", input, "--output", "10"]);
        last(dir, "kind:edit-file state:in-force")
    };
    let pricing = || fs::read_to_string(dir.join("pricing.json")).unwrap();
    let (before, first) = (pricing(), set("gpt-4o", "3"));
    out(dir, &["decide", "defer", "--id", "r3", "--yes"]);
    let second = set("gpt-4.1", "4");
    let again = set("gpt-4o", "3.5");
    let why = refused(dir, &["undo", "--entry", &first, "--yes"]);
    let says = format!("entry {again} changed pricing.json (models: gpt-4o) after it. Take that back first.");
    assert!(why.contains(&says), "{why}");
    // What was said anew stays said, though it is the same.
    let same = set("gpt-4o", "3");
    let why = refused(dir, &["undo", "--entry", &first, "--yes"]);
    assert!(why.contains(&format!("entry {same} changed pricing.json")), "{why}");
    out(dir, &["undo", "--yes"]);
    out(dir, &["undo", "--entry", &again, "--yes"]);
    // What was stated between them stays.
    let shown = out(dir, &["undo", "--entry", &first, "--yes"]);
    assert!(shown.contains("pricing.json was changed since; of it only this goes back: models: gpt-4o."), "{shown}");
    assert!(!pricing().contains("gpt-4o") && pricing().contains("gpt-4.1"), "{}", pricing());
    // Undo takes back what is left, the last first, by what it says itself.
    assert!(out(dir, &["undo", "--yes"]).contains("gpt-4.1"));
    assert!(!pricing().contains("gpt-4"), "{}", pricing());
    assert!(!open(dir).contains(&"r3".to_owned()), "the decision between them stands");
    out(dir, &["undo", "--redo", "--yes"]);
    assert!(pricing().contains("gpt-4.1"));
    out(dir, &["undo", "--entry", &second, "--yes"]);
    let third = set("gpt-4o", "5");
    fs::write(dir.join("pricing.json"), before.replace("USD\"", "USD\" ")).unwrap();
    let why = refused(dir, &["undo", "--entry", &third, "--yes"]);
    assert!(why.contains("pricing.json"), "{why}");
}

#[test]
fn the_journal_is_filtered_by_item_and_runs_nothing_in_a_spreadsheet() {
    let book = book();
    let dir = book.path();
    out(dir, &["decide", "note", "--id", "r3", "--note", "=2+3", "--yes"]);
    let about = entries(dir, "item:r3");
    assert_eq!(about.len(), 1);
    assert_eq!(entries(dir, "item:r1,r2 -kind:note").len(), 1);
    assert_eq!(entries(dir, "month:2026-02"), []);
    assert!(entries(dir, "").len() > 2);
    let csv = out(dir, &["journal", "--format", "csv", "--limit", "1"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "entry,at,who,month,kind,items,what,state,undone_by");
    assert!(lines[1].contains(",2026-01,note,1,note on 1 item: =2+3,in-force,"), "{}", lines[1]);
    let error = refused(dir, &["journal", "--filter", "whom:ada"]);
    assert!(error.contains("--filter: The journal has no field “whom”"), "{error}");
}

#[test]
fn a_kind_is_what_the_journal_keeps_it_as() {
    use trueup::journal::{Action, ConfigFile};
    let (file, text) = (ConfigFile::Settings, String::new);
    let actions = [
        Action::Undo { seq: 1 },
        Action::Redo { seq: 1 },
        Action::ReopenMonth { version: 2, why: text() },
        Action::ExcludeBadRows { rows: Vec::new(), reason: text() },
        Action::OutsideEdit { file, before: text(), after: text() },
        Action::EditFile { file, before: text(), after: text(), summary: text() },
        Action::Note { items: Vec::new(), text: text() },
    ];
    for action in actions {
        assert_eq!(serde_json::to_value(&action).unwrap()["kind"], action.kind());
        assert!(Action::KINDS.contains(&action.kind()));
    }
}

#[test]
fn a_screen_too_narrow_for_the_journal_breaks_no_word_and_a_pipe_has_a_line_each() {
    let book = book();
    let dir = book.path();
    let note = "asked the vendor, who promised an answer before Friday and a corrected export of the whole month";
    out(dir, &["decide", "note", "--id", "r1", "--note", note, "--yes"]);
    let piped = out(dir, &["journal"]);
    assert!(piped.lines().any(|line| line.ends_with(note)), "{piped}");
    assert_eq!(piped.lines().count(), 1 + entries(dir, "").len());
    for columns in [80, 140] {
        let mut terminal = Terminal::start(columns, 40, &["journal"], dir, &[]);
        let shown = terminal.see("import bill: bill.csv");
        assert_eq!(terminal.ended(), 0);
        assert!(shown.lines().all(|line| line.trim_end().chars().count() <= usize::from(columns)), "{shown}");
        let words: Vec<&str> = shown.split_whitespace().collect();
        let whole: Vec<&str> = note.split(' ').collect();
        assert!(words.windows(whole.len()).any(|part| part == whole), "{shown}");
        // In a column of its own where that has room.
        let own_line = shown.lines().any(|line| line.trim_start().starts_with("note on 1 item:"));
        assert_eq!(own_line, columns == 80, "{shown}");
    }
}
