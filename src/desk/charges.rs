//! Approved items as charges, each with its payer.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::allocate::{Base, Charge, Counts, LotShare, Lots, Measured, Payer, SharedText};
use crate::amount::{Amount, Quantity};
use crate::calendar::Day;
use crate::journal::Verdict;
use crate::memory;
use crate::price::{LotDraw, Values, Worth};
use crate::usage::{Lines, Names, Shape, Side, Sym};

use super::Desk;
use super::charge_order;
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

    /// The charges these items would be with these verdicts, in the order of
    /// drawing. Each is made in its place: a charge is large.
    pub(super) fn charges_of(&self, approved: impl Iterator<Item = (u32, Verdict)>) -> Vec<Charge> {
        let seeds = self.seeds_of(approved);
        let order = charge_order::numbered(self, &seeds);
        let split = split_lots(&self.compared.valued.bill_values);
        let charge = |texts: &mut Texts, key: &charge_order::Key| Charge {
            occurrence: key.number,
            ..self.charge(&seeds[key.at as usize], &split, texts)
        };
        let mut charges = memory::for_records(order.len());
        let made = order.par_iter().with_min_len(CHARGES_AT_ONCE).map_init(Texts::default, charge);
        made.collect_into_vec(&mut charges);
        charges
    }

    pub(super) fn seeds_of(&self, approved: impl Iterator<Item = (u32, Verdict)>) -> Vec<Seed> {
        let approved: Vec<(u32, Verdict)> = approved.collect();
        let pieces: Vec<Vec<Seed>> = approved
            .par_chunks(ITEMS_AT_ONCE)
            .map(|piece| {
                let mut payers = PayerCache::new(&self.config.projects, &self.inputs.names);
                let mut seeds = Vec::with_capacity(piece.len());
                for (item, verdict) in piece {
                    self.sow(*item, *verdict, &mut payers, &mut seeds);
                }
                seeds
            })
            .collect();
        memory::joined(pieces)
    }

    /// The row that each charge of an item is made of, in the order of their
    /// days, bases and occurrences.
    pub(super) fn charged_rows(&self, item: u32, verdict: Verdict) -> Vec<ChargedRow> {
        let mut seeds = Vec::new();
        self.sow(item, verdict, &mut PayerCache::new(&self.config.projects, &self.inputs.names), &mut seeds);
        let mut made: Vec<(Charge, ChargedRow)> = seeds
            .iter()
            .map(|seed| (self.charge(seed, &FxHashMap::default(), &mut Texts::default()), seed.of))
            .collect();
        made.sort_by(|(a, _), (b, _)| {
            (a.day, a.stem()).cmp(&(b.day, b.stem())).then_with(|| content(a).cmp(&content(b)))
        });
        made.into_iter().map(|(_, row)| row).collect()
    }

    /// Whether any charge of an item would be nobody's, approved as billed.
    pub(super) fn has_unpaid_charge(&self, item: u32) -> bool {
        let mut seeds = Vec::new();
        let mut payers = PayerCache::new(&self.config.projects, &self.inputs.names);
        self.sow(item, Verdict::ApproveBilled, &mut payers, &mut seeds);
        seeds.iter().any(|seed| seed.project.is_none())
    }

    fn sow(&self, item: u32, verdict: Verdict, payers: &mut PayerCache, out: &mut Vec<Seed>) {
        let sides = self.sides();
        let items = &self.compared.items;
        let named = self.assigned_project(item);
        let on_bill = items.bill_rows(item).next().is_some();
        let as_billed = on_bill && verdict == Verdict::ApproveBilled;
        match (self.compared.payers[item as usize], as_billed) {
            (ItemPayer::Split, true) => self.sow_split(item, named, payers, out),
            (payer, as_billed) => {
                let whole = match payer {
                    ItemPayer::Project(project) => Some(project),
                    ItemPayer::Split => None,
                    ItemPayer::Unknown | ItemPayer::Claimed | ItemPayer::Closed(_) | ItemPayer::Nobody => named,
                };
                let mut sow = |side: Side, lines: &Lines, row: u32| {
                    let project = whole.or_else(|| project_of(payers, lines, row)).or(named);
                    self.push(item, ChargedRow { side, row, rest: false }, project, out);
                };
                if as_billed {
                    items.bill_rows(item).for_each(|row| sow(Side::Bill, sides.bill, row));
                } else {
                    items.ledger_rows(item).for_each(|row| sow(Side::Ledger, sides.ledger, row));
                }
            }
        }
    }

    /// Whether approving the item as billed charges its ledger entries one by
    /// one, as [`Self::sow_split`] does.
    pub(super) fn is_charged_by_entry(&self, item: u32) -> bool {
        let mut cache = PayerCache::new(&self.config.projects, &self.inputs.names);
        let lines = &self.inputs.bill.lines;
        self.compared.payers[item as usize] == ItemPayer::Split
            && self.compared.items.bill_rows(item).any(|row| project_of(&mut cache, lines, row).is_none())
    }

    /// A bill over requests of several payers: each ledger entry's own cost to
    /// its payer, the rest a charge of its own to the project the operator
    /// named. Nothing is spread in proportion.
    fn sow_split(&self, item: u32, named: Option<u32>, payers: &mut PayerCache, out: &mut Vec<Seed>) {
        let sides = self.sides();
        let items = &self.compared.items;
        let billed = |row| ChargedRow { side: Side::Bill, row, rest: false };
        let known: Vec<Option<u32>> = items.bill_rows(item).map(|row| project_of(payers, sides.bill, row)).collect();
        if known.iter().all(Option::is_some) {
            for (row, project) in items.bill_rows(item).zip(known) {
                self.push(item, billed(row), project, out);
            }
            return;
        }
        for row in items.ledger_rows(item) {
            let project = project_of(payers, sides.ledger, row).or(named);
            self.push(item, ChargedRow { side: Side::Ledger, row, rest: false }, project, out);
        }
        if let Some(row) = items.bill_rows(item).next().filter(|_| !self.rest_of(item).is_zero()) {
            self.push(item, ChargedRow { rest: true, ..billed(row) }, named, out);
        }
    }

    /// What the ledger entries of an item leave of what was billed.
    fn rest_of(&self, item: u32) -> Amount {
        let sides = self.sides();
        let items = &self.compared.items;
        let billed = crate::reconcile::billed(&sides, items, item).unwrap_or_default();
        let recorded = items.ledger_rows(item).filter_map(|row| sides.ledger_values.amount(sides.ledger, row));
        recorded.fold(billed, Amount::minus)
    }

    fn push(&self, item: u32, of: ChargedRow, project: Option<u32>, out: &mut Vec<Seed>) {
        let (lines, values) = self.side_of(of);
        // A line without a price is no charge of zero: it stays out, and open.
        let (Some(day), Some(_)) = (lines.day(of.row), values.amount(lines, of.row)) else { return };
        // With the fund and PI of the day; a closed fund pays for nothing.
        let project = project.and_then(|project| self.config.projects.on(project, day));
        out.push(Seed { item, of, day, project });
    }

    fn side_of(&self, of: ChargedRow) -> (&Lines, &Values) {
        let sides = self.sides();
        match of.side {
            Side::Bill => (sides.bill, sides.bill_values),
            Side::Ledger => (sides.ledger, sides.ledger_values),
        }
    }

    /// The amount of a seed's charge; of a line, which has one.
    pub(super) fn amount_of(&self, seed: &Seed) -> Amount {
        if seed.of.rest {
            return self.rest_of(seed.item);
        }
        let (lines, values) = self.side_of(seed.of);
        values.amount(lines, seed.of.row).unwrap_or_default()
    }

    /// What charges of one base are told apart by.
    pub(super) fn content_of(&self, seed: &Seed) -> Content {
        let (lines, _) = self.side_of(seed.of);
        let counted = !seed.of.rest;
        (
            self.amount_of(seed),
            lines.credits(seed.of.row).filter(|_| counted),
            lines.quantity(seed.of.row).filter(|_| counted),
            seed.project,
        )
    }

    /// Usage type and user, where the base is made of these and the day.
    pub(super) fn like_of(&self, seed: &Seed) -> Option<(Sym, Sym)> {
        let (lines, _) = self.side_of(seed.of);
        let own = lines.shape(seed.of.row) == Shape::Credits && !seed.of.rest;
        own.then(|| (lines.action(seed.of.row), lines.user(seed.of.row)))
    }

    /// The base of a seed's charge.
    pub(super) fn base_of(&self, seed: &Seed) -> Base {
        let (names, row) = (&self.inputs.names, seed.of.row);
        let (lines, _) = self.side_of(seed.of);
        let (day, user) = (seed.day, names.text(lines.user(row)));
        let mut base = match lines.shape(row) {
            Shape::Credits if !seed.of.rest => return Base::Own,
            Shape::Credits => format!("openai:{}:{user}:{day}", names.text(lines.action(row))),
            Shape::Cost | Shape::Usage => {
                let what = names.text(lines.what(row));
                let place = [lines.project(row), lines.api_key(row), lines.user(row)].map(|sym| names.text(sym));
                format!("openai-api:{what}:{}:{day}", place.join(":"))
            }
            Shape::Request => match (&*lines.id(row), lines.at(row)) {
                ("", Some(at)) => format!("openai-api:{}:{user}:{at}", names.text(lines.model(row))),
                (id, _) => format!("openai-api:{id}"),
            },
        };
        if seed.of.rest {
            base.push_str(":rest");
        }
        base.into()
    }

    fn charge(&self, seed: &Seed, split: &SplitLots, texts: &mut Texts) -> Charge {
        let Seed { item, of, day, project } = *seed;
        let (names, row) = (&self.inputs.names, of.row);
        let (lines, values) = self.side_of(of);
        let (service, what) = match lines.shape(row) {
            Shape::Credits => ("OpenAI", lines.action(row)),
            Shape::Cost | Shape::Usage => ("OpenAI API", lines.what(row)),
            Shape::Request => ("OpenAI API", lines.model(row)),
        };
        let lots = match (values.worth(lines, row), split.get(&row).filter(|_| of.side == Side::Bill)) {
            _ if of.rest => Lots::None,
            (Worth::Lot { .. }, Some(shares)) => Lots::Several(Arc::clone(shares)),
            (Worth::Lot { lot, .. }, None) => Lots::One(lot),
            _ => Lots::None,
        };
        let (amount, credits, quantity, _) = self.content_of(seed);
        Charge {
            item,
            base: self.base_of(seed),
            occurrence: 1,
            day,
            service,
            amount,
            project,
            user: texts.of(names, lines.user(row)),
            what: texts.of(names, what),
            counts: Counts::new(credits, quantity, tokens_of(lines, row).filter(|_| !of.rest)),
            measured: Measured { account: texts.of(names, lines.account(row)), lots },
        }
    }
}

