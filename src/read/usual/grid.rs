//! Where the cells stand of some hundreds of rows.

/// Rows looked at together: few enough that they and what is made of them stay
/// in the processor's nearest memory.
pub(super) const ROWS: usize = 512;

/// Where something stands in a text: its first byte and the one behind it.
pub(super) type Span = (u32, u32);

/// For each row the cells that count, each at its place. A cell that is not
/// there is blank.
#[derive(Default)]
pub(super) struct Grid {
    /// Cells of a row.
    pub wide: usize,
    pub cells: Vec<Span>,
    /// Whole rows, with their line ends.
    pub rows: Vec<Span>,
    /// Rows for the general way.
    pub odd: Vec<bool>,
}

impl Grid {
    pub fn new(wide: usize) -> Self {
        Self { wide, ..Self::default() }
    }

    pub fn clear(&mut self) {
        self.cells.clear();
        self.rows.clear();
        self.odd.clear();
    }

    pub fn is_full(&self) -> bool {
        self.rows.len() >= ROWS
    }

    /// Adds a row with all its cells, and gives them back.
    pub fn row(&mut self, row: Span, cells: impl Iterator<Item = Span>) -> &mut [Span] {
        let from = self.cells.len();
        self.cells.extend(cells);
        self.rows.push(row);
        self.odd.push(false);
        self.cells.get_mut(from..).unwrap_or_default()
    }

    /// Adds a row for the general way.
    pub fn odd_row(&mut self, row: Span) {
        self.cells.resize(self.cells.len() + self.wide, (0, 0));
        self.rows.push(row);
        self.odd.push(true);
    }

    /// Looks at one column from the first row to the last. `read` makes a value
    /// of a cell; where it makes none the row is odd.
    pub fn column<T: Copy>(
        &mut self,
        bytes: &[u8],
        place: usize,
        blank: T,
        into: &mut Vec<T>,
        mut read: impl FnMut(&[u8]) -> Option<T>,
    ) {
        into.clear();
        for (cells, odd) in self.cells.chunks_exact(self.wide).zip(&mut self.odd) {
            into.push(match cell(bytes, cells, place) {
                [] => blank,
                cell => read(cell).unwrap_or_else(|| {
                    *odd = true;
                    blank
                }),
            });
        }
    }

    /// The same for a value that stands in the first of several columns that is
    /// not blank.
    pub fn first_of<T: Copy>(
        &mut self,
        bytes: &[u8],
        places: &[usize],
        blank: T,
        into: &mut Vec<T>,
        mut read: impl FnMut(&[u8]) -> Option<T>,
    ) {
        if let [place] = places {
            return self.column(bytes, *place, blank, into, read);
        }
        into.clear();
        for (cells, odd) in self.cells.chunks_exact(self.wide).zip(&mut self.odd) {
            let mut found = places.iter().map(|place| cell(bytes, cells, *place)).filter(|cell| !cell.is_empty());
            into.push(match found.next() {
                None => blank,
                Some(cell) => read(cell).unwrap_or_else(|| {
                    *odd = true;
                    blank
                }),
            });
        }
    }

    /// Where the texts of a column stand. One with something at its ends that
    /// might be trimmed makes its row odd.
    pub fn texts(&mut self, bytes: &[u8], place: usize, into: &mut Vec<Span>) {
        into.clear();
        for (cells, odd) in self.cells.chunks_exact(self.wide).zip(&mut self.odd) {
            let ends = match cell(bytes, cells, place) {
                [] => true,
                [first, .., last] | [first @ last] => first.is_ascii_graphic() && last.is_ascii_graphic(),
            };
            *odd |= !ends;
            into.push(cells.get(place).copied().unwrap_or_default());
        }
    }

    /// A row is odd whose cell of a column is neither blank nor `fits`.
    pub fn check(&mut self, bytes: &[u8], place: usize, fits: impl Fn(&[u8]) -> bool) {
        for (cells, odd) in self.cells.chunks_exact(self.wide).zip(&mut self.odd) {
            let cell = cell(bytes, cells, place);
            *odd |= !(cell.is_empty() || fits(cell));
        }
    }
}

#[inline]
fn cell<'a>(bytes: &'a [u8], cells: &[Span], place: usize) -> &'a [u8] {
    let (from, to) = cells.get(place).copied().unwrap_or_default();
    bytes.get(from as usize..to as usize).unwrap_or(&[])
}
