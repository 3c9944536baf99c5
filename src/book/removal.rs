//! Taking a file back out of the reading: which files there are, what rests on
//! each, and the entry of the journal that ends one.
//!
//! Nothing here reads what is in a file, so a file that cannot be read does not
//! stand in the way. The row of a file that was taken out stays, and so do its
//! bytes: an earlier version that was signed on it is still checked against
//! them.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{OptionalExtension, params};

use super::inputs::unpack;
use super::openings::taken_out_of;
use super::{Book, BookError, InputRecord, entries, signed_pack};
use crate::calendar::{Instant, Month};
use crate::journal::{Action, Entry};
use crate::usage::Side;

/// When a file came into the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The entry of the journal that says so.
    pub seq: u64,
    pub at: Instant,
    pub who: String,
}

/// A file of the book, and what is known of it beside its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownInput {
    pub record: InputRecord,
    pub taken_in: Option<Known>,
    /// Months whose version in force was signed with it, ascending.
    pub signed: Vec<Month>,
}

/// The files of a book that are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownInputs {
    /// By number.
    pub inputs: Vec<KnownInput>,
    /// Signed months of which it cannot be told what they rest on, and why.
    pub untold: Vec<(Month, String)>,
}

/// A file that nothing signed rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removable {
    pub input: KnownInput,
    /// Months that were written since it was taken in and may hold its rows;
    /// none of them is signed.
    pub written: Vec<Month>,
}

/// The side by its name, and the SHA-256: what an input is.
type Key = (String, String);

/// The months in force that were signed with each input.
type SignedOn = BTreeMap<Key, BTreeSet<Month>>;

impl Book {
    /// The files of both sides that are read. What cannot be read of a signed
    /// month is said beside them.
    ///
    /// # Errors
    /// Those of the database.
    pub fn known_inputs(&self) -> Result<KnownInputs, BookError> {
        let (signed, untold) = self.inputs_signed_on();
        let mut taken_in = self.taken_in()?;
        let mut inputs = Vec::new();
        for side in [Side::Bill, Side::Ledger] {
            for record in self.inputs(side)? {
                let key = (side.name().to_owned(), record.sha256.clone());
                let months = signed.get(&key).map(|months| months.iter().copied().collect());
                inputs.push(KnownInput { taken_in: taken_in.remove(&key), signed: months.unwrap_or_default(), record });
            }
        }
        inputs.sort_by_key(|input| input.record.added);
        let untold = untold.into_iter().map(|(month, why)| (month, why.to_string())).collect();
        Ok(KnownInputs { inputs, untold })
    }

    /// The file of this number, where it may be taken out.
    ///
    /// # Errors
    /// [`BookError::Signed`] while a signed month rests on it, or it cannot be
    /// told whether one does; [`BookError::Refused`] where there is no such
    /// file, or none any more.
    pub fn removable_input(&self, number: u32) -> Result<Removable, BookError> {
        let KnownInputs { inputs, untold } = self.known_inputs()?;
        let input = inputs.into_iter().find(|input| input.record.added == number);
        let Some(input) = input else { return Err(self.no_input(number)?) };
        let name = input.record.path.display();
        let versions: Vec<_> = input.signed.iter().filter_map(|month| self.versions.signed(*month)).collect();
        if !versions.is_empty() {
            let signed = versions.iter().map(|version| {
                format!("{} (version {}, by {} on {})", version.month, version.number, version.who, version.at.day())
            });
            let reopen = versions.iter().map(|version| format!("trueup reopen --month {} --why TEXT", version.month));
            return Err(BookError::Signed(format!(
                "Input {number} ({name}) stays, since what was signed rests on it: {}. To take it out, begin the next \
                 version first: {}.",
                signed.collect::<Vec<_>>().join(", "),
                reopen.collect::<Vec<_>>().join(", then "),
            )));
        }
        if let Some((month, why)) = untold.first() {
            return Err(BookError::Signed(format!(
                "Input {number} ({name}) stays, since it cannot be told whether {month}, which is signed, rests on it: \
                 {why}"
            )));
        }
        let written = self.written_with(&input)?;
        Ok(Removable { input, written })
    }

    /// Takes a file out of the reading and journals it, in one step; months that
    /// were written with it are out of date from then on. Its bytes stay where
    /// they are; [`Book::import`] of the same content brings it back, as added
    /// then.
    ///
    /// # Errors
    /// As [`Book::removable_input`]; [`BookError::Refused`] without a reason;
    /// [`BookError::ReadOnly`], and those of the database.
    pub fn remove_input(&mut self, number: u32, why: &str, at: Instant) -> Result<Entry, BookError> {
        self.check_writable()?;
        let why = why.trim();
        if why.is_empty() {
            let said = format!("say why input {number} is taken out; the journal keeps it");
            return Err(BookError::refused(&self.dir, said));
        }
        let Removable { input, written } = self.removable_input(number)?;
        let InputRecord { side, path, sha256, .. } = input.record;
        let file = path.display().to_string();
        let action = Action::RemoveInput { side: side.name().into(), file, sha256, why: why.into() };
        let who = self.who.clone();
        self.faults.step()?;
        let entry = self.write(|db| {
            let entry = entries::append(db, &who, None, vec![action], at)?.pop();
            let entry = entry.ok_or_else(|| BookError::unreadable("what was taken out was not journaled"))?;
            let seq = i64::try_from(entry.seq).map_err(|_| BookError::unreadable("the journal is too long"))?;
            db.execute("UPDATE inputs SET removed = ?2 WHERE added = ?1", params![number, seq])?;
            // What they drew is in the book until they are written again.
            taken_out_of(db, &written)?;
            Ok(entry)
        })?;
        self.faults.step()?;
        Ok(entry)
    }

