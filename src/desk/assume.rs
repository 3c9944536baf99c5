//! What is taken for granted about the ledger, as the comparison needs it:
//! other times and names as lines, other amounts as scales.
//!
//! Everything that asks what was *recorded* (outcomes, the ledger's line of the
//! tie-out, a charge approved as recorded) then means the ledger under these;
//! what its rows state is shown beside it wherever the two differ.

use super::compared::Taken;
use super::{Desk, Inputs};
use crate::amount::Amount;
use crate::journal::{Assumption, Because};
use crate::price::{Multiple, Scale};
use crate::usage::{Lines, Sym};

/// The ledger's lines at other times and under other names; `None` where they
/// are compared as they were read.
pub(super) fn lines(inputs: &Inputs, assumed: &[Taken]) -> Option<Lines> {
    let mut moved: Option<Lines> = None;
    let as_read = || inputs.ledger.lines.clone();
    for Taken { assumption, within } in assumed {
        match assumption {
            Assumption::LedgerTimes { minutes } => {
                moved = Some(moved.unwrap_or_else(as_read).with_minutes(*minutes));
            }
            Assumption::SameProject { recorded, billed } => {
                let sym = |name: &str| if name.is_empty() { Some(Sym::NONE) } else { inputs.names.find(name) };
                // A name that no file has any more stands nowhere.
                if let (Some(from), Some(to)) = (sym(recorded), sym(billed)) {
                    moved = Some(moved.unwrap_or_else(as_read).with_owner(from, to, *within));
                }
            }
            Assumption::Scaled { .. } => {}
        }
    }
    moved
}

/// The amounts that are taken another number of times, in order.
pub(super) fn scales(assumed: &[Taken]) -> Vec<Scale> {
    let scale = |taken: &Taken| match &taken.assumption {
        Assumption::Scaled { because, model, days, times, over } => Some(Scale {
            model: model.clone(),
            days: days.or_else(|| taken.within.map(|month| (month.first(), month.last()))),
            times: Multiple::new("assumed", i128::from(*times), i128::from(*over))?,
            stated_only: *because == Because::Unit,
        }),
        _ => None,
    };
    assumed.iter().filter_map(scale).collect()
}

impl Desk {
    /// What is taken for granted about the ledger in this month, in the order
    /// in which it was adopted.
    pub fn assumptions(&self) -> Vec<Assumption> {
        self.state.assumptions()
    }

    /// A sentence for each of them, and one for amounts that it could not be
    /// applied to.
    pub fn assumed(&self) -> Vec<String> {
        let mut said: Vec<String> =
            self.assumptions().iter().map(|assumption| format!("Taken for granted: {assumption}.")).collect();
        if self.compared.valued.unscaled > 0 {
            said.push(format!(
                "{} of the ledger cannot be taken so, since no amount holds the product; they count as they are stated.",
                super::text::counted(self.compared.valued.unscaled, "row")
            ));
        }
        said
    }

    /// What the ledger's rows of an item state, where something else is taken
    /// for granted; `None` where the two are the same.
    pub(super) fn stated_unlike_taken(&self, item: u32) -> Option<String> {
        if scales(&self.chosen().taken(None)).is_empty() {
            return None;
        }
        let sides = self.sides();
        let sums =
            self.compared.items.ledger_rows(item).fold(
                (Amount::ZERO, Amount::ZERO),
                |(stated, taken), row| match sides.ledger.amount(row) {
                    Some(amount) => {
                        let now = sides.ledger_values.amount(sides.ledger, row).unwrap_or_default();
                        (stated.plus(amount), taken.plus(now))
                    }
                    None => (stated, taken),
                },
            );
        (sums.0 != sums.1).then(|| format!("{} stated, {} taken for granted", sums.0, sums.1))
    }
}
