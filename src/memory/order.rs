//! Large columns in another order. To fetch each value from where it stands
//! costs a look at far memory for each, of each column. In two steps it is near:
//! within runs of rows that fit into a processor's own memory, and then within
//! parts of the result that do, too.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::{Spare, filled};

/// Rows that are dealt out to the parts together.
const RUN: usize = 1 << 16;
/// Parts of the result.
const PARTS: usize = 1 << 10;
/// Bits of what keys are counted by, to cut them into parts that are alike.
const COUNTED: u32 = 16;
/// Rows of a part that are sorted on all cores.
const LARGE: usize = 1 << 16;

/// An order of rows by a key; rows with the same key stay as they stand.
pub struct Order {
    /// By run: its rows, counted within it, those of each part together.
    dealt: Vec<u16>,
    /// By run: where each part begins in it, and its end.
    starts: Vec<[u32; PARTS + 1]>,
    /// Where each part begins in the result, and its end.
    begins: Vec<usize>,
    /// For each row of the result its place among all rows of its part, which
    /// stand run by run.
    within: Vec<u32>,
    /// For each row of the result the one it was, for those who ask one by one.
    rows: OnceLock<Vec<u32>>,
}

impl Order {
    /// The order of rows by these keys. What memory it takes beside its own is
    /// for the columns.
    pub fn by(keys: &[i64], spare: &mut Spare) -> Self {
        let parts = Parts::of(keys);
        let dealt = filled(keys.len(), || 0);
        let mut order =
            Self { dealt, starts: Vec::new(), begins: Vec::new(), within: Vec::new(), rows: OnceLock::new() };
        let deal = |(keys, dealt): (&[i64], &mut [u16])| parts.deal(keys, dealt);
        order.starts = keys.par_chunks(RUN).zip(order.dealt.par_chunks_mut(RUN)).map(deal).collect();
        order.begins = vec![0; PARTS + 1];
        for starts in &order.starts {
            let ends = starts.iter().skip(1).zip(starts);
            order.begins.iter_mut().skip(1).zip(ends).for_each(|(rows, (end, start))| *rows += (end - start) as usize);
        }
        (1..order.begins.len()).for_each(|part| order.begins[part] += order.begins[part - 1]);

        let mut by_part = spare.room(keys.len());
        keys.par_iter().with_min_len(RUN).copied().collect_into_vec(&mut by_part);
        order.run_by_run(&mut by_part);
        let mut within = filled(keys.len(), || 0);
        order.parts_of(&mut within).into_par_iter().for_each_init(Vec::new, |keys, (part, within)| {
            keys.clear();
            order.runs(&by_part, part).for_each(|run| keys.extend_from_slice(run));
            sort(keys, within);
        });
        order.within = within;
        spare.give(by_part);
        order
    }

    /// How many rows.
    pub fn count(&self) -> usize {
        self.within.len()
    }

    /// For each row the one it was.
    pub fn rows(&self) -> &[u32] {
        if let Some(rows) = self.rows.get() {
            return rows;
        }
        // Not within the lock: the threads it takes might wait for it.
        let mut rows = (0..self.count() as u32).collect();
        self.put(&mut rows, &mut Spare::default());
        self.rows.get_or_init(|| rows)
    }

    /// Puts the values of a column in order, one for each row.
    ///
    /// # Panics
    /// If the column has not as many values as there are rows.
    pub fn put<T: Copy + Send + Sync>(&self, column: &mut Vec<T>, spare: &mut Spare) {
        let mut to = spare.room(self.count());
        self.put_into(column, &mut to);
        spare.give(std::mem::replace(column, to));
    }

