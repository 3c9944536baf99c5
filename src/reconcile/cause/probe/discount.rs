//! A contract: one ratio between what is billed and what is recorded, the same
//! for all models and classes.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Scene, Told};
use crate::amount::Amount;
use crate::price::Multiple;
use crate::reconcile::cause::evidence::{Evidence, Pool, Proposal, Strand};

/// Ratios with a denominator beyond this are no contract.
const FINEST: i128 = 10_000;

/// The ratios that two models at least share.
pub(in crate::reconcile::cause) fn times(evidence: &Evidence<'_>) -> Vec<Multiple> {
    let mut seen: FxHashMap<Multiple, (FxHashSet<u32>, u32)> = FxHashMap::default();
    let mut apart = 0u32;
    for pool in evidence.pools.iter().filter(|pool| pool.strand == Strand::Both && !pool.gap().is_zero()) {
        apart += 1;
        for ratio in ratios(pool) {
            let known = seen.entry(ratio).or_default();
            known.0.insert(pool.key.what);
            known.1 += 1;
        }
    }
    let shared = |(models, pools): &(FxHashSet<u32>, u32)| models.len() >= 2 && pools * 3 >= apart;
    let mut found: Vec<(u32, Multiple)> =
        seen.into_iter().filter(|(_, known)| shared(known)).map(|(ratio, (_, pools))| (pools, ratio)).collect();
    found.sort_by_key(|(pools, ratio)| (std::cmp::Reverse(*pools), *ratio));
    found.into_iter().take(3).map(|(_, ratio)| ratio).collect()
}

/// Billed against recorded, and against the ledger's tokens at list price.
fn ratios(pool: &Pool) -> Vec<Multiple> {
    let of = |recorded: Amount| Multiple::new("discount", pool.bill.amount.units(), recorded.units());
    let listed = pool.ledger.is_listed().then_some(pool.ledger.list).filter(|list| *list != pool.ledger.amount);
    let is_contract = |multiple: &Multiple| {
        let scale = Amount::from_units(FINEST);
        let known = [(1, 2), (1, 1)].into_iter().filter_map(|(num, den)| Multiple::new("discount", num, den));
        multiple.of(scale).is_some_and(|part| part.units() < FINEST * 3 && part.units() * 5 > FINEST)
            && !known.into_iter().any(|other| other == *multiple)
    };
    // What the ledger should have, where it plainly counted in one of the ways.
    let counted =
        super::ways().filter(|way| pool.ledger.is_listed() && (way.recorded)(&pool.ledger) == pool.ledger.amount);
    let right = counted.map(|way| (way.right)(&pool.ledger, pool.billed_usage()));
    let bases: FxHashSet<Amount> = [Some(pool.ledger.amount), listed].into_iter().flatten().chain(right).collect();
    bases.into_iter().filter_map(of).filter(is_contract).collect::<Vec<_>>()
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let times = scene.multiple();
    let shown = times.map_or_else(String::new, Multiple::shown);
    Told {
        sentence: format!("All models are billed at {shown} of the list price {}: a contract.", scene.when()),
        proposal: times.map(|factor| Proposal::TakeOutDiscount { factor }),
    }
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn one_ratio_for_all_models_is_a_contract() {
        for shape in [Bill::Classes, Bill::Models, Bill::Requests] {
            let why = Months::plain(shape).bill_each(|row| row.times = (17, 20)).why();
            assert_only(&why, &[Probe::Discount]);
            assert_eq!(
                why.findings[0].sentence,
                "All models are billed at 0.85 of the list price from 2026-01-01 to 2026-01-31: a contract."
            );
        }
    }

    #[test]
    fn taking_the_discount_out_leaves_nothing() {
        let month = Months::plain(Bill::Models).bill_each(|row| row.times = (9, 10));
        let proposal = month.why().findings[0].proposal.clone().unwrap();
        let done = month.done();
        let sides = done.case.sides();
        let evidence = crate::reconcile::cause::Evidence::of(&sides, done.items());
        assert_eq!(proposal.residual(&evidence), crate::amount::Amount::ZERO);
    }
}
