//! Keys pressed over the sample month, and what must come of them. Messages
//! that need no month come first.

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
fn one_item_is_approved_at_once_and_undone_and_redone() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 a");
    assert_eq!((open(&bench), entries(&bench)), (150, 1), "{}", bench.status());
    assert_eq!(bench.model.list().map(|list| list.spot.at), Some(1), "the cursor goes on");
    assert!(bench.status().contains("saved"), "{}", bench.status());
    assert!(bench.screen().contains("as billed"), "{}", bench.screen());
    bench.keys("u");
    assert_eq!(open(&bench), 151);
    bench.keys("ctrl-r");
    assert_eq!(open(&bench), 150);
}

#[test]
fn a_bulk_action_shows_first_and_takes_only_y_for_yes() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 * enter a");
    assert!(matches!(bench.model.modals.last(), Some(Modal::Preview(_))), "{}", bench.screen());
    bench.keys("enter space");
    assert_eq!(open(&bench), 151, "nothing but y does it");
    bench.keys("n");
    assert_eq!(open(&bench), 151);
    let marked = bench.model.list().map_or(0, |list| list.marks.len());
    assert!(marked > 1);
    bench.keys("a y");
    assert!(open(&bench) < 151, "{}", bench.status());
    assert_eq!(entries(&bench), 1, "a bulk action is one entry");
    assert_eq!(bench.model.list().map_or(0, |list| list.marks.len()), 0);
    bench.keys("u");
    assert_eq!(open(&bench), 151);
}

#[test]
fn a_batch_stops_when_something_changed_after_its_preview() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 * enter a");
    // Another decision reaches the writer between the preview and the yes.
    let item = bench.model.list().and_then(|list| list.current()).unwrap();
    let command = crate::desk::Command::Decide {
        items: vec![item],
        decision: crate::journal::Decision {
            verdict: crate::journal::Verdict::ApproveBilled,
            reason: String::new(),
            note: String::new(),
        },
    };
    bench.write(1, command);
    bench.keys("y");
    assert!(bench.status().starts_with("Something changed since the preview"), "{}", bench.status());
    drop(bench);
    let again = Bench::loaded(&book.path(), (100, 30));
    assert_eq!(entries(&again), 1, "only the one in between");
}

#[test]
fn a_filter_counts_while_it_is_typed_and_a_wrong_one_stays_to_be_mended() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 &").types("outcome:duplicate");
    assert!(bench.screen().contains("16 rows"), "{}", bench.screen());
    bench.types(" nonsense:x");
    bench.keys("enter");
    assert!(matches!(bench.model.modals.last(), Some(Modal::Prompt(prompt)) if prompt.error.is_some()));
    bench.keys("ctrl-w enter");
    assert_eq!(bench.model.list().map(|list| list.index.len()), Some(16));
    bench.keys("&").types("zzz");
    bench.keys("esc");
    assert_eq!(bench.model.list().map(|list| list.filter.clone()), Some("outcome:duplicate".into()));
}

#[test]
fn escape_takes_a_filter_off_last_and_an_empty_list_says_how_to_go_on() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (80, 24));
    bench.keys("2 &").types("model:no-such-model");
    bench.keys("enter");
    let screen = bench.screen().replace('\n', " ");
    assert!(screen.contains("None of the 151 items of this list passes the filter “model:no-such-model”."), "{screen}");
    assert!(screen.contains("& changes it, Esc takes it off."), "{screen}");
    bench.keys("esc");
    assert_eq!(bench.status(), "All rows are shown again; the filter was model:no-such-model");
    assert_eq!(bench.model.list().map(|list| list.index.len()), Some(151));
    bench.keys("& ").types("outcome:duplicate");
    bench.keys("enter space esc");
    assert_eq!(bench.model.list().map(|list| list.filter.clone()), Some("outcome:duplicate".into()), "marks go first");
}

#[test]
fn what_is_refused_leaves_the_cursor_where_the_sentence_is_about() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("1 &").types("badge:unassigned");
    bench.keys("enter a");
    assert_eq!(bench.status(), "No project pays: name one first.");
    assert_eq!(bench.model.list().map(|list| list.spot.at), Some(0));
    bench.keys("d");
    assert_eq!(bench.model.list().map(|list| list.spot.at), Some(1), "what is done moves on");
}

