//! Loading a month from a book, and committing changes to it, for a face that
//! runs them on threads of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::opening::{once, open_named, record_input};
use super::pack::{self, first_open};
use super::tables::{self, Table};
use super::{Around, Change, Command, Desk, Inputs, Past, Refusal, Written, text};
use crate::book::{Access, AdoptedState, Book, BookError, Config, NewInput, STATE_FILE, now};
use crate::calendar::{Day, Month};
use crate::close::Versions;
use crate::focus::Profile;
use crate::journal::{Entry, hex};
use crate::read::{self, Billed, Input, SideRead, Terms, Watch};
use crate::reconcile::Finest;
use crate::usage::{Extra, Lines, Names, Side};

/// A file the operator named.
#[derive(Debug, Clone)]
pub struct InputSpec {
    pub path: PathBuf,
    pub side: Side,
    /// A format that is forced, by name.
    pub format: Option<String>,
    /// Declared not to overlap with any other file.
    pub append: bool,
}

/// How to open a month.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    pub dir: PathBuf,
    pub inputs: Vec<InputSpec>,
    /// `None`: the earliest month with data.
    pub month: Option<Month>,
    pub read_only: bool,
    /// Leave the files where they are instead of copying them into the book.
    pub no_copy: bool,
}

/// A book that is open and ready to load a month.
pub struct Session {
    /// The folder, for the title.
    pub dir: PathBuf,
    /// Why nothing can be decided, when the book is open read-only.
    pub read_only: Option<String>,
    options: SessionOptions,
    /// Asked for on the command line, instead of what `config.toml` says.
    grain: Option<Finest>,
    /// The shape of the file asked for, and whether purchases are.
    profile: Option<Profile>,
    purchases: bool,
    /// Something was named to be read, beside what the book has.
    named: bool,
    /// What is kept of each row beside its line.
    keep: Vec<Extra>,
    tables: Mutex<Vec<Table>>,
    /// Tables are read row by row, even where their server could add them up.
    rows: bool,
    pub(super) book: Arc<Mutex<Book>>,
}

/// What loading tells while it runs. Sent from several threads.
pub enum LoadEvent {
    /// Bytes and rows read so far, and bytes in all.
    Progress { bytes: u64, rows: u64, of_bytes: u64 },
    /// The first lines of the bill, as (origin, time, what, user, amount)
    /// texts, to look at while the rest is read.
    FirstRows(Vec<[String; 5]>),
    /// Reading is done and the comparison runs.
    Comparing,
}

pub(super) type Tell<'a> = &'a (dyn Fn(LoadEvent) + Sync);
pub(super) type Cancelled<'a> = &'a (dyn Fn() -> bool + Sync);

impl Session {
    /// Opens the book; reads no input yet, so that a face can draw first.
    ///
    /// # Errors
    /// A sentence: the folder is locked by another process, or damaged.
    pub fn open(mut options: SessionOptions) -> Result<Self, String> {
        let named = !options.inputs.is_empty();
        let mut tables = tables::sorted_out(&mut options)?;
        // A sentence that names `.` does not say where.
        options.dir = std::path::absolute(&options.dir).unwrap_or(options.dir);
        let access = if options.read_only { Access::Read } else { Access::Write };
        let book = Book::open(&options.dir, access).map_err(sentence)?;
        // Who only looks, and names what at, looks at nothing else.
        if !(options.read_only && named) {
            tables::remember(&book, &mut tables)?;
        }
        let read_only = options.read_only.then(|| "The book is open read-only: you can look, not decide.".to_owned());
        let (tables, book) = (Mutex::new(tables), Arc::new(Mutex::new(book)));
        Ok(Self {
            dir: options.dir.clone(),
            read_only,
            options,
            grain: None,
            profile: None,
            purchases: false,
            named,
            keep: Vec::new(),
            tables,
            rows: false,
            book,
        })
    }

    /// The same session, comparing nothing at a finer grain than this.
    pub fn with_grain(self, grain: Option<Finest>) -> Self {
        Self { grain, ..self }
    }

    pub(super) fn grain(&self) -> Option<Finest> {
        self.grain
    }

