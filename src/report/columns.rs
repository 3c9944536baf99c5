//! The figures of a summary as columns: one list for files, for the command
//! line and for the screen. A summary comes in, cells come out, exact; how
//! they read is up to a face.

use std::cmp::Ordering;

use super::{Figures, Summary};
use crate::amount::{Amount, Share};

/// A column of figures.
pub struct Column {
    /// In files, and what a sort is named by.
    pub name: &'static str,
    pub heading: &'static str,
    cell: fn(&Figures) -> Cell,
    /// Shown to people even where every cell is blank or zero.
    always: bool,
    /// The table it stands in where one is too wide for all.
    pub part: Part,
}

/// What is looked at together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Money,
    Tokens,
    Lines,
}

impl Part {
    pub const ALL: [Self; 3] = [Self::Money, Self::Tokens, Self::Lines];
}

/// One figure of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    Count(i128),
    Money(Option<Amount>),
    /// An amount that nobody billed or recorded.
    Estimate(Amount),
    Share(Option<Share>),
}

impl Cell {
    /// To the last digit, as files have it; empty where there is no figure.
    pub fn exact(&self) -> String {
        match self {
            Self::Count(count) => count.to_string(),
            Self::Money(amount) => amount.map(|a| a.to_string()).unwrap_or_default(),
            Self::Estimate(amount) => amount.to_string(),
            Self::Share(share) => share.map(|s| s.to_string()).unwrap_or_default(),
        }
    }

    /// Blank or zero: nothing to look at.
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Count(count) => *count == 0,
            Self::Money(amount) => amount.is_none_or(Amount::is_zero),
            Self::Estimate(amount) => amount.is_zero(),
            Self::Share(share) => share.is_none(),
        }
    }

    /// By size; a figure that is not there comes last, whichever way.
    fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let way = |order: Ordering| if descending { order.reverse() } else { order };
        let optional = |one: Option<Ordering>, left: bool, right: bool| match (one, left, right) {
            (Some(order), ..) => way(order),
            (None, left, right) => right.cmp(&left),
        };
        match (self, other) {
            (Self::Count(a), Self::Count(b)) => way(a.cmp(b)),
            (Self::Estimate(a), Self::Estimate(b)) => way(a.cmp(b)),
            (Self::Money(a), Self::Money(b)) => optional(a.zip(*b).map(|(a, b)| a.cmp(&b)), a.is_some(), b.is_some()),
            (Self::Share(a), Self::Share(b)) => optional(a.zip(*b).map(|(a, b)| a.cmp(&b)), a.is_some(), b.is_some()),
            // Cells of one column are of one kind.
            _ => Ordering::Equal,
        }
    }
}

impl Column {
    pub fn cell(&self, figures: &Figures) -> Cell {
        (self.cell)(figures)
    }
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

/// The column of this name, whether a summary has it or not.
pub fn column_named(name: &str) -> Option<&'static Column> {
    COLUMNS.iter().chain(&MARGIN).find(|column| column.name == name)
}

/// Every column there can be, whether a summary has it or not.
pub fn all_columns() -> impl ExactSizeIterator<Item = &'static Column> {
    const ALL: usize = COLUMNS.len() + MARGIN.len();
    (0..ALL).filter_map(|at| COLUMNS.get(at).or_else(|| MARGIN.get(at - COLUMNS.len()))).collect::<Vec<_>>().into_iter()
}

impl Summary {
    /// Every column there is, for files.
    pub fn columns(&self) -> impl Iterator<Item = &'static Column> + use<> {
        COLUMNS.iter().chain(MARGIN.iter().filter(|_| self.margin.is_some())).collect::<Vec<_>>().into_iter()
    }

    /// Those that say something, for people.
    pub fn columns_shown(&self) -> Vec<&'static Column> {
        let says = |column: &&Column| column.always || !column.cell(&self.total).is_nothing();
        self.columns().filter(says).collect()
    }

    /// The numbers of the groups by a column of this name; in their natural
    /// order, or that turned round, without one. Groups that are equal stay in
    /// their natural order.
    pub fn order(&self, column: Option<&str>, descending: bool) -> Vec<u32> {
        use rayon::prelude::*;
        let mut order: Vec<u32> = (0..self.groups.len() as u32).collect();
        let column = column.and_then(|name| self.columns().find(|column| column.name == name));
        match column {
            None if descending => order.reverse(),
            None => {}
            Some(column) => {
                let cells: Vec<Cell> = self.groups.par_iter().map(|group| column.cell(&group.figures)).collect();
                let cell = |at: &u32| cells.get(*at as usize).copied().unwrap_or(Cell::Count(0));
                order.par_sort_by(|a, b| cell(a).compare(&cell(b), descending).then(a.cmp(b)));
            }
        }
        order
    }
}
