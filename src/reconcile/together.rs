//! What ledger entries that are compared as a sum say together: the same
//! whether they are read one by one or in bundles, so that a decision on the
//! item holds either way.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::amount::{Amount, Quantity};
use crate::usage::{Digest, Hasher, Lines, Names, Sym};

/// Entries that one thread adds up at a time.
const CHUNK: usize = 1 << 13;

const NAMES: [fn(&Lines, u32) -> Sym; 10] = [
    Lines::account,
    Lines::model,
    Lines::user,
    Lines::project,
    Lines::api_key,
    Lines::action,
    Lines::unit,
    Lines::tier,
    Lines::item_text,
    Lines::currency,
];

/// What entries have in common. Names are symbols: of one reading, and their
/// order means nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    day: Option<i32>,
    names: [Sym; NAMES.len()],
    class: u8,
    long_context: bool,
    reason: u8,
    /// Which of the numbers are there.
    given: u16,
}

/// Sums of tokens by class, quantity, credits, amount and foreign amount, in
/// units; then of sound and pictures.
const NUMBERS: usize = 10;
const MODALITIES: usize = 6;

#[derive(Clone, Copy, Default)]
struct Sums {
    entries: i128,
    numbers: [i128; NUMBERS],
    modalities: [i128; MODALITIES],
}

impl Sums {
    fn plus(mut self, other: &Self) -> Self {
        self.entries += other.entries;
        self.numbers.iter_mut().zip(other.numbers).for_each(|(sum, more)| *sum = sum.saturating_add(more));
        self.modalities.iter_mut().zip(other.modalities).for_each(|(sum, more)| *sum = sum.saturating_add(more));
        self
    }
}

type Found = FxHashMap<Key, Sums>;

fn merge(one: Found, two: Found) -> Found {
    let (mut more, less) = if one.len() < two.len() { (two, one) } else { (one, two) };
    for (key, sums) in less {
        let sum = more.entry(key).or_default();
        *sum = sum.plus(&sums);
    }
    more
}

/// One digest for all entries of some rows that have their day and all names
/// in common, in no order that means anything.
pub(super) fn digests(names: &Names, lines: &Lines, rows: &[u32]) -> Vec<Digest> {
    let add = |mut found: Found, row: &u32| {
        let (key, sums) = entry(lines, *row);
        let sum = found.entry(key).or_default();
        *sum = sum.plus(&sums);
        found
    };
    let found =
        rows.par_chunks(CHUNK).map(|rows| rows.iter().fold(Found::default(), add)).reduce(Found::default, merge);
    found.into_iter().map(|(key, sums)| digest(names, &key, &sums)).collect()
}

fn entry(lines: &Lines, row: u32) -> (Key, Sums) {
    let units = |quantity: Option<Quantity>| quantity.map(Quantity::units);
    let numbers: [Option<i128>; NUMBERS] = [
        lines.input(row).map(Into::into),
        lines.cached(row).map(Into::into),
        lines.cache_write(row).map(Into::into),
        lines.output(row).map(Into::into),
        lines.reasoning(row).map(Into::into),
        lines.total(row).map(Into::into),
        units(lines.quantity(row)),
        units(lines.credits(row)),
        lines.amount(row).map(Amount::units),
        lines.foreign(row).map(Amount::units),
    ];
    let given = numbers.iter().enumerate().map(|(at, number)| u16::from(number.is_some()) << at).sum();
    let key = Key {
        day: lines.day(row).map(|day| day.number()),
        names: NAMES.map(|name| name(lines, row)),
        class: lines.class(row).map_or(0, |class| class as u8),
        long_context: lines.long_context(row),
        reason: lines.not_applicable(row).map_or(0, |reason| reason as u8),
        given,
    };
    let sums = Sums {
        entries: lines.entries(row).into(),
        numbers: numbers.map(Option::unwrap_or_default),
        modalities: lines.modalities(row).map(|m| m.counts().map(i128::from)).unwrap_or_default(),
    };
    (key, sums)
}

fn digest(names: &Names, key: &Key, sums: &Sums) -> Digest {
    let start = Hasher::new("entries of a day").number(key.day.map(i128::from));
    let named = key.names.iter().fold(start, |hasher, name| hasher.text(names.text(*name)));
    let told = [i128::from(key.class), i128::from(key.long_context), i128::from(key.reason), i128::from(key.given)];
    let numbers = told.into_iter().chain([sums.entries]).chain(sums.numbers).chain(sums.modalities);
    numbers.fold(named, |hasher, number| hasher.number(Some(number))).finish()
}

#[cfg(test)]
mod tests {
    use crate::amount::Amount;
    use crate::calendar::Instant;
    use crate::reconcile::fixtures::{Case, request};
    use crate::usage::{Bundle, Line};

    fn digests(case: &Case) -> Vec<crate::usage::Digest> {
        let sides = case.sides();
        let rows: Vec<u32> = (0..sides.ledger.len() as u32).collect();
        let mut all = super::digests(sides.names, sides.ledger, &rows);
        all.sort_unstable();
        all
    }

    #[test]
    fn entries_and_the_bundle_of_them_say_the_same() {
        let rows = || Case::new().ledger(request("a", 10, 3, 4, "1.5")).ledger(request("b", 70, 5, 6, "0.25"));
        let one = request("", 0, 8, 10, "1.75");
        let at = one.at.map(|at| Instant::start_of(at.day()));
        let bundle = |entries| Bundle { entries, with_id: 2, decimals: 2 };
        let of = |entries| Line { at, span: 86_400, bundle: Some(bundle(entries)), ..one.clone() };
        assert_eq!(digests(&rows()), digests(&Case::new().ledger(of(2))));
        assert_ne!(digests(&rows()), digests(&Case::new().ledger(of(3))), "another entry is another content");
        let other = Line { amount: Some(Amount::parse("1.76").unwrap()), ..of(2) };
        assert_ne!(digests(&rows()), digests(&Case::new().ledger(other)));
        let unknown = Case::new().ledger(Line { amount: None, ..of(2) });
        let zero = Case::new().ledger(Line { amount: Some(Amount::ZERO), ..of(2) });
        assert_ne!(digests(&unknown), digests(&zero), "a cost of nothing is none of zero");
    }
}
