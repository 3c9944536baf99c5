//! Parts of an amount: a share of it that never rounds up, and a split of it
//! in proportion, exact at the last digit.

use std::collections::BTreeMap;

use super::Amount;
use super::wide::mul_div_floor;

/// `amount × part ÷ whole`, the fraction of 10⁻¹⁸ dropped downwards. Never
/// falls as `amount` grows. Zero where `whole` is not above zero or `part` is
/// not within it, which no share is.
pub fn portion(amount: Amount, part: Amount, whole: Amount) -> Amount {
    divided(amount, part, whole).map_or(Amount::ZERO, |(share, _)| share)
}

/// Splits `total` over `parts` in proportion to them, parts below zero
/// included, from the top down: each gets its floor, and the units of 10⁻¹⁸ left go one each to
/// the greatest fractions, ties in the order given. The result adds up to
/// `total` exactly, and with a `total` from zero up to the sum of the parts
/// each share lies between zero and its part.
///
/// All zero where the parts do not add up to more than zero, or `total` is not
/// from zero up to their sum.
///
/// With `classes` this is done first among the classes of parts, ties in the
/// order of their numbers, then likewise within each. So what a class gets
/// depends on the sums of the classes alone, however these are divided into
/// parts.
///
/// `classes` has the number of each part's class; those beyond its end are of
/// class 0.
pub fn proportional_by_class(total: Amount, parts: &[Amount], classes: &[u32]) -> Vec<Amount> {
    let whole: Amount = parts.iter().copied().sum();
    let shares: Option<Vec<(Amount, u128)>> = parts.iter().map(|part| divided(*part, total, whole)).collect();
    let Some(shares) = shares else { return vec![Amount::ZERO; parts.len()] };
    let class = |at: usize| classes.get(at).copied().unwrap_or_default();
    let mut split: Vec<Amount> = shares.iter().map(|(share, _)| *share).collect();
    // Of each class the fractions of its parts: whole units, and the rest.
    let mut fractions: BTreeMap<u32, (usize, u128)> = BTreeMap::new();
    let whole = whole.units().unsigned_abs();
    for (at, (_, rest)) in shares.iter().enumerate() {
        let (units, sum) = fractions.entry(class(at)).or_default();
        *sum += rest;
        if *sum >= whole {
            *sum -= whole;
            *units += 1;
        }
    }
    let given: Amount = split.iter().copied().sum();
    let in_classes: usize = fractions.values().map(|(units, _)| *units).sum();
    let left = usize::try_from(total.minus(given).units()).unwrap_or(0).saturating_sub(in_classes);
    let mut greatest: Vec<(u32, u128)> =
        fractions.iter().filter(|(_, (_, rest))| *rest > 0).map(|(class, (_, rest))| (*class, *rest)).collect();
    greatest.sort_by_key(|(_, rest)| std::cmp::Reverse(*rest));
    for (class, _) in greatest.into_iter().take(left) {
        fractions.entry(class).or_default().0 += 1;
    }
    let mut order: Vec<usize> = (0..shares.len()).filter(|at| shares[*at].1 > 0).collect();
    order.sort_by_key(|at| std::cmp::Reverse(shares[*at].1));
    for at in order {
        let (units, _) = fractions.entry(class(at)).or_default();
        if *units > 0 {
            *units -= 1;
            split[at] = split[at].plus(Amount::from_units(1));
        }
    }
    split
}

fn divided(amount: Amount, part: Amount, whole: Amount) -> Option<(Amount, u128)> {
    if whole <= Amount::ZERO || part.is_negative() || part > whole {
        return None;
    }
    let (quotient, rest) = mul_div_floor(amount.units(), part.units(), whole.units())?;
    Some((Amount::from_units(quotient), rest))
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
    fn the_units_left_over_go_to_the_greatest_fractions() {
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
