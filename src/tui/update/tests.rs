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

fn open(bench: &Bench) -> u32 {
    bench.model.counts(crate::desk::Screen::Discrepancies).1
}

fn entries(bench: &Bench) -> usize {
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
fn marks_behind_a_filter_are_counted_and_said() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 M &").types("outcome:duplicate");
    bench.keys("enter");
    assert!(bench.screen().contains("151 marked (135 hidden)"), "{}", bench.screen());
    bench.keys("a");
    assert!(bench.screen().contains("135 of them marked but hidden"), "{}", bench.screen());
}

#[test]
fn a_search_counts_its_hits_and_goes_through_them() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 30));
    bench.keys("2 /").types("O3-2025");
    bench.keys("enter");
    assert!(bench.status().starts_with("1 of "), "{}", bench.status());
    let first = bench.model.list().map(|list| list.spot.at);
    bench.keys("n");
    assert!(bench.status().starts_with("2 of "), "{}", bench.status());
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
    let index = std::sync::Arc::new(vec![0]);
    bench.send(Message::Listed { screen, generation: 0, index, at: None });
    assert_eq!(bench.model.list().map(|list| list.index.len()), before);
    bench.send(Message::Likenesses { generation: 0, item: 0, counts: Vec::new() });
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
fn a_project_leads_to_its_items() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 40));
    bench.keys("4 enter");
    assert_eq!(bench.model.tab, Tab::Matched);
    let list = bench.model.list().unwrap();
    assert!(list.filter.starts_with("project:") && !list.index.is_empty(), "{}", bench.screen());
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
    assert!(bench.screen().contains("if all of it were approved"), "{}", bench.screen());
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
fn a_month_is_added_up_by_what_is_chosen_and_a_group_leads_to_its_items() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 40));
    bench.keys("7");
    assert_eq!(bench.model.summary.by(), "model");
    let first = bench.model.summary.group(0).unwrap().figures;
    assert!(bench.model.summary.group(1).unwrap().figures.billed <= first.billed, "what costs most comes first");
    bench.keys("b").types("status");
    bench.keys("enter");
    assert_eq!((bench.model.summary.by(), bench.model.summary.rows()), ("status".into(), 8));
    // By status, the groups are the outcomes, and each leads to its own list.
    bench.keys("s enter");
    let at = (0..8).find(|at| bench.model.summary.group(*at).unwrap().key[0].label() == "duplicate").unwrap();
    bench.model.spots[Tab::Summary as usize].at = at;
    let items = bench.model.summary.group(at).unwrap().figures.items as usize;
    bench.keys("enter");
    assert_eq!((bench.model.tab, bench.status()), (Tab::Discrepancies, "Shown on all lists: Discrepancies 16."));
    assert_eq!(
        bench.model.list().map(|list| (list.filter.as_str(), list.index.len())),
        Some(("outcome:duplicate", items))
    );
    // One within the other, and what no filter can ask for is said.
    bench.keys("7 b").types("status, user");
    bench.keys("enter");
    assert_eq!(bench.model.summary.by(), "status, user");
    bench.keys("b").types("category");
    bench.keys("enter");
    assert_eq!(bench.model.summary.by(), "category");
}

#[test]
fn every_group_by_one_thing_shows_its_items_or_says_that_no_filter_does() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 40));
    let desk = bench.model.desk.clone().unwrap();
    for dimension in desk.dimensions() {
        let by = [dimension];
        let summary = desk.summary(&by, None, None).unwrap();
        let mut shown = 0;
        for group in &summary.groups {
            match desk.shown_group(&by, &group.key) {
                Ok(found) => {
                    shown += 1;
                    let count: usize = found.counts.iter().map(|(_, count)| count).sum();
                    // An item is counted with its first line; it may have others here.
                    let count = (count + found.left_out) as u64;
                    assert!(count >= group.figures.items, "{dimension}: {}", found.filter);
                }
                Err(why) => assert!(why.0.starts_with("A filter cannot ask for"), "{}", why.0),
            }
        }
        let all = summary.groups.len();
        assert!(shown * 2 >= all || dimension.name() == "category", "{dimension}: {shown} of {all}");
    }
    bench.keys("q");
}

#[test]
fn the_summary_comes_back_as_it_was_and_follows_a_change_of_prices() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 40));
    bench.keys("7 b").types("user");
    bench.keys("enter S 5 j j e").types("9");
    let before = bench.model.summary.version;
    bench.keys("enter y 7");
    assert!(bench.model.summary.version > before && !bench.model.summary.waiting);
    drop(bench);
    let again = Bench::loaded(&book.path(), (100, 40));
    let query = &again.model.summary.query;
    assert_eq!((again.model.summary.by(), query.sort, query.descending), ("user".into(), Some("billed"), false));
}

/// A month with a ledger in SQLite whose column of cents is of this type.
fn month_with_table(dir: &std::path::Path, cents: &str) -> Bench {
    let bill = "request_id,timestamp,model,total_tokens,cost\nr1,2026-01-05T10:00:00Z,gpt-4o,15,0.000151\n\
                r2,2026-01-06T10:00:00Z,gpt-4o,15,2.50\n";
    std::fs::write(dir.join("bill.csv"), bill).unwrap();
    let sql = format!(
        "CREATE TABLE token_usage (id TEXT PRIMARY KEY, model_used TEXT, tokens_used INT, created_at TEXT,
            calculated_cost_cents REAL, openai_request_id TEXT, success INT, actual_cost_cents {cents},
            reconciled_at TEXT, reconciliation_status TEXT DEFAULT 'pending');
         INSERT INTO token_usage VALUES
            ('a', 'gpt-4o', 15, '2026-01-05T10:00:00Z', 0.015, 'r1', 1, NULL, NULL, 'pending'),
            ('b', 'gpt-4o', 15, '2026-01-06T10:00:00Z', 100, 'r2', 1, NULL, NULL, 'pending');"
    );
    let db = rusqlite::Connection::open(dir.join("ledger.db")).unwrap();
    db.execute_batch(&sql).unwrap();
    drop(db);
    let ledger = format!("sqlite:{}?table=token_usage", dir.join("ledger.db").display());
    let mut bench = Bench::of_files(dir, (100, 40), &["bill.csv"], &[&ledger]);
    bench.keys("1 d 2 d 6");
    assert!(bench.model.jobs.is_empty(), "{}", bench.status());
    bench
}

