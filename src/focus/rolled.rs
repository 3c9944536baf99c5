//! What a cap comes to in written cents.
//!
//! An allocation is exact, and so is what one period rolls over into the next
//! of the same month. But a cap is settled in cents: a period of which 0.10 of
//! a cent was drawn and nothing written leaves its whole cap, as it does where
//! the next period is in the next month.

use rustc_hash::FxHashMap;

use super::cents::Part;
use crate::allocate::{Allocation, Position, Projects, Rollover, Scope, SubsidyRule};
use crate::amount::{Amount, Cents};
use crate::calendar::Day;

/// The positions of an allocation into which another one of it rolls over.
pub(super) struct Rolled<'a> {
    positions: &'a [Position],
    /// By the position rolled into.
    into: FxHashMap<usize, Roll<'a>>,
    /// The position that each one rolls over into.
    next: FxHashMap<usize, usize>,
}

struct Roll<'a> {
    from: usize,
    rule: &'a SubsidyRule,
    /// First day of the subject.
    there_since: Option<Day>,
}

impl<'a> Rolled<'a> {
    pub fn new(allocation: &'a Allocation, projects: &Projects, rules: &'a [SubsidyRule]) -> Self {
        let positions = allocation.positions.as_slice();
        let (mut into, mut next) = (FxHashMap::default(), FxHashMap::default());
        let roll_over = |rule: &&SubsidyRule| rule.rollover != Rollover::None;
        let by_name: FxHashMap<&str, &SubsidyRule> =
            rules.iter().filter(roll_over).map(|rule| (rule.name.as_str(), rule)).collect();
        for (number, position) in positions.iter().enumerate() {
            let Some(rule) = by_name.get(position.scope.rule.as_str()) else { continue };
            let period = rule.period.key(position.bounds.0.plus_days(-1));
            let before = Scope { period, ..position.scope.clone() };
            let Ok(from) = positions.binary_search_by(|other| other.scope.cmp(&before)) else { continue };
            let there_since = position.scope.subject.project().and_then(|id| projects.first_day(projects.find(id)?));
            into.insert(number, Roll { from, rule, there_since });
            next.insert(from, number);
        }
        Self { positions, into, next }
    }

    /// The position that this one rolls over into within the month.
    pub fn next(&self, position: usize) -> Option<usize> {
        self.next.get(&position).copied()
    }

    /// The position of the month that rolls over into this one.
    pub fn before(&self, position: usize) -> Option<usize> {
        self.into.get(&position).map(|roll| roll.from)
    }

    /// What is rolled over into a position beyond what the allocation counts
    /// with, where the draws of each position are written as `written` says.
    /// Below zero where it is less.
    pub fn beyond_exact(&self, position: usize, written: impl Fn(usize) -> Cents) -> Amount {
        let (Some(roll), Some(into)) = (self.into.get(&position), self.positions.get(position)) else {
            return Amount::ZERO;
        };
        let before = self.positions.get(roll.from).map_or(Cents::ZERO, |from| from.opening.subsidized);
        let drawn = before + written(roll.from);
        roll.rule.rolled_over(into.bounds.0, roll.there_since, |_| drawn.amount()).minus(into.rolled_over)
    }
}

/// The cap of each position of an allocation, where its draws are written as
/// these cents. `projects` and `rules` are those the allocation was made with.
pub fn caps_as_written(
    allocation: &Allocation,
    projects: &Projects,
    rules: &[SubsidyRule],
    written: &[Cents],
) -> Vec<Amount> {
    let rolled = Rolled::new(allocation, projects, rules);
    let written = |position: usize| written.get(position).copied().unwrap_or_default();
    let positions = allocation.positions.iter().enumerate();
    positions.map(|(number, position)| position.cap.plus(rolled.beyond_exact(number, written))).collect()
}

/// Likewise, as these parts are written.
pub(super) fn caps_of(
    allocation: &Allocation,
    projects: &Projects,
    rules: &[SubsidyRule],
    parts: &[Part],
) -> Vec<Amount> {
    let mut written = vec![Cents::ZERO; allocation.positions.len()];
    for part in parts {
        let Some(at) = part.draw else { continue };
        let draw = allocation.draws[part.charge as usize].get(at as usize);
        if let Some(sum) = draw.and_then(|draw| written.get_mut(draw.position as usize)) {
            *sum = *sum + part.cents;
        }
    }
    caps_as_written(allocation, projects, rules, &written)
}
