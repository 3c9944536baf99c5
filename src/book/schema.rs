//! The layout of `trueup.db` and how an older one becomes it.

use rusqlite::{Connection, TransactionBehavior};

use super::BookError;

/// “TRUP”, in the header of the file: the mark of a book.
const APPLICATION: i64 = 0x5452_5550;

/// Each step takes a layout to the next; its number is the count of steps done.
/// A step that was released is never changed.
const STEPS: &[&str] = &[FIRST, SECOND, DRAWS, EXPORT_ROWS, CHARGED, REMOVED];

/// Months are `YYYY-MM`, which sorts as time does; times are microseconds
/// since 1970; decimal numbers are text, since SQLite would make floats of them.
const FIRST: &str = "
CREATE TABLE journal(
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    month TEXT,
    body TEXT NOT NULL,
    items BLOB,
    hash TEXT NOT NULL
) STRICT;
-- Also keeps INSERT OR REPLACE from putting another entry in an old one's place.
CREATE TRIGGER journal_only_grows BEFORE INSERT ON journal
WHEN new.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM journal)
BEGIN SELECT raise(ABORT, 'the journal only grows at its end'); END;
CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
BEGIN SELECT raise(ABORT, 'the journal is never changed'); END;
CREATE TRIGGER journal_is_not_shortened BEFORE DELETE ON journal
BEGIN SELECT raise(ABORT, 'the journal is never shortened'); END;

CREATE TABLE inputs(
    added INTEGER PRIMARY KEY AUTOINCREMENT,
    side TEXT NOT NULL,
    path TEXT NOT NULL,
    stored TEXT NOT NULL,
    linked INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    format TEXT,
    append INTEGER NOT NULL,
    first_day INTEGER,
    last_day INTEGER,
    UNIQUE(side, sha256)
) STRICT;