#[test]
fn a_bill_alone_is_approved_by_marking_all_and_the_key_for_matched_items_says_so() {
    let book = sample_book();
    let mut bench = Bench::of_files(&book.path(), (100, 30), &["chatgpt_edu_credits_2026-01.csv"], &[]);
    bench.keys("1 P");
    assert!(bench.status().starts_with("No item that matched is open. "), "{}", bench.status());
    assert!(bench.status().contains("mark all of them and approve them as billed"), "{}", bench.status());
    bench.keys("d M a");
    assert!(bench.screen().contains("1 item of them was settled before (1 deferred)"), "{}", bench.screen());
    bench.keys("y 2");
    assert!(bench.screen().contains("There is nothing on this list. Open: 11 on 1 Matched."), "{}", bench.screen());
    bench.keys("w");
    assert!(bench.screen().contains(" rows as openchargeback"), "{}", bench.screen());
    assert!(!bench.screen().contains("not written since"), "writing it ends that: {}", bench.screen());
}

#[test]
fn another_month_begins_at_the_overview_without_the_filter_of_the_last() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 &").types("outcome:duplicate");
    bench.keys("enter");
    let place = place::text(&bench.model).unwrap();
    drop(bench);
    for (place, tab, filter) in [
        (place.clone(), Tab::Discrepancies, "outcome:duplicate"),
        (place.replace("2026-01", "2025-12"), Tab::Overview, ""),
    ] {
        let mut other = Bench::loaded(&book.path(), (100, 30));
        other.model.tab = Tab::Overview;
        other.model.of_mut(crate::desk::Screen::Discrepancies).filter.clear();
        other.model.place = Some(place);
        place::restore(&mut other.model);
        let found = &other.model.of(crate::desk::Screen::Discrepancies).filter;
        assert_eq!((other.model.tab, found.as_str()), (tab, filter));
    }
}

#[test]
fn marks_behind_a_filter_are_counted_and_said() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 M &").types("outcome:duplicate");
    bench.keys("enter");
    assert!(bench.screen().contains("151 marked (135 hidden)"), "{}", bench.screen());
    bench.keys("a");
    assert!(bench.screen().contains("135 of them not among the rows shown"), "{}", bench.screen());
}

#[test]
fn a_search_counts_its_hits_and_goes_through_them() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 /").types("o3-2025");
    bench.keys("enter");
    assert!(bench.status().starts_with("Hit 1 of "), "{}", bench.status());
    let first = bench.model.list().map(|list| list.spot.at);
    bench.keys("n");
    assert!(bench.status().starts_with("Hit 2 of "), "{}", bench.status());
    bench.keys("N");
    assert_eq!(bench.model.list().map(|list| list.spot.at), first);
    bench.keys("/").types("no such thing");
    bench.keys("enter");
    assert_eq!(bench.status(), "Nothing here holds “no such thing”.");
}

#[test]
fn a_verdict_that_needs_a_reason_asks_for_it() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 x");
    bench.types("disp");
    bench.keys("enter");
    assert!(bench.screen().contains("Why dispute?"), "{}", bench.screen());
    bench.keys("enter");
    assert_eq!((open(&bench), entries(&bench)), (150, 1), "{}", bench.status());
}

#[test]
fn a_price_change_is_shown_applied_and_taken_back() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 40));
    let before = bench.model.glance.counts;
    bench.keys("2 M 5 j j e").types("9");
    bench.keys("enter");
    assert!(matches!(bench.model.modals.last(), Some(Modal::Preview(_))), "{}", bench.screen());
    bench.keys("n");
    assert!(matches!(bench.model.modals.last(), Some(Modal::Form(_))), "a no comes back to the form");
    bench.keys("enter y");
    assert!(bench.model.modals.is_empty());
    assert_eq!(entries(&bench), 1, "{}", bench.status());
    assert!(bench.model.lists.iter().all(|list| list.marks.is_empty()), "marks of another numbering are gone");
    bench.keys("u");
    assert_eq!(bench.model.glance.counts, before);
}

#[test]
fn a_wrong_price_is_refused_in_the_form() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 40));
    bench.keys("5 j j e ctrl-u").types("many");
    bench.keys("enter");
    assert!(bench.screen().contains("“many”"), "{}", bench.screen());
    assert!(matches!(bench.model.modals.last(), Some(Modal::Form(_))));
}

#[test]
fn the_tolerance_is_changed_with_its_effect_shown() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 40));
    bench.keys("5 t ctrl-u").types("25");
    bench.keys("enter");
    assert!(bench.screen().contains("Items that change their outcome"), "{}", bench.screen());
    bench.keys("y");
    assert!(open(&bench) < 151, "{}", bench.status());
}

#[test]
fn a_project_is_named_for_an_item_or_for_its_user() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 40));
    bench.keys("1 &").types("badge:unassigned");
    bench.keys("enter");
    let shown = bench.model.list().map_or(0, |list| list.index.len());
    assert!(shown > 0, "{}", bench.screen());
    bench.keys("p enter");
    assert!(bench.screen().contains("this item only"), "{}", bench.screen());
    bench.keys("enter");
    assert_eq!(entries(&bench), 1, "{}", bench.status());
    bench.keys("u p enter down enter");
    assert!(matches!(bench.model.modals.last(), Some(Modal::Preview(_))), "{}", bench.screen());
    bench.keys("y");
    assert!(bench.model.list().is_some_and(|list| list.index.len() < shown), "{}", bench.status());
}

