//! Each outcome and each rung, in a month of a few lines.

use crate::reconcile::fixtures::{Case, credits, request};
use crate::reconcile::{HandMatch, Outcome, Rung, line_keys, not_applicable_reason};
use crate::usage::{Line, NotApplicable};

#[test]
fn the_same_id_pairs_whatever_else_differs() {
    let done = Case::new()
        .bill(request("r1", 0, 100, 50, "1.00"))
        .bill(request("r2", 5, 100, 50, "2.00"))
        .ledger(request("r2", 9_000, 100, 50, "1.00"))
        .ledger(request("r1", 0, 100, 50, "1.02"))
        .run();
    assert_eq!(done.shown(), ["matched unexplained 0/1", "discrepancy unexplained 1/0"]);
    assert_eq!(done.items().rung(0), Rung::Id);
}

#[test]
fn lines_without_a_partner_stand_alone() {
    let done = Case::new()
        .bill(request("r1", 0, 100, 50, "1.00"))
        .ledger(request("r2", 0, 100, 50, "1.00"))
        .ledger(Line { not_applicable: Some(NotApplicable::Failed), ..request("r3", 9, 0, 0, "") })
        .run();
    assert_eq!(done.shown(), ["missing_in_ledger missing 0/", "missing_in_bill extra /0", "not_applicable none /1"]);
    assert_eq!(done.items().rung(0), Rung::None);
    assert_eq!(not_applicable_reason(&done.case.sides(), done.items(), 2), Some("the call did not succeed"));
    assert_eq!(not_applicable_reason(&done.case.sides(), done.items(), 0), None);
}

#[test]
fn an_id_that_stands_twice_is_one_duplicate_item() {
    let done = Case::new()
        .bill(request("r1", 0, 100, 50, "1.00"))
        .bill(request("r1", 1, 100, 50, "1.00"))
        .ledger(request("r1", 0, 100, 50, "1.00"))
        .ledger(request("r2", 7, 1, 1, "3.00"))
        .ledger(request("r2", 8, 1, 1, "3.00"))
        .run();
    assert_eq!(done.shown(), ["duplicate duplicate 0,1/0", "duplicate duplicate /1,2"]);
    assert_eq!(done.parts(0), ["duplicate 1"]);
    assert_eq!(done.parts(1), ["duplicate -6"]);
}

#[test]
fn a_request_without_id_is_paired_only_by_the_one_that_fits() {
    let done = Case::new()
        .bill(Line { model: "gpt-4o-2024-08-06", ..request("r1", 0, 100, 50, "1.00") })
        .bill(request("r2", 300, 100, 50, "1.00"))
        .ledger(request("", 60, 100, 50, "1.00"))
        .ledger(request("", 239, 100, 50, "1.00"))
        .ledger(request("", 301, 100, 51, "1.00"))
        .run();
    assert_eq!(
        done.shown(),
        ["matched none 0/0", "missing_in_bill extra /1", "missing_in_ledger missing 1/", "missing_in_bill extra /2"]
    );
    assert_eq!(done.items().rung(0), Rung::Unique);
}

#[test]
fn totals_are_enough_where_one_side_has_no_split() {
    let total = Line { input: None, output: None, total: Some(150), ..request("", 3, 0, 0, "1.00") };
    let done = Case::new().bill(request("r1", 0, 100, 50, "1.00")).ledger(total).run();
    assert_eq!(done.shown(), ["matched none 0/0"]);
}

#[test]
fn two_that_fit_equally_are_ambiguous_and_none_is_chosen() {
    let done = Case::new()
        .bill(request("r1", 0, 100, 50, "1.00"))
        .ledger(request("", 20, 100, 50, "1.00"))
        .ledger(request("", 30, 100, 50, "1.01"))
        .run();
    assert_eq!(done.shown(), ["ambiguous unexplained 0/0,1"]);
    assert_eq!(done.parts(0), ["unexplained -1.01"]);
}

