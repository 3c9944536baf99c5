//! The files a month was read from: copied into the book by content, or linked
//! where they are, so that every figure can be traced and read again.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::atomic::{self, Written, digest_of, put_in_place, temp_beside, write_temp};
use super::{Book, BookError, INPUTS, entries};
use crate::calendar::{Day, Instant};
use crate::journal::{Action, Entry};
use crate::usage::Side;

/// A file the operator names.
#[derive(Debug, Clone)]
pub struct NewInput {
    pub path: PathBuf,
    pub side: Side,
    /// The format the operator forces; `None`: by its header.
    pub format: Option<String>,
    /// Declared not to overlap with any other file.
    pub append: bool,
    /// Copied into the book; otherwise only linked, and it must stay where it
    /// is.
    pub copy: bool,
}

/// A file of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputRecord {
    /// Order of adding: greater is later.
    pub added: u32,
    pub side: Side,
    /// As the operator gave it.
    pub path: PathBuf,
    /// Where its bytes are: a copy below `inputs/`, or the file itself.
    pub stored: PathBuf,
    pub linked: bool,
    /// In lower-case hexadecimal.
    pub sha256: String,
    pub bytes: u64,
    pub format: Option<String>,
    pub append: bool,
    /// The days its lines cover; `None` until it was read.
    pub days: Option<(Day, Day)>,
    /// When the stored file was last written, in microseconds since 1970.
    modified: i64,
}

impl InputRecord {
    /// The command that takes it out of the book.
    pub fn way_out(&self) -> String {
        format!("trueup inputs remove {} --why TEXT", self.added)
    }
}

/// Who waits while files are taken in.
#[derive(Clone, Copy)]
pub struct Waiting<'a> {
    /// Told of so many bytes more, from several threads.
    pub took: &'a (dyn Fn(u64) + Sync),
    /// Whether nobody waits any more.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl Waiting<'_> {
    const NOBODY: Waiting<'static> = Waiting { took: &|_| {}, cancelled: &|| false };
}

/// Bytes on their way, as long as somebody waits for them.
struct Watched<'a, R> {
    from: R,
    waiting: Waiting<'a>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if (self.waiting.cancelled)() {
            return Err(io::Error::other("it was cancelled"));
        }
        let read = self.from.read(buffer)?;
        (self.waiting.took)(read as u64);
        Ok(read)
    }
}

/// What an import came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    pub record: InputRecord,
    /// `None` when the book held the same content on the same side already and
    /// nothing changed: importing twice equals once.
    pub entry: Option<Entry>,
}

impl Book {
    /// Takes a file into the book and journals it, in one step. The same
    /// content on the same side is not taken twice; only what the operator says
    /// anew about it (a forced format, `append`, a copy instead of a link) is
    /// kept.
    ///
    /// # Errors
    /// [`BookError::Io`] when it cannot be read or copied,
    /// [`BookError::Refused`] for a folder or an impossible link.
    pub fn import(&mut self, new: &NewInput, at: Instant) -> Result<Imported, BookError> {
        self.check_writable()?;
        not_a_folder(new)?;
        let kept = if new.copy { self.keep_copy(new, Waiting::NOBODY)? } else { link(new, Waiting::NOBODY)? };
        self.take_in(new, &kept, at)
    }

    /// Takes in one file after the other, as [`Book::import`] does. Those that
    /// are linked, of which only the digest is wanted, are read side by side.
    ///
    /// # Errors
    /// As [`Book::import`], and [`BookError::Io`] when it was cancelled. Files
    /// before the one that failed are in the book.
    pub fn import_all(&mut self, news: &[NewInput], waiting: Waiting<'_>, at: Instant) -> Result<(), BookError> {
        self.check_writable()?;
        news.iter().try_for_each(not_a_folder)?;
        std::thread::scope(|scope| {
            let linked = |new| scope.spawn(move || link(new, waiting));
            let kept: Vec<_> = news.iter().map(|new| (new, (!new.copy).then(|| linked(new)))).collect();
            kept.into_iter().try_for_each(|(new, linked)| {
                let kept = match linked {
                    None => self.keep_copy(new, waiting)?,
                    // A panic there is one here.
                    Some(linked) => linked.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?,
                };
                self.take_in(new, &kept, at).map(drop)
            })
        })
    }

