//! From the lines of both sides: which of them say tokens and money.

use super::*;
use crate::reconcile::fixtures::{Case, Done, at, request};
use crate::usage::{Line, TokenClass};

fn inferred(done: &Done) -> Vec<String> {
    let sides = done.case.sides();
    let found = infer_all(&sides, &done.case.rules, done.items(), &PriceBook::shipped().known(), &|_| true, Held::All);
    found.iter().map(|inference| format!("{}: {}", inference.series.label(), shown(inference).join(" / "))).collect()
}

/// A request of day `n` with as many tokens as it needs to be unlike others.
fn used<'a>(id: &'a str, n: i64) -> Line<'a> {
    Line {
        cached: Some(100 + n * n % 77),
        ..request(id, (n - 1) * 86_400, 1_000 + n * 37 % 991, 50 + n * 101 % 499, "")
    }
}

fn ids() -> Vec<String> {
    (1..=31).map(|n| format!("r{n}")).collect()
}

fn billed(line: &Line<'_>, price: Price) -> Option<Amount> {
    let (input, cached) = (line.input.unwrap(), line.cached.unwrap());
    Some(exact([input - cached, cached, 0, line.output.unwrap()], price))
}

#[test]
fn the_bills_own_tokens_count_and_cached_ones_come_from_the_ledger_where_it_has_none() {
    let rates = price(["2.5", "1.25", "0", "8"]);
    let ids = ids();
    let mut case = Case::new();
    for (id, n) in ids.iter().zip(1..) {
        let line = used(id, n);
        let amount = billed(&line, rates);
        // Every third line of the bill says the cached tokens itself.
        let cached = line.cached.filter(|_| n % 3 == 0);
        case = case.bill(Line { amount, cached, model: "gpt-4o-2024-08-06", ..line.clone() });
        case = case.ledger(Line { amount: billed(&line, price(["2.5", "1.25", "0", "10"])), ..line });
    }
    assert_eq!(inferred(&case.run()), ["gpt-4o-2024-08-06: 1..31 2.5 1.25 - 8 (31 of 31)"]);
}

#[test]
fn a_bill_without_tokens_is_held_against_those_of_the_ledger() {
    let rates = price(["3", "0.3", "0", "9"]);
    let ids = ids();
    let mut case = Case::new();
    for (id, n) in ids.iter().zip(1..) {
        let line = used(id, n);
        let amount = billed(&line, rates);
        case = case.bill(Line { amount, input: None, cached: None, output: None, ..line.clone() });
        case = case.ledger(Line { amount, ..line });
    }
    assert_eq!(inferred(&case.run()), ["gpt-4o: 1..31 3 0.3 - 9 (31 of 31)"]);
}

#[test]
fn costs_by_class_and_tier_are_series_of_their_own() {
    let mut case = Case::new();
    let mut dice = Dice(7);
    for n in 0..31 {
        for tier in ["", "batch"] {
            for (class, rate) in
                [(TokenClass::Input, "2.5"), (TokenClass::CachedInput, "1.25"), (TokenClass::Output, "10")]
            {
                let tokens = 10_000 + dice.below(90_000);
                let cost = exact([tokens, 0, 0, 0], price([rate, "0", "0", "0"]));
                let share = if tier == "batch" { 2 } else { 1 };
                case = case.cost(Line {
                    at: at(n * 86_400),
                    span: 86_400,
                    model: "gpt-4o",
                    tier,
                    class: Some(class),
                    quantity: Some(tokens.to_string().parse().unwrap()),
                    amount: Some(Amount::from_units(cost.units() / share)),
                    ..Line::default()
                });
            }
        }
        // A fee, a refund and a picture say nothing of a token's price.
        let other =
            Line { at: at(n * 86_400), span: 86_400, model: "gpt-4o", amount: Some(amount("0.37")), ..Line::default() };
        case = case.cost(Line { class: Some(TokenClass::Tool), item_text: "web search", ..other.clone() });
        case = case.cost(Line { amount: Some(amount("-4")), item_text: "refund", ..other.clone() });
        case = case.cost(Line { class: Some(TokenClass::ImageInput), quantity: Some("17".parse().unwrap()), ..other });
    }
    let expect = ["gpt-4o: 1..31 2.5 1.25 - 10 (93 of 93)", "gpt-4o, batch: 1..31 1.25 0.625 - 5 (93 of 93)"];
    assert_eq!(inferred(&case.run()), expect);
}

#[test]
fn costs_without_quantities_are_held_against_the_usage_of_their_day() {
    let mut case = Case::new();
    let mut dice = Dice(9);
    for n in 0..31 {
        // Two models on every seventh day: then nobody knows whose cost it is.
        let models: &[&str] = if n % 7 == 3 { &["gpt-4o", "o3"] } else { &["gpt-4o"] };
        let mut billed = Amount::ZERO;
        for model in models {
            let [input, cached, _, output] = dice.tokens();
            billed = billed.plus(exact([input, cached, 0, output], price(["2.5", "1.2", "0", "10"])));
            let (input, cached, output) = (Some(input + cached), Some(cached), Some(output));
            case =
                case.usage(Line { at: at(n * 86_400), span: 86_400, model, input, cached, output, ..Line::default() });
        }
        case = case.cost(Line { at: at(n * 86_400), span: 86_400, amount: Some(billed), ..Line::default() });
    }
    // The ledger's tokens are not counted beside them.
    case = case.ledger(used("r", 5));
    assert_eq!(inferred(&case.run()), ["gpt-4o: 1..31 2.5 1.2 - 10 (27 of 27)"]);
}

#[test]
fn a_bill_in_another_currency_says_nothing_of_this_books_prices() {
    let line = Line { currency: "EUR", amount: Some(amount("0.0025")), ..used("r", 1) };
    assert!(inferred(&Case::new().bill(line).run()).is_empty());
}

/// `cargo test --release --lib infer::tests::month -- --ignored --nocapture`
#[test]
#[ignore = "looks at the clock"]
fn a_million_lines_of_thirty_models() {
    let rows: usize = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    let models: Vec<String> = (0..30).map(|n| format!("model-{n}")).collect();
    let mut dice = Dice(5);
    let mut case = Case::new();
    for n in 0..rows {
        let number = n % 30;
        let line = used("", (n * 31 / rows) as i64 + 1);
        let line = Line {
            input: Some(1_000 + dice.below(5_000)),
            output: Some(dice.below(900)),
            cached: Some(dice.below(900)),
            ..line
        };
        // One model in five is noise; of the others every tenth line is disturbed.
        let rate = |cents: usize| Amount::from_units((10 + cents + number) as i128 * 10i128.pow(SCALE - 2));
        let mut cost = billed(&line, [rate(200), rate(20), rate(0), rate(800)]).unwrap();
        if number % 5 == 0 || dice.below(10) == 0 {
            cost = Amount::from_units(i128::from(dice.below(10_000_000)) * 10i128.pow(9));
        }
        case = case.bill(Line { amount: Some(cost), model: &models[number], ..line });
    }
    let done = case.run();
    let sides = done.case.sides();
    let known = PriceBook::shipped().known();
    for _ in 0..3 {
        let start = std::time::Instant::now();
        let found = infer_all(&sides, &done.case.rules, done.items(), &known, &|_| true, Held::All);
        let steady = found.iter().filter(|inference| inference.segments.len() == 1).count();
        println!("{rows} lines: {:?}, {steady} of {} models have a price", start.elapsed(), found.len());
    }
}
