//! Writing the verdicts of a month back to the ledgers it was read from, and
//! taking them out again. A plan is shown before anything is written; what is
//! written is journaled, with what the rows said before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use sha2::{Digest as _, Sha256};

use super::{Desk, Session};
use crate::amount::Amount;
use crate::book::{Book, BookError, now};
use crate::calendar::Month;
use crate::journal::{Action, Entry, hex};
use crate::review::{LedgerStatus, Mark, marks};
use crate::source::Location;
use crate::source::write_back::{self, FilePlan, How, LeftOut, Plan, RowChange, RowMark};
use crate::usage::SourceFile;

/// The format whose columns have a place for a verdict.
const FORMAT: &str = "token-usage";

/// How to apply.
#[derive(Debug, Clone, Default)]
pub struct ApplyOptions {
    /// Round to whole cents where the column holds no others.
    pub round: bool,
    /// The new file of a ledger that is a file.
    pub output: Option<PathBuf>,
}

/// One status in a preview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatusCount {
    pub entries: u64,
    /// Of these entries, in dollars.
    pub recorded: Amount,
    /// What was billed for each of them by itself, in dollars, which goes into
    /// the ledger in cents.
    pub billed: Amount,
}

/// What would be written to one ledger.
pub struct LedgerPlan {
    /// The ledger, or the new file beside it, without a password.
    pub shown: String,
    pub counts: BTreeMap<LedgerStatus, StatusCount>,
    pub plan: Plan,
    to: To,
}

enum To {
    Table(Location),
    File { path: PathBuf, bytes: Vec<u8> },
}

impl LedgerPlan {
    /// The ledger is a file, which stays; a new one is written beside it.
    pub const fn is_new_file(&self) -> bool {
        matches!(self.to, To::File { .. })
    }
}

/// What would be written.
pub struct ApplyPlan {
    pub month: Month,
    pub ledgers: Vec<LedgerPlan>,
    /// Sentences about ledgers that get nothing.
    pub notes: Vec<String>,
}

impl ApplyPlan {
    /// Rows that would change.
    pub fn rows(&self) -> u64 {
        self.ledgers.iter().map(|ledger| ledger.plan.rows.len() as u64).sum()
    }
}

/// What was done to one ledger.
#[derive(Debug)]
pub struct Applied {
    pub shown: String,
    /// The ledger is a file: a new one was written beside it, or that one was
    /// removed.
    pub file: bool,
    /// Rows that were written or put back; none where a file was removed.
    pub rows: u64,
    pub left_out: Vec<LeftOut>,
    pub entry: Option<Entry>,
}

impl Session {
    /// What applying the month would write. Changes nothing.
    ///
    /// # Errors
    /// A sentence: a ledger that cannot be read again or written to, that
    /// changed since it was read, or no ledger with a place for a verdict.
    pub fn plan_apply(&self, desk: &Desk, options: &ApplyOptions) -> Result<ApplyPlan, String> {
        let how = How { now: now(), round: options.round };
        let lines = &desk.inputs().ledger.lines;
        if lines.has_bundles() {
            return Err(
                "The ledger was read in bundles, and a verdict belongs to one row: open the month with --rows \
                        to write verdicts back."
                    .into(),
            );
        }
        let (sides, items, _) = desk.comparison();
        let mut by_file: BTreeMap<u16, Vec<Mark>> = BTreeMap::new();
        for mark in marks(&sides, items, |item| desk.is_open(item)) {
            by_file.entry(lines.origin(mark.row).file).or_default().push(mark);
        }
        let mut plan = ApplyPlan { month: desk.month(), ledgers: Vec::new(), notes: Vec::new() };
        let tables = self.ledger_tables();
        // Behind the files, once for each month that was read of them.
        let is_table = |file: &SourceFile| SourceFile::is_table(&file.path);
        let first_table = lines.files().iter().position(is_table).unwrap_or(lines.files().len());
        for (file, marks) in by_file {
            let Some(source) = lines.files().get(usize::from(file)) else { continue };
            if source.format != FORMAT {
                plan.notes.push(format!(
                    "{} is read as {}, which has no place for a verdict; it stays as it is.",
                    source.path.display(),
                    source.format
                ));
                continue;
            }
            let rows: Vec<RowMark> = marks.iter().map(|mark| row_mark(desk, mark)).collect::<Result<_, _>>()?;
            let counts = count(desk, &marks);
            if let Some(margin) = desk.config.settings.margin_included.of(source.format) {
                plan.notes.push(format!(
                    "The costs in {} hold a margin of {}%. What was recorded is shown without it, and so is what is \
                     written: the amount that the provider billed.",
                    source.path.display(),
                    margin.percent()
                ));
            }
            let table = usize::from(file).checked_sub(first_table).and_then(|at| tables.get(at % tables.len().max(1)));
            plan.ledgers.push(match table {
                Some(location) => {
                    let location = location.of_table(&source.path);
                    let plan = write_back::plan_table(&location, &rows, &how).map_err(|e| e.to_string())?;
                    LedgerPlan { shown: location.shown(), counts, plan, to: To::Table(location) }
                }
                None => self.plan_file(source, rows, counts, &how, options)?,
            });
        }
        let files = plan.ledgers.iter().filter(|ledger| matches!(ledger.to, To::File { .. })).count();
        if options.output.is_some() && files != 1 {
            return Err(format!("--output names one new file, but {files} ledgers of the month are files."));
        }
        if plan.ledgers.is_empty() {
            let why = if plan.notes.is_empty() { "the month has no ledger.".into() } else { plan.notes.join(" ") };
            return Err(format!("There is nothing to apply to: {why}"));
        }
        Ok(plan)
    }

