use proptest::prelude::*;

use super::*;

const NAMES: [&str; 5] = ["outcome", "time", "what", "user", "billed"];

fn table() -> TableColumns {
    TableColumns::new(NAMES.to_vec(), 1)
}

fn order(layout: &Layout) -> Vec<usize> {
    layout.slots().iter().map(|slot| slot.column).collect()
}

#[test]
fn a_column_moves_within_its_part_and_over_hidden_ones() {
    let mut layout = Layout::new(5, 1);
    assert!(!layout.shift(0, true, true), "what is frozen stays before the rest");
    assert!(!layout.shift(1, false, true), "and the rest behind it");
    assert!(layout.toggle(2) && layout.shift(1, true, false));
    assert_eq!(order(&layout), [0, 2, 3, 1, 4], "over the hidden one and the one behind it");
    assert!(layout.shift(1, false, true));
    assert_eq!(order(&layout), [0, 2, 1, 3, 4]);
}

#[test]
fn frozen_columns_stand_first_and_go_back_before_the_rest() {
    let mut layout = Layout::new(5, 1);
    assert!(layout.freeze(3));
    assert_eq!(order(&layout), [0, 3, 1, 2, 4]);
    assert!(!layout.freeze(0));
    assert_eq!((order(&layout), layout.is_frozen(3), layout.is_frozen(0)), (vec![3, 0, 1, 2, 4], true, false));
}

#[test]
fn the_cursor_passes_hidden_columns_and_stops_at_the_ends() {
    let mut layout = Layout::new(4, 0);
    assert_eq!((layout.beside(None, true), layout.beside(None, false)), (Some(0), Some(3)));
    layout.toggle(1);
    layout.toggle(3);
    assert_eq!((layout.beside(Some(0), true), layout.beside(Some(2), true)), (Some(2), Some(2)));
    assert_eq!(layout.beside(Some(3), true), Some(2), "from a hidden one to the nearest");
    assert_eq!(layout.beside(Some(0), false), Some(0));
}

#[test]
fn the_last_column_that_is_shown_is_not_hidden() {
    let mut layout = Layout::new(2, 0);
    assert!(layout.toggle(0));
    assert!(!layout.toggle(1));
    assert!(layout.toggle(0) && layout.toggle(1));
}

#[test]
fn what_is_kept_comes_back_and_what_is_as_at_first_is_not_kept() {
    let (mut first, other) = (table(), table());
    first.layout.freeze(3);
    first.layout.toggle(1);
    first.layout.widen(2, Some(33));
    let kept = text([("discrepancies", &first), ("matched", &other)].into_iter()).unwrap();
    assert!(kept.contains("[discrepancies]") && !kept.contains("[matched]"), "{kept}");
    let mut again = table();
    assert_eq!(parse(&kept, std::iter::once(("discrepancies", &mut again))), Ok(Vec::new()));
    assert_eq!(again.layout, first.layout);
}

#[test]
fn a_broken_file_is_said_with_its_place() {
    let mut columns = table();
    let broken = "[discrepancies]\norder = [\"what\"\nfrozen = 1\n";
    let why = parse(broken, std::iter::once(("discrepancies", &mut columns))).unwrap_err();
    assert!(why.starts_with("line "), "{why}");
    assert_eq!(columns.layout, columns.own);
    let unknown = "[discrepancies]\norder = []\nfrozen = 0\ncolour = 1\n";
    let why = parse(unknown, std::iter::once(("discrepancies", &mut columns))).unwrap_err();
    assert!(why.contains("colour") && why.starts_with("line 4"), "{why}");
}

#[test]
fn what_a_file_says_beyond_the_table_is_said_and_left_out() {
    let mut columns = table();
    let text = "[discrepancies]\norder = [\"what\", \"what\", \"shoe size\"]\nfrozen = 9\n\
                hidden = [\"user\", \"user\", \"outcome\", \"time\", \"what\", \"billed\"]\n\
                [discrepancies.width]\nwhat = 2\n[attic]\norder = []\nfrozen = 0\n";
    let wrong = parse(text, std::iter::once(("discrepancies", &mut columns))).unwrap();
    assert_eq!(
        wrong,
        [
            "discrepancies has no column “shoe size”",
            "discrepancies hides all of its columns, so “billed” is shown",
            "discrepancies: “what” cannot be 2 wide, but 4 to 120",
            "there is no screen “attic”",
        ]
    );
    assert_eq!(order(&columns.layout), [2, 0, 1, 3, 4]);
    assert!(columns.layout.is_frozen(2) && !columns.layout.is_frozen(0));
    assert_eq!(columns.layout.slots()[0].width, Some(4));
}

/// What a key can do to a layout.
#[derive(Debug, Clone)]
enum Turn {
    Toggle(usize),
    Shift(usize, bool, bool),
    Freeze(usize),
    Widen(usize, Option<u16>),
}

fn turns(columns: usize) -> impl Strategy<Value = Vec<Turn>> {
    // One number beyond the table as well: it must change nothing.
    let column = 0..=columns;
    let turn = prop_oneof![
        column.clone().prop_map(Turn::Toggle),
        (column.clone(), any::<bool>(), any::<bool>()).prop_map(|(c, f, h)| Turn::Shift(c, f, h)),
        column.clone().prop_map(Turn::Freeze),
        (column, any::<Option<u16>>()).prop_map(|(c, w)| Turn::Widen(c, w)),
    ];
    proptest::collection::vec(turn, 0..60)
}

pub(crate) fn turned(count: usize, frozen: usize) -> impl Strategy<Value = Layout> {
    turns(count).prop_map(move |turns| {
        let mut layout = Layout::new(count, frozen);
        for turn in turns {
            match turn {
                Turn::Toggle(column) => {
                    layout.toggle(column);
                }
                Turn::Shift(column, forward, hidden) => {
                    layout.shift(column, forward, hidden);
                }
                Turn::Freeze(column) => {
                    layout.freeze(column);
                }
                Turn::Widen(column, width) => layout.widen(column, width),
            }
        }
        layout
    })
}

proptest! {
    #[test]
    fn no_sequence_of_turns_loses_a_column_or_mixes_the_frozen_in(layout in turned(5, 1)) {
        let mut all = order(&layout);
        all.sort_unstable();
        prop_assert_eq!(all, [0, 1, 2, 3, 4]);
        let frozen: Vec<bool> = layout.slots().iter().map(|slot| layout.is_frozen(slot.column)).collect();
        prop_assert!(frozen.windows(2).all(|pair| pair[0] || !pair[1]), "{:?}", frozen);
        prop_assert!(layout.shown().next().is_some());
        prop_assert!(layout.slots().iter().all(|slot| slot.width.is_none_or(|width| WIDTHS.contains(&width))));
    }

    #[test]
    fn every_layout_comes_back_from_its_file(layout in turned(5, 1)) {
        let mut columns = table();
        columns.layout = layout;
        let kept = text(std::iter::once(("matched", &columns))).unwrap();
        let mut again = table();
        prop_assert_eq!(parse(&kept, std::iter::once(("matched", &mut again))), Ok(Vec::new()));
        prop_assert_eq!(again.layout, columns.layout);
    }
}
