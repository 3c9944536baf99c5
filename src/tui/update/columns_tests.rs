//! Filters like a cell and lists in groups, over the sample month.

use super::tests::{entries, open};
use super::*;
use crate::desk::{GroupBy, Subtotal};
use crate::tui::bench::{Bench, sample_book};
use crate::tui::groups::head;
use crate::tui::list::{COLUMNS, ListColumn, ListState};

fn list(bench: &Bench) -> &ListState {
    bench.model.list().unwrap()
}

#[test]
fn every_cell_gives_a_filter_that_its_own_item_passes() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 30));
    for screen in ["1", "2", "3"] {
        for (at, ListColumn { name, .. }) in COLUMNS.iter().enumerate() {
            bench.keys(screen).keys("g");
            let (item, before) = (list(&bench).current().unwrap(), list(&bench).items.len());
            bench.model.columns_mut().unwrap().cursor = Some(at);
            bench.keys("=");
            let after = list(&bench);
            if after.filter.is_empty() {
                assert!(bench.status().contains("to filter by"), "{screen} {name}: {}", bench.status());
                continue;
            }
            assert_eq!(crate::tui::filter::check(&after.filter, None), Ok(()), "{name}: {}", after.filter);
            assert!(after.items.contains(&item) && after.items.len() <= before, "{screen} {name}: {}", after.filter);
            assert_eq!(after.current(), Some(item), "the cursor stays");
            bench.keys("=");
            assert!(bench.status().contains("already"), "{name}: {}", bench.status());
            bench.keys("& ctrl-u enter");
        }
    }
}

#[test]
fn the_column_is_chosen_with_keys_and_shown_in_the_header() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 30));
    bench.keys("2 =");
    assert!(bench.status().starts_with("Go to a column with < or >"), "{}", bench.status());
    assert_eq!(list(&bench).filter, "");
    bench.keys("> > >");
    assert!(bench.status().starts_with("Column what: = filters by model:"), "{}", bench.status());
    assert!(bench.styled().contains("reversed"), "{}", bench.styled());
    bench.keys("= > =");
    let filter = list(&bench).filter.clone();
    assert!(filter.starts_with("model:") && filter.contains(" user:"), "{filter}");
    // The filter stays through an action.
    bench.keys("d");
    assert_eq!(list(&bench).filter, filter);
    bench.keys("< < < < <");
    assert_eq!(bench.model.columns().unwrap().cursor, Some(0));
}

/// What the groups on the screen come to, and their items.
fn totals(bench: &Bench) -> (Subtotal, Vec<u32>) {
    let groups = list(bench).groups.as_ref().unwrap();
    let mut sum = Subtotal::default();
    let mut items = Vec::new();
    for group in &groups.groups {
        sum.items += group.subtotal.items;
        sum.open += group.subtotal.open;
        sum.billed = sum.billed.plus(group.subtotal.billed);
        sum.recorded = sum.recorded.plus(group.subtotal.recorded);
        items.extend(&group.items);
    }
    items.sort_unstable();
    (sum, items)
}

#[test]
fn groups_hold_every_item_once_and_add_up_to_the_list() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 30));
    bench.keys("2");
    let mut all = list(&bench).items.to_vec();
    all.sort_unstable();
    let mut sums = Vec::new();
    for by in GroupBy::ALL {
        bench.keys("b").types(by.label());
        bench.keys("enter");
        assert_eq!(list(&bench).group_by, Some(by), "{}", bench.screen());
        assert!(list(&bench).index.iter().all(|row| head(*row).is_some()), "all groups are closed at first");
        let (sum, items) = totals(&bench);
        assert_eq!((items, sum.items, sum.open), (all.clone(), 151, 151), "{by:?}");
        sums.push(sum);
    }
    assert!(sums.windows(2).all(|pair| pair[0] == pair[1]), "{sums:?}");
    bench.keys("b").types("no groups");
    bench.keys("enter");
    assert_eq!(list(&bench).index.len(), 151);
}

