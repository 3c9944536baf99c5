//! A month worked through with the keys in a real pseudo-terminal: settled,
//! explained, written, signed, and taken back.

mod support;

use std::fs;

use support::{Terminal, again, sample_month};

#[test]
fn a_month_from_opening_to_a_written_file_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 120, 40, &[]);

    // Approve all that matched, after a preview.
    t.keys("1");
    t.see("matched");
    t.keys("P");
    t.agree();
    t.see("saved");

    // Filter the discrepancies down to one cause and settle them together.
    t.keys("2");
    t.see("discrepa");
    t.keys("&");
    t.keys("cause:price model:o3*\r");
    t.see("1/57");
    t.keys("M");
    t.keys("a");
    let preview = t.see("Do it?");
    assert!(preview.contains("57 items"), "{preview}");
    t.keys("y");
    t.see("57 items as billed: saved");

    // A changed price shows its effect first, and undo takes it back.
    t.keys("5");
    t.see("openai-edu-2026-a");
    t.keys("e");
    t.see("paid");
    t.keys("\t\x15600\r");
    t.agree();
    t.see("saved");
    let pricing = dir.path().join("book/pricing.json");
    assert!(fs::read_to_string(&pricing).unwrap().contains("600"));
    t.keys("u");
    t.wait("the price to be as before", |_| fs::read_to_string(&pricing).unwrap().contains("550"));
    t.see("Undo");

    // Write the file.
    t.keys("6");
    t.see("what would be written");
    t.keys("w");
    t.agree();
    let written = dir.path().join("book/openai-tokens_2026-01.csv");
    t.wait("the file", |_| written.exists());
    t.see("saved");
    let first = fs::read(&written).unwrap();

    // Killed, it opens where it was, with everything decided still decided.
    t.keys("2");
    t.see("1/57");
    t.kill();
    let mut t = again(dir.path());
    t.see("94/151");
    t.keys("2");
    // The filter is remembered too.
    t.see("cause:price");

    // Writing again gives the same bytes.
    t.keys("w");
    t.agree();
    t.see("saved");
    assert_eq!(fs::read(&written).unwrap(), first);
    t.keys("qq");
    assert_eq!(t.ended(), 0);
    assert!(t.becomes_restored());
}

#[test]
fn another_cap_is_tried_out_written_and_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 100, 28, &[("NO_COLOR", "1")]);
    let subsidies = dir.path().join("book/subsidies.json");
    let before = fs::read_to_string(&subsidies).unwrap();
    t.keys("1");
    t.see("matched");
    t.keys("P");
    t.agree();
    t.see("saved");

    // The charges behind the cap that runs out first, and back.
    t.keys("4");
    t.see("used up");
    t.keys("\r");
    let behind = t.see("cap left");
    assert!(behind.contains("91 charges of $185.38, $61.73 of it"), "{behind}");
    t.keys("q");
    t.see("whose cap");

    t.keys("e");
    t.see("What if the cap were another?");
    t.keys("\x15600\r");
    let preview = t.see("Do it?");
    assert!(preview.contains("split anew") && preview.contains("PROVOST-AI-2026 robotics-lab"), "{preview}");
    assert_eq!(fs::read_to_string(&subsidies).unwrap(), before);
    t.keys("y");
    t.wait("the cap to be written", |_| fs::read_to_string(&subsidies).unwrap().contains("600"));
    t.see("saved");
    t.keys("u");
    t.wait("the cap to be as before", |_| fs::read_to_string(&subsidies).unwrap() == before);
    t.see("Undo");
    t.keys("q");
    assert_eq!(t.ended(), 0);
}