#[test]
fn a_note_is_kept_and_shown() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (140, 40));
    bench.keys("2 c").types("asked the vendor");
    bench.keys("enter");
    assert!(bench.screen().contains("Note: asked the vendor"), "{}", bench.screen());
    bench.keys("J");
    assert!(bench.screen().contains("note on 1 item: asked the vendor"), "{}", bench.screen());
}

#[test]
fn raw_rows_are_shown_as_they_stand_in_the_file() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (140, 40));
    bench.keys("2 o");
    let screen = bench.screen();
    assert!(screen.contains("chatgpt_edu_credits_2026-01.csv:130") && screen.contains("chat.completion"), "{screen}");
}

#[test]
fn the_file_is_written_after_a_preview() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 40));
    bench.keys("1 w");
    assert!(bench.model.modals.is_empty(), "nothing approved, nothing to write: {}", bench.status());
    bench.keys("P");
    assert!(bench.screen().contains("Approve all"), "{}", bench.screen());
    bench.keys("y w y");
    assert!(bench.status().contains("saved"), "{}", bench.status());
    assert!(book.path().join("openai-tokens_2026-01.csv").is_file());
}

#[test]
fn the_gate_leads_to_the_list_behind_its_line() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 40));
    bench.keys("6 j enter");
    assert_eq!(bench.model.tab, Tab::Discrepancies);
    assert_eq!(bench.model.list().map(|list| list.index.len()), Some(151));
}

#[test]
fn the_book_opens_where_it_was_left() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("3 &").types("outcome:missing-in-ledger");
    bench.keys("enter s").types("user");
    bench.keys("enter j j j");
    let at = bench.model.list().and_then(|list| list.current());
    bench.keys("q");
    assert!(bench.out.iter().any(|effect| matches!(effect, Effect::Quit)));
    drop(bench);
    let again = Bench::loaded(&book.path(), (100, 30));
    assert_eq!(again.model.tab, Tab::NotFound);
    let list = again.model.list().unwrap();
    assert_eq!((list.filter.as_str(), list.current()), ("outcome:missing-in-ledger", at));
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
fn bad_rows_are_left_out_with_a_reason() {
    let book = sample_book();
    let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/broken_rows.csv");
    std::fs::copy(sample, book.path().join("openai_requests_2026-01.csv")).unwrap();
    let mut bench = Bench::loaded(&book.path(), (120, 40));
    bench.keys("B");
    let rows = bench.model.pages.bad_rows.len();
    assert!(rows > 0 && bench.model.glance.bad_rows == rows, "{}", bench.screen());
    bench.keys("M x enter");
    assert!(bench.screen().contains("left out for a reason"), "{}", bench.screen());
    bench.types("not ours");
    bench.keys("enter y");
    assert_eq!(bench.model.glance.bad_rows, 0, "{}", bench.screen());
    assert!(bench.screen().contains("not ours"), "{}", bench.screen());
}

#[test]
fn a_cap_that_nothing_draws_on_says_so_and_stays() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 40));
    bench.keys("4 enter");
    assert_eq!((bench.model.tab, bench.model.modals.len()), (Tab::Projects, 0));
    assert_eq!(bench.status(), "Nothing approved counts against the cap of robotics-lab this month.");
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
fn the_terms_of_a_rule_are_changed_over_a_preview_and_taken_back() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 40));
    let before = std::fs::read_to_string(book.path().join("subsidies.json")).unwrap();
    bench.keys("1 P y 4 t");
    let screen = bench.screen();
    assert!(screen.contains("What if the rule said something else?") && screen.contains("percent"), "{screen}");
    bench.keys("ctrl-u").types("50");
    bench.keys("enter");
    let screen = bench.screen();
    assert!(screen.contains("percent 50") && screen.contains("split anew"), "{screen}");
    bench.keys("y");
    let after = std::fs::read_to_string(book.path().join("subsidies.json")).unwrap();
    assert!(after != before && after.contains("\"percent\": 50"), "{after}");
    bench.keys("u");
    let screen = bench.screen();
    if bench.model.modals.last().is_some() {
        bench.keys("y");
    }
    assert_eq!(std::fs::read_to_string(book.path().join("subsidies.json")).unwrap(), before, "{screen}");
}

