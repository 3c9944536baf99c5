//! The cells of CSV without quotes: what stands between commas.

use super::grid::{Grid, Span};
use crate::read::marks::Marks;

/// The rows of a text one after the other.
pub(super) struct Csv<'a> {
    bytes: &'a [u8],
    marks: Marks<'a>,
    /// Where the next row begins.
    at: usize,
}

impl<'a> Csv<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), marks: Marks::of(text.as_bytes()), at: 0 }
    }

    /// Fills the grid with the next rows; `false` when there are none.
    /// `places` says of each column which cell of the grid it is.
    pub fn fill(&mut self, grid: &mut Grid, places: &[Option<u8>]) -> bool {
        grid.clear();
        while !grid.is_full() && self.at < self.bytes.len() {
            let (cells, from) = (grid.row(), self.at);
            let (mut begin, mut count) = (from, 0);
            loop {
                let end = self.marks.next().unwrap_or(self.bytes.len());
                let mark = self.bytes.get(end).copied().unwrap_or(b'\n');
                let place = places.get(count).copied().flatten().map(usize::from);
                if let Some(cell) = place.and_then(|place| cells.get_mut(place)) {
                    *cell = (begin as u32, end as u32);
                }
                (begin, count) = (end + 1, count + 1);
                if mark == b'\n' {
                    break;
                }
            }
            // A carriage return is white space at the end of the last cell.
            if self.bytes.get(begin.wrapping_sub(2)) == Some(&b'\r') {
                let last = places.get(count - 1).copied().flatten().map(usize::from);
                if let Some((from, to)) = last.and_then(|place| cells.get_mut(place)) {
                    *to = (*to).saturating_sub(1).max(*from);
                }
            }
            self.at = begin.min(self.bytes.len());
            let row: Span = (from as u32, self.at as u32);
            grid.end(row, count != places.len());
        }
        !grid.rows.is_empty()
    }
}
