//! Whether a signed month still stands: every file by its hash, the journal by
//! its seals, and the whole month worked out again from what was signed.
//!
//! The same checks run on a book and on an archive of evidence, which needs no
//! book: only where the bytes come from differs.

use std::io::Read;
use std::path::Path;

use super::evidence::{JOURNAL, apart_from_sums, parse_journal};
use super::pack::read_pack;
use super::replayed::{Open, from_book, replay};
use super::sign::sha256;
use super::{Desk, table_rows, text};
use crate::book::{Access, Archive, Book};
use crate::calendar::Month;
use crate::close::{CHARGES, Head, SIGN_OFF, SignOff, SignedInput, Version, Versions, charges_csv, signed_charges};
use crate::journal::Entry;
use crate::read::Content;

/// How something that was signed stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    Holds,
    /// It is not what was signed.
    Differs,
    /// It could not be checked here; that alone is no difference.
    NotChecked,
    /// Where it was read from says something else by now. What was signed is
    /// kept and stands; what changed is a correction of an open month.
    ChangedSince,
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `archive`, `journal`, `files`, `inputs`, `outputs`, `replay`, `tables`.
    pub what: &'static str,
    pub says: Says,
    pub text: String,
}

/// What became of checking one version of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub version: Version,
    /// The seal of the journal's entry that signed it.
    pub seal: String,
    pub findings: Vec<Finding>,
}

impl Verified {
    pub fn stands(&self) -> bool {
        self.findings.iter().all(|finding| finding.says != Says::Differs)
    }
}

/// What is collected while checking.
#[derive(Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub fn say(&mut self, what: &'static str, says: Says, text: impl Into<String>) {
        self.0.push(Finding { what, says, text: text.into() });
    }

    fn holds(&mut self, what: &'static str, text: impl Into<String>) {
        self.say(what, Says::Holds, text);
    }

    fn differs(&mut self, what: &'static str, text: impl Into<String>) {
        self.say(what, Says::Differs, text);
    }
}

/// Checks every version of a month, or of all months, in the order of time.
/// Opens the book to read only, so it works while another has it open.
///
/// # Errors
/// A sentence: no book, a database that cannot be read, or nothing signed.
pub fn verify_book(dir: &Path, month: Option<Month>) -> Result<Vec<Verified>, String> {
    let book = Book::open(dir, Access::Read).map_err(|error| error.to_string())?;
    let chain = book.verify_chain().map_err(|error| error.to_string());
    // A journal that cannot be read at all has no versions to speak of.
    let entries = book.entries().map_err(|error| error.to_string())?;
    let versions = Versions::of(&entries);
    let months: Vec<Month> = versions.months().filter(|of| month.is_none_or(|month| month == *of)).collect();
    if months.is_empty() {
        let of = month.map_or_else(|| "No month".to_owned(), |month| month.to_string());
        let verb = if chain.is_ok() { String::new() } else { format!(" {}", chain.err().unwrap_or_default()) };
        return Err(format!("{of} is signed in this book, so there is nothing to verify.{verb}"));
    }
    let mut all = Vec::new();
    for version in months.iter().flat_map(|month| versions.all(*month)) {
        let mut found = Findings::default();
        match &chain {
            Ok(()) => found.holds("journal", sealed(entries.len())),
            Err(why) => found.differs("journal", why.clone()),
        }
        match read_pack(book.dir(), version) {
            Err(why) => found.differs("files", why),
            Ok((archive, sign_off)) => {
                let open = from_book(&book);
                check(&sign_off, &archive, &entries, &open, &mut found);
                if version.reopened.is_none() {
                    delivered(&book, &sign_off, &mut found);
                    table_rows::changed_since(&sign_off, &archive, &mut found);
                }
            }
        }
        all.push(verified(version, &entries, found));
    }
    Ok(all)
}

