//! All like this: from the item under the cursor to a choice of what the
//! others must share with it, and from there to one previewed batch, or to
//! marks.

use crossterm::event::{KeyCode, KeyEvent};

use crate::desk::{Alike, Likenesses, Shared};
use crate::journal::Verdict;
use crate::tui::effect::Effect;
use crate::tui::key::Key;
use crate::tui::keymap::Action;
use crate::tui::modal::{Likeness, Modal, Targets};
use crate::tui::model::{Model, Tone};
use crate::tui::view::cause_word;

/// Asks how many are like the current item, in every combination.
pub(super) fn ask(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(desk) = model.desk.clone() else { return };
    let Some((item, index)) = model.list().and_then(|l| Some((l.current()?, std::sync::Arc::clone(&l.items)))) else {
        super::decide::nothing_here(model);
        return;
    };
    let (generation, numbering) = (model.next_generation(), model.numbering);
    model.modals.push(Modal::Waiting { generation, what: "Counting the items that are like this one".to_owned() });
    effects.push(Effect::Likenesses { desk, generation, numbering, item, index });
}

/// Takes the popup that waits off; false when nobody waits any more, or the
/// items have other numbers by now.
fn still_holds(model: &mut Model, generation: u64, numbering: u64) -> bool {
    if !super::answers::answered(model, generation) {
        return false;
    }
    if numbering != model.numbering {
        model.say(Tone::Bad, "The month was compared anew meanwhile, so nothing was done; ask again.");
        return false;
    }
    true
}

pub(super) fn counted(model: &mut Model, generation: u64, numbering: u64, item: u32, counts: Box<[Likenesses; 2]>) {
    if !still_holds(model, generation, numbering) {
        return;
    }
    let Some(desk) = model.desk.as_ref().filter(|desk| item < desk.items()) else { return };
    let row = desk.row(item);
    let values = Shared::ALL.map(|field| match field {
        Shared::Outcome => row.cells.outcome.label().to_owned(),
        Shared::Cause => cause_word(row.cells.cause).to_owned(),
        Shared::What => row.cells.what.to_owned(),
        Shared::Project => row.cells.project.to_string(),
        Shared::User => row.cells.user.to_owned(),
    });
    let alike = Alike::of(&[Shared::Outcome, Shared::Cause, Shared::What]);
    let choice = Likeness { item, values, alike, month: false, counts, at: 0, error: None };
    model.modals.push(Modal::Like(Box::new(choice)));
}

pub(super) fn press(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let action = model.keymap.action(Key::of(key), model.tab);
    let Some(Modal::Like(choice)) = model.modals.last_mut() else { return };
    let last = Likeness::LINES - 1;
    match (key.code, action) {
        (KeyCode::Char(' '), _) => choice.toggle(),
        (KeyCode::Up | KeyCode::BackTab, _) | (_, Some(Action::Up)) => choice.at = choice.at.saturating_sub(1),
        (KeyCode::Down | KeyCode::Tab, _) | (_, Some(Action::Down)) => choice.at = (choice.at + 1).min(last),
        (KeyCode::Enter, _) => find(model, Action::Mark, effects),
        (_, Some(action @ (Action::ApproveBilled | Action::ApproveRecorded | Action::Defer | Action::Settle))) => {
            find(model, action, effects)
        }
        (_, Some(Action::Back)) => {
            model.modals.pop();
        }
        _ => {}
    }
}

/// Asks for the items of the choice, unless there are none.
fn find(model: &mut Model, then: Action, effects: &mut Vec<Effect>) {
    let Some(desk) = model.desk.clone() else { return };
    let index = model.list().map(|list| std::sync::Arc::clone(&list.items));
    let Some(Modal::Like(choice)) = model.modals.last_mut() else { return };
    let holds = choice.holds();
    let nothing = match then {
        _ if choice.alike.is_empty() => Some("Nothing was done: choose at least one thing that they share."),
        _ if holds.items == 0 => Some("Nothing was done: no item is like this one there."),
        Action::Mark => None,
        _ if holds.open == 0 => {
            Some("Nothing was done: all of them are settled already. Mark them to decide them anew.")
        }
        _ => None,
    };
    if let Some(why) = nothing {
        choice.error = Some(why.to_owned());
        return;
    }
    choice.error = None;
    let (item, alike) = (choice.item, choice.alike);
    let index = if choice.month { None } else { index };
    let (generation, numbering) = (model.next_generation(), model.numbering);
    model.modals.push(Modal::Waiting { generation, what: "Gathering them".to_owned() });
    effects.push(Effect::Alike { desk, generation, numbering, item, alike, index, then });
}

/// The items are there: marks them, or goes on to the verdict.
pub(super) fn found(
    model: &mut Model,
    (generation, numbering): (u64, u64),
    items: Vec<u32>,
    then: Action,
    effects: &mut Vec<Effect>,
) {
    if !still_holds(model, generation, numbering) {
        return;
    }
    let Some(list) = model.list_mut() else { return };
    if then == Action::Mark {
        items.iter().for_each(|item| list.marks.set(*item));
        list.count_hidden();
        model.modals.retain(|modal| !matches!(modal, Modal::Like(_)));
        super::marking::say_marks(model);
        return;
    }
    let mut shown = crate::tui::list::Marks::default();
    list.items.iter().for_each(|item| shown.set(*item));
    let hidden = items.iter().filter(|item| !shown.has(**item)).count();
    let targets = Targets { items, hidden, batch: true };
    let verdict = match then {
        Action::ApproveBilled => Verdict::ApproveBilled,
        Action::ApproveRecorded => Verdict::ApproveRecorded,
        Action::Defer => Verdict::Defer,
        _ => {
            super::decide::settle(model, targets);
            return;
        }
    };
    super::decide::with_reason(model, verdict, targets, effects);
}
