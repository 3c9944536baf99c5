//! The evidence of a signed month as one archive: inputs, configuration,
//! journal, outputs, figures and the hash of each, to be checked on another
//! machine without the book.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::pack::read_pack;
use super::sign::sha256;
use crate::book::{Access, Archive, Book, Member, MemberContent};
use crate::calendar::{Instant, Month};
use crate::close::{SIGN_OFF, Version, Versions};
use crate::journal::{Action, Entry, ItemKey, hex};
use crate::usage::Digest;

/// The journal within an archive, an entry a line.
pub(super) const JOURNAL: &str = "journal.jsonl";
const SUMS: &str = "SHA256SUMS";
const README: &str = "README.txt";

/// An archive that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    pub path: PathBuf,
    pub version: Version,
    pub members: usize,
    /// The seal of the journal's entry that signed the version.
    pub seal: String,
}

/// An entry as the archive has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    seq: u64,
    /// Microseconds since 1970, UTC.
    at: i64,
    who: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    month: Option<Month>,
    action: serde_json::Value,
    /// Identity and content of each item, 32 digits each.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    items: String,
    hash: String,
}

/// Packs a version of a month, the last one without a number, to `output` or
/// to `evidence-2026-01-v1.tar` in the current folder. The same version gives
/// the same bytes, whatever the book has had since.
///
/// # Errors
/// A sentence: nothing signed, something of it is gone or changed, or the
/// archive cannot be written.
pub fn evidence(dir: &Path, month: Month, number: Option<u32>, output: Option<&Path>) -> Result<Evidence, String> {
    let book = Book::open(dir, Access::Read).map_err(|error| error.to_string())?;
    let entries = book.entries().map_err(|error| error.to_string())?;
    let versions = Versions::of(&entries);
    let all = versions.all(month);
    let version = match number {
        None => all.last(),
        Some(number) => all.iter().find(|version| version.number == number),
    };
    let version = version.ok_or_else(|| match (number, all.last()) {
        (Some(number), Some(last)) => format!("{month} has no version {number}; the last is {}.", last.number),
        _ => format!("{month} is not signed; trueup close --month {month} --sign signs it."),
    })?;
    let (archive, sign_off) = read_pack(book.dir(), version)?;
    let mut members = vec![archive.pass_on(SIGN_OFF).map_err(|error| error.to_string())?];
    for file in &sign_off.files {
        members.push(archive.pass_on(&file.name).map_err(|error| error.to_string())?);
    }
    for input in &sign_off.inputs {
        let stored = book.stored_input(&input.side, &input.sha256).map_err(|error| error.to_string())?;
        let stored = stored.ok_or_else(|| format!("{} is no longer in the book; give it to it again.", input.path))?;
        members.push(Member::file(&input.member, &stored, &input.sha256, input.bytes));
    }
    // One file on both sides is in the archive once.
    members.sort_by(|a, b| a.name.cmp(&b.name));
    members.dedup_by(|a, b| a.name == b.name);
    let until: Vec<Entry> = entries.iter().filter(|entry| entry.seq <= version.seq).cloned().collect();
    members.push(Member::bytes(JOURNAL, journal_text(&until)?));
    let seal = until.last().map(|entry| entry.hash.clone()).unwrap_or_default();
    members.insert(0, Member::bytes(README, readme(version, &seal)));
    let sums = sums(&members);
    members.push(Member::bytes(SUMS, sums));
    let count = members.len();
    let path =
        output.map_or_else(|| PathBuf::from(format!("evidence-{month}-v{}.tar", version.number)), Path::to_path_buf);
    Book::write_archive(&path, &members).map_err(|error| error.to_string())?;
    Ok(Evidence { path, version: version.clone(), members: count, seal })
}

/// As `sha256sum -c` takes it.
fn sums(members: &[Member]) -> String {
    members.iter().fold(String::new(), |mut text, member| {
        let digest = match &member.content {
            MemberContent::Bytes(bytes) => sha256(bytes),
            MemberContent::File { sha256, .. } | MemberContent::Of { sha256, .. } => sha256.clone(),
        };
        let _ = writeln!(text, "{digest}  {}", member.name);
        text
    })
}

