//! The tour over the sample month: each step waits for its own key.

use crate::tui::bench::{Bench, sample_book};
use crate::tui::tour::Tour;

/// What a learner presses, step by step.
const KEYS: [&str; Tour::STEPS] = [
    "2", "j", "enter", "q", "o", "esc", "a", "u", "&", "*", "esc", "1", "P", "4", "6", "w", "J", "j x", "n", ":",
    "esc", "?",
];

fn at(bench: &Bench) -> (usize, bool) {
    (bench.model.tour.at, bench.model.tour.on)
}

#[test]
fn the_tour_goes_on_with_the_key_it_teaches_and_with_no_other() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (80, 24));
    bench.keys("T");
    for (step, key) in KEYS.into_iter().enumerate() {
        assert_eq!(at(&bench), (step, true), "{key}: {}", bench.screen());
        assert!(bench.screen().contains(&format!("tour, step {} of {}", step + 1, Tour::STEPS)), "{}", bench.screen());
        // Looking around is no step.
        if bench.model.modals.is_empty() && !["j", "q"].contains(&key) {
            bench.keys("k");
            assert_eq!(at(&bench).0, step, "{key}");
        }
        bench.keys(key);
        match key {
            "&" => {
                bench.types("cause:price").keys("enter");
            }
            "P" | "w" => {
                assert_eq!(at(&bench).0, step, "a preview is no yes");
                bench.keys("y");
            }
            _ => {}
        }
    }
    assert_eq!(at(&bench), (Tour::STEPS, false), "{}", bench.screen());
    assert!(bench.status().starts_with("That was the tour"), "{}", bench.status());
    bench.keys("esc T");
    assert_eq!(at(&bench), (0, true), "it begins anew");
}

#[test]
fn the_tour_is_left_with_escape_and_resumed_where_it_was_even_after_a_restart() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (60, 20));
    bench.keys("T 2 j T");
    assert_eq!(at(&bench), (4, true), "T skips a step, and with it the way back from what it opens");
    bench.keys("esc");
    assert_eq!(at(&bench), (4, false));
    assert!(!bench.screen().contains("tour, step") && bench.status().contains("step 5 of"), "{}", bench.screen());
    // By the palette, in the next session.
    bench.keys("ctrl-c");
    drop(bench);
    let mut bench = Bench::loaded(&book.path(), (60, 20));
    bench.keys(":").types("tour");
    bench.keys("enter");
    assert_eq!(at(&bench), (4, true), "{}", bench.screen());
}

#[test]
fn a_command_of_another_screen_is_found_and_only_gone_to() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 40));
    let open = super::tests::open(&bench);
    bench.keys("6 :").types("approve billed");
    assert!(bench.screen().contains("on Matched: Approve as billed"), "{}", bench.screen());
    bench.keys("enter");
    assert_eq!((bench.model.tab, super::tests::open(&bench)), (crate::tui::tab::Tab::Matched, open));
    assert_eq!(super::tests::entries(&bench), 0);
    assert_eq!(bench.status(), "a is approve-billed here; nothing was done yet.");
    // Every action is in the palette of every screen, once.
    for key in ["0", "2", "J"] {
        bench.keys(key).keys(":");
        let Some(crate::tui::modal::Modal::Pick(picker)) = bench.model.modals.last() else { panic!("no palette") };
        assert_eq!(picker.entries.len(), crate::tui::keymap::TABLE.len() - 1, "{key}");
        bench.keys("esc");
    }
}
