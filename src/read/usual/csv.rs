//! The cells of CSV without quotes: what stands between commas.

use super::grid::{Grid, ROWS, Span};
use crate::read::marks::{PIECE, marks_at};

/// The rows of a text one after the other.
pub(super) struct Csv<'a> {
    bytes: &'a [u8],
    /// Where the next row begins.
    at: usize,
    /// Where the cells of the rows under way end; before them, where what stands
    /// in front of the first row does.
    ends: Vec<u32>,
    /// The place in that list of the last cell of each row.
    rows: Vec<usize>,
}

impl<'a> Csv<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, ends: Vec::new(), rows: Vec::new() }
    }

    /// Fills the grid with the next rows; `false` when there are none. A row
    /// that has not so many `columns` is odd; `wanted` are those whose cells
    /// count, in the order of the grid's.
    pub fn fill(&mut self, grid: &mut Grid, columns: usize, wanted: &[usize]) -> bool {
        grid.clear();
        self.find();
        let mut first = 0;
        for row in &self.rows {
            // One more in front: where what stands before the row ends.
            let ends = self.ends.get(first..=*row).unwrap_or(&[]);
            first = *row;
            let (begin, end) = (self.at as u32, ends.last().copied().unwrap_or_default());
            // The last row of a text may lack its line end.
            self.at = (end as usize + 1).min(self.bytes.len());
            let row: Span = (begin, self.at as u32);
            if ends.len() != columns + 1 {
                grid.odd_row(row);
                continue;
            }
            let cell = |column: &usize| match ends.get(*column..column + 2) {
                Some([before, end]) => (before.wrapping_add(1), *end),
                _ => (0, 0),
            };
            let cells = grid.row(row, wanted.iter().map(cell));
            // A carriage return is white space at the end of the last cell.
            if self.bytes.get((end as usize).wrapping_sub(1)) == Some(&b'\r') {
                cells.iter_mut().filter(|cell| cell.1 == end && cell.0 < end).for_each(|cell| cell.1 -= 1);
            }
        }
        !grid.rows.is_empty()
    }

    /// Finds where the cells of the next rows end.
    fn find(&mut self) {
        self.ends.clear();
        self.ends.push((self.at as u32).wrapping_sub(1));
        self.rows.clear();
        let mut at = self.at;
        while at < self.bytes.len() && self.rows.len() < ROWS {
            let found = marks_at(self.bytes, at);
            let (mut all, mut lines, before) = (found.all, found.lines, self.ends.len() - 1);
            self.ends.reserve(PIECE);
            while all != 0 {
                self.ends.push(at as u32 + all.trailing_zeros());
                all &= all - 1;
            }
            while lines != 0 {
                // This one and those below it.
                let up_to = lines ^ (lines - 1);
                self.rows.push(before + (found.all & up_to).count_ones() as usize);
                lines &= lines - 1;
            }
            at += PIECE;
        }
        let whole = self.rows.last().and_then(|last| self.ends.get(*last));
        let ended = whole.map_or(self.at, |end| *end as usize + 1);
        if at >= self.bytes.len() && ended < self.bytes.len() {
            self.ends.push(self.bytes.len() as u32);
            self.rows.push(self.ends.len() - 1);
        }
    }
}
