//! Rows of two sides grouped by a few dimensions: millions of rows in, a few
//! hundred groups out. No row is compared with another: each finds the number
//! of its group, and rows are then laid out group by group.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::reconcile::grain::{Choice, Dims, Period, Rows, What, day_of, in_tokens, who};
use crate::reconcile::models::Models;
use crate::usage::Lines;

/// Rows that one thread takes at a time.
const CHUNK: usize = 1 << 17;
/// A row that is in no group.
const OUT: u32 = u32::MAX;

/// What tells a group from all others. Names are symbols, which both sides
/// share; their numbers are compared for being equal only.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// Tells a minute from an hour that begins with it.
    period: Period,
    /// The number of the day or of the month's first; within a day the number
    /// of the minute or hour since 1970.
    from: i64,
    who: u32,
    what: u32,
    class: u8,
}

impl Key {
    /// Keys of one name beside each other, in the order of time.
    pub fn in_time(&self) -> impl Ord + use<> {
        (self.period, self.who, self.what, self.class, self.from)
    }

    /// Whether the other is all the same but of the next minute or hour.
    pub fn is_before(&self, other: &Self) -> bool {
        self.from.checked_add(1).is_some_and(|from| Self { from, ..*self } == *other)
    }
}

/// The dimensions of one row, of those that its day is compared by.
fn dims_of(lines: &Lines, row: u32, dims: Dims) -> Dims {
    if dims.period.seconds().is_some() && !in_tokens(lines, row) { dims.of_a_day() } else { dims }
}

/// Where a row stands in time, in periods.
fn from(lines: &Lines, row: u32, period: Period) -> i64 {
    let day = i64::from(day_of(lines, row));
    match (period.seconds(), period, lines.at(row)) {
        (Some(seconds), _, Some(at)) => at.micros().div_euclid(i64::from(seconds) * 1_000_000),
        (None, Period::Month, Some(at)) => i64::from(at.day().month().first().number()),
        _ => day,
    }
}

pub(super) fn key(lines: &Lines, row: u32, dims: Dims, models: &Models) -> Key {
    let model = || if lines.model(row).is_none() { 0 } else { models.number(lines.model(row)) };
    Key {
        period: dims.period,
        from: from(lines, row, dims.period),
        who: dims.who.map_or(0, |of| who(lines, row, of).0),
        what: match dims.what {
            What::All => 0,
            What::Model | What::ModelAndClass => model(),
            What::UsageType => lines.action(row).0,
        },
        class: match dims.what {
            What::ModelAndClass => lines.class(row).map_or(0, |class| class as u8),
            _ => 0,
        },
    }
}

/// The rows of two sides, group by group: the left ones, then the right ones.
#[derive(Default)]
pub(in crate::reconcile) struct Grouped {
    pub members: Vec<u32>,
    pub heads: Vec<Head>,
}

impl Grouped {
    /// The rows of a group, the left ones first.
    pub fn rows(&self, number: usize) -> [&[u32]; 2] {
        let Some(head) = self.heads.get(number) else { return [&[], &[]] };
        let [start, middle, end] =
            [0, head.rows[0], head.rows[0] + head.rows[1]].map(|rows| (head.start + rows) as usize);
        let part = |from: usize, to: usize| self.members.get(from..to).unwrap_or(&[]);
        [part(start, middle), part(middle, end)]
    }
}

#[derive(Clone, Copy)]
pub(in crate::reconcile) struct Head {
    /// Where its rows begin among all members.
    start: u32,
    /// Rows of the left side and of the right one.
    pub rows: [u32; 2],
    pub dims: Dims,
}

/// Some rows of one side, with the number of each one's group in `keys`.
struct Chunk {
    side: usize,
    first: u32,
    numbers: Vec<u32>,
    keys: Vec<(Key, Dims)>,
    counts: Vec<u32>,
    /// Where the next row of each group goes.
    places: Vec<u32>,
}

