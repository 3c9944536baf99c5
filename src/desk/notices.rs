//! What a face says of what was loaded, as sentences.

use super::{Inputs, months_of, text};
use crate::book::Config;
use crate::calendar::Month;
use crate::read;
use crate::usage::Lines;

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
            notices.push(format!("{side}: {rows} (screen B and trueup exclude list them)."));
        }
    }
    notices
}

/// A sentence for each side that has rows, and none of the month: a file of
/// another month named by mistake looks like a side that lacks everything.
pub(super) fn not_of(month: Month, inputs: &Inputs) -> Vec<String> {
    let sentence = |(side, lines): (&str, &Lines)| {
        let months = months_of(lines);
        let (first, last) = (months.first()?, months.last()?);
        let of = if first == last { first.to_string() } else { format!("{first} to {last}") };
        (!months.contains(&month))
            .then(|| format!("{side}: no row is of {month}; those that are there are of {of}. --month names a month."))
    };
    [("bill", &inputs.bill.lines), ("ledger", &inputs.ledger.lines)].into_iter().filter_map(sentence).collect()
}
