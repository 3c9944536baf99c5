//! What another cap, or another figure of a rule, would do before anybody agrees
//! to it: which charges of this month and of the others that are not signed are
//! split anew, and what that comes to for each payer and project.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::command::{Change, Command, MonthEffect, PayerChange, Preview, Refusal};
use super::compared::ItemPayer;
use super::effect::{payer_changes_of, subsidy};
use super::{ChargedBefore, Desk, Past, text};
use crate::allocate::{
    Allocation, CapEdit, MonthCharges, Openings, RuleEdit, RuleFigure, Scope, SubsidyRule, resplit, set_cap, set_terms,
    split_anew,
};
use crate::amount::Amount;
use crate::calendar::{Day, Month};
use crate::focus;
use crate::journal::{Action, ConfigFile, Verdict};
use crate::usage::Lines;

#[cfg(test)]
#[path = "caps_tests.rs"]
mod tests;

impl Desk {
    pub(super) fn plan_set_cap(
        &self,
        command: &Command,
        [rule, amount, from]: [&str; 3],
        retroactive: bool,
    ) -> Result<Change, Refusal> {
        let rule = rule.trim();
        if rule.is_empty() {
            return Err(Refusal("Name the rule whose cap it is.".into()));
        }
        let amount = Amount::parse(amount.trim()).map_err(|e| Refusal(format!("The cap “{}” {e}.", amount.trim())))?;
        let edit = CapEdit { rule: rule.to_owned(), amount, from: super::edit_plan::day(from)?, retroactive };
        let before = self.config.texts.get(&ConfigFile::Subsidies).cloned().unwrap_or_default();
        let after = set_cap(&before, &edit).map_err(Refusal)?;
        if before == after {
            return Err(Refusal("That is what stands there already.".into()));
        }
        let rewrite = Rewrite { rule: &edit.rule, before, after, summary: edit.to_string() };
        self.plan_rule(command, rewrite, |rule| (edit.first_day(rule), self.holds_until(rule, &edit)))
    }

    /// Other figures of a rule beside its cap; those that it has already are
    /// left as they are.
    pub(super) fn plan_set_terms(
        &self,
        command: &Command,
        rule: &str,
        figures: &[(String, String)],
    ) -> Result<Change, Refusal> {
        let rule = rule.trim();
        if rule.is_empty() {
            return Err(Refusal("Name the rule whose figures they are.".into()));
        }
        let figures = figures.iter().map(|(key, text)| RuleFigure::parse(key, text)).collect::<Result<Vec<_>, _>>();
        let mut edit = RuleEdit { rule: rule.to_owned(), figures: figures.map_err(Refusal)? };
        let known = self.config.subsidies.iter().find(|known| known.name == rule);
        let stands = known.map(RuleFigure::all_of).unwrap_or_default();
        edit.figures.retain(|figure| !stands.contains(figure));
        let before = self.config.texts.get(&ConfigFile::Subsidies).cloned().unwrap_or_default();
        let after = set_terms(&before, &edit).map_err(Refusal)?;
        if before == after {
            return Err(Refusal("That is what stands there already.".into()));
        }
        let rewrite = Rewrite { rule, before, after, summary: edit.to_string() };
        let was = stands.iter().filter(|was| edit.figures.iter().any(|figure| figure.key() == was.key()));
        let was: Vec<String> = was.map(|was| format!("{} {}", was.key(), was.text())).collect();
        let was = (!was.is_empty()).then(|| format!("So far: {}.", was.join("; ")));
        self.plan_rule(command, rewrite, |_| (None, was.clone()))
    }

    /// The figures of a rule beside its cap, by key and as they are typed.
    pub fn rule_figures(&self, name: &str) -> Vec<(&'static str, String)> {
        let rule = self.config.subsidies.iter().find(|rule| rule.name == name);
        let figures = rule.map(RuleFigure::all_of).unwrap_or_default();
        figures.iter().map(|figure| (figure.key(), figure.text())).collect()
    }

