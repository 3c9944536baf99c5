//! The rule that the decisions of a month could make, once three of them are
//! alike.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::list::{AskedFor, FilterRow};
use super::standing::Code;
use super::{Desk, text};
use crate::book::parse_rules;
use crate::journal::{Action, ConfigFile, Decision, Entry};
use crate::reconcile;
use crate::review;
use crate::review::rules::{Draft, Like, Offer, Rule, Traits, offer, word};
use crate::usage::Digest;

/// An entry over more items than this was chosen by a filter already, and is
/// not one of a few that look alike.
const MOST_ITEMS: usize = 1_000;

impl Desk {
    /// The rule to offer right after a decision: `None` unless the last entry
    /// of the journal is one that a person took, at least two others in force
    /// are like it, and no rule says the same already. Takes a hash an item, so
    /// call it on a worker thread.
    pub fn rule_offer(&self) -> Option<Offer> {
        let last = self.entries.last()?;
        let (decision, _) = of_person(last)?;
        let since = self.removed_last(decision);
        let like = |entry: &&Entry| {
            let same = |other: &Decision| other.verdict == decision.verdict && other.reason == decision.reason;
            entry.month == Some(self.month)
                && entry.seq > since
                && of_person(entry).is_some_and(|(other, items)| same(other) && items <= MOST_ITEMS)
                && self.state.in_force(entry.seq)
        };
        let entries: Vec<&Entry> = self.entries.iter().filter(like).collect();
        if !entries.iter().any(|entry| entry.seq == last.seq) {
            return None;
        }
        let items: Vec<(u32, Like)> = self.settled_by(&entries, decision);
        let likes: Vec<Like> = items.iter().map(|(_, like)| like.clone()).collect();
        let offer = offer(decision, &likes)?;
        let mut covered = items.iter().map(|(item, _)| FilterRow { desk: self, item: *item, of: AskedFor::Rule });
        let known = |row: &FilterRow<'_>| {
            let same = self.config.rules.iter().filter(|r| r.verdict == decision.verdict && r.code == decision.reason);
            same.into_iter().any(|rule| rule.when.matches(row))
        };
        let all_known = covered.all(|row| !offer.when.matches(&row) || known(&row));
        (!all_known).then_some(offer)
    }

    /// The entry that removed a rule that says this: somebody wanted none, so
    /// only what was decided after it asks for one again. 0 where there is none.
    fn removed_last(&self, decision: &Decision) -> u64 {
        let says = |rule: &Rule| rule.verdict == decision.verdict && rule.code == decision.reason;
        let names = |text: &str| -> Vec<String> {
            let rules = parse_rules(text).unwrap_or_default();
            rules.into_iter().filter(|rule| says(rule)).map(|rule| rule.name).collect()
        };
        let removes = |entry: &&Entry| match &entry.action {
            Action::EditFile { file: ConfigFile::Rules, before, after, .. } => {
                let kept = names(after);
                names(before).iter().any(|name| !kept.contains(name)) && self.state.in_force(entry.seq)
            }
            _ => false,
        };
        self.entries.iter().rev().find(removes).map_or(0, |entry| entry.seq)
    }

    /// The items that these entries settled, and that stand so.
    fn settled_by(&self, entries: &[&Entry], decision: &Decision) -> Vec<(u32, Like)> {
        let of_entry = |entry: &&Entry| entry.action.items().iter().map(|key| key.identity).collect::<Vec<_>>();
        let identities: FxHashSet<Digest> = entries.iter().flat_map(of_entry).collect();
        let seqs: FxHashSet<u64> = entries.iter().map(|entry| entry.seq).collect();
        let sides = self.sides();
        let items = &self.compared.items;
        let like = |item: u32| {
            if self.standing.get(item as usize) != Some(&Code::Decided(decision.verdict)) {
                return None;
            }
            if !identities.contains(&reconcile::identity(&sides, items, item)) {
                return None;
            }
            let review::Standing::InForce(settled) = self.state.settled(&reconcile::key(&sides, items, item)) else {
                return None;
            };
            seqs.contains(&settled.seq).then(|| (item, Like { seq: settled.seq, traits: self.traits(item) }))
        };
        (0..self.items()).into_par_iter().filter_map(like).collect()
    }

    fn traits(&self, item: u32) -> Traits {
        let cells = self.cells(item);
        Traits {
            outcome: cells.outcome,
            cause: cells.cause,
            model: cells.what.to_owned(),
            project: cells.project.into_owned(),
            user: cells.user.to_owned(),
        }
    }

    /// The draft of a rule that is offered, with a name that no rule has.
    pub fn draft_of(&self, offer: &Offer) -> Draft {
        let word = word(offer.decision.verdict);
        let cause = offer.when.terms().get(1).map(|term| term.to_string());
        let cause = cause.as_deref().and_then(|term| term.split_once(':')).map_or("", |(_, cause)| cause);
        let base = format!("{word}-{cause}").replace(['"', ' '], "");
        let free = |name: &String| self.config.rules.iter().all(|rule| rule.name != *name);
        let more = (2u32..).map(|number| format!("{base}-{number}"));
        Draft {
            name: std::iter::once(base.clone()).chain(more).find(free).unwrap_or_default(),
            when: offer.when.to_text(),
            verdict: word.to_owned(),
            code: offer.decision.reason.clone(),
            reason: format!("{} in {}", text::counted(offer.decisions as u64, "like decision"), self.month),
            since: String::new(),
            suggest: false,
        }
    }
}

/// What a person decided with an entry, and on how many items.
fn of_person(entry: &Entry) -> Option<(&Decision, usize)> {
    match &entry.action {
        Action::Decide { items, decision: Some(decision), rule: None } => Some((decision, items.len())),
        _ => None,
    }
}
