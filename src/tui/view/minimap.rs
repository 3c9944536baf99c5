//! The scrollbar of a list: how far down the screen is, and beside it where
//! the open items are, as bars whose length says how many.

use ratatui::layout::Rect;

use super::paint::Paint;
use crate::tui::list::ListState;
use crate::tui::minimap::thumb;

/// By the level of a row, in text of one column.
const FULL: [&str; 5] = [" ", "▎", "▌", "▊", "█"];
const FULL_ASCII: [&str; 5] = [" ", ".", "o", "O", "@"];

/// Draws into two columns beside the rows.
pub fn draw(list: &ListState, paint: &mut Paint<'_>, area: Rect) {
    let theme = *paint.theme;
    let height = usize::from(area.height);
    let len = list.index.len();
    let here = thumb(list.spot.top, height, len, height);
    let [track, handle] = if paint.ascii { ["|", "#"] } else { ["│", "┃"] };
    for row in 0..height.min(len) {
        let (sign, style) = if here.contains(&row) { (handle, theme.head) } else { (track, theme.border) };
        paint.text(area.x, area.y + row as u16, 1, sign, style);
    }
    let full = if paint.ascii { FULL_ASCII } else { FULL };
    for (row, level) in list.map.levels(height).into_iter().enumerate() {
        let sign = full.get(level as usize).copied().unwrap_or(" ");
        paint.text(area.x + 1, area.y + row as u16, 1, sign, theme.warn);
    }
}
