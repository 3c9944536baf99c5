//! `subsidy_state.json`: what each project drew, for other tools and for a
//! book that begins in the middle of a year.
//!
//! Read into [`Openings`]; written after an export with the new figures, all
//! other entries as they were. `projects` holds the rules that count by
//! project, as other tools know it. Rules that count otherwise stand beside
//! it, where a tool that looks for projects does not take them for one:
//! `users` and `pis` by email, and `global` without a name in between. Those
//! keys are there only when there is something in them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::{Deserializer, Error as _, IgnoredAny};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::json::{Document, Pairs};
use super::{Level, Opening, Openings, Scope, Subject};
use crate::amount::{Amount, AmountError, Cents, SCALE};
use crate::calendar::PeriodKey;
use crate::place::PlacedError;

/// An entry as it stands in the file, in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateEntry {
    pub used: Cents,
    pub subsidized: Cents,
    /// `None` where the file does not say; it follows from the rule's cap.
    pub remaining: Option<Cents>,
}

/// All entries of a state file.
pub type State = BTreeMap<Scope, StateEntry>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileShape<'a> {
    #[serde(borrow)]
    projects: Pairs<Periods<'a>>,
    #[serde(borrow, default)]
    users: Pairs<Periods<'a>>,
    #[serde(borrow, default)]
    pis: Pairs<Periods<'a>>,
    #[serde(borrow, default)]
    global: Periods<'a>,
    #[serde(rename = "last_updated", default)]
    _last_updated: Option<String>,
    #[serde(rename = "$comment", default)]
    _comment: IgnoredAny,
    #[serde(rename = "_comment", default)]
    _comment2: IgnoredAny,
}

/// By period, then by rule.
type Periods<'a> = Pairs<Pairs<&'a RawValue>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryShape {
    used: Nearest,
    subsidized: Nearest,
    remaining: Option<Nearest>,
}

/// Other tools keep these figures as floats, so `0.30000000000000004` and
/// `5.7e-14` are usual; the nearest cent is what they mean.
struct Nearest(Cents);

impl<'de> Deserialize<'de> for Nearest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        let text = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text).trim();
        let amount = match Amount::parse(text) {
            Err(AmountError::TooFine) => Amount::parse(cut(text)),
            read => read,
        };
        amount.map(|a| Self(Cents::nearest(a))).map_err(|error| D::Error::custom(format!("“{text}” {error}")))
    }
}

/// Decimal text without its digits past the last place an amount holds. That
/// is far behind the cent, and cutting never turns less than half a cent into
/// half a cent or the other way round.
fn cut(text: &str) -> String {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().unwrap_or(-i64::from(u32::MAX))),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let places = (fraction.len() as i64).saturating_sub(exponent);
    let excess = usize::try_from(places.saturating_sub(i64::from(SCALE))).unwrap_or(0);
    let signs = digits.bytes().take_while(|b| !b.is_ascii_digit()).count();
    match digits.len().checked_sub(excess).filter(|keep| *keep > signs) {
        Some(keep) => format!("{}e-{SCALE}", digits.get(..keep).unwrap_or("0")),
        None => "0".into(),
    }
}

/// Reads a state file as the opening of a book. `remaining` is not taken over:
/// it follows from the caps of `subsidies.json`.
///
/// # Errors
/// As [`parse_state_entries`].
pub fn parse_state(text: &str, file: &Path) -> Result<Openings, PlacedError> {
    let entries = parse_state_entries(text, file)?;
    Ok(entries.into_iter().map(|(s, e)| (s, Opening::stated(e.used, e.subsidized))).collect())
}

/// Reads every entry of a state file, to be kept by [`state_text`].
///
/// # Errors
/// With line and column: what is no such JSON, an unknown key, a period that
/// is none, a scope that stands there twice, a subsidy below zero.
pub fn parse_state_entries(text: &str, file: &Path) -> Result<State, PlacedError> {
    let document = Document::new(text, file);
    let shape: FileShape<'_> = document.read()?;
    let mut state = State::new();
    for (level, key, named) in [
        (Level::Project, "projects", shape.projects),
        (Level::User, "users", shape.users),
        (Level::Pi, "pis", shape.pis),
    ] {
        for (name, periods) in named.0 {
            // Users and PIs are known by their folded email.
            let folded = if level == Level::Project { name.clone() } else { name.trim().to_lowercase() };
            read_periods(&document, &format!("{key}.{name}"), &Subject::new(level, &folded), periods, &mut state)?;
        }
    }
    read_periods(&document, "global", &Subject::Global, shape.global, &mut state)?;
    Ok(state)
}

