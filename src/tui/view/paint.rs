//! The few strokes everything is drawn with. Text that comes from data is
//! cleaned here, once, so that no view can forget it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::words;
use crate::amount::Amount;
use crate::tui::pointer::{Places, Target};
use crate::tui::text;
use crate::tui::theme::Theme;

pub struct Paint<'a> {
    buffer: &'a mut Buffer,
    pub theme: &'a Theme,
    pub ascii: bool,
    /// Words instead of lines, boxes and charts.
    pub plain: bool,
    /// What stands where, for clicks.
    pub places: Places,
    /// Where the row or line under the cursor begins.
    pub cursor: Option<Position>,
}

/// A piece of a line in one style.
pub type Piece = (String, Style);

impl<'a> Paint<'a> {
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme, ascii: bool) -> Self {
        Self { buffer, theme, ascii, plain: false, places: Places::default(), cursor: None }
    }

    /// Draws a text, cut to `columns`; gives the columns it took.
    pub fn text(&mut self, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
        let area = self.buffer.area;
        if y < area.y || y >= area.bottom() || x >= area.right() {
            return 0;
        }
        let columns = columns.min(area.right() - x);
        let clean = text::clean(text, self.ascii);
        let fitted = text::fit(&clean, columns as usize, self.ascii);
        let (end, _) = self.buffer.set_stringn(x, y, fitted, columns as usize, style);
        end - x
    }

    /// Notes that a click on the area means this.
    pub fn place(&mut self, area: Rect, target: Target) {
        self.places.put(area.intersection(self.buffer.area), target);
    }

    pub fn right(&mut self, x: u16, y: u16, columns: u16, text: &str, style: Style) {
        let clean = text::clean(text, self.ascii);
        let wide = u16::try_from(text::width(&clean)).unwrap_or(u16::MAX).min(columns);
        self.text(x + columns - wide, y, wide, &clean, style);
    }

    /// Draws pieces one after the other.
    pub fn pieces(&mut self, x: u16, y: u16, columns: u16, pieces: &[Piece]) -> u16 {
        let mut used = 0;
        for (text, style) in pieces {
            if used >= columns {
                break;
            }
            used += self.text(x + used, y, columns - used, text, *style);
        }
        used
    }

    pub fn fill(&mut self, area: Rect, style: Style) {
        self.buffer.set_style(area.intersection(self.buffer.area), style);
    }

    /// Blanks an area, for what is laid over the screen.
    pub fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        let blank = " ".repeat(area.width as usize);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                }
            }
            self.buffer.set_string(area.x, y, &blank, self.theme.ground);
        }
    }

    /// A line across with a title in it; of the plain screen, the title.
    pub fn rule(&mut self, x: u16, y: u16, columns: u16, title: &str) {
        if self.plain {
            let style = self.theme.title;
            self.text(x, y, columns, title, style);
            return;
        }
        let mark = if self.ascii { "-" } else { "─" };
        let border = self.theme.border;
        self.text(x, y, columns, &mark.repeat(columns as usize), border);
        if !title.is_empty() && columns > 6 {
            let style = self.theme.title;
            self.text(x + 2, y, columns - 4, &format!(" {title} "), style);
        }
    }

    /// A vertical line; none on the plain screen.
    pub fn wall(&mut self, x: u16, y: u16, rows: u16) {
        if self.plain {
            return;
        }
        let mark = if self.ascii { "|" } else { "│" };
        let border = self.theme.border;
        for row in 0..rows {
            self.text(x, y + row, 1, mark, border);
        }
    }

    /// A cleared box with a border and a title; gives what is inside.
    pub fn frame(&mut self, area: Rect, title: &str) -> Rect {
        self.clear(area);
        if area.width < 4 || area.height < 3 {
            return area;
        }
        if self.plain {
            let style = self.theme.title;
            self.text(area.x, area.y, area.width, title, style);
            return Rect { y: area.y + 1, height: area.height - 1, ..area };
        }
        let [across, down, corners @ ..] =
            if self.ascii { ["-", "|", "+", "+", "+", "+"] } else { ["─", "│", "╭", "╮", "╰", "╯"] };
        let (right, bottom) = (area.right() - 1, area.bottom() - 1);
        let border = self.theme.border;
        for y in [area.y, bottom] {
            self.text(area.x, y, area.width, &across.repeat(area.width as usize), border);
        }
        for y in area.y + 1..bottom {
            self.text(area.x, y, 1, down, border);
            self.text(right, y, 1, down, border);
        }
        let places = [(area.x, area.y), (right, area.y), (area.x, bottom), (right, bottom)];
        for (corner, (x, y)) in corners.into_iter().zip(places) {
            self.text(x, y, 1, corner, border);
        }
        let style = self.theme.title;
        self.text(area.x + 2, area.y, area.width - 4, &format!(" {title} "), style);
        Rect::new(area.x + 2, area.y + 1, area.width - 4, area.height - 2)
    }

    /// Lines from a scroll position on, with a mark where there is more.
    pub fn lines(&mut self, area: Rect, lines: &[Vec<Piece>], top: usize) {
        let more = lines.len() > top + area.height as usize;
        // The mark has a line of its own: laid over one it could cut a number.
        let shown = (area.height as usize).saturating_sub(usize::from(more));
        for (row, line) in lines.iter().skip(top).take(shown).enumerate() {
            self.pieces(area.x, area.y + row as u16, area.width, line);
        }
        if more && area.height > 0 {
            let text = format!("{} more below", lines.len() - top - shown);
            let (y, style) = (area.bottom() - 1, self.theme.dim);
            self.right(area.x, y, area.width, &text, style);
        }
    }

    /// A part of the most there is as a row of signs; none on the plain screen,
    /// where the figure stands for itself.
    pub fn bar(&self, part: Amount, most: Amount, columns: i128) -> String {
        if self.plain { String::new() } else { words::bar(part, most, columns, self.ascii) }
    }

    /// The same with the sign of the figure before it.
    pub fn signed_bar(&self, part: Amount, most: Amount, columns: u16) -> String {
        if self.plain { String::new() } else { words::signed_bar(part, most, columns, self.ascii) }
    }

    /// The same of any figures, to a part of a column.
    pub fn fine_bar(&self, units: i128, most: i128, columns: u16) -> String {
        if self.plain { String::new() } else { words::fine_bar(units, most, columns, self.ascii) }
    }

    pub const fn dots(&self) -> &'static str {
        if self.ascii { "..." } else { "…" }
    }
}

/// A line in one style.
pub fn plain(text: impl Into<String>, style: Style) -> Vec<Piece> {
    vec![(text.into(), style)]
}

/// Cleans and wraps a text into lines of one style.
pub fn wrapped(text: &str, columns: u16, ascii: bool, style: Style) -> impl Iterator<Item = Vec<Piece>> {
    text::wrap(&text::clean(text, ascii), columns as usize).into_iter().map(move |line| plain(line, style))
}