#[test]
fn the_footer_offers_no_order_where_there_is_but_one() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (160, 40));
    bench.keys("1 P y 4");
    let offers = |bench: &Bench| bench.screen().lines().last().unwrap_or_default().to_owned();
    assert!(offers(&bench).contains("s sort"), "{}", offers(&bench));
    bench.keys("enter");
    assert!(bench.model.burn.behind.is_some(), "{}", bench.screen());
    assert!(!offers(&bench).contains("s sort") && offers(&bench).contains("? help"), "{}", offers(&bench));
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
fn lines_that_fit_equally_well_are_matched_by_hand_and_taken_apart_again() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 &").types("outcome:ambiguous");
    bench.keys("enter");
    let before = bench.model.list().map_or(0, |list| list.index.len());
    assert!(before > 0, "{}", bench.screen());
    bench.keys("m");
    assert!(matches!(bench.model.modals.last(), Some(Modal::Preview(_))), "{}", bench.status());
    bench.keys("y");
    assert_eq!(bench.model.list().map_or(0, |list| list.index.len()), before - 1, "{}", bench.status());
    bench.keys("J");
    assert!(bench.screen().contains("match by hand"), "{}", bench.screen());
    bench.keys("u 2");
    assert_eq!(bench.model.list().map_or(0, |list| list.index.len()), before, "{}", bench.status());
    bench.keys("ctrl-r");
    assert_eq!(bench.model.list().map_or(0, |list| list.index.len()), before - 1, "{}", bench.status());
}

#[test]
fn a_price_opened_from_an_item_is_the_one_that_prices_it() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    // Credits are priced by the lot they were drawn from.
    bench.keys("1 &").types("model:codex");
    bench.keys("enter e");
    assert!(
        bench.screen().contains("Edit a lot") && bench.screen().contains("openai-edu-2026-a"),
        "{}",
        bench.screen()
    );
    // A dated snapshot by the rate of its model.
    bench.keys("esc & ctrl-u").types("model:gpt-4o-2024-08-06");
    bench.keys("enter e");
    assert!(bench.screen().contains("Edit a rate") && bench.screen().contains("gpt-4o "), "{}", bench.screen());
}

#[test]
fn a_rate_and_a_lot_are_added_shown_and_taken_back() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("5");
    let before = bench.model.pages.prices.rows.len();
    bench.keys("+").types("lot");
    bench.keys("enter");
    // On a lot its name stands there already.
    bench.types("2026-01-20");
    bench.keys("tab").types("100");
    bench.keys("tab").types("9");
    bench.keys("enter");
    assert!(bench.screen().contains("no payer owes another amount"), "{}", bench.screen());
    bench.keys("y");
    assert_eq!(bench.model.pages.prices.rows.len(), before + 1, "{}", bench.status());
    bench.keys("+").types("rate");
    bench.keys("enter").types("o9-huge");
    bench.keys("tab tab").types("1");
    bench.keys("tab tab").types("2");
    bench.keys("enter y");
    assert_eq!(bench.model.pages.prices.rows.len(), before + 2, "{}", bench.status());
    bench.keys("u u");
    assert_eq!(bench.model.pages.prices.rows.len(), before, "{}", bench.status());
    bench.keys("ctrl-r ctrl-r J");
    assert!(bench.screen().contains("o9-huge"), "{}", bench.screen());
}

#[test]
fn the_gate_leads_to_bad_rows_and_to_what_is_on_any_list() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 40));
    bench.keys("6");
    let gate = bench.model.pages.close.clone().unwrap();
    let at = gate.gate.iter().position(|line| line.behind == crate::desk::Behind::AnyList && line.count > 0).unwrap();
    for _ in 0..at {
        bench.keys("j");
    }
    bench.keys("enter");
    assert_eq!(bench.model.tab, Tab::Matched);
    let shown: usize = ["1", "2", "3"]
        .iter()
        .map(|key| {
            bench.keys(key);
            bench.model.list().map_or(0, |list| list.index.len())
        })
        .sum();
    assert_eq!(shown as u64, gate.gate[at].count);
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

#[test]
fn tab_completes_a_filter() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 &").types("outc");
    bench.keys("tab").types("dup");
    bench.keys("tab");
    assert!(
        bench.screen().contains("filter: outcome:duplicate") && bench.screen().contains("16 rows"),
        "{}",
        bench.screen()
    );
}

#[test]
fn a_page_of_the_overview_is_what_is_seen_of_it() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (80, 24));
    bench.keys("0");
    let first = bench.screen();
    bench.keys("ctrl-f");
    let second = bench.screen();
    let last_seen = first.lines().rev().find(|line| line.contains("more below")).unwrap();
    let left = |line: &str| line.trim().split(' ').next().unwrap().parse::<usize>().unwrap_or(0);
    let now = second.lines().rev().find(|line| line.contains("more below")).map_or(0, left);
    assert!(left(last_seen) >= now + 8, "{first}\n{second}");
}
