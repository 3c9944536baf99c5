//! Rules made from decisions: a filter that says what an item is, and the
//! verdict that such items were given before.
//!
//! A rule never decides by itself. What comes in is a list of rules and what
//! each says of an item; what goes out is which one may decide it ([`ruling`]),
//! and from decisions alike the rule that could be made of them ([`offer`]).

mod draft;
mod offer;

use super::filter::{Filter, Test};
use crate::calendar::Day;
use crate::journal::{Cited, Decision, Verdict};

pub use super::filter::is_filter_name as is_rule_name;
pub use draft::Draft;
pub use offer::{Like, Offer, Traits, offer};

/// A rule of `rules.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub name: String,
    /// Counted from 1; another with everything that a person changes.
    pub version: u32,
    /// Who made this version.
    pub author: String,
    /// Why there is such a rule.
    pub reason: String,
    /// It covers usage from this day on.
    pub since: Day,
    /// What it covers, as [`check_when`] takes it.
    pub when: Filter,
    pub verdict: Verdict,
    /// The reason code of its decisions; empty where the policy asks for none.
    pub code: String,
    /// It only suggests: nothing is decided by it.
    pub suggest: bool,
}

impl Rule {
    pub fn cited(&self) -> Cited {
        Cited { name: self.name.clone(), version: self.version }
    }

    pub fn decision(&self) -> Decision {
        Decision { verdict: self.verdict, reason: self.code.clone(), note: String::new() }
    }

    /// `approve as billed (timing)`
    pub fn says(&self) -> String {
        match self.code.as_str() {
            "" => self.verdict.name().to_owned(),
            code => format!("{} ({code})", self.verdict.name()),
        }
    }

    /// Whether it would do the same to the same items as another.
    pub fn does_as(&self, other: &Self) -> bool {
        let does = |rule: &Self| (rule.since, rule.verdict, rule.code.clone());
        does(self) == does(other) && self.when == other.when
    }

    /// Whether it covers usage of a day; what has no day it does not know.
    pub fn holds_on(&self, day: Option<Day>) -> bool {
        day.is_some_and(|day| day >= self.since)
    }
}

/// The word for a verdict, as the command line has it too.
pub const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::ApproveBilled => "approve",
        Verdict::ApproveRecorded => "as-recorded",
        Verdict::WriteOff => "write-off",
        Verdict::Dispute => "dispute",
        Verdict::Defer => "defer",
        Verdict::Exclude => "exclude",
    }
}

/// # Errors
/// A sentence without its subject, with the words there are.
pub fn verdict_of(text: &str) -> Result<Verdict, String> {
    Verdict::ALL.into_iter().find(|verdict| word(*verdict) == text).ok_or_else(|| {
        let all = Verdict::ALL.map(word).join(", ");
        format!("is “{text}”, which is no decision; there are: {all}")
    })
}

/// Reads what a rule covers. It names no saved filter, since another text of
/// that would be another rule without a version; and it asks for no decision,
/// since a rule is about what an item is.
///
/// # Errors
/// A sentence without its subject.
pub fn check_when(text: &str) -> Result<Filter, String> {
    let filter = Filter::parse(text).map_err(|error| format!("is no filter of a rule: {}", error.what))?;
    if filter.is_empty() {
        return Err("is empty, and would cover everything; say what the rule covers".to_owned());
    }
    if filter.terms().iter().any(|term| matches!(term.test, Test::Decision(_))) {
        return Err("asks for a decision; a rule says what an item is, and open items are all it decides".to_owned());
    }
    Ok(filter)
}

/// What the rules that cover an item come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling<'a> {
    /// No rule covers it.
    Silent,
    /// This one, of those that agree; it is active where any of them is.
    Says(&'a Rule),
    /// Two would decide it differently: neither does.
    Disagree(&'a Rule, &'a Rule),
}