/// Amount, credits, quantity and project of a charge.
pub(super) type Content = (Amount, Option<Quantity>, Option<Quantity>, Option<u32>);

fn content(charge: &Charge) -> Content {
    (charge.amount, charge.counts.credits(), charge.counts.quantity(), charge.project)
}

/// A charge before it is made: what it is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seed {
    pub item: u32,
    pub of: ChargedRow,
    pub day: Day,
    /// With the fund and PI of the day.
    pub project: Option<u32>,
}

/// The row that a charge is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ChargedRow {
    pub side: Side,
    pub row: u32,
    /// It is what the ledger entries leave of a bill over several payers.
    pub rest: bool,
}

/// Texts shared by the charges that one thread makes: those of all would be
/// counted by all threads at once.
#[derive(Default)]
struct Texts(FxHashMap<Sym, SharedText>);

impl Texts {
    fn of(&mut self, names: &Names, sym: Sym) -> SharedText {
        self.0.entry(sym).or_insert_with(|| names.text(sym).into()).clone()
    }
}

/// Of the bill's rows that drew from several lots, what each gave.
type SplitLots = FxHashMap<u32, Arc<Vec<LotShare>>>;

/// Charges that one thread makes at a time, at least.
const CHARGES_AT_ONCE: usize = 1 << 14;
/// Items that one thread looks at at a time.
const ITEMS_AT_ONCE: usize = 16_384;

/// What each lot gave to the rows that drew from several. A row that empties the
/// last lot and goes on beyond its end drew twice from one: that is one share.
fn split_lots(values: &Values) -> SplitLots {
    let split = values.split_draws();
    split
        .filter_map(|draws| {
            // Those from one lot follow each other.
            let of_lots = draws.chunk_by(|a, b| a.lot == b.lot);
            let shares: Vec<LotShare> = of_lots.filter_map(share_of).collect();
            Some((draws.first()?.row, Arc::new(shares))).filter(|(_, shares)| shares.len() > 1)
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
