//! Where on a list the open items are, in parts of equal length, so that the
//! scrollbar shows it. Counted once when the rows or the decisions change.

use rayon::prelude::*;

/// Parts that a list is counted in; a screen has fewer rows.
const PARTS: usize = 1_024;

/// How full a row of the minimap is: nothing open, up to as many as anywhere
/// on the list.
pub const LEVELS: u32 = 4;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenMap {
    /// Rows of the list.
    len: usize,
    /// Open items of each part.
    counts: Vec<u32>,
}

impl OpenMap {
    /// Counts `open` items over the rows of a list.
    pub fn of(len: usize, open: impl Fn(usize) -> u32 + Sync) -> Self {
        let parts = len.min(PARTS);
        let count = |part: usize| {
            let (from, to) = (part * len / parts, (part + 1) * len / parts);
            (from..to).fold(0u32, |sum, at| sum.saturating_add(open(at)))
        };
        Self { len, counts: (0..parts).into_par_iter().map(count).collect() }
    }

    /// How full each of `rows` rows is: 0 where nothing is open, to [`LEVELS`]
    /// where the largest share of what it stands for is. Where the list has fewer rows, each has its own.
    pub fn levels(&self, rows: usize) -> Vec<u32> {
        let rows = rows.min(self.len);
        let parts = self.counts.len();
        // Open items of each row, and how many rows of the list it stands for:
        // these differ by one or two, which must not look like a difference.
        let mut sums = vec![(0u128, 0u128); rows];
        for (part, count) in self.counts.iter().enumerate() {
            if let Some((sum, of)) = sums.get_mut(part * rows / parts) {
                *sum += u128::from(*count);
                *of += ((part + 1) * self.len / parts - part * self.len / parts) as u128;
            }
        }
        let fuller = |a: &&(u128, u128), b: &&(u128, u128)| (a.0 * b.1).cmp(&(b.0 * a.1));
        let (most, of_most) = sums.iter().max_by(fuller).copied().unwrap_or_default();
        let level = |(sum, of): (u128, u128)| {
            if sum == 0 { 0 } else { (sum * of_most * u128::from(LEVELS)).div_ceil((most * of).max(1)) as u32 }
        };
        sums.into_iter().map(level).collect()
    }
}

/// The rows of a bar of `rows` rows that stand for what is on the screen:
/// `height` rows of a list of `len`, from `top` on. At least one where there is
/// anything.
pub fn thumb(top: usize, height: usize, len: usize, rows: usize) -> std::ops::Range<usize> {
    let rows = rows.min(len);
    if rows == 0 {
        return 0..0;
    }
    let from = (top * rows / len).min(rows - 1);
    let to = ((top + height).min(len) * rows).div_ceil(len);
    from..to.clamp(from + 1, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_short_list_has_a_row_for_each_of_its_own() {
        let map = OpenMap::of(3, |at| [0, 1, 4][at]);
        assert_eq!(map.levels(10), [0, 1, 4]);
        assert_eq!(OpenMap::of(0, |_| 1).levels(10), Vec::<u32>::new());
        assert_eq!(OpenMap::of(5, |_| 0).levels(2), [0, 0]);
        assert_eq!(OpenMap::of(151, |_| 1).levels(43), [LEVELS; 43], "as open everywhere is as full everywhere");
    }

    #[test]
    fn one_open_item_among_a_million_is_seen_where_it_is() {
        let map = OpenMap::of(1_000_000, |at| u32::from(at == 750_001));
        assert_eq!(map.levels(4), [0, 0, 0, 4]);
        assert_eq!(map.levels(40).iter().position(|level| *level > 0), Some(30));
    }

    #[test]
    fn the_thumb_covers_what_is_on_the_screen() {
        assert_eq!(thumb(0, 20, 10, 20), 0..10);
        assert_eq!(thumb(0, 20, 1_000_000, 20), 0..1);
        assert_eq!(thumb(999_980, 20, 1_000_000, 20), 19..20);
        assert_eq!(thumb(20, 20, 60, 20), 6..14);
        assert_eq!(thumb(0, 20, 0, 20), 0..0);
    }

    proptest! {
        #[test]
        fn what_is_open_is_never_lost_on_the_map(open in proptest::collection::vec(any::<bool>(), 1..3_000), rows in 1usize..80) {
            let levels = OpenMap::of(open.len(), |at| u32::from(open[at])).levels(rows);
            prop_assert_eq!(levels.len(), rows.min(open.len()));
            prop_assert_eq!(levels.iter().any(|level| *level > 0), open.contains(&true));
            prop_assert!(levels.iter().all(|level| *level <= LEVELS));
            // Where nothing is open in a row's whole stretch, nothing shows.
            if open.len() <= PARTS {
                for (row, level) in levels.iter().enumerate() {
                    let stretch = (0..open.len()).filter(|at| at * levels.len() / open.len() == row);
                    prop_assert_eq!(*level > 0, stretch.into_iter().any(|at| open[at]));
                }
            }
        }

        #[test]
        fn the_thumb_is_always_on_its_bar(top in 0usize..5_000, height in 1usize..80, len in 1usize..5_000, rows in 1usize..80) {
            let thumb = thumb(top.min(len - 1), height, len, rows);
            prop_assert!(thumb.start < thumb.end && thumb.end <= rows.min(len));
        }
    }
}
