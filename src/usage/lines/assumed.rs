//! Lines as they are compared under an assumption: other times, other names.
//! Rows keep their numbers, and the lines that were read stay as they are.

use super::Lines;
use crate::calendar::Month;
use crate::usage::{Shape, Sym, SymColumn};

/// Microseconds of a minute.
const MINUTE: i64 = 60_000_000;

impl Lines {
    /// With minutes added to the time of each call. Lines of whole days, of
    /// credits, and bundles of calls have no time that could be another.
    #[must_use]
    pub fn with_minutes(mut self, minutes: i32) -> Self {
        for row in 0..self.len() as u32 {
            let moves = self.shape(row) == Shape::Request && self.span(row) == 0 && self.bundle(row).is_none();
            if let Some(at) = self.at.get_mut(row as usize).filter(|at| moves && **at != i64::MIN) {
                *at = at.saturating_add(i64::from(minutes) * MINUTE);
            }
        }
        self
    }

    /// With another name wherever one stands as project, key or user, in a
    /// month or in all lines.
    #[must_use]
    pub fn with_owner(mut self, from: Sym, to: Sym, within: Option<Month>) -> Self {
        let rows = self.len() as u32;
        let of_month: Option<Vec<bool>> =
            within.map(|month| (0..rows).map(|row| self.day(row).is_some_and(|day| month.contains(day))).collect());
        let holds = |row: u32| of_month.as_ref().is_none_or(|of| of.get(row as usize).copied().unwrap_or(false));
        for column in [&mut self.project, &mut self.api_key, &mut self.user] {
            if (0..rows).any(|row| column.get(row) == from) {
                let mut renamed = SymColumn::default();
                let other = |row: u32| Some(column.get(row)).filter(|sym| *sym != from || !holds(row)).unwrap_or(to);
                (0..rows).for_each(|row| renamed.push(other(row)));
                *column = renamed;
            }
        }
        self
    }
}
