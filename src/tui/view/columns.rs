//! The choice of columns: a line for each in their order, with what is wanted
//! of it. The table behind follows every key.

use ratatui::layout::Rect;

use super::paint::Paint;
use crate::tui::columns::{Slot, TableColumns};
use crate::tui::pointer::Target;

/// Columns of a name and of a width.
const NAME: u16 = 18;
const WIDTH: u16 = 18;

pub fn draw(columns: &TableColumns, at: usize, paint: &mut Paint<'_>, area: Rect) {
    let rows = usize::from(area.height);
    let top = (at + 1).saturating_sub(rows);
    for (row, (place, slot)) in columns.layout.slots().iter().enumerate().skip(top).take(rows).enumerate() {
        let line_area = Rect { y: area.y + row as u16, height: 1, ..area };
        paint.place(line_area, Target::Entry(place));
        line(columns, *slot, place == at, paint, line_area);
    }
}

fn line(columns: &TableColumns, slot: Slot, cursor: bool, paint: &mut Paint<'_>, area: Rect) {
    let theme = *paint.theme;
    if cursor {
        paint.cursor = Some(area.as_position());
        paint.fill(area, theme.cursor);
    }
    let (text, dim) = if cursor { (theme.cursor, theme.cursor) } else { (theme.text, theme.dim) };
    let stays = columns.layout.is_frozen(slot.column);
    let width = match slot.width {
        Some(width) => format!("{width} wide"),
        None => "width automatic".to_owned(),
    };
    let more = match (stays, slot.hidden, columns.drawn(slot.column)) {
        (_, true, _) => "hidden",
        _ if columns.absent.contains(&slot.column) => "nothing in it",
        (true, false, _) => "stays in sight",
        (false, false, None) => "no room now",
        (false, false, Some(_)) => "",
    };
    let parts = [
        (4, if slot.hidden { "[ ] " } else { "[x] " }, text),
        (NAME, columns.name(slot.column), text),
        (WIDTH, width.as_str(), dim),
        (area.width.saturating_sub(4 + NAME + WIDTH), more, dim),
    ];
    let mut x = area.x;
    for (wide, part, style) in parts {
        paint.text(x, area.y, wide.min(area.right().saturating_sub(x)), part, style);
        x += wide;
    }
}
