//! What a click, a drag and the wheel do. A click on the name of a key is that
//! key, and nothing here does what no key does.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use crate::tui::effect::Effect;
use crate::tui::keymap::Action;
use crate::tui::message::Timer;
use crate::tui::modal::Modal;
use crate::tui::model::{Model, Swallow, Tone};
use crate::tui::pointer::{Drag, Target};
use crate::tui::tab::Tab;
use crate::tui::view::areas;

/// Two clicks on the same place within this time are a double one.
const DOUBLE: Duration = Duration::from_millis(400);
/// Rows that a notch of the wheel scrolls.
const NOTCH: isize = 3;

pub(super) fn take(model: &mut Model, event: MouseEvent, effects: &mut Vec<Effect>) {
    // What was on its way when the mouse was given back means nothing any more.
    if !model.pointer.on || model.swallow != Swallow::No {
        return;
    }
    let at = Position::new(event.column, event.row);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => click(model, at, effects),
        MouseEventKind::Drag(MouseButton::Left) => drag(model, at.x),
        MouseEventKind::Up(MouseButton::Left) => drop(model, effects),
        MouseEventKind::ScrollDown => wheel(model, at, NOTCH),
        MouseEventKind::ScrollUp => wheel(model, at, -NOTCH),
        _ => {}
    }
}

fn click(model: &mut Model, at: Position, effects: &mut Vec<Effect>) {
    let Some(target) = model.pointer.clicked(at, model.tab, model.modals.len()) else {
        model.pointer.first = None;
        return;
    };
    let twice = model.pointer.first.take().is_some_and(|(first, _)| first == target);
    if !twice {
        let generation = model.next_generation();
        model.pointer.first = Some((target, generation));
        effects.push(Effect::Wake { after: DOUBLE, timer: Timer::ClickEnd(generation) });
    }
    match target {
        // The second click of a double one must not decide a second time.
        Target::Press(_) if twice => {}
        Target::Press(key) => super::press(model, key.event(), effects),
        Target::Tab(tab) => {
            model.status = None;
            super::moves::go(model, tab, effects);
        }
        Target::Row(row) => {
            model.status = None;
            select(model, row);
            if twice {
                super::act(model, Action::Open, effects);
            }
        }
        Target::Column(column) => super::layout::point(model, column),
        Target::Edge(column) => {
            let width = model.columns().and_then(|columns| columns.drawn(column)).unwrap_or_default();
            model.pointer.drag = Some(Drag { column, from: at.x, width, moved: false });
        }
        Target::Entry(entry) => choose(model, entry, twice, effects),
        Target::Field(field) => {
            if let Some(Modal::Form(form)) = model.modals.last_mut() {
                form.focus = field.min(form.fields.len().saturating_sub(1));
            }
        }
    }
}

/// The column follows its edge.
fn drag(model: &mut Model, x: u16) {
    let Some(held) = &mut model.pointer.drag else { return };
    held.moved = true;
    let (column, width) = (held.column, (held.width + x).saturating_sub(held.from));
    super::layout::drag(model, column, width);
}

fn drop(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(held) = model.pointer.drag.take().filter(|held| held.moved) {
        super::layout::dropped(model, held.column, effects);
    }
}

/// The wait for a second click is over.
pub(super) fn click_ends(model: &mut Model, generation: u64) {
    if model.pointer.first.is_some_and(|(_, first)| first == generation) {
        model.pointer.first = None;
    }
}

/// Puts the cursor on a row of the screen's table.
fn select(model: &mut Model, row: usize) {
    let rows = model.rows();
    if let Some(list) = model.list_mut() {
        if list.spot.top + row < list.index.len() {
            list.spot.at = list.spot.top + row;
        }
    } else if let Some(spot) = model.spot_mut().filter(|spot| spot.top + row < rows) {
        spot.at = spot.top + row;
    }
}

/// A line of what lies over the screen: once to stand on it, twice to take it.
fn choose(model: &mut Model, entry: usize, twice: bool, effects: &mut Vec<Effect>) {
    let take = match model.modals.last_mut() {
        Some(Modal::Pick(picker)) if entry < picker.shown.len() => {
            picker.at = entry;
            KeyCode::Enter
        }
        Some(Modal::Like(choice)) => {
            choice.at = entry;
            KeyCode::Char(' ')
        }
        Some(Modal::Columns(at)) => {
            *at = entry;
            KeyCode::Char(' ')
        }
        _ => return,
    };
    if twice {
        super::popup::press(model, KeyEvent::new(take, KeyModifiers::NONE), effects);
    }
}

/// Scrolls what is under the pointer; of a table the cursor stays in sight.
fn wheel(model: &mut Model, at: Position, rows: isize) {
    match model.modals.last_mut() {
        Some(Modal::Help(scroll) | Modal::Raw { scroll, .. }) => return scroll.by(rows),
        Some(Modal::Preview(planned)) => return planned.scroll.by(rows),
        Some(Modal::Verdicts(verdicts)) => return verdicts.scroll.by(rows),
        Some(Modal::Pick(picker)) => {
            picker.at = picker.at.saturating_add_signed(rows.signum()).min(picker.shown.len().saturating_sub(1));
            return;
        }
        Some(_) => return,
        None => {}
    }
    let areas = areas(model);
    let aside = areas.aside.is_some_and(|aside| aside.contains(at));
    if model.detail.full || model.tab == Tab::Overview || (aside && model.tab.screen().is_none()) {
        model.detail.scroll.by(rows);
        return;
    }
    let (height, len) = (areas.rows(), model.rows());
    if let Some(list) = model.list_mut() {
        list.spot.scroll(rows, list.index.len(), height);
    } else if let Some(spot) = model.spot_mut() {
        spot.scroll(rows, len, height);
    }
}

/// Gives the mouse to the program, or to the terminal, which selects text with
/// it.
pub(super) fn toggle(model: &mut Model, effects: &mut Vec<Effect>) {
    model.pointer.on = !model.pointer.on;
    model.pointer.lent = !model.pointer.on;
    model.pointer.first = None;
    effects.push(Effect::Mouse(model.pointer.on));
    let key = model.keymap.shown(Action::Mouse, model.ascii);
    let text = if model.pointer.on {
        format!("The mouse works the program again; {key} gives it to the terminal, to select text.")
    } else {
        format!("The mouse selects text now; {key} gives it back to the program.")
    };
    model.say(Tone::Info, text);
}
