//! The one place where the model changes: a message comes in, the model
//! follows, and what has to be done outside is handed back. No clock, no disk,
//! no terminal in here.

mod answers;
mod asking;
mod burn;
mod columns;
mod copy;
mod decide;
mod entry;
mod grain;
mod journal;
mod layout;
mod like;
mod marking;
mod mouse;
mod moves;
mod notes;
mod opening;
mod order;
mod papers;
mod pay;
mod place;
mod popup;
mod prices;
mod profile;
mod rules;
mod summary;
mod tour;
mod verdicts;
mod why;

use std::time::Duration;

pub(super) use prices::short;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::effect::Effect;
use super::key::Key;
use super::keymap::Action;
use super::message::{Message, Timer};
use super::modal::{Modal, PromptKind, Scroll};
use super::model::{Model, Swallow, Tone};
use super::stage::Stage;
use super::tab::Tab;
use crate::desk::LoadEvent;

/// How long a late reply of the terminal may take from its first byte.
const SWALLOW: Duration = Duration::from_millis(500);

pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    match message {
        Message::Input(event) => input(model, event, &mut effects),
        Message::Woke(timer) => woke(model, timer, &mut effects),
        Message::Leave => leave(model, &mut effects),
        Message::Suspend => effects.push(Effect::Suspend),
        Message::Resumed => effects.push(Effect::Redraw),
        Message::Loading(event, elapsed) => loading(model, event, elapsed),
        other => answers::take(model, other, &mut effects),
    }
    let asked = model.asked.take();
    tour::follow(model, asked);
    asking::settle(model, &mut effects);
    effects
}

/// What a new model asks for once its first frame is drawn.
pub fn start() -> Vec<Effect> {
    vec![Effect::Load]
}

fn input(model: &mut Model, event: Event, effects: &mut Vec<Effect>) {
    match event {
        Event::Key(key) => press(model, key, effects),
        Event::Paste(text) => {
            if let Some(field) = popup::field(model) {
                field.insert(&text);
                popup::typed(model, effects);
            }
        }
        Event::Resize(columns, rows) => model.size = (columns, rows),
        Event::Mouse(event) => mouse::take(model, event, effects),
        Event::FocusGained | Event::FocusLost => {}
    }
}

fn press(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    if key.kind == KeyEventKind::Release || swallowed(model, key, effects) {
        return;
    }
    let pressed = Key::of(key);
    let action = model.keymap.action(pressed, model.tab);
    if action == Some(Action::Quit) {
        leave(model, effects);
        return;
    }
    // A key that is held down moves or types; it must not decide again, nor
    // answer the next question.
    let types = popup::field(model).is_some() && key.code != KeyCode::Enter;
    if key.kind == KeyEventKind::Repeat && !types && !action.is_some_and(is_move) {
        return;
    }
    if model.modals.is_empty() {
        if let Some(action) = action {
            if !matches!(action, Action::Redraw | Action::Said) {
                model.status = None;
            }
            act(model, action, effects);
        }
    } else {
        popup::press(model, key, effects);
    }
}

const fn is_move(action: Action) -> bool {
    use Action::{
        Bottom, Down, HalfDown, HalfUp, NextColumn, NextHit, NextOpen, PageDown, PageUp, PreviousColumn, PreviousHit,
        PreviousOpen, Top, Up,
    };
    matches!(
        action,
        Down | Up
            | PageDown
            | PageUp
            | HalfDown
            | HalfUp
            | Top
            | Bottom
            | NextHit
            | PreviousHit
            | NextOpen
            | PreviousOpen
            | NextColumn
            | PreviousColumn
    )
}

/// A reply of the terminal that came too late arrives as Alt-] and letters,
/// among which `a` would approve: nothing passes until it is over.
fn swallowed(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) -> bool {
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    match model.swallow {
        Swallow::No if alt && matches!(key.code, KeyCode::Char(']')) => {
            let generation = model.next_generation();
            model.swallow = Swallow::Reply(generation);
            effects.push(Effect::Wake { after: SWALLOW, timer: Timer::SwallowEnd(generation) });
            true
        }
        Swallow::No => false,
        Swallow::Reply(_) => {
            // BEL, or ESC and a backslash.
            let ends =
                (ctrl && matches!(key.code, KeyCode::Char('g'))) || (alt && matches!(key.code, KeyCode::Char('\\')));
            if ends {
                model.swallow = Swallow::No;
            }
            true
        }
    }
}

