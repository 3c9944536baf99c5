//! Taking the last step back, or making it again: the month as it is without
//! the entry, or with it.

use std::sync::Arc;

use super::Desk;
use super::command::{Change, Command, Preview, Refusal};
use crate::journal::Action;
use crate::reconcile;

impl Desk {
    pub(super) fn plan_undo(&self, command: &Command, undo: bool) -> Result<Change, Refusal> {
        let (seq, word) = if undo { (self.state.next_undo(), "undo") } else { (self.state.next_redo(), "redo") };
        let entry = seq.and_then(|seq| self.entries.iter().find(|e| e.seq == seq));
        let Some(entry) = entry else {
            return Err(Refusal(format!("There is nothing to {word}.")));
        };
        let action = if undo { Action::Undo { seq: entry.seq } } else { Action::Redo { seq: entry.seq } };
        let mut title = self.entry_text(entry).0;
        title.insert_str(0, if undo { "Undo: " } else { "Redo: " });
        let preview = Preview { title, items: entry.action.items().len(), ..Preview::default() };
        let mut change = self.change(command, preview, action, false);
        match &entry.action {
            Action::EditFile { .. } => {
                let (edit, _) = self.edit_turned(entry, undo)?;
                change.next = Some(Arc::new(self.with_text(edit.file, &edit.after)?));
            }
            Action::Match { bill, ledger, carried } => {
                let mut chosen = self.chosen();
                let (bill, ledger, carried) = (bill.clone(), ledger.clone(), carried.clone());
                let this = reconcile::HandMatch { bill, ledger, carried };
                if undo {
                    chosen.hand.retain(|h| *h != this);
                } else {
                    chosen.hand.push(this);
                }
                change.next = Some(Arc::new(self.recompared(Arc::clone(&self.config), &chosen)));
            }
            Action::Assume { .. } => {
                let mut state = self.state.as_ref().clone();
                if undo {
                    state.take_back(entry.seq)
                } else {
                    state.put_back(entry.seq)
                };
                change.next = Some(Arc::new(
                    self.recompared(Arc::clone(&self.config), &super::anew::chosen(&state, &self.earlier)),
                ));
            }
            _ => {}
        }
        Ok(change)
    }
}
