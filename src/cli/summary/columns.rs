//! The figures of a summary as people read them on the command line.

use crate::amount::{Amount, Share};
use crate::desk::text;
use crate::report::Cell;

pub(super) fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Count(count) => text::count(i64::try_from(*count).unwrap_or(i64::MAX)),
        Cell::Money(amount) => amount.map(money).unwrap_or_default(),
        Cell::Estimate(amount) if amount.is_zero() => String::new(),
        Cell::Estimate(amount) => format!("~{}", money(*amount)),
        Cell::Share(share) => share.map(Share::percent).unwrap_or_default(),
    }
}

/// In cents, and finer only where cents would hide something.
fn money(amount: Amount) -> String {
    text::money(if amount.abs() < Amount::from_int(1) { amount } else { amount.rounded(2) })
}