#[test]
fn a_group_opens_and_closes_and_a_verdict_on_it_is_previewed() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 30));
    bench.keys("2 b").types("cause");
    bench.keys("enter g");
    let group = list(&bench).group().unwrap().clone();
    let closed = list(&bench).index.len();
    bench.keys("enter");
    assert_eq!(list(&bench).index.len(), closed + group.items.len());
    assert_eq!(list(&bench).group().map(|group| &group.label), Some(&group.label), "the cursor stays on the head");
    bench.keys("j");
    assert_eq!(list(&bench).current(), group.items.first().copied());
    bench.keys("k enter");
    assert_eq!(list(&bench).index.len(), closed);
    bench.keys("a");
    match bench.model.modals.last() {
        Some(Modal::Preview(planned)) => assert_eq!(planned.change.preview.items, group.items.len()),
        _ => panic!("{}", bench.screen()),
    }
    assert_eq!(open(&bench), 151);
    bench.keys("y");
    assert_eq!((open(&bench) as usize, entries(&bench)), (151 - group.items.len(), 1));
    // The subtotals follow, and what is settled is not settled again.
    assert_eq!(totals(&bench).0.open as usize, 151 - group.items.len());
    bench.keys("d");
    assert!(bench.status().contains("settled already"), "{}", bench.status());
    assert!(bench.model.modals.is_empty());
    // The next open item is behind another head.
    bench.keys("]");
    assert!(list(&bench).group().is_some_and(|next| next.subtotal.open > 0), "{}", bench.screen());
    bench.keys("u");
    assert_eq!(open(&bench), 151);
}

#[test]
fn a_group_is_marked_as_a_whole_and_its_marks_are_not_hidden() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 30));
    bench.keys("2 b").types("model");
    bench.keys("enter g");
    let items = list(&bench).group().unwrap().items.len();
    bench.keys("space");
    assert_eq!((list(&bench).marks.len(), list(&bench).hidden), (items, 0));
    bench.keys("k space");
    assert_eq!(list(&bench).marks.len(), 0);
    bench.keys("M");
    assert_eq!(list(&bench).marks.len(), 151, "closed groups are on the list all the same");
}

#[test]
fn the_grouping_is_kept_between_two_starts_and_a_search_goes_round_the_heads() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 30));
    bench.keys("2 b").types("day");
    bench.keys("enter g enter /").types("a");
    bench.keys("enter n n");
    drop(bench);
    let again = Bench::loaded(&book.path(), (120, 30));
    assert_eq!(list(&again).group_by, Some(GroupBy::Day));
}

#[test]
fn a_filter_is_saved_used_by_name_replaced_after_a_look_and_undone() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 30));
    bench.keys("2 F");
    assert!(bench.status().starts_with("There is no filter to save"), "{}", bench.status());
    bench.keys("&").types("cause:price model:o3*");
    bench.keys("enter space F").types("dear ones");
    bench.keys("enter");
    assert!(bench.screen().contains("letters, digits"), "{}", bench.screen());
    bench.keys("ctrl-u").types("dear");
    bench.keys("enter");
    let (rows, marked) = (list(&bench).items.clone(), list(&bench).marks.len());
    assert!(bench.status().ends_with("saved."), "{}", bench.status());
    assert_eq!((rows.len(), marked), (57, 1), "a name compares nothing anew, so marks stay");
    // By completion, by the palette, and after another start.
    bench.keys("& ctrl-u").types("@d");
    bench.keys("tab enter");
    assert_eq!((list(&bench).filter.as_str(), &list(&bench).items), ("@dear", &rows));
    drop(bench);
    let mut bench = Bench::loaded(&book.path(), (120, 30));
    assert_eq!((list(&bench).filter.as_str(), &list(&bench).items), ("@dear", &rows));
    bench.keys("3 :").types("filter @dear");
    bench.keys("enter");
    assert_eq!(list(&bench).filter, "@dear");
    // Another of the same name is shown first.
    bench.keys("& ctrl-u").types("outcome:duplicate");
    bench.keys("enter F").types("dear");
    bench.keys("enter");
    assert!(bench.screen().contains("takes the place of: cause:price model:o3*"), "{}", bench.screen());
    bench.keys("n 2 u");
    assert_eq!(list(&bench).filter, "", "{}", bench.status());
    assert!(bench.status().contains("cannot be read any more"), "{}", bench.status());
    assert_eq!(list(&bench).items.len(), 151);
}
