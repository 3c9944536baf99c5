//! The real program in terminals of every kind: with a mouse, of any size,
//! stopped and continued, silent, slow, with an editor or a clipboard beside
//! it, and read aloud.
#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use support::{sample_month, sample_month_with};

/// A program of a few lines for the shell.
fn script(dir: &Path, name: &str, lines: &str) -> PathBuf {
    let path = dir.join(name);
    fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn the_mouse_goes_to_screens_rows_and_keys_and_is_given_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 120, 40, &[]);
    assert!(t.sends_clicks());
    t.click("2 Disc");
    t.see("  1/151");
    t.click("dorothy.lang");
    t.see("  2/151");
    t.click("d defer");
    t.see("150/151");
    // The wheel scrolls the rows, and the cursor stays in sight.
    t.keys("\x1b[<65;20;10M");
    t.see("  4/151");
    // Twice at once opens; the row in question is on the screen.
    t.click("mei-ling");
    t.click("mei-ling");
    t.see("Bill: chatgpt_edu_credits");
    t.keys("q");
    t.see("  4/151");
    t.keys("\x14");
    t.see("The mouse selects text now");
    assert!(!t.sends_clicks());
    t.keys("\x14");
    t.see("The mouse works the program again");
    assert!(t.sends_clicks());
    t.leave();
    assert!(t.becomes_restored());
}

#[test]
fn a_book_may_leave_the_mouse_to_the_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let book = dir.path().join("book");
    fs::create_dir(&book).unwrap();
    fs::write(book.join("config.toml"), "mouse = false\n").unwrap();
    let mut t = sample_month(dir.path(), 100, 30, &[]);
    assert!(!t.sends_clicks());
    t.leave();
}

/// At any moment: while a line is typed, over a popup, down to a size where
/// only a sentence fits.
#[test]
fn the_window_changes_its_size_at_any_moment() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 120, 40, &[]);
    t.keys("2");
    t.see("  1/151");
    t.keys("&outcome:dup");
    for (columns, rows) in [(60, 20), (200, 60), (61, 16), (120, 40)] {
        t.resize(columns, rows);
        t.see("filter: outcome:dup");
        // The last line is the last one of the new size.
        t.wait("the footer at the bottom", |screen| screen.lines().count() == usize::from(rows));
    }
    t.keys("\x1b");
    t.wait("the line to be gone", |screen| !screen.contains("filter:"));
    t.keys("x");
    t.see("Settle how?");
    t.resize(59, 20);
    t.see("at least 60 columns and 16 rows");
    t.resize(60, 20);
    t.see("Settle how?");
    t.leave();
}

/// Stopped by a signal from elsewhere in the middle of a line that is typed;
/// continued, the line is there, and the mouse works again.
#[cfg(target_os = "linux")]
#[test]
fn a_stop_from_outside_keeps_what_was_being_typed() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 100, 30, &[]);
    t.keys("2");
    t.see("  1/151");
    t.keys("c");
    t.see("note:");
    t.keys("half a no");
    t.see("half a no");
    t.signal(libc::SIGTSTP);
    let end = std::time::Instant::now() + Duration::from_secs(30);
    while !(t.is_stopped() && t.restored()) {
        assert!(std::time::Instant::now() < end, "it does not stop:\n{}", t.screen());
        std::thread::sleep(Duration::from_millis(20));
    }
    t.signal(libc::SIGCONT);
    t.see("half a no");
    assert!(t.sends_clicks());
    t.keys("te\r");
    t.see("saved");
    t.leave();
    assert!(t.becomes_restored());
}

/// In the middle of a frame, which is never finished.
#[cfg(debug_assertions)]
#[test]
fn a_panic_gives_the_terminal_back_and_says_where() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 100, 30, &[("TRUEUP_PANIC", "help")]);
    t.keys("2");
    t.see("  1/151");
    t.keys("d");
    t.see("2 Disc 150");
    t.keys("?");
    assert_eq!(t.ended(), 101);
    assert!(t.becomes_restored());
    t.see("a panic that a test asked for");
    // What was decided before is on the disk.
    let mut t = sample_month(dir.path(), 100, 30, &[]);
    t.see("2 Disc 150");
    t.leave();
}

/// It asks for the background and gets no answer; the screen is there all the
/// same, and keys count.
#[test]
fn a_terminal_that_answers_nothing_is_not_waited_for() {
    for term in ["xterm-256color", "vt100", "dumb"] {
        let dir = tempfile::tempdir().unwrap();
        let mut t = sample_month(dir.path(), 80, 24, &[("TERM", term)]);
        t.keys("2");
        t.see("  1/151");
        t.keys("j");
        t.see("  2/151");
        t.keys("\x03");
        assert_eq!(t.ended(), 0, "{term}");
        assert!(t.becomes_restored(), "{term}");
    }
}

#[test]
fn a_move_of_the_cursor_costs_under_a_kilobyte_and_rest_costs_nothing() {
    for flags in [&[][..], &["--plain"]] {
        let dir = tempfile::tempdir().unwrap();
        let mut t = sample_month_with(dir.path(), 200, 60, flags, &[("COLORTERM", "truecolor")]);
        t.keys("2");
        t.see("yuki.arakaw");
        t.settled();
        // As fast as a held key: the detail waits until the cursor rests.
        for row in 2..=21 {
            let before = t.bytes();
            t.keys("j");
            t.wait_for("the cursor to move", |t| t.bytes() > before);
            let place = if flags.is_empty() { format!("  {row}/151") } else { format!("row {row} of 151") };
            t.see(&place);
            let cost = t.bytes() - before;
            assert!(cost < 1_024, "{flags:?}: row {row} cost {cost} bytes");
            // The rest costs what the detail needs.
            t.settled();
        }
        let idle = t.settled();
        std::thread::sleep(Duration::from_secs(2));
        assert_eq!(t.bytes(), idle, "an idle program writes");
        t.leave();
    }
}

