//! Settling items of the sample month: one at once, many over a preview, by
//! whoever pays, and taken back.

use super::tests::{entries, open};
use super::*;
use crate::tui::bench::{Bench, sample_book};

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
