//! The threads behind the screen. Each takes questions from a channel and
//! sends messages back; where a newer question makes an older one pointless,
//! the older is never begun.

pub(super) mod answer;
mod loader;
mod paid;
pub(super) mod trend;
mod tried;
pub(super) mod verdicts;
pub(super) mod writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::clipboard::Ways;
use super::effect::{Effect, Task};
use super::message::{Done, Message};
use super::remember;
use crate::desk::{Command, RawRows, Session};

/// Handles to all workers. Dropping it ends them once their work is done.
pub struct Workers {
    session: Option<Arc<Session>>,
    cancelled: Arc<AtomicBool>,
    outbox: Sender<Message>,
    lists: Sender<Effect>,
    looks: Sender<Effect>,
    plans: Sender<Effect>,
    sums: Sender<Effect>,
    slow: Sender<Effect>,
    trends: Sender<Effect>,
    verdicts: Sender<Effect>,
    tries: Sender<Effect>,
    /// The plan that is waited for.
    wanted: Arc<AtomicU64>,
    columns: Sender<String>,
    remembering: JoinHandle<()>,
    write: Sender<writer::Job>,
    writing: JoinHandle<()>,
}

impl Workers {
    /// Starts the threads; loading begins with [`Effect::Load`]. `columns`: the
    /// file that keeps the columns.
    pub fn start(session: Session, columns: Option<PathBuf>, outbox: Sender<Message>) -> Self {
        let (write, jobs) = unbounded();
        let session = Arc::new(session);
        let (hand, out) = (Arc::clone(&session), outbox.clone());
        let writing = std::thread::spawn(move || guarded(&out.clone(), move || writer::run(hand, &jobs, &out)));
        let cancelled: Arc<AtomicBool> = Arc::default();
        let (keep, kept) = unbounded();
        let out = outbox.clone();
        let remember = move || guarded(&out, || remember::run(columns.as_deref(), &kept, &out));
        let remembering = std::thread::spawn(remember);
        let wanted: Arc<AtomicU64> = Arc::default();
        let over = tried::Wanted { generation: Arc::clone(&wanted), leaving: Arc::clone(&cancelled) };
        Self {
            tries: trying(&session, over, &outbox),
            wanted,
            columns: keep,
            remembering,
            trends: trending(&session, &cancelled, &outbox),
            slow: answering(&session, &outbox),
            cancelled,
            lists: answering(&session, &outbox),
            looks: answering(&session, &outbox),
            plans: answering(&session, &outbox),
            sums: answering(&session, &outbox),
            verdicts: planning(&session, &outbox),
            session: Some(session),
            outbox,
            write,
            writing,
        }
    }

    /// Gives an effect to the thread it is for; hands back what none of them
    /// does.
    pub fn carry_out(&mut self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Load => {
                if let Some(session) = self.session.take() {
                    loader::start(session, Arc::clone(&self.cancelled), self.outbox.clone(), self.write.clone());
                }
            }
            Effect::CancelLoad => self.cancelled.store(true, Ordering::Relaxed),
            Effect::List { .. }
            | Effect::Count { .. }
            | Effect::Find { .. }
            | Effect::CountHits(_)
            | Effect::Map { .. }
            | Effect::Likenesses { .. }
            | Effect::Alike { .. } => send(&self.lists, effect),
            Effect::Look { .. }
            | Effect::Detail { .. }
            | Effect::RawRows { .. }
            | Effect::WhoPays { .. }
            | Effect::Journal { .. }
            | Effect::DrawsBehind { .. } => send(&self.looks, effect),
            Effect::Plan { generation, command: Command::SaveRule(_), .. } => {
                self.wanted.store(generation, Ordering::Relaxed);
                send(&self.tries, effect);
            }
            Effect::StopPlan(generation) => {
                // A newer one goes on.
                let stop = (generation, 0);
                let _ = self.wanted.compare_exchange(stop.0, stop.1, Ordering::Relaxed, Ordering::Relaxed);
            }
            Effect::Plan { .. } | Effect::RuleOffer { .. } => send(&self.plans, effect),
            // Both take a look at every item, and nobody waits for them.
            Effect::NextSteps { .. }
            | Effect::Summarize { .. }
            | Effect::ShowGroup { .. }
            | Effect::ShowFilter { .. } => {
                send(&self.sums, effect);
            }
            Effect::Offers { .. } | Effect::Why { .. } | Effect::WhyItem { .. } => send(&self.slow, effect),
            Effect::Trend { .. } => send(&self.trends, effect),
            Effect::PlanApply { .. } | Effect::PlanRevert { .. } => send(&self.verdicts, effect),
            Effect::Write { job, task } => self.give_writer(job, task),
            Effect::Copy(text) => copy(text, self.outbox.clone()),
            Effect::KeepColumns(text) => send(&self.columns, text),
            Effect::KeepPlace(text) => send(&self.write, writer::Job::KeepPlace(text)),
            other => return Some(other),
        }
        None
    }

    /// A task that nobody can do any more is refused, so that no row says
    /// *saving* for ever.
    fn give_writer(&self, job: u64, task: Task) {
        if self.write.send(writer::Job::Write { job, task }).is_err() {
            let why = "What writes to the book has failed; leave and open the book again.".to_owned();
            send(&self.outbox, Message::Done { job, done: Done::Refused(why) });
        }
    }

    /// Waits until everything that was decided is on the disk.
    pub fn finish(self) {
        let Self { session, cancelled, write, writing, columns, remembering, .. } = self;
        cancelled.store(true, Ordering::Relaxed);
        send(&write, writer::Job::End);
        drop((session, write, columns));
        // One that panicked has told so already.
        let _ = writing.join();
        let _ = remembering.join();
    }
}

