//! What a journal adds up to for one month: the entries that were not taken
//! back, applied in their order, later ones over earlier ones.
//!
//! [`State::replay`] of a whole journal and [`State::apply`] of its entries
//! one by one give the same.

use std::collections::BTreeMap;

use super::decisions::{Layers, Settled, Standing};
use crate::calendar::Month;
use crate::journal::{Action, Assumption, Cited, Claim, Decision, Entered, Entry, ItemKey, Verdict};
use crate::reconcile::HandMatch;
use crate::usage::Digest;

/// Bad rows left out by one entry.
#[derive(Debug, Clone)]
struct Exclusion {
    seq: u64,
    rows: Vec<String>,
    reason: String,
}

/// Decisions, notes, assignments, hand matches and left-out rows in force.
#[derive(Debug, Clone)]
pub struct State {
    month: Month,
    decisions: Layers<Decision>,
    notes: Layers<String>,
    projects: Layers<String>,
    claims: Layers<Claim>,
    /// The rules that decided, by the entry, in force or not.
    cited: BTreeMap<u64, Cited>,
    /// In force or able to be, entered or taken off; by `seq`.
    entered: Vec<(u64, Entered, bool)>,
    /// In force or able to be; by `seq`.
    matches: Vec<(u64, HandMatch)>,
    /// In force or able to be, taken for granted or no longer; by `seq`.
    assumed: Vec<(u64, Assumption, bool)>,
    exclusions: Vec<Exclusion>,
    /// The exclusions in force, by row.
    excluded: BTreeMap<String, String>,
    /// Entries in force that can be taken back, by `seq`.
    undo: Vec<u64>,
    /// Entries taken back that can be put into force again, the last one last.
    redo: Vec<u64>,
}

impl State {
    pub fn new(month: Month) -> Self {
        Self {
            month,
            decisions: Layers::default(),
            notes: Layers::default(),
            projects: Layers::default(),
            claims: Layers::default(),
            cited: BTreeMap::new(),
            entered: Vec::new(),
            matches: Vec::new(),
            assumed: Vec::new(),
            exclusions: Vec::new(),
            excluded: BTreeMap::new(),
            undo: Vec::new(),
            redo: Vec::new(),
        }
    }

    /// The state of `month` after `entries`, which stand in the order of their
    /// `seq`.
    pub fn replay(entries: &[Entry], month: Month) -> Self {
        let mut state = Self::new(month);
        for entry in entries {
            state.apply(entry);
        }
        state
    }

    /// Takes the next entry in. `false` when it changes nothing: another
    /// month's, a mere fact such as an import, or an undo or redo of what
    /// cannot be undone or redone.
    ///
    /// An undo or redo counts for the months of the entry it names, whatever
    /// month was open when it was made: a change of prices taken back in
    /// February is no longer there for January to take back.
    pub fn apply(&mut self, entry: &Entry) -> bool {
        match &entry.action {
            Action::Undo { seq } => return self.take_back(*seq),
            Action::Redo { seq } => return self.put_back(*seq),
            action if !action.can_be_undone() => return false,
            _ if entry.month.is_some_and(|month| month != self.month) => return false,
            _ => {}
        }
        self.forget_undone();
        self.undo.push(entry.seq);
        let seq = entry.seq;
        match &entry.action {
            Action::Decide { items, decision, rule } => {
                self.decisions.push(seq, items, decision.clone());
                self.cited.extend(rule.clone().map(|rule| (seq, rule)));
            }
            Action::Note { items, text } => {
                self.notes.push(seq, items, Some(text.clone()).filter(|text| !text.is_empty()));
            }
            Action::Assign { items, project } => self.projects.push(seq, items, project.clone()),
            Action::Claim { items, claim } => self.claims.push(seq, items, claim.clone()),
            Action::Enter { entered, removed } => self.entered.push((seq, entered.clone(), *removed)),
            Action::Match { bill, ledger, carried } => {
                let (bill, ledger) = (bill.clone(), ledger.clone());
                self.matches.push((seq, HandMatch { bill, ledger, carried: carried.clone() }));
            }
            Action::ExcludeBadRows { rows, reason } => {
                self.exclusions.push(Exclusion { seq, rows: rows.clone(), reason: reason.clone() });
                self.excluded.extend(rows.iter().map(|row| (row.clone(), reason.clone())));
            }
            Action::Assume { assumption, dropped, .. } => self.assumed.push((seq, assumption.clone(), *dropped)),
            // The book holds the file itself; here it only takes its turn.
            Action::EditFile { .. } => {}
            Action::OutsideEdit { .. }
            | Action::Import { .. }
            | Action::RemoveInput { .. }
            | Action::Export { .. }
            | Action::Apply { .. }
            | Action::Revert { .. }
            | Action::Prepare { .. }
            | Action::Sign { .. }
            | Action::ReopenMonth { .. }
            | Action::Undo { .. }
            | Action::Redo { .. } => {}
        }
        true
    }

    pub fn month(&self) -> Month {
        self.month
    }

