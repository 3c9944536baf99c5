//! Approved items as charges, each with its payer.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::allocate::{Charge, LotShare, Lots, Measured, Payer};
use crate::journal::Verdict;
use crate::price::{LotDraw, Values, Worth};
use crate::usage::{Lines, Names, Shape, Side, Sym};

use super::Desk;
use super::charge_order::{self, Made};
use super::compared::{ItemPayer, PayerCache};
use super::standing::Code;

impl Desk {
    /// The charges of all approved items, and of no others.
    pub(super) fn charges(&self) -> Vec<Charge> {
        let approved = self.standing.iter().enumerate().filter_map(|(item, code)| match code {
            Code::Decided(verdict) if verdict.approves() => Some((item as u32, *verdict)),
            _ => None,
        });
        self.charges_of(approved)
    }

    /// The charges these items would be with these verdicts.
    pub(super) fn charges_of(&self, approved: impl Iterator<Item = (u32, Verdict)>) -> Vec<Charge> {
        let approved: Vec<(u32, Verdict)> = approved.collect();
        let split = split_lots(&self.compared.bill_values);
        let names = &self.inputs.names;
        let pieces: Vec<Vec<Made>> = approved
            .par_chunks(ITEMS_AT_ONCE)
            .map(|piece| {
                let payers = PayerCache::new(&self.config.projects, names);
                let mut work = Work { payers, split: &split, texts: FxHashMap::default() };
                let mut charges = Vec::with_capacity(piece.len());
                for (item, verdict) in piece {
                    self.charge_item(*item, *verdict, &mut work, &mut charges);
                }
                charges
            })
            .collect();
        charge_order::numbered(pieces)
    }

    /// The row that each charge of an item is made of, in the order of their
    /// days, bases and occurrences.
    pub(super) fn charged_rows(&self, item: u32, verdict: Verdict) -> Vec<ChargedRow> {
        let (payers, split) = (PayerCache::new(&self.config.projects, &self.inputs.names), FxHashMap::default());
        let mut work = Work { payers, split: &split, texts: FxHashMap::default() };
        let mut made = Vec::new();
        self.charge_item(item, verdict, &mut work, &mut made);
        let key = |made: &Made| (made.charge.day, made.charge.base.clone());
        made.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| charge_order::by_content(&a.charge, &b.charge)));
        made.into_iter().map(|made| made.row).collect()
    }

    fn charge_item(&self, item: u32, verdict: Verdict, work: &mut Work, out: &mut Vec<Made>) {
        let sides = self.sides();
        let items = &self.compared.items;
        let named = self.assigned_project(item);
        let on_bill = items.bill_rows(item).next().is_some();
        let as_billed = on_bill && verdict == Verdict::ApproveBilled;
        match (self.compared.payers[item as usize], as_billed) {
            (ItemPayer::Split, true) => self.charge_split(item, named, work, out),
            (payer, as_billed) => {
                let whole = match payer {
                    ItemPayer::Project(project) => Some(project),
                    ItemPayer::Split => None,
                    ItemPayer::Unknown | ItemPayer::Claimed | ItemPayer::Closed(_) | ItemPayer::Nobody => named,
                };
                let (lines, values, rows): (_, _, Vec<u32>) = if as_billed {
                    (sides.bill, sides.bill_values, items.bill_rows(item).collect())
                } else {
                    (sides.ledger, sides.ledger_values, items.ledger_rows(item).collect())
                };
                for row in rows {
                    let project = whole.or_else(|| project_of(&mut work.payers, lines, row)).or(named);
                    self.push(item, (lines, values, row), project, work, out);
                }
            }
        }
    }

    /// Whether approving the item as billed charges its ledger entries one by
    /// one, as [`Self::charge_split`] does.
    pub(super) fn is_charged_by_entry(&self, item: u32) -> bool {
        let mut cache = PayerCache::new(&self.config.projects, &self.inputs.names);
        let lines = &self.inputs.bill.lines;
        self.compared.payers[item as usize] == ItemPayer::Split
            && self.compared.items.bill_rows(item).any(|row| project_of(&mut cache, lines, row).is_none())
    }

    /// A bill over requests of several payers: each ledger entry's own cost to
    /// its payer, the rest a charge of its own to the project the operator
    /// named. Nothing is spread in proportion.
    fn charge_split(&self, item: u32, named: Option<u32>, work: &mut Work, out: &mut Vec<Made>) {
        let sides = self.sides();
        let items = &self.compared.items;
        let payers = &mut work.payers;
        let known: Vec<Option<u32>> = items.bill_rows(item).map(|row| project_of(payers, sides.bill, row)).collect();
        if known.iter().all(Option::is_some) {
            for (row, project) in items.bill_rows(item).zip(known) {
                self.push(item, (sides.bill, sides.bill_values, row), project, work, out);
            }
            return;
        }
        let mut rest = crate::reconcile::billed(&sides, items, item).unwrap_or_default();
        for row in items.ledger_rows(item) {
            let project = project_of(&mut work.payers, sides.ledger, row).or(named);
            self.push(item, (sides.ledger, sides.ledger_values, row), project, work, out);
            rest = rest.minus(sides.ledger_values.amount(sides.ledger, row).unwrap_or_default());
        }
        if let Some(row) = items.bill_rows(item).next().filter(|_| !rest.is_zero()) {
            self.push(item, (sides.bill, sides.bill_values, row), named, work, out);
            if let Some(Made { charge, alike, row }) = out.last_mut() {
                *alike = None;
                row.rest = true;
                charge.base.push_str(":rest");
                charge.amount = rest;
                charge.credits = None;
                charge.quantity = None;
                charge.measured.tokens = None;
                charge.measured.lots = Lots::None;
            }
        }
    }

    fn push(
        &self,
        item: u32,
        (lines, values, row): (&Lines, &Values, u32),
        project: Option<u32>,
        work: &mut Work,
        out: &mut Vec<Made>,
    ) {
        let names = &self.inputs.names;
        // Rows of the ledger have numbers of their own.
        let on_bill = std::ptr::eq(values, &self.compared.bill_values);
        // A line without a price is no charge of zero: it stays out, and open.
        let (Some(day), Some(amount)) = (lines.day(row), values.amount(lines, row)) else { return };
        // With the fund and PI of the day; a closed fund pays for nothing.
        let project = project.and_then(|project| self.config.projects.on(project, day));
        let user = names.text(lines.user(row));
        let (user_sym, mut what_sym) = (lines.user(row), lines.what(row));
        let mut alike = None;
        let (service, base) = match lines.shape(row) {
            Shape::Credits => {
                what_sym = lines.action(row);
                let what = names.text(what_sym);
                alike = Some((what_sym, user_sym));
                ("OpenAI", format!("openai:{what}:{user}:{day}"))
            }
            Shape::Cost | Shape::Usage => {
                let what = names.text(lines.what(row));
                let place = [lines.project(row), lines.api_key(row), lines.user(row)].map(|sym| names.text(sym));
                ("OpenAI API", format!("openai-api:{what}:{}:{day}", place.join(":")))
            }
            Shape::Request => {
                what_sym = lines.model(row);
                let what = names.text(what_sym);
                let base = match (lines.id(row), lines.at(row)) {
                    ("", Some(at)) => format!("openai-api:{what}:{user}:{at}"),
                    (id, _) => format!("openai-api:{id}"),
                };
                ("OpenAI API", base)
            }
        };
        let charge = Charge {
            item,
            base,
            occurrence: 1,
            day,
            service,
            amount,
            project,
            user: work.text(names, user_sym),
            what: work.text(names, what_sym),
            credits: lines.credits(row),
            quantity: lines.quantity(row),
            measured: Measured {
                account: work.text(names, lines.account(row)),
                tokens: tokens_of(lines, row),
                lots: match (values.worth(lines, row), work.split.get(&row).filter(|_| on_bill)) {
                    (Worth::Lot { .. }, Some(shares)) => Lots::Several(Arc::clone(shares)),
                    (Worth::Lot { lot, .. }, None) => Lots::One(lot),
                    _ => Lots::None,
                },
            },
        };
        let side = if on_bill { Side::Bill } else { Side::Ledger };
        out.push(Made { charge, alike, row: ChargedRow { side, row, rest: false } });
    }
}

