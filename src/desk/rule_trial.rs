//! A rule tried before it is made: what it covers in this month and in those
//! that are signed, in items and dollars, and which decisions that persons took
//! it contradicts.

use rayon::prelude::*;

use super::list::{AskedFor, FilterRow};
use super::rules::greatest_first;
use super::session::{Cancelled, Tell};
use super::standing::Code;
use super::weigh::Weighed;
use super::{Change, Command, Desk, Past, Refusal, Session, text};
use crate::amount::Amount;
use crate::calendar::{Day, Month};
use crate::journal::Verdict;
use crate::price::LotOpening;
use crate::review::filter::Fields as _;
use crate::review::rules::Rule;
use crate::source::Location;

/// Contradictions that sentences name one by one.
const NAMED: usize = 20;

/// Signed months that a rule is tried against, at most: the latest.
const MOST_MONTHS: usize = 12;

/// A decision that a person took otherwise than the rule would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    pub month: Month,
    /// As lists name the item.
    pub id: String,
    pub day: Option<Day>,
    /// The model or usage type.
    pub what: String,
    /// Dollars of it under the rule's verdict.
    pub amount: Amount,
    /// What was decided.
    pub verdict: Verdict,
}

/// What a rule comes to in one month, as if it had held there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthTrial {
    pub month: Month,
    /// It is signed, and stays as it is.
    pub signed: bool,
    /// Items it covers on which its verdict can be taken, open or decided.
    pub items: usize,
    /// Dollars of those.
    pub amount: Amount,
    /// Items it covers on which it cannot, by reason.
    pub left_out: Vec<(String, usize)>,
    /// Of the items covered, those that a person decided as the rule would.
    pub agree: usize,
    /// The greatest first.
    pub against: Vec<Contradiction>,
    /// Decisions of the month that fit nothing that is loaded as it is now.
    pub unseen: usize,
}

impl MonthTrial {
    fn unseen_sentence(&self) -> Option<String> {
        let unseen = text::count(self.unseen as i64);
        let said = format!(
            "{}: {unseen} of its decisions fit nothing as it is loaded now, and were not looked at.",
            self.month
        );
        (self.unseen > 0).then_some(said)
    }
}

/// A rule against the months that are loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTrial {
    /// The month at hand first, then those that are signed, the latest first.
    pub months: Vec<MonthTrial>,
    /// Open items of this month that it would settle once it is active, and
    /// their dollars.
    pub would: (usize, Amount),
    /// Rules that say otherwise of open items it covers, and of how many.
    pub disagree: Vec<(String, usize)>,
    /// Sentences on what could not be looked at.
    pub said: Vec<String>,
}

impl RuleTrial {
    pub fn contradictions(&self) -> impl Iterator<Item = &Contradiction> {
        self.months.iter().flat_map(|month| &month.against)
    }

    /// What a trial found, in sentences, the month at hand first.
    pub fn sentences(&self, rule: &Rule) -> Vec<String> {
        let (items, amount) = self.would;
        let verb =
            if rule.suggest { "would have it suggested" } else { "would be settled by it once rules are applied" };
        let mut said = vec![format!(
            "Now open, on usage since {}: {}, {}, {verb}.",
            rule.since,
            text::items(items),
            text::money(amount)
        )];
        for month in &self.months {
            let signed = if month.signed { " (signed)" } else { "" };
            let mut line = format!(
                "{}{signed}: it covers {}, {}; a person decided {} of them so, {} otherwise.",
                month.month,
                text::items(month.items),
                text::money(month.amount),
                text::count(month.agree as i64),
                text::count(month.against.len() as i64)
            );
            for (why, items) in &month.left_out {
                line.push_str(&format!(" Left out: {}, {why}.", text::items(*items)));
            }
            said.push(line);
        }
        for (name, items) in &self.disagree {
            said.push(format!("The rule {name} says otherwise of {}: neither decides those.", text::items(*items)));
        }
        for one in self.contradictions().take(NAMED) {
            let day = one.day.map(|day| format!(" of {day}")).unwrap_or_default();
            let (id, what, amount) = (&one.id, &one.what, text::money(one.amount));
            said.push(format!("Contradicts {}: {id}{day}, {what}, {amount}: {}.", one.month, one.verdict.name()));
        }
        let more = self.contradictions().count().saturating_sub(NAMED);
        if more > 0 {
            said.push(format!("Contradicts {} more.", text::counted(more as u64, "decision")));
        }
        said.extend(self.said.iter().cloned());
        said
    }
}

