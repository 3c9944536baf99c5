//! What is under way over files and database at once, written down before it
//! begins, so that opening the book can finish it or take it back.
//!
//! A change of a config file counts once the file is renamed into place; an
//! export, a sign-off and a ledger's new file count once their transaction is
//! through.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::applied::OnItsWay;
use super::atomic::{digest_of, is_temp, put_in_place, real_target, sync_folder_of};
use super::config::read_text;
use super::edits::{self, Edit};
use super::{Book, BookError, INPUTS, SIGNED};

/// Paths are relative to the book where they lie in it, so that a book can be
/// moved with its unfinished business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Intent {
    Edit(Edit),
    /// Files of an export, to be renamed into place.
    Export(Vec<Move>),
    /// What was signed.
    Sign(Vec<Move>),
    /// A ledger's file with its verdicts.
    Apply(Vec<Move>),
    /// Verdicts that are on their way to a table of a database, or out of it.
    Ledger(OnItsWay),
    /// A file with verdicts that is to go.
    Remove {
        path: PathBuf,
        sha256: String,
    },
}

/// What files are renamed into place for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Export,
    Sign,
    Apply,
}

impl Kind {
    /// What was interrupted, and what to do where it cannot be completed.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Export => ("export", "Write it again."),
            Self::Sign => ("sign-off", "Put it back from a backup, or reopen the month and sign it again."),
            Self::Apply => ("writing of verdicts", "Write them again."),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Move {
    pub temp: PathBuf,
    pub target: PathBuf,
    /// Of what is to stand at the target; empty until it is written.
    pub sha256: String,
}

impl Intent {
    pub(super) fn of(kind: Kind, moves: Vec<Move>) -> Self {
        match kind {
            Kind::Export => Self::Export(moves),
            Kind::Sign => Self::Sign(moves),
            Kind::Apply => Self::Apply(moves),
        }
    }

    fn moves(&self) -> Option<(Kind, &[Move])> {
        match self {
            Self::Edit(_) | Self::Ledger(_) | Self::Remove { .. } => None,
            Self::Export(moves) => Some((Kind::Export, moves)),
            Self::Sign(moves) => Some((Kind::Sign, moves)),
            Self::Apply(moves) => Some((Kind::Apply, moves)),
        }
    }

    fn encode(&self) -> Result<String, BookError> {
        // Fails only on a path that is not UTF-8.
        serde_json::to_string(self)
            .map_err(|error| BookError::refused("the file to write", format!("cannot be noted: {error}")))
    }

    /// By way of a value, as journal entries are read.
    fn decode(body: &str) -> Result<Self, BookError> {
        serde_json::from_str::<serde_json::Value>(body)
            .and_then(serde_json::from_value)
            .map_err(|error| BookError::unreadable(format!("an unfinished change does not read: {error}")))
    }
}

/// Writes down what is about to begin; the result is its number.
pub(super) fn begin(db: &Connection, intent: &Intent) -> Result<i64, BookError> {
    db.execute("INSERT INTO intents(decided, body) VALUES(0, ?1)", [intent.encode()?])?;
    Ok(db.last_insert_rowid())
}

/// From here on it is completed and no longer taken back.
pub(super) fn decide(db: &Connection, id: i64, intent: &Intent) -> Result<(), BookError> {
    db.execute("UPDATE intents SET decided = 1, body = ?2 WHERE id = ?1", params![id, intent.encode()?])?;
    Ok(())
}

pub(super) fn end(db: &Connection, id: i64) -> Result<(), BookError> {
    db.execute("DELETE FROM intents WHERE id = ?1", [id])?;
    Ok(())
}

/// Takes it back, unless it was decided after all: a transaction whose end was
/// reported as failed may have gone through.
pub(super) fn abandon(db: &Connection, id: i64) -> Result<bool, BookError> {
    Ok(db.execute("DELETE FROM intents WHERE id = ?1 AND decided = 0", [id])? == 1)
}

struct Pending {
    id: i64,
    decided: bool,
    intent: Intent,
}

fn pending(db: &Connection) -> Result<Vec<Pending>, BookError> {
    let mut all = db.prepare("SELECT id, decided, body FROM intents ORDER BY id")?;
    let mut rows = all.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let body: String = row.get(2)?;
        found.push(Pending { id: row.get(0)?, decided: row.get(1)?, intent: Intent::decode(&body)? });
    }
    Ok(found)
}

/// Verdicts that are between the journal and a ledger.
pub(super) fn ledgers(db: &Connection) -> Result<Vec<(i64, OnItsWay)>, BookError> {
    let on_its_way = |p: Pending| match p.intent {
        Intent::Ledger(on_its_way) => Some((p.id, on_its_way)),
        _ => None,
    };
    Ok(pending(db)?.into_iter().filter_map(on_its_way).collect())
}

