//! Holds the cents of every cap within what it has left.
//!
//! Cents are handed down from payer to project to cap by fractions alone, and
//! that may fill up a cap beyond its last whole cent: one that is finer than a
//! cent, one over several projects, or one that shares its sponsor with
//! another. The cent too many goes to another cap of that sponsor over the same
//! project which has it left, or else to the payer that the cap covers. So
//! groups of parts come in with their cents and go out with others; rows are
//! made of them afterwards.

use std::cmp::Reverse;
use std::ops::RangeInclusive;

use super::cents::{Group, Key};
use super::rolled::Rolled;
use crate::allocate::{Allocation, Projects, SubsidyRule};
use crate::amount::{Amount, Cents};

/// `groups` are sorted by key, each with its cents in `owed`. What the draws of
/// a position may come to is what its cap has left in cents; they never take
/// back more than was drawn before either. `covered` says whose is the cent by
/// which a group's draws differ between two numbers of cents.
pub(super) fn hold(
    (groups, owed): (&[Group], &mut [Cents]),
    allocation: &Allocation,
    projects: &Projects,
    rules: &[SubsidyRule],
    covered: impl Fn(&Group, [Cents; 2]) -> Option<Key>,
) {
    let positions = allocation.positions.len();
    let mut of_position = vec![Vec::new(); positions];
    let mut written = vec![Cents::ZERO; positions];
    for (number, (group, cents)) in groups.iter().zip(owed.iter()).enumerate() {
        let Some(position) = group.position() else { continue };
        of_position[position].push(number);
        written[position] = written[position] + *cents;
    }
    let rolled = Rolled::new(allocation, projects, rules);
    let mut caps = Caps { groups, owed, allocation, rolled, written };
    // In the order of time for each subject: a cent taken off a draw is rolled
    // over, and one put on is not.
    for (position, members) in of_position.iter_mut().enumerate() {
        caps.hold(position, members, &covered);
    }
}

struct Caps<'a> {
    groups: &'a [Group],
    /// Of each group, as it stands.
    owed: &'a mut [Cents],
    allocation: &'a Allocation,
    rolled: Rolled<'a>,
    /// By position, as it stands.
    written: Vec<Cents>,
}

impl Caps<'_> {
    /// What was drawn before may be given back; what the cap has left, drawn.
    /// That depends on what `written` says of the position that rolls over into
    /// this one.
    fn bounds(&self, position: usize, written: impl Fn(usize) -> Cents) -> RangeInclusive<Cents> {
        let Some(of) = self.allocation.positions.get(position) else { return Cents::ZERO..=Cents::ZERO };
        let ceiling = of.ceiling.plus(self.rolled.beyond_exact(position, written));
        let least = (Cents::ZERO - of.opening.subsidized).min(Cents::ZERO);
        least..=(Cents::floor(ceiling) - of.opening.subsidized).max(Cents::ZERO)
    }

    /// By how much a cap is passed, or below zero, by how much more is given
    /// back than was drawn.
    fn beyond(&self, position: usize) -> Cents {
        let bounds = self.bounds(position, |of| self.written[of]);
        let written = self.written[position];
        written - written.clamp(*bounds.start(), *bounds.end())
    }

    /// How far a group is filled up beyond its exact amount, seen in the
    /// direction of the step.
    fn filled(&self, group: usize, step: Cents) -> Amount {
        let filled = self.owed[group].amount().minus(self.groups[group].sum);
        if step > Cents::ZERO { filled } else { filled.negated() }
    }

    /// Whether a cap can take a cent, and the one it rolls over into still has
    /// what it draws.
    fn takes(&self, position: usize, step: Cents) -> bool {
        let after = |of: usize| self.written[of] + if of == position { step } else { Cents::ZERO };
        let fits = |of: usize| self.bounds(of, after).contains(&after(of));
        fits(position) && self.rolled.next(position).is_none_or(fits)
    }

    /// Brings the draws of a position, which are those of `members`, within
    /// its cap.
    fn hold(&mut self, position: usize, members: &mut [usize], covered: impl Fn(&Group, [Cents; 2]) -> Option<Key>) {
        for to_covered in [false, true] {
            loop {
                let step = Cents(self.beyond(position).0.signum());
                if step == Cents::ZERO {
                    return;
                }
                // The last to get a cent is the first to lose it.
                members.sort_by_key(|group| Reverse((self.filled(*group, step), *group)));
                let mut moved = false;
                for from in members.iter().copied() {
                    let to = if to_covered {
                        let owed = self.owed[from];
                        covered(&self.groups[from], [owed, owed - step]).and_then(|key| self.find(key))
                    } else {
                        self.other_cap(from, position, step)
                    };
                    let Some(to) = to else { continue };
                    self.give(from, to, step);
                    moved = true;
                    if self.beyond(position) == Cents::ZERO {
                        return;
                    }
                }
                if !moved {
                    break;
                }
            }
        }
    }

    fn find(&self, key: Key) -> Option<usize> {
        self.groups.binary_search_by(|group| group.key.cmp(&key)).ok()
    }

    /// Another cap of the same sponsor and project that a cent of `from` can go
    /// to, both staying within a cent of what is exact: the greatest fraction.
    fn other_cap(&self, from: usize, position: usize, step: Cents) -> Option<usize> {
        if self.filled(from, step) <= Amount::ZERO {
            return None;
        }
        let [payer, project, _] = self.groups[from].key;
        let start = self.groups.partition_point(|group| group.key < [payer, project, 0]);
        let alike = self.groups.iter().enumerate().skip(start);
        let alike = alike.take_while(|(_, group)| group.key.starts_with(&[payer, project]));
        let others = alike.filter(|(number, group)| {
            let of = group.position().filter(|of| *of != position);
            of.is_some_and(|of| self.filled(*number, step) < Amount::ZERO && self.takes(of, step))
        });
        others.map(|(number, _)| number).min_by_key(|number| (self.filled(*number, step), *number))
    }

    fn give(&mut self, from: usize, to: usize, step: Cents) {
        for (group, step) in [(from, Cents::ZERO - step), (to, step)] {
            self.owed[group] = self.owed[group] + step;
            if let Some(position) = self.groups[group].position() {
                self.written[position] = self.written[position] + step;
            }
        }
    }
}
