//! Figures as sentences write them.

use crate::amount::{Amount, Cents};
use crate::calendar::Instant;
use crate::report::figures_text::grouped;
use crate::usage::Shape;

pub use crate::report::harmless::{commands, plain};

/// Dollars and cents; an amount finer than a cent keeps its digits, up to six.
pub fn money(amount: Amount) -> String {
    let places = amount.decimals().clamp(2, 6);
    dollars(&amount.to_fixed(places))
}

/// Cents as they are written: `$1,386.92`, `-$5.00`.
pub fn cents(cents: Cents) -> String {
    dollars(&cents.to_string())
}

/// A figure that is kept as text, as the total that was signed is.
pub fn dollars(figure: &str) -> String {
    match figure.strip_prefix('-') {
        Some(rest) => format!("-${}", grouped(rest)),
        None => format!("${}", grouped(figure)),
    }
}

/// An amount in a currency that is not the book's: `1,234.50 EUR`.
pub fn foreign(amount: Amount, currency: &str) -> String {
    let places = amount.decimals().clamp(2, 6);
    let sign = if amount.is_negative() { "-" } else { "" };
    format!("{sign}{} {currency}", grouped(&amount.abs().to_fixed(places)))
}

/// A text of several lines as one.
pub fn one_line(text: &str) -> String {
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" / ")
}

/// A whole number with its thousands set apart by commas.
pub fn count(number: i64) -> String {
    grouped(&number.to_string())
}

/// `once`, `twice`, `3 times`, `not at all`.
pub fn times(n: usize) -> String {
    match n {
        0 => "not at all".into(),
        1 => "once".into(),
        2 => "twice".into(),
        n => format!("{n} times"),
    }
}

/// A day for what is known by the day, else the time to the second.
pub fn time(shape: Shape, at: Instant) -> String {
    match shape {
        Shape::Credits | Shape::Cost => at.day().to_string(),
        Shape::Request | Shape::Usage => {
            let text = at.to_string().replace('T', " ");
            text[..19.min(text.len())].to_owned()
        }
    }
}

/// `2026-02-03 09:41`
pub fn minute(at: Instant) -> String {
    let text = at.to_string().replace('T', " ");
    text[..16.min(text.len())].to_owned()
}

/// `1 item`, `2 items`.
pub fn items(n: usize) -> String {
    counted(n as u64, "item")
}

/// `1 row`, `2 rows`: a count with its noun, which takes an `s`.
pub fn counted(n: u64, noun: &str) -> String {
    of(n, noun, &format!("{noun}s"))
}

/// `1 entry`, `2 entries`: a count with what it counts, said either way.
pub fn of(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(i64::try_from(n).unwrap_or(i64::MAX)), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_thing_is_said_as_one() {
        assert_eq!((counted(1, "row"), counted(1_386, "row")), ("1 row".into(), "1,386 rows".into()));
        assert_eq!(of(1, "entry", "entries"), "1 entry");
        assert_eq!(of(0, "entry", "entries"), "0 entries");
    }

    #[test]
    fn money_groups_thousands_and_keeps_what_is_below_a_cent() {
        let shown = |t: &str| money(Amount::parse(t).unwrap());
        assert_eq!(shown("1234567.5"), "$1,234,567.50");
        assert_eq!(shown("-0.0045"), "-$0.0045");
        assert_eq!(shown("0.000004512"), "$0.000005");
        assert_eq!(count(-12_345), "-12,345");
        assert_eq!((cents(Cents(138_692)), cents(Cents(-500))), ("$1,386.92".into(), "-$5.00".into()));
        assert_eq!(dollars("-1386.92"), "-$1,386.92");
    }
}
