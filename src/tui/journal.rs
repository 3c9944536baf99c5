//! The journal screen: what is asked for, the entries that came back, and the
//! rows that they make: one by one, or under heads that open and close.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::desk::EntryLine;

/// What entries are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalBy {
    Day,
    Operator,
    Kind,
    /// An entry with all that took it back and put it into force again.
    Step,
}

impl JournalBy {
    pub const ALL: [Self; 4] = [Self::Day, Self::Operator, Self::Kind, Self::Step];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Operator => "operator",
            Self::Kind => "kind",
            Self::Step => "step, with its undo and redo",
        }
    }

    /// What entries of one group have in common.
    fn key(self, line: &EntryLine) -> String {
        match self {
            Self::Day => line.at.day().to_string(),
            Self::Operator => line.who.clone(),
            Self::Kind => line.kind.to_owned(),
            Self::Step => line.step.to_string(),
        }
    }
}

/// Entries under one head, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalGroup {
    pub key: String,
    /// What the head says: of a step, what was done.
    pub label: String,
    /// Their places among the lines.
    pub entries: Vec<usize>,
}

/// A row of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalRow {
    /// By its place among the groups.
    Head(usize),
    /// By its place among the lines.
    Entry(usize),
}

#[derive(Default)]
pub struct JournalState {
    pub filter: String,
    pub by: Option<JournalBy>,
    /// Keys of the groups that show their entries.
    pub opened: BTreeSet<String>,
    /// What passes the filter, newest first.
    pub lines: Arc<Vec<EntryLine>>,
    pub groups: Vec<JournalGroup>,
    pub rows: Vec<JournalRow>,
    /// Of the question under way; answers to older ones are dropped.
    pub asked: u64,
    /// The desk's version that is shown or asked for.
    pub version: Option<u64>,
    /// The filter changed since it was asked.
    pub stale: bool,
}

impl JournalState {
    pub fn take(&mut self, lines: Arc<Vec<EntryLine>>) {
        self.lines = lines;
        self.arrange();
    }

    /// Groups and rows anew, after the lines or the grouping changed.
    pub fn arrange(&mut self) {
        self.groups = self.by.map(|by| groups(by, &self.lines)).unwrap_or_default();
        self.rows.clear();
        if self.by.is_none() {
            self.rows.extend((0..self.lines.len()).map(JournalRow::Entry));
        }
        for (at, group) in self.groups.iter().enumerate() {
            self.rows.push(JournalRow::Head(at));
            if self.opened.contains(&group.key) {
                self.rows.extend(group.entries.iter().copied().map(JournalRow::Entry));
            }
        }
    }

    /// Opens the group of this head, or closes it.
    pub fn fold(&mut self, group: usize) {
        let Some(key) = self.groups.get(group).map(|group| group.key.clone()) else { return };
        if !self.opened.remove(&key) {
            self.opened.insert(key);
        }
        self.arrange();
    }

    pub fn line(&self, row: usize) -> Option<&EntryLine> {
        match self.rows.get(row)? {
            JournalRow::Entry(at) => self.lines.get(*at),
            JournalRow::Head(_) => None,
        }
    }
}

/// The group with the newest entry first.
fn groups(by: JournalBy, lines: &[EntryLine]) -> Vec<JournalGroup> {
    let mut found: Vec<JournalGroup> = Vec::new();
    let mut places: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        let key = by.key(line);
        let place = *places.entry(key.clone()).or_insert_with(|| {
            found.push(JournalGroup { label: key.clone(), key, entries: Vec::new() });
            found.len() - 1
        });
        if let Some(group) = found.get_mut(place) {
            group.entries.push(at);
            // The entry itself says best what a step is; it is the last of
            // them, where the filter lets it through.
            if by == JournalBy::Step {
                group.label = format!("{}  {}", group.key, line.what);
            }
        }
    }
    found
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::calendar::Instant;
    use crate::desk::EntryState;

    pub fn line(seq: u64, step: u64, day: u32, who: &str, what: &str) -> EntryLine {
        EntryLine {
            seq,
            at: Instant::parse(format!("2026-02-{day:02}T09:41:30Z")).unwrap(),
            who: who.into(),
            month: None,
            kind: if seq == step { "decide" } else { "undo" },
            items: 1,
            what: what.into(),
            state: if seq == step { EntryState::InForce } else { EntryState::Fact },
            step,
        }
    }

    #[test]
    fn entries_stand_under_the_head_of_their_group_and_only_where_it_is_open() {
        let lines = vec![
            line(4, 2, 4, "bob", "undo defer 1 item"),
            line(3, 3, 3, "ada", "dispute 1 item"),
            line(2, 2, 3, "ada", "defer 1 item"),
        ];
        let mut state = JournalState { by: Some(JournalBy::Step), ..JournalState::default() };
        state.take(Arc::new(lines));
        use JournalRow::{Entry, Head};
        assert_eq!(state.rows, [Head(0), Head(1)]);
        let labels: Vec<&str> = state.groups.iter().map(|group| group.label.as_str()).collect();
        assert_eq!(labels, ["2  defer 1 item", "3  dispute 1 item"]);
        state.fold(0);
        assert_eq!(state.rows, [Head(0), Entry(0), Entry(2), Head(1)]);
        assert_eq!((state.line(0), state.line(2).map(|line| line.seq)), (None, Some(2)));
        state.fold(0);
        assert_eq!(state.rows, [Head(0), Head(1)]);
        for (by, keys) in [
            (JournalBy::Day, vec!["2026-02-04", "2026-02-03"]),
            (JournalBy::Operator, vec!["bob", "ada"]),
            (JournalBy::Kind, vec!["undo", "decide"]),
        ] {
            state.by = Some(by);
            state.arrange();
            assert_eq!(state.groups.iter().map(|group| group.key.as_str()).collect::<Vec<_>>(), keys, "{by:?}");
        }
        state.by = None;
        state.arrange();
        assert_eq!(state.rows.len(), 3);
    }
}
