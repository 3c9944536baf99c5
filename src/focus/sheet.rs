//! The rows of a month's chargeback file in one profile: what is charged now,
//! and behind it what is sent for other reasons. [`Sheet`] holds numbers and
//! makes each [`Row`] when it is asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::cents::{PARTS_AT_ONCE, Part, parts};
use super::exact::Exact;
use super::kept::Kept;
use super::pieces::{self, Piece, counted, lot_of};
use super::profile::Profile;
use super::rolled::caps_of;
use super::row::{ChargeType, Measure, Payer, ResourceId, Row, Standing};
use crate::allocate::{Allocation, Charge, Draw, Projects, SubsidyRule, UNASSIGNED};
use crate::amount::{Amount, Cents};
use crate::calendar::Month;
use crate::price::PriceBook;

/// What a file says of who charges back, from the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Who bills the payers.
    pub issuer: String,
    /// What the provider's account is called.
    pub account_name: Option<String>,
    /// Begins the number of every month's invoice.
    pub invoice: String,
    /// Whether purchases of credits stand in the file.
    pub purchases: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self { issuer: "IT department".into(), account_name: None, invoice: "chargeback".into(), purchases: false }
    }
}

/// All rows of a file.
pub struct Sheet {
    pub month: Month,
    pub profile: Profile,
    pub terms: Terms,
    pub currency: String,
    pub(super) allocation: Arc<Allocation>,
    /// All parts, with their cents, the own part of a charge first.
    pub(super) parts: Vec<Part>,
    /// Of each position of the allocation, as these cents leave it.
    pub(super) caps: Vec<Amount>,
    /// Where the parts stand as more or fewer rows, the rows.
    pieces: Option<Vec<Piece>>,
    owners: Vec<Owner>,
    sponsors: Vec<Sponsor>,
    /// Label and unit price of each lot of the price book.
    lots: Vec<(String, Amount)>,
    /// Rows behind those of the month's charges.
    pub(super) more: Kept,
}

/// What the rows of a project carry.
struct Owner {
    pi_email: String,
    id: String,
    name: String,
    fund_org: String,
}

/// What the rows of a rule carry.
struct Sponsor {
    rule: String,
    fund_org: String,
    email: Option<String>,
}

/// What one payer is charged for one project, as its own part or a sponsor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayerSum<'a> {
    pub payer: Payer<'a>,
    pub charge_type: ChargeType,
    pub rows: u64,
    pub cents: Cents,
}

/// By fund, project, PI and kind.
type SumKey<'a> = (&'a str, &'a str, &'a str, ChargeType);

impl<'a> PayerSum<'a> {
    fn merge(sums: &mut BTreeMap<SumKey<'a>, Self>, one: Self) {
        let Payer { pi_email, project_id, fund_org, .. } = one.payer;
        let sum = sums.entry((fund_org, project_id, pi_email, one.charge_type)).or_insert(Self {
            rows: 0,
            cents: Cents::ZERO,
            ..one
        });
        (sum.rows, sum.cents) = (sum.rows + one.rows, sum.cents + one.cents);
    }
}

/// What a sheet is made of, besides the allocation.
#[derive(Clone, Copy)]
pub struct Made<'a> {
    pub month: Month,
    pub profile: Profile,
    pub projects: &'a Projects,
    /// Those the allocation was made with.
    pub rules: &'a [SubsidyRule],
    pub prices: &'a PriceBook,
    pub terms: &'a Terms,
}

