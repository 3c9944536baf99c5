//! Usage on the days of its costs: the money stands in the costs and the tokens
//! in the usage, so the ledger's tokens of the same calls are not added to
//! them.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::calendar::{Day, Month};
use crate::price::CostDays;
use crate::reconcile::{Family, Items, Models, Period, Sides, What};

/// For which days, and which models on them, the usage on the bill says how
/// many tokens there were.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    months: FxHashSet<Month>,
    days: FxHashSet<Day>,
    /// With the number of all names of a model; 0 for none.
    models: FxHashSet<(Day, u32)>,
}

impl Evidence {
    /// `models` are made where they are needed and not there.
    pub fn of(sides: &Sides, models: &mut Option<Models>) -> Self {
        let costs = CostDays::of(sides.bill);
        if costs.is_empty() {
            return Self::default();
        }
        let known = models.take().unwrap_or_else(|| Models::of(sides));
        let found: FxHashSet<(Day, u32)> = (0..sides.bill.len() as u32)
            .into_par_iter()
            .with_min_len(1 << 14)
            .filter(|row| costs.is_evidence(sides.bill, *row) && sides.bill.total(*row).is_some())
            .filter_map(|row| Some((sides.bill.day(row)?, number(&known, sides.bill.model(row)))))
            .collect();
        *models = Some(known);
        let days: FxHashSet<Day> = found.iter().map(|(day, _)| *day).collect();
        Self { months: days.iter().map(|day| day.month()).collect(), days, models: found }
    }

    /// Whether the usage on the bill says how many tokens the lines of an item
    /// are: one of costs against entries, compared by the day or the month.
    pub fn speaks_for(&self, sides: &Sides, items: &Items, models: Option<&Models>, item: u32) -> bool {
        let (Some(dims), Some(day)) = (items.dims(item), items.day(sides, item)) else { return false };
        if self.days.is_empty() || dims.family != Family::Platform {
            return false;
        }
        match (dims.period, dims.what, models) {
            (Period::Month, ..) => self.months.contains(&day.month()),
            (_, What::Model | What::ModelAndClass, Some(models)) => {
                let bill = items.first_bill_row(item).map(|row| sides.bill.model(row));
                let model = bill.or_else(|| items.first_ledger_row(item).map(|row| sides.ledger.model(row)));
                self.models.contains(&(day, model.map_or(0, |model| number(models, model))))
            }
            _ => self.days.contains(&day),
        }
    }
}

fn number(models: &Models, model: crate::usage::Sym) -> u32 {
    if model.is_none() { 0 } else { models.number(model) }
}
