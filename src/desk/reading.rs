//! Both sides of a month read from files and tables, in the order and on the
//! terms of a book; what tables gave is kept while it is read, where the month
//! may be signed on it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::opening::open_named;
use super::pack::first_open;
use super::session::{Cancelled, InputSpec, LoadEvent, Tell};
use super::tables::{self, Table};
use super::{Inputs, text};
use crate::book::{Book, Config};
use crate::calendar::{Instant, Month};
use crate::close::{SignedRows, SignedTable, Versions};
use crate::read::{self, Billed, Content, Input, SideRead, Terms, Watch};
use crate::reconcile::Finest;
use crate::usage::{Lines, Names, Side, SourceFile};

/// What was read.
pub(super) struct Read {
    pub inputs: Inputs,
    /// Why tables that a server could have added up were read row by row:
    /// sentences without their ends.
    pub one_by_one: Vec<String>,
    /// Every table that was read, in order.
    pub tables: Vec<ReadTable>,
}

/// A table that was read, and how.
#[derive(Debug, Clone)]
pub(super) struct ReadTable {
    side: Side,
    /// Without a password.
    location: String,
    append: bool,
    /// The month it was asked for.
    month: Month,
    /// The file that its rows went into while they were read.
    pub copy: Option<PathBuf>,
    /// Known once it is read: where its rows are from, how they are read, and
    /// the SHA-256 and the number of its bytes.
    file: Option<SourceFile>,
}

impl ReadTable {
    /// The SHA-256 of what it gave.
    pub fn sha256(&self) -> &str {
        self.file.as_ref().map_or("", |file| &file.sha256)
    }

    /// As a sign-off names it; with its rows where they were kept.
    pub fn signed(&self) -> Option<SignedTable> {
        let file = self.file.as_ref()?;
        let rows = self.copy.is_some().then(|| SignedRows {
            member: SignedRows::member_of(&file.sha256),
            bytes: file.bytes,
            origin: file.path.display().to_string(),
            format: file.format.to_owned(),
            append: self.append,
            added: file.added,
            month: self.month,
        });
        let (side, location) = (self.side.name().to_owned(), self.location.clone());
        Some(SignedTable { side, location, sha256: file.sha256.clone(), rows })
    }
}

/// Reads both sides from files of known formats, in a book of this currency,
/// see [`read_sides`].
///
/// # Errors
/// A sentence: an unknown format, an unreadable file, or cancelled.
pub(crate) fn read_both(
    bills: Vec<Input>,
    ledgers: Vec<Input>,
    currency: &str,
    tell: Tell,
    cancelled: Cancelled,
) -> Result<Inputs, String> {
    let reading = Reading::of_files(Terms { currency, ..Terms::default() });
    read_sides(bills, ledgers, &reading, tell, cancelled).map(|read| read.inputs)
}

/// Reads files again as a month was read from them once, under the
/// configuration it had then.
///
/// # Errors
/// As [`read_sides`].
pub(super) fn read_again(bills: Vec<Input>, ledgers: Vec<Input>, config: &Config) -> Result<Inputs, String> {
    let (maps, currency) = (&config.settings.columns[..], config.prices.currency_or_default());
    let reading = Reading::of_files(Terms { maps, currency, ..Terms::default() });
    read_sides(bills, ledgers, &reading, &|_| {}, &|| false).map(|read| read.inputs)
}

/// What is read beside files, and how.
pub(super) struct Reading<'a> {
    pub tables: &'a [Table],
    pub terms: Terms<'a>,
    /// The month asked for.
    pub month: Option<Month>,
    /// Months that left items to later ones.
    pub leaving: BTreeSet<Month>,
    /// What is signed: without a month asked for, the first that is not.
    pub versions: Versions,
    /// The finest grain lines are compared at; `None` for tables read row by
    /// row.
    pub finest: Option<Finest>,
    /// The book that keeps what tables give.
    pub keep_in: Option<&'a Mutex<Book>>,
}

impl<'a> Reading<'a> {
    fn of_files(terms: Terms<'a>) -> Self {
        let (leaving, versions) = (BTreeSet::new(), Versions::default());
        Self { tables: &[], terms, month: None, leaving, versions, finest: None, keep_in: None }
    }

