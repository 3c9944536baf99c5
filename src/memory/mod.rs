//! Room for the large columns. Memory is given out by the system in pages, and
//! to be given one costs about as much as filling it, or far more: what a column
//! of millions of rows needs is asked for by all threads, and used again for the
//! next column. Larger pages than the usual ones are fewer, but a virtual machine
//! may have given just those back to its host, and waits for each: only for what
//! is looked up in any order many times are they worth it.

mod order;

use rayon::prelude::*;

pub use order::Order;

/// Bytes of a large page on the processors that are in use.
const LARGE: usize = 2 << 20;

/// Bytes that one thread asks for at a time.
const ASKED: usize = 2 << 20;

/// Rows that one thread fills at a time, at least.
const FILLED: usize = 1 << 16;

/// Bytes of a column that is to be filled by one thread that are asked for at
/// once, at most: not so many that anybody has to wait for them.
const MOST_AT_ONCE: usize = 64 << 20;

/// Makes room for so many more, if there is memory for them, which one thread
/// fills; a column that is longer in the end grows as it would have without.
pub fn reserve<T>(column: &mut Vec<T>, more: usize) {
    if column.try_reserve(more).is_ok() {
        // The last tenth may never be needed.
        let bytes = (more - more / 10).saturating_mul(size_of::<T>());
        populate(column, bytes.min(MOST_AT_ONCE));
    }
}

/// An empty column with room for so many, which many threads fill.
pub fn with_room<T>(rows: usize) -> Vec<T> {
    let mut column = Vec::new();
    // Without memory for all of them it grows as far as it can.
    if column.try_reserve_exact(rows).is_ok() {
        let bytes = column.capacity() * size_of::<T>();
        populate(&mut column, bytes);
    }
    column
}

/// An empty list with room for so many records, which are looked up in any order.
pub fn for_records<T>(count: usize) -> Vec<T> {
    let mut records = Vec::new();
    // Without memory for all of them it grows as far as it can.
    if records.try_reserve_exact(count).is_ok() {
        in_large_pages(&mut records);
    }
    records
}

/// A column of so many zeros.
pub fn zeros<T: Copy + From<u8>>(rows: usize) -> Vec<T> {
    // Fresh pages are zeros already, and are better met by those who fill them.
    vec![T::from(0); rows]
}

/// A column of so many of one value, written by all threads.
pub fn filled<T: Send>(rows: usize, value: impl Fn() -> T + Sync) -> Vec<T> {
    let mut column = with_room(rows);
    (0..rows).into_par_iter().with_min_len(FILLED).map(|_| value()).collect_into_vec(&mut column);
    column
}

/// One list of several, one behind the other, filled by all threads; with room
/// as [`for_records`].
pub fn joined<T: Copy + Send + Sync>(pieces: Vec<Vec<T>>) -> Vec<T> {
    let rows = pieces.iter().map(Vec::len).sum();
    let mut column = for_records(rows);
    // Without memory for all of them at once it fails as any vector does.
    column.reserve_exact(rows);
    let (mut room, mut copies) = (column.spare_capacity_mut(), Vec::with_capacity(pieces.len()));
    for piece in pieces {
        let (to, rest) = room.split_at_mut(piece.len());
        copies.push((to, piece));
        room = rest;
    }
    copies.into_par_iter().for_each(|(to, piece)| {
        to.iter_mut().zip(&piece).for_each(|(to, value)| {
            to.write(*value);
        });
    });
    // SAFETY: there is room for so many, and each was just written.
    unsafe { column.set_len(rows) };
    column
}

/// Memory of columns that others have taken the place of, for the next ones:
/// where all columns of a side are written anew, most of them need no fresh
/// pages so. One of each width is kept, the one with the most room.
#[derive(Debug, Default)]
pub struct Spare {
    fours: Vec<u32>,
    eights: Vec<u64>,
}

impl Spare {
    /// An empty column with room for so many.
    pub fn room<T: Copy>(&mut self, rows: usize) -> Vec<T> {
        let mut column = match size_of::<T>() {
            4 => emptied(std::mem::take(&mut self.fours)),
            8 => emptied(std::mem::take(&mut self.eights)),
            _ => Vec::new(),
        };
        if column.capacity() < rows {
            column = with_room(rows);
        }
        column
    }

