//! Numbers for the eye: amounts rounded for a screen, counts with separators,
//! times without what everybody knows. Nothing here is calculated with.

use crate::amount::{Amount, Cents, Quantity};
use crate::calendar::Instant;
pub use crate::desk::text::{cents, of};

/// Most decimals a list shows; the detail pane has them all.
const MOST_PLACES: u32 = 6;

/// An amount as a list shows it: cents, and up to six decimals below one unit
/// where the cents would hide something. What would look like zero all the
/// same is `~0`: close to it, but not it.
pub fn money(amount: Amount) -> String {
    if amount.is_zero() {
        return "0.00".to_owned();
    }
    let places = amount.decimals().clamp(2, MOST_PLACES);
    let places = if amount.abs() < Amount::from_int(1) { places } else { 2 };
    let text = amount.to_fixed(places);
    if text.bytes().all(|b| matches!(b, b'0' | b'.' | b'-')) {
        return "~0".to_owned();
    }
    let text = match text.split_once('.') {
        Some((_, part)) if part.len() > 2 => {
            let keep = part.trim_end_matches('0').len().max(2);
            text.get(..text.len() - (part.len() - keep)).unwrap_or(&text).to_owned()
        }
        _ => text,
    };
    grouped(&text)
}

/// An amount to the last digit, at least in cents.
pub fn exact(amount: Amount) -> String {
    grouped(&if amount.decimals() < 2 { amount.to_fixed(2) } else { amount.to_string() })
}

/// An amount to the last digit with its sign, also where it is positive.
pub fn signed_exact(amount: Amount) -> String {
    let text = exact(amount);
    if amount > Amount::ZERO { format!("+{text}") } else { text }
}

/// Credits, or another quantity, to the last digit.
pub fn quantity(quantity: Quantity) -> String {
    grouped(&quantity.to_string())
}

/// With its sign, also where it is positive.
pub fn signed(amount: Amount) -> String {
    let text = money(amount);
    if amount > Amount::ZERO && !text.starts_with('~') { format!("+{text}") } else { text }
}

/// A total as a column of totals shows it: in cents, and `~0` where they would
/// show zero though there is something.
pub fn total(amount: Amount) -> String {
    let cents = grouped(&amount.to_fixed(2));
    let zero = cents.bytes().all(|b| matches!(b, b'0' | b'.' | b'-'));
    if zero && !amount.is_zero() { "~0".to_owned() } else { cents }
}

/// A total with its sign, also where it is positive.
pub fn signed_total(amount: Amount) -> String {
    let text = total(amount);
    if amount > Amount::ZERO && !text.starts_with('~') { format!("+{text}") } else { text }
}

/// Dollars in whole cents, for totals.
pub fn dollars(amount: Amount) -> String {
    cents(Cents::nearest(amount))
}

pub fn count(count: u64) -> String {
    grouped(&count.to_string())
}

pub fn tokens(tokens: i64) -> String {
    grouped(&tokens.to_string())
}

/// Commas between thousands of the whole part.
fn grouped(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let whole = rest.find('.').unwrap_or(rest.len());
    let mut out = String::with_capacity(text.len() + text.len() / 3);
    out.push_str(sign);
    for (at, char) in rest.chars().enumerate() {
        if at > 0 && at < whole && (whole - at) % 3 == 0 {
            out.push(',');
        }
        out.push(char);
    }
    out
}

/// `01-05 09:30`: the month is in the header, the second in the detail pane.
/// Midnight, which is how a day without a time is read, shows the date alone.
pub fn time(at: Instant) -> String {
    let text = at.to_string();
    let (day, clock) = text.split_once('T').unwrap_or((&text, ""));
    let day = day.get(5..).unwrap_or(day);
    match clock {
        "00:00:00Z" | "" => day.to_owned(),
        _ => format!("{day} {}", clock.get(..5).unwrap_or(clock)),
    }
}

/// `12.3 MB`, in powers of 1,000.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut size = 1u64;
    for (at, unit) in UNITS.iter().enumerate() {
        if bytes / size < 1_000 || at + 1 == UNITS.len() {
            let tenths = (bytes % size) * 10 / size;
            return if at == 0 { format!("{bytes} {unit}") } else { format!("{}.{tenths} {unit}", bytes / size) };
        }
        size *= 1_000;
    }
    String::new()
}

/// `4 s`, `2 min`.
pub fn seconds(seconds: u64) -> String {
    if seconds < 90 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        money(Amount::parse(text).unwrap())
    }

    #[test]
    fn amounts_show_cents_and_what_cents_would_hide() {
        assert_eq!(shown("0"), "0.00");
        assert_eq!(shown("1234.5"), "1,234.50");
        assert_eq!(shown("-1234567.899"), "-1,234,567.90");
        assert_eq!(shown("0.0045"), "0.0045");
        assert_eq!(shown("0.0000045"), "0.000005");
        assert_eq!(shown("0.5"), "0.50");
        assert_eq!(shown("-0.10000049"), "-0.10");
        assert_eq!(shown("0.00000001"), "~0");
        assert_eq!(shown("-0.00000001"), "~0");
        assert_eq!(shown("18.70675"), "18.71");
        assert_eq!(exact(Amount::parse("18.70675").unwrap()), "18.70675");
        assert_eq!(exact(Amount::parse("1000").unwrap()), "1,000.00");
        assert_eq!(signed(Amount::parse("3").unwrap()), "+3.00");
        let total_of = |text: &str| signed_total(Amount::parse(text).unwrap());
        assert_eq!([total_of("0.2484"), total_of("0.004"), total_of("-0.0000001")], ["+0.25", "~0", "~0"]);
        assert_eq!(total_of("0"), "0.00");
        assert_eq!(dollars(Amount::parse("-1234.567").unwrap()), "-$1,234.57");
    }

    #[test]
    fn times_leave_out_the_year_and_a_midnight() {
        assert_eq!(time(Instant::parse("2026-01-05T09:30:59Z").unwrap()), "01-05 09:30");
        assert_eq!(time(Instant::parse("2026-01-05").unwrap()), "01-05");
    }

    #[test]
    fn sizes_and_counts_read_as_people_write_them() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(12_345_678), "12.3 MB");
        assert_eq!(bytes(u64::MAX), "18446744.0 TB");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(of(1, "item", "items"), "1 item");
        assert_eq!(seconds(89), "89 s");
        assert_eq!(seconds(121), "3 min");
    }
}
