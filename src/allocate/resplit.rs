//! What other rules would make of months that can still change: a cap raised
//! in retrospect, say, before anybody agrees to it.

use std::sync::Arc;

use super::{Allocation, Before, Charge, Chosen, Earlier, Opening, Openings, Projects, SubsidyRule, allocate_after};
use crate::calendar::Month;

/// A month that is not signed, with its approved charges.
pub struct MonthCharges {
    pub month: Month,
    pub charges: Vec<Charge>,
    /// What months before it drew that are not among those to be split.
    pub openings: Openings,
    /// What they charged, as far as it is known, and which of it was named for
    /// refunds of this month.
    pub earlier: Arc<Earlier>,
    pub chosen: Chosen,
}

/// Splits months under the rules as they stand (`now`) and under others
/// (`then`), and hands over both allocations of each, in the order of time.
///
/// `months` ascend; each goes on from what those before it draw under the same
/// rules. Since openings are in cents as they are written, `written` says what
/// a month adds to them. Both allocations have the same charges in the same
/// order: rules do not sort them.
pub fn resplit(
    months: impl IntoIterator<Item = MonthCharges>,
    projects: &Projects,
    (now, then): (&[SubsidyRule], &[SubsidyRule]),
    written: impl Fn(Month, &Arc<Allocation>, &[SubsidyRule]) -> Openings,
    mut each: impl FnMut(Month, [&Allocation; 2]),
) {
    let mut sides = [(now, Openings::new()), (then, Openings::new())];
    for MonthCharges { month, charges, openings, earlier, chosen } in months {
        let [before, after] = sides.each_mut().map(|(rules, drawn)| {
            let mut openings = openings.clone();
            drawn.iter().for_each(|(scope, drawn)| add(&mut openings, scope.clone(), *drawn));
            let before = Before { openings: &openings, earlier: &earlier, chosen: &chosen };
            let allocation = Arc::new(allocate_after(month, charges.clone(), projects, rules, &before));
            written(month, &allocation, rules).into_iter().for_each(|(scope, sum)| add(drawn, scope, sum));
            allocation
        });
        each(month, [&before, &after]);
    }
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
