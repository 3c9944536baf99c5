//! `subsidies.json` with another cap of one rule, all else as it was: what a
//! person agrees to with a sponsor, from a day on or from the beginning.

use std::fmt;

use serde_json::{Map, Value};

use super::SubsidyRule;
use super::rule_text::{set_number, with_rule};
use crate::amount::Amount;
use crate::calendar::Day;

/// A cap for one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapEdit {
    /// The rule's name.
    pub rule: String,
    /// In the book's currency, for each period and each that the rule counts by.
    pub amount: Amount,
    /// The first day it holds; `None`: from the beginning, in the place of
    /// `cap_amount`.
    pub from: Option<Day>,
    /// It holds for the whole of the period that `from` lies in.
    pub retroactive: bool,
}

impl CapEdit {
    /// The first day of usage that it can change; `None`: any day.
    pub fn first_day(&self, rule: &SubsidyRule) -> Option<Day> {
        let from = self.from?;
        Some(if self.retroactive { rule.period.bounds(from).0 } else { from })
    }
}

impl fmt::Display for CapEdit {
    /// One line for the journal: `cap of r: 600 from 2026-01-25, retroactive`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cap of {}: {}", self.rule, self.amount)?;
        match self.from {
            Some(from) => write!(f, " from {from}")?,
            None => f.write_str(" from the beginning")?,
        }
        if self.retroactive { f.write_str(", for the whole of that period") } else { Ok(()) }
    }
}

/// `subsidies.json` with the cap put into it: among the rule's `caps`, or
/// where no day is named as its `cap_amount`. Everything else keeps its order
/// and value; the layout becomes two blanks a level, line ends stay as they
/// were. The text stays as it is where it says so already.
///
/// # Errors
/// A sentence, when the text is no valid `subsidies.json`, has no such rule,
/// the rule has tiers, or the cap makes no sense there.
pub fn set_cap(text: &str, edit: &CapEdit) -> Result<String, String> {
    let check = |rule: &SubsidyRule| {
        if !rule.tiers.is_empty() {
            return Err(format!(
                "Rule “{}” has tiers, which say what it pays: change those (t, or set-terms).",
                edit.rule
            ));
        }
        if edit.amount.is_negative() {
            return Err(format!("The cap {} is below zero; a cap of 0 pays nothing more.", edit.amount));
        }
        if edit.retroactive && edit.from.is_none() {
            return Err(
                "A cap without a day holds from the beginning; retroactive goes with the day that it is agreed from."
                    .into(),
            );
        }
        Ok(())
    };
    with_rule(text, &edit.rule, check, |entry| match edit.from {
        None => set_number(entry, "cap_amount", edit.amount),
        Some(from) => set_from(entry, from, edit),
    })
}

