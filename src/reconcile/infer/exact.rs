//! Exact solutions of a few lines at once: elimination modulo a prime, which
//! keeps numbers small however many digits an amount has. A rate is a whole
//! number far below the prime, so the solution is right wherever there is one;
//! where there is none, what comes out does not fit its own lines.

use super::line::{CLASSES, PricedLine, Rate};

/// 2^61 - 1, a prime.
const PRIME: u64 = (1 << 61) - 1;

/// Lines reduced against each other. Classes are the columns, and the amount
/// stands behind them.
#[derive(Clone, Default)]
pub(super) struct Basis {
    /// Each has a one in its own class, and zeros in those of the others.
    rows: Vec<(usize, [u64; CLASSES + 1])>,
}

impl Basis {
    pub fn rank(&self) -> usize {
        self.rows.len()
    }

    /// Adds a line unless its tokens follow from those of earlier ones. Says
    /// whether it was added.
    pub fn add(&mut self, line: &PricedLine) -> bool {
        let mut row = [0; CLASSES + 1];
        for (cell, tokens) in row.iter_mut().zip(line.tokens) {
            *cell = residue(i128::from(tokens));
        }
        row[CLASSES] = residue(line.billed.units());
        for (class, with) in &self.rows {
            take(&mut row, with, *class);
        }
        let Some(class) = row.iter().take(CLASSES).position(|cell| *cell != 0) else { return false };
        let one_over = power(row[class], PRIME - 2);
        row.iter_mut().for_each(|cell| *cell = times(*cell, one_over));
        for (_, other) in &mut self.rows {
            take(other, &row, class);
        }
        self.rows.push((class, row));
        true
    }

    /// A rate for each class of the lines; those whose tokens only ever come
    /// in one proportion are carried by the first of them. `None` where one is
    /// no rate.
    pub fn solution(&self, used: [bool; CLASSES]) -> Option<[Option<Rate>; CLASSES]> {
        let mut rates = used.map(|used| used.then_some(0));
        for (class, row) in &self.rows {
            *rates.get_mut(*class)? = Some(super::line::as_rate(i128::from(row[CLASSES]))?);
        }
        Some(rates)
    }
}

/// Takes `row` off `from` so often that its cell of `class` becomes zero.
fn take(from: &mut [u64; CLASSES + 1], row: &[u64; CLASSES + 1], class: usize) {
    let factor = from[class];
    if factor == 0 {
        return;
    }
    for (cell, with) in from.iter_mut().zip(row) {
        let product = times(*with, factor);
        *cell = if *cell >= product { *cell - product } else { *cell + (PRIME - product) };
    }
}

fn residue(value: i128) -> u64 {
    value.rem_euclid(i128::from(PRIME)) as u64
}

fn times(a: u64, b: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(PRIME)) as u64
}

fn power(mut base: u64, mut exponent: u64) -> u64 {
    let mut product = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            product = times(product, base);
        }
        base = times(base, base);
        exponent >>= 1;
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Amount;
    use crate::calendar::Day;
    use crate::reconcile::infer::line::product;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_made_from_rates_give_the_rates(
            rates in proptest::array::uniform4(0i64..10i64.pow(15)),
            tokens in proptest::collection::vec(proptest::array::uniform4(0i64..10_000_000), 8),
        ) {
            let rates = rates.map(Some);
            let mut basis = Basis::default();
            for tokens in tokens {
                let billed = Amount::from_units(product(tokens, rates).unwrap());
                basis.add(&PricedLine { day: Day::from_number(0), tokens, billed });
            }
            prop_assert_eq!(basis.rank(), 4);
            prop_assert_eq!(basis.solution([true; 4]), Some(rates));
        }
    }
}
