//! The summary screen and the checks: what is added up, in what order, and the
//! way from a row to its items.

use crate::desk::{Screen, Shown};
use crate::report::{Dimension, MOST, all_columns};
use crate::review::filter::Pattern;
use crate::tui::effect::Effect;
use crate::tui::figures;
use crate::tui::modal::{Choice, Entry, Modal, Picker};
use crate::tui::model::{Model, Tone};
use crate::tui::summary::{SummaryPage, SummaryQuery};
use crate::tui::tab::Tab;

/// Asks for the figures when the screen is open and they are not those of the
/// desk and the query; what is only to be sorted is not added up again.
pub(super) fn ask_figures(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(desk) = model.desk.clone().filter(|_| model.tab == Tab::Summary) else { return };
    let of_desk = model.summary.version == Some(model.version);
    if of_desk && !model.summary.stale {
        return;
    }
    let generation = model.next_generation();
    let version = model.version;
    let state = &mut model.summary;
    let known = state.page.as_ref().map(|page| &page.summary);
    let known = known.filter(|summary| of_desk && summary.by == state.query.by).cloned();
    (state.version, state.asked, state.stale, state.waiting) = (Some(version), generation, false, true);
    effects.push(Effect::Summarize { desk, generation, query: state.query.clone(), known });
}

pub(super) fn arrived(model: &mut Model, generation: u64, page: Result<Box<SummaryPage>, String>) {
    if model.summary.asked != generation {
        return;
    }
    model.summary.waiting = false;
    match page {
        Ok(page) => {
            note_absent(model, &page);
            model.summary.page = Some(page);
        }
        // Asked for in an earlier session that kept more when it read.
        Err(why) => {
            model.summary.query = SummaryQuery::default();
            model.summary.stale = true;
            model.say(Tone::Bad, why);
        }
    }
}

/// Notes which figures say nothing of this month.
fn note_absent(model: &mut Model, page: &SummaryPage) {
    let shown = page.summary.columns_shown();
    let says = |name: &str| shown.iter().any(|column| column.name == name);
    let absent = all_columns().enumerate().filter(|(_, column)| !says(column.name)).map(|(at, _)| at + 1);
    if let Some(columns) = model.columns.get_mut(Tab::Summary as usize) {
        columns.absent = absent.collect();
        columns.cursor = columns.cursor.filter(|cursor| !columns.absent.contains(cursor));
    }
}

/// The figure under the column cursor, or the groups; `None` without a cursor.
fn under_cursor(model: &Model) -> Option<Option<&'static str>> {
    let cursor = model.columns()?.cursor?;
    Some(cursor.checked_sub(1).and_then(|at| all_columns().nth(at)).map(|column| column.name))
}

/// One dimension, or the present ones and one more within them.
pub(super) fn dimensions(model: &mut Model) {
    let Some(desk) = &model.desk else { return };
    let all = desk.dimensions();
    let now = model.summary.query.by.clone();
    let entry = |by: Vec<Dimension>| Entry {
        text: by.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        note: match (by == now, by.len()) {
            (true, _) => "now".to_owned(),
            (false, 1) => String::new(),
            (false, _) => "one within the other".to_owned(),
        },
        choice: Choice::AddUpBy(by),
    };
    let mut lists: Vec<Vec<Dimension>> = all.iter().map(|one| vec![one.clone()]).collect();
    if now.len() > 1 {
        lists.push(now.clone());
    }
    let more = all.iter().filter(|one| now.len() < MOST && !now.contains(one));
    lists.extend(more.map(|one| [now.as_slice(), std::slice::from_ref(one)].concat()));
    let entries = lists.into_iter().map(entry).collect();
    let picker = Picker::new("Add the month up by", entries).on(&Choice::AddUpBy(now));
    model.modals.push(Modal::Pick(picker));
}

pub(super) fn add_up_by(model: &mut Model, by: Vec<Dimension>) {
    // Days are read one after the other; of all else the greatest comes first.
    let by_day = by.first() == Some(&Dimension::Day);
    let state = &mut model.summary;
    let was_by_day = state.query.by.first() == Some(&Dimension::Day);
    if by_day != was_by_day {
        (state.query.sort, state.query.descending) = if by_day { (None, false) } else { (Some("billed"), true) };
    }
    state.query.by = by;
    state.stale = true;
    reset_cursor(model);
}

