//! Loads the month while the screen is already up, and hands the desk to the
//! writer, which keeps the one that counts.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::{guarded, send, writer};
use crate::desk::{LoadEvent, Session};
use crate::tui::message::Message;

/// Progress is told this often; the readers tell it far more often.
const TELL_EVERY: Duration = Duration::from_millis(50);

pub(super) fn start(
    session: Arc<Session>,
    cancelled: Arc<AtomicBool>,
    outbox: Sender<Message>,
    write: Sender<writer::Job>,
) {
    std::thread::spawn(move || guarded(&outbox.clone(), move || load(&session, &cancelled, &outbox, &write)));
}

fn load(session: &Session, cancelled: &AtomicBool, outbox: &Sender<Message>, write: &Sender<writer::Job>) {
    let started = Instant::now();
    let told: Mutex<Option<Instant>> = Mutex::new(None);
    let tell = |event: LoadEvent| {
        if matches!(event, LoadEvent::Progress { .. } | LoadEvent::TakingIn { .. }) {
            let mut last = told.lock().unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|last| last.elapsed() < TELL_EVERY) {
                return;
            }
            *last = Some(Instant::now());
        }
        send(outbox, Message::Loading(event, started.elapsed()));
    };
    match session.load(&tell, &|| cancelled.load(Ordering::Relaxed)) {
        Ok(desk) => send(write, writer::Job::Begin(Box::new(desk))),
        Err(why) => send(outbox, Message::Loaded(Err(why))),
    }
}
