//! Adopting what a finding proposes, and dropping it again: a price goes into
//! `pricing.json`, a name of a model into `config.toml`, and what is about how
//! the ledger was kept becomes an assumption in the journal. Each is previewed
//! by comparing the month again; undo takes each back.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::command::{Change, Command, Preview, Refusal};
use super::{Desk, text};
use crate::amount::Amount;
use crate::book::set_model_name;
use crate::calendar::Day;
use crate::journal::{Action, Assumption, Because, ConfigFile};
use crate::price::{Multiple, PriceEdit};
use crate::reconcile::{self, Outcome, Proposal, Tiered};
use crate::source::Location;

impl Desk {
    pub(super) fn plan_adopt(&self, command: &Command, proposal: &Proposal) -> Result<Change, Refusal> {
        match proposal {
            Proposal::SetPrice { model, from, input, cached_input, output } => {
                let edit = PriceEdit::SetRate {
                    model: self.priced_as(model, *from),
                    effective: *from,
                    input: *input,
                    cached_input: *cached_input,
                    output: *output,
                };
                let mut change = self.plan_prices(command, &edit, edit.to_string())?;
                if self.add_difference(&mut change) {
                    change.preview.remarks.push(
                        "What the ledger states for itself stays as it is: its costs follow no price book. The book has \
                         the right price from now on, and the difference can be approved as billed."
                            .into(),
                    );
                }
                Ok(change)
            }
            Proposal::MergeModels { a, b } => self.plan_merge(command, a, b),
            _ => {
                let assumption = taken(proposal)?;
                self.can_be_assumed(&assumption)?;
                self.plan_assume(command, assumption, false)
            }
        }
    }

    pub(super) fn plan_drop(&self, command: &Command, assumption: &Assumption) -> Result<Change, Refusal> {
        self.plan_assume(command, assumption.clone(), true)
    }

    /// The entry of the price book that prices a model now, so that all names
    /// that share it follow.
    fn priced_as(&self, model: &str, from: Option<Day>) -> String {
        let book = &self.config.prices;
        let day = from.unwrap_or_else(|| self.month.first());
        book.index().rates(model, day).map_or_else(|| model.to_owned(), |rates| rates.model.clone())
    }

    fn plan_merge(&self, command: &Command, recorded: &str, billed: &str) -> Result<Change, Refusal> {
        let index = self.config.prices.index();
        // Of the two the one that the price book does not know is the alias.
        let (name, model) = match (index.knows(billed), index.knows(recorded)) {
            (false, true) => (billed, recorded),
            _ => (recorded, billed),
        };
        let before = self.config.texts.get(&ConfigFile::Settings).cloned().unwrap_or_default();
        let after = set_model_name(&before, name, model).map_err(Refusal)?;
        let summary = format!("“{name}” is a name of {model}");
        let mut change = self.plan_edit(command, ConfigFile::Settings, before, after, summary)?;
        self.add_difference(&mut change);
        Ok(change)
    }

    fn plan_assume(&self, command: &Command, assumption: Assumption, dropped: bool) -> Result<Change, Refusal> {
        let mut chosen = self.chosen();
        let known = chosen.assumed.iter().position(|known| *known == assumption);
        match (known, dropped) {
            (Some(_), false) => return Err(Refusal(format!("That is taken for granted already: {assumption}."))),
            (None, true) => return Err(Refusal(format!("That is not taken for granted: {assumption}."))),
            (Some(at), true) => {
                chosen.assumed.remove(at);
            }
            (None, false) => chosen.assumed.push(assumption.clone()),
        }
        let next = self.recompared(Arc::clone(&self.config), &chosen);
        if next.compared.valued.unscaled > self.compared.valued.unscaled {
            return Err(Refusal(format!(
                "{} of the ledger cannot be taken so: no amount holds the product.",
                text::counted(next.compared.valued.unscaled - self.compared.valued.unscaled, "row")
            )));
        }
        let verb = if dropped { "No longer take" } else { "Take" };
        let mut preview = Preview { title: format!("{verb} for granted: {assumption}"), ..Preview::default() };
        self.add_effect(&mut preview, &next);
        let variance = |desk: &Self| desk.compared.summary.variance_total.to_string();
        let every_month = assumption.is_of_every_month();
        let action = Action::Assume { assumption, dropped, before: variance(self), after: variance(&next) };
        let mut change = self.change(command, preview, action, true);
        change.next = Some(Arc::new(next));
        self.add_difference(&mut change);
        if every_month {
            change.preview.remarks.push("It holds in every month of the book.".into());
        }
        change.preview.remarks.push(
            "The ledger's rows stay as they are; “recorded” means them under what is taken for granted, in outcomes, \
             in the tie-out and where you approve as recorded."
                .into(),
        );
        Ok(change)
    }