    /// The same into a column that is empty. The values of the other are no
    /// longer in any order.
    ///
    /// # Panics
    /// If there are not as many values as rows.
    pub fn put_into<T: Copy + Send + Sync>(&self, column: &mut [T], to: &mut Vec<T>) {
        assert_eq!((column.len(), to.len()), (self.count(), 0), "a column has a value for each row");
        self.run_by_run(column);
        to.reserve_exact(self.count());
        let room = to.spare_capacity_mut().get_mut(..self.count()).unwrap_or_default();
        self.parts_of(room).into_par_iter().for_each_init(Vec::new, |values, (part, to)| {
            values.clear();
            self.runs(column, part).for_each(|run| values.extend_from_slice(run));
            let within = &self.within[self.begins[part]..self.begins[part + 1]];
            to.iter_mut().zip(within).for_each(|(to, at)| {
                to.write(values[*at as usize]);
            });
        });
        // SAFETY: there is room for so many, and the parts, of which each has
        // been written from its first to its last, are all of it.
        unsafe { to.set_len(self.count()) };
    }

    /// Puts the values of each run in the order in which its rows are dealt out.
    fn run_by_run<T: Copy + Send + Sync>(&self, column: &mut [T]) {
        column.par_chunks_mut(RUN).zip(self.dealt.par_chunks(RUN)).for_each_init(Vec::new, |values, (run, dealt)| {
            values.clear();
            values.extend_from_slice(run);
            run.iter_mut().zip(dealt).for_each(|(to, row)| *to = values[usize::from(*row)]);
        });
    }

    /// What each run of a column has of a part.
    fn runs<'a, T>(&'a self, column: &'a [T], part: usize) -> impl Iterator<Item = &'a [T]> {
        let of = move |(run, starts): (&'a [T], &'a [u32; PARTS + 1])| {
            run.get(starts[part] as usize..starts[part + 1] as usize).unwrap_or_default()
        };
        column.chunks(RUN).zip(&self.starts).map(of)
    }

    /// The parts of a column of the result, with their numbers.
    fn parts_of<'a, T>(&self, mut column: &'a mut [T]) -> Vec<(usize, &'a mut [T])> {
        let mut parts = Vec::with_capacity(PARTS);
        for (part, ends) in self.begins.windows(2).enumerate() {
            let (of_part, rest) = std::mem::take(&mut column).split_at_mut(ends[1] - ends[0]);
            parts.push((part, of_part));
            column = rest;
        }
        parts
    }
}

/// Which part a key belongs to: keys are counted by their highest bits, and cut
/// into parts of about as many rows.
struct Parts {
    first: i64,
    shift: u32,
    /// By the highest bits of what lies between a key and the first.
    parts: Vec<u16>,
}

