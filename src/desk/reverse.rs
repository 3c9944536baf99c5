//! Taking one entry of the journal back although others came after it.
//!
//! It is a new entry that names the old one, as with undo, and what came later
//! stands as it is. Where something later rests on the entry, or where taking
//! it back would change nothing, it is refused with what to do instead. What
//! rests on what is found out by trying: the month is worked out without the
//! entry, and held against the month as it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::command::{Change, Command, Preview, Refusal};
use super::standing::Code;
use super::{Desk, text};
use crate::amount::Amount;
use crate::journal::{Action, Entry, ItemKey, Verdict};
use crate::reconcile;
use crate::review::State;
use crate::usage::Digest;

impl Desk {
    /// What taking back the entry of this number would do.
    pub(super) fn plan_reverse(&self, command: &Command, seq: u64) -> Result<Change, Refusal> {
        let entry = self.reversible(seq)?;
        let mut after = self.state.as_ref().clone();
        if !after.take_back(seq) {
            return Err(Refusal(format!("Entry {seq} is not in force, so there is nothing to take back.")));
        }
        let changed = self.changed_by(entry, &after)?;
        let next = self.without(entry, &after)?;
        self.refuse_if_leaned_on(entry, &next)?;

        let later = self.entries.iter().filter(|other| other.seq > seq && self.is_choice_in_force(other)).count();
        let mut preview = Preview {
            title: format!("Take back entry {seq}: {}", self.entry_text(entry).0),
            items: changed.len(),
            ..Preview::default()
        };
        preview.remarks.push(format!("Done by {} at {}.", entry.who, text::minute(entry.at)));
        preview.remarks.extend(self.only_its_own(entry)?);
        if later > 0 {
            let later = text::of(later as u64, "entry came later and stays", "entries came later and stay");
            preview.remarks.push(format!("{later} in force."));
        }
        let same = entry.action.items().len().saturating_sub(changed.len());
        if same > 0 {
            preview.left_out.push(("said anew since, and stays so".to_owned(), same));
        }
        if matches!(entry.action, Action::Decide { .. }) && !changed.is_empty() {
            preview.remarks.push(stand_then(&changed, &next.state));
        }
        let anew = compares_anew(&entry.action);
        let mut ruled = Vec::new();
        if anew {
            self.add_effect(&mut preview, &next);
        } else {
            let identities: FxHashSet<Digest> = changed.iter().map(|key| key.identity).collect();
            let items = self.items_of(&identities);
            if matches!(entry.action, Action::Decide { .. }) {
                ruled = self.reversed(&items, None);
            }
            preview.amount = items.iter().map(|item| self.dollars(*item)).sum();
            if items.len() < identities.len() {
                let gone = identities.len() - items.len();
                preview.remarks.push(format!("{} of them no longer in the month.", text::items(gone)));
            }
            self.add_payers(&mut preview, &next);
        }
        let mut change = self.change(command, preview, Action::Undo { seq }, true);
        change.next = anew.then(|| Arc::new(next));
        self.demoting(change, &ruled)
    }

    /// The entry, where it is of a kind and of a month that can be taken back
    /// here.
    fn reversible(&self, seq: u64) -> Result<&Entry, Refusal> {
        let found = self.entries.iter().find(|entry| entry.seq == seq);
        let entry = found.ok_or_else(|| Refusal(format!("The journal has no entry {seq}.")))?;
        let instead = match &entry.action {
            Action::Undo { seq: of } => {
                format!("it took entry {of} back; redo puts back what was taken back last, else do it again")
            }
            Action::Redo { seq: of } => format!("it put entry {of} into force again; take entry {of} back instead"),
            Action::Import { side, .. } if side == "state" => {
                "the book began from these balances, and it begins only once; where they are wrong, begin a new book \
                 in another folder, with the right subsidy_state.json in it before anything else"
                    .to_owned()
            }
            Action::Import { .. } if entry.month.is_some() => {
                "what a table gave is a fact; its next reading takes its place".to_owned()
            }
            Action::Import { .. } => {
                "a later download takes its place, and a file given by mistake is taken out with `trueup inputs remove \
                 NUMBER --why TEXT`; `trueup inputs` lists the numbers"
                    .to_owned()
            }
            Action::RemoveInput { .. } => "give the file again, and it is read again".to_owned(),
            Action::Export { .. } => "a file that was written is a fact; write it again after a change".to_owned(),
            Action::Apply { .. } => {
                "verdicts in a ledger are taken out with `trueup apply --revert`, or R on Close".into()
            }
            Action::Revert { .. } => "verdicts were taken out of the ledger; write them again".to_owned(),
            Action::Prepare { .. } => "it says that the month was ready as it was; any change makes it void".to_owned(),
            Action::Sign { .. } | Action::ReopenMonth { .. } => {
                "a signed version stays; begin the next one with `trueup reopen`, or r on Close".to_owned()
            }
            Action::OutsideEdit { file, .. } => {
                format!("another program changed {}; change it back there", file.name())
            }
            _ => String::new(),
        };
        if !instead.is_empty() {
            return Err(Refusal(format!("Entry {seq} cannot be taken back: {instead}.")));
        }
        if let Some(month) = entry.month.filter(|month| *month != self.month) {
            return Err(Refusal(format!(
                "Entry {seq} belongs to {month}: open that month (--month {month}) to take it back."
            )));
        }
        if let super::EntryState::Undone(by) = self.entry_state(entry) {
            let by = by.map(|by| format!(" by entry {by}")).unwrap_or_default();
            return Err(Refusal(format!("Entry {seq} was taken back already{by}.")));
        }
        Ok(entry)
    }

