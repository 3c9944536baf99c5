//! Marks against the rows of a table, whichever database has it.

use rustc_hash::FxHashMap;

use super::{CHANGED, Cell, Fits, GONE, How, KEYLESS, LeftOut, Plan, RowChange, RowMark, TWICE};

/// Takes the rows of a table as they come.
pub(super) struct Planner<'a> {
    wanted: FxHashMap<&'a str, (&'a RowMark, Seen)>,
    found: Vec<(&'a RowMark, RowChange)>,
    plan: Plan,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Not,
    Once,
    Twice,
}

impl<'a> Planner<'a> {
    pub fn new(marks: &'a [RowMark]) -> Self {
        let mut plan = Plan::default();
        let mut wanted: FxHashMap<&str, (&RowMark, Seen)> = FxHashMap::default();
        for mark in marks {
            if mark.key.is_empty() {
                plan.left_out.push(LeftOut { key: format!("row {}", mark.line), why: KEYLESS });
            } else if let Some((_, seen)) = wanted.get_mut(mark.key.as_str()) {
                *seen = Seen::Twice;
            } else {
                wanted.insert(&mark.key, (mark, Seen::Not));
            }
        }
        Self { wanted, found: Vec::new(), plan }
    }

    /// A row of the table: key, recorded cost, and the three columns.
    pub fn row(&mut self, [key, recorded, actual, at, status]: [Cell; 5]) {
        let Some((mark, seen)) = self.wanted.get_mut(key.text().trim()) else { return };
        if *seen != Seen::Not {
            *seen = Seen::Twice;
            return;
        }
        *seen = Seen::Once;
        let before = [actual, at, status];
        let change = RowChange { key, after: before.clone(), before, recorded: Some(recorded) };
        self.found.push((*mark, change));
    }

    pub fn finish(self, fits: Fits, how: &How) -> Plan {
        let Self { wanted, found, mut plan } = self;
        for (key, (_, seen)) in &wanted {
            let why = match seen {
                Seen::Once => continue,
                Seen::Not => GONE,
                Seen::Twice => TWICE,
            };
            plan.left_out.push(LeftOut { key: (*key).to_owned(), why });
        }
        for (mark, mut change) in found {
            if wanted.get(mark.key.as_str()).is_none_or(|(_, seen)| *seen != Seen::Once) {
                continue;
            }
            if !is_as_recorded(mark, change.recorded.as_ref()) {
                plan.left_out.push(LeftOut { key: mark.key.clone(), why: CHANGED });
                continue;
            }
            change.after = plan.target(mark, &change.before, fits, how);
            if change.after == change.before {
                plan.unchanged += 1;
            } else {
                plan.rows.push(change);
            }
        }
        plan.left_out.sort_unstable();
        plan
    }
}

/// Whether the row still has the cost that was compared. The ledger has cents,
/// the comparison dollars.
fn is_as_recorded(mark: &RowMark, now: Option<&Cell>) -> bool {
    match (mark.recorded, now) {
        (None, now) => now.is_none_or(|cell| cell.text().trim().is_empty()),
        (Some(dollars), Some(now)) => now.number().is_some_and(|cents| dollars.times(100) == Ok(cents)),
        (Some(_), None) => false,
    }
}
