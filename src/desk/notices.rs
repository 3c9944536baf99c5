//! What a face says of what was loaded, as sentences.

use super::{Inputs, text};
use crate::book::Config;
use crate::read;

/// Sentences about what was read and which defaults were taken.
pub(crate) fn notices(inputs: &Inputs, config: &Config) -> Vec<String> {
    let mut notices = config.notices.clone();
    if let Some(grain) = config.grain {
        notices.push(format!("Compared at nothing finer than “{}”: this run was asked for that.", grain.name()));
    }
    notices.extend(super::margins::notices(&inputs.ledger, &config.settings.margin_included));
    for (side, read) in [("bill", &inputs.bill), ("ledger", &inputs.ledger)] {
        for file in read.lines.files() {
            let rows = text::counted(u64::from(file.rows), "row");
            notices.push(format!("{side}: {} read as {}, {rows}.", file.path.display(), file.format));
            if let Some(caution) = read::caution(file.format) {
                notices.push(format!("{side}: {}: {caution}.", file.path.display()));
            }
        }
        if read.repeated_rows > 0 {
            let rows = text::counted(read.repeated_rows, "row");
            notices.push(format!("{side}: {rows} in more than one file, counted once."));
        }
        if !read.superseded.is_empty() {
            notices.push(format!(
                "{side}: {} of an account downloaded twice and not alike; the later download counts ({} kept as \
                 evidence). Use --append for files that do not overlap.",
                text::counted(read.superseded.len() as u64, "day"),
                text::counted(read.superseded_lines.len() as u64, "older row")
            ));
        }
        for day in read.superseded.iter().filter(|day| day.shrunk) {
            notices.push(format!(
                "{side}: {} of account “{}” shrank from {} in {} to {} in {}.",
                day.day,
                day.account,
                text::counted(u64::from(day.older_rows), "row"),
                day.older.display(),
                day.newer_rows,
                day.newer.display()
            ));
        }
        notices.extend(read.coverage_notes.iter().map(|note| format!("{side}: {}", note.text)));
        if !read.bad_rows.is_empty() {
            let rows = text::counted(read.bad_rows.len() as u64, "bad row");
            notices.push(format!("{side}: {rows} (B lists them)."));
        }
    }
    notices
}
