//! Holds the cents of every cap within what it has left.
//!
//! Cents are handed down from payer to project to cap by fractions alone, and
//! that may fill up a cap beyond its last whole cent: one that is finer than a
//! cent, one over several projects, or one that shares its sponsor with
//! another. The cent too many goes to another cap of that sponsor over the same
//! project which has it left, or else to the payer that the cap covers, for the
//! very charge whose draw cannot have it. So groups of parts come in with their
//! cents and go out with others, before rows are made of them.

use std::cmp::Reverse;
use std::ops::RangeInclusive;

use super::cents::Group;
use super::rolled::Rolled;
use super::short::{Place, Short};
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
    covered: impl Fn(&Group, [Cents; 2]) -> Option<u32>,
) -> Vec<(u32, Cents)> {
    let positions = allocation.positions.len();
    let mut of_position = vec![Vec::new(); positions];
    let mut written = vec![Cents::ZERO; positions];
    for (number, (group, cents)) in groups.iter().zip(owed.iter()).enumerate() {
        let Some(position) = group.position() else { continue };
        of_position[position].push(number);
        written[position] = written[position] + *cents;
    }
    let rolled = Rolled::new(allocation, projects, rules);
    let (step, short, moved) = (Cents::ZERO, Short::default(), Vec::new());
    let mut caps = Caps { groups, owed, allocation, rolled, of_position, written, step, short, moved };
    // In the order of time for each subject: a cent taken off a draw is rolled
    // over, and one put on is not.
    for position in 0..positions {
        caps.hold(position, &covered);
    }
    caps.moved
}

struct Caps<'a> {
    groups: &'a [Group],
    /// Of each group, as it stands.
    owed: &'a mut [Cents],
    allocation: &'a Allocation,
    rolled: Rolled<'a>,
    /// The groups of each position.
    of_position: Vec<Vec<usize>>,
    /// By position, as it stands.
    written: Vec<Cents>,
    /// What is taken off a draw of the position at hand: a cent, or where too
    /// much is given back, less than none.
    step: Cents,
    /// Seen in the direction of the step.
    short: Short,
    /// Cents that went to own payers, by part.
    moved: Vec<(u32, Cents)>,
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
    fn filled(&self, group: usize) -> Amount {
        let filled = self.owed[group].amount().minus(self.groups[group].sum);
        if self.step > Cents::ZERO { filled } else { filled.negated() }
    }

    /// Whether the cap of a group can take a cent, and the one it rolls over
    /// into still has what it draws.
    fn takes(&self, group: usize) -> bool {
        let Some(position) = self.groups[group].position() else { return false };
        let after = |of: usize| self.written[of] + if of == position { self.step } else { Cents::ZERO };
        let fits = |of: usize| self.bounds(of, after).contains(&after(of));
        fits(position) && self.rolled.next(position).is_none_or(fits)
    }

    /// Brings the draws of a position within its cap.
    fn hold(&mut self, position: usize, covered: impl Fn(&Group, [Cents; 2]) -> Option<u32>) {
        let step = Cents(self.beyond(position).0.signum());
        if step == Cents::ZERO {
            return;
        }
        if step != self.step {
            (self.step, self.short) = (step, Short::default());
        }
        let mut members = self.of_position[position].clone();
        for to_covered in [false, true] {
            loop {
                // The last to get a cent is the first to lose it.
                members.sort_by_key(|group| Reverse((self.filled(*group), *group)));
                let mut moved = false;
                for from in members.iter().copied() {
                    if self.beyond(position) == Cents::ZERO {
                        break;
                    }
                    if !to_covered {
                        let Some(to) = self.other_cap(from) else { continue };
                        self.give(to, step);
                    } else {
                        let owed = self.owed[from];
                        let Some(part) = covered(&self.groups[from], [owed, owed - step]) else { continue };
                        self.moved.push((part, step));
                    }
                    self.give(from, Cents::ZERO - step);
                    moved = true;
                }
                if !moved {
                    break;
                }
            }
        }
        // These have more room than before.
        for other in [self.rolled.next(position), self.rolled.before(position)].into_iter().flatten() {
            for group in self.of_position[other].iter().copied() {
                self.short.remember(self.place(group), self.filled(group), group);
            }
        }
    }

    fn place(&self, group: usize) -> Place {
        let [payer, project, _] = self.groups[group].key;
        [payer, project]
    }

    /// The group of another cap of the same sponsor and project that a cent of
    /// `from` can go to, both staying within a cent of what is exact.
    fn other_cap(&mut self, from: usize) -> Option<usize> {
        if self.filled(from) <= Amount::ZERO {
            return None;
        }
        let (place, mut short) = (self.place(from), std::mem::take(&mut self.short));
        let all = || {
            let start = self.groups.partition_point(|group| group.key[..2] < place[..]);
            let alike = (start..self.groups.len()).take_while(|group| self.place(*group) == place);
            let draws = alike.filter(|group| self.groups[*group].position().is_some());
            draws.map(|group| (self.filled(group), group)).filter(|(filled, _)| *filled < Amount::ZERO).collect()
        };
        let first = short.first(place, all, |group| self.takes(group));
        self.short = short;
        first
    }

    fn give(&mut self, group: usize, step: Cents) {
        let place = self.place(group);
        self.short.forget(place, self.filled(group), group);
        self.owed[group] = self.owed[group] + step;
        if let Some(position) = self.groups[group].position() {
            self.written[position] = self.written[position] + step;
            self.short.remember(place, self.filled(group), group);
        }
    }
}