/// Where an archive is not what its own list of hashes says, file by file, the
/// list itself included: whoever checks it without this program goes by that.
///
/// # Errors
/// The archive cannot be read.
pub(super) fn apart_from_sums(archive: &Archive) -> Result<Vec<String>, String> {
    let failed = |error: crate::book::BookError| error.to_string();
    if archive.member(SUMS).map_err(failed)?.is_none() {
        return Ok(vec![format!("{SUMS} is missing")]);
    }
    let text = archive.bytes(SUMS).map_err(failed)?;
    let text = String::from_utf8_lossy(&text);
    let mut listed: BTreeMap<&str, &str> =
        text.lines().filter_map(|line| line.split_once("  ").map(|(sum, name)| (name, sum))).collect();
    let mut apart = Vec::new();
    if listed.len() != text.lines().count() {
        apart.push(format!("{SUMS} has lines that name no file, or one twice"));
    }
    for name in archive.names().filter(|name| *name != SUMS) {
        match (listed.remove(name), archive.digest(name).map_err(failed)?) {
            (None, _) => apart.push(format!("{name} is in the archive, and not in its {SUMS}")),
            (Some(sum), Some(now)) if now.sha256 == sum => {}
            (Some(_), _) => apart.push(format!("{name} is not what {SUMS} says")),
        }
    }
    apart.extend(listed.keys().map(|name| format!("{name} is in {SUMS}, and not in the archive")));
    Ok(apart)
}

fn readme(version: &Version, seal: &str) -> String {
    let Version { month, number, who, total, .. } = version;
    format!(
        "Evidence of {month}, version {number}\n\
         ${total} as written, signed by {who} on {day}.\n\n\
         To check it on any machine: trueup verify --archive FILE.tar\n\
         Without trueup: tar xf FILE.tar, then sha256sum -c {SUMS}\n\n\
         {SIGN_OFF} names every file by its SHA-256, and the figures.\n\
         {JOURNAL} has every entry up to the signature, each sealed onto the one before; its last entry names the\n\
         SHA-256 of {SIGN_OFF}.\n\n\
         Seal of the signature: {seal}\n\
         An archive agrees with itself even where somebody made all of it anew. Compare this seal with the one noted\n\
         elsewhere when the month was signed.\n",
        day = version.at.day(),
    )
}

fn journal_text(entries: &[Entry]) -> Result<String, String> {
    let mut text = String::new();
    for entry in entries {
        let mut items = String::with_capacity(entry.action.items().len() * 64);
        for key in entry.action.items() {
            items.push_str(&hex(&key.identity.0.to_be_bytes()));
            items.push_str(&hex(&key.content.0.to_be_bytes()));
        }
        let line = Line {
            seq: entry.seq,
            at: entry.at.micros(),
            who: entry.who.clone(),
            month: entry.month,
            action: serde_json::to_value(&entry.action).map_err(|error| error.to_string())?,
            items,
            hash: entry.hash.clone(),
        };
        text.push_str(&serde_json::to_string(&line).map_err(|error| error.to_string())?);
        text.push('\n');
    }
    Ok(text)
}

/// # Errors
/// A sentence with the line that cannot be read.
pub(super) fn parse_journal(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| format!("{JOURNAL} is not UTF-8."))?;
    let read = |(at, line): (usize, &str)| {
        let wrong = |why: String| format!("{JOURNAL}:{}: {why}.", at + 1);
        let line: Line = serde_json::from_str::<serde_json::Value>(line)
            .and_then(serde_json::from_value)
            .map_err(|error| wrong(error.to_string()))?;
        let mut action: Action = serde_json::from_value(line.action.clone()).map_err(|e| wrong(e.to_string()))?;
        // A seal is over the action; what it does not read must not hide here.
        if serde_json::to_value(&action).ok() != Some(line.action) {
            return Err(wrong("has more in it than this program writes".into()));
        }
        let items = parse_items(&line.items).ok_or_else(|| wrong("has a broken set of items".into()))?;
        action.set_items(items);
        let at = Instant::from_micros(line.at);
        Ok(Entry { seq: line.seq, at, who: line.who, month: line.month, action, hash: line.hash })
    };
    text.lines().enumerate().map(read).collect()
}

fn parse_items(text: &str) -> Option<Vec<ItemKey>> {
    const DIGITS: usize = 32;
    let (keys, rest) = text.as_bytes().as_chunks::<{ DIGITS * 2 }>();
    let half = |bytes: &[u8]| {
        let digits = std::str::from_utf8(bytes).ok()?;
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u128::from_str_radix(digits, 16).ok().map(Digest))?
    };
    if !rest.is_empty() {
        return None;
    }
    let key = |key: &[u8; DIGITS * 2]| {
        let (identity, content) = key.split_at(DIGITS);
        Some(ItemKey { identity: half(identity)?, content: half(content)? })
    };
    keys.iter().map(key).collect()
}
