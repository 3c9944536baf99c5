//! `subsidies.json`: which rules there are, in the order in which they draw.
//!
//! What a rule says is read here and checked against the rest of it, so that
//! no rule ever pays something other than it says; what it means is in `rule`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::value::RawValue;

use super::json::{Document, Text};
use super::rule::{fits, tiers_pay};
use super::rules_shape::{CapShape, FileShape, RuleShape, TierShape};
use super::{CapChange, Distribution, Level, Percent, Projects, Rollover, SubsidyRule, Tier, UNASSIGNED};
use crate::amount::Amount;
use crate::calendar::{MonthDay, Period};
use crate::place::PlacedError;

/// The kinds of rule, with the level that each names; `tiered` has a scope of
/// its own.
const TYPES: [(&str, Option<Level>); 5] = [
    ("per_project_cap", Some(Level::Project)),
    ("per_user_cap", Some(Level::User)),
    ("per_pi_cap", Some(Level::Pi)),
    ("global_pool", Some(Level::Global)),
    ("tiered", None),
];
const PERIODS: [&str; 5] = ["fiscal_year", "calendar_year", "quarter", "month", "week"];

/// Reads `subsidies.json`: the rules in the order in which they draw. Those
/// with an `order` come first, the lowest before the others; then those
/// without, in the order of the file. `file` is only named in errors. A rule
/// without `enabled` is enabled, one without `eligible_projects` covers all
/// projects.
///
/// # Errors
/// With line and column: what is no such JSON, an unknown key, type, period,
/// scope, rollover or distribution, a name or an order that stands there
/// twice, an amount below zero, a fiscal year without its start, tiers or caps
/// out of order, and keys that do not go together.
pub fn parse_subsidies(text: &str, file: &Path) -> Result<Vec<SubsidyRule>, PlacedError> {
    let document = Document::new(text, file);
    let shape: FileShape<'_> = document.read()?;
    let mut rules = Vec::with_capacity(shape.subsidies.len());
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut orders: BTreeMap<u32, usize> = BTreeMap::new();
    for (at, raw) in shape.subsidies.into_iter().enumerate() {
        let path = format!("subsidies[{at}]");
        if at > usize::from(u16::MAX) {
            return Err(document.error_at(raw.get(), format!("{path}: more than {} rules", u16::MAX)));
        }
        let rule: RuleShape<'_> = document.part(raw, &path)?;
        if let Some(first) = names.insert(rule.name.value.clone(), at) {
            let what = format!(
                "{path}.name: “{}” is also the name of subsidies[{first}]; draws are kept by name, so each rule needs \
                 one of its own",
                rule.name.value
            );
            return Err(document.error_at(rule.name.at, what));
        }
        if let Some(order) = rule.order
            && let Some(first) = orders.insert(order, at)
        {
            let what = format!(
                "{path}.order: {order} is also the order of subsidies[{first}]; which of the two draws first must be clear"
            );
            return Err(document.error_at(raw.get(), what));
        }
        rules.push((rule.order.unwrap_or(u32::MAX), rule.order.is_none(), Reader { document, raw, path }.rule(rule)?));
    }
    rules.sort_by_key(|(order, without, _)| (*without, *order));
    Ok(rules.into_iter().map(|(.., rule)| rule).collect())
}

/// A sentence for each project that a rule names and `projects.json` does not
/// have: most likely a slip of the pen, which would quietly cover nothing.
pub fn unknown_projects(rules: &[SubsidyRule], projects: &Projects) -> Vec<String> {
    let named = rules.iter().flat_map(|rule| rule.eligible_projects.iter().flatten().map(move |id| (rule, id)));
    named
        .filter(|(_, id)| !projects.list.iter().any(|project| fits(id, &project.id)))
        .map(|(rule, id)| format!("rule “{}” covers project “{id}”, which projects.json does not have", rule.name))
        .collect()
}

/// A rule as it stands in the file.
struct Reader<'a> {
    document: Document<'a>,
    raw: &'a RawValue,
    path: String,
}