fn woke(model: &mut Model, timer: Timer, effects: &mut Vec<Effect>) {
    match timer {
        Timer::SwallowEnd(generation) => {
            if model.swallow == Swallow::Reply(generation) {
                model.swallow = Swallow::No;
            }
        }
        Timer::ClickEnd(generation) => mouse::click_ends(model, generation),
        Timer::Rested(generation) => asking::look_closer(model, generation, effects),
        Timer::RestedOnRow(generation) => model.told.rested(generation),
    }
}

fn loading(model: &mut Model, event: LoadEvent, elapsed: Duration) {
    if let Stage::Loading(progress) = &mut model.stage {
        progress.elapsed = elapsed;
        match event {
            LoadEvent::TakingIn { bytes, of_bytes } => {
                let before = progress.taking_in.map_or(0, |(before, _)| before);
                progress.taking_in = Some((before.max(bytes), of_bytes));
            }
            LoadEvent::Progress { bytes, rows, of_bytes } => {
                if progress.taking_in.take().is_some() {
                    progress.began = elapsed;
                }
                // Several threads tell; what is older may come later.
                progress.bytes = progress.bytes.max(bytes);
                progress.rows = progress.rows.max(rows);
                progress.of_bytes = of_bytes;
            }
            LoadEvent::FirstRows(rows) => progress.first_rows = rows,
            LoadEvent::Comparing => progress.comparing = true,
        }
    }
}

fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(text) = place::text(model) {
        effects.push(Effect::KeepPlace(text));
    }
    if matches!(model.stage, Stage::Loading(_)) {
        effects.push(Effect::CancelLoad);
    }
    model.leaving = true;
    effects.push(Effect::Quit);
}

/// Carries out what a key or the palette asks for.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    model.asked = Some(action);
    match action {
        Action::Quit => leave(model, effects),
        Action::Back => back(model, effects),
        Action::Clear => clear(model, effects),
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Redraw => effects.push(Effect::Redraw),
        Action::Said => opening::said(model),
        Action::Mouse => mouse::toggle(model, effects),
        Action::Help => model.modals.push(Modal::Help(Scroll::default())),
        Action::Tour => tour::key(model),
        Action::Palette => model.modals.push(Modal::Pick(popup::palette(model))),
        Action::Go(tab) => moves::go(model, tab, effects),
        Action::NextTab | Action::PreviousTab => {
            let step = if action == Action::NextTab { 1 } else { Tab::ALL.len() - 1 };
            let at = Tab::ALL.iter().position(|tab| *tab == model.tab).unwrap_or(0);
            if let Some(tab) = Tab::ALL.get((at + step) % Tab::ALL.len()) {
                moves::go(model, *tab, effects);
            }
        }
        Action::Copy => copy::copy(model, effects),
        _ if model.desk.is_none() => decide::not_ready(model),
        Action::Down
        | Action::Up
        | Action::PageDown
        | Action::PageUp
        | Action::HalfDown
        | Action::HalfUp
        | Action::Top
        | Action::Bottom => moves::step(model, action),
        Action::NextOpen | Action::PreviousOpen => moves::next_open(model, action == Action::NextOpen),
        Action::NextHit | Action::PreviousHit => moves::next_hit(model, action == Action::NextHit),
        Action::Open => opening::open(model, effects),
        Action::Next(number) => opening::next_step(model, number, effects),
        Action::FilterJournal => journal::filter(model),
        Action::GroupJournal => journal::groups(model),
        Action::NextColumn | Action::PreviousColumn => layout::step(model, action == Action::NextColumn),
        Action::Columns => layout::choose(model),
        Action::HideColumn
        | Action::FreezeColumn
        | Action::ColumnLeft
        | Action::ColumnRight
        | Action::Wider
        | Action::Narrower => layout::here(model, action, effects),
        Action::FilterLike => columns::filter_like(model, effects),
        Action::GroupBy => columns::groups(model),
        Action::SaveFilter => columns::save_filter(model),
        Action::Search => prompt(model, PromptKind::Search),
        Action::Filter => {
            prompt(model, PromptKind::Filter);
            popup::typed(model, effects);
        }
        Action::OpenOnly => moves::open_only(model),
        Action::Sort if model.tab == Tab::Summary => summary::sort(model),
        Action::Sort if model.tab == Tab::Projects => burn::sort(model),
        Action::Sort => order::sort(model, effects),
        Action::Reverse if model.tab == Tab::Summary => summary::reverse(model),
        Action::Reverse if model.tab == Tab::Projects => burn::reverse(model),
        Action::Reverse => order::reverse(model, effects),
        Action::OwnOrder => order::as_at_first(model, effects),
        Action::OnlyRule => burn::choose_rule(model),
        Action::Explain => why::choose(model),
        Action::AddUpBy => summary::dimensions(model),
        Action::Mark => marking::mark(model),
        Action::Range => marking::range(model),
        Action::MarkAll => marking::mark_all(model),
        Action::Like => like::ask(model, effects),
        Action::RawRows => opening::raw_rows(model, effects),
        Action::WhoPays => pay::here(model, effects),
        _ => decide::act(model, action, effects),
    }
}

