//! Many rows at once, column by column: those of which a reader saw that every
//! cell is what cells of its column nearly always are. They go into the columns
//! as they are held there, without a [`Line`](crate::usage::Line) for each.

use std::ops::Range;

use super::Lines;
use crate::amount::Packed;
use crate::usage::{Short, Sym};

/// Rows that follow each other. A column is as long as the others, or empty
/// where none of its rows has anything; what is not here, none of them has.
#[derive(Debug, Default)]
pub struct Batch {
    /// Microseconds since 1970; every row has a time.
    pub at: Vec<i64>,
    /// Where texts of the rows stand in what they are read from.
    pub id: Vec<(u32, u32)>,
    pub row_key: Vec<(u32, u32)>,
    pub account: Vec<Sym>,
    pub model: Vec<Sym>,
    pub user: Vec<Sym>,
    pub project: Vec<Sym>,
    pub api_key: Vec<Sym>,
    pub action: Vec<Sym>,
    pub input: Vec<Short>,
    pub cached: Vec<Short>,
    pub output: Vec<Short>,
    /// Only where it is not the sum of input and output.
    pub total: Vec<Short>,
    pub amount: Vec<Packed>,
    pub credits: Vec<Packed>,
    pub quantity: Vec<Packed>,
    pub unit: Vec<Sym>,
}

impl Lines {
    /// Adds some rows of a batch, which stand in consecutive lines of a file
    /// from this one on. `text` is what they were read from.
    pub fn push_batch(&mut self, file: u16, first: u32, batch: &Batch, rows: Range<usize>, text: &[u8]) {
        fn part<'c, T>(column: &'c [T], rows: &Range<usize>) -> &'c [T] {
            column.get(rows.clone()).unwrap_or(&[])
        }
        let at = part(&batch.at, &rows);
        let count = at.len();
        self.at.extend_from_slice(at);
        self.file.resize(self.at.len(), file);
        self.line.extend((0..count as u32).map(|row| first.saturating_add(row)));
        if let Some(more) = &mut self.more {
            more.pad(count);
        }
        match part(&batch.id, &rows) {
            [] => self.id.pad(count),
            ids => self.id.push_all(text, ids),
        }
        match part(&batch.row_key, &rows) {
            [] => self.row_key.pad(count),
            keys => self.row_key.push_all(text, keys),
        }
        for (column, syms) in [
            (&mut self.account, &batch.account),
            (&mut self.model, &batch.model),
            (&mut self.user, &batch.user),
            (&mut self.project, &batch.project),
            (&mut self.api_key, &batch.api_key),
            (&mut self.action, &batch.action),
            (&mut self.unit, &batch.unit),
        ] {
            column.push_all(part(syms, &rows), count);
        }
        for (column, counts) in [
            (&mut self.input, &batch.input),
            (&mut self.cached, &batch.cached),
            (&mut self.output, &batch.output),
            (&mut self.total, &batch.total),
        ] {
            column.push_all(part(counts, &rows), count);
        }
        self.amount.push_packed(part(&batch.amount, &rows), count);
        self.quantity.push_packed(part(&batch.quantity, &rows), count);
        self.credits.push_packed(part(&batch.credits, &rows), count);
        self.not_applicable.push_all(&[], count);
    }
}
