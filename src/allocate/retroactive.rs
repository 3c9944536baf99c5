//! Caps that hold in retrospect, and what they would have made of a month that
//! drew without them: only these reach back, whatever else a rule changed.

use std::collections::BTreeMap;

use super::{Allocation, CapChange, Charge, Scope, SubsidyRule};
use crate::amount::Amount;

/// What charges drew, by their places in the month and by cap.
pub type DrawsByCharge<'a> = Vec<(&'a Charge, BTreeMap<&'a Scope, Amount>)>;

/// The rules of a month as they were, with those caps that are retroactive now
/// in the place of those that were then. A rule that is gone, or counts by
/// other subjects or periods, stays as it was; so does one that came later,
/// which is none of these.
pub fn with_retroactive_caps(then: &[SubsidyRule], now: &[SubsidyRule]) -> Vec<SubsidyRule> {
    let of = |rule: &SubsidyRule| {
        let alike = |other: &&SubsidyRule| {
            (&other.name, other.level, other.period) == (&rule.name, rule.level, rule.period) && rule.tiers.is_empty()
        };
        let Some(other) = now.iter().find(alike) else { return rule.clone() };
        let reach_back = || other.caps.iter().filter(|cap| cap.retroactive);
        let stays = |cap: &&CapChange| !cap.retroactive && !reach_back().any(|other| other.from == cap.from);
        let mut caps: Vec<CapChange> = rule.caps.iter().filter(stays).chain(reach_back()).copied().collect();
        caps.sort_by_key(|cap| cap.from);
        SubsidyRule { caps, ..rule.clone() }
    };
    then.iter().map(of).collect()
}

/// What each charge drew, what is nothing left out.
pub fn draws_by_charge(allocation: &Allocation) -> DrawsByCharge<'_> {
    let of = |(at, charge)| {
        let mut draws = BTreeMap::new();
        for draw in &allocation.draws[at] {
            if let Some(position) = allocation.positions.get(draw.position as usize) {
                let sum: &mut Amount = draws.entry(&position.scope).or_default();
                *sum = sum.plus(draw.amount);
            }
        }
        (charge, draws)
    };
    allocation.charges.iter().enumerate().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocate::Percent;
    use crate::allocate::tests::{amount, rule};
    use crate::calendar::Day;

    #[test]
    fn only_caps_in_retrospect_reach_back() {
        let cap = |from: &str, cap: &str, retroactive| CapChange {
            from: Day::parse(from).unwrap(),
            amount: amount(cap),
            retroactive,
        };
        let then = SubsidyRule {
            caps: vec![cap("2026-01-10", "550", false), cap("2026-01-12", "1", true)],
            ..rule("r", "500")
        };
        let now = SubsidyRule {
            caps: vec![cap("2026-01-25", "600", true), cap("2026-02-01", "700", false)],
            percent: Percent::new(amount("50")).unwrap(),
            ..rule("r", "400")
        };
        let merged = with_retroactive_caps(std::slice::from_ref(&then), &[now]);
        let caps = vec![cap("2026-01-10", "550", false), cap("2026-01-25", "600", true)];
        assert_eq!(merged, [SubsidyRule { caps, ..then.clone() }]);
        assert_eq!(with_retroactive_caps(std::slice::from_ref(&then), &[rule("other", "1")]), [then]);
    }
}
