//! Each cause, and how they meet in one item.

use proptest::prelude::*;

use crate::amount::{Amount, PerMillion};
use crate::reconcile::Judge;
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

/// 5 in, 0.50 cached and 30 out.
fn five_cents_cached() -> Case {
    let mut case = Case::new();
    let per = |text: &str| PerMillion::new(text.parse().unwrap()).unwrap();
    for rate in &mut case.book.rates {
        (rate.input, rate.cached_input, rate.output) = (per("5"), Some(per("0.5")), per("30"));
    }
    case
}

#[test]
fn as_many_tokens_of_other_classes_are_class_mix() {
    let line = |cached, cost| Line { cached: Some(cached), ..request("r", 0, 73_550, 20_480, cost) };
    let done = five_cents_cached().bill(line(65_304, "0.6882820")).ledger(line(49_563, "0.7591165")).run();
    assert_eq!(done.parts(0), ["class_mix -0.0708345"]);
    let sides = done.case.sides();
    let by_class: Vec<String> = Judge::new(&sides)
        .class_parts(done.items(), 0)
        .iter()
        .map(|part| format!("{} {}/{} {}", part.class.label(), part.billed, part.recorded, part.amount))
        .collect();
    let expect = ["input 8246/23987 -0.078705", "cached input 65304/49563 0.0078705", "output 20480/20480 0"];
    assert_eq!(by_class, expect);
}

#[test]
fn more_input_is_volume_at_the_recorded_mix_and_the_shift_is_mix() {
    // Recorded 1,000 of which 500 cached (0.00275); billed 2,000 of which 500.
    let line = |input, cached, cost| Line { cached: Some(cached), ..request("r", 0, input, 0, cost) };
    let done = five_cents_cached().bill(line(2_000, 500, "0.00775")).ledger(line(1_000, 500, "0.00275")).run();
    assert_eq!(done.parts(0), ["volume 0.00275", "class_mix 0.00225"]);
    // The same share cached: all of it is volume.
    let done = five_cents_cached().bill(line(2_000, 1_000, "0.0055")).ledger(line(1_000, 500, "0.00275")).run();
    assert_eq!(done.parts(0), ["volume 0.00275"]);
    // A mix that does not divide is rounded once, and mix takes the rest.
    let done = five_cents_cached().bill(line(5, 0, "0.000025")).ledger(line(3, 1, "0.0000105")).run();
    assert_eq!(done.parts(0), ["volume 0.000007", "class_mix 0.0000075"]);
    let done = five_cents_cached().bill(line(8, 0, "0.00004")).ledger(line(7, 1, "0.0000305")).run();
    assert_eq!(done.parts(0), ["volume 0.000004357143", "class_mix 0.000005142857"]);
}

#[test]
fn a_tier_that_the_bill_states_is_tier_and_so_is_its_exact_price() {
    let bill = |tier, cost| Line { tier, ..request("r", 0, 1_000_000, 100_000, cost) };
    let ledger = || request("r", 0, 1_000_000, 100_000, "3.5");
    assert_eq!(pair(bill("batch", "1.75"), ledger()).parts(0), ["tier -1.75"]);
    assert_eq!(pair(bill("", "1.75"), ledger()).parts(0), ["tier -1.75"]);
    // Priority is 1.7 times the list price of this model.
    assert_eq!(pair(bill("priority", "5.95"), ledger()).parts(0), ["tier 2.45"]);
    assert_eq!(pair(bill("", "5.95"), ledger()).parts(0), ["tier 2.45"]);
    // Half of the list and a little more: the tier is stated, the rest a price.
    assert_eq!(pair(bill("flex", "1.8"), ledger()).parts(0), ["tier -1.75", "price 0.05"]);
    assert_eq!(pair(bill("", "1.8"), ledger()).parts(0), ["price -1.7"]);
    assert_eq!(pair(bill("scale", "1.8"), ledger()).parts(0), ["tier -1.7"]);
}

#[test]
fn a_long_context_and_its_tier_are_tier() {
    // Input twice, output one and a half times the list: 1.5 + 0.15 more.
    let bill = |tier, cost| Line { tier, long_context: true, ..request("r", 0, 300_000, 30_000, cost) };
    let ledger = || request("r", 0, 300_000, 30_000, "1.05");
    assert_eq!(pair(bill("", "1.95"), ledger()).parts(0), ["tier 0.9"]);
    assert_eq!(pair(bill("batch", "0.975"), ledger()).parts(0), ["tier -0.075"]);
}

#[test]
fn both_sides_in_one_tier_have_no_tier_between_them() {
    let line = |input, cost| Line { tier: "batch", ..request("r", 0, input, 0, cost) };
    assert_eq!(pair(line(2_000_000, "2.5"), line(1_000_000, "1.25")).parts(0), ["volume 2.5", "tier -1.25"]);
    assert_eq!(pair(line(1_000_000, "1.25"), line(1_000_000, "1")).parts(0), ["price 0.25"]);
}

proptest! {
    /// The parts add up to the variance to the last digit, whatever stands
    /// on the two sides.
    #[test]
    fn the_parts_add_up_to_the_variance(
        tokens in proptest::array::uniform2((0i64..400_000, 0i64..9_000, 0u8..101)),
        tier in proptest::sample::select(vec!["", "batch", "priority", "scale", "incentivized-tier"]),
        long in any::<bool>(),
        cents in proptest::array::uniform2(0i64..2_000_000),
        knows in any::<bool>(),
    ) {
        let line = |at: usize, knows: bool| {
            let (input, output, share) = tokens[at];
            let cached = knows.then_some(input * i64::from(share) / 100);
            let cost = Amount::from_units(i128::from(cents[at]) * 10i128.pow(11)).to_string();
            Line { cached, amount: Some(cost.parse().unwrap()), ..request("r", 0, input, output, "") }
        };
        let bill = Line { tier, long_context: long, ..line(0, true) };
        let done = pair(bill, line(1, knows));
        let parts = Judge::new(&done.case.sides()).variance(done.items(), 0);
        let sum: Amount = parts.iter().map(|part| part.amount).sum();
        prop_assert_eq!(sum.units(), i128::from(cents[0] - cents[1]) * 10i128.pow(11));
        prop_assert!(parts.len() <= 5);
    }
}
