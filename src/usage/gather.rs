//! Lines in another order. Rows of a side come in the order of their files,
//! and a table is in no order at all; what follows looks at both sides of an
//! item at once, which is many times faster when they lie near each other.

use rayon::prelude::*;

/// Rows from which on it pays to put a side in order.
const MANY: usize = 1 << 16;
/// Rows taken by one thread at a time.
pub(super) const CHUNK: usize = 1 << 14;

/// The rows in the order of these times, rows of one time as they stand;
/// `None` where they are few, or nearly in order already.
pub(super) fn by_time(times: &[i64]) -> Option<Vec<u32>> {
    if times.len() < MANY {
        return None;
    }
    let falls = times.par_windows(2).with_min_len(CHUNK).filter(|pair| pair[0] > pair[1]).count();
    (falls > times.len() / 64).then(|| order_of(times))
}

pub(super) fn order_of(times: &[i64]) -> Vec<u32> {
    let mut timed: Vec<(i64, u32)> = times.par_iter().copied().zip(0..times.len() as u32).collect();
    timed.par_sort_unstable();
    timed.into_par_iter().map(|(_, row)| row).collect()
}

/// A column's values in another order; `rest` for rows beyond its end.
pub(super) fn gather<T: Copy + Send + Sync>(column: &[T], order: &[u32], rest: T) -> Vec<T> {
    let value = |row: &u32| column.get(*row as usize).copied().unwrap_or(rest);
    order.par_iter().with_min_len(CHUNK).map(value).collect()
}