/// The verdicts of a month in a table of SQLite: written from the Close screen
/// and taken out again, each after a preview and a yes.
#[test]
fn verdicts_reach_the_ledger_from_the_close_screen_and_are_taken_out_again() {
    let dir = tempfile::tempdir().unwrap();
    let bill = dir.path().join("bill.csv");
    fs::write(
        &bill,
        "request_id,timestamp,model,total_tokens,cost\nr1,2026-01-05T10:00:00Z,gpt-4o,15,0.000151\n\
         r2,2026-01-06T10:00:00Z,gpt-4o,15,2.50\n",
    )
    .unwrap();
    let database = dir.path().join("ledger.db");
    let db = rusqlite::Connection::open(&database).unwrap();
    db.execute_batch(
        "CREATE TABLE token_usage (id TEXT PRIMARY KEY, model_used TEXT, tokens_used INT, created_at TEXT,
            calculated_cost_cents REAL, openai_request_id TEXT, success INT, actual_cost_cents numeric(12,4),
            reconciled_at TEXT, reconciliation_status TEXT DEFAULT 'pending',
            CHECK((reconciled_at IS NULL) = (actual_cost_cents IS NULL)));
         INSERT INTO token_usage VALUES
            ('a', 'gpt-4o', 15, '2026-01-05T10:00:00Z', 0.015, 'r1', 1, NULL, NULL, 'pending'),
            ('b', 'gpt-4o', 15, '2026-01-06T10:00:00Z', 100, 'r2', 1, NULL, NULL, 'pending'),
            ('c', 'gpt-4o', 15, '2026-01-08T10:00:00Z', NULL, NULL, 0, NULL, NULL, 'pending');",
    )
    .unwrap();
    let rows = || -> Vec<String> {
        let sql = "SELECT id || ' ' || reconciliation_status || ' ' || ifnull(actual_cost_cents, '-') || ' ' ||
            iif(reconciled_at IS NULL, '-', 'set') FROM token_usage ORDER BY id";
        let mut all = db.prepare(sql).unwrap();
        all.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let ledger = format!("sqlite:{}?table=token_usage", database.display());
    let args = ["review", "--bill", bill.to_str().unwrap(), "--ledger", &ledger];
    let mut t = Terminal::start(80, 24, &args, dir.path(), &[]);
    t.see("balanced");
    // One that matches, and one that does not, are decided; the third needs
    // no decision.
    t.keys("1");
    t.see("  1/2");
    t.keys("d");
    t.see("Defer 1 item: saved.");
    t.keys("2");
    t.see("  1/1");
    t.keys("d");
    t.see("Bill $2.50 = deferred 2.50");
    t.keys("6");
    t.see("what would be written");
    t.keys("W");
    let preview = t.see("Do it?");
    assert!(preview.contains("3 rows to write, 0 already as they are to be"), "{preview}");
    assert_eq!(rows(), ["a pending - -", "b pending - -", "c pending - -"]);
    t.keys("y");
    t.see("3 rows written, 0 changed meanwhile.");
    assert_eq!(rows(), ["a matched 0.0151 set", "b discrepancy 250 set", "c not_applicable - -"]);

    // Somebody changes a row before the verdicts are taken out again.
    db.execute("UPDATE token_usage SET actual_cost_cents = 251 WHERE id = 'b'", []).unwrap();
    t.keys("q");
    t.see("left to do");
    t.keys("R");
    let preview = t.see("Do it?");
    assert!(preview.contains("1  not_applicable → pending"), "{preview}");
    t.keys("y");
    t.see("2 rows put back, 1 changed meanwhile.");
    assert_eq!(rows(), ["a pending - -", "b discrepancy 251 set", "c pending - -"]);
    t.leave();
}

