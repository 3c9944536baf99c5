//! What of a book is asked for after a month is loaded, by whoever needs it:
//! signed months as they are now, as they were signed, and what other months
//! wrote. Everything here is read, takes a while and belongs on a worker.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};

use super::carried::leaving;
use super::opening::record_input;
use super::pack::read_pack;
use super::reading::{Reading, read_sides};
use super::replayed::{from_book, replay};
use super::tables::{self, Rows, Table};
use super::{Inputs, written};
use crate::book::{Access, Book, BookError, Config};
use crate::calendar::Month;
use crate::close::{ByPayer, Version};
use crate::focus::{self, ChargeType, Kept, Profile, Row, Standing};
use crate::journal::hex;
use crate::read::Terms;
use crate::usage::Side;

/// The book by its folder, and the tables it is read from with what was typed
/// to reach them.
pub struct Shelf {
    pub(super) dir: PathBuf,
    pub(super) tables: Vec<Table>,
}

/// What a month wrote, by fund and project.
pub struct WrittenSums {
    /// The version, where the month is signed.
    pub version: Option<u32>,
    /// In cents as written, without corrections of other months and tax.
    pub sums: ByPayer,
}

impl Shelf {
    fn book(&self) -> Result<Book, String> {
        Book::open(&self.dir, Access::Read).map_err(said)
    }

    /// A month read anew, from the book's files and from its tables as they are
    /// now. `bundled` says whether a server added rows up when it was signed.
    ///
    /// # Errors
    /// A sentence: a file or a table that cannot be read.
    pub fn month_now(&self, of: Month, config: &Config, bundled: Option<bool>) -> Result<Inputs, String> {
        let book = self.book()?;
        let mut sides = [Vec::new(), Vec::new()];
        for (side, list) in [Side::Bill, Side::Ledger].into_iter().zip(&mut sides) {
            for record in book.inputs(side).map_err(said)? {
                let file = book.open_input(&record).map_err(said)?;
                list.push(record_input(&record, file));
            }
        }
        let settings = &config.settings;
        let (maps, currency) = (&settings.columns[..], config.prices.currency_or_default());
        let one_by_one = bundled == Some(false) || !settings.margin_included.is_empty();
        let reading = Reading {
            tables: &self.tables,
            terms: Terms { maps, currency, ..Terms::default() },
            month: Some(of),
            leaving: leaving(&book.entries().map_err(said)?),
            versions: book.versions().clone(),
            finest: (!one_by_one).then_some(settings.rules.finest),
            keep_in: None,
        };
        let [bills, ledgers] = sides;
        drop(book);
        read_sides(bills, ledgers, &reading, &|_| {}, &|| false).map(|read| read.inputs)
    }

    /// The SHA-256 of what each table gives for a month now, in the order of a
    /// reading; nothing of it is kept. `bundled` as it was when it was signed.
    ///
    /// # Errors
    /// A sentence: a table that cannot be read.
    fn table_digests(&self, of: Month, config: &Config, bundled: bool) -> Result<Vec<String>, String> {
        let leaving = leaving(&self.book()?.entries().map_err(said)?);
        let months: Vec<Month> = leaving.range(..of).copied().chain([of]).collect();
        let mut digests = Vec::new();
        for side in [Side::Bill, Side::Ledger] {
            for month in &months {
                let bundled = bundled && side == Side::Ledger;
                let rows = Rows { month: Some(*month), maps: &config.settings.columns, keep: &[], bundled };
                for opened in tables::open(&self.tables, side, rows, &[])? {
                    let (mut hasher, mut content) = (Hasher(Sha256::new()), opened.input.content);
                    std::io::copy(&mut content, &mut hasher).map_err(|error| error.to_string())?;
                    digests.push(hex(&hasher.0.finalize()));
                }
            }
        }
        Ok(digests)
    }

    /// The rows of a signed month in a profile of another shape than it was
    /// written in: the month is worked out again from what was signed.
    ///
    /// # Errors
    /// A sentence: not all of what was signed is there, or it does not come to
    /// the cents of `signed`, the rows as they were written.
    pub fn rows_as_signed(&self, version: &Version, profile: Profile, signed: &Kept) -> Result<Kept, String> {
        let book = self.book()?;
        let (archive, sign_off) = read_pack(book.dir(), version)?;
        let entries = book.entries().map_err(said)?;
        let desk = replay(&sign_off, &archive, &entries, &from_book(&book))?;
        let made = focus::Made {
            month: version.month,
            profile,
            projects: &desk.config.projects,
            rules: &desk.config.subsidies,
            prices: &desk.config.prices,
            terms: &focus::Terms { purchases: false, ..desk.config.settings.terms.clone() },
        };
        let rows = focus::Sheet::new(desk.allocation(), &made).kept();
        if cents_by_charge(&rows) != cents_by_charge(signed) {
            return Err(format!(
                "worked out anew as {profile} it does not come to the cents that were signed; write this month in the \
                 profile that {} was signed in.",
                version.month
            ));
        }
        Ok(rows)
    }

