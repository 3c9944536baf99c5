//! The cell under the cursor: a filter like what stands there. And lists in
//! groups.

use crate::desk::GroupBy;
use crate::review::filter::Term;
use crate::tui::effect::{Effect, Hunt};
use crate::tui::keymap::Action;
use crate::tui::list::{COLUMNS, ListColumn, ListState};
use crate::tui::modal::{Choice, Entry, Modal, Picker, Prompt, PromptKind};
use crate::tui::model::{Model, Tone};
use crate::tui::view::areas;

/// Says which column is under the cursor, and what a filter like its cell
/// would be.
pub(super) fn say_column(model: &mut Model) {
    let Some((name, terms)) = cell(model) else { return };
    let key = model.keymap.shown(Action::FilterLike, model.ascii);
    let text = match terms {
        Some(Ok(terms)) => format!("Column {name}: {key} filters by {}.", text_of(&terms)),
        Some(Err(why)) => format!("Column {name}: {why}"),
        None => format!("Column {name}."),
    };
    model.say(Tone::Info, text);
}

/// The terms that ask for a cell, or why there are none.
type Asked = Result<Vec<Term>, String>;

/// The column under the cursor, and the terms that ask for what stands there
/// of the current item.
fn cell(model: &Model) -> Option<(&'static str, Option<Asked>)> {
    let list = model.list()?;
    let ListColumn { name, field, .. } = COLUMNS.get(model.columns()?.cursor?)?;
    let item = list.current().zip(model.desk.as_ref()).filter(|(item, desk)| *item < desk.items());
    Some((name, item.map(|(item, desk)| desk.terms_like(item, *field))))
}

fn text_of(terms: &[Term]) -> String {
    terms.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Adds what stands under the cursor to the filter.
pub(super) fn filter_like(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some((_, terms)) = cell(model) else {
        let key = |action| model.keymap.shown(action, model.ascii);
        let (left, right) = (key(Action::PreviousColumn), key(Action::NextColumn));
        model.say(Tone::Info, format!("Go to a column with {left} or {right} first; then this filters like its cell."));
        return;
    };
    let terms = match terms {
        None => return super::decide::nothing_here(model),
        Some(Err(why)) => return model.say(Tone::Bad, why),
        Some(Ok(terms)) => terms,
    };
    let desk = model.desk.clone();
    let Some(list) = model.list_mut() else { return };
    let known = desk.and_then(|desk| desk.filter(&list.filter).ok()).unwrap_or_default();
    let new: Vec<Term> = terms.into_iter().filter(|term| !known.terms().contains(term)).collect();
    if new.is_empty() {
        model.say(Tone::Info, "The filter asks for that already.");
        return;
    }
    list.filter = format!("{} {}", list.filter.trim(), text_of(&new)).trim().to_owned();
    list.stale = true;
    let filter = list.filter.clone();
    let key = model.keymap.shown(Action::Filter, model.ascii);
    model.say(Tone::Info, format!("filter: {filter}  ({key} changes it)"));
    super::moves::keep_place(model, effects);
}

/// Asks for the name to save the list's filter under.
pub(super) fn save_filter(model: &mut Model) {
    let Some(filter) = model.list().map(|list| list.filter.clone()) else { return };
    if filter.is_empty() {
        let key = model.keymap.shown(Action::Filter, model.ascii);
        model.say(Tone::Info, format!("There is no filter to save; {key} writes one."));
        return;
    }
    model.modals.push(Modal::Prompt(Prompt::new(PromptKind::SaveFilter(filter), "")));
}

/// Shows what passes a saved filter.
pub(super) fn use_filter(model: &mut Model, name: &str, effects: &mut Vec<Effect>) {
    if let Some(list) = model.list_mut() {
        list.filter = format!("@{name}");
        list.stale = true;
        super::moves::keep_place(model, effects);
    }
}

/// Takes filters off that name one which is not saved any more: nothing may
/// pass for filtered that is not.
pub(super) fn drop_unreadable(model: &mut Model) {
    let Some(desk) = model.desk.clone() else { return };
    let mut dropped = None;
    for list in &mut model.lists {
        if desk.filter(&list.filter).is_err() {
            list.stale = true;
            dropped = Some(std::mem::take(&mut list.filter));
        }
    }
    if let Some(filter) = dropped {
        model.say(Tone::Bad, format!("The filter {filter} cannot be read any more, so that all rows are shown."));
    }
}

/// Asks what the list is to be grouped by.
pub(super) fn groups(model: &mut Model) {
    let Some(list) = model.list() else { return };
    let now = list.group_by;
    let entry = |by: Option<GroupBy>| Entry {
        text: by.map_or("no groups", GroupBy::label).to_owned(),
        note: if by == now { "now".to_owned() } else { String::new() },
        choice: Choice::Group(by),
    };
    let entries = std::iter::once(None).chain(GroupBy::ALL.map(Some)).map(entry).collect();
    model.modals.push(Modal::Pick(Picker::new("Group by", entries).on(&Choice::Group(now))));
}

pub(super) fn group_by(model: &mut Model, by: Option<GroupBy>, effects: &mut Vec<Effect>) {
    let Some(list) = model.list_mut() else { return };
    if list.group_by != by {
        list.opened.clear();
    }
    list.group_by = by;
    list.range = None;
    list.stale = true;
    let text = match by {
        Some(by) => format!("Grouped by {}.", by.label()),
        None => "Not grouped.".to_owned(),
    };
    model.say(Tone::Info, text);
    super::moves::keep_place(model, effects);
}

/// Opens or closes the group under the cursor.
pub(super) fn fold(model: &mut Model, effects: &mut Vec<Effect>) {
    let height = areas(model).rows();
    let desk = model.desk.clone();
    let Some(list) = model.list_mut() else { return };
    list.fold(height);
    // The rows a search found are others now.
    if let Some(desk) = desk {
        find_again(list, desk, effects);
    }
}

/// Asks a search anew, for other rows.
fn find_again(list: &mut ListState, desk: crate::desk::Desk, effects: &mut Vec<Effect>) {
    let (screen, generation) = (list.screen, list.asked);
    if let Some(search) = &mut list.search {
        search.generation = generation;
        search.hits = None;
        let needle = search.needle.clone();
        effects.push(Effect::Find { screen, hunt: Hunt::on(list, desk, generation, needle) });
    }
}
