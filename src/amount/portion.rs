//! Parts of an amount: a share of it that never rounds up, and a split of it
//! in proportion, exact at the last digit.

use super::Amount;
use super::wide::mul_div_floor;

/// `amount × part ÷ whole`, the fraction of 10⁻¹⁸ dropped downwards. Never
/// falls as `amount` grows. Zero where `whole` is not above zero or `part` is
/// not within it, which no share is.
pub fn portion(amount: Amount, part: Amount, whole: Amount) -> Amount {
    divided(amount, part, whole).map_or(Amount::ZERO, |(share, _)| share)
}

/// Splits `total` over `parts` in proportion to them, parts below zero
/// included: each gets its floor, and the units of 10⁻¹⁸ left go one each to
/// the greatest fractions, ties in the order given. The result adds up to
/// `total` exactly, and with a `total` from zero up to the sum of the parts
/// each share lies between zero and its part.
///
/// All zero where the parts do not add up to more than zero, or `total` is not
/// from zero up to their sum.
pub fn proportional(total: Amount, parts: &[Amount]) -> Vec<Amount> {
    let whole: Amount = parts.iter().copied().sum();
    let shares: Option<Vec<(Amount, u128)>> = parts.iter().map(|part| divided(*part, total, whole)).collect();
    let Some(shares) = shares else { return vec![Amount::ZERO; parts.len()] };
    let mut split: Vec<Amount> = shares.iter().map(|(share, _)| *share).collect();
    let given: Amount = split.iter().copied().sum();
    let left = usize::try_from(total.minus(given).units()).unwrap_or(0);
    let mut order: Vec<usize> = (0..shares.len()).filter(|at| shares[*at].1 > 0).collect();
    order.sort_by_key(|at| std::cmp::Reverse(shares[*at].1));
    for at in order.into_iter().take(left) {
        split[at] = split[at].plus(Amount::from_units(1));
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
