//! Signing a month: what was signed comes into the folder `signed` together
//! with its entry in the journal, and from then on nothing changes the month.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use super::archive::{Archive, write_archive};
use super::atomic::{digest_of, real_target, temp_beside, write_temp};
use super::intent::Kind;
use super::{Book, BookError, Member, MemberContent, SIGNED, entries};
use crate::calendar::{Instant, Month};
use crate::close::{Head, SIGN_OFF, SignOff, Version, Versions};
use crate::journal::{Action, Entry, hex};

/// A version of a month, ready to be signed.
#[derive(Debug, Clone)]
pub struct SignPlan {
    pub sign_off: SignOff,
    /// The files it names, but for the inputs, which the book keeps already.
    pub members: Vec<Member>,
    /// What was written, in cents as a decimal.
    pub total: String,
}

impl Book {
    /// Every signed version of every month.
    pub fn versions(&self) -> &Versions {
        &self.versions
    }

    /// The last entry of the journal.
    ///
    /// # Errors
    /// Those of the database.
    pub fn head(&self) -> Result<Head, BookError> {
        self.read(entries::head)
    }

    /// Signs a version of a month. After a crash at any instant it is signed
    /// and whole, or not signed.
    ///
    /// # Errors
    /// [`BookError::Signed`] when it is signed already; [`BookError::Refused`]
    /// when the journal went on since it was planned, when an input or an
    /// output is no longer as it is named, or when a file of that version is
    /// there that this book did not sign; [`BookError::Io`].
    pub fn sign(&mut self, plan: SignPlan, at: Instant) -> Result<Entry, BookError> {
        self.check_writable()?;
        let SignPlan { sign_off, members, total } = plan;
        let month = sign_off.month;
        if let Some(version) = self.versions.signed(month) {
            return Err(BookError::Signed(version.refusal()));
        }
        if sign_off.version != self.versions.next(month) {
            return Err(BookError::refused(&self.dir, "has another version by now; look at the month again"));
        }
        self.check_inputs(&sign_off)?;
        let folder = self.dir.join(SIGNED);
        fs::create_dir_all(&folder).map_err(BookError::io(&folder, "made"))?;
        let file = format!("{SIGNED}/{month}-v{}.tar", sign_off.version);
        let target = real_target(&self.dir.join(&file))?;
        if target.exists() {
            let why = "is there, and the journal does not know it: the book may have been put back from an older \
                       backup. Move the file away before you sign";
            return Err(BookError::refused(target, why));
        }
        let temp = temp_beside(&target);
        let mut all = vec![Member::bytes(SIGN_OFF, sign_off.text())];
        all.extend(members);
        let action = Action::Sign { version: sign_off.version, sha256: sign_off.sha256(), file, total };
        let who = self.who.clone();
        let entry = self.place_files(
            Kind::Sign,
            &[(temp.clone(), target.clone())],
            |faults, moves| {
                faults.step()?;
                let written = write_temp(&temp, &target, |out| write_archive(out, &all))?;
                moves.iter_mut().for_each(|m| m.sha256.clone_from(&written.sha256));
                faults.step()
            },
            |_| Ok(()),
            |db, (), _| {
                let head = entries::head(db)?;
                if head != sign_off.journal {
                    let why = "the journal went on since the month was looked at; look again and sign then";
                    return Err(BookError::refused(super::DATABASE, why));
                }
                let entry = entries::append(db, &who, Some(month), vec![action], at)?.pop();
                entry.ok_or_else(|| BookError::unreadable("the sign-off was not journaled"))
            },
        )?;
        self.versions.see(&entry);
        Ok(entry)
    }

    /// The inputs that a sign-off names, read from the first byte to the last.
    fn check_inputs(&self, sign_off: &SignOff) -> Result<(), BookError> {
        for input in &sign_off.inputs {
            let stored = self.stored_input(&input.side, &input.sha256)?;
            let Some(stored) = stored else {
                return Err(BookError::refused(&input.path, "is no input of this book; give it to the review again"));
            };
            let found = fs::File::open(&stored).and_then(digest_of).map_err(BookError::io(&stored, "read"))?;
            if found.sha256 != input.sha256 {
                let why = "was changed since it was imported; put it back, or import it again";
                return Err(BookError::refused(stored, why));
            }
        }
        Ok(())
    }