    /// The months that tables are read for: those that left items to the month,
    /// then the month itself.
    fn months(&self, month: Option<Month>) -> Vec<Option<Month>> {
        let before = month.into_iter().flat_map(|month| self.leaving.range(..month)).copied().map(Some);
        before.chain([month]).collect()
    }

    /// Puts the tables of a side behind its files.
    fn open(
        &self,
        side: Side,
        rows: tables::Rows,
        inputs: &mut Vec<Input>,
        one_by_one: &mut Vec<String>,
    ) -> Result<Vec<ReadTable>, String> {
        let mut all = Vec::new();
        for month in self.months(rows.month) {
            let opened = tables::open(self.tables, side, tables::Rows { month, ..rows }, inputs)?;
            let of_side = self.tables.iter().filter(|table| table.side == side);
            for ((mut opened, table), month) in opened.into_iter().zip(of_side).zip(month.into_iter().cycle()) {
                one_by_one.extend(opened.one_by_one);
                let mut copy = None;
                if let Some(book) = self.keep_in {
                    let begun = book.lock().unwrap_or_else(PoisonError::into_inner).begin_table();
                    let begun = begun.map_err(|error| error.to_string())?;
                    copy = Some(begun.path.clone());
                    opened.input.content = Content::in_turn(begun.while_reading(opened.input.content));
                }
                let (location, append) = (table.location.shown(), opened.input.append);
                all.push(ReadTable { side, location, append, month, copy, file: None });
                inputs.push(opened.input);
            }
        }
        Ok(all)
    }
}

/// Reads both sides, one after the other; each takes all cores. Of the
/// ledger's tables only the month of the bill is read, and where that does for
/// the comparison, in bundles.
///
/// # Errors
/// A sentence: an unknown format, an unreadable file or table, or cancelled.
pub(super) fn read_sides(
    mut bills: Vec<Input>,
    mut ledgers: Vec<Input>,
    reading: &Reading,
    tell: Tell,
    cancelled: Cancelled,
) -> Result<Read, String> {
    let of_bytes = bills.iter().chain(&ledgers).map(|i| i.bytes).sum();
    let mut names = Names::default();
    let done = (AtomicU64::new(0), AtomicU64::new(0));
    let mut read_side = |inputs: Vec<Input>, terms: Terms, preview: bool| -> Result<SideRead, String> {
        let base = (done.0.load(Ordering::Relaxed), done.1.load(Ordering::Relaxed));
        let watch = Telling { tell, cancelled, base, of_bytes, preview, done: &done };
        read::read_on(inputs, terms, &mut names, &watch).map_err(|e| e.to_string())
    };
    let (maps, keep) = (reading.terms.maps, reading.terms.keep);
    let rows = tables::Rows { month: reading.month, maps, keep, bundled: false };
    let mut one_by_one: Vec<String> = Vec::new();
    let of_bill = reading.open(Side::Bill, rows, &mut bills, &mut one_by_one)?;
    // Nothing of a bill is added up, so there is nothing to say of it.
    one_by_one.clear();
    let mut bill = read_side(bills, reading.terms, true)?;
    let month = reading.month.or_else(|| first_open(&months_of(&bill.lines), &reading.versions));
    let may = |finest| tables::may_be_bundled(reading.tables, &ledgers, &bill.lines, finest);
    let rows = tables::Rows { month, bundled: reading.finest.is_some_and(may), ..rows };
    let of_ledger = reading.open(Side::Ledger, rows, &mut ledgers, &mut one_by_one)?;
    one_by_one.dedup();
    // Whose calls a ledger can be compared by is known once the bill is read.
    let terms = Terms { billed: Billed::of(&bill.lines), ..reading.terms };
    let mut ledger = read_side(ledgers, terms, false)?;
    let tables = [(of_bill, &bill), (of_ledger, &ledger)].into_iter().flat_map(|(mut read, side)| {
        // They were read behind all files, in their order.
        let files = side.lines.files();
        let of_tables = files.get(files.len().saturating_sub(read.len())..).unwrap_or_default();
        read.iter_mut().zip(of_tables).for_each(|(table, file)| table.file = Some(file.clone()));
        read
    });
    let tables = tables.collect();
    [&mut bill, &mut ledger].into_iter().for_each(|side| side.lines.order_by_time());
    Ok(Read { inputs: Inputs { names, bill, ledger, keep: keep.to_vec() }, one_by_one, tables })
}

