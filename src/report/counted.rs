//! Which caps a charge counts against, and whose they are, for what is told
//! about subsidies.

use crate::allocate::{Allocation, Coverage, Position, Projects, Scope, SubsidyRule};

/// A cap that a charge counts against, whether or not it had anything left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Touch {
    /// Index into the rules.
    pub rule: u16,
    /// Index into the positions of the allocation.
    pub position: u32,
}

/// Looks up the caps of the charges of one allocation.
pub(super) struct Touches<'a> {
    allocation: &'a Allocation,
    projects: &'a Projects,
    rules: &'a [SubsidyRule],
    coverage: Coverage<'a>,
}

impl<'a> Touches<'a> {
    pub fn new(allocation: &'a Allocation, projects: &'a Projects, rules: &'a [SubsidyRule]) -> Self {
        Self { allocation, projects, rules, coverage: Coverage::new(rules, projects) }
    }

    /// Those of one charge in the order of the rules; none for a refund of
    /// nothing.
    pub fn of(&self, charge: u32) -> Vec<Touch> {
        let found = self.allocation.charges.get(charge as usize).zip(self.allocation.counts_on(charge));
        let Some((of, day)) = found else { return Vec::new() };
        let Some(project) = of.project.and_then(|at| self.projects.list.get(at as usize)) else { return Vec::new() };
        let touch = |rule: u16| {
            let of_rule = self.rules.get(usize::from(rule))?;
            let key = (of_rule.name.as_str(), project.id.as_str(), of_rule.period.key(day));
            let place = |position: &Position| {
                let Scope { rule, project, period } = &position.scope;
                (rule.as_str(), project.as_str(), *period).cmp(&key)
            };
            let position = self.allocation.positions.binary_search_by(place).ok()?;
            Some(Touch { rule, position: position as u32 })
        };
        self.coverage.of(of).filter_map(touch).collect()
    }

    /// Why a rule does not cover a charge; `None` where it does.
    pub fn why_not(&self, rule: u16, charge: u32) -> Option<&'static str> {
        let of = self.allocation.charges.get(charge as usize)?;
        let of_rule = self.rules.get(usize::from(rule))?;
        if self.allocation.counts_on(charge).is_none() {
            return Some("no earlier charge is known that this refund takes back");
        }
        if self.coverage.of(of).any(|covering| covering == rule) {
            return None;
        }
        let project = of.project.and_then(|at| self.projects.list.get(at as usize));
        let eligible = |id: &str| of_rule.eligible_projects.as_ref().is_none_or(|ids| ids.iter().any(|one| one == id));
        Some(match project {
            _ if !of_rule.enabled => "it is switched off",
            None => "nobody is known to pay, and what is unassigned draws nothing",
            Some(project) if !eligible(&project.id) => "it does not cover this project",
            Some(_) => "it does not cover this service",
        })
    }
}

/// Whose cap it is, in words.
pub(super) fn subject(scope: &Scope) -> String {
    scope.project.clone()
}
