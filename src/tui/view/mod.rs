//! Draws the model and changes nothing. One file for each part of the screen;
//! only rows that are visible are ever asked for.

mod bad_rows;
mod behind;
mod burn;
mod chart;
mod checks;
mod close;
mod columns;
mod detail;
mod footer;
mod geometry;
mod header;
mod journal;
mod like;
mod list;
mod loading;
mod minimap;
mod overview;
mod paint;
mod plain;
mod popup;
mod prices;
mod summary;
mod table;
mod tie_out;
mod tour;
mod trend;
mod verdicts;
mod why;
mod words;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::modal::Modal;
use super::model::Model;
use super::stage::Stage;
use super::tab::Tab;
use paint::Paint;
pub(super) use words::cause as cause_word;

/// Below this a sentence takes the place of the screen.
const LEAST: (u16, u16) = (60, 16);
/// From here on the detail stands beside the list.
const WIDE: u16 = 140;

/// Where everything goes. Pure, so that `update` knows the size of a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Areas {
    pub title: Rect,
    pub tabs: Rect,
    /// All between the tabs and the tie-out lines.
    pub body: Rect,
    /// The table: a line of column titles, then rows.
    pub table: Rect,
    /// The detail, the chart, or what else stands beside or below the table.
    pub aside: Option<Rect>,
    /// Without rows while no tour is on.
    pub tour: Rect,
    pub tie_out: Rect,
    pub status: Rect,
    pub footer: Rect,
}

impl Areas {
    /// Rows of the table that are on the screen.
    pub const fn rows(&self) -> usize {
        self.table.height.saturating_sub(1) as usize
    }
}

pub fn areas(model: &Model) -> Areas {
    let (width, height) = model.size;
    let line = |y: u16, rows: u16| Rect::new(0, y.min(height), width, rows.min(height.saturating_sub(y)));
    let status = footer::status_rows(model);
    let bottom = height.saturating_sub(3 + status);
    // The tour takes its lines from the body, so that it covers nothing.
    let teaches = if model.tour.on && height >= LEAST.1 { tour::ROWS } else { 0 };
    let body = line(2, bottom.saturating_sub(2 + teaches));
    let (table, aside) = split(model, body);
    Areas {
        title: line(0, 1),
        tabs: line(1, 1),
        body,
        table,
        aside,
        tour: line(bottom.saturating_sub(teaches), teaches),
        tie_out: line(bottom, 2),
        status: line(bottom + 2, status),
        footer: line(bottom + 2 + status, 1),
    }
}

fn split(model: &Model, body: Rect) -> (Rect, Option<Rect>) {
    let below = |rows: u16| {
        let rows = rows.min(body.height / 2);
        let table = Rect { height: body.height - rows, ..body };
        let aside = Rect { y: body.y + table.height, height: rows, ..body };
        (table, (rows >= 5).then_some(aside))
    };
    let beside = |width: u16| {
        let table = Rect { width: body.width.saturating_sub(width + 1), ..body };
        (table, Some(Rect { x: body.x + table.width + 1, width, ..body }))
    };
    let with_total =
        |(table, aside): (Rect, Option<Rect>)| (Rect { height: table.height.saturating_sub(1), ..table }, aside);
    match model.tab {
        Tab::Matched | Tab::Discrepancies | Tab::NotFound if model.detail.full => (body, Some(body)),
        Tab::Matched | Tab::Discrepancies | Tab::NotFound if body.width >= WIDE && !model.plain => {
            beside((body.width * 30 / 100).clamp(42, 72))
        }
        // Fewer rows than this leave no room for both.
        Tab::Matched | Tab::Discrepancies | Tab::NotFound if body.height < 16 => (body, None),
        Tab::Matched | Tab::Discrepancies | Tab::NotFound => below((body.height * 2 / 5).clamp(9, 13)),
        Tab::Projects => below((body.height * 55 / 100).max(8)),
        Tab::Close => {
            let lines = |close: &std::sync::Arc<crate::desk::CloseView>| close::lines_above(close);
            let gate = model.pages.close.as_ref().map_or(0, lines);
            let rows = u16::try_from(gate).unwrap_or(u16::MAX).saturating_add(1).clamp(2, (body.height / 2).max(2));
            let table = Rect { height: rows.min(body.height), ..body };
            (table, Some(Rect { y: body.y + table.height, height: body.height - table.height, ..body }))
        }
        // Below the rows stands their sum.
        Tab::Summary => with_total(below((body.height * 2 / 5).clamp(8, 11))),
        Tab::Checks if model.pages.checks.rows.is_empty() => (body, None),
        Tab::Checks => with_total(below(8)),
        // Above the table a line says what is explained.
        Tab::Why => {
            let (table, aside) = below((body.height * 2 / 5).clamp(8, 12));
            (Rect { y: table.y + 1, height: table.height.saturating_sub(1), ..table }, aside)
        }
        // The things to do next, under their heading; a sentence where there are none.
        Tab::Overview => {
            let rows = (model.pages.next.len().clamp(1, 5) as u16 + 1).min(body.height);
            let table = Rect { height: rows, ..body };
            (table, Some(Rect { y: body.y + rows, height: body.height - rows, ..body }))
        }
        Tab::BadRows if !model.pages.bad_rows.is_empty() => below(7),
        Tab::Prices if body.height >= 14 => below(7),
        Tab::Prices | Tab::Journal | Tab::BadRows => (body, None),
    }
}