/// The editor has the terminal and every key, until it ends; what it wrote is
/// the note.
#[test]
fn a_note_is_written_in_the_editor_which_gets_all_keys() {
    let dir = tempfile::tempdir().unwrap();
    let editor = script(
        dir.path(),
        "editor",
        "echo 'EDITOR IS OPEN'; cat \"$1\"; read first; read second; printf '%s\\n%s\\n' \"$first\" \"$second\" > \"$1\"",
    );
    let mut t = sample_month(dir.path(), 100, 40, &[("VISUAL", editor.to_str().unwrap())]);
    t.keys("2");
    t.see("  1/151");
    t.keys("c");
    t.see("note:");
    t.keys("begun\x0f");
    t.see("EDITOR IS OPEN");
    t.see("begun");
    assert!(t.restored(), "the terminal is the editor's");
    // Letters that would decide, if the program got any of them.
    t.keys("aaddaa\r");
    t.keys("dda\r");
    t.see("saved");
    t.keys("\r");
    let screen = t.see("Note: aaddaa");
    assert!(screen.contains("dda") && screen.contains("151"), "{screen}");
    assert!(t.sends_clicks());
    t.keys("u");
    t.see("Undo");
    t.leave();
    assert!(t.becomes_restored());
}

#[test]
fn an_editor_that_fails_or_is_interrupted_changes_nothing_and_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let editor = script(
        dir.path(),
        "editor",
        "echo x >> runs; echo EDITOR $(wc -l < runs) IS OPEN; echo spoilt > \"$1\"; read line; exit 3",
    );
    let mut t = sample_month(dir.path(), 120, 30, &[("EDITOR", editor.to_str().unwrap())]);
    t.keys("2");
    t.see("  1/151");
    t.keys("\x0f");
    t.see("EDITOR 1 IS OPEN");
    t.keys("\r");
    t.see("The note stays as it was: the editor failed");
    // Ctrl-c is the editor's: it ends, and the program does not.
    t.keys("\x0f");
    t.see("EDITOR 2 IS OPEN");
    t.keys("\x03");
    t.see("The note stays as it was: the editor failed");
    t.keys("j");
    t.see("  2/151");
    let screen = t.screen();
    assert!(!screen.contains("spoilt"), "{screen}");
    t.leave();
    assert!(t.becomes_restored());
    // Without an editor the key says what is missing.
    let mut t = sample_month(dir.path(), 120, 30, &[("EDITOR", ""), ("VISUAL", "")]);
    t.see("  2/151");
    t.keys("\x0f");
    t.see("set VISUAL or EDITOR");
    t.leave();
}

#[test]
fn a_row_is_copied_by_the_terminal_over_ssh_and_by_the_desktop_at_home() {
    let none = [("SSH_CONNECTION", ""), ("SSH_TTY", ""), ("SSH_CLIENT", ""), ("TMUX", ""), ("WAYLAND_DISPLAY", "")];
    let dir = tempfile::tempdir().unwrap();
    let mut env = none.to_vec();
    env.extend([("SSH_CONNECTION", "10.0.0.1 50000 10.0.0.2 22"), ("DISPLAY", ":0"), ("TMUX", "/tmp/t,1,0")]);
    let mut t = sample_month(dir.path(), 120, 40, &env);
    t.keys("2");
    t.see("  1/151");
    t.keys("y");
    t.see("handed to the terminal's clipboard");
    t.wait_raw(b"\x1b]52;c;");
    t.wait_raw(b"\x1bPtmux;\x1b\x1b]52;c;");
    t.leave();

    // A tool by the desktop's name.
    let taken = dir.path().join("taken");
    let bin = dir.path().join("bin");
    fs::create_dir(&bin).unwrap();
    script(&bin, "xclip", &format!("cat > '{}'", taken.display()));
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut env = none.to_vec();
    env.extend([("DISPLAY", ":0"), ("PATH", path.as_str())]);
    let mut t = sample_month(dir.path(), 120, 40, &env);
    t.keys("2");
    t.see("  1/151");
    t.keys("y");
    if cfg!(target_os = "macos") {
        t.see("pbcopy");
    } else {
        t.see("The row was copied with xclip.");
        let text = fs::read_to_string(&taken).unwrap();
        assert!(text.contains("yuki.arakawa@northwinds.edu\t") && text.ends_with("\t-22.5"), "{text:?}");
    }
    assert!(!t.raw_contains(b"\x1b]52;"), "not to the terminal as well");
    t.leave();
}

#[test]
fn a_screen_reader_finds_the_cursor_on_the_row_and_one_line_that_says_the_change() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month_with(dir.path(), 100, 30, &["--plain"], &[]);
    assert!(!t.sends_clicks());
    t.keys("2");
    t.see("Discrepancies, row 1 of 151.");
    t.wait_for("the cursor on the first row", |t| t.cursor() == Some((0, 3)));
    t.keys("j");
    let screen = t.see("Discrepancies, row 2 of 151.");
    t.wait_for("the cursor on the second row", |t| t.cursor() == Some((0, 4)));
    assert!(!screen.chars().any(|c| matches!(c, '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}')), "{screen}");
    t.keys("d");
    t.see("Defer 1 item: saved.");
    t.keys("c");
    t.see("note:");
    t.keys("said");
    t.wait_for("the cursor behind what is typed", |t| t.cursor() == Some((10, 28)));
    t.keys("\x1b");
    t.see("row 3 of 151");
    t.leave();
    assert!(t.becomes_restored());
}
