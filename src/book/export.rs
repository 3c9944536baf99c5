//! Writing a month's charges: the file, its manifest, the subsidy state and
//! the draws change together or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::atomic::{real_target, temp_beside, write_temp};
use super::charge_draws::{self, ChargeDraws};
use super::charged::{self, Charged};
use super::fault::Faults;
use super::intent::{Kind, Move};
use super::openings::{adopt, unpack as unpack_sum};
use super::{AdoptedState, Book, BookError, DATABASE, INPUTS, LOCK, SIGNED, STATE_FILE, Written, entries};
use crate::allocate::{Opening, Scope};
use crate::amount::{Amount, Cents, Quantity};
use crate::calendar::{Instant, Month};
use crate::close::Versions;
use crate::journal::{Action, ConfigFile, Entry};

/// What goes into a file: bytes, or a function that writes them piece by piece.
pub enum Content<'a> {
    Bytes(Vec<u8>),
    Writer(Writer<'a>),
}

/// Writes a file piece by piece, for one that need not fit in memory.
pub type Writer<'a> = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'a>;

/// Makes the manifest once the file it speaks of is written.
pub type Manifest<'a> = Box<dyn FnOnce(&Written) -> Vec<u8> + Send + 'a>;

/// Makes what the book keeps of the rows.
pub type KeptRows<'a> = Box<dyn FnOnce() -> Vec<u8> + Send + 'a>;

/// A further file of an export.
pub struct Beside {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

/// All that one export changes.
pub struct ExportPlan<'a> {
    pub month: Month,
    pub profile: String,
    pub target: PathBuf,
    pub csv: Content<'a>,
    pub manifest: Option<(PathBuf, Manifest<'a>)>,
    /// `subsidy_state.json`, for other tools.
    pub state_file: Option<(PathBuf, Vec<u8>)>,
    /// Further files of the same export, such as the journal for the general
    /// ledger.
    pub beside: Vec<Beside>,
    /// The rows of the file, for the next export of month and profile to be
    /// held against. Made while the file is written.
    pub kept: Option<KeptRows<'a>>,
    /// What the month used and drew, which replaces what it had. One row a
    /// scope.
    pub draws: Vec<DrawRow>,
    /// The draws of single charges, which add up to what `draws` has.
    pub charge_draws: ChargeDraws<'a>,
    /// Its charges, which refunds of later months may take back.
    pub charged: Charged<'a>,
    /// Likewise from credit lots. One row a lot.
    pub lot_draws: Vec<LotDrawRow>,
    /// Rows of the file, and its total as written.
    pub rows: u64,
    pub total: Cents,
    /// A state file that the book begins from with this export.
    pub opening_from_state: Option<AdoptedState>,
}

/// What a month used and drew in one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawRow {
    pub scope: Scope,
    pub drawn: Opening,
}

/// What a month drew from one lot, exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotDrawRow {
    pub lot: String,
    pub credits: Quantity,
    pub amount: Amount,
}

/// An export that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRecord {
    /// Its journal entry.
    pub seq: u64,
    pub month: Month,
    pub profile: String,
    pub path: PathBuf,
    pub sha256: String,
    pub rows: u64,
    pub total: Cents,
}

/// A file on its way.
struct Part<'a> {
    target: PathBuf,
    temp: PathBuf,
    fill: Fill<'a>,
}

