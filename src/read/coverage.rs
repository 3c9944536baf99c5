//! What bills cover and what they leave out: days listed and missing, exports
//! cut short, dimensions they are not grouped by, days that may still grow,
//! other currencies. Figures come from [`Seen`] and the lines; what is found
//! is said in sentences.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::Superseded;
use super::format::Format;
use super::seen::{Seen, day_span, joined};
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
    /// Its pages end where there were more.
    pub cut_short: bool,
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
    /// Two exports of the same days, split in different ways.
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
    fn of(kind: NoteKind, file: &SourceFile, text: String) -> Self {
        let text = format!("{} {text}", name(&file.path));
        Self { kind, file: Some(file.path.clone()), text }
    }
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()).into_owned()
}

/// What the rows of each file have, by its number. Taken before rows of older
/// downloads are left out.
pub(super) struct Content(Vec<FileContent>);

#[derive(Debug, Clone, Default)]
struct FileContent {
    rows: u32,
    /// Which of [`DIMENSIONS`] any row has.
    has: [bool; DIMENSIONS.len()],
    accounts: bool,
    currencies: BTreeMap<String, u32>,
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
    pub fn of(lines: &Lines, names: &Names) -> Self {
        let files = lines.files();
        let stated = |file: &SourceFile| matches!(file.shape, Shape::Cost | Shape::Usage | Shape::Credits);
        if !files.iter().any(stated) {
            return Self(vec![FileContent::default(); files.len()]);
        }
        #[derive(Default, Clone)]
        struct Raw {
            rows: u32,
            has: [bool; DIMENSIONS.len()],
            accounts: bool,
            currencies: FxHashMap<Sym, u32>,
        }
        let raw = (0..lines.len() as u32)
            .into_par_iter()
            .fold(
                || vec![Raw::default(); files.len()],
                |mut all, row| {
                    if let Some(file) = all.get_mut(usize::from(lines.origin(row).file)) {
                        file.rows += 1;
                        for (has, (_, field, _)) in file.has.iter_mut().zip(DIMENSIONS) {
                            *has = *has || !field(lines, row).is_none();
                        }
                        file.accounts |= !lines.account(row).is_none();
                        let currency = lines.currency(row);
                        if !currency.is_none() {
                            *file.currencies.entry(currency).or_default() += 1;
                        }
                    }
                    all
                },
            )
            .reduce(
                || vec![Raw::default(); files.len()],
                |mut all, more| {
                    for (file, more) in all.iter_mut().zip(more) {
                        file.rows += more.rows;
                        file.accounts |= more.accounts;
                        file.has.iter_mut().zip(more.has).for_each(|(has, more)| *has |= more);
                        more.currencies.into_iter().for_each(|(sym, n)| *file.currencies.entry(sym).or_default() += n);
                    }
                    all
                },
            );
        let named = |raw: Raw| FileContent {
            rows: raw.rows,
            has: raw.has,
            accounts: raw.accounts,
            currencies: raw.currencies.into_iter().map(|(sym, n)| (names.text(sym).to_owned(), n)).collect(),
        };
        Self(raw.into_iter().map(named).collect())
    }
}

/// One file with all that is known of it.
struct File<'a> {
    source: &'a SourceFile,
    format: &'static Format,
    seen: &'a Seen,
    content: &'a FileContent,
    days: Vec<(Day, Day)>,
}

/// What the files of a side cover, and what is to be said of them. `formats`,
/// `seen` and `content` are by file number. A ledger has nothing to cover.
pub(super) fn coverage(
    side: Side,
    lines: &Lines,
    formats: &[&'static Format],
    seen: &[Seen],
    content: &Content,
    superseded: &[Superseded],
) -> (Vec<Coverage>, Vec<CoverageNote>) {
    if side != Side::Bill {
        return (Vec::new(), Vec::new());
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
    let (mut covered, mut notes) = (Vec::new(), Vec::new());
    for file in &files {
        file.about(&mut notes);
        if file.format.buckets {
            let cut_short = file.cut_short(&mut notes);
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
    two_groupings(lines, superseded, &mut notes);
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
        for (currency, rows) in &self.content.currencies {
            if currency != "USD" {
                let rows = counted(u64::from(*rows), "row", "rows");
                say(NoteKind::Currency, format!("has {rows} in {currency}; amounts are not converted."));
            }
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

    /// Whether pages are missing at its end.
    fn cut_short(&self, notes: &mut Vec<CoverageNote>) -> bool {
        let breaks_off = self.seen.breaks_off() || self.seen.unfinished;
        let text = if self.seen.unfinished {
            "ends in the middle of a page: the file is cut short. Download it again.".to_owned()
        } else if breaks_off {
            "ends where there is more: its last page says that others follow. Fetch them too.".to_owned()
        } else if let Some((buckets, what)) = self.default_limit() {
            format!(
                "holds exactly {buckets} {what}, which is what the API gives when no limit is asked for, and does not say whether there is more; compare its days with those you asked for."
            )
        } else {
            return false;
        };
        notes.push(CoverageNote::of(NoteKind::CutShort, self.source, text));
        breaks_off
    }

    /// The limit that the API applies unasked, if the file holds just so many
    /// buckets and does not say that these were all.
    fn default_limit(&self) -> Option<(u32, &'static str)> {
        if self.seen.says_its_end() || self.seen.uneven {
            return None;
        }
        let default = match self.seen.width? {
            86_400 => (7, "days"),
            3_600 => (24, "hours"),
            60 => (60, "minutes"),
            _ => return None,
        };
        (self.seen.buckets == default.0).then_some(default)
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
