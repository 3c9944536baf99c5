//! Finding one's way over the sample month: filters, marks and searches, what
//! stands behind a line, and the place that is remembered.

use super::*;
use crate::tui::bench::{Bench, sample_book};

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
fn raw_rows_are_shown_as_they_stand_in_the_file() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (140, 40));
    bench.keys("2 o");
    let screen = bench.screen();
    assert!(screen.contains("chatgpt_edu_credits_2026-01.csv:130") && screen.contains("chat.completion"), "{screen}");
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
