//! The journal as a face shows it: each entry in a line, with what became of
//! it, filtered by who, what, when and which item.

use rustc_hash::FxHashSet;

use super::Desk;
use crate::calendar::{Day, Instant, Month};
use crate::journal::{Action, Entry};
use crate::reconcile;
use crate::review::filter::{EntryFields, EntryFilter, FilterError, Pattern};
use crate::usage::Digest;

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryState {
    InForce,
    /// By the entry of this number, where the journal names it.
    Undone(Option<u64>),
    /// Nothing that could be taken back.
    Fact,
}

impl EntryState {
    /// As the filter has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InForce => "in-force",
            Self::Undone(_) => "undone",
            Self::Fact => "fact",
        }
    }
}

/// An entry in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryLine {
    pub seq: u64,
    pub at: Instant,
    pub who: String,
    /// `None` for what belongs to every month.
    pub month: Option<Month>,
    /// One of [`Action::KINDS`].
    pub kind: &'static str,
    /// How many items it is about.
    pub items: usize,
    pub what: String,
    pub state: EntryState,
    /// The entry that it took back or put into force again; else its own
    /// number. What has the same is one step, done and undone.
    pub step: u64,
}

/// An entry with what a filter asks of it.
struct Asked<'a> {
    line: &'a EntryLine,
    entry: &'a Entry,
    /// The items that each pattern of the filter fits.
    items: &'a [(&'a Pattern, FxHashSet<Digest>)],
}

impl EntryFields for Asked<'_> {
    fn number(&self) -> u64 {
        self.line.seq
    }

    fn who(&self) -> &str {
        &self.line.who
    }

    fn kind(&self) -> &str {
        self.line.kind
    }

    fn month(&self) -> Option<Month> {
        self.line.month
    }

    fn day(&self) -> Day {
        self.line.at.day()
    }

    fn state(&self) -> &str {
        self.line.state.name()
    }

    fn text(&self) -> &str {
        &self.line.what
    }

    fn has_item(&self, id: &Pattern) -> bool {
        let fitting = self.items.iter().find(|(pattern, _)| *pattern == id);
        fitting.is_some_and(|(_, set)| self.entry.action.items().iter().any(|key| set.contains(&key.identity)))
    }
}

impl Desk {
    /// The entries that pass a filter, newest first.
    ///
    /// # Errors
    /// [`FilterError`] where the text is no filter of the journal.
    pub fn entry_lines(&self, filter: &str) -> Result<Vec<EntryLine>, FilterError> {
        let filter = EntryFilter::parse(filter)?;
        let items: Vec<_> = filter.items().map(|id| (id, self.identities_like(id))).collect();
        let mut lines: Vec<EntryLine> = Vec::new();
        for entry in self.entries.iter().rev() {
            let line = self.entry_line(entry);
            if filter.holds(&Asked { line: &line, entry, items: &items }) {
                lines.push(line);
            }
        }
        Ok(lines)
    }

    /// An entry in a line.
    pub fn entry_line(&self, entry: &Entry) -> EntryLine {
        EntryLine {
            seq: entry.seq,
            at: entry.at,
            who: entry.who.clone(),
            month: entry.month,
            kind: entry.action.kind(),
            items: entry.action.items().len(),
            what: self.entry_text(entry).0,
            state: self.entry_state(entry),
            step: match entry.action {
                Action::Undo { seq } | Action::Redo { seq } => seq,
                _ => entry.seq,
            },
        }
    }

    /// What became of an entry, of this month or another one.
    pub fn entry_state(&self, entry: &Entry) -> EntryState {
        if !entry.action.can_be_undone() {
            return EntryState::Fact;
        }
        // Where this month's state does not know it, the last entry that
        // names it says.
        let last = || {
            self.entries.iter().rev().take_while(|later| later.seq > entry.seq).find_map(|later| match later.action {
                Action::Undo { seq } if seq == entry.seq => Some((later.seq, true)),
                Action::Redo { seq } if seq == entry.seq => Some((later.seq, false)),
                _ => None,
            })
        };
        let ours = entry.month.is_none_or(|month| month == self.month);
        match last() {
            _ if ours && self.state.in_force(entry.seq) => EntryState::InForce,
            Some((by, true)) => EntryState::Undone(Some(by)),
            _ if ours => EntryState::Undone(None),
            _ => EntryState::InForce,
        }
    }

    /// The items of the month whose id fits.
    fn identities_like(&self, id: &Pattern) -> FxHashSet<Digest> {
        use rayon::prelude::*;
        let sides = self.sides();
        (0..self.items())
            .into_par_iter()
            .filter(|item| id.matches(&self.item_id(*item)))
            .map(|item| reconcile::identity(&sides, &self.compared.items, item))
            .collect()
    }
}
