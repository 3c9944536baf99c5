//! Why a subsidy rule pays for a charge or does not, for what is told about
//! subsidies.

use crate::allocate::{Allocation, Distribution, Level, Percent, Projects, SubsidyRule};
use crate::amount::Amount;
use crate::calendar::Day;

/// The day whose period and cap a charge counts against: its own, and for a
/// refund that of the charge it takes back.
pub(super) fn counts_on(allocation: &Allocation, charge: u32) -> Option<Day> {
    if let Some(back) = allocation.of_earlier(charge) {
        return Some(back.day);
    }
    let original = allocation.refunds.binary_search_by_key(&charge, |(refund, _)| *refund).ok();
    let counted = original.and_then(|at| allocation.refunds.get(at)).map_or(charge, |(_, original)| *original);
    allocation.charges.get(counted as usize).map(|charge| charge.day)
}

/// Why a charge does not count against any cap of a rule.
pub(super) fn why_not(allocation: &Allocation, projects: &Projects, rule: &SubsidyRule, charge: u32) -> &'static str {
    let found = allocation.charges.get(charge as usize).zip(counts_on(allocation, charge));
    let Some((of, day)) = found else { return "there is no such charge" };
    let project = of.project.and_then(|at| projects.list.get(at as usize));
    match project {
        _ if !rule.enabled => "it is switched off",
        _ if allocation.orphan_refunds.binary_search(&charge).is_ok() => {
            "no earlier charge is known that this refund takes back"
        }
        None => "nobody is known to pay, and what is unassigned draws nothing",
        Some(project) if !rule.covers_project(&project.id) => "it does not cover this project",
        Some(_) if !rule.covers_service(of.service) => "it does not cover this service",
        Some(_) if !rule.covers_day(day) => "it does not cover that day",
        Some(_) if rule.level == Level::User => "it has a cap for each user, and the charge names none",
        Some(_) => "it has no cap for it",
    }
}

/// How a rule pays, where that is not all of it in the order of the charges.
pub(super) fn terms(rule: &SubsidyRule) -> String {
    let percent = |percent: Percent| format!("{}%", percent.value());
    let mut terms = Vec::new();
    if !rule.tiers.is_empty() {
        let tiers = rule.tiers.iter().map(|tier| format!("{} up to {}", percent(tier.percent), tier.up_to));
        terms.push(tiers.collect::<Vec<_>>().join(", "));
    } else if rule.percent != Percent::ALL {
        terms.push(format!("{} of a charge", percent(rule.percent)));
    }
    if rule.distribution == Distribution::ProRata {
        terms.push("in proportion to all charges of the month in its period".to_owned());
    }
    terms.join(", ")
}

/// The cap in force for a charge, with what was rolled over into its period.
pub(super) fn cap_for(allocation: &Allocation, rule: &SubsidyRule, charge: u32, position: u32) -> Option<Amount> {
    let position = allocation.positions.get(position as usize)?;
    Some(rule.cap_on(counts_on(allocation, charge)?).plus(position.rolled_over))
}
