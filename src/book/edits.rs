//! Config files rewritten by the program, in step with the journal, and edits
//! by other programs noticed.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::atomic::{put_in_place, real_target, sync_folder_of, temp_beside, write_temp};
use super::config::{check, read_text};
use super::intent::{self, Intent};
use super::{Book, BookError, entries};
use crate::calendar::{Instant, Month};
use crate::journal::{Action, ConfigFile, Entry};

/// A config file's text before and after; empty where there is no file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    pub file: ConfigFile,
    pub before: String,
    pub after: String,
}

/// A change under way, with all it takes to journal it later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Edit {
    pub change: FileChange,
    pub temp: PathBuf,
    actions: Vec<Action>,
    month: Option<Month>,
    who: String,
    /// In microseconds since 1970.
    at: i64,
}

impl Book {
    /// Rewrites a config file as [`Action::EditFile`] says and journals it:
    /// after a crash at any instant, file and journal agree. A change that
    /// changes nothing gives no entry.
    ///
    /// # Errors
    /// [`BookError::ChangedMeanwhile`] when the file is no longer what the
    /// action starts from, [`BookError::Config`] when it would not load again,
    /// [`BookError::Refused`] for any other action.
    pub fn edit_file(&mut self, month: Option<Month>, action: Action, at: Instant) -> Result<Vec<Entry>, BookError> {
        let Action::EditFile { file, before, after, .. } = &action else {
            return Err(BookError::refused(&self.dir, "only a change of a config file can be made this way"));
        };
        let change = FileChange { file: *file, before: before.clone(), after: after.clone() };
        if change.before == change.after {
            return Ok(Vec::new());
        }
        self.rewrite_file(month, change, vec![action], at)
    }

    /// Rewrites a config file under journal entries of the caller's choice,
    /// such as the undoing of an earlier change.
    ///
    /// # Errors
    /// As [`Book::edit_file`], and [`BookError::Signed`].
    pub fn rewrite_file(
        &mut self,
        month: Option<Month>,
        change: FileChange,
        actions: Vec<Action>,
        at: Instant,
    ) -> Result<Vec<Entry>, BookError> {
        self.check_writable()?;
        self.check_open(month, &actions)?;
        let path = self.dir.join(change.file.name());
        if actions.iter().any(|action| !action.items().is_empty()) {
            return Err(BookError::refused(path, "cannot be changed together with a decision on items"));
        }
        let target = real_target(&path)?;
        let current = |change: &FileChange| -> Result<bool, BookError> {
            Ok(read_text(&target)?.unwrap_or_default() == change.before)
        };
        if !current(&change)? {
            return Err(BookError::ChangedMeanwhile(path));
        }
        if change.before == change.after {
            return self.append(month, actions, at);
        }
        if !change.after.is_empty() {
            check(change.file, &change.after, &path)?;
        }
        let temp = temp_beside(&target);
        let who = self.who.clone();
        let edit = Edit { temp: self.noted(&temp), change, actions, month, who, at: at.micros() };
        let id = self.write(|db| intent::begin(db, &Intent::Edit(edit.clone())))?;
        let moved = (|| {
            self.faults.step()?;
            if !edit.change.after.is_empty() {
                write_temp(&temp, &target, |out: &mut dyn Write| out.write_all(edit.change.after.as_bytes()))?;
                self.faults.step()?;
            }
            // Once more, now that the slow part is over.
            if !current(&edit.change)? {
                return Err(BookError::ChangedMeanwhile(path.clone()));
            }
            if edit.change.after.is_empty() {
                fs::remove_file(&target).map_err(BookError::io(&target, "removed"))?;
                sync_folder_of(&target)?;
            } else {
                put_in_place(&temp, &target)?;
            }
            self.faults.step()
        })();
        if let Err(error) = moved {
            // Where it cannot be taken back, opening the book settles it.
            if !error.is_killed() && self.write(|db| intent::abandon(db, id)).unwrap_or(false) {
                let _ = fs::remove_file(&temp);
            }
            return Err(error);
        }
        // Should this fail, opening the book finds the new text and records it.
        let entries = self.write(|db| record(db, id, &edit))?;
        self.faults.step()?;
        Ok(entries)
    }

    /// The config files that another program changed since the book last saw
    /// them, to be journaled and then remembered. A file the book never saw
    /// before is no edit.
    ///
    /// # Errors
    /// Those of the database.
    pub fn outside_edits(&self, texts: &BTreeMap<ConfigFile, String>) -> Result<Vec<Action>, BookError> {
        let seen = self.read(|db| {
            let mut all = db.prepare("SELECT file, text FROM config_seen")?;
            let rows = all.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
            Ok(rows.collect::<Result<BTreeMap<_, _>, _>>()?)
        })?;
        let edit = |file: ConfigFile| {
            let before = seen.get(file.name())?;
            let after = texts.get(&file).map_or("", String::as_str);
            (before != after).then(|| Action::OutsideEdit { file, before: before.clone(), after: after.into() })
        };
        Ok(ConfigFile::ALL.into_iter().filter_map(edit).collect())
    }

    /// Journals outside edits and remembers the files as they are now, in one
    /// step. Returns the entries, none where nothing was changed.
    ///
    /// # Errors
    /// Those of the database, and [`BookError::ReadOnly`].
    pub fn remember_config(
        &mut self,
        texts: &BTreeMap<ConfigFile, String>,
        at: Instant,
    ) -> Result<Vec<Entry>, BookError> {
        let edits = self.outside_edits(texts)?;
        let who = self.who.clone();
        self.write(|db| {
            for file in ConfigFile::ALL {
                see(db, file, texts.get(&file).map_or("", String::as_str))?;
            }
            entries::append(db, &who, None, edits, at)
        })
    }
}

/// Journals a change whose file is in place, and forgets the intent.
pub(super) fn record(db: &Connection, id: i64, edit: &Edit) -> Result<Vec<Entry>, BookError> {
    see(db, edit.change.file, &edit.change.after)?;
    intent::end(db, id)?;
    entries::append(db, &edit.who, edit.month, edit.actions.clone(), Instant::from_micros(edit.at))
}

fn see(db: &Connection, file: ConfigFile, text: &str) -> Result<(), BookError> {
    let sql = "INSERT INTO config_seen VALUES(?1, ?2) ON CONFLICT(file) DO UPDATE SET text = excluded.text";
    db.execute(sql, params![file.name(), text])?;
    Ok(())
}
