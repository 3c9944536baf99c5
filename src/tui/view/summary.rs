//! The month added up: a row for each group, the month's total below them, and
//! the figures of the group under the cursor in full, so that what a narrow
//! terminal folds away is there all the same.

use ratatui::layout::Rect;

use super::paint::{Paint, Piece, plain, wrapped};
use super::table::{Cell, Column, Row, Shown, decimal, number, text_column};
use super::{Areas, table};
use crate::report::{self, Figures, Group, Summary};
use crate::tui::columns::{Layout, Slot, TableColumns};
use crate::tui::model::Model;
use crate::tui::summary::SummaryPage;
use crate::tui::{figures, text};

pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    let theme = *paint.theme;
    let Some(page) = &model.summary.page else {
        let text = format!("Adding up{}", paint.dots());
        paint.text(areas.table.x, areas.table.y, areas.table.width, &text, theme.dim);
        return;
    };
    let summary = &page.summary;
    let shown = summary.columns_shown();
    let names: Vec<String> = summary.by.iter().map(ToString::to_string).collect();
    let columns: Vec<Column<'_>> = names
        .iter()
        .enumerate()
        .map(|(at, name)| name_column(at, name))
        .chain(shown.iter().map(figure_column))
        .collect();
    let spot = model.spot();
    let cells = |figures: &Figures| shown.iter().map(|c| cell(c, figures)).collect::<Vec<_>>();
    let mut rows: Vec<Row> = Vec::new();
    for at in spot.top..spot.top + areas.rows() {
        let Some(group) = model.summary.group(at) else { break };
        let names = group.key.iter().map(|key| Cell::new(key.label()));
        rows.push(Row { cells: names.chain(cells(&group.figures)).collect(), cursor: at == spot.at, style: None });
    }
    let total = (0..names.len()).map(|at| Cell::new(if at == 0 { "the month" } else { "" }));
    rows.push(Row { cells: total.chain(cells(&summary.total)).collect(), cursor: false, style: Some(theme.title) });
    // The total has the line behind the rows.
    let area = Rect { height: areas.table.height + 1, ..areas.table };
    match model.columns() {
        Some(wanted) => {
            let numbers = numbers(names.len(), &shown);
            let these = laid_out(wanted, &numbers);
            let as_wanted = Shown { columns: Some(&these), numbers: &numbers, ..Shown::default() };
            table::draw_as(paint, area, &columns, rows, &as_wanted);
            wanted.placed.replace(these.placed.take());
        }
        None => table::draw(paint, area, &columns, rows),
    }
    if let Some(aside) = areas.aside {
        in_full(model, page, paint, aside);
    }
}

/// What can be laid out: the names of the groups together, then every figure
/// that there can be, as the file of the columns has them.
pub fn names() -> Vec<&'static str> {
    std::iter::once("groups").chain(report::all_columns().map(|column| column.heading)).collect()
}

/// The columns as the number of each among those that can be laid out.
fn numbers(names: usize, shown: &[&'static report::Column]) -> Vec<usize> {
    let figure = |column: &&report::Column| {
        report::all_columns().position(|other| other.name == column.name).map_or(0, |at| at + 1)
    };
    std::iter::repeat_n(0, names).chain(shown.iter().map(figure)).collect()
}

/// What is wanted of the columns that there can be, as a wish for those that
/// there are.
fn laid_out(wanted: &TableColumns, numbers: &[usize]) -> TableColumns {
    let (mut slots, mut frozen) = (Vec::new(), 0);
    for (place, slot) in wanted.layout.slots().iter().enumerate() {
        let these = numbers.iter().enumerate().filter(|(_, number)| **number == slot.column);
        let before = slots.len();
        slots.extend(these.map(|(column, _)| Slot { column, ..*slot }));
        frozen += if place < wanted.layout.frozen() { slots.len() - before } else { 0 };
    }
    let cursor = wanted.cursor.and_then(|cursor| numbers.iter().position(|number| *number == cursor));
    TableColumns { layout: Layout::of(slots, frozen), cursor, ..TableColumns::default() }
}

/// Names of models differ at both ends.
fn name_column(at: usize, name: &str) -> Column<'_> {
    text_column(name, u8::from(at > 0), if at == 0 { 12 } else { 10 }, 44).good(22).cut_in_the_middle()
}