fn read_periods<'a>(
    document: &Document<'a>,
    path: &str,
    subject: &Subject,
    periods: Periods<'a>,
    state: &mut State,
) -> Result<(), PlacedError> {
    for (period, rules) in periods.0 {
        let key = period.parse::<PeriodKey>().map_err(|error| {
            let what = format!("{path}: {error}");
            let first = rules.0.first();
            first.map_or_else(|| document.error_whole(&what), |(_, raw)| document.error_at(raw.get(), &what))
        })?;
        for (rule, raw) in rules.0 {
            let path = format!("{path}.{period}.{rule}");
            let entry: EntryShape = document.part(raw, &path)?;
            if entry.subsidized.0 < Cents::ZERO {
                let what = format!("{path}.subsidized is below zero, which no draws add up to");
                return Err(document.error_at(raw.get(), what));
            }
            let scope = Scope { rule, subject: subject.clone(), period: key };
            let (used, subsidized) = (entry.used.0, entry.subsidized.0);
            let entry = StateEntry { used, subsidized, remaining: entry.remaining.map(|n| n.0) };
            if state.insert(scope, entry).is_some() {
                let what = format!("{path} stands there twice; keep one of the two");
                return Err(document.error_at(raw.get(), what));
            }
        }
    }
    Ok(())
}

/// The text of a state file: the entries of `old`, with those of `after` (and
/// the cap of each) in place of theirs. `last_updated` is written as it is
/// given. Sorted, so that the same figures give the same text.
pub fn state_text(old: &State, after: &[(Scope, Opening, Amount)], last_updated: &str) -> String {
    let mut state = old.clone();
    for (scope, opening, cap) in after {
        let remaining = Some(Cents::floor(*cap) - opening.subsidized);
        state.insert(scope.clone(), StateEntry { used: opening.used, subsidized: opening.subsidized, remaining });
    }
    let mut file = FileText { last_updated, ..FileText::default() };
    for (scope, entry) in &state {
        let name = scope.subject.name();
        let periods = match scope.subject.level() {
            Level::Project => file.projects.entry(name).or_default(),
            Level::User => file.users.entry(name).or_default(),
            Level::Pi => file.pis.entry(name).or_default(),
            Level::Global => &mut file.global,
        };
        let entry = EntryText {
            used: Number(entry.used),
            subsidized: Number(entry.subsidized),
            remaining: entry.remaining.map(Number),
        };
        periods.entry(scope.period.to_string()).or_default().insert(&scope.rule, entry);
    }
    // Nothing in here can fail to become JSON: keys are strings, numbers whole.
    let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Default, Serialize)]
struct FileText<'a> {
    projects: BTreeMap<&'a str, PeriodsText<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    users: BTreeMap<&'a str, PeriodsText<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pis: BTreeMap<&'a str, PeriodsText<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    global: PeriodsText<'a>,
    last_updated: &'a str,
}

/// By period, then by rule.
type PeriodsText<'a> = BTreeMap<String, BTreeMap<&'a str, EntryText>>;

#[derive(Serialize)]
struct EntryText {
    used: Number,
    subsidized: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining: Option<Number>,
}

