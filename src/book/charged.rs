//! The charges of every month as it was written last, exactly and with the caps
//! they counted against: what refunds of later months take back.

use rusqlite::{Connection, params};

use super::{Book, BookError};
use crate::calendar::Month;

/// Hands the charges of a month over in pieces of text, since there may be
/// millions.
pub type Charged<'a> =
    Box<dyn FnOnce(&mut dyn FnMut(&str) -> Result<(), BookError>) -> Result<(), BookError> + Send + 'a>;

impl Book {
    /// The months before one whose charges are kept, ascending.
    ///
    /// # Errors
    /// Those of the database.
    pub fn charged_before(&self, month: Month) -> Result<Vec<Month>, BookError> {
        self.read(|db| {
            let mut all = db.prepare("SELECT DISTINCT month FROM charged WHERE month < ?1 ORDER BY month")?;
            let rows = all.query_map([month.to_string()], |row| row.get::<_, String>(0))?;
            rows.map(|row| month_of(&row?)).collect()
        })
    }

    /// The months before one that were written with any row, ascending.
    ///
    /// # Errors
    /// Those of the database.
    pub fn exported_before(&self, month: Month) -> Result<Vec<Month>, BookError> {
        self.read(|db| {
            let mut all =
                db.prepare("SELECT DISTINCT month FROM exports WHERE month < ?1 AND rows > 0 ORDER BY month")?;
            let rows = all.query_map([month.to_string()], |row| row.get::<_, String>(0))?;
            rows.map(|row| month_of(&row?)).collect()
        })
    }

    /// Keeps the charges of a month that was written before the book did so by
    /// itself. What it wrote stays as it is.
    ///
    /// # Errors
    /// Those of the database.
    pub fn keep_charged(&mut self, month: Month, charges: Charged<'_>) -> Result<(), BookError> {
        self.write(|db| replace(db, month, charges))
    }

    /// The charges of a month, piece by piece in their order.
    ///
    /// # Errors
    /// Those of the database, and [`BookError::Unreadable`] with what `take`
    /// says of a piece.
    pub fn charged(&self, month: Month, take: &mut dyn FnMut(&str) -> Result<(), String>) -> Result<(), BookError> {
        self.read(|db| {
            let mut all = db.prepare("SELECT charges FROM charged WHERE month = ?1 ORDER BY part")?;
            let mut rows = all.query([month.to_string()])?;
            while let Some(row) = rows.next()? {
                let piece = row.get_ref(0)?.as_str().map_err(|error| BookError::unreadable(error.to_string()))?;
                take(piece).map_err(BookError::unreadable)?;
            }
            Ok(())
        })
    }
}

fn month_of(text: &str) -> Result<Month, BookError> {
    text.parse().map_err(|_| BookError::unreadable(format!("“{text}” is no month")))
}

/// Puts these charges in the place of those a month had.
pub(super) fn replace(db: &Connection, month: Month, charges: Charged<'_>) -> Result<(), BookError> {
    let month = month.to_string();
    db.execute("DELETE FROM charged WHERE month = ?1", [&month])?;
    let mut insert = db.prepare("INSERT INTO charged VALUES(?1, ?2, ?3)")?;
    let mut part = 0i64;
    charges(&mut |piece| {
        insert.execute(params![month, part, piece])?;
        part += 1;
        Ok(())
    })?;
    // That nothing was charged is known as well.
    if part == 0 {
        db.execute("INSERT INTO charged VALUES(?1, 0, '')", [&month])?;
    }
    Ok(())
}
