//! Rows that could not be read, and days that shrank: where they stand, and
//! leaving them out with a reason. That follows what the file says and not the
//! month at hand: it holds wherever the same rows of the same content are read,
//! and a file that changed asks anew.

use std::collections::BTreeSet;
use std::path::Path;

use super::command::{Change, Command, Preview, Refusal};
use super::view::BadRowView;
use super::{Desk, text};
use crate::journal::Action;
use crate::read::BadRow;

/// Rows told one by one.
const MOST_TOLD: usize = 5;

impl Desk {
    /// Rows that could not be read, then days that shrank: both are left out
    /// by the operator, with a reason, before the month can be signed.
    pub fn bad_rows(&self) -> Vec<BadRowView> {
        let excluded = |key: &str| self.state.excluded(key).map(str::to_owned);
        let rows = self.all_bad_rows().map(|row| BadRowView {
            side: row.side.name(),
            origin: format!("{}:{}", file_name(&row.file), row.line),
            place: format!("{}:{}", file_name(&row.file), row.line),
            path: format!("{}:{}", row.file.display(), row.line),
            column: row.column.clone(),
            reason: row.reason.clone(),
            raw: row.raw.clone(),
            excluded: excluded(&row.key.to_string()),
        });
        let shrunk = self.shrunk_days().map(|(key, day)| BadRowView {
            side: day.side.name(),
            origin: file_name(&day.newer),
            place: format!("{}:{}", file_name(&day.newer), day.day),
            path: format!("{}:{}", day.newer.display(), day.day),
            column: "day".into(),
            reason: format!(
                "{} of account “{}” shrank from {} in {} to {}; the later download counts. Download the day once more, or leave this out with a \
                 reason.",
                day.day,
                day.account,
                text::counted(u64::from(day.older_rows), "row"),
                file_name(&day.older),
                day.newer_rows
            ),
            raw: String::new(),
            excluded: excluded(&key),
        });
        rows.chain(shrunk).collect()
    }

    /// How many rows could not be read and wait for a mended file or a reason,
    /// and how many were left out with one. To the month's health only the
    /// former are errors, as at the gate.
    pub(super) fn bad_rows_counted(&self) -> (u64, u64) {
        let (left_out, waiting): (Vec<&BadRow>, Vec<&BadRow>) =
            self.all_bad_rows().partition(|row| self.left_out_for(row).is_some());
        (waiting.len() as u64, left_out.len() as u64)
    }

    /// The reason a row that could not be read was left out for.
    pub fn left_out_for(&self, row: &BadRow) -> Option<&str> {
        self.state.excluded(&row.key.to_string())
    }

    fn all_bad_rows(&self) -> impl Iterator<Item = &BadRow> {
        self.inputs.bill.bad_rows.iter().chain(&self.inputs.ledger.bad_rows)
    }

    /// Those of this month: a day that shrank in a month that is signed must
    /// not stand in the way of every month after it.
    fn shrunk_days(&self) -> impl Iterator<Item = (String, &crate::read::Superseded)> {
        let all = self.inputs.bill.superseded.iter().chain(&self.inputs.ledger.superseded);
        all.filter(|s| s.shrunk && s.day.month() == self.month).map(|s| {
            let key = crate::usage::Hasher::new("shrunk day")
                .text(s.side.name())
                .text(&s.account)
                .text(&s.day.to_string())
                .number(Some(i128::from(s.older_rows)))
                .number(Some(i128::from(s.newer_rows)))
                .finish();
            (key.to_string(), s)
        })
    }

    /// The keys of [`Desk::bad_rows`], in the same order.
    pub(super) fn bad_row_keys(&self) -> Vec<String> {
        let rows = self.all_bad_rows().map(|row| row.key.to_string());
        rows.chain(self.shrunk_days().map(|(key, _)| key)).collect()
    }

    pub(super) fn plan_exclude(&self, command: &Command, rows: &[usize], reason: &str) -> Result<Change, Refusal> {
        if reason.trim().is_empty() {
            return Err(Refusal("Give a reason for leaving these rows out.".into()));
        }
        let keys = self.bad_row_keys();
        let open: Vec<String> = rows
            .iter()
            .filter_map(|row| keys.get(*row))
            .filter(|key| self.state.excluded(key).is_none())
            .cloned()
            .collect();
        if open.is_empty() {
            return Err(Refusal("There is no bad row here that is not excluded already.".into()));
        }
        let preview = Preview {
            title: match open.len() {
                1 => "Leave 1 bad row out".into(),
                n => format!("Leave {} bad rows out", text::count(n as i64)),
            },
            items: open.len(),
            remarks: self.told(&open),
            ..Preview::default()
        };
        let bulk = open.len() > 1;
        Ok(self.change(command, preview, Action::ExcludeBadRows { rows: open, reason: reason.to_owned() }, bulk))
    }

    /// The rows of these keys, each with where it stands and what is wrong.
    fn told(&self, keys: &[String]) -> Vec<String> {
        let of_keys = self.bad_row_keys().into_iter().zip(self.bad_rows()).filter(|(key, _)| keys.contains(key));
        let tell = |(_, row): (String, BadRowView)| format!("{}: {}: {}", row.place, row.column, row.reason);
        let mut told: Vec<String> = of_keys.map(tell).collect();
        let more = told.len().saturating_sub(MOST_TOLD);
        told.truncate(MOST_TOLD);
        if more > 0 {
            told.push(format!("And {} more.", text::counted(more as u64, "row")));
        }
        told.push("That holds in every month, for as long as the file holds these rows as they are.".into());
        told
    }

    /// The numbers in [`Desk::bad_rows`] of the rows that stand at these places,
    /// `FILE:LINE` or, of a day that shrank, `FILE:DAY`. A file is named by its
    /// name or, where several have that, by its path.
    ///
    /// # Errors
    /// Where nothing bad stands at a place, or rows of several files do.
    pub fn bad_rows_at(&self, places: &[String]) -> Result<Vec<usize>, Refusal> {
        let rows = self.bad_rows();
        let mut found = Vec::new();
        for place in places {
            let at = |named: &dyn Fn(&BadRowView) -> bool| -> Vec<usize> {
                rows.iter().enumerate().filter(|(_, row)| named(row)).map(|(at, _)| at).collect()
            };
            let mut here = at(&|row| row.path == *place);
            if here.is_empty() {
                here = at(&|row| row.place == *place);
            }
            let files: BTreeSet<&str> =
                here.iter().filter_map(|at| rows.get(*at)).map(|row| row.path.as_str()).collect();
            if files.len() > 1 {
                let files: Vec<&str> = files.into_iter().collect();
                return Err(Refusal(format!("{place} may be any of these; name one: {}.", files.join(", "))));
            }
            if here.is_empty() {
                let known: Vec<&str> = rows.iter().take(MOST_TOLD).map(|row| row.place.as_str()).collect();
                return Err(Refusal(match known.is_empty() {
                    true => format!("No bad row stands at {place}; there is none at all."),
                    false => format!("No bad row stands at {place}; trueup exclude lists them: {}.", known.join(", ")),
                }));
            }
            found.extend(here);
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}
