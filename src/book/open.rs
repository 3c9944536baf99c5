//! Opening a book: the lock, the database with its guarantees, and whatever a
//! process that died has left unfinished.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::fault::Faults;
use super::lock::Lock;
use super::schema::{self, Found};
use super::{BookError, DATABASE, sign, system};
use crate::close::Versions;

/// Up to this size the database is checked whole at opening; a larger one
/// would keep the operator waiting.
const CHECKED_BYTES: u64 = 64 << 20;

/// What a book is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Alone: takes the lock of the book and finishes what was interrupted.
    Write,
    /// To look at, also while another process writes. Creates no file of its
    /// own.
    Read,
}

/// A workspace, open.
pub struct Book {
    pub(super) dir: PathBuf,
    access: Access,
    /// `None` only when reading a folder that has no database yet.
    db: Option<Connection>,
    pub(super) who: String,
    pub(super) notices: Vec<String>,
    /// What is signed, as the journal has it.
    pub(super) versions: Versions,
    pub(super) faults: Faults,
    _lock: Option<Lock>,
}

impl Book {
    /// Opens the book in `dir`, which is made one if it is none yet and
    /// `access` is to write. Moves that a crash interrupted are completed or
    /// rolled back first.
    ///
    /// # Errors
    /// [`BookError::NoFolder`], [`BookError::Locked`], [`BookError::Newer`],
    /// [`BookError::NotABook`], [`BookError::Damaged`], or one of the disk.
    pub fn open(dir: &Path, access: Access) -> Result<Self, BookError> {
        Self::open_with(dir, access, system::on_network(dir), Faults::default())
    }

    pub(super) fn open_with(dir: &Path, access: Access, network: bool, faults: Faults) -> Result<Self, BookError> {
        if !dir.is_dir() {
            return Err(BookError::NoFolder(dir.into()));
        }
        let dir = fs::canonicalize(dir).map_err(BookError::io(dir, "opened"))?;
        let who = system::who();
        let lock = match access {
            Access::Write => Some(Lock::take(&dir, &who)?),
            Access::Read => None,
        };
        let file = dir.join(DATABASE);
        let opened = match access {
            Access::Write => open_to_write(&file, network).map(Some),
            Access::Read => open_to_read(&file),
        };
        let db = opened.map_err(|error| match error {
            BookError::NotABook(_) => BookError::NotABook(file.clone()),
            BookError::Newer { found, known, .. } => BookError::Newer { path: file.clone(), found, known },
            other => other.in_database(&file),
        })?;
        let mut book =
            Self { dir, access, db, who, notices: Vec::new(), versions: Versions::default(), faults, _lock: lock };
        if network {
            book.notices.push(format!(
                "{} is on a network file system: the book is kept there with journal_mode=DELETE and \
                 synchronous=FULL, which is safe and slower",
                book.dir.display()
            ));
        }
        book.versions = book.read(sign::versions)?;
        book.settle_intents()?;
        Ok(book)
    }

    /// The folder of the book, absolute and without symbolic links.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Who has it open, as `name@host`.
    pub fn who(&self) -> &str {
        &self.who
    }

    pub fn access(&self) -> Access {
        self.access
    }

    /// What the operator should know since the book was opened, in sentences.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Whether nothing was ever kept in this folder.
    ///
    /// # Errors
    /// Those of the database.
    pub fn is_new(&self) -> Result<bool, BookError> {
        let used = self.read(|db| {
            let sql = "SELECT EXISTS(SELECT 1 FROM journal) OR EXISTS(SELECT 1 FROM inputs) \
                       OR EXISTS(SELECT 1 FROM sums) OR EXISTS(SELECT 1 FROM state_adopted)";
            Ok(db.query_row(sql, [], |row| row.get::<_, bool>(0))?)
        })?;
        Ok(!used)
    }

    pub(super) fn database(&self) -> PathBuf {
        self.dir.join(DATABASE)
    }

    /// # Errors
    /// [`BookError::ReadOnly`] unless the book is open for writing.
    pub(super) fn check_writable(&self) -> Result<(), BookError> {
        match self.access {
            Access::Write => Ok(()),
            Access::Read => Err(BookError::ReadOnly(self.dir.clone())),
        }
    }

    /// Asks the database; an empty answer where there is none yet.
    pub(super) fn read<T: Default>(
        &self,
        ask: impl FnOnce(&Connection) -> Result<T, BookError>,
    ) -> Result<T, BookError> {
        match &self.db {
            Some(db) => ask(db).map_err(|error| error.in_database(&self.database())),
            None => Ok(T::default()),
        }
    }

