//! The charges behind a cap in the order in which they draw, with what it has
//! left after each.

use super::burn::cents;
use super::paint::Paint;
use super::table::{Cell, Column, Row, decimal, text_column};
use super::{Areas, burn, table};
use crate::amount::Amount;
use crate::tui::burn::BehindCap;
use crate::tui::figures;
use crate::tui::model::Model;

const COLUMNS: [Column<'_>; 7] = [
    text_column("day", 0, 10, 10),
    text_column("user", 3, 10, 34),
    text_column("what", 4, 8, 30),
    text_column("project", 5, 8, 24),
    decimal("charge", 1, 9),
    decimal("drawn", 0, 9),
    decimal("cap left", 2, 9),
];

pub fn draw(model: &Model, behind: &BehindCap, paint: &mut Paint<'_>, areas: &Areas) {
    let theme = *paint.theme;
    let spot = behind.spot;
    let rows = (spot.top..behind.draws.len()).take(areas.rows()).filter_map(|at| Some((at, behind.draws.row(at)?)));
    let rows = rows
        .map(|(at, row)| {
            let nothing = row.drawn.is_zero();
            let cells = vec![
                Cell::new(row.day.to_string()),
                Cell::new(row.user),
                Cell::styled(row.what, theme.dim),
                Cell::styled(row.project, theme.dim),
                Cell::new(figures::money(row.amount)),
                Cell::styled(figures::money(row.drawn), if nothing { theme.dim } else { theme.good }),
                Cell::styled(cents(row.left), if row.left <= Amount::ZERO { theme.bad } else { theme.text }),
            ];
            Row { cells, cursor: at == spot.at, style: None }
        })
        .collect();
    table::draw(paint, areas.table, &COLUMNS, rows);
    let (Some(aside), Some(burn)) = (areas.aside, model.burn.behind_row()) else { return };
    let (charged, drawn) = behind.draws.totals();
    let charges = figures::of(behind.draws.len() as u64, "charge", "charges");
    let text = format!("{charges} of {}, {} of it drawn.", figures::dollars(charged), figures::dollars(drawn));
    burn::selected(burn, &text, paint, aside);
}
