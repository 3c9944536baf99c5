//! A change that the book has made durable, applied to the month. What touches
//! a few items must not cost a look at millions: a key waits for it.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::standing::{self, Code};
use super::{Change, Command, Desk, ItemPayer, Refusal};
use crate::journal::{Action, Entry};
use crate::reconcile;
use crate::review::TieOut;
use crate::usage::Digest;

/// Up to this many items are looked at one by one.
const FEW: usize = 64;

impl Desk {
    /// The desk after a change was made durable as `entries`.
    pub fn apply(&mut self, change: &Change, entries: Vec<Entry>) {
        let touched = self.touched_by(change, &entries);
        let state = Arc::make_mut(&mut self.state);
        for entry in &entries {
            state.apply(entry);
        }
        self.touched.see(&entries);
        let signs = entries.iter().any(|entry| matches!(entry.action, Action::Sign { .. }));
        self.see_versions(&entries);
        Arc::make_mut(&mut self.entries).extend(entries);
        self.version += 1;
        if matches!(change.command, Command::Export { .. }) {
            self.keep_written();
        }
        if let Some(next) = &change.next {
            self.config = Arc::clone(&next.config);
            self.compared = Arc::clone(&next.compared);
            self.before = Arc::clone(&next.before);
            self.proposed = Arc::clone(&next.proposed);
        }
        match touched {
            Some(items) => self.look_again_at(&items),
            None => self.refresh_standing(),
        }
        if signs {
            self.just_signed();
        }
    }

    fn see_versions(&mut self, entries: &[Entry]) {
        let versions = Arc::make_mut(&mut self.versions);
        entries.iter().for_each(|entry| versions.see(entry));
    }

    /// The desk after the book journaled something that no command of it asked
    /// for and that settles nothing, such as verdicts written to a ledger.
    pub fn follow(&mut self, entries: Vec<Entry>) {
        let state = Arc::make_mut(&mut self.state);
        entries.iter().for_each(|entry| {
            state.apply(entry);
        });
        Arc::make_mut(&mut self.entries).extend(entries);
        self.version += 1;
        // The close names what was written.
        self.derived = Arc::default();
    }

    /// The entry that undo would take back.
    pub fn next_undo(&self) -> Option<&Entry> {
        let seq = self.state.next_undo()?;
        self.entries.iter().find(|entry| entry.seq == seq)
    }

    /// Refuses a change that was previewed before another was applied. One
    /// that asks for no preview says all it does by itself, and may follow on
    /// the heels of another.
    ///
    /// # Errors
    /// [`Refusal`]: nothing may be done, the change has to be planned again.
    pub fn check(&self, change: &Change) -> Result<(), Refusal> {
        let by_itself = !change.asks && !matches!(change.command, Command::Undo | Command::Redo);
        if by_itself || change.version == self.version {
            Ok(())
        } else {
            Err(Refusal("Something changed since this was previewed; nothing was done. Try again.".into()))
        }
    }

    /// The items whose standing a change may alter, where they are few; `None`
    /// where all have to be looked at.
    fn touched_by(&self, change: &Change, entries: &[Entry]) -> Option<Vec<u32>> {
        if change.next.is_some() {
            return None;
        }
        let few = |items: &[u32]| (items.len() <= FEW).then(|| items.to_vec());
        match &change.command {
            // No two items have the same identity, so an entry about these
            // items is about no others.
            Command::Decide { items, .. } | Command::DecideOpen { items, .. } | Command::Reopen { items } => few(items),
            Command::Claim { .. }
            | Command::Enter { .. }
            | Command::Correct { .. }
            | Command::DropCorrections { .. } => Some(Vec::new()),
            Command::Undo | Command::Redo | Command::Reverse { .. } => {
                let mut identities = FxHashSet::default();
                for entry in entries {
                    let (Action::Undo { seq } | Action::Redo { seq }) = &entry.action else { return None };
                    let of = self.entries.iter().rev().find(|entry| entry.seq == *seq)?;
                    let Action::Decide { items, .. } = &of.action else { return None };
                    identities.extend(items.iter().map(|key| key.identity));
                }
                (identities.len() <= FEW).then(|| self.items_of(&identities))
            }
            _ => None,
        }
    }

    /// The items with these identities. Costs a hash an item of the month.
    pub(super) fn items_of(&self, identities: &FxHashSet<Digest>) -> Vec<u32> {
        let sides = self.sides();
        (0..self.items())
            .into_par_iter()
            .filter(|item| identities.contains(&reconcile::identity(&sides, &self.compared.items, *item)))
            .collect()
    }

    fn look_again_at(&mut self, items: &[u32]) {
        let sides = self.sides();
        let decidable =
            |item: &&u32| self.compared.payers.get(**item as usize).is_some_and(|p| *p != ItemPayer::Nobody);
        let codes: Vec<(u32, Code)> = items
            .iter()
            .filter(decidable)
            .map(|item| (*item, standing::of_item(&sides, &self.compared, &self.state, *item)))
            .collect();
        let mut standing = self.standing.as_ref().clone();
        // The tie-out takes off what these items were and adds what they are.
        let mut tie_out = self.derived.tie_out.get().copied();
        for (item, code) in codes {
            if let Some(slot) = standing.get_mut(item as usize) {
                let [was, is] = [*slot, code].map(|code| [self.settlement(item, code)].iter().collect::<TieOut>());
                tie_out = tie_out.map(|all| all.less(was).merge(is));
                *slot = code;
            }
        }
        debug_assert!(
            self.items() > 10_000
                || standing == standing::of_items(&sides, &self.compared, &self.state, self.touched.decided),
            "a look at a few items misses what a look at all finds"
        );
        self.set_standing(standing);
        if let Some(tie_out) = tie_out {
            debug_assert!(self.items() > 10_000 || tie_out == *self.clone_without_sums().settled());
            // Set anew just above, so that nothing can stand there yet.
            let _ = self.derived.tie_out.set(tie_out);
        }
    }

    /// The same month with every sum still to be taken.
    fn clone_without_sums(&self) -> Self {
        Self { derived: Arc::default(), ..self.clone() }
    }
}