/// Which of the rules that cover one item speaks for it, in whatever order
/// they stand: of rules that agree an active one before one that only
/// suggests, then by name.
pub fn ruling<'a>(covering: impl Iterator<Item = &'a Rule>) -> Ruling<'a> {
    let rank = |rule: &'a Rule| (rule.suggest, rule.name.as_str());
    let mut all: Vec<&Rule> = covering.collect();
    all.sort_by_key(|rule| rank(rule));
    let Some((first, rest)) = all.split_first() else { return Ruling::Silent };
    match rest.iter().find(|rule| rule.verdict != first.verdict || rule.code != first.code) {
        Some(other) => Ruling::Disagree(first, other),
        None => Ruling::Says(first),
    }
}

#[cfg(test)]
pub(crate) fn rule(name: &str, when: &str, verdict: Verdict) -> Rule {
    Rule {
        name: name.into(),
        version: 1,
        author: "ada@desk".into(),
        reason: "seen three times".into(),
        since: Day::from_number(0),
        when: check_when(when).unwrap(),
        verdict,
        code: "timing".into(),
        suggest: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_rule_covers_what_an_item_is_and_nothing_of_its_decision() {
        assert!(check_when("outcome:discrepancy cause:rounding -user:ab@*").is_ok());
        for (text, says) in [
            ("", "is empty"),
            ("  ", "is empty"),
            ("decision:open", "asks for a decision"),
            ("-decision:approve model:x", "asks for a decision"),
            ("@vendor", "is no filter of a rule"),
            ("nonsense:x", "is no filter of a rule"),
        ] {
            assert!(check_when(text).unwrap_err().contains(says), "{text}");
        }
    }

    #[test]
    fn rules_with_different_verdicts_or_codes_decide_nothing_together() {
        let (a, b) = (rule("a", "x", Verdict::Defer), rule("b", "x", Verdict::Exclude));
        assert_eq!(ruling([&b, &a].into_iter()), Ruling::Disagree(&a, &b));
        let c = Rule { code: "other".into(), name: "c".into(), ..a.clone() };
        assert!(matches!(ruling([&a, &c].into_iter()), Ruling::Disagree(..)));
        let d = Rule { name: "0".into(), suggest: true, ..a.clone() };
        assert_eq!(ruling([&d, &a].into_iter()), Ruling::Says(&a), "one that is active speaks first");
        assert_eq!(ruling(std::iter::empty()), Ruling::Silent);
    }

    #[test]
    fn verdicts_are_named_as_on_the_command_line() {
        for verdict in Verdict::ALL {
            assert_eq!(verdict_of(word(verdict)), Ok(verdict));
        }
        assert!(verdict_of("approved").unwrap_err().contains("approve, as-recorded"));
    }

    #[test]
    fn a_rule_begins_on_its_day() {
        let rule = Rule { since: Day::from_number(5), ..rule("a", "x", Verdict::Defer) };
        let holds = |day: i32| rule.holds_on(Some(Day::from_number(day)));
        assert_eq!((holds(4), holds(5), holds(6), rule.holds_on(None)), (false, true, true, false));
    }

    proptest! {
        #[test]
        fn a_ruling_does_not_depend_on_the_order_of_the_file(
            kinds in proptest::collection::vec((0..3usize, any::<bool>()), 0..6), turn in 0..6usize,
        ) {
            let make = |(at, (verdict, suggest)): (usize, &(usize, bool))| {
                Rule { suggest: *suggest, ..rule(&format!("r{at}"), "x", Verdict::ALL[*verdict]) }
            };
            let rules: Vec<Rule> = kinds.iter().enumerate().map(make).collect();
            let mut turned: Vec<&Rule> = rules.iter().collect();
            if !turned.is_empty() {
                let by = turn % turned.len();
                turned.rotate_left(by);
            }
            prop_assert_eq!(ruling(rules.iter()), ruling(turned.into_iter()));
        }
    }
}
