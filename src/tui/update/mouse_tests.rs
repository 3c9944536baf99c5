//! Clicks and the wheel over the sample month, at the places that the screen
//! shows.

use crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::super::message::{Message, Timer};
use super::super::modal::Modal;
use super::super::tab::Tab;
use crate::tui::bench::{Bench, sample_book};
use crate::tui::effect::Effect;

fn send(bench: &mut Bench, kind: MouseEventKind, column: u16, row: u16) {
    let event = MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
    bench.send(Message::Input(Event::Mouse(event)));
}

/// A click on what is on the screen.
fn press(bench: &mut Bench, column: u16, row: u16) {
    bench.screen();
    send(bench, MouseEventKind::Down(MouseButton::Left), column, row);
}

/// A click on the first place where the text stands on the screen.
fn click(bench: &mut Bench, text: &str) {
    let (column, row) = place(bench, text);
    send(bench, MouseEventKind::Down(MouseButton::Left), column, row);
}

fn place(bench: &Bench, text: &str) -> (u16, u16) {
    let screen = bench.screen();
    let found = screen.lines().enumerate().find_map(|(row, line)| {
        let column = line.get(..line.find(text)?)?.chars().count();
        Some((column as u16, row as u16))
    });
    found.unwrap_or_else(|| panic!("no {text} on\n{screen}"))
}

/// Lets the time for a second click run out.
fn pause(bench: &mut Bench) {
    if let Some((_, generation)) = bench.model.pointer.first {
        bench.send(Message::Woke(Timer::ClickEnd(generation)));
    }
}

fn loaded(size: (u16, u16)) -> (crate::tui::bench::SampleBook, Bench) {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), size);
    bench.model.pointer.on = true;
    (book, bench)
}

fn at(bench: &Bench) -> usize {
    bench.model.list().map_or(usize::MAX, |list| list.spot.at)
}

#[test]
fn a_click_goes_to_a_screen_and_to_a_row_and_a_double_one_opens_it() {
    let (_book, mut bench) = loaded((120, 40));
    for (name, tab) in [("3 Not", Tab::NotFound), ("5 Pri", Tab::Prices), ("2 Dis", Tab::Discrepancies)] {
        click(&mut bench, name);
        assert_eq!(bench.model.tab, tab, "{}", bench.screen());
    }
    let top = bench.model.list().map(|list| list.spot.top);
    press(&mut bench, 20, 8);
    assert_eq!((at(&bench), top), (5, Some(0)), "the sixth row below the titles");
    assert!(!bench.model.detail.full);
    // Two clicks apart are two, two at once open.
    pause(&mut bench);
    press(&mut bench, 20, 8);
    assert!(!bench.model.detail.full);
    press(&mut bench, 40, 8);
    assert!(bench.model.detail.full, "{}", bench.screen());
}

#[test]
fn a_click_on_a_key_presses_it_once_however_often_it_comes() {
    let (_book, mut bench) = loaded((120, 40));
    bench.keys("2");
    click(&mut bench, "a approve");
    click(&mut bench, "a approve");
    assert_eq!(super::tests::open(&bench), 150, "a double click decides one item");
    pause(&mut bench);
    click(&mut bench, "? help");
    assert!(matches!(bench.model.modals.last(), Some(Modal::Help(_))));
    // What the help lies over takes no click.
    // Nor does a place of the frame before, which no longer stands.
    send(&mut bench, MouseEventKind::Down(MouseButton::Left), 4, 1);
    assert_eq!(bench.model.tab, Tab::Discrepancies);
    press(&mut bench, 4, 1);
    assert_eq!(bench.model.tab, Tab::Discrepancies);
    click(&mut bench, "Esc back");
    assert!(bench.model.modals.is_empty());
}

#[test]
fn a_yes_is_clicked_like_any_key_and_a_picker_takes_a_double_click() {
    let (_book, mut bench) = loaded((100, 30));
    bench.keys("1 P");
    assert!(matches!(bench.model.modals.last(), Some(Modal::Preview(_))));
    click(&mut bench, "n no");
    assert!(bench.model.modals.is_empty());
    bench.keys("2 s");
    let (column, row) = place(&bench, "│ user");
    press(&mut bench, column + 3, row);
    assert!(matches!(bench.model.modals.last(), Some(Modal::Pick(picker)) if picker.at > 0));
    press(&mut bench, column + 9, row);
    assert!(bench.screen().contains("by user"), "{}", bench.screen());
}

