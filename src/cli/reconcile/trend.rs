//! `--trend`: health over the months of the book, one line each, and the models
//! whose tolerated differences come to something.

use std::fmt::Write;

use serde::Serialize;

use crate::amount::{Amount, Share};
use crate::desk::{ModelDrift, TrendMonth, text};

/// One month in the JSON.
#[derive(Serialize)]
pub struct MonthReport {
    month: String,
    /// Why there are no figures.
    missing: Option<String>,
    /// `null` where nothing was to be compared.
    matched: Option<String>,
    discrepancies: Option<String>,
    not_found: Option<String>,
    variance: Option<Amount>,
    unexplained: Option<Amount>,
    within_limits: Option<bool>,
    drift: Vec<ModelReport>,
}

#[derive(Serialize)]
struct ModelReport {
    model: String,
    billed: Amount,
    recorded: Amount,
    /// Of the recorded; `null` where nothing was recorded.
    share: Option<String>,
    beyond: bool,
}

pub fn report(months: &[TrendMonth]) -> Vec<MonthReport> {
    let share = |share: Option<Share>| share.map(|share| share.to_string());
    let model = |drift: &ModelDrift| ModelReport {
        model: drift.model.clone(),
        billed: drift.billed,
        recorded: drift.recorded,
        share: share(drift.share),
        beyond: drift.beyond,
    };
    let month = |month: &TrendMonth| {
        let found = month.figures.as_ref().ok();
        MonthReport {
            month: month.month.to_string(),
            missing: month.figures.as_ref().err().cloned(),
            matched: share(found.and_then(|found| found.matched)),
            discrepancies: share(found.and_then(|found| found.discrepancies)),
            not_found: share(found.and_then(|found| found.not_found)),
            variance: found.map(|found| found.variance),
            unexplained: found.map(|found| found.unexplained),
            within_limits: found.map(|found| found.within_limits),
            drift: found.map(|found| found.drift.iter().map(model).collect()).unwrap_or_default(),
        }
    };
    months.iter().map(month).collect()
}

/// A table for people. Models are named where their drift is beyond what
/// `config.toml` allows; the JSON has them all.
pub fn table(months: &[TrendMonth]) -> String {
    let mut out = format!(
        "{:<8} {:>8} {:>8} {:>9} {:>14} {:>14}  drift beyond the limit\n",
        "Month", "matched", "discrep.", "not found", "unexplained", "variance"
    );
    let share = |share: Option<Share>| share.map_or_else(|| "-".to_owned(), Share::percent);
    for month in months {
        let name = month.month.to_string();
        let _ = match &month.figures {
            Err(why) => writeln!(out, "{name:<8} {why}"),
            Ok(found) => {
                let beyond: Vec<String> = found
                    .drift
                    .iter()
                    .filter(|drift| drift.beyond)
                    .map(|drift| format!("{} {}", name_of(&drift.model), drift.percent()))
                    .collect();
                let drift = if beyond.is_empty() { "none".to_owned() } else { beyond.join(", ") };
                writeln!(
                    out,
                    "{name:<8} {:>8} {:>8} {:>9} {:>14} {:>14}  {drift}",
                    share(found.matched),
                    share(found.discrepancies),
                    share(found.not_found),
                    text::money(found.unexplained),
                    text::money(found.variance)
                )
            }
        };
    }
    out.push_str("Each month as it compares now, by the prices and rules in force.\n");
    out
}

/// Where days are compared as a whole, no model has a name.
const fn name_of(model: &str) -> &str {
    if model.is_empty() { "all models" } else { model }
}
