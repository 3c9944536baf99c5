//! One side has the price of another model: an alias that leads elsewhere, or
//! a smaller model of the family.

use super::{Detail, Scene, Told, price_date};

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let (model, when) = (scene.model(), scene.when());
    let Some(candidate) = scene.price() else {
        return Told::only(format!("{model} has another model's price {when}."));
    };
    let (other, prices) = (&candidate.rates.model, price_date::shown(candidate));
    Told::only(match scene.detail {
        Detail::Price(_, true) => format!("{model} is billed {when} at the price of {other}: {prices}."),
        _ => format!("The ledger prices {model} {when} at the price of {other}: {prices}."),
    })
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    use crate::reconcile::cause::months::Row;

    #[test]
    fn a_model_recorded_at_the_price_of_another_is_named() {
        for shape in [Bill::Classes, Bill::Models, Bill::Requests] {
            let mini = |row: &mut Row| {
                let mini = Row { model: "gpt-4o-mini", ..row.clone() }.at_list();
                row.prices = mini.prices;
            };
            let why = Months::of(shape, &["gpt-4o"], 31).ledger_each(mini).why();
            assert_only(&why, &[Probe::WrongModel]);
            assert!(why.findings[0].sentence.contains("at the price of gpt-4o-mini"), "{}", why.findings[0].sentence);
        }
    }
}
