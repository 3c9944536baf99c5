//! Lines in another order. Rows of a side come in the order of their files,
//! and a table is in no order at all; what follows looks at both sides of an
//! item at once, which is many times faster when they lie near each other.

use rayon::prelude::*;

use crate::memory::{Order, Spare};

/// Rows from which on it pays to put a side in order.
const MANY: usize = 1 << 16;
/// Rows taken by one thread at a time.
pub(super) const CHUNK: usize = 1 << 14;

/// The rows in the order of these times, rows of one time as they stand;
/// `None` where they are few, or nearly in order already. What memory that took
/// is for the columns.
pub(super) fn by_time(times: &[i64], spare: &mut Spare) -> Option<Order> {
    if times.len() < MANY {
        return None;
    }
    let falls = times.par_windows(2).with_min_len(CHUNK).filter(|pair| pair[0] > pair[1]).count();
    (falls > times.len() / 64).then(|| Order::by(times, spare))
}

/// Whether no time is before the one that stands before it.
pub(super) fn is_in_order(times: &[i64]) -> bool {
    // A chunk and the first of the next one.
    let in_order = |from: usize| times.get(from..times.len().min(from + CHUNK + 1)).is_some_and(<[i64]>::is_sorted);
    (0..times.len().div_ceil(CHUNK)).into_par_iter().all(|chunk| in_order(chunk * CHUNK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_many_rows_that_are_not_nearly_in_order_are_put_in_order() {
        let mut spare = Spare::default();
        let times = |rows: usize, step: usize| (0..rows).map(|row| (row * step % rows) as i64).collect::<Vec<_>>();
        let mixed = times(MANY + 1, 7_919);
        let order = by_time(&mixed, &mut spare).unwrap();
        assert!(order.rows().iter().map(|row| mixed[*row as usize]).eq(0..mixed.len() as i64));
        assert!(by_time(&times(MANY + 1, 1), &mut spare).is_none());
        assert!(by_time(&times(MANY - 1, 7_919), &mut spare).is_none());
    }

    #[test]
    fn a_fall_between_two_chunks_is_seen() {
        let times: Vec<i64> = (0..2 * CHUNK as i64).collect();
        let with = |at: usize, time: i64| {
            let mut times = times.clone();
            times[at] = time;
            is_in_order(&times)
        };
        assert!(is_in_order(&times) && is_in_order(&[]));
        assert!(!with(CHUNK, 0) && !with(CHUNK - 1, i64::MAX) && !with(0, 2) && !with(2 * CHUNK - 1, 0));
    }
}
