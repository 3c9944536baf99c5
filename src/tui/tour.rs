//! The tour: what to press next, a sentence each, over the month that is open.
//! A step waits for the key it teaches and for nothing else, so that whoever
//! presses another key only looks around.

use super::keymap::{Action, Keymap};
use super::modal::Modal;
use super::model::Model;
use super::tab::Tab;
use crate::desk::Screen;
use crate::journal;

/// Where the tour is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tour {
    /// The step that is shown, or would be.
    pub at: usize,
    pub on: bool,
}

/// What ends a step.
enum Until {
    /// The action of its key was asked for.
    Asked,
    /// The screen or the month is as it should be by then.
    Is(fn(&Model) -> bool),
}

struct Step {
    /// Whose key stands for `{key}`; without one it is a key that no
    /// configuration changes, and stands in the text.
    action: Option<Action>,
    text: &'static str,
    until: Until,
}

const fn step(action: Action, text: &'static str) -> Step {
    Step { action: Some(action), text, until: Until::Asked }
}

const fn when(action: Option<Action>, text: &'static str, is: fn(&Model) -> bool) -> Step {
    Step { action, text, until: Until::Is(is) }
}

fn nothing_over(model: &Model) -> bool {
    model.modals.is_empty()
}

const STEPS: &[Step] = &[
    when(
        Some(Action::Go(Tab::Discrepancies)),
        "Here is how the month stands, with what to do next on top. {key} shows the items on which bill and ledger differ.",
        |model| model.tab == Tab::Discrepancies,
    ),
    step(Action::Down, "{key} goes down a row. Arrows do, too; PgDn goes a page and G to the end."),
    when(
        Some(Action::Open),
        "{key} opens the item over the whole screen: both sides, why they differ, who pays.",
        |model| model.detail.full,
    ),
    when(
        Some(Action::Back),
        "{key} goes back. Pressed on a list it leaves the program; everything is saved by then.",
        |model| !model.detail.full,
    ),
    when(Some(Action::RawRows), "{key} shows the rows of both sides as they stand in their files.", |model| {
        matches!(model.modals.last(), Some(Modal::Raw { .. }))
    }),
    when(None, "Esc closes what lies over the screen, and never decides anything.", nothing_over),
    step(
        Action::ApproveBilled,
        "{key} approves the item under the cursor as billed. One item is one key; it is saved at once.",
    ),
    step(Action::Undo, "{key} takes it back. Whatever you decide, price or assign can be taken back so."),
    when(
        Some(Action::Filter),
        "{key} filters: then type cause:price and press Enter. Tab completes while you type.",
        |model| model.modals.is_empty() && model.list().is_some_and(|list| !list.filter.is_empty()),
    ),
    when(
        Some(Action::Like),
        "{key} finds all items like this one, with their count and dollars, to be settled together.",
        |model| matches!(model.modals.last(), Some(Modal::Like(_))),
    ),
    when(
        None,
        "Here a key such as a or d would show first what it does to all of them. Esc closes it for now.",
        nothing_over,
    ),
    when(Some(Action::Go(Tab::Matched)), "{key} shows what matched. That is not approved by itself either.", |model| {
        model.tab == Tab::Matched
    }),
    when(
        Some(Action::ApproveMatched),
        "{key} approves all that matched: look at the preview with its count, dollars and payers, then press y.",
        |model| {
            model.desk.is_some()
                && model.jobs.is_empty()
                && model.counts(Screen::Matched).1 * 2 < model.counts(Screen::Matched).0
        },
    ),
    when(
        Some(Action::Go(Tab::Projects)),
        "{key} shows each subsidy as it burns down: what it covers is not charged to the project.",
        |model| model.tab == Tab::Projects,
    ),
    when(
        Some(Action::Go(Tab::Close)),
        "{key} shows what is left to do before the month can be signed, and what would be written.",
        |model| model.tab == Tab::Close,
    ),
    when(
        Some(Action::Write),
        "{key} writes the chargeback file: look at its totals, then press y. Writing it again gives the same bytes.",
        |model| {
            let of = |action: &journal::Action| matches!(action, journal::Action::Export { .. });
            model.desk.as_ref().is_some_and(|desk| desk.journal().iter().any(|entry| of(&entry.action)))
        },
    ),
    when(Some(Action::Go(Tab::Journal)), "{key} is the journal: all you did by now, newest first.", |model| {
        model.tab == Tab::Journal
    }),
    when(
        Some(Action::TakeBack),
        "{key} takes one entry of it back on its own. Try it on the approval, a row or two down: it is shown first.",
        |model| matches!(model.modals.last(), Some(Modal::Preview(_))),
    ),
    when(None, "That is the preview: y would do it, n does not. Press n, or Esc.", |model| model.modals.is_empty()),
    step(Action::Palette, "{key} finds any command by its name, with its key."),
    when(None, "Type a few letters of what you look for; Enter would do it. Esc closes it.", nothing_over),
    step(
        Action::Help,
        "{key} lists all keys of the screen you are on. That is the last of them: you know the way now.",
    ),
];

impl Tour {
    /// How many steps there are.
    pub const STEPS: usize = STEPS.len();

    /// The step and what it says, while the tour is on.
    pub fn says(self, keymap: &Keymap, ascii: bool) -> Option<String> {
        let step = STEPS.get(self.at).filter(|_| self.on)?;
        let key = step.action.map(|action| keymap.shown(action, ascii)).unwrap_or_default();
        Some(step.text.replace("{key}", &key))
    }

    /// Whether the step is done, given the action that was just asked for.
    pub fn is_done(self, model: &Model, asked: Option<Action>) -> bool {
        self.on
            && STEPS.get(self.at).is_some_and(|step| match &step.until {
                Until::Asked => step.action.is_some() && step.action == asked,
                Until::Is(is) => is(model),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_fits_below_the_narrowest_screen_and_names_its_key() {
        let keymap = Keymap::default();
        for at in 0..Tour::STEPS {
            let text = Tour { at, on: true }.says(&keymap, true).unwrap();
            assert!(!text.contains("{key}"), "{text}");
            let lines = crate::tui::text::wrap(&text, 58);
            assert!(lines.len() <= 3, "{lines:#?}");
        }
        assert_eq!(Tour { at: Tour::STEPS, on: true }.says(&keymap, true), None);
        assert_eq!(Tour { at: 0, on: false }.says(&keymap, true), None);
    }
}
