//! The step of the tour, above the tie-out lines: it covers nothing.

use ratatui::layout::Rect;

use super::paint::{Paint, wrapped};
use crate::tui::keymap::Action;
use crate::tui::model::Model;
use crate::tui::tour::Tour;

/// Rows that it takes, with the rule above it.
pub const ROWS: u16 = 4;

pub fn draw(model: &Model, paint: &mut Paint<'_>, area: Rect) {
    let Some(text) = model.tour.says(&model.keymap, model.ascii) else { return };
    let skip = model.keymap.shown(Action::Tour, model.ascii);
    let (step, of) = (model.tour.at + 1, Tour::STEPS);
    paint.clear(area);
    paint.rule(area.x, area.y, area.width, &format!("tour, step {step} of {of}: {skip} skips it, Esc leaves"));
    let style = paint.theme.info;
    let lines: Vec<_> = wrapped(&text, area.width.saturating_sub(2), paint.ascii, style).collect();
    let below = Rect { x: area.x + 1, y: area.y + 1, width: area.width.saturating_sub(2), height: area.height - 1 };
    paint.lines(below, &lines, 0);
}
