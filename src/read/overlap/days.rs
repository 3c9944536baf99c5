//! Formats whose files hold a day whole. Rows that several files hold count
//! once, by content and occurrence; where files disagree on a day of an
//! account, the later download has the say over all of it, even where it says
//! that there was nothing.

use std::cmp::Ordering;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::shared::{Key, SharedDays, collected};
use super::{Download, Fate, Totals, Verdict, parts};
use crate::read::Superseded;
use crate::usage::{Digest, Sym};

/// A row of a day that several files hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub key: Key,
    pub content: Digest,
    pub file: u16,
    pub row: u32,
}

/// One verdict for each day that files disagree on or share.
pub(super) fn judge_all(download: &Download<'_>) -> Vec<Verdict> {
    let shared = SharedDays::of(download);
    if shared.is_empty() {
        return Vec::new();
    }
    let contested = Contested::of(download, &shared);
    contested
        .entries
        .par_chunk_by(|a, b| a.key == b.key)
        .map(|day| match day.first().and_then(|entry| contested.emptied.get(&entry.key)) {
            Some(newer) => nothing(download, day, *newer),
            None => judge(download, day),
        })
        .collect()
}

/// All rows of days on which files share or disagree.
struct Contested {
    /// Sorted, by day and then by content.
    entries: Vec<Entry>,
    /// Days that the latest file lists and has nothing of.
    emptied: FxHashMap<Key, u16>,
}

/// For each key the one file that has it, or `None` for several.
type Holders = FxHashMap<Key, Option<u16>>;

impl Contested {
    fn of(download: &Download<'_>, shared: &SharedDays) -> Self {
        let lines = download.lines;
        let rows = lines.len() as u32;
        let note = |mut holders: Holders, (key, file): (Key, Option<u16>)| {
            holders.entry(key).and_modify(|known| *known = known.filter(|_| *known == file)).or_insert(file);
            holders
        };
        let holders = (0..rows)
            .into_par_iter()
            .filter_map(|row| shared.key(lines, row).map(|key| (key, Some(lines.origin(row).file))))
            .fold(Holders::default, note)
            .reduce(Holders::default, |a, b| {
                if a.len() < b.len() { a.into_iter().fold(b, note) } else { b.into_iter().fold(a, note) }
            });
        let emptied = if shared.has_buckets() { emptied(download, shared, &holders) } else { FxHashMap::default() };
        let counts = |key: &Key| holders.get(key) == Some(&None) || emptied.contains_key(key);
        if !holders.keys().any(counts) {
            return Self { entries: Vec::new(), emptied };
        }
        let mut entries: Vec<Entry> = (0..rows)
            .into_par_iter()
            .filter_map(|row| {
                let key = shared.key(lines, row).filter(counts)?;
                Some(Entry { key, content: lines.content(download.names, row), file: lines.origin(row).file, row })
            })
            .collect();
        entries.par_sort_unstable();
        Self { entries, emptied }
    }
}

/// Keys whose latest file is one that covers the day and has no row of it,
/// though it has rows of the class on other days.
fn emptied(download: &Download<'_>, shared: &SharedDays, holders: &Holders) -> FxHashMap<Key, u16> {
    let lines = download.lines;
    let held = collected(lines, |row| Some((lines.origin(row).file, shared.class(lines, row)?, lines.day(row)?)));
    let files: FxHashSet<_> = held.iter().map(|(file, class, _)| (*file, *class)).collect();
    let latest = |key: &Key| {
        let covers = |file: u16| {
            held.contains(&(file, key.class, key.day))
                || download.seen.get(usize::from(file)).is_some_and(|seen| seen.covers(key.day))
        };
        let of_class = files.iter().filter(|(file, class)| *class == key.class && covers(*file));
        of_class.map(|(file, _)| *file).max_by(|a, b| download.has_the_say(key.day, *a, *b))
    };
    let latest = holders.keys().filter_map(|key| Some((*key, latest(key)?)));
    latest.filter(|(key, file)| !held.contains(&(*file, key.class, key.day))).collect()
}