impl Parts {
    fn of(keys: &[i64]) -> Self {
        // A row without a time has the least key there is, far below all others.
        let known = |keys: &[i64]| {
            let known = keys.iter().copied().filter(|key| *key != i64::MIN);
            known.fold((i64::MAX, i64::MIN), |(first, last), key| (first.min(key), last.max(key)))
        };
        let within = keys.par_chunks(RUN).map(known).reduce_with(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let (first, last) = within.filter(|(first, last)| first <= last).unwrap_or_default();
        let shift = (u64::BITS - last.abs_diff(first).leading_zeros()).saturating_sub(COUNTED);
        let mut parts = Self { first, shift, parts: Vec::new() };
        let none = || vec![0u32; (1 << COUNTED) + 1];
        let count = |mut counts: Vec<u32>, keys: &[i64]| {
            keys.iter().for_each(|key| counts[parts.counted(*key)] += 1);
            counts
        };
        let add = |mut counts: Vec<u32>, others: Vec<u32>| {
            counts.iter_mut().zip(others).for_each(|(count, other)| *count += other);
            counts
        };
        let runs = keys.par_chunks(RUN).with_min_len(keys.len() / RUN / 16 + 1);
        let counts = runs.fold(none, count).reduce(none, add);
        let mut before = 0u64;
        parts.parts = counts
            .into_iter()
            .map(|count| {
                let part = before * PARTS as u64 / keys.len().max(1) as u64;
                before += u64::from(count);
                part.min(PARTS as u64 - 1) as u16
            })
            .collect();
        parts
    }

    fn counted(&self, key: i64) -> usize {
        if key == i64::MIN { 0 } else { (key.abs_diff(self.first) >> self.shift) as usize + 1 }
    }

    fn part(&self, key: i64) -> usize {
        usize::from(self.parts[self.counted(key)])
    }

    /// Deals the rows of a run out to the parts; where each begins, and the end.
    fn deal(&self, keys: &[i64], dealt: &mut [u16]) -> [u32; PARTS + 1] {
        let mut starts = [0; PARTS + 1];
        keys.iter().for_each(|key| starts[self.part(*key) + 1] += 1);
        (1..starts.len()).for_each(|part| starts[part] += starts[part - 1]);
        let mut next = starts;
        for (row, key) in (0..=u16::MAX).zip(keys) {
            let at = &mut next[self.part(*key)];
            dealt[*at as usize] = row;
            *at += 1;
        }
        starts
    }
}

/// The places of keys in their order; those of one key as they stand.
fn sort(keys: &[i64], places: &mut [u32]) {
    fn sorted<T: Ord + Send>(all: &mut [T]) {
        if all.len() < LARGE { all.sort_unstable() } else { all.par_sort_unstable() }
    }
    let first = keys.iter().copied().min().unwrap_or_default();
    let last = keys.iter().copied().max().unwrap_or_default();
    let for_place = usize::BITS - keys.len().leading_zeros();
    if u64::BITS - last.abs_diff(first).leading_zeros() + for_place > u64::BITS {
        let mut keyed: Vec<(i64, u32)> = keys.iter().copied().zip(0..).collect();
        sorted(&mut keyed);
        places.iter_mut().zip(keyed).for_each(|(place, (_, at))| *place = at);
        return;
    }
    // A key and its place fit into one number, which is sorted faster.
    let mut keyed: Vec<u64> = (0..).zip(keys).map(|(at, key)| key.abs_diff(first) << for_place | at).collect();
    sorted(&mut keyed);
    let place = (1 << for_place) - 1;
    places.iter_mut().zip(keyed).for_each(|(to, key)| *to = (key & place) as u32);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    impl Order {
        /// An order as rows say it, each of them once.
        pub fn of_rows(rows: &[u32]) -> Self {
            let mut keys = vec![0; rows.len()];
            (0..).zip(rows).for_each(|(place, row)| keys[*row as usize] = place);
            Self::by(&keys, &mut Spare::default())
        }
    }

    fn expected(keys: &[i64]) -> Vec<u32> {
        let mut rows: Vec<u32> = (0..keys.len() as u32).collect();
        rows.sort_by_key(|row| keys[*row as usize]);
        rows
    }

    #[test]
    fn columns_of_many_runs_are_put_in_order_whatever_their_width() {
        // Many rows of one key, and more in one part than in all others.
        let key = |row: usize| if row.is_multiple_of(3) { 7 } else { (row * 7_919 % 1_299_709) as i64 };
        let keys: Vec<i64> = (0..3 * RUN + 5).map(key).collect();
        let mut spare = Spare::default();
        let (order, rows) = (Order::by(&keys, &mut spare), expected(&keys));
        assert!(spare.room::<i64>(keys.len()).capacity() >= keys.len(), "its memory is for the columns");
        assert_eq!(order.rows(), rows);
        let mut bytes: Vec<u8> = (0..keys.len()).map(|row| row as u8).collect();
        order.put(&mut bytes, &mut spare);
        assert!(bytes.iter().zip(&rows).all(|(byte, row)| *byte == *row as u8));
        let mut wide: Vec<[u64; 3]> = (0..keys.len() as u64).map(|row| [row, 1, row]).collect();
        order.put(&mut wide, &mut spare);
        assert!(wide.iter().zip(&rows).all(|(wide, row)| *wide == [u64::from(*row), 1, u64::from(*row)]));
    }

    proptest! {
        #[test]
        fn rows_of_one_key_stay_as_they_stand(
            keys in proptest::collection::vec(prop_oneof![
                0i64..5, -3_000_000_000_000_000i64..4_000_000_000_000_000, Just(i64::MIN), any::<i64>()
            ], 0..300),
        ) {
            let order = Order::by(&keys, &mut Spare::default());
            prop_assert_eq!(order.rows(), expected(&keys));
        }
    }
}