fn prompt(model: &mut Model, kind: PromptKind) {
    let Some(list) = model.list() else { return };
    let text = match kind {
        PromptKind::Filter => list.filter.clone(),
        _ => String::new(),
    };
    model.modals.push(Modal::Prompt(notes::prompt(model, kind, text)));
}

/// `q`: out of the detail, else out of the program. Decisions are on the disk
/// before they show as saved, so there is nothing to ask.
fn back(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.detail.full {
        model.detail.full = false;
    } else if !burn::back(model) {
        leave(model, effects);
    }
}

/// Esc: undoes the nearest thing that stands in the way.
fn clear(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Stage::Loading(progress) = &mut model.stage {
        progress.cancelled = true;
        effects.push(Effect::CancelLoad);
        model.say(Tone::Info, "Loading is being cancelled.");
        return;
    }
    if model.detail.full {
        model.detail.full = false;
        return;
    }
    if burn::back(model) || burn::all_rules(model) || journal::clear(model) {
        return;
    }
    model.row_range = None;
    model.marked_rows.clear();
    if model.list().is_some_and(|list| list.only.is_some() && list.marks.is_empty() && list.range.is_none()) {
        for list in &mut model.lists {
            list.only = None;
            list.stale = true;
        }
        model.say(Tone::Info, "All items are shown again.");
        return;
    }
    if let Some(list) = model.list_mut() {
        if list.range.is_some() || !list.marks.is_empty() {
            let count = list.marks.len();
            list.clear_marks();
            if count > 0 {
                model.say(Tone::Info, format!("{} unmarked.", super::figures::of(count as u64, "item", "items")));
            }
            return;
        }
        if list.search.take().is_some() {
            return;
        }
    }
    if model.columns_mut().is_some_and(|columns| columns.cursor.take().is_some()) {
        return;
    }
    if let Some(list) = model.list_mut().filter(|list| !list.filter.is_empty()) {
        let filter = std::mem::take(&mut list.filter);
        list.stale = true;
        model.say(Tone::Info, format!("All rows are shown again; the filter was {filter}"));
        return;
    }
    tour::leave(model);
}

#[cfg(test)]
mod columns_tests;
#[cfg(test)]
mod journal_tests;
#[cfg(test)]
mod layout_tests;
#[cfg(test)]
mod like_tests;
#[cfg(test)]
mod lists_tests;
#[cfg(test)]
mod mouse_tests;
#[cfg(test)]
mod notes_tests;
#[cfg(test)]
mod settling_tests;
#[cfg(test)]
mod sight_tests;
#[cfg(test)]
mod summary_tests;
#[cfg(test)]
mod terms_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tour_tests;
#[cfg(test)]
mod verdicts_tests;
