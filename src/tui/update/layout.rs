//! Laying a table out: keys on the column under the cursor, the choice of all
//! columns, and the file that remembers both.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::tui::columns::{Layout, TableColumns, WIDTHS, parse, text};
use crate::tui::effect::Effect;
use crate::tui::key::Key;
use crate::tui::keymap::{Action, screen_name};
use crate::tui::modal::Modal;
use crate::tui::model::{Model, Tone};
use crate::tui::stage::Stage;
use crate::tui::tab::Tab;

/// Columns of the screen that one key makes a column wider or narrower.
const STEP: u16 = 2;

/// Moves the column cursor by one.
pub(super) fn step(model: &mut Model, forward: bool) {
    let Some(columns) = model.columns_mut() else { return no_columns(model) };
    columns.cursor = columns.beside_cursor(forward);
    say_current(model);
}

/// Puts the column cursor on a column.
pub(super) fn point(model: &mut Model, column: usize) {
    if let Some(columns) = model.columns_mut().filter(|columns| column < columns.names.len()) {
        columns.cursor = Some(column);
        say_current(model);
    }
}

/// Makes a column this wide, while its edge is dragged.
pub(super) fn drag(model: &mut Model, column: usize, width: u16) {
    if let Some(columns) = model.columns_mut() {
        columns.layout.widen(column, Some(width));
    }
}

/// Remembers the width of a column whose edge was let go.
pub(super) fn dropped(model: &mut Model, column: usize, effects: &mut Vec<Effect>) {
    let Some(columns) = model.columns() else { return };
    let (name, width) = (columns.name(column), columns.layout.width(column).unwrap_or_default());
    settle(model, Ok(format!("{name}: {width} wide; figures always take what they need.")), effects);
}

fn say_current(model: &mut Model) {
    if model.list().is_some() {
        super::columns::say_column(model);
    } else if let Some((at, name)) = current(model) {
        let of = model.columns().map_or(0, |columns| columns.in_sight().count());
        model.say(Tone::Info, format!("Column {name}, {at} of {of}."));
    }
}

/// The place among those shown, from 1, and the name of the column under the
/// cursor.
fn current(model: &Model) -> Option<(usize, &'static str)> {
    let columns = model.columns()?;
    let cursor = columns.cursor?;
    let at = columns.in_sight().position(|slot| slot.column == cursor)?;
    Some((at + 1, columns.name(cursor)))
}

fn no_columns(model: &mut Model) {
    model.say(Tone::Info, "The columns of this table stay as they are.");
}

/// A key on the column under the cursor.
pub(super) fn here(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let key = |action| model.keymap.shown(action, model.ascii);
    let (left, right) = (key(Action::PreviousColumn), key(Action::NextColumn));
    let Some(columns) = model.columns_mut() else { return no_columns(model) };
    let Some(column) = columns.cursor else {
        model.say(Tone::Info, format!("Go to a column with {left} or {right} first."));
        return;
    };
    let beside = columns.layout.beside(Some(column), true).filter(|other| *other != column);
    let beside = beside.or_else(|| columns.layout.beside(Some(column), false));
    let said = change(columns, column, action, false);
    if action == Action::HideColumn && !is_shown(&columns.layout, column) {
        columns.cursor = beside;
    }
    settle(model, said, effects);
}

/// What a key does to a column, in a sentence; an error where it does nothing.
/// `over_hidden`: hidden columns are in sight, and count as steps.
fn change(columns: &mut TableColumns, column: usize, action: Action, over_hidden: bool) -> Result<String, String> {
    let name = columns.name(column);
    match action {
        Action::HideColumn => {
            if !columns.layout.toggle(column) {
                return Err(format!("{name} is the last column shown, so it stays."));
            }
            Ok(format!("{name} is {}.", if is_shown(&columns.layout, column) { "shown" } else { "hidden" }))
        }
        Action::FreezeColumn => {
            let stays = columns.layout.freeze(column);
            let what = if stays { "stays in sight when the others scroll" } else { "scrolls with the others" };
            Ok(format!("{name} {what}."))
        }
        Action::ColumnLeft | Action::ColumnRight => {
            let (forward, way) =
                (action == Action::ColumnRight, if action == Action::ColumnRight { "right" } else { "left" });
            if columns.layout.shift(column, forward, over_hidden) {
                return Ok(format!("{name} was moved {way}."));
            }
            let key = if columns.layout.is_frozen(column) { "columns that stay in sight" } else { "columns" };
            Err(format!("{name} goes no further {way} among the {key}."))
        }
        Action::Wider | Action::Narrower => resize(columns, column, action == Action::Wider),
        _ => Err(String::new()),
    }
}

fn is_shown(layout: &Layout, column: usize) -> bool {
    layout.shown().any(|slot| slot.column == column)
}

/// From the width that is wanted, else from the one that was drawn last.
fn resize(columns: &mut TableColumns, column: usize, wider: bool) -> Result<String, String> {
    let name = columns.name(column);
    let wanted = columns.layout.width(column);
    let before = wanted.or(columns.drawn(column)).unwrap_or(*WIDTHS.start());
    columns.layout.widen(column, Some(if wider { before + STEP } else { before.saturating_sub(STEP) }));
    match columns.layout.width(column) {
        Some(after) if wanted == Some(after) => Err(format!("{name} goes no further than {after}.")),
        after => Ok(format!("{name}: {} wide; figures always take what they need.", after.unwrap_or(before))),
    }
}

