//! What the Prices screen lists.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::view::{PriceRow, PriceRowKind};
use super::{Desk, text};
use crate::price::Worth;
use crate::usage::{Lines, Shape, Sym};

impl Desk {
    /// Credit pools, then rates: those that price the month's lines first.
    pub fn prices(&self) -> Vec<PriceRow> {
        let day = |day: Option<crate::calendar::Day>| day.map(|d| d.to_string()).unwrap_or_default();
        let lot_use = self.lot_use();
        let rate_use = self.rate_use();
        let mut rows: Vec<PriceRow> = self
            .config
            .prices
            .lots
            .iter()
            .enumerate()
            .map(|(at, lot)| {
                // Positions stand in the order of the lots.
                let position = self.compared.lots.get(at);
                let left = position.map_or(lot.credits, |p| p.remaining);
                PriceRow {
                    kind: PriceRowKind::Lot,
                    name: lot.name.clone(),
                    effective: day(lot.effective),
                    input: lot.credits.to_string(),
                    cached: String::new(),
                    output: lot.amount.to_string(),
                    origin: format!("{} of {} left", left.to_fixed(2), lot.credits),
                    used_by: lot_use.get(&(at as u16)).copied().unwrap_or(0),
                }
            })
            .collect();
        let mut rates: Vec<PriceRow> = self
            .config
            .prices
            .list()
            .into_iter()
            .map(|rate| PriceRow {
                kind: PriceRowKind::Rate,
                name: rate.model.clone(),
                effective: day(rate.effective),
                input: rate.input.amount().to_string(),
                cached: rate.cached_input.map(|r| r.amount().to_string()).unwrap_or_default(),
                output: rate.output.amount().to_string(),
                origin: if rate.shipped { "shipped" } else { "pricing.json" }.into(),
                used_by: rate_use.get(&(rate.model.as_str(), rate.effective)).copied().unwrap_or(0),
            })
            .collect();
        rates.sort_by_key(|rate| rate.used_by == 0);
        rows.append(&mut rates);
        rows
    }

    fn lot_use(&self) -> FxHashMap<u16, u64> {
        let mut uses = FxHashMap::default();
        let bill = &self.inputs.bill.lines;
        for draw in self.compared.valued.bill_values.draws(bill).filter(|draw| self.month.contains(draw.day)) {
            *uses.entry(draw.lot).or_default() += draw.lines;
        }
        uses
    }

    /// Lines of the month, on either side, whose model each rate covers.
    fn rate_use(&self) -> FxHashMap<(&str, Option<crate::calendar::Day>), u64> {
        let mut uses = FxHashMap::default();
        let sides = self.sides();
        let table = self.config.prices.for_names(&self.inputs.names);
        for lines in [sides.bill, sides.ledger] {
            let counted: FxHashMap<_, u64> = (0..lines.len() as u32)
                .into_par_iter()
                .filter(|row| lines.shape(*row) == Shape::Request)
                .fold(FxHashMap::default, |mut sums: FxHashMap<_, u64>, row| {
                    *sums.entry((lines.model(row), lines.day(row))).or_default() += 1;
                    sums
                })
                .reduce(FxHashMap::default, |mut a, b| {
                    b.into_iter().for_each(|(key, n)| *a.entry(key).or_default() += n);
                    a
                });
            for ((model, day), n) in counted {
                let Some(day) = day.filter(|d| self.month.contains(*d)) else { continue };
                if let Some(rate) = table.rates(model, day) {
                    *uses.entry((rate.model.as_str(), rate.effective)).or_default() += n;
                }
            }
        }
        uses
    }

    /// Sentences about lots that ran out.
    pub(crate) fn overdrawn(&self) -> Vec<(String, crate::amount::Amount)> {
        self.compared
            .lots
            .iter()
            .filter(|lot| !lot.overdrawn.is_zero())
            .map(|lot| {
                let what = format!(
                    "{} credits ({}) drawn beyond the end of {}, at its unit cost: enter the next lot",
                    lot.overdrawn,
                    text::money(lot.overdrawn_amount),
                    lot.name
                );
                (what, lot.overdrawn_amount)
            })
            .collect()
    }

    /// Models of the month's requests that the price book does not know at any
    /// date, by name. Where both sides state amounts they compare all the same.
    pub fn unknown_models(&self) -> Vec<&str> {
        let sides = self.sides();
        let items = &self.compared.items;
        let knows = |model: &Sym| self.compared.known_models.get(model.0 as usize).copied().unwrap_or(false);
        // Nearly always; then no item needs to be looked at.
        if [sides.bill, sides.ledger].iter().all(|lines| lines.models().iter().all(knows)) {
            return Vec::new();
        }
        let unknown = |row: u32, lines: &Lines| {
            let model = lines.model(row);
            (lines.shape(row) == Shape::Request && !model.is_none() && !knows(&model)).then_some(model)
        };
        let found: FxHashSet<Sym> = (0..self.items())
            .into_par_iter()
            .flat_map_iter(|item| {
                let bill = items.bill_rows(item).filter_map(|row| unknown(row, sides.bill));
                bill.chain(items.ledger_rows(item).filter_map(|row| unknown(row, sides.ledger)))
            })
            .collect();
        let mut names: Vec<&str> = found.into_iter().map(|model| self.inputs.names.text(model)).collect();
        names.sort_unstable();
        names
    }

    /// Bill lines without a price: those that no rate or lot covers, and those
    /// of a credit report that state no credits.
    pub(crate) fn unpriced_by_reason(&self) -> (u64, u64) {
        let sides = self.sides();
        let lacks_credits = |row: u32| sides.bill.shape(row) == Shape::Credits && sides.bill.credits(row).is_none();
        (0..self.items())
            .into_par_iter()
            .flat_map_iter(|item| self.compared.items.bill_rows(item))
            // No price helps a line in another currency; it is open until it is decided.
            .filter(|row| sides.bill.foreign(*row).is_none())
            .filter(|row| sides.bill_values.worth(sides.bill, *row) == Worth::Unpriced)
            .map(|row| if lacks_credits(row) { (0, 1) } else { (1, 0) })
            .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    }
}
