//! Exact bills: random rates, disturbed lines, steps.

use super::*;
use proptest::prelude::*;

/// Prices as lists have them: up to four digits, at two to four decimals.
fn any_price() -> impl Strategy<Value = Price> {
    let one = (1i64..4_000, 0u32..4)
        .prop_map(|(digits, places)| Amount::from_units(i128::from(digits) * 10i128.pow(SCALE - places)));
    proptest::array::uniform4(one)
}

fn rates_of(segment: &Segment) -> Vec<Option<Amount>> {
    segment.rates.iter().map(|rate| rate.solved().map(PerMillion::amount)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_rates_of_an_exact_bill_are_found_among_disturbed_lines(rates in any_price(), seed: u64, disturbed in 0i64..31) {
        let lines = bill(Made { seed, disturbed, ..MADE }, |_| rates);
        let found = found(&lines);
        prop_assert_eq!(found.segments.len(), 1, "{:?}", shown(&found));
        prop_assert_eq!(rates_of(&found.segments[0]), rates.map(Some).to_vec());
        // A first or last day that is mostly of another making is not of the price's days.
        let (from, to) = (found.segments[0].from, found.segments[0].to);
        let (inside, outside): (Vec<&PricedLine>, Vec<&PricedLine>) =
            lines.iter().partition(|line| (from..=to).contains(&line.day));
        let is_true = |line: &&&PricedLine| exact(line.tokens, rates) == line.billed;
        prop_assert_eq!(found.segments[0].fits as usize, inside.iter().filter(is_true).count());
        prop_assert!(outside.is_empty() || outside.iter().filter(is_true).count() * 2 < outside.len());
        let off: Amount = inside.iter().map(|line| line.billed.minus(exact(line.tokens, rates))).sum();
        prop_assert_eq!(found.segments[0].residual, off);
    }

    #[test]
    fn steps_are_found_on_their_days(
        rates in proptest::array::uniform3(any_price()), seed: u64, disturbed in 0i64..21, first in 5i32..14, second in 19i32..28,
    ) {
        // A price of a day or two may have too few true lines to be claimed.
        prop_assume!(rates[0] != rates[1] && rates[1] != rates[2]);
        let of_day = |number| if number < first { rates[0] } else if number < second { rates[1] } else { rates[2] };
        let found = found(&bill(Made { seed, disturbed, ..MADE }, of_day));
        prop_assert_eq!(found.steps().collect::<Vec<_>>(), [day(first), day(second)], "{:?}", shown(&found));
        for (segment, rates) in found.segments.iter().zip(rates) {
            prop_assert_eq!(rates_of(segment), rates.map(Some).to_vec());
        }
    }

    #[test]
    fn the_order_of_the_lines_does_not_matter(rates in any_price(), seed: u64, turn in 0usize..300) {
        let mut lines = bill(Made { seed, disturbed: 30, per_day: 100, ..MADE }, |_| rates);
        let expect = found(&lines);
        let mut dice = Dice(seed);
        (0..lines.len()).for_each(|at| lines.swap(at, dice.below(3_100) as usize));
        lines.rotate_left(turn);
        prop_assert_eq!(found(&lines), expect);
    }

    #[test]
    fn amounts_that_follow_no_price_give_none(seed: u64, per_day in 1i64..30, places in 2u32..13, greatest in 2u32..8) {
        let mut dice = Dice(seed);
        let mut lines = bill(Made { seed, per_day, ..MADE }, |_| [Amount::ZERO; 4]);
        for line in &mut lines {
            let units = i128::from(dice.below(10i64.pow(greatest + 6))) * 10i128.pow(SCALE - 6);
            line.billed = Amount::from_units(units / 10_000).rounded(places);
        }
        let found = found(&lines);
        prop_assert!(found.segments.is_empty(), "{}", found.sentence());
    }
}

#[test]
fn a_day_of_another_making_does_not_end_a_price() {
    let rates = price(["2.5", "1.25", "3", "10"]);
    let mut lines = bill(MADE, |_| rates);
    for line in lines.iter_mut().filter(|line| line.day == day(9)) {
        line.billed = Amount::from_units(line.billed.units() / 7 * 3);
    }
    assert_eq!(shown(&found(&lines)), ["1..31 2.5 1.25 3 10 (360 of 372)"]);
}

#[test]
fn classes_that_always_go_along_are_not_told_apart() {
    let rates = price(["2.6", "1.3", "0", "10.4"]);
    let mut lines = bill(MADE, |_| rates);
    for line in &mut lines {
        line.tokens = [line.tokens[0] * 2, line.tokens[0], 0, line.tokens[3]];
        line.billed = exact(line.tokens, rates);
    }
    assert_eq!(shown(&found(&lines)), ["1..31 ? ? - 10.4 (372 of 372)"]);
    // Unless the model is known to have had that price.
    for line in &mut lines {
        line.billed = exact(line.tokens, price(["2.5", "1.25", "0", "10"]));
    }
    let known = infer(&series("gpt-4o-2024-08-06"), &lines, &PriceBook::shipped().known());
    assert_eq!(shown(&known), ["1..31 2.5 1.25 - 10 (372 of 372)"]);
    assert_eq!(known.segments[0].known_in_words(), "the list price of gpt-4o");
}

#[test]
fn nothing_is_said_of_no_lines() {
    let none = found(&[]);
    assert_eq!((none.lines, none.segments.len()), (0, 0));
}
