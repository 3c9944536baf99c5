//! Where the screen was when it was left. Not a decision, so not journaled,
//! and a power loss may take it.

use rusqlite::OptionalExtension;

use super::{Book, BookError};

const LAST: &str = "last";

impl Book {
    /// What [`Book::set_place`] was given last.
    ///
    /// # Errors
    /// Those of the database.
    pub fn place(&self) -> Result<Option<String>, BookError> {
        self.read(|db| {
            Ok(db.query_row("SELECT value FROM place WHERE key = ?1", [LAST], |row| row.get(0)).optional()?)
        })
    }

    /// Keeps the screen's place: any text, JSON by custom.
    ///
    /// # Errors
    /// Those of the database, and [`BookError::ReadOnly`].
    pub fn set_place(&mut self, place: &str) -> Result<(), BookError> {
        self.write_lightly(|db| {
            let sql = "INSERT INTO place VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value";
            db.execute(sql, [LAST, place])?;
            Ok(())
        })
    }
}
