//! An entry of the journal in one line, and those that an item has.

use rustc_hash::FxHashSet;

use super::{Desk, text};
use crate::journal::{Action, Decision};
use crate::reconcile;

impl Desk {
    /// The item's own entries of the journal, oldest first, with those that
    /// took them back or put them into force again.
    pub(super) fn history(&self, item: u32) -> Vec<String> {
        let identity = reconcile::identity(&self.sides(), &self.compared.items, item);
        let mut own = FxHashSet::default();
        self.entries
            .iter()
            .filter(|entry| match entry.action {
                Action::Undo { seq } | Action::Redo { seq } => own.contains(&seq),
                _ => {
                    let about = entry.action.items().iter().any(|key| key.identity == identity);
                    if about {
                        own.insert(entry.seq);
                    }
                    about
                }
            })
            .map(|entry| {
                let (what, in_force) = self.entry_text(entry);
                let undone = if in_force { "" } else { " (undone)" };
                format!("{} {}: {what}{undone} (entry {})", text::minute(entry.at), entry.who, entry.seq)
            })
            .collect()
    }

    /// An entry in one line, and whether it is in force (not undone).
    pub fn entry_text(&self, entry: &crate::journal::Entry) -> (String, bool) {
        let items = text::items;
        let what = match &entry.action {
            Action::Decide { items: keys, decision: Some(decision), rule } => {
                let by = rule.as_ref().map(|rule| format!(", by {rule}")).unwrap_or_default();
                format!("{} {}{}{by}", decision.verdict.name(), items(keys.len()), decision_tail(decision))
            }
            Action::Decide { items: keys, decision: None, .. } => format!("open {} again", items(keys.len())),
            Action::Note { items: keys, text: note } => {
                format!("note on {}: {}", items(keys.len()), text::one_line(note))
            }
            Action::Assign { items: keys, project: Some(project) } => {
                format!("{} paid by {project}", items(keys.len()))
            }
            Action::Assign { items: keys, project: None } => format!("{} without a named payer", items(keys.len())),
            Action::Claim { items: keys, claim: Some(claim) } => format!("dispute of {}: {claim}", items(keys.len())),
            Action::Claim { items: keys, claim: None } => format!("no claim for {} any more", items(keys.len())),
            Action::Enter { entered, removed: false } => entered.to_string(),
            Action::Enter { entered, .. } => format!("taken off: {entered}"),
            Action::Match { bill, ledger, carried: Some(_) } => {
                format!("match by hand an item carried in with {}", matched(bill.len(), ledger.len()))
            }
            Action::Match { bill, ledger, carried: None } => {
                format!("match by hand {}", matched(bill.len(), ledger.len()))
            }
            Action::ExcludeBadRows { rows, reason } => {
                format!("exclude {}: {reason}", text::counted(rows.len() as u64, "bad row"))
            }
            Action::Assume { assumption, dropped: false, .. } => format!("take for granted: {assumption}"),
            Action::Assume { assumption, .. } => format!("no longer take for granted: {assumption}"),
            Action::EditFile { file, summary, .. } => format!("{}: {summary}", file.name()),
            Action::OutsideEdit { file, .. } => format!("{} was changed by another program", file.name()),
            Action::Import { side, files, .. } => {
                let name = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
                let names: Vec<String> = files.iter().map(|(path, _)| name(path)).collect();
                format!("import {side}: {}", names.join(", "))
            }
            Action::RemoveInput { side, file, why, .. } => {
                let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
                format!("take out {side}: {name}: {}", text::one_line(why))
            }
            Action::Export { file, rows, total, .. } => {
                format!("write {file}: {}, {}", text::counted(*rows, "row"), text::dollars(total))
            }
            Action::Apply { ledger, sha256, .. } if !sha256.is_empty() => {
                format!("write verdicts into the new file {ledger}")
            }
            Action::Apply { ledger, rows, .. } => {
                format!("write verdicts to {ledger}: {}", text::counted(*rows, "row"))
            }
            Action::Revert { ledger, rows: 0, .. } => format!("take verdicts out of {ledger}"),
            Action::Revert { ledger, rows, .. } => {
                format!("take verdicts out of {ledger}: {}", text::counted(*rows, "row"))
            }
            Action::Prepare { .. } => "prepare the month to be signed".to_owned(),
            Action::Sign { version, total, .. } => format!("sign version {version}: {}", text::dollars(total)),
            Action::ReopenMonth { version, why } => format!("begin version {version}: {why}"),
            Action::Undo { seq } => format!("undo {}", self.seq_text(*seq)),
            Action::Redo { seq } => format!("redo {}", self.seq_text(*seq)),
        };
        (what, !matches!(self.entry_state(entry), super::EntryState::Undone(_)))
    }

    fn seq_text(&self, seq: u64) -> String {
        self.entries.iter().find(|e| e.seq == seq).map_or_else(|| format!("entry {seq}"), |e| self.entry_text(e).0)
    }
}

fn matched(bill: usize, ledger: usize) -> String {
    format!(
        "{} and {}",
        text::counted(bill as u64, "bill line"),
        text::of(ledger as u64, "ledger entry", "ledger entries")
    )
}

fn decision_tail(decision: &Decision) -> String {
    let mut tail = String::new();
    if !decision.reason.is_empty() {
        tail.push_str(&format!(" ({})", decision.reason));
    }
    if !decision.note.is_empty() {
        tail.push_str(&format!(": {}", text::one_line(&decision.note)));
    }
    tail
}