impl Sheet {
    /// The rows of an allocation, charge by charge, usage before sponsors, in
    /// whole cents that add up: in total, for each payer, for each project of a
    /// payer. Purchases follow where they are asked for.
    pub fn new(allocation: Arc<Allocation>, made: &Made<'_>) -> Self {
        let Made { month, profile, projects, rules, prices, terms } = *made;
        let parts = parts(&allocation, projects, rules);
        let caps = caps_of(&allocation, projects, rules, &parts);
        let owner = |pi: &str, id: &str, name: &str, fund: &str| Owner {
            pi_email: pi.into(),
            id: id.into(),
            name: name.into(),
            fund_org: fund.into(),
        };
        let mut owners: Vec<Owner> =
            projects.list.iter().map(|p| owner(&p.pi_email, &p.id, &p.name, &p.fund_org)).collect();
        owners.push(owner(UNASSIGNED, UNASSIGNED, UNASSIGNED, UNASSIGNED));
        let sponsors = rules.iter().map(|rule| Sponsor {
            rule: rule.name.clone(),
            fund_org: rule.fund_org.clone(),
            email: rule.sponsor_email.clone(),
        });
        let each = |lot: &crate::price::Lot| lot.cost.each().unwrap_or(Amount::ZERO);
        let lots = prices.lots.iter().enumerate().map(|(at, lot)| (prices.lot_label(at), each(lot)));
        let pieces = profile.is_focus().then(|| all_pieces(&allocation, &parts));
        let mut sheet = Self {
            month,
            profile,
            terms: terms.clone(),
            currency: prices.currency_or_default().to_owned(),
            allocation,
            parts,
            caps,
            pieces,
            owners,
            sponsors: sponsors.collect(),
            lots: lots.collect(),
            more: Kept::default(),
        };
        sheet.name_rules();
        if profile.is_focus() && terms.purchases {
            super::purchase::add(&mut sheet.more, month, prices);
        }
        sheet
    }

    /// Which rule is named in an id must not depend on which of them had
    /// something left this time: all are but the first that covers the charge.
    fn name_rules(&mut self) {
        let allocation = Arc::clone(&self.allocation);
        self.parts.par_iter_mut().filter(|part| part.draw.is_some()).for_each(|part| {
            let Some((_, draw)) = drawn(&allocation, part) else { return };
            let first = allocation.touches[part.charge as usize].first();
            part.named = first.map(|touch| touch.rule) != Some(draw.rule);
        });
    }

    /// Adds rows behind the others, as corrections of closed months are.
    pub fn append(&mut self, rows: &Kept) {
        rows.rows().for_each(|row| self.more.push(&row));
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.charged() + self.more.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of rows of the month's charges, which come first.
    pub fn charged(&self) -> usize {
        self.pieces.as_ref().map_or(self.parts.len(), Vec::len)
    }

    /// All rows in the order of the file.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.charged()).filter_map(|at| self.row(at)).chain(self.more.rows())
    }

    /// Cents of all rows, and of these those of sponsors. Purchases, which
    /// charge nobody, are in neither.
    pub fn totals(&self) -> (Cents, Cents) {
        let both = |a: (Cents, Cents), b: (Cents, Cents)| (a.0 + b.0, a.1 + b.1);
        let of_part = |part: &Part| (part.cents, if part.draw.is_some() { part.cents } else { Cents::ZERO });
        let parts = self.parts.par_iter().with_min_len(PARTS_AT_ONCE).map(of_part);
        let mut totals = parts.reduce(Default::default, both);
        for row in self.more.rows() {
            match row.charge_type {
                ChargeType::Purchase => continue,
                ChargeType::Usage | ChargeType::Tax => {}
                ChargeType::Subsidy => totals.1 = totals.1 + row.billed_cost,
            }
            totals.0 = totals.0 + row.billed_cost;
        }
        totals
    }

    /// Cents of the month's charges alone: what was approved, as written.
    pub fn charged_total(&self) -> Cents {
        self.parts.par_iter().with_min_len(PARTS_AT_ONCE).map(|part| part.cents).reduce(Cents::default, |a, b| a + b)
    }