/// Billed as batch on some days and recorded at list price: the screen says
/// so, what it proposes is adopted, and undo takes it back.
#[test]
fn why_two_sides_differ_is_shown_adopted_and_undone() {
    let dir = tempfile::tempdir().unwrap();
    let mut bill = String::from("request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost_usd\n");
    let mut ledger = String::from(
        "id,user_id,model_used,input_tokens,output_tokens,calculated_cost_cents,openai_request_id,created_at\n",
    );
    for day in 1..=20_i64 {
        let (input, output) = (400_000 + day * 1_000, 50_000 + day * 700);
        // In millionths of a cent: 2.5 and 10 dollars a million.
        let list = input * 250 + output * 1_000;
        let billed = if (5..=12).contains(&day) { list / 2 } else { list };
        let at = format!("2026-01-{day:02}T10:00:00Z");
        bill.push_str(&format!("r{day},{at},gpt-4o,{input},{output},{},{}\n", input + output, decimal(billed, 8)));
        ledger.push_str(&format!("k{day},u,gpt-4o,{input},{output},{},r{day},{at}\n", decimal(list, 6)));
    }
    fs::write(dir.path().join("bill.csv"), bill).unwrap();
    fs::write(dir.path().join("ledger.csv"), ledger).unwrap();
    fs::create_dir(dir.path().join("book")).unwrap();
    let args = ["review", "--book", "book", "--bill", "bill.csv", "--ledger", "ledger.csv"];
    let mut t = Terminal::start(120, 40, &args, dir.path(), &[]);
    t.see("balanced");
    t.keys("9");
    let screen = t.see("1 of 1: batch");
    assert!(screen.contains("Nothing is left."), "{screen}");
    // From a finding to its items and back.
    t.keys("\r");
    t.see("8 on Discrepancies");
    t.keys("9a");
    let preview = t.see("Do it?");
    assert!(preview.contains("matched 12 to 20"), "{preview}");
    t.keys("y");
    t.see("saved");
    t.see("0.00 billed minus recorded");
    t.keys("u");
    t.see("Undo");
    t.see("1 of 1: batch");
    t.leave();
}

/// A whole number with its last digits behind a point.
fn decimal(number: i64, places: u32) -> String {
    let one = 10_i64.pow(places);
    format!("{}.{:0wide$}", number / one, number % one, wide = places as usize)
}

/// A month from its gate to its signature on the Close screen, and open again.
#[test]
fn a_month_is_settled_signed_refuses_a_change_and_is_reopened() {
    let dir = support::signing::book("");
    let args = ["review", "--bill", "bill.csv", "--ledger", "ledger.csv"];
    let mut t = Terminal::start(120, 40, &args, dir.path(), &[]);
    t.see("balanced");
    t.keys("6");
    t.see("left to do");
    t.keys("S");
    t.see("cannot be signed yet");
    // From a line of the gate to what it counts.
    t.keys("\r");
    t.see("decision:open");
    t.keys("P");
    t.agree();
    t.see("saved");
    for (screen, list, said) in
        [("2", "  1/1", "Approve 1 item as billed"), ("3", "  1/2", "Approve 2 items as billed: saved")]
    {
        t.keys(screen);
        t.see(list);
        t.keys("Ma");
        if screen == "3" {
            t.agree();
        }
        t.see(said);
    }
    t.keys("6w");
    t.agree();
    t.wait("the file", |_| dir.path().join("openai-tokens_2026-01.csv").exists());
    t.see("saved");
    t.keys("S");
    t.see("Sign 2026-01 as version 1");
    t.keys("y");
    t.see("signed v1");
    assert!(dir.path().join("signed/2026-01-v1.tar").exists());
    t.keys("2");
    t.see("  1/1");
    t.keys("d");
    t.see("2026-01 is signed (version 1, by ");
    t.keys("u");
    t.see("2026-01 is signed (version 1, by ");
    t.keys("6r");
    t.see("why reopen:");
    t.keys("a late credit\r");
    t.agree();
    t.wait("the month to be open", |screen| !screen.contains("signed v1") && screen.contains("a late credit"));
    t.keys("2");
    t.see("  1/1");
    t.keys("d");
    t.see("Defer 1 item: saved.");
    t.leave();
}

