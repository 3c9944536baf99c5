//! What bills cover and what they leave out: days listed and missing, exports
//! cut short, dimensions they are not grouped by, days that may still grow,
//! other currencies. Figures come from [`Seen`] and the lines; what is found
//! is said in sentences.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::format::Format;
use super::overlap::{Regrouped, Settled};
use super::seen::{Seen, day_span, joined};
use super::{Superseded, Terms};
use crate::amount::Amount;
use crate::calendar::Day;
use crate::usage::{Lines, Names, Shape, Side, SourceFile, Sym};

/// The last days that an export lists are not settled: the provider adds to
/// its figures for one to three days, and costs and usage disagree until then.
const UNSETTLED: i32 = 2;

/// The days that one file covers. Only of files that list every day of their
/// range; of others nobody can say what a missing day means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    pub file: PathBuf,
    /// The name of its format.
    pub format: &'static str,
    /// The days it lists, used or not, in part at least; in order and apart.
    pub days: Vec<(Day, Day)>,
    /// Those of its days that may still grow: the last two it lists, unless a
    /// file of the same kind that covers them goes on for longer.
    pub provisional: Option<(Day, Day)>,
    /// It ends where there was more, or seems to, and no other file goes on
    /// from there.
    pub cut_short: Option<CutShort>,
}

/// An export that stops too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutShort {
    /// The first day of which something is missing; `None` where the file lists
    /// no time at all.
    pub from: Option<Day>,
    /// The file says itself that there was more, or breaks off in the middle.
    /// Otherwise it holds just what the API gives when it is not asked for
    /// more, and does not say whether that was all.
    pub certain: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoteKind {
    /// Days between others that no file lists.
    Gap,
    CutShort,
    /// Columns that an export could have been grouped by.
    Ungrouped,
    Currency,
    Provisional,
    /// Pages of a part of a day, which count until a file holds all of it.
    Part,
    /// The same days twice, split in different ways, in two files or in one.
    TwoGroupings,
    /// Several accounts, and files that do not say whose they are.
    Account,
    /// Rows that are neither usage nor money.
    PassedOver,
}

/// One thing to know about what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageNote {
    pub kind: NoteKind,
    /// `None` where it is about several files together.
    pub file: Option<PathBuf>,
    /// A sentence that names the files.
    pub text: String,
}

impl CoverageNote {
    pub(super) fn of(kind: NoteKind, file: &SourceFile, text: String) -> Self {
        let text = format!("{} {text}", name(&file.path));
        Self { kind, file: Some(file.path.clone()), text }
    }
}

pub(super) fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()).into_owned()
}

/// What the rows of each file have, by its number. Taken before rows of older
/// downloads are left out.
pub(super) struct Content(Vec<FileContent>);

#[derive(Debug, Clone, Default)]
pub(super) struct FileContent {
    rows: u32,
    /// Which of [`DIMENSIONS`] any row has.
    has: [bool; DIMENSIONS.len()],
    accounts: bool,
    /// Of usage, the endpoints; others have files of their own.
    pub actions: FxHashSet<Sym>,
}

type Dimension = (&'static str, fn(&Lines, u32) -> Sym, &'static [Shape]);

/// What an export of costs or usage may be grouped by.
const DIMENSIONS: [Dimension; 5] = [
    ("line item", Lines::item_text, &[Shape::Cost]),
    ("model", Lines::model, &[Shape::Usage]),
    ("project", Lines::project, &[Shape::Cost, Shape::Usage]),
    ("API key", Lines::api_key, &[Shape::Cost, Shape::Usage]),
    ("user", Lines::user, &[Shape::Cost, Shape::Usage]),
];

impl Content {
    pub fn of(lines: &Lines) -> Self {
        let files = lines.files();
        let stated = |file: &SourceFile| matches!(file.shape, Shape::Cost | Shape::Usage | Shape::Credits);
        if !files.iter().any(stated) {
            return Self(vec![FileContent::default(); files.len()]);
        }
        let content = (0..lines.len() as u32)
            .into_par_iter()
            .fold(
                || vec![FileContent::default(); files.len()],
                |mut all, row| {
                    if let Some(file) = all.get_mut(usize::from(lines.origin(row).file)) {
                        file.rows += 1;
                        for (has, (_, field, _)) in file.has.iter_mut().zip(DIMENSIONS) {
                            *has = *has || !field(lines, row).is_none();
                        }
                        file.accounts |= !lines.account(row).is_none();
                        if lines.shape(row) == Shape::Usage {
                            file.actions.insert(lines.action(row));
                        }
                    }
                    all
                },
            )
            .reduce(
                || vec![FileContent::default(); files.len()],
                |mut all, more| {
                    for (file, more) in all.iter_mut().zip(more) {
                        file.rows += more.rows;
                        file.accounts |= more.accounts;
                        file.has.iter_mut().zip(more.has).for_each(|(has, more)| *has |= more);
                        file.actions.extend(more.actions);
                    }
                    all
                },
            );
        Self(content)
    }
}

