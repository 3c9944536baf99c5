//! Signed months before the one at hand, as the book has them: those that
//! something came for since their signature, and those that tables may say
//! something else about by now. What they are to be corrected by is worked out in
//! `late`.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::pack::read_pack;
use super::shelf::{MonthNow, Shelf};
use super::{ChargedBefore, Session, months_of, table_rows};
use crate::allocate::{Openings, SubsidyRule, parse_subsidies};
use crate::book::{Archive, Book, StoredDraw};
use crate::calendar::Month;
use crate::close::{LateDraw, SignOff, SignedCharge, Version};
use crate::focus::{self, Kept};
use crate::journal::{Action, ConfigFile, Entry};
use crate::price::LotOpening;
use crate::read::MARKS;
use crate::usage::{Side, SourceFile};

/// A signed month that something came for since, or, where it was read from a
/// table, may have come for, as the book has it.
#[derive(Clone)]
pub struct SignedMonth {
    pub(super) month: Month,
    /// Or why nothing can be told of it, as a sentence.
    pub(super) signed: Result<SignedState, String>,
    /// Files or configuration are others since.
    pub(super) touched: bool,
    /// Its rows as they are now, where they come from tables: of those only the
    /// rows of one month are loaded.
    pub(super) now: Option<Arc<MonthNow>>,
}

#[derive(Clone)]
pub(super) struct SignedState {
    pub(super) version: Version,
    /// `None` where nothing was charged, so that nothing was written.
    pub(super) profile: Option<focus::Profile>,
    pub(super) charges: Vec<SignedCharge>,
    pub(super) rows: Arc<Kept>,
    /// The same rows in the other shape, once they were asked for.
    pub(super) reshaped: Arc<OnceLock<Result<Arc<Kept>, String>>>,
    pub(super) draws: Vec<LateDraw>,
    pub(super) openings: Openings,
    pub(super) lot_opening: LotOpening,
    pub(super) charged: Arc<ChargedBefore>,
    /// The rules it was signed under.
    pub(super) rules: Vec<SubsidyRule>,
    /// The same two of the month before it, from which items are carried.
    pub(super) previous: (Openings, LotOpening),
}

impl SignedState {
    /// The rows that were signed, in a profile: those of another shape are what
    /// the same allocation would have been written as.
    pub(super) fn rows_as(&self, profile: focus::Profile, shelf: Option<&Shelf>) -> Result<Arc<Kept>, String> {
        if self.profile.is_none_or(|signed| signed.same_shape(profile)) {
            return Ok(Arc::clone(&self.rows));
        }
        let made = || {
            let shelf = shelf.ok_or("the book it was signed in is not at hand.")?;
            shelf.rows_as_signed(&self.version, profile, &self.rows).map(Arc::new)
        };
        self.reshaped.get_or_init(made).clone()
    }
}

/// Reads a signed month from the book, where a change that was not foreseen at
/// loading touches it.
pub type SignedReader = Arc<dyn Fn(&super::Inputs, &[Entry], Month) -> Option<SignedMonth> + Send + Sync>;

impl Session {
    /// See [`SignedReader`].
    pub(super) fn signed_reader(&self) -> SignedReader {
        // A month that is only looked at does not keep the book open.
        let (book, tables) = (Arc::downgrade(&self.book), !self.tables().is_empty());
        Arc::new(move |inputs, entries, of| {
            let read = || {
                let book = book.upgrade().ok_or("the book was closed meanwhile; open it again.")?;
                let book = book.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let version = book.versions().signed(of).ok_or_else(|| format!("{of} is not signed."))?.clone();
                let mut loaded = months_of(&inputs.bill.lines);
                loaded.extend(months_of(&inputs.ledger.lines));
                Ok(signed_month(&book, &version, true, tables, (&loaded, entries)))
            };
            let unknown = |why| Some(SignedMonth { month: of, signed: Err(why), touched: true, now: None });
            read().unwrap_or_else(unknown)
        })
    }

    /// The signed months before this one that something came for after their
    /// signature: a file with days of theirs, or another configuration; and
    /// those that were read from tables, which may say something else by now.
    pub(super) fn signed_before(
        &self,
        book: &Book,
        month: Month,
        inputs: &super::Inputs,
        entries: &[Entry],
    ) -> Result<Vec<SignedMonth>, String> {
        let versions = book.versions();
        if versions.signed(month).is_some() {
            return Ok(Vec::new());
        }
        let mut loaded = months_of(&inputs.bill.lines);
        loaded.extend(months_of(&inputs.ledger.lines));
        let (mut all, tables) = (Vec::new(), !self.tables().is_empty());
        for of in versions.months().filter(|of| *of < month) {
            let Some(version) = versions.signed(of) else { continue };
            let touched = touched_since(entries, version, of, inputs) && loaded.contains(&of);
            all.extend(signed_month(book, version, touched, tables, (&loaded, entries)));
        }
        Ok(all)
    }
}

/// A signed month as the book has it, and what is to be asked of tables about
/// it; `None` where nothing came for it and nothing is to be asked. `tables` says
/// whether the book is read from any.
fn signed_month(
    book: &Book,
    version: &Version,
    touched: bool,
    tables: bool,
    read: (&[Month], &[Entry]),
) -> Option<SignedMonth> {
    let pack = read_pack(book.dir(), version);
    let now = pack.as_ref().ok().and_then(|(archive, sign_off)| month_now(archive, sign_off, tables));
    if now.is_none() && !touched {
        return None;
    }
    let signed = pack.and_then(|(archive, sign_off)| signed_state(book, version, (&archive, &sign_off), read));
    Some(SignedMonth { month: version.month, signed, touched, now })
}

