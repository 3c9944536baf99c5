//! What a key press is, whatever it is for: pressed, held, pasted, come too
//! early or too late. Messages that need no month come first.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::*;
use crate::tui::bench::{Bench, sample_book};
use crate::tui::keymap::Keymap;
use crate::tui::theme::{Depth, Kind, Theme};

fn empty() -> Model {
    Model::new("book".into(), Keymap::default(), Theme::new(Kind::Plain, Depth::Full), false, (80, 24))
}

fn key(model: &mut Model, code: KeyCode, modifiers: KeyModifiers) -> Vec<Effect> {
    update(model, Message::Input(Event::Key(KeyEvent::new(code, modifiers))))
}

fn said(model: &Model) -> &str {
    model.status.as_ref().map_or("", |status| status.text.as_str())
}

#[test]
fn nothing_is_decided_while_the_files_are_read_and_the_time_left_is_said() {
    let mut model = empty();
    let progress = LoadEvent::Progress { bytes: 250, rows: 10, of_bytes: 1_000 };
    update(&mut model, Message::Loading(progress, Duration::from_secs(1)));
    key(&mut model, KeyCode::Char('2'), KeyModifiers::NONE);
    assert_eq!(model.tab, Tab::Discrepancies, "moving works");
    let effects = key(&mut model, KeyCode::Char('a'), KeyModifiers::NONE);
    assert!(effects.is_empty() && model.jobs.is_empty());
    assert_eq!(said(&model), "The files are still being read, about 4 s left; you can look, not decide.");
}

#[test]
fn escape_cancels_loading_and_q_and_ctrl_c_leave() {
    let mut model = empty();
    let effects = key(&mut model, KeyCode::Esc, KeyModifiers::NONE);
    assert!(matches!(effects.as_slice(), [Effect::CancelLoad]));
    let effects = update(&mut model, Message::Loaded(Err("Loading was cancelled.".into())));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Quit)), "what was cancelled leaves");
    for (code, modifiers) in [(KeyCode::Char('q'), KeyModifiers::NONE), (KeyCode::Char('c'), KeyModifiers::CONTROL)] {
        let mut model = empty();
        let effects = key(&mut model, code, modifiers);
        assert!(matches!(effects.as_slice(), [Effect::CancelLoad, Effect::Quit]));
    }
}

#[test]
fn a_late_answer_of_the_terminal_presses_no_key() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (80, 24));
    bench.keys("2");
    let send =
        |bench: &mut Bench, code, modifiers| bench.send(Message::Input(Event::Key(KeyEvent::new(code, modifiers))));
    send(&mut bench, KeyCode::Char(']'), KeyModifiers::ALT);
    bench.types("11;rgb:aaaa/dddd/aaaa");
    send(&mut bench, KeyCode::Char('g'), KeyModifiers::CONTROL);
    assert!(bench.model.desk.as_ref().is_some_and(|desk| desk.counts(crate::desk::Screen::Discrepancies).1 == 151));
    // After the terminator keys count again; without one, after the timer.
    bench.keys("j");
    assert_eq!(bench.model.list().map(|list| list.spot.at), Some(1));
    send(&mut bench, KeyCode::Char(']'), KeyModifiers::ALT);
    bench.keys("j");
    let generation = match bench.model.swallow {
        Swallow::Reply(generation) => generation,
        Swallow::No => panic!("nothing is swallowed"),
    };
    bench.send(Message::Woke(Timer::SwallowEnd(generation)));
    bench.keys("j");
    assert_eq!(bench.model.list().map(|list| list.spot.at), Some(2));
}

#[test]
fn a_paste_counts_in_a_text_field_only() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (80, 24));
    bench.keys("2");
    bench.send(Message::Input(Event::Paste("aaaa\nd".into())));
    assert_eq!(bench.model.counts(crate::desk::Screen::Discrepancies).1, 151);
    bench.keys("&");
    bench.send(Message::Input(Event::Paste("cause:price\n".into())));
    assert!(bench.screen().contains("filter: cause:price"), "{}", bench.screen());
}

