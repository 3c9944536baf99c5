//! What led to each charge, gathered from a month: rows, prices, decisions,
//! caps, and the files it was written to.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Desk;
use super::charges::ChargedRow;
use super::explain::{Asked, key_of};
use super::filed::{Filed, filed};
use super::standing::Code;
use crate::allocate::{Allocation, Charge};
use crate::focus::{self, ChargeType};
use crate::journal::{ConfigFile, Verdict};
use crate::price::{LotDraw, PricePlaces, RateTable, Worth, at_list, price_of, shipped_on, tokens_of};
use crate::reconcile;
use crate::report::explain::{Decided, Explanation, LotPart, Origin, Paid, Payer, Place, Price, Rated, RuleStep};
use crate::usage::{Lines, Shape, Side};

/// Rows of an item that are named; of the others it is said how many there are.
const ROWS: usize = 5;

/// What the explanations of a month share.
pub(super) struct Gathered<'a> {
    desk: &'a Desk,
    /// By charge.
    rows: FxHashMap<u32, ChargedRow>,
    /// By bill line, in the order of drawing.
    lots: FxHashMap<u32, Vec<LotDraw>>,
    rates: RateTable<'a>,
    places: PricePlaces,
    /// By refund.
    takes_back: FxHashMap<u32, String>,
    sheet: Arc<focus::Sheet>,
    files: Vec<Filed<'a>>,
}

impl<'a> Gathered<'a> {
    pub fn of(desk: &'a Desk, allocation: &Allocation, asked: &Asked) -> Self {
        let rows = charged_rows(desk, allocation, &asked.charges);
        let (bill, values) = (&desk.inputs.bill.lines, &desk.compared.valued.bill_values);
        let billed = rows.values().filter(|row| row.side == Side::Bill).map(|row| row.row);
        let lots = billed.map(|row| (row, values.draws_of(bill, row))).collect();
        let sheet = desk.sheet();
        let key = |charge: u32| allocation.charges.get(charge as usize).map(key_of).unwrap_or_default();
        let pricing = desk.config.texts.get(&ConfigFile::Pricing);
        Self {
            desk,
            rows,
            lots,
            rates: desk.config.prices.for_names(&desk.inputs.names),
            places: pricing.map(|text| PricePlaces::of(text)).unwrap_or_default(),
            takes_back: allocation
                .refunds
                .iter()
                .map(|(refund, original)| (*refund, key(*original)))
                .chain(allocation.earlier_refunds.iter().map(|of| (of.refund, format!("{} of {}", of.key, of.month))))
                .collect(),
            files: filed(desk, &sheet, &asked.charges),
            sheet,
        }
    }

    pub fn explanation(&self, number: u32, charge: &Charge, rules: Vec<RuleStep>) -> Explanation {
        let desk = self.desk;
        let row = self.rows.get(&number).copied();
        let shares = self.paid(number);
        let project = charge.project.and_then(|at| desk.config.projects.list.get(at as usize));
        Explanation {
            key: key_of(charge),
            day: charge.day,
            service: charge.service,
            what: charge.what.to_string(),
            user: charge.user.to_string(),
            currency: desk.currency().to_owned(),
            payer: project.map(|project| Payer {
                project: project.id.clone(),
                pi_email: project.pi_email.clone(),
                fund_org: project.fund_org.clone(),
            }),
            origin: self.origin(charge.item, row),
            used: row.map(|row| self.used(row)).unwrap_or_default(),
            price: row.map_or(Price::Unknown, |row| self.price(row)),
            amount: charge.amount,
            note: desk.note(charge.item).to_owned(),
            takes_back: self.takes_back.get(&number).cloned(),
            rules,
            written: self.files.iter().map(|file| file.written(&shares)).collect(),
            shares,
            decision: self.decided(charge.item),
        }
    }

