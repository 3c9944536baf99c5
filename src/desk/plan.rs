//! What a command would do, worked out without doing it: each goes to the
//! planner of its kind, and comes back as a change that shows what it does.

use super::Desk;
use super::command::{Change, Command, Preview, Refusal};
use crate::journal::Action;
use crate::reconcile;

impl Desk {
    /// What a command would do. Pure; for a price change it reconciles again
    /// and may take long on millions of rows.
    ///
    /// # Errors
    /// [`Refusal`] with a sentence when it is not allowed or would do nothing.
    pub fn plan(&self, command: &Command) -> Result<Change, Refusal> {
        self.refuse_if_signed(command)?;
        match command {
            Command::Decide { items, decision } => self.plan_decide(command, items, decision, false),
            Command::DecideOpen { items, decision } => self.plan_decide_open(command, items, decision),
            Command::ApproveMatched => self.plan_approve_matched(command),
            Command::Reopen { items } => self.plan_reopen(command, items),
            Command::Note { items, text } => self.plan_note(command, items, text),
            Command::Claim { items, claim } => self.plan_claim(command, items, claim.as_ref()),
            Command::Enter { entered, removed } => self.plan_enter(command, entered, *removed),
            Command::Correct { of } => self.plan_correct(command, *of),
            Command::DropCorrections { of } => self.plan_drop_corrections(command, *of),
            Command::Assign { items, project } => self.plan_assign(command, items, project),
            Command::AddUser { item, project } => self.plan_add_user(command, *item, project),
            Command::Match { items } => self.plan_match(command, items),
            Command::ExcludeBadRows { rows, reason } => self.plan_exclude(command, rows, reason),
            Command::SetRate { model, effective, input, cached, output } => {
                self.plan_rate(command, [model, effective], [input, cached, output])
            }
            Command::SetLot { name, effective, credits, amount } => {
                self.plan_lot(command, [name, effective], [credits, amount])
            }
            Command::SetCap { rule, amount, from, retroactive } => {
                self.plan_set_cap(command, [rule, amount, from], *retroactive)
            }
            Command::SetTerms { rule, figures } => self.plan_set_terms(command, rule, figures),
            Command::SetTolerance { absolute, relative } => self.plan_tolerance(command, *absolute, *relative),
            Command::SetProfile { profile } => self.plan_profile(command, *profile),
            Command::SaveFilter { name, filter } => self.plan_save_filter(command, name, filter),
            Command::SaveRule(draft) => self.plan_save_rule(command, draft),
            Command::RemoveRule { name } => self.plan_remove_rule(command, name),
            Command::ApplyRules => self.plan_apply_rules(command),
            Command::SetGrain { finest } => self.plan_grain(command, *finest),
            Command::Adopt(proposal) => self.plan_adopt(command, proposal),
            Command::Drop(assumption) => self.plan_drop(command, assumption),
            Command::Undo => self.plan_undo(command, true),
            Command::Redo => self.plan_undo(command, false),
            Command::Reverse { entry } => self.plan_reverse(command, *entry),
            Command::Prepare => self.plan_prepare(command),
            Command::Sign => self.plan_sign(command),
            Command::ReopenMonth { why } => self.plan_reopen_month(command, why),
            Command::Export { target } => self.plan_export(command, target.as_deref()),
        }
    }

    /// The items, each once, in order.
    pub(super) fn some(&self, items: &[u32]) -> Result<Vec<u32>, Refusal> {
        let mut items: Vec<u32> = items.iter().copied().filter(|item| *item < self.items()).collect();
        items.sort_unstable();
        items.dedup();
        if items.is_empty() { Err(Refusal("There is no item to act on.".into())) } else { Ok(items) }
    }

    pub(super) fn keys(&self, items: Vec<u32>) -> Vec<crate::journal::ItemKey> {
        use rayon::prelude::*;
        let sides = self.sides();
        items.par_iter().map(|item| reconcile::key(&sides, &self.compared.items, *item)).collect()
    }

    pub(super) fn change(&self, command: &Command, preview: Preview, action: Action, asks: bool) -> Change {
        Change { command: command.clone(), preview, actions: vec![action], asks, next: None, version: self.version }
    }

    /// A change whose journal entry names files, which the book writes first.
    pub(super) fn change_of_files(&self, command: &Command, preview: Preview) -> Change {
        let (command, actions) = (command.clone(), Vec::new());
        Change { command, preview, actions, asks: true, next: None, version: self.version }
    }
}
