//! The screen for a screen reader, and names that take more or less room than
//! their letters.

use ratatui::layout::Position;

use super::each_screen;
use crate::tui::bench::{Bench, sample_book};

/// Lines, boxes, blocks, bars and dots of charts.
fn is_art(char: char) -> bool {
    matches!(char, '\u{2500}'..='\u{259f}' | '\u{25aa}'..='\u{25ad}' | '\u{2800}'..='\u{28ff}')
}

fn plain(bench: &mut Bench) {
    bench.model.plain = true;
    bench.model.still = true;
}

/// Where the terminal's own cursor is.
fn cursor(bench: &Bench) -> Position {
    bench.frame().1.expect("a cursor on every plain screen")
}

/// The line with the cursor, from there on.
fn under_cursor(bench: &Bench) -> String {
    let at = cursor(bench);
    let screen = bench.screen();
    screen.lines().nth(at.y.into()).unwrap_or_default().chars().skip(at.x.into()).collect()
}

fn status(bench: &Bench) -> String {
    let screen = bench.screen();
    let lines: Vec<&str> = screen.lines().collect();
    lines[lines.len() - 2].to_owned()
}

#[test]
fn a_plain_screen_has_no_lines_boxes_or_charts_and_a_cursor_everywhere() {
    let book = sample_book();
    for size in [(80, 24), (160, 50)] {
        let mut bench = Bench::loaded(&book.path(), size);
        plain(&mut bench);
        each_screen(&mut bench, |bench, keys| {
            let screen = bench.screen();
            let art: String = screen.chars().filter(|char| is_art(*char)).collect();
            assert!(art.is_empty(), "{keys}: {art}\n{screen}");
            let at = cursor(bench);
            assert!(at != Position::new(size.0 - 1, size.1 - 1), "{keys}: no cursor\n{screen}");
            assert!(!status(bench).is_empty(), "{keys}: nothing is said\n{screen}");
        });
    }
}

#[test]
fn the_real_cursor_is_on_the_row_and_the_status_says_the_change() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    plain(&mut bench);
    bench.keys("2");
    assert_eq!(status(&bench), "Discrepancies, row 1 of 151.");
    assert!(under_cursor(&bench).contains("yuki.arakawa"), "{}", under_cursor(&bench));
    bench.keys("j");
    assert_eq!(status(&bench), "Discrepancies, row 2 of 151.");
    assert!(under_cursor(&bench).contains("dorothy.lang"), "{}", under_cursor(&bench));
    bench.keys("space k");
    assert_eq!(status(&bench), "Discrepancies, row 2 of 151, marked, 1 marked in all.");
    bench.keys("esc x");
    assert_eq!(status(&bench), "Settle how? 1 of 4: dispute, the provider should not charge this.");
    assert!(under_cursor(&bench).starts_with("dispute"), "{}", under_cursor(&bench));
    bench.send(crate::tui::message::Message::Input(crossterm::event::Event::Key(crossterm::event::KeyEvent::new(
        crossterm::event::KeyCode::Down,
        crossterm::event::KeyModifiers::NONE,
    ))));
    assert!(under_cursor(&bench).starts_with("exclude"), "{}", under_cursor(&bench));
    bench.keys("esc a");
    assert!(status(&bench).contains("saved"), "{}", status(&bench));
    bench.keys("M a");
    assert!(status(&bench).contains(": y for yes, n for no."), "{}", status(&bench));
}

#[test]
fn parts_of_a_difference_stand_without_their_bars() {
    let book = sample_book();
    let bill = "request_id,timestamp,model,prompt_tokens,completion_tokens,cost_usd,user_id\n\
                r0,2026-01-05T10:00:00Z,gpt-4o,10,10,8.5,ada@example.edu\n";
    std::fs::write(book.path().join("one.csv"), bill).unwrap();
    let mut bench = Bench::of_files(&book.path(), (120, 40), &["one.csv"], &[]);
    bench.keys("1 enter");
    assert!(bench.screen().contains("+ \u{2588}"), "{}", bench.screen());
    plain(&mut bench);
    let screen = bench.screen();
    assert!(screen.contains("tokens apart"), "{screen}");
    assert!(!screen.chars().any(is_art), "{screen}");
}

#[test]
fn the_status_says_what_the_journal_is_narrowed_to() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    plain(&mut bench);
    bench.keys("2 d u J &").types("kind:decide");
    bench.keys("enter");
    assert_eq!(status(&bench), "Journal, row 1 of 1, filter kind:decide.");
    bench.keys("& backspace");
    assert!(status(&bench).starts_with("filter"), "{}", status(&bench));
}

#[test]
fn plain_screens_read_from_top_to_bottom() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (80, 24));
    plain(&mut bench);
    for (name, keys) in [("plain_list", "2"), ("plain_burn_down", "4"), ("plain_choice", "2 x"), ("plain_why", "9")] {
        bench.keys(keys);
        insta::assert_snapshot!(name, bench.screen());
        bench.keys("esc esc");
    }
}
