//! What a row says beyond the fields that every line has. It is kept only
//! where somebody asks for it, as a column of names for each thing asked, and
//! is no part of what a line is known again by.

use std::borrow::Cow;

use super::{Sym, SymColumn};
use crate::memory::{Order, Spare};

/// Something of a row that is kept when it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Extra {
    /// The job, run, batch or session that a row belongs to.
    Job,
    /// What stands in the row's metadata under this path, `outer.inner`.
    Meta(Box<str>),
}

impl Extra {
    /// `job`, `meta.team`.
    pub fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Job => Cow::Borrowed("job"),
            Self::Meta(path) => Cow::Owned(format!("meta.{path}")),
        }
    }
}

/// A column for each thing that was asked for. A column may end before the
/// lines do: the rest of them say nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct ExtraColumns(Vec<SymColumn>);

impl ExtraColumns {
    /// Says of a row what it has; rows come in their order.
    pub fn set(&mut self, row: usize, at: usize, sym: Sym) {
        if sym.is_none() {
            return;
        }
        if self.0.len() <= at {
            self.0.resize_with(at + 1, SymColumn::default);
        }
        if let Some(column) = self.0.get_mut(at) {
            column.pad(row);
            column.push(sym);
        }
    }

    pub fn get(&self, row: u32, at: usize) -> Sym {
        self.0.get(at).map_or(Sym::NONE, |column| column.get(row))
    }

    /// Each thing a row has, with its number.
    pub fn of(&self, row: u32) -> impl Iterator<Item = (usize, Sym)> + '_ {
        self.0.iter().map(move |column| column.get(row)).enumerate()
    }

    /// Appends those of other lines behind so many rows.
    pub fn append(&mut self, rows: usize, other: &Self, map: &[Sym]) {
        if self.0.len() < other.0.len() {
            self.0.resize_with(other.0.len(), SymColumn::default);
        }
        for (column, other) in self.0.iter_mut().zip(&other.0) {
            column.pad(rows);
            column.append(other, map);
        }
    }

    /// Puts the rows in another order.
    pub fn reorder(&mut self, order: &Order, spare: &mut Spare) {
        self.0.iter_mut().for_each(|column| column.reorder(order, spare));
    }

    pub fn bytes(&self) -> usize {
        self.0.iter().map(SymColumn::bytes).sum()
    }
}
