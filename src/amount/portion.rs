//! Parts of an amount: a share of it that never rounds up, and a split of it
//! in proportion, exact at the last digit.

use std::collections::BTreeMap;

use super::Amount;
use super::wide::mul_div_floor;

/// `amount × part ÷ whole`, the fraction of 10⁻¹⁸ dropped downwards. Never
/// falls as `amount` grows. Zero where `whole` is not above zero or `part` is
/// not within it, which no share is.
pub fn portion(amount: Amount, part: Amount, whole: Amount) -> Amount {
    if whole <= Amount::ZERO || part.is_negative() || part > whole {
        return Amount::ZERO;
    }
    let share = mul_div_floor(amount.units(), part.units(), whole.units());
    share.map_or(Amount::ZERO, |(units, _)| Amount::from_units(units))
}

/// Splits `total` over `parts` in proportion to them, parts below zero
/// included, from the top down: each class of parts gets its floor, and the
/// units of 10⁻¹⁸ left go one each to the greatest fractions, ties in the order
/// of their numbers. Within a class each part gets what is due to the sum up to
/// it, less what those before it have. The result adds up to `total` exactly,
/// and with a `total` from zero up to the sum of the parts each share lies
/// between zero and its part.
///
/// So what a class gets depends on the sums of the classes alone, however
/// these are divided into parts; and a part that is taken out behind others of
/// its class and put in again changes the share of none.
///
/// All zero where the parts do not add up to more than zero, or `total` is not
/// from zero up to their sum.
///
/// `classes` has the number of each part's class; those beyond its end are of
/// class 0.
pub fn proportional_by_class(total: Amount, parts: &[Amount], classes: &[u32]) -> Vec<Amount> {
    shares(total, parts, classes).unwrap_or_else(|| vec![Amount::ZERO; parts.len()])
}

fn shares(total: Amount, parts: &[Amount], classes: &[u32]) -> Option<Vec<Amount>> {
    let class = |at: usize| classes.get(at).copied().unwrap_or_default();
    let whole: Amount = parts.iter().copied().sum();
    if whole <= Amount::ZERO || total.is_negative() || total > whole {
        return None;
    }
    let due = |sum: Amount| mul_div_floor(sum.units(), total.units(), whole.units());
    let mut sums: BTreeMap<u32, Amount> = BTreeMap::new();
    for (at, part) in parts.iter().enumerate() {
        let sum = sums.entry(class(at)).or_default();
        *sum = sum.plus(*part);
    }
    let mut left = total.units();
    let mut rests: Vec<(u32, u128)> = Vec::with_capacity(sums.len());
    for (class, sum) in &sums {
        let (units, rest) = due(*sum)?;
        left -= units;
        rests.push((*class, rest));
    }
    rests.sort_by_key(|(_, rest)| std::cmp::Reverse(*rest));
    let more = usize::try_from(left).ok()?;
    // A class walks along the line of what is due and takes a unit as soon as
    // it is begun; one that gets its floor, as much later as it falls short of
    // the next unit in the end.
    let walk = |(nth, (class, rest)): (usize, (u32, u128))| {
        (class, Walk { reached: Amount::ZERO, given: 0, behind: if nth < more { 0 } else { rest } })
    };
    let mut walks: BTreeMap<u32, Walk> = rests.into_iter().enumerate().map(walk).collect();
    let share = |(at, part): (usize, &Amount)| {
        let walk = walks.get_mut(&class(at))?;
        walk.reached = walk.reached.plus(*part);
        let (units, rest) = due(walk.reached)?;
        let given = units + i128::from(rest > walk.behind);
        Some(Amount::from_units(given - std::mem::replace(&mut walk.given, given)))
    };
    parts.iter().enumerate().map(share).collect()
}

/// How far the parts of a class were gone through.
struct Walk {
    reached: Amount,
    /// Units of all their shares.
    given: i128,
    /// The fraction of a unit by which what is due is late.
    behind: u128,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proportional(total: Amount, parts: &[Amount]) -> Vec<Amount> {
        proportional_by_class(total, parts, &[])
    }
    use proptest::prelude::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    #[test]
    fn a_share_is_dropped_downwards_also_below_zero() {
        let third = |text| portion(amount(text), amount("1"), amount("3")).to_string();
        assert_eq!((third("1"), third("-1")), ("0.333333333333333333".into(), "-0.333333333333333334".into()));
        assert_eq!(portion(amount("80"), amount("12.5"), amount("100")), amount("10"));
        assert_eq!(portion(amount("80"), amount("2"), amount("0")), Amount::ZERO);
    }

