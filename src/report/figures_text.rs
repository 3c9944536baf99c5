//! Figures as pages for people show them: thousands apart, cents always. The
//! currency stands at the head of a page.

use crate::amount::{Amount, Cents};

/// `1,234.50`
pub fn cents(cents: Cents) -> String {
    grouped(&cents.to_string())
}

/// Two decimals, or as many as the amount has.
pub fn exact(amount: Amount) -> String {
    grouped(&amount.to_fixed(amount.decimals().max(2)))
}

/// A count, a quantity or an amount with its thousands set apart by commas.
pub fn grouped(number: &str) -> String {
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(w, f)| (w, Some(f)));
    let mut text = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_every_digit() {
        assert_eq!(cents(Cents(-123_456_789)), "-1,234,567.89");
        assert_eq!(exact(Amount::parse("1234.00005").unwrap()), "1,234.00005");
        assert_eq!(exact(Amount::parse("-500").unwrap()), "-500.00");
        assert_eq!(grouped("999"), "999");
    }
}
