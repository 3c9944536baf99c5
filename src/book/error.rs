//! What can go wrong with a book, each as a sentence that names the file and
//! says what to do.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::place::PlacedError;

#[derive(Debug, thiserror::Error)]
pub enum BookError {
    #[error("there is no folder {}; name another one, or make a book with “trueup init”", .0.display())]
    NoFolder(PathBuf),

    #[error("the book {} is open in another program ({owner}); close it there, or look at the book with --read-only", .dir.display())]
    Locked {
        dir: PathBuf,
        /// As the other program wrote it: `name@host pid 123 since …`.
        owner: String,
    },

    #[error("the book {} was opened with --read-only, so nothing in it can be changed", .0.display())]
    ReadOnly(PathBuf),

    #[error(
        "{} was written by a newer version of trueup (its layout is {found}, this program knows {known}); install that version or a later one",
        .path.display()
    )]
    Newer { path: PathBuf, found: i64, known: i64 },

    #[error("{} is a database of another program, not the book of trueup; move it out of this folder", .0.display())]
    NotABook(PathBuf),

    #[error(
        "{} is damaged ({why}); put a backup in its place, or move it away to begin a new book from the same inputs",
        .path.display()
    )]
    Damaged { path: PathBuf, why: String },

    #[error(
        "{}: the journal does not hold together at entry {seq}: {why}; it was changed outside this program, so go back to a backup",
        .path.display()
    )]
    Chain { path: PathBuf, seq: u64, why: &'static str },

    #[error("{}", sql_sentence(.path, .source))]
    Database { path: PathBuf, source: rusqlite::Error },

    #[error("{}", io_sentence(.path, .doing, .source))]
    Io {
        path: PathBuf,
        /// What was tried, to stand behind “could not be”: `read`, `written`.
        doing: &'static str,
        source: io::Error,
    },

    /// A config file that cannot be read as what it is.
    #[error(transparent)]
    Config(#[from] PlacedError),

    #[error("{} was changed by another program meanwhile; load it again and repeat the change", .0.display())]
    ChangedMeanwhile(PathBuf),

    /// The month is signed; the sentence says which version and the way out.
    #[error("{0}")]
    Signed(String),

    #[error("{}: {why}", .path.display())]
    Refused { path: PathBuf, why: String },

    /// The change stands in the journal, and the file follows it later.
    #[error(
        "{} could not be put in place ({source}); what it holds is recorded, and it is tried again when the book is opened next",
        .path.display()
    )]
    Unfinished { path: PathBuf, source: io::Error },

    /// Stands for the death of the process in tests.
    #[cfg(test)]
    #[error("the process was killed")]
    Killed,
}

impl BookError {
    /// For `map_err` behind a call on a file.
    pub(super) fn io(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.into(), doing, source }
    }

    pub(super) fn refused(path: impl AsRef<Path>, why: impl Into<String>) -> Self {
        Self::Refused { path: path.as_ref().into(), why: why.into() }
    }

    /// Puts the full path of the database on an error from it.
    pub(super) fn in_database(self, file: &Path) -> Self {
        match self {
            Self::Database { source, .. } => match source.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    Self::Damaged { path: file.into(), why: source.to_string() }
                }
                _ => Self::Database { path: file.into(), source },
            },
            Self::Damaged { why, .. } => Self::Damaged { path: file.into(), why },
            Self::Chain { seq, why, .. } => Self::Chain { path: file.into(), seq, why },
            other => other,
        }
    }

    /// A value in the database that this program never writes.
    pub fn unreadable(what: impl Into<String>) -> Self {
        Self::Damaged { path: super::DATABASE.into(), why: what.into() }
    }

    pub(super) fn is_killed(&self) -> bool {
        #[cfg(test)]
        return matches!(self, Self::Killed);
        #[cfg(not(test))]
        return false;
    }
}

impl From<rusqlite::Error> for BookError {
    fn from(source: rusqlite::Error) -> Self {
        Self::Database { path: super::DATABASE.into(), source }
    }
}

fn io_sentence(path: &Path, doing: &str, source: &io::Error) -> String {
    let path = path.display();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("{path} could not be {doing}: the disk is full or your quota is used up; make room and try again")
        }
        io::ErrorKind::NotFound => format!("{path} could not be {doing}: there is no such file or folder"),
        io::ErrorKind::PermissionDenied => {
            format!("{path} could not be {doing}: you have no permission; ask for it, or use another folder")
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            format!("{path} could not be {doing}: the disk is read-only; --read-only opens a book to look at it")
        }
        _ => format!("{path} could not be {doing}: {source}"),
    }
}

fn sql_sentence(path: &Path, source: &rusqlite::Error) -> String {
    let path = path.display();
    match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("{path} is in use by another program, such as a database browser; close it there and try again")
        }
        Some(ErrorCode::DiskFull) => {
            format!("{path} could not be written: the disk is full; make room and try again")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            format!("{path} could not be written: you have no permission; --read-only opens the book to look at it")
        }
        Some(ErrorCode::CannotOpen) => {
            format!("{path} could not be opened; check that the folder is there and that you may write to it")
        }
        Some(ErrorCode::SystemIoFailure) => {
            format!("{path} could not be read or written, because the disk reports an error: {source}")
        }
        _ => format!("{path}: the database refused: {source}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(code: i32) -> BookError {
        let source = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        BookError::from(source).in_database(Path::new("/b/trueup.db"))
    }

    #[test]
    fn a_full_disk_is_said_with_the_path() {
        let full = BookError::io(Path::new("/b/out.csv"), "written")(io::Error::from(io::ErrorKind::StorageFull));
        assert!(full.to_string().starts_with("/b/out.csv could not be written: the disk is full"), "{full}");
        let full = sqlite(rusqlite::ffi::SQLITE_FULL);
        assert_eq!(full.to_string(), "/b/trueup.db could not be written: the disk is full; make room and try again");
    }

    #[test]
    fn a_busy_or_damaged_database_is_a_sentence() {
        let busy = sqlite(rusqlite::ffi::SQLITE_BUSY).to_string();
        assert!(busy.contains("in use by another program"), "{busy}");
        let damaged = sqlite(rusqlite::ffi::SQLITE_NOTADB).to_string();
        assert!(damaged.starts_with("/b/trueup.db is damaged"), "{damaged}");
    }
}
