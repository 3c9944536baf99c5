//! What stands between the month and its file, and what the file would hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::view::{CloseView, PayerLine, SourceView};
use super::{Desk, text};
use crate::amount::{Amount, Cents};
use crate::book::Stale;
use crate::calendar::Month;
use crate::close::Version;
use crate::focus::{self, ChargeType};
use crate::journal::{Action, Entry};
use crate::reconcile::Outcome;

impl Desk {
    pub fn sources(&self) -> Vec<SourceView> {
        let side = |name: &'static str, lines: &crate::usage::Lines| {
            lines
                .files()
                .iter()
                .map(|file| SourceView {
                    side: name,
                    path: file.path.display().to_string(),
                    format: file.format,
                    rows: u64::from(file.rows),
                    blank_rows: u64::from(file.blank_rows),
                    days: file.days,
                })
                .collect::<Vec<_>>()
        };
        let mut all = side("bill", &self.inputs.bill.lines);
        all.extend(side("ledger", &self.inputs.ledger.lines));
        all
    }

    /// The gate, the totals, and what would be written.
    pub fn close(&self) -> Arc<CloseView> {
        Arc::clone(self.derived.close.get_or_init(|| Arc::new(self.close_view())))
    }

    fn close_view(&self) -> CloseView {
        let (sheet, changes) = (self.sheet(), self.changes());
        let mut payers: BTreeMap<(String, String), PayerLine> = BTreeMap::new();
        for sum in sheet.sums() {
            let of = sum.payer;
            let line = payers.entry((of.fund_org.to_owned(), of.project_id.to_owned())).or_insert_with(|| PayerLine {
                payer: of.fund_org.to_owned(),
                project: of.project_id.to_owned(),
                pi_email: of.pi_email.to_owned(),
                rows: 0,
                cents: Cents::ZERO,
                sponsor: sum.charge_type == ChargeType::Subsidy,
            });
            line.rows += sum.rows;
            line.cents = line.cents + sum.cents;
        }
        let allocation = self.allocation();
        let mut refusals = self.refusals(&sheet);
        // What was written once is withdrawn by writing it anew, with all it drew.
        let before = self.written.get(&self.profile()).is_some_and(|kept| kept.rows().next().is_some());
        if sheet.charged() == 0 && self.accepted().is_empty() && !before {
            refusals.push("Nothing is approved yet, so there is nothing to write.".into());
        }
        CloseView {
            gate: self.gate().as_ref().clone(),
            total: sheet.totals().0,
            rows: sheet.len() as u64,
            charges: allocation.charges.len() as u64,
            subsidized: sheet.totals().1,
            payers: payers.into_values().collect(),
            profile: sheet.profile.to_string(),
            target: self.dir.join(self.file_name()).display().to_string(),
            sample: sheet.first(12),
            changes: changes.as_ref().clone(),
            exports: self.exports.as_ref().clone(),
            verdicts: self.verdicts_written(),
            papers: self.papers(),
            corrections: self.corrections(),
            refusals,
            written: self.written(&sheet),
            signed: self.signed_view(),
            versions: self.signed_versions().iter().map(version_text).collect(),
            prepared: self.prepared().map(|entry| format!("{} by {}", text::minute(entry.at), entry.who)),
        }
    }

    /// The ledgers that have the month's verdicts and were not reverted: what
    /// was written last to each.
    fn verdicts_written(&self) -> Vec<String> {
        let mut last: BTreeMap<&str, &Entry> = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| entry.month == Some(self.month)) {
            match &entry.action {
                Action::Apply { ledger, .. } => {
                    last.insert(ledger, entry);
                }
                Action::Revert { seq, ledger, .. } if last.get(ledger.as_str()).is_some_and(|e| e.seq == *seq) => {
                    last.remove(ledger.as_str());
                }
                _ => {}
            }
        }
        last.into_values().map(|entry| format!("{}, {}", text::minute(entry.at), self.entry_text(entry).0)).collect()
    }

    /// Why these rows must not be written.
    pub(crate) fn refusals(&self, sheet: &focus::Sheet) -> Vec<String> {
        let mut refusals = sheet.refusals();
        refusals.extend(self.unknown_openings());
        refusals.extend(self.corrections_refused());
        refusals.extend(self.charged.unknown().map(|why| {
            format!("What earlier months charged, for the refunds of {}, cannot be told: {why}", self.month)
        }));
        refusals
    }

    /// Why what the month draws cannot be known.
    pub(super) fn unknown_openings(&self) -> Vec<String> {
        let mut refusals = Vec::new();
        if let Some(through) = self.others.included_through {
            refusals.push(format!(
                "The state this book began from includes the months through {through}, and what {} drew of it is not \
                 known apart: writing {0} would draw its subsidies twice. Begin a new book from a state that ends \
                 before it.",
                self.month
            ));
        }
        refusals.extend(self.out_of_date());
        refusals
    }

    /// A sentence for each month before this one that has to be written again.
    pub(super) fn out_of_date(&self) -> Vec<String> {
        let sentence = |(stale, why): &(Month, Stale)| {
            let (since, way) = match why {
                Stale::Since(_) => ("a month ahead of it was written anew", String::new()),
                // The files that are left may hold nothing of it to be shown.
                Stale::FileTakenOut => {
                    ("a file that it may rest on was taken out of the book", format!(": trueup export --month {stale}"))
                }
            };
            format!(
                "{stale} was written before {since}, so what it drew of subsidies and pools is out of date, and {} goes \
                 on from it. Write {stale} again first{way}.",
                self.month
            )
        };
        self.others.stale.iter().map(sentence).collect()
    }

    /// Approved, exact, against written, in cents, as the tie-out has it.
    pub(super) fn written(&self, sheet: &focus::Sheet) -> Vec<(&'static str, Amount)> {
        let written = sheet.charged_total();
        let mut parts = self.settled().written_sentence(written).parts;
        parts.push(("written", written.amount()));
        parts
    }

    /// Items whose outcome is this one.
    pub fn outcome_count(&self, outcome: Outcome) -> usize {
        (0..self.items()).filter(|item| self.compared.items.outcome(*item) == outcome).count()
    }
}

fn version_text(version: &Version) -> String {
    let reopened = match &version.reopened {
        Some((who, at, why)) => format!("; reopened by {who} {}: {why}", text::minute(*at)),
        None => String::new(),
    };
    let Version { number, who, total, .. } = version;
    let (total, at) = (text::dollars(total), text::minute(version.at));
    format!("version {number}: {total}, signed by {who} {at}{reopened}")
}