#[test]
fn releases_do_nothing_and_a_held_key_decides_once() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (80, 24));
    bench.keys("2");
    for kind in [KeyEventKind::Release, KeyEventKind::Repeat] {
        let event = KeyEvent { kind, ..KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE) };
        bench.send(Message::Input(Event::Key(event)));
    }
    assert_eq!(bench.model.counts(crate::desk::Screen::Discrepancies).1, 151);
    let held = KeyEvent { kind: KeyEventKind::Repeat, ..KeyEvent::new(KeyCode::Char('j'), KeyModifiers::NONE) };
    bench.send(Message::Input(Event::Key(held)));
    assert_eq!(bench.model.list().map(|list| list.spot.at), Some(1));
}

pub(super) fn open(bench: &Bench) -> u32 {
    bench.model.counts(crate::desk::Screen::Discrepancies).1
}

pub(super) fn entries(bench: &Bench) -> usize {
    let desk = bench.model.desk.as_ref().unwrap();
    desk.journal().iter().filter(|entry| entry.action.can_be_undone()).count()
}

#[test]
fn answers_that_come_late_are_dropped() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2");
    let before = bench.model.list().map(|list| list.index.len());
    let screen = crate::desk::Screen::Discrepancies;
    let items = std::sync::Arc::new(vec![0]);
    bench.send(Message::Listed { screen, generation: 0, items, groups: None, at: None });
    assert_eq!(bench.model.list().map(|list| list.index.len()), before);
    bench.send(Message::Likenesses { generation: 0, numbering: 1, item: 0, counts: Box::default() });
    assert!(bench.model.modals.is_empty());
}

#[test]
fn a_held_enter_does_not_answer_the_next_question() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 x enter");
    let held = KeyEvent { kind: KeyEventKind::Repeat, ..KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE) };
    bench.send(Message::Input(Event::Key(held)));
    assert!(bench.screen().contains("Why dispute?") && open(&bench) == 151, "{}", bench.screen());
}

#[test]
fn a_sentence_that_is_cut_is_shown_whole_on_its_key() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (80, 20));
    bench.keys("6 S");
    let sentence = bench.status().to_owned();
    assert!(sentence.starts_with("2026-01 cannot be signed yet") && sentence.chars().count() > 120, "{sentence}");
    let screen = bench.screen();
    let cut = |line: &str| line.starts_with("2026-01 cannot be signed yet") && line.contains("… ! shows all");
    assert!(screen.lines().any(cut), "{screen}");
    // Where there is room, a second line has more of it.
    let tall = bench.resize((80, 24)).screen();
    let [above, below] = tall.lines().rev().skip(1).take(2).collect::<Vec<_>>().try_into().unwrap();
    let (above, below) = (below, above);
    assert!(above.starts_with("2026-01 cannot be signed yet") && !above.contains('…'), "{tall}");
    let first = below.split_whitespace().next().unwrap();
    assert!(sentence.contains(&format!("{} {first}", above.trim_end())), "{tall}");
    let short = tall.lines().filter(|line| line.contains("$1,508.51 = ")).count();
    assert_eq!(short, 1, "nothing is covered by it: {tall}");
    bench.keys("!");
    let shown = bench.screen();
    let squeezed = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    assert!(squeezed(&shown).contains(&squeezed(&sentence)), "{shown}");
    // What fits has no need of it, and where nothing was said that is said.
    bench.keys("esc 2 O");
    assert!(!bench.screen().contains("shows all"), "{}", bench.screen());
    bench.keys("j !");
    assert_eq!(bench.status(), "Nothing was said since the last key.");
}

#[test]
fn a_book_open_for_reading_refuses_with_its_reason() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.model.read_only = Some("The book is open read-only: you can look, not decide.".into());
    bench.keys("2 a");
    assert_eq!((open(&bench), bench.status()), (151, "The book is open read-only: you can look, not decide."));
}

#[test]
fn the_palette_finds_a_command_by_its_letters() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 :").types("appbil");
    bench.keys("enter");
    assert_eq!(open(&bench), 150, "{}", bench.status());
}

#[test]
fn a_key_before_the_list_has_come_says_so() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2");
    let list = bench.model.of_mut(crate::desk::Screen::Discrepancies);
    list.index = std::sync::Arc::default();
    list.waiting = true;
    for key in ["a", "x", "*", "o", "enter", "c", "e"] {
        bench.model.status = None;
        bench.keys(key);
        assert!(bench.status().contains("still being put together"), "{key}: {}", bench.status());
    }
}
