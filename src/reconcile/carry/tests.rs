use proptest::prelude::*;

use super::*;
use crate::amount::Cents;
use crate::journal::ItemKey;
use crate::reconcile::fixtures::{Case, Done, request};

/// Seconds of a day of January 2026, counted on into February and March.
fn day(number: i64) -> i64 {
    (number - 1) * 86_400 + 43_200
}

fn month(number: u32) -> Month {
    Month::new(2026, number).unwrap()
}

/// Everything of a month that is on one side only, as left there.
fn leave(done: &Done, items: &Items, of: Month, waits: Waits) -> Left {
    let sides = done.case.sides();
    let alone = |item: &u32| matches!(items.outcome(*item), Outcome::MissingInBill | Outcome::MissingInLedger);
    let keys: Vec<(ItemKey, Waits)> =
        (0..items.len() as u32).filter(alone).map(|item| (key(&sides, items, item), waits)).collect();
    Left { month: of, signed: false, items: keys, joins: Vec::new() }
}

fn carried(done: &Done, left: &[Left], into: Month) -> WithCarried {
    carry(&done.case.sides(), &done.case.rules, done.items(), (left, &[]), into)
}

/// Every row of the items, by side and number.
fn rows(items: &Items) -> Vec<(bool, u32)> {
    let of = |item: u32| {
        let bill = items.bill_rows(item).map(|row| (true, row));
        bill.chain(items.ledger_rows(item).map(|row| (false, row))).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = (0..items.len() as u32).flat_map(of).collect();
    all.sort_unstable();
    all
}

#[test]
fn as_many_alike_as_came_clear_and_one_too_many_clears_none() {
    for (waiting, came, cleared) in [(2, 2, 2), (2, 1, 0), (1, 2, 0), (1, 1, 1)] {
        let mut case = Case::new().bill(request("x", day(1), 1, 1, "9")).ledger(request("x", day(1), 1, 1, "9"));
        for n in 0..waiting {
            case = case.ledger(request("", day(20) + n * 3_600, 10, 5, "0.01"));
        }
        for n in 0..came {
            case = case.bill(request("", day(40) + n * 3_600, 10, 5, "0.01"));
        }
        let done = case.run();
        let own = done.items().of_month(&done.case.sides(), month(1));
        let found = carried(&done, &[leave(&done, &own, month(1), Waits::OtherSide)], month(2));
        assert_eq!(found.carried.len(), waiting as usize);
        assert_eq!(found.carried.iter().filter(|c| c.cleared.is_some()).count(), cleared, "{waiting} and {came}");
    }
}

#[test]
fn other_tokens_another_model_or_an_id_of_its_own_clear_nothing() {
    let waits = || Case::new().ledger(request("", day(20), 10, 5, "0.01"));
    let came = request("", day(40), 10, 5, "0.01");
    let cases = [
        (waits().bill(came.clone()), 1),
        (waits().bill(request("", day(40), 11, 5, "0.01")), 0),
        (waits().bill(crate::usage::Line { model: "o3", ..came.clone() }), 0),
        (
            Case::new()
                .ledger(request("a", day(20), 10, 5, "0.01"))
                .bill(crate::usage::Line { id: "b", ..came.clone() }),
            0,
        ),
    ];
    for (at, (case, cleared)) in cases.into_iter().enumerate() {
        let done = case.run();
        let own = done.items().of_month(&done.case.sides(), month(1));
        let found = carried(&done, &[leave(&done, &own, month(1), Waits::OtherSide)], month(2));
        assert_eq!(found.carried.iter().filter(|c| c.cleared.is_some()).count(), cleared, "case {at}");
    }
}

#[test]
fn what_a_signed_month_left_is_carried_whatever_became_of_it() {
    let done =
        Case::new().bill(request("a", day(20), 10, 5, "0.01")).ledger(request("a", day(20), 10, 5, "0.01")).run();
    let own = done.items().of_month(&done.case.sides(), month(1));
    let now = key(&done.case.sides(), &own, 0);
    // It was left when the ledger had nothing of it.
    let then = ItemKey { content: Digest(now.content.0 ^ 1), ..now };
    let left = |signed| Left { month: month(1), signed, items: vec![(then, Waits::OtherSide)], joins: Vec::new() };
    let open = carried(&done, &[left(false)], month(2));
    assert!(open.carried.is_empty());
    assert_eq!(open.astray, [Astray { month: month(1), signed: false, changed: 1, gone: 0 }]);
    let signed = carried(&done, &[left(true)], month(2));
    assert_eq!(signed.carried.iter().map(|c| c.cleared).collect::<Vec<_>>(), [Some(Cleared::Itself)]);
    assert!(signed.astray.is_empty());
}

#[test]
fn a_decision_whose_item_is_nowhere_is_said() {
    let done = Case::new().bill(request("a", day(40), 10, 5, "0.01")).run();
    let lost = ItemKey { identity: Digest(7), content: Digest(7) };
    let left = Left { month: month(1), signed: true, items: vec![(lost, Waits::OtherSide)], joins: Vec::new() };
    let found = carried(&done, &[left], month(2));
    assert_eq!(found.astray, [Astray { month: month(1), signed: true, changed: 0, gone: 1 }]);
}

#[test]
fn several_lines_that_come_to_it_together_clear_an_item_and_nothing_is_chosen() {
    for (came, cleared) in [(&["0.01", "0.02"][..], 1), (&["0.01", "0.02", "0.01"], 0), (&["0.01"], 0)] {
        let mut case = Case::new().ledger(request("", day(20), 20, 10, "0.03"));
        for (n, cost) in (0..).zip(came) {
            case = case.bill(request("", day(40 + n), 10, 5, cost));
        }
        let done = case.run();
        let own = done.items().of_month(&done.case.sides(), month(1));
        let left = leave(&done, &own, month(1), Waits::OtherSide);
        let found = carried(&done, std::slice::from_ref(&left), month(2));
        assert_eq!(found.carried.iter().filter(|c| c.cleared.is_some()).count(), cleared, "{came:?}");
        let items = if cleared == 1 { 1 } else { came.len() + 1 };
        assert_eq!(found.items.len(), items, "{came:?}");
        // Matched by hand, whatever they come to.
        let sides = done.case.sides();
        let rows = (0..came.len() as u32).collect();
        let join = Join { from: left.items[0].0.identity, rows: Some([rows, Vec::new()]) };
        let by_hand = carry(&sides, &done.case.rules, done.items(), (&[left], &[join]), month(2));
        assert_eq!((by_hand.items.len(), by_hand.unapplied), (1, 0));
        assert_eq!(by_hand.carried[0].cleared, Some(Cleared::Hand));
        let apart = billed(&sides, &by_hand.items, 0).unwrap().minus(recorded(&sides, &by_hand.items, 0).unwrap());
        let sum: Amount = came.iter().map(|cost| Amount::parse(cost).unwrap()).sum();
        assert_eq!(apart, sum.minus(Amount::parse("0.03").unwrap()));
        assert_eq!(by_hand.own.len() + by_hand.carried.len() - 1, by_hand.items.len());
    }
}

proptest! {
    /// Whatever is left from month to month: no line is lost or in two items,
    /// and the month's own lines with what came are all its items hold.
    #[test]
    fn every_line_is_in_one_item_of_its_month_or_of_the_next(
        bills in proptest::collection::vec((1i64..90, 1i64..4, 1i64..4), 0..25),
        ledgers in proptest::collection::vec((1i64..90, 1i64..4, 1i64..4), 0..25),
        disputed in any::<bool>(),
    ) {
        let mut case = Case::new();
        let amounts: Vec<String> = (0..4).map(|n| Cents(n).to_string()).collect();
        for (on, tokens, cents) in &bills {
            case = case.bill(request("", day(*on), *tokens, 1, &amounts[*cents as usize]));
        }
        for (on, tokens, cents) in &ledgers {
            case = case.ledger(request("", day(*on), *tokens, 1, &amounts[*cents as usize]));
        }
        let done = case.run();
        let sides = done.case.sides();
        let waits = if disputed { Waits::Credit(None) } else { Waits::OtherSide };
        let (mut left, mut waiting): (Vec<Left>, Vec<(bool, u32)>) = (Vec::new(), Vec::new());
        for number in 1..4 {
            let of = month(number);
            let found = carried(&done, &left, of);
            let own = done.items().of_month(&sides, of);
            let mut expected = [rows(&own), waiting.clone()].concat();
            expected.sort_unstable();
            prop_assert_eq!(rows(&found.items), expected);
            prop_assert!(found.astray.is_empty(), "{:?}", found.astray);
            let (own_totals, came) = (found.own_totals(&sides), found.carried_totals());
            for side in 0..2 {
                let of_item = |item: u32| {
                    let both = [billed(&sides, &found.items, item), recorded(&sides, &found.items, item)];
                    both[side].unwrap_or_default()
                };
                let all: Amount = (0..found.items.len() as u32).map(of_item).sum();
                prop_assert_eq!(own_totals[side].plus(came[side]), all);
            }
            let mut identities: Vec<Digest> =
                (0..found.items.len() as u32).map(|item| identity(&sides, &found.items, item)).collect();
            let count = identities.len();
            identities.sort_unstable();
            identities.dedup();
            prop_assert_eq!(identities.len(), count, "two items have one identity");
            let next = leave(&done, &found.items, of, waits);
            let wanted: Vec<Digest> = next.items.iter().map(|(key, _)| key.identity).collect();
            let stays = found.items.select(|item| wanted.contains(&identity(&sides, &found.items, item)));
            waiting = rows(&stays);
            left.push(next);
        }
    }
}
