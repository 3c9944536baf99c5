//! What each rule takes over of each charge, and how that moves the caps.
//!
//! A rule pays by the total that has reached it in a period, not charge by
//! charge: a charge draws what the total with it pays more than the total
//! without it. So a refund gives back exactly what it should, and a charge
//! made again after its refund draws as it did before.

use std::collections::BTreeMap;

use rayon::slice::ParallelSliceMut;
use rustc_hash::FxHashMap;

use super::refund::{Refunds, match_refunds};
use super::{Allocation, Charge, Draw, Draws, Opening, Openings, Position, Projects, Scope, SubsidyRule};
use crate::amount::Amount;
use crate::calendar::{Day, Month, PeriodKey};

/// Splits a month's approved charges between the payers' funds and the
/// sponsors.
///
/// Charges draw in order of day, then base and occurrence; a day's refunds
/// come behind its charges. The rules draw in the order given, each from what
/// those before it left. A refund takes over project and period of the charge
/// it takes back; one without such a charge draws nothing.
///
/// The result depends on the set of charges, not on their order.
pub fn allocate(
    month: Month,
    mut charges: Vec<Charge>,
    projects: &Projects,
    rules: &[SubsidyRule],
    openings: &Openings,
) -> Allocation {
    charges.par_sort_by(|a, b| in_order(a).cmp(&in_order(b)));
    let refunds = match_refunds(&charges);
    for (refund, original) in &refunds.found {
        charges[*refund as usize].project = charges[*original as usize].project;
    }
    let mut ledger = Ledger::new(projects, rules, openings);
    let draws = ledger.draw_all(&charges, &refunds);
    ledger.open_for(month);
    let (positions, new_number) = ledger.into_positions();
    let mut draws = draws;
    for draw in &mut draws.all {
        draw.position = new_number[draw.position as usize];
    }
    Allocation { charges, draws, positions, refunds: refunds.found, orphan_refunds: refunds.orphans }
}

/// The order of drawing. Nothing but the amount and the user are left to tell
/// charges apart whose base and occurrence are the same by mistake.
fn in_order(charge: &Charge) -> impl Ord + '_ {
    let refund = charge.amount.is_negative();
    (charge.day, refund, charge.base.as_str(), charge.occurrence, charge.amount, charge.project)
}

/// Which rules cover which charges.
pub(crate) struct Coverage<'a> {
    rules: &'a [SubsidyRule],
    /// By rule, then by project.
    eligible: Vec<Vec<bool>>,
}

impl<'a> Coverage<'a> {
    pub(crate) fn new(rules: &'a [SubsidyRule], projects: &Projects) -> Self {
        let eligible = rules.iter().map(|rule| projects.list.iter().map(|p| rule.covers_project(&p.id)).collect());
        Self { rules, eligible: eligible.collect() }
    }

    /// Rule numbers, ascending, that cover a charge, whether or not their caps
    /// have anything left.
    pub(crate) fn of(&self, charge: &Charge) -> impl Iterator<Item = u16> + '_ {
        let (project, service) = (charge.project, charge.service);
        (0u16..).zip(self.rules).filter_map(move |(number, rule)| {
            let covered = project.is_some_and(|p| self.covers_project(number, p)) && rule.covers_service(service);
            covered.then_some(number)
        })
    }

    fn covers_project(&self, rule: u16, project: u32) -> bool {
        self.eligible.get(usize::from(rule)).and_then(|by_project| by_project.get(project as usize)) == Some(&true)
    }
}

impl SubsidyRule {
    fn covers_project(&self, id: &str) -> bool {
        self.enabled && self.eligible_projects.as_ref().is_none_or(|ids| ids.iter().any(|other| other == id))
    }

    fn covers_service(&self, service: &str) -> bool {
        self.services.iter().any(|other| other.eq_ignore_ascii_case(service))
    }

    /// What the rule pays of a period's total. Never falls as the total
    /// grows, and never grows faster; every further kind of rule is another
    /// such function.
    fn pays(&self, total: Amount) -> Amount {
        total.min(self.cap)
    }

    /// The total at which the rule has paid what earlier months drew, so that
    /// the month goes on from what is left of the cap. What those months left
    /// to the payers is settled: a cap raised since does not pay it now.
    fn total_after(&self, opening: Opening) -> Amount {
        opening.subsidized.amount()
    }
}

/// The running position of every scope, by number.
struct Ledger<'a> {
    projects: &'a Projects,
    rules: &'a [SubsidyRule],
    openings: &'a Openings,
    coverage: Coverage<'a>,
    numbers: FxHashMap<(u16, u32, PeriodKey), u32>,
    running: Vec<Running>,
}

struct Running {
    position: Position,
    /// The period's total that has reached the rule.
    total: Amount,
}

impl<'a> Ledger<'a> {
    fn new(projects: &'a Projects, rules: &'a [SubsidyRule], openings: &'a Openings) -> Self {
        let coverage = Coverage::new(rules, projects);
        Self { projects, rules, openings, coverage, numbers: FxHashMap::default(), running: Vec::new() }
    }