    /// `about` says of the rule as it would be from which day on it is another,
    /// and one sentence more.
    fn plan_rule(
        &self,
        command: &Command,
        rewrite: Rewrite,
        about: impl Fn(&SubsidyRule) -> (Option<Day>, Option<String>),
    ) -> Result<Change, Refusal> {
        let Rewrite { rule, before, after, summary } = rewrite;
        let next = self.with_text(ConfigFile::Subsidies, &after)?;
        let mut preview = Preview { title: sentence_case(&summary), ..Preview::default() };
        if let Some(rule) = next.config.subsidies.iter().find(|known| known.name == rule) {
            self.add_rule_effect(&mut preview, &next, rule, about(rule)).map_err(Refusal)?;
        }
        let action = Action::EditFile { file: ConfigFile::Subsidies, before, after, summary };
        let mut change = self.change(command, preview, action, true);
        change.next = Some(Arc::new(next));
        Ok(change)
    }

    fn add_rule_effect(
        &self,
        preview: &mut Preview,
        next: &Self,
        rule: &SubsidyRule,
        (first, said): (Option<Day>, Option<String>),
    ) -> Result<(), String> {
        let months = self.months_from(first);
        let written = |month, allocation: &Arc<Allocation>, rules: &[SubsidyRule]| self.adds(month, allocation, rules);
        let rules = (&*self.config.subsidies, &*next.config.subsidies);
        let refunds = self.may_refund();
        let charges = months.iter().map(|month| self.month_charges(*month, &months, refunds));
        resplit(charges, &self.config.projects, rules, written, |month, both| {
            let effect = MonthEffect {
                month,
                charges: split_anew(both),
                payers: self.payers_between(both),
                subsidy: (subsidy(both[0]), subsidy(both[1])),
            };
            if month == self.month {
                (preview.items, preview.subsidy) = (effect.charges, Some(effect.subsidy));
                preview.payers = effect.payers;
            } else if effect.charges > 0 {
                preview.months.push(effect);
            }
        })?;
        let remarks = [
            said,
            self.would_be(next),
            beyond(&next.allocation(), rule),
            self.stay_as_signed(first),
            (months.len() > 1).then(|| {
                let others: Vec<String> =
                    months.iter().filter(|of| **of != self.month).map(ToString::to_string).collect();
                format!("Looked at besides: {}. Each goes on from what those before it draw.", others.join(", "))
            }),
        ];
        preview.remarks.extend(remarks.into_iter().flatten());
        // What it makes of signed months is proposed, and accepted on its own.
        let before = self.would_correct();
        preview.remarks.extend(next.would_correct().into_iter().filter(|said| !before.contains(said)));
        Ok(())
    }

    /// This month and the others that can still change and have usage on that
    /// day or after it, ascending.
    fn months_from(&self, first: Option<Day>) -> Vec<Month> {
        let mut months = BTreeSet::from([self.month]);
        // What the state file includes of this month is not known apart, so
        // what it leaves to later ones is not either.
        if self.others.included_through.is_none() {
            months.extend(self.around.open.keys());
        }
        months.retain(|month| *month == self.month || first.is_none_or(|first| first <= month.last()));
        months.into_iter().collect()
    }

    /// Whether any month among what is loaded may refund what another charged.
    fn may_refund(&self) -> bool {
        let below = |lines: &Lines, row: u32| {
            lines.amount(row).is_some_and(|amount| amount.is_negative())
                || lines.credits(row).is_some_and(|credits| credits.is_negative())
        };
        // What ledger entries leave of a bill may be below zero as well.
        self.compared.payers.contains(&ItemPayer::Split)
            || [&self.inputs.bill.lines, &self.inputs.ledger.lines]
                .into_iter()
                .any(|lines| (0..lines.len() as u32).into_par_iter().any(|row| below(lines, row)))
    }