/// What is to be asked of tables about a signed month; `None` where neither it
/// nor the book is read from any.
fn month_now(archive: &Archive, sign_off: &SignOff, tables: bool) -> Option<Arc<MonthNow>> {
    if sign_off.tables.is_empty() && !tables {
        return None;
    }
    let ledger = sign_off.tables.iter().rfind(|table| table.side == Side::Ledger.name());
    let member = ledger.and_then(|table| table.rows.as_ref()).map(|rows| rows.member.as_str());
    let bundled = member.and_then(|member| table_rows::header(archive, member).ok());
    let bundled = bundled.map(|header| header.iter().any(|column| MARKS.contains(&column.as_str())));
    let signed = sign_off.tables.iter().map(|table| table.sha256.clone()).collect();
    Some(Arc::new(MonthNow { signed, bundled, same: OnceLock::new(), read: OnceLock::new() }))
}

fn signed_state(
    book: &Book,
    version: &Version,
    (archive, sign_off): (&Archive, &SignOff),
    (loaded, entries): (&[Month], &[Entry]),
) -> Result<SignedState, String> {
    let said = |error: crate::book::BookError| error.to_string();
    let of = version.month;
    let before = of.previous();
    let rules = packed_rules(archive, sign_off)?;
    let mut state = SignedState {
        version: version.clone(),
        profile: None,
        charges: super::pack::charges_of(book.dir(), version)?,
        rows: Arc::default(),
        reshaped: Arc::default(),
        draws: Vec::new(),
        openings: book.openings(of).map_err(said)?,
        lot_opening: book.lot_opening(of, loaded).map_err(said)?,
        charged: Arc::new(ChargedBefore::of_book(book.dir(), of, entries, Vec::new())),
        rules,
        previous: (book.openings(before).map_err(said)?, book.lot_opening(before, loaded).map_err(said)?),
    };
    let output = sign_off.files.iter().find(|file| file.role == "output");
    let Some(output) = output else { return Ok(state) };
    let exports = book.last_exports(of).map_err(said)?;
    let written = exports.iter().find(|export| export.sha256 == output.sha256);
    let written = written.ok_or("the book no longer knows the rows that were signed.")?;
    let profile = written.profile.parse()?;
    state.profile = Some(profile);
    state.rows = super::written(book, of)?.remove(&profile).ok_or("the book has no rows of the signed file.")?;
    let draws = book.draws_of(of).map_err(said)?;
    state.draws = draws.into_iter().filter(|draw| !draw.charge.contains(":correction-")).map(known_draw).collect();
    Ok(state)
}

/// The rules that a version was signed under.
///
/// # Errors
/// A sentence: its archive cannot be read.
pub(super) fn rules_of(dir: &Path, version: &Version) -> Result<Vec<SubsidyRule>, String> {
    let (archive, sign_off) = read_pack(dir, version)?;
    packed_rules(&archive, &sign_off)
}

fn packed_rules(archive: &Archive, sign_off: &SignOff) -> Result<Vec<SubsidyRule>, String> {
    let member = SignOff::config_member(ConfigFile::Subsidies.name());
    if sign_off.file(&member).is_none() {
        return Ok(Vec::new());
    }
    let text = archive.bytes(&member).map_err(|error| error.to_string())?;
    let text = String::from_utf8(text).map_err(|_| format!("its {member} is not UTF-8."))?;
    parse_subsidies(&text, Path::new(&member)).map_err(|error| error.to_string())
}

/// A draw of a signed charge, by the key the charge was signed under: the book
/// counts the first of like charges too.
fn known_draw(draw: StoredDraw) -> LateDraw {
    let StoredDraw { charge, scope, amount, cents } = draw;
    let charge = charge.strip_suffix(":1").map_or(charge.clone(), str::to_owned);
    LateDraw { charge, scope, amount, cents, back: false }
}

/// Whether something was done since a month was signed that may have changed
/// what it would be now.
fn touched_since(entries: &[Entry], version: &Version, of: Month, inputs: &super::Inputs) -> bool {
    let files = || inputs.bill.lines.files().iter().chain(inputs.ledger.lines.files());
    let has_days_of = |sha256: &String| {
        // What is read of a table for another month reaches a day into this one;
        // whether its own rows are others is asked of the table.
        let mut alike = files().filter(|file| file.sha256 == *sha256 && !SourceFile::is_table(&file.path));
        alike.any(|file| file.days.is_none_or(|(first, last)| first.month() <= of && of <= last.month()))
    };
    let touches = |entry: &Entry| match &entry.action {
        Action::Import { files, .. } => files.iter().any(|(_, sha256)| has_days_of(sha256)),
        Action::EditFile { .. } | Action::OutsideEdit { .. } | Action::Assume { .. } | Action::ReopenMonth { .. } => {
            true
        }
        _ => false,
    };
    let of_seq = |seq: u64| entries.iter().find(|entry| entry.seq == seq);
    let later = entries.iter().filter(|entry| entry.seq > version.seq);
    later
        .filter_map(|entry| match entry.action {
            Action::Undo { seq } | Action::Redo { seq } => of_seq(seq),
            _ => Some(entry),
        })
        .any(touches)
}