    /// Takes a column that is not needed any more.
    pub fn give<T: Copy>(&mut self, column: Vec<T>) {
        fn keep<T: Copy, K: Copy>(kept: &mut Vec<K>, column: Vec<T>) {
            if column.capacity() > kept.capacity() {
                *kept = emptied(column);
            }
        }
        match size_of::<T>() {
            4 => keep(&mut self.fours, column),
            8 => keep(&mut self.eights, column),
            _ => {}
        }
    }
}

/// An empty column in the memory of one of another type. A vector is collected
/// into the memory of the one it is made from where its values are as wide;
/// where that should fail, the column has no room, and is given some.
fn emptied<T: Copy, K: Copy>(mut column: Vec<T>) -> Vec<K> {
    column.clear();
    column.into_iter().map_while(|_| None).collect()
}

/// Asks for large pages for what a list has room for; without them it is but
/// slower.
#[cfg(target_os = "linux")]
fn in_large_pages<T>(records: &mut Vec<T>) {
    let begin = records.as_ptr() as usize;
    let end = begin + records.capacity() * size_of::<T>();
    let (first, last) = (begin.next_multiple_of(LARGE), end - end % LARGE);
    if first < last {
        // SAFETY: the range lies inside the list's own memory, and the advice
        // changes nothing about what is in it.
        let _ = unsafe { libc::madvise(first as *mut libc::c_void, last - first, libc::MADV_HUGEPAGE) };
    }
}

#[cfg(not(target_os = "linux"))]
fn in_large_pages<T>(_: &mut Vec<T>) {}

/// Asks for the pages of so many bytes behind what is in a column, with all
/// threads; without it each is asked for when it is first met.
#[cfg(target_os = "linux")]
fn populate<T>(column: &mut Vec<T>, bytes: usize) {
    let begin = column.as_ptr() as usize;
    let room = begin + column.capacity() * size_of::<T>();
    let from = begin + column.len() * size_of::<T>();
    let (first, last) = (from.next_multiple_of(ASKED), room.min(from.saturating_add(bytes)));
    (first..last.saturating_sub(ASKED)).into_par_iter().step_by(ASKED).for_each(|page| {
        // SAFETY: the page lies inside the column's own memory, which nobody
        // moves while it is borrowed here, and the advice changes nothing about
        // what is in it.
        let _ = unsafe { libc::madvise(page as *mut libc::c_void, ASKED, libc::MADV_POPULATE_WRITE) };
    });
}

#[cfg(not(target_os = "linux"))]
fn populate<T>(_: &mut Vec<T>, _: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_keeps_what_is_in_it() {
        let mut column: Vec<u64> = (0..1_000).collect();
        reserve(&mut column, 4 * ASKED);
        column.extend(1_000..2_000_000);
        assert!(column.iter().copied().eq(0..2_000_000));
        assert_eq!(zeros::<u32>(3 * ASKED), vec![0; 3 * ASKED]);
    }

    #[test]
    fn the_memory_of_a_column_is_taken_by_the_next_one_of_its_width() {
        let mut spare = Spare::default();
        let column: Vec<i64> = (0..100).collect();
        let at = column.as_ptr() as usize;
        spare.give(column);
        // A smaller one is not kept beside it, and one of another width does not get it.
        spare.give(vec![1u64; 10]);
        assert!(spare.room::<u32>(100).capacity() >= 100);
        let next: Vec<u64> = spare.room(80);
        assert_eq!((next.len(), next.as_ptr() as usize), (0, at));
        spare.give(next);
        assert!(spare.room::<i64>(200).capacity() >= 200);
        assert!(spare.room::<u128>(3).capacity() >= 3);
    }

    #[test]
    fn pieces_are_joined_in_their_order() {
        for ends in [vec![], vec![0], vec![0, 3, 3, 70_003, 70_004]] {
            let starts = [0].iter().chain(&ends);
            let pieces: Vec<Vec<u32>> = starts.zip(&ends).map(|(start, end)| (*start..*end).collect()).collect();
            assert!(joined(pieces).into_iter().eq(0..ends.last().copied().unwrap_or(0)), "{ends:?}");
        }
    }

    #[test]
    fn more_than_there_is_is_not_reserved() {
        let mut column = vec![1u8];
        reserve(&mut column, usize::MAX / 2);
        assert_eq!(column, [1]);
    }
}
