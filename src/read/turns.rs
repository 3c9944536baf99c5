//! Several threads cut one file. Each reads its piece by itself, while others
//! read theirs; what follows from it for the next one is found in the order of
//! the file, by one of them at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::block::{Failure, Part};
use super::cutter::Cutter;
use super::room::Room;

pub(super) struct Turns {
    cutter: Mutex<Cutter>,
    /// Somebody's piece was taken, so that it is the next one's turn.
    taken: Condvar,
}

impl Turns {
    pub fn new(cutter: Cutter) -> Self {
        Self { cutter: Mutex::new(cutter), taken: Condvar::new() }
    }

    /// A thread that panics while it cuts leaves a part that never comes, and
    /// whoever waits for it learns that it is lost.
    pub fn lock(&self) -> MutexGuard<'_, Cutter> {
        self.cutter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next part and its number, or why there is none in its place; in the
    /// memory of a room, where there is one.
    pub fn next(&self, mut room: Room) -> (u64, Result<Part, Failure>) {
        loop {
            let mut cutter = self.lock();
            let Some((turn, mut claim)) = cutter.claim() else { return cutter.next(room) };
            drop(cutter);
            // Whatever becomes of this turn, the next one comes.
            let _next = Next(self);
            let ended = room.fill_claim(&mut claim);
            let mut cutter = self.lock();
            while cutter.turn() != turn && !cutter.is_lost() {
                cutter = self.taken.wait(cutter).unwrap_or_else(PoisonError::into_inner);
            }
            if let Some(part) = cutter.take(std::mem::take(&mut room), ended) {
                return part;
            }
        }
    }
}

/// Tells all who wait that it may be their turn, also when the thread whose turn
/// it was is gone.
struct Next<'a>(&'a Turns);

impl Drop for Next<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().lose();
        }
        self.0.taken.notify_all();
    }
}
