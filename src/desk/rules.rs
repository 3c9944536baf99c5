//! What the rules of `rules.toml` say of the items of a month: which covers an
//! item, which decided it, and what they are to a reader.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::Desk;
use super::list::{AskedFor, FilterRow};
use super::standing::Code;
use crate::amount::Amount;
use crate::journal::{Action, Cited, ConfigFile, Verdict};
use crate::reconcile;
use crate::review;
use crate::review::filter::{Fields as _, Prepared};
use crate::review::rules::{Rule, Ruling, ruling};

/// The rules made ready for the names of a month: a look-up an item.
pub(super) struct Ready<'a>(Vec<(&'a Rule, Prepared<'a>)>);

impl<'a> Ready<'a> {
    pub(super) fn of(desk: &'a Desk) -> Self {
        let names = &desk.inputs.names;
        Self(desk.config.rules.iter().map(|rule| (rule, rule.when.prepare(names))).collect())
    }
}

/// A rule as a list of them shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleView<'a> {
    pub rule: &'a Rule,
    /// It was changed by hand and kept its version, so it decides nothing.
    pub unversioned: bool,
    /// Items of the month whose decision in force cites it.
    pub decided: usize,
}

impl Desk {
    /// The rules of `rules.toml`, in the order of the file.
    pub fn decision_rules(&self) -> &[Rule] {
        &self.config.rules
    }

    /// The rules with what became of them in this month. Takes a look at every
    /// item.
    pub fn rule_views(&self) -> Vec<RuleView<'_>> {
        let cited: Vec<&Cited> = (0..self.items()).into_par_iter().filter_map(|item| self.decided_by(item)).collect();
        let view = self.config.rules.iter().map(|rule| {
            let decided = cited.iter().filter(|cited| cited.name == rule.name).count();
            RuleView { rule, unversioned: self.is_unversioned(rule), decided }
        });
        view.collect()
    }

    /// Items of the month whose decision in force cites a rule of this name.
    pub(super) fn items_decided_by(&self, name: &str) -> usize {
        (0..self.items())
            .into_par_iter()
            .filter(|item| self.decided_by(*item).is_some_and(|by| by.name == name))
            .count()
    }

    /// The open items that one rule covers, whatever others say of them.
    pub(super) fn ruled_by(&self, rule: &Rule) -> Vec<u32> {
        let when = rule.when.prepare(&self.inputs.names);
        let covers = |item: &u32| {
            let row = FilterRow { desk: self, item: *item, of: AskedFor::Rule };
            self.is_open(*item) && rule.holds_on(row.day()) && when.matches(&row)
        };
        (0..self.items()).into_par_iter().filter(covers).collect()
    }

    /// What the rules come to for an item, whatever was decided on it.
    pub(super) fn ruling<'a>(&'a self, item: u32, ready: Option<&Ready<'a>>) -> Ruling<'a> {
        if self.config.rules.is_empty() {
            return Ruling::Silent;
        }
        let row = FilterRow { desk: self, item, of: AskedFor::Rule };
        let day = row.day();
        match ready {
            Some(Ready(rules)) => {
                let covering = rules.iter().filter(|(rule, when)| rule.holds_on(day) && when.matches(&row));
                ruling(covering.map(|(rule, _)| *rule))
            }
            None => ruling(self.config.rules.iter().filter(|rule| rule.holds_on(day) && rule.when.matches(&row))),
        }
    }

    /// The rule that suggests something for an open item.
    pub(super) fn suggestion<'a>(&'a self, item: u32, ready: Option<&Ready<'a>>) -> Option<&'a Rule> {
        if self.config.rules.is_empty() || !self.is_open(item) {
            return None;
        }
        match self.ruling(item, ready) {
            Ruling::Says(rule) if rule.suggest => Some(rule),
            _ => None,
        }
    }

    /// The rule that the decision in force on an item cites.
    pub fn decided_by(&self, item: u32) -> Option<&Cited> {
        let decided = matches!(self.standing.get(item as usize), Some(Code::Decided(_)));
        if !decided || !self.state.cites_rules() {
            return None;
        }
        match self.state.settled(&reconcile::key(&self.sides(), &self.compared.items, item)) {
            review::Standing::InForce(settled) => self.state.cited(settled.seq),
            _ => None,
        }
    }

    /// What is said of an item, and what a rule has to do with it.
    pub(super) fn with_rule(&self, item: u32, said: String) -> String {
        let more = match (self.decided_by(item), self.is_open(item)) {
            (Some(rule), _) => format!("Decided by {rule}."),
            (None, true) => match self.ruling(item, None) {
                Ruling::Silent => return said,
                Ruling::Says(rule) if rule.suggest => format!("{} suggests: {}.", title(rule), rule.says()),
                Ruling::Says(rule) => format!("{} would {}, once rules are applied.", title(rule), rule.says()),
                Ruling::Disagree(one, other) => {
                    format!("The rules {} and {} disagree on it, so neither decides.", one.name, other.name)
                }
            },
            (None, false) => return said,
        };
        if said.is_empty() { more } else { format!("{said} {more}") }
    }

    /// Every text of a rule that the journal has, with those of other names.
    fn rules_seen(&self) -> impl Iterator<Item = Rule> + '_ {
        let texts = self.entries.iter().flat_map(|entry| match &entry.action {
            Action::EditFile { file: ConfigFile::Rules, before, after, .. }
            | Action::OutsideEdit { file: ConfigFile::Rules, before, after } => vec![before, after],
            _ => Vec::new(),
        });
        // A text that does not read was never in force.
        texts.flat_map(|text| crate::book::parse_rules(text).unwrap_or_default())
    }

    /// Whether the journal knows this version of a rule as another: a decision
    /// that cited it would cite both.
    pub(super) fn is_unversioned(&self, rule: &Rule) -> bool {
        self.rules_seen().any(|seen| seen.name == rule.name && seen.version == rule.version && !seen.does_as(rule))
    }

    /// The version that the next rule of a name is.
    pub(super) fn next_version(&self, name: &str) -> u32 {
        let standing = self.config.rules.iter().filter(|rule| rule.name == name).map(|rule| rule.version);
        let seen = self.rules_seen().filter(|rule| rule.name == name).map(|rule| rule.version);
        standing.chain(seen).max().unwrap_or(0).saturating_add(1)
    }

    /// The active rules whose decision on these items another verdict, or
    /// none, would take back; by name, each once.
    pub(super) fn reversed(&self, items: &[u32], verdict: Option<Verdict>) -> Vec<String> {
        if !self.state.cites_rules() {
            return Vec::new();
        }
        let other = |item: &&u32| match self.standing.get(**item as usize) {
            Some(Code::Decided(was)) => verdict != Some(*was),
            _ => false,
        };
        let cited = items.iter().filter(other).filter_map(|item| self.decided_by(*item));
        let mut names: Vec<String> = cited.map(|rule| rule.name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| self.config.rules.iter().any(|rule| rule.name == *name && !rule.suggest));
        names
    }
}

/// `Rule small v2`
pub(super) fn title(rule: &Rule) -> String {
    format!("Rule {} v{}", rule.name, rule.version)
}

/// The greatest dollars first, and of equals as they stand.
pub(super) fn greatest_first<T>(list: &mut [T], amount: impl Fn(&T) -> Amount) {
    list.sort_by_key(|one| Reverse(amount(one).abs()));
}
