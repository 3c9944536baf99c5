//! Rows that could not be read: where, why, and as they stand in the file.

use ratatui::layout::Rect;

use super::paint::{Paint, wrapped};
use super::table::{Cell, Column, Row, Shown, text_column};
use super::{Areas, table};
use crate::tui::model::Model;

pub const COLUMNS: [Column<'_>; 6] = [
    text_column("", 0, 1, 1),
    text_column("where", 0, 16, 44).cut_in_the_middle(),
    text_column("column", 2, 6, 18),
    text_column("reason", 1, 24, 90).good(60),
    text_column("excluded", 1, 8, 24),
    text_column("row", 7, 12, 120),
];

pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    let theme = *paint.theme;
    let rows = &model.pages.bad_rows;
    if rows.is_empty() {
        paint.text(areas.table.x, areas.table.y, areas.table.width, "Every row could be read.", theme.good);
        return;
    }
    let spot = model.spot();
    let mark = if paint.ascii { "*" } else { "●" };
    let visible = rows.iter().enumerate().skip(spot.top).take(areas.rows());
    let rows = visible
        .map(|(at, bad)| {
            let excluded = bad.excluded.as_deref();
            let cells = vec![
                Cell::styled(if model.marked_rows.has(at as u32) { mark } else { "" }, theme.mark),
                Cell::new(&bad.origin),
                Cell::new(&bad.column),
                Cell::styled(&bad.reason, if excluded.is_some() { theme.dim } else { theme.bad }),
                Cell::new(excluded.unwrap_or("no")),
                Cell::styled(&bad.raw, theme.dim),
            ];
            Row { cells, cursor: at == spot.at, style: None }
        })
        .collect();
    table::draw_as(paint, areas.table, &COLUMNS, rows, &Shown::of(model));
    if let (Some(aside), Some(bad)) = (areas.aside, model.pages.bad_rows.get(model.told())) {
        paint.rule(aside.x, aside.y, aside.width, &bad.origin);
        let mut lines: Vec<_> =
            wrapped(&format!("{}: {}", bad.column, bad.reason), aside.width, paint.ascii, theme.text).collect();
        if let Some(why) = &bad.excluded {
            lines.extend(wrapped(&format!("Excluded: {why}"), aside.width, paint.ascii, theme.text));
        }
        lines.extend(wrapped(&bad.raw, aside.width, paint.ascii, theme.dim));
        paint.lines(Rect { y: aside.y + 1, height: aside.height - 1, ..aside }, &lines, 0);
    }
}
