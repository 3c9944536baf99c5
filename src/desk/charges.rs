//! Approved items as charges, each with its payer.

use rayon::prelude::*;

use crate::allocate::{Charge, Payer};
use crate::journal::Verdict;
use crate::price::Values;
use crate::usage::{Lines, Shape, Side};

use super::Desk;
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
        let mut cache = PayerCache::new(&self.config.projects, &self.inputs.names);
        let mut charges = Vec::new();
        for (item, verdict) in approved {
            self.charge_item(item, verdict, &mut cache, &mut |charge, _| charges.push(charge));
        }
        number_alike(&mut charges);
        charges
    }

    /// The row that each charge of an item is made of, in the order of their
    /// bases and occurrences.
    pub(super) fn charged_rows(&self, item: u32, verdict: Verdict, cache: &mut PayerCache) -> Vec<ChargedRow> {
        let mut made = Vec::new();
        self.charge_item(item, verdict, cache, &mut |charge, row| made.push((charge, row)));
        made.sort_by(|a, b| alike(&a.0).cmp(&alike(&b.0)));
        made.into_iter().map(|(_, row)| row).collect()
    }

    fn charge_item(&self, item: u32, verdict: Verdict, cache: &mut PayerCache, out: Take<'_>) {
        let sides = self.sides();
        let items = &self.compared.items;
        let named = self.assigned_project(item);
        let on_bill = items.bill_rows(item).next().is_some();
        let as_billed = on_bill && verdict == Verdict::ApproveBilled;
        match (self.compared.payers[item as usize], as_billed) {
            (ItemPayer::Split, true) => self.charge_split(item, named, cache, out),
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
                let side = if as_billed { Side::Bill } else { Side::Ledger };
                for row in rows {
                    let project = whole.or_else(|| project_of(cache, lines, row)).or(named);
                    if let Some(charge) = self.charge(item, lines, values, row, project) {
                        out(charge, ChargedRow { side, row, rest: false });
                    }
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
    fn charge_split(&self, item: u32, named: Option<u32>, cache: &mut PayerCache, out: Take<'_>) {
        let sides = self.sides();
        let items = &self.compared.items;
        let known: Vec<Option<u32>> = items.bill_rows(item).map(|row| project_of(cache, sides.bill, row)).collect();
        if known.iter().all(Option::is_some) {
            for (row, project) in items.bill_rows(item).zip(known) {
                if let Some(charge) = self.charge(item, sides.bill, sides.bill_values, row, project) {
                    out(charge, ChargedRow { side: Side::Bill, row, rest: false });
                }
            }
            return;
        }
        let mut rest = crate::reconcile::billed(&sides, items, item).unwrap_or_default();
        for row in items.ledger_rows(item) {
            let project = project_of(cache, sides.ledger, row).or(named);
            if let Some(charge) = self.charge(item, sides.ledger, sides.ledger_values, row, project) {
                out(charge, ChargedRow { side: Side::Ledger, row, rest: false });
            }
            rest = rest.minus(sides.ledger_values.amount(sides.ledger, row).unwrap_or_default());
        }
        if let Some(row) = items.bill_rows(item).next().filter(|_| !rest.is_zero())
            && let Some(charge) = self.charge(item, sides.bill, sides.bill_values, row, named)
        {
            let base = charge.base.clone() + ":rest";
            let charge = Charge { base, amount: rest, credits: None, quantity: None, ..charge };
            out(charge, ChargedRow { side: Side::Bill, row, rest: true });
        }
    }

    /// `None` for a line without a price, which is no charge of zero: it stays
    /// out, and open.
    fn charge(&self, item: u32, lines: &Lines, values: &Values, row: u32, project: Option<u32>) -> Option<Charge> {
        let names = &self.inputs.names;
        let (Some(day), Some(amount)) = (lines.day(row), values.amount(lines, row)) else { return None };
        // With the fund and PI of the day; a closed fund pays for nothing.
        let project = project.and_then(|project| self.config.projects.on(project, day));
        let user = names.text(lines.user(row));
        let (service, what, base) = match lines.shape(row) {
            Shape::Credits => {
                let what = names.text(lines.action(row));
                ("OpenAI", what, format!("openai:{what}:{user}:{day}"))
            }
            Shape::Cost | Shape::Usage => {
                let what = names.text(lines.what(row));
                let place = [lines.project(row), lines.api_key(row), lines.user(row)].map(|sym| names.text(sym));
                ("OpenAI API", what, format!("openai-api:{what}:{}:{day}", place.join(":")))
            }
            Shape::Request => {
                let what = names.text(lines.model(row));
                let base = match (lines.id(row), lines.at(row)) {
                    ("", Some(at)) => format!("openai-api:{what}:{user}:{at}"),
                    (id, _) => format!("openai-api:{id}"),
                };
                ("OpenAI API", what, base)
            }
        };
        Some(Charge {
            item,
            base,
            occurrence: 1,
            day,
            service,
            amount,
            project,
            user: user.into(),
            what: what.into(),
            credits: lines.credits(row),
            quantity: lines.quantity(row),
        })
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

/// Takes a charge with its row.
type Take<'a> = &'a mut dyn FnMut(Charge, ChargedRow);

fn project_of(cache: &mut PayerCache, lines: &Lines, row: u32) -> Option<u32> {
    match cache.of(lines, row) {
        Payer::Project(project) => Some(*project),
        Payer::Unassigned(_) => None,
    }
}

/// Charges of one base stand in an order that their content decides.
fn alike(charge: &Charge) -> impl Ord + '_ {
    (charge.day, &charge.base, charge.amount, charge.credits, charge.quantity, charge.project)
}

/// Numbers charges of one base from 1.
fn number_alike(charges: &mut [Charge]) {
    charges.par_sort_by(|a, b| alike(a).cmp(&alike(b)));
    for at in 1..charges.len() {
        if charges[at].base == charges[at - 1].base {
            charges[at].occurrence = charges[at - 1].occurrence + 1;
        }
    }
}
