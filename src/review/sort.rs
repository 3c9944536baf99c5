//! Names in the order people read them: `gpt-4o-2` before `gpt-4o-10`.

use std::cmp::Ordering;

use crate::usage::Names;

/// Compares names as people read them: case aside, runs of digits by their
/// value. A total order: equal only for the same text.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (first, second) = match (left.chars().next(), right.chars().next()) {
            (Some(first), Some(second)) => (first, second),
            (None, None) => return a.cmp(b),
            (one, other) => return one.is_some().cmp(&other.is_some()),
        };
        if first.is_ascii_digit() && second.is_ascii_digit() {
            let (number, rest) = take_number(left);
            let (other, other_rest) = take_number(right);
            let order = number.len().cmp(&other.len()).then_with(|| number.cmp(other));
            if order.is_ne() {
                return order;
            }
            (left, right) = (rest, other_rest);
        } else {
            let order = first.to_lowercase().cmp(second.to_lowercase());
            if order.is_ne() {
                return order;
            }
            left = left.get(first.len_utf8()..).unwrap_or_default();
            right = right.get(second.len_utf8()..).unwrap_or_default();
        }
    }
}

/// The digits at the start without leading zeros, and what follows them.
fn take_number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    (digits.trim_start_matches('0'), rest)
}

/// The place of each name in natural order, by the number of its symbol, so
/// that millions of rows sort by comparing two numbers.
pub fn natural_ranks(names: &Names) -> Vec<u32> {
    let mut sorted: Vec<(&str, u32)> = names.iter().map(|(sym, text)| (text, sym.0)).collect();
    rayon::slice::ParallelSliceMut::par_sort_unstable_by(&mut sorted[..], |a, b| natural(a.0, b.0));
    let mut ranks = vec![0; sorted.len()];
    for (rank, (_, sym)) in sorted.iter().enumerate() {
        if let Some(place) = ranks.get_mut(*sym as usize) {
            *place = rank as u32;
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = ["gpt-4o-10", "gpt-4o-2", "GPT-4o-3", "gpt-4", "gpt-4o", "gpt-35-turbo", "", "o3", "gpt-4o-02"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            ["", "gpt-4", "gpt-4o", "gpt-4o-02", "gpt-4o-2", "GPT-4o-3", "gpt-4o-10", "gpt-35-turbo", "o3"]
        );
        assert_eq!(natural("a99999999999999999999999998", "a99999999999999999999999999"), Ordering::Less);
    }

    #[test]
    fn ranks_do_not_depend_on_the_order_of_reading() {
        let texts = ["b-10", "b-9", "A", "b-1"];
        let order = |reading: &[&str]| {
            let mut names = Names::default();
            reading.iter().for_each(|text| {
                names.intern(text);
            });
            let ranks = natural_ranks(&names);
            texts.map(|text| names.find(text).map(|sym| ranks[sym.0 as usize]))
        };
        assert_eq!(order(&texts), [Some(4), Some(3), Some(1), Some(2)]);
        assert_eq!(order(&["b-1", "A", "b-10", "b-9"]), order(&texts));
    }

    proptest! {
        #[test]
        fn natural_order_is_an_order(texts in proptest::collection::vec("[aAbB0-2éÉ.-]{0,6}", 3)) {
            let [a, b, c] = [&texts[0], &texts[1], &texts[2]];
            prop_assert_eq!(natural(a, b), natural(b, a).reverse());
            prop_assert_eq!(natural(a, b).is_eq(), a == b);
            if natural(a, b).is_le() && natural(b, c).is_le() {
                prop_assert!(natural(a, c).is_le());
            }
        }
    }
}
