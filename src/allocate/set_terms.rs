//! `subsidies.json` with other figures of one rule beside its cap: the share it
//! pays, its tiers, its first and last day, what is rolled over.

use std::fmt;

use serde_json::{Map, Value};

use super::rule_text::{set_number, with_rule};
use super::{Percent, Rollover, SubsidyRule, Tier};
use crate::amount::Amount;
use crate::calendar::Day;

/// One figure of a rule, as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleFigure {
    Percent(Percent),
    /// By bound, ascending.
    Tiers(Vec<Tier>),
    /// The first day of usage it covers; `None`: from the beginning.
    From(Option<Day>),
    /// The last one, inclusive; `None`: without an end.
    To(Option<Day>),
    Rollover(Rollover),
}

/// Figures for one rule, those alone that are to be others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleEdit {
    /// The rule's name.
    pub rule: String,
    pub figures: Vec<RuleFigure>,
}

impl RuleFigure {
    /// Reads what stands behind a key: `percent` 80, `tiers` 200:100, 500:50,
    /// `from` and `to` a day or none, `rollover` none, full or an amount.
    ///
    /// # Errors
    /// A sentence: no such key, or what the key cannot be.
    pub fn parse(key: &str, text: &str) -> Result<Self, String> {
        let text = text.trim();
        let none = text.is_empty() || text.eq_ignore_ascii_case("none");
        let day = || match none {
            true => Ok(None),
            false => Day::parse(text).map(Some).map_err(|error| format!("The day “{text}” of {key} {error}.")),
        };
        match key {
            "percent" => percent(text).map(Self::Percent),
            "tiers" => text.split(',').map(tier).collect::<Result<_, _>>().map(Self::Tiers),
            "from" => day().map(Self::From),
            "to" => day().map(Self::To),
            "rollover" if none => Ok(Self::Rollover(Rollover::None)),
            "rollover" if text.eq_ignore_ascii_case("full") => Ok(Self::Rollover(Rollover::Full)),
            "rollover" => amount(text, "rollover").map(|most| Self::Rollover(Rollover::UpTo(most))),
            _ => Err(format!("A rule has no figure “{key}” that is changed here.")),
        }
    }

    /// As [`RuleFigure::parse`] reads it.
    pub fn text(&self) -> String {
        let day = |day: &Option<Day>| day.map_or_else(|| "none".to_owned(), |day| day.to_string());
        match self {
            Self::Percent(percent) => percent.value().to_string(),
            Self::Tiers(tiers) => {
                let tier = |tier: &Tier| format!("{}:{}", tier.up_to, tier.percent.value());
                tiers.iter().map(tier).collect::<Vec<_>>().join(", ")
            }
            Self::From(from) => day(from),
            Self::To(to) => day(to),
            Self::Rollover(Rollover::None) => "none".to_owned(),
            Self::Rollover(Rollover::Full) => "full".to_owned(),
            Self::Rollover(Rollover::UpTo(most)) => most.to_string(),
        }
    }

    /// Its key in `subsidies.json`.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Percent(_) => "percent",
            Self::Tiers(_) => "tiers",
            Self::From(_) => "from",
            Self::To(_) => "to",
            Self::Rollover(_) => "rollover",
        }
    }

    /// The figures of a rule that can be changed here, as they are.
    pub fn all_of(rule: &SubsidyRule) -> Vec<Self> {
        let days = [Self::From(rule.from), Self::To(rule.to)];
        let mut all = match rule.tiers.is_empty() {
            true => vec![Self::Percent(rule.percent)],
            false => vec![Self::Tiers(rule.tiers.clone())],
        };
        all.extend(days);
        all.extend(rule.tiers.is_empty().then_some(Self::Rollover(rule.rollover)));
        all
    }
}

impl fmt::Display for RuleEdit {
    /// One line for the journal: `terms of r: percent 80, to 2026-06-30`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "terms of {}:", self.rule)?;
        for (at, figure) in self.figures.iter().enumerate() {
            let (mark, key) = (if at > 0 { "," } else { "" }, figure.key());
            match figure {
                RuleFigure::Tiers(tiers) => {
                    let tier = |tier: &Tier| format!("up to {} at {}%", tier.up_to, tier.percent.value());
                    write!(f, "{mark} tiers {}", tiers.iter().map(tier).collect::<Vec<_>>().join(" and "))?;
                }
                _ => write!(f, "{mark} {key} {}", figure.text())?,
            }
        }
        Ok(())
    }
}

