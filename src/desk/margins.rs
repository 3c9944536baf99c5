//! The margins that ledgers hold in their costs and that were taken out.

use rayon::prelude::*;

use super::Desk;
use crate::amount::Amount;
use crate::price::IncludedMargins;
use crate::read::SideRead;

/// One ledger whose costs hold a margin, over the month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenOut {
    /// The file or table.
    pub ledger: String,
    /// Percent of the cost.
    pub percent: Amount,
    /// What its rows state, and what is left of that.
    pub stated: Amount,
    pub recorded: Amount,
}

impl Desk {
    /// Each ledger of the month with a margin in its costs, in their order.
    pub fn margins_taken_out(&self) -> Vec<TakenOut> {
        let (sides, items) = (self.sides(), &self.compared.items);
        let files = sides.ledger.files().iter().enumerate();
        let held = files.filter_map(|(number, file)| {
            self.config.settings.margin_included.of(file.format).map(|margin| (number, file, margin))
        });
        held.map(|(number, file, margin)| {
            let of_item = |item: u32| {
                let mut sums = (Amount::ZERO, Amount::ZERO);
                for row in items.ledger_rows(item).filter(|row| usize::from(sides.ledger.origin(*row).file) == number) {
                    if let Some(stated) = sides.ledger.amount(row) {
                        let recorded = sides.ledger_values.amount(sides.ledger, row).unwrap_or_default();
                        sums = (sums.0.plus(stated), sums.1.plus(recorded));
                    }
                }
                sums
            };
            let none = || (Amount::ZERO, Amount::ZERO);
            let all = (0..self.items()).into_par_iter().map(of_item);
            let (stated, recorded) = all.reduce(none, |a, b| (a.0.plus(b.0), a.1.plus(b.1)));
            TakenOut { ledger: file.path.display().to_string(), percent: margin.percent(), stated, recorded }
        })
        .collect()
    }

    /// What the rows of an item state where a margin was taken out of it, and
    /// its percent; `None` where there is none.
    pub(super) fn stated_with_margin(&self, item: u32) -> Option<String> {
        let lines = &self.inputs.ledger.lines;
        let margin_of = |row: u32| self.config.settings.margin_included.of(lines.source(row).format);
        let mut percents: Vec<Amount> = Vec::new();
        let mut stated: Option<Amount> = None;
        for row in self.compared.items.ledger_rows(item) {
            if let Some(amount) = lines.amount(row) {
                stated = Some(stated.unwrap_or_default().plus(amount));
                percents.extend(margin_of(row).map(|margin| margin.percent()));
            }
        }
        percents.sort_unstable();
        percents.dedup();
        let percents: Vec<String> = percents.iter().map(|percent| format!("{percent}%")).collect();
        stated.filter(|_| !percents.is_empty()).map(|stated| format!("{stated} with {}", percents.join(", ")))
    }
}

/// A sentence for each ledger that holds a margin.
pub(super) fn notices(ledger: &SideRead, margins: &IncludedMargins) -> Vec<String> {
    let held = ledger.lines.files().iter().filter_map(|file| Some((file, margins.of(file.format)?)));
    held.map(|(file, margin)| {
        format!(
            "ledger: the costs in {} hold a margin of {}%, which is taken out before anything is compared.",
            file.path.display(),
            margin.percent()
        )
    })
    .collect()
}
