//! Bills whose amounts are rounded: short decimals that fit every line.

use super::*;

fn check(made: Made, rates: Price, expect: &str) {
    let found = found(&bill(made, |_| rates));
    let rates: Vec<String> =
        shown(&found).iter().map(|text| text.split(" (").next().unwrap_or_default().to_owned()).collect();
    assert_eq!(rates, [expect], "{} places, seed {}: {}", made.places, made.seed, found.sentence());
}

#[test]
fn rates_are_found_behind_rounded_amounts() {
    let rates = price(["2.5", "0.25", "3.125", "10"]);
    for seed in 0..3 {
        for disturbed in [0, 15, 30] {
            let made = Made { seed, disturbed, ..MADE };
            check(Made { places: 6, ..made }, rates, "1..31 2.5 0.25 3.125 10");
            check(Made { places: 4, scale: 100, ..made }, rates, "1..31 2.5 0.25 3.125 10");
            check(Made { places: 2, scale: 20_000, ..made }, rates, "1..31 2.5 0.25 3.125 10");
        }
    }
}

#[test]
fn a_step_is_found_behind_rounded_amounts() {
    let (before, after) = (price(["0.15", "0.075", "0", "0.6"]), price(["0.15", "0.075", "0", "0.5"]));
    for (places, scale) in [(6, 10), (4, 1_000), (2, 100_000)] {
        for seed in 0..2 {
            let made = Made { seed, places, scale, disturbed: 10, ..MADE };
            let found = found(&bill(made, |number| if number < 20 { before } else { after }));
            assert_eq!(found.steps().collect::<Vec<_>>(), [day(20)], "{}", found.sentence());
        }
    }
}

#[test]
fn cents_of_small_requests_tell_no_price() {
    let lines = bill(Made { places: 2, per_day: 60, ..MADE }, |_| price(["2.6", "0.3", "3.1", "10.4"]));
    let found = found(&lines);
    assert!(found.segments.is_empty(), "{}", found.sentence());
}