    /// One durable transaction: all of `change` or nothing.
    pub(super) fn write<T>(
        &mut self,
        change: impl FnOnce(&Transaction) -> Result<T, BookError>,
    ) -> Result<T, BookError> {
        self.check_writable()?;
        let file = self.database();
        let Some(db) = &mut self.db else { return Err(BookError::ReadOnly(self.dir.clone())) };
        let work = || {
            let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = change(&transaction)?;
            transaction.commit()?;
            Ok(value)
        };
        work().map_err(|error: BookError| error.in_database(&file))
    }

    /// A statement that may be lost with the power, and so need not wait for
    /// the disk.
    pub(super) fn write_lightly(
        &mut self,
        change: impl FnOnce(&Connection) -> Result<(), BookError>,
    ) -> Result<(), BookError> {
        self.check_writable()?;
        let file = self.database();
        let Some(db) = &self.db else { return Err(BookError::ReadOnly(self.dir.clone())) };
        let work = || {
            db.pragma_update(None, "synchronous", "NORMAL")?;
            let changed = change(db);
            db.pragma_update(None, "synchronous", "FULL")?;
            changed
        };
        work().map_err(|error: BookError| error.in_database(&file))
    }

    #[cfg(test)]
    pub(super) fn raw(&self) -> &Connection {
        self.db.as_ref().unwrap()
    }
}

/// Bytes of a page of the database. A month of a million charges is kept in long
/// texts, which are written twice, page by page: in the pages SQLite takes by
/// itself, a quarter of these, that takes half as long again.
const PAGE: u32 = 16_384;

fn open_to_write(file: &Path, network: bool) -> Result<Connection, BookError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(Duration::from_secs(2))?;
    // Before anything is written: it may be somebody else's database.
    if schema::identify(&db)? == Found::Book {
        check_whole(&db, file)?;
    }
    // Of a book that is made now; one that stands keeps its pages.
    db.pragma_update(None, "page_size", PAGE)?;
    // Without a lock shared by all machines the log's index would go wrong.
    let mode = if network { "DELETE" } else { "WAL" };
    db.query_row(&format!("PRAGMA journal_mode = {mode}"), [], |row| row.get::<_, String>(0))?;
    // NORMAL would lose the last decisions when the power goes.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    schema::migrate(&mut db)?;
    Ok(db)
}

fn open_to_read(file: &Path) -> Result<Option<Connection>, BookError> {
    // SQLite would make a file of the name.
    if !file.exists() {
        return Ok(None);
    }
    let found = open_as_it_is(file, false).and_then(|db| Ok((schema::identify(&db)?, db)));
    let (found, db) = match found {
        // On a read-only disk the log's index cannot be made; where there is no
        // log, nothing can change the file either.
        Err(BookError::Database { source, .. })
            if matches!(source.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
                && !file.with_extension("db-wal").exists() =>
        {
            let db = open_as_it_is(file, true)?;
            (schema::identify(&db)?, db)
        }
        other => other?,
    };
    if found == Found::Empty {
        return Ok(None);
    }
    check_whole(&db, file)?;
    if schema::is_current(&db)? { Ok(Some(db)) } else { brought_up_to_date(&db).map(Some) }
}

/// A book of an older layout, as it would be, in memory: who only reads changes
/// nothing, and finds all tables there are by now.
fn brought_up_to_date(db: &Connection) -> Result<Connection, BookError> {
    let mut copy = Connection::open_in_memory()?;
    Backup::new(db, &mut copy)?.run_to_completion(PAGES, Duration::ZERO, None)?;
    schema::migrate(&mut copy)?;
    Ok(copy)
}

/// Pages copied in one go.
const PAGES: i32 = 10_000;

fn open_as_it_is(file: &Path, immutable: bool) -> Result<Connection, BookError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = if immutable {
        Connection::open_with_flags(immutable_uri(file), flags | OpenFlags::SQLITE_OPEN_URI)?
    } else {
        Connection::open_with_flags(file, flags)?
    };
    db.busy_timeout(Duration::from_secs(2))?;
    Ok(db)
}

/// A file name in the form SQLite takes options with.
fn immutable_uri(file: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in file.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri + "?immutable=1"
}

fn check_whole(db: &Connection, file: &Path) -> Result<(), BookError> {
    if fs::metadata(file).is_ok_and(|found| found.len() > CHECKED_BYTES) {
        return Ok(());
    }
    let answer: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if answer == "ok" { Ok(()) } else { Err(BookError::unreadable(answer)) }
}
