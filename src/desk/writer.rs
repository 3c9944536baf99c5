//! The half of a session that makes changes durable: what a desk planned goes
//! into the book, and the entries of the journal come back to be applied.

use std::sync::{Arc, Mutex, PoisonError};

use super::session::sentence;
use super::{Change, Command, Desk, Refusal};
use crate::book::{Book, FileChange, now};
use crate::journal::{Action, Entry};

/// The only way to the disk: makes a change durable and gives its entries.
pub struct Writer {
    pub(super) book: Arc<Mutex<Book>>,
    pub(super) read_only: Option<String>,
}

impl Writer {
    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// # Errors
    /// A sentence; then nothing was changed.
    pub fn commit(&mut self, desk: &Desk, change: &Change) -> Result<Vec<Entry>, String> {
        if let Some(why) = &self.read_only {
            return Err(why.clone());
        }
        desk.check(change).map_err(|Refusal(why)| why)?;
        let month = Some(desk.month());
        let mut book = self.book();
        if let Command::Sign = &change.command {
            let exports = book.last_exports(desk.month()).map_err(sentence)?;
            let plan = desk.sign_plan(&exports)?;
            return book.sign(plan, now()).map(|entry| vec![entry]).map_err(sentence);
        }
        if let Command::Export { target } = &change.command {
            let plan = desk.export_plan(target.as_deref());
            return book.export(plan, now()).map(|entry| vec![entry]).map_err(sentence);
        }
        // What touches no file goes in whole or not at all.
        let edits = change.actions.iter().map(|action| desk.file_edit(action)).collect::<Result<Vec<_>, _>>();
        let edits = edits.map_err(|Refusal(why)| why)?;
        let appended = |(action, edit): (&Action, &Option<FileChange>)| edit.is_none() && !action.is_of_every_month();
        if change.actions.iter().zip(&edits).all(appended) {
            return book.append(month, change.actions.clone(), now()).map_err(sentence);
        }
        let mut entries = Vec::new();
        for (action, edit) in change.actions.iter().zip(edits) {
            let written = match edit {
                Some(change) => book.rewrite_file(month, change, vec![action.clone()], now()),
                None => {
                    let month = month.filter(|_| !action.is_of_every_month());
                    book.append(month, vec![action.clone()], now())
                }
            };
            entries.extend(written.map_err(sentence)?);
        }
        Ok(entries)
    }

    /// What the journal has behind the entry of this number.
    ///
    /// # Errors
    /// A sentence, when the journal cannot be read.
    pub fn entries_behind(&self, seq: u64) -> Result<Vec<Entry>, String> {
        let mut entries = self.book().entries().map_err(sentence)?;
        entries.retain(|entry| entry.seq > seq);
        Ok(entries)
    }

    /// Remembers where the operator is, as text of the face's own; not
    /// journaled. Errors are of no consequence.
    pub fn remember_place(&mut self, place: &str) {
        if self.read_only.is_none() {
            let _ = self.book().set_place(place);
        }
    }

    /// What `remember_place` kept.
    pub fn place(&self) -> Option<String> {
        self.book().place().ok().flatten()
    }
}