/// Older moves that could not be completed, to files that are now written
/// anew.
pub(super) fn superseded(
    db: &Connection,
    newer: i64,
    targets: &[PathBuf],
) -> Result<Vec<(i64, Vec<PathBuf>)>, BookError> {
    let old = pending(db)?.into_iter().filter(|p| p.id != newer);
    let covered = old.filter_map(|p| {
        let (_, moves) = p.intent.moves()?;
        let covered = p.decided && moves.iter().all(|m| targets.contains(&m.target));
        covered.then(|| (p.id, moves.iter().map(|m| m.temp.clone()).collect()))
    });
    Ok(covered.collect())
}

impl Book {
    /// As an intent notes it.
    pub(super) fn noted(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.dir).unwrap_or(path).into()
    }

    /// Completes or takes back what a process that died left unfinished, and
    /// clears its temporary files away. With read access it only says so.
    pub(super) fn settle_intents(&mut self) -> Result<(), BookError> {
        let all = self.read(pending)?;
        if self.check_writable().is_err() {
            if !all.is_empty() {
                self.notices.push(
                    "A change was interrupted before it was complete; it is finished or taken back when the book \
                     is opened without --read-only."
                        .into(),
                );
            }
            return Ok(());
        }
        let mut waiting = Vec::new();
        for Pending { id, decided, intent } in all {
            match &intent {
                Intent::Edit(edit) => self.settle_edit(id, edit)?,
                Intent::Ledger(on_its_way) => self.settle_ledger(id, on_its_way, None)?,
                Intent::Remove { path, sha256 } => self.finish_removal(id, path, sha256)?,
                Intent::Export(_) | Intent::Sign(_) | Intent::Apply(_) => {}
            }
            if let Some((kind, moves)) = intent.moves() {
                let temps: Vec<PathBuf> = moves.iter().map(|m| self.dir.join(&m.temp)).collect();
                if !decided {
                    temps.iter().for_each(|temp| drop(fs::remove_file(temp)));
                    self.faults.step()?;
                    self.write(|db| end(db, id))?;
                } else if !self.finish(id, kind, moves)? {
                    waiting.extend(temps);
                }
            }
            self.faults.step()?;
        }
        for folder in [self.dir.clone(), self.dir.join(INPUTS), self.dir.join(SIGNED)] {
            sweep(&folder, &waiting);
        }
        Ok(())
    }

    fn settle_edit(&mut self, id: i64, edit: &Edit) -> Result<(), BookError> {
        let _ = fs::remove_file(self.dir.join(&edit.temp));
        let path = self.dir.join(edit.change.file.name());
        // Renamed or removed already, but perhaps not for good yet; and the
        // journal is missing.
        if read_text(&path).ok().map(Option::unwrap_or_default).as_deref() == Some(edit.change.after.as_str()) {
            sync_folder_of(&real_target(&path)?)?;
            self.faults.step()?;
            self.write(|db| edits::record(db, id, edit))?;
            return Ok(());
        }
        self.write(|db| end(db, id))
    }

    /// Renames what is written into place. Returns false when it has to wait
    /// for another time, with a notice.
    fn finish(&mut self, id: i64, kind: Kind, moves: &[Move]) -> Result<bool, BookError> {
        let (what, remedy) = kind.words();
        let mut wait = false;
        for Move { temp, target, sha256 } in moves {
            let (temp, target) = (self.dir.join(temp), self.dir.join(target));
            let placed = match fs::symlink_metadata(&temp) {
                Ok(_) => Ok(put_in_place(&temp, &target)),
                // Renamed, but perhaps not for good yet: files are made durable
                // together, once all are in place.
                Err(_) if holds(&target, sha256) => Ok(sync_folder_of(&target)),
                Err(error) => Err(error),
            };
            let why = match placed {
                Ok(Ok(())) => {
                    self.faults.step()?;
                    continue;
                }
                Ok(Err(error)) => {
                    wait = true;
                    error.to_string()
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound && target.parent().is_some_and(Path::is_dir) => {
                    format!("{}: what was to stand there is gone", target.display())
                }
                Err(_) => {
                    wait = true;
                    format!("{}: its folder is out of reach", target.display())
                }
            };
            self.notices.push(format!("An interrupted {what} could not be completed: {why}. {remedy}"));
        }
        if !wait {
            self.write(|db| end(db, id))?;
        }
        Ok(!wait)
    }
}

pub(super) fn holds(path: &Path, sha256: &str) -> bool {
    fs::File::open(path).and_then(digest_of).is_ok_and(|found| found.sha256 == sha256)
}

/// Removes what died with a process. The lock says that none is at work here.
fn sweep(folder: &Path, keep: &[PathBuf]) {
    let Ok(found) = fs::read_dir(folder) else { return };
    for file in found.flatten() {
        let name: OsString = file.file_name();
        let path = folder.join(&name);
        if is_temp(&name) && !keep.contains(&path) {
            let _ = fs::remove_file(path);
        }
    }
}