    fn lines(&self, side: Side) -> &'a Lines {
        match side {
            Side::Bill => &self.desk.inputs.bill.lines,
            Side::Ledger => self.desk.compared.valued.ledger.as_ref().unwrap_or(&self.desk.inputs.ledger.lines),
        }
    }

    fn origin(&self, item: u32, row: Option<ChargedRow>) -> Origin {
        let items = &self.desk.compared.items;
        let some = |lines: &Lines, rows: &mut dyn ExactSizeIterator<Item = u32>| {
            let more = rows.len().saturating_sub(ROWS);
            (rows.take(ROWS).map(|row| lines.origin_text(row)).collect::<Vec<_>>(), more)
        };
        Origin {
            charged: row.map(|row| (row.side, self.lines(row.side).origin_text(row.row))),
            bill: some(self.lines(Side::Bill), &mut items.bill_rows(item)),
            ledger: some(self.lines(Side::Ledger), &mut items.ledger_rows(item)),
            item: self.desk.item_id(item).into_owned(),
        }
    }

    fn used(&self, row: ChargedRow) -> Vec<(&'static str, String)> {
        let (lines, row) = (self.lines(row.side), row.row);
        let unit = self.desk.inputs.names.text(lines.unit(row));
        let count = |count: Option<i64>| count.map(|count| count.to_string());
        let all = [
            ("credits", lines.credits(row).map(|credits| credits.to_string())),
            ("quantity", lines.quantity(row).map(|quantity| format!("{quantity} {unit}").trim_end().to_owned())),
            ("input tokens", count(lines.input(row))),
            ("of them cached", count(lines.cached(row))),
            ("output tokens", count(lines.output(row))),
            ("requests", count(lines.requests(row))),
        ];
        all.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
    }

    fn price(&self, row: ChargedRow) -> Price {
        if row.rest {
            return Price::Rest;
        }
        let (sides, lines) = (self.desk.sides(), self.lines(row.side));
        let values = match row.side {
            Side::Bill => sides.bill_values,
            Side::Ledger => sides.ledger_values,
        };
        match values.worth(lines, row.row) {
            Worth::Stated(_) => lines.amount(row.row).map_or(Price::Unknown, |stated| Price::Stated {
                stated,
                book: self.rated(lines, row.row).zip(price_of(sides.names, &self.rates, lines, row.row).ok()),
            }),
            Worth::Lot { .. } => {
                let parts = self.lots.get(&row.row).into_iter().flatten();
                Price::Lots(parts.filter_map(|draw| self.lot(draw)).collect())
            }
            Worth::Priced(amount) if lines.shape(row.row) == Shape::Credits => {
                if amount.is_zero() {
                    Price::Nothing
                } else {
                    Price::AsBilled
                }
            }
            Worth::Priced(_) => self.rated(lines, row.row).map_or(Price::Unknown, Price::Rates),
            Worth::Nothing => Price::Nothing,
            Worth::Unpriced => Price::Unknown,
        }
    }

    /// The rates in force for a row of tokens.
    fn rated(&self, lines: &Lines, row: u32) -> Option<Rated> {
        let (names, model) = (&self.desk.inputs.names, lines.model(row));
        let rate = lines.day(row).map_or_else(|| self.rates.undated(model), |day| self.rates.rates(model, day))?;
        let tier = match names.text(lines.tier(row)) {
            _ if at_list(names, lines, row) => "",
            "" | "default" | "standard" => "cache writes",
            tier => tier,
        };
        Some(Rated {
            model: rate.model.clone(),
            effective: rate.effective,
            input: rate.input.amount(),
            cached: rate.cached_input.unwrap_or(rate.input).amount(),
            output: rate.output.amount(),
            place: if rate.shipped { Place::Shipped(shipped_on()) } else { Place::File(self.places.rate(rate)) },
            tokens: tokens_of(lines, row),
            tier: tier.to_owned(),
        })
    }

    fn lot(&self, draw: &LotDraw) -> Option<LotPart> {
        let prices = &self.desk.config.prices;
        let lot = prices.lots.get(usize::from(draw.lot))?;
        Some(LotPart {
            lot: lot.name.clone(),
            effective: lot.effective,
            bought: lot.credits,
            paid: lot.amount,
            credits: draw.credits,
            amount: draw.amount,
            overdrawn: draw.overdrawn,
            place: Place::File(self.places.lot(lot)),
        })
    }

    fn decided(&self, item: u32) -> Option<Decided> {
        let desk = self.desk;
        let settled = desk.state.settled(&reconcile::key(&desk.sides(), &desk.compared.items, item)).in_force()?;
        let at = desk.entries.binary_search_by_key(&settled.seq, |entry| entry.seq).ok()?;
        let entry = desk.entries.get(at)?;
        Some(Decided { decision: settled.decision.clone(), who: entry.who.clone(), at: entry.at, seq: entry.seq })
    }

    /// Who pays, in the cents and under the ids of the file as it would be
    /// written now.
    fn paid(&self, charge: u32) -> Vec<Paid> {
        let paid = |row: focus::Row<'_>| Paid {
            fund_org: row.payer.fund_org.to_owned(),
            rule: (row.charge_type == ChargeType::Subsidy).then(|| row.subsidy_name.to_string()),
            cents: row.billed_cost,
            row: row.id.text().into_owned(),
        };
        self.sheet.rows_of(charge).map(paid).collect()
    }
}

/// The row of each charge, found by making the charges of their items again.
fn charged_rows(desk: &Desk, allocation: &Allocation, wanted: &[u32]) -> FxHashMap<u32, ChargedRow> {
    let items: FxHashSet<u32> =
        wanted.iter().filter_map(|number| allocation.charges.get(*number as usize)).map(|charge| charge.item).collect();
    let mut of_items: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (number, charge) in (0u32..).zip(&allocation.charges).filter(|(_, charge)| items.contains(&charge.item)) {
        of_items.entry(charge.item).or_default().push(number);
    }
    let mut found = FxHashMap::default();
    for (item, mut numbers) in of_items {
        let verdict = match desk.standing.get(item as usize) {
            Some(Code::Decided(verdict)) => *verdict,
            _ => Verdict::ApproveBilled,
        };
        let rows = desk.charged_rows(item, verdict);
        if rows.len() != numbers.len() {
            continue;
        }
        let order = |number: &u32| {
            allocation.charges.get(*number as usize).map(|charge| (charge.day, charge.stem(), charge.occurrence))
        };
        numbers.sort_by(|a, b| order(a).cmp(&order(b)));
        found.extend(numbers.into_iter().zip(rows));
    }
    found
}
