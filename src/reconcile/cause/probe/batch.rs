//! Batch and flex are billed at half the list price, all classes alike. Either
//! the bill's lines say so, or its amounts are exactly half of the ledger's.

use super::{Detail, Scene, Told};
use crate::price::Multiple;
use crate::reconcile::cause::evidence::{Proposal, Tiered};

pub(in crate::reconcile::cause) const TIMES: Multiple = Multiple::HALF;

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let (model, when) = (scene.model(), scene.when());
    let sentence = match scene.detail {
        Detail::Way(tier) => {
            format!(
                "The bill's lines of {model} {when} are {tier}, at half the list price; the ledger has the list price."
            )
        }
        _ => format!("{model} was billed exactly half of what the ledger has {when}: batch or flex."),
    };
    let proposal = Proposal::TreatAsTier { model: scene.name(), days: scene.days(), tier: Tiered::Times(TIMES) };
    // Where lines of the bill say it, not all of the day need be in the tier.
    Told { sentence, proposal: (!matches!(scene.detail, Detail::Way(_))).then_some(proposal) }
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn half_of_everything_is_batch() {
        for shape in [Bill::Classes, Bill::Models, Bill::Requests] {
            let why = Months::plain(shape).bill_each(|row| row.times = (1, 2)).why();
            assert_only(&why, &[Probe::Batch]);
            assert_eq!(why.findings.len(), 2, "one for each model");
        }
    }

    #[test]
    fn half_of_one_model_on_some_days_is_batch_there() {
        let change = |row: &mut crate::reconcile::cause::months::Row| {
            if row.model == "gpt-4o" && row.day() > 20 {
                row.times = (1, 2);
            }
        };
        let why = Months::plain(Bill::Models).bill_each(change).why();
        assert_only(&why, &[Probe::Batch]);
        assert_eq!(
            why.findings[0].sentence,
            "gpt-4o was billed exactly half of what the ledger has from 2026-01-21 to 2026-01-31: batch or flex."
        );
    }

    #[test]
    fn lines_that_say_so_are_batch() {
        let change = |row: &mut crate::reconcile::cause::months::Row| {
            if row.output % 3 == 0 {
                (row.times, row.tier) = ((1, 2), "batch");
            }
        };
        let why = Months::plain(Bill::Classes).bill_each(change).why();
        assert_only(&why, &[Probe::Batch]);
        assert!(why.findings.iter().all(|finding| finding.proposal.is_none()), "not all of a day is in the tier");
    }
}