#[test]
fn two_different_ids_never_pair() {
    let done = Case::new().bill(request("r1", 0, 100, 50, "1.00")).ledger(request("r2", 0, 100, 50, "1.00")).run();
    assert_eq!(done.shown(), ["missing_in_ledger missing 0/", "missing_in_bill extra /0"]);
    let done = Case::new()
        .bill(request("", 0, 100, 50, "1.00"))
        .bill(request("r1", 0, 100, 50, "1.00"))
        .ledger(request("r2", 0, 100, 50, "1.00"))
        .run();
    assert_eq!(done.shown(), ["matched none 0/0", "missing_in_ledger missing 1/"]);
}

#[test]
fn a_failed_call_pairs_by_id_only() {
    let failed = |id| Line { not_applicable: Some(NotApplicable::Failed), ..request(id, 0, 100, 50, "1.00") };
    let by_id = Case::new().bill(request("r1", 0, 100, 50, "1.00")).ledger(failed("r1")).run();
    assert_eq!(by_id.shown(), ["matched none 0/0"]);
    let without = Case::new().bill(request("r1", 0, 100, 50, "1.00")).ledger(failed("")).run();
    assert_eq!(without.shown(), ["missing_in_ledger missing 0/", "not_applicable none /0"]);
}

#[test]
fn rows_without_tokens_or_time_are_never_paired_by_likeness() {
    let blank = |id| Line { input: None, output: None, ..request(id, 0, 0, 0, "1.00") };
    let done = Case::new().bill(blank("r1")).ledger(blank("")).run();
    assert_eq!(done.shown(), ["missing_in_ledger missing 0/", "missing_in_bill extra /0"]);
    let timeless = |id| Line { at: None, ..request(id, 0, 100, 50, "1.00") };
    let done = Case::new().bill(timeless("r1")).ledger(timeless("")).run();
    assert_eq!(done.shown(), ["missing_in_ledger missing 0/", "missing_in_bill extra /0"]);
}

#[test]
fn an_unknown_model_is_unpriced_only_where_a_price_is_needed() {
    let unknown = |id, cost| Line { model: "mystery", ..request(id, 0, 100, 50, cost) };
    let both = Case::new().bill(unknown("r1", "1.00")).ledger(unknown("r1", "1.00")).run();
    assert_eq!(both.shown(), ["matched none 0/0"]);
    let one = Case::new().bill(unknown("r1", "1.00")).ledger(unknown("r1", "")).run();
    assert_eq!(one.shown(), ["unpriced price_missing 0/0"]);
    let alone = Case::new().bill(unknown("r1", "")).ledger(request("r2", 1, 1, 1, "1.00")).run();
    assert_eq!(alone.shown(), ["unpriced none 0/", "missing_in_bill extra /0"]);
}

#[test]
fn a_recorded_zero_or_nothing_never_matches_a_billed_amount() {
    let done = Case::new()
        .bill(request("r1", 0, 100, 50, "0.01"))
        .bill(request("r2", 1, 100, 50, "0.01"))
        .ledger(request("r1", 0, 100, 50, "0.00"))
        .ledger(request("r2", 1, 0, 0, ""))
        .run();
    assert_eq!(done.shown(), ["discrepancy price_missing 0/0", "discrepancy zero_usage 1/1"]);
}

#[test]
fn tokens_that_differ_are_a_discrepancy_only_when_the_rules_say_so() {
    let month =
        || Case::new().bill(request("r1", 0, 101, 50, "0.0007525")).ledger(request("r1", 0, 100, 50, "0.00075"));
    assert_eq!(month().run().shown(), ["matched volume 0/0"]);
    let mut strict = month();
    strict.rules.tokens_must_agree = true;
    assert_eq!(strict.run().shown(), ["discrepancy volume 0/0"]);
}

