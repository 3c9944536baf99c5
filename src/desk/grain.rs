//! Choosing a coarser grain for the book, or a finer one again. It can change
//! an outcome, so it is kept in `config.toml` and journaled, like the tolerance;
//! `--grain` is for one run and stands above it.

use std::collections::BTreeMap;

use super::command::{Change, Command, Refusal};
use super::standing::Code;
use super::{Desk, text};
use crate::journal::ConfigFile;
use crate::reconcile::{Finest, Outcome};

impl Desk {
    pub(super) fn plan_grain(&self, command: &Command, finest: Finest) -> Result<Change, Refusal> {
        if let Some(asked) = self.config.grain {
            return Err(Refusal(format!(
                "This run was asked to compare at nothing finer than “{}”, whatever the book says; start it without \
                 --grain to choose another grain for the book.",
                asked.name()
            )));
        }
        if finest == self.rules().finest {
            return Err(Refusal(format!("The month is compared at nothing finer than “{}” already.", finest.name())));
        }
        let before = self.config.texts.get(&ConfigFile::Settings).cloned().unwrap_or_default();
        let after = crate::book::set_grain(&before, finest).map_err(Refusal)?;
        let summary = format!("compare at nothing finer than {}", finest.name());
        let mut change = self.plan_edit(command, ConfigFile::Settings, before, after, summary)?;
        if let Some(next) = &change.next {
            change.preview.remarks.extend(self.grain_remarks(next));
        }
        Ok(change)
    }

    /// What another grain makes of the items: other ones, so that no single
    /// item can be said to change.
    fn grain_remarks(&self, next: &Self) -> Vec<String> {
        let mut kinds: Vec<String> = Vec::new();
        for grain in next.grain() {
            let kind = format!("{} by {}", grain.kind(), grain.name);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        let mut remarks = vec![format!("Compared then: {}.", kinds.join("; "))];
        let (before, after) = (self.outcome_counts(), next.outcome_counts());
        let of = |counts: &BTreeMap<Outcome, usize>, outcome| counts.get(&outcome).copied().unwrap_or(0) as i64;
        let outcomes: Vec<String> = Outcome::ALL
            .into_iter()
            .map(|outcome| (outcome, of(&before, outcome), of(&after, outcome)))
            .filter(|(_, before, after)| before + after > 0)
            .map(|(outcome, before, after)| {
                format!("{} {} to {}", outcome.label(), text::count(before), text::count(after))
            })
            .collect();
        remarks.push(format!("Items: {}.", outcomes.join(", ")));
        let decided = |desk: &Self| desk.standing.iter().filter(|code| matches!(code, Code::Decided(_))).count();
        let (before, after) = (decided(self), decided(next));
        if after < before {
            remarks.push(format!(
                "{} less is decided: a decision belongs to an item, and these are no items of their own any more. Undo \
                 brings them back.",
                text::items(before - after)
            ));
        }
        remarks
    }
}