/// Cents as a JSON number with two decimals.
struct Number(Cents);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string()).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<State, String> {
        parse_state_entries(text, Path::new("subsidy_state.json")).map_err(|e| e.to_string())
    }

    fn scope(project: &str, period: &str, rule: &str) -> Scope {
        Scope { rule: rule.into(), subject: Subject::Project(project.into()), period: period.parse().unwrap() }
    }

    const SAMPLE: &str = r#"{
  "projects": {
    "ai-strategy": {
      "CY2026": { "other": { "used": "3.10", "subsidized": 0.30000000000000004, "remaining": 5.684341886080802e-14 } },
      "FY2026": { "provost": { "used": 18.71, "subsidized": 18.70675, "remaining": 481.29 } }
    }
  },
  "last_updated": null
}"#;

    #[test]
    fn floats_and_strings_become_the_nearest_cent() {
        let state = read(SAMPLE).unwrap();
        let other = state[&scope("ai-strategy", "2026", "other")];
        assert_eq!((other.used, other.subsidized, other.remaining), (Cents(310), Cents(30), Some(Cents(0))));
        let openings = parse_state(SAMPLE, Path::new("s.json")).unwrap();
        let provost = openings[&scope("ai-strategy", "FY2026", "provost")];
        assert_eq!(provost, Opening::stated(Cents(1871), Cents(1871)));
    }

    #[test]
    fn writing_replaces_what_was_touched_and_keeps_the_rest() {
        let after = Opening::stated(Cents(60000), Cents(48129));
        let touched = [(scope("ai-strategy", "FY2026", "provost"), after, Amount::from_int(500))];
        let text = state_text(&read(SAMPLE).unwrap(), &touched, "2026-02-01T00:00:00Z");
        assert_eq!(
            text,
            r#"{
  "projects": {
    "ai-strategy": {
      "2026": {
        "other": {
          "used": 3.10,
          "subsidized": 0.30,
          "remaining": 0.00
        }
      },
      "FY2026": {
        "provost": {
          "used": 600.00,
          "subsidized": 481.29,
          "remaining": 18.71
        }
      }
    }
  },
  "last_updated": "2026-02-01T00:00:00Z"
}
"#
        );
        assert_eq!(state_text(&read(&text).unwrap(), &[], "2026-02-01T00:00:00Z"), text);
    }

    #[test]
    fn rules_that_do_not_count_by_project_stand_beside_the_projects() {
        let of = |subject, period: &str| Scope { rule: "r".into(), subject, period: period.parse().unwrap() };
        let entry = (Opening::stated(Cents(300), Cents(200)), Amount::from_int(5));
        let after = [
            (of(Subject::Global, "2026-Q1"), entry.0, entry.1),
            (of(Subject::User("ab@x.edu".into()), "2026-W03"), entry.0, entry.1),
            (of(Subject::Pi("ab@x.edu".into()), "2026-01"), entry.0, entry.1),
            (of(Subject::Project("ab@x.edu".into()), "FY2026"), entry.0, entry.1),
        ];
        let text = state_text(&State::new(), &after, "now");
        let keys: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(keys["global"]["2026-Q1"]["r"]["remaining"].to_string(), "3.00");
        assert_eq!(keys["users"]["ab@x.edu"]["2026-W03"]["r"]["used"].to_string(), "3.00");
        let read = parse_state(&text, Path::new("s.json")).unwrap();
        let expect: Openings = after.into_iter().map(|(scope, opening, _)| (scope, opening)).collect();
        assert_eq!(read, expect);
        let wrong = text.replace("\"pis\"", "\"people\"");
        assert!(parse_state(&wrong, Path::new("s.json")).unwrap_err().to_string().contains("unknown key `people`"));
        let wrong = text.replace("2026-Q1", "2026-Q5");
        assert!(parse_state(&wrong, Path::new("s.json")).unwrap_err().to_string().contains("global: “2026-Q5” is not"));
    }

    #[test]
    fn an_empty_state_is_a_state() {
        assert!(read(r#"{"projects": {}, "last_updated": null}"#).unwrap().is_empty());
    }

    #[test]
    fn what_the_file_cannot_mean_is_refused_with_its_place() {
        let wrong = |from: &str, to: &str| read(&SAMPLE.replace(from, to)).unwrap_err();
        let twice = SAMPLE.replace("CY2026", "FY2026").replace("other", "provost");
        assert!(read(&twice).unwrap_err().contains("stands there twice"));
        assert!(wrong("FY2026", "2026-13").starts_with("subsidy_state.json:5:"));
        assert!(wrong("\"used\": 18.71", "\"usd\": 18.71").contains("unknown key `usd`"));
        assert!(wrong("18.70675", "-1").contains("below zero"));
        assert!(wrong("18.70675", "\"lots\"").contains("not a plain decimal number"));
        assert!(wrong("last_updated", "updated").contains("unknown key `updated`"));
    }

    proptest! {
        #[test]
        fn any_float_another_tool_writes_is_read_to_the_nearest_cent(value in -1e6f64..1e6, tiny in -1e-9f64..1e-9) {
            for value in [value, tiny] {
                for text in [format!("{value:?}"), format!("{value:e}"), format!("{value:.30}")] {
                    let read: Nearest = serde_json::from_str(&text).unwrap();
                    // `{:.4}` rounds what the decimal text says, so only a text
                    // right at half a cent may differ.
                    let four = Amount::parse(format!("{value:.4}")).unwrap();
                    let apart = read.0.amount().minus(four).abs();
                    prop_assert!(apart <= Amount::parse("0.00505").unwrap(), "{} became {}", text, read.0);
                }
            }
        }
    }
}