    /// What moves times needs the rows of the days beside the month.
    fn can_be_assumed(&self, assumption: &Assumption) -> Result<(), Refusal> {
        let lines = &self.inputs.ledger.lines;
        let table = lines.files().iter().find(|file| Location::is_url(&file.path));
        match (assumption, table) {
            (Assumption::LedgerTimes { .. }, Some(table)) => Err(Refusal(format!(
                "Of {} only the rows of the month are read, so the calls that other times bring into it are not \
                 there. Let the table hold UTC, or export it to a file that reaches a day further on both sides.",
                table.path.display()
            ))),
            _ => Ok(()),
        }
    }

    /// Sentences about what a change leaves of the difference. `true` where
    /// the two sides differ by as much as before.
    fn add_difference(&self, change: &mut Change) -> bool {
        let Some(next) = change.next.clone() else { return false };
        let next: &Self = &next;
        let remarks = &mut change.preview.remarks;
        let (before, after) = (self.outcome_counts(), next.outcome_counts());
        let mut moved: Vec<String> = Vec::new();
        for outcome in Outcome::ALL {
            let of = |counts: &BTreeMap<Outcome, usize>| counts.get(&outcome).copied().unwrap_or(0);
            if of(&before) != of(&after) {
                moved.push(format!("{} {} to {}", outcome.label(), of(&before), of(&after)));
            }
        }
        if !moved.is_empty() {
            remarks.push(format!("Items: {}.", moved.join(", ")));
        }
        let pair = |of: &dyn Fn(&Self) -> Amount| (of(self), of(next));
        let variance = pair(&|desk| desk.compared.summary.variance_total);
        let apart = pair(&Self::apart);
        let why = (self.why_month(), next.why_month());
        let words = |(before, after): (Amount, Amount)| format!("{} to {}", text::money(before), text::money(after));
        remarks.push(format!("Billed minus recorded: {}.", words(variance)));
        remarks.push(format!("Items apart, whatever the sign: {} in all.", words(apart)));
        remarks.push(format!("Unexplained: {}.", words((why.0.unexplained, why.1.unexplained))));
        if apart.1 > apart.0 {
            remarks.push("More stands apart with it than without.".into());
        }
        variance.0 == variance.1 && apart.0 == apart.1
    }

    pub(super) fn outcome_counts(&self) -> BTreeMap<Outcome, usize> {
        let buckets = &self.compared.summary.by_outcome;
        buckets.iter().map(|(outcome, bucket)| (*outcome, bucket.items as usize)).collect()
    }

    /// Billed minus recorded of each item, added up without regard to signs.
    fn apart(&self) -> Amount {
        let (sides, items) = (self.sides(), &self.compared.items);
        (0..self.items())
            .into_par_iter()
            .filter(|item| items.outcome(*item) != Outcome::NotApplicable)
            .map(|item| {
                let billed = reconcile::billed(&sides, items, item).unwrap_or_default();
                billed.minus(reconcile::recorded(&sides, items, item).unwrap_or_default()).abs()
            })
            .reduce(|| Amount::ZERO, Amount::plus)
    }
}

/// What a proposal takes for granted about the ledger.
///
/// # Errors
/// A sentence where it explains and cannot be adopted.
fn taken(proposal: &Proposal) -> Result<Assumption, Refusal> {
    Ok(match proposal {
        Proposal::RebucketLedger { offset_minutes } => Assumption::LedgerTimes { minutes: *offset_minutes },
        Proposal::TreatAsTier { model, days, tier: Tiered::Times(times) } => {
            let model = Some(model).filter(|model| !model.is_empty());
            scaled(Because::Tier(times.name.to_owned()), model, *days, *times)?
        }
        Proposal::TreatAsTier { tier: Tiered::LongContext, .. } => {
            return Err(Refusal(
                "This explains and cannot be adopted: a long context is a matter of single requests, which have to be \
                 priced so where they are recorded. Approve the items as billed."
                    .into(),
            ));
        }
        Proposal::ScaleLedger { model, factor } => scaled(Because::Unit, model.as_ref(), None, *factor)?,
        Proposal::TakeOutDiscount { factor } => scaled(Because::Discount, None, None, *factor)?,
        Proposal::MergeProjects { a, b } => Assumption::SameProject { recorded: a.clone(), billed: b.clone() },
        Proposal::SetPrice { .. } | Proposal::MergeModels { .. } => {
            return Err(Refusal("Prices and names of models are kept in the book's files.".into()));
        }
    })
}

fn scaled(
    because: Because,
    model: Option<&String>,
    days: Option<(Day, Day)>,
    factor: Multiple,
) -> Result<Assumption, Refusal> {
    let (times, over) = factor.terms();
    match (u64::try_from(times), u64::try_from(over)) {
        (Ok(times), Ok(over)) => Ok(Assumption::Scaled { because, model: model.cloned(), days, times, over }),
        _ => Err(Refusal("This explains and cannot be adopted: the ratio has too many digits.".into())),
    }
}
