//! The real program in a real pseudo-terminal, driven by keys, on an emulated
//! screen.

mod support;

use std::fs;
use std::io::Write;

use support::{Terminal, again, sample_month};

#[test]
fn a_month_from_opening_to_a_written_file_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 120, 40, &[]);

    // Approve all that matched, after a preview.
    t.keys("1");
    t.see("matched");
    t.keys("P");
    t.see("Do it?");
    t.keys("y");
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
    t.see("Do it?");
    t.keys("y");
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
    t.see("Do it?");
    t.keys("y");
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
    t.see("Do it?");
    t.keys("y");
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
    t.see("Do it?");
    t.keys("y");
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

#[test]
fn a_decision_is_on_disk_before_it_is_answered_for() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 120, 40, &[]);
    t.keys("2");
    t.see("yuki.arakaw");
    t.keys("d");
    t.see("150/151");
    t.kill();
    let mut t = again(dir.path());
    t.see("150/151");
    t.keys("u");
    t.see("151/151");
    t.keys("\x12");
    t.see("150/151");
    t.keys("\x03");
    assert_eq!(t.ended(), 0);
}

#[cfg(unix)]
#[test]
fn a_key_is_answered_while_a_file_is_still_loading() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("bill.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let ledger = dir.path().join("ledger.csv");
    fs::write(
        &ledger,
        "id,user_id,model_used,input_tokens,output_tokens,calculated_cost_cents,openai_request_id,created_at\n\
         k,u,gpt-4o,10,10,0.0125,r1,2026-01-05T10:00:00Z\n",
    )
    .unwrap();
    let args = ["review", "--read-only", "--bill", pipe.to_str().unwrap(), "--ledger", ledger.to_str().unwrap()];
    let mut t = Terminal::start(120, 40, &args, dir.path(), &[]);
    // A hundred thousand rows, of which half have come so far.
    let mut bill = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    let rows = |from: u32, to: u32| {
        let mut text = String::new();
        for row in from..to {
            text.push_str(&format!("r{row},2026-01-05T10:00:{:02}Z,gpt-4o-2024-08-06,10,10,20,0.000125\n", row % 60));
        }
        text
    };
    bill.write_all(b"request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost_usd\n").unwrap();
    bill.write_all(rows(0, 50_000).as_bytes()).unwrap();
    bill.flush().unwrap();
    t.see("bill.csv:2");
    t.keys("?");
    t.see("Moving");
    t.keys("\x1b");
    t.wait("the help to close", |screen| !screen.contains("Moving"));
    t.keys("1a");
    t.wait("a sentence that decisions wait", |screen| screen.contains("not decide"));
    bill.write_all(rows(50_000, 100_000).as_bytes()).unwrap();
    drop(bill);
    t.see("balanced");
    t.see("99,999");
    t.keys("\x03");
    assert_eq!(t.ended(), 0);
}

#[test]
fn the_terminal_is_restored_after_every_way_to_end() {
    for signal in [None, Some(libc::SIGTERM), Some(libc::SIGHUP), Some(libc::SIGINT)] {
        let dir = tempfile::tempdir().unwrap();
        let mut t = sample_month(dir.path(), 80, 24, &[]);
        match signal {
            None => t.keys("\x03"),
            Some(signal) => t.signal(signal),
        }
        t.ended();
        assert!(t.becomes_restored(), "after {signal:?}");
    }
}

#[test]
fn a_late_answer_of_the_terminal_and_a_paste_decide_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 120, 40, &[]);
    t.keys("2");
    t.see("yuki.arakaw");
    // The answer to a colour query, come too late, ends in plain letters.
    t.keys("\x1b]11;rgb:dada/adad/aaaa\x1b\\");
    // A paste of what would be verbs.
    t.keys("\x1b[200~aaddaa\x1b[201~");
    std::thread::sleep(std::time::Duration::from_millis(700));
    t.keys("6");
    t.see("left to do");
    let screen = t.screen();
    assert!(screen.contains("151/151"), "{screen}");
    t.keys("\x03");
    t.ended();
}

#[test]
fn no_color_emits_no_colour() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 120, 40, &[("NO_COLOR", "1")]);
    for key in ["0", "2", "4", "5", "6"] {
        t.keys(key);
        t.see("balanced");
        std::thread::sleep(std::time::Duration::from_millis(150));
        assert!(t.is_colourless(), "colour on screen {key}:\n{}", t.screen());
    }
    t.keys("\x03");
    t.ended();
}