/// Groups the rows by what `choice` says of their days. A group for whose
/// numbers of rows `keep` is false is left out.
pub(in crate::reconcile) fn group(
    sides: [Rows; 2],
    choice: &Choice,
    models: &Models,
    keep: impl Fn([u32; 2]) -> bool,
) -> Grouped {
    let mut chunks: Vec<Chunk> = (0..2).flat_map(|side| chunks(side, sides[side], choice, models)).collect();

    let mut numbers: FxHashMap<Key, u32> = FxHashMap::default();
    let mut all: Vec<Head> = Vec::new();
    for chunk in &mut chunks {
        chunk.places.reserve_exact(chunk.keys.len());
        for ((key, dims), count) in chunk.keys.iter().zip(&chunk.counts) {
            let number = *numbers.entry(*key).or_insert(all.len() as u32);
            if number as usize == all.len() {
                all.push(Head { start: 0, rows: [0, 0], dims: *dims });
            }
            if let Some(head) = all.get_mut(number as usize) {
                head.rows[chunk.side] += count;
            }
            // The group's number first, its place below.
            chunk.places.push(number);
        }
    }

    let mut next: Vec<[u32; 2]> = Vec::with_capacity(all.len());
    let mut end = 0;
    for head in &mut all {
        if keep(head.rows) {
            head.start = end;
            next.push([end, end + head.rows[0]]);
            end += head.rows[0] + head.rows[1];
        } else {
            next.push([OUT, OUT]);
        }
    }
    for chunk in &mut chunks {
        for (place, count) in chunk.places.iter_mut().zip(&chunk.counts) {
            let free = next.get_mut(*place as usize).map(|sides| &mut sides[chunk.side]);
            *place = free.as_ref().map_or(OUT, |free| **free);
            if let Some(free) = free.filter(|free| **free != OUT) {
                *free += count;
            }
        }
    }

    let members: Vec<AtomicU32> = (0..end).into_par_iter().map(|_| AtomicU32::new(OUT)).collect();
    chunks.into_par_iter().for_each(|mut chunk| {
        for (row, number) in (chunk.first..).zip(&chunk.numbers) {
            let Some(place) = chunk.places.get_mut(*number as usize).filter(|place| **place != OUT) else { continue };
            if let Some(member) = members.get(*place as usize) {
                member.store(row, Relaxed);
            }
            *place += 1;
        }
    });
    Grouped {
        members: members.into_iter().map(AtomicU32::into_inner).collect(),
        heads: all.into_iter().filter(|head| keep(head.rows)).collect(),
    }
}

fn chunks(side: usize, rows: Rows, choice: &Choice, models: &Models) -> Vec<Chunk> {
    let count = rows.lines.len();
    let chunk = |chunk: usize| {
        let from = chunk * CHUNK;
        let mut out = Chunk {
            side,
            first: from as u32,
            numbers: Vec::with_capacity(CHUNK.min(count - from)),
            keys: Vec::new(),
            counts: Vec::new(),
            places: Vec::new(),
        };
        let mut known: FxHashMap<Key, u32> = FxHashMap::default();
        let (mut last_day, mut dims) = (None, None);
        for row in from as u32..count.min(from + CHUNK) as u32 {
            if !(rows.takes)(row) {
                out.numbers.push(OUT);
                continue;
            }
            let day = day_of(rows.lines, row);
            if last_day != Some(day) {
                (last_day, dims) = (Some(day), choice.dims(day));
            }
            let Some(dims) = dims else {
                out.numbers.push(OUT);
                continue;
            };
            let dims = dims_of(rows.lines, row, dims);
            let key = key(rows.lines, row, dims, models);
            let number = *known.entry(key).or_insert(out.keys.len() as u32);
            if number as usize == out.keys.len() {
                out.keys.push((key, dims));
                out.counts.push(0);
            }
            if let Some(count) = out.counts.get_mut(number as usize) {
                *count += 1;
            }
            out.numbers.push(number);
        }
        out
    };
    (0..count.div_ceil(CHUNK)).into_par_iter().map(chunk).collect()
}
