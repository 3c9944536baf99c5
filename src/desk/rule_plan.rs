//! Making a rule, applying all of them with one yes, and what happens to a
//! rule when a person takes back what it decided.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::command::{Change, Command, Preview, Refusal};
use super::rules::{Ready, title};
use super::standing::Code;
use super::weigh::Weighed;
use super::{Desk, RuleTrial, text};
use crate::book::{remove_rule, set_rule, set_suggest};
use crate::journal::{Action, ConfigFile};
use crate::review::rules::{Draft, Rule, Ruling};

impl Desk {
    /// The rule that a draft makes in this book: its next version.
    ///
    /// # Errors
    /// [`Refusal`]: a field is wrong, or the policy does not know its code.
    pub fn drafted(&self, draft: &Draft) -> Result<Rule, Refusal> {
        let author = if self.in_book.who.is_empty() { "unknown" } else { &self.in_book.who };
        let rule = draft.rule(self.next_version(draft.name.trim()), author, self.month.first()).map_err(Refusal)?;
        self.config.settings.policy.check(&rule.decision()).map_err(Refusal)?;
        Ok(rule)
    }

    /// Tries a rule against what is loaded; [`super::Session::plan`] has more.
    pub(super) fn plan_save_rule(&self, command: &Command, draft: &Draft) -> Result<Change, Refusal> {
        let rule = self.rule_to_save(draft)?;
        let trial = self.try_rule(&rule);
        self.plan_save_tried(command, rule, &trial)
    }

    /// The rule that a draft makes, unless it stands there already.
    pub(super) fn rule_to_save(&self, draft: &Draft) -> Result<Rule, Refusal> {
        let rule = self.drafted(draft)?;
        match self.standing_rule(&rule) {
            Some(old) if Draft::of(old) == Draft::of(&rule) => {
                Err(Refusal("That is what stands there already.".into()))
            }
            _ => Ok(rule),
        }
    }

    fn standing_rule(&self, rule: &Rule) -> Option<&Rule> {
        self.config.rules.iter().find(|known| known.name == rule.name)
    }

    /// A rule that contradicts what a person decided only suggests, whatever
    /// was asked for.
    pub(super) fn plan_save_tried(
        &self,
        command: &Command,
        mut rule: Rule,
        trial: &RuleTrial,
    ) -> Result<Change, Refusal> {
        let old = self.standing_rule(&rule);
        let against = trial.contradictions().count();
        let asked = rule.suggest;
        rule.suggest |= against > 0;
        let before = self.config.texts.get(&ConfigFile::Rules).cloned().unwrap_or_default();
        let after = set_rule(&before, &rule).map_err(Refusal)?;
        let says = format!("{} v{}: {}{}", rule.name, rule.version, suggests(&rule), rule.says());
        let mut preview = Preview { title: format!("Save the rule {says}"), ..Preview::default() };
        preview.remarks.push(format!("It covers {}", rule.when));
        if let Some(old) = old {
            preview.remarks.push(format!("It takes the place of v{}: {} where {}.", old.version, old.says(), old.when));
        }
        if !asked && rule.suggest {
            preview.remarks.push(format!(
                "It contradicts {} that a person took, so it only suggests and decides nothing.",
                text::counted(against as u64, "decision")
            ));
        }
        preview.remarks.extend(trial.sentences(&rule));
        let summary = format!("rule {says} where {}", rule.when);
        let next = self.with_text(ConfigFile::Rules, &after)?;
        let action = Action::EditFile { file: ConfigFile::Rules, before, after, summary };
        let mut change = self.change(command, preview, action, true);
        change.next = Some(Arc::new(next));
        Ok(change)
    }

    /// Takes a rule out of the file. Decisions that cite it name it by name and
    /// version, so they stand as they are, and a rule of this name that is made
    /// later has another version.
    pub(super) fn plan_remove_rule(&self, command: &Command, name: &str) -> Result<Change, Refusal> {
        let name = name.trim();
        let Some(rule) = self.config.rules.iter().find(|rule| rule.name == name) else {
            return Err(Refusal(format!("There is no rule “{name}”; trueup rules list shows those there are.")));
        };
        let before = self.config.texts.get(&ConfigFile::Rules).cloned().unwrap_or_default();
        let after = remove_rule(&before, name).map_err(Refusal)?;
        let next = self.with_text(ConfigFile::Rules, &after)?;
        let says = format!("{} v{}: {}{}", rule.name, rule.version, suggests(rule), rule.says());
        let mut preview = Preview { title: format!("Remove the rule {says}"), ..Preview::default() };
        preview.remarks.push(format!("It covers {}", rule.when));
        let open = self.ruled_by(rule).len();
        preview.remarks.push(match (open, rule.suggest) {
            (0, _) => "No open item is left without it.".to_owned(),
            (_, true) => format!("{}: it suggests no longer.", sentence_of(open)),
            (_, false) => format!("{}: it settles them no longer.", sentence_of(open)),
        });
        let decided = self.items_decided_by(name);
        preview.remarks.push(match decided {
            0 => format!("It decided nothing that stands in {}.", self.month),
            _ => format!(
                "It decided {} of {}; they stay as they are and go on citing it.",
                text::items(decided),
                self.month
            ),
        });
        let summary = format!("rule {} v{} removed", rule.name, rule.version);
        let action = Action::EditFile { file: ConfigFile::Rules, before, after, summary };
        let mut change = self.change(command, preview, action, true);
        change.next = Some(Arc::new(next));
        Ok(change)
    }

