//! Priority, fast and ultrafast ask a multiple of the list price that the
//! price data have for each model.

use super::{Detail, Scene, Told};
use crate::price::{Multiple, multiples};
use crate::reconcile::cause::evidence::{Proposal, Tiered};

/// The multiples to try for a model.
pub(in crate::reconcile::cause) fn times(model: &str) -> impl Iterator<Item = Multiple> {
    multiples(model).iter().copied().filter(|multiple| multiple.name != "region")
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let (model, when) = (scene.model(), scene.when());
    match (scene.detail, scene.multiple()) {
        (_, Some(times)) => Told {
            sentence: format!(
                "{model} was billed exactly {} times what the ledger has {when}: the price of the {} tier.",
                times.shown(),
                times.name
            ),
            proposal: Some(Proposal::TreatAsTier {
                model: scene.name(),
                days: scene.days(),
                tier: Tiered::Times(times),
            }),
        },
        (Detail::Way(tier), _) => Told::only(format!(
            "The bill's lines of {model} {when} are of the {tier} tier, which costs more; the ledger has the list price."
        )),
        _ => Told::only(format!("{model} was billed in a tier that costs more {when}.")),
    }
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn the_multiple_of_each_model_is_its_priority() {
        // 1.7 and 1.75 times the list price.
        let change = |row: &mut crate::reconcile::cause::months::Row| {
            row.times = if row.model == "gpt-4o" { (17, 10) } else { (7, 4) };
        };
        for shape in [Bill::Classes, Bill::Models, Bill::Requests] {
            let why = Months::plain(shape).bill_each(change).why();
            assert_only(&why, &[Probe::Priority]);
        }
    }

    #[test]
    fn lines_that_say_so_are_priority() {
        let change = |row: &mut crate::reconcile::cause::months::Row| {
            if row.model == "gpt-4o" && row.output % 2 == 0 {
                (row.times, row.tier) = ((17, 10), "priority");
            }
        };
        assert_only(&Months::plain(Bill::Classes).bill_each(change).why(), &[Probe::Priority]);
    }
}
