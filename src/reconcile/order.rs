//! The order of rows by what they say. Where a row stands in its file decides
//! only between rows that say exactly the same.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::usage::{Lines, Names, Shape, Sym};

/// Rows of a group from which on their times are looked up first.
const MANY: usize = 64;
/// Rows of a group that are sorted on all cores.
const LARGE: usize = 1 << 16;

/// Rows of one side, compared.
#[derive(Clone, Copy)]
pub(super) struct Order<'a> {
    pub names: &'a Names,
    pub lines: &'a Lines,
    /// As [`Names::ranks`] has them; empty where few rows are compared, which
    /// are compared by the texts.
    pub ranks: &'a [u32],
}

impl Order<'_> {
    /// Microseconds since 1970; rows without a time come first.
    pub fn time(self, row: u32) -> i64 {
        self.lines.at(row).map_or(i64::MIN, |at| at.micros())
    }

    /// The fields by which a row without an id stays the same row when an
    /// amount changes: time, id, model, user and tokens.
    pub fn identity(self, a: u32, b: u32) -> Ordering {
        let l = self.lines;
        let start = self.time(a).cmp(&self.time(b)).then_with(|| l.shape(a).cmp(&l.shape(b)));
        if matches!(l.shape(a), Shape::Cost | Shape::Usage) {
            return start.then_with(|| self.dimensions(a, b));
        }
        start
            .then_with(|| l.ids().compare(a, b))
            .then_with(|| self.text(l.model(a), l.model(b)))
            .then_with(|| self.text(l.user(a), l.user(b)))
            .then_with(|| l.input(a).cmp(&l.input(b)))
            .then_with(|| l.output(a).cmp(&l.output(b)))
            .then_with(|| l.total(a).cmp(&l.total(b)))
    }

    /// What comes first in [`Order::identity`] behind the time, as one number:
    /// where two of these differ, so do the rows, and in the same direction.
    /// Rows of one day come in hundreds of thousands, and then it is fetched
    /// once for each row and not for each comparison.
    pub fn prefix(self, row: u32) -> u128 {
        let l = self.lines;
        let rank = |sym: Sym| u128::from(self.ranks.get(sym.0 as usize).copied().unwrap_or_default());
        let pair = |high: Sym, low: Sym| rank(high) << 32 | rank(low);
        let shape = (l.shape(row) as u128) << 120;
        if matches!(l.shape(row), Shape::Cost | Shape::Usage) {
            return shape | pair(l.account(row), l.model(row));
        }
        match l.id(row).as_bytes() {
            // An empty id comes before all others.
            [] => shape | pair(l.model(row), l.user(row)),
            id => {
                let first = (0..7).fold(0u128, |first, at| first << 8 | u128::from(id.get(at).copied().unwrap_or(0)));
                shape | 1 << 119 | first << 60
            }
        }
    }

    /// What a row of costs or usage is about: all that it is grouped by. Its
    /// counts and its amount may still grow.
    fn dimensions(self, a: u32, b: u32) -> Ordering {
        let l = self.lines;
        let texts = [Lines::account, Lines::model, Lines::user, Lines::project, Lines::api_key, Lines::action];
        let texts = texts.into_iter().chain([Lines::tier as fn(&Lines, u32) -> Sym, Lines::item_text]);
        texts
            .fold(Ordering::Equal, |order, text| order.then_with(|| self.text(text(l, a), text(l, b))))
            .then_with(|| l.span(a).cmp(&l.span(b)))
    }

    /// What only some formats say.
    fn more(self, a: u32, b: u32) -> Ordering {
        let l = self.lines;
        (self.text(l.tier(a), l.tier(b)))
            .then_with(|| self.text(l.item_text(a), l.item_text(b)))
            .then_with(|| self.text(l.currency(a), l.currency(b)))
            .then_with(|| l.foreign(a).cmp(&l.foreign(b)))
            .then_with(|| l.span(a).cmp(&l.span(b)))
            .then_with(|| l.class(a).cmp(&l.class(b)))
            .then_with(|| l.long_context(a).cmp(&l.long_context(b)))
            .then_with(|| l.cache_write(a).cmp(&l.cache_write(b)))
            .then_with(|| l.reasoning(a).cmp(&l.reasoning(b)))
            .then_with(|| l.modalities(a).cmp(&l.modalities(b)))
            .then_with(|| l.requests(a).cmp(&l.requests(b)))
    }

    /// Everything a row says.
    pub fn content(self, a: u32, b: u32) -> Ordering {
        self.usage(a, b).then_with(|| self.worth(a, b))
    }

    /// Of what a row says, whose usage it is and in how many tokens.
    fn usage(self, a: u32, b: u32) -> Ordering {
        let l = self.lines;
        self.identity(a, b)
            .then_with(|| self.text(l.action(a), l.action(b)))
            .then_with(|| self.text(l.account(a), l.account(b)))
            .then_with(|| self.text(l.project(a), l.project(b)))
            .then_with(|| self.text(l.api_key(a), l.api_key(b)))
            .then_with(|| l.input(a).cmp(&l.input(b)))
            .then_with(|| l.cached(a).cmp(&l.cached(b)))
            .then_with(|| l.output(a).cmp(&l.output(b)))
            .then_with(|| l.total(a).cmp(&l.total(b)))
    }

    /// What comes behind it: what it came to otherwise, and what only some
    /// formats say.
    fn worth(self, a: u32, b: u32) -> Ordering {
        let l = self.lines;
        let reason = |row| l.not_applicable(row).map(|n| n as u8);
        (l.quantity(a).cmp(&l.quantity(b)))
            .then_with(|| self.text(l.unit(a), l.unit(b)))
            .then_with(|| l.credits(a).cmp(&l.credits(b)))
            .then_with(|| l.amount(a).cmp(&l.amount(b)))
            .then_with(|| self.more(a, b))
            .then_with(|| reason(a).cmp(&reason(b)))
    }

    /// Rows of two items, each in the order of its content.
    pub fn compare(self, left: &[u32], right: &[u32]) -> Ordering {
        let mut pairs = left.iter().zip(right).map(|(a, b)| self.content(*a, *b));
        pairs.find(|order| order.is_ne()).unwrap_or_else(|| left.len().cmp(&right.len()))
    }

    /// Puts rows in the order of their content.
    pub fn sort(self, rows: &mut [u32]) {
        if rows.len() < MANY {
            // Credits of one user, usage type and day have most in common: then
            // that is compared once for each row and not for each comparison.
            match rows.windows(2).all(|pair| self.usage(pair[0], pair[1]).is_eq()) {
                true => rows.sort_unstable_by(|a, b| self.worth(*a, *b).then(a.cmp(b))),
                false => rows.sort_unstable_by(|a, b| self.content(*a, *b).then(a.cmp(b))),
            }
            return;
        }
        // Time comes first in the order, and nearly always decides: it is
        // fetched once for each row and not for each comparison.
        let mut timed: Vec<(i64, u32)> = rows.par_iter().map(|row| (self.time(*row), *row)).collect();
        if timed.len() < LARGE {
            timed.sort_unstable()
        } else {
            timed.par_sort_unstable()
        }
        // Rows of one time are few: only they are compared by all they say.
        timed.par_chunk_by_mut(|a, b| a.0 == b.0).filter(|run| run.len() > 1).for_each(|run| {
            sort_keyed(run, |row| self.prefix(row.1), |a, b| self.content(a.1, b.1).then(a.1.cmp(&b.1)));
        });
        rows.par_iter_mut().zip(timed).for_each(|(row, (_, sorted))| *row = sorted);
    }

    fn text(self, a: Sym, b: Sym) -> Ordering {
        if a == b {
            return Ordering::Equal;
        }
        match (self.ranks.get(a.0 as usize), self.ranks.get(b.0 as usize)) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => self.names.text(a).cmp(self.names.text(b)),
        }
    }
}