/// Tells the first rows of a bill, before it is read in earnest. What keeps it
/// from being read is said then.
pub(super) fn glance(spec: &InputSpec, config: &Config, tell: Tell) {
    // What comes through a pipe comes only once.
    let Some(input) = Some(spec).filter(|spec| spec.path.is_file()).and_then(|spec| open_named(spec, 0, false).ok())
    else {
        return;
    };
    let seen = AtomicBool::new(false);
    let tell = |event: LoadEvent| {
        if matches!(event, LoadEvent::FirstRows(_)) {
            seen.store(true, Ordering::Relaxed);
            tell(event);
        }
    };
    let watch = Telling {
        tell: &tell,
        cancelled: &|| seen.load(Ordering::Relaxed),
        base: (0, 0),
        of_bytes: 0,
        preview: true,
        done: &Default::default(),
    };
    let terms =
        Terms { maps: &config.settings.columns, currency: config.prices.currency_or_default(), ..Terms::default() };
    // It ends as if cancelled.
    let _ = read::read_on(vec![input], terms, &mut Names::default(), &watch);
}

struct Telling<'a> {
    tell: Tell<'a>,
    cancelled: Cancelled<'a>,
    base: (u64, u64),
    of_bytes: u64,
    preview: bool,
    done: &'a (AtomicU64, AtomicU64),
}

impl Watch for Telling<'_> {
    fn progress(&self, bytes: u64, rows: u64) {
        let (bytes, rows) = (self.base.0 + bytes, self.base.1 + rows);
        self.done.0.fetch_max(bytes, Ordering::Relaxed);
        self.done.1.fetch_max(rows, Ordering::Relaxed);
        (self.tell)(LoadEvent::Progress { bytes, rows, of_bytes: self.of_bytes });
    }

    fn preview(&self, lines: &Lines, names: &Names) {
        if !self.preview {
            return;
        }
        let rows = (0..lines.len().min(500) as u32).map(|row| {
            let what = if lines.model(row).is_none() { lines.action(row) } else { lines.model(row) };
            let amount = lines.amount(row).map(|a| a.to_string());
            [
                lines.origin_text(row),
                lines.at(row).map(|at| text::time(lines.shape(row), at)).unwrap_or_default(),
                names.text(what).to_owned(),
                names.text(lines.user(row)).to_owned(),
                amount.or_else(|| lines.credits(row).map(|c| format!("{c} credits"))).unwrap_or_default(),
            ]
        });
        (self.tell)(LoadEvent::FirstRows(rows.collect()));
    }

    fn cancelled(&self) -> bool {
        (self.cancelled)()
    }
}

/// Rows that one thread looks at together.
const CHUNK: usize = 1 << 16;

/// Months in which the lines have a row, ascending.
pub(crate) fn months_of(lines: &Lines) -> Vec<Month> {
    use rayon::prelude::*;
    // This is asked of millions of rows, and nearly all are of the month of the
    // row before them.
    let of_chunk = |chunk: usize| {
        let (mut months, mut last) = (BTreeSet::new(), Instant::from_micros(0)..Instant::from_micros(0));
        let rows = (chunk * CHUNK) as u32..lines.len().min((chunk + 1) * CHUNK) as u32;
        for at in rows.filter_map(|row| lines.at(row)) {
            if !last.contains(&at) {
                let month = at.day().month();
                last = Instant::start_of(month.first())..Instant::start_of(month.last().plus_days(1));
                months.insert(month);
            }
        }
        months
    };
    let all = |mut a: BTreeSet<Month>, b: BTreeSet<Month>| {
        a.extend(b);
        a
    };
    let chunks = (0..lines.len().div_ceil(CHUNK)).into_par_iter();
    chunks.map(of_chunk).reduce(BTreeSet::new, all).into_iter().collect()
}