#[test]
fn what_a_file_says_never_commands_the_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let bill = dir.path().join("bill.csv");
    let evil = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}gpt";
    fs::write(
        &bill,
        format!("request_id,timestamp,model,prompt_tokens,completion_tokens,cost_usd,user_id\nr\u{1b}[2J1,2026-01-05T10:00:00Z,{evil},10,10,0.5,{evil}\n"),
    )
    .unwrap();
    let mut t = Terminal::start(120, 40, &["review", "--bill", bill.to_str().unwrap()], dir.path(), &[]);
    t.see("balanced");
    t.keys("1");
    t.see("owned");
    t.keys("\r");
    t.see("owned");
    assert_eq!(t.title(), "", "a cell of a file set the title");
    assert!(!t.raw_contains(b"\x1b]0;"), "an escape of the file reached the terminal");
    t.keys("\x03");
    t.ended();
}

/// Verbs as fast as they come, then a power cut: what the screen acknowledged
/// is there again.
#[test]
fn keys_typed_in_a_row_are_all_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 120, 40, &[]);
    t.keys("2");
    t.see("yuki.arakaw");
    t.keys("aaaaaaaaaaaaaaaaaaaa");
    // Each is counted off once it is on the disk.
    t.see("131/151");
    t.kill();
    let mut t = again(dir.path());
    t.see("131/151");
    t.keys("2u");
    t.see("132/151");
    t.keys("\x03");
    assert_eq!(t.ended(), 0);
}

/// The window changes its size in the same instant: the key still arrives, and
/// not only with the next one.
#[test]
fn a_key_pressed_while_the_window_changes_is_not_lost() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 120, 40, &[]);
    t.keys("1");
    t.see("1/5,365");
    for row in 2..40 {
        t.resize(if row % 2 == 0 { 121 } else { 120 }, 40);
        t.keys("j");
        t.see(&format!(" {row}/5,365"));
    }
    t.keys("\x03");
    assert_eq!(t.ended(), 0);
}

/// Killed in the middle: no more than was pressed, no less than was said.
#[test]
fn a_kill_in_the_middle_keeps_what_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 120, 40, &[]);
    t.keys("2");
    t.see("yuki.arakaw");
    t.keys("aaaaaaaaaaaaaaaaaaaa");
    let open = |screen: &str| (131..=151).rev().find(|open| screen.contains(&format!("{open}/151")));
    let screen = t.wait("a first decision", |screen| open(screen).is_some_and(|open| open < 151));
    t.kill();
    let said = open(&screen).unwrap();
    let mut t = again(dir.path());
    let now = open(&t.screen()).expect("a count of open items");
    assert!(now <= said && now >= 131, "{said} were open on the screen, {now} are now");
    t.keys("\x03");
    t.ended();
}

/// A terminal that says what its background is: light on light, dark on dark.
/// It has a tenth of a second to say so, which a busy machine may miss; then
/// the start is tried again.
#[test]
fn what_is_typed_while_the_terminal_is_asked_is_not_lost() {
    let dir = tempfile::tempdir().unwrap();
    drop(sample_month(dir.path(), 120, 40, &[]));
    let book = dir.path().join("book");
    for answer in ["\x1b]11;rgb:1010/1010/1010\x1b\\B\x1b[?62;22c", "B"] {
        let mut t = Terminal::start(120, 40, &["review", "--book", book.to_str().unwrap()], dir.path(), &[]);
        t.wait_raw(b"\x1b]11;?");
        t.keys(&format!("J{answer}2"));
        // The last of them counts, and each came through in its order.
        t.see("balanced");
        t.see("by size of difference desc  1/151");
        t.keys("\x03");
        assert_eq!(t.ended(), 0);
    }
}

#[test]
fn the_theme_follows_the_background_the_terminal_names() {
    // What the terminal answers, and a colour that only that theme has.
    const DARK: (&str, &[u8]) = ("\x1b]11;rgb:1010/1010/1010\x1b\\\x1b[?62;22c", b"38;2;255;127;63");
    const LIGHT: (&str, &[u8]) = ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;22c", b"38;2;168;73;0");
    let start = |answer: &str| {
        let dir = tempfile::tempdir().unwrap();
        let book = dir.path().join("book");
        let args = ["demo", "--dir", book.to_str().unwrap()];
        let mut t = Terminal::start(120, 40, &args, dir.path(), &[("COLORTERM", "truecolor")]);
        t.wait_raw(b"\x1b]11;?");
        t.keys(answer);
        t.see("balanced");
        std::thread::sleep(std::time::Duration::from_millis(700));
        t.keys("2");
        t.see("yuki.arakaw");
        let seen = [DARK.1, LIGHT.1].map(|colour| t.raw_contains(colour));
        t.keys("\x03");
        assert_eq!(t.ended(), 0);
        seen
    };
    assert_eq!(start(DARK.0), [true, false]);
    assert!((0..5).any(|_| start(LIGHT.0)[1]), "a light terminal keeps getting the dark theme");
}

