//! Everything that was done, newest first; what was undone is struck out and
//! says so.

use super::paint::Paint;
use super::table::{Cell, Column, Row, Shown, number, text_column};
use super::{Areas, table};
use crate::journal::Entry;
use crate::tui::model::Model;
use crate::tui::theme::Theme;

pub const COLUMNS: [Column<'_>; 5] = [
    number("no.", 3, 4),
    text_column("when", 1, 16, 16),
    text_column("who", 7, 8, 24),
    text_column("what", 0, 24, 200).good(40),
    text_column("", 1, 6, 6).called("undone"),
];

pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    let Some(desk) = &model.desk else { return };
    let spot = model.spot();
    let visible = desk.journal().iter().rev().enumerate().skip(spot.top).take(areas.rows());
    let rows: Vec<Row> = visible
        .map(|(at, entry)| {
            let (what, in_force) = desk.entry_text(entry);
            row(entry, what, in_force, at == spot.at, paint.theme)
        })
        .collect();
    if rows.is_empty() {
        let dim = paint.theme.dim;
        paint.text(areas.table.x, areas.table.y, areas.table.width, "Nothing was done yet.", dim);
        return;
    }
    table::draw_as(paint, areas.table, &COLUMNS, rows, &Shown::of(model));
}

fn row(entry: &Entry, what: String, in_force: bool, cursor: bool, theme: &Theme) -> Row {
    let when = entry.at.to_string().replace('T', " ").chars().take(16).collect::<String>();
    let cells = vec![
        Cell::styled(entry.seq.to_string(), theme.dim),
        Cell::new(when),
        Cell::styled(&entry.who, theme.dim),
        Cell::new(what),
        Cell::new(if in_force { "" } else { "undone" }),
    ];
    Row { cells, cursor, style: (!in_force).then_some(theme.struck) }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    use super::*;
    use crate::calendar::Instant;
    use crate::journal::Action;
    use crate::tui::bench::styled;
    use crate::tui::theme::{Depth, Kind};

    /// Who and when are of the test, so that the screen is the same anywhere.
    #[test]
    fn what_was_undone_is_struck_out_and_says_so() {
        let entry = |seq| Entry {
            seq,
            at: Instant::parse("2026-02-03T09:41:30Z").unwrap(),
            who: "ada@finance".into(),
            month: None,
            action: Action::Undo { seq },
            hash: String::new(),
        };
        let theme = Theme::new(Kind::Dark, Depth::Full);
        let shown = [60, 80, 120].map(|width| {
            let area = Rect::new(0, 0, width, 4);
            let mut buffer = Buffer::empty(area);
            let rows = vec![
                row(&entry(3), "undo approve as billed 57 items (agreed-with-vendor)".into(), true, true, &theme),
                row(
                    &entry(2),
                    "pricing.json: gpt-4o from 2026-01-01: input 2.5, output 10".into(),
                    true,
                    false,
                    &theme,
                ),
                row(&entry(1), "approve as billed 57 items (agreed-with-vendor)".into(), false, false, &theme),
            ];
            table::draw(&mut Paint::new(&mut buffer, &theme, false), area, &COLUMNS, rows);
            format!("== {width}\n{}", styled(&buffer))
        });
        insta::assert_snapshot!(shown.join("\n\n"));
    }
}