#[test]
fn credits_are_compared_by_day_user_and_usage_type() {
    let done = Case::new()
        .bill(credits(5, "a@x", "codex", "10"))
        .bill(credits(5, "a@x", "codex", "10"))
        .bill(credits(5, "a@x", "voice", "4"))
        .bill(credits(6, "a@x", "codex", "1"))
        .ledger(credits(5, "a@x", "codex", "20"))
        .ledger(credits(5, "b@x", "voice", "4"))
        .run();
    assert_eq!(
        done.shown(),
        [
            "matched none 0,1/0",
            "missing_in_ledger missing 2/",
            "missing_in_bill extra /1",
            "missing_in_ledger missing 3/"
        ]
    );
    assert_eq!(done.items().rung(0), Rung::Key);
    assert_eq!(done.result.grain[0].name, "day x user x usage type");
}

#[test]
fn a_grant_of_credits_stays_out_of_the_sum() {
    let grant = Line { not_applicable: Some(NotApplicable::Grant), ..credits(5, "a@x", "codex", "90") };
    let done =
        Case::new().bill(credits(5, "a@x", "codex", "10")).ledger(credits(5, "a@x", "codex", "10")).ledger(grant).run();
    assert_eq!(done.shown(), ["matched none 0/0", "not_applicable none /1"]);
}

#[test]
fn a_credit_report_without_a_ledger_is_not_applicable() {
    let done = Case::new().bill(credits(5, "a@x", "codex", "10")).ledger(request("r1", 0, 1, 1, "1")).run();
    assert_eq!(done.shown(), ["missing_in_bill extra /0", "not_applicable none 0/"]);
    assert_eq!(not_applicable_reason(&done.case.sides(), done.items(), 1), Some("no ledger"));
}

#[test]
fn credits_without_a_lot_are_unpriced_even_without_a_ledger() {
    let mut case = Case::new().bill(credits(5, "a@x", "codex", "10"));
    case.book.lots.clear();
    assert_eq!(case.run().shown(), ["unpriced none 0/"]);
}

#[test]
fn credits_of_two_user_names_read_in_either_order_are_sorted_by_text() {
    let done = Case::new().bill(credits(5, "b@x", "codex", "1")).bill(credits(5, "a@x", "codex", "1")).run();
    assert_eq!(done.shown(), ["not_applicable none 1/", "not_applicable none 0/"]);
}

#[test]
fn the_operator_joins_what_nothing_else_would() {
    let mut case = Case::new()
        .bill(request("r1", 0, 100, 50, "1.00"))
        .bill(request("r1", 0, 100, 50, "1.00"))
        .bill(request("r9", 3, 7, 7, "2.00"))
        .ledger(request("x", 90_000, 107, 57, "3.00"))
        .ledger(request("r1", 0, 100, 50, "1.00"));
    let bill = line_keys(&case.names, &case.bill, &[1, 2]);
    let ledger = line_keys(&case.names, &case.ledger, &[0]);
    case.hand = vec![
        HandMatch { bill: bill.clone(), ledger: ledger.clone(), carried: None },
        HandMatch { bill: vec![bill[1].clone()], ledger: Vec::new(), carried: None },
        HandMatch { bill: vec!["0123".into()], ledger, carried: None },
    ];
    let done = case.run();
    assert_eq!(done.shown(), ["matched none 0/1", "matched none 1,2/0"]);
    assert_eq!(done.items().rung(1), Rung::Hand);
    assert_eq!(done.result.unapplied, [1, 2]);
}

#[test]
fn a_match_by_hand_across_kinds_does_not_apply() {
    let mut case = Case::new().bill(request("r1", 0, 100, 50, "1.00")).ledger(credits(1, "a@x", "codex", "20"));
    case.hand = vec![HandMatch {
        bill: line_keys(&case.names, &case.bill, &[0]),
        ledger: line_keys(&case.names, &case.ledger, &[0]),
        carried: None,
    }];
    let done = case.run();
    assert_eq!(done.result.unapplied, [0]);
    assert!((0..2).all(|item| done.items().outcome(item) != Outcome::Matched));
}