/// The row that a charge is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChargedRow {
    pub side: Side,
    pub row: u32,
    /// It is what the ledger entries leave of a bill over several payers.
    pub rest: bool,
}

/// What is looked up for one charge after the other.
struct Work<'a> {
    payers: PayerCache<'a>,
    /// Of the bill's rows that drew from several lots, what each gave.
    split: &'a FxHashMap<u32, Arc<[LotShare]>>,
    /// Shared by the charges of one piece: those of all would be counted by all
    /// threads at once.
    texts: FxHashMap<Sym, Arc<str>>,
}

impl Work<'_> {
    fn text(&mut self, names: &Names, sym: Sym) -> Arc<str> {
        Arc::clone(self.texts.entry(sym).or_insert_with(|| names.text(sym).into()))
    }
}

/// Items that one thread makes into charges at a time.
const ITEMS_AT_ONCE: usize = 16_384;

/// What each lot gave to the rows that drew from several. A row that empties the
/// last lot and goes on beyond its end drew twice from one: that is one share.
fn split_lots(values: &Values) -> FxHashMap<u32, Arc<[LotShare]>> {
    // The draws of a row follow each other, and so do those from one lot.
    let several = values.draws.chunk_by(|a, b| a.row == b.row).filter(|draws| draws.len() > 1);
    several
        .filter_map(|draws| {
            let of_lots = draws.chunk_by(|a, b| a.lot == b.lot);
            let shares: Arc<[LotShare]> = of_lots.filter_map(share_of).collect();
            Some((draws.first()?.row, shares)).filter(|(_, shares)| shares.len() > 1)
        })
        .collect()
}

/// Draws of one row from one lot, added up.
fn share_of(draws: &[LotDraw]) -> Option<LotShare> {
    let (credits, amount) = (draws.iter().map(|draw| draw.credits).sum(), draws.iter().map(|draw| draw.amount).sum());
    draws.first().map(|draw| LotShare { lot: draw.lot, credits, amount })
}

/// Tokens of all classes, where the line counts any.
fn tokens_of(lines: &Lines, row: u32) -> Option<i64> {
    let sum = || match (lines.input(row), lines.output(row)) {
        (None, None) => None,
        (input, output) => input.unwrap_or(0).checked_add(output.unwrap_or(0)),
    };
    lines.total(row).or_else(sum)
}

fn project_of(cache: &mut PayerCache, lines: &Lines, row: u32) -> Option<u32> {
    match cache.of(lines, row) {
        Payer::Project(project) => Some(*project),
        Payer::Unassigned(_) => None,
    }
}
