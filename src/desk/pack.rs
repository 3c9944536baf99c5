//! A signed version as the book keeps it: the archive with its sign-off,
//! checked against the journal before anything in it is believed.

use std::path::Path;

use super::sign::{InBook, sha256};
use super::{Inputs, Session};
use crate::book::{Archive, Book, InputRecord, signed_pack};
use crate::calendar::Month;
use crate::close::{CHARGES, SignOff, SignedCharge, SignedInput, SignedTable, Version, Versions, parse_charges};
use crate::usage::{Side, SourceFile};

/// The archive of a version and its sign-off, which is the one that the
/// journal names.
///
/// # Errors
/// A sentence: it is gone, cannot be read, or is another.
pub(super) fn read_pack(dir: &Path, version: &Version) -> Result<(Archive, SignOff), String> {
    signed_pack(dir, version).map_err(|error| error.to_string())
}

/// The charges of a version, as they were signed.
///
/// # Errors
/// A sentence, as [`read_pack`].
pub(super) fn charges_of(dir: &Path, version: &Version) -> Result<Vec<SignedCharge>, String> {
    let (archive, sign_off) = read_pack(dir, version)?;
    let bytes = archive.bytes(CHARGES).map_err(|error| error.to_string())?;
    if sign_off.file(CHARGES).is_none_or(|file| file.sha256 != sha256(&bytes)) {
        return Err(format!("{}: its {CHARGES} is not what was signed.", archive.path().display()));
    }
    parse_charges(&bytes)
}

/// An input as a sign-off names it.
pub(super) fn signed_input(record: &InputRecord) -> SignedInput {
    let name = record.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stored = record.stored.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let digits = record.sha256.get(..16).unwrap_or(&record.sha256);
    let member = if record.linked { format!("{digits}-{name}") } else { stored };
    SignedInput {
        added: record.added,
        side: record.side.name().into(),
        path: record.path.display().to_string(),
        member: format!("inputs/{member}"),
        sha256: record.sha256.clone(),
        bytes: record.bytes,
        format: record.format.clone(),
        append: record.append,
        linked: record.linked,
    }
}

impl Session {
    /// The book around a month, as a sign-off names it.
    pub(super) fn in_book(&self, book: &Book, tables: Vec<SignedTable>) -> Result<InBook, String> {
        let mut inputs = Vec::new();
        for side in [Side::Bill, Side::Ledger] {
            inputs.extend(book.inputs(side).map_err(|error| error.to_string())?.iter().map(signed_input));
        }
        Ok(InBook { who: book.who().to_owned(), inputs, tables })
    }
}

/// The first month that is not signed; where all are, the last.
pub(super) fn first_open(months: &[Month], versions: &Versions) -> Option<Month> {
    months.iter().find(|month| versions.signed(**month).is_none()).or(months.last()).copied()
}

/// A sentence for each signed month that files have come for since: they do
/// not change it. A table is looked at in its own month alone: what is read of
/// it for another reaches a day into this one.
pub(super) fn came_later(dir: &Path, versions: &Versions, inputs: &Inputs, loaded: Month) -> Vec<String> {
    let files = || inputs.bill.lines.files().iter().chain(inputs.ledger.lines.files());
    let of_month = |month: Month| {
        let version = versions.signed(month)?;
        // What cannot be read is said when the month itself is opened.
        let (_, sign_off) = read_pack(dir, version).ok()?;
        let new = |file: &&SourceFile| {
            let known = sign_off.inputs.iter().map(|input| &input.sha256);
            let known = known.chain(sign_off.tables.iter().map(|table| &table.sha256)).any(|of| *of == file.sha256);
            let elsewhere = SourceFile::is_table(&file.path) && month != loaded;
            !known
                && !elsewhere
                && file.days.is_some_and(|(first, last)| first.month() <= month && month <= last.month())
        };
        let names: Vec<String> = files().filter(new).map(|file| file.path.display().to_string()).collect();
        (!names.is_empty()).then(|| {
            format!(
                "{month} is signed, and files came after that: {}. trueup close --month {month} shows it as signed \
                 against as now.",
                names.join(", ")
            )
        })
    };
    versions.months().filter_map(of_month).collect()
}
