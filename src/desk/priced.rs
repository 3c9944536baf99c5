//! Which rates and lots price one item: what an operator who stands on it may
//! want to mend.

use super::Desk;
use super::view::{PriceRow, PriceRowKind};
use crate::calendar::Day;
use crate::price::{Lot, Rates};
use crate::usage::Shape;

impl Desk {
    /// What prices the item, a rate or a lot, and those in force for its lines:
    /// none where the price book has none. Their `origin` and `used_by` are
    /// left blank; counting is for the whole screen of prices.
    pub fn prices_of(&self, item: u32) -> (PriceRowKind, Vec<PriceRow>) {
        let (lines, first) = self.lead(item);
        match lines.shape(first) {
            Shape::Credits => (PriceRowKind::Lot, self.lots_of(item)),
            Shape::Request | Shape::Cost | Shape::Usage => (PriceRowKind::Rate, self.rates_of(item)),
        }
    }

    fn lots_of(&self, item: u32) -> Vec<PriceRow> {
        let (bill, values) = (&self.inputs.bill.lines, &self.compared.valued.bill_values);
        let draws = self.compared.items.bill_rows(item).flat_map(|row| values.draws_of(bill, row));
        let mut lots: Vec<u16> = draws.map(|draw| draw.lot).collect();
        lots.sort_unstable();
        lots.dedup();
        lots.iter().filter_map(|lot| self.config.prices.lots.get(usize::from(*lot))).map(of_lot).collect()
    }

    fn rates_of(&self, item: u32) -> Vec<PriceRow> {
        let sides = self.sides();
        let items = &self.compared.items;
        let index = self.config.prices.index();
        let rate = |lines: &crate::usage::Lines, row: u32| {
            let model = sides.names.text(lines.model(row));
            lines.day(row).and_then(|day| index.rates(model, day)).map(of_rate)
        };
        let bill = items.bill_rows(item).filter_map(|row| rate(sides.bill, row));
        let mut rows: Vec<PriceRow> = bill.collect();
        rows.extend(items.ledger_rows(item).filter_map(|row| rate(sides.ledger, row)));
        rows.sort_by(|a, b| (&a.name, &a.effective).cmp(&(&b.name, &b.effective)));
        rows.dedup_by(|a, b| (&a.name, &a.effective) == (&b.name, &b.effective));
        rows
    }
}

fn text(day: Option<Day>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

fn of_lot(lot: &Lot) -> PriceRow {
    PriceRow {
        kind: PriceRowKind::Lot,
        name: lot.name.clone(),
        effective: text(lot.effective),
        input: lot.credits.to_string(),
        cached: String::new(),
        output: lot.amount.to_string(),
        origin: String::new(),
        used_by: 0,
    }
}

fn of_rate(rate: &Rates) -> PriceRow {
    PriceRow {
        kind: PriceRowKind::Rate,
        name: rate.model.clone(),
        effective: text(rate.effective),
        input: rate.input.amount().to_string(),
        cached: rate.cached_input.map(|rate| rate.amount().to_string()).unwrap_or_default(),
        output: rate.output.amount().to_string(),
        origin: String::new(),
        used_by: 0,
    }
}
