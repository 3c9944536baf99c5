//! Which month of a book is opened: the one asked for, or the first there is
//! something to do in, also where only what was written is left of it.

use std::collections::BTreeSet;

use super::pack::first_open;
use super::reading::months_of;
use super::session::sentence;
use super::{Inputs, Session};
use crate::calendar::Month;
use crate::close::Versions;
use crate::usage::Side;

impl Session {
    /// The month asked for. Where nothing asks for one and the book has no file
    /// any more, the earliest that was written and has to be written again.
    pub(super) fn asked(&self) -> Result<Option<Month>, String> {
        let book = self.book();
        let reads = |side| book.inputs(side).map(|files| !files.is_empty()).map_err(sentence);
        let named = !self.options().inputs.is_empty() || !self.tables().is_empty();
        if self.options().month.is_some() || named || reads(Side::Bill)? || reads(Side::Ledger)? {
            return Ok(self.options().month);
        }
        let here = book.written_here().map_err(sentence)?;
        let stale = book.stale_months().map_err(sentence)?;
        Ok(stale.into_iter().map(|(month, _)| month).find(|month| here.contains(month)))
    }

    /// Whether a month may be opened though nothing of it may be left: what was
    /// written from files that are taken out since is withdrawn there.
    pub(super) fn can_withdraw(&self, month: Month) -> Result<bool, String> {
        Ok(self.book().written_here().map_err(sentence)?.contains(&month))
    }

    /// The month of what was read; `None` when nothing asked for one and no row
    /// has a day.
    ///
    /// # Errors
    /// A sentence that lists the months there are.
    pub(super) fn picked(&self, asked: Option<Month>, inputs: &Inputs) -> Result<Option<Month>, String> {
        match asked {
            Some(month) if self.can_withdraw(month)? => Ok(asked),
            _ => pick_month(inputs, asked, self.book().versions()),
        }
    }
}

/// The month asked for, or the earliest the bill has, or else the ledger, that
/// is not signed; `None` when nothing asked for one and no row has a day.
///
/// # Errors
/// A sentence that lists the months there are.
fn pick_month(inputs: &Inputs, asked: Option<Month>, versions: &Versions) -> Result<Option<Month>, String> {
    let bill = months_of(&inputs.bill.lines);
    if asked.is_none() && !bill.is_empty() {
        return Ok(first_open(&bill, versions));
    }
    let ledger = months_of(&inputs.ledger.lines);
    let Some(month) = asked else { return Ok(first_open(&ledger, versions)) };
    let all: BTreeSet<Month> = bill.into_iter().chain(ledger).collect();
    if all.is_empty() || all.contains(&month) {
        return Ok(Some(month));
    }
    let list: Vec<String> = all.iter().map(ToString::to_string).collect();
    Err(format!("There is no data for {month}; the files hold {}.", list.join(", ")))
}