    fn plan_file(
        &self,
        source: &crate::usage::SourceFile,
        rows: Vec<RowMark>,
        counts: BTreeMap<LedgerStatus, StatusCount>,
        how: &How,
        options: &ApplyOptions,
    ) -> Result<LedgerPlan, String> {
        let shown = source.path.display();
        let bytes = std::fs::read(&source.path).map_err(|e| {
            format!("{shown} cannot be read again: {e}. Put it back where it was when it was taken into the book.")
        })?;
        if !source.sha256.is_empty() && digest(&bytes) != source.sha256 {
            return Err(format!("{shown} has changed since it was taken into the book; give it to the review again."));
        }
        let FilePlan { plan, bytes } =
            write_back::plan_file(&bytes, &rows, how).map_err(|what| format!("{shown} {what}."))?;
        let path = options.output.clone().unwrap_or_else(|| beside(&source.path));
        let path = std::path::absolute(&path).unwrap_or(path);
        if is_same_file(&path, &source.path) {
            return Err(format!(
                "{shown} is what is read, so it is not written over; name another file with --output."
            ));
        }
        if let Ok(there) = std::fs::read(&path)
            && !self.is_ours(&path, &digest(&there))?
        {
            return Err(format!(
                "{} is there already and was not written by this book; move it away, or name another file with \
                 --output.",
                path.display()
            ));
        }
        Ok(LedgerPlan { shown: path.display().to_string(), counts, plan, to: To::File { path, bytes } })
    }

    /// Whether the journal says that this content was written there.
    fn is_ours(&self, path: &Path, sha256: &str) -> Result<bool, String> {
        let path = path.display().to_string();
        let entries = self.locked().entries().map_err(|e| e.to_string())?;
        Ok(entries.iter().any(
            |entry| matches!(&entry.action, Action::Apply { ledger, sha256: of, .. } if *ledger == path && of == sha256),
        ))
    }

    /// Writes what was planned, ledger by ledger, each in one transaction.
    ///
    /// # Errors
    /// A sentence. The ledger it speaks of is as it was; those before it are
    /// written and journaled.
    pub fn apply(&self, plan: ApplyPlan) -> Result<Vec<Applied>, String> {
        self.apply_telling(plan, &|_| {})
    }

    /// As [`Session::apply`]; `tell` hears how many rows it has come to.
    ///
    /// # Errors
    /// Those of [`Session::apply`].
    pub fn apply_telling(&self, plan: ApplyPlan, tell: &dyn Fn(u64)) -> Result<Vec<Applied>, String> {
        if let Some(why) = &self.read_only {
            return Err(why.clone());
        }
        let month = plan.month;
        let mut before = 0;
        let mut done = Vec::new();
        for ledger in plan.ledgers.into_iter().filter(|ledger| !ledger.plan.rows.is_empty()) {
            let rows = ledger.plan.rows.len() as u64;
            done.push(self.apply_one(month, ledger, &|at| tell(before + at))?);
            before += rows;
            tell(before);
        }
        Ok(done)
    }

    fn apply_one(&self, month: Month, ledger: LedgerPlan, tell: &dyn Fn(u64)) -> Result<Applied, String> {
        let file = ledger.is_new_file();
        let LedgerPlan { shown, plan, to, .. } = ledger;
        let sentence = |error: BookError| error.to_string();
        let location = match to {
            To::File { path, bytes } => {
                let entry = self.locked().apply_file(month, &path, &bytes, now()).map_err(sentence)?;
                let (rows, left_out) = (plan.rows.len() as u64, Vec::new());
                return Ok(Applied { shown, file, rows, left_out, entry: Some(entry) });
            }
            To::Table(location) => location,
        };
        let mut entry: Option<Entry> = None;
        let done = write_back::write_table(&location, plan.rows, tell, &mut |written| {
            if !written.rows.is_empty() {
                entry = Some(self.locked().apply_rows(month, &shown, &written.rows, now()).map_err(sentence)?);
            }
            Ok(())
        });
        self.settled_with(entry.as_ref(), &location, done.is_ok())?;
        let written = done.map_err(|error| error.to_string())?;
        Ok(Applied { shown, file, rows: written.rows.len() as u64, left_out: written.left_out, entry })
    }

    /// The journal was first; now it is known what the ledger did.
    fn settled_with(&self, entry: Option<&Entry>, location: &Location, done: bool) -> Result<(), String> {
        let Some(entry) = entry else { return Ok(()) };
        let mut book = self.locked();
        let settled = if done { book.ledger_has_them(entry.seq) } else { book.ask_ledger(entry.seq, location) };
        settled.map_err(|error| error.to_string())
    }