fn figure_column<'a>(column: &&'static report::Column) -> Column<'a> {
    match column.name {
        "difference" => decimal(column.heading, 2, 8),
        "billed" => decimal(column.heading, 2, 7),
        "recorded" => decimal(column.heading, 3, 7),
        "final" => decimal(column.heading, 3, 7),
        "margin" => decimal(column.heading, 4, 6),
        "estimated_cost" => decimal(column.heading, 4, 6),
        "requests" => number(column.heading, 5, 7),
        "items" => number(column.heading, 6, 5),
        "unpriced_lines" => number(column.heading, 7, 5),
        "total_tokens" => number(column.heading, 7, 9),
        "request_id_share" => number(column.heading, 8, 6),
        "mean_difference" => decimal(column.heading, 8, 7),
        "input_tokens" | "cached_tokens" | "output_tokens" => number(column.heading, 8, 8),
        "base" => decimal(column.heading, 10, 7),
        _ => number(column.heading, 9, 6),
    }
}

fn cell(column: &report::Column, figures: &Figures) -> Cell {
    Cell::new(seen(column.name, &column.cell(figures)))
}

/// A figure as a table shows it: an estimate with its mark, a difference with
/// its sign.
fn seen(name: &str, cell: &report::Cell) -> String {
    let signed = matches!(name, "difference" | "mean_difference");
    match cell {
        // A blank reads as none, and lets what is there be seen.
        report::Cell::Count(0) if !matches!(name, "items" | "requests") => String::new(),
        report::Cell::Count(count) => u64::try_from(*count).map_or_else(|_| count.to_string(), figures::count),
        report::Cell::Money(amount) if signed => amount.map(figures::signed).unwrap_or_default(),
        report::Cell::Money(amount) => amount.map(figures::money).unwrap_or_default(),
        report::Cell::Estimate(amount) if amount.is_zero() => String::new(),
        report::Cell::Estimate(amount) => format!("~{}", figures::money(*amount)),
        report::Cell::Share(share) => share.map(|share| share.percent()).unwrap_or_default(),
    }
}

/// To the last digit, beside its name.
fn exact(cell: &report::Cell) -> String {
    match cell {
        report::Cell::Money(Some(amount)) => figures::exact(*amount),
        report::Cell::Estimate(amount) => format!("~{}", figures::exact(*amount)),
        other => seen("", other),
    }
}

fn in_full(model: &Model, page: &SummaryPage, paint: &mut Paint<'_>, area: Rect) {
    let theme = *paint.theme;
    let Some(group) = model.summary.group(model.told()) else {
        paint.rule(area.x, area.y, area.width, "no group");
        return;
    };
    let title: Vec<&str> = group.key.iter().map(report::Key::label).collect();
    let title = text::clean(&title.join(", "), paint.ascii).into_owned();
    paint.rule(area.x, area.y, area.width, &text::fit(&title, (area.width as usize).saturating_sub(6), paint.ascii));
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let mut lines = all_figures(&page.summary, group, below.width, paint);
    // They are about all of the groups, not about the one whose name stands above.
    if !page.notes.is_empty() {
        lines.push(Vec::new());
        lines.push(plain("Of the whole month", theme.head));
    }
    for note in &page.notes {
        lines.extend(wrapped(note, below.width, paint.ascii, theme.dim));
    }
    let top = model.detail.scroll.top(lines.len(), below.height as usize);
    paint.lines(below, &lines, top);
}

/// Every figure of a group that says something, as many beside each other as
/// fit.
fn all_figures(summary: &Summary, group: &Group, width: u16, paint: &Paint<'_>) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let columns = summary.columns().filter(|column| !column.cell(&group.figures).is_nothing());
    let pairs: Vec<(&str, String)> =
        columns.map(|column| (column.heading, exact(&column.cell(&group.figures)))).collect();
    if pairs.is_empty() {
        return vec![plain("There is nothing in this group.", theme.dim)];
    }
    // Read down, then across: what belongs together stays together.
    let fits = |across: &usize| {
        let blocks = pairs.chunks(pairs.len().div_ceil(*across));
        let wide: usize = blocks.map(|block| block_width(block) + GAP).sum();
        wide <= width as usize + GAP
    };
    let across = (2..=5).rev().find(fits).unwrap_or(1);
    let deep = pairs.len().div_ceil(across);
    let mut lines: Vec<Vec<Piece>> = vec![Vec::new(); deep];
    for block in pairs.chunks(deep) {
        let name = block.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let text = block_width(block) - name - 1;
        for (line, (head, figure)) in lines.iter_mut().zip(block) {
            // Nothing behind the last figure: it would be cut for the blanks.
            let gap = if line.is_empty() { 0 } else { GAP };
            line.push((format!("{}{head:<name$} ", " ".repeat(gap)), theme.dim));
            line.push((format!("{figure:>text$}"), theme.text));
        }
    }
    lines
}

/// Between figures that stand beside each other.
const GAP: usize = 3;

fn block_width(block: &[(&str, String)]) -> usize {
    let name = block.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let text = block.iter().map(|(_, text)| text.len()).max().unwrap_or(0);
    name + 1 + text
}
