//! Usage at list price against what the provider billed for the same days: a
//! row for each day, project and model, as far as both tell them apart.

use ratatui::layout::Rect;

use super::paint::{Paint, Piece, wrapped};
use super::table::{Cell, Column, Row, Shown, decimal, text_column};
use super::{Areas, table};
use crate::reconcile::UsageCheck;
use crate::tui::figures;
use crate::tui::message::Checks;
use crate::tui::model::Model;

pub const COLUMNS: [Column<'_>; 7] = [
    text_column("day", 0, 10, 10),
    text_column("project", 6, 8, 24),
    text_column("model", 1, 10, 32).good(18).cut_in_the_middle(),
    decimal("at list price", 3, 9),
    decimal("billed", 3, 9),
    decimal("difference", 2, 9),
    text_column("", 2, 8, 20).called("agrees"),
];

pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    let theme = *paint.theme;
    let checks = &model.pages.checks;
    if checks.rows.is_empty() {
        let text = "There is nothing to check: the bill has no usage beside the costs of the same days. Give the \
                    usage export and the cost export of a month together; then each day's usage is priced by the \
                    price book and held against what was billed for it.";
        let lines: Vec<_> = wrapped(text, areas.table.width, paint.ascii, theme.dim).collect();
        paint.lines(areas.table, &lines, 0);
        return;
    }
    let spot = model.spot();
    let visible = checks.rows.iter().enumerate().skip(spot.top).take(areas.rows());
    let mut rows: Vec<Row> = visible.map(|(at, check)| row(check, at == spot.at, paint)).collect();
    let mut cells: Vec<Cell> = ["the month", "", ""].map(Cell::new).into();
    cells.extend([figures::money(checks.expected), figures::money(checks.billed)].map(Cell::new));
    cells.push(Cell::new(figures::signed(checks.difference)));
    rows.push(Row { cells, cursor: false, style: Some(theme.title) });
    table::draw_as(paint, Rect { height: areas.table.height + 1, ..areas.table }, &COLUMNS, rows, &Shown::of(model));
    if let (Some(aside), Some(check)) = (areas.aside, checks.rows.get(model.told())) {
        paint.rule(aside.x, aside.y, aside.width, "this check");
        let below = Rect { y: aside.y + 1, height: aside.height.saturating_sub(1), ..aside };
        let lines = in_words(check, checks, paint, below.width);
        let top = model.detail.scroll.top(lines.len(), below.height as usize);
        paint.lines(below, &lines, top);
    }
}

fn row(check: &UsageCheck, cursor: bool, paint: &Paint<'_>) -> Row {
    let theme = paint.theme;
    let money = |amount: Option<crate::amount::Amount>| amount.map(figures::money).unwrap_or_default();
    let (word, style) = verdict(check, paint);
    let cells = vec![
        Cell::new(check.day.map(|day| day.to_string()).unwrap_or_default()),
        Cell::styled(&check.project, theme.dim),
        Cell::new(&check.model),
        Cell::new(money(check.expected)),
        Cell::new(money(check.billed)),
        Cell::styled(check.difference.map(figures::signed).unwrap_or_default(), style),
        Cell::styled(word, style),
    ];
    Row { cells, cursor, style: None }
}

fn verdict(check: &UsageCheck, paint: &Paint<'_>) -> (&'static str, ratatui::style::Style) {
    let theme = paint.theme;
    match (check, paint.ascii) {
        (UsageCheck { difference: None, .. }, _) => ("? no price", theme.warn),
        (UsageCheck { difference: Some(apart), .. }, ascii) if apart.is_zero() => {
            (if ascii { "= agrees" } else { "✓ agrees" }, theme.good)
        }
        (UsageCheck { expected: None, .. }, true) => ("! no usage", theme.bad),
        (UsageCheck { expected: None, .. }, false) => ("≠ no usage", theme.bad),
        (UsageCheck { billed: None, .. }, true) => ("! not billed", theme.bad),
        (UsageCheck { billed: None, .. }, false) => ("≠ not billed", theme.bad),
        (_, true) => ("! apart", theme.bad),
        (_, false) => ("≠ apart", theme.bad),
    }
}

/// The check under the cursor to the last digit, and what the total leaves
/// out.
fn in_words(check: &UsageCheck, checks: &Checks, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let day = check.day.map_or_else(|| "The month".to_owned(), |day| day.to_string());
    let of = |text: &str, what: &str| if text.is_empty() { String::new() } else { format!(", {what} {text}") };
    let whose = format!("{day}{}{}", of(&check.project, "project"), of(&check.model, "model"));
    let dollars = |amount: crate::amount::Amount| format!("${}", figures::exact(amount));
    let usage = match (check.expected, check.no_price) {
        (Some(expected), _) => format!("its usage costs {} at list price", dollars(expected)),
        (None, Some(why)) => format!("some of its usage has no price: {}", why.reason()),
        (None, None) => "no usage is known".to_owned(),
    };
    let billed = check.billed.map_or_else(|| "nothing was billed".to_owned(), |b| format!("{} was billed", dollars(b)));
    let apart = match check.difference {
        Some(apart) if apart.is_zero() => "They agree.".to_owned(),
        Some(apart) => format!("Billed minus list price: {}.", figures::exact(apart)),
        None => "So they cannot be compared.".to_owned(),
    };
    let mut lines: Vec<_> =
        wrapped(&format!("{whose}: {usage}, {billed}. {apart}"), width, paint.ascii, theme.text).collect();
    if checks.unpriced > 0 {
        let text = format!(
            "{} without a price: what was billed for them is in the month's billed, and in no other sum.",
            figures::of(checks.unpriced, "row", "rows")
        );
        lines.extend(wrapped(&text, width, paint.ascii, theme.warn));
    }
    let about = "Both are the provider's word. What differs here was billed at another price than the list's, for \
                 other usage, or on another day; the comparison with your ledger is on screens 1 to 3.";
    lines.extend(wrapped(about, width, paint.ascii, theme.dim));
    lines
}
