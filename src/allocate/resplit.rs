//! What other rules would make of months that can still change: a cap raised
//! in retrospect, say, before anybody agrees to it.

use super::{Allocation, Charge, Openings, Projects, SubsidyRule, allocate};
use crate::amount::Amount;
use crate::calendar::{Day, Month};

/// A month that is not signed, with its approved charges.
pub struct MonthCharges {
    pub month: Month,
    pub charges: Vec<Charge>,
}

/// A charge whose subsidy would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resplit {
    pub month: Month,
    /// [`Charge::base`] and [`Charge::occurrence`].
    pub charge: (String, u32),
    pub day: Day,
    pub amount: Amount,
    /// Index into [`Projects::list`].
    pub project: Option<u32>,
    /// All rules together, under the rules as they stand and under the others.
    pub before: Amount,
    pub after: Amount,
}

/// The charges of these months whose subsidy the rules `then` would change
/// from what the rules `now` pay, in the order of time and of drawing.
///
/// `months` ascend and follow the months that `openings` speaks of; each goes
/// on from what the one before drew. Since openings are in cents as they are
/// written, `written` says what a month adds to them under its rules.
pub fn resplit(
    months: Vec<MonthCharges>,
    projects: &Projects,
    (now, then): (&[SubsidyRule], &[SubsidyRule]),
    openings: &Openings,
    written: impl Fn(&Allocation, &[SubsidyRule]) -> Openings,
) -> Vec<Resplit> {
    let mut sides = [(now, openings.clone()), (then, openings.clone())];
    let mut changed = Vec::new();
    for MonthCharges { month, charges } in months {
        let [before, after] = sides.each_mut().map(|(rules, openings)| {
            let allocation = allocate(month, charges.clone(), projects, rules, openings);
            for (scope, drawn) in written(&allocation, rules) {
                let sum = openings.entry(scope).or_default();
                *sum = sum.plus(drawn);
            }
            allocation
        });
        // Both have the same charges in the same order: rules do not sort them.
        for (at, charge) in before.charges.iter().enumerate() {
            let [was, is] = [&before, &after].map(|of| of.draws[at].iter().map(|draw| draw.amount).sum::<Amount>());
            if was != is {
                changed.push(Resplit {
                    month,
                    charge: (charge.base.clone(), charge.occurrence),
                    day: charge.day,
                    amount: charge.amount,
                    project: charge.project,
                    before: was,
                    after: is,
                });
            }
        }
    }
    changed
}
