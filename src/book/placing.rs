//! Files that come into their place together with a transaction, or not at
//! all: noted, written beside their places, decided in the database, renamed,
//! and forgotten as business under way.

use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;

use super::atomic::put_in_place;
use super::intent::{self, Intent, Kind, Move};
use super::{Book, BookError};

impl Book {
    /// Does all that in these steps, and dies behind any of them without harm.
    /// `write` fills the temporary files and notes their digests; `decide` runs
    /// within the transaction from which on it counts.
    ///
    /// # Errors
    /// Those of `write` and `decide`, after which nothing was changed;
    /// [`BookError::Unfinished`] when it counts but a file could not be renamed
    /// into place.
    pub(super) fn place_files<T>(
        &mut self,
        kind: Kind,
        files: &[(PathBuf, PathBuf)],
        write: impl FnOnce(&mut Self, &mut [Move]) -> Result<(), BookError>,
        decide: impl FnOnce(&Connection, &[Move]) -> Result<T, BookError>,
    ) -> Result<T, BookError> {
        let noted = |(temp, target): &(PathBuf, PathBuf)| Move {
            temp: self.noted(temp),
            target: self.noted(target),
            sha256: String::new(),
        };
        let mut moves: Vec<Move> = files.iter().map(noted).collect();
        let remove = || files.iter().for_each(|(temp, _)| drop(fs::remove_file(temp)));
        let id = self.write(|db| intent::begin(db, &Intent::of(kind, moves.clone())))?;
        if let Err(error) = write(self, &mut moves) {
            if !error.is_killed() {
                // Nothing is decided yet. What was written may be what fills
                // the disk, so it goes before the database is asked for more.
                remove();
                let _ = self.write(|db| intent::abandon(db, id));
            }
            return Err(error);
        }
        let decided = self.write(|db| {
            intent::decide(db, id, &Intent::of(kind, moves.clone()))?;
            decide(db, &moves)
        });
        let value = match decided {
            Ok(value) => value,
            Err(error) => {
                // Where it cannot be taken back, opening the book settles it.
                if !error.is_killed() && self.write(|db| intent::abandon(db, id)).unwrap_or(false) {
                    remove();
                }
                return Err(error);
            }
        };
        self.faults.step()?;
        for Move { temp, target, .. } in &moves {
            let (temp, target) = (self.dir.join(temp), self.dir.join(target));
            put_in_place(&temp, &target).map_err(|error| match error {
                BookError::Io { path, source, .. } => BookError::Unfinished { path, source },
                other => other,
            })?;
            self.faults.step()?;
        }
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