impl Session {
    /// As [`Desk::plan`]; a rule to be saved is tried against the signed months
    /// of tables too, which are read for it one by one. May take long, and
    /// tells how far it is.
    ///
    /// # Errors
    /// [`Refusal`], also when it was cancelled.
    pub fn plan(
        &self,
        desk: &Desk,
        command: &Command,
        tell: Tell<'_>,
        cancelled: Cancelled<'_>,
    ) -> Result<Change, Refusal> {
        let of_tables = !self.tables().is_empty();
        match command {
            Command::SaveRule(draft) if of_tables => {
                desk.refuse_if_signed(command)?;
                let rule = desk.rule_to_save(draft)?;
                let trial = self.looking().try_rule(desk, &rule, tell, cancelled).map_err(Refusal)?;
                desk.plan_save_tried(command, rule, &trial)
            }
            _ => desk.plan(command),
        }
    }

    /// As [`Desk::try_rule`]; of tables, which are read for one month, those
    /// of the signed months are read for it.
    ///
    /// # Errors
    /// A sentence, when it was cancelled. A month that cannot be read is said in
    /// the trial.
    pub fn try_rule(
        &self,
        desk: &Desk,
        rule: &Rule,
        tell: Tell<'_>,
        cancelled: Cancelled<'_>,
    ) -> Result<RuleTrial, String> {
        let mut trial = desk.try_rule(rule);
        if self.tables().is_empty() {
            return Ok(trial);
        }
        let mut said = Vec::new();
        for month in desk.signed_others().into_iter().take(MOST_MONTHS) {
            let tried = &mut |closed: &Desk| {
                trial.months.push(closed.tried(rule, closed.covered(rule)));
                Ok(())
            };
            if let Err(why) = self.each_month((month, month), tell, cancelled, tried) {
                said.push(format!("{month} was not looked at: {why}"));
            }
            if cancelled() {
                return Err("It was cancelled.".into());
            }
        }
        said.extend(trial.months.iter().filter_map(MonthTrial::unseen_sentence));
        trial.said = said;
        Ok(trial)
    }
}

impl Desk {
    /// Tries a rule, which need not be one of the book. Compares every signed
    /// month again that is loaded, so call it on a worker thread.
    pub fn try_rule(&self, rule: &Rule) -> RuleTrial {
        let covered = self.covered(rule);
        let open: Vec<u32> = covered.iter().copied().filter(|item| self.is_open(*item)).collect();
        let since: Vec<u32> = open.into_iter().filter(|item| rule.holds_on(self.day_of(*item))).collect();
        let (alone, disagree) = self.agreed(rule, since);
        let Weighed { taken, amount, .. } = self.weigh(alone, rule.verdict);
        let mut said = Vec::new();
        let mut months = vec![self.tried(rule, covered)];
        for (month, opening) in self.signed_around(&mut said) {
            let closed = self.in_month(month, opening);
            let covered = closed.covered(rule);
            months.push(closed.tried(rule, covered));
        }
        said.extend(months.iter().filter_map(MonthTrial::unseen_sentence));
        RuleTrial { months, would: (taken.len(), amount), disagree, said }
    }

    /// The other months that are signed and loaded, the latest first; of the
    /// others it is said that they are not.
    fn signed_around(&self, said: &mut Vec<String>) -> Vec<(Month, LotOpening)> {
        let all = self.signed_others();
        if all.is_empty() {
            return Vec::new();
        }
        let mut files = [&self.inputs.bill, &self.inputs.ledger].into_iter().flat_map(|side| side.lines.files());
        if files.any(|file| Location::is_url(&file.path)) {
            said.push(format!(
                "Signed months were not looked at: tables were read for {} only; trueup rules try reads them.",
                self.month
            ));
            return Vec::new();
        }
        let signed = &self.around.signed;
        let missing: Vec<String> =
            all.iter().filter(|month| !signed.contains_key(month)).map(ToString::to_string).collect();
        if !missing.is_empty() {
            said.push(format!("Signed, but not loaded and so not looked at: {}.", missing.join(", ")));
        }
        if signed.len() > MOST_MONTHS {
            said.push(format!("Only the latest {MOST_MONTHS} signed months were looked at."));
        }
        signed.iter().rev().take(MOST_MONTHS).map(|(month, opening)| (*month, opening.clone())).collect()
    }

