//! Moving about: from screen to screen, from row to row, to the next open item
//! and the next hit.

use crate::tui::effect::Effect;
use crate::tui::figures;
use crate::tui::keymap::Action;
use crate::tui::modal::Scroll;
use crate::tui::model::{Model, Tone};
use crate::tui::stage::Stage;
use crate::tui::tab::Tab;
use crate::tui::view::areas;

pub(super) fn go(model: &mut Model, tab: Tab, effects: &mut Vec<Effect>) {
    model.went = true;
    if model.tab != tab {
        model.tab = tab;
        model.detail.full = false;
        model.detail.scroll = Scroll::default();
        keep_place(model, effects);
    }
}

/// Keeps the place at once: whatever ends the program next, it opens here
/// again.
pub(super) fn keep_place(model: &Model, effects: &mut Vec<Effect>) {
    if let Some(text) = super::place::text(model).filter(|_| matches!(model.stage, Stage::Ready)) {
        effects.push(Effect::KeepPlace(text));
    }
}

pub(super) fn step(model: &mut Model, action: Action) {
    // On Close the gate takes the single steps and the pages go to what would
    // be written, which is longer. Beside long tables half pages do.
    let aside = match model.tab {
        Tab::Close => !matches!(action, Action::Down | Action::Up | Action::Top | Action::Bottom),
        Tab::Overview => overview_scrolls(model, action),
        Tab::Summary | Tab::Checks | Tab::Why => matches!(action, Action::HalfDown | Action::HalfUp),
        _ => false,
    };
    let scrolls = model.detail.full || aside;
    let areas = areas(model);
    // What scrolls has no rows of a table; its page is what is seen of it.
    let seen = areas.aside.map_or(areas.body.height, |aside| aside.height).saturating_sub(2) as usize;
    let page = if scrolls { seen } else { areas.rows() }.max(1) as isize;
    let by = match action {
        Action::Down => 1,
        Action::Up => -1,
        Action::PageDown => page,
        Action::PageUp => -page,
        Action::HalfDown => (page / 2).max(1),
        Action::HalfUp => -(page / 2).max(1),
        Action::Top => -isize::MAX,
        _ => isize::MAX,
    };
    if scrolls {
        model.detail.scroll.by(by);
        return;
    }
    let rows = model.rows();
    if let Some(list) = model.list_mut() {
        list.spot.step(by, list.index.len());
    } else if let Some(spot) = model.spot_mut() {
        spot.step(by, rows);
    }
}

/// The things to do next take the single steps; past the last of them, and by
/// pages, the rest of the overview moves.
fn overview_scrolls(model: &Model, action: Action) -> bool {
    let (at, rows) = (model.spot().at, model.rows());
    match action {
        Action::Down => at + 1 >= rows,
        Action::Up => rows == 0 || !model.detail.scroll.is_at_top(),
        _ => true,
    }
}

pub(super) fn next_open(model: &mut Model, forward: bool) {
    let Some(desk) = model.desk.clone() else { return };
    let Some(list) = model.list_mut() else { return };
    let groups = list.groups.clone();
    // A closed group stands for what is in it.
    let open = |row: u32| match groups.as_ref().and_then(|groups| groups.of_row(row)) {
        Some(group) => group.subtotal.open > 0 && !list.opened.contains(&group.label),
        None => row < desk.items() && desk.is_open(row),
    };
    match list.next_where(forward, open) {
        Some(at) => list.spot.at = at,
        None => model.say(Tone::Good, "Nothing in this list is open."),
    }
}

/// After a verdict: to the row below, or to the next open one where only open
/// ones are shown.
pub(super) fn on(model: &mut Model) {
    let Some(list) = model.list_mut() else { return };
    if list.spot.at + 1 < list.index.len() {
        list.spot.at += 1;
    }
}

/// Undoes [`on`] where the cursor still is where that left it.
pub(super) fn back_to(model: &mut Model, item: u32) {
    let Some(list) = model.list_mut() else { return };
    if let Some(before) = list.spot.at.checked_sub(1).filter(|at| list.index.get(*at) == Some(&item)) {
        list.spot.at = before;
    }
}

pub(super) fn next_hit(model: &mut Model, forward: bool) {
    let Some(list) = model.list_mut() else { return };
    match (&list.search, list.hit(forward, false)) {
        (None, _) => model.say(Tone::Info, "Search for something first."),
        (Some(search), None) => {
            let text = if search.hits.is_some() { "Nothing was found." } else { "The search is still under way." };
            model.say(Tone::Info, text);
        }
        (Some(_), Some((at, number))) => {
            list.spot.at = at;
            say_hit(model, number);
        }
    }
}

/// In the quotation marks that the screen has.
pub(super) fn quoted(model: &Model, text: &str) -> String {
    if model.ascii { format!("\"{text}\"") } else { format!("“{text}”") }
}

pub(super) fn say_hit(model: &mut Model, number: usize) {
    let Some(search) = model.list().and_then(|list| list.search.as_ref()) else { return };
    let count = search.hits.as_ref().map_or(0, |hits| hits.len());
    let needle = quoted(model, search.needle.text());
    let (number, count) = (figures::count(number as u64), figures::count(count as u64));
    let text = format!("Hit {number} of {count} with {needle}.");
    model.say(Tone::Info, text);
}

pub(super) fn open_only(model: &mut Model) {
    if let Some(list) = model.list_mut() {
        list.open_only = !list.open_only;
        list.stale = true;
        let text = if list.open_only { "Only open items are shown." } else { "Settled items are shown as well." };
        model.say(Tone::Info, text);
    }
}