/// Puts the cap among those by day, which ascend. Says whether anything
/// changed.
fn set_from(rule: &mut Map<String, Value>, from: Day, edit: &CapEdit) -> Result<bool, String> {
    // What holds where a cap says nothing of its own.
    let otherwise = rule.get("retroactive").and_then(Value::as_bool).unwrap_or(false);
    if rule.get("caps").is_none_or(Value::is_null) {
        let behind = rule.keys().position(|key| key == "cap_amount").map_or(rule.len(), |at| at + 1);
        rule.shift_remove("caps");
        rule.shift_insert(behind.min(rule.len()), "caps".into(), Value::Array(Vec::new()));
    }
    let caps = rule.get_mut("caps").and_then(Value::as_array_mut).ok_or("“caps” in subsidies.json is not a list")?;
    let day_of = |cap: &Value| cap.get("from").and_then(Value::as_str).and_then(|day| Day::parse(day.trim()).ok());
    let at = caps.iter().position(|cap| day_of(cap).is_some_and(|day| day >= from)).unwrap_or(caps.len());
    if caps.get(at).and_then(day_of) != Some(from) {
        let mut cap = Map::new();
        cap.insert("from".into(), Value::String(from.to_string()));
        caps.insert(at, Value::Object(cap));
    }
    let cap = caps.get_mut(at).and_then(Value::as_object_mut).ok_or("a cap in subsidies.json is no object")?;
    let changed = set_number(cap, "amount", edit.amount)?;
    let stands = cap.get("retroactive").and_then(Value::as_bool).unwrap_or(otherwise);
    if stands != edit.retroactive {
        cap.insert("retroactive".into(), Value::Bool(edit.retroactive));
    }
    Ok(changed || stands != edit.retroactive)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::allocate::{CapChange, parse_subsidies};
    use proptest::prelude::*;

    const TEXT: &str = "{\"$comment\": \"kept\", \"subsidies\": [\n {\"name\": \"r\", \"fund_org\": \"S\", \"type\": \"per_project_cap\", \"cap_amount\": 500.00, \"period\": \"calendar_year\", \"applies_to_services\": [\"OpenAI\"]},\n {\"name\": \"t\", \"fund_org\": \"S\", \"type\": \"tiered\", \"tiers\": [{\"up_to\": 200, \"percent\": 100}], \"period\": \"month\", \"applies_to_services\": [\"OpenAI\"]}\n]}\n";

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn edit(cap: &str, from: Option<&str>, retroactive: bool) -> CapEdit {
        CapEdit { rule: "r".into(), amount: amount(cap), from: from.map(day), retroactive }
    }

    fn rule(text: &str) -> SubsidyRule {
        parse_subsidies(text, Path::new("subsidies.json")).unwrap().remove(0)
    }

    #[test]
    fn a_cap_from_a_day_stands_in_order_and_all_else_stays() {
        let one = set_cap(TEXT, &edit("600", Some("2026-01-25"), false)).unwrap();
        let two = set_cap(&one, &edit("550", Some("2026-01-10"), true)).unwrap();
        let change =
            |from: &str, cap: &str, retroactive| CapChange { from: day(from), amount: amount(cap), retroactive };
        assert_eq!(rule(&two).caps, [change("2026-01-10", "550", true), change("2026-01-25", "600", false)]);
        let mut is: Value = serde_json::from_str(&two).unwrap();
        is["subsidies"][0].as_object_mut().unwrap().shift_remove("caps").unwrap();
        assert_eq!(is, serde_json::from_str::<Value>(TEXT).unwrap());
        assert!(two.contains("500.00") && two.ends_with("}\n"), "{two}");
        // The same day again takes the place of the first.
        let again = set_cap(&two, &edit("700", Some("2026-01-25"), true)).unwrap();
        assert_eq!(rule(&again).caps, [change("2026-01-10", "550", true), change("2026-01-25", "700", true)]);
    }

    #[test]
    fn a_cap_without_a_day_takes_the_place_of_the_first() {
        let after = set_cap(TEXT, &edit("450.5", None, false)).unwrap();
        assert_eq!((rule(&after).cap, rule(&after).caps.len()), (amount("450.5"), 0));
        assert_eq!(set_cap(TEXT, &edit("500", None, false)).unwrap(), TEXT, "the same number is no change");
    }

    #[test]
    fn a_cap_says_for_itself_what_the_rule_says_otherwise_for_all() {
        let caps = r#""cap_amount": 500, "caps": [{"from": "2026-01-05", "amount": 1}], "retroactive": true"#;
        let text = TEXT.replace("\"cap_amount\": 500.00", caps);
        let after = set_cap(&text, &edit("2", Some("2026-01-06"), false)).unwrap();
        assert_eq!(rule(&after).caps.iter().map(|cap| cap.retroactive).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn line_ends_and_byte_order_marks_stay() {
        let windows = format!("\u{feff}{}", TEXT.replace('\n', "\r\n"));
        let after = set_cap(&windows, &edit("1", Some("2026-01-25"), false)).unwrap();
        assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
        assert!(after.starts_with("\u{feff}{\r\n"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_to_do() {
        let refused = |edit: CapEdit| set_cap(TEXT, &edit).unwrap_err();
        assert_eq!(
            refused(CapEdit { rule: "x".into(), ..edit("1", None, false) }),
            "subsidies.json has no rule “x”; it has “r”, “t”."
        );
        assert!(refused(CapEdit { rule: "t".into(), ..edit("1", None, false) }).contains("has tiers"));
        assert!(refused(edit("-1", None, false)).contains("below zero"));
        assert!(refused(edit("1", None, true)).starts_with("A cap without a day holds from the beginning"));
        assert!(set_cap("[]", &edit("1", None, false)).is_err());
    }

    proptest! {
        #[test]
        fn the_cap_set_is_the_cap_in_force(sets in proptest::collection::vec((0i32..400, 0i64..1_000, any::<bool>()), 1..6)) {
            let mut text = TEXT.to_owned();
            let first = day("2026-01-01").number();
            for (at, cap, retroactive) in sets {
                let from = Day::from_number(first + at);
                let edit = CapEdit { rule: "r".into(), amount: Amount::from_int(cap), from: Some(from), retroactive };
                text = set_cap(&text, &edit).unwrap();
                let there = rule(&text).caps.contains(&CapChange { from, amount: edit.amount, retroactive });
                prop_assert!(there);
                prop_assert_eq!(&set_cap(&text, &edit).unwrap(), &text);
                // Where no retroactive one comes behind it, it is in force.
                let later = rule(&text).caps.iter().any(|cap| cap.from > from && cap.retroactive);
                prop_assert!(later || rule(&text).cap_on(from) == edit.amount);
            }
        }
    }
}