    /// The same session, writing the file in this shape, and purchases of
    /// credits with it, whatever the book says.
    #[must_use]
    pub fn writing(self, profile: Option<Profile>, purchases: bool) -> Self {
        Self { profile, purchases, ..self }
    }

    /// Keeps these of each row when a month is loaded: without being asked,
    /// nothing is.
    pub fn keeping(self, keep: Vec<Extra>) -> Self {
        Self { keep, ..self }
    }

    /// Reads tables row by row, or, as a session does unless it is told, in
    /// bundles where that gives the same comparison.
    #[must_use]
    pub fn row_by_row(self, rows: bool) -> Self {
        Self { rows, ..self }
    }

    /// Where the book's configuration lies.
    pub(super) fn folder(&self) -> &Path {
        &self.options.dir
    }

    pub(super) fn tables(&self) -> std::sync::MutexGuard<'_, Vec<Table>> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads, compares and replays. Call on a worker thread.
    ///
    /// # Errors
    /// A sentence for the screen; also when `cancelled` turned true.
    pub fn load(&self, tell: Tell, cancelled: Cancelled) -> Result<Desk, String> {
        let config = Config::load(&self.options.dir).map_err(sentence)?.with_grain(self.grain);
        let config = Arc::new(config.writing(self.profile, self.purchases));
        let leaving = super::carried::leaving(&self.book().entries().map_err(sentence)?);
        let (inputs, one_by_one) = self.read(&config, self.options.month, &leaving, tell, cancelled)?;
        let inputs = Arc::new(inputs);
        if cancelled() {
            return Err("Loading was cancelled.".into());
        }
        tell(LoadEvent::Comparing);
        let picked = pick_month(&inputs, self.options.month, self.book().versions())?;
        let month = picked.unwrap_or_else(|| now().day().month());
        if !self.options.read_only {
            tables::journal(&mut self.book(), &self.tables().clone(), month, &inputs)?;
        }
        let mut past = self.past(month, &inputs, &config)?;
        past.notices.extend(tables::notices(&inputs.ledger.lines, &one_by_one));
        past.notices.extend(not_of(month, &inputs));
        if picked.is_none() {
            past.notices
                .push(format!("No row with a date could be read; the month shown is {month}, the current one."));
        }
        Ok(Desk::new(month, inputs, config, past))
    }

    /// Reads both sides; of tables only the rows of this month, or of the
    /// bill's earliest one, and of the months before it that left items to it. Also why tables that a server could have added up
    /// were read row by row.
    ///
    /// # Errors
    /// A sentence, as [`Session::load`].
    pub(super) fn read(
        &self,
        config: &Config,
        month: Option<Month>,
        leaving: &BTreeSet<Month>,
        tell: Tell,
        cancelled: Cancelled,
    ) -> Result<(Inputs, Vec<String>), String> {
        let (bills, ledgers) = if self.options.read_only { self.named_inputs()? } else { self.take_in(config)? };
        let tables = self.tables().clone();
        if bills.is_empty() && ledgers.is_empty() && tables.is_empty() {
            return Err(format!(
                "{} holds no bill yet. Give one: trueup review --bill FILE --ledger FILE, or look at a sample month: trueup demo.",
                self.options.dir.display()
            ));
        }
        let (maps, currency) = (&config.settings.columns[..], config.prices.currency_or_default());
        let terms = Terms { maps, currency, keep: &self.keep, ..Terms::default() };
        // What is kept of each row, and a margin to be taken out of each amount,
        // are of rows.
        let row_by_row = self.rows || !self.keep.is_empty() || !config.settings.margin_included.is_empty();
        let finest = (!row_by_row).then_some(config.settings.rules.finest);
        let versions = self.book().versions().clone();
        let reading = Reading { tables: &tables, terms, month, leaving, versions, finest };
        read_sides(bills, ledgers, &reading, tell, cancelled)
    }

