//! What other rules would make of months that can still change: a cap raised
//! in retrospect, say, before anybody agrees to it.

use std::sync::Arc;

use super::{
    Allocation, Before, Charge, Chosen, Earlier, EarlierMonth, Opening, Openings, Projects, SubsidyRule, allocate_after,
};
use crate::calendar::Month;

/// What the months before one charged, where these stand otherwise than they
/// were written.
pub type EarlierWith<'a> = Box<dyn Fn(&[Arc<EarlierMonth>]) -> Result<Arc<Earlier>, String> + 'a>;

/// A month that is not signed, with its approved charges.
pub struct MonthCharges<'a> {
    pub month: Month,
    pub charges: Vec<Charge>,
    /// What months before it drew that are not among those to be split.
    pub openings: Openings,
    /// What the corrections change that it bills: they come before its own
    /// charges, whatever the rules are.
    pub corrections: Openings,
    /// What is to be taken back by its refunds, and which of it was named for
    /// them.
    pub earlier: EarlierWith<'a>,
    pub chosen: Chosen,
    /// Refunds of later months may take back what it charges.
    pub taken_back: bool,
}

/// Splits months under the rules as they stand (`now`) and under others
/// (`then`), and hands over both allocations of each, in the order of time.
///
/// `months` ascend; each goes on from what those before it draw, and its refunds
/// take back what those before it charge, under the same rules. Since openings
/// are in cents as they are written, `written` says what a month adds to them.
/// Both allocations have the same charges in the same order: rules do not sort
/// them.
///
/// # Errors
/// A sentence, as [`MonthCharges::earlier`] gives it.
pub fn resplit<'a>(
    months: impl IntoIterator<Item = MonthCharges<'a>>,
    projects: &Projects,
    (now, then): (&[SubsidyRule], &[SubsidyRule]),
    written: impl Fn(Month, &Arc<Allocation>, &[SubsidyRule]) -> Openings,
    mut each: impl FnMut(Month, [&Allocation; 2]),
) -> Result<(), String> {
    let mut sides = [(now, Openings::new(), Vec::new()), (then, Openings::new(), Vec::new())];
    for of in months {
        let month = of.month;
        let mut allocations = Vec::with_capacity(2);
        for (rules, drawn, charged) in &mut sides {
            of.corrections.iter().for_each(|(scope, change)| add(drawn, scope.clone(), *change));
            let mut openings = of.openings.clone();
            drawn.iter().for_each(|(scope, drawn)| add(&mut openings, scope.clone(), *drawn));
            let earlier = (of.earlier)(charged)?;
            let before = Before { openings: &openings, earlier: &earlier, chosen: &of.chosen };
            let allocation = Arc::new(allocate_after(month, of.charges.clone(), projects, rules, &before));
            written(month, &allocation, rules).into_iter().for_each(|(scope, sum)| add(drawn, scope, sum));
            if of.taken_back {
                charged.push(Arc::new(EarlierMonth::of(month, &allocation, projects, rules)));
            }
            allocations.push(allocation);
        }
        if let [before, after] = &allocations[..] {
            each(month, [before, after]);
        }
    }
    Ok(())
}

fn add(openings: &mut Openings, scope: super::Scope, drawn: Opening) {
    let sum = openings.entry(scope).or_default();
    *sum = sum.plus(drawn);
}

/// How many charges are paid for otherwise in the second allocation of the
/// same charges.
pub fn split_anew([before, after]: [&Allocation; 2]) -> usize {
    (0..before.charges.len().min(after.charges.len())).filter(|at| before.draws[*at] != after.draws[*at]).count()
}
