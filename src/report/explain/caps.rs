//! Every cap before and after each charge, along the order in which charges
//! draw.

use super::Cap;
use crate::allocate::{Allocation, Projects, SubsidyRule};
use crate::amount::Amount;
use crate::report::counted::{Touches, subject};

/// What one rule does for a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleStep {
    pub rule: String,
    /// The sponsor's fund.
    pub fund_org: String,
    /// The cap, or why the rule does not cover the charge.
    pub cap: Result<Cap, &'static str>,
}

/// Walks along the charges of an allocation.
pub struct Caps<'a> {
    allocation: &'a Allocation,
    rules: &'a [SubsidyRule],
    touches: Touches<'a>,
    /// Drawn in the month so far, by position.
    drawn: Vec<Amount>,
    /// The first charge that is not walked past yet.
    next: u32,
}

impl<'a> Caps<'a> {
    /// `projects` and `rules` are those the allocation was made with.
    pub fn new(allocation: &'a Allocation, projects: &'a Projects, rules: &'a [SubsidyRule]) -> Self {
        let drawn = vec![Amount::ZERO; allocation.positions.len()];
        Self { allocation, rules, touches: Touches::new(allocation, projects, rules), drawn, next: 0 }
    }

    /// What every rule does for a charge, in their order. Charges are asked for
    /// in ascending order; those between are walked past.
    pub fn at(&mut self, charge: u32) -> Vec<RuleStep> {
        while self.next < charge {
            self.pass();
        }
        let touched = self.touches.of(charge);
        let step = |(number, rule): (u16, &SubsidyRule)| {
            let touch = touched.iter().find(|touch| touch.rule == number);
            let cap = match touch.map(|touch| touch.position) {
                Some(position) => self.cap(charge, position),
                None => Err(self.touches.why_not(number, charge).unwrap_or("it has no cap on that day")),
            };
            RuleStep { rule: rule.name.clone(), fund_org: rule.fund_org.clone(), cap }
        };
        (0u16..).zip(self.rules).map(step).collect()
    }

    fn cap(&self, charge: u32, number: u32) -> Result<Cap, &'static str> {
        let Some(position) = self.allocation.positions.get(number as usize) else {
            return Err("it has no cap on that day");
        };
        let so_far = self.drawn.get(number as usize).copied().unwrap_or_default();
        let before = position.opening.subsidized.amount().plus(so_far);
        let of_charge = &self.allocation.draws[charge as usize];
        let drawn = of_charge.iter().filter(|draw| draw.position == number).map(|draw| draw.amount).sum::<Amount>();
        Ok(Cap {
            subject: subject(&position.scope),
            period: position.scope.period,
            amount: position.cap,
            before,
            drawn,
            left: position.cap.minus(before).minus(drawn),
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
