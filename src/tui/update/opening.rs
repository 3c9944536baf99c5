//! From a row to what is behind it: the items that a line of the gate counts,
//! the detail of an item, a row as it stands in its file.

use super::moves::go;
use crate::desk::{Behind, GateItem};
use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::modal::{Modal, Scroll};
use crate::tui::model::{Model, Tone};
use crate::tui::tab::Tab;

pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.tab {
        Tab::Close => behind(model, effects),
        Tab::Overview => next_step(model, u8::try_from(model.spot().at + 1).unwrap_or(u8::MAX), effects),
        Tab::Prices => super::decide::act(model, Action::EditPrice, effects),
        Tab::Summary => super::summary::open_group(model, effects),
        Tab::Checks => super::summary::open_check(model, effects),
        Tab::Why => super::why::open(model, effects),
        Tab::Journal => super::journal::open(model),
        Tab::Projects => super::burn::open(model, effects),
        Tab::BadRows => {
            let Some(bad) = model.pages.bad_rows.get(model.spot().at) else { return };
            let mut rows = vec![
                (format!("{} ({})", bad.origin, bad.side), format!("{}: {}", bad.column, bad.reason)),
                ("As it stands in the file".to_owned(), bad.raw.clone()),
            ];
            rows.extend(bad.excluded.iter().map(|why| ("Excluded because".to_owned(), why.clone())));
            model.modals.push(Modal::Raw {
                title: "A row that could not be read".into(),
                rows,
                scroll: Scroll::default(),
            });
        }
        _ if model.list().is_some_and(|list| list.group().is_some()) => super::columns::fold(model, effects),
        _ if model.list().is_some_and(|list| list.current().is_some()) => {
            model.detail.full = !model.detail.full;
            model.detail.scroll = Scroll::default();
        }
        _ => super::decide::nothing_here(model),
    }
}

/// From a line of the gate to what it counts.
pub(super) fn behind(model: &mut Model, effects: &mut Vec<Effect>) {
    let line = model.pages.close.as_ref().and_then(|close| close.gate.get(model.spot().at));
    if let Some(line) = line.cloned() {
        show_behind(model, line, effects);
    }
}

/// What the overview says to do next, by its number there.
pub(super) fn next_step(model: &mut Model, number: u8, effects: &mut Vec<Effect>) {
    let step = usize::from(number).checked_sub(1).and_then(|at| model.pages.next.get(at)).cloned();
    match step {
        None => model.say(Tone::Info, "Nothing stands there to be done."),
        // What no screen lists, Close says, and does.
        Some(step) if step.behind == Behind::Nothing => {
            go(model, Tab::Close, effects);
            model.say(Tone::Info, step.sentence);
        }
        Some(step) => show_behind(model, step, effects),
    }
}

/// Opens the screen that shows what a line of the gate counts, and no more.
fn show_behind(model: &mut Model, line: GateItem, effects: &mut Vec<Effect>) {
    let GateItem { behind, filter, sentence, .. } = line;
    let show = |model: &mut Model, screen| {
        let list = model.of_mut(screen);
        list.filter.clone_from(&filter);
        list.only = None;
        list.open_only = false;
        list.stale = true;
    };
    match behind {
        Behind::List(screen) => {
            show(model, screen);
            go(model, Tab::of(screen), effects);
        }
        // The one of the three that holds any opens.
        Behind::AnyList => super::summary::show_filter(model, filter, effects),
        Behind::BadRows => go(model, Tab::BadRows, effects),
        Behind::Prices => go(model, Tab::Prices, effects),
        Behind::Projects => go(model, Tab::Projects, effects),
        Behind::Overview => go(model, Tab::Overview, effects),
        Behind::Why => go(model, Tab::Why, effects),
        Behind::Nothing => model.say(Tone::Info, sentence),
    }
}

/// What was said last, with room for all of it.
pub(super) fn said(model: &mut Model) {
    match &model.status {
        Some(status) => {
            let rows = vec![(String::new(), status.text.clone())];
            model.modals.push(Modal::Raw { title: "What was said last".into(), rows, scroll: Scroll::default() });
        }
        None => model.say(Tone::Info, "Nothing was said since the last key."),
    }
}

pub(super) fn raw_rows(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(desk) = model.desk.clone() else { return };
    let Some(item) = model.list().and_then(|list| list.current()) else {
        super::decide::nothing_here(model);
        return;
    };
    let generation = model.next_generation();
    model.modals.push(Modal::Waiting { generation, what: "Reading the rows in their files".to_owned() });
    effects.push(Effect::RawRows { desk, generation, item });
}
