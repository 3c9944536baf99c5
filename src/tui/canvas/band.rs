//! Looks for a band of rows that stand higher or lower than in the last frame,
//! as they do when a list scrolls; the terminal can move them by itself.

use std::hash::{Hash as _, Hasher as _};
use std::io::Write as _;

use ratatui::buffer::Cell;
use rustc_hash::FxHasher;

use super::sheet::Sheet;

/// Rows from `top` to before `bottom` that move by a number of rows; those that
/// become free are blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    top: usize,
    bottom: usize,
    by: usize,
    up: bool,
}

/// About what it takes to say that a band moves, in bytes.
const TO_SAY: i64 = 20;

/// About what it takes to begin to draw in a row.
const TO_BEGIN: i64 = 8;

impl Band {
    /// The row that stands in row `y` afterwards; `None` where that is blank.
    pub fn source(&self, y: usize) -> Option<usize> {
        if y < self.top || y >= self.bottom {
            return Some(y);
        }
        if self.up {
            Some(y + self.by).filter(|from| *from < self.bottom)
        } else {
            y.checked_sub(self.by).filter(|from| *from >= self.top)
        }
    }

    /// Has the terminal do it: margins, line feeds at the lower one or reverse
    /// ones at the upper, no margins. Every terminal knows these, and with no
    /// style on they leave blanks without one. The cursor is anywhere then.
    pub fn scroll(&self, out: &mut Vec<u8>) {
        let (from, (feed, by)) =
            if self.up { (self.bottom, ("\n", self.by)) } else { (self.top + 1, ("\x1bM", self.by)) };
        // Writing to memory cannot fail.
        let _ = write!(out, "\x1b[{};{}r\x1b[{from}H{}\x1b[r", self.top + 1, self.bottom, feed.repeat(by));
    }
}

/// The band whose move leaves least to draw; `None` where no move helps.
///
/// Estimated by the number of cells that differ. A wrong estimate costs bytes
/// and nothing else: what is drawn afterwards is compared cell by cell.
pub fn find(shown: &Sheet, wanted: &Sheet) -> Option<Band> {
    let (old, new) = (codes(shown), codes(wanted));
    let height = new.len();
    let blank = vec![code(&Cell::EMPTY); new.first().map_or(0, Vec::len)];
    let stays: Vec<i64> = old.iter().zip(&new).map(|(old, new)| cost(old, new)).collect();
    // What is won, in the rows before each, where they are blank afterwards.
    let freed = sums(stays.iter().zip(&new).map(|(stays, new)| stays - cost(&blank, new)));
    let mut best: Option<(i64, Band)> = None;
    let mut better = |won: i64, band: Band| {
        if won > TO_SAY && best.is_none_or(|(most, _)| won > most) {
            best = Some((won, band));
        }
    };
    let sum = |sums: &[i64], at: usize| sums.get(at).copied().unwrap_or(0);
    for by in 1..height {
        // The first row never moves: what a terminal scrolls out at its upper
        // edge may go to the lines it keeps.
        let rows = (0..height).map(|y| gain(&stays, old.get(y + by), new.get(y), y));
        let up = sums(rows);
        let mut top = 1;
        // Up to before `end` the rows come from below; behind it they are free.
        for end in 2..=height - by {
            if sum(&up, end - 1) < sum(&up, top) {
                top = end - 1;
            }
            let won = sum(&up, end) - sum(&up, top) + sum(&freed, end + by) - sum(&freed, end);
            better(won, Band { top, bottom: end + by, by, up: true });
        }
        let rows = (0..height).map(|y| gain(&stays, y.checked_sub(by).and_then(|y| old.get(y)), new.get(y), y));
        let down = sums(rows);
        let mut bottom = height;
        for top in (1..height - by).rev() {
            if sum(&down, top + by + 1) > sum(&down, bottom) {
                bottom = top + by + 1;
            }
            let won = sum(&down, bottom) - sum(&down, top + by) + sum(&freed, top + by) - sum(&freed, top);
            better(won, Band { top, bottom, by, up: false });
        }
    }
    best.map(|(_, band)| band)
}

/// What is won in row `y` when another row comes there.
fn gain(stays: &[i64], old: Option<&Vec<u32>>, new: Option<&Vec<u32>>, y: usize) -> i64 {
    match (old, new, stays.get(y)) {
        (Some(old), Some(new), Some(stays)) => stays - cost(old, new),
        _ => 0,
    }
}

/// Of a row of numbers the sum of those before each place.
fn sums(numbers: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut sum = 0;
    let behind = numbers.map(|number| {
        sum += number;
        sum
    });
    std::iter::once(0).chain(behind.collect::<Vec<_>>()).collect()
}

/// About what it takes to make one row of the other.
fn cost(old: &[u32], new: &[u32]) -> i64 {
    let differ: u32 = old.iter().zip(new).map(|(old, new)| u32::from(old != new)).sum();
    i64::from(differ) + if differ > 0 { TO_BEGIN } else { 0 }
}

/// A number for each cell, the same for the same.
fn codes(sheet: &Sheet) -> Vec<Vec<u32>> {
    sheet.rows().map(|row| row.iter().map(code).collect()).collect()
}

fn code(cell: &Cell) -> u32 {
    let mut hasher = FxHasher::default();
    cell.hash(&mut hasher);
    let hash = hasher.finish();
    (hash ^ (hash >> 32)) as u32
}
