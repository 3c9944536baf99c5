//! Amounts in another currency than the book's: compared with nothing, in
//! nobody's sum, and lost nowhere.

use crate::reconcile::fixtures::{Case, amount, credits, request};
use crate::reconcile::{HandMatch, key, line_keys, not_applicable_reason, summarize};
use crate::usage::{Line, NotApplicable, Side};

fn euros(line: Line<'_>) -> Line<'_> {
    let mut line = Line { currency: "EUR", ..line };
    line.keep_apart("USD");
    line
}

#[test]
fn a_request_billed_in_euros_is_an_item_of_its_own() {
    let done = Case::new()
        .bill(euros(request("r1", 0, 100, 50, "9")))
        .ledger(request("r1", 0, 100, 50, "10"))
        .bill(request("r2", 5, 100, 50, "1"))
        .ledger(request("r2", 5, 100, 50, "1"))
        .run();
    assert_eq!(done.shown(), ["unpriced none 0/", "missing_in_bill extra /0", "matched none 1/1"]);
    let sides = done.case.sides();
    let identities = [0, 1].map(|item| key(&sides, done.items(), item).identity);
    assert_ne!(identities[0], identities[1], "one id, two items");
    let summary = summarize(&sides, &done.case.rules, done.items());
    assert_eq!((summary.bill_total, summary.ledger_total), (amount("1"), amount("11")));
    let [other] = &summary.other_currencies[..] else { panic!("{:?}", summary.other_currencies) };
    assert_eq!((other.side, other.currency.as_str(), other.lines, other.amount), (Side::Bill, "EUR", 1, amount("9")));
}

#[test]
fn a_ledger_in_euros_is_compared_with_nothing_either() {
    let failed = Line { not_applicable: Some(NotApplicable::Failed), ..euros(request("f", 0, 1, 1, "2")) };
    let done =
        Case::new().bill(request("", 0, 100, 50, "1")).ledger(euros(request("", 0, 100, 50, "1"))).ledger(failed).run();
    assert_eq!(done.shown(), ["missing_in_ledger missing 0/", "unpriced none /0", "not_applicable none /1"]);
    assert_eq!(not_applicable_reason(&done.case.sides(), done.items(), 2), Some(NotApplicable::Failed.reason()));
}

#[test]
fn a_day_sum_leaves_out_costs_in_euros() {
    let cost = |item_text, cost: &str| Line {
        at: crate::reconcile::fixtures::at(0),
        span: 86_400,
        model: "gpt-4o",
        item_text,
        amount: Some(amount(cost)),
        ..Line::default()
    };
    let done = Case::new()
        .cost(cost("gpt-4o, input", "1"))
        .cost(euros(cost("gpt-4o, output", "7")))
        .ledger(request("", 60, 400_000, 0, "1"))
        .run();
    assert_eq!(done.shown(), ["matched none 0/0", "unpriced none 1/"]);
}

#[test]
fn credits_that_state_euros_draw_from_no_lot() {
    let stated = Line { amount: Some(amount("3")), ..credits(5, "a@x", "codex", "100") };
    let done = Case::new().bill(euros(stated)).bill(credits(5, "a@x", "codex", "40")).run();
    let drawn = |row| done.case.bill_values.draws_of(&done.case.bill, row).len();
    assert_eq!([drawn(0), drawn(1)], [0, 1]);
    assert_eq!(done.shown(), ["not_applicable none 1/", "unpriced none 0/"]);
}

#[test]
fn lines_in_euros_cannot_be_joined_by_hand() {
    let mut case = Case::new().bill(euros(request("r1", 0, 100, 50, "9"))).ledger(request("r2", 0, 100, 50, "10"));
    case.hand = vec![HandMatch {
        bill: line_keys(&case.names, &case.bill, &[0]),
        ledger: line_keys(&case.names, &case.ledger, &[0]),
        carried: None,
    }];
    let done = case.run();
    assert_eq!(done.result.unapplied, [0]);
    assert_eq!(done.items().len(), 2);
}