/// `subsidies.json` with these figures of a rule. Everything else keeps its
/// order and value, as [`super::set_cap`] has it; a tier whose bound stays keeps
/// what else was said of it.
///
/// # Errors
/// A sentence, when the text is no valid `subsidies.json`, has no such rule, or
/// a figure makes no sense with the rest of the rule.
pub fn set_terms(text: &str, edit: &RuleEdit) -> Result<String, String> {
    let check = |rule: &SubsidyRule| {
        for figure in &edit.figures {
            match (figure, rule.tiers.is_empty()) {
                (RuleFigure::Tiers(_), true) => {
                    return Err(format!("Rule “{}” has a cap and no tiers; its type says which it has.", rule.name));
                }
                (RuleFigure::Percent(_) | RuleFigure::Rollover(_), false) => {
                    return Err(format!(
                        "Rule “{}” has tiers, which say what it pays; it has no {}.",
                        rule.name,
                        figure.key()
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    };
    with_rule(text, &edit.rule, check, |entry| {
        let mut changed = false;
        for figure in &edit.figures {
            changed |= set(entry, figure)?;
        }
        Ok(changed)
    })
}

/// Says whether anything changed.
fn set(rule: &mut Map<String, Value>, figure: &RuleFigure) -> Result<bool, String> {
    let key = figure.key();
    match figure {
        // What a rule has where nothing is said is not said.
        RuleFigure::Percent(percent) if *percent == Percent::ALL && !rule.contains_key(key) => Ok(false),
        RuleFigure::Percent(percent) => set_number(rule, key, percent.value()),
        RuleFigure::Rollover(Rollover::UpTo(most)) => set_number(rule, key, *most),
        RuleFigure::Rollover(Rollover::None) if !rule.contains_key(key) => Ok(false),
        RuleFigure::Rollover(_) => Ok(set_text(rule, key, Some(&figure.text()))),
        RuleFigure::From(day) | RuleFigure::To(day) => Ok(set_text(rule, key, day.map(|d| d.to_string()).as_deref())),
        RuleFigure::Tiers(tiers) => {
            let list =
                rule.get_mut(key).and_then(Value::as_array_mut).ok_or("“tiers” in subsidies.json is not a list")?;
            let before = list.clone();
            let bound = |tier: &Value| {
                tier.get("up_to").and_then(|value| match value {
                    Value::Number(number) => Amount::parse(number.to_string()).ok(),
                    Value::String(text) => Amount::parse(text).ok(),
                    _ => None,
                })
            };
            list.clear();
            for tier in tiers {
                let old = before.iter().find(|old| bound(old) == Some(tier.up_to)).and_then(Value::as_object);
                let mut object = old.cloned().unwrap_or_default();
                set_number(&mut object, "up_to", tier.up_to)?;
                set_number(&mut object, "percent", tier.percent.value())?;
                list.push(Value::Object(object));
            }
            Ok(*list != before)
        }
    }
}

/// Sets a text, or takes the key out.
fn set_text(rule: &mut Map<String, Value>, key: &str, text: Option<&str>) -> bool {
    let old = rule.get(key).filter(|value| !value.is_null()).and_then(Value::as_str).map(str::trim);
    match text {
        Some(text) if old == Some(text) => false,
        Some(text) => {
            rule.insert(key.into(), Value::String(text.to_owned()));
            true
        }
        None => rule.shift_remove(key).is_some_and(|old| !old.is_null()),
    }
}

fn amount(text: &str, what: &str) -> Result<Amount, String> {
    Amount::parse(text).map_err(|error| format!("The {what} “{text}” {error}."))
}

fn percent(text: &str) -> Result<Percent, String> {
    let percent = amount(text.trim().trim_end_matches('%').trim_end(), "percent")?;
    Percent::new(percent).ok_or_else(|| format!("A percent of {percent} is not from 0 to 100."))
}

fn tier(text: &str) -> Result<Tier, String> {
    let Some((up_to, share)) = text.split_once(':') else {
        return Err(format!("The tier “{}” is not BOUND:PERCENT; write tiers as 200:100, 500:50.", text.trim()));
    };
    Ok(Tier { up_to: amount(up_to.trim(), "bound of a tier")?, percent: percent(share.trim())? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocate::parse_subsidies;
    use proptest::prelude::*;

    const TEXT: &str = "{\"$comment\": \"kept\", \"subsidies\": [\n {\"name\": \"r\", \"fund_org\": \"S\", \"type\": \"per_project_cap\", \"cap_amount\": 500.00, \"period\": \"month\", \"percent\": 80.0, \"from\": \"2026-01-01\", \"applies_to_services\": [\"OpenAI\"]},\n {\"name\": \"t\", \"fund_org\": \"S\", \"type\": \"tiered\", \"tiers\": [{\"up_to\": 200, \"percent\": 100, \"$comment\": \"agreed\"}, {\"up_to\": 500, \"percent\": 50}], \"period\": \"month\", \"applies_to_services\": [\"OpenAI\"]}\n]}\n";

    fn edit(rule: &str, figures: &[(&str, &str)]) -> RuleEdit {
        let figures = figures.iter().map(|(key, text)| RuleFigure::parse(key, text).unwrap()).collect();
        RuleEdit { rule: rule.into(), figures }
    }

    fn rule(text: &str, at: usize) -> SubsidyRule {
        parse_subsidies(text, std::path::Path::new("subsidies.json")).unwrap().remove(at)
    }

    fn figures(text: &str, at: usize) -> Vec<(&'static str, String)> {
        RuleFigure::all_of(&rule(text, at)).iter().map(|figure| (figure.key(), figure.text())).collect()
    }

    #[test]
    fn figures_are_set_and_taken_off_and_all_else_stays() {
        let one = set_terms(TEXT, &edit("r", &[("percent", "75%"), ("to", "2026-06-30"), ("rollover", "10")])).unwrap();
        let is = |text: &str| text.to_owned();
        assert_eq!(
            figures(&one, 0),
            [("percent", is("75")), ("from", is("2026-01-01")), ("to", is("2026-06-30")), ("rollover", is("10"))]
        );
        assert!(one.contains("500.00") && one.contains("\"kept\"") && one.ends_with("}\n"), "{one}");
        let two = set_terms(&one, &edit("r", &[("to", "none"), ("rollover", "none"), ("percent", "80")])).unwrap();
        let back: Value = serde_json::from_str(&two).unwrap();
        let mut first: Value = serde_json::from_str(TEXT).unwrap();
        first["subsidies"][0]["percent"] = serde_json::from_str("80").unwrap();
        first["subsidies"][0]["rollover"] = Value::String("none".into());
        assert_eq!(back, first);
    }

    #[test]
    fn tiers_keep_what_was_said_of_a_bound_that_stays() {
        let after = set_terms(TEXT, &edit("t", &[("tiers", "200:90, 300 : 60, 500:50")])).unwrap();
        assert_eq!(figures(&after, 1)[0].1, "200:90, 300:60, 500:50");
        assert!(after.contains("\"agreed\""), "{after}");
        assert_eq!(edit("t", &[("tiers", "200:90")]).to_string(), "terms of t: tiers up to 200 at 90%");
    }

    #[test]
    fn what_stands_there_already_is_no_change() {
        for (name, at) in [("r", 0), ("t", 1)] {
            let edit = RuleEdit { rule: name.into(), figures: RuleFigure::all_of(&rule(TEXT, at)) };
            assert_eq!(set_terms(TEXT, &edit).unwrap(), TEXT, "{name}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_to_do() {
        let refused = |rule: &str, figures: &[(&str, &str)]| set_terms(TEXT, &edit(rule, figures)).unwrap_err();
        assert!(refused("x", &[("percent", "1")]).starts_with("subsidies.json has no rule “x”"));
        assert!(refused("t", &[("percent", "1")]).contains("has tiers"));
        assert!(refused("r", &[("tiers", "1:1")]).contains("has a cap and no tiers"));
        assert!(refused("r", &[("percent", "0")]).contains("set \"enabled\" to false"));
        assert!(refused("r", &[("from", "none"), ("rollover", "full")]).contains("rollover needs “from”"));
        assert!(refused("t", &[("tiers", "200:100, 100:50")]).contains("bounds count from zero and rise"));
        assert!(refused("r", &[("to", "2025-01-01")]).contains("is before “from”"));
        for (key, text, why) in [
            ("percent", "120", "not from 0 to 100"),
            ("tiers", "200", "write tiers as 200:100"),
            ("from", "soon", "The day “soon” of from"),
            ("rollover", "half", "The rollover “half”"),
            ("period", "week", "no figure “period”"),
        ] {
            let error = RuleFigure::parse(key, text).unwrap_err();
            assert!(error.contains(why), "{key} {text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_set_is_what_the_rule_says(
            share in 1i64..=100, most in 1i64..500, first in 0i32..300, days in 0i32..300,
        ) {
            let start = Day::parse("2026-01-01").unwrap().plus_days(first);
            let set = RuleEdit {
                rule: "r".into(),
                figures: vec![
                    RuleFigure::Percent(Percent::new(Amount::from_int(share)).unwrap()),
                    RuleFigure::From(Some(start)),
                    RuleFigure::To(Some(start.plus_days(days))),
                    RuleFigure::Rollover(Rollover::UpTo(Amount::from_int(most))),
                ],
            };
            let after = set_terms(TEXT, &set).unwrap();
            prop_assert_eq!(RuleFigure::all_of(&rule(&after, 0)), set.figures.clone());
            prop_assert_eq!(set_terms(&after, &set).unwrap(), after);
        }
    }
}
