//! Which kinds of line each side has at all, and so what can be compared.

use rayon::prelude::*;

use super::grain::in_tokens;
use super::{Finest, Grain, Sides};
use crate::price::CostDays;
use crate::usage::{Lines, Shape};

pub(super) struct Kinds {
    bill: [bool; 4],
    ledger: [bool; 4],
    /// Requests are compared one by one.
    requests: bool,
}

/// Whether the entries of a ledger have to be known one by one to be compared
/// with this bill: it has requests, which are compared by themselves or by
/// their minutes, or tokens by the minute or hour, or it has nothing that is
/// compared by the day, and then each entry stands alone.
pub fn needs_entries(bill: &Lines, finest: Finest) -> bool {
    let has = |shape: Shape| {
        bill.files().iter().any(|file| file.shape == shape)
            && (0..bill.len() as u32).into_par_iter().with_min_len(1 << 14).any(|row| bill.shape(row) == shape)
    };
    let costs = CostDays::of(bill);
    let bucket = |row: u32| {
        bill.shape(row) == Shape::Usage
            && (1..86_400).contains(&bill.span(row))
            && in_tokens(bill, row)
            && !costs.is_evidence(bill, row)
    };
    let within_a_day = finest.period().seconds().is_some();
    within_a_day && (has(Shape::Request) || (0..bill.len() as u32).into_par_iter().with_min_len(1 << 14).any(bucket))
        || finest.has_requests() && !(has(Shape::Cost) || has(Shape::Usage))
}

impl Kinds {
    pub fn of(sides: &Sides, finest: Finest) -> Self {
        let has = |lines: &Lines| {
            Shape::ALL.map(|shape| {
                lines.files().iter().any(|file| file.shape == shape)
                    && (0..lines.len() as u32)
                        .into_par_iter()
                        .with_min_len(1 << 14)
                        .any(|row| lines.shape(row) == shape)
            })
        };
        Self { bill: has(sides.bill), ledger: has(sides.ledger), requests: finest.has_requests() }
    }

    /// Whether the ledger has lines that a bill line of this kind can be
    /// compared with: day sums are held against requests as well.
    pub fn has_ledger(&self, shape: Shape) -> bool {
        let has = |shape: Shape| Shape::ALL.iter().zip(self.ledger).any(|(of, has)| *of == shape && has);
        match shape {
            Shape::Credits => has(Shape::Credits),
            Shape::Request if self.requests && has(Shape::Request) => true,
            Shape::Request | Shape::Cost | Shape::Usage => {
                [Shape::Request, Shape::Cost, Shape::Usage].into_iter().any(has)
            }
        }
    }

    /// How each kind of line is compared; `found` are the grains of whole days.
    pub fn grains(&self, found: Vec<Grain>) -> Vec<Grain> {
        let by_day = |shape: Shape| found.iter().any(|grain| grain.shape == shape);
        let platform = found.iter().any(|grain| grain.shape != Shape::Credits);
        let grain = |(at, shape): (usize, Shape)| {
            let (name, both) = match shape {
                Shape::Request => ("request", "Both sides have one row for each request."),
                Shape::Credits => (
                    "day x user x usage type",
                    "A credit report says no more than credits by day, user and usage type.",
                ),
                Shape::Cost => ("line of the bill", ""),
                Shape::Usage => ("line of the bill", ""),
            };
            let why = match (self.bill[at], self.ledger[at]) {
                _ if by_day(shape) => return None,
                (false, false) => return None,
                // Compared with the day sums of the bill.
                (false, true) if shape != Shape::Credits && platform => return None,
                (true, true) if !both.is_empty() => both.into(),
                (true, _) if both.is_empty() => "No ledger is loaded, so the bill stands alone.".into(),
                (true, _) => format!("No ledger with rows by {name} is loaded, so the bill stands alone."),
                (false, true) => format!("No bill with rows by {name} is loaded, so the ledger stands alone."),
            };
            Some(Grain { shape, name: name.into(), why })
        };
        let mut grains: Vec<Grain> = Shape::ALL.into_iter().enumerate().filter_map(grain).collect();
        grains.extend(found.iter().cloned());
        grains.sort_by_key(|grain| grain.shape);
        grains
    }
}
