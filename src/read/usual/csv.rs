//! The cells of CSV without quotes: what stands between commas.

use super::grid::{Grid, ROWS};
use crate::read::marks::{Places, find};

/// The rows of a text one after the other.
pub(super) struct Csv<'a> {
    bytes: &'a [u8],
    /// Where the next row begins.
    at: usize,
}

impl<'a> Csv<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Fills the grid with the next rows; `false` when there are none. A row
    /// that has not so many `columns` is odd. `lines` is room for line ends.
    pub fn fill(&mut self, grid: &mut Grid, lines: &mut Places, columns: usize) -> bool {
        grid.clear();
        lines.clear();
        // Behind this mark begins the first row, and behind each one's last the next.
        grid.bounds.push((self.at as u32).wrapping_sub(1));
        let ended = find(self.bytes, self.at, &mut grid.bounds, lines, ROWS);
        // The last row of a text may lack its line end.
        let whole = lines.last().map_or(self.at, |end| *end as usize + 1);
        if ended && whole < self.bytes.len() {
            grid.bounds.push(self.bytes.len() as u32);
            lines.push(self.bytes.len() as u32);
        }
        let blank = grid.blank_row(columns + 1);
        let mut first = 0;
        for end in lines.iter().take(ROWS) {
            let begin = self.at as u32;
            self.at = (*end as usize + 1).min(self.bytes.len());
            let row = (begin, self.at as u32);
            if grid.bounds.get(first + columns) == Some(end) {
                grid.row(row, first);
                first += columns;
            } else {
                grid.odd_row(row, blank);
                let marks = grid.bounds.get(first + 1..).unwrap_or(&[]);
                first += 1 + marks.iter().take_while(|mark| *mark < end).count();
            }
        }
        !grid.rows.is_empty()
    }
}