    /// A month's approved charges, and what months that are not split along
    /// with it drew before it.
    fn month_charges(&self, month: Month, split: &[Month], refunds: bool) -> MonthCharges<'static> {
        let desk = match self.around.open.get(&month) {
            Some((openings, lot_opening)) if month != self.month => {
                let past = Past {
                    entries: self.entries.to_vec(),
                    openings: openings.clone(),
                    lot_opening: lot_opening.clone(),
                    charged: Arc::new(ChargedBefore::of_book(&self.dir, month, &self.entries, Vec::new())),
                    ..Past::default()
                };
                Self::new(month, Arc::clone(&self.inputs), Arc::clone(&self.config), past)
            }
            _ => self.clone(),
        };
        let charges = desk.charges();
        let mut openings = desk.openings.as_ref().clone();
        for (scope, drawn) in
            split.iter().filter(|of| **of < month).filter_map(|of| self.around.drawn.get(of)).flatten()
        {
            if let Some(sum) = openings.get_mut(scope) {
                *sum = sum.minus(*drawn);
            }
        }
        let (reach, accepted) = (desk.reach_of(&charges), desk.accepted());
        let charged = Arc::clone(&desk.charged);
        MonthCharges {
            month,
            charges,
            openings,
            corrections: desk.corrected_caps(),
            earlier: Box::new(move |also| charged.with(reach.clone(), &accepted, also)),
            chosen: desk.chosen_charges(),
            taken_back: refunds && split.iter().any(|later| *later > month),
        }
    }

    /// What a month adds to what was used and drawn, in cents as its file has
    /// them.
    fn adds(&self, month: Month, allocation: &Arc<Allocation>, rules: &[SubsidyRule]) -> Openings {
        let settings = &self.config.settings;
        let made = focus::Made {
            month,
            profile: settings.profile,
            projects: &self.config.projects,
            rules,
            prices: &self.config.prices,
            terms: &settings.terms,
        };
        let after = focus::written(&focus::Sheet::new(Arc::clone(allocation), &made));
        let opening = |scope: &Scope| allocation.position(scope).map(|of| of.opening).unwrap_or_default();
        after.into_iter().map(|(scope, after, _)| (scope.clone(), after.minus(opening(&scope)))).collect()
    }

    fn payers_between(&self, [before, after]: [&Allocation; 2]) -> Vec<PayerChange> {
        payer_changes_of(self.payer_sums(before), self.payer_sums(after))
    }

    /// Where a later cap is stated already.
    fn holds_until(&self, rule: &SubsidyRule, edit: &CapEdit) -> Option<String> {
        let next = rule.caps.iter().find(|cap| edit.from.is_none_or(|from| cap.from > from))?;
        let whole = if next.retroactive { ", for the whole of that period" } else { "" };
        Some(format!("From {} on the cap is {}{whole}, as it was.", next.from, text::money(next.amount)))
    }

    /// What the month would draw once all of it is approved.
    fn would_be(&self, next: &Self) -> Option<String> {
        if self.tally.open.iter().all(|open| *open == 0) {
            return None;
        }
        let approved = |item| self.left_out(item, Verdict::ApproveBilled).is_none() && self.is_open(item);
        if !(0..self.items()).any(approved) {
            return None;
        }
        let (now, then) = (subsidy(&self.all_approved()), subsidy(&next.all_approved()));
        Some(format!(
            "Only what is approved draws. Were all of {} approved as billed, subsidies would pay {} instead of {}.",
            self.month,
            text::money(then.rounded(2)),
            text::money(now.rounded(2))
        ))
    }

    fn stay_as_signed(&self, first: Option<Day>) -> Option<String> {
        let signed = |month: &Month| self.versions.signed(*month).is_some();
        let there = self.versions.months().filter(|month| first.is_none_or(|first| first <= month.last()));
        let months: Vec<String> = there.filter(signed).map(|month| month.to_string()).collect();
        (!months.is_empty()).then(|| format!("Signed, and so as they are: {}.", months.join(", ")))
    }
}

/// `subsidies.json` with a rule as it is to be.
struct Rewrite<'a> {
    rule: &'a str,
    before: String,
    after: String,
    /// For the journal and, as a sentence, for the preview.
    summary: String,
}

/// Caps of the rule that earlier draws are beyond.
fn beyond(allocation: &Allocation, rule: &SubsidyRule) -> Option<String> {
    let of_rule = allocation.positions.iter().filter(|position| position.scope.rule == rule.name);
    let beyond = of_rule.filter(|position| position.remaining().is_negative()).count();
    (beyond > 0)
        .then(|| format!("{} drew more than that before; it stays with them.", text::counted(beyond as u64, "cap")))
}

fn sentence_case(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    text
}
