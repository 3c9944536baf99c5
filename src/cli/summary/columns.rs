//! The figures of a summary, one column each, as files and as people have
//! them.

use crate::amount::{Amount, Share};
use crate::desk::text;
use crate::report::{Figures, Summary};

/// A column of figures: its name in files, its heading, and its cell, exact
/// for files and for the eye.
pub(super) struct Column {
    pub name: &'static str,
    pub heading: &'static str,
    pub cell: fn(&Figures) -> Cell,
    /// Shown to people even where every cell is blank or zero.
    pub always: bool,
    /// The table it stands in where one is too wide for all.
    pub part: Part,
}

/// What is looked at together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Money,
    Tokens,
    Lines,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Money, Self::Tokens, Self::Lines];
}

pub(super) enum Cell {
    Count(i128),
    Money(Option<Amount>),
    /// An amount that nobody billed or recorded.
    Estimate(Amount),
    Share(Option<Share>),
}

impl Cell {
    pub fn exact(&self) -> String {
        match self {
            Self::Count(count) => count.to_string(),
            Self::Money(amount) => amount.map(|a| a.to_string()).unwrap_or_default(),
            Self::Estimate(amount) => amount.to_string(),
            Self::Share(share) => share.map(|s| s.to_string()).unwrap_or_default(),
        }
    }

    pub fn shown(&self) -> String {
        match self {
            Self::Count(count) => text::count(i64::try_from(*count).unwrap_or(i64::MAX)),
            Self::Money(amount) => amount.map(money).unwrap_or_default(),
            Self::Estimate(amount) if amount.is_zero() => String::new(),
            Self::Estimate(amount) => format!("~{}", money(*amount)),
            Self::Share(share) => share.map(Share::percent).unwrap_or_default(),
        }
    }

    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Count(count) => *count == 0,
            Self::Money(amount) => amount.is_none_or(Amount::is_zero),
            Self::Estimate(amount) => amount.is_zero(),
            Self::Share(share) => share.is_none(),
        }
    }
}

/// In cents, and finer only where cents would hide something.
fn money(amount: Amount) -> String {
    text::money(if amount.abs() < Amount::from_int(1) { amount } else { amount.rounded(2) })
}

const fn column(
    name: &'static str,
    heading: &'static str,
    cell: fn(&Figures) -> Cell,
    always: bool,
    part: Part,
) -> Column {
    Column { name, heading, cell, always, part }
}

/// What every summary has.
const COLUMNS: [Column; 16] = [
    column("items", "items", |f| Cell::Count(f.items.into()), true, Part::Money),
    column("bill_lines", "bill lines", |f| Cell::Count(f.bill_lines.into()), false, Part::Lines),
    column("ledger_entries", "entries", |f| Cell::Count(f.ledger_entries.into()), false, Part::Lines),
    column("requests", "requests", |f| Cell::Count(f.requests.into()), true, Part::Money),
    column("input_tokens", "input", |f| Cell::Count(f.tokens.input), false, Part::Tokens),
    column("cached_tokens", "cached", |f| Cell::Count(f.tokens.cached), false, Part::Tokens),
    column("output_tokens", "output", |f| Cell::Count(f.tokens.output), false, Part::Tokens),
    column("total_tokens", "tokens", |f| Cell::Count(f.tokens.total), false, Part::Tokens),
    column("recorded", "recorded", |f| Cell::Money(Some(f.recorded)), true, Part::Money),
    column("billed", "billed", |f| Cell::Money(Some(f.billed)), true, Part::Money),
    column("difference", "difference", |f| Cell::Money(Some(f.difference)), true, Part::Money),
    column("mean_difference", "mean", |f| Cell::Money(f.mean_difference()), false, Part::Money),
    column("request_id_share", "with id", |f| Cell::Share(f.id_share()), false, Part::Lines),
    column("unpriced_lines", "unpriced", |f| Cell::Count(f.unpriced.into()), false, Part::Lines),
    column("estimated_requests", "estimated", |f| Cell::Count(f.estimated_requests.into()), false, Part::Money),
    column("estimated_cost", "estimate", |f| Cell::Estimate(f.estimated), false, Part::Money),
];

/// With a margin in `config.toml`.
const MARGIN: [Column; 3] = [
    column("base", "base", |f| Cell::Money(Some(f.base)), true, Part::Money),
    column("margin", "margin", |f| Cell::Money(Some(f.margin)), true, Part::Money),
    column("final", "final", |f| Cell::Money(Some(f.with_margin())), true, Part::Money),
];

pub(super) fn columns(summary: &Summary) -> impl Iterator<Item = &'static Column> {
    COLUMNS.iter().chain(MARGIN.iter().filter(|_| summary.margin.is_some()))
}
