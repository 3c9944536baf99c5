//! Rules on their way to be saved: what one would have done in signed months is
//! found out on a thread of its own, since tables are read for it month by
//! month. It tells how far it is, and ends when nobody waits any more.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use super::send;
use crate::desk::{LoadEvent, Refusal, Session};
use crate::tui::effect::Effect;
use crate::tui::figures;
use crate::tui::message::Message;

/// How far it is, is told this often.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// What ends the work: the program's end, or that another answer, or none, is
/// waited for.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub generation: Arc<AtomicU64>,
    pub leaving: Arc<AtomicBool>,
}

impl Wanted {
    fn is_over(&self, generation: u64) -> bool {
        self.leaving.load(Ordering::Relaxed) || self.generation.load(Ordering::Relaxed) != generation
    }
}

pub fn run(inbox: &Receiver<Effect>, session: &Session, wanted: &Wanted, outbox: &Sender<Message>) {
    for question in inbox {
        let Effect::Plan { desk, version, generation, command } = question else { continue };
        if wanted.is_over(generation) {
            continue;
        }
        let told: Mutex<Option<Instant>> = Mutex::new(None);
        let tell = |event: LoadEvent| {
            let LoadEvent::Progress { rows, .. } = event else { return };
            let mut last = told.lock().unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|last| last.elapsed() < TELL_EVERY) {
                return;
            }
            *last = Some(Instant::now());
            let rows = figures::of(rows, "row", "rows");
            let what = format!("Trying it against signed months, of which {rows} are read");
            send(outbox, Message::Telling { generation, what });
        };
        let result = session.plan(&desk, &command, &tell, &|| wanted.is_over(generation));
        if !wanted.is_over(generation) {
            let result = result.map(Box::new).map_err(|Refusal(why)| why);
            send(outbox, Message::Planned { generation, version, result });
        }
    }
}
