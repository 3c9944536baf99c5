//! The ledger counts in another unit: cents for dollars, a price per thousand
//! tokens taken for one per million.

use super::{Scene, Told};
use crate::price::Multiple;
use crate::reconcile::cause::evidence::Proposal;

/// The multiples to try, both ways.
pub(in crate::reconcile::cause) fn times() -> impl Iterator<Item = Multiple> {
    let up = [10i128, 100, 1_000, 1_000_000].map(|factor| Multiple::new("unit", factor, 1));
    let down = [10i128, 100, 1_000, 1_000_000].map(|factor| Multiple::new("unit", 1, factor));
    up.into_iter().chain(down).flatten()
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let mut models: Vec<u32> = scene.over.iter().map(|(key, _)| key.what).collect();
    models.sort_unstable();
    models.dedup();
    let one = if let [one] = models.as_slice() { Some(scene.evidence.text(*one).to_owned()) } else { None };
    let one = one.filter(|model| !model.is_empty());
    let (model, when) = (one.as_deref().unwrap_or("all models"), scene.when());
    let Some(factor) = scene.multiple() else { return Told::only(format!("{model} is in another unit {when}.")) };
    let sentence =
        if factor.of(crate::amount::Amount::from_int(1)).is_some_and(|one| one < crate::amount::Amount::from_int(1)) {
            format!(
                "The ledger's amounts of {model} {when} are {} times too large: another unit.",
                factor.inverse().shown()
            )
        } else {
            format!("The ledger's amounts of {model} {when} are {} times too small: another unit.", factor.shown())
        };
    Told { sentence, proposal: Some(Proposal::ScaleLedger { model: one.clone(), factor }) }
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn cents_for_dollars_and_thousands_for_millions_are_another_unit() {
        for (num, den) in [(100, 1), (1, 100), (10, 1), (1_000, 1), (1, 1_000)] {
            for shape in [Bill::Classes, Bill::Models, Bill::Requests] {
                let why = Months::plain(shape).ledger_each(|row| row.times = (num, den)).why();
                assert_only(&why, &[Probe::Unit]);
                assert_eq!(why.findings.len(), 1, "one unit for all models");
            }
        }
    }

    #[test]
    fn applying_the_unit_leaves_nothing() {
        let month = Months::plain(Bill::Models).ledger_each(|row| row.times = (100, 1));
        let why = month.why();
        let proposal = why.findings[0].proposal.clone().unwrap();
        let done = month.done();
        let sides = done.case.sides();
        let evidence = crate::reconcile::cause::Evidence::of(&sides, done.items());
        assert_eq!(evidence.with(&proposal).residual(), crate::amount::Amount::ZERO);
        assert_eq!(
            why.findings[0].sentence,
            "The ledger's amounts of all models from 2026-01-01 to 2026-01-31 are 100 times too large: another unit."
        );
    }
}