/// A day of which the latest file says that there was nothing.
fn nothing(download: &Download<'_>, day: &[Entry], newer: u16) -> Verdict {
    let fates = day.iter().map(|entry| (entry.row, Fate::Superseded)).collect();
    let superseded =
        shares(download, day).iter().filter_map(|older| superseded(download, day, older, newer, 0)).collect();
    Verdict { fates, superseded }
}

/// What is told of a file whose rows of a day do not count.
fn superseded(
    download: &Download<'_>,
    day: &[Entry],
    older: &Share,
    newer: u16,
    newer_rows: u32,
) -> Option<Superseded> {
    let key = day.first()?.key;
    let of_file = |file: u16| day.iter().filter(move |entry| entry.file == file).map(|entry| entry.row);
    let before = Totals::of(download.lines, of_file(older.file));
    let after = Totals::of(download.lines, of_file(newer));
    let change = after.compare(&before);
    Some(Superseded {
        side: download.side,
        account: download.names.text(Sym(key.class.account)).to_owned(),
        day: key.day,
        older: download.path(older.file),
        newer: download.path(newer),
        older_rows: older.rows,
        newer_rows,
        shrunk: change.then(newer_rows.cmp(&older.rows)) == Ordering::Less,
        same_total: before == after,
    })
}

/// One file's share in a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    pub file: u16,
    rows: u32,
    /// Distinct rows, and how many of them the newest file has too.
    distinct: u32,
    common: u32,
}

/// What becomes of the rows of one day, which come sorted by content and file.
fn judge(download: &Download<'_>, day: &[Entry]) -> Verdict {
    let same_row = |a: &Entry, b: &Entry| a.content == b.content;
    let same_file = |a: &Entry, b: &Entry| a.file == b.file;
    let shares = &mut shares(download, day);
    let Some(newest) = shares.last().copied() else { return Verdict::default() };
    if day.first().is_some_and(|entry| !download.is_whole(newest.file, entry.key.day)) {
        return parts::judge(download, day);
    }
    for row in day.chunk_by(same_row).filter(|row| row.iter().any(|entry| entry.file == newest.file)) {
        for held in row.chunk_by(same_file) {
            let file = held.first().map(|entry| entry.file);
            if let Some(share) = shares.iter_mut().find(|share| Some(share.file) == file) {
                share.common += 1;
            }
        }
    }
    let agrees = |file: u16| {
        let share = shares.iter().find(|share| share.file == file);
        share.is_some_and(|share| share.common == share.distinct && share.common == newest.distinct)
    };

    let mut fates = Vec::new();
    for row in day.chunk_by(same_row) {
        let agreeing = || row.chunk_by(same_file).filter(|held| held.first().is_some_and(|entry| agrees(entry.file)));
        // Of equal numbers the earliest file's rows stand, so that adding a
        // download moves no origin.
        let most = agreeing()
            .filter_map(|held| held.first().map(|entry| (held.len(), entry.file)))
            .max_by(|a, b| a.0.cmp(&b.0).then_with(|| download.later(b.1, a.1)));
        for entry in row {
            if !agrees(entry.file) {
                fates.push((entry.row, Fate::Superseded));
            } else if most.is_some_and(|(_, file)| file != entry.file) {
                fates.push((entry.row, Fate::Repeated));
            }
        }
    }

    let superseded = shares
        .iter()
        .filter(|share| !agrees(share.file))
        .filter_map(|older| superseded(download, day, older, newest.file, newest.rows))
        .collect();
    Verdict { fates, superseded }
}

/// The files of a day, the one that has the say over it last.
pub(super) fn shares(download: &Download<'_>, day: &[Entry]) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    for held in day.chunk_by(|a, b| a.content == b.content && a.file == b.file) {
        let (Some(first), rows) = (held.first(), held.len() as u32) else { continue };
        match shares.iter_mut().find(|share| share.file == first.file) {
            Some(share) => {
                share.rows += rows;
                share.distinct += 1;
            }
            None => shares.push(Share { file: first.file, rows, distinct: 1, common: 0 }),
        }
    }
    let say = |a: u16, b: u16| match day.first() {
        Some(entry) => download.has_the_say(entry.key.day, a, b),
        None => Ordering::Equal,
    };
    shares.sort_unstable_by(|a, b| say(a.file, b.file));
    shares
}