    /// What each payer is charged, by payer and kind of row; purchases, which
    /// charge nobody, are left out. In the order of fund, project, PI and kind.
    pub fn sums(&self) -> Vec<PayerSum<'_>> {
        // By number first: texts are compared once a payer and not once a row.
        let key = |part: &Part| {
            let project = self.allocation.charges.get(part.charge as usize).and_then(|charge| charge.project);
            (project, drawn(&self.allocation, part).map(|(_, draw)| draw.rule))
        };
        // Rows, cents, and the first of the rows.
        type Sum = (u64, Cents, usize);
        let both = |a: Sum, b: Sum| (a.0 + b.0, a.1 + b.1, a.2.min(b.2));
        let add = |mut sums: FxHashMap<_, Sum>, (number, part, cents): (usize, &Part, Cents)| {
            let sum = sums.entry(key(part)).or_insert((0, Cents::ZERO, number));
            *sum = both(*sum, (1, cents, number));
            sums
        };
        let merge = |mut sums: FxHashMap<_, Sum>, more: FxHashMap<_, Sum>| {
            for (key, more) in more {
                sums.entry(key).and_modify(|sum| *sum = both(*sum, more)).or_insert(more);
            }
            sums
        };
        let row = |number: usize| match &self.pieces {
            None => self.parts.get(number).map(|part| (number, part, part.cents)),
            Some(pieces) => {
                let piece = pieces.get(number)?;
                self.parts.get(piece.part as usize).map(|part| (number, part, piece.cents))
            }
        };
        let rows = (0..self.charged()).into_par_iter().with_min_len(PARTS_AT_ONCE).filter_map(row);
        let numbered = rows.fold(FxHashMap::default, add).reduce(FxHashMap::default, merge);
        let mut sums: BTreeMap<_, PayerSum<'_>> = BTreeMap::new();
        for (rows, cents, first) in numbered.into_values() {
            let Some(row) = self.row(first) else { continue };
            PayerSum::merge(&mut sums, PayerSum { payer: row.payer, charge_type: row.charge_type, rows, cents });
        }
        for row in self.more.rows().filter(|row| row.charge_type != ChargeType::Purchase) {
            let (payer, charge_type, cents) = (row.payer, row.charge_type, row.billed_cost);
            PayerSum::merge(&mut sums, PayerSum { payer, charge_type, rows: 1, cents });
        }
        sums.into_values().collect()
    }

    /// The allocation it is made from.
    pub fn allocation(&self) -> &Arc<Allocation> {
        &self.allocation
    }

    /// Of the rows of the month's charges, the one with this number.
    pub fn row(&self, at: usize) -> Option<Row<'_>> {
        match &self.pieces {
            None => {
                let part = self.parts.get(at)?;
                let list = match part.draw {
                    Some(_) => part.cents,
                    None => self.of_charge(at).iter().map(|part| part.cents).sum(),
                };
                self.row_of(part, list, part.cents)
            }
            Some(pieces) => {
                let piece = pieces.get(at)?;
                let part = self.parts.get(piece.part as usize)?;
                let mut row = self.row_of(part, Cents::ZERO, piece.cents)?;
                self.measure(&mut row, part, piece);
                Some(row)
            }
        }
    }

    /// The rows of one charge by its number, those of its own payer first.
    pub fn rows_of(&self, charge: u32) -> impl Iterator<Item = Row<'_>> {
        let part = |charge: u32| self.parts.partition_point(|part| part.charge < charge);
        let (from, to) = (part(charge), part(charge.saturating_add(1)));
        let rows = match &self.pieces {
            None => from..to,
            Some(pieces) => {
                let piece = |part: usize| pieces.partition_point(|piece| (piece.part as usize) < part);
                piece(from)..piece(to)
            }
        };
        rows.filter_map(|at| self.row(at))
    }

    /// The parts of the charge whose own part has this number.
    fn of_charge(&self, own: usize) -> &[Part] {
        let rest = self.parts.get(own..).unwrap_or_default();
        let end = rest.iter().skip(1).position(|part| part.draw.is_none()).map_or(rest.len(), |at| at + 1);
        rest.get(..end).unwrap_or_default()
    }

    fn row_of<'a>(&'a self, part: &Part, list: Cents, cents: Cents) -> Option<Row<'a>> {
        let charge = self.allocation.charges.get(part.charge as usize)?;
        let last = self.owners.len().checked_sub(1)?;
        let owner = self.owners.get(charge.project.map_or(last, |p| (p as usize).min(last)))?;
        let mut payer = Payer {
            pi_email: &owner.pi_email,
            project_id: &owner.id,
            // What a profile does not write cannot have changed in it.
            project_name: if self.profile.is_focus() { &owner.name } else { "" },
            fund_org: &owner.fund_org,
        };
        let (mut charge_type, mut rule) = (ChargeType::Usage, None);
        let subsidy_name = match drawn(&self.allocation, part) {
            None => self.names_of(part.charge),
            Some((_, draw)) => {
                let sponsor = self.sponsors.get(usize::from(draw.rule))?;
                payer.fund_org = &sponsor.fund_org;
                payer.pi_email = sponsor.email.as_deref().unwrap_or(payer.pi_email);
                charge_type = ChargeType::Subsidy;
                rule = part.named.then_some(&*sponsor.rule);
                Cow::Borrowed(&*sponsor.rule)
            }
        };
        let (base, occurrence) = (charge.stem(), charge.occurrence);
        Some(Row {
            charge_type,
            standing: Standing::Charged,
            month: self.month,
            day: charge.day,
            service: charge.service,
            what: &charge.what,
            user: &charge.user,
            account: if self.profile.is_focus() { &charge.measured.account } else { "" },
            payer,
            subsidy_name,
            list_cost: Exact::of_cents(list),
            billed_cost: cents,
            id: ResourceId::Of { base, occurrence, charge_type, rule, lot: None },
            measure: None,
        })
    }

    /// The rules that draw on a charge.
    fn names_of(&self, charge: u32) -> Cow<'_, str> {
        let name = |draw: &Draw| self.sponsors.get(usize::from(draw.rule)).map_or("", |s| s.rule.as_str());
        match &self.allocation.draws[charge as usize] {
            [] => Cow::Borrowed(""),
            [draw] => Cow::Borrowed(name(draw)),
            several => Cow::Owned(several.iter().map(name).collect::<Vec<_>>().join(", ")),
        }
    }

    fn measure<'a>(&'a self, row: &mut Row<'a>, part: &Part, piece: &Piece) {
        let Some(charge) = self.allocation.charges.get(part.charge as usize) else { return };
        let counts = counted(charge);
        let lot = lot_of(charge, piece).and_then(|lot| self.lots.get(usize::from(lot)));
        let (price_of, price) = match lot {
            Some((label, price)) => (label.as_str(), *price),
            None => ("as-stated", pieces::average(charge, counts.quantity)),
        };
        let (unit_price, list) = Exact::priced(price, piece.quantity);
        row.list_cost = list;
        row.measure = Some(Measure {
            quantity: piece.quantity,
            unit: counts.unit.name(),
            unit_price,
            consumed: piece.consumed,
            consumed_unit: counts.consumed_unit.name(),
            price_of,
        });
        if let ResourceId::Of { lot: named, .. } = &mut row.id {
            *named = lot.filter(|_| piece.lot > 0).map(|(label, _)| label.as_str());
        }
    }
}

