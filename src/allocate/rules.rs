//! `subsidies.json`: which rules there are, in the order in which they draw.
//!
//! A kind of rule that this version cannot calculate is refused here, with its
//! place, so that no rule ever pays something other than it says.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::json::{Document, Text};
use super::{Projects, SubsidyRule, UNASSIGNED};
use crate::amount::Amount;
use crate::calendar::{MonthDay, Period};
use crate::place::PlacedError;

const TYPES: [&str; 1] = ["per_project_cap"];
const LATER_TYPES: [&str; 4] = ["tiered", "per_user_cap", "per_pi_cap", "global_pool"];
const PERIODS: [&str; 2] = ["fiscal_year", "calendar_year"];
const LATER_PERIODS: [&str; 3] = ["quarter", "month", "week"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileShape<'a> {
    #[serde(borrow)]
    subsidies: Vec<&'a RawValue>,
    #[serde(rename = "$comment", default)]
    _comment: IgnoredAny,
    #[serde(rename = "_comment", default)]
    _comment2: IgnoredAny,
}

/// What decides whether the rest can be understood at all, read first: a rule
/// of a later kind has keys of its own, and those are not what is wrong.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    period: Text<'a>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleShape<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    description: Option<String>,
    #[serde(borrow)]
    fund_org: Text<'a>,
    #[serde(borrow)]
    sponsor_email: Option<Text<'a>>,
    #[serde(rename = "type")]
    _kind: IgnoredAny,
    #[serde(borrow)]
    cap_amount: &'a RawValue,
    #[serde(borrow)]
    period: Text<'a>,
    #[serde(borrow)]
    fiscal_year_start: Option<Text<'a>>,
    #[serde(borrow)]
    applies_to_services: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    eligible_services: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    eligible_projects: Option<Vec<Text<'a>>>,
    enabled: Option<bool>,
    #[serde(rename = "$comment", default)]
    _comment: IgnoredAny,
    #[serde(rename = "_comment", default)]
    _comment2: IgnoredAny,
}

/// Reads `subsidies.json`. `file` is only named in errors. A rule without
/// `enabled` is enabled, one without `eligible_projects` covers all projects.
///
/// # Errors
/// With line and column: what is no such JSON, an unknown key, a type or
/// period that is unknown or not supported yet, a name that stands there
/// twice, a cap below zero, a fiscal year without its start.
pub fn parse_subsidies(text: &str, file: &Path) -> Result<Vec<SubsidyRule>, PlacedError> {
    let document = Document::new(text, file);
    let shape: FileShape<'_> = document.read()?;
    let mut rules = Vec::with_capacity(shape.subsidies.len());
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (at, raw) in shape.subsidies.into_iter().enumerate() {
        let path = format!("subsidies[{at}]");
        if at > usize::from(u16::MAX) {
            return Err(document.error_at(raw.get(), format!("{path}: more than {} rules", u16::MAX)));
        }
        let kind: Kind<'_> = document.part(raw, &path)?;
        supported(&document, &kind.kind, &format!("{path}.type"), "type", &TYPES, &LATER_TYPES)?;
        supported(&document, &kind.period, &format!("{path}.period"), "period", &PERIODS, &LATER_PERIODS)?;
        let rule: RuleShape<'_> = document.part(raw, &path)?;
        if let Some(first) = names.insert(rule.name.value.clone(), at) {
            let what = format!(
                "{path}.name: “{}” is also the name of subsidies[{first}]; draws are kept by name, so each rule needs \
                 one of its own",
                rule.name.value
            );
            return Err(document.error_at(rule.name.at, what));
        }
        rules.push(checked(&document, raw, &path, rule)?);
    }
    Ok(rules)
}

/// A sentence for each project that a rule names and `projects.json` does not
/// have: most likely a slip of the pen, which would quietly cover nothing.
pub fn unknown_projects(rules: &[SubsidyRule], projects: &Projects) -> Vec<String> {
    let named = rules.iter().flat_map(|rule| rule.eligible_projects.iter().flatten().map(move |id| (rule, id)));
    named
        .filter(|(_, id)| projects.find(id).is_none())
        .map(|(rule, id)| format!("rule “{}” covers project “{id}”, which projects.json does not have", rule.name))
        .collect()
}

fn supported(
    document: &Document<'_>,
    text: &Text<'_>,
    path: &str,
    noun: &str,
    known: &[&str],
    later: &[&str],
) -> Result<(), PlacedError> {
    let value = text.value.as_str();
    if known.contains(&value) {
        return Ok(());
    }
    let list = known.join(", ");
    Err(document.error_at(
        text.at,
        if later.contains(&value) {
            format!("{path}: “{value}” is not supported yet; this version calculates {list}")
        } else {
            format!(
                "{path}: “{value}” is no known {noun}; known are {list}, and, not supported yet, {}",
                later.join(", ")
            )
        },
    ))
}

