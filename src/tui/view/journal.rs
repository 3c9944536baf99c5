//! Everything that was done, newest first or in groups; what was undone is
//! struck out and says so.

use super::paint::Paint;
use super::table::{Cell, Column, Row, Shown, number, text_column};
use super::{Areas, table};
use crate::desk::{EntryLine, EntryState};
use crate::tui::figures;
use crate::tui::journal::{JournalGroup, JournalRow};
use crate::tui::model::Model;
use crate::tui::theme::Theme;

pub const COLUMNS: [Column<'_>; 5] = [
    number("no.", 3, 4),
    text_column("when", 1, 16, 16),
    text_column("who", 7, 8, 24),
    text_column("what", 0, 24, 200).good(40),
    text_column("", 1, 6, 12).called("undone"),
];

pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    let state = &model.journal;
    if state.rows.is_empty() {
        let dim = paint.theme.dim;
        let text = match model.desk.as_ref().map(|desk| desk.journal().is_empty()) {
            Some(false) if !state.filter.is_empty() => "No entry passes the filter.".to_owned(),
            Some(true) => "Nothing was done yet.".to_owned(),
            _ => format!("Reading the journal{}", paint.dots()),
        };
        paint.text(areas.table.x, areas.table.y, areas.table.width, &text, dim);
        return;
    }
    let spot = model.spot();
    let visible = state.rows.iter().enumerate().skip(spot.top).take(areas.rows());
    let rows: Vec<Row> = visible
        .filter_map(|(at, row)| {
            let cursor = at == spot.at;
            match row {
                JournalRow::Entry(line) => {
                    state.lines.get(*line).map(|line| entry(line, state.by.is_some(), cursor, paint.theme))
                }
                JournalRow::Head(group) => {
                    let group = state.groups.get(*group)?;
                    Some(head(group, &state.lines, state.opened.contains(&group.key), cursor, paint))
                }
            }
        })
        .collect();
    table::draw_as(paint, areas.table, &COLUMNS, rows, &Shown::of(model));
}

fn entry(line: &EntryLine, grouped: bool, cursor: bool, theme: &Theme) -> Row {
    let when = line.at.to_string().replace('T', " ").chars().take(16).collect::<String>();
    let (state, struck) = match line.state {
        EntryState::Undone(Some(by)) => (format!("undone by {by}"), true),
        EntryState::Undone(None) => ("undone".to_owned(), true),
        EntryState::InForce | EntryState::Fact => (String::new(), false),
    };
    let indent = if grouped { "  " } else { "" };
    let cells = vec![
        Cell::styled(line.seq.to_string(), theme.dim),
        Cell::new(when),
        Cell::styled(&line.who, theme.dim),
        Cell::new(format!("{indent}{}", line.what)),
        Cell::new(state).or(if struck { "undone" } else { "" }),
    ];
    Row { cells, cursor, style: struck.then_some(theme.struck) }
}

fn head(group: &JournalGroup, lines: &[EntryLine], opened: bool, cursor: bool, paint: &Paint<'_>) -> Row {
    let theme = paint.theme;
    let sign = match (opened, paint.ascii) {
        (true, false) => "▾",
        (true, true) => "-",
        (false, false) => "▸",
        (false, true) => "+",
    };
    let of_group = || group.entries.iter().filter_map(|at| lines.get(*at));
    let undone = of_group().filter(|line| matches!(line.state, EntryState::Undone(_))).count();
    let undone = if undone == 0 { String::new() } else { format!(", {} undone", figures::count(undone as u64)) };
    let count = figures::of(group.entries.len() as u64, "entry", "entries");
    let cells = vec![
        Cell::new(""),
        Cell::new(""),
        Cell::new(""),
        Cell::styled(format!("{sign} {}: {count}{undone}", group.label), theme.head),
        Cell::new(""),
    ];
    Row { cells, cursor, style: None }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    use super::*;
    use crate::tui::bench::styled;
    use crate::tui::journal::tests::line;
    use crate::tui::theme::{Depth, Kind};

    /// Who and when are of the test, so that the screen is the same anywhere.
    #[test]
    fn what_was_undone_is_struck_out_and_says_so() {
        let undone = |line: EntryLine| EntryLine { state: EntryState::Undone(Some(3)), ..line };
        let lines = [
            line(3, 1, 3, "ada@finance", "undo approve as billed 57 items (agreed-with-vendor)"),
            line(2, 2, 3, "ada@finance", "pricing.json: gpt-4o from 2026-01-01: input 2.5, output 10"),
            undone(line(1, 1, 3, "ada@finance", "approve as billed 57 items (agreed-with-vendor)")),
        ];
        let group =
            JournalGroup { key: "1".into(), label: "1  approve as billed 57 items".into(), entries: vec![0, 2] };
        let theme = Theme::new(Kind::Dark, Depth::Full);
        let shown = [60, 80, 120].map(|width| {
            let area = Rect::new(0, 0, width, 5);
            let mut buffer = Buffer::empty(area);
            let mut paint = Paint::new(&mut buffer, &theme, false);
            let mut rows: Vec<Row> =
                lines.iter().enumerate().map(|(at, line)| entry(line, false, at == 0, &theme)).collect();
            rows.push(head(&group, &lines, true, false, &paint));
            table::draw(&mut paint, area, &COLUMNS, rows);
            format!("== {width}\n{}", styled(&buffer))
        });
        insta::assert_snapshot!(shown.join("\n\n"));
    }
}
