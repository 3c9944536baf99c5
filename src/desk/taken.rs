//! What a reading tells of the files of the book: the days that each of them
//! covers, and the way out where one of them cannot be read.

use super::{Inputs, Session};
use crate::book::InputRecord;
use crate::usage::{Side, SourceFile};

impl Session {
    /// Keeps the days that each file covers, as far as they are known.
    ///
    /// # Errors
    /// A sentence: the book cannot be written.
    pub(super) fn note_days(&self, inputs: &Inputs) -> Result<(), String> {
        let mut book = self.book();
        for (side, read) in [(Side::Bill, &inputs.bill), (Side::Ledger, &inputs.ledger)] {
            let records = book.inputs(side).map_err(|error| error.to_string())?;
            for SourceFile { sha256, days, .. } in read.lines.files() {
                let of_book = records.iter().find(|record| record.sha256 == *sha256 && record.days != *days);
                if let (Some(record), Some((first, last))) = (of_book, *days) {
                    book.set_input_days(record.added, first, last).map_err(|error| error.to_string())?;
                }
            }
        }
        Ok(())
    }

    /// Why files cannot be read, with how to go on without the one that it
    /// names.
    pub(super) fn with_way_out(&self, why: String) -> String {
        // Files that are only looked at are not in the book.
        if self.options().read_only && !self.options().inputs.is_empty() {
            return why;
        }
        let book = self.book();
        let records = [Side::Bill, Side::Ledger].into_iter().flat_map(|side| book.inputs(side).unwrap_or_default());
        let named = |record: &InputRecord| why.starts_with(&format!("{}:", record.path.display()));
        let records: Vec<InputRecord> = records.filter(named).collect();
        let how = match &records[..] {
            [] => return why,
            [record] => record.way_out(),
            _ => "trueup inputs remove NUMBER --why TEXT (trueup inputs lists the numbers)".to_owned(),
        };
        let end = if why.ends_with('.') { "" } else { "." };
        format!("{why}{end} If it was given by mistake, take it out of the book: {how}.")
    }
}
