//! Loading a month from a book, and committing changes to it, for a face that
//! runs them on threads of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::opening::{check_named, once, open_named, record_input};
use super::pack;
use super::reading::{Read, ReadTable, Reading, months_of, read_sides};
use super::shelf::Shelf;
use super::tables::{self, Table};
use super::writer::Writer;
use super::{Around, ChargedBefore, Desk, Inputs, Past, Written, notices, text};
use crate::book::{Access, AdoptedState, Book, BookError, Config, NewInput, STATE_FILE, Stale, Waiting, now};
use crate::calendar::Month;
use crate::close::SignedTable;
use crate::focus::Profile;
use crate::journal::hex;
use crate::read::{Input, Terms};
use crate::reconcile::Finest;
use crate::usage::{Extra, Side};

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
    /// Bytes taken into the book before they are read, and bytes in all.
    TakingIn { bytes: u64, of_bytes: u64 },
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

    /// The same book, to be looked at again while somebody works in it: reads
    /// what the book has and takes nothing into it. One that is only looked at
    /// already is as it is.
    pub(super) fn looking(&self) -> Self {
        let inputs = if self.options.read_only { self.options.inputs.clone() } else { Vec::new() };
        Self {
            dir: self.dir.clone(),
            read_only: self.read_only.clone(),
            options: SessionOptions { inputs, read_only: true, ..self.options.clone() },
            grain: self.grain,
            profile: self.profile,
            purchases: self.purchases,
            named: self.options.read_only && self.named,
            keep: self.keep.clone(),
            tables: Mutex::new(self.tables().clone()),
            rows: self.rows,
            book: Arc::clone(&self.book),
        }
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

    pub(super) fn options(&self) -> &SessionOptions {
        &self.options
    }

    pub(super) fn book(&self) -> std::sync::MutexGuard<'_, Book> {
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
        let keep_in = (!self.options.read_only).then_some(&*self.book);
        let asked = self.asked()?;
        let read = self.read(&config, asked, leaving, keep_in, (tell, cancelled))?;
        if cancelled() {
            return Err("Loading was cancelled.".into());
        }
        self.keep_tables(&read.tables)?;
        let Read { inputs, one_by_one, tables } = read;
        let inputs = Arc::new(inputs);
        if !self.options.read_only {
            self.note_days(&inputs)?;
        }
        tell(LoadEvent::Comparing);
        let picked = self.picked(asked, &inputs)?;
        let month = picked.unwrap_or_else(|| now().day().month());
        if !self.options.read_only {
            tables::journal(&mut self.book(), &self.tables().clone(), month, &inputs)?;
        }
        let tables = tables.iter().filter_map(|table| table.signed()).collect();
        let mut past = self.past(month, &inputs, &config, tables)?;
        past.notices.extend(tables::notices(&inputs.ledger.lines, &one_by_one));
        past.notices.extend(notices::not_of(month, &inputs));
        if picked.is_none() {
            past.notices
                .push(format!("No row with a date could be read; the month shown is {month}, the current one."));
        }
        let mut desk = Desk::new(month, inputs, config, past);
        if desk.looks_back() {
            let missing = super::rebuilt::keep_missing(&mut self.book(), month, self.options.read_only)?;
            Arc::make_mut(&mut desk.notices).extend(missing.kept.into_iter().chain(missing.unknown.clone()));
            desk.uncharged = Arc::new(missing.unknown);
            desk.read_charged();
        }
        Ok(desk)
    }

    /// Puts what tables gave to its place in the book.
    fn keep_tables(&self, read: &[ReadTable]) -> Result<(), String> {
        let copied = |table: &ReadTable| Some((table.copy.clone()?, table.sha256().to_owned()));
        let copied: Vec<_> = read.iter().filter_map(copied).collect();
        if copied.is_empty() { Ok(()) } else { self.book().keep_tables(&copied).map_err(sentence) }
    }

    /// Reads both sides; of tables only the rows of this month, or of the
    /// bill's earliest one, and of the months before it that left items to it.
    ///
    /// # Errors
    /// A sentence, as [`Session::load`].
    pub(super) fn read(
        &self,
        config: &Config,
        month: Option<Month>,
        leaving: BTreeSet<Month>,
        keep_in: Option<&Mutex<Book>>,
        (tell, cancelled): (Tell, Cancelled),
    ) -> Result<Read, String> {
        let (bills, ledgers) =
            if self.options.read_only { self.named_inputs()? } else { self.take_in(config, (tell, cancelled))? };
        let tables = self.tables().clone();
        let nothing = bills.is_empty() && ledgers.is_empty() && tables.is_empty();
        if nothing && !month.map_or(Ok(false), |month| self.can_withdraw(month))? {
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
        let reading = Reading { tables: &tables, terms, month, leaving, versions, finest, keep_in };
        read_sides(bills, ledgers, &reading, tell, cancelled).map_err(|why| self.with_way_out(why))
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

    /// Copies the files named into the book, and opens all it has. Large ones
    /// take a while: the first rows of the bill are there to look at before.
    fn take_in(
        &self,
        config: &Config,
        (tell, cancelled): (Tell, Cancelled),
    ) -> Result<(Vec<Input>, Vec<Input>), String> {
        check_named(&self.options.inputs, config)?;
        if let Some(bill) = self.options.inputs.iter().find(|spec| spec.side == Side::Bill) {
            super::reading::glance(bill, config, tell);
        }
        let mut book = self.book();
        book.remember_config(&config.texts, now()).map_err(sentence)?;
        let new = |spec: &InputSpec| NewInput {
            path: spec.path.clone(),
            side: spec.side,
            format: spec.format.clone(),
            append: spec.append,
            copy: !self.options.no_copy,
        };
        let new: Vec<NewInput> = self.options.inputs.iter().map(new).collect();
        let of_bytes = new.iter().filter_map(|new| std::fs::metadata(&new.path).ok()).map(|found| found.len()).sum();
        let taken = AtomicU64::new(0);
        let took = |bytes| {
            let bytes = taken.fetch_add(bytes, Ordering::Relaxed) + bytes;
            tell(LoadEvent::TakingIn { bytes, of_bytes });
        };
        let done = book.import_all(&new, Waiting { took: &took, cancelled }, now());
        if cancelled() {
            return Err("Loading was cancelled.".into());
        }
        done.map_err(sentence)?;
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
    /// `tables` are those it was read from.
    pub(super) fn past(
        &self,
        month: Month,
        inputs: &Inputs,
        config: &Config,
        tables: Vec<SignedTable>,
    ) -> Result<Past, String> {
        let mut book = self.book();
        let mut notices = notices::notices(inputs, config);
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
        notices.extend(others.own_stale.map(|why| {
            let since = match why {
                Stale::Since(since) => format!("{since} was written anew"),
                Stale::FileTakenOut => "a file that it may rest on was taken out of the book".to_owned(),
            };
            format!("{month} was written before {since}. It is worked out afresh here: write it again.")
        }));
        let loaded = months_of(&inputs.bill.lines);
        let exports = book.last_exports(month).map_err(sentence)?;
        let versions = book.versions();
        notices.extend(pack::came_later(book.dir(), versions, inputs, month));
        let signed_charges = versions.signed(month).map(|version| pack::charges_of(book.dir(), version));
        let in_book = self.in_book(&book, tables)?;
        let entries = book.entries().map_err(sentence)?;
        let around = Around::of(&book, month, &openings, inputs, &entries)?;
        let charged = |month| Arc::new(ChargedBefore::of_book(book.dir(), month, &entries, Vec::new()));
        let (charged, charged_previous) = (charged(month), charged(month.previous()));
        Ok(Past {
            late: self.signed_before(&book, month, inputs, &entries)?,
            signed_reader: Some(self.signed_reader()),
            shelf: Some(Arc::new(self.shelf())),
            dir: self.options.dir.clone(),
            entries,
            openings,
            around,
            lot_opening: book.lot_opening(month, &loaded).map_err(sentence)?,
            charged,
            charged_previous,
            written: written(&book, month)?,
            previous: (
                book.openings(month.previous()).map_err(sentence)?,
                book.lot_opening(month.previous(), &loaded).map_err(sentence)?,
            ),
            others,
            exports: exports
                .iter()
                .map(|e| {
                    let (rows, total) = (text::counted(e.rows, "row"), text::cents(e.total));
                    format!("{}: {rows}, {total}, SHA-256 {}", e.path.display(), &e.sha256)
                })
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

    /// What of the book is asked for after a month is loaded.
    fn shelf(&self) -> Shelf {
        Shelf { dir: self.options.dir.clone(), tables: self.tables().clone() }
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

/// An error of the book as a sentence for a screen.
pub(super) fn sentence(error: BookError) -> String {
    error.to_string()
}
