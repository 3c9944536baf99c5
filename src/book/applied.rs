//! What was written to ledgers, with what their rows said before, so that it
//! can be taken back.

use rusqlite::params;

use super::{Book, BookError, entries};
use crate::calendar::{Instant, Month};
use crate::journal::{Action, Entry};
use crate::source::write_back::RowChange;

impl Book {
    /// Journals verdicts and keeps the rows they changed, in one step.
    ///
    /// # Errors
    /// Those of the database, and [`BookError::ReadOnly`].
    pub fn append_applied(
        &mut self,
        month: Month,
        action: Action,
        rows: &[RowChange],
        at: Instant,
    ) -> Result<Vec<Entry>, BookError> {
        let who = self.who.clone();
        self.write(|db| {
            let added = entries::append(db, &who, Some(month), vec![action], at)?;
            let seq = added.last().map_or(0, |entry| entry.seq);
            let mut insert = db.prepare_cached("INSERT INTO applied VALUES(?1, ?2, ?3)")?;
            for (number, row) in rows.iter().enumerate() {
                let text = serde_json::to_string(row).map_err(|e| BookError::unreadable(e.to_string()))?;
                insert.execute(params![seq as i64, number as i64, text])?;
            }
            Ok(added)
        })
    }

    /// The rows that an entry changed, in the order they were written.
    ///
    /// # Errors
    /// Those of the database; [`BookError::Damaged`] for a row that does not
    /// read.
    pub fn applied(&self, seq: u64) -> Result<Vec<RowChange>, BookError> {
        self.read(|db| {
            let mut all = db.prepare("SELECT change FROM applied WHERE seq = ?1 ORDER BY row")?;
            let texts = all.query_map([seq as i64], |row| row.get::<_, String>(0))?;
            texts
                .map(|text| {
                    serde_json::from_str(&text?)
                        .map_err(|e| BookError::unreadable(format!("a row kept with entry {seq} does not read: {e}")))
                })
                .collect()
        })
    }
}
