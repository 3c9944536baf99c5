//! How many keys a month takes, counted by playing it.

mod support;

use support::Terminal;

/// Presses keys one after the other, each when the screen shows that the one
/// before was understood.
struct Player {
    terminal: Terminal,
    pressed: usize,
}

impl Player {
    fn press(&mut self, keys: &str, sees: &str) {
        self.pressed += keys.chars().count();
        self.terminal.keys(keys);
        self.terminal.see(sees);
    }
}

/// The sample month from open to signed and written. Every item is decided in a
/// batch whose count, dollars and payers were shown first.
#[test]
fn the_sample_month_is_settled_written_and_signed_in_under_a_hundred_and_twenty_keys() {
    let dir = tempfile::tempdir().unwrap();
    let book = dir.path().join("book");
    let mut terminal = Terminal::start(120, 40, &["demo", "--dir", book.to_str().unwrap()], dir.path(), &[]);
    terminal.see("balanced");
    let mut player = Player { terminal, pressed: 0 };
    player.press("1", "by time asc  1/5,365");
    player.press("P", "Approve all 5,262 matched items as billed");
    player.press("y", "matched items as billed: saved");
    player.press("2", "difference desc  1/151");
    player.press("M", "151 marked");
    player.press("a", "Approve 151 items as billed");
    player.press("y", "151 items as billed: saved");
    player.press("3", "difference desc  1/76");
    player.press("M", "76 marked");
    player.press("a", "Approve 76 items as billed");
    player.press("y", "76 items as billed: saved");
    // What two projects claim, or none: only what is open, left out with a reason.
    player.press("1", "by time asc  1/5,365");
    player.press("O", "by time asc  1/73");
    player.press("M", "73 marked");
    player.press("x", "Settle how?");
    player.press("excl\r", "Why exclude?");
    player.press("other\r", "Exclude 73 items");
    player.press("y", "73 items: saved");
    player.press("6", "what would be written");
    player.press("w", "Do it?");
    player.press("y", "openai-tokens_2026-01.csv: saved");
    player.press("S", "Sign 2026-01 as version 1");
    player.press("y", "signed v1");
    assert!(book.join("openai-tokens_2026-01.csv").exists());
    assert!(book.join("signed/2026-01-v1.tar").exists());
    assert!(player.pressed < 120, "{} keys", player.pressed);
    println!("{} keys", player.pressed);
    player.terminal.leave();
}