    /// One decision a rule, which cites it and is one step to undo.
    pub(super) fn plan_apply_rules(&self, command: &Command) -> Result<Change, Refusal> {
        if self.config.rules.is_empty() {
            return Err(Refusal(
                "There is no rule yet. After three like decisions one is offered; trueup rules add makes one too."
                    .into(),
            ));
        }
        let covered = self.ruled();
        let mut left_out: BTreeMap<String, usize> = BTreeMap::new();
        let mut leave = |why: String, items: usize| *left_out.entry(why).or_default() += items;
        for ((one, other), items) in covered.disagree {
            leave(format!("the rules {one} and {other} disagree, so neither decides"), items);
        }
        if covered.suggested > 0 {
            leave("a rule only suggests; badge:suggested lists them".to_owned(), covered.suggested);
        }
        let (mut preview, mut actions) = (Preview::default(), Vec::new());
        let mut standing = self.standing.as_ref().clone();
        for (rule, items) in covered.active.into_values() {
            let decision = rule.decision();
            if self.is_unversioned(rule) {
                let why = format!("{} was changed by hand; raise its version in rules.toml", title(rule));
                leave(why, items.len());
                continue;
            }
            if let Err(why) = self.config.settings.policy.check(&decision) {
                leave(format!("{}: {}", title(rule), why.trim_end_matches('.')), items.len());
                continue;
            }
            let Weighed { taken, amount, left_out } = self.weigh(items, rule.verdict);
            left_out.into_iter().for_each(|(why, items)| leave(why.to_owned(), items));
            if taken.is_empty() {
                continue;
            }
            for item in &taken {
                if let Some(code) = standing.get_mut(*item as usize) {
                    *code = Code::Decided(rule.verdict);
                }
            }
            preview.items += taken.len();
            preview.amount = preview.amount.plus(amount);
            let of = text::items(taken.len());
            preview.remarks.push(format!("{}: {} for {of}, {}.", title(rule), rule.says(), text::money(amount)));
            let items = self.keys(taken);
            actions.push(Action::Decide { items, decision: Some(decision), rule: Some(rule.cited()) });
        }
        preview.left_out = left_out.into_iter().collect();
        if actions.is_empty() {
            return Err(Refusal(nothing_to_apply(&preview.left_out)));
        }
        let rules = text::counted(actions.len() as u64, "rule");
        preview.title = format!("Apply {rules}: settle {}", text::items(preview.items));
        if actions.len() > 1 {
            preview.remarks.push("Each rule is one step to undo.".into());
        }
        self.add_payers(&mut preview, &self.with_standing(standing));
        let (command, version) = (command.clone(), self.version);
        Ok(Change { command, preview, actions, asks: true, next: None, version })
    }

    /// What the rules come to for all open items.
    fn ruled(&self) -> Ruled<'_> {
        let ready = Ready::of(self);
        let found: Vec<(u32, Ruling<'_>)> = (0..self.items())
            .into_par_iter()
            .filter(|item| self.is_open(*item))
            .map(|item| (item, self.ruling(item, Some(&ready))))
            .filter(|(_, ruling)| *ruling != Ruling::Silent)
            .collect();
        let mut ruled = Ruled::default();
        for (item, ruling) in found {
            match ruling {
                Ruling::Silent => {}
                Ruling::Says(rule) if rule.suggest => ruled.suggested += 1,
                Ruling::Says(rule) => ruled.active.entry(&rule.name).or_insert((rule, Vec::new())).1.push(item),
                Ruling::Disagree(one, other) => *ruled.disagree.entry((&one.name, &other.name)).or_default() += 1,
            }
        }
        ruled
    }

    /// Adds to a decision that the rules it takes back only suggest from now
    /// on. That is journaled before the decision, so that no rule stays active
    /// behind one, and undo takes the decision back first.
    pub(super) fn demoting(&self, mut change: Change, names: &[String]) -> Result<Change, Refusal> {
        if names.is_empty() {
            return Ok(change);
        }
        let before = self.config.texts.get(&ConfigFile::Rules).cloned().unwrap_or_default();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let after = set_suggest(&before, &names).map_err(Refusal)?;
        let said = match names.as_slice() {
            [one] => format!("the rule {one} only suggests from now on"),
            many => format!("the rules {} only suggest from now on", many.join(", ")),
        };
        let summary = format!("{said}, since what it decided was taken back");
        change.next = Some(Arc::new(self.with_text(ConfigFile::Rules, &after)?));
        change.actions.insert(0, Action::EditFile { file: ConfigFile::Rules, before, after, summary });
        // What asks for no yes says all it does in its title.
        if change.asks {
            change.preview.remarks.push(format!("It takes back what a rule decided: {said}."));
        } else {
            change.preview.title = format!("{}; {said}", change.preview.title);
        }
        Ok(change)
    }
}

const fn suggests(rule: &Rule) -> &'static str {
    if rule.suggest { "suggest to " } else { "" }
}

/// `3 open items are covered by it`
fn sentence_of(open: usize) -> String {
    match open {
        1 => "1 open item is covered by it".to_owned(),
        _ => format!("{} open items are covered by it", text::count(open as i64)),
    }
}

/// Open items by what rules say of them.
#[derive(Default)]
struct Ruled<'a> {
    /// By the name of the rule that decides them.
    active: BTreeMap<&'a str, (&'a Rule, Vec<u32>)>,
    suggested: usize,
    disagree: BTreeMap<(&'a str, &'a str), usize>,
}

fn nothing_to_apply(left_out: &[(String, usize)]) -> String {
    let mut said = "No open item is covered by a rule that decides.".to_owned();
    for (why, items) in left_out {
        said.push_str(&format!(" Left out: {}, {why}.", text::items(*items)));
    }
    said
}
