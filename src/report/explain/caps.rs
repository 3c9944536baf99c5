//! Every cap before and after each charge, along the order of the charges.

use super::Cap;
use crate::allocate::{Allocation, Projects, SubsidyRule, Touch};
use crate::amount::Amount;
use crate::report::counted::{cap_for, terms, why_not};

/// What one rule does for a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleStep {
    pub rule: String,
    /// The sponsor's fund.
    pub fund_org: String,
    /// How the rule pays, where that is not all of it in the order of the
    /// charges; else empty.
    pub terms: String,
    /// The cap, or why the rule does not cover the charge.
    pub cap: Result<Cap, &'static str>,
}

/// Walks along the charges of an allocation.
pub struct Caps<'a> {
    allocation: &'a Allocation,
    projects: &'a Projects,
    rules: &'a [SubsidyRule],
    /// Drawn in the month so far, by position.
    drawn: Vec<Amount>,
    /// The first charge that is not walked past yet.
    next: u32,
}

impl<'a> Caps<'a> {
    /// `projects` and `rules` are those the allocation was made with.
    pub fn new(allocation: &'a Allocation, projects: &'a Projects, rules: &'a [SubsidyRule]) -> Self {
        Self { allocation, projects, rules, drawn: vec![Amount::ZERO; allocation.positions.len()], next: 0 }
    }

    /// What every rule does for a charge, in their order. Charges are asked for
    /// in ascending order; those between are walked past.
    pub fn at(&mut self, charge: u32) -> Vec<RuleStep> {
        while self.next < charge {
            self.pass();
        }
        let known = (charge as usize) < self.allocation.touches.len();
        let touched: &[Touch] = if known { &self.allocation.touches[charge as usize] } else { &[] };
        let step = |(number, rule): (u16, &SubsidyRule)| {
            let touch = touched.iter().find(|touch| touch.rule == number);
            let cap = touch.and_then(|touch| self.cap(charge, rule, touch.position));
            RuleStep {
                rule: rule.name.clone(),
                fund_org: rule.fund_org.clone(),
                terms: terms(rule),
                cap: cap.ok_or_else(|| why_not(self.allocation, self.projects, rule, charge)),
            }
        };
        (0u16..).zip(self.rules).map(step).collect()
    }

    fn cap(&self, charge: u32, rule: &SubsidyRule, number: u32) -> Option<Cap> {
        let position = self.allocation.positions.get(number as usize)?;
        let amount = cap_for(self.allocation, rule, charge, number)?;
        let so_far = self.drawn.get(number as usize).copied().unwrap_or_default();
        let before = position.opening.subsidized.amount().plus(so_far);
        let of_charge = &self.allocation.draws[charge as usize];
        let drawn = of_charge.iter().filter(|draw| draw.position == number).map(|draw| draw.amount).sum::<Amount>();
        Some(Cap {
            subject: position.scope.subject.to_string(),
            period: position.scope.period,
            amount,
            before,
            drawn,
            left: amount.minus(before).minus(drawn),
        })
    }

    fn pass(&mut self) {
        if (self.next as usize) < self.allocation.draws.len() {
            for draw in &self.allocation.draws[self.next as usize] {
                if let Some(drawn) = self.drawn.get_mut(draw.position as usize) {
                    *drawn = drawn.plus(draw.amount);
                }
            }
        }
        self.next += 1;
    }
}