    /// Takes in a file that the program itself made inside the book's folder,
    /// where a copy would be one too many: it is moved to its place below
    /// `inputs/`, under a name made of its content and `name`.
    ///
    /// # Errors
    /// As [`Book::import`].
    pub fn import_made(&mut self, file: &Path, name: &str, side: Side, at: Instant) -> Result<Imported, BookError> {
        self.check_writable()?;
        let found = File::open(file).map_err(BookError::io(file, "read"))?;
        found.sync_all().map_err(BookError::io(file, "made durable"))?;
        let content = digest_of(&found).map_err(BookError::io(file, "read"))?;
        let stored = self.stored_name(&content.sha256, Path::new(name))?;
        let target = self.dir.join(&stored);
        self.faults.step()?;
        make_folder_of(&target)?;
        put_in_place(file, &target)?;
        self.faults.step()?;
        let found = fs::metadata(&target).map_err(BookError::io(&target, "read"))?;
        // Named relative to the book, as it is found there wherever that lies.
        let new = NewInput { path: PathBuf::from(&stored), side, format: None, append: false, copy: true };
        self.take_in(&new, &Kept { stored, linked: false, content, modified: modified(&found) }, at)
    }

    /// Notes bytes that are safe where they are, and journals them.
    fn take_in(&mut self, new: &NewInput, kept: &Kept, at: Instant) -> Result<Imported, BookError> {
        let who = self.who.clone();
        // A copy is never given up for a link, which is less safe.
        let copy = if kept.linked { self.standing_copy(new.side, &kept.content)? } else { None };
        let bytes = copy.as_ref().unwrap_or(kept);
        let (record, entry) = self.write(|db| {
            let before = find(db, new.side, &kept.content.sha256)?;
            let record = match before.clone() {
                None => bring_in(db, new, bytes)?,
                Some(old) => renew(db, old, new, bytes)?,
            };
            if before.as_ref() == Some(&record) {
                return Ok((record, None));
            }
            let file = (new.path.display().to_string(), record.sha256.clone());
            let action = Action::Import { side: new.side.name().into(), files: vec![file], said: Vec::new() };
            let entry = entries::append(db, &who, None, vec![action], at)?.pop();
            Ok((record, entry))
        })?;
        Ok(Imported { record: self.resolve(record), entry })
    }

    /// The files of one side that are read, in the order they were added.
    ///
    /// # Errors
    /// Those of the database.
    pub fn inputs(&self, side: Side) -> Result<Vec<InputRecord>, BookError> {
        let records = self.read(|db| {
            let mut all = db.prepare("SELECT * FROM inputs WHERE side = ?1 AND removed IS NULL ORDER BY added")?;
            let mut rows = all.query([side.name()])?;
            let mut records = Vec::new();
            while let Some(row) = rows.next()? {
                records.push(unpack(row)?);
            }
            Ok(records)
        })?;
        Ok(records.into_iter().map(|record| self.resolve(record)).collect())
    }

