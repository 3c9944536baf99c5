//! The summary screen over the sample month: what keys ask for, and the way
//! from a group to its items.

use crate::tui::bench::{Bench, sample_book};
use crate::tui::tab::Tab;

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
        let by = [dimension.clone()];
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
        assert!(
            shown * 2 >= all || ["category", "job"].contains(&dimension.name().as_ref()),
            "{dimension}: {shown} of {all}"
        );
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