#[test]
fn a_claim_and_an_invoice_are_entered_in_forms_and_stand_on_the_close_screen() {
    let dir = support::signing::book("");
    let args = ["review", "--bill", "bill.csv", "--ledger", "ledger.csv"];
    let mut t = Terminal::start(120, 40, &args, dir.path(), &[]);
    t.see("balanced");
    t.keys("3");
    t.see("  1/2");
    t.keys("D");
    t.see("This is not in dispute; x disputes it.");
    t.keys("x");
    t.see("Settle how?");
    t.keys("dispute\r");
    t.see("Why dispute?");
    t.keys("provider\r");
    t.see("Dispute 1 item: saved");
    t.keys("gD");
    t.see("Claim for 1 item");
    t.keys("70\r");
    t.see("$70.00 is more than the $7.125 that was billed.");
    t.keys("\x7f\x7f5\t4711\r");
    t.see("Dispute of 1 item: 5 claimed, case 4711, open");
    t.keys("y");
    t.see("saved");
    t.keys("6");
    t.see("1 item in dispute, $5.00 claimed.");
    t.keys("i");
    t.see("Enter what?");
    t.keys("invoice\r");
    t.see("tax included");
    t.keys("INV-7\t12.38\t2\r");
    t.agree();
    t.see("Invoice INV-7: $10.38 without $2.00 tax, as the bill.");
    t.keys("u");
    t.see("No invoice is entered.");
    t.leave();
}

/// `$` says who pays, from the bill's row to the file, for an item and for a
/// project; what is not approved is charged to nobody.
#[test]
fn who_pays_is_shown_for_an_item_and_for_a_project() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 120, 40, &[]);
    t.keys("1");
    t.see("1/5,365");
    t.see("Compared by day");
    t.keys("$");
    t.see("Nothing is charged for it");
    t.see("If it were approved as billed");
    t.keys("q");
    t.wait("the sheet to close", |screen| !screen.contains("Nothing is charged"));
    t.keys("P");
    t.agree();
    t.see("saved");
    t.keys("$");
    t.see("Who pays for item");
    t.see("decision  approve as billed by");
    let sheet = t.see("written   no chargeback file");
    for step in ["origin    bill", "subsidy   provost_ai_initiative", "pays      ", "written   no chargeback file"] {
        assert!(sheet.contains(step), "{step}: {sheet}");
    }
    t.keys("\x1b");
    t.wait("the sheet to close", |screen| !screen.contains("Who pays for item"));
    // The same for a project, over the choice of what to explain.
    t.keys("4");
    t.see("remaining");
    t.keys("E");
    t.see("what this project pays, and why");
    t.keys("pays");
    t.keys("\r");
    t.see("Who pays for project");
    t.keys("G");
    t.see("trueup explain --project");
    t.keys("\x1b");
    t.wait("the sheet to close", |screen| !screen.contains("Who pays for project"));
    t.leave();
}

#[test]
fn a_list_is_filtered_by_a_cell_grouped_and_settled_together_with_all_like_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 120, 40, &[]);
    t.keys("2");
    t.see("yuki.arakaw");
    // A column, and a filter like its cell.
    t.keys(">");
    t.see("Column outcome: = filters by outcome:");
    t.keys("=");
    t.see("filter: outcome:");
    t.keys("Fsame\r");
    t.see("Save the filter @same: saved");
    t.keys("&\x15\r");
    t.wait("the filter to be off", |screen| !screen.contains("filter: outcome:"));
    // Groups with what they come to; one opens and closes.
    t.keys("bcause\r");
    t.see("grouped by cause");
    t.see("▸");
    t.keys("g\r");
    t.see("▾");
    t.keys("\r");
    t.wait("the group to close", |screen| !screen.contains("▾"));
    t.keys("bno gr\r");
    t.see("yuki.arakawa");
    // All like this: chosen, previewed, settled, and taken back in one step.
    t.keys("g*");
    t.see("All like this");
    t.keys("a");
    t.agree();
    t.wait("fewer to be open", |screen| !screen.contains("151/151") && screen.contains("saved"));
    t.keys("u");
    t.see("151/151");
    t.leave();
    assert!(fs::read_to_string(dir.path().join("book/config.toml")).unwrap().contains("same = \"outcome:"));
}