    /// The last entries, one for each ledger, whose verdicts can be taken out:
    /// of this month, or of any.
    ///
    /// # Errors
    /// A sentence, when the journal cannot be read.
    pub fn revertible(&self, month: Option<Month>) -> Result<Vec<Entry>, String> {
        let entries = self.locked().entries().map_err(|e| e.to_string())?;
        let mut last: BTreeMap<String, Entry> = BTreeMap::new();
        let taken: Vec<u64> = entries
            .iter()
            .filter_map(|entry| if let Action::Revert { seq, .. } = entry.action { Some(seq) } else { None })
            .collect();
        for entry in entries {
            if let Action::Apply { ledger, .. } = &entry.action
                && !taken.contains(&entry.seq)
                && (month.is_none() || entry.month == month)
            {
                last.insert(ledger.clone(), entry);
            }
        }
        Ok(last.into_values().collect())
    }

    /// Puts back what the rows of an entry said before, where they still say
    /// what was written; a file that was written is removed if it is still the
    /// same. `ask` is as for [`Session::unlock`].
    ///
    /// # Errors
    /// A sentence; then nothing was changed.
    pub fn revert(&self, entry: &Entry, ask: &dyn Fn(&str) -> Option<String>) -> Result<Applied, String> {
        self.revert_telling(entry, ask, &|_| {})
    }

    /// As [`Session::revert`]; `tell` hears how many rows it has come to.
    ///
    /// # Errors
    /// Those of [`Session::revert`].
    pub fn revert_telling(
        &self,
        entry: &Entry,
        ask: &dyn Fn(&str) -> Option<String>,
        tell: &dyn Fn(u64),
    ) -> Result<Applied, String> {
        if let Some(why) = &self.read_only {
            return Err(why.clone());
        }
        let Action::Apply { ledger, sha256, .. } = &entry.action else {
            return Err("Only what was applied can be reverted.".into());
        };
        let sentence = |error: BookError| error.to_string();
        let mut reverting: Option<Entry> = None;
        let (rows, left_out) = if sha256.is_empty() {
            let mut location = Location::parse(Path::new(ledger)).map_err(|e| e.to_string())?;
            // What was typed when the program began is not asked for again.
            self.ledger_tables().iter().for_each(|known| location.take_password(known));
            super::unlock(&mut location, ask)?;
            let rows = self.locked().applied(entry.seq).map_err(sentence)?;
            let back = rows.into_iter().map(RowChange::reversed).collect();
            let done = write_back::write_table(&location, back, tell, &mut |written| {
                let rows = written.rows.len() as u64;
                reverting = Some(self.locked().revert_rows(entry, ledger, rows, now()).map_err(sentence)?);
                Ok(())
            });
            self.settled_with(reverting.as_ref(), &location, done.is_ok())?;
            let written = done.map_err(|error| error.to_string())?;
            (written.rows.len() as u64, written.left_out)
        } else {
            let gone = !Path::new(ledger).exists();
            let (taken, removed) = self.locked().remove_applied(entry, now()).map_err(sentence)?;
            reverting = Some(taken);
            let why = match (gone, removed) {
                (true, _) => Some("is no longer there"),
                (false, false) => Some("was changed since it was written, and stays"),
                (false, true) => None,
            };
            (0, why.map(|why| LeftOut { key: ledger.clone(), why }).into_iter().collect())
        };
        Ok(Applied { shown: ledger.clone(), file: !sha256.is_empty(), rows, left_out, entry: reverting })
    }

    pub(super) fn locked(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn row_mark(desk: &Desk, mark: &Mark) -> Result<RowMark, String> {
    let lines = &desk.inputs().ledger.lines;
    let key = lines.row_key(mark.row);
    let cents = mark.billed.map(|dollars| dollars.times(100)).transpose();
    Ok(RowMark {
        key: if key.is_empty() { lines.id(mark.row).to_owned() } else { key },
        line: lines.origin(mark.row).line,
        // As the row has it, margin and all: by this it is known unchanged.
        recorded: lines.amount(mark.row),
        status: mark.status.name(),
        cents: cents.map_err(|error| format!("What was billed for {} {error}.", lines.origin_text(mark.row)))?,
    })
}

fn count(desk: &Desk, marks: &[Mark]) -> BTreeMap<LedgerStatus, StatusCount> {
    let mut counts: BTreeMap<LedgerStatus, StatusCount> = BTreeMap::new();
    for mark in marks {
        let count = counts.entry(mark.status).or_default();
        count.entries += 1;
        let (sides, ..) = desk.comparison();
        // What the row states, as it was compared.
        let stated = sides.ledger.amount(mark.row).and_then(|_| sides.ledger_values.amount(sides.ledger, mark.row));
        count.recorded = count.recorded.plus(stated.unwrap_or_default());
        count.billed = count.billed.plus(mark.billed.unwrap_or_default());
    }
    counts
}

/// `ledger.csv` becomes `ledger.reconciled.csv`.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(".reconciled");
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
