//! The short way through a block: of nearly all rows every cell is what cells
//! of its column nearly always are, such as a time in one of two forms, a count
//! of a few digits, a name that was seen before. Such rows are read column by
//! column, some hundreds of rows at a time, straight into the form in which
//! [`Lines`](crate::usage::Lines) hold them.
//!
//! A row with anything else in it is *odd* and takes the general way, which
//! alone decides what is right and what is wrong. The short way says nothing of
//! its own: what it makes of a row is what the general way makes of it.

mod csv;
mod grid;
mod json;
mod known;
mod rows;

#[cfg(test)]
mod tests;

pub(super) use known::whole;
pub(super) use rows::{Reader, Rows, Run, Short};

/// What the row function of a format makes of a row whose cells are all usual:
/// the field of each part of a line. Every other field of the format must be
/// blank, or the row is odd.
pub(super) struct Usual {
    pub id: Option<usize>,
    /// The time is the first of these that is not blank.
    pub time: &'static [usize],
    /// It is a day.
    pub by_day: bool,
    pub account: Option<usize>,
    pub model: Option<usize>,
    /// The user is the first of these that is not blank.
    pub user: &'static [usize],
    pub project: Option<usize>,
    pub api_key: Option<usize>,
    pub action: Option<usize>,
    /// What an action must be so that it changes nothing else in the row.
    pub action_fits: fn(&str) -> bool,
    /// Actions, in any case, that change what the row means.
    pub odd_actions: &'static [&'static str],
    pub input: Option<usize>,
    pub cached: Option<usize>,
    pub output: Option<usize>,
    pub total: Option<usize>,
    pub amount: Option<usize>,
    /// The amount is in hundredths.
    pub cents: bool,
    /// A row that has neither of these two is odd, where the format has them.
    pub credits: Option<usize>,
    pub quantity: Option<usize>,
    pub unit: Option<usize>,
    pub currency: Option<usize>,
    pub row_key: Option<usize>,
    /// Fields that change nothing while they are blank or one of these words.
    pub words: &'static [(usize, &'static [&'static str])],
}

impl Usual {
    pub const NONE: Self = Self {
        id: None,
        time: &[],
        by_day: false,
        account: None,
        model: None,
        user: &[],
        project: None,
        api_key: None,
        action: None,
        action_fits: whole,
        odd_actions: &[],
        input: None,
        cached: None,
        output: None,
        total: None,
        amount: None,
        cents: false,
        credits: None,
        quantity: None,
        unit: None,
        currency: None,
        row_key: None,
        words: &[],
    };
}
