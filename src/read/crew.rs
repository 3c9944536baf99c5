//! Threads that read one file together. Each cuts a block and parses it by
//! itself, so that its bytes stay near the processor they were read on; what
//! they make of it is handed out in the order of the file.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::block::{Cutter, Failure, Part, lock};
use super::fragment::{Fragment, Plan, Scratch};
use crate::usage::Lines;

/// A part that somebody parsed, or the failure that stands in its place.
type Done = (u64, Result<Fragment, Failure>);

pub(super) struct Crew {
    done: Receiver<Done>,
    /// What was parsed before those that stand in front of it.
    early: BTreeMap<u64, Result<Fragment, Failure>>,
    /// The part whose turn it is.
    next: u64,
    /// Lines that were taken over, for their memory.
    spare: Sender<Lines>,
}

impl Crew {
    /// Sets so many threads to work on the rest of a file. Dropping the value
    /// stops them.
    pub fn start(threads: usize, cutter: &Arc<Mutex<Cutter>>, plan: &Arc<Plan>) -> Self {
        // Whoever is too far ahead waits, for what is parsed takes memory.
        let (send, done) = bounded(threads);
        let (spare, spares) = bounded(threads);
        let next = lock(cutter).given();
        for number in 1..=threads {
            let (cutter, plan) = (Arc::clone(cutter), Arc::clone(plan));
            let (send, spares) = (send.clone(), spares.clone());
            // Not a scoped thread: a read that hangs must not hold up who cancelled.
            thread::spawn(move || member(&cutter, &plan, Scratch::new(number), &spares, &send));
        }
        Self { done, early: BTreeMap::new(), next, spare }
    }

    /// Takes back lines whose rows were taken over, to be filled again.
    pub fn give_back(&self, mut lines: Lines) {
        lines.clear();
        // Where there are enough already, they are let go.
        let _ = self.spare.try_send(lines);
    }

    /// What became of the next part, `None` at the end of the file; or `None`
    /// as a whole when there is nothing after a moment: time to look whether
    /// anybody still wants it.
    pub fn next(&mut self) -> Result<Option<Option<Fragment>>, Failure> {
        loop {
            if let Some(done) = self.early.remove(&self.next) {
                self.next += 1;
                return done.map(|fragment| Some(Some(fragment)));
            }
            match self.done.recv_timeout(Duration::from_millis(50)) {
                Ok((number, done)) => drop(self.early.insert(number, done)),
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) if self.early.is_empty() => return Ok(Some(None)),
                // One of them is gone that had a part still to parse.
                Err(RecvTimeoutError::Disconnected) => return Err(Failure::Lost),
            }
        }
    }
}

/// What one thread does.
fn member(cutter: &Mutex<Cutter>, plan: &Plan, mut scratch: Scratch, spares: &Receiver<Lines>, send: &Sender<Done>) {
    let mut room = None;
    loop {
        // The lock is held no longer than it takes to cut.
        let cut = {
            let mut cutter = lock(cutter);
            let number = cutter.given();
            cutter.next(room.take().unwrap_or_default()).map_err(|failure| (number, failure))
        };
        let done = match cut {
            Ok((_, Part::End)) => return,
            Err((number, failure)) => (number, Err(failure)),
            Ok((number, part)) => {
                scratch.spare = spares.try_recv().unwrap_or_default();
                let fragment = Fragment::of(plan, &part, &mut scratch);
                if let Part::Block(block) = part {
                    room = block.into_room();
                }
                (number, Ok(fragment))
            }
        };
        if send.send(done).is_err() {
            return;
        }
    }
}
