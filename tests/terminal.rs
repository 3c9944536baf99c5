//! The real program in a real pseudo-terminal, driven by keys, on an emulated
//! screen.

mod support;

use std::fs;
use std::io::Write;

use support::{Terminal, again, sample_month};

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
    t.leave();
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
    t.leave();
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
    t.leave();
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
    t.leave();
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
    t.leave();
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
    t.leave();
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
    t.leave();
}

/// On a slow line each byte counts: the terminal moves the rows by itself, and
/// then shows what a screen drawn anew shows.
#[test]
fn a_move_that_scrolls_the_list_sends_less_than_a_kilobyte() {
    for (columns, rows, page) in [(80, 24, 8), (120, 40, 20), (160, 50, 43)] {
        let dir = tempfile::tempdir().unwrap();
        let mut t = sample_month(dir.path(), columns, rows, &[("COLORTERM", "truecolor")]);
        t.keys("1");
        t.see("1/5,365");
        t.keys(&"j".repeat(page - 2));
        t.see(&format!(" {}/5,365", page - 1));
        let end = page + 8;
        for row in page..end {
            let before = t.settled();
            t.keys("j");
            t.see(&format!(" {row}/5,365"));
            // The detail comes later, in a frame of its own.
            let moved = t.frames(before)[0];
            assert!(moved < 1_000, "{moved} bytes for row {row} at {columns}x{rows}");
        }
        t.keys("kkkk");
        t.see(&format!(" {}/5,365", end - 5));
        let before = t.settled();
        assert!(t.raw_contains(b"\n\x1b[r"), "the terminal scrolled nothing at {columns}x{rows}");
        let scrolled = t.look();
        t.keys("\x0c");
        t.wait_for("the screen drawn anew", |t| t.frames(before).iter().any(|bytes| *bytes > 1_000));
        t.settled();
        assert_eq!(t.look(), scrolled, "{columns}x{rows}");
        t.leave();
    }
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
    t.leave();
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
        t.leave();
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
        t.leave();
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
    t.leave();
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
    third.leave();
    first.leave();
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
    t.leave();
}
