//! Writing the month's file, and the shape it is written in: what a person sees
//! before saying yes.

use std::path::Path;

use super::command::{Change, Command, Preview, Refusal};
use super::gate::NOT_WRITTEN;
use super::{Desk, text};
use crate::amount::Cents;
use crate::close::GateItem;
use crate::focus::{Changed, Changes, Profile};
use crate::journal::ConfigFile;

/// Rows told one by one before the file is written.
const MOST: usize = 8;

impl Desk {
    /// The shape the file is written in.
    pub fn profile(&self) -> Profile {
        self.config.settings.profile
    }

    pub(super) fn plan_export(&self, command: &Command, target: Option<&Path>) -> Result<Change, Refusal> {
        let close = self.close();
        if let Some(first) = close.refusals.first() {
            return Err(Refusal(first.clone()));
        }
        let target = target.map_or_else(|| close.target.clone(), |t| t.display().to_string());
        let mut preview = Preview {
            title: format!("Write {target}"),
            items: close.charges as usize,
            amount: close.total.amount(),
            ..Preview::default()
        };
        preview.remarks.push(format!(
            "{} as {}, {} in all, {} of it on sponsors.",
            text::counted(close.rows, "row"),
            close.profile,
            text::cents(close.total),
            text::cents(close.subsidized)
        ));
        if self.written.contains_key(&self.profile()) {
            preview.remarks.push(change_sentence(&close.changes));
            preview.remarks.extend(close.changes.first.iter().take(MOST).map(change_line));
        }
        for other in self.other_profiles() {
            preview.remarks.push(format!(
                "The month was written as {other} before. To an importer the rows of another profile are others: give \
                 it one of the two."
            ));
        }
        preview.remarks.extend(close.corrections.iter().map(super::LateView::sentence));
        let open: u32 = self.tally.open.iter().sum();
        if open > 0 {
            preview.remarks.push(format!("{} still open and not in it.", text::items(open as usize)));
        }
        // That the file is not written yet is what this ends.
        let stands = |gate: &&GateItem| gate.blocks && gate.count > 0 && gate.name != NOT_WRITTEN;
        for gate in close.gate.iter().filter(stands) {
            preview.remarks.push(format!("{}: {}.", gate.what, text::count(gate.count as i64)));
        }
        Ok(self.change_of_files(command, preview))
    }

    pub(super) fn plan_profile(&self, command: &Command, profile: Profile) -> Result<Change, Refusal> {
        if profile == self.profile() {
            return Err(Refusal(format!("The file is written as {profile} already.")));
        }
        let before = self.config.texts.get(&ConfigFile::Settings).cloned().unwrap_or_default();
        let after = crate::book::set_profile(&before, profile).map_err(Refusal)?;
        let summary = format!("write the chargeback file as {profile}");
        let mut change = self.plan_edit(command, ConfigFile::Settings, before, after, summary)?;
        if let Some(next) = &change.next {
            let (sheet, refusals) = (next.sheet(), next.refusals(&next.sheet()));
            let (rows, total) = (text::counted(sheet.len() as u64, "row"), text::cents(sheet.totals().0));
            change.preview.remarks.push(format!("{} with {rows}, {total} in all.", next.file_name()));
            if let Some(first) = refusals.first() {
                change.preview.remarks.push(format!("It could not be written: {first}."));
            }
        }
        Ok(change)
    }
}

/// `Since it was last written: 3 rows added (+$1.00), 1 row withdrawn and
/// sent once more at zero (-$2.00).`
pub(crate) fn change_sentence(changes: &Changes) -> String {
    if changes.is_empty() {
        return "The rows are those written last.".into();
    }
    let kinds = [
        (changes.added, changes.added_cents, "added"),
        (changes.changed, changes.changed_cents, "changed"),
        (changes.withdrawn, changes.withdrawn_cents, "withdrawn and sent once more at zero"),
    ];
    let parts: Vec<String> = kinds
        .into_iter()
        .filter(|(rows, ..)| *rows > 0)
        .map(|(rows, cents, how)| {
            let sign = if cents < Cents::ZERO { "" } else { "+" };
            format!("{} {how} ({sign}{})", text::counted(rows, "row"), text::cents(cents))
        })
        .collect();
    format!("Since it was last written: {}.", parts.join(", "))
}

/// `withdrawn: openai:codex:…:usage (DEPT-1), $2.00 before.`
pub(crate) fn change_line(changed: &Changed) -> String {
    let Changed { id, fund_org, before, now } = changed;
    match (before.map(text::cents), now.map(text::cents)) {
        (Some(before), None) => format!("withdrawn: {id} ({fund_org}), {before} before."),
        (Some(before), Some(now)) => format!("changed: {id} ({fund_org}), {before} to {now}."),
        (None, now) => format!("added: {id} ({fund_org}), {}.", now.unwrap_or_else(|| text::cents(Cents::ZERO))),
    }
}
