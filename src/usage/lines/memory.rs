//! The memory of the columns: asked for at once, used again, and counted.

use super::{Lines, More};
use crate::memory;
use crate::usage::extra::ExtraColumns;
use crate::usage::{CountColumn, SymColumn};

impl Lines {
    /// Without any row or file, with the memory of the columns, to be filled
    /// again.
    pub fn clear(&mut self) {
        self.files.clear();
        self.file.clear();
        self.line.clear();
        self.at.clear();
        self.id.clear();
        let names = [&mut self.account, &mut self.model, &mut self.user, &mut self.project, &mut self.api_key];
        names.into_iter().chain([&mut self.action, &mut self.unit]).for_each(SymColumn::clear);
        let counts = [&mut self.input, &mut self.cached, &mut self.output, &mut self.total, &mut self.not_applicable];
        counts.into_iter().for_each(CountColumn::clear);
        self.quantity.clear();
        self.credits.clear();
        self.amount.clear();
        self.row_key.clear();
        self.more = None;
        self.extras = ExtraColumns::default();
    }

    /// Makes room for about so many more rows that have what those so far have.
    pub fn reserve(&mut self, rows: usize) {
        if self.is_empty() {
            return;
        }
        memory::reserve(&mut self.file, rows);
        memory::reserve(&mut self.line, rows);
        memory::reserve(&mut self.at, rows);
        self.id.reserve(rows);
        let names = [&mut self.account, &mut self.model, &mut self.user, &mut self.project, &mut self.api_key];
        names.into_iter().chain([&mut self.action, &mut self.unit]).for_each(|column| column.reserve(rows));
        let counts = [&mut self.input, &mut self.cached, &mut self.output, &mut self.total, &mut self.not_applicable];
        counts.into_iter().for_each(|column| column.reserve(rows));
        self.quantity.reserve(rows);
        self.credits.reserve(rows);
        self.amount.reserve(rows);
        self.row_key.reserve(rows);
    }

    /// Bytes of memory held by the columns.
    pub fn bytes(&self) -> usize {
        let syms = [&self.account, &self.model, &self.user, &self.project, &self.api_key, &self.action, &self.unit];
        let counts = [&self.input, &self.cached, &self.output, &self.total, &self.not_applicable];
        self.file.capacity() * 2
            + self.line.capacity() * 4
            + self.at.capacity() * 8
            + self.id.bytes()
            + syms.iter().map(|c| c.bytes()).sum::<usize>()
            + counts.iter().map(|c| c.bytes()).sum::<usize>()
            + self.quantity.bytes()
            + self.credits.bytes()
            + self.amount.bytes()
            + self.row_key.bytes()
            + self.extras.bytes()
            + self.more.as_ref().map_or(0, |more| more.bytes() + size_of::<More>())
    }
}