/// Checks an archive of evidence; needs no book.
///
/// # Errors
/// A sentence: the archive cannot be read, or holds no signed month.
pub fn verify_archive(path: &Path) -> Result<Verified, String> {
    let shown = path.display();
    let archive = Archive::open(path).map_err(|error| error.to_string())?;
    let sign_off = archive.bytes(SIGN_OFF).map_err(|error| error.to_string())?;
    let journal = archive.bytes(JOURNAL).map_err(|error| error.to_string())?;
    let entries = parse_journal(&journal).map_err(|why| format!("{shown}: {why}"))?;
    let parsed = SignOff::parse(&sign_off).map_err(|why| format!("{shown}: {why}"))?;
    let versions = Versions::of(&entries);
    let named = |version: &&Version| version.number == parsed.version;
    let version =
        versions.all(parsed.month).iter().find(named).ok_or_else(|| {
            format!("{shown}: its journal does not sign version {} of {}.", parsed.version, parsed.month)
        })?;
    let mut found = Findings::default();
    match broken_at(&entries) {
        None => found.holds("journal", sealed(entries.len())),
        Some(seq) => found.differs("journal", format!("entry {seq} is not as it was sealed")),
    }
    if sha256(&sign_off) == version.sha256 {
        found.holds("journal", format!("entry {} signs this {SIGN_OFF}", version.seq));
    } else {
        found.differs("journal", format!("entry {} signs another {SIGN_OFF}", version.seq));
    }
    let open = |input: &SignedInput| {
        let member = archive.member(&input.member).map_err(|error| error.to_string())?;
        let (from, _) = member.ok_or_else(|| format!("{} is missing", input.member))?;
        Ok(Content::in_turn(from))
    };
    check(&parsed, &archive, &entries, &open, &mut found);
    for apart in apart_from_sums(&archive)? {
        found.differs("archive", apart);
    }
    Ok(verified(version, &entries, found))
}

fn verified(version: &Version, entries: &[Entry], found: Findings) -> Verified {
    let seal = entries.iter().find(|entry| entry.seq == version.seq).map(|entry| entry.hash.clone());
    Verified { version: version.clone(), seal: seal.unwrap_or_default(), findings: found.0 }
}

/// The first entry whose number or seal is not what it must be.
fn broken_at(entries: &[Entry]) -> Option<u64> {
    let mut previous = "";
    for (expected, entry) in (1..).zip(entries) {
        if entry.seq != expected || entry.seal(previous) != entry.hash {
            return Some(expected);
        }
        previous = &entry.hash;
    }
    None
}

/// A signed month worked out anew, where all it was read from is there and it
/// comes out as it was signed.
///
/// # Errors
/// What differs first, or is missing.
pub(super) fn proven(sign_off: &SignOff, archive: &Archive, entries: &[Entry], open: Open) -> Result<Desk, String> {
    let mut found = Findings::default();
    let desk = check(sign_off, archive, entries, open, &mut found);
    let wrong = found.0.iter().find(|finding| finding.says == Says::Differs);
    let wrong = wrong.or_else(|| found.0.iter().find(|finding| finding.says != Says::Holds));
    match (wrong, desk) {
        (None, Some(desk)) => Ok(desk),
        (Some(wrong), _) => Err(wrong.text.clone()),
        (None, None) => Err("the month was not worked out anew".to_owned()),
    }
}

/// Everything that a sign-off names, and the month worked out anew.
fn check(sign_off: &SignOff, archive: &Archive, entries: &[Entry], open: Open, found: &mut Findings) -> Option<Desk> {
    let Head { seq, hash } = &sign_off.journal;
    let head = entries.iter().find(|entry| entry.seq == *seq);
    if *seq > 0 && head.is_none_or(|entry| entry.hash != *hash) {
        found.differs("journal", format!("entry {seq} is not the one that was signed on"));
    }
    files(sign_off, archive, found);
    let mut whole = true;
    for input in &sign_off.inputs {
        match open(input).and_then(digest) {
            Ok(now) if now == input.sha256 => {}
            Ok(_) => {
                whole = false;
                found.differs("inputs", format!("{} is not the file that was signed", input.path));
            }
            Err(why) => {
                whole = false;
                found.differs("inputs", why);
            }
        }
    }
    if whole {
        found.holds("inputs", format!("{} as signed", text::counted(sign_off.inputs.len() as u64, "file")));
    }
    // What was kept of tables is a member of the archive, and checked with it.
    let kept = sign_off.tables.iter().filter(|table| table.rows.is_some()).count();
    if kept > 0 {
        found.holds(
            "inputs",
            format!("the rows of {} are kept with what was signed", text::counted(kept as u64, "table")),
        );
    }
    for table in sign_off.tables.iter().filter(|table| table.rows.is_none()) {
        let text = format!(
            "{} was read from a database, and its rows were not kept by the version of the program that signed; so the \
             month is not worked out anew from them",
            table.location
        );
        found.say("inputs", Says::NotChecked, text);
    }
    if !whole || kept < sign_off.tables.len() {
        found.say("replay", Says::NotChecked, "the month was not worked out anew: not all it was read from is here");
        return None;
    }
    match replay(sign_off, archive, entries, open) {
        Ok(desk) => {
            compare(sign_off, &desk, found);
            Some(desk)
        }
        Err(why) => {
            found.differs("replay", format!("the month cannot be worked out anew: {why}"));
            None
        }
    }
}