fn checked(
    document: &Document<'_>,
    raw: &RawValue,
    path: &str,
    shape: RuleShape<'_>,
) -> Result<SubsidyRule, PlacedError> {
    for (key, text) in [("name", &shape.name), ("fund_org", &shape.fund_org)] {
        if text.value.is_empty() {
            return Err(document.error_at(text.at, format!("{path}.{key} is empty; every rule needs one")));
        }
    }
    if shape.fund_org.value == UNASSIGNED {
        let what = format!("{path}.fund_org: “{UNASSIGNED}” stands for usage of nobody's; choose another name");
        return Err(document.error_at(shape.fund_org.at, what));
    }
    let cap: Amount = document.part(shape.cap_amount, &format!("{path}.cap_amount"))?;
    if cap.is_negative() {
        let what = format!("{path}.cap_amount: {cap} is below zero; to switch a rule off, set \"enabled\" to false");
        return Err(document.error_at(shape.cap_amount.get(), what));
    }
    Ok(SubsidyRule {
        cap,
        period: period(document, path, &shape)?,
        services: services(document, raw, path, shape.applies_to_services, shape.eligible_services)?,
        eligible_projects: eligible(document, raw, path, shape.eligible_projects)?,
        name: shape.name.value,
        description: shape.description.unwrap_or_default(),
        fund_org: shape.fund_org.value,
        sponsor_email: shape.sponsor_email.map(|t| t.value).filter(|email| !email.is_empty()),
        enabled: shape.enabled.unwrap_or(true),
    })
}

fn period(document: &Document<'_>, path: &str, shape: &RuleShape<'_>) -> Result<Period, PlacedError> {
    let start = match &shape.fiscal_year_start {
        Some(text) => {
            let start = text.value.parse::<MonthDay>();
            Some(start.map_err(|error| document.error_at(text.at, format!("{path}.fiscal_year_start: {error}")))?)
        }
        None => None,
    };
    match (shape.period.value.as_str(), start) {
        ("fiscal_year", Some(start)) => Ok(Period::FiscalYear(start)),
        ("fiscal_year", None) => {
            let what = format!("{path}: a fiscal_year needs “fiscal_year_start”, such as \"07-01\" for 1 July");
            Err(document.error_at(shape.period.at, what))
        }
        // Left over from a fiscal year, or meant to be one: people decide.
        (_, Some(_)) => {
            let what = format!("{path}: “fiscal_year_start” goes with the period fiscal_year; take out one of the two");
            Err(document.error_at(shape.period.at, what))
        }
        (_, None) => Ok(Period::CalendarYear),
    }
}

fn services(
    document: &Document<'_>,
    raw: &RawValue,
    path: &str,
    applies_to: Option<Vec<Text<'_>>>,
    eligible: Option<Vec<Text<'_>>>,
) -> Result<Vec<String>, PlacedError> {
    let (key, list) = match (applies_to, eligible) {
        (Some(_), Some(_)) => {
            let what = format!("{path}: “applies_to_services” and “eligible_services” mean the same; keep the first");
            return Err(document.error_at(raw.get(), what));
        }
        (Some(list), None) => ("applies_to_services", list),
        (None, Some(list)) => ("eligible_services", list),
        (None, None) => {
            let what = format!("{path}: missing key `applies_to_services`, such as [\"OpenAI\"]");
            return Err(document.error_at(raw.get(), what));
        }
    };
    if list.is_empty() {
        let what = format!("{path}.{key} is empty, so the rule covers nothing; name a service, such as \"OpenAI\"");
        return Err(document.error_at(raw.get(), what));
    }
    filled(document, &format!("{path}.{key}"), list)
}

fn eligible(
    document: &Document<'_>,
    raw: &RawValue,
    path: &str,
    list: Option<Vec<Text<'_>>>,
) -> Result<Option<Vec<String>>, PlacedError> {
    let Some(list) = list else { return Ok(None) };
    let path = format!("{path}.eligible_projects");
    if list.is_empty() {
        let what = format!("{path} is empty, so the rule covers nothing; write [\"*\"] for all projects");
        return Err(document.error_at(raw.get(), what));
    }
    let ids = filled(document, &path, list)?;
    Ok((!ids.iter().any(|id| id == "*")).then_some(ids))
}