fn statuses(dir: &std::path::Path) -> String {
    let db = rusqlite::Connection::open(dir.join("ledger.db")).unwrap();
    let sql =
        "SELECT group_concat(reconciliation_status || ' ' || ifnull(actual_cost_cents, '-'), ', ') FROM token_usage";
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn verdicts_are_written_after_a_yes_and_taken_out_after_another() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = month_with_table(dir.path(), "numeric(12,4)");
    bench.keys("W");
    assert!(bench.screen().contains("2 rows to write"), "{}", bench.screen());
    bench.keys("enter n");
    assert_eq!(statuses(dir.path()), "pending -, pending -", "nothing but y writes");
    bench.keys("W y");
    assert_eq!(statuses(dir.path()), "matched 0.0151, discrepancy 250");
    assert!(bench.screen().contains("2 rows written, 0 changed meanwhile."), "{}", bench.screen());
    assert!(bench.screen().contains("R takes the verdicts out again"), "{}", bench.screen());
    assert!(bench.model.jobs.is_empty() && bench.model.writing.is_none());
    bench.keys("esc W");
    assert!(bench.screen().contains("Nothing changes"), "{}", bench.screen());
    bench.keys("y");
    assert!(bench.model.jobs.is_empty(), "there is nothing to say yes to");
    bench.keys("esc R");
    assert!(bench.screen().contains("1  matched → pending"), "{}", bench.screen());
    assert!(bench.screen().contains("250.0151 cents are taken out"), "{}", bench.screen());
    bench.keys("y");
    assert_eq!(statuses(dir.path()), "pending -, pending -");
    bench.keys("esc R");
    assert!(bench.screen().contains("not reverted yet"), "{}", bench.screen());
    // Both stand in the journal at once, newest first.
    bench.keys("esc J");
    let screen = bench.screen();
    assert!(screen.contains("take verdicts out of") && screen.contains("write verdicts to"), "{screen}");
}

#[test]
fn what_the_month_says_by_now_is_shown_again_before_it_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = month_with_table(dir.path(), "numeric(12,4)");
    bench.keys("W");
    bench.write(1, crate::desk::Command::Undo);
    bench.keys("y");
    assert_eq!(statuses(dir.path()), "pending -, pending -");
    assert!(bench.status().starts_with("Something changed since the preview"), "{}", bench.status());
}

#[test]
fn a_column_of_whole_cents_shows_what_rounding_loses_before_it_asks() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = month_with_table(dir.path(), "INTEGER");
    bench.keys("W");
    assert!(bench.screen().contains("0.0151 cents apart in all"), "{}", bench.screen());
    bench.keys("y");
    assert_eq!(statuses(dir.path()), "matched 0, discrepancy 250");
}

#[test]
fn a_row_that_changes_after_the_preview_is_left_alone_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = month_with_table(dir.path(), "REAL");
    bench.keys("W");
    let db = rusqlite::Connection::open(dir.path().join("ledger.db")).unwrap();
    db.execute("UPDATE token_usage SET calculated_cost_cents = 7 WHERE id = 'b'", []).unwrap();
    bench.keys("y");
    let screen = bench.screen();
    assert!(screen.contains("1 row written, 1 changed meanwhile."), "{screen}");
    assert!(screen.contains("left alone: b changed since it was read"), "{screen}");
    assert_eq!(statuses(dir.path()), "matched 0.0151, pending -");
}

#[test]
fn a_ledger_that_cannot_be_written_says_why_in_full() {
    let dir = tempfile::tempdir().unwrap();
    let mut bench = month_with_table(dir.path(), "REAL");
    std::fs::remove_file(dir.path().join("ledger.db")).unwrap();
    bench.keys("W");
    assert!(bench.screen().contains("Nothing was written"), "{}", bench.screen());
    bench.keys("esc");
    assert!(bench.model.modals.is_empty() && bench.model.jobs.is_empty());
}

#[test]
fn a_ledger_that_is_a_file_gets_a_new_one_beside_it_which_can_be_removed() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (100, 40));
    bench.keys("1 P y 6 W");
    assert!(bench.screen().contains("A new file beside the ledger"), "{}", bench.screen());
    bench.keys("y");
    let ledger = bench.model.desk.as_ref().unwrap().inputs().ledger.lines.files()[0].path.clone();
    let new = ledger.with_file_name("token_usage_2026-01.reconciled.csv");
    assert!(new.exists(), "{}", bench.screen());
    bench.keys("esc");
    let close = bench.model.pages.close.clone().unwrap();
    assert!(close.verdicts.iter().any(|line| line.contains("into the new file")), "{:?}", close.verdicts);
    bench.keys("R y");
    assert!(bench.status().starts_with("0 rows put back, 2 files removed, 0 changed"), "{}", bench.status());
    assert!(!new.exists());
    bench.keys("esc");
    assert!(bench.model.pages.close.clone().unwrap().verdicts.is_empty());
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
    assert!(left(last_seen) >= now + 12, "{first}\n{second}");
}