    /// What a month wrote: as it was signed, or else in its last export.
    /// `None` where it wrote nothing that is kept.
    ///
    /// # Errors
    /// A sentence: the book cannot be read.
    pub fn written_in(&self, month: Month) -> Result<Option<WrittenSums>, String> {
        let book = self.book()?;
        let exports = book.last_exports(month).map_err(said)?;
        let mut version = None;
        let export = match book.versions().signed(month) {
            None => exports.iter().max_by_key(|export| export.seq),
            Some(signed) => {
                version = Some(signed.number);
                let (_, sign_off) = read_pack(book.dir(), signed)?;
                let output = sign_off.files.into_iter().find(|file| file.role == "output");
                let Some(output) = output else {
                    // Signed, and nothing was charged.
                    return Ok(Some(WrittenSums { version, sums: ByPayer::new() }));
                };
                exports.iter().find(|export| export.sha256 == output.sha256)
            }
        };
        let Some(profile) = export.and_then(|export| export.profile.parse().ok()) else { return Ok(None) };
        let Some(rows) = written(&book, month)?.remove(&profile) else { return Ok(None) };
        let mut sums = ByPayer::new();
        for row in rows.rows().filter(is_of_a_charge) {
            let payer = (row.payer.fund_org.to_owned(), row.payer.project_id.to_owned());
            let sum = sums.entry(payer).or_default();
            *sum = sum.plus(row.billed_cost.amount());
        }
        sums.retain(|_, sum| !sum.is_zero());
        Ok(Some(WrittenSums { version, sums }))
    }
}

/// What stands for a month's own charges: neither tax, nor a purchase, nor a
/// correction of another month.
fn is_of_a_charge(row: &Row<'_>) -> bool {
    matches!(row.charge_type, ChargeType::Usage | ChargeType::Subsidy) && row.standing == Standing::Charged
}

fn cents_by_charge(rows: &Kept) -> BTreeMap<(String, ChargeType, String, String), i64> {
    let mut sums = BTreeMap::new();
    for row in rows.rows().filter(is_of_a_charge) {
        let charge = focus::charge_of(&row.id.text());
        let key = (charge, row.charge_type, row.payer.fund_org.to_owned(), row.payer.project_id.to_owned());
        *sums.entry(key).or_default() += row.billed_cost.0;
    }
    sums.retain(|_, cents| *cents != 0);
    sums
}

fn said(error: BookError) -> String {
    error.to_string()
}

struct Hasher(Sha256);

impl std::io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The inputs of a signed month as they are now, read when they are first asked
/// for.
pub(super) struct MonthNow {
    /// The SHA-256 of what each table gave when the month was signed.
    pub signed: Vec<String>,
    /// The server added rows up then; not known of early versions.
    pub bundled: Option<bool>,
    /// Whether the tables give what they gave, once they were asked.
    pub same: OnceLock<bool>,
    pub read: OnceLock<Result<Arc<Inputs>, String>>,
}

impl MonthNow {
    /// # Errors
    /// As [`Shelf::month_now`].
    pub fn inputs(&self, shelf: &Shelf, of: Month, config: &Config) -> Result<Arc<Inputs>, String> {
        self.read.get_or_init(|| shelf.month_now(of, config, self.bundled).map(Arc::new)).clone()
    }

    /// Whether every table gives, byte for byte, what it gave when the month was
    /// signed: asked without keeping a row. Where that is not known, the rows
    /// are read to tell.
    pub fn is_unchanged(&self, shelf: &Shelf, of: Month, config: &Config) -> bool {
        let ask = || {
            let bundled = self.bundled?;
            let mut now = shelf.table_digests(of, config, bundled).ok()?;
            let mut signed = self.signed.clone();
            now.sort_unstable();
            signed.sort_unstable();
            Some(now == signed)
        };
        *self.same.get_or_init(|| ask().unwrap_or_default())
    }

    /// Every table gives what it gave when the month was signed.
    pub fn is_as_signed(&self, inputs: &Inputs) -> bool {
        let files = inputs.bill.lines.files().iter().chain(inputs.ledger.lines.files());
        let tables = files.filter(|file| crate::usage::SourceFile::is_table(&file.path));
        let mut now: Vec<&str> = tables.map(|file| file.sha256.as_str()).collect();
        let mut signed: Vec<&str> = self.signed.iter().map(String::as_str).collect();
        now.sort_unstable();
        signed.sort_unstable();
        now == signed
    }
}

#[cfg(test)]
#[path = "shelf_tests.rs"]
mod tests;
