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
    cell: fn(&Summary, &Figures) -> Cell,
    /// Shown to people even where every cell is blank or zero.
    always: bool,
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
    pub fn cell(&self, summary: &Summary, figures: &Figures) -> Cell {
        (self.cell)(summary, figures)
    }
}

const fn column(
    name: &'static str,
    heading: &'static str,
    cell: fn(&Summary, &Figures) -> Cell,
    always: bool,
) -> Column {
    Column { name, heading, cell, always }
}

/// What every summary has.
const COLUMNS: [Column; 16] = [
    column("items", "items", |_, f| Cell::Count(f.items.into()), true),
    column("bill_lines", "bill lines", |_, f| Cell::Count(f.bill_lines.into()), false),
    column("ledger_entries", "entries", |_, f| Cell::Count(f.ledger_entries.into()), false),
    column("requests", "requests", |_, f| Cell::Count(f.requests.into()), true),
    column("input_tokens", "input", |_, f| Cell::Count(f.tokens.input), false),
    column("cached_tokens", "cached", |_, f| Cell::Count(f.tokens.cached), false),
    column("output_tokens", "output", |_, f| Cell::Count(f.tokens.output), false),
    column("total_tokens", "tokens", |_, f| Cell::Count(f.tokens.total), false),
    column("recorded", "recorded", |_, f| Cell::Money(Some(f.recorded)), true),
    column("billed", "billed", |_, f| Cell::Money(Some(f.billed)), true),
    column("difference", "difference", |_, f| Cell::Money(Some(f.difference)), true),
    column("mean_difference", "mean", |_, f| Cell::Money(f.mean_difference()), false),
    column("request_id_share", "with id", |_, f| Cell::Share(f.id_share()), false),
    column("unpriced_lines", "unpriced", |_, f| Cell::Count(f.unpriced.into()), false),
    column("estimated_requests", "estimated", |_, f| Cell::Count(f.estimated_requests.into()), false),
    column("estimated_cost", "estimate", |_, f| Cell::Estimate(f.estimated), false),
];

/// With a margin in `config.toml`.
const MARGIN: [Column; 3] = [
    column("base", "base", |s, f| Cell::Money(Some(s.base_of(f))), true),
    column("margin", "margin", |_, f| Cell::Money(Some(f.margin)), true),
    column("final", "final", |s, f| Cell::Money(Some(s.final_of(f))), true),
];

/// The column of this name, whether a summary has it or not.
pub fn column_named(name: &str) -> Option<&'static Column> {
    COLUMNS.iter().chain(&MARGIN).find(|column| column.name == name)
}

impl Summary {
    /// Every column there is, for files.
    pub fn columns(&self) -> impl Iterator<Item = &'static Column> + use<> {
        COLUMNS.iter().chain(MARGIN.iter().filter(|_| self.margin.is_some())).collect::<Vec<_>>().into_iter()
    }

    /// Those that say something, for people.
    pub fn columns_shown(&self) -> Vec<&'static Column> {
        let says = |column: &&Column| column.always || !column.cell(self, &self.total).is_nothing();
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
                let cells: Vec<Cell> = self.groups.par_iter().map(|group| column.cell(self, &group.figures)).collect();
                let cell = |at: &u32| cells.get(*at as usize).copied().unwrap_or(Cell::Count(0));
                order.par_sort_by(|a, b| cell(a).compare(&cell(b), descending).then(a.cmp(b)));
            }
        }
        order
    }
}
