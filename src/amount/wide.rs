//! Products and quotients that need 256 bits on their way.

/// `a × b ÷ c`, rounded half away from zero; `None` when the result leaves
/// `i128` or `c` is zero.
pub(super) fn mul_div_round(a: i128, b: i128, c: i128) -> Option<i128> {
    if c == 0 {
        return None;
    }
    let negative = (a < 0) ^ (b < 0) ^ (c < 0);
    let c = c.unsigned_abs();
    let (quotient, rest) = mul_div(a.unsigned_abs(), b.unsigned_abs(), c)?;
    let quotient = if rest >= c - rest { quotient.checked_add(1)? } else { quotient };
    let value = i128::try_from(quotient).ok()?;
    Some(if negative { -value } else { value })
}

/// `a × b ÷ c` for a `c` above zero, rounded down, and the rest that the
/// division leaves (0 to `c - 1`); `None` when the result leaves `i128` or `c`
/// is not above zero.
pub(super) fn mul_div_floor(a: i128, b: i128, c: i128) -> Option<(i128, u128)> {
    if c <= 0 {
        return None;
    }
    let negative = (a < 0) ^ (b < 0);
    let c = c.unsigned_abs();
    let (quotient, rest) = mul_div(a.unsigned_abs(), b.unsigned_abs(), c)?;
    let value = i128::try_from(quotient).ok()?;
    Some(match (negative, rest) {
        (false, _) => (value, rest),
        (true, 0) => (-value, 0),
        (true, _) => (-value - 1, c - rest),
    })
}

/// Quotient and rest of `a × b ÷ c`, `c` not zero; `None` when the quotient
/// does not fit.
fn mul_div(a: u128, b: u128, c: u128) -> Option<(u128, u128)> {
    match a.checked_mul(b) {
        Some(product) => Some((product / c, product % c)),
        None => {
            let (high, low) = mul_wide(a, b);
            div_wide(high, low, c)
        }
    }
}

fn mul_wide(a: u128, b: u128) -> (u128, u128) {
    const HALF: u128 = (1 << 64) - 1;
    let (a1, a0, b1, b0) = (a >> 64, a & HALF, b >> 64, b & HALF);
    let low = a0 * b0;
    let mid = a1 * b0 + (low >> 64);
    let mid2 = a0 * b1 + (mid & HALF);
    (a1 * b1 + (mid >> 64) + (mid2 >> 64), (mid2 << 64) | (low & HALF))
}

/// Binary long division of `high:low` by `c`; `None` when the quotient does
/// not fit 128 bits.
fn div_wide(high: u128, low: u128, c: u128) -> Option<(u128, u128)> {
    if high >= c {
        return None;
    }
    let (mut rest, mut quotient) = (high, 0u128);
    for bit in (0..128).rev() {
        let carry = rest >> 127;
        rest = (rest << 1) | ((low >> bit) & 1);
        quotient <<= 1;
        if carry == 1 || rest >= c {
            rest = rest.wrapping_sub(c);
            quotient |= 1;
        }
    }
    Some((quotient, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_wide_way_agrees_with_the_narrow_one(a in -10i128.pow(18)..10i128.pow(18), b in -10i128.pow(18)..10i128.pow(18), c in 1i128..10i128.pow(30)) {
            let (high, low) = mul_wide(a.unsigned_abs(), b.unsigned_abs());
            prop_assert_eq!(high, 0);
            let expect = (a.unsigned_abs() * b.unsigned_abs() / c as u128, a.unsigned_abs() * b.unsigned_abs() % c as u128);
            prop_assert_eq!(div_wide(high, low, c as u128), Some(expect));
        }

        #[test]
        fn multiplying_and_dividing_by_the_same_returns(a in -10i128.pow(36)..10i128.pow(36), b in 1i128..10i128.pow(36)) {
            prop_assert_eq!(mul_div_round(a, b, b), Some(a));
        }
    }

    #[test]
    fn the_floor_of_a_negative_quotient_lies_below_it() {
        assert_eq!(mul_div_floor(-7, 1, 2), Some((-4, 1)));
        assert_eq!(mul_div_floor(7, 1, 2), Some((3, 1)));
        assert_eq!(mul_div_floor(-8, 1, 2), Some((-4, 0)));
        assert_eq!(mul_div_floor(1, 1, 0), None);
    }

    #[test]
    fn halves_go_away_from_zero() {
        assert_eq!(mul_div_round(1, 1, 2), Some(1));
        assert_eq!(mul_div_round(-1, 1, 2), Some(-1));
        assert_eq!(mul_div_round(1, 1, 0), None);
    }
}
