//! A sheet as the bytes of its file: blocks of rows are made into text on all
//! cores and written in order.

use std::io::{self, Write};
use std::sync::mpsc::{channel, sync_channel};

use rayon::prelude::*;

use super::row::Row;
use super::sheet::Sheet;
use super::{openchargeback, standard};

/// Rows made into text at a time by one thread, and by all of them before
/// anything is written: enough to keep them busy, little enough to hold.
const ROWS_A_PIECE: usize = 2_048;
const PIECES_AT_ONCE: usize = 16;

impl Sheet {
    /// Writes the rows as CSV: line ends are LF, cells are quoted where they
    /// must be. The same rows give the same bytes.
    ///
    /// # Errors
    /// What `out` reports.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.header().as_bytes())?;
        let pieces: Vec<usize> = (0..self.charged().div_ceil(ROWS_A_PIECE)).collect();
        // While some rows are written, the next are made.
        std::thread::scope(|scope| {
            let (sender, batches) = sync_channel::<Vec<String>>(1);
            let (back, used) = channel::<Vec<String>>();
            scope.spawn(move || {
                for batch in pieces.chunks(PIECES_AT_ONCE) {
                    // Into texts that were written: to be given memory anew
                    // takes about as long as filling it.
                    let mut texts = used.try_recv().unwrap_or_default();
                    texts.resize_with(batch.len(), String::new);
                    let filled = texts.par_iter_mut().zip(batch).with_min_len(PIECES_AT_ONCE / 4);
                    filled.for_each_init(openchargeback::Scratch::default, |scratch, (text, piece)| {
                        text.clear();
                        self.piece(text, *piece, scratch);
                    });
                    // Who writes has stopped, and says why.
                    if sender.send(texts).is_err() {
                        return;
                    }
                }
            });
            batches.into_iter().try_for_each(|texts| {
                texts.iter().try_for_each(|text| out.write_all(text.as_bytes()))?;
                // Nobody takes them back once all rows are made.
                drop(back.send(texts));
                Ok::<(), io::Error>(())
            })
        })?;
        let mut behind = String::new();
        self.lines(&mut behind, self.more.rows(), &mut Default::default());
        out.write_all(behind.as_bytes())?;
        out.flush()
    }

    /// The first rows as they are written, header first, cell by cell.
    pub fn first(&self, most: usize) -> Vec<Vec<String>> {
        let mut text = self.header();
        self.lines(&mut text, self.rows().take(most), &mut Default::default());
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().flatten().map(|record| record.iter().map(str::to_owned).collect()).collect()
    }

    fn piece<'a>(&'a self, text: &mut String, piece: usize, scratch: &mut openchargeback::Scratch<'a>) {
        let from = piece * ROWS_A_PIECE;
        self.lines(text, (from..self.charged().min(from + ROWS_A_PIECE)).filter_map(|at| self.row(at)), scratch);
    }

    fn header(&self) -> String {
        let columns =
            if self.profile.is_focus() { standard::columns(self.profile) } else { openchargeback::COLUMNS.to_vec() };
        columns.join(",") + "\n"
    }

    fn lines<'a>(
        &'a self,
        text: &mut String,
        rows: impl Iterator<Item = Row<'a>>,
        scratch: &mut openchargeback::Scratch<'a>,
    ) {
        if self.profile.is_focus() {
            let mut piece = String::new();
            rows.for_each(|row| standard::line(text, self, &row, &mut piece));
        } else {
            rows.for_each(|row| openchargeback::line(text, &row, scratch));
        }
    }
}
