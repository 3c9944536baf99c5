//! Health over months: how much matched, what stayed unexplained and which
//! models drifted, month by month.
//!
//! Nothing is kept of earlier months for it: each is compared anew from what
//! the book holds, by the prices, rules, matches by hand and assumptions that
//! are in force now. So a price set today shows in the months it changes, and a month whose
//! rows are not there has no figures, which is said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::compared::{Chosen, Valued};
use super::session::{Cancelled, Tell};
use super::{Desk, Session, months_of};
use crate::amount::{Amount, Share};
use crate::calendar::Month;
use crate::journal::Action;
use crate::price::LotOpening;
use crate::reconcile::{self, Drift, Sides};
use crate::review;

/// Months that a trend goes back, at most.
pub const MOST_MONTHS: usize = 24;

/// One month of a trend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrendMonth {
    pub month: Month,
    /// The figures, or in a sentence why there are none.
    pub figures: Result<TrendFigures, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrendFigures {
    /// Shares of the items that were compared; `None` where none was.
    pub matched: Option<Share>,
    pub discrepancies: Option<Share>,
    pub not_found: Option<Share>,
    /// Billed minus recorded.
    pub variance: Amount,
    /// What no finding explains, without regard to signs, as
    /// [`super::Why::apart`].
    pub unexplained: Amount,
    /// What the tolerance passed, by model; the greatest difference first.
    pub drift: Vec<ModelDrift>,
    /// Within the limits of `config.toml`. Rows that could not be read belong
    /// to no month and are not counted.
    pub within_limits: bool,
}

/// What the tolerance passed of one model in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelDrift {
    /// The model or usage type; empty where days are compared as a whole.
    pub model: String,
    pub billed: Amount,
    pub recorded: Amount,
    /// |billed - recorded| as a share of recorded; `None` when nothing was
    /// recorded.
    pub share: Option<Share>,
    /// In some project it is more than `config.toml` allows.
    pub beyond: bool,
}

impl ModelDrift {
    pub fn difference(&self) -> Amount {
        self.billed.minus(self.recorded)
    }

    /// `+3.1%`; empty where nothing was recorded.
    pub fn percent(&self) -> String {
        let sign = match self.difference() {
            zero if zero.is_zero() => "",
            less if less.is_negative() => "-",
            _ => "+",
        };
        self.share.map(|share| format!("{sign}{}", share.percent())).unwrap_or_default()
    }
}

impl Session {
    /// Health of the months up to the last one there is, for a month that is
    /// loaded. Months between that have no rows are in it, without figures.
    /// Tables are read for one month at a time: with `tables` the other months
    /// are read now, else it is said that they were not.
    ///
    /// # Errors
    /// A sentence: the book or a table cannot be read, or it was cancelled.
    pub fn trend(
        &self,
        desk: &Desk,
        tables: bool,
        tell: Tell,
        cancelled: Cancelled,
    ) -> Result<Vec<TrendMonth>, String> {
        let inputs = desk.inputs();
        let loaded = months_of(&inputs.bill.lines);
        let exported = desk.entries.iter().filter(|entry| matches!(entry.action, Action::Export { .. }));
        let mut all: BTreeSet<Month> = loaded.iter().copied().collect();
        all.extend(exported.filter_map(|entry| entry.month));
        all.insert(desk.month);
        let span = span(&all);
        let mut found: BTreeMap<Month, TrendFigures> = BTreeMap::from([(desk.month, desk.trend_figures())]);
        let one_month = !self.tables().is_empty();
        if one_month && tables {
            if let (Some(first), Some(last)) = (span.first(), span.last()) {
                self.each_month((*first, *last), tell, cancelled, &mut |desk| {
                    found.insert(desk.month, desk.trend_figures());
                    Ok(())
                })?;
            }
        } else if !one_month {
            let others: Vec<Month> =
                span.iter().copied().filter(|month| *month != desk.month && loaded.contains(month)).collect();
            found.extend(self.others(desk, &others, &loaded, cancelled)?);
        }
        let why = |month: &Month| {
            if one_month && !tables {
                format!("not read: tables were read for {} only", desk.month)
            } else if all.contains(month) && !loaded.contains(month) {
                "written before, and its bill is not among what is loaded".to_owned()
            } else {
                "no bill is loaded".to_owned()
            }
        };
        let month = |month: Month| TrendMonth { figures: found.remove(&month).ok_or_else(|| why(&month)), month };
        Ok(span.into_iter().map(month).collect())
    }

    /// Figures of months whose rows are in memory. Months under the same draws
    /// from lots and the same choices are compared in one go, nearly always all.
    fn others(
        &self,
        desk: &Desk,
        months: &[Month],
        loaded: &[Month],
        cancelled: Cancelled,
    ) -> Result<Vec<(Month, TrendFigures)>, String> {
        let mut runs: Vec<(LotOpening, Chosen, Vec<Month>)> = Vec::new();
        for month in months {
            let opening = self.lot_opening(*month, loaded)?;
            let chosen = super::anew::chosen(&review::State::replay(&desk.entries, *month), &Arc::default());
            match runs.iter_mut().find(|(other, as_well, _)| *other == opening && *as_well == chosen) {
                Some((.., months)) => months.push(*month),
                None => runs.push((opening, chosen, vec![*month])),
            }
        }
        let mut found = Vec::new();
        for (opening, chosen, months) in runs {
            if cancelled() {
                return Err("It was cancelled.".into());
            }
            found.extend(desk.trend_of(&opening, &chosen, &months));
        }
        Ok(found)
    }
}

