//! Lists in groups, the column under the cursor, and the choice of all that is
//! like one item.

use super::in_theme;
use crate::tui::bench::Bench;
use crate::tui::theme::Kind;

/// From the narrowest to one with the detail beside the list.
const SIZES: [(u16, u16); 3] = [(60, 20), (80, 24), (160, 50)];

fn at_sizes(bench: &mut Bench) -> String {
    let shown = SIZES.map(|(columns, rows)| {
        let screen = bench.resize((columns, rows)).styled();
        format!("== {columns}x{rows}\n{screen}")
    });
    shown.join("\n\n")
}

#[test]
fn what_is_like_an_item_is_chosen_with_its_count_and_dollars() {
    let (_book, mut bench) = in_theme(Kind::Dark);
    bench.keys("2 *");
    insta::assert_snapshot!("all_like_this", at_sizes(&mut bench));
    bench.keys("space j space j space a");
    insta::assert_snapshot!("all_like_this_of_nothing", bench.resize((80, 24)).screen());
}

#[test]
fn groups_show_what_they_come_to_at_every_size() {
    let (_book, mut bench) = in_theme(Kind::Dark);
    bench.keys("2 > > > b").types("cause");
    bench.keys("enter g enter j j");
    insta::assert_snapshot!("list_in_groups", at_sizes(&mut bench));
}

#[test]
fn columns_are_chosen_over_the_table_that_follows() {
    let (_book, mut bench) = in_theme(Kind::Dark);
    bench.keys("2 > > > s > s C j space j _ j ) )");
    insta::assert_snapshot!("columns_choice", at_sizes(&mut bench));
    bench.keys("esc");
    insta::assert_snapshot!("columns_chosen", at_sizes(&mut bench));
}

#[test]
fn what_is_frozen_stays_and_signs_say_that_there_is_more() {
    for (name, kind) in [("columns_scrolled", Kind::Dark), ("columns_scrolled_no_color", Kind::Plain)] {
        let (_book, mut bench) = in_theme(kind);
        bench.keys("2 > > > > > >");
        insta::assert_snapshot!(name, at_sizes(&mut bench));
    }
}

#[test]
fn hits_are_underlined_and_counted_and_the_map_shows_what_is_left() {
    for (name, kind) in [("search_and_map", Kind::Dark), ("search_and_map_no_color", Kind::Plain)] {
        let (_book, mut bench) = in_theme(kind);
        bench.keys("1 P y g /").types("chat.");
        bench.keys("enter n");
        // Who and when are of the machine.
        if let Some(detail) = &mut bench.model.detail.detail {
            detail.history.clear();
        }
        insta::assert_snapshot!(name, at_sizes(&mut bench));
    }
}

#[test]
fn an_ascii_screen_has_the_same_signs_in_other_letters() {
    let (_book, mut bench) = in_theme(Kind::Plain);
    bench.model.ascii = true;
    bench.keys("2 > > > s > s > > d d");
    insta::assert_snapshot!("columns_ascii", bench.resize((60, 20)).screen());
}

#[test]
fn no_column_comes_or_goes_with_the_cursor() {
    let (_book, mut bench) = in_theme(Kind::Plain);
    let titles = |bench: &Bench| {
        let line = bench.screen().lines().nth(2).unwrap_or_default().to_owned();
        let line = line.split('│').next().unwrap_or_default();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    for size in [(80, 24), (100, 30), (120, 40), (160, 50)] {
        bench.resize(size);
        for list in ["1", "2", "3"] {
            bench.keys(list);
            bench.keys("g");
            let first = titles(&bench);
            for keys in ["ctrl-d", "ctrl-d ctrl-d", "G", "k k k", "g", "G", "g"] {
                bench.keys(keys);
                assert_eq!(titles(&bench), first, "{size:?} {list} {keys}\n{}", bench.screen());
            }
        }
    }
    // The figures of the last page of this list are longer than its first.
    bench.resize((80, 24)).keys("2 g");
    assert!(titles(&bench).contains(&"recorded".to_owned()), "{}", bench.screen());
}

#[test]
fn a_verdict_is_never_cut_within_itself() {
    let (_book, mut bench) = in_theme(Kind::Plain);
    bench.resize((80, 24)).keys("1 a").keys("2 g a");
    // In a row, and not in its title or in the detail.
    let says = |bench: &Bench, verdict: &str| {
        let screen = bench.screen();
        let rows = screen.lines().filter(|line| line.contains("≠ discrep"));
        rows.filter_map(|line| line.split(['│', '┃']).next()).any(|row| row.contains(verdict))
    };
    assert!(says(&bench, " billed "), "{}", bench.screen());
    bench.resize((160, 50));
    assert!(says(&bench, " as billed "), "{}", bench.screen());
}
