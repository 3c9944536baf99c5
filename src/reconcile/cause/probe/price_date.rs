//! The price changed and one side does not know: the realised price differs
//! from the book's, is the same for each class of token, and steps on a date.
//! The candidates are the model's other prices, those the bill's lines realise,
//! and one ratio for all classes.

use super::{Detail, Scene, Told};
use crate::reconcile::cause::evidence::Proposal;
use crate::reconcile::cause::solve::{Candidate, From};

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let (model, when) = (scene.model(), scene.when());
    let Some(candidate) = scene.price() else { return Told::only(format!("{model} has another price {when}.")) };
    let prices = shown(candidate);
    let of_bill = matches!(scene.detail, Detail::Price(_, true));
    let first = scene.days().map(|(first, _)| first);
    let known = match candidate.from {
        From::List(Some(day)) => format!(", its price from {day} on"),
        From::List(None) => ", its first price".into(),
        From::Realised | From::OtherModel => String::new(),
        From::Offered => ", as inferred from the lines".into(),
    };
    if !of_bill {
        return Told::only(format!(
            "The ledger prices {model} {when} at {prices}{known}; the bill has the price in force."
        ));
    }
    let sentence = match first {
        Some(day) => format!("From {day} on {model} is billed at {prices}{known}; the ledger has another price."),
        None => format!("{model} is billed at {prices}{known}; the ledger has another price."),
    };
    let rates = &candidate.rates;
    Told {
        sentence,
        proposal: (!scene.name().is_empty()).then(|| Proposal::SetPrice {
            model: scene.name(),
            from: first,
            input: rates.input,
            cached_input: rates.cached_input,
            output: rates.output,
        }),
    }
}

/// `2.5 in, 1.25 cached, 10 out per million`.
pub(super) fn shown(candidate: &Candidate) -> String {
    let (input, cached, output) = super::prices_of(&candidate.rates);
    format!("{input} in, {cached} cached, {output} out per million")
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    use crate::amount::Amount;
    use crate::reconcile::Proposal;
    use crate::reconcile::cause::months::Row;

    #[test]
    fn a_price_that_fell_on_a_day_is_dated() {
        // Output at 10, and at 8 from the 16th on: 3 million tokens before,
        // 5 million after, all recorded at 10.
        for shape in [Bill::Classes, Bill::Models, Bill::Requests] {
            let mut month = Months::of(shape, &["gpt-4o"], 31);
            for row in month.bill.iter_mut().chain(&mut month.ledger) {
                (row.uncached, row.cached, row.reasoning) = (0, 0, 0);
                row.output = if row.day() < 16 { 25_000 } else { 39_062 };
            }
            // 16 days of 8 requests: 128 of 39,062.5.
            for row in month.bill.iter_mut().chain(&mut month.ledger).filter(|row| row.day() >= 16) {
                row.output += i64::from(row.second % 86_400 >= 43_200);
            }
            let total = |row: &&Row| row.day() >= 16;
            let after: i64 = month.bill.iter().filter(total).map(|row| row.output).sum();
            month.bill[247].output += 5_000_000 - after;
            month.ledger[247].output += 5_000_000 - after;
            let fall = |row: &mut Row| {
                if row.day() >= 16 {
                    row.prices[3] = "8".parse().unwrap();
                }
            };
            let month = month.bill_each(fall);
            let why = month.why();
            assert_eq!(why.variance, "-10".parse().unwrap());
            assert_only(&why, &[Probe::PriceDate]);
            let Some(Proposal::SetPrice { model, from, output, .. }) = &why.findings[0].proposal else { panic!() };
            assert_eq!((model.as_str(), from.unwrap().to_string().as_str()), ("gpt-4o", "2026-01-16"));
            assert_eq!(output.amount(), "8".parse().unwrap());
            let done = month.done();
            let sides = done.case.sides();
            let evidence = crate::reconcile::Evidence::of(&sides, done.items());
            assert_eq!(evidence.with(why.findings[0].proposal.as_ref().unwrap()).residual(), Amount::ZERO);
        }
    }

    #[test]
    fn a_ledger_with_the_first_price_of_a_model_is_named_with_its_date() {
        for shape in [Bill::Classes, Bill::Models, Bill::Requests] {
            // o3 cost 10, 2.5 and 40 before 2025-06-10.
            let old = |row: &mut Row| row.prices = ["10", "2.5", "10", "40"].map(|price| price.parse().unwrap());
            let why = Months::of(shape, &["o3"], 31).ledger_each(old).why();
            assert_only(&why, &[Probe::PriceDate]);
            assert_eq!(
                why.findings[0].sentence,
                "The ledger prices o3 from 2026-01-01 to 2026-01-31 at 10 in, 2.5 cached, 40 out per million, its first price; the bill has the price in force."
            );
        }
    }

    #[test]
    fn three_percent_more_on_all_classes_of_a_model_is_a_price() {
        for shape in [Bill::Classes, Bill::Models, Bill::Requests] {
            let why = Months::of(shape, &["gpt-4o"], 31).bill_each(|row| row.times = (103, 100)).why();
            assert_only(&why, &[Probe::PriceDate]);
            let Some(Proposal::SetPrice { input, output, .. }) = &why.findings[0].proposal else { panic!() };
            assert_eq!([input.amount(), output.amount()], ["2.575", "10.3"].map(|price| price.parse().unwrap()));
        }
    }
}
