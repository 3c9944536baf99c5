//! Lines in another order. Rows of a side come in the order of their files,
//! and a table is in no order at all; what follows looks at both sides of an
//! item at once, which is many times faster when they lie near each other.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

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

/// Rows that one bucket of time should hold, and buckets at the most.
const IN_A_BUCKET: usize = 16;
const MOST_BUCKETS: usize = 1 << 16;

/// The rows in the order of their times: spread over short stretches of time
/// first, and then sorted within each, which is a matter of a few rows.
pub(super) fn order_of(times: &[i64]) -> Vec<u32> {
    let wanted = (times.len() / IN_A_BUCKET).next_power_of_two().min(MOST_BUCKETS);
    let dated = || times.par_iter().with_min_len(CHUNK).copied().filter(|time| *time != i64::MIN);
    let (Some(first), Some(last)) = (dated().min(), dated().max()) else {
        return (0..times.len() as u32).collect();
    };
    let mut shift = 0;
    while last.abs_diff(first) >> shift >= wanted as u64 {
        shift += 1;
    }
    // Rows without a time stand in the first bucket, before all others.
    let bucket = |time: i64| if time == i64::MIN { 0 } else { (time.abs_diff(first) >> shift) as usize + 1 };
    let buckets = wanted + 1;
    // How many rows of each chunk are in each bucket, and then where the chunk's
    // part of it begins.
    let chunk = times.len().div_ceil(rayon::current_num_threads()).max(CHUNK);
    let mut places: Vec<Vec<u32>> = times
        .par_chunks(chunk)
        .map(|times| {
            let mut counts = vec![0u32; buckets];
            times.iter().for_each(|time| counts[bucket(*time)] += 1);
            counts
        })
        .collect();
    let (mut starts, mut next) = (Vec::with_capacity(buckets + 1), 0);
    for bucket in 0..buckets {
        starts.push(next);
        for places in &mut places {
            next += std::mem::replace(&mut places[bucket], next);
        }
    }
    starts.push(next);
    let order: Vec<AtomicU32> = std::iter::repeat_with(AtomicU32::default).take(times.len()).collect();
    times.par_chunks(chunk).zip(places).enumerate().for_each(|(number, (times, mut places))| {
        for (row, time) in ((number * chunk) as u32..).zip(times) {
            let place = &mut places[bucket(*time)];
            order[*place as usize].store(row, Relaxed);
            *place += 1;
        }
    });
    let mut order: Vec<u32> = order.into_iter().map(AtomicU32::into_inner).collect();
    sort_within(&mut order, &starts, times);
    order
}

/// Sorts the rows of each bucket; `starts` says where they begin.
fn sort_within(order: &mut [u32], starts: &[u32], times: &[i64]) {
    let buckets = starts.len().saturating_sub(1).div_ceil(rayon::current_num_threads() * 8).max(1);
    let mut runs: Vec<(&mut [u32], &[u32])> = Vec::new();
    let mut rest = order;
    for starts in starts.windows(buckets + 1).step_by(buckets).chain(tail(starts, buckets)) {
        let (Some(from), Some(to)) = (starts.first(), starts.last()) else { continue };
        let (run, behind) = std::mem::take(&mut rest).split_at_mut((to - from) as usize);
        runs.push((run, starts));
        rest = behind;
    }
    runs.into_par_iter().for_each(|(run, starts)| {
        let base = starts.first().copied().unwrap_or(0) as usize;
        for pair in starts.windows(2) {
            let bucket = &mut run[pair[0] as usize - base..pair[1] as usize - base];
            bucket.sort_unstable_by_key(|row| (times[*row as usize], *row));
        }
    });
}

/// What whole runs of so many buckets leave at the end.
fn tail(starts: &[u32], buckets: usize) -> Option<&[u32]> {
    let whole = starts.len().saturating_sub(1) / buckets * buckets;
    starts.get(whole..).filter(|rest| rest.len() > 1)
}

/// A column's values in another order; `rest` for rows beyond its end.
pub(super) fn gather<T: Copy + Send + Sync>(column: &[T], order: &[u32], rest: T) -> Vec<T> {
    let value = |row: &u32| column.get(*row as usize).copied().unwrap_or(rest);
    order.par_iter().with_min_len(CHUNK).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_come_in_the_order_of_time_and_those_of_one_time_as_they_stood(
            times in proptest::collection::vec(
                prop_oneof![4 => 0i64..50, 2 => any::<i64>(), 1 => Just(i64::MIN)],
                0..400,
            ),
        ) {
            let mut expect: Vec<u32> = (0..times.len() as u32).collect();
            expect.sort_by_key(|row| times[*row as usize]);
            prop_assert_eq!(order_of(&times), expect);
        }
    }

    #[test]
    fn many_rows_are_spread_over_many_buckets() {
        let times: Vec<i64> = (0..200_000i64).map(|n| n.wrapping_mul(611_953) % 100_003).collect();
        let mut expect: Vec<u32> = (0..times.len() as u32).collect();
        expect.sort_by_key(|row| times[*row as usize]);
        assert_eq!(order_of(&times), expect);
    }
}
