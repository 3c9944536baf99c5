//! Items in the order of one key or several. Every key of an item is one
//! number, worked out once, so that nothing is looked up or allocated while
//! two items are compared; names are numbers by their natural order.

use std::cmp::Reverse;

use rayon::prelude::*;

use super::Desk;
use super::groups::Group;
use super::order::{Order, SortBy, SortKey};
use super::rows::sum_tokens;
use super::rules::Ready;
use super::standing::Code;
use super::{Badge, GroupBy};
use crate::amount::Amount;
use crate::reconcile;
use crate::review::{natural, natural_ranks};
use crate::usage::Sym;

/// What an item is sorted by in one key; what has no value is [`BLANK`].
type Key<'k> = Box<dyn Fn(u32) -> u128 + Sync + 'k>;

/// Behind everything, whichever way round.
const BLANK: u128 = u128::MAX;

/// Below this many rows threads cost more than they bring.
const FEW: usize = 4_096;

impl Desk {
    /// Sorts items by the keys of an order. What is equal in all of them stays
    /// in order of time, and what has no value comes last in both directions.
    pub(super) fn sort(&self, items: &mut [u32], order: &Order) {
        let named = |by: &SortBy| matches!(by.key, SortKey::Model | SortKey::User);
        let ranks = if order.keys().iter().any(named) { natural_ranks(&self.inputs.names) } else { Vec::new() };
        let keys: Vec<Key<'_>> = order.keys().iter().map(|by| self.sort_key(*by, &ranks)).collect();
        let mut rows: Vec<(u128, u32)> = items.par_iter().map(|item| (0, *item)).collect();
        refine(&mut rows, &keys);
        items.par_iter_mut().zip(rows).for_each(|(slot, (_, item))| *slot = item);
    }

    fn sort_key<'k>(&'k self, by: SortBy, ranks: &'k [u32]) -> Key<'k> {
        let table = &self.compared.items;
        let way = by.descending;
        let billed = move |item| reconcile::billed(&self.sides(), table, item);
        let recorded = move |item| reconcile::recorded(&self.sides(), table, item);
        let difference = move |item| billed(item).unwrap_or_default().minus(recorded(item).unwrap_or_default());
        let rank = |sym: Sym| (!sym.is_none()).then(|| ranks.get(sym.0 as usize).copied()).flatten().map(u128::from);
        match by.key {
            // Items are numbered in order of time.
            SortKey::Time => Box::new(move |item| key(Some(item.into()), way)),
            SortKey::Model => Box::new(move |item| key(rank(self.what_of(item)), way)),
            SortKey::User => Box::new(move |item| key(rank(self.user_of(item)), way)),
            SortKey::Project => {
                let ranks = self.project_ranks();
                Box::new(move |item| {
                    key(ranks.get(self.project_number(item)).copied().filter(|r| *r > 0).map(u128::from), way)
                })
            }
            SortKey::Tokens => Box::new(move |item| key(self.tokens_of(item).map(|n| signed(n.into())), way)),
            SortKey::Billed => Box::new(move |item| key(billed(item).map(amount), way)),
            SortKey::Recorded => Box::new(move |item| key(recorded(item).map(amount), way)),
            SortKey::Difference => Box::new(move |item| key(Some(amount(difference(item))), way)),
            SortKey::Size => Box::new(move |item| key(Some(amount(difference(item).abs())), way)),
            SortKey::Outcome => Box::new(move |item| key(Some(table.outcome(item) as u128), way)),
            SortKey::Cause => Box::new(move |item| key(Some(table.cause(item) as u128), way)),
            SortKey::Decision => Box::new(move |item| {
                let place = match self.standing.get(item as usize) {
                    Some(Code::Open) => Some(0),
                    Some(Code::Stale) => Some(1),
                    Some(Code::Decided(verdict)) => Some(2 + *verdict as u128),
                    Some(Code::Settled) | None => None,
                };
                key(place, way)
            }),
            SortKey::Badges => {
                let ready = Ready::of(self);
                Box::new(move |item| key(badges(&self.badges(item, Some(&ready))), way))
            }
        }
    }

    /// The tokens of the side that has them, the bill's first.
    fn tokens_of(&self, item: u32) -> Option<i64> {
        let items = &self.compared.items;
        let billed = sum_tokens(&self.inputs.bill.lines, items.bill_rows(item));
        billed.or_else(|| sum_tokens(&self.inputs.ledger.lines, items.ledger_rows(item)))
    }

    /// The place of each project's text in natural order, from 1; nothing
    /// is 0. By [`Desk::project_number`].
    fn project_ranks(&self) -> Vec<u32> {
        let texts: Vec<_> = (0..self.project_numbers()).map(|number| self.project_of_number(number)).collect();
        let mut order: Vec<usize> =
            (0..texts.len()).filter(|at| texts.get(*at).is_some_and(|t| !t.is_empty())).collect();
        let text = |at: &usize| texts.get(*at).map_or("", |text| text);
        order.sort_by(|a, b| natural(text(a), text(b)));
        let mut ranks = vec![0; texts.len()];
        for (rank, at) in (1..).zip(order) {
            if let Some(slot) = ranks.get_mut(at) {
                *slot = rank;
            }
        }
        ranks
    }
}

