//! Lists in groups, the column under the cursor, and the choice of all that is
//! like one item.

use super::in_theme;
use crate::tui::theme::Kind;

/// From the narrowest to one with the detail beside the list.
const SIZES: [(u16, u16); 3] = [(60, 20), (80, 24), (160, 50)];

fn at_sizes(bench: &mut crate::tui::bench::Bench) -> String {
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
