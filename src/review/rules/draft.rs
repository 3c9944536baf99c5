//! A rule as it is typed, in a form or on the command line, and the rule that
//! it makes.

use super::{Rule, check_when, is_rule_name, verdict_of};
use crate::calendar::Day;

/// All as text, since what is wrong with it is said when it is planned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    pub name: String,
    pub when: String,
    /// A word of [`super::word`].
    pub verdict: String,
    pub code: String,
    /// Why there is such a rule.
    pub reason: String,
    /// A day; empty for the first day of the month at hand.
    pub since: String,
    pub suggest: bool,
}

impl Draft {
    /// A rule that stands, to be changed.
    pub fn of(rule: &Rule) -> Self {
        Self {
            name: rule.name.clone(),
            when: rule.when.to_text(),
            verdict: super::word(rule.verdict).to_owned(),
            code: rule.code.clone(),
            reason: rule.reason.clone(),
            since: rule.since.to_string(),
            suggest: rule.suggest,
        }
    }

    /// The rule that was typed, as this version of this author; `since` where
    /// no day was.
    ///
    /// # Errors
    /// A sentence about the field that is wrong.
    pub fn rule(&self, version: u32, author: &str, since: Day) -> Result<Rule, String> {
        let name = self.name.trim();
        if !is_rule_name(name) {
            return Err(format!("name: “{name}” is no name of a rule; write letters, digits, - and _."));
        }
        let reason = self.reason.trim();
        if reason.is_empty() || reason.chars().any(char::is_control) {
            return Err("why: a rule needs a reason, in one line: say why it is right.".to_owned());
        }
        let since = match self.since.trim() {
            "" => since,
            day => Day::parse(day).map_err(|error| format!("since: “{day}” {error}."))?,
        };
        Ok(Rule {
            name: name.to_owned(),
            version,
            author: author.to_owned(),
            reason: reason.to_owned(),
            since,
            when: check_when(self.when.trim()).map_err(|what| format!("filter: it {what}."))?,
            verdict: verdict_of(self.verdict.trim()).map_err(|what| format!("decide: it {what}."))?,
            code: self.code.trim().to_owned(),
            suggest: self.suggest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Verdict;

    #[test]
    fn what_is_wrong_is_said_with_the_name_of_the_field() {
        let fine = Draft {
            name: "small".into(),
            when: "cause:rounding".into(),
            verdict: "approve".into(),
            reason: "below a cent".into(),
            ..Draft::default()
        };
        let made = |draft: &Draft| draft.rule(3, "ada", Day::from_number(9));
        let rule = made(&fine).unwrap();
        assert_eq!((rule.version, rule.since, rule.verdict), (3, Day::from_number(9), Verdict::ApproveBilled));
        assert_eq!(made(&Draft::of(&rule)).unwrap(), rule);
        let cases = [
            (Draft { name: "two words".into(), ..fine.clone() }, "name: “two words”"),
            (Draft { reason: " ".into(), ..fine.clone() }, "why: "),
            (Draft { since: "May".into(), ..fine.clone() }, "since: “May”"),
            (Draft { when: String::new(), ..fine.clone() }, "filter: it is empty"),
            (Draft { verdict: "yes".into(), ..fine.clone() }, "decide: it is “yes”"),
        ];
        for (draft, says) in cases {
            let error = made(&draft).unwrap_err();
            assert!(error.starts_with(says), "{error}");
        }
    }
}
