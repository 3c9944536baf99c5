//! What items and lines are known by.

use std::collections::BTreeSet;

use crate::amount::Quantity;
use crate::calendar::Month;
use crate::journal::ItemKey;
use crate::reconcile::fixtures::{Case, Done, credits, request};
use crate::reconcile::{HandMatch, Outcome, find_lines, key, line_key, line_keys};
use crate::usage::{Line, NotApplicable};

fn keys(done: &Done) -> Vec<ItemKey> {
    (0..done.items().len() as u32).map(|item| key(&done.case.sides(), done.items(), item)).collect()
}

#[test]
fn a_changed_amount_keeps_the_identity_and_changes_the_content() {
    let month = |cost| {
        let tokens = Line { user: "u", ..request("", 500, 9, 9, cost) };
        keys(
            &Case::new()
                .bill(request("r1", 0, 100, 50, cost))
                .bill(tokens)
                .ledger(credits(2, "a", "codex", if cost == "1" { "3" } else { "4" }))
                .run(),
        )
    };
    for (before, after) in month("1").iter().zip(month("2")) {
        assert_eq!(before.identity, after.identity);
        assert_ne!(before.content, after.content);
    }
}

#[test]
fn an_item_that_found_its_other_side_is_still_about_the_same_usage() {
    for id in ["r1", ""] {
        let alone = keys(&Case::new().bill(request(id, 0, 100, 50, "1")).run());
        let done = Case::new().bill(request(id, 0, 100, 50, "1")).ledger(request(id, 0, 100, 50, "1")).run();
        let paired = keys(&done);
        assert_eq!(paired.len(), 1);
        assert_eq!(alone[0].identity, paired[0].identity);
        assert_ne!(alone[0].content, paired[0].content);
    }
}

#[test]
fn a_request_that_becomes_ambiguous_is_still_the_same_request() {
    let bill = || Case::new().bill(request("r1", 0, 100, 50, "1"));
    let twice = bill().ledger(request("", 1, 100, 50, "1")).ledger(request("", 2, 100, 50, "1")).run();
    assert_eq!(twice.items().outcome(0), Outcome::Ambiguous);
    assert_eq!(keys(&bill().run())[0].identity, keys(&twice)[0].identity);
    let both = bill().bill(request("r2", 0, 100, 50, "1")).ledger(request("", 1, 100, 50, "1")).run();
    assert_eq!(both.items().len(), 1);
    assert_ne!(keys(&bill().run())[0].identity, keys(&both)[0].identity, "two requests are not one of them");
}

#[test]
fn a_match_by_hand_between_like_rows_leaves_each_its_own_identity() {
    let mut case = Case::new();
    for cost in ["1", "2", "3"] {
        case = case.bill(request("", 0, 100, 50, cost));
    }
    case = case.ledger(request("far", 9_000, 1, 1, "2"));
    case.hand = vec![HandMatch {
        bill: line_keys(&case.names, &case.bill, &[1]),
        ledger: line_keys(&case.names, &case.ledger, &[0]),
        carried: None,
    }];
    let done = case.run();
    let identities: BTreeSet<_> = keys(&done).iter().map(|key| key.identity).collect();
    assert_eq!((done.items().len(), identities.len()), (3, 3));
}

/// Rows that differ in one field only come out in one order, whichever is
/// read first.
#[test]
fn any_field_decides_the_order_of_rows_that_are_else_alike() {
    let plain = || Line { action: "a", ..request("", 0, 100, 50, "1") };
    let quantity = |n| Some(Quantity::from_int(n));
    let others = [
        Line { id: "r", ..plain() },
        Line { at: None, ..plain() },
        Line { account: "x", ..plain() },
        Line { model: "x", ..plain() },
        Line { user: "x", ..plain() },
        Line { project: "x", ..plain() },
        Line { api_key: "x", ..plain() },
        Line { action: "b", ..plain() },
        Line { input: None, ..plain() },
        Line { cached: Some(1), ..plain() },
        Line { output: None, ..plain() },
        Line { total: Some(7), ..plain() },
        Line { quantity: quantity(1), ..plain() },
        Line { unit: "x", ..plain() },
        Line { amount: None, ..plain() },
        Line { not_applicable: Some(NotApplicable::Failed), ..plain() },
    ];
    for other in others {
        let seen = |first: &Line<'_>, second: &Line<'_>| {
            let done = Case::new().ledger(first.clone()).ledger(second.clone()).run();
            let outcomes: Vec<Outcome> = (0..2).map(|item| done.items().outcome(item)).collect();
            (keys(&done), outcomes)
        };
        assert_eq!(seen(&plain(), &other), seen(&other, &plain()), "{other:?}");
    }
}