/// One file with all that is known of it.
pub(super) struct File<'a> {
    pub source: &'a SourceFile,
    pub format: &'static Format,
    pub seen: &'a Seen,
    pub content: &'a FileContent,
    pub days: Vec<(Day, Day)>,
}

/// What the files of a side cover, and what is to be said of them. `formats`,
/// `seen` and `content` are by file number; `terms` are those that the files
/// were read on. A ledger has nothing to cover.
pub(super) fn coverage(
    side: Side,
    settled: &Settled,
    names: &Names,
    terms: &Terms<'_>,
    formats: &[&'static Format],
    seen: &[Seen],
    content: &Content,
) -> (Vec<Coverage>, Vec<CoverageNote>) {
    let lines = &settled.lines;
    let mut notes = currencies(lines, names, terms.currency);
    if side != Side::Bill {
        return (Vec::new(), notes);
    }
    let files: Vec<File<'_>> = lines
        .files()
        .iter()
        .zip(formats)
        .zip(seen)
        .zip(&content.0)
        .map(|(((source, format), seen), content)| {
            let days = if format.buckets { seen.days() } else { Vec::new() };
            File { source, format, seen, content, days }
        })
        .collect();
    let mut covered = Vec::new();
    for file in &files {
        file.about(&mut notes);
        if file.format.buckets {
            let cut_short = file.cut_short(&files, &mut notes);
            file.parts(&files, &mut notes);
            let provisional = file.provisional(&files, &mut notes);
            covered.push(Coverage {
                file: file.source.path.clone(),
                format: file.source.format,
                days: file.days.clone(),
                provisional,
                cut_short,
            });
        }
    }
    gaps(&files, &mut notes);
    accounts(&files, &mut notes);
    two_groupings(lines, &settled.superseded, &mut notes);
    notes.extend(settled.regrouped.iter().filter_map(|found| regrouped(lines, found)));
    (covered, notes)
}

impl File<'_> {
    fn about(&self, notes: &mut Vec<CoverageNote>) {
        let mut say = |kind, text: String| notes.push(CoverageNote::of(kind, self.source, text));
        if self.seen.passed_over > 0 {
            let rows = counted(u64::from(self.seen.passed_over), "row", "rows");
            say(
                NoteKind::PassedOver,
                format!("has {rows} of other kinds, which are neither usage nor money and were passed over."),
            );
        }
        let missing: Vec<&str> = DIMENSIONS
            .iter()
            .zip(self.content.has)
            .filter(|((_, _, shapes), has)| !has && shapes.contains(&self.source.shape))
            .map(|((name, ..), _)| *name)
            .collect();
        if self.content.rows > 0 && !missing.is_empty() {
            let list = listed(&missing);
            say(
                NoteKind::Ungrouped,
                format!(
                    "is not grouped by {list}, so nothing in it can be told apart by that; export it again grouped by all that is needed."
                ),
            );
        }
    }

    fn provisional(&self, files: &[File<'_>], notes: &mut Vec<CoverageNote>) -> Option<(Day, Day)> {
        let last = self.days.last()?.1;
        let settled_by = |day: Day, file: &File<'_>| {
            let covers = file.days.iter().any(|(first, last)| (*first..=*last).contains(&day));
            file.format.family == self.format.family
                && covers
                && file.days.last().is_some_and(|(_, last)| last.number() - day.number() >= UNSETTLED)
        };
        let open = |day: Day| {
            let listed = self.days.iter().any(|(first, last)| (*first..=*last).contains(&day));
            // What no row is about cannot grow into anything that was billed.
            listed && self.source.rows > 0 && !files.iter().any(|file| settled_by(day, file))
        };
        let days: Vec<Day> = (0..UNSETTLED).rev().map(|back| last.plus_days(-back)).filter(|day| open(*day)).collect();
        let (first, last) = (*days.first()?, *days.last()?);
        let which =
            if first == last { format!("{last}, the last day") } else { format!("{first} and {last}, the last days") };
        let text = format!(
            "may still grow on {which} it lists: the provider settles its figures for up to three days. Download it again after {} unless it was made later than that.",
            last.plus_days(3)
        );
        notes.push(CoverageNote::of(NoteKind::Provisional, self.source, text));
        Some((first, last))
    }
}