impl<'a> Reader<'a> {
    fn rule(&self, shape: RuleShape<'a>) -> Result<SubsidyRule, PlacedError> {
        for (key, text) in [("name", &shape.name), ("fund_org", &shape.fund_org)] {
            if text.value.is_empty() {
                return self.wrong(text.at, format!(".{key} is empty; every rule needs one"));
            }
        }
        if shape.fund_org.value == UNASSIGNED {
            let what = format!(".fund_org: “{UNASSIGNED}” stands for usage of nobody's; choose another name");
            return self.wrong(shape.fund_org.at, what);
        }
        if let (Some(from), Some(to)) = (shape.from, shape.to)
            && to < from
        {
            return self.whole(format!(": “to” ({to}) is before “from” ({from}); “to” is the last day"));
        }
        let level = self.level(&shape)?;
        let tiers = self.tiers(&shape)?;
        let cap = match &shape.cap_amount {
            Some(raw) => self.money(raw, "cap_amount", "to switch a rule off, set \"enabled\" to false")?,
            None if !tiers.is_empty() => tiers_pay(&tiers),
            None => return self.whole(": missing key `cap_amount`, the most it pays in a period".into()),
        };
        Ok(SubsidyRule {
            level,
            cap,
            caps: self.caps(&shape)?,
            percent: match &shape.percent {
                Some(raw) => self.percent(raw, "percent", "it covers nothing; set \"enabled\" to false instead")?,
                None => Percent::ALL,
            },
            tiers,
            period: self.period(&shape)?,
            rollover: self.rollover(&shape)?,
            distribution: self.distribution(&shape)?,
            services: self.services(shape.applies_to_services, shape.eligible_services)?,
            eligible_projects: self.eligible(shape.eligible_projects)?,
            name: shape.name.value,
            description: shape.description.unwrap_or_default(),
            fund_org: shape.fund_org.value,
            sponsor_email: shape.sponsor_email.map(|t| t.value).filter(|email| !email.is_empty()),
            from: shape.from,
            to: shape.to,
            enabled: shape.enabled.unwrap_or(true),
        })
    }

    /// A complaint about a part of the rule; `what` goes on from its path.
    fn wrong<T>(&self, at: &str, what: String) -> Result<T, PlacedError> {
        Err(self.document.error_at(at, format!("{}{what}", self.path)))
    }

    /// A complaint about the rule as a whole.
    fn whole<T>(&self, what: String) -> Result<T, PlacedError> {
        self.wrong(self.raw.get(), what)
    }

    fn unknown<T>(&self, text: &Text<'_>, key: &str, known: &[&str]) -> Result<T, PlacedError> {
        let list = known.join(", ");
        self.wrong(text.at, format!(".{key}: “{}” is no known {key}; there are {list}", text.value))
    }

    /// What must not stand beside `type: tiered`, and what only may.
    fn level(&self, shape: &RuleShape<'_>) -> Result<Level, PlacedError> {
        let kind = TYPES.iter().find(|(name, _)| *name == shape.kind.value);
        let Some((name, level)) = kind else { return self.unknown(&shape.kind, "type", &TYPES.map(|(name, _)| name)) };
        let tiered = level.is_none();
        let only_tiered = [("scope", shape.scope.is_some()), ("tiers", shape.tiers.is_some())];
        let never_tiered = [
            ("cap_amount", shape.cap_amount.is_some()),
            ("caps", shape.caps.is_some()),
            ("percent", shape.percent.is_some()),
            ("rollover", shape.rollover.is_some()),
        ];
        for (key, there) in if tiered { &never_tiered[..] } else { &only_tiered[..] } {
            if *there {
                let why = if tiered { "its tiers say what it pays" } else { "it goes with the type tiered" };
                return self.whole(format!(": “{key}” and the type {name} contradict each other; {why}"));
            }
        }
        match (level, &shape.scope) {
            (Some(level), _) => Ok(*level),
            (None, None) => Ok(Level::Project),
            (None, Some(scope)) => {
                let short = Level::ALL.into_iter().find(|level| level.name() == scope.value);
                let of_type = TYPES.iter().find(|(name, _)| *name == scope.value).and_then(|(_, level)| *level);
                let Some(level) = short.or(of_type) else {
                    return self.unknown(scope, "scope", &Level::ALL.map(Level::name));
                };
                Ok(level)
            }
        }
    }

