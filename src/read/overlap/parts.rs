//! Downloads of parts of a day, such as the last ten minutes: pages whose
//! buckets do not add up to the whole day. They have no say over the day: a
//! download of all of it counts instead of them. Until there is one they are
//! joined bucket by bucket, and of what several hold the later counts.

use std::collections::BTreeMap;

use super::days::{Entry, shares};
use super::{Download, Fate, Totals, Verdict};
use crate::read::Superseded;
use crate::read::seen::{Span, joined};
use crate::usage::{Lines, Sym};

/// What becomes of the rows of one day that no download holds whole; `day`
/// comes sorted by content and file.
pub(super) fn judge(download: &Download<'_>, day: &[Entry]) -> Verdict {
    let lines = download.lines;
    let files: Vec<u16> = shares(download, day).iter().rev().map(|share| share.file).collect();
    let of_file = |file: u16| day.iter().filter(move |entry| entry.file == file);
    let mut fates: BTreeMap<u32, Fate> = BTreeMap::new();
    // Rows that do not count, by their file and the one that counts instead.
    let mut dropped: BTreeMap<(u16, u16), Vec<u32>> = BTreeMap::new();
    for (at, file) in files.iter().enumerate() {
        let newer = files.get(..at).unwrap_or_default();
        let covered = joined(newer.iter().flat_map(|file| spans(download, *file)).collect());
        for entry in of_file(*file) {
            let span = span(lines, entry.row);
            if !covered.iter().any(|other| overlap(*other, span)) {
                continue;
            }
            if covered.iter().any(|other| other.0 <= span.0 && span.1 <= other.1) {
                let same = |other: &&Entry| other.content == entry.content && newer.contains(&other.file);
                if day.iter().any(|other| same(&other)) {
                    fates.insert(entry.row, Fate::Repeated);
                } else if let Some(newer) =
                    newer.iter().find(|file| spans(download, **file).any(|other| overlap(other, span)))
                {
                    fates.insert(entry.row, Fate::Superseded);
                    dropped.entry((*file, *newer)).or_default().push(entry.row);
                }
                continue;
            }
            // A wider bucket cannot be cut: what stands in it again goes.
            for other in day.iter().filter(|other| newer.contains(&other.file)) {
                if overlap(self::span(lines, other.row), span) && fates.insert(other.row, Fate::Superseded).is_none() {
                    dropped.entry((other.file, *file)).or_default().push(other.row);
                }
            }
        }
    }
    let superseded = dropped.iter().filter_map(|((older, newer), rows)| {
        let held = |other: &&Entry| rows.iter().any(|row| overlap(span(lines, *row), span(lines, other.row)));
        let instead: Vec<u32> = of_file(*newer).filter(held).map(|entry| entry.row).collect();
        let key = day.first()?.key;
        let (before, after) = (Totals::of(lines, rows.iter().copied()), Totals::of(lines, instead.iter().copied()));
        Some(Superseded {
            side: download.side,
            account: download.names.text(Sym(key.class.account)).to_owned(),
            day: key.day,
            older: download.path(*older),
            newer: download.path(*newer),
            older_rows: rows.len() as u32,
            newer_rows: instead.len() as u32,
            shrunk: after.compare(&before).is_lt(),
            same_total: before == after,
        })
    });
    Verdict { superseded: superseded.collect(), fates: fates.into_iter().collect() }
}

/// All that a file lists, used or not.
fn spans(download: &Download<'_>, file: u16) -> impl Iterator<Item = Span> {
    download.seen.get(usize::from(file)).map(|seen| seen.spans()).unwrap_or_default().iter().copied()
}

fn span(lines: &Lines, row: u32) -> Span {
    let start = lines.at(row).map_or(0, |at| at.micros().div_euclid(1_000_000));
    (start, start.saturating_add(i64::from(lines.span(row).max(1))))
}

fn overlap(a: Span, b: Span) -> bool {
    a.0 < b.1 && b.0 < a.1
}
