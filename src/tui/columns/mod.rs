//! The columns of a table as the operator wants them: which are shown, in what
//! order, how wide, and which stay in sight when the others scroll sideways.
//! What of that fits on a screen is the view's to say.

mod file;
mod held;
#[cfg(test)]
pub(crate) mod tests;

use std::cell::RefCell;

pub use file::{parse, text};
pub use held::{Chosen, Held, Page, Taken, Window};

/// Least and greatest width that can be asked for, in columns of the screen.
pub const WIDTHS: std::ops::RangeInclusive<u16> = 4..=120;

/// One column as it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Its number in the table.
    pub column: usize,
    pub hidden: bool,
    /// `None`: as wide as its cells are, as far as there is room.
    pub width: Option<u16>,
}

/// All columns of a table, each once, the frozen ones first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    slots: Vec<Slot>,
    frozen: usize,
}

impl Layout {
    /// `count` columns in the table's own order, of which the first `frozen`
    /// stay in sight.
    pub fn new(count: usize, frozen: usize) -> Self {
        let slots = (0..count).map(|column| Slot { column, hidden: false, width: None }).collect();
        Self { slots, frozen: frozen.min(count) }
    }

    /// These columns in this order, the first `frozen` of which stay in sight.
    pub const fn of(slots: Vec<Slot>, frozen: usize) -> Self {
        Self { slots, frozen }
    }

    /// So many of the order stay in sight.
    pub const fn frozen(&self) -> usize {
        self.frozen
    }

    /// In order, hidden ones included.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// In order, without the hidden ones.
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = Slot> {
        self.slots.iter().copied().filter(|slot| !slot.hidden)
    }

    pub fn is_frozen(&self, column: usize) -> bool {
        self.place(column).is_some_and(|at| at < self.frozen)
    }

    /// Where a column stands in the order.
    pub fn place(&self, column: usize) -> Option<usize> {
        self.slots.iter().position(|slot| slot.column == column)
    }

    /// The shown column beside this one; from none the first or the last. At
    /// the end, and from a hidden one, it is what is nearest.
    pub fn beside(&self, column: Option<usize>, forward: bool) -> Option<usize> {
        let last = self.slots.len().saturating_sub(1);
        let from = match column.and_then(|column| self.place(column)) {
            None => {
                return if forward { self.shown().next() } else { self.shown().next_back() }.map(|slot| slot.column);
            }
            Some(at) => at,
        };
        let is_shown = |at: &usize| self.slots.get(*at).is_some_and(|slot| !slot.hidden);
        let next = if forward { (from + 1..=last).find(is_shown) } else { (0..from).rev().find(is_shown) };
        let nearest = || {
            if is_shown(&from) {
                Some(from)
            } else if forward {
                (0..from).rev().find(is_shown)
            } else {
                (from..=last).find(is_shown)
            }
        };
        self.slots.get(next.or_else(nearest)?).map(|slot| slot.column)
    }

    /// Hides a column or shows it again; false where it is the last one shown.
    pub fn toggle(&mut self, column: usize) -> bool {
        let several = self.shown().count() > 1;
        match self.slot(column) {
            Some(slot) if slot.hidden || several => {
                slot.hidden = !slot.hidden;
                true
            }
            _ => false,
        }
    }

    /// Moves a column by one place, over hidden ones too if `over_hidden`;
    /// false at the ends, and where frozen columns begin or end.
    pub fn shift(&mut self, column: usize, forward: bool, over_hidden: bool) -> bool {
        let Some(from) = self.place(column) else { return false };
        let bounds = if from < self.frozen { 0..self.frozen } else { self.frozen..self.slots.len() };
        let stops = |at: &usize| over_hidden || self.slots.get(*at).is_some_and(|slot| !slot.hidden);
        let to = if forward { (from + 1..bounds.end).find(stops) } else { (bounds.start..from).rev().find(stops) };
        let Some(to) = to else { return false };
        let slot = self.slots.remove(from);
        self.slots.insert(to, slot);
        true
    }

    /// Freezes a column behind those that are, or lets it go before the rest;
    /// says whether it is frozen now.
    pub fn freeze(&mut self, column: usize) -> bool {
        let Some(from) = self.place(column) else { return false };
        let slot = self.slots.remove(from);
        let frozen = from < self.frozen;
        self.frozen = if frozen { self.frozen - 1 } else { self.frozen + 1 };
        let to = if frozen { self.frozen } else { self.frozen - 1 };
        self.slots.insert(to, slot);
        !frozen
    }

    /// Wants a width, held within [`WIDTHS`]; `None` leaves it to the cells.
    pub fn widen(&mut self, column: usize, width: Option<u16>) {
        if let Some(slot) = self.slot(column) {
            slot.width = width.map(|width| width.clamp(*WIDTHS.start(), *WIDTHS.end()));
        }
    }

    /// The width that is wanted of a column.
    pub fn width(&self, column: usize) -> Option<u16> {
        self.slots.iter().find(|slot| slot.column == column)?.width
    }

    fn slot(&mut self, column: usize) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|slot| slot.column == column)
    }
}

/// Where a column stands on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Its number in the table, behind the one of the marks.
    pub column: usize,
    pub x: u16,
    pub width: u16,
}

/// The columns of one screen: what can be wanted of them, what is, and the one
/// under the cursor.
#[derive(Debug, Default)]
pub struct TableColumns {
    /// A name for each, as titles and the file have it; none where a screen
    /// has no table that can be laid out.
    pub names: Vec<&'static str>,
    /// As it is at first.
    pub own: Layout,
    pub layout: Layout,
    pub cursor: Option<usize>,
    /// Those that have nothing in them as the figures are now; they are passed
    /// over until they have.
    pub absent: Vec<usize>,
    /// What was drawn last, from left to right: what a click on the table hits
    /// and how wide a column is before it is made wider.
    pub placed: RefCell<Vec<Placed>>,
    /// What its columns took when it was drawn last.
    pub held: RefCell<Held>,
}

impl Default for Layout {
    fn default() -> Self {
        Self::new(0, 0)
    }
}

impl TableColumns {
    pub fn new(names: Vec<&'static str>, frozen: usize) -> Self {
        let own = Layout::new(names.len(), frozen);
        Self { layout: own.clone(), own, names, ..Self::default() }
    }

    /// In order, without the hidden and the absent ones.
    pub fn in_sight(&self) -> impl Iterator<Item = Slot> {
        self.layout.shown().filter(|slot| !self.absent.contains(&slot.column))
    }

    /// The column beside the one under the cursor; at the end that one itself.
    pub fn beside_cursor(&self, forward: bool) -> Option<usize> {
        let mut at = self.cursor;
        for _ in 0..self.names.len() {
            let next = self.layout.beside(at, forward);
            if next == at {
                return self.cursor;
            }
            at = next;
            if at.is_none_or(|column| !self.absent.contains(&column)) {
                return at;
            }
        }
        self.cursor
    }

    pub fn name(&self, column: usize) -> &'static str {
        self.names.get(column).copied().unwrap_or_default()
    }

    /// How wide a column was drawn last.
    pub fn drawn(&self, column: usize) -> Option<u16> {
        self.placed.borrow().iter().find(|placed| placed.column == column).map(|placed| placed.width)
    }
}
