//! What was written to ledgers, with what their rows said before, so that it
//! can be taken back.
//!
//! A ledger is another database or a file, so its change and the journal's
//! entry cannot be one transaction. What is on its way is noted; after a crash
//! the ledger is asked what it says, and the journal says the same.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::atomic::{real_target, sync_folder_of, temp_beside, write_temp};
use super::intent::{self, Intent, Kind, holds};
use super::{Book, BookError, entries};
use crate::calendar::{Instant, Month};
use crate::journal::{Action, Entry};
use crate::source::Location;
use crate::source::write_back::{self, RowChange};

/// Rows that are asked of a ledger after a crash: they were written in one
/// transaction, so a few tell of all.
const ASKED: usize = 200;

/// Verdicts between the journal and a table of a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OnItsWay {
    /// The entry that keeps the rows.
    apply: u64,
    /// The entry that was journaled: the same, or the one that takes it back.
    entry: u64,
    ledger: String,
}

impl Book {
    /// Journals verdicts and keeps the rows they change, before the ledger has
    /// them for good. [`Book::ledger_has_them`] follows.
    ///
    /// # Errors
    /// Those of the database, and [`BookError::ReadOnly`].
    pub fn apply_rows(
        &mut self,
        month: Month,
        ledger: &str,
        rows: &[RowChange],
        at: Instant,
    ) -> Result<Entry, BookError> {
        let who = self.who.clone();
        self.write(|db| {
            let entry = append_rows(db, &who, month, ledger, rows, at)?;
            let on_its_way = OnItsWay { apply: entry.seq, entry: entry.seq, ledger: ledger.into() };
            intent::begin(db, &Intent::Ledger(on_its_way))?;
            Ok(entry)
        })
    }

    /// Journals that the verdicts of an entry are taken out, before the ledger
    /// has lost them for good. [`Book::ledger_has_them`] follows.
    ///
    /// # Errors
    /// Those of the database, and [`BookError::ReadOnly`].
    pub fn revert_rows(&mut self, of: &Entry, ledger: &str, rows: u64, at: Instant) -> Result<Entry, BookError> {
        let who = self.who.clone();
        let action = Action::Revert { seq: of.seq, ledger: ledger.into(), rows };
        self.write(|db| {
            let entry = one(entries::append(db, &who, of.month, vec![action], at)?)?;
            let on_its_way = OnItsWay { apply: of.seq, entry: entry.seq, ledger: ledger.into() };
            intent::begin(db, &Intent::Ledger(on_its_way))?;
            Ok(entry)
        })
    }

    /// The ledger did what the entry says: nothing is on its way any more.
    ///
    /// # Errors
    /// Those of the database; the ledger is asked when the book is opened next.
    pub fn ledger_has_them(&mut self, entry: u64) -> Result<(), BookError> {
        for (id, _) in self.on_their_way(entry)? {
            self.write(|db| intent::end(db, id))?;
        }
        Ok(())
    }

    /// The ledger reported an error behind the entry: it is asked what it says,
    /// and the journal follows.
    ///
    /// # Errors
    /// Those of the database.
    pub fn ask_ledger(&mut self, entry: u64, location: &Location) -> Result<(), BookError> {
        for (id, on_its_way) in self.on_their_way(entry)? {
            self.settle_ledger(id, &on_its_way, Some(location))?;
        }
        Ok(())
    }

    fn on_their_way(&self, entry: u64) -> Result<Vec<(i64, OnItsWay)>, BookError> {
        let all = self.read(intent::ledgers)?;
        Ok(all.into_iter().filter(|(_, on_its_way)| on_its_way.entry == entry).collect())
    }

    /// Writes a ledger's new file with its verdicts and journals it: both or
    /// neither.
    ///
    /// # Errors
    /// As [`Book::export`].
    pub fn apply_file(&mut self, month: Month, path: &Path, bytes: &[u8], at: Instant) -> Result<Entry, BookError> {
        self.check_writable()?;
        let target = real_target(path)?;
        let (temp, who) = (temp_beside(&target), self.who.clone());
        let ledger = path.display().to_string();
        self.place_files(
            Kind::Apply,
            &[(temp.clone(), target.clone())],
            |faults, moves| {
                faults.step()?;
                let written = write_temp(&temp, &target, |out| out.write_all(bytes))?;
                moves.iter_mut().for_each(|m| m.sha256.clone_from(&written.sha256));
                faults.step()
            },
            |_| Ok(()),
            |db, (), moves| {
                let sha256 = moves.first().map(|m| m.sha256.clone()).unwrap_or_default();
                // A file that is written again is another whole file: nothing
                // of its rows has to be kept.
                let action = Action::Apply { ledger, sha256, rows: 0 };
                one(entries::append(db, &who, Some(month), vec![action], at)?)
            },
        )
    }