fn send<T>(to: &Sender<T>, what: T) {
    // A thread that is gone has said why; there is nobody else to tell.
    let _ = to.send(what);
}

/// Copies on a thread of its own: a tool may take its time, or hang.
fn copy(text: String, outbox: Sender<Message>) {
    std::thread::spawn(move || {
        let ways = Ways::of(|name| std::env::var_os(name));
        let by = ways.copy(&text);
        send(&outbox, Message::Copied { text, by, tmux: ways.tmux });
    });
}

/// A thread that answers questions, the newest of each kind only.
fn answering(session: &Session, outbox: &Sender<Message>) -> Sender<Effect> {
    let (questions, inbox) = unbounded();
    let (raw, outbox) = (session.raw_rows(), outbox.clone());
    std::thread::spawn(move || guarded(&outbox.clone(), move || answer_all(&inbox, &raw, &outbox)));
    questions
}

/// A thread that says what verdicts would change in their ledgers.
fn planning(session: &Arc<Session>, outbox: &Sender<Message>) -> Sender<Effect> {
    let (questions, inbox) = unbounded();
    let (session, outbox) = (Arc::clone(session), outbox.clone());
    let answer_each = move |outbox: &Sender<Message>| {
        for message in inbox.iter().filter_map(|question| verdicts::plan(question, &session)) {
            send(outbox, message);
        }
    };
    std::thread::spawn(move || guarded(&outbox.clone(), move || answer_each(&outbox)));
    questions
}

/// A thread that tries rules before they are saved.
fn trying(session: &Arc<Session>, wanted: tried::Wanted, outbox: &Sender<Message>) -> Sender<Effect> {
    let (questions, inbox) = unbounded();
    let (session, outbox) = (Arc::clone(session), outbox.clone());
    std::thread::spawn(move || guarded(&outbox.clone(), move || tried::run(&inbox, &session, &wanted, &outbox)));
    questions
}

/// A thread that compares other months; of several questions the last.
fn trending(session: &Arc<Session>, cancelled: &Arc<AtomicBool>, outbox: &Sender<Message>) -> Sender<Effect> {
    let (questions, inbox) = unbounded::<Effect>();
    let (session, cancelled, outbox) = (Arc::clone(session), Arc::clone(cancelled), outbox.clone());
    let answer_each = move |outbox: &Sender<Message>| {
        for question in &inbox {
            let newest = inbox.try_iter().last().unwrap_or(question);
            let message = trend::trend(newest, &session, &|| cancelled.load(Ordering::Relaxed));
            message.into_iter().for_each(|message| send(outbox, message));
        }
    };
    std::thread::spawn(move || guarded(&outbox.clone(), move || answer_each(&outbox)));
    questions
}

fn answer_all(inbox: &Receiver<Effect>, raw: &RawRows, outbox: &Sender<Message>) {
    let mut pending: Vec<Effect> = Vec::new();
    loop {
        if pending.is_empty() {
            match inbox.recv() {
                Ok(effect) => pending.push(effect),
                Err(_) => return,
            }
        }
        for effect in inbox.try_iter() {
            pending.retain(|older| !answer::supersedes(&effect, older));
            pending.push(effect);
        }
        if let Some(message) = answer::answer(pending.remove(0), raw) {
            send(outbox, message);
        }
    }
}

/// Runs a thread's work and tells the screen if it panics.
fn guarded(outbox: &Sender<Message>, work: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
        let text = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        let why =
            format!("A part of the program failed ({text}). What was saved is saved; leave and open the book again.");
        send(outbox, Message::Died(why));
    }
}
