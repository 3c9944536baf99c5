//! The one thread that changes anything. It keeps the desk that counts, takes
//! jobs in the order of the keys, and lets the screen have a desk only after
//! the disk has it.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use super::{send, verdicts};
use crate::desk::{Applied, Change, Command, Desk, Screen, Session, Writer};
use crate::journal::Action;
use crate::tui::effect::Task;
use crate::tui::message::{Done, Fresh, Glance, Message, TieOut};

pub enum Job {
    Begin(Box<Desk>),
    Write { job: u64, task: Task },
    KeepPlace(String),
    End,
}

/// What a preview is refused with that no longer holds.
const CHANGED: &str = "Something changed since the preview, so nothing was done; ask again and look.";

/// The desk that counts, and the way to the disk.
pub struct Keeper {
    session: Arc<Session>,
    writer: Writer,
    desk: Option<Desk>,
    version: u64,
    numbering: u64,
}

pub(super) fn run(session: Arc<Session>, jobs: &Receiver<Job>, outbox: &Sender<Message>) {
    let mut keeper = Keeper::new(session);
    send(outbox, keeper.place());
    for job in jobs {
        if matches!(job, Job::End) {
            return;
        }
        if let Some(message) = keeper.take(job, &|message| send(outbox, message)) {
            send(outbox, message);
        }
    }
}

impl Keeper {
    pub fn new(session: Arc<Session>) -> Self {
        Self { writer: session.writer(), session, desk: None, version: 0, numbering: 0 }
    }

    /// Where the operator was when the book was last closed.
    pub fn place(&self) -> Message {
        Message::Place(self.writer.place())
    }

    /// Does a job; `tell` hears how far a long one is.
    pub fn take(&mut self, job: Job, tell: &dyn Fn(Message)) -> Option<Message> {
        match job {
            Job::Begin(desk) => {
                self.desk = Some(*desk);
                self.next(false).map(|fresh| Message::Loaded(Ok(fresh)))
            }
            Job::Write { job, task } => {
                let told = |rows| tell(Message::Wrote { job, rows });
                Some(Message::Done { job, done: self.write(task, &told) })
            }
            Job::KeepPlace(text) => {
                self.writer.remember_place(&text);
                None
            }
            Job::End => None,
        }
    }

    /// Does a task; `told` hears of the rows of a ledger as they are written.
    fn write(&mut self, task: Task, told: &dyn Fn(u64)) -> Done {
        match task {
            Task::Do { numbering, command } => self.carry_out(numbering, &command),
            Task::Commit { version, numbering, change } => self.commit_shown(version, numbering, change),
            Task::Apply { version, .. } if version != self.version => Done::Refused(CHANGED.to_owned()),
            Task::Apply { plan, .. } => {
                let result = self.session.apply_telling(*plan, told);
                self.verdicts(result, false)
            }
            Task::Revert { plan } => {
                let result = verdicts::revert(&self.session, &plan, told);
                self.verdicts(result, true)
            }
        }
    }

    fn carry_out(&mut self, numbering: u64, command: &Command) -> Done {
        let Some(desk) = &self.desk else { return Done::Refused("The month is not loaded yet.".to_owned()) };
        if numbering != self.numbering && !matches!(command, Command::Undo | Command::Redo) {
            return Done::Refused(
                "The month was compared anew while this was under way, so it was not done; look at the item again."
                    .to_owned(),
            );
        }
        match desk.plan(command) {
            Err(refusal) => Done::Refused(refusal.0),
            Ok(change) if change.asks => Done::Asks(Box::new(change), self.version),
            Ok(change) => self.commit(&change),
        }
    }

    /// Commits what the operator saw. If anything was changed since, it is
    /// planned again, and stopped as a whole unless it comes out the same.
    fn commit_shown(&mut self, version: u64, numbering: u64, change: Box<Change>) -> Done {
        if version == self.version {
            return self.commit(&change);
        }
        let Some(desk) = &self.desk else { return Done::Refused("The month is not loaded yet.".to_owned()) };
        let stopped = || Done::Refused(CHANGED.to_owned());
        if numbering != self.numbering {
            return stopped();
        }
        match desk.plan(&change.command) {
            // The same figures are not enough: they must be the same items.
            Ok(again) if again.preview == change.preview && again.actions == change.actions => self.commit(&again),
            Ok(_) | Err(_) => stopped(),
        }
    }

    fn commit(&mut self, change: &Change) -> Done {
        let Some(desk) = &mut self.desk else { return Done::Refused("The month is not loaded yet.".to_owned()) };
        // A filter with a name is no other comparison.
        let only_saves = matches!(change.command, Command::SaveFilter { .. });
        let renumbers = !only_saves && renumbers(desk, &change.actions);
        match self.writer.commit(desk, change) {
            Err(why) => Done::Refused(why),
            Ok(entries) => {
                desk.apply(change, entries);
                match self.next(renumbers) {
                    Some(fresh) => Done::Committed(fresh, change.preview.title.clone()),
                    None => Done::Refused("The month is not loaded yet.".to_owned()),
                }
            }
        }
    }

    /// The desk follows what the journal has by now: where one ledger failed,
    /// those before it are written all the same.
    fn verdicts(&mut self, result: Result<Vec<Applied>, String>, reverted: bool) -> Done {
        let last = self.desk.as_ref().and_then(|desk| desk.journal().last()).map_or(0, |entry| entry.seq);
        let entries = self.writer.entries_behind(last).unwrap_or_default();
        let fresh = if entries.is_empty() {
            None
        } else {
            if let Some(desk) = &mut self.desk {
                desk.follow(entries);
            }
            self.next(false)
        };
        Done::Verdicts { fresh, result, reverted }
    }

    fn next(&mut self, renumbered: bool) -> Option<Box<Fresh>> {
        let desk = self.desk.as_ref()?.clone();
        self.version += 1;
        self.numbering += u64::from(renumbered || self.numbering == 0);
        let glance = glance(&desk);
        Some(Box::new(Fresh { desk, version: self.version, numbering: self.numbering, glance }))
    }
}

/// Whether items may have other numbers afterwards: their lines are compared
/// again, or joined in another way.
fn renumbers(desk: &Desk, actions: &[Action]) -> bool {
    actions.iter().any(|action| match action {
        Action::EditFile { file, .. } => file.changes_figures(),
        Action::Match { .. } | Action::Assume { .. } => true,
        Action::Undo { seq } | Action::Redo { seq } => {
            let undone = desk.journal().iter().find(|entry| entry.seq == *seq);
            undone.is_none_or(|entry| match entry.action {
                Action::EditFile { file, .. } => file.changes_figures(),
                Action::Match { .. } | Action::Assume { .. } => true,
                _ => false,
            })
        }
        _ => false,
    })
}

fn glance(desk: &Desk) -> Glance {
    let tie_out = desk.tie_out().map(TieOut::from);
    Glance {
        counts: [Screen::Matched, Screen::Discrepancies, Screen::NotFound].map(|screen| desk.counts(screen)),
        tie_out,
        healthy: Some(desk.health_in_brief()),
        bad_rows: desk.bad_rows().iter().filter(|row| row.excluded.is_none()).count(),
    }
}