fn files(sign_off: &SignOff, archive: &Archive, found: &mut Findings) {
    let mut whole = true;
    for file in &sign_off.files {
        let now = archive.digest(&file.name).map_err(|error| error.to_string());
        let wrong = match now {
            Ok(Some(now)) if now.sha256 == file.sha256 => continue,
            Ok(Some(_)) => format!("{} is not what was signed", file.name),
            Ok(None) => format!("{} is missing", file.name),
            Err(why) => why,
        };
        whole = false;
        found.differs("files", wrong);
    }
    if whole {
        let count = text::counted(sign_off.files.len() as u64, "file");
        found.holds(
            "files",
            format!("{count} of configuration, output, charges, openings and rows of tables as signed"),
        );
    }
}

fn digest(mut from: impl Read) -> Result<String, String> {
    use sha2::Digest as _;
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(crate::journal::hex(&hasher.finalize())),
            Ok(n) => hasher.update(buffer.get(..n).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// What comes out now against what was signed.
fn compare(sign_off: &SignOff, desk: &Desk, found: &mut Findings) {
    let before = found.0.len();
    let program = format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let by = if program == sign_off.program {
        String::new()
    } else {
        format!(" (signed with {}, worked out anew with {program})", sign_off.program)
    };
    let now = desk.figures();
    let names: std::collections::BTreeSet<&String> = sign_off.figures.keys().chain(now.keys()).collect();
    for name in names {
        let (signed, now) = (sign_off.figures.get(name), now.get(name));
        if signed != now {
            let shown = |value: Option<&String>| value.map_or("nothing", String::as_str).to_owned();
            found.differs("replay", format!("{name}: signed {}, now {}{by}", shown(signed), shown(now)));
        }
    }
    let output = sign_off.files.iter().find(|file| file.role == "output");
    if output.is_some_and(|file| file.sha256 != desk.output().csv.sha256) {
        found.differs("replay", format!("the chargeback file would hold other bytes{by}"));
    }
    let charges = charges_csv(&signed_charges(&desk.allocation().charges, &desk.config.projects)).unwrap_or_default();
    if sign_off.file(CHARGES).is_none_or(|file| file.sha256 != sha256(&charges)) {
        found.differs("replay", format!("the charges are others{by}"));
    }
    if found.0.len() == before {
        let count = text::counted(now.len() as u64, "figure");
        found.holds("replay", format!("worked out anew: {count}, the charges and the file come out as signed{by}"));
    }
}

/// The file that was handed out, where it was written to. A file that was moved
/// on is no difference: the signed copy is in the book.
fn delivered(book: &Book, sign_off: &SignOff, found: &mut Findings) {
    let Some(output) = sign_off.files.iter().find(|file| file.role == "output") else { return };
    let exports = book.last_exports(sign_off.month).unwrap_or_default();
    let Some(export) = exports.iter().find(|export| export.sha256 == output.sha256) else { return };
    let shown = export.path.display();
    match std::fs::File::open(&export.path).map_err(|error| error.to_string()).and_then(digest) {
        Ok(now) if now == output.sha256 => found.holds("outputs", format!("{shown} as signed")),
        Ok(_) => found.differs("outputs", format!("{shown} is not what was signed; the signed copy is in the book")),
        Err(_) => found.say(
            "outputs",
            Says::NotChecked,
            format!("{shown} is no longer there; the signed copy is in the book"),
        ),
    }
}

fn sealed(entries: usize) -> String {
    format!("{}, each sealed onto the one before", text::of(entries as u64, "entry", "entries"))
}