enum Fill<'a> {
    Csv(Content<'a>),
    Manifest(Manifest<'a>),
    State(Vec<u8>),
    Beside(Vec<u8>),
}

impl Book {
    /// Writes an export. After a crash at any instant the book opens with all
    /// of it or with nothing of it. The same export again leaves everything as
    /// it is, puts a missing file back, and returns the entry there was.
    ///
    /// # Errors
    /// [`BookError::Refused`] for a target that is a folder or belongs to the
    /// book, [`BookError::Io`] when nothing was changed,
    /// [`BookError::Unfinished`] when the export counts but a file of it could
    /// not be renamed into place.
    pub fn export(&mut self, plan: ExportPlan<'_>, at: Instant) -> Result<Entry, BookError> {
        self.check_writable()?;
        let ExportPlan { month, profile, target, csv, manifest, state_file, beside, kept, .. } = plan;
        let facts = Facts { month, profile, path: target.clone(), rows: plan.rows, total: plan.total };
        let mut parts = vec![self.part(&target, Fill::Csv(csv))?];
        if let Some((path, manifest)) = manifest {
            parts.push(self.part(&path, Fill::Manifest(manifest))?);
        }
        if let Some((path, bytes)) = state_file {
            parts.push(self.part(&path, Fill::State(bytes))?);
        }
        for Beside { path, bytes } in beside {
            parts.push(self.part(&path, Fill::Beside(bytes))?);
        }
        distinct(&parts)?;

        let files: Vec<_> = parts.iter().map(|part| (part.temp.clone(), part.target.clone())).collect();
        let (who, versions) = (self.who.clone(), self.versions.clone());
        let (draws, charge_draws, charged) = (plan.draws, plan.charge_draws, plan.charged);
        let (lot_draws, state) = (plan.lot_draws, plan.opening_from_state);
        std::thread::scope(|scope| {
            let kept = kept.map(|make| scope.spawn(make));
            self.place_files(
                Kind::Export,
                &files,
                |faults, moves| write_parts(parts, faults, moves),
                |db| {
                    if let Some(state) = &state {
                        adopt(db, &who, state, at)?;
                    }
                    let before = drawn_in(db, facts.month)?;
                    facts.replace_draws(db, &draws, charge_draws, &lot_draws)?;
                    // Those of a signed month stay as they were signed.
                    if versions.signed(facts.month).is_none() {
                        charged::replace(db, facts.month, charged)?;
                    }
                    // A panic there is one here.
                    let kept = kept.map(|kept| kept.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
                    facts.replace_rows(db, kept)?;
                    let same_draws = before == drawn_in(db, facts.month)?;
                    facts.mark_stale(db, &versions, same_draws)?;
                    Ok(same_draws)
                },
                |db, same_draws, moves| facts.decide(db, (&who, &versions), same_draws, moves, at),
            )
        })
    }

    /// The newest export of each profile of a month, by profile.
    ///
    /// # Errors
    /// Those of the database.
    pub fn last_exports(&self, month: Month) -> Result<Vec<ExportRecord>, BookError> {
        self.read(|db| {
            let sql = "SELECT * FROM exports WHERE seq IN
                       (SELECT max(seq) FROM exports WHERE month = ?1 GROUP BY profile) ORDER BY profile";
            let mut all = db.prepare(sql)?;
            let mut rows = all.query([month.to_string()])?;
            let mut records = Vec::new();
            while let Some(row) = rows.next()? {
                records.push(unpack(row)?);
            }
            Ok(records)
        })
    }

    /// The rows that a month wrote last in each profile, as they were kept, by
    /// the profile's name.
    ///
    /// # Errors
    /// Those of the database.
    pub fn kept_rows(&self, month: Month) -> Result<Vec<(String, Vec<u8>)>, BookError> {
        self.read(|db| {
            let mut all = db.prepare("SELECT profile, rows FROM export_rows WHERE month = ?1 ORDER BY profile")?;
            let rows = all.query_map([month.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Months after this one that were written, ascending: written before it
    /// was written anew, they may be out of date.
    ///
    /// # Errors
    /// Those of the database.
    pub fn exported_after(&self, month: Month) -> Result<Vec<Month>, BookError> {
        self.read(|db| {
            let mut all = db.prepare("SELECT DISTINCT month FROM exports WHERE month > ?1 ORDER BY month")?;
            let rows = all.query_map([month.to_string()], |row| row.get::<_, String>(0))?;
            rows.map(|text| month_of(&text?)).collect()
        })
    }

    /// What a month wrote of each scope, in the order of their keys.
    ///
    /// # Errors
    /// Those of the database.
    pub fn draws(&self, month: Month) -> Result<Vec<DrawRow>, BookError> {
        self.read(|db| draws(db, month))
    }

    fn part<'a>(&self, path: &Path, fill: Fill<'a>) -> Result<Part<'a>, BookError> {
        let target = real_target(path)?;
        let own = |name: &str| target == self.dir.join(name);
        let reserved = [DATABASE, "trueup.db-wal", "trueup.db-shm", "trueup.db-journal", LOCK];
        let is_state = matches!(fill, Fill::State(_));
        let taken = reserved.into_iter().chain(ConfigFile::ALL.map(ConfigFile::name)).any(own)
            || (!is_state && own(STATE_FILE))
            || target.starts_with(self.dir.join(INPUTS))
            || target.starts_with(self.dir.join(SIGNED));
        if taken {
            return Err(BookError::refused(target, "is a file of the book itself; write the export elsewhere"));
        }
        if target.to_str().is_none() {
            return Err(BookError::refused(target, "has a name that is not UTF-8; choose another"));
        }
        Ok(Part { temp: temp_beside(&target), target, fill })
    }
}

/// Writes every file beside its place, and notes what it holds.
fn write_parts(parts: Vec<Part<'_>>, faults: &mut Faults, moves: &mut [Move]) -> Result<(), BookError> {
    faults.step()?;
    let mut csv = Written { sha256: String::new(), bytes: 0 };
    for (part, noted) in parts.into_iter().zip(moves) {
        let (temp, target) = (&part.temp, &part.target);
        let is_csv = matches!(part.fill, Fill::Csv(_));
        let written = match part.fill {
            Fill::Csv(Content::Writer(fill)) => write_temp(temp, target, fill),
            Fill::Csv(Content::Bytes(bytes)) | Fill::State(bytes) | Fill::Beside(bytes) => {
                write_temp(temp, target, |out| out.write_all(&bytes))
            }
            Fill::Manifest(make) => write_temp(temp, target, |out| out.write_all(&make(&csv))),
        }?;
        noted.sha256.clone_from(&written.sha256);
        if is_csv {
            csv = written;
        }
        faults.step()?;
    }
    Ok(())
}

/// What the database is told of an export.
struct Facts {
    month: Month,
    profile: String,
    path: PathBuf,
    rows: u64,
    total: Cents,
}

impl Facts {
    /// The instant from which the export counts. A month that is signed can be
    /// written only as it is.
    fn decide(
        &self,
        db: &Connection,
        (who, versions): (&str, &Versions),
        same_draws: bool,
        moves: &[Move],
        at: Instant,
    ) -> Result<Entry, BookError> {
        let csv = moves.first().map_or("", |m| m.sha256.as_str());
        match last_of(db, self.month, &self.profile)? {
            Some(last) if same_draws && self.equal(&last, csv) => entries::entry(db, last.seq as i64),
            _ => match versions.signed(self.month) {
                Some(version) => Err(BookError::Signed(version.refusal())),
                None => self.journal(db, who, csv, at),
            },
        }
    }

    fn equal(&self, last: &ExportRecord, csv: &str) -> bool {
        last.path == self.path && last.sha256 == csv && last.rows == self.rows && last.total == self.total
    }

    fn replace_draws(
        &self,
        db: &Connection,
        draws: &[DrawRow],
        charge_draws: ChargeDraws<'_>,
        lot_draws: &[LotDrawRow],
    ) -> Result<(), BookError> {
        let month = self.month.to_string();
        db.execute("DELETE FROM sums WHERE month = ?1", [&month])?;
        let mut insert = db.prepare("INSERT INTO sums VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
        for DrawRow { scope: Scope { rule, subject, period }, drawn } in draws {
            insert.execute(params![
                month,
                rule,
                subject.level().name(),
                subject.name(),
                period.to_string(),
                drawn.used.0,
                drawn.subsidized.0,
                drawn.reached.to_string(),
            ])?;
        }
        charge_draws::replace(db, self.month, charge_draws)?;
        db.execute("DELETE FROM lot_draws WHERE month = ?1", [&month])?;
        let mut insert = db.prepare("INSERT INTO lot_draws VALUES(?1, ?2, ?3, ?4)")?;
        for LotDrawRow { lot, credits, amount } in lot_draws {
            insert.execute(params![month, lot, credits.to_string(), amount.to_string()])?;
        }
        Ok(())
    }

    /// The same rows again are not written again: they are many.
    fn replace_rows(&self, db: &Connection, kept: Option<Vec<u8>>) -> Result<(), BookError> {
        let Some(rows) = kept else { return Ok(()) };
        let key = params![self.month.to_string(), self.profile, rows];
        let sql = "SELECT EXISTS(SELECT 1 FROM export_rows WHERE month = ?1 AND profile = ?2 AND rows = ?3)";
        if !db.query_row(sql, key, |row| row.get::<_, bool>(0))? {
            db.execute("INSERT OR REPLACE INTO export_rows VALUES(?1, ?2, ?3)", key)?;
        }
        Ok(())
    }

    /// Later months go on from what this one drew: where that changed, those
    /// that were written are out of date, but for signed ones, which stay. This
    /// one no longer is.
    fn mark_stale(&self, db: &Connection, versions: &Versions, same_draws: bool) -> Result<(), BookError> {
        let month = self.month.to_string();
        db.execute("DELETE FROM stale WHERE month = ?1", [&month])?;
        if !same_draws {
            let later = "INSERT OR REPLACE INTO stale SELECT DISTINCT month, ?1 FROM exports WHERE month > ?1";
            db.execute(later, [&month])?;
            for signed in versions.months().filter(|month| versions.signed(*month).is_some()) {
                db.execute("DELETE FROM stale WHERE month = ?1", [signed.to_string()])?;
            }
        }
        Ok(())
    }

    fn journal(&self, db: &Connection, who: &str, csv: &str, at: Instant) -> Result<Entry, BookError> {
        let file = self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let action = Action::Export {
            profile: self.profile.clone(),
            file,
            sha256: csv.into(),
            rows: self.rows,
            total: self.total.to_string(),
        };
        let entry = entries::append(db, who, Some(self.month), vec![action], at)?.pop();
        let entry = entry.ok_or_else(|| BookError::unreadable("the export was not journaled"))?;
        db.execute(
            "INSERT INTO exports VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                entry.seq as i64,
                self.month.to_string(),
                self.profile,
                self.path.display().to_string(),
                csv,
                i64::try_from(self.rows).unwrap_or(i64::MAX),
                self.total.0,
            ],
        )?;
        Ok(entry)
    }
}

fn distinct(parts: &[Part]) -> Result<(), BookError> {
    for (at, part) in parts.iter().enumerate() {
        if parts.iter().take(at).any(|other| other.target == part.target) {
            return Err(BookError::refused(&part.target, "is named twice for one export; use two names"));
        }
    }
    Ok(())
}

/// What the database has of a month's draws, to be compared.
fn drawn_in(db: &Connection, month: Month) -> Result<(Vec<DrawRow>, Vec<[String; 3]>), BookError> {
    Ok((draws(db, month)?, lot_draws(db, month)?))
}

fn draws(db: &Connection, month: Month) -> Result<Vec<DrawRow>, BookError> {
    let sql = "SELECT * FROM sums WHERE month = ?1 ORDER BY rule, level, subject, period";
    let mut all = db.prepare(sql)?;
    let mut rows = all.query([month.to_string()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (scope, drawn) = unpack_sum(row)?;
        found.push(DrawRow { scope, drawn });
    }
    Ok(found)
}

/// As text, to be compared.
fn lot_draws(db: &Connection, month: Month) -> Result<Vec<[String; 3]>, BookError> {
    let mut all = db.prepare("SELECT lot, credits, amount FROM lot_draws WHERE month = ?1 ORDER BY lot")?;
    let rows = all.query_map([month.to_string()], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn last_of(db: &Connection, month: Month, profile: &str) -> Result<Option<ExportRecord>, BookError> {
    let sql = "SELECT * FROM exports WHERE month = ?1 AND profile = ?2 ORDER BY seq DESC LIMIT 1";
    db.query_row(sql, [month.to_string().as_str(), profile], |row| Ok(unpack(row))).optional()?.transpose()
}

fn month_of(text: &str) -> Result<Month, BookError> {
    text.parse().map_err(|_| BookError::unreadable(format!("“{text}” is no month")))
}

fn unpack(row: &Row) -> Result<ExportRecord, BookError> {
    let month: String = row.get("month")?;
    let count = |column: &str| -> Result<u64, BookError> {
        u64::try_from(row.get::<_, i64>(column)?).map_err(|_| BookError::unreadable("an export has a negative count"))
    };
    Ok(ExportRecord {
        seq: count("seq")?,
        month: month_of(&month)?,
        profile: row.get("profile")?,
        path: row.get::<_, String>("path")?.into(),
        sha256: row.get("sha256")?,
        rows: count("rows")?,
        total: Cents(row.get("total_cents")?),
    })
}