    /// The files named, read from where they lie, then those of the book.
    fn named_inputs(&self) -> Result<(Vec<Input>, Vec<Input>), String> {
        let book = self.book();
        let mut sides = (Vec::new(), Vec::new());
        for (side, list) in [(Side::Bill, &mut sides.0), (Side::Ledger, &mut sides.1)] {
            let mut added = 0;
            let named: Vec<&InputSpec> = self.options.inputs.iter().filter(|i| i.side == side).collect();
            if !self.named {
                for record in book.inputs(side).map_err(sentence)? {
                    let file = book.open_input(&record).map_err(sentence)?;
                    added = record.added.max(added);
                    list.push(record_input(&record, file));
                }
            }
            for spec in once(named) {
                added += 1;
                list.push(open_named(spec, added, false)?);
            }
        }
        Ok(sides)
    }

    /// Copies the files named into the book, and opens all it has.
    fn take_in(&self, config: &Config) -> Result<(Vec<Input>, Vec<Input>), String> {
        let mut book = self.book();
        book.remember_config(&config.texts, now()).map_err(sentence)?;
        for spec in &self.options.inputs {
            let new = NewInput {
                path: spec.path.clone(),
                side: spec.side,
                format: spec.format.clone(),
                append: spec.append,
                copy: !self.options.no_copy,
            };
            book.import(&new, now()).map_err(sentence)?;
        }
        let mut sides = (Vec::new(), Vec::new());
        for (side, list) in [(Side::Bill, &mut sides.0), (Side::Ledger, &mut sides.1)] {
            for record in book.inputs(side).map_err(sentence)? {
                let file = book.open_input(&record).map_err(sentence)?;
                list.push(record_input(&record, file));
            }
        }
        Ok(sides)
    }

    /// What the book knows from before: journal, openings, exports.
    pub(super) fn past(&self, month: Month, inputs: &Inputs, config: &Config) -> Result<Past, String> {
        let mut book = self.book();
        let mut notices = notices(inputs, config);
        notices.extend(book.notices().iter().cloned());
        if !self.options.read_only {
            notices.extend(adopt_state(&mut book, month)?);
        }
        let mut openings = book.openings(month).map_err(sentence)?;
        // Who only looks takes nothing into the book, and sees what it would be.
        if self.options.read_only
            && !knows_state(&book)?
            && let Some(state) = read_state(&book.dir().join(STATE_FILE), month.previous())?
        {
            openings = state.openings;
        }
        let others = book.other_months(month).map_err(sentence)?;
        notices.extend(others.stale_since.map(|since| {
            format!(
                "{month} was written before {since} was written anew. It is worked out afresh here: write it again."
            )
        }));
        let loaded = months_of(&inputs.bill.lines);
        let exports = book.last_exports(month).map_err(sentence)?;
        let versions = book.versions();
        notices.extend(pack::came_later(book.dir(), versions, inputs));
        let signed_charges = versions.signed(month).map(|version| pack::charges_of(book.dir(), version));
        let in_book = self.in_book(&book, tables::signed(&self.tables(), inputs))?;
        let entries = book.entries().map_err(sentence)?;
        let around = Around::of(&book, month, &openings, inputs, &entries)?;
        Ok(Past {
            late: self.signed_before(&book, month, inputs, &entries)?,
            dir: self.options.dir.clone(),
            entries,
            openings,
            around,
            lot_opening: book.lot_opening(month, &loaded).map_err(sentence)?,
            written: written(&book, month)?,
            previous: (
                book.openings(month.previous()).map_err(sentence)?,
                book.lot_opening(month.previous(), &loaded).map_err(sentence)?,
            ),
            others,
            exports: exports
                .iter()
                .map(|e| format!("{}: {} rows, ${}, SHA-256 {}", e.path.display(), e.rows, e.total, &e.sha256))
                .collect(),
            notices,
            in_book,
            signed_charges,
        })
    }

    /// What months that are not loaded drew from lots before this one.
    pub(super) fn lot_opening(&self, month: Month, loaded: &[Month]) -> Result<crate::price::LotOpening, String> {
        self.book().lot_opening(month, loaded).map_err(sentence)
    }

    /// The half that makes changes durable; give it a thread of its own.
    pub fn writer(&self) -> Writer {
        Writer { book: Arc::clone(&self.book), read_only: self.read_only.clone() }
    }
}

