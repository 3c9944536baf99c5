//! A signed month worked out again from what was signed: inputs, rows of
//! tables, configuration, journal. For checking that it comes out the same, and
//! for its rows in a shape it was not written in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::opening::of_file;
use super::reading::read_again;
use super::{ChargedBefore, Desk, Past, Written};
use crate::allocate::Earlier;
use crate::book::{Archive, Book, Config, ConfigPaths};
use crate::close::{
    EARLIER, LOTS, LOTS_BEFORE, OPENINGS, OPENINGS_BEFORE, SignOff, SignedInput, WITHDRAWN, parse_lots, parse_openings,
};
use crate::focus::Kept;
use crate::journal::{ConfigFile, Entry};
use crate::read::{Content, Input};
use crate::usage::Side;

/// Opens an input by its place in the sign-off.
pub(super) type Open<'a> = &'a dyn Fn(&SignedInput) -> Result<Content, String>;

/// Opens inputs where a book keeps them.
pub(super) fn from_book(book: &Book) -> impl Fn(&SignedInput) -> Result<Content, String> + '_ {
    |input| {
        let stored = book.stored_input(&input.side, &input.sha256).map_err(|error| error.to_string())?;
        let stored = stored.ok_or_else(|| format!("{} is no longer in the book", input.path))?;
        let file = std::fs::File::open(&stored).map_err(|error| format!("{}: {error}", stored.display()))?;
        Ok(of_file(file))
    }
}

/// The configuration that a month was signed under.
///
/// # Errors
/// A sentence: a file of it is missing or cannot be read.
pub(super) fn config_of(sign_off: &SignOff, archive: &Archive) -> Result<Config, String> {
    let mut texts = BTreeMap::new();
    for file in ConfigFile::ALL {
        let member = SignOff::config_member(file.name());
        let mut text = String::new();
        if sign_off.file(&member).is_some() {
            let bytes = archive.bytes(&member).map_err(|error| error.to_string())?;
            text = String::from_utf8(bytes).map_err(|_| format!("{member} is not UTF-8"))?;
        }
        texts.insert(file, text);
    }
    let paths = ConfigPaths::in_folder(Path::new("config"));
    Config::from_texts(texts, &paths).map_err(|error| error.to_string())
}

/// The month as it comes out of what was signed, by the program of today.
pub(super) fn replay(sign_off: &SignOff, archive: &Archive, entries: &[Entry], open: Open) -> Result<Desk, String> {
    let read = |name: &str| archive.bytes(name).map_err(|error| error.to_string());
    let config = config_of(sign_off, archive)?;
    let openings = parse_openings(&read(OPENINGS)?)?;
    let lot_opening = parse_lots(&read(LOTS)?)?;
    let previous = (parse_openings(&read(OPENINGS_BEFORE)?)?, parse_lots(&read(LOTS_BEFORE)?)?);
    let (mut bills, mut ledgers) = (Vec::new(), Vec::new());
    for input in &sign_off.inputs {
        let side = if input.side == Side::Bill.name() { Side::Bill } else { Side::Ledger };
        let input = Input {
            path: PathBuf::from(&input.path),
            side,
            format: input.format.clone(),
            append: input.append,
            added: input.added,
            bytes: input.bytes,
            hash: true,
            content: open(input)?,
        };
        if side == Side::Bill { bills.push(input) } else { ledgers.push(input) }
    }
    for table in &sign_off.tables {
        let missing = || format!("what {} gave is missing", table.location);
        let rows = table.rows.as_ref().ok_or_else(missing)?;
        let (content, _) = archive.member(&rows.member).map_err(|error| error.to_string())?.ok_or_else(missing)?;
        let side = if table.side == Side::Bill.name() { Side::Bill } else { Side::Ledger };
        let input = Input {
            path: PathBuf::from(&rows.origin),
            side,
            format: Some(rows.format.clone()),
            append: rows.append,
            added: rows.added,
            bytes: rows.bytes,
            hash: true,
            content: Content::in_turn(content),
        };
        if side == Side::Bill { bills.push(input) } else { ledgers.push(input) }
    }
    let inputs = read_again(bills, ledgers, &config)?;
    let entries = entries.iter().filter(|entry| entry.seq <= sign_off.journal.seq).cloned().collect();
    let mut written = Written::new();
    if sign_off.file(WITHDRAWN).is_some() {
        let kept = Kept::from_bytes(&read(WITHDRAWN)?).map_err(|why| format!("{WITHDRAWN}: {why}"))?;
        written.insert(config.settings.profile, Arc::new(kept));
    }
    let charged = if sign_off.file(EARLIER).is_some() { Earlier::parse(&read(EARLIER)?)? } else { Earlier::default() };
    let charged = Arc::new(ChargedBefore::fixed(charged));
    let past = Past { entries, openings, lot_opening, charged, previous, written, ..Past::default() };
    Ok(Desk::new(sign_off.month, Arc::new(inputs), Arc::new(config), past))
}