/// A value in its place, greater numbers first where that is asked for.
const fn key(value: Option<u128>, descending: bool) -> u128 {
    match value {
        None => BLANK,
        Some(value) if descending => !value,
        Some(value) => value,
    }
}

/// Signed numbers in their order.
const fn signed(value: i128) -> u128 {
    (value as u128) ^ (1 << 127)
}

const fn amount(amount: Amount) -> u128 {
    signed(amount.units())
}

/// Items by their first badge, then by the next.
fn badges(badges: &[Badge]) -> Option<u128> {
    let digits = Badge::ALL.len();
    let digit = |badge: &Badge| Badge::ALL.iter().position(|other| other == badge).map_or(0, |at| at as u128 + 1);
    let number = (0..digits).fold(0, |sum, at| (sum << 4) | badges.get(at).map_or(0, digit));
    (!badges.is_empty()).then_some(number)
}

/// Sorts by the first key, and what is equal in it by the next.
fn refine(rows: &mut [(u128, u32)], keys: &[Key<'_>]) {
    let Some((key, rest)) = keys.split_first() else { return };
    let many = rows.len() >= FEW;
    if many {
        rows.par_iter_mut().for_each(|(value, item)| *value = key(*item));
        rows.par_sort_unstable();
    } else {
        rows.iter_mut().for_each(|(value, item)| *value = key(*item));
        rows.sort_unstable();
    }
    if rest.is_empty() {
        return;
    }
    let equal = |a: &(u128, u32), b: &(u128, u32)| a.0 == b.0;
    if many {
        rows.par_chunk_by_mut(equal).filter(|run| run.len() > 1).for_each(|run| refine(run, rest));
    } else {
        rows.chunk_by_mut(equal).filter(|run| run.len() > 1).for_each(|run| refine(run, rest));
    }
}

/// Sorts groups, which stand in order of their names, as the list is: by their
/// subtotals where a key is an amount, by their names where it is what they
/// have in common.
pub(super) fn sort_groups(groups: &mut [Group], by: GroupBy, order: &Order) {
    for SortBy { key, descending } in order.keys().iter().rev() {
        let amount: Option<fn(&Group) -> Amount> = match key {
            SortKey::Billed => Some(|group| group.subtotal.billed),
            SortKey::Recorded => Some(|group| group.subtotal.recorded),
            SortKey::Difference => Some(|group| group.subtotal.difference),
            SortKey::Size => Some(|group| group.subtotal.difference.abs()),
            _ => None,
        };
        // Each sort is stable, so that the keys before count for more and
        // equal groups stay in order of name.
        match amount {
            Some(amount) if *descending => groups.sort_by_key(|group| Reverse(amount(group))),
            Some(amount) => groups.sort_by_key(amount),
            None if *descending && *key == by.key() => {
                groups.reverse();
                groups.sort_by_key(|group| group.label.is_empty());
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted(values: &[[Option<i64>; 2]], descending: [bool; 2]) -> Vec<u32> {
        let of = |at: usize| -> Key<'_> {
            Box::new(move |item: u32| key(values[item as usize][at].map(|v| signed(v.into())), descending[at]))
        };
        let mut rows: Vec<(u128, u32)> = (0..values.len() as u32).map(|item| (0, item)).collect();
        refine(&mut rows, &[of(0), of(1)]);
        rows.into_iter().map(|(_, item)| item).collect()
    }

    #[test]
    fn what_has_no_value_comes_last_both_ways() {
        let values = [[None, Some(1)], [Some(-2), None], [Some(3), None], [Some(-2), Some(7)]];
        assert_eq!(sorted(&values, [false, false]), [3, 1, 2, 0]);
        assert_eq!(sorted(&values, [true, false]), [2, 3, 1, 0]);
    }

    #[test]
    fn badges_count_from_the_first_on() {
        let [first, second] = [Badge::ALL[0], Badge::ALL[1]];
        assert!(badges(&[first]) < badges(&[first, second]) && badges(&[first, second]) < badges(&[second]));
        assert_eq!(badges(&[]), None);
    }

    proptest! {
        #[test]
        fn several_keys_sort_like_a_comparison_of_all_of_them(
            values in proptest::collection::vec([proptest::option::of(-3i64..3), proptest::option::of(-3i64..3)], 0..200),
            descending in [any::<bool>(), any::<bool>()],
        ) {
            let mut expected: Vec<u32> = (0..values.len() as u32).collect();
            expected.sort_by(|a, b| {
                let compared = |at: usize| {
                    let (a, b) = (values[*a as usize][at], values[*b as usize][at]);
                    a.is_none().cmp(&b.is_none()).then(if descending[at] { b.cmp(&a) } else { a.cmp(&b) })
                };
                compared(0).then(compared(1))
            });
            prop_assert_eq!(sorted(&values, descending), expected);
        }
    }
}