CREATE TABLE config_seen(file TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE draws(
    month TEXT NOT NULL,
    rule TEXT NOT NULL,
    project TEXT NOT NULL,
    period TEXT NOT NULL,
    used_cents INTEGER NOT NULL,
    subsidized_cents INTEGER NOT NULL,
    PRIMARY KEY(month, rule, project, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE lot_draws(
    month TEXT NOT NULL,
    lot TEXT NOT NULL,
    credits TEXT NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY(month, lot)
) STRICT, WITHOUT ROWID;

CREATE TABLE exports(
    seq INTEGER PRIMARY KEY REFERENCES journal(seq),
    month TEXT NOT NULL,
    profile TEXT NOT NULL,
    path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    rows INTEGER NOT NULL,
    total_cents INTEGER NOT NULL
) STRICT;

-- One row at most: a book begins from one state file.
CREATE TABLE state_adopted(
    only INTEGER PRIMARY KEY CHECK(only = 1),
    through TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    seq INTEGER NOT NULL REFERENCES journal(seq)
) STRICT;

CREATE TABLE opening_state(
    rule TEXT NOT NULL,
    project TEXT NOT NULL,
    period TEXT NOT NULL,
    used_cents INTEGER NOT NULL,
    subsidized_cents INTEGER NOT NULL,
    PRIMARY KEY(rule, project, period)
) STRICT, WITHOUT ROWID;

-- Moves over files and database that are under way; empty at rest.
CREATE TABLE intents(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    decided INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE place(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

/// What rows of a ledger said before verdicts were written to them, and what
/// they were made to say: one JSON text a row.
const SECOND: &str = "
CREATE TABLE applied(
    seq INTEGER NOT NULL REFERENCES journal(seq),
    row INTEGER NOT NULL,
    change TEXT NOT NULL,
    PRIMARY KEY(seq, row)
) STRICT, WITHOUT ROWID;
";

/// Draws charge by charge, and by whatever a rule counts by instead of the
/// project alone. `sums` adds up the draws of a month by scope, with what was
/// used: a month is opened from it without reading a million draws. `reached`
/// is null where only what was used is known.
const DRAWS: &str = "
CREATE TABLE sums(
    month TEXT NOT NULL,
    rule TEXT NOT NULL,
    level TEXT NOT NULL,
    subject TEXT NOT NULL,
    period TEXT NOT NULL,
    used_cents INTEGER NOT NULL,
    subsidized_cents INTEGER NOT NULL,
    reached TEXT,
    PRIMARY KEY(month, rule, level, subject, period)
) STRICT, WITHOUT ROWID;
INSERT INTO sums SELECT month, rule, 'project', project, period, used_cents, subsidized_cents, NULL FROM draws;
DROP TABLE draws;
CREATE TABLE draws(
    month TEXT NOT NULL,
    charge TEXT NOT NULL,
    rule TEXT NOT NULL,
    level TEXT NOT NULL,
    subject TEXT NOT NULL,
    period TEXT NOT NULL,
    amount TEXT NOT NULL,
    cents INTEGER NOT NULL,
    PRIMARY KEY(month, charge, rule)
) STRICT, WITHOUT ROWID;

CREATE TABLE opening_sums(
    rule TEXT NOT NULL,
    level TEXT NOT NULL,
    subject TEXT NOT NULL,
    period TEXT NOT NULL,
    used_cents INTEGER NOT NULL,
    subsidized_cents INTEGER NOT NULL,
    reached TEXT,
    PRIMARY KEY(rule, level, subject, period)
) STRICT, WITHOUT ROWID;
INSERT INTO opening_sums SELECT rule, 'project', project, period, used_cents, subsidized_cents, NULL FROM opening_state;
DROP TABLE opening_state;

-- Months written before an earlier one was written anew with other draws.
CREATE TABLE stale(month TEXT PRIMARY KEY, since TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

/// The rows each month wrote last in each profile, in the layout of
/// `focus::Kept`.
const EXPORT_ROWS: &str = "
CREATE TABLE export_rows(
    month TEXT NOT NULL,
    profile TEXT NOT NULL,
    rows BLOB NOT NULL,
    PRIMARY KEY(month, profile)
) STRICT;
";

/// The charges of each month as it was written last, in pieces of many, as
/// `allocate::charges_text` has them.
const CHARGED: &str = "
CREATE TABLE charged(
    month TEXT NOT NULL,
    part INTEGER NOT NULL,
    charges TEXT NOT NULL,
    PRIMARY KEY(month, part)
) STRICT;
";

/// The journal entry that took an input out of the reading; null for those that
/// are read. What was signed on it still finds its bytes.
const REMOVED: &str = "ALTER TABLE inputs ADD COLUMN removed INTEGER REFERENCES journal(seq);";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing was ever written to it.
    Empty,
    /// A book of this or an older layout.
    Book,
}

/// What kind of database this is. Changes nothing.
///
/// # Errors
/// [`BookError::Newer`], [`BookError::NotABook`], [`BookError::Damaged`].
pub(super) fn identify(db: &Connection) -> Result<Found, BookError> {
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let layout = number("PRAGMA user_version")?;
    let known = STEPS.len() as i64;
    if application == APPLICATION {
        if layout > known {
            return Err(BookError::Newer { path: super::DATABASE.into(), found: layout, known });
        }
        return Ok(Found::Book);
    }
    if application == 0 && layout == 0 && number("SELECT count(*) FROM sqlite_schema")? == 0 {
        return Ok(Found::Empty);
    }
    Err(BookError::NotABook(super::DATABASE.into()))
}

/// Whether the layout of a book is this version's.
pub(super) fn is_current(db: &Connection) -> Result<bool, BookError> {
    let layout: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(layout == STEPS.len() as i64)
}

/// Brings the layout up to date, one transaction a step.
pub(super) fn migrate(db: &mut Connection) -> Result<(), BookError> {
    let mut layout: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    while let Some(step) = usize::try_from(layout).ok().and_then(|n| STEPS.get(n)) {
        let change = db.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        change.execute_batch(step)?;
        layout += 1;
        change.execute_batch(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {layout};"))?;
        change.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_database_becomes_a_book_once() {
        let mut db = Connection::open_in_memory().unwrap();
        assert_eq!(identify(&db).unwrap(), Found::Empty);
        migrate(&mut db).unwrap();
        assert_eq!(identify(&db).unwrap(), Found::Book);
        migrate(&mut db).unwrap();
    }

    #[test]
    fn draws_of_an_older_layout_stay_those_of_their_projects() {
        let mut db = Connection::open_in_memory().unwrap();
        db.execute_batch(FIRST).unwrap();
        db.execute_batch(SECOND).unwrap();
        db.execute_batch(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 2;")).unwrap();
        db.execute_batch(
            "INSERT INTO draws VALUES('2026-01', 'r', 'ai', 'FY2026', 700, 500);
             INSERT INTO opening_state VALUES('r', 'ai', 'FY2026', 70, 50);",
        )
        .unwrap();
        migrate(&mut db).unwrap();
        let row = |sql: &str| -> (String, String, i64) {
            db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
        };
        assert_eq!(row("SELECT level, subject, subsidized_cents FROM sums"), ("project".into(), "ai".into(), 500));
        assert_eq!(
            row("SELECT level, subject, subsidized_cents FROM opening_sums"),
            ("project".into(), "ai".into(), 50)
        );
        assert_eq!(db.query_row("SELECT count(*) FROM draws", [], |row| row.get::<_, i64>(0)), Ok(0));
    }

    #[test]
    fn a_book_of_every_older_layout_can_be_read_and_stays_as_it_is() {
        for layout in 1..STEPS.len() {
            let dir = tempfile::tempdir().unwrap();
            let file = dir.path().join(crate::book::DATABASE);
            let db = Connection::open(&file).unwrap();
            STEPS.iter().take(layout).for_each(|step| db.execute_batch(step).unwrap());
            db.execute_batch(&format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {layout};"))
                .unwrap();
            drop(db);
            let before = std::fs::read(&file).unwrap();
            let book = crate::book::Book::open(dir.path(), crate::book::Access::Read).unwrap();
            assert!(is_current(book.raw()).unwrap(), "{layout}");
            let month = "2026-01".parse().unwrap();
            assert_eq!(book.charged_before(month).unwrap(), []);
            assert_eq!(std::fs::read(&file).unwrap(), before, "{layout}");
        }
    }

    #[test]
    fn the_journal_refuses_every_change_but_a_next_entry() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        let add = |seq: i64, verb: &str| {
            db.execute(&format!("{verb} INTO journal VALUES(?1, 0, 'w', NULL, '{{}}', NULL, 'h')"), [seq])
                .map_err(|e| e.to_string())
        };
        add(1, "INSERT").unwrap();
        assert!(add(3, "INSERT").unwrap_err().contains("only grows"));
        assert!(add(1, "INSERT OR REPLACE").unwrap_err().contains("only grows"));
        assert!(db.execute("UPDATE journal SET who = 'x'", []).is_err());
        assert!(db.execute("DELETE FROM journal", []).is_err());
        let who: String = db.query_row("SELECT who FROM journal", [], |row| row.get(0)).unwrap();
        assert_eq!(who, "w");
    }
}
