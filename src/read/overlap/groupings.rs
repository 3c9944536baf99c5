//! The same costs twice in one file, grouped in two ways: pages of two queries
//! put together, or exports pasted below each other. Nothing in a row says so;
//! but on every day that has both, the total is a multiple of what one of the
//! groupings comes to, to the last digit.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{Download, Fate, Verdict};
use crate::amount::Amount;
use crate::calendar::Day;
use crate::usage::{Lines, Shape, Sym};

type Dimension = (&'static str, fn(&Lines, u32) -> Sym);

/// What costs may be grouped by, the most telling first.
const DIMENSIONS: [Dimension; 4] =
    [("line item", Lines::item_text), ("API key", Lines::api_key), ("user", Lines::user), ("project", Lines::project)];

/// Sums of amounts that are binary floats where they come from differ in
/// their last digits; a billionth of a dollar is far below any price.
const NOISE: i128 = Amount::from_int(1).units() / 1_000_000_000;

/// Which of [`DIMENSIONS`] a row names: a bit each, the first the highest.
type Grouping = u8;

/// Rows of one grouping that say what other rows of their file say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::read) struct Regrouped {
    pub file: u16,
    /// What the rows name that are left out: `nothing`, `project`, and so on.
    pub by: String,
    pub days: u32,
    pub rows: u32,
}

/// Account, day and currency; numbers of symbols are compared for being equal
/// only.
type DayKey = (u32, Option<Day>, u32);

/// What the rows of each day come to, by what they are grouped by.
type Totals = FxHashMap<DayKey, BTreeMap<Grouping, Amount>>;

/// The rows of the coarser groupings, and what is to be said of them. A file
/// declared disjoint is taken at its word.
pub(super) fn judge_all(download: &Download<'_>) -> (Verdict, Vec<Regrouped>) {
    let lines = download.lines;
    let costs = |file: &usize| {
        lines.files().get(*file).is_some_and(|file| file.shape == Shape::Cost && !file.append && file.rows > 1)
    };
    let files: Vec<usize> = (0..lines.files().len()).filter(costs).collect();
    if files.is_empty() {
        return Default::default();
    }
    let mut rows: Vec<Vec<u32>> = vec![Vec::new(); lines.files().len()];
    for row in (0..lines.len() as u32).filter(|row| lines.shape(*row) == Shape::Cost) {
        if let Some(rows) = rows.get_mut(usize::from(lines.origin(row).file)) {
            rows.push(row);
        }
    }
    let found: Vec<Found> =
        files.into_par_iter().filter_map(|file| Some(judge(lines, file as u16, rows.get(file)?))).collect();
    let (fates, said): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    (Verdict { fates: fates.concat(), superseded: Vec::new() }, said.concat())
}

/// Of one file: what becomes of its rows, and what is to be said.
type Found = (Vec<(u32, Fate)>, Vec<Regrouped>);

fn judge(lines: &Lines, file: u16, rows: &[u32]) -> Found {
    let mut totals = Totals::default();
    for row in rows {
        let Some(amount) = lines.amount(*row).or_else(|| lines.foreign(*row)) else { continue };
        let sum = totals.entry(day_key(lines, *row)).or_default().entry(grouping(lines, *row)).or_default();
        *sum = sum.plus(amount);
    }
    let (mut fates, mut said) = (Vec::new(), Vec::new());
    while let Some(coarse) = repeated(&totals) {
        let double = |key: &DayKey, totals: &Totals| {
            totals.get(key).is_some_and(|day| day.len() > 1 && day.contains_key(&coarse))
        };
        let left_out: Vec<u32> = rows
            .iter()
            .copied()
            .filter(|row| grouping(lines, *row) == coarse && double(&day_key(lines, *row), &totals))
            .collect();
        let mut days = 0;
        for day in totals.values_mut().filter(|day| day.len() > 1) {
            days += u32::from(day.remove(&coarse).is_some());
        }
        said.push(Regrouped { file, by: in_words(coarse), days, rows: left_out.len() as u32 });
        fates.extend(left_out.into_iter().map(|row| (row, Fate::Superseded)));
    }
    (fates, said)
}

/// The coarsest grouping that repeats what the others say, on all days that
/// have it and another: the day's total is the same whole multiple of it.
fn repeated(totals: &Totals) -> Option<Grouping> {
    let mut all: Vec<Grouping> = totals.values().flat_map(|day| day.keys().copied()).collect();
    all.sort_unstable_by_key(|grouping| (grouping.count_ones(), *grouping));
    all.dedup();
    all.into_iter().find(|grouping| {
        let both = totals.values().filter(|day| day.len() > 1);
        let shares = both.filter_map(|day| {
            let own = *day.get(grouping)?;
            Some((own.units(), day.values().copied().sum::<Amount>().units()))
        });
        let mut multiple = None;
        let mut some = false;
        for (own, total) in shares {
            // A day on which nothing was billed says nothing.
            let is_nothing = |units: i128| units.saturating_abs() <= NOISE;
            if is_nothing(own) && is_nothing(total) {
                continue;
            }
            let times = (2..=4).find(|times| is_nothing(own.saturating_mul(*times).saturating_sub(total)));
            if times.is_none() || is_nothing(own) || multiple.is_some_and(|known| Some(known) != times) {
                return false;
            }
            (multiple, some) = (times, true);
        }
        some
    })
}

fn grouping(lines: &Lines, row: u32) -> Grouping {
    DIMENSIONS.iter().fold(0, |bits, (_, field)| bits << 1 | Grouping::from(!field(lines, row).is_none()))
}

fn day_key(lines: &Lines, row: u32) -> DayKey {
    (lines.account(row).0, lines.day(row), lines.currency(row).0)
}

/// `line item and project`, or `nothing`.
fn in_words(grouping: Grouping) -> String {
    let bit = |at: usize| grouping >> (DIMENSIONS.len() - 1 - at) & 1 == 1;
    let names: Vec<&str> =
        DIMENSIONS.iter().enumerate().filter(|(at, _)| bit(*at)).map(|(_, (name, _))| *name).collect();
    match names.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