/// The charge and the draw of a sponsor's part.
fn drawn<'a>(allocation: &'a Allocation, part: &Part) -> Option<(&'a Charge, &'a Draw)> {
    let at = part.draw?;
    let draw = allocation.draws[part.charge as usize].get(at as usize)?;
    Some((allocation.charges.get(part.charge as usize)?, draw))
}

/// The rows that state quantities, charge by charge.
fn all_pieces(allocation: &Allocation, parts: &[Part]) -> Vec<Piece> {
    const CHARGES_AT_ONCE: usize = 8_192;
    let own: Vec<u32> = (0u32..).zip(parts).filter(|(_, part)| part.draw.is_none()).map(|(at, _)| at).collect();
    own.par_chunks(CHARGES_AT_ONCE)
        .flat_map_iter(|chunk| {
            let mut made = Vec::with_capacity(chunk.len() * 2);
            for first in chunk {
                let rest = parts.get(*first as usize..).unwrap_or_default();
                let Some(number) = rest.first().map(|part| part.charge) else { continue };
                let end = rest.iter().take_while(|part| part.charge == number).count();
                if let (Some(charge), Some(of_charge)) = (allocation.charges.get(number as usize), rest.get(..end)) {
                    pieces::pieces(charge, of_charge, *first, &mut made);
                }
            }
            made
        })
        .collect()
}