#[test]
fn rows_that_say_the_same_have_keys_of_their_own() {
    let row = || request("", 0, 100, 50, "1");
    let done = Case::new().bill(row()).bill(row()).bill(row()).run();
    let identities: BTreeSet<_> = keys(&done).iter().map(|key| key.identity).collect();
    assert_eq!(identities.len(), 3);
    let one = keys(&Case::new().bill(row()).run());
    assert_eq!(keys(&done)[0].identity, one[0].identity, "the first stays what it was");
}

#[test]
fn a_price_change_changes_the_content_of_what_it_prices() {
    let month = |lot: bool| {
        let mut case = Case::new().bill(credits(1, "a", "codex", "5"));
        if !lot {
            case.book.lots.clear();
        }
        keys(&case.run())[0]
    };
    assert_eq!(month(true).identity, month(false).identity);
    assert_ne!(month(true).content, month(false).content);
}

#[test]
fn a_line_key_finds_its_line_wherever_it_stands() {
    let row = |id| request(id, 0, 100, 50, "1");
    let case = Case::new().bill(row("a")).bill(row("b")).bill(row("a")).bill(row("c"));
    let given = line_keys(&case.names, &case.bill, &[2, 1, 0, 77]);
    assert_eq!(given[0], line_key(&case.names, &case.bill, 2, 2));
    assert_eq!(given[3], "");
    let wanted: Vec<String> =
        [&given[0], &given[1], "nonsense", "00:1", &format!("{}x", given[2])].map(Into::into).into();
    assert_eq!(find_lines(&case.names, &case.bill, &wanted), [Some(2), Some(1), None, None, None]);
    let moved = Case::new().bill(row("b")).bill(row("a")).bill(row("a"));
    assert_eq!(find_lines(&moved.names, &moved.bill, &wanted[..2]), [Some(2), Some(0)]);
    assert_eq!(find_lines(&moved.names, &moved.bill, &[given[0].replace(":2", ":3")]), [None]);
}

#[test]
fn months_share_out_all_items() {
    let day = 86_400;
    let done = Case::new()
        .bill(Line { at: None, ..request("timeless", 0, 1, 1, "1") })
        .bill(request("jan", 31 * day - 1, 1, 1, "1"))
        .bill(request("feb", 31 * day, 1, 1, "1"))
        .bill(request("feb", 31 * day + 5, 1, 1, "1"))
        .bill(request("late", 31 * day - 5, 1, 1, "1"))
        .ledger(request("late", 31 * day + 5, 1, 1, "1"))
        .run();
    let month = |month| done.items().of_month(&done.case.sides(), Month::new(2026, month).unwrap());
    let shown = |items| {
        Done { result: crate::reconcile::Reconciliation { items, ..Default::default() }, case: Case::new() }.shown()
    };
    assert_eq!(shown(month(1)), ["missing_in_ledger missing 0/", "matched none 4/0", "missing_in_ledger missing 1/"]);
    assert_eq!(shown(month(2)), ["duplicate duplicate 2,3/"]);
    assert_eq!(shown(month(3)), [""; 0]);
    let earlier = Month::new(2025, 12).unwrap();
    assert!(done.items().of_month(&done.case.sides(), earlier).is_empty());
    assert_eq!(month(1).len() + month(2).len(), done.items().len());
    assert_eq!(shown(done.items().select(|item| item == 3)), ["duplicate duplicate 2,3/"]);
}
