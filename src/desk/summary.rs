//! The month added up for who asks, with the book's categories and margin.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::compared::{ItemPayer, PayerCache};
use super::{Desk, Refusal};
use crate::allocate::Payer;
use crate::calendar::Day;
use crate::report::{Ask, Dimension, MOST, Payers, Paying, Summary, summarize};
use crate::usage::Side;

impl Desk {
    /// The lines of the month, or of some of its days, added up.
    ///
    /// # Errors
    /// [`Refusal`] when the days are not in the month, in the wrong order, a
    /// dimension is named twice or was not kept when the month was read, or
    /// there are too many.
    pub fn summary(&self, by: &[Dimension], from: Option<Day>, to: Option<Day>) -> Result<Summary, Refusal> {
        if let Some((at, twice)) = by.iter().enumerate().find(|(at, dimension)| by[..*at].contains(dimension)) {
            return Err(Refusal(format!("“{twice}” is named twice (place {}); name it once.", at + 1)));
        }
        if by.len() > MOST {
            return Err(Refusal(format!("{} dimensions are too many; name {MOST} at most.", by.len())));
        }
        let is_kept = |dimension: &&Dimension| dimension.extra().is_none_or(|extra| self.inputs.keep.contains(&extra));
        if let Some(dimension) = by.iter().find(|dimension| !is_kept(dimension)) {
            return Err(Refusal(format!(
                "“{dimension}” was not kept when the month was read; read it again for that."
            )));
        }
        if let Some(day) = [from, to].into_iter().flatten().find(|day| !self.month.contains(*day)) {
            return Err(Refusal(format!("{day} is not in {}; take --month out, or name days in it.", self.month)));
        }
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            return Err(Refusal(format!("{to} is before {from}; name the earlier day first.")));
        }
        let ask = self.ask(by, from, to);
        let asked = by.contains(&Dimension::Project) && !self.config.projects.list.is_empty();
        let payers = asked.then(|| MonthPayers::of(self));
        let payers = payers.as_ref().map(|payers| payers as &dyn Payers);
        Ok(summarize(&self.sides(), &self.compared.items, payers, &ask))
    }

    /// Two summaries of months of this book together, asked for alike.
    pub fn together(&self, one: Summary, other: Summary) -> Summary {
        let by = one.by.clone();
        one.and(other, &self.ask(&by, None, None))
    }

    fn ask<'a>(&'a self, by: &'a [Dimension], from: Option<Day>, to: Option<Day>) -> Ask<'a> {
        let settings = &self.config.settings;
        Ask { by, keep: &self.inputs.keep, from, to, categories: &settings.categories, margin: settings.margin }
    }
}

/// Who pays, by item, and by line where that is not one for all its lines.
struct MonthPayers<'a> {
    desk: &'a Desk,
    by_line: FxHashMap<(Side, u32), u32>,
}

impl<'a> MonthPayers<'a> {
    fn of(desk: &'a Desk) -> Self {
        let all: Vec<u32> = (0..desk.items()).filter(|item| Self::is_by_line(desk, *item)).collect();
        let (items, inputs) = (&desk.compared.items, &desk.inputs);
        let found = all.par_chunks(4_096).flat_map_iter(|chunk| {
            let mut cache = PayerCache::new(&desk.config.projects, &inputs.names);
            let mut found = Vec::new();
            for item in chunk {
                let named = desk.assigned_project(*item);
                let bill = items.bill_rows(*item).map(|row| (Side::Bill, &inputs.bill.lines, row));
                let ledger = items.ledger_rows(*item).map(|row| (Side::Ledger, &inputs.ledger.lines, row));
                for (side, lines, row) in bill.chain(ledger) {
                    let project = match cache.of(lines, row) {
                        Payer::Project(project) => Some(*project),
                        Payer::Unassigned(_) => named,
                    };
                    found.extend(project.map(|project| ((side, row), project)));
                }
            }
            found
        });
        Self { desk, by_line: found.collect() }
    }

    /// Several projects, or nothing to pay, which does not say whose it is.
    fn is_by_line(desk: &Desk, item: u32) -> bool {
        matches!(desk.compared.payers[item as usize], ItemPayer::Split | ItemPayer::Nobody)
    }
}

impl Payers for MonthPayers<'_> {
    fn of_item(&self, item: u32) -> Paying {
        match self.desk.compared.payers[item as usize] {
            ItemPayer::Project(project) => Paying::One(Some(project)),
            ItemPayer::Unknown | ItemPayer::Claimed => Paying::One(self.desk.assigned_project(item)),
            ItemPayer::Split | ItemPayer::Nobody => Paying::ByLine,
        }
    }

    fn of_line(&self, side: Side, row: u32) -> Option<u32> {
        self.by_line.get(&(side, row)).copied()
    }

    fn name(&self, project: u32) -> &str {
        self.desk.config.projects.list.get(project as usize).map_or("", |project| &project.id)
    }
}