pub(super) fn sort(model: &mut Model) {
    match under_cursor(model) {
        Some(column) if column == model.summary.query.sort => return reverse(model),
        Some(column) => return sort_by(model, column),
        None => {}
    }
    let state = &model.summary;
    let Some(page) = &state.page else { return };
    let current = Choice::SortSummary(state.query.sort);
    let entry = |text: String, column| Entry {
        text,
        note: if column == state.query.sort { "now".to_owned() } else { String::new() },
        choice: Choice::SortSummary(column),
    };
    let mut entries = vec![entry(state.by(), None)];
    entries.extend(page.summary.columns_shown().iter().map(|c| entry(c.name.replace('_', " "), Some(c.name))));
    let picker = Picker::new("Sort by", entries).on(&current);
    model.modals.push(Modal::Pick(picker));
}

pub(super) fn sort_by(model: &mut Model, column: Option<&'static str>) {
    let state = &mut model.summary;
    // What is worth a look comes first.
    (state.query.sort, state.query.descending) = (column, column.is_some());
    state.stale = true;
    reset_cursor(model);
}

pub(super) fn reverse(model: &mut Model) {
    model.summary.query.descending = !model.summary.query.descending;
    model.summary.stale = true;
    reset_cursor(model);
}

fn reset_cursor(model: &mut Model) {
    if let Some(spot) = model.spots.get_mut(Tab::Summary as usize) {
        *spot = crate::tui::list::Spot::default();
    }
}

/// From a group to its items, which a worker looks for.
pub(super) fn open_group(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(desk) = model.desk.clone() else { return };
    let Some(key) = model.summary.group(model.spot().at).map(|group| group.key.clone()) else {
        model.say(Tone::Info, "There is no group here.");
        return;
    };
    // The groups on the screen, which a newer query has not replaced yet.
    let by = model.summary.page.as_ref().map(|page| page.summary.by.clone()).unwrap_or_default();
    let generation = wait(model);
    effects.push(Effect::ShowGroup { desk, generation, by, key });
}

/// From a check to all items of its day and model.
pub(super) fn open_check(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(check) = model.pages.checks.rows.get(model.spot().at) else {
        model.say(Tone::Info, "There is no check here.");
        return;
    };
    let mut terms = Vec::new();
    terms.extend(check.day.map(|day| format!("day:{day}")));
    if !check.model.is_empty() {
        // The model with its dated snapshots, and not its smaller kin.
        let name = Pattern::literal(&check.model);
        terms.push(format!("model:{name},{name}-20*"));
    }
    show_filter(model, terms.join(" "), effects);
}

/// Filters all three lists, and opens the one of them to be worked on.
pub(super) fn show_filter(model: &mut Model, filter: String, effects: &mut Vec<Effect>) {
    let Some(desk) = model.desk.clone() else { return };
    let generation = wait(model);
    effects.push(Effect::ShowFilter { desk, generation, filter });
}

fn wait(model: &mut Model) -> u64 {
    let generation = model.next_generation();
    model.modals.push(Modal::Waiting { generation, what: "Looking for the items".to_owned() });
    generation
}

/// All three lists show the items; the one that opens is the first of those to
/// be worked on that has any.
pub(super) fn behind(model: &mut Model, generation: u64, result: Result<Shown, String>, effects: &mut Vec<Effect>) {
    if !super::answers::answered(model, generation) {
        return;
    }
    let shown = match result {
        Ok(shown) => shown,
        Err(why) => {
            model.say(Tone::Bad, why);
            return;
        }
    };
    for screen in Screen::ALL {
        let list = model.of_mut(screen);
        list.filter.clone_from(&shown.filter);
        list.only = None;
        list.open_only = false;
        list.stale = true;
    }
    let count = |screen: Screen| shown.counts.iter().find(|(of, _)| *of == screen).map_or(0, |(_, count)| *count);
    let order = [Screen::Discrepancies, Screen::NotFound, Screen::Matched];
    let first = order.into_iter().find(|screen| count(*screen) > 0).unwrap_or(Screen::Matched);
    super::moves::go(model, Tab::of(first), effects);
    let counts: Vec<String> = order
        .into_iter()
        .filter(|screen| count(*screen) > 0)
        .map(|screen| format!("{} {}", Tab::of(screen).title(), figures::count(count(screen) as u64)))
        .collect();
    let text = if counts.is_empty() { "no item has them".to_owned() } else { counts.join(", ") };
    let left_out = match shown.left_out {
        0 => String::new(),
        count => format!(" {} more of it no filter can ask for.", figures::count(count as u64)),
    };
    model.say(Tone::Info, format!("Shown on all lists: {text}.{left_out}"));
}
