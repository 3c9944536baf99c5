//! One model under two names: on the same days and projects, what the ledger
//! has too much under one name the bill has too much under another.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{Claim, Detail, Probe, Scene, Told};
use crate::amount::Amount;
use crate::reconcile::cause::evidence::{Key, Proposal};
use crate::reconcile::cause::explain::Work;

pub(in crate::reconcile::cause) fn claims(work: &Work<'_, '_>) -> Vec<Claim> {
    opposite(work, Probe::ModelName, |key| key.what)
}

/// The gap of one name on one day, in all and by pool.
type Gap = (Amount, Vec<(usize, Amount)>);

/// Equal and opposite gaps between two names on one day, where `name` is what
/// they differ in and all else is the same. Each pair of names must meet on
/// two days at least, or to six digits.
pub(super) fn opposite(work: &Work<'_, '_>, probe: Probe, name: fn(&Key) -> u32) -> Vec<Claim> {
    let rest = |key: &Key| (key.day, if name(key) == key.what { key.who } else { key.what });
    let mut gaps: BTreeMap<_, BTreeMap<u32, Gap>> = BTreeMap::new();
    for (at, pool, left) in work.open().filter(|(_, pool, _)| pool.days && !pool.key.credits) {
        let gap = gaps.entry(rest(&pool.key)).or_default().entry(name(&pool.key)).or_default();
        gap.0 = gap.0.plus(left);
        gap.1.push((at, left));
    }
    let finest = work.evidence.finest();
    type Met = (u32, u32, Vec<(usize, Amount)>);
    let mut pairs: BTreeMap<(u32, u32), Met> = BTreeMap::new();
    for of_day in gaps.values() {
        // Billed too much, by amount: the one name with it, or none of several.
        let mut over: FxHashMap<Amount, Option<u32>> = FxHashMap::default();
        let mut under: FxHashMap<Amount, Option<u32>> = FxHashMap::default();
        for (name, (gap, _)) in of_day {
            let side = if gap.is_negative() { &mut under } else { &mut over };
            side.entry(gap.abs()).and_modify(|one| *one = None).or_insert(Some(*name));
        }
        for (name, (gap, pools)) in of_day.iter().filter(|(_, (gap, _))| gap.is_negative()) {
            let Some(Some(other)) = over.get(&gap.abs()) else { continue };
            if under.get(&gap.abs()) != Some(&Some(*name)) {
                continue;
            }
            let met = pairs.entry((*name, *other)).or_default();
            met.0 += 1;
            met.1 += super::super::solve::digits(*gap, finest);
            met.2.extend(pools);
            met.2.extend(of_day.get(other).map(|(_, pools)| pools.as_slice()).unwrap_or_default());
        }
    }
    // A name leads to one other name.
    let mut best: FxHashMap<u32, u32> = FxHashMap::default();
    for ((a, _), (count, ..)) in &pairs {
        let most = best.entry(*a).or_default();
        *most = (*most).max(*count);
    }
    let sure = |((a, _), (count, digits, _)): &(&(u32, u32), &Met)| {
        best.get(a) == Some(count) && (*count >= 2 || *digits >= 6 || work.evidence.pools.len() <= 8)
    };
    let of_pair = |((a, b), (.., pools)): (&(u32, u32), &Met)| {
        let claims = pools.iter().map(|(at, left)| work.claim(probe, 0, Detail::Names(*a, *b), *at, *left));
        claims.collect::<Vec<_>>()
    };
    pairs.iter().filter(sure).flat_map(of_pair).collect()
}

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    let Detail::Names(a, b) = scene.detail else { return Told::only(String::new()) };
    let (a, b) = (scene.evidence.text(a).to_owned(), scene.evidence.text(b).to_owned());
    Told {
        sentence: format!(
            "What the ledger has as {a} is billed as {b} {}, to the last digit: one model.",
            scene.when()
        ),
        proposal: Some(Proposal::MergeModels { a, b }),
    }
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn equal_and_opposite_gaps_between_two_names_are_one_model() {
        for shape in [Bill::Classes, Bill::Models] {
            let rename = |row: &mut crate::reconcile::cause::months::Row| {
                if row.model == "gpt-4.1" {
                    row.model = "our-alias";
                }
            };
            let month = Months::plain(shape).ledger_each(rename);
            let why = month.why();
            assert_only(&why, &[Probe::ModelName]);
            let merge = crate::reconcile::Proposal::MergeModels { a: "our-alias".into(), b: "gpt-4.1".into() };
            assert_eq!(why.findings[0].proposal, Some(merge));
        }
    }
}