    #[test]
    fn what_is_left_over_at_the_last_digit_falls_where_the_sum_reaches_it() {
        let split = proportional(amount("1"), &[amount("1"), amount("1"), amount("1")]);
        assert_eq!(
            split.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["0.333333333333333334", "0.333333333333333333", "0.333333333333333333"]
        );
        assert_eq!(
            proportional(amount("30"), &[amount("100"), amount("50"), amount("-50")]),
            [amount("30"), amount("15"), amount("-15")]
        );
    }

    proptest! {
        #[test]
        fn what_a_class_gets_does_not_depend_on_how_it_is_divided(
            parts in proptest::collection::vec((1i128..1_000, 0u32..4), 1..12), of_total in 0i128..=1_000,
            cut in any::<prop::sample::Index>(), at in 1i128..1_000, back in 0i128..2_000,
        ) {
            let sums = |parts: &[(i128, u32)], total: i128| {
                let (amounts, classes): (Vec<Amount>, Vec<u32>) =
                    parts.iter().map(|(units, class)| (Amount::from_units(*units), *class)).unzip();
                let split = proportional_by_class(Amount::from_units(total), &amounts, &classes);
                assert_eq!(split.iter().copied().sum::<Amount>(), Amount::from_units(total));
                let mut sums = BTreeMap::<u32, Amount>::new();
                for (class, amount) in classes.iter().zip(split) {
                    let sum = sums.entry(*class).or_default();
                    *sum = sum.plus(amount);
                }
                sums
            };
            let total = parts.iter().map(|(units, _)| units).sum::<i128>() * of_total / 1_000;
            let (units, class) = parts[cut.index(parts.len())];
            let mut other = parts.clone();
            other[cut.index(parts.len())] = ((at % units).max(1), class);
            other.extend([(units - (at % units).max(1), class), (-back, class), (back, class)]);
            prop_assert_eq!(sums(&parts, total), sums(&other, total));
        }

        #[test]
        fn a_part_taken_out_and_put_in_again_changes_no_share(
            parts in proptest::collection::vec((-500i128..1_000, 0u32..4), 1..12), of_total in 0i128..=1_000,
            (back, class) in (0i128..2_000, 0u32..4), at in any::<prop::sample::Index>(),
        ) {
            let split = |parts: &[(i128, u32)], total: i128| {
                let (amounts, classes): (Vec<Amount>, Vec<u32>) =
                    parts.iter().map(|(units, class)| (Amount::from_units(*units), *class)).unzip();
                let shares = proportional_by_class(Amount::from_units(total), &amounts, &classes);
                shares.into_iter().map(Amount::units).collect::<Vec<i128>>()
            };
            let total = parts.iter().map(|(units, _)| units).sum::<i128>() * of_total / 1_000;
            let at = at.index(parts.len() + 1);
            let mut other = parts.clone();
            other.splice(at..at, [(-back, class), (back, class)]);
            let mut again = split(&other, total);
            let pair: Vec<i128> = again.splice(at..at + 2, []).collect();
            prop_assert_eq!(pair[0], -pair[1]);
            prop_assert_eq!(again, split(&parts, total));
        }

        #[test]
        fn a_split_adds_up_and_no_share_leaves_its_part(
            units in proptest::collection::vec(-10i128.pow(24)..10i128.pow(26), 1..30), of_total in 0u32..=1000,
        ) {
            let parts: Vec<Amount> = units.into_iter().map(Amount::from_units).collect();
            let whole: Amount = parts.iter().copied().sum();
            prop_assume!(whole > Amount::ZERO);
            let total = Amount::from_units(whole.units() / 1000 * i128::from(of_total));
            let split = proportional(total, &parts);
            prop_assert_eq!(split.iter().copied().sum::<Amount>(), total);
            for (share, part) in split.iter().zip(&parts) {
                prop_assert!(share.abs() <= part.abs() && share.is_negative() <= part.is_negative(), "{} {}", share, part);
            }
        }
    }
}
