//! The row of a table that is told in full below it. It follows the cursor when
//! that rests: what stands there is often longer than all else that a move
//! changes.

use super::tab::Tab;

/// A table as it stands: the screen, the desk's version, and how many rows.
pub type Table = (Tab, u64, usize);

#[derive(Debug, Default)]
pub struct Told {
    table: Option<Table>,
    at: usize,
    /// Where the cursor was last.
    cursor: usize,
    /// Whether the cursor moved and has not rested since: by this question.
    waits: Option<u64>,
}

impl Told {
    /// The row to tell of, with the cursor there.
    pub fn row(&self, table: Table, cursor: usize) -> usize {
        if self.waits.is_some() && self.table == Some(table) { self.at } else { cursor }
    }

    /// Takes in where the cursor is; whether it has to rest now. Other rows
    /// need no rest.
    pub fn follow(&mut self, table: Table, cursor: usize, generation: u64) -> bool {
        if self.table != Some(table) {
            *self = Self { table: Some(table), at: cursor, cursor, waits: None };
            return false;
        }
        let moved = self.cursor != cursor;
        if moved {
            self.cursor = cursor;
            self.waits = Some(generation);
        }
        moved
    }

    /// The cursor has rested since that question, unless it has moved again.
    pub fn rested(&mut self, generation: u64) {
        if self.waits == Some(generation) {
            self.waits = None;
            self.at = self.cursor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_that_is_told_follows_when_the_cursor_rests() {
        let table = (Tab::Projects, 1, 9);
        let mut told = Told::default();
        assert!(!told.follow(table, 2, 1));
        assert_eq!(told.row(table, 2), 2);
        assert!(told.follow(table, 3, 2) && told.follow(table, 4, 3) && !told.follow(table, 4, 4));
        assert_eq!(told.row(table, 4), 2);
        told.rested(2);
        assert_eq!(told.row(table, 4), 2, "it has moved again since");
        told.rested(3);
        assert_eq!(told.row(table, 4), 4);
        // From here the next move counts.
        assert!(told.follow(table, 5, 5));
        assert_eq!(told.row(table, 5), 4);
    }

    #[test]
    fn other_rows_are_told_at_once() {
        let (table, other) = ((Tab::Projects, 1, 9), (Tab::Projects, 2, 8));
        let mut told = Told::default();
        told.follow(table, 2, 1);
        told.follow(table, 3, 2);
        assert_eq!(told.row(other, 3), 3);
        assert!(!told.follow(other, 3, 3));
        assert_eq!(told.row(other, 3), 3);
    }
}
