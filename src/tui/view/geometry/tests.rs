use proptest::prelude::*;

use super::*;
use crate::tui::columns::tests::turned;

const COLUMNS: [Column<'_>; 4] = [
    text_column("", 0, 1, 1),
    text_column("outcome", 1, 6, 18),
    decimal("billed", 2, 6),
    text_column("user", 3, 5, 20),
];

/// Widths by the place in the table, 0 for what is left out.
fn plain(wanted: &[u16], available: u16) -> Vec<u16> {
    of(&place(&COLUMNS, wanted, available, None, None))
}

fn of(stands: &Stands) -> Vec<u16> {
    let mut widths = vec![0; COLUMNS.len()];
    for stand in &stands.columns {
        widths[stand.at] = stand.width;
    }
    widths
}

fn wished(layout: &Layout, current: Option<usize>, available: u16) -> Stands {
    place(&COLUMNS, &[1, 17, 8, 12], available, Some(Wish { layout, current }), None)
}

fn order(stands: &Stands) -> Vec<usize> {
    stands.columns.iter().map(|stand| stand.at).collect()
}

#[test]
fn columns_drop_by_rank_and_texts_share_what_is_left() {
    assert_eq!(plain(&[1, 17, 8, 12], 60), [1, 17, 8, 12]);
    assert_eq!(plain(&[1, 17, 8, 12], 30), [1, 13, 8, 5]);
    assert_eq!(plain(&[1, 17, 8, 12], 20), [1, 9, 8, 0]);
    assert_eq!(plain(&[1, 17, 8, 12], 12), [1, 10, 0, 0]);
    assert_eq!(plain(&[1, 17, 8, 12], 0), [0, 0, 0, 0]);
}

#[test]
fn hidden_columns_leave_their_room_and_the_order_is_the_operators() {
    let mut layout = Layout::new(3, 0);
    layout.toggle(0);
    layout.shift(2, false, true);
    let stands = wished(&layout, None, 60);
    assert_eq!((order(&stands), of(&stands)), (vec![0, 3, 2], vec![1, 0, 8, 12]));
}

#[test]
fn a_chosen_width_holds_and_never_cuts_a_number() {
    let mut layout = Layout::new(3, 0);
    layout.widen(2, Some(30));
    layout.widen(0, Some(5));
    layout.widen(1, Some(4));
    assert_eq!(of(&wished(&layout, None, 60)), [1, 5, 8, 30]);
    layout.widen(1, Some(14));
    assert_eq!(of(&wished(&layout, None, 60)), [1, 5, 14, 30]);
}

#[test]
fn what_is_frozen_stays_when_the_rest_scrolls_to_the_cursor() {
    let layout = Layout::new(3, 1);
    // The user has no room beside the figures, until the cursor goes there.
    assert_eq!(of(&wished(&layout, Some(1), 18)), [1, 7, 8, 0]);
    let scrolled = wished(&layout, Some(2), 18);
    assert_eq!((order(&scrolled), of(&scrolled)), (vec![0, 1, 3], vec![1, 10, 0, 5]));
    assert_eq!(scrolled.scrolled, Some(Scrolled { from: 2, before: true, behind: false }));
    let loose = wished(&Layout::new(3, 0), Some(2), 18);
    assert_eq!((order(&loose), loose.scrolled.map(|how| how.from)), (vec![0, 2, 3], Some(1)));
}

#[test]
fn what_was_shown_stays_and_what_was_left_out_stays_out() {
    let columns = [text_column("what", 1, 12, 30).down_to(6), decimal("billed", 2, 6), decimal("recorded", 3, 8)];
    let widths = |wanted: &[u16], held: &Chosen| -> Vec<(usize, u16)> {
        let stands = place(&columns, wanted, 28, None, Some(held));
        stands.columns.iter().map(|stand| (stand.at, stand.width)).collect()
    };
    let first = Chosen::default();
    assert_eq!(widths(&[20, 6, 8], &first), [(0, 12), (1, 6), (2, 8)]);
    // Longer figures scroll in: the name gives way, no column does.
    let held = Chosen { shown: vec![0, 1, 2], left_out: Vec::new() };
    assert_eq!(widths(&[20, 8, 11], &held), [(0, 7), (1, 8), (2, 11)]);
    // Where that is not enough a figure is left out rather than cut, and does not come back by itself.
    assert_eq!(widths(&[20, 10, 14], &held), [(0, 17), (1, 10)]);
    let held = Chosen { shown: vec![0, 1], left_out: vec![2] };
    assert_eq!(widths(&[20, 6, 8], &held), [(0, 20), (1, 6)]);
}

proptest! {
    #[test]
    fn a_table_never_exceeds_its_width_nor_cuts_a_number(
        wanted in proptest::collection::vec(0u16..60, 4), available in 2u16..200
    ) {
        let widths = plain(&wanted, available);
        let shown: Vec<u16> = widths.iter().copied().filter(|w| *w > 0).collect();
        prop_assert!(shown.iter().sum::<u16>() + (shown.len() as u16).saturating_sub(1) <= available);
        prop_assert!(widths[2] == 0 || widths[2] >= wanted[2].min(30));
    }

    #[test]
    fn whatever_is_wanted_the_table_ends_at_the_screen_and_shows_the_cursor(
        layout in turned(3, 1), wanted in proptest::collection::vec(0u16..60, 4),
        available in 2u16..200, current in proptest::option::of(0usize..3)
    ) {
        let current = current.filter(|at| layout.shown().any(|slot| slot.column == *at));
        let stands = place(&COLUMNS, &wanted, available, Some(Wish { layout: &layout, current }), None);
        let mut end = 0;
        for (at, stand) in stands.columns.iter().enumerate() {
            prop_assert!(stand.width > 0 && (at == 0 || stand.x > end), "{:?}", stands);
            end = stand.x + stand.width;
        }
        prop_assert!(end <= available, "{:?}", stands);
        prop_assert!(current.is_none_or(|current| order(&stands).contains(&(current + 1))), "{:?}", stands);
        let hidden = |at: &usize| *at > 0 && !layout.shown().any(|slot| slot.column + 1 == *at);
        prop_assert!(!order(&stands).iter().any(hidden));
        // What stays stands before what scrolls.
        let stays: Vec<bool> = order(&stands).iter().map(|at| *at == 0 || layout.is_frozen(at - 1)).collect();
        prop_assert!(stays.windows(2).all(|pair| pair[0] || !pair[1]), "{:?}", stands);
    }
}
