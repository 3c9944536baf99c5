//! Formats in which every row has an id: a row is known again in any file, and
//! in the same one. Several rows may share an id, when one event speaks of
//! several things; what stands in one line of a file belongs together. A row
//! that lacks its id is known by what it says, as rows of other formats are.

use rayon::prelude::*;

use super::{Download, Fate, Totals, Verdict};
use crate::read::Superseded;
use crate::read::format::Same;
use crate::usage::Digest;

/// Rows of one id in one line of a file.
struct Delivery<'a> {
    file: u16,
    line: u32,
    rows: &'a [u32],
    contents: Vec<Digest>,
}

pub(super) fn judge_all(download: &Download<'_>) -> Vec<Verdict> {
    let lines = download.lines;
    let by_id: Vec<bool> = (0..lines.files().len())
        .map(|file| u16::try_from(file).ok().and_then(|file| download.format(file)).is_some_and(|f| f.same == Same::Id))
        .collect();
    if !by_id.contains(&true) {
        return Vec::new();
    }
    let of_format = |row: &u32| by_id.get(usize::from(lines.origin(*row).file)) == Some(&true);
    let (mut rows, nameless): (Vec<u32>, Vec<u32>) =
        (0..lines.len() as u32).into_par_iter().filter(of_format).partition(|row| lines.has_id(*row));
    // A file declared disjoint shares no row with another.
    let apart = |row: u32| lines.source(row).append.then(|| lines.origin(row).file);
    let ids = lines.ids();
    rows.par_sort_unstable_by(|a, b| {
        ids.compare(*a, *b)
            .then_with(|| apart(*a).cmp(&apart(*b)))
            .then_with(|| lines.origin(*a).cmp(&lines.origin(*b)))
            .then(a.cmp(b))
    });
    let named = rows
        .par_chunk_by(|a, b| ids.is_same(*a, ids, *b) && apart(*a) == apart(*b))
        .filter_map(|same| judge(download, same));
    named.chain(repeated(download, &nameless)).collect()
}

/// Rows without an id count as often as the file says them that has most of
/// them; of equal numbers the earliest file's stand.
fn repeated(download: &Download<'_>, rows: &[u32]) -> Option<Verdict> {
    let lines = download.lines;
    let mut entries: Vec<(&str, Digest, u16, u32)> = rows
        .par_iter()
        .filter(|row| !lines.source(**row).append)
        .filter_map(|row| {
            let file = lines.origin(*row).file;
            Some((download.format(file)?.family, lines.content(download.names, *row), file, *row))
        })
        .collect();
    entries.par_sort_unstable();
    let mut verdict = Verdict::default();
    for same in entries.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let held = || same.chunk_by(|a, b| a.2 == b.2).filter_map(|rows| Some((rows.len(), rows.first()?.2)));
        let most = held().max_by(|a, b| a.0.cmp(&b.0).then_with(|| download.later(b.1, a.1)));
        let elsewhere = same.iter().filter(|(_, _, file, _)| most.is_some_and(|(_, most)| most != *file));
        verdict.fates.extend(elsewhere.map(|(_, _, _, row)| (*row, Fate::Repeated)));
    }
    (!verdict.fates.is_empty()).then_some(verdict)
}

fn judge(download: &Download<'_>, rows: &[u32]) -> Option<Verdict> {
    let lines = download.lines;
    let mut deliveries: Vec<Delivery<'_>> = rows
        .chunk_by(|a, b| lines.origin(*a) == lines.origin(*b))
        .filter_map(|rows| {
            let origin = lines.origin(*rows.first()?);
            let mut contents: Vec<Digest> = rows.iter().map(|row| lines.content(download.names, *row)).collect();
            contents.sort_unstable();
            Some(Delivery { file: origin.file, line: origin.line, rows, contents })
        })
        .collect();
    if deliveries.len() < 2 {
        return None;
    }
    deliveries.sort_by(|a, b| download.later(a.file, b.file).then(a.line.cmp(&b.line)));
    let newest = deliveries.last()?;
    let after = Totals::of(lines, newest.rows.iter().copied());
    // Of equal ones the earliest stands, so that adding a file moves no origin.
    let mut stands = false;
    let mut verdict = Verdict::default();
    for delivery in &deliveries {
        let same = delivery.contents == newest.contents;
        if same && !std::mem::replace(&mut stands, true) {
            continue;
        }
        let fate = if same { Fate::Repeated } else { Fate::Superseded };
        verdict.fates.extend(delivery.rows.iter().map(|row| (*row, fate)));
        let first = delivery.rows.first().copied();
        if let (false, Some(row), Some(day)) = (same, first, first.and_then(|row| lines.day(row))) {
            let before = Totals::of(lines, delivery.rows.iter().copied());
            verdict.superseded.push(Superseded {
                side: download.side,
                account: download.names.text(lines.account(row)).to_owned(),
                day,
                older: download.path(delivery.file),
                newer: download.path(newest.file),
                older_rows: delivery.rows.len() as u32,
                newer_rows: newest.rows.len() as u32,
                shrunk: after.compare(&before).is_lt(),
                same_total: after == before,
            });
        }
    }
    Some(verdict)
}
