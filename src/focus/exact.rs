//! A unit price times a quantity, to the last digit, whatever digits both
//! have: FOCUS lets the product differ from the cost in no digit.

use std::fmt::Write;

use crate::amount::{Amount, Cents, Fixed, Quantity, SCALE};

/// A decimal number: a whole number with the point moved `scale` digits to the
/// left. Holds more digits than an [`Amount`], and is only ever written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exact {
    pub(super) mantissa: i128,
    pub(super) scale: u32,
}

impl Exact {
    /// The number of an amount or quantity.
    pub fn of<U>(number: Fixed<U>) -> Self {
        Self { mantissa: number.units(), scale: SCALE }.trimmed()
    }

    /// The same form for every number of cents, so that equal ones are equal.
    pub fn of_cents(cents: Cents) -> Self {
        Self { mantissa: i128::from(cents.0), scale: 2 }
    }

    /// Without zeros behind the last digit that counts.
    fn trimmed(mut self) -> Self {
        while self.scale > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.scale -= 1;
        }
        self
    }

    /// Unit price and cost of a quantity, such that the cost is their product
    /// exactly. The price is the one given but where the product has more
    /// digits than can be held: then it is rounded, half up, until it fits.
    pub fn priced(price: Amount, quantity: Quantity) -> (Amount, Self) {
        let quantity = Self::of(quantity);
        for places in (0..=SCALE).rev() {
            let rounded = price.rounded(places);
            let each = Self::of(rounded);
            if let Some(mantissa) = each.mantissa.checked_mul(quantity.mantissa) {
                return (rounded, Self { mantissa, scale: each.scale + quantity.scale }.trimmed());
            }
        }
        (Amount::ZERO, Self::default())
    }

    /// In whole cents, for a number that is some.
    pub(super) fn cents(self) -> Cents {
        if let (2, Ok(cents)) = (self.scale, i64::try_from(self.mantissa)) {
            return Cents(cents);
        }
        let places = SCALE.saturating_sub(self.scale);
        let units = self.mantissa.saturating_mul(10i128.pow(places));
        Cents::nearest(Amount::from_units(units))
    }

    /// Writes it with a point always: `1.0`, `-0.36475`. A column of whole
    /// numbers without one is read as integers.
    pub(super) fn write(self, text: &mut String) {
        let Self { mantissa, scale } = self.trimmed();
        if mantissa < 0 {
            text.push('-');
        }
        let (magnitude, places) = (mantissa.unsigned_abs(), scale.max(1) as usize);
        let magnitude = if scale == 0 { magnitude.saturating_mul(10) } else { magnitude };
        let start = text.len();
        // Writing to a string cannot fail.
        let _ = write!(text, "{magnitude:0width$}", width = places + 1);
        let point = text.len() - places;
        debug_assert!(point > start);
        text.insert(point, '.');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(exact: Exact) -> String {
        let mut text = String::new();
        exact.write(&mut text);
        text
    }

    #[test]
    fn a_decimal_has_a_point_always() {
        for (given, written) in [
            ("1", "1.0"),
            ("0", "0.0"),
            ("-0.36475", "-0.36475"),
            ("100", "100.0"),
            ("0.5", "0.5"),
            ("-12.050", "-12.05"),
        ] {
            assert_eq!(text(Exact::of(Amount::parse(given).unwrap())), written);
        }
    }

    #[test]
    fn a_price_keeps_its_digits_beside_a_quantity_of_many() {
        let price = Amount::parse("0.039998295261").unwrap();
        let (kept, cost) = Exact::priced(price, Quantity::parse("0.30000000000000004").unwrap());
        assert_eq!((kept, text(cost).as_str()), (price, "0.01199948857830000159993181044"));
    }

    proptest! {
        #[test]
        fn the_cost_is_the_product_to_the_last_digit(
            price in 0i128..10i128.pow(22), quantity in -10i128.pow(26)..10i128.pow(26),
        ) {
            let (price, cost) = Exact::priced(Amount::from_units(price), Quantity::from_units(quantity));
            let each = Exact::of(price);
            let quantity = Exact::of(Quantity::from_units(quantity));
            let whole = each.mantissa.checked_mul(quantity.mantissa).unwrap();
            prop_assert_eq!(cost, Exact { mantissa: whole, scale: each.scale + quantity.scale }.trimmed());
            let written = text(cost);
            prop_assert!(written.contains('.') && !written.starts_with('.') && !written.ends_with('.'));
        }
    }
}