    /// Where the book keeps an input of this content, if it does.
    ///
    /// # Errors
    /// Those of the database.
    pub fn stored_input(&self, side: &str, sha256: &str) -> Result<Option<std::path::PathBuf>, BookError> {
        use rusqlite::OptionalExtension;
        self.read(|db| {
            let sql = "SELECT stored FROM inputs WHERE side = ?1 AND sha256 = ?2";
            let stored: Option<String> = db.query_row(sql, [side, sha256], |row| row.get(0)).optional()?;
            Ok(stored.map(|stored| self.dir.join(stored)))
        })
    }

    /// # Errors
    /// [`BookError::Signed`] when any of these would change a month that is
    /// signed: by belonging to it, or by taking back what belongs to it.
    pub(super) fn check_open(&self, month: Option<Month>, actions: &[Action]) -> Result<(), BookError> {
        let refuse = |month: Option<Month>| match month.and_then(|month| self.versions.signed(month)) {
            Some(version) => Err(BookError::Signed(version.refusal())),
            None => Ok(()),
        };
        for action in actions.iter().filter(|action| action.changes_the_month()) {
            refuse(month)?;
            if let Action::Undo { seq } | Action::Redo { seq } = action {
                let of: Option<Entry> = self
                    .read(|db| i64::try_from(*seq).ok().map(|seq| entries::entry(db, seq)).transpose())
                    .ok()
                    .flatten();
                refuse(of.and_then(|entry| entry.month))?;
            }
        }
        Ok(())
    }

    /// Writes members into an archive at a place of the operator's choice.
    ///
    /// # Errors
    /// [`BookError::Refused`] for a folder, [`BookError::Io`] else; then
    /// nothing was written.
    pub fn write_archive(path: &std::path::Path, members: &[Member]) -> Result<(), BookError> {
        super::write_atomically_with(path, |out| write_archive(out, members))
    }
}

impl Member {
    /// A file of the disk, as it must still be when it is copied.
    pub fn file(name: impl Into<String>, path: &std::path::Path, sha256: &str, bytes: u64) -> Self {
        let content = MemberContent::File { path: path.into(), sha256: sha256.into(), bytes };
        Self { name: name.into(), content }
    }
}

/// The archive of a version and its sign-off, which is the one that the
/// journal names.
///
/// # Errors
/// [`BookError::Refused`] where it is another or no sign-off; else as
/// [`Archive::open`] and [`Archive::bytes`].
pub fn signed_pack(dir: &Path, version: &Version) -> Result<(Archive, SignOff), BookError> {
    let archive = Archive::open(&dir.join(&version.file))?;
    let text = archive.bytes(SIGN_OFF)?;
    if hex(&Sha256::digest(&text)) != version.sha256 {
        let why = format!("its {SIGN_OFF} is not the one that was signed; put the file back from a backup.");
        return Err(BookError::refused(archive.path(), why));
    }
    let sign_off = SignOff::parse(&text).map_err(|why| BookError::refused(archive.path(), why))?;
    Ok((archive, sign_off))
}

/// What is signed, from the few entries of the journal that say so.
pub(super) fn versions(db: &Connection) -> Result<Versions, BookError> {
    let sql = "SELECT seq FROM journal WHERE month IS NOT NULL AND
               (body LIKE '{\"kind\":\"sign\"%' OR body LIKE '{\"kind\":\"reopen-month\"%') ORDER BY seq";
    let mut all = db.prepare(sql)?;
    let seqs = all.query_map([], |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut versions = Versions::default();
    for seq in seqs {
        versions.see(&entries::entry(db, seq)?);
    }
    Ok(versions)
}