/// Says what became of a key, and remembers the columns where they changed.
fn settle(model: &mut Model, said: Result<String, String>, effects: &mut Vec<Effect>) {
    match said {
        Ok(said) => {
            let lost = model.columns_lost.clone();
            match lost {
                None => model.say(Tone::Info, said),
                Some(why) => model.say(Tone::Info, format!("{said} {why}")),
            }
            keep(model, effects);
        }
        Err(why) => model.say(Tone::Info, why),
    }
}

/// Opens the choice of all columns, at the one under the cursor.
pub(super) fn choose(model: &mut Model) {
    let Some(columns) = model.columns() else { return no_columns(model) };
    let at = columns.cursor.and_then(|cursor| columns.layout.place(cursor)).unwrap_or(0);
    model.modals.push(Modal::Columns(at));
}

pub(super) fn press(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let action = model.keymap.action(Key::of(key), model.tab);
    let Some(columns) = model.columns() else { return };
    let count = columns.layout.slots().len();
    let Some(Modal::Columns(at)) = model.modals.last_mut() else { return };
    let Some(column) = columns_at(&model.columns, model.tab, *at) else { return };
    let shift = key.modifiers.contains(KeyModifiers::SHIFT);
    let turn = match (key.code, action) {
        (KeyCode::Char(' '), _) => Action::HideColumn,
        (KeyCode::Char('J'), _) => Action::ColumnRight,
        (KeyCode::Char('K'), _) => Action::ColumnLeft,
        (KeyCode::Down, _) if shift => Action::ColumnRight,
        (KeyCode::Up, _) if shift => Action::ColumnLeft,
        (KeyCode::Down | KeyCode::Tab, _) | (_, Some(Action::Down)) => {
            *at = (*at + 1).min(count.saturating_sub(1));
            return;
        }
        (KeyCode::Up | KeyCode::BackTab, _) | (_, Some(Action::Up)) => {
            *at = at.saturating_sub(1);
            return;
        }
        (KeyCode::Char('a'), _) => return automatic(model, column, effects),
        (KeyCode::Char('R'), _) => return as_at_first(model, effects),
        (KeyCode::Enter, _) | (_, Some(Action::Back | Action::Columns)) => {
            model.modals.pop();
            return;
        }
        (
            _,
            Some(
                turn @ (Action::HideColumn
                | Action::FreezeColumn
                | Action::ColumnLeft
                | Action::ColumnRight
                | Action::Wider
                | Action::Narrower),
            ),
        ) => turn,
        _ => return,
    };
    let Some(columns) = model.columns_mut() else { return };
    let said = change(columns, column, turn, true);
    let place = columns.layout.place(column);
    if columns.cursor.is_some_and(|cursor| !is_shown(&columns.layout, cursor)) {
        columns.cursor = None;
    }
    if let (Some(place), Some(Modal::Columns(at))) = (place, model.modals.last_mut()) {
        *at = place;
    }
    settle(model, said, effects);
}

fn columns_at(columns: &[TableColumns], tab: Tab, at: usize) -> Option<usize> {
    columns.get(tab as usize)?.layout.slots().get(at).map(|slot| slot.column)
}

fn automatic(model: &mut Model, column: usize, effects: &mut Vec<Effect>) {
    let Some(columns) = model.columns_mut() else { return };
    columns.layout.widen(column, None);
    let name = columns.name(column);
    settle(model, Ok(format!("{name} is as wide as it needs again.")), effects);
}

fn as_at_first(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(columns) = model.columns_mut() else { return };
    columns.layout = columns.own.clone();
    settle(model, Ok("The columns are as at first.".to_owned()), effects);
}

/// Has the file written, unless the one that is there could not be read: then
/// it stays as it is, to be mended.
fn keep(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.columns_lost.is_some() {
        return;
    }
    let screens = Tab::ALL.into_iter().filter_map(|tab| Some((screen_name(tab), model.columns.get(tab as usize)?)));
    match text(screens) {
        Ok(text) => effects.push(Effect::KeepColumns(text)),
        Err(why) => model.say(Tone::Bad, format!("Columns are not remembered: {why}.")),
    }
}

/// The file as it was found when the program started.
pub(super) fn found(model: &mut Model, file: Result<Option<String>, String>) {
    let told = match file {
        Ok(None) => None,
        Ok(Some(text)) => {
            let named = model.columns.iter_mut().enumerate().filter_map(|(at, columns)| {
                let tab = Tab::ALL.into_iter().find(|tab| *tab as usize == at)?;
                (columns.own != Layout::default()).then_some((screen_name(tab), columns))
            });
            match parse(&text, named) {
                Ok(wrong) if wrong.is_empty() => None,
                Ok(wrong) => Some(format!("columns.toml: {}. The rest of it holds.", wrong.join("; "))),
                Err(why) => {
                    let lost = "Columns are not remembered until columns.toml is mended or deleted";
                    model.columns_lost = Some(format!("{lost}: {why}."));
                    model.columns_lost.clone()
                }
            }
        }
        Err(why) => {
            model.columns_lost = Some(why.clone());
            Some(why)
        }
    };
    if let Some(told) = told {
        model.columns_told = Some(told);
        tell(model);
    }
}

/// Says what was wrong with the file, once the month is there to be looked at.
pub(super) fn tell(model: &mut Model) {
    if matches!(model.stage, Stage::Ready)
        && let Some(told) = model.columns_told.take()
    {
        model.say(Tone::Bad, told);
    }
}
