//! The choice of what all items must share with one: a line for each field
//! with the item's value, where to look, and what the choice holds by now.

use ratatui::layout::{Position, Rect};

use super::paint::{Paint, wrapped};
use crate::desk::Shared;
use crate::tui::keymap::Action;
use crate::tui::modal::Likeness;
use crate::tui::model::Model;
use crate::tui::pointer::Target;
use crate::tui::{figures, text};

/// Columns of a field's name.
const NAME: u16 = 9;

/// Rows of the popup with its frame.
pub const fn height() -> u16 {
    Likeness::LINES as u16 + 7
}

pub fn draw(choice: &Likeness, model: &Model, paint: &mut Paint<'_>, area: Rect) {
    let theme = *paint.theme;
    for (at, field) in Shared::ALL.into_iter().enumerate() {
        let value = choice.values.get(at).map_or("", String::as_str);
        let value = if value.is_empty() { "(none)" } else { value };
        line(choice, at, choice.alike.has(field), (field.label(), value), paint, area);
    }
    let place = if choice.month { "the whole month" } else { "what this list shows" };
    line(choice, Shared::ALL.len(), choice.month, ("in", place), paint, area);
    let holds = choice.holds();
    let below = Likeness::LINES as u16 + 1;
    let row = |at: u16| Rect { y: area.y + below + at, height: 1, ..area };
    let mut held = if choice.alike.is_empty() {
        "No field is chosen, so this holds nothing.".to_owned()
    } else {
        format!("{} open, {}", figures::of(holds.open, "item", "items"), figures::dollars(holds.amount))
    };
    let settled = holds.items - holds.open;
    if settled > 0 && !choice.alike.is_empty() {
        held.push_str(&format!("; {} settled, left as they are", figures::count(settled)));
    }
    let lines = [(held, theme.title), (verbs(model), theme.dim)];
    for (at, (text, style)) in lines.into_iter().enumerate() {
        let row = row(at as u16);
        paint.text(row.x, row.y, row.width, &text, style);
    }
    if let Some(error) = &choice.error {
        for (at, line) in wrapped(error, area.width, paint.ascii, theme.bad).take(2).enumerate() {
            let row = row(2 + at as u16);
            if row.y < area.bottom() {
                paint.pieces(row.x, row.y, row.width, &line);
            }
        }
    }
}

/// The keys that settle them, as they are bound.
fn verbs(model: &Model) -> String {
    let key = |action| model.keymap.shown(action, model.ascii);
    format!(
        "{} approve  {} as recorded  {} defer  {} dispute, exclude, write off",
        key(Action::ApproveBilled),
        key(Action::ApproveRecorded),
        key(Action::Defer),
        key(Action::Settle)
    )
}

fn line(choice: &Likeness, at: usize, on: bool, (name, value): (&str, &str), paint: &mut Paint<'_>, area: Rect) {
    let y = area.y + at as u16;
    if y >= area.bottom() {
        return;
    }
    let cursor = at == choice.at;
    paint.place(Rect { y, height: 1, ..area }, Target::Entry(at));
    let theme = *paint.theme;
    if cursor {
        paint.cursor = Some(Position::new(area.x, y));
        paint.fill(Rect { y, height: 1, ..area }, theme.cursor);
    }
    let style = if cursor { theme.cursor } else { theme.text };
    let check = if on { "[x] " } else { "[ ] " };
    paint.text(area.x, y, 4, check, style);
    paint.text(area.x + 4, y, NAME, name, style);
    let value = text::clean(value, paint.ascii);
    let left = area.x + 4 + NAME;
    paint.text(left, y, area.right().saturating_sub(left), &value, style);
}
