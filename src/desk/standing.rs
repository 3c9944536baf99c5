//! Where each item stands, in one byte an item.

use rayon::prelude::*;

use super::compared::{Compared, ItemPayer};
use crate::journal::Verdict;
use crate::reconcile::{self, Sides};
use crate::review;

/// A decision's state as kept for every item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    Open,
    Decided(Verdict),
    /// Decided on other content.
    Stale,
    /// Nothing to decide.
    Settled,
}

/// The code of every item of the month.
///
/// Identities cost a hash an item, so they are only made once something is
/// `decided`.
pub fn of_items(sides: &Sides, compared: &Compared, state: &review::State, decided: bool) -> Vec<Code> {
    (0..compared.items.len() as u32)
        .into_par_iter()
        .map(|item| {
            if compared.payers[item as usize] == ItemPayer::Nobody {
                Code::Settled
            } else if !decided {
                Code::Open
            } else {
                of_item(sides, compared, state, item)
            }
        })
        .collect()
}

/// The code of one item that can be decided.
pub fn of_item(sides: &Sides, compared: &Compared, state: &review::State, item: u32) -> Code {
    match state.settled(&reconcile::key(sides, &compared.items, item)) {
        review::Standing::Open => Code::Open,
        review::Standing::InForce(settled) => Code::Decided(settled.decision.verdict),
        review::Standing::Stale(_) => Code::Stale,
    }
}
