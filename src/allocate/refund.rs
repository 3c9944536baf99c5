//! Which earlier charge a refund takes back: the latest of the same user and
//! usage type that has enough left, else the latest of the same project.
//!
//! Charges come by in the order of drawing. Groups are kept only for users and
//! projects that have refunds, so a month without any costs nothing.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Charge, Projects};
use crate::amount::Amount;

/// Refunds by charge number, in the order of the charges.
#[derive(Default)]
pub(super) struct Refunds {
    /// Each with the charge it takes back.
    pub found: Vec<(u32, u32)>,
    pub orphans: Vec<u32>,
}

/// Same service, user and usage type.
type Use<'a> = (&'a str, &'a str, &'a str);

/// `charges` must be in the order of drawing.
pub(super) fn match_refunds(charges: &[Charge], of: &Projects) -> Refunds {
    let mut result = Refunds::default();
    let refunded: Vec<&Charge> = charges.iter().filter(|c| c.amount.is_negative()).collect();
    if refunded.is_empty() {
        return result;
    }
    let uses: FxHashSet<Use<'_>> = refunded.iter().filter_map(|c| use_of(c)).collect();
    // A project stays the same when its fund or PI changes.
    let project_of = |charge: &Charge| charge.project.map(|project| of.first(project));
    let projects: FxHashSet<u32> = refunded.iter().filter_map(|c| project_of(c)).collect();
    let mut by_use: FxHashMap<Use<'_>, Group> = uses.into_iter().map(|key| (key, Group::default())).collect();
    let mut by_project: FxHashMap<u32, Group> = projects.into_iter().map(|key| (key, Group::default())).collect();
    // Where a charge stands in its two groups, once it is in any.
    let mut places: FxHashMap<u32, (Option<usize>, Option<usize>)> = FxHashMap::default();

    for (number, charge) in (0u32..).zip(charges) {
        let group_of_use = use_of(charge);
        if !charge.amount.is_negative() {
            let in_use = group_of_use.and_then(|key| by_use.get_mut(&key)).map(|g| g.push(number, charge.amount));
            let in_project =
                project_of(charge).and_then(|key| by_project.get_mut(&key)).map(|g| g.push(number, charge.amount));
            if in_use.is_some() || in_project.is_some() {
                places.insert(number, (in_use, in_project));
            }
            continue;
        }
        let wanted = charge.amount.negated();
        let found = group_of_use
            .and_then(|key| by_use.get(&key)?.latest_with(wanted))
            .or_else(|| project_of(charge).and_then(|key| by_project.get(&key)?.latest_with(wanted)));
        let Some((original, left)) = found else {
            result.orphans.push(number);
            continue;
        };
        result.found.push((number, original));
        let left = left.minus(wanted);
        let (in_use, in_project) = places.get(&original).copied().unwrap_or_default();
        let original = &charges[original as usize];
        if let (Some(at), Some(group)) = (in_use, use_of(original).and_then(|key| by_use.get_mut(&key))) {
            group.set(at, left);
        }
        if let (Some(at), Some(group)) = (in_project, project_of(original).and_then(|key| by_project.get_mut(&key))) {
            group.set(at, left);
        }
    }
    result
}

/// `None` where no user is named: two charges of nobody have nothing in common.
fn use_of(charge: &Charge) -> Option<Use<'_>> {
    (!charge.user.is_empty()).then_some((charge.service, &charge.user, &charge.what))
}

/// Charges in order with what refunds have left of each, and above them the
/// greatest of every two, of every four and so on: the latest with enough left
/// is found without walking over those that have too little.
#[derive(Default)]
struct Group {
    charges: Vec<u32>,
    levels: Vec<Vec<Amount>>,
}

impl Group {
    fn push(&mut self, charge: u32, left: Amount) -> usize {
        let at = self.charges.len();
        self.charges.push(charge);
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        self.set(at, left);
        at
    }

    fn set(&mut self, at: usize, left: Amount) {
        let (mut at, mut greatest, mut level) = (at, left, 0);
        loop {
            let values = &mut self.levels[level];
            if at == values.len() {
                values.push(greatest);
            } else {
                values[at] = greatest;
            }
            if values.len() == 1 {
                return;
            }
            let pair = at & !1;
            greatest = values.get(pair + 1).map_or(values[pair], |second| values[pair].max(*second));
            at /= 2;
            level += 1;
            if level == self.levels.len() {
                // The second value of a level opens the one above it, with
                // the pair of the first.
                self.levels.push(Vec::new());
            }
        }
    }

    fn latest_with(&self, wanted: Amount) -> Option<(u32, Amount)> {
        let top = self.levels.last()?;
        let mut at = top.iter().rposition(|left| *left >= wanted)?;
        for values in self.levels.iter().rev().skip(1) {
            let pair = at * 2;
            at = if values.get(pair + 1).is_some_and(|left| *left >= wanted) { pair + 1 } else { pair };
        }
        Some((self.charges[at], self.levels[0][at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_latest_with_enough_left_is_the_one_a_walk_finds(
            steps in proptest::collection::vec((any::<bool>(), 0i64..20, any::<proptest::sample::Index>()), 1..80),
        ) {
            let (mut group, mut plain) = (Group::default(), Vec::new());
            for (push, value, which) in steps {
                let value = Amount::from_int(value);
                if push || plain.is_empty() {
                    group.push(plain.len() as u32, value);
                    plain.push(value);
                } else {
                    let at = which.index(plain.len());
                    group.set(at, value);
                    plain[at] = value;
                }
                for wanted in (0..21).map(Amount::from_int) {
                    let walk = plain.iter().rposition(|left| *left >= wanted).map(|at| (at as u32, plain[at]));
                    prop_assert_eq!(group.latest_with(wanted), walk);
                }
            }
        }
    }
}
