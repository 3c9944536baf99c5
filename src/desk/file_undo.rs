//! A change of a config file taken back, or made again, although the file was
//! changed since: what the entry says goes back, the rest of the file stays.
//! Where the very same was changed since, a sentence says by which entry.

use super::{Desk, EntryState, Refusal};
use crate::book::{Alone, Clash, FileChange, Statement, change_alone, differences};
use crate::journal::{Action, ConfigFile, Entry};

impl Desk {
    /// The file an action rewrites, and its text before and after; `None` for
    /// an action that rewrites none.
    ///
    /// # Errors
    /// [`Refusal`]: what it takes back, or makes again, was changed since.
    pub(super) fn file_edit(&self, action: &Action) -> Result<Option<FileChange>, Refusal> {
        let (seq, undo) = match action {
            Action::EditFile { file, before, after, .. } => {
                return Ok(Some(FileChange { file: *file, before: before.clone(), after: after.clone() }));
            }
            Action::Undo { seq } => (*seq, true),
            Action::Redo { seq } => (*seq, false),
            _ => return Ok(None),
        };
        match self.entries.iter().find(|entry| entry.seq == seq) {
            Some(entry) if matches!(entry.action, Action::EditFile { .. }) => {
                self.edit_turned(entry, undo).map(|(change, _)| Some(change))
            }
            _ => Ok(None),
        }
    }

    /// What taking an entry back (or else making it again) makes of its file as
    /// it is now, and the statements that are others by it.
    ///
    /// # Errors
    /// [`Refusal`]: one of them says something else by now.
    pub(super) fn edit_turned(&self, entry: &Entry, undo: bool) -> Result<(FileChange, Vec<Statement>), Refusal> {
        let Action::EditFile { file, before, after, .. } = &entry.action else {
            return Err(Refusal(format!("Entry {} changed no file.", entry.seq)));
        };
        let [from, to] = if undo { [after, before] } else { [before, after] };
        let now = self.config.texts.get(file).map_or("", String::as_str);
        match change_alone(*file, from, to, now) {
            Ok(Alone { text, changed }) => {
                // What was said anew since stays said, though it is the same.
                let again = changed.iter().find(|statement| self.said_anew(entry, *file, statement).is_some());
                if let Some(statement) = again.filter(|_| undo) {
                    return Err(self.changed_since(entry, *file, statement, undo));
                }
                Ok((FileChange { file: *file, before: now.to_owned(), after: text }, changed))
            }
            Err(Clash::Changed(statement)) => Err(self.changed_since(entry, *file, &statement, undo)),
            Err(Clash::Unreadable(why)) => {
                Err(Refusal(format!("Entry {} cannot be taken back on its own: {why}.", entry.seq)))
            }
        }
    }

    /// The last entry in force that changed a statement after this one.
    fn said_anew(&self, entry: &Entry, of: ConfigFile, statement: &Statement) -> Option<&Entry> {
        let mut later = self.entries.iter().rev().take_while(|other| other.seq > entry.seq);
        later.find(|other| self.entry_state(other) == EntryState::InForce && changes(other, of, statement))
    }

    fn changed_since(&self, entry: &Entry, of: ConfigFile, statement: &Statement, undo: bool) -> Refusal {
        let outside =
            |other: &&Entry| matches!(other.action, Action::OutsideEdit { .. }) && changes(other, of, statement);
        let later = self.entries.iter().rev().take_while(|other| other.seq > entry.seq);
        let last = self.said_anew(entry, of, statement).into_iter().chain(later.filter(outside)).max_by_key(|e| e.seq);
        let (seq, name) = (entry.seq, of.name());
        let what = if undo { "taken back" } else { "put into force again" };
        Refusal(match last {
            Some(Entry { seq: by, action: Action::EditFile { .. }, .. }) => format!(
                "Entry {seq} cannot be {what} on its own: entry {by} changed {name} ({statement}) after it. Take that \
                 back first."
            ),
            Some(Entry { seq: by, .. }) => format!(
                "Entry {seq} cannot be {what}: another program changed {name} ({statement}) after it (entry {by}). \
                 Change it there."
            ),
            None => {
                format!("Entry {seq} cannot be {what}: what it says in {name} ({statement}) is something else by now.")
            }
        })
    }
}

/// Whether an entry changed a statement of a file. A text that does not read
/// may have changed anything.
fn changes(entry: &Entry, of: ConfigFile, statement: &Statement) -> bool {
    match &entry.action {
        Action::EditFile { file, before, after, .. } | Action::OutsideEdit { file, before, after } if *file == of => {
            differences(of, before, after).map_or(true, |all| all.iter().any(|one| one.meets(statement)))
        }
        _ => false,
    }
}
