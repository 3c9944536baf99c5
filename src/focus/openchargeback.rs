//! The profile `openchargeback`: ten columns, dates without a time, the last
//! day of a period included.
//!
//! The importer knows a row by its period, `ResourceId` and day, keeps what is
//! no longer sent, and stops at a number it cannot read; so ids never change
//! form, and amounts are plain decimals with two places.

use super::kinds::Kinds;
use super::row::{ResourceId, Row};
use super::text::{cell, tags_cell};
use crate::allocate::Stem;
use crate::amount::Cents;
use crate::calendar::{Day, Month};

pub(super) const COLUMNS: [&str; 10] = [
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ServiceName",
    "ResourceName",
    "ListCost",
    "BilledCost",
    "ResourceId",
    "Tags",
];

/// Texts used again from row to row.
#[derive(Default)]
pub(super) struct Scratch<'a> {
    dates: String,
    dates_of: Option<(Month, Day)>,
    piece: String,
    kinds: Kinds<'a>,
}

/// Adds a line.
pub(super) fn line<'a>(text: &mut String, row: &Row<'a>, scratch: &mut Scratch<'a>) {
    // Rows of a day follow each other, and a date takes longest to write.
    if scratch.dates_of != Some((row.month, row.day)) {
        scratch.dates_of = Some((row.month, row.day));
        scratch.dates = format!("{},{},{},{},", row.month.first(), row.month.last(), row.day, row.day);
    }
    text.push_str(&scratch.dates);
    cell(text, row.service);
    let Scratch { piece, kinds, .. } = scratch;
    if [row.service, row.what, row.user].into_iter().all(|part| kinds.of(part).cell) {
        row.push_resource_name(text);
        text.push(',');
    } else {
        piece.clear();
        row.push_resource_name(piece);
        cell(text, piece);
    }
    push_cents(text, row.list_cost.cents());
    push_cents(text, row.billed_cost);
    match &row.id {
        ResourceId::Of { base: Stem::Own { what, user, .. }, rule: None, lot: None, .. }
            if kinds.of(what).cell && kinds.of(user).cell =>
        {
            row.id.push(text);
            text.push(',');
        }
        id => {
            piece.clear();
            id.push(piece);
            cell(text, piece);
        }
    }
    tags_cell(text, row, kinds);
    text.pop();
    text.push('\n');
}

fn push_cents(text: &mut String, cents: Cents) {
    let Cents(cents) = cents;
    if cents < 0 {
        text.push('-');
    }
    let magnitude = cents.unsigned_abs();
    text.push_str(itoa::Buffer::new().format(magnitude / 100));
    let [tens, ones] = [magnitude / 10 % 10, magnitude % 10].map(|digit| b'0' + digit as u8);
    // Digits are text.
    text.push_str(std::str::from_utf8(&[b'.', tens, ones, b',']).unwrap_or_default());
}