    /// The items that say something else without the entry.
    ///
    /// # Errors
    /// Where nothing would change at all: a later entry said it anew.
    fn changed_by(&self, entry: &Entry, after: &State) -> Result<Vec<ItemKey>, Refusal> {
        let before = self.state.as_ref();
        let differs = |key: &ItemKey| match &entry.action {
            Action::Decide { .. } => before.settled(key) != after.settled(key),
            Action::Note { .. } => before.note(key.identity) != after.note(key.identity),
            Action::Assign { .. } => before.project(key.identity) != after.project(key.identity),
            Action::Claim { .. } => before.claim(key.identity) != after.claim(key.identity),
            _ => false,
        };
        let changed: Vec<ItemKey> = entry.action.items().iter().filter(|key| differs(key)).copied().collect();
        let nothing = match &entry.action {
            Action::Decide { .. } | Action::Note { .. } | Action::Assign { .. } | Action::Claim { .. } => {
                changed.is_empty()
            }
            Action::Enter { .. } => before.entered() == after.entered(),
            Action::Assume { .. } => before.assumptions() == after.assumptions(),
            Action::ExcludeBadRows { .. } => before.excluded_rows().eq(after.excluded_rows()),
            _ => false,
        };
        if !nothing {
            return Ok(changed);
        }
        let kind = std::mem::discriminant(&entry.action);
        let identities: FxHashSet<Digest> = entry.action.items().iter().map(|key| key.identity).collect();
        let about = |other: &&Entry| {
            std::mem::discriminant(&other.action) == kind
                && (identities.is_empty() || other.action.items().iter().any(|key| identities.contains(&key.identity)))
        };
        let by = self.last_later(entry, about).map(|seq| format!(", the last time by entry {seq}")).unwrap_or_default();
        Err(Refusal(format!(
            "Taking entry {} back would change nothing: all it says was said anew since{by}.",
            entry.seq
        )))
    }

    /// The month as it would be without the entry.
    fn without(&self, entry: &Entry, after: &State) -> Result<Self, Refusal> {
        let mut base = self.clone();
        base.state = Arc::new(after.clone());
        match &entry.action {
            Action::EditFile { file, .. } => {
                let (edit, changed) = self.edit_turned(entry, true)?;
                if changed.is_empty() {
                    return Err(Refusal(format!(
                        "Taking entry {} back would change nothing: {} says again what it said before it.",
                        entry.seq,
                        file.name()
                    )));
                }
                base.with_text(*file, &edit.after)
            }
            action if compares_anew(action) => {
                Ok(base.recompared(Arc::clone(&self.config), &super::anew::chosen(after, &self.earlier)))
            }
            _ => {
                base.refresh_standing();
                Ok(base)
            }
        }
    }

    /// Which statements of its file go back, where the file was changed since.
    fn only_its_own(&self, entry: &Entry) -> Result<Option<String>, Refusal> {
        let Action::EditFile { file, after, .. } = &entry.action else { return Ok(None) };
        if self.config.texts.get(file).map_or("", String::as_str) == after {
            return Ok(None);
        }
        let (_, changed) = self.edit_turned(entry, true)?;
        let changed: Vec<String> = changed.iter().map(ToString::to_string).collect();
        let name = file.name();
        Ok(Some(format!("{name} was changed since; of it only this goes back: {}.", changed.join("; "))))
    }

