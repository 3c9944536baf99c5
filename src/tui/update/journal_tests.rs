//! Keys on the journal and on the overview, over the sample month.

use super::tests::{entries, open};
use crate::tui::bench::{Bench, sample_book};
use crate::tui::journal::JournalRow;
use crate::tui::tab::Tab;

/// Three decisions, each about an item of its own.
fn decided() -> (crate::tui::bench::SampleBook, Bench) {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 40));
    bench.keys("2 a d a J");
    (book, bench)
}

fn shown(bench: &Bench) -> Vec<&str> {
    let of = |at| bench.model.journal.line(at).map_or("head", |line| line.what.as_str());
    (0..bench.model.journal.rows.len()).map(of).collect()
}

#[test]
fn an_earlier_decision_is_taken_back_from_the_journal_after_a_preview() {
    let (_book, mut bench) = decided();
    assert_eq!(open(&bench), 148);
    assert_eq!(
        shown(&bench).get(..3),
        Some(&["approve as billed 1 item", "defer 1 item", "approve as billed 1 item"][..])
    );
    bench.keys("j x");
    let preview = bench.screen();
    assert!(
        preview.contains("Take back entry ") && preview.contains("1 entry came later and stays in force."),
        "{preview}"
    );
    bench.keys("n");
    assert_eq!((open(&bench), entries(&bench)), (148, 3), "nothing without a yes");
    bench.keys("x y");
    assert_eq!((open(&bench), entries(&bench)), (149, 3));
    assert_eq!(shown(&bench).first(), Some(&"undo defer 1 item"), "{}", bench.screen());
    assert!(bench.screen().contains("undone by "), "{}", bench.screen());
    // What it names stands, and what cannot be taken back says why.
    bench.keys("g x");
    assert!(bench.status().contains("redo puts back what was taken back last"), "{}", bench.status());
    bench.keys("j j x");
    assert!(bench.status().contains("was taken back already by entry"), "{}", bench.status());
    bench.keys("ctrl-r");
    assert_eq!(open(&bench), 148);
}

#[test]
fn the_journal_is_filtered_and_grouped() {
    let (_book, mut bench) = decided();
    let all = shown(&bench).len();
    bench.keys("&").types("kind:decide defer");
    bench.keys("enter");
    assert_eq!(shown(&bench), ["defer 1 item"]);
    assert!(bench.screen().contains("filter: kind:decide defer"), "{}", bench.screen());
    bench.keys("&").types(" whom:x");
    bench.keys("enter");
    assert!(bench.screen().contains("The journal has no field"), "{}", bench.screen());
    bench.keys("esc esc");
    assert_eq!(shown(&bench).len(), all);
    bench.keys("b").types("kind");
    bench.keys("enter");
    assert!(bench.model.journal.rows.iter().all(|row| matches!(row, JournalRow::Head(_))));
    assert!(bench.screen().contains("▸ decide: 3 entries"), "{}", bench.screen());
    bench.keys("x");
    assert!(bench.status().contains("a group of 3 entries"), "{}", bench.status());
    bench.keys("enter j enter");
    assert!(bench.screen().contains("When and who"), "{}", bench.screen());
    bench.keys("esc");
    assert!(bench.screen().contains("▾ decide: 3 entries"), "{}", bench.screen());
    bench.keys("b").types("step");
    bench.keys("enter");
    assert_eq!(bench.model.journal.groups.len(), all);
}

#[test]
fn what_to_do_next_is_the_gates_own_and_one_key_away() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 40));
    let next: Vec<_> = bench.model.pages.next.iter().map(|step| (step.name, step.blocks)).collect();
    let gate = bench.model.desk.as_ref().unwrap().gate();
    let mut blocking: Vec<_> = gate.iter().filter(|step| step.stops()).collect();
    blocking.sort_by_key(|step| (step.name == "not-written", std::cmp::Reverse(step.amount.abs())));
    let expected: Vec<_> = blocking.iter().take(5).map(|step| (step.name, true)).collect();
    assert_eq!(next.iter().filter(|(_, blocks)| *blocks).copied().collect::<Vec<_>>(), expected);
    assert_eq!(next.first(), Some(&("matched-open", true)));
    // By its number, and by Enter.
    let at = next.iter().position(|(name, _)| *name == "discrepancies-open").unwrap();
    let press = |bench: &mut Bench, number: usize| {
        use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
        let digit = char::from_digit(number as u32, 10).unwrap();
        let key = KeyEvent::new(KeyCode::Char(digit), KeyModifiers::ALT);
        bench.send(crate::tui::message::Message::Input(Event::Key(key)));
    };
    press(&mut bench, at + 1);
    assert_eq!(bench.model.tab, Tab::Discrepancies);
    assert_eq!(bench.model.list().map(|list| (list.filter.as_str(), list.index.len())), Some(("decision:open", 151)));
    // What may be on any list opens where it is.
    let unassigned = next.iter().position(|(name, _)| *name == "unassigned").unwrap();
    bench.keys("0 g").keys(&"j ".repeat(unassigned)).keys("enter");
    let list = bench.model.list().expect("a list");
    assert!(list.filter.starts_with("badge:unassigned") && !list.index.is_empty(), "{}", bench.screen());
    assert!(bench.status().starts_with("Shown on all lists"), "{}", bench.status());
}

#[test]
fn below_the_last_thing_to_do_the_overview_moves_and_comes_back() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (80, 24));
    let rows = bench.model.rows();
    assert!(rows > 1, "{}", bench.screen());
    let top = bench.screen();
    bench.keys(&"j ".repeat(rows));
    let below = bench.screen();
    assert_eq!(bench.model.spot().at, rows - 1);
    assert_ne!(top, below);
    assert!(!bench.model.detail.scroll.is_at_top());
    bench.keys(&"k ".repeat(rows));
    assert!(bench.model.detail.scroll.is_at_top());
    assert_eq!(bench.model.spot().at, 0);
    assert_eq!(bench.screen(), top);
}
