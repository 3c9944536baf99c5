//! A line against the requests it sums, what speaks for a match, matches by
//! hand, and names that should be one.

use proptest::prelude::*;

use super::random::seen;
use crate::price::ModelNames;
use crate::reconcile::fixtures::{Case, Done, amount, at, credits, request};
use crate::reconcile::{
    Field, HandMatch, MatchEvidence, Outcome, Rung, Said, derived, evidence, line_keys, propose_names,
};
use crate::usage::Line;

fn rungs(done: &Done) -> Vec<Rung> {
    (0..done.items().len() as u32).map(|item| done.items().rung(item)).collect()
}

fn of(done: &Done, item: u32) -> MatchEvidence {
    evidence(&done.case.sides(), done.items(), item)
}

/// A bill line without id over three requests of one hour.
fn sum() -> Case {
    Case::new()
        .bill(request("", 0, 60, 6, "0.6"))
        .ledger(request("a", 200, 10, 1, "0.1"))
        .ledger(request("b", 400, 20, 2, "0.2"))
        .ledger(request("", 600, 30, 3, "0.3"))
}

#[test]
fn a_line_is_matched_with_all_the_requests_it_sums() {
    let done = sum().run();
    assert_eq!((done.shown(), rungs(&done)), (vec!["matched none 0/0,1,2".to_owned()], vec![Rung::Sum]));
    assert_eq!(of(&done, 0).residual, Some(amount("0")));
}

/// A line over two requests, the first of them on its day.
fn two<'a>(id: &'a str, line_at: i64, cost: &'a str) -> Case {
    Case::new().bill(request(id, line_at, 30, 3, cost)).ledger(request("", 200, 10, 1, "0.1")).ledger(request(
        "",
        line_at + 300,
        20,
        2,
        "0.2",
    ))
}

#[test]
fn a_line_that_is_not_quite_the_sum_is_matched_with_none() {
    assert!(rungs(&two("", 0, "0.3").run()).contains(&Rung::Sum));
    let cases = [
        ("an entry too many", sum().ledger(request("", 700, 1, 0, "0"))),
        ("an entry of nothing, with and without which it is the sum", sum().ledger(request("", 700, 0, 0, "0"))),
        ("two lines that want the same entries", sum().bill(request("", 1, 60, 6, "0.6"))),
        ("an id of its own", two("x", 0, "0.3")),
        ("a cent more", two("", 0, "0.31")),
        ("entries of another day", two("", 90_000, "0.3")),
    ];
    for (what, case) in cases {
        assert!(!rungs(&case.run()).contains(&Rung::Sum), "{what}");
    }
}

#[test]
fn the_evidence_says_what_agrees_and_what_is_left() {
    let bill = Line { model: "gpt-4o-2024-08-06", cached: Some(40), ..request("r1", 0, 100, 50, "1.00") };
    let ledger = Line { cached: Some(10), ..request("r1", 3, 100, 51, "0.98") };
    let done = Case::new().bill(bill).ledger(ledger).run();
    let found = of(&done, 0);
    let agrees: Vec<(Field, Option<bool>)> = found.fields.iter().map(|field| (field.field, field.agrees)).collect();
    assert_eq!(
        agrees,
        [
            (Field::Id, Some(true)),
            (Field::Model, Some(true)),
            (Field::Time, None),
            (Field::Input, Some(true)),
            (Field::Cached, Some(false)),
            (Field::Output, Some(false)),
            (Field::Amount, Some(false)),
        ]
    );
    assert_eq!((found.rung, found.seconds_apart, found.residual), (Rung::Id, Some(3), Some(amount("0.02"))));
    assert_eq!(found.fields[4].recorded, Some(Said::Count(10)));
    assert!(!found.billed_is_derived && !found.recorded_is_derived);
}

#[test]
fn evidence_of_one_side_claims_nothing() {
    let found = of(&Case::new().bill(request("r1", 0, 100, 50, "1")).ledger(request("r2", 0, 1, 1, "1")).run(), 0);
    assert_eq!((found.rung, found.residual, found.seconds_apart), (Rung::None, None, None));
    assert!(found.fields.iter().all(|field| field.agrees.is_none()));
}

#[test]
fn an_amount_that_nobody_stated_is_derived() {
    let done = Case::new()
        .bill(request("r1", 0, 100, 50, "1"))
        .ledger(request("r1", 0, 100, 50, ""))
        .bill(credits(9, "u", "codex", "10"))
        .ledger(credits(9, "u", "codex", "10"))
        .run();
    assert_eq!(derived(&done.case.sides(), done.items(), 0), [false, true]);
    assert!(of(&done, 0).recorded_is_derived);
    // What was paid for credits is no rate of the price book.
    assert_eq!(derived(&done.case.sides(), done.items(), 1), [false, false]);
}

fn joined(case: &Case, bill: &[u32], ledger: &[u32]) -> HandMatch {
    HandMatch {
        bill: line_keys(&case.names, &case.bill, bill),
        ledger: line_keys(&case.names, &case.ledger, ledger),
        carried: None,
    }
}

#[test]
fn lines_joined_by_hand_can_be_joined_with_more() {
    let mut case = Case::new()
        .bill(request("a", 0, 1, 1, "1"))
        .bill(request("b", 9, 1, 1, "2"))
        .ledger(request("x", 500, 1, 1, "1"))
        .ledger(request("y", 600, 1, 1, "2"));
    case.hand = vec![joined(&case, &[0], &[0]), joined(&case, &[0, 1], &[0, 1])];
    let done = case.run();
    assert_eq!((done.shown(), done.result.unapplied.len()), (vec!["matched none 0,1/0,1".to_owned()], 0));
    let mut undone = done.case;
    undone.hand.pop();
    assert_eq!(undone.run().shown().len(), 3);
}

