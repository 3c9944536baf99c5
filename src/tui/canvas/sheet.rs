//! The cells of a frame in the one form in which two frames are compared:
//! what looks the same is the same.

use ratatui::buffer::{Buffer, Cell, CellWidth as _};
use ratatui::style::{Color, Modifier};

use super::band::Band;

/// What a blank shows as well.
pub const ON_BLANKS: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::CROSSED_OUT)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK);

/// Behind a sign that is wider than a column.
const COVERED: Cell = Cell::new("");

/// A cell that the sign before it covers.
pub fn is_covered(cell: &Cell) -> bool {
    cell.symbol().is_empty()
}

/// A cell as a cleared terminal has it.
pub fn is_blank(cell: &Cell) -> bool {
    is_bare(cell) && cell.bg == Color::Reset
}

/// A blank of which nothing but the ground is seen.
pub fn is_bare(cell: &Cell) -> bool {
    cell.symbol() == " " && !cell.modifier.intersects(ON_BLANKS)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    width: usize,
    height: usize,
    cells: Vec<Cell>,
}

impl Sheet {
    /// A frame that begins in the first column of the first row.
    pub fn of(frame: &Buffer) -> Self {
        let (width, height) = (usize::from(frame.area.width), usize::from(frame.area.height));
        let mut cells = Vec::with_capacity(width * height);
        for row in frame.content.chunks(width.max(1)) {
            let mut row = row.iter();
            let mut left = width;
            while let Some(cell) = row.next() {
                let wide = usize::from(cell.symbol().cell_width());
                cells.push(if wide == 0 || wide > left { blank_of(cell) } else { seen(cell) });
                // What stands below a wide sign is nowhere to be seen.
                let covers = if wide > left { 0 } else { wide.saturating_sub(1) };
                cells.extend(row.by_ref().take(covers).map(|_| COVERED));
                left = left.saturating_sub(covers + 1);
            }
        }
        Self { width, height, cells }
    }

    /// The cleared terminal of the same size.
    pub fn blank(&self) -> Self {
        Self { cells: vec![Cell::EMPTY; self.cells.len()], ..*self }
    }

    pub const fn has_size_of(&self, other: &Self) -> bool {
        self.width == other.width && self.height == other.height
    }

    /// From above.
    pub fn rows(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunks(self.width.max(1))
    }

    /// What the terminal shows after it has moved a band of its rows.
    pub fn moved(&self, band: Band) -> Self {
        let mut cells = Vec::with_capacity(self.cells.len());
        for y in 0..self.height {
            match band.source(y) {
                Some(from) => {
                    let row = from * self.width..(from + 1) * self.width;
                    cells.extend_from_slice(self.cells.get(row).unwrap_or_default());
                }
                None => cells.resize(cells.len() + self.width, Cell::EMPTY),
            }
        }
        Self { cells, ..*self }
    }
}

/// A sign that has no room, or none at all.
fn blank_of(cell: &Cell) -> Cell {
    let mut blank = cell.clone();
    blank.set_symbol(" ");
    seen(&blank)
}

/// Without what a blank does not show.
fn seen(cell: &Cell) -> Cell {
    let mut cell = cell.clone();
    if is_bare(&cell) {
        cell.fg = Color::Reset;
        cell.modifier = Modifier::empty();
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn row(text: &str, width: u16, style: Style) -> Vec<Cell> {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        buffer.set_string(0, 0, text, style);
        Sheet::of(&buffer).cells
    }

    #[test]
    fn what_looks_the_same_is_the_same() {
        let (plain, red) = (Style::new(), Style::new().fg(Color::Red).add_modifier(Modifier::BOLD));
        assert_eq!(row("a b", 3, red)[1], row("a b", 3, plain)[1], "the colour of a blank is not seen");
        assert_ne!(row("a", 3, red), row("a", 3, plain));
        let under = red.add_modifier(Modifier::UNDERLINED);
        assert_ne!(row(" ", 3, under), row(" ", 3, plain), "the line below a blank is seen");
        assert_ne!(row(" ", 3, under), row(" ", 3, plain.add_modifier(Modifier::UNDERLINED)));
    }

    #[test]
    fn what_a_wide_sign_covers_is_told_from_a_blank() {
        let cells = row("日 a", 6, Style::new());
        assert!(is_covered(&cells[1]) && !is_covered(&cells[2]), "{cells:?}");
        assert_ne!(cells, row("日", 6, Style::new()));
        // One that has no room at the edge would go on in the next row.
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
        buffer.cell_mut((1, 0)).unwrap().set_symbol("日");
        assert!(Sheet::of(&buffer).cells.iter().all(is_blank));
    }
}