    /// Which input the version in force of each month was signed with; and the
    /// months of which that cannot be told.
    fn inputs_signed_on(&self) -> (SignedOn, Vec<(Month, BookError)>) {
        let (mut signed, mut untold) = (SignedOn::new(), Vec::new());
        for version in self.versions.months().filter_map(|month| self.versions.signed(month)) {
            match signed_pack(&self.dir, version) {
                Ok((_, sign_off)) => sign_off.inputs.into_iter().for_each(|input| {
                    signed.entry((input.side, input.sha256)).or_default().insert(version.month);
                }),
                Err(error) => untold.push((version.month, error)),
            }
        }
        (signed, untold)
    }

    /// When each input came in, or came back last, from the few entries that
    /// say so. What tables gave belongs to a month and is no input.
    fn taken_in(&self) -> Result<BTreeMap<Key, Known>, BookError> {
        self.read(|db| {
            let sql = "SELECT seq FROM journal WHERE month IS NULL AND
                       (body LIKE '{\"kind\":\"import\"%' OR body LIKE '{\"kind\":\"remove-input\"%') ORDER BY seq";
            let mut all = db.prepare(sql)?;
            let seqs = all.query_map([], |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
            let mut known = BTreeMap::new();
            for seq in seqs {
                let Entry { seq, at, who, action, .. } = entries::entry(db, seq)?;
                match action {
                    Action::Import { side, files, .. } => files.into_iter().for_each(|(_, sha256)| {
                        let known = known.entry((side.clone(), sha256));
                        known.or_insert(Known { seq, at, who: who.clone() });
                    }),
                    Action::RemoveInput { side, sha256, .. } => drop(known.remove(&(side, sha256))),
                    _ => {}
                }
            }
            Ok(known)
        })
    }

    /// Months that were written from the files of the book, ascending. What
    /// `convert` writes rests on none of them.
    ///
    /// # Errors
    /// Those of the database.
    pub fn written_here(&self) -> Result<Vec<Month>, BookError> {
        self.written_behind(0)
    }

    /// Those that were, behind this entry. Nothing is written that was not
    /// decided, and `convert` decides nothing in a book: of its months the
    /// journal has only that they were written.
    fn written_behind(&self, seq: u64) -> Result<Vec<Month>, BookError> {
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        self.read(|db| {
            let sql = "SELECT DISTINCT month FROM exports WHERE seq > ?1 AND EXISTS(SELECT 1 FROM journal
                       WHERE journal.month = exports.month AND body NOT LIKE '{\"kind\":\"export\"%') ORDER BY month";
            let mut all = db.prepare(sql)?;
            let months = all.query_map([seq], |row| row.get::<_, String>(0))?;
            let no_month = |text: &str| BookError::unreadable(format!("the written month {text} is no month"));
            months
                .map(|text| text.map_err(BookError::from).and_then(|text| text.parse().map_err(|_| no_month(&text))))
                .collect()
        })
    }

    /// Months that were written behind the entry that took a file in, from the
    /// month of its first day on, where that is known.
    fn written_with(&self, input: &KnownInput) -> Result<Vec<Month>, BookError> {
        let mut written = self.written_behind(input.taken_in.as_ref().map_or(0, |known| known.seq))?;
        let first = input.record.days.map(|(first, _)| first.month());
        written.retain(|month| first.is_none_or(|first| first <= *month) && self.versions.signed(*month).is_none());
        Ok(written)
    }

    /// Why there is nothing of this number.
    fn no_input(&self, number: u32) -> Result<BookError, BookError> {
        let removed = self.read(|db| {
            let sql = "SELECT * FROM inputs WHERE added = ?1";
            db.query_row(sql, [number], |row| Ok((unpack(row), row.get::<_, Option<i64>>("removed")?)))
                .optional()
                .map_err(BookError::from)
        })?;
        let why = match removed {
            Some((record, Some(seq))) => {
                let name = record?.path.display().to_string();
                format!("input {number} ({name}) was taken out already, by entry {seq} of the journal")
            }
            _ => format!("has no input {number}; trueup inputs lists what it has"),
        };
        Ok(BookError::refused(&self.dir, why))
    }
}