/// Ctrl-z gives the terminal back, `fg` takes it again and draws all anew.
#[cfg(target_os = "linux")]
#[test]
fn a_stop_gives_the_terminal_back_and_a_continue_draws_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 120, 40, &[]);
    t.keys("2");
    t.see("yuki.arakaw");
    t.keys("\x1a");
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !(t.is_stopped() && t.restored()) {
        assert!(std::time::Instant::now() < end, "it does not stop:\n{}", t.screen());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    t.signal(libc::SIGCONT);
    t.see("yuki.arakaw");
    assert!(!t.restored(), "the screen is the program's again");
    t.keys("a");
    t.see("150/151");
    t.keys("\x03");
    assert_eq!(t.ended(), 0);
    assert!(t.becomes_restored());
}

#[test]
fn a_second_program_on_the_same_book_is_refused_and_may_look() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = sample_month(dir.path(), 120, 40, &[]);
    let book = dir.path().join("book");
    let mut second = Terminal::start(120, 40, &["review", "--book", book.to_str().unwrap()], dir.path(), &[]);
    assert_eq!(second.ended(), 2);
    // What it wrote last may still be on its way.
    let said = second.see("--read-only");
    assert!(said.contains("--read-only") && said.contains("pid"), "{said}");
    let mut third =
        Terminal::start(120, 40, &["review", "--read-only", "--book", book.to_str().unwrap()], dir.path(), &[]);
    third.see("balanced");
    third.keys("2");
    third.see("yuki.arakaw");
    third.keys("a");
    third.see("read-only");
    third.keys("\x03");
    third.ended();
    first.keys("\x03");
    first.ended();
}

#[test]
fn the_screen_follows_the_size_of_the_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 160, 50, &[]);
    t.keys("2");
    t.see("yuki.arakaw");
    for (columns, rows) in [(80, 24), (60, 20), (200, 60), (30, 8), (100, 30)] {
        t.resize(columns, rows);
        t.keys("\x0c");
        if columns >= 60 {
            t.see("balanced");
        }
    }
    t.keys("\x03");
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
    t.keys("\x03");
    assert_eq!(t.ended(), 0);
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
    t.keys("\x03");
    assert_eq!(t.ended(), 0);
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
    t.see("Do it?");
    t.keys("y");
    t.see("saved");
    for (screen, list, said) in
        [("2", "  1/1", "Approve 1 item as billed"), ("3", "  1/2", "Approve 2 items as billed: saved")]
    {
        t.keys(screen);
        t.see(list);
        t.keys("Ma");
        if screen == "3" {
            t.see("Do it?");
            t.keys("y");
        }
        t.see(said);
    }
    t.keys("6w");
    t.see("Do it?");
    t.keys("y");
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
    t.see("Do it?");
    t.keys("y");
    t.wait("the month to be open", |screen| !screen.contains("signed v1") && screen.contains("a late credit"));
    t.keys("2");
    t.see("  1/1");
    t.keys("d");
    t.see("Defer 1 item: saved.");
    t.keys("\x03");
    assert_eq!(t.ended(), 0);
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
    t.see("Do it?");
    t.keys("y");
    t.see("Invoice INV-7: $10.38 without $2.00 tax, as the bill.");
    t.keys("u");
    t.see("No invoice is entered.");
    t.keys("\x03");
    assert_eq!(t.ended(), 0);
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
    t.see("Do it?");
    t.keys("y");
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
    t.keys("\x03");
    assert_eq!(t.ended(), 0);
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
    t.see("Do it?");
    t.keys("y");
    t.wait("fewer to be open", |screen| !screen.contains("151/151") && screen.contains("saved"));
    t.keys("u");
    t.see("151/151");
    t.keys("\x03");
    assert_eq!(t.ended(), 0);
    assert!(fs::read_to_string(dir.path().join("book/config.toml")).unwrap().contains("same = \"outcome:"));
}
