//! Holds the cents of every cap within what it has left.
//!
//! Cents are handed down from payer to project to row. A cap over several
//! projects is split among them there, and where its sponsor has another rule
//! over the same projects, the split may fill up one of the two everywhere.
//! The cent too many goes to that other rule, whose sponsor and project are the
//! same, or else to the payer that the cap covers.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::cents::Part;
use crate::allocate::{Allocation, Draw, Projects, SubsidyRule};
use crate::amount::{Amount, Cents};

/// `left` is what the draws of each position may come to; they never take back
/// more than was drawn before either.
pub(super) fn hold(
    parts: &mut [Part],
    allocation: &Allocation,
    projects: &Projects,
    rules: &[SubsidyRule],
    left: &[Cents],
) {
    let mut caps = Caps { allocation, projects, rules, left, written: vec![Cents::ZERO; left.len()] };
    for part in parts.iter() {
        if let Some(draw) = caps.draw(part) {
            let written = &mut caps.written[draw.position as usize];
            *written = *written + part.cents;
        }
    }
    let beyond: Vec<usize> = (0..left.len()).filter(|at| caps.beyond(*at) != Cents::ZERO).collect();
    if beyond.is_empty() {
        return;
    }
    let mut by_place: FxHashMap<(&str, u32), Vec<usize>> = FxHashMap::default();
    for (number, part) in parts.iter().enumerate() {
        if let Some(place) = caps.place(part) {
            by_place.entry(place).or_default().push(number);
        }
    }
    for position in beyond {
        while let Some(step) = Some(Cents(caps.beyond(position).0.signum())).filter(|step| *step != Cents::ZERO) {
            if !caps.give_back(parts, &by_place, position, step) {
                break;
            }
        }
    }
}

struct Caps<'a> {
    allocation: &'a Allocation,
    projects: &'a Projects,
    rules: &'a [SubsidyRule],
    left: &'a [Cents],
    /// By position, as it stands.
    written: Vec<Cents>,
}

impl<'a> Caps<'a> {
    fn draw(&self, part: &Part) -> Option<&'a Draw> {
        self.allocation.draws[part.charge as usize].get(part.draw? as usize)
    }

    /// The sponsor's fund and the project that a draw is for.
    fn place(&self, part: &Part) -> Option<(&'a str, u32)> {
        let rule = self.rules.get(usize::from(self.draw(part)?.rule))?;
        let project = self.allocation.charges[part.charge as usize].project?;
        Some((rule.fund_org.as_str(), self.projects.first(project)))
    }

    /// What was drawn before may be given back.
    fn least(&self, position: usize) -> Cents {
        let before = self.allocation.positions.get(position).map_or(Cents::ZERO, |p| p.opening.subsidized);
        (Cents::ZERO - before).min(Cents::ZERO)
    }

    /// By how much a cap is passed, or below zero, by how much its draws are.
    fn beyond(&self, position: usize) -> Cents {
        let written = self.written[position];
        written - written.clamp(self.least(position), self.left[position])
    }

    /// Takes a cent off a draw of a position that has too many, or adds one
    /// where it has too few. `false` when it has no draw.
    fn give_back(
        &mut self,
        parts: &mut [Part],
        by_place: &FxHashMap<(&str, u32), Vec<usize>>,
        position: usize,
        step: Cents,
    ) -> bool {
        // How far a part is filled up beyond its exact amount, seen in the
        // direction of the step.
        let filled = |part: &Part| {
            let filled = part.cents.amount().minus(part.exact);
            if step > Cents::ZERO { filled } else { filled.negated() }
        };
        let is_of = |part: &Part| self.draw(part).is_some_and(|draw| draw.position as usize == position);
        let mut members: Vec<usize> = (0..parts.len()).filter(|number| is_of(&parts[*number])).collect();
        members.sort_by_key(|number| Reverse((filled(&parts[*number]), *number)));
        let takes = |other: &usize| {
            let draw = self.draw(&parts[*other]).filter(|draw| draw.position as usize != position);
            draw.filter(|draw| {
                let at = draw.position as usize;
                let after = self.written[at] + step;
                filled(&parts[*other]) < Amount::ZERO && (self.least(at)..=self.left[at]).contains(&after)
            })
        };
        let swap = members.iter().filter(|number| filled(&parts[**number]) > Amount::ZERO).find_map(|number| {
            let others = by_place.get(&self.place(&parts[*number])?)?;
            let other = others.iter().find(|other| takes(other).is_some())?;
            Some((*number, *other))
        });
        let Some((from, to)) = swap.or_else(|| {
            let from = *members.first()?;
            let charge = parts[from].charge;
            // The charge's own part stands before its draws.
            let own = (0..from).rev().find(|at| parts[*at].draw.is_none() && parts[*at].charge == charge)?;
            Some((from, own))
        }) else {
            return false;
        };
        parts[from].cents = parts[from].cents - step;
        parts[to].cents = parts[to].cents + step;
        self.written[position] = self.written[position] - step;
        if let Some(draw) = self.draw(&parts[to]) {
            let written = &mut self.written[draw.position as usize];
            *written = *written + step;
        }
        true
    }
}
