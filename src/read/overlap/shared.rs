//! Which days more than one file could hold: by what the files list, before
//! any row is looked at.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Download;
use crate::calendar::Day;
use crate::read::format::Same;
use crate::read::seen::{Seen, Span, day_of, day_span};
use crate::usage::{Lines, Shape, Sym};

/// An account and, for usage, an endpoint in files of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Class {
    /// The first file of the family stands for it.
    family: u16,
    /// The numbers of symbols; their order means nothing.
    pub account: u32,
    action: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub class: Class,
    pub day: Day,
}

/// The days that more than one file of a family covers.
pub(super) struct SharedDays {
    /// By file number: its family; `None` if it takes no part.
    family: Vec<Option<Family>>,
    /// By family: days that are shared, in order and apart from each other.
    days: FxHashMap<u16, Vec<(Day, Day)>>,
    /// By family: the only account that its files name. Files that name none
    /// are of it as well.
    only: FxHashMap<u16, Sym>,
}

#[derive(Debug, Clone, Copy)]
struct Family {
    /// The first file of the family stands for it.
    first: u16,
    /// Its files list every span of time, used or not.
    buckets: bool,
    /// Each endpoint has files of its own.
    by_action: bool,
}

impl SharedDays {
    pub fn of(download: &Download<'_>) -> Self {
        let files = download.lines.files();
        let formats = download.formats;
        let family = |file: usize| {
            let format = formats.get(file).filter(|format| format.same == Same::Day)?;
            let first = formats.iter().position(|other| other.family == format.family)?;
            let takes_part = files.get(file).is_some_and(|file| !file.append);
            takes_part.then_some(Family {
                first: u16::try_from(first).ok()?,
                buckets: format.buckets,
                by_action: format.shape == Shape::Usage,
            })
        };
        let family: Vec<Option<Family>> = (0..files.len()).map(family).collect();
        let mut spans: FxHashMap<u16, Vec<Span>> = FxHashMap::default();
        for (at, (file, family)) in files.iter().zip(&family).enumerate() {
            let Some(family) = family else { continue };
            let spans = spans.entry(family.first).or_default();
            if family.buckets {
                spans.extend(download.seen.get(at).map(Seen::spans).unwrap_or_default());
            } else if let Some((first, last)) = file.days {
                spans.push((day_span(first).0, day_span(last).1));
            }
        }
        let days: FxHashMap<u16, Vec<(Day, Day)>> = spans
            .into_iter()
            .map(|(family, spans)| (family, twice_covered(spans)))
            .filter(|(_, days)| !days.is_empty())
            .collect();
        let mut shared = Self { family, days, only: FxHashMap::default() };
        if !shared.is_empty() && shared.has_buckets() {
            shared.only = shared.only_accounts(download.lines);
        }
        shared
    }

    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// Whether any of the files lists days without usage.
    pub fn has_buckets(&self) -> bool {
        self.family.iter().flatten().any(|family| family.buckets)
    }

    fn family(&self, lines: &Lines, row: u32) -> Option<Family> {
        self.family.get(usize::from(lines.origin(row).file)).copied().flatten()
    }

    /// Only exports of costs leave out whose they are.
    fn only_accounts(&self, lines: &Lines) -> FxHashMap<u16, Sym> {
        let named = collected(lines, |row| {
            let family = self.family(lines, row).filter(|family| family.buckets)?;
            Some((family.first, lines.account(row))).filter(|(_, account)| !account.is_none())
        });
        let alone = |family: u16| named.iter().filter(|(of, _)| *of == family).count() == 1;
        named.iter().copied().filter(|(family, _)| alone(*family)).collect()
    }

    /// Whose row it is and of what endpoint: what a file tells of whole days.
    pub fn class(&self, lines: &Lines, row: u32) -> Option<Class> {
        let family = self.family(lines, row)?;
        let account = match lines.account(row) {
            Sym::NONE => self.only.get(&family.first).copied().unwrap_or(Sym::NONE),
            account => account,
        };
        let action = if family.by_action { lines.action(row) } else { Sym::NONE };
        Some(Class { family: family.first, account: account.0, action: action.0 })
    }

    /// The key of a row on a shared day.
    pub fn key(&self, lines: &Lines, row: u32) -> Option<Key> {
        let family = self.family(lines, row)?;
        let day = lines.day(row)?;
        let days = self.days.get(&family.first)?;
        let at = days.partition_point(|(_, last)| *last < day);
        days.get(at).filter(|(first, _)| *first <= day)?;
        Some(Key { class: self.class(lines, row)?, day })
    }
}

/// What `find` gives for all rows, each once.
pub(super) fn collected<T: Copy + Eq + std::hash::Hash + Send>(
    lines: &Lines,
    find: impl Fn(u32) -> Option<T> + Send + Sync,
) -> FxHashSet<T> {
    (0..lines.len() as u32)
        .into_par_iter()
        .filter_map(find)
        .fold(FxHashSet::default, |mut all, one| {
            all.insert(one);
            all
        })
        .reduce(FxHashSet::default, |a, b| {
            let (mut all, more) = if a.len() < b.len() { (b, a) } else { (a, b) };
            all.extend(more);
            all
        })
}

/// The days in which two or more of the spans overlap.
fn twice_covered(mut spans: Vec<Span>) -> Vec<(Day, Day)> {
    spans.sort_unstable();
    let mut days: Vec<(Day, Day)> = Vec::new();
    let mut covered: Option<i64> = None;
    for (start, end) in spans {
        if let Some(until) = covered.filter(|until| start < *until) {
            let (first, last) = (day_of(start), day_of(until.min(end) - 1));
            match days.last_mut() {
                Some(before) if first <= before.1 => before.1 = before.1.max(last),
                _ => days.push((first, last)),
            }
        }
        covered = covered.max(Some(end));
    }
    days
}