/// Draws into an empty buffer; gives where the cursor shows, if it does.
pub fn view(model: &Model, frame: &mut Buffer) -> Option<Position> {
    let size = frame.area;
    let areas = areas(model);
    let (mut cursor, on_row);
    {
        let mut paint = Paint::new(frame, &model.theme, model.ascii);
        paint.plain = model.plain;
        paint.fill(size, model.theme.ground);
        if size.width < LEAST.0 || size.height < LEAST.1 {
            model.pointer.places.take();
            too_small(&mut paint, size);
            return None;
        }
        header::draw(model, &mut paint, &areas);
        body(model, &mut paint, &areas);
        if areas.tour.height > 0 {
            tour::draw(model, &mut paint, areas.tour);
        }
        tie_out::draw(model, &mut paint, areas.tie_out);
        if !model.modals.is_empty() {
            // What lies over the screen takes every click.
            paint.places.cover();
        }
        cursor = footer::draw(model, &mut paint, &areas);
        cursor = popup::draw(model, &mut paint, &areas).or(cursor);
        on_row = paint.cursor;
        paint.places.of = Some((model.tab, model.modals.len()));
        model.pointer.places.replace(std::mem::take(&mut paint.places));
    }
    // A screen reader reads where the cursor is.
    if model.plain && !types(model) { on_row.or(Some(areas.body.as_position())) } else { cursor }
}

/// Whether the cursor belongs where something is typed.
fn types(model: &Model) -> bool {
    matches!(model.modals.last(), Some(Modal::Prompt(_) | Modal::Form(_)))
}

/// The columns of a screen's table that can be laid out by the operator, by
/// their names, and how many of them stay in sight at first.
pub fn columns_of(tab: Tab) -> Option<(Vec<&'static str>, usize)> {
    let (columns, frozen): (&'static [table::Column<'static>], usize) = match tab {
        Tab::Matched | Tab::Discrepancies | Tab::NotFound => (&list::COLUMNS, list::FROZEN),
        Tab::Projects => (&burn::COLUMNS, 1),
        Tab::Prices => (&prices::COLUMNS, 0),
        Tab::Journal => (&journal::COLUMNS, 1),
        Tab::Checks => (&checks::COLUMNS, 1),
        Tab::BadRows => (&bad_rows::COLUMNS, 1),
        Tab::Why => (&why::COLUMNS, 1),
        Tab::Close => (&close::GATE, 1),
        Tab::Summary => return Some((summary::names(), 1)),
        Tab::Overview => return None,
    };
    Some((columns.iter().map(table::Column::name).filter(|name| !name.is_empty()).collect(), frozen))
}

fn body(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    match &model.stage {
        Stage::Loading(progress) => loading::draw(model, progress, paint, areas.body),
        Stage::Failed(why) => loading::failed(model, why, paint, areas.body),
        Stage::Ready => match model.tab {
            Tab::Matched | Tab::Discrepancies | Tab::NotFound => list::draw(model, paint, areas),
            Tab::Projects => burn::draw(model, paint, areas),
            Tab::Prices => prices::draw(model, paint, areas),
            Tab::Close => close::draw(model, paint, areas),
            Tab::Overview => overview::draw(model, paint, areas),
            Tab::Journal => journal::draw(model, paint, areas),
            Tab::BadRows => bad_rows::draw(model, paint, areas),
            Tab::Summary => summary::draw(model, paint, areas),
            Tab::Checks => checks::draw(model, paint, areas),
            Tab::Why => why::draw(model, paint, areas),
        },
    }
}

fn too_small(paint: &mut Paint<'_>, size: Rect) {
    let (columns, rows) = LEAST;
    let text = format!(
        "trueup needs a window of at least {columns} columns and {rows} rows; this one has {} and {}. Make it larger, or \
         press Ctrl-c to leave.",
        size.width, size.height
    );
    let style = paint.theme.text;
    for (y, line) in super::text::wrap(&text, size.width as usize).iter().enumerate() {
        paint.text(0, y as u16, size.width, line, style);
    }
}

#[cfg(test)]
mod tests;
