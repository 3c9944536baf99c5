//! Marks, for a verb that settles many rows at once.

use crate::tui::figures;
use crate::tui::keymap::Action;
use crate::tui::model::{Model, Tone};
use crate::tui::tab::Tab;

pub(super) fn mark(model: &mut Model) {
    if model.tab == Tab::BadRows {
        let at = model.spot().at;
        if at < model.pages.bad_rows.len() {
            let at = at as u32;
            if model.marked_rows.has(at) {
                model.marked_rows.unset(at)
            } else {
                model.marked_rows.set(at)
            }
            super::moves::step(model, Action::Down);
        }
    } else if let Some(list) = model.list_mut() {
        list.toggle_mark();
        list.spot.step(1, list.index.len());
    }
}

pub(super) fn range(model: &mut Model) {
    if model.tab == Tab::BadRows {
        let at = model.spot().at;
        match model.row_range.take() {
            None => model.row_range = Some(at),
            Some(from) => (from.min(at)..=from.max(at)).for_each(|row| model.marked_rows.set(row as u32)),
        }
        if model.row_range.is_some() {
            model.say(Tone::Info, "Move to the other end of the range and press the key again.");
        }
        return;
    }
    let Some(list) = model.list_mut() else { return };
    // The head of a group is no end of a range: it moves with its items.
    let Some(current) = list.current() else {
        super::decide::nothing_here(model);
        return;
    };
    match list.range.take() {
        None => {
            list.range = Some(current);
            model.say(Tone::Info, "Move to the other end of the range and press the key again.");
        }
        Some(start) => {
            let Some(from) = list.index.iter().position(|item| *item == start) else {
                model.say(Tone::Bad, "The row where the range began is no longer shown; start again.");
                return;
            };
            let (from, to) = (from.min(list.spot.at), from.max(list.spot.at));
            list.mark_rows(from, to);
            say_marks(model);
        }
    }
}

pub(super) fn mark_all(model: &mut Model) {
    if model.tab == Tab::BadRows {
        (0..model.pages.bad_rows.len() as u32).for_each(|row| model.marked_rows.set(row));
    } else if let Some(list) = model.list_mut() {
        let items = std::sync::Arc::clone(&list.items);
        items.iter().for_each(|item| list.marks.set(*item));
        say_marks(model);
    }
}

pub(super) fn say_marks(model: &mut Model) {
    let Some(list) = model.list() else { return };
    let mut text = format!("{} marked", figures::of(list.marks.len() as u64, "item", "items"));
    if list.hidden > 0 {
        text.push_str(&format!(", {} of them hidden by the filter", figures::count(list.hidden as u64)));
    }
    model.say(Tone::Info, text + ".");
}
