//! What a month's file leaves of every cap, in cents as they are written.

use super::sheet::Sheet;
use crate::allocate::{Allocation, Coverage, Opening, Projects, Scope, SubsidyRule};
use crate::amount::{Amount, Cents};
use crate::calendar::Day;

/// What every cap stands at after these rows, in cents as they are written:
/// the openings of the months after, with the cap of each. Positions that were
/// never used are left out.
pub fn written(sheet: &Sheet, projects: &Projects, rules: &[SubsidyRule]) -> Vec<(Scope, Opening, Amount)> {
    let allocation = &*sheet.allocation;
    let coverage = Coverage::new(rules, projects);
    let mut after: Vec<(Opening, bool)> =
        allocation.positions.iter().map(|p| (p.opening, p.opening != Opening::default())).collect();
    for of_charge in sheet.parts.chunk_by(|a, b| a.charge == b.charge) {
        let Some(own) = of_charge.first() else { continue };
        let charge = &allocation.charges[own.charge as usize];
        let Some(day) = allocation.counts_on(own.charge) else { continue };
        let list: Cents = of_charge.iter().map(|part| part.cents).sum();
        for rule in coverage.of(charge) {
            let Some(at) = position_of(allocation, rules, projects, rule, charge.project, day) else { continue };
            let (opening, touched) = &mut after[at];
            opening.used = opening.used + list;
            *touched = true;
        }
        let sponsored = of_charge.iter().filter(|part| part.draw.is_some());
        for (part, draw) in sponsored.zip(&allocation.draws[own.charge as usize]) {
            let opening = &mut after[draw.position as usize].0;
            opening.subsidized = opening.subsidized + part.cents;
        }
    }
    let positions = allocation.positions.iter().zip(after);
    positions.filter(|(_, (_, touched))| *touched).map(|(p, (opening, _))| (p.scope.clone(), opening, p.cap)).collect()
}

fn position_of(
    allocation: &Allocation,
    rules: &[SubsidyRule],
    projects: &Projects,
    rule: u16,
    project: Option<u32>,
    day: Day,
) -> Option<usize> {
    let rule = rules.get(usize::from(rule))?;
    let project = &projects.list.get(project? as usize)?.id;
    let period = rule.period.key(day);
    let key = (rule.name.as_str(), project.as_str(), period);
    allocation
        .positions
        .binary_search_by(|p| (p.scope.rule.as_str(), p.scope.project.as_str(), p.scope.period).cmp(&key))
        .ok()
}
