//! After every message: cursors are brought within their rows, and workers are
//! asked for what has come into view.

use std::time::Duration;

use crate::tui::effect::Effect;
use crate::tui::message::Timer;
use crate::tui::model::Model;
use crate::tui::tab::Tab;
use crate::tui::view::areas;

/// The detail pane follows once the cursor has rested this long, so that a
/// held key costs little on a slow line.
const REST: Duration = Duration::from_millis(80);

/// Brings everything that depends on the rest into line: cursors within their
/// rows, lists asked for, figures of the visible screen, the detail.
pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.leaving {
        return;
    }
    let height = areas(model).rows();
    let rows = model.rows();
    if let Some(spot) = model.spot_mut() {
        spot.follow(rows, height);
    }
    if let Some(list) = model.list_mut() {
        list.spot.follow(list.index.len(), height);
    }
    ask_list(model, effects);
    ask_map(model, effects);
    ask_page(model, effects);
    ask_detail(model, effects);
    tell_later(model, effects);
}

/// Starts the wait for the cursor to rest on a row of a screen that is not a
/// list.
fn tell_later(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.tab.screen().is_some() {
        return;
    }
    let (table, at, generation) = (model.told_table(), model.spot().at, model.next_generation());
    if model.told.follow(table, at, generation) {
        effects.push(Effect::Wake { after: REST, timer: Timer::RestedOnRow(generation) });
    }
}

fn ask_list(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(screen) = model.tab.screen() else { return };
    let Some(desk) = model.desk.clone() else { return };
    if !model.of(screen).stale {
        return;
    }
    let generation = model.next_generation();
    let list = model.of_mut(screen);
    list.stale = false;
    list.waiting = true;
    list.asked = generation;
    let (query, only, anchor) = (list.query(), list.only.clone(), list.anchor.take());
    let group_by = list.group_by;
    effects.push(Effect::List { desk, screen, generation, query, only, group_by, anchor });
}

/// Asks where the open items are, once for every other index and every change.
fn ask_map(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(desk) = model.desk.clone() else { return };
    let version = model.version;
    let Some(list) = model.list_mut().filter(|list| !list.waiting) else { return };
    let generation = (list.rows, version);
    if list.mapped == Some(generation) {
        return;
    }
    list.mapped = Some(generation);
    let (screen, index, groups) = (list.screen, std::sync::Arc::clone(&list.index), list.groups.clone());
    let open = list.opened.clone();
    effects.push(Effect::Map { desk, screen, generation, index, groups, open });
}

fn ask_page(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.tab.screen().is_some() || matches!(model.tab, Tab::Journal | Tab::Summary | Tab::Why) {
        super::summary::ask_figures(model, effects);
        super::why::ask(model, effects);
        super::journal::ask(model, effects);
        return;
    }
    super::burn::ask_again(model, effects);
    let Some(desk) = model.desk.clone() else { return };
    let (tab, version, numbering) = (model.tab, model.version, model.numbering);
    if tab == Tab::Overview && model.pages.trend.ask(numbering) {
        effects.push(Effect::Trend { desk: desk.clone(), numbering });
    }
    if tab == Tab::Overview && model.pages.next_of != Some(version) {
        model.pages.next_of = Some(version);
        effects.push(Effect::NextSteps { desk: desk.clone(), version });
    }
    if tab == Tab::Prices && model.pages.offers.ask(numbering) {
        effects.push(Effect::Offers { desk: desk.clone(), numbering });
    }
    if let Some(known) = model.pages.versions.get_mut(tab as usize).filter(|known| **known != Some(version)) {
        *known = Some(version);
        effects.push(Effect::Look { desk, tab, version });
    }
}

/// Starts the wait for the cursor to rest when it stands on another item than
/// the detail shows, or will show.
fn ask_detail(model: &mut Model, effects: &mut Vec<Effect>) {
    let current = model.list().and_then(|list| list.current());
    if current == model.detail.wanted && model.detail.version == model.version {
        if let Some(top) = model.list().map(|list| list.spot.top).filter(|_| !model.detail.is_late()) {
            model.detail.top = top;
        }
        return;
    }
    model.detail.wanted = current;
    model.detail.version = model.version;
    let generation = model.next_generation();
    model.detail.generation = generation;
    match current {
        None => model.detail.detail = None,
        // The first detail, and one over the whole screen, need no rest.
        Some(_) if model.detail.detail.is_none() || model.detail.full => look_closer(model, generation, effects),
        Some(_) => effects.push(Effect::Wake { after: REST, timer: Timer::Rested(generation) }),
    }
}

/// Asks for the detail, if the cursor has not moved since.
pub(super) fn look_closer(model: &mut Model, generation: u64, effects: &mut Vec<Effect>) {
    if let (Some(desk), Some(item), true) = (&model.desk, model.detail.wanted, model.detail.generation == generation) {
        effects.push(Effect::Detail { desk: desk.clone(), generation, item });
    }
}
