//! Each cause, and how they meet in one item.

use crate::reconcile::fixtures::{Case, Done, credits, request};
use crate::usage::Line;

/// One request on both sides.
fn pair(bill: Line<'_>, ledger: Line<'_>) -> Done {
    Case::new().bill(bill).ledger(ledger).run()
}

#[test]
fn other_token_counts_at_list_price_are_volume() {
    // 1,000,000 more input tokens at 2.50, 100,000 fewer output tokens at 10.
    let done = pair(request("r", 0, 2_000_000, 0, "5"), request("r", 0, 1_000_000, 100_000, "3.5"));
    assert_eq!(done.parts(0), ["volume 1.5"]);
}

#[test]
fn a_bill_at_list_price_against_another_amount_is_price() {
    let done = pair(request("r", 0, 1_000_000, 0, "2.5"), request("r", 0, 1_000_000, 0, "1.25"));
    assert_eq!(done.parts(0), ["price 1.25"]);
}

#[test]
fn a_ledger_at_list_price_against_another_bill_is_price_and_its_rounding() {
    // List is 0.0000025; the ledger keeps six decimals and has 0.000003.
    let done = pair(request("r", 0, 1, 0, "1.5"), request("r", 0, 1, 0, "0.000003"));
    assert_eq!(done.parts(0), ["price 1.4999975", "rounding -0.0000005"]);
}

#[test]
fn half_a_unit_of_the_ledger_is_its_rounding_and_more_is_not() {
    let at_list = pair(request("r", 0, 1, 0, "0.0000025"), request("r", 0, 1, 0, "0.000003"));
    assert_eq!(at_list.parts(0), ["rounding -0.0000005"]);
    let unknown = |cost| Line { model: "mystery", ..request("r", 0, 1, 0, cost) };
    assert_eq!(pair(unknown("0.0100005"), unknown("0.01")).parts(0), ["rounding 0.0000005"]);
    assert_eq!(pair(unknown("0.0100006"), unknown("0.01")).parts(0), ["unexplained 0.0000006"]);
    assert_eq!(pair(unknown("0.0100005"), unknown("0.0099999")).parts(0), ["unexplained 0.0000006"]);
    // A ledger with eight decimals rounds finer.
    assert_eq!(pair(unknown("0.01000006"), unknown("0.01000005")).parts(0), ["unexplained 0.00000001"]);
    assert_eq!(pair(unknown("0.010000055"), unknown("0.01000005")).parts(0), ["rounding 0.000000005"]);
}

#[test]
fn what_volume_leaves_may_be_rounding_on_both_sides_of_the_list() {
    let done = pair(request("r", 0, 2_000_000, 0, "5.1000005"), request("r", 0, 1_000_000, 0, "2.6"));
    assert_eq!(done.parts(0), ["volume 2.5", "rounding 0.0000005"]);
    let done = pair(request("r", 0, 2_000_000, 0, "5.100001"), request("r", 0, 1_000_000, 0, "2.6"));
    assert_eq!(done.parts(0), ["volume 2.5", "unexplained 0.000001"]);
}

#[test]
fn volume_and_price_meet_in_one_item() {
    // Billed at list for 2M tokens (5.00), recorded half the list for 1M.
    let done = pair(request("r", 0, 2_000_000, 0, "5"), request("r", 0, 1_000_000, 0, "1.25"));
    assert_eq!(done.parts(0), ["volume 2.5", "price 1.25"]);
}

#[test]
fn counts_that_differ_show_even_where_the_amounts_are_equal() {
    let known = pair(request("r", 0, 2_000_000, 0, "5"), request("r", 0, 1_000_000, 0, "5"));
    assert_eq!(known.parts(0), ["volume 2.5", "price -2.5"]);
    let unknown = |input| Line { model: "mystery", ..request("r", 0, input, 0, "5") };
    let done = pair(unknown(2), unknown(1));
    assert_eq!(done.shown(), ["matched volume 0/0"]);
    assert_eq!(done.parts(0), ["volume 0"]);
}

#[test]
fn a_cached_discount_the_ledger_does_not_know_is_price() {
    let bill = Line { cached: Some(400_000), ..request("r", 0, 1_000_000, 0, "2") };
    let done = pair(bill.clone(), request("r", 0, 1_000_000, 0, "2.5"));
    assert_eq!(done.parts(0), ["price -0.5"]);
    // With other counts too, the discount still is no volume.
    let done = pair(bill, request("r", 0, 900_000, 0, "2.25"));
    assert_eq!(done.parts(0), ["volume 0.25", "price -0.5"]);
}

#[test]
fn an_amount_that_fits_nothing_is_unexplained() {
    let done = pair(request("r", 0, 1_000_000, 0, "3"), request("r", 0, 1_000_000, 0, "2"));
    assert_eq!(done.parts(0), ["unexplained 1"]);
    let mystery = |input, cost| Line { model: "mystery", ..request("r", 0, input, 0, cost) };
    assert_eq!(pair(mystery(5, "3"), mystery(4, "2")).parts(0), ["unexplained 1"]);
}

#[test]
fn a_different_model_in_the_ledger_is_judged_at_the_bills_rates() {
    let ledger = Line { model: "mystery", ..request("r", 0, 1_000_000, 0, "1") };
    assert_eq!(pair(request("r", 0, 1_000_000, 0, "2.5"), ledger).parts(0), ["price 1.5"]);
}

#[test]
fn a_bill_that_nothing_prices_is_a_missing_price() {
    let bill = Line { model: "mystery", ..request("r", 0, 10, 0, "") };
    let done = pair(bill, request("r", 0, 10, 0, "1"));
    assert_eq!(done.shown(), ["unpriced price_missing 0/0"]);
    assert_eq!(done.parts(0), ["price_missing -1"]);
}

#[test]
fn the_greatest_part_gives_the_item_its_cause() {
    let done = pair(request("r", 0, 2_000_000, 0, "5"), request("r", 0, 1_000_000, 0, "0.5"));
    assert_eq!(done.parts(0), ["volume 2.5", "price 2"]);
    assert_eq!(done.shown(), ["discrepancy volume 0/0"]);
}

#[test]
fn credits_differ_by_volume_at_the_price_of_their_lot() {
    let ledger = Line { amount: Some("0.4".parse().unwrap()), ..credits(1, "a", "codex", "8") };
    let done = Case::new().bill(credits(1, "a", "codex", "10")).ledger(ledger).run();
    assert_eq!(done.parts(0), ["volume 0.1"]);
    let both = Case::new().bill(credits(1, "a", "codex", "10")).ledger(credits(1, "a", "codex", "8")).run();
    assert_eq!(both.parts(0), ["volume 0.1"]);
}

#[test]
fn the_same_credits_for_other_money_are_price() {
    let ledger = |cost: &str| Line { amount: Some(cost.parse().unwrap()), ..credits(1, "a", "codex", "10") };
    let done = Case::new().bill(credits(1, "a", "codex", "10")).ledger(ledger("0.6")).run();
    assert_eq!(done.parts(0), ["price -0.1"]);
    let costs_only = Line { credits: None, ..ledger("0.6") };
    let done = Case::new().bill(credits(1, "a", "codex", "10")).ledger(costs_only).run();
    assert_eq!(done.parts(0), ["unexplained -0.1"]);
}