    /// Every other month that is signed, the latest first.
    fn signed_others(&self) -> Vec<Month> {
        let signed = |month: &Month| *month != self.month && self.versions.signed(*month).is_some();
        let mut months: Vec<Month> = self.versions.months().filter(signed).collect();
        months.sort_unstable_by(|a, b| b.cmp(a));
        months
    }

    /// Another month of what is loaded, as it stands.
    fn in_month(&self, month: Month, lot_opening: LotOpening) -> Self {
        let past = Past { entries: self.entries.to_vec(), lot_opening, ..Past::default() };
        Self::new(month, std::sync::Arc::clone(&self.inputs), std::sync::Arc::clone(&self.config), past)
    }

    /// The items that a rule is about, on whatever day.
    fn covered(&self, rule: &Rule) -> Vec<u32> {
        let when = rule.when.prepare(&self.inputs.names);
        let covers = |item: &u32| when.matches(&FilterRow { desk: self, item: *item, of: AskedFor::Rule });
        let decidable = |item: &u32| self.standing.get(*item as usize).is_some_and(|code| *code != Code::Settled);
        (0..self.items()).into_par_iter().filter(decidable).filter(covers).collect()
    }

    fn day_of(&self, item: u32) -> Option<Day> {
        FilterRow { desk: self, item, of: AskedFor::Rule }.day()
    }

    fn tried(&self, rule: &Rule, covered: Vec<u32>) -> MonthTrial {
        let (mut agree, mut against) = (0, Vec::new());
        for item in &covered {
            let Some(Code::Decided(verdict)) = self.standing.get(*item as usize).copied() else { continue };
            // What a rule decided says nothing about what a person would.
            if self.decided_by(*item).is_some() {
                continue;
            }
            if verdict == rule.verdict {
                agree += 1;
            } else {
                against.push(self.contradiction(*item, rule, verdict));
            }
        }
        greatest_first(&mut against, |one| one.amount);
        let Weighed { taken, amount, left_out } = self.weigh(covered, rule.verdict);
        let decided = self.standing.iter().filter(|code| matches!(code, Code::Decided(_))).count();
        MonthTrial {
            month: self.month,
            signed: self.signed().is_some(),
            items: taken.len(),
            amount,
            left_out: left_out.into_iter().map(|(why, items)| (why.to_owned(), items)).collect(),
            agree,
            against,
            unseen: self.state.decided().saturating_sub(decided),
        }
    }

    fn contradiction(&self, item: u32, rule: &Rule, verdict: Verdict) -> Contradiction {
        Contradiction {
            month: self.month,
            id: self.item_id(item).into_owned(),
            day: self.day_of(item),
            what: self.inputs.names.text(self.what_of(item)).to_owned(),
            amount: self.worth_under(item, rule.verdict),
            verdict,
        }
    }

    /// The items of which no other rule says otherwise, and the rules that do of
    /// the rest, with of how many.
    fn agreed(&self, rule: &Rule, items: Vec<u32>) -> (Vec<u32>, Vec<(String, usize)>) {
        let differs =
            |other: &&Rule| other.name != rule.name && (other.verdict != rule.verdict || other.code != rule.code);
        let names = &self.inputs.names;
        let others: Vec<_> =
            self.config.rules.iter().filter(differs).map(|other| (other, other.when.prepare(names))).collect();
        let mut counts = vec![0; others.len()];
        let mut alone = Vec::with_capacity(items.len());
        for item in items {
            let row = FilterRow { desk: self, item, of: AskedFor::Rule };
            let mut only = true;
            for ((other, when), count) in others.iter().zip(&mut counts) {
                if other.holds_on(row.day()) && when.matches(&row) {
                    *count += 1;
                    only = false;
                }
            }
            if only {
                alone.push(item);
            }
        }
        let said = others.iter().zip(counts).filter(|(_, items)| *items > 0);
        let said = said.map(|((other, _), items)| (other.name.clone(), items)).collect();
        (alone, said)
    }
}