    /// Opens the bytes of an input, sure that they are those that were
    /// imported.
    ///
    /// # Errors
    /// [`BookError::Refused`] when the file is gone or was changed since.
    pub fn open_input(&self, record: &InputRecord) -> Result<File, BookError> {
        let path = &record.stored;
        let mend = if record.linked {
            "put it back, or import it again"
        } else {
            "put it back from a backup, or import the original again"
        };
        let remedy = format!("{mend}; or go on without it: {}", record.way_out());
        let mut file = File::open(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => BookError::refused(path, format!("this input is gone; {remedy}")),
            _ => BookError::Io { path: path.clone(), doing: "read", source },
        })?;
        let found = file.metadata().map_err(BookError::io(path, "read"))?;
        let changed =
            || Err(BookError::refused(path, format!("this input was changed since it was imported; {remedy}")));
        if found.len() != record.bytes {
            return changed();
        }
        // An untouched file is not read twice; a touched one may be the same.
        if modified(&found) != record.modified {
            let content = digest_of(&file).map_err(BookError::io(path, "read"))?;
            if content.sha256 != record.sha256 {
                return changed();
            }
            io::Seek::rewind(&mut file).map_err(BookError::io(path, "read"))?;
        }
        Ok(file)
    }

    /// Notes the first and last day that an input's lines cover.
    ///
    /// # Errors
    /// Those of the database.
    pub fn set_input_days(&mut self, added: u32, first: Day, last: Day) -> Result<(), BookError> {
        self.write(|db| {
            let sql = "UPDATE inputs SET first_day = ?2, last_day = ?3 WHERE added = ?1";
            db.execute(sql, params![added, first.number(), last.number()])?;
            Ok(())
        })
    }

    /// Copies the file below `inputs/` under a name made of its content.
    fn keep_copy(&mut self, new: &NewInput, waiting: Waiting<'_>) -> Result<Kept, BookError> {
        let folder = self.dir.join(INPUTS);
        fs::create_dir_all(&folder).map_err(BookError::io(&folder, "made"))?;
        let from = File::open(&new.path).map_err(BookError::io(&new.path, "read"))?;
        let mut source = Watched { from, waiting };
        let temp = temp_beside(&folder.join("copy"));
        let copied = copy(&mut source, &new.path, &temp, &folder).and_then(|content| {
            let stored = self.stored_name(&content.sha256, &new.path)?;
            let target = self.dir.join(&stored);
            self.faults.step()?;
            put_in_place(&temp, &target)?;
            atomic::sync_folder_of(&folder)?;
            self.faults.step()?;
            let found = fs::metadata(&target).map_err(BookError::io(&target, "read"))?;
            Ok(Kept { stored, linked: false, content, modified: modified(&found) })
        });
        if copied.as_ref().is_err_and(|error| !error.is_killed()) {
            let _ = fs::remove_file(&temp);
        }
        copied
    }

    /// Where a copy goes, relative to the book. The same content under another
    /// name is the same copy, made anew.
    fn stored_name(&self, sha256: &str, path: &Path) -> Result<String, BookError> {
        let known = self.read(|db| copy_of(db, sha256))?;
        Ok(known.unwrap_or_else(|| {
            let digits = sha256.get(..16).unwrap_or(sha256);
            format!("{INPUTS}/{digits}-{}", short_name(path))
        }))
    }

    /// The copy the book has of this content on this side, read or not, if its
    /// file is there and is what it was: people tidy folders up.
    fn standing_copy(&self, side: Side, content: &Written) -> Result<Option<Kept>, BookError> {
        let known = self.read(|db| {
            let sql = "SELECT stored, modified FROM inputs WHERE side = ?1 AND sha256 = ?2 AND linked = 0";
            let row = |row: &Row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
            Ok(db.query_row(sql, [side.name(), content.sha256.as_str()], row).optional()?)
        })?;
        let Some((stored, noted)) = known else { return Ok(None) };
        let Ok(file) = File::open(self.dir.join(&stored)) else { return Ok(None) };
        let Ok(found) = file.metadata() else { return Ok(None) };
        let modified = modified(&found);
        // An untouched file is not read twice.
        let untouched = modified == noted && found.len() == content.bytes;
        let stands = untouched || digest_of(&file).is_ok_and(|found| found == *content);
        Ok(stands.then(|| Kept { stored, linked: false, content: content.clone(), modified }))
    }

    /// Copies are noted relative to the book, so that it can be moved.
    pub(super) fn resolve(&self, mut record: InputRecord) -> InputRecord {
        record.stored = self.dir.join(&record.stored);
        record
    }
}

/// Bytes that are safe where they are.
struct Kept {
    stored: String,
    linked: bool,
    content: Written,
    modified: i64,
}

fn make_folder_of(file: &Path) -> Result<(), BookError> {
    let Some(folder) = file.parent() else { return Ok(()) };
    fs::create_dir_all(folder).map_err(BookError::io(folder, "made"))
}

fn not_a_folder(new: &NewInput) -> Result<(), BookError> {
    match new.path.is_dir() {
        true => Err(BookError::refused(&new.path, "is a folder; name the files in it")),
        false => Ok(()),
    }
}

fn link(new: &NewInput, waiting: Waiting<'_>) -> Result<Kept, BookError> {
    let path = std::path::absolute(&new.path).map_err(BookError::io(&new.path, "found"))?;
    let file = File::open(&path).map_err(BookError::io(&path, "read"))?;
    let found = file.metadata().map_err(BookError::io(&path, "read"))?;
    let no_link = |why: &str| BookError::refused(&path, format!("{why}; import it without --no-copy"));
    if !found.is_file() {
        return Err(no_link("is not a file that can be read again"));
    }
    let stored = path.to_str().ok_or_else(|| no_link("has a name that is not UTF-8"))?.to_owned();
    let content = digest_of(Watched { from: &file, waiting }).map_err(BookError::io(&path, "read"))?;
    Ok(Kept { stored, linked: true, content, modified: modified(&found) })
}

/// A failure to read is said of the source, a failure to write of the copy.
fn copy(source: &mut impl Read, path: &Path, temp: &Path, folder: &Path) -> Result<Written, BookError> {
    let mut unread = None;
    let written = write_temp(temp, &folder.join("copy"), |out: &mut dyn Write| {
        let mut buffer = vec![0; 1 << 18];
        loop {
            match source.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(n) => out.write_all(buffer.get(..n).unwrap_or_default())?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    unread = Some(error);
                    return Err(io::ErrorKind::Other.into());
                }
            }
        }
    });
    match unread {
        Some(source) => Err(BookError::Io { path: path.into(), doing: "read", source }),
        None => written,
    }
}

/// The file's own name, harmless and short enough behind the digits.
fn short_name(path: &Path) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy()).unwrap_or_default();
    let plain = |c: char| if c.is_control() || matches!(c, '/' | '\\' | ':') { '_' } else { c };
    let name: String = name.chars().map(plain).collect();
    // From the end, which holds the month and the extension.
    let from = name.char_indices().map(|(at, _)| at).find(|at| name.len() - at <= 120).unwrap_or(name.len());
    let name = name.get(from..).unwrap_or_default();
    if name.is_empty() { "input".into() } else { name.into() }
}

