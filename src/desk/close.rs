//! What stands between the month and its file, and what the file would hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::view::{BadRowView, Behind, BurnDown, CloseView, GateLine, PayerLine, Screen, SourceView};
use super::{Desk, text};
use crate::allocate::{Projection, Subject, project_burn_down, series};
use crate::amount::{Amount, Cents, Share};
use crate::focus::{self, ChargeType};
use crate::journal::{Action, Entry};
use crate::read::BadRow;
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

    /// Rows that could not be read, then days that shrank: both are left out
    /// by the operator, with a reason, before the month can be signed.
    pub fn bad_rows(&self) -> Vec<BadRowView> {
        let excluded = |key: &str| self.state.excluded(key).map(str::to_owned);
        let rows = self.all_bad_rows().map(|row| BadRowView {
            side: row.side.name(),
            origin: format!("{}:{}", file_name(&row.file), row.line),
            column: row.column.clone(),
            reason: row.reason.clone(),
            raw: row.raw.clone(),
            excluded: excluded(&row.key.to_string()),
        });
        let shrunk = self.shrunk_days().map(|(key, day)| BadRowView {
            side: day.side.name(),
            origin: file_name(&day.newer),
            column: "day".into(),
            reason: format!(
                "{} of account “{}” shrank from {} rows in {} to {}; the later download counts.",
                day.day,
                day.account,
                day.older_rows,
                file_name(&day.older),
                day.newer_rows
            ),
            raw: String::new(),
            excluded: excluded(&key),
        });
        rows.chain(shrunk).collect()
    }

    fn all_bad_rows(&self) -> impl Iterator<Item = &BadRow> {
        self.inputs.bill.bad_rows.iter().chain(&self.inputs.ledger.bad_rows)
    }

    fn shrunk_days(&self) -> impl Iterator<Item = (String, &crate::read::Superseded)> {
        self.inputs.bill.superseded.iter().chain(&self.inputs.ledger.superseded).filter(|s| s.shrunk).map(|s| {
            let key = crate::usage::Hasher::new("shrunk day")
                .text(s.side.name())
                .text(&s.account)
                .text(&s.day.to_string())
                .number(Some(i128::from(s.older_rows)))
                .number(Some(i128::from(s.newer_rows)))
                .finish();
            (key.to_string(), s)
        })
    }

    /// The keys of [`Desk::bad_rows`], in the same order.
    pub(super) fn bad_row_keys(&self) -> Vec<String> {
        let rows = self.all_bad_rows().map(|row| row.key.to_string());
        rows.chain(self.shrunk_days().map(|(key, _)| key)).collect()
    }

    /// Every rule and project with its burn-down, by what runs out first.
    pub fn burn_downs(&self) -> Arc<Vec<BurnDown>> {
        Arc::clone(self.derived.burn_downs.get_or_init(|| {
            let mut all: Vec<BurnDown> = self.allocation().positions.iter().map(|p| self.burn_down(p)).collect();
            all.sort_by(|a, b| {
                let last = crate::calendar::Day::from_number(i32::MAX);
                (a.runs_out.unwrap_or(last), b.share, &a.project, &a.rule).cmp(&(
                    b.runs_out.unwrap_or(last),
                    a.share,
                    &b.project,
                    &b.rule,
                ))
            });
            Arc::new(all)
        }))
    }

    fn burn_down(&self, position: &crate::allocate::Position) -> BurnDown {
        let Projection { even_pace, runs_out, .. } = project_burn_down(position, self.month);
        let subject = &position.scope.subject;
        let project =
            subject.project().and_then(|id| self.config.projects.as_of(self.month.last()).find(|p| p.id == id));
        let pi_email = match subject {
            Subject::Pi(email) => Some(email),
            _ => project.map(|p| &p.pi_email),
        };
        let before = position.opening.subsidized.amount();
        BurnDown {
            subject: subject.clone(),
            project: subject.to_string(),
            rule: position.scope.rule.clone(),
            period: position.scope.period.to_string(),
            bounds: position.bounds,
            cap: position.cap,
            before,
            this_month: position.drawn,
            remaining: position.remaining(),
            share: Share::of(before.plus(position.drawn), position.cap),
            even_pace,
            runs_out,
            series: series(position, self.month),
            pi_email: pi_email.cloned().unwrap_or_default(),
            fund_org: project.map(|p| p.fund_org.clone()).unwrap_or_default(),
        }
    }

    /// The rows of the chargeback file as it would be written now.
    pub fn focus_rows(&self) -> Arc<Vec<focus::Row>> {
        let rows = || Arc::new(focus::rows(&self.allocation(), &self.config.projects, &self.config.subsidies));
        Arc::clone(self.derived.rows.get_or_init(rows))
    }

    /// The documented name of the month's file.
    pub fn file_name(&self) -> String {
        format!("openai-tokens_{}.csv", self.month)
    }

    /// The gate, the totals, and what would be written.
    pub fn close(&self) -> Arc<CloseView> {
        Arc::clone(self.derived.close.get_or_init(|| Arc::new(self.close_view())))
    }

    fn close_view(&self) -> CloseView {
        let rows = self.focus_rows();
        let mut payers: BTreeMap<(String, String), PayerLine> = BTreeMap::new();
        for row in rows.iter() {
            let line =
                payers.entry((row.fund_org.to_string(), row.project_id.to_string())).or_insert_with(|| PayerLine {
                    payer: row.fund_org.to_string(),
                    project: row.project_id.to_string(),
                    pi_email: row.pi_email.to_string(),
                    rows: 0,
                    cents: Cents::ZERO,
                    sponsor: row.charge_type == ChargeType::Subsidy,
                });
            line.rows += 1;
            line.cents = line.cents + row.billed_cost;
        }
        let subsidy = |row: &&focus::Row| row.charge_type == ChargeType::Subsidy;
        let allocation = self.allocation();
        let mut refusals = self.refusals(&rows);
        if rows.is_empty() {
            refusals.push("Nothing is approved yet, so there is nothing to write.".into());
        }
        CloseView {
            gate: self.gate(),
            total: rows.iter().map(|r| r.billed_cost).sum(),
            rows: rows.len() as u64,
            charges: allocation.charges.len() as u64,
            subsidized: rows.iter().filter(subsidy).map(|r| r.billed_cost).sum(),
            payers: payers.into_values().collect(),
            profile: self.config.settings.profile.clone(),
            target: self.dir.join(self.file_name()).display().to_string(),
            sample: sample(&rows, 12),
            exports: self.exports.as_ref().clone(),
            verdicts: self.verdicts_written(),
            refusals,
            written: self.written(&rows),
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
    pub(crate) fn refusals(&self, rows: &[focus::Row]) -> Vec<String> {
        let mut refusals = focus::refuse(rows);
        if let Some(through) = self.others.included_through {
            refusals.push(format!(
                "The state this book began from includes the months through {through}, and what {} drew of it is not \
                 known apart: writing {0} would draw its subsidies twice. Begin a new book from a state that ends \
                 before it.",
                self.month
            ));
        }
        refusals.extend(self.others.stale.iter().map(|stale| {
            format!(
                "{stale} was written before a month ahead of it was written anew, so what it drew of subsidies and \
                 pools is out of date, and {} goes on from it. Write {stale} again first.",
                self.month
            )
        }));
        refusals
    }

    /// Approved, exact, against written, in cents, as the tie-out has it.
    pub(super) fn written(&self, rows: &[focus::Row]) -> Vec<(&'static str, Amount)> {
        let written: Cents = rows.iter().map(|r| r.billed_cost).sum();
        let mut parts = self.settled().written_sentence(written).parts;
        parts.push(("written", written.amount()));
        parts
    }

    fn gate(&self) -> Vec<GateLine> {
        let line = |what: &str, count: u64, amount: Amount, behind, filter: &str, blocks| GateLine {
            what: what.to_owned(),
            count,
            amount,
            behind,
            filter: filter.to_owned(),
            blocks,
        };
        let open_of = |screen: Screen| {
            let amount = (0..self.items())
                .filter(|item| screen.holds(self.compared.items.outcome(*item)) && self.is_open(*item))
                .map(|item| {
                    let row = self.row(item);
                    row.billed.or(row.recorded).unwrap_or_default()
                })
                .sum::<Amount>();
            (u64::from(self.counts(screen).1), amount)
        };
        let mut gate = Vec::new();
        for (screen, what) in [
            (Screen::Matched, "matched or not compared, and not approved"),
            (Screen::Discrepancies, "discrepancies open"),
            (Screen::NotFound, "missing on one side, open"),
        ] {
            let (count, amount) = open_of(screen);
            gate.push(line(what, count, amount, Behind::List(screen), "decision:open", true));
        }
        let bad = self.bad_rows().iter().filter(|row| row.excluded.is_none()).count();
        gate.push(line("bad rows and shrunk days not excluded", bad as u64, Amount::ZERO, Behind::BadRows, "", true));
        let unassigned: Vec<u32> = (0..self.items()).filter(|item| self.lacks_payer(*item)).collect();
        let amount = unassigned.iter().filter_map(|item| self.row(*item).billed).sum();
        gate.push(line(
            "without a payer",
            unassigned.len() as u64,
            amount,
            Behind::AnyList,
            "badge:unassigned,two-projects,closed-fund",
            true,
        ));
        let odd: Vec<u32> = (0..self.items()).filter(|item| self.has_odd_fund(*item)).collect();
        if !odd.is_empty() {
            let amount = odd.iter().filter_map(|item| self.row(*item).billed).sum();
            gate.push(line(
                "to a fund of another form",
                odd.len() as u64,
                amount,
                Behind::AnyList,
                "badge:odd-fund",
                true,
            ));
        }
        let unpriced = self.unpriced_lines();
        gate.push(line(
            "bill lines without a price",
            unpriced,
            Amount::ZERO,
            Behind::List(Screen::Discrepancies),
            "outcome:unpriced",
            true,
        ));
        let orphans = self.allocation().orphan_refunds.len();
        gate.push(line(
            "refunds of no known charge",
            orphans as u64,
            Amount::ZERO,
            Behind::AnyList,
            "badge:refund",
            true,
        ));
        let unapplied = self.compared.unapplied as u64;
        gate.push(line("matches by hand that no longer fit", unapplied, Amount::ZERO, Behind::Nothing, "", false));
        for (what, amount) in self.overdrawn() {
            gate.push(line(&what, 1, amount, Behind::Prices, "badge:overdrawn", true));
        }
        for drift in &self.compared.drift {
            let difference = drift.billed.minus(drift.recorded);
            let share = drift.share.map_or("all".into(), Share::percent);
            let project = if drift.project.is_empty() { "no project" } else { &drift.project };
            // Every item is within the tolerance; only their sum is not.
            let what = format!("drift of {share}: {} in {project}", drift.model);
            // The model with its dated snapshots, and not its smaller kin.
            let filter = format!("outcome:matched model:{0},{0}-20* absdiff>0", drift.model);
            let behind = Behind::List(Screen::Matched);
            gate.push(line(&what, u64::from(drift.items), difference, behind, &filter, false));
        }
        gate
    }

    /// Items whose outcome is this one.
    pub fn outcome_count(&self, outcome: Outcome) -> usize {
        (0..self.items()).filter(|item| self.compared.items.outcome(*item) == outcome).count()
    }
}

/// The first rows as they would be written, header first.
fn sample(rows: &[focus::Row], most: usize) -> Vec<Vec<String>> {
    let mut bytes = Vec::new();
    // Writing to memory cannot fail.
    let _ = focus::write_openchargeback(&rows[..rows.len().min(most)], &mut bytes);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
    reader.records().flatten().map(|record| record.iter().map(str::to_owned).collect()).collect()
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}