/// The rows the month wrote last, by profile.
pub(crate) fn written(book: &Book, month: Month) -> Result<Written, String> {
    let mut all = Written::new();
    for (profile, rows) in book.kept_rows(month).map_err(sentence)? {
        // What a later version calls by another name is not told of here.
        if let Ok(profile) = profile.parse() {
            let kept = crate::focus::Kept::from_bytes(&rows).map_err(|why| format!("{month}: {why}."))?;
            all.insert(profile, Arc::new(kept));
        }
    }
    Ok(all)
}

/// Takes the balances of a `subsidy_state.json` into a book that has none.
fn adopt_state(book: &mut Book, month: Month) -> Result<Option<String>, String> {
    if knows_state(book)? {
        return Ok(None);
    }
    let path = book.dir().join(STATE_FILE);
    let Some(state) = read_state(&path, month.previous())? else { return Ok(None) };
    let through = state.through;
    book.adopt_state(&state, now()).map_err(sentence)?;
    Ok(Some(format!("{STATE_FILE} was taken as the balance through {through}.")))
}

/// Whether the book has balances of its own, from exports or from a state
/// file it began with.
pub(crate) fn knows_state(book: &Book) -> Result<bool, String> {
    Ok(book.state_adopted().map_err(sentence)?.is_some() || book.has_draws().map_err(sentence)?)
}

/// The balances of a state file; `None` where there is no such file.
pub(crate) fn read_state(path: &Path, through: Month) -> Result<Option<AdoptedState>, String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{} cannot be read: {error}.", path.display())),
    };
    let openings = crate::allocate::parse_state(&text, path).map_err(|e| e.to_string())?;
    Ok(Some(AdoptedState { openings, through, sha256: hex(&Sha256::digest(text.as_bytes())) }))
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
    let reading = Reading {
        tables: &[],
        terms: Terms { currency, ..Terms::default() },
        month: None,
        leaving: &BTreeSet::new(),
        versions: Versions::default(),
        finest: None,
    };
    read_sides(bills, ledgers, &reading, tell, cancelled).map(|(inputs, _)| inputs)
}

/// Reads files again as a month was read from them once, under the
/// configuration it had then.
///
/// # Errors
/// As [`read_sides`].
pub(super) fn read_again(bills: Vec<Input>, ledgers: Vec<Input>, config: &Config) -> Result<Inputs, String> {
    let (maps, currency) = (&config.settings.columns[..], config.prices.currency_or_default());
    let (terms, versions) = (Terms { maps, currency, ..Terms::default() }, Versions::default());
    let reading = Reading { tables: &[], terms, month: None, leaving: &BTreeSet::new(), versions, finest: None };
    read_sides(bills, ledgers, &reading, &|_| {}, &|| false).map(|(inputs, _)| inputs)
}

/// What is read beside files, and how.
struct Reading<'a> {
    tables: &'a [Table],
    terms: Terms<'a>,
    /// The month asked for.
    month: Option<Month>,
    /// Months that left items to later ones.
    leaving: &'a BTreeSet<Month>,
    /// What is signed: without a month asked for, the first that is not.
    versions: Versions,
    /// The finest grain lines are compared at; `None` for tables read row by
    /// row.
    finest: Option<Finest>,
}

impl Reading<'_> {
    /// The months that tables are read for: those that left items to the month,
    /// then the month itself.
    fn months(&self, month: Option<Month>) -> Vec<Option<Month>> {
        let before = month.into_iter().flat_map(|month| self.leaving.range(..month)).copied().map(Some);
        before.chain([month]).collect()
    }
}