    fn tiers(&self, shape: &RuleShape<'a>) -> Result<Vec<Tier>, PlacedError> {
        if shape.kind.value != "tiered" {
            return Ok(Vec::new());
        }
        let list = shape.tiers.as_deref().unwrap_or_default();
        if list.is_empty() {
            let what = ": a tiered rule needs “tiers”, such as [{\"up_to\": 200, \"percent\": 100}]";
            return self.whole(what.into());
        }
        let mut tiers: Vec<Tier> = Vec::with_capacity(list.len());
        for (at, raw) in list.iter().enumerate() {
            let key = format!("tiers[{at}]");
            let tier: TierShape<'_> = self.document.part(raw, &format!("{}.{key}", self.path))?;
            let up_to = self.money(tier.up_to, &format!("{key}.up_to"), "it is a bound of the period's total")?;
            let lower = tiers.last().map_or(Amount::ZERO, |tier| tier.up_to);
            if up_to <= lower {
                let what = format!(".{key}.up_to: {up_to} is not above {lower}; bounds count from zero and rise");
                return self.wrong(tier.up_to.get(), what);
            }
            tiers.push(Tier { up_to, percent: self.percent(tier.percent, &format!("{key}.percent"), "")? });
        }
        Ok(tiers)
    }

    fn caps(&self, shape: &RuleShape<'a>) -> Result<Vec<CapChange>, PlacedError> {
        let Some(list) = &shape.caps else {
            if shape.retroactive.is_some() {
                return self.whole(": “retroactive” goes with “caps”, the caps that hold from a day on".into());
            }
            return Ok(Vec::new());
        };
        let mut caps: Vec<CapChange> = Vec::with_capacity(list.len());
        for (at, raw) in list.iter().enumerate() {
            let key = format!("caps[{at}]");
            let cap: CapShape<'_> = self.document.part(raw, &format!("{}.{key}", self.path))?;
            if let Some(before) = caps.last().filter(|before| cap.from <= before.from) {
                let what = format!(".{key}.from: {} is not after {}; put them in order", cap.from, before.from);
                return self.wrong(raw.get(), what);
            }
            let amount = self.money(cap.amount, &format!("{key}.amount"), "a cap of 0 pays nothing more")?;
            let retroactive = cap.retroactive.or(shape.retroactive).unwrap_or(false);
            caps.push(CapChange { from: cap.from, amount, retroactive });
        }
        Ok(caps)
    }

    /// An amount that is not below zero.
    fn money(&self, raw: &'a RawValue, key: &str, hint: &str) -> Result<Amount, PlacedError> {
        let amount: Amount = self.document.part(raw, &format!("{}.{key}", self.path))?;
        if amount.is_negative() {
            return self.wrong(raw.get(), format!(".{key}: {amount} is below zero; {hint}"));
        }
        Ok(amount)
    }

    /// 0 to 100; 0 only where there is no `why_not_zero`.
    fn percent(&self, raw: &'a RawValue, key: &str, why_not_zero: &str) -> Result<Percent, PlacedError> {
        let percent: Amount = self.document.part(raw, &format!("{}.{key}", self.path))?;
        if percent.is_zero() && !why_not_zero.is_empty() {
            return self.wrong(raw.get(), format!(".{key}: with 0 {why_not_zero}"));
        }
        match Percent::new(percent) {
            Some(percent) => Ok(percent),
            None => self.wrong(raw.get(), format!(".{key}: {percent} is not from 0 to 100")),
        }
    }

