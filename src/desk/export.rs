//! The chargeback file of a month with its manifest and state, ready to be
//! written in one step.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::Desk;
use super::standing::Code;
use crate::allocate::{Opening, Scope, State, StateEntry, state_text};
use crate::amount::{Amount, Cents};
use crate::book::{Beside, ChargeDraw, Content, DrawRow, ExportPlan, LotDrawRow, STATE_FILE};
use crate::close::LateDraw;
use crate::focus::{self, Facts, HashedFile};
use crate::journal::{ConfigFile, Verdict, hex};

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

impl Desk {
    /// The files an export writes and the rows it leaves in the book.
    pub fn export_plan(&self, target: Option<&Path>) -> ExportPlan<'static> {
        let sheet = self.sheet();
        let target = target.map_or_else(|| self.dir.join(self.file_name()), Path::to_path_buf);
        let after = focus::written(&sheet);
        let draws = self.draw_rows(&after);
        let mut manifest = self.manifest(&sheet, &target);
        let mut manifest_path = target.clone().into_os_string();
        manifest_path.push(".manifest.json");
        ExportPlan {
            month: self.month,
            profile: sheet.profile.to_string(),
            beside: self.booked(&sheet, &target),
            kept: Some({
                let sheet = Arc::clone(&sheet);
                Box::new(move || sheet.kept().to_bytes())
            }),
            manifest: Some((
                manifest_path.into(),
                Box::new(move |written| {
                    manifest.output.sha256.clone_from(&written.sha256);
                    manifest.text().into_bytes()
                }),
            )),
            state_file: Some((self.dir.join(STATE_FILE), self.state_file(&draws).into_bytes())),
            charged: self.charged(),
            lot_draws: self.lot_draws(),
            draws,
            rows: sheet.len() as u64,
            total: sheet.totals().0,
            target,
            opening_from_state: None,
            charge_draws: {
                let (sheet, corrections) = (Arc::clone(&sheet), self.accepted());
                Box::new(move |take| {
                    for late in corrections.iter().flatten() {
                        // A charge may count against a cap that had nothing left.
                        let nothing = |draw: &&LateDraw| draw.amount.is_zero() && draw.cents == Cents::ZERO;
                        late.draws.iter().filter(|draw| !nothing(draw)).try_for_each(|draw| {
                            let charge = super::late::draw_key(late, draw);
                            take(ChargeDraw {
                                charge: &charge,
                                scope: &draw.scope,
                                amount: draw.amount,
                                cents: draw.cents,
                            })
                        })?;
                    }
                    let allocation = sheet.allocation();
                    sheet.drawn_cents().try_for_each(|(charge, draw, cents)| {
                        let (Some(charge), Some(position)) =
                            (allocation.charges.get(charge as usize), allocation.positions.get(draw.position as usize))
                        else {
                            return Ok(());
                        };
                        let (charge, scope) = (charge.key(), &position.scope);
                        take(ChargeDraw { charge: &charge, scope, amount: draw.amount, cents })
                    })
                })
            },
            csv: Content::Writer(Box::new(move |out| sheet.write(out))),
        }
    }

    /// The rows of the chargeback file as it would be written now, what was
    /// written before and is withdrawn included.
    pub fn sheet(&self) -> Arc<focus::Sheet> {
        Arc::clone(&self.sheet_and_changes().0)
    }

    /// What the file would change against the one written last in its profile.
    pub fn changes(&self) -> Arc<focus::Changes> {
        Arc::clone(&self.sheet_and_changes().1)
    }

    fn sheet_and_changes(&self) -> &(Arc<focus::Sheet>, Arc<focus::Changes>) {
        self.derived.sheet.get_or_init(|| {
            let settings = &self.config.settings;
            let made = focus::Made {
                month: self.month,
                profile: settings.profile,
                projects: &self.config.projects,
                rules: &self.config.subsidies,
                prices: &self.config.prices,
                terms: &settings.terms,
            };
            let mut sheet = focus::Sheet::new(self.allocation(), &made);
            self.add_corrections(&mut sheet);
            self.add_tax(&mut sheet);
            let changes = match self.written.get(&settings.profile) {
                Some(before) => sheet.follow(before),
                None => focus::Changes::default(),
            };
            (Arc::new(sheet), Arc::new(changes))
        })
    }

    /// Profiles other than the one at hand that the month was written in. To
    /// an importer their rows are others.
    pub(super) fn other_profiles(&self) -> Vec<focus::Profile> {
        let mine = self.config.settings.profile;
        self.written.keys().copied().filter(|profile| *profile != mine).collect()
    }

    /// Remembers the rows that were just written.
    pub(super) fn keep_written(&mut self) {
        let sheet = self.sheet();
        self.written.insert(sheet.profile, Arc::new(sheet.kept()));
    }

    /// The name of the month's file: for the documented profile the documented
    /// one.
    pub fn file_name(&self) -> String {
        self.config.settings.profile.file_name(self.month)
    }

    /// The journal beside the file, where the configuration says who is
    /// credited.
    fn booked(&self, sheet: &focus::Sheet, target: &Path) -> Vec<Beside> {
        let Some(accounting) = &self.config.settings.accounting else { return Vec::new() };
        let mut path = target.as_os_str().to_owned();
        path.push(".journal.csv");
        vec![Beside { path: path.into(), bytes: focus::journal_csv(sheet, accounting).into_bytes() }]
    }

    /// What the month drew from each lot, beyond its end included.
    fn lot_draws(&self) -> Vec<LotDrawRow> {
        let lots = self.compared.lots.iter().map(|lot| LotDrawRow {
            lot: lot.name.clone(),
            credits: lot.drawn.plus(lot.overdrawn),
            amount: lot.drawn_amount.plus(lot.overdrawn_amount),
        });
        lots.filter(|draw| !draw.credits.is_zero()).collect()
    }

    /// What each rule and project used and drew in the month, in cents as
    /// written.
    fn draw_rows(&self, after: &[(Scope, Opening, Amount)]) -> Vec<DrawRow> {
        let mut drawn = self.corrected_caps();
        let corrected = self.openings_corrected();
        for (scope, now, _) in after {
            let before = corrected.get(scope).copied().unwrap_or_default();
            let sum = drawn.entry(scope.clone()).or_default();
            *sum = sum.plus(now.minus(before));
        }
        let rows = drawn.into_iter().map(|(scope, drawn)| DrawRow { scope, drawn });
        rows.filter(|draw| draw.drawn != Opening::default()).collect()
    }

    /// Every item that has a price approved as billed, whoever pays: the way of
    /// `convert`, which has no review. Decides nothing in a book.
    pub(crate) fn approve_all_priced(&self) -> Self {
        let sides = self.sides();
        let items = &self.compared.items;
        let code = |item: u32| match crate::reconcile::billed(&sides, items, item) {
            Some(_) => Code::Decided(Verdict::ApproveBilled),
            None => Code::Open,
        };
        self.with_standing((0..self.items()).into_par_iter().with_min_len(1 << 14).map(code).collect())
    }

    /// The balance of each scope the month touched, all months of the book
    /// together, once the plan is written.
    pub(crate) fn balances_after(&self, plan: &ExportPlan<'_>) -> Vec<(Scope, StateEntry)> {
        let state = self.state_after(&plan.draws);
        let touched = plan.draws.iter().map(|draw| &draw.scope);
        touched.filter_map(|scope| state.get(scope).map(|entry| (scope.clone(), *entry))).collect()
    }

    /// What all months of the book used and drew, with these draws for this
    /// one.
    fn state_after(&self, draws: &[DrawRow]) -> State {
        let mut sums = self.others.balances.clone();
        for draw in draws {
            let sum = sums.entry(draw.scope.clone()).or_default();
            *sum = sum.plus(draw.drawn);
        }
        let as_of = self.last_month_of_state().last();
        let remaining = |scope: &Scope| {
            let rule = self.config.subsidies.iter().find(|rule| rule.name == scope.rule)?;
            rule.cap_of_scope(scope, as_of, &self.config.projects, &sums).map(Cents::floor)
        };
        sums.iter()
            .map(|(scope, Opening { used, subsidized, .. })| {
                let remaining = remaining(scope).map(|cap| cap - *subsidized);
                (scope.clone(), StateEntry { used: *used, subsidized: *subsidized, remaining })
            })
            .collect()
    }

    /// The last month that the state file speaks of.
    fn last_month_of_state(&self) -> crate::calendar::Month {
        self.others.last.map_or(self.month, |last| last.max(self.month))
    }

    /// `subsidy_state.json` after the export: this month and all others.
    fn state_file(&self, draws: &[DrawRow]) -> String {
        // The last day it speaks of, not the time of writing: writing the same
        // month again gives the same bytes.
        let last = self.last_month_of_state().last();
        state_text(&self.state_after(draws), &[], &format!("{last}T00:00:00"))
    }

    /// Without the digest of the file, which is known once it is written.
    pub(super) fn manifest(&self, sheet: &focus::Sheet, target: &Path) -> focus::Manifest {
        let file_name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let sides = [("bill", &self.inputs.bill), ("ledger", &self.inputs.ledger)];
        let mut inputs: Vec<HashedFile> = sides
            .into_iter()
            .flat_map(|(role, read)| {
                read.lines.files().iter().map(move |f| HashedFile {
                    role: role.to_owned(),
                    name: file_name(&f.path),
                    sha256: f.sha256.clone(),
                })
            })
            .collect();
        // A book without rules has no file of them to name.
        let named = |(file, text): &(&ConfigFile, &String)| **file != ConfigFile::Rules || !text.is_empty();
        inputs.extend(self.config.texts.iter().filter(named).map(|(file, text)| {
            HashedFile {
                role: match file {
                    ConfigFile::Pricing => "prices",
                    ConfigFile::Projects => "projects",
                    ConfigFile::Subsidies => "subsidies",
                    ConfigFile::Settings => "settings",
                    ConfigFile::Rules => "rules",
                }
                .to_owned(),
                name: file.name().to_owned(),
                sha256: sha256(text.as_bytes()),
            }
        }));
        let mut tie_out = std::collections::BTreeMap::new();
        for (document, line) in ["bill", "ledger"].iter().zip(self.tie_out()) {
            for (label, amount) in line.totals.into_iter().chain(line.parts) {
                let label = if label.is_empty() { "total" } else { label };
                tie_out.insert(format!("{document}: {label}"), amount);
            }
        }
        for (label, amount) in self.written(sheet) {
            tie_out.insert(format!("written: {label}"), amount);
        }
        for late in self.accepted().iter().flatten() {
            tie_out.insert(format!("corrections: {}", late.of), late.totals().0.amount());
        }
        if let Some(check) = self.invoice().filter(|check| !check.invoice.tax.is_zero()) {
            tie_out.insert("invoice: tax".into(), check.invoice.tax);
            tie_out.insert("written: tax".into(), sheet.tax().amount());
            for share in self.tax_shares() {
                tie_out.insert(format!("tax: {}", share.name()), share.tax.amount());
            }
        }
        let facts = Facts {
            profile: sheet.profile.to_string(),
            inputs,
            output_name: file_name(target),
            output_sha256: String::new(),
            items: self.compared.summary.by_outcome.iter().map(|(o, b)| (o.name().to_owned(), b.items)).collect(),
            decisions: self.decision_counts(),
            tie_out,
        };
        focus::manifest(sheet, &facts)
    }

    fn decision_counts(&self) -> std::collections::BTreeMap<String, u64> {
        let mut counts = std::collections::BTreeMap::new();
        // Items that stand alike mostly follow each other.
        for alike in self.standing.chunk_by(|a, b| a == b) {
            let name = match alike {
                [] | [Code::Settled, ..] => continue,
                [Code::Open | Code::Stale, ..] => "open",
                [Code::Decided(verdict), ..] => verdict.name(),
            };
            *counts.entry(name.to_owned()).or_default() += alike.len() as u64;
        }
        counts
    }
}