/// Days that no file of a family lists, though files list days before and
/// after.
fn gaps(files: &[File<'_>], notes: &mut Vec<CoverageNote>) {
    let mut families: BTreeMap<&str, Vec<(i64, i64)>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.format.buckets) {
        let spans = file.days.iter().map(|(first, last)| (day_span(*first).0, day_span(*last).1));
        families.entry(file.format.family).or_default().extend(spans);
    }
    // An empty range may be one of costs or of usage, so it closes no gap.
    families.remove(super::platform_empty::INFO.name);
    for (family, spans) in families {
        for pair in joined(spans).windows(2) {
            let [before, after] = pair else { continue };
            let (first, last) = (super::seen::day_of(before.1), super::seen::day_of(after.0 - 1));
            let days = if first == last { format!("{first} is") } else { format!("{first} to {last} are") };
            let text =
                format!("{days} in no file of {family}, though the days before and after are; download the rest.");
            notes.push(CoverageNote { kind: NoteKind::Gap, file: None, text });
        }
    }
}

/// Files that do not say whose costs they are, beside others that do.
fn accounts(files: &[File<'_>], notes: &mut Vec<CoverageNote>) {
    let costs = || files.iter().filter(|file| file.source.shape == Shape::Cost && file.content.rows > 0);
    if !costs().any(|file| file.content.accounts) {
        return;
    }
    for file in costs().filter(|file| !file.content.accounts) {
        let text = "does not say which organization its costs are of, as other files do; if they are of several, days of the same organization in both cannot be told.";
        notes.push(CoverageNote::of(NoteKind::Account, file.source, text.to_owned()));
    }
}

/// Costs of the same days that add up to the same, in other rows.
fn two_groupings(lines: &Lines, superseded: &[Superseded], notes: &mut Vec<CoverageNote>) {
    let is_cost = |path: &Path| lines.files().iter().any(|file| file.path == path && file.shape == Shape::Cost);
    let mut pairs: BTreeMap<(&Path, &Path), u64> = BTreeMap::new();
    for day in superseded.iter().filter(|day| day.same_total && day.older != day.newer && is_cost(&day.older)) {
        *pairs.entry((&day.older, &day.newer)).or_default() += 1;
    }
    for ((older, newer), days) in pairs {
        let days = counted(days, "day", "days");
        let text = format!(
            "{} and {} give the same totals for {days} in different rows: they are one bill grouped in two ways. Only {} counts for them.",
            name(older),
            name(newer),
            name(newer)
        );
        notes.push(CoverageNote { kind: NoteKind::TwoGroupings, file: None, text });
    }
}

/// One bill that stands in a file in two groupings.
fn regrouped(lines: &Lines, found: &Regrouped) -> Option<CoverageNote> {
    let source = lines.files().get(usize::from(found.file))?;
    let (days, rows) = (counted(u64::from(found.days), "day", "days"), counted(u64::from(found.rows), "row", "rows"));
    let text = format!(
        "holds the costs of {days} more than once: {rows} grouped by {} give the same totals as the finer ones. Only the finer rows count. If both are real, put them into two files and give both with --append.",
        found.by
    );
    Some(CoverageNote::of(NoteKind::TwoGroupings, source, text))
}

/// Money in other currencies than the book's, file by file.
fn currencies(lines: &Lines, names: &Names, book: &str) -> Vec<CoverageNote> {
    if !lines.has_foreign() {
        return Vec::new();
    }
    let mut found: BTreeMap<(u16, &str), (u64, Amount)> = BTreeMap::new();
    for row in 0..lines.len() as u32 {
        let Some(amount) = lines.foreign(row) else { continue };
        let sum = found.entry((lines.origin(row).file, names.text(lines.currency(row)))).or_default();
        *sum = (sum.0 + 1, sum.1.plus(amount));
    }
    let note = |((file, currency), (rows, amount)): ((u16, &str), (u64, Amount))| {
        let rows = counted(rows, "row", "rows");
        let text = format!(
            "has {rows} in {currency}, {amount} {currency} in all. This book is in {book} and nothing is converted: they are in no sum, and each is an open item. If the book is kept in {currency}, say so in pricing.json."
        );
        lines.files().get(usize::from(file)).map(|source| CoverageNote::of(NoteKind::Currency, source, text))
    };
    found.into_iter().filter_map(note).collect()
}

fn counted(n: u64, one: &str, more: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { more })
}

/// `a, b or c`
fn listed(words: &[&str]) -> String {
    let mut text = String::new();
    for (at, word) in words.iter().enumerate() {
        let mark = match at {
            0 => "",
            at if at + 1 == words.len() => " or ",
            _ => ", ",
        };
        let _ = write!(text, "{mark}{word}");
    }
    text
}

#[cfg(test)]
#[path = "coverage_tests.rs"]
mod tests;
