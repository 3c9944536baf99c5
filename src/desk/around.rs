//! What a book holds of subsidies around the month at hand: what every month
//! wrote, and what the other months that can still change begin from.

use std::collections::BTreeMap;

use super::{Inputs, knows_state, months_of};
use crate::allocate::Openings;
use crate::book::Book;
use crate::calendar::Month;
use crate::close::Versions;
use crate::journal::{Action, Entry};
use crate::price::LotOpening;

/// See the module.
#[derive(Clone, Default)]
pub struct Around {
    /// What each month wrote, of those that openings add up one by one.
    pub drawn: BTreeMap<Month, Openings>,
    /// The other months among what is loaded that were decided on and are not
    /// signed, with what the months before each drew from caps and lots.
    pub open: BTreeMap<Month, (Openings, LotOpening)>,
    /// The other months among what is loaded that are signed, with what the
    /// months before each drew from lots.
    pub signed: BTreeMap<Month, LotOpening>,
}

impl Around {
    /// `openings` are those of `month`.
    ///
    /// # Errors
    /// A sentence, when the database cannot be read.
    pub(super) fn of(
        book: &Book,
        month: Month,
        openings: &Openings,
        inputs: &Inputs,
        entries: &[Entry],
    ) -> Result<Self, String> {
        let sentence = |error: crate::book::BookError| error.to_string();
        let versions = Versions::of(entries);
        let through = book.state_adopted().map_err(sentence)?.map(|state| state.through);
        // A state file that is not taken in yet stands for the months before.
        let waits = !openings.is_empty() && !knows_state(book)?;
        let on_bill = months_of(&inputs.bill.lines);
        let loaded = [on_bill.clone(), months_of(&inputs.ledger.lines)].concat();
        let (mut open, mut signed) = (BTreeMap::new(), BTreeMap::new());
        for of in loaded {
            if of != month && versions.signed(of).is_some() && !signed.contains_key(&of) {
                signed.insert(of, book.lot_opening(of, &on_bill).map_err(sentence)?);
            }
            let decided = |entry: &Entry| entry.month == Some(of) && matches!(entry.action, Action::Decide { .. });
            let settled = versions.signed(of).is_some() || through.is_some_and(|through| of <= through);
            if of == month || open.contains_key(&of) || settled || (waits && of < month) || !entries.iter().any(decided)
            {
                continue;
            }
            let before = if waits { openings.clone() } else { book.openings(of).map_err(sentence)? };
            open.insert(of, (before, book.lot_opening(of, &on_bill).map_err(sentence)?));
        }
        Ok(Self { drawn: book.drawn_by_month().map_err(sentence)?, open, signed })
    }
}