fn filled(document: &Document<'_>, path: &str, list: Vec<Text<'_>>) -> Result<Vec<String>, PlacedError> {
    let mut values = Vec::with_capacity(list.len());
    for (at, text) in list.into_iter().enumerate() {
        if text.value.is_empty() {
            return Err(document.error_at(text.at, format!("{path}[{at}] is empty; fill it in or take it out")));
        }
        values.push(text.value);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"{
  "subsidies": [
    {
      "name": "provost_ai_initiative",
      "description": "Provost covers first $500/year per project for AI services",
      "fund_org": "PROVOST-AI-2026",
      "type": "per_project_cap",
      "cap_amount": 500.00,
      "period": "fiscal_year",
      "fiscal_year_start": "07-01",
      "applies_to_services": ["OpenAI"],
      "enabled": true
    }
  ]
}"#;

    fn parse(text: &str) -> Result<Vec<SubsidyRule>, String> {
        parse_subsidies(text, Path::new("subsidies.json")).map_err(|e| e.to_string())
    }

    fn with(from: &str, to: &str) -> Result<Vec<SubsidyRule>, String> {
        assert!(SAMPLE.contains(from), "{from}");
        parse(&SAMPLE.replacen(from, to, 1))
    }

    #[test]
    fn the_documented_file_is_read() {
        let rules = parse(SAMPLE).unwrap();
        assert_eq!(rules[0].cap, Amount::from_int(500));
        assert_eq!(rules[0].period, Period::FiscalYear(MonthDay::new(7, 1).unwrap()));
        assert_eq!((&rules[0].services[..], &rules[0].eligible_projects), (&["OpenAI".to_owned()][..], &None));
        assert!(rules[0].enabled);
    }

    #[test]
    fn the_extended_keys_are_read() {
        let more = "\"enabled\": false, \"eligible_projects\": [\"a\", \" b\"], \"sponsor_email\": \"p@x.edu\", \"_comment\": 1";
        let rule = with("\"enabled\": true", more).unwrap().remove(0);
        assert_eq!(rule.eligible_projects, Some(vec!["a".into(), "b".into()]));
        assert_eq!((rule.sponsor_email.as_deref(), rule.enabled), (Some("p@x.edu"), false));
        let all = with("\"enabled\": true", "\"eligible_projects\": [\"a\", \"*\"]").unwrap().remove(0);
        assert_eq!((all.eligible_projects, all.enabled), (None, true));
        assert_eq!(with("applies_to_services", "eligible_services").unwrap()[0].services, ["OpenAI"]);
        let calendar = "\"calendar_year\"";
        let text = SAMPLE.replace("\"fiscal_year\"", calendar).replace("\"fiscal_year_start\": \"07-01\",", "");
        assert_eq!(parse(&text).unwrap()[0].period, Period::CalendarYear);
    }

    #[test]
    fn a_kind_of_rule_that_cannot_be_calculated_is_refused_with_its_place() {
        let tiered = with("\"per_project_cap\"", "\"tiered\", \"tiers\": []").unwrap_err();
        assert!(
            tiered.starts_with("subsidies.json:7:15: subsidies[0].type: “tiered” is not supported yet"),
            "{tiered}"
        );
        let month = with("\"fiscal_year\"", "\"month\"").unwrap_err();
        assert!(month.contains(":9:17: subsidies[0].period: “month” is not supported yet"), "{month}");
        for (from, to) in [("per_project_cap", "cap"), ("\"fiscal_year\"", "\"year\"")] {
            let error = with(from, to).unwrap_err();
            assert!(error.contains("is no known") && error.contains("not supported yet"), "{error}");
        }
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let error = |from, to| with(from, to).unwrap_err();
        assert!(
            error("\"enabled\"", "\"enable\"").contains("subsidies.json:12:14: subsidies[0]: unknown key `enable`")
        );
        assert!(error("500.00", "-1").contains(":8:21: subsidies[0].cap_amount: -1 is below zero"));
        assert!(error("500.00", "\"much\"").contains("subsidies[0].cap_amount: “much” is not a plain decimal"));
        assert!(error("07-01", "13-01").contains("fiscal_year_start: “13-01” is not a day of the year"));
        assert!(error("\"fiscal_year_start\": \"07-01\",", "").contains("needs “fiscal_year_start”"));
        assert!(error("\"fiscal_year\"", "\"calendar_year\"").contains("goes with the period fiscal_year"));
        assert!(error("[\"OpenAI\"]", "[]").contains("covers nothing"));
        assert!(error("\"enabled\": true", "\"eligible_projects\": []").contains("write [\"*\"]"));
        assert!(error("\"enabled\": true", "\"eligible_services\": [\"OpenAI\"]").contains("mean the same"));
        assert!(error("PROVOST-AI-2026", " ").contains("subsidies[0].fund_org is empty"));
        let rule = &SAMPLE[SAMPLE.find("    {").unwrap()..SAMPLE.rfind("\n  ]").unwrap()];
        let twice = parse(&format!("{{\"subsidies\": [{rule}, {rule}]}}")).unwrap_err();
        assert!(
            twice.contains("subsidies[1].name: “provost_ai_initiative” is also the name of subsidies[0]"),
            "{twice}"
        );
    }

    #[test]
    fn a_rule_for_a_project_that_is_not_there_is_noticed() {
        let rules = with("\"enabled\": true", "\"eligible_projects\": [\"gone\"]").unwrap();
        assert_eq!(
            unknown_projects(&rules, &Projects::default()),
            ["rule “provost_ai_initiative” covers project “gone”, which projects.json does not have"]
        );
    }
}