/// In microseconds since 1970; 0 where the file system does not say.
fn modified(found: &fs::Metadata) -> i64 {
    let since = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_micros()).ok()).unwrap_or(0)
}

fn find(db: &Connection, side: Side, sha256: &str) -> Result<Option<InputRecord>, BookError> {
    let sql = "SELECT * FROM inputs WHERE side = ?1 AND sha256 = ?2 AND removed IS NULL";
    db.query_row(sql, [side.name(), sha256], |row| Ok(unpack(row))).optional()?.transpose()
}

/// A file that is not read yet, or no more. One that was taken out comes back
/// as added now, and nothing that was said of it then is kept.
fn bring_in(db: &Transaction, new: &NewInput, kept: &Kept) -> Result<InputRecord, BookError> {
    let key = [new.side.name(), kept.content.sha256.as_str()];
    db.execute("DELETE FROM inputs WHERE side = ?1 AND sha256 = ?2", key)?;
    insert(db, new, kept)
}

/// Where this content is kept, of either side.
fn copy_of(db: &Connection, sha256: &str) -> Result<Option<String>, BookError> {
    let sql = "SELECT stored FROM inputs WHERE sha256 = ?1 AND linked = 0 ORDER BY added LIMIT 1";
    Ok(db.query_row(sql, [sha256], |row| row.get(0)).optional()?)
}

fn insert(db: &Transaction, new: &NewInput, kept: &Kept) -> Result<InputRecord, BookError> {
    let sql = "INSERT INTO inputs(side, path, stored, linked, sha256, bytes, modified, format, append)
               VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    db.execute(
        sql,
        params![
            new.side.name(),
            new.path.display().to_string(),
            kept.stored,
            kept.linked,
            kept.content.sha256,
            i64::try_from(kept.content.bytes).unwrap_or(i64::MAX),
            kept.modified,
            new.format,
            new.append,
        ],
    )?;
    find(db, new.side, &kept.content.sha256)?.ok_or_else(|| BookError::unreadable("an input was not kept"))
}

/// The same content again: only what is said anew about it counts.
fn renew(db: &Transaction, old: InputRecord, new: &NewInput, kept: &Kept) -> Result<InputRecord, BookError> {
    let Kept { stored, linked, modified, .. } = kept;
    let (stored, linked, modified) = (stored.clone(), *linked, *modified);
    let format = new.format.clone().or(old.format.clone());
    let append = new.append || old.append;
    let changed = linked != old.linked
        || format != old.format
        || append != old.append
        || (linked && stored != path_text(&old.stored));
    // Also where nothing is said anew the copy was made again.
    let sql = "UPDATE inputs SET stored = ?2, linked = ?3, modified = ?4, format = ?5, append = ?6 WHERE added = ?1";
    db.execute(sql, params![old.added, stored, linked, modified, format, append])?;
    if !changed {
        return Ok(old);
    }
    Ok(InputRecord { stored: stored.into(), linked, modified, format, append, ..old })
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

pub(super) fn unpack(row: &Row) -> Result<InputRecord, BookError> {
    let side: String = row.get("side")?;
    let added: i64 = row.get("added")?;
    let unreadable = |what| BookError::unreadable(format!("input {added} {what}"));
    let side = match side.as_str() {
        "bill" => Side::Bill,
        "ledger" => Side::Ledger,
        _ => return Err(unreadable("is of no side")),
    };
    let day = |column: &str| row.get::<_, Option<i32>>(column).map(|day| day.map(Day::from_number));
    Ok(InputRecord {
        added: u32::try_from(added).map_err(|_| unreadable("has a number beyond reach"))?,
        side,
        path: row.get::<_, String>("path")?.into(),
        stored: row.get::<_, String>("stored")?.into(),
        linked: row.get("linked")?,
        sha256: row.get("sha256")?,
        bytes: u64::try_from(row.get::<_, i64>("bytes")?).map_err(|_| unreadable("has a negative size"))?,
        format: row.get("format")?,
        append: row.get("append")?,
        days: day("first_day")?.zip(day("last_day")?),
        modified: row.get("modified")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_names_are_short_and_harmless() {
        assert_eq!(short_name(Path::new("/a/b\u{1b}[31m.csv")), "b_[31m.csv");
        let long = format!("{}-2026-01.csv", "é".repeat(200));
        let name = short_name(Path::new(&long));
        assert!(name.len() <= 120 && name.ends_with("-2026-01.csv"), "{name}");
        assert_eq!(short_name(Path::new("/")), "input");
    }
}
