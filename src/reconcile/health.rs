//! Whether a reconciliation is good enough to need nobody's eye: what a
//! scheduled run turns into its exit code.

use std::cmp::Ordering;

use super::{Outcome, Summary};
use crate::amount::{Amount, Share};

/// Shares of the items that can be compared at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthLimits {
    /// At least this share is matched.
    pub matched: Share,
    /// Discrepancies, duplicates, ambiguous and unpriced items are fewer.
    pub discrepancies: Share,
    /// Items missing on either side are fewer.
    pub not_found: Share,
    /// No more rows than this could not be read; those that somebody left out
    /// with a reason do not count.
    pub errors: u64,
    /// No more dollars than this are unexplained, over days, models and projects
    /// and without regard to signs; `None` for no limit.
    pub unexplained: Option<Amount>,
}

impl Default for HealthLimits {
    /// 95% matched, under 5% discrepancies, under 1% not found, no errors, and
    /// no limit to what is unexplained.
    fn default() -> Self {
        Self {
            matched: Share::from_percent(95),
            discrepancies: Share::from_percent(5),
            not_found: Share::from_percent(1),
            errors: 0,
            unexplained: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Whether there was anything to compare.
    pub applicable: bool,
    /// `true` where nothing was to be compared and every row was read or left
    /// out.
    pub healthy: bool,
    /// For showing, rounded to 6 decimals; `None` when not applicable.
    pub matched: Option<Share>,
    pub discrepancies: Option<Share>,
    pub not_found: Option<Share>,
    /// Whether each of the three shares keeps its limit.
    pub kept: [bool; 3],
    /// A sentence for each limit that is not kept.
    pub reasons: Vec<String>,
}

impl HealthLimits {
    /// A sentence where more dollars are unexplained than may be. What is
    /// unexplained takes a while to find, so it is asked only where that
    /// matters.
    pub fn too_much_unexplained(&self, found: impl FnOnce() -> Amount) -> Option<String> {
        let limit = self.unexplained?;
        let found = found();
        (found > limit).then(|| format!("{found} is unexplained, whatever the sign; it should be at most {limit}."))
    }
}

/// Holds a summary against the limits. Shares are of items other than not
/// applicable; `bad_rows` are those that nobody left out.
pub fn health(summary: &Summary, drift_groups: usize, bad_rows: u64, limits: &HealthLimits) -> Health {
    let count = |outcomes: &[Outcome]| outcomes.iter().map(|o| summary.bucket(*o).items).sum::<u64>();
    let compared = summary.items() - count(&[Outcome::NotApplicable]);
    let matched = count(&[Outcome::Matched]);
    let discrepancies = count(&[Outcome::Discrepancy, Outcome::Duplicate, Outcome::Ambiguous, Outcome::Unpriced]);
    let not_found = count(&[Outcome::MissingInLedger, Outcome::MissingInBill]);
    let mut reasons = Vec::new();
    let kept = [
        !against(matched, limits.matched, compared).is_lt(),
        !against(discrepancies, limits.discrepancies, compared).is_ge(),
        !against(not_found, limits.not_found, compared).is_ge(),
    ]
    .map(|kept| kept || compared == 0);
    if compared > 0 {
        let of = |count: u64| format!("{count} of {compared} items ({})", percent(count, compared));
        if !kept[0] {
            reasons.push(format!("{} match; it should be at least {}.", of(matched), limits.matched.percent()));
        }
        if !kept[1] {
            let limit = limits.discrepancies.percent();
            reasons.push(format!("{} are discrepancies; it should be under {limit}.", of(discrepancies)));
        }
        if !kept[2] {
            let limit = limits.not_found.percent();
            reasons.push(format!("{} are missing on one side; it should be under {limit}.", of(not_found)));
        }
    }
    if drift_groups > 0 {
        let groups = if drift_groups == 1 { "group" } else { "groups" };
        reasons.push(format!(
            "In {drift_groups} {groups} of a model and a project the differences within tolerance add up to too much."
        ));
    }
    if bad_rows > limits.errors {
        let rows = if bad_rows == 1 { "row" } else { "rows" };
        reasons.push(format!("{bad_rows} {rows} could not be read; at most {} may.", limits.errors));
    }
    let share = |count: u64| Share::of_counts(count as usize, compared as usize);
    Health {
        applicable: compared > 0,
        healthy: reasons.is_empty(),
        matched: share(matched),
        discrepancies: share(discrepancies),
        not_found: share(not_found),
        kept,
        reasons,
    }
}

fn percent(count: u64, of: u64) -> String {
    Share::of_counts(count as usize, of as usize).map_or_else(|| "none".into(), Share::percent)
}

/// `count` against a share of `of`, exactly.
fn against(count: u64, share: Share, of: u64) -> Ordering {
    let value = share.value();
    let scale = 10i128.pow(value.scale().min(20));
    (i128::from(count).saturating_mul(scale)).cmp(&value.mantissa().saturating_mul(i128::from(of)))
}