    /// # Errors
    /// Where a decision or a claim that is in force would be lost, or would no
    /// longer be allowed.
    fn refuse_if_leaned_on(&self, entry: &Entry, next: &Self) -> Result<(), Refusal> {
        let seq = entry.seq;
        let first = |identities: &FxHashSet<Digest>, what: &str| {
            let about = |other: &&Entry| other.action.items().iter().any(|key| identities.contains(&key.identity));
            let by = self.last_later(entry, about);
            let by = by.map(|by| format!(" Take entry {by} back first.")).unwrap_or_default();
            Err(Refusal(format!("Entry {seq} cannot be taken back on its own: {what}.{by}")))
        };
        if compares_anew(&entry.action) {
            let there = next.identities(|_| true);
            let said = self.identities(|item| {
                matches!(self.standing.get(item as usize), Some(Code::Decided(_))) || !self.note(item).is_empty()
            });
            let lost: FxHashSet<Digest> = said.difference(&there).copied().collect();
            if !lost.is_empty() {
                let what =
                    format!("what was decided or noted on {} since would be lost with it", text::items(lost.len()));
                return first(&lost, &what);
            }
        }
        // An older decision that shows again must be one that could be taken now.
        let unsound: FxHashSet<Digest> = next.not_chargeable().difference(&self.not_chargeable()).copied().collect();
        if !unsound.is_empty() {
            let what = format!("what is approved of {} could then not be charged", text::items(unsound.len()));
            return first(&unsound, &what);
        }
        let claimed: FxHashSet<Digest> = entry
            .action
            .items()
            .iter()
            .filter(|key| self.state.claim(key.identity).is_some() && next.state.claim(key.identity).is_some())
            .filter(|key| {
                let disputed = |state: &State| {
                    let settled = state.settled(key).in_force();
                    settled.is_some_and(|settled| settled.decision.verdict == Verdict::Dispute)
                };
                disputed(&self.state) && !disputed(&next.state)
            })
            .map(|key| key.identity)
            .collect();
        if !claimed.is_empty() {
            let what = format!("something is claimed for {} in dispute", text::items(claimed.len()));
            return first(&claimed, &what);
        }
        Ok(())
    }

    /// The identities of the items that are of a kind.
    fn identities(&self, of: impl Fn(u32) -> bool + Sync) -> FxHashSet<Digest> {
        use rayon::prelude::*;
        let sides = self.sides();
        let items = (0..self.items()).into_par_iter().filter(|item| of(*item));
        items.map(|item| reconcile::identity(&sides, &self.compared.items, item)).collect()
    }

    /// Items that stand decided in a way that none could be decided now, such
    /// as approved without a payer.
    fn not_chargeable(&self) -> FxHashSet<Digest> {
        self.identities(|item| match self.standing.get(item as usize) {
            Some(Code::Decided(verdict)) => self.left_out(item, *verdict).is_some(),
            Some(Code::Open | Code::Stale | Code::Settled) | None => false,
        })
    }

    /// The last entry in force behind this one that is of a kind.
    fn last_later(&self, entry: &Entry, of: impl Fn(&&Entry) -> bool) -> Option<u64> {
        let later = self.entries.iter().rev().take_while(|other| other.seq > entry.seq);
        later.filter(|other| self.is_choice_in_force(other)).find(of).map(|other| other.seq)
    }

    fn is_choice_in_force(&self, entry: &Entry) -> bool {
        entry.action.can_be_undone() && self.state.in_force(entry.seq)
    }

    /// What an item is about: billed, or recorded where only that is there.
    fn dollars(&self, item: u32) -> Amount {
        let cells = self.cells(item);
        cells.billed.or(cells.recorded).unwrap_or_default()
    }
}

/// Whether a month with the entry is compared otherwise than without it.
const fn compares_anew(action: &Action) -> bool {
    matches!(action, Action::EditFile { .. } | Action::Match { .. } | Action::Assume { .. })
}

/// How many items are open then, and what is in force again for the others.
fn stand_then(items: &[ItemKey], state: &State) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for key in items {
        let verdict = state.settled(key).in_force().map(|settled| settled.decision.verdict);
        *counts.entry(verdict.map_or("open", Verdict::name)).or_default() += 1;
    }
    let parts: Vec<String> =
        counts.iter().map(|(name, count)| format!("{} {name}", text::count(*count as i64))).collect();
    format!("They stand then: {}.", parts.join(", "))
}