impl Desk {
    /// The month's own figures, as [`Session::trend`] has them.
    pub fn trend_figures(&self) -> TrendFigures {
        let (sides, own) = (self.sides(), self.compared.own_items());
        self.figures_of(&sides, own, self.why_month().apart)
    }

    fn trend_of(&self, opening: &LotOpening, chosen: &Chosen, months: &[Month]) -> Vec<(Month, TrendFigures)> {
        let valued = Valued::of(&self.inputs, &self.config, opening, &chosen.taken(None));
        let sides = valued.sides(&self.inputs, &self.config);
        let all = reconcile::reconcile(&sides, self.rules(), &chosen.hand).items;
        let figures = |month: Month| {
            let items = all.of_month(&sides, month);
            self.figures_of(&sides, &items, self.apart_in(&sides, &items, month))
        };
        months.iter().map(|month| (*month, figures(*month))).collect()
    }

    fn figures_of(&self, sides: &Sides<'_>, items: &reconcile::Items, unexplained: Amount) -> TrendFigures {
        let rules = self.rules();
        let summary = reconcile::summarize(sides, rules, items);
        let groups = reconcile::find_tolerated(sides, rules, items);
        let beyond = |drift: &Drift| !rules.drift.covers(drift.billed.minus(drift.recorded), drift.recorded);
        let over = groups.iter().filter(|drift| beyond(drift)).count();
        let limits = &self.config.settings.health;
        let health = reconcile::health(&summary, over, 0, limits);
        let within = health.healthy && limits.too_much_unexplained(|| unexplained).is_none();
        TrendFigures {
            matched: health.matched,
            discrepancies: health.discrepancies,
            not_found: health.not_found,
            variance: summary.variance_total,
            unexplained,
            drift: by_model(&groups, beyond),
            within_limits: within,
        }
    }
}

/// The projects of a model together.
fn by_model(groups: &[Drift], beyond: impl Fn(&Drift) -> bool) -> Vec<ModelDrift> {
    let mut models: BTreeMap<&str, (Amount, Amount, bool)> = BTreeMap::new();
    for group in groups {
        let sum = models.entry(&group.model).or_default();
        *sum = (sum.0.plus(group.billed), sum.1.plus(group.recorded), sum.2 || beyond(group));
    }
    let model = |(model, (billed, recorded, beyond)): (&str, (Amount, Amount, bool))| ModelDrift {
        model: model.to_owned(),
        billed,
        recorded,
        share: Share::of(billed.minus(recorded).abs(), recorded.abs()),
        beyond,
    };
    let mut models: Vec<ModelDrift> = models.into_iter().map(model).collect();
    // A stable sort: equal differences stay in the order of the names.
    models.sort_by_key(|drift| std::cmp::Reverse(drift.difference().abs()));
    models
}

/// Every month from the first to the last, the latest of them where they are
/// too many: one row with a wrong date must not make a table of a century.
fn span(months: &BTreeSet<Month>) -> Vec<Month> {
    let (Some(first), Some(last)) = (months.first(), months.last()) else { return Vec::new() };
    let mut span = vec![*last];
    while let Some(month) = span.last().filter(|month| *month > first && span.len() < MOST_MONTHS) {
        span.push(month.previous());
    }
    span.reverse();
    span
}

/// Shared, since a face keeps it beside the desk it belongs to.
pub type Trend = Arc<Vec<TrendMonth>>;

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    #[test]
    fn a_span_has_the_months_between_and_no_century() {
        let months = |texts: &[&str]| span(&texts.iter().map(|text| month(text)).collect());
        assert_eq!(months(&["2026-01", "2025-11"]), ["2025-11", "2025-12", "2026-01"].map(month));
        assert_eq!(months(&[]), []);
        let long = months(&["1970-01", "2026-01"]);
        assert_eq!((long.len(), long.last().copied()), (MOST_MONTHS, Some(month("2026-01"))));
    }

    #[test]
    fn projects_of_a_model_drift_together() {
        let group = |project: &str, billed: i64| Drift {
            model: "gpt-4o".into(),
            project: project.into(),
            items: 1,
            billed: Amount::from_int(billed),
            recorded: Amount::from_int(100),
            share: None,
            days: Vec::new(),
        };
        let models = by_model(&[group("a", 103), group("b", 99)], |drift| drift.project == "a");
        let [both] = models.as_slice() else { panic!("{models:?}") };
        assert_eq!((both.difference(), both.percent().as_str(), both.beyond), (Amount::from_int(2), "+1.0%", true));
    }
}