/// Sorts by a key that is made once for each, and where keys are equal by
/// `rest`; a few are sorted by `rest` alone, which must agree with the key.
pub(super) fn sort_keyed<T: Copy + Send + Sync, K: Ord + Copy + Send + Sync>(
    items: &mut [T],
    key: impl Fn(&T) -> K + Sync,
    rest: impl Fn(&T, &T) -> Ordering + Sync,
) {
    if items.len() < MANY {
        items.sort_unstable_by(rest);
        return;
    }
    let mut keyed: Vec<(K, T)> = items.par_iter().with_min_len(1 << 13).map(|item| (key(item), *item)).collect();
    let order = |a: &(K, T), b: &(K, T)| a.0.cmp(&b.0).then_with(|| rest(&a.1, &b.1));
    if keyed.len() < LARGE {
        keyed.sort_unstable_by(order)
    } else {
        keyed.par_sort_unstable_by(order)
    }
    items.iter_mut().zip(keyed).for_each(|(item, (_, sorted))| *item = sorted);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Instant;
    use crate::usage::{Line, SourceFile};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_number_of_a_row_never_contradicts_its_order(
            rows in proptest::collection::vec((0u16..3, "[a\u{0}]{0,9}", "[a-c]?", "[a-c]?", 0i64..2), 2..8),
        ) {
            let (mut names, mut lines) = (Names::default(), Lines::default());
            for shape in [Shape::Request, Shape::Credits, Shape::Cost] {
                lines.add_file(SourceFile::of_shape(shape));
            }
            for (number, id, model, user, input) in &rows {
                let at = Some(Instant::from_seconds(0));
                let line = Line { id, at, model, user, account: user, input: Some(*input), ..Line::default() };
                lines.push(&mut names, *number, &line);
            }
            let ranks = names.ranks();
            let order = Order { names: &names, lines: &lines, ranks: &ranks };
            let by_text = Order { ranks: &[], ..order };
            for (a, b) in (0..rows.len() as u32).flat_map(|a| (0..rows.len() as u32).map(move |b| (a, b))) {
                prop_assert_eq!(order.identity(a, b), by_text.identity(a, b));
                let first: Ordering = order.prefix(a).cmp(&order.prefix(b));
                prop_assert!(first.is_eq() || first == order.identity(a, b));
            }
        }
    }
}