    fn draw_all(&mut self, charges: &[Charge], refunds: &Refunds) -> Draws {
        let mut draws = Draws::default();
        draws.ends.reserve(charges.len());
        let mut found = refunds.found.iter().peekable();
        let mut orphans = refunds.orphans.iter().peekable();
        for (number, charge) in (0u32..).zip(charges) {
            if orphans.next_if_eq(&&number).is_some() {
                draws.push([]);
                continue;
            }
            let original = found.next_if(|(refund, _)| *refund == number).map(|(_, original)| *original);
            let counts_on = original.map_or(charge.day, |original| charges[original as usize].day);
            let covering: Vec<u16> = self.coverage.of(charge).collect();
            let mut left = charge.amount;
            for rule in covering {
                let Some(scope) = charge.project.map(|project| self.number(rule, project, counts_on)) else { continue };
                let amount = self.running[scope as usize].take(&self.rules[usize::from(rule)], charge, left);
                left = left.minus(amount);
                if !amount.is_zero() {
                    draws.all.push(Draw { rule, position: scope, amount });
                }
            }
            draws.push([]);
        }
        draws
    }

    /// Gives a scope to every project that an enabled rule covers, so that
    /// what is left shows before anything is drawn.
    fn open_for(&mut self, month: Month) {
        for rule in (0u16..).take(self.rules.len()) {
            for project in (0u32..).take(self.projects.list.len()) {
                if self.coverage.covers_project(rule, project) {
                    self.number(rule, project, month.first());
                    self.number(rule, project, month.last());
                }
            }
        }
        // Openings of rules that are switched off, or of projects that are no
        // longer there: nothing is drawn, but it was.
        let open: BTreeMap<&Scope, ()> = self.running.iter().map(|r| (&r.position.scope, ())).collect();
        let mut rest = Vec::new();
        for rule in self.rules {
            for day in [month.first(), month.last()] {
                let period = rule.period.key(day);
                let of_rule = self.openings.iter().filter(|(s, _)| s.rule == rule.name && s.period == period);
                rest.extend(of_rule.filter(|(s, _)| !open.contains_key(s)).map(|(s, o)| (s.clone(), (rule, day, *o))));
            }
        }
        for (scope, (rule, day, opening)) in BTreeMap::from_iter(rest) {
            self.running.push(Running::new(rule, scope, day, opening));
        }
    }

    fn number(&mut self, rule: u16, project: u32, day: Day) -> u32 {
        let of_rule = &self.rules[usize::from(rule)];
        let period = of_rule.period.key(day);
        *self.numbers.entry((rule, project, period)).or_insert_with(|| {
            let id = self.projects.list.get(project as usize).map_or_else(String::new, |p| p.id.clone());
            let scope = Scope { rule: of_rule.name.clone(), project: id, period };
            let opening = self.openings.get(&scope).copied().unwrap_or_default();
            self.running.push(Running::new(of_rule, scope, day, opening));
            self.running.len() as u32 - 1
        })
    }

    /// The positions in the order of their scopes, and the new number of each
    /// old one.
    fn into_positions(self) -> (Vec<Position>, Vec<u32>) {
        let mut order: Vec<usize> = (0..self.running.len()).collect();
        order.sort_by(|a, b| self.running[*a].position.scope.cmp(&self.running[*b].position.scope));
        let mut new_number = vec![0; order.len()];
        for (new, old) in (0u32..).zip(&order) {
            new_number[*old] = new;
        }
        let mut positions: Vec<(u32, Position)> =
            new_number.iter().copied().zip(self.running.into_iter().map(|r| r.position)).collect();
        positions.sort_by_key(|(number, _)| *number);
        let mut positions: Vec<Position> = positions.into_iter().map(|(_, position)| position).collect();
        for position in &mut positions {
            position.days.retain(|(_, amount)| !amount.is_zero());
        }
        (positions, new_number)
    }
}

impl Running {
    fn new(rule: &SubsidyRule, scope: Scope, day: Day, opening: Opening) -> Self {
        let bounds = rule.period.bounds(day);
        let (used, drawn) = (Amount::ZERO, Amount::ZERO);
        let position = Position { scope, cap: rule.cap, opening, used, drawn, days: Vec::new(), bounds };
        Self { position, total: rule.total_after(opening) }
    }

    /// Moves the position by a charge of which `left` reaches the rule.
    fn take(&mut self, rule: &SubsidyRule, charge: &Charge, left: Amount) -> Amount {
        // Where the rules before this one cover other services or turn their
        // period within the month, a refund can reach this one though its
        // charge did not. The total remembers it, so that charging again
        // returns to the start; but no more is given back than was drawn.
        let opened = rule.pays(rule.total_after(self.position.opening));
        let paid = |total| rule.pays(total).max(opened);
        let before = paid(self.total);
        self.total = self.total.plus(left);
        let amount = paid(self.total).minus(before);
        let position = &mut self.position;
        position.used = position.used.plus(charge.amount);
        position.drawn = position.drawn.plus(amount);
        // Charges come by day, so the last day is the only one that grows.
        match position.days.last_mut() {
            Some((day, drawn)) if *day == charge.day => *drawn = drawn.plus(amount),
            _ => position.days.push((charge.day, amount)),
        }
        amount
    }
}
