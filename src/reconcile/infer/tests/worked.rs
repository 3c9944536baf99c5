//! Cases from real months, and those that were asked for.

use super::*;

#[test]
fn output_that_falls_from_ten_to_eight_is_found_and_dated() {
    let output = |number: i32, tokens: i64, billed: &str| PricedLine {
        day: day(number),
        tokens: [0, 0, 0, tokens],
        billed: amount(billed),
    };
    let two = [output(9, 3_000_000, "30"), output(20, 5_000_000, "40")];
    assert_eq!(shown(&found(&two)), ["9..9 - - - 10 (1 of 1)", "20..20 - - - 8 (1 of 1)"]);
    // Three million before the 16th and five after, over many days.
    let lines: Vec<PricedLine> = (1..=31)
        .map(|number| match number {
            1..16 => output(number, 200_000, "2"),
            16.. => output(number, 312_500, "2.5"),
            _ => unreachable!(),
        })
        .collect();
    let inference = infer(&series("gpt-4o"), &lines, &PriceBook::shipped().known());
    assert_eq!(shown(&inference), ["1..15 - - - 10 (15 of 15)", "16..31 - - - 8 (16 of 16)"]);
    assert_eq!(
        inference.sentence(),
        "gpt-4o: until 2026-03-15 output 10 per million tokens, which fits 15 of 15 lines to the last digit; it is the \
         list price of gpt-4o. From 2026-03-16 output 8 per million tokens, which fits 16 of 16 lines to the last digit."
    );
}

#[test]
fn a_price_three_percent_higher_is_found_in_requests_below_a_cent() {
    let rates = price(["2.575", "1.2875", "0", "10.3"]);
    for places in [SCALE, 6] {
        let mut lines = bill(Made { per_day: 3_226, places, ..MADE }, |_| rates);
        lines.iter_mut().for_each(|line| line.tokens[2] = 0);
        for line in &mut lines {
            line.billed = exact(line.tokens, rates).rounded(places);
        }
        let found = infer(&series("gpt-4o"), &lines, &PriceBook::shipped().known());
        assert_eq!(shown(&found), ["1..31 2.575 1.2875 - 10.3 (100006 of 100006)"], "{places}");
        assert_eq!(found.segments[0].known, None);
    }
}

#[test]
fn lines_of_one_class_each_give_their_realised_rates() {
    let mut lines = Vec::new();
    let mut dice = Dice(3);
    for number in 1..=31 {
        for (class, rate) in ["0.25", "0.025", "", "2"].iter().enumerate().filter(|(_, rate)| !rate.is_empty()) {
            let mut tokens = [0; 4];
            tokens[class] = 10_000 + dice.below(900_000);
            let mut price = [Amount::ZERO; 4];
            price[class] = amount(if class == 3 && number >= 11 { "1.5" } else { rate });
            lines.push(PricedLine { day: day(number), tokens, billed: exact(tokens, price) });
        }
    }
    let found = infer(&series("gpt-5-mini-2025-08-07"), &lines, &PriceBook::shipped().known());
    assert_eq!(shown(&found), ["1..10 0.25 0.025 - 2 (30 of 30)", "11..31 0.25 0.025 - 1.5 (63 of 63)"]);
    assert_eq!(found.segments[0].known_in_words(), "the list price of gpt-5-mini");
}

#[test]
fn a_real_day_is_known_by_its_price() {
    let line = PricedLine { day: day(7), tokens: [5_560_222, 229_120, 0, 106_885], billed: amount("0.9153483") };
    let found = infer(&series("gpt-4o-mini-2024-07-18"), &[line], &PriceBook::shipped().known());
    assert_eq!(shown(&found), ["7..7 0.15 0.075 - 0.6 (1 of 1)"]);
    assert_eq!(found.segments[0].known_in_words(), "the list price of gpt-4o-mini");
}

#[test]
fn another_tier_and_another_model_are_named() {
    let known = PriceBook::shipped().known();
    let half = bill(MADE, |_| price(["1", "0.25", "0", "4"]));
    let half: Vec<PricedLine> = half.into_iter().map(without_writes(price(["1", "0.25", "0", "4"]))).collect();
    assert_eq!(
        infer(&series("gpt-4.1"), &half, &known).segments[0].known_in_words(),
        "the batch and flex price of gpt-4.1"
    );
    let mini: Vec<PricedLine> = half.into_iter().map(without_writes(price(["0.4", "0.1", "0", "1.6"]))).collect();
    assert_eq!(infer(&series("gpt-4.1"), &mini, &known).segments[0].known_in_words(), "the list price of gpt-4.1-mini");
}

fn without_writes(price: Price) -> impl Fn(PricedLine) -> PricedLine {
    move |line| {
        let tokens = [line.tokens[0], line.tokens[1], 0, line.tokens[3]];
        PricedLine { tokens, billed: exact(tokens, price), ..line }
    }
}

#[test]
fn a_price_in_force_goes_before_an_old_one() {
    let known = PriceBook::shipped().known();
    let lines: Vec<PricedLine> =
        bill(MADE, |_| [Amount::ZERO; 4]).into_iter().map(without_writes(price(["2", "0.5", "0", "8"]))).collect();
    let o3 = infer(&series("o3-2025-04-16"), &lines, &known);
    assert_eq!(o3.segments[0].known_in_words(), "the list price of o3 from 2025-06-10");
}