    /// Removes a file that [`Book::apply_file`] wrote, if it is still the same,
    /// and journals it: both or neither. `false` where the file is another by
    /// now, or gone; then only the journal changes.
    ///
    /// # Errors
    /// [`BookError::Io`], those of the database, and [`BookError::Unfinished`].
    pub fn remove_applied(&mut self, of: &Entry, at: Instant) -> Result<(Entry, bool), BookError> {
        let Action::Apply { ledger, sha256, .. } = &of.action else {
            return Err(BookError::refused(&self.dir, "only what was applied can be taken out again"));
        };
        let (path, who) = (PathBuf::from(ledger), self.who.clone());
        let ours = holds(&path, sha256);
        let action = Action::Revert { seq: of.seq, ledger: ledger.clone(), rows: 0 };
        let remove = Intent::Remove { path: self.noted(&path), sha256: sha256.clone() };
        self.faults.step()?;
        let (entry, id) = self.write(|db| {
            let entry = one(entries::append(db, &who, of.month, vec![action], at)?)?;
            let id = if ours { Some(intent::begin(db, &remove)?) } else { None };
            Ok((entry, id))
        })?;
        self.faults.step()?;
        if let (Some(id), Intent::Remove { path, sha256 }) = (id, &remove) {
            self.finish_removal(id, path, sha256)?;
        }
        Ok((entry, ours))
    }

    pub(super) fn finish_removal(&mut self, id: i64, path: &Path, sha256: &str) -> Result<(), BookError> {
        let path = self.dir.join(path);
        if holds(&path, sha256) {
            std::fs::remove_file(&path).map_err(|source| BookError::Unfinished { path: path.clone(), source })?;
            sync_folder_of(&path)?;
        } else if path.parent().is_some_and(Path::is_dir) {
            // Removed before, but perhaps not for good yet.
            sync_folder_of(&path)?;
        }
        self.faults.step()?;
        self.write(|db| intent::end(db, id))
    }

    /// Asks a ledger whether verdicts reached it, and makes the journal agree.
    /// One that cannot be asked is left for another time, with a notice.
    pub(super) fn settle_ledger(
        &mut self,
        id: i64,
        on_its_way: &OnItsWay,
        location: Option<&Location>,
    ) -> Result<(), BookError> {
        let OnItsWay { apply, entry, ledger } = on_its_way;
        let rows = self.applied(*apply)?;
        // Without one that has its password, as the journal names it.
        let location = location.map_or_else(|| Location::parse(Path::new(ledger)), |known| Ok(known.clone()));
        let asked = location.and_then(|location| {
            write_back::standing(&location, rows.get(..rows.len().min(ASKED)).unwrap_or_default())
        });
        let (before, after) = match asked {
            Ok(found) => found,
            Err(error) => {
                self.notices.push(format!(
                    "Writing verdicts to {ledger} was interrupted, and it cannot be asked now whether they reached it \
                     ({error}). It is asked again when the book is opened next."
                ));
                return Ok(());
            }
        };
        let reverts = apply != entry;
        // What others have changed since says nothing about either.
        let reached = if reverts { before >= after } else { after >= before };
        let of = self.read(|db| entries::entry(db, *apply as i64).map(Some))?;
        let (who, at) = (self.who.clone(), super::now());
        self.write(|db| {
            intent::end(db, id)?;
            if let Some(of) = of.filter(|_| !reached) {
                if reverts {
                    let month = of.month.ok_or_else(|| BookError::unreadable("verdicts belong to no month"))?;
                    append_rows(db, &who, month, ledger, &rows, at)?;
                } else {
                    let action = Action::Revert { seq: *apply, ledger: ledger.clone(), rows: 0 };
                    entries::append(db, &who, of.month, vec![action], at)?;
                }
            }
            Ok(())
        })?;
        self.faults.step()
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

fn one(entries: Vec<Entry>) -> Result<Entry, BookError> {
    entries.into_iter().next().ok_or_else(|| BookError::unreadable("nothing was journaled"))
}

fn append_rows(
    db: &Connection,
    who: &str,
    month: Month,
    ledger: &str,
    rows: &[RowChange],
    at: Instant,
) -> Result<Entry, BookError> {
    let action = Action::Apply { ledger: ledger.into(), sha256: String::new(), rows: rows.len() as u64 };
    let entry = one(entries::append(db, who, Some(month), vec![action], at)?)?;
    let mut insert = db.prepare_cached("INSERT INTO applied VALUES(?1, ?2, ?3)")?;
    for (number, row) in rows.iter().enumerate() {
        let text = serde_json::to_string(row).map_err(|e| BookError::unreadable(e.to_string()))?;
        insert.execute(params![entry.seq as i64, number as i64, text])?;
    }
    Ok(entry)
}
