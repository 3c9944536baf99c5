//! Notes over the sample month: what was written before comes back, and what
//! an editor gives back is a note like any other.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::super::message::Message;
use super::super::modal::Modal;
use crate::tui::bench::{Bench, sample_book};
use crate::tui::effect::Effect;

fn key(bench: &mut Bench, code: KeyCode) {
    bench.send(Message::Input(Event::Key(KeyEvent::new(code, KeyModifiers::NONE))));
}

fn typed(bench: &Bench) -> String {
    match bench.model.modals.last() {
        Some(Modal::Prompt(prompt)) => prompt.field.text().to_owned(),
        _ => panic!("nothing is typed:\n{}", bench.screen()),
    }
}

fn note(bench: &Bench) -> String {
    let item = bench.model.list().and_then(|list| list.current()).unwrap();
    bench.model.desk.as_ref().unwrap().note(item).to_owned()
}

/// Two items with a note each.
fn with_two_notes(bench: &mut Bench) {
    for text in ["asked the vendor", "agreed with Ada"] {
        bench.keys("c").types(text);
        bench.keys("enter j");
    }
}

#[test]
fn earlier_notes_come_back_with_the_arrows_and_what_was_begun_is_kept() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 c");
    let keys = bench.screen();
    assert!(keys.contains("Ctrl-o editor") && !keys.contains("earlier"), "nothing was written before:\n{keys}");
    bench.keys("esc");
    with_two_notes(&mut bench);
    bench.keys("c").types("beg");
    assert!(bench.screen().contains("Up earlier ones"), "{}", bench.screen());
    for (code, expected) in [
        (KeyCode::Up, "agreed with Ada"),
        (KeyCode::Up, "asked the vendor"),
        (KeyCode::Up, "asked the vendor"),
        (KeyCode::Down, "agreed with Ada"),
        (KeyCode::Down, "beg"),
        (KeyCode::Down, "beg"),
        (KeyCode::Up, "agreed with Ada"),
    ] {
        key(&mut bench, code);
        assert_eq!(typed(&bench), expected);
    }
    bench.keys("enter");
    assert_eq!(note(&bench), "agreed with Ada");
}

#[test]
fn a_note_is_completed_from_earlier_ones() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2");
    with_two_notes(&mut bench);
    bench.keys("c").types("AG");
    assert!(bench.screen().contains("Tab: “agreed with Ada”"), "{}", bench.screen());
    bench.keys("tab");
    assert_eq!(typed(&bench), "agreed with Ada");
    bench.keys("ctrl-u").types("vend");
    bench.keys("tab enter");
    assert_eq!(note(&bench), "asked the vendor");
}

#[test]
fn a_reason_says_how_often_it_was_given_and_the_last_is_under_the_cursor() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 x").types("excl");
    bench.keys("enter").types("other");
    bench.keys("enter x").types("excl");
    bench.keys("enter");
    let chosen = match bench.model.modals.last() {
        Some(Modal::Pick(picker)) => picker.chosen().map(|entry| (entry.text.clone(), entry.note.clone())),
        _ => None,
    };
    assert_eq!(chosen, Some(("other".to_owned(), "given once".to_owned())));
}

/// What the editor is asked to open.
fn asked(bench: &mut Bench) -> (Vec<u32>, String, u64) {
    match bench.out.pop() {
        Some(Effect::Edit { items, text, numbering }) => (items, text, numbering),
        _ => panic!("no editor is asked for: {}", bench.status()),
    }
}

#[test]
fn what_an_editor_gives_back_is_the_note_with_all_its_lines() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 40));
    bench.keys("2 c").types("first");
    bench.keys("ctrl-o");
    let (items, before, numbering) = asked(&mut bench);
    assert_eq!(before, "first");
    let result = Ok("first\nsecond".to_owned());
    bench.send(Message::Edited { items, before, numbering, result });
    assert!(bench.model.modals.is_empty());
    assert_eq!(note(&bench), "first\nsecond");
    let screen = bench.keys("enter").screen();
    assert!(screen.contains("Note: first\n") && screen.contains("\n second\n"), "{screen}");
    // From the list it opens with what stands there.
    bench.keys("esc ctrl-o");
    let (items, before, numbering) = asked(&mut bench);
    assert_eq!(before, "first\nsecond");
    bench.send(Message::Edited { items, before: before.clone(), numbering, result: Ok(before) });
    assert_eq!(bench.status(), "The note stays as it is.");
    assert_eq!(super::tests::entries(&bench), 1);
}

#[test]
fn an_editor_that_fails_changes_nothing_and_the_line_stays() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 c").types("kept");
    bench.keys("ctrl-o");
    let (items, before, numbering) = asked(&mut bench);
    let result = Err("The editor vi failed.".to_owned());
    bench.send(Message::Edited { items, before, numbering, result });
    assert_eq!((typed(&bench).as_str(), bench.status()), ("kept", "The editor vi failed."));
    assert_eq!(super::tests::entries(&bench), 0);
}

#[test]
fn a_note_on_items_that_are_others_by_now_is_shown_and_put_on_none() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 ctrl-o");
    let (items, before, numbering) = asked(&mut bench);
    let result = Ok("hard work".to_owned());
    bench.send(Message::Edited { items, before, numbering: numbering + 1, result });
    assert!(bench.screen().contains("hard work"), "{}", bench.screen());
    assert_eq!(super::tests::entries(&bench), 0);
}

/// What goes to the terminal and what a tool has taken are told apart.
#[test]
fn where_a_row_was_copied_to_is_said() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 y");
    let Some(Effect::Copy(text)) = bench.out.pop() else { panic!("nothing is copied") };
    bench.send(Message::Copied { text: text.clone(), by: Some("xclip"), tmux: false });
    assert_eq!(bench.status(), "The row was copied with xclip.");
    assert!(bench.out.is_empty());
    bench.send(Message::Copied { text, by: None, tmux: true });
    assert!(bench.status().starts_with("The row was handed to the terminal"), "{}", bench.status());
    assert!(matches!(bench.out.last(), Some(Effect::CopyByTerminal { tmux: true, .. })));
}