    fn period(&self, shape: &RuleShape<'_>) -> Result<Period, PlacedError> {
        let start = match &shape.fiscal_year_start {
            Some(text) => match text.value.parse::<MonthDay>() {
                Ok(start) => Some(start),
                Err(error) => return self.wrong(text.at, format!(".fiscal_year_start: {error}")),
            },
            None => None,
        };
        let period = match shape.period.value.as_str() {
            "fiscal_year" => {
                return match start {
                    Some(start) => Ok(Period::FiscalYear(start)),
                    None => {
                        let what = ": a fiscal_year needs “fiscal_year_start”, such as \"07-01\" for 1 July";
                        self.wrong(shape.period.at, what.into())
                    }
                };
            }
            "calendar_year" => Period::CalendarYear,
            "quarter" => Period::Quarter,
            "month" => Period::Month,
            "week" => Period::Week,
            _ => return self.unknown(&shape.period, "period", &PERIODS),
        };
        if start.is_some() {
            // Left over from a fiscal year, or meant to be one: people decide.
            let what = ": “fiscal_year_start” goes with the period fiscal_year; take out one of the two";
            return self.wrong(shape.period.at, what.into());
        }
        Ok(period)
    }

    /// `"none"`, `"full"`, or the most that is rolled over.
    fn rollover(&self, shape: &RuleShape<'a>) -> Result<Rollover, PlacedError> {
        let Some(raw) = shape.rollover else { return Ok(Rollover::None) };
        let rollover = match raw.get().trim_matches('"') {
            "none" => return Ok(Rollover::None),
            "full" => Rollover::Full,
            _ if raw.get().starts_with('"') => {
                let what = format!(".rollover: {} is no known rollover; there are none, full, or an amount", raw.get());
                return self.wrong(raw.get(), what);
            }
            _ => Rollover::UpTo(self.money(raw, "rollover", "it is the most that is rolled over")?),
        };
        if shape.from.is_none() {
            // Else the period before the very first one would leave its cap.
            let what = ".rollover needs “from”, the first day of the rule: a period before it leaves nothing";
            return self.wrong(raw.get(), what.into());
        }
        Ok(rollover)
    }

    fn distribution(&self, shape: &RuleShape<'_>) -> Result<Distribution, PlacedError> {
        match shape.distribution.as_ref().map(|text| (text, text.value.as_str())) {
            None | Some((_, "first_come")) => Ok(Distribution::FirstCome),
            Some((_, "pro_rata")) => Ok(Distribution::ProRata),
            Some((text, _)) => self.unknown(text, "distribution", &["first_come", "pro_rata"]),
        }
    }

    fn services(
        &self,
        applies_to: Option<Vec<Text<'_>>>,
        eligible: Option<Vec<Text<'_>>>,
    ) -> Result<Vec<String>, PlacedError> {
        let (key, list) = match (applies_to, eligible) {
            (Some(_), Some(_)) => {
                let what = ": “applies_to_services” and “eligible_services” mean the same; keep the first";
                return self.whole(what.into());
            }
            (Some(list), None) => ("applies_to_services", list),
            (None, Some(list)) => ("eligible_services", list),
            (None, None) => return self.whole(": missing key `applies_to_services`, such as [\"OpenAI\"]".into()),
        };
        if list.is_empty() {
            return self
                .whole(format!(".{key} is empty, so the rule covers nothing; name a service, such as \"OpenAI\""));
        }
        self.filled(key, list)
    }

    fn eligible(&self, list: Option<Vec<Text<'_>>>) -> Result<Option<Vec<String>>, PlacedError> {
        let Some(list) = list else { return Ok(None) };
        if list.is_empty() {
            let what = ".eligible_projects is empty, so the rule covers nothing; write [\"*\"] for all projects";
            return self.whole(what.into());
        }
        let ids = self.filled("eligible_projects", list)?;
        Ok((!ids.iter().any(|id| id == "*")).then_some(ids))
    }

    fn filled(&self, key: &str, list: Vec<Text<'_>>) -> Result<Vec<String>, PlacedError> {
        let mut values = Vec::with_capacity(list.len());
        for (at, text) in list.into_iter().enumerate() {
            if text.value.is_empty() {
                return self.wrong(text.at, format!(".{key}[{at}] is empty; fill it in or take it out"));
            }
            values.push(text.value);
        }
        Ok(values)
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
