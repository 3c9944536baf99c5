//! Processing in a region costs a tenth more, for the models that offer it.

use super::{Scene, Told};
use crate::price::{Multiple, multiples};
use crate::reconcile::cause::evidence::{Proposal, Tiered};

pub(in crate::reconcile::cause) fn times(model: &str) -> impl Iterator<Item = Multiple> {
    multiples(model).iter().copied().filter(|multiple| multiple.name == "region")
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let (model, when) = (scene.model(), scene.when());
    let times = scene.multiple();
    let shown = times.map_or_else(String::new, Multiple::shown);
    Told {
        sentence: format!("{model} was billed exactly {shown} times the list price {when}: processing in a region."),
        proposal: times.map(|times| Proposal::TreatAsTier {
            model: scene.name(),
            days: scene.days(),
            tier: Tiered::Times(times),
        }),
    }
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn a_tenth_more_is_processing_in_a_region() {
        for shape in [Bill::Classes, Bill::Models, Bill::Requests] {
            let why = Months::of(shape, &["gpt-5.4"], 31).bill_each(|row| row.times = (11, 10)).why();
            assert_only(&why, &[Probe::Region]);
        }
    }
}
