//! What the price book needs to say what the bill says.

use super::*;
use crate::price::{PriceEdit, Rates as Stated, edit};
use std::path::Path;

fn segment(from: i32, to: i32, rates: [&str; 4]) -> Segment {
    let rates = rates.map(|text| match text {
        "-" => ClassRate::Unused,
        "?" => ClassRate::Undetermined,
        text => ClassRate::Solved(PerMillion::new(amount(text)).unwrap()),
    });
    Segment { from: day(from), to: day(to), rates, fits: 9, of: 9, residual: Amount::ZERO, known: None }
}

fn inference(model: &str, tier: &str, segments: Vec<Segment>) -> Inference {
    Inference { series: Series { tier: tier.into(), ..series(model) }, lines: 18, segments }
}

fn told(inference: &Inference, book: &PriceBook) -> Vec<String> {
    let each = |(segment, proposal): (usize, Proposal)| match proposal {
        Proposal::InForce => format!("{segment} in force"),
        Proposal::Set(edit) => format!("{segment} {edit}"),
        Proposal::Impossible(why) => format!("{segment} {why}"),
    };
    proposals(inference, book).into_iter().map(each).collect()
}

#[test]
fn only_what_the_book_does_not_have_is_proposed() {
    let book = PriceBook::shipped();
    let fallen = inference(
        "gpt-4o-2024-08-06",
        "",
        vec![segment(1, 15, ["2.5", "1.25", "-", "10"]), segment(16, 31, ["2.5", "?", "-", "8"])],
    );
    let expect = ["0 in force", "1 gpt-4o from 2026-03-16: input 2.5, cached input 1.25, output 8 per 1M tokens"];
    assert_eq!(told(&fallen, &book), expect);
}

#[test]
fn a_price_that_comes_back_is_stated_again() {
    let back = inference(
        "gpt-4o",
        "",
        vec![segment(1, 9, ["3", "1.25", "-", "10"]), segment(10, 31, ["2.5", "1.25", "-", "10"])],
    );
    assert_eq!(
        told(&back, &PriceBook::shipped()),
        [
            "0 gpt-4o from 2026-03-01: input 3, cached input 1.25, output 10 per 1M tokens",
            "1 gpt-4o from 2026-03-10: input 2.5, cached input 1.25, output 10 per 1M tokens",
        ]
    );
}

#[test]
fn a_price_stated_for_a_later_day_does_not_hide_it() {
    let mut book = PriceBook::shipped();
    let per = |text| PerMillion::new(amount(text)).unwrap();
    book.rates.push(Stated {
        model: "gpt-4o".into(),
        effective: Some(day(20)),
        input: per("7"),
        cached_input: None,
        output: per("10"),
        shipped: false,
    });
    let higher = inference("gpt-4o", "", vec![segment(1, 31, ["3", "3", "-", "10"])]);
    let expect = [
        "0 gpt-4o from 2026-03-01: input 3, output 10 per 1M tokens",
        "0 gpt-4o from 2026-03-20: input 3, output 10 per 1M tokens",
    ];
    assert_eq!(told(&higher, &book), expect);
    // Put into the file, they price every day as the bill does.
    let set: Vec<PriceEdit> = proposals(&higher, &book)
        .into_iter()
        .filter_map(|(_, proposal)| match proposal {
            Proposal::Set(edit) => Some(edit),
            _ => None,
        })
        .collect();
    let before = "{\"models\": [{\"model\": \"gpt-4o\", \"effective_date\": \"2026-03-20\", \"input_per_1m\": 7, \"output_per_1m\": 10}]}";
    let text = set.iter().fold(before.to_owned(), |text, change| edit(&text, change).unwrap());
    let after = PriceBook::parse(&text, Path::new("pricing.json")).unwrap();
    assert_eq!(told(&higher, &after), ["0 in force"]);
}

#[test]
fn batch_is_stated_as_the_list_price_it_is_half_of() {
    let half = |tier| inference("gpt-4o", tier, vec![segment(1, 31, ["1.3", "0.65", "-", "5"])]);
    let book = PriceBook::shipped();
    assert_eq!(
        told(&half("batch"), &book),
        ["0 gpt-4o from 2026-03-01: input 2.6, cached input 1.3, output 10 per 1M tokens"]
    );
    assert!(told(&half("priority"), &book)[0].contains("no place for a price of the tier priority"));
}

#[test]
fn what_nobody_says_is_not_made_up() {
    let book = PriceBook::shipped();
    let output = inference("house-model", "", vec![segment(1, 31, ["-", "-", "-", "5"])]);
    assert!(told(&output, &book)[0].contains("do not say what input costs"), "{:?}", told(&output, &book));
    let writes = inference("gpt-5.6-sol", "", vec![segment(1, 31, ["-", "-", "7", "-"])]);
    assert!(told(&writes, &book)[0].contains("asks 7 for cache writes"), "{:?}", told(&writes, &book));
}