#[test]
fn a_cost_and_requests_of_any_outcome_can_be_joined_by_hand() {
    let cost = Line { at: at(0), model: "gpt-4o", item_text: "gpt-4o", amount: Some(amount("3")), ..Line::default() };
    let failed = Some(crate::usage::NotApplicable::Failed);
    let mut case = Case::new()
        .cost(cost)
        .ledger(request("x", 90_000, 1, 1, "1"))
        .ledger(Line { not_applicable: failed, ..request("y", 500_000, 1, 1, "2") });
    case.hand = vec![joined(&case, &[0], &[0, 1])];
    let done = case.run();
    assert_eq!((done.shown(), done.result.unapplied.len()), (vec!["matched none 0/0,1".to_owned()], 0));
}

#[test]
fn a_name_of_the_book_brings_requests_and_prices_together() {
    let case = |known: bool| {
        let bill = Line { model: "house-chat", ..request("", 0, 100, 50, "") };
        let mut case = Case::new().bill(bill).ledger(request("", 3, 100, 50, "0.00075"));
        if known {
            case.book.models = ModelNames::new([("House_Chat", "gpt-4o")]).unwrap();
        }
        case.run()
    };
    assert_eq!((case(true).shown(), rungs(&case(true))), (vec!["matched none 0/0".to_owned()], vec![Rung::Unique]));
    assert_eq!(case(false).items().outcome(0), Outcome::Unpriced);
}

/// Two days billed under one name and recorded under another.
fn renamed(second_day: &str) -> Case {
    let bill = |day: i64, cost| Line { model: "house-chat", ..request("", day * 86_400, 10, 1, cost) };
    let entry = |day: i64, cost| request("", day * 86_400 + 7, 10, 1, cost);
    Case::new().bill(bill(0, "1.25")).bill(bill(1, "2")).ledger(entry(0, "1.25")).ledger(entry(1, second_day))
}

#[test]
fn equal_and_opposite_gaps_of_two_names_propose_one_for_the_other() {
    let propose = |case: Case| {
        let done = case.run();
        propose_names(&done.case.sides(), done.items())
    };
    let found = propose(renamed("2"));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].name.as_str(), found[0].model.as_str(), found[0].days), ("house-chat", "gpt-4o", 2));
    assert_eq!(found[0].amount, amount("3.25"));
    assert!(propose(renamed("2.01")).is_empty(), "not to the last digit");
    let twin = |day: i64, cost| Line { model: "o3", ..request("", day * 86_400 + 9, 10, 1, cost) };
    let twins = renamed("2").ledger(twin(0, "1.25")).ledger(twin(1, "2"));
    assert!(propose(twins).is_empty(), "two names fit alike");
    let mut known = renamed("2");
    known.book.models = ModelNames::new([("house-chat", "gpt-4o")]).unwrap();
    assert!(propose(known).is_empty(), "settled already");
}

/// A request from few values: id, minute, tokens, tenths of a dollar.
type Row = (bool, i64, i64, i64);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    proptest::collection::vec((prop::bool::weighted(0.2), 0i64..4, 1i64..4, 1i64..4), 0..9)
}

fn run(bill: &[Row], ledger: &[Row]) -> Done {
    let line = |row: &Row, offset: i64| {
        let cost = format!("0.{}", row.3);
        (if row.0 { "r" } else { "" }, row.1 * 1_000 + offset, row.2, cost)
    };
    let mut case = Case::new();
    case.rules.window_seconds = 5;
    for row in bill {
        let (id, second, tokens, cost) = line(row, 0);
        case = case.bill(request(id, second, tokens, 0, &cost));
    }
    for row in ledger {
        let (id, second, tokens, cost) = line(row, 100);
        case = case.ledger(request(id, second, tokens, 0, &cost));
    }
    case.run()
}

proptest! {
    /// A sum is exact in tokens and money, takes all that was left, and does
    /// not depend on the order of rows.
    #[test]
    fn sums_are_exact_whole_and_the_same_in_any_order(
        (bill, ledger, other_bill, other_ledger) in (rows(), rows()).prop_flat_map(|(bill, ledger)| {
            let shuffled = (Just(bill.clone()).prop_shuffle(), Just(ledger.clone()).prop_shuffle());
            (Just(bill), Just(ledger), shuffled.0, shuffled.1)
        }),
    ) {
        let (one, other) = (run(&bill, &ledger), run(&other_bill, &other_ledger));
        prop_assert_eq!(seen(&one), seen(&other));
        let items = one.items();
        for item in (0..items.len() as u32).filter(|item| items.rung(*item) == Rung::Sum) {
            let found = of(&one, item);
            prop_assert_eq!(found.residual, Some(amount("0")));
            prop_assert!(found.fields.iter().all(|field| field.agrees != Some(false)));
            prop_assert!(items.bill_rows(item).len() == 1 && items.ledger_rows(item).len() > 1);
        }
        let mut rows: Vec<u32> = (0..items.len() as u32).flat_map(|item| items.ledger_rows(item).collect::<Vec<_>>()).collect();
        rows.sort_unstable();
        prop_assert_eq!(rows, (0..ledger.len() as u32).collect::<Vec<_>>());
    }
}
