//! Where the cells stand of some hundreds of rows.

use crate::amount::Cut;
use crate::read::marks::Places;

/// Rows looked at together: few enough that they and what is made of them stay
/// in the processor's nearest memory.
pub(super) const ROWS: usize = 512;

/// Where something stands in a text: its first byte and the one behind it.
pub(super) type Span = (u32, u32);

/// Where the cells of a column stand among the bounds of their rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The first of a cell's two bounds, counted from the first of its row.
    pub at: usize,
    /// Bytes from that bound to the cell: 1 where it is the mark in front of
    /// it, which is the end of the cell before.
    pub gap: u32,
    /// A carriage return at the end is none of the cell.
    pub last: bool,
}

/// Cells by their row and their place in it. One that is not there is blank.
#[derive(Default)]
pub(super) struct Grid {
    /// Where cells begin and end.
    pub bounds: Places,
    /// The first bound of each row.
    firsts: Vec<u32>,
    /// Whole rows, with their line ends.
    pub rows: Vec<Span>,
    /// Rows for the general way.
    pub odd: Vec<bool>,
}

impl Grid {
    pub fn clear(&mut self) {
        self.bounds.clear();
        self.firsts.clear();
        self.rows.clear();
        self.odd.clear();
    }

    pub fn is_full(&self) -> bool {
        self.rows.len() >= ROWS
    }

    /// Adds the bounds of a row whose cells are all blank, for rows to share.
    /// Gives back the first.
    pub fn blank_row(&mut self, bounds: usize) -> usize {
        let first = self.bounds.len();
        self.bounds.fill(0, bounds);
        first
    }

    /// Adds a row with its first bound.
    pub fn row(&mut self, row: Span, first: usize) {
        self.rows.push(row);
        self.firsts.push(first as u32);
        self.odd.push(false);
    }

    /// Adds a row for the general way.
    pub fn odd_row(&mut self, row: Span, blank: usize) {
        self.row(row, blank);
        if let Some(odd) = self.odd.last_mut() {
            *odd = true;
        }
    }

    /// Looks at one column from the first row to the last. `read` makes a value
    /// of a cell that is not blank; where it makes none the row is odd.
    #[inline(always)]
    pub fn column<T: Copy>(
        &mut self,
        bytes: &[u8],
        place: Place,
        blank: T,
        into: &mut Vec<T>,
        mut read: impl FnMut(Cut<'_>) -> Option<T>,
    ) {
        let Self { bounds, firsts, odd, .. } = self;
        into.clear();
        into.extend(firsts.iter().zip(odd).map(|(first, odd)| match cell(bytes, bounds, *first, place) {
            cell if cell.is_empty() => blank,
            cell => read(cell).unwrap_or_else(|| {
                *odd = true;
                blank
            }),
        }));
    }

    /// The same for a value that stands in the first of several columns that is
    /// not blank.
    #[inline(always)]
    pub fn first_of<T: Copy>(
        &mut self,
        bytes: &[u8],
        places: &[Place],
        blank: T,
        into: &mut Vec<T>,
        mut read: impl FnMut(Cut<'_>) -> Option<T>,
    ) {
        let Self { bounds, firsts, odd, .. } = self;
        into.clear();
        into.extend(firsts.iter().zip(odd).map(|(first, odd)| {
            let mut cells = places.iter().map(|place| cell(bytes, bounds, *first, *place));
            match cells.find(|cell| !cell.is_empty()) {
                None => blank,
                Some(cell) => read(cell).unwrap_or_else(|| {
                    *odd = true;
                    blank
                }),
            }
        }));
    }

    /// Where the texts of a column stand. One with something at its ends that
    /// might be trimmed makes its row odd.
    pub fn texts(&mut self, bytes: &[u8], place: Place, into: &mut Vec<Span>) {
        let Self { bounds, firsts, odd, .. } = self;
        into.clear();
        into.extend(firsts.iter().zip(odd).map(|(first, odd)| {
            let cell = cell(bytes, bounds, *first, place);
            *odd |= !match cell.text() {
                [] => true,
                [first, .., last] | [first @ last] => first.is_ascii_graphic() & last.is_ascii_graphic(),
            };
            cell.span()
        }));
    }

    /// A row is odd whose cell of a column is neither blank nor `fits`.
    #[inline(always)]
    pub fn check(&mut self, bytes: &[u8], place: Place, fits: impl Fn(&[u8]) -> bool) {
        let Self { bounds, firsts, odd, .. } = self;
        for (first, odd) in firsts.iter().zip(odd) {
            let cell = cell(bytes, bounds, *first, place);
            *odd |= !(cell.is_empty() || fits(cell.text()));
        }
    }
}

#[inline(always)]
fn cell<'a>(bytes: &'a [u8], bounds: &[u32], first: u32, place: Place) -> Cut<'a> {
    let at = first as usize + place.at;
    let Some([from, to]) = bounds.get(at..at + 2) else { return Cut::default() };
    let (from, mut to) = (from.wrapping_add(place.gap), *to);
    if place.last && from < to && bytes.get(to as usize - 1) == Some(&b'\r') {
        to -= 1;
    }
    Cut::new(bytes, from, to)
}
