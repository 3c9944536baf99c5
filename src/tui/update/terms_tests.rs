//! Prices, the tolerance and the terms of subsidies, changed over the sample
//! month with their effect shown first.

use super::tests::{entries, open};
use super::*;
use crate::tui::bench::{Bench, sample_book};

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
fn a_cap_that_nothing_draws_on_says_so_and_stays() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 40));
    bench.keys("4 enter");
    assert_eq!((bench.model.tab, bench.model.modals.len()), (Tab::Projects, 0));
    assert_eq!(bench.status(), "Nothing approved counts against the cap of robotics-lab this month.");
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
