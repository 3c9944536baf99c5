//! Rates, lots and the tolerance, with how many lines each prices.

use super::paint::Paint;
use super::table::{Cell, Column, Row, decimal, number, text_column};
use super::{Areas, table};
use crate::desk::PriceRowKind;
use crate::tui::figures;
use crate::tui::keymap::Action;
use crate::tui::model::Model;

const COLUMNS: [Column<'_>; 8] = [
    text_column("kind", 5, 4, 4),
    text_column("name", 0, 12, 40).cut_in_the_middle(),
    text_column("from", 3, 10, 10),
    decimal("input/credits", 1, 13),
    decimal("cached", 4, 8),
    decimal("output/paid", 1, 11),
    number("lines", 2, 7),
    text_column("where from", 6, 10, 30),
];

pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    let theme = *paint.theme;
    let prices = &model.pages.prices;
    let mut area = areas.table;
    let (absolute, relative) = &prices.tolerance;
    let mut text =
        format!("Equal within ${absolute} or {relative} of recorded, whichever is more; rates per 1M tokens.");
    if !prices.rows.iter().any(|row| row.kind == PriceRowKind::Lot) {
        let add = model.keymap.shown(Action::AddPrice, paint.ascii);
        text = format!("No credit lot yet: {add} adds one. {text}");
    }
    // The tolerance takes the place of the last row, so that a page stays one.
    area.height = area.height.saturating_sub(1);
    paint.text(area.x, area.bottom(), area.width, &text, theme.dim);
    let spot = model.spot();
    let visible = prices.rows.iter().enumerate().skip(spot.top).take(areas.rows());
    let rows = visible
        .map(|(at, price)| {
            let lot = price.kind == PriceRowKind::Lot;
            let from = if price.effective.is_empty() { "any day" } else { &price.effective };
            let cells = vec![
                Cell::styled(if lot { "lot" } else { "rate" }, if lot { theme.info } else { theme.dim }),
                Cell::new(&price.name),
                Cell::styled(from, theme.dim),
                Cell::new(&price.input),
                Cell::new(&price.cached),
                Cell::new(&price.output),
                Cell::styled(figures::count(price.used_by), if price.used_by == 0 { theme.dim } else { theme.text }),
                Cell::styled(&price.origin, theme.dim),
            ];
            Row { cells, cursor: at == spot.at, style: None }
        })
        .collect();
    table::draw(paint, area, &COLUMNS, rows);
}