#[test]
fn the_wheel_scrolls_what_is_under_it_and_the_cursor_stays_in_sight() {
    let (_book, mut bench) = loaded((100, 30));
    bench.keys("1");
    send(&mut bench, MouseEventKind::ScrollDown, 10, 6);
    let spot = bench.model.list().map(|list| list.spot).unwrap();
    assert_eq!((spot.top, spot.at), (3, 3));
    send(&mut bench, MouseEventKind::ScrollUp, 10, 6);
    let spot = bench.model.list().map(|list| list.spot).unwrap();
    assert_eq!((spot.top, spot.at), (0, 3));
    bench.keys("6");
    let gate = bench.screen();
    send(&mut bench, MouseEventKind::ScrollDown, 10, 22);
    assert_ne!(bench.screen(), gate, "what would be written scrolls");
}

#[test]
fn a_title_of_a_column_is_chosen_by_a_click() {
    let (_book, mut bench) = loaded((120, 40));
    bench.keys("2");
    click(&mut bench, "difference");
    assert!(bench.status().starts_with("Column difference: = filters by"), "{}", bench.status());
}

#[test]
fn the_mouse_is_given_to_the_terminal_and_taken_back() {
    let (_book, mut bench) = loaded((120, 40));
    bench.keys("2 ctrl-t");
    assert!(matches!(bench.out.last(), Some(Effect::Mouse(false))));
    assert_eq!(bench.status(), "The mouse selects text now; Ctrl-t gives it back to the program.");
    bench.keys("j");
    assert!(bench.screen().contains("mouse selects text"), "it stays said:\n{}", bench.screen());
    send(&mut bench, MouseEventKind::Down(MouseButton::Left), 4, 1);
    assert_eq!(bench.model.tab, Tab::Discrepancies, "a click on its way means nothing");
    bench.keys("ctrl-t");
    assert!(matches!(bench.out.last(), Some(Effect::Mouse(true))));
    press(&mut bench, 4, 1);
    assert_eq!(bench.model.tab, Tab::Overview);
}

#[test]
fn a_border_that_is_dragged_makes_its_column_wider_and_it_is_remembered() {
    let (_book, mut bench) = loaded((160, 40));
    bench.keys("2");
    let (what, row) = place(&bench, "what");
    let (user, _) = place(&bench, "user");
    let before = bench.model.columns().and_then(|columns| columns.drawn(2)).unwrap();
    assert_eq!(user - what, before + 1);
    // Down on the blank between the two titles, six columns left, and up.
    press(&mut bench, user - 1, row);
    assert_eq!(place(&bench, "user").0, user, "holding it moves nothing yet");
    for x in [user - 3, user - 7] {
        send(&mut bench, MouseEventKind::Drag(MouseButton::Left), x, row + 2);
    }
    assert_eq!(place(&bench, "user").0, user - 6, "{}", bench.screen());
    assert!(!bench.columns.exists(), "not before it is let go");
    send(&mut bench, MouseEventKind::Up(MouseButton::Left), user - 7, row + 2);
    assert_eq!(bench.status(), format!("what: {} wide; figures always take what they need.", before - 6));
    assert!(std::fs::read_to_string(&bench.columns).unwrap().contains("what"));
    // A move without a button means nothing any more.
    send(&mut bench, MouseEventKind::Drag(MouseButton::Left), user + 9, row);
    assert_eq!(place(&bench, "user").0, user - 6);
}

#[test]
fn a_thing_to_do_next_opens_by_a_double_click_and_the_wheel_scrolls_what_is_below() {
    let (_book, mut bench) = loaded((80, 24));
    bench.keys("0");
    send(&mut bench, MouseEventKind::ScrollDown, 10, 18);
    assert!(!bench.model.detail.scroll.is_at_top());
    press(&mut bench, 20, 5);
    assert_eq!(bench.model.spot().at, 2, "the third row below the titles");
    press(&mut bench, 20, 5);
    assert_eq!(bench.model.tab, Tab::NotFound, "{}", bench.screen());
}
