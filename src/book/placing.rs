//! Files that come into their place together with a transaction, or not at
//! all: noted, written beside their places, decided in the database, renamed,
//! and forgotten as business under way.

use std::fs;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread::ScopedJoinHandle;

use rusqlite::Connection;

use super::atomic::{rename, sync_folder_of};
use super::fault::Faults;
use super::intent::{self, Intent, Kind, Move};
use super::{Book, BookError};

impl Book {
    /// Does all that in these steps, and dies behind any of them without harm.
    /// `write` fills the temporary files and notes their digests. `prepare` and
    /// then `decide`, which is given those, run within the transaction from
    /// which on it counts: `prepare` while the files are being written, since
    /// both may take long, and the transaction ends behind both.
    ///
    /// # Errors
    /// Those of `write`, `prepare` and `decide`, after which nothing was
    /// changed; [`BookError::Unfinished`] when it counts but a file could not be
    /// renamed into place.
    pub(super) fn place_files<P, T>(
        &mut self,
        kind: Kind,
        files: &[(PathBuf, PathBuf)],
        write: impl FnOnce(&mut Faults, &mut [Move]) -> Result<(), BookError> + Send,
        prepare: impl FnOnce(&Connection) -> Result<P, BookError>,
        decide: impl FnOnce(&Connection, P, &[Move]) -> Result<T, BookError>,
    ) -> Result<T, BookError> {
        let noted = |(temp, target): &(PathBuf, PathBuf)| Move {
            temp: self.noted(temp),
            target: self.noted(target),
            sha256: String::new(),
        };
        let moves: Vec<Move> = files.iter().map(noted).collect();
        let remove = || files.iter().for_each(|(temp, _)| drop(fs::remove_file(temp)));
        let id = self.write(|db| intent::begin(db, &Intent::of(kind, moves.clone())))?;
        let mut faults = std::mem::take(&mut self.faults);
        let mut written = false;
        let decided = std::thread::scope(|scope| {
            let (faults, mut moves) = (&mut faults, moves);
            let mut writing = Some(scope.spawn(move || write(faults, &mut moves).map(|()| moves)));
            let decided = self.write(|db| {
                let (prepared, moves) = if has_log(db)? {
                    (prepare(db), ended(&mut writing)?)
                } else {
                    // Without a log a large change keeps everybody from reading.
                    let moves = ended(&mut writing)?;
                    (prepare(db), moves)
                };
                written = true;
                intent::decide(db, id, &Intent::of(kind, moves.clone()))?;
                Ok((decide(db, prepared?, &moves)?, moves))
            });
            // Where both went wrong, what is told of is the file.
            decided.or_else(|error| ended(&mut writing).and(Err(error)))
        });
        self.faults = faults;
        let (value, moves) = match decided {
            Ok(decided) => decided,
            Err(error) if error.is_killed() => return Err(error),
            Err(error) => {
                if !written {
                    // Nothing is decided yet. What was written may be what fills
                    // the disk, so it goes before the database is asked for more.
                    remove();
                }
                // Where it cannot be taken back, opening the book settles it.
                if self.write(|db| intent::abandon(db, id)).unwrap_or(false) {
                    remove();
                }
                return Err(error);
            }
        };
        self.faults.step()?;
        let unfinished = |error| match error {
            BookError::Io { path, source, .. } => BookError::Unfinished { path, source },
            other => other,
        };
        for Move { temp, target, .. } in &moves {
            rename(&self.dir.join(temp), &self.dir.join(target)).map_err(unfinished)?;
            self.faults.step()?;
        }
        // Durable together: nearly always they are in one folder, which is waited
        // for once. Until then the renaming is business under way.
        let mut targets: Vec<PathBuf> = moves.iter().map(|m| self.dir.join(&m.target)).collect();
        targets.sort_unstable();
        targets.dedup_by(|a, b| a.parent() == b.parent());
        targets.iter().try_for_each(|target| sync_folder_of(target).map_err(unfinished))?;
        let leftovers = self.write(|db| {
            let targets: Vec<PathBuf> = moves.iter().map(|m| m.target.clone()).collect();
            let old = intent::superseded(db, id, &targets)?;
            intent::end(db, id)?;
            for (old, _) in &old {
                intent::end(db, *old)?;
            }
            Ok(old)
        })?;
        for temp in leftovers.into_iter().flat_map(|(_, temps)| temps) {
            let _ = fs::remove_file(self.dir.join(temp));
        }
        self.faults.step()?;
        Ok(value)
    }
}

/// Files that are being written.
type Writing<'scope> = ScopedJoinHandle<'scope, Result<Vec<Move>, BookError>>;

/// Waits until they are, unless that was waited for before.
fn ended(writing: &mut Option<Writing<'_>>) -> Result<Vec<Move>, BookError> {
    // A panic there is one here.
    let joined = writing.take().map(|writing| writing.join().unwrap_or_else(|panic| resume_unwind(panic)));
    joined.unwrap_or_else(|| Ok(Vec::new()))
}

/// Whether changes go to a log first, so that others read on meanwhile.
fn has_log(db: &Connection) -> Result<bool, BookError> {
    Ok(db.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0))? == "wal")
}
