//! Lines in another order. Rows of a side come in the order of their files,
//! and a table is in no order at all; what follows looks at both sides of an
//! item at once, which is many times faster when they lie near each other.

use rayon::prelude::*;

use crate::memory::{self, Spare};

/// Rows from which on it pays to put a side in order.
const MANY: usize = 1 << 16;
/// Parts that times are dealt out to before they are sorted, a power of two.
const PARTS: usize = 1 << 11;
/// Rows dealt out by one thread at a time.
const DEALT: usize = 1 << 17;
/// Rows taken by one thread at a time.
pub(super) const CHUNK: usize = 1 << 14;

/// The rows in the order of these times, rows of one time as they stand;
/// `None` where they are few, or nearly in order already. What memory that took
/// is for the columns.
pub(super) fn by_time(times: &[i64], spare: &mut Spare) -> Option<Vec<u32>> {
    if times.len() < MANY {
        return None;
    }
    let falls = times.par_windows(2).with_min_len(CHUNK).filter(|pair| pair[0] > pair[1]).count();
    (falls > times.len() / 64).then(|| order_of(times, spare))
}

/// Whether no time is before the one that stands before it.
pub(super) fn is_in_order(times: &[i64]) -> bool {
    // A chunk and the first of the next one.
    let in_order = |from: usize| times.get(from..times.len().min(from + CHUNK + 1)).is_some_and(<[i64]>::is_sorted);
    (0..times.len().div_ceil(CHUNK)).into_par_iter().all(|chunk| in_order(chunk * CHUNK))
}

pub(super) fn order_of(times: &[i64], spare: &mut Spare) -> Vec<u32> {
    if let Some(order) = order_of_near(times, spare) {
        return order;
    }
    let mut timed: Vec<(i64, u32)> = times.par_iter().copied().zip(0..times.len() as u32).collect();
    timed.par_sort_unstable();
    timed.into_par_iter().map(|(_, row)| row).collect()
}

/// The same for times that lie within some years of each other, as those of a
/// file do: then a time and its row fit into 64 bits, which are sorted several
/// times faster. `None` where they do not.
fn order_of_near(times: &[i64], spare: &mut Spare) -> Option<Vec<u32>> {
    let wider = |(first, last): (i64, i64), at: i64| (first.min(at), last.max(at));
    let within = |times: &[i64]| times.iter().copied().fold((i64::MAX, i64::MIN), wider);
    let (first, last) = times.par_chunks(CHUNK).map(within).reduce_with(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
    let for_row = usize::BITS - times.len().leading_zeros();
    let for_time = u64::BITS - last.abs_diff(first).leading_zeros();
    if for_row + for_time > u64::BITS {
        return None;
    }
    // Dealt out by their highest bits first, and then each part is sorted by
    // itself.
    let shift = (for_row + for_time).saturating_sub(PARTS.trailing_zeros());
    let key = |(at, row): (&i64, usize)| at.abs_diff(first) << for_row | row as u64;
    let mut keys = memory::zeros(times.len());
    let dealt: Vec<Dealt> = times
        .par_chunks(DEALT)
        .zip(keys.par_chunks_mut(DEALT))
        .enumerate()
        .map(|(chunk, (times, keys))| Dealt::of(times.iter().zip(chunk * DEALT..).map(key), shift, keys))
        .collect();

    let mut order = memory::zeros(times.len());
    let (mut parts, mut rest) = (Vec::with_capacity(PARTS), &mut order[..]);
    for part in 0..PARTS {
        let long = dealt.iter().map(|dealt| dealt.part(part).len()).sum();
        let (rows, others) = rest.split_at_mut(long);
        parts.push(rows);
        rest = others;
    }
    let row = (1u64 << for_row) - 1;
    parts.into_par_iter().enumerate().for_each_init(Vec::new, |keys: &mut Vec<u64>, (part, rows)| {
        keys.clear();
        dealt.iter().for_each(|dealt| keys.extend_from_slice(dealt.part(part)));
        if keys.len() < MANY {
            keys.sort_unstable()
        } else {
            keys.par_sort_unstable()
        }
        rows.iter_mut().zip(keys).for_each(|(to, key)| *to = (*key & row) as u32);
    });
    drop(dealt);
    spare.give(keys);
    Some(order)
}

/// Keys of a run of rows, those of each part together.
struct Dealt<'a> {
    keys: &'a [u64],
    /// Where each part begins, and the end.
    starts: Vec<u32>,
}

impl<'a> Dealt<'a> {
    /// Deals them out into `dealt`, which has room for them.
    fn of(keys: impl Iterator<Item = u64> + Clone, shift: u32, dealt: &'a mut [u64]) -> Self {
        let part = |key: u64| (key >> shift) as usize % PARTS;
        let mut starts = vec![0u32; PARTS + 1];
        keys.clone().for_each(|key| starts[part(key) + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let mut next = starts.clone();
        for key in keys {
            let at = &mut next[part(key)];
            dealt[*at as usize] = key;
            *at += 1;
        }
        Self { keys: dealt, starts }
    }

    fn part(&self, part: usize) -> &[u64] {
        &self.keys[self.starts[part] as usize..self.starts[part + 1] as usize]
    }
}

/// Puts a column's values in another order; `rest` for rows beyond its end.
/// The memory it had is for the next column.
pub(super) fn reordered<T: Copy + Send + Sync>(column: &mut Vec<T>, order: &[u32], rest: T, spare: &mut Spare) {
    let value = |row: &u32| column.get(*row as usize).copied().unwrap_or(rest);
    let mut gathered = spare.room(order.len());
    order.par_iter().with_min_len(CHUNK).map(value).collect_into_vec(&mut gathered);
    spare.give(std::mem::replace(column, gathered));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_of_several_runs_are_dealt_out_and_sorted_as_one() {
        // Many rows of one time, and more in one part than in all others.
        let time = |row: usize| if row.is_multiple_of(3) { 7 } else { (row * 7_919 % 104_729) as i64 };
        let times: Vec<i64> = (0..2 * DEALT + 5).map(time).collect();
        let mut expected: Vec<u32> = (0..times.len() as u32).collect();
        expected.sort_by_key(|row| times[*row as usize]);
        let mut spare = Spare::default();
        assert_eq!(by_time(&times, &mut spare), Some(expected));
        assert!(spare.room::<i64>(times.len()).capacity() >= times.len());
        assert_eq!(by_time(&(0..times.len() as i64).collect::<Vec<_>>(), &mut spare), None);
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

    proptest! {
        #[test]
        fn rows_of_one_time_stay_as_they_stand(
            times in proptest::collection::vec(prop_oneof![0i64..5, -3_000_000_000_000_000i64..4_000_000_000_000_000], 0..300),
            none in any::<bool>(),
        ) {
            let mut times = times;
            // A row without a time is far from all others.
            times.extend(none.then_some(i64::MIN));
            let mut expected: Vec<u32> = (0..times.len() as u32).collect();
            expected.sort_by_key(|row| times[*row as usize]);
            prop_assert_eq!(order_of(&times, &mut Spare::default()), expected);
            prop_assert_eq!(is_in_order(&times), times.is_sorted());
            let alone = times.len() < 2;
            prop_assert_eq!(order_of_near(&times, &mut Spare::default()).is_none(), times.is_empty() || (none && !alone));
        }
    }
}