    /// How an item stands, given what it says now.
    pub fn settled(&self, key: &ItemKey) -> Standing<'_> {
        match self.decisions.get(key.identity) {
            None => Standing::Open,
            Some((content, decision, seq)) => {
                let settled = Settled { content, decision, seq };
                if content == key.content { Standing::InForce(settled) } else { Standing::Stale(settled) }
            }
        }
    }

    /// The rule that an entry cites for its decision; `None` where a person
    /// decided.
    pub fn cited(&self, seq: u64) -> Option<&Cited> {
        self.cited.get(&seq)
    }

    /// Whether any entry of the month cites a rule.
    pub fn cites_rules(&self) -> bool {
        !self.cited.is_empty()
    }

    /// How many items have a decision, on whatever content.
    pub fn decided(&self) -> usize {
        self.decisions.all().count()
    }

    /// The items that the month leaves to the next one: deferred or disputed,
    /// in the order of their identities.
    pub fn left_open(&self) -> Vec<(ItemKey, Verdict)> {
        let key = |(identity, content, decision): (Digest, Digest, &Decision)| {
            let carried = matches!(decision.verdict, Verdict::Defer | Verdict::Dispute);
            carried.then_some((ItemKey { identity, content }, decision.verdict))
        };
        let mut left: Vec<_> = self.decisions.all().filter_map(key).collect();
        left.sort_unstable_by_key(|(key, _)| *key);
        left
    }

    /// The note on an item; it stays when the item's content changes.
    pub fn note(&self, identity: Digest) -> Option<&str> {
        self.notes.get(identity).map(|(_, text, _)| text.as_str())
    }

    /// What is claimed back for an item.
    pub fn claim(&self, identity: Digest) -> Option<&Claim> {
        self.claims.get(identity).map(|(_, claim, _)| claim)
    }

    /// All claims, in the order of the items' identities.
    pub fn claims(&self) -> BTreeMap<Digest, Claim> {
        self.claims.all().map(|(identity, _, claim)| (identity, claim.clone())).collect()
    }

    /// What was entered about the month and stands, in the order of entering.
    pub fn entered(&self) -> Vec<&Entered> {
        let mut standing: Vec<&Entered> = Vec::new();
        for (_, entered, removed) in self.entered.iter().filter(|(seq, ..)| self.in_force(*seq)) {
            standing.retain(|known| !entered.replaces(known));
            if !*removed {
                standing.push(entered);
            }
        }
        standing
    }

    /// The project the operator named for an item whose mapping names none.
    pub fn project(&self, identity: Digest) -> Option<&str> {
        self.projects.get(identity).map(|(_, project, _)| project.as_str())
    }

    /// Lines joined by hand, in the order they were joined.
    pub fn hand_matches(&self) -> impl Iterator<Item = &HandMatch> {
        self.matches.iter().filter(|(seq, _)| self.in_force(*seq)).map(|(_, joined)| joined)
    }

    /// What is taken for granted about the ledger, in the order in which it
    /// was first.
    pub fn assumptions(&self) -> Vec<Assumption> {
        let mut taken: Vec<Assumption> = Vec::new();
        for (_, assumption, dropped) in self.assumed.iter().filter(|(seq, ..)| self.in_force(*seq)) {
            match taken.iter().position(|known| known == assumption) {
                Some(at) if *dropped => {
                    taken.remove(at);
                }
                None if !*dropped => taken.push(assumption.clone()),
                _ => {}
            }
        }
        taken
    }

    /// The reason a bad row was left out for; `None` while it blocks.
    pub fn excluded(&self, row: &str) -> Option<&str> {
        self.excluded.get(row).map(String::as_str)
    }

    /// All rows left out with their reasons, in the order of their keys.
    pub fn excluded_rows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.excluded.iter().map(|(row, reason)| (row.as_str(), reason.as_str()))
    }

    /// The entry that `u` would take back.
    pub fn next_undo(&self) -> Option<u64> {
        self.undo.last().copied()
    }

    /// The entry that redo would put into force again.
    pub fn next_redo(&self) -> Option<u64> {
        self.redo.last().copied()
    }

    /// Whether an entry of this month can be taken back.
    pub fn in_force(&self, seq: u64) -> bool {
        self.undo.binary_search(&seq).is_ok()
    }

    /// Whether an entry was taken back and can be put into force again.
    pub fn can_redo(&self, seq: u64) -> bool {
        self.redo.contains(&seq)
    }

    /// Takes an entry back; `false` when it is not in force.
    pub fn take_back(&mut self, seq: u64) -> bool {
        let Ok(at) = self.undo.binary_search(&seq) else { return false };
        self.undo.remove(at);
        self.redo.push(seq);
        self.decisions.undo(seq);
        self.notes.undo(seq);
        self.projects.undo(seq);
        self.claims.undo(seq);
        self.gather_excluded(seq);
        true
    }

    /// Puts an entry that was taken back into force again; `false` when it was
    /// not, or no longer can be.
    pub fn put_back(&mut self, seq: u64) -> bool {
        let Some(at) = self.redo.iter().rposition(|undone| *undone == seq) else { return false };
        self.redo.remove(at);
        if let Err(at) = self.undo.binary_search(&seq) {
            self.undo.insert(at, seq);
        }
        self.decisions.redo(seq);
        self.notes.redo(seq);
        self.projects.redo(seq);
        self.claims.redo(seq);
        self.gather_excluded(seq);
        true
    }

    fn forget_undone(&mut self) {
        if self.redo.is_empty() {
            return;
        }
        let gone = |seq: &u64| self.redo.contains(seq);
        self.matches.retain(|(seq, _)| !gone(seq));
        self.assumed.retain(|(seq, ..)| !gone(seq));
        self.entered.retain(|(seq, ..)| !gone(seq));
        self.exclusions.retain(|exclusion| !gone(&exclusion.seq));
        self.decisions.forget_undone();
        self.notes.forget_undone();
        self.projects.forget_undone();
        self.claims.forget_undone();
        self.redo.clear();
    }

    fn gather_excluded(&mut self, changed: u64) {
        if !self.exclusions.iter().any(|exclusion| exclusion.seq == changed) {
            return;
        }
        self.excluded.clear();
        for exclusion in self.exclusions.iter().filter(|e| self.undo.binary_search(&e.seq).is_ok()) {
            self.excluded.extend(exclusion.rows.iter().map(|row| (row.clone(), exclusion.reason.clone())));
        }
    }
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
