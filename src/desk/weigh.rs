//! Items weighed under a verdict: which it would be taken on, and their
//! dollars. Every preview counts so, whoever chose the items: a key, a batch or
//! a rule.

use std::collections::BTreeMap;

use super::{Desk, text};
use crate::amount::Amount;
use crate::journal::Verdict;
use crate::reconcile;

/// Items that a verdict would be taken on, and those left out.
pub(super) struct Weighed {
    pub taken: Vec<u32>,
    /// Dollars of those taken.
    pub amount: Amount,
    /// By reason.
    pub left_out: BTreeMap<&'static str, usize>,
}

/// `Approve 12 items as billed`
pub(super) fn titled(verdict: Verdict, items: usize) -> String {
    let mut name = verdict.name().to_owned();
    if let Some(first) = name.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    let count = text::items(items);
    match name.strip_prefix("Approve") {
        Some(rest) => format!("Approve {count}{rest}"),
        None => format!("{name} {count}"),
    }
}

impl Desk {
    /// What of these items a verdict would be taken on.
    pub(super) fn weigh(&self, items: Vec<u32>, verdict: Verdict) -> Weighed {
        let mut left_out: BTreeMap<&'static str, usize> = BTreeMap::new();
        let mut taken = Vec::with_capacity(items.len());
        for item in items {
            match self.left_out(item, verdict) {
                Some(why) => *left_out.entry(why).or_default() += 1,
                None => taken.push(item),
            }
        }
        let amount = taken.iter().map(|item| self.worth_under(*item, verdict)).sum();
        Weighed { taken, amount, left_out }
    }

    /// Dollars of an item under a verdict: what it would pass on, or else what
    /// the other side says.
    pub(super) fn worth_under(&self, item: u32, verdict: Verdict) -> Amount {
        let (sides, items) = (self.sides(), &self.compared.items);
        let (billed, recorded) = (reconcile::billed(&sides, items, item), reconcile::recorded(&sides, items, item));
        let (first, second) = if verdict == Verdict::ApproveRecorded { (recorded, billed) } else { (billed, recorded) };
        first.or(second).unwrap_or_default()
    }
}
