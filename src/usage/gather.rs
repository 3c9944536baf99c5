//! Lines in another order. Rows of a side come in the order of their files,
//! and a table is in no order at all; what follows looks at both sides of an
//! item at once, which is many times faster when they lie near each other.

use rayon::prelude::*;

use crate::memory;

/// Rows from which on it pays to put a side in order.
const MANY: usize = 1 << 16;
/// Parts that times are dealt out to before they are sorted, a power of two.
const PARTS: usize = 1 << 11;
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
    if let Some(order) = order_of_near(times) {
        return order;
    }
    let mut timed: Vec<(i64, u32)> = times.par_iter().copied().zip(0..times.len() as u32).collect();
    timed.par_sort_unstable();
    timed.into_par_iter().map(|(_, row)| row).collect()
}

/// The same for times that lie within some years of each other, as those of a
/// file do: then a time and its row fit into 64 bits, which are sorted several
/// times faster. `None` where they do not.
fn order_of_near(times: &[i64]) -> Option<Vec<u32>> {
    let first = times.par_iter().copied().min()?;
    let last = times.par_iter().copied().max()?;
    let for_row = usize::BITS - times.len().leading_zeros();
    let for_time = u64::BITS - last.abs_diff(first).leading_zeros();
    if for_row + for_time > u64::BITS {
        return None;
    }
    let key = |(at, row): (&i64, u32)| at.abs_diff(first) << for_row | u64::from(row);
    let keys: Vec<u64> = times.par_iter().zip(0..times.len() as u32).map(key).collect();

    // Dealt out by their highest bits first, and then each part by itself.
    let shift = (for_row + for_time).saturating_sub(PARTS.trailing_zeros());
    let part = |key: u64| (key >> shift) as usize;
    let mut lengths = vec![0u32; PARTS];
    for key in &keys {
        *lengths.get_mut(part(*key))? += 1;
    }
    let mut next: Vec<u32> =
        lengths.iter().scan(0, |end, length| Some(std::mem::replace(end, *end + length))).collect();
    let mut dealt = vec![0u64; keys.len()];
    for key in keys {
        let place = next.get_mut(part(key))?;
        *dealt.get_mut(*place as usize)? = key;
        *place += 1;
    }
    let (mut parts, mut rest) = (Vec::with_capacity(PARTS), &mut dealt[..]);
    for length in lengths {
        let (part, others) = rest.split_at_mut(length as usize);
        parts.push(part);
        rest = others;
    }
    parts
        .into_par_iter()
        .for_each(|part| if part.len() < MANY { part.sort_unstable() } else { part.par_sort_unstable() });
    let row = (1u64 << for_row) - 1;
    Some(dealt.into_par_iter().map(|key| (key & row) as u32).collect())
}

/// A column's values in another order; `rest` for rows beyond its end.
pub(super) fn gather<T: Copy + Send + Sync>(column: &[T], order: &[u32], rest: T) -> Vec<T> {
    let value = |row: &u32| column.get(*row as usize).copied().unwrap_or(rest);
    let mut gathered = memory::with_room(order.len());
    order.par_iter().with_min_len(CHUNK).map(value).collect_into_vec(&mut gathered);
    gathered
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            prop_assert_eq!(order_of(&times), expected);
            let alone = times.len() < 2;
            prop_assert_eq!(order_of_near(&times).is_none(), times.is_empty() || (none && !alone));
        }
    }
}