/// Reads both sides, one after the other; each takes all cores. Of the
/// ledger's tables only the month of the bill is read, and where that does for
/// the comparison, in bundles. Sentences without an end say of which tables that
/// could not be.
///
/// # Errors
/// A sentence: an unknown format, an unreadable file or table, or cancelled.
fn read_sides(
    mut bills: Vec<Input>,
    mut ledgers: Vec<Input>,
    reading: &Reading,
    tell: Tell,
    cancelled: Cancelled,
) -> Result<(Inputs, Vec<String>), String> {
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
    for month in reading.months(reading.month) {
        let opened = tables::open(reading.tables, Side::Bill, tables::Rows { month, ..rows }, &bills)?;
        bills.extend(opened.into_iter().map(|opened| opened.input));
    }
    let mut bill = read_side(bills, reading.terms, true)?;
    let month = reading.month.or_else(|| first_open(&months_of(&bill.lines), &reading.versions));
    let may = |finest| tables::may_be_bundled(reading.tables, &ledgers, &bill.lines, finest);
    let rows = tables::Rows { month, bundled: reading.finest.is_some_and(may), ..rows };
    let mut one_by_one: Vec<String> = Vec::new();
    for month in reading.months(month) {
        let opened = tables::open(reading.tables, Side::Ledger, tables::Rows { month, ..rows }, &ledgers)?;
        one_by_one.extend(opened.iter().filter_map(|opened| opened.one_by_one.clone()));
        ledgers.extend(opened.into_iter().map(|opened| opened.input));
    }
    one_by_one.dedup();
    // Whose calls a ledger can be compared by is known once the bill is read.
    let terms = Terms { billed: Billed::of(&bill.lines), ..reading.terms };
    let mut ledger = read_side(ledgers, terms, false)?;
    [&mut bill, &mut ledger].into_iter().for_each(|side| side.lines.order_by_time());
    Ok((Inputs { names, bill, ledger, keep: keep.to_vec() }, one_by_one))
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
                lines.at(row).map(|at| super::text::time(lines.shape(row), at)).unwrap_or_default(),
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

/// An error of the book as a sentence for a screen.
fn sentence(error: BookError) -> String {
    error.to_string()
}

/// Months in which the lines have a row, ascending.
pub(crate) fn months_of(lines: &Lines) -> Vec<Month> {
    use rayon::prelude::*;
    // Rows of a day mostly stand together.
    let add = |(mut months, mut last): (BTreeSet<Month>, Option<Day>), row: u32| {
        let day = lines.day(row);
        if day != last {
            months.extend(day.map(Day::month));
            last = day;
        }
        (months, last)
    };
    let all = |mut a: BTreeSet<Month>, b: BTreeSet<Month>| {
        a.extend(b);
        a
    };
    let rows = (0..lines.len() as u32).into_par_iter().with_min_len(1 << 14);
    let months = rows.fold(<_>::default, add).map(|(months, _)| months).reduce(BTreeSet::new, all);
    months.into_iter().collect()
}

/// The month asked for, or the earliest the bill has, or else the ledger, that
/// is not signed; `None` when nothing asked for one and no row has a day.
///
/// # Errors
/// A sentence that lists the months there are.
fn pick_month(inputs: &Inputs, asked: Option<Month>, versions: &Versions) -> Result<Option<Month>, String> {
    let bill = months_of(&inputs.bill.lines);
    if asked.is_none() && !bill.is_empty() {
        return Ok(first_open(&bill, versions));
    }
    let ledger = months_of(&inputs.ledger.lines);
    let Some(month) = asked else { return Ok(first_open(&ledger, versions)) };
    let all: BTreeSet<Month> = bill.into_iter().chain(ledger).collect();
    if all.is_empty() || all.contains(&month) {
        return Ok(Some(month));
    }
    let list: Vec<String> = all.iter().map(ToString::to_string).collect();
    Err(format!("There is no data for {month}; the files hold {}.", list.join(", ")))
}

/// A sentence for each side that has rows, and none of the month: a file of
/// another month named by mistake looks like a side that lacks everything.
fn not_of(month: Month, inputs: &Inputs) -> Vec<String> {
    let sentence = |(side, lines): (&str, &Lines)| {
        let months = months_of(lines);
        let (first, last) = (months.first()?, months.last()?);
        let of = if first == last { first.to_string() } else { format!("{first} to {last}") };
        (!months.contains(&month))
            .then(|| format!("{side}: no row is of {month}; those that are there are of {of}. --month names a month."))
    };
    [("bill", &inputs.bill.lines), ("ledger", &inputs.ledger.lines)].into_iter().filter_map(sentence).collect()
}

/// Sentences about what was read and which defaults were taken.
pub(crate) fn notices(inputs: &Inputs, config: &Config) -> Vec<String> {
    let mut notices = config.notices.clone();
    if let Some(grain) = config.grain {
        notices.push(format!("Compared at nothing finer than “{}”: this run was asked for that.", grain.name()));
    }
    notices.extend(super::margins::notices(&inputs.ledger, &config.settings.margin_included));
    for (side, read) in [("bill", &inputs.bill), ("ledger", &inputs.ledger)] {
        for file in read.lines.files() {
            let rows = text::counted(u64::from(file.rows), "row");
            notices.push(format!("{side}: {} read as {}, {rows}.", file.path.display(), file.format));
            if let Some(caution) = read::caution(file.format) {
                notices.push(format!("{side}: {}: {caution}.", file.path.display()));
            }
        }
        if read.repeated_rows > 0 {
            let rows = text::counted(read.repeated_rows, "row");
            notices.push(format!("{side}: {rows} in more than one file, counted once."));
        }
        if !read.superseded.is_empty() {
            notices.push(format!(
                "{side}: {} of an account downloaded twice and not alike; the later download counts ({} kept as \
                 evidence). Use --append for files that do not overlap.",
                text::counted(read.superseded.len() as u64, "day"),
                text::counted(read.superseded_lines.len() as u64, "older row")
            ));
        }
        for day in read.superseded.iter().filter(|day| day.shrunk) {
            notices.push(format!(
                "{side}: {} of account “{}” shrank from {} in {} to {} in {}.",
                day.day,
                day.account,
                text::counted(u64::from(day.older_rows), "row"),
                day.older.display(),
                day.newer_rows,
                day.newer.display()
            ));
        }
        notices.extend(read.coverage_notes.iter().map(|note| format!("{side}: {}", note.text)));
        if !read.bad_rows.is_empty() {
            let rows = text::counted(read.bad_rows.len() as u64, "bad row");
            notices.push(format!("{side}: {rows} (B lists them)."));
        }
    }
    notices
}

/// The only way to the disk: makes a change durable and gives its entries.
pub struct Writer {
    book: Arc<Mutex<Book>>,
    read_only: Option<String>,
}

impl Writer {
    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// # Errors
    /// A sentence; then nothing was changed.
    pub fn commit(&mut self, desk: &Desk, change: &Change) -> Result<Vec<Entry>, String> {
        if let Some(why) = &self.read_only {
            return Err(why.clone());
        }
        desk.check(change).map_err(|Refusal(why)| why)?;
        let month = Some(desk.month());
        let mut book = self.book();
        if let Command::Sign = &change.command {
            let exports = book.last_exports(desk.month()).map_err(sentence)?;
            let plan = desk.sign_plan(&exports)?;
            return book.sign(plan, now()).map(|entry| vec![entry]).map_err(sentence);
        }
        if let Command::Export { target } = &change.command {
            let plan = desk.export_plan(target.as_deref());
            return book.export(plan, now()).map(|entry| vec![entry]).map_err(sentence);
        }
        // What touches no file goes in whole or not at all.
        if change.actions.iter().all(|action| desk.file_edit(action).is_none() && !action.is_of_every_month()) {
            return book.append(month, change.actions.clone(), now()).map_err(sentence);
        }
        let mut entries = Vec::new();
        for action in &change.actions {
            let written = match desk.file_edit(action) {
                Some(change) => book.rewrite_file(month, change, vec![action.clone()], now()),
                None => {
                    let month = month.filter(|_| !action.is_of_every_month());
                    book.append(month, vec![action.clone()], now())
                }
            };
            entries.extend(written.map_err(sentence)?);
        }
        Ok(entries)
    }

    /// What the journal has behind the entry of this number.
    ///
    /// # Errors
    /// A sentence, when the journal cannot be read.
    pub fn entries_behind(&self, seq: u64) -> Result<Vec<Entry>, String> {
        let mut entries = self.book().entries().map_err(sentence)?;
        entries.retain(|entry| entry.seq > seq);
        Ok(entries)
    }

    /// Remembers where the operator is, as text of the face's own; not
    /// journaled. Errors are of no consequence.
    pub fn remember_place(&mut self, place: &str) {
        if self.read_only.is_none() {
            let _ = self.book().set_place(place);
        }
    }

    /// What `remember_place` kept.
    pub fn place(&self) -> Option<String> {
        self.book().place().ok().flatten()
    }
}
