//! Threads that read one file together. Each cuts a block and parses it by
//! itself, so that its bytes stay near the processor they were read on; what
//! they make of it is handed out in the order of the file.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::block::{Failure, Part};
use super::fragment::{Fragment, Plan, Scratch};
use super::turns::Turns;
use crate::usage::Lines;

/// A part that somebody parsed, or the failure that stands in its place; `None`
/// at the end of the file, so that a thread that is gone is never taken for it.
type Done = (u64, Result<Option<Fragment>, Failure>);

pub(super) struct Crew {
    done: Receiver<Done>,
    /// What was parsed before those that stand in front of it.
    early: BTreeMap<u64, Result<Option<Fragment>, Failure>>,
    /// The part whose turn it is.
    next: u64,
    /// Lines that were taken over, for their memory.
    spare: Sender<Lines>,
}

impl Crew {
    /// Sets so many threads to work on the rest of a file. Dropping the value
    /// stops them.
    pub fn start(threads: usize, turns: &Arc<Turns>, plan: &Arc<Plan>) -> Self {
        // Whoever is too far ahead waits, for what is parsed takes memory.
        let (send, done) = bounded(threads);
        let (spare, spares) = bounded(threads);
        let next = turns.lock().given();
        for number in 1..=threads {
            let (turns, plan) = (Arc::clone(turns), Arc::clone(plan));
            let (send, spares) = (send.clone(), spares.clone());
            // Not a scoped thread: a read that hangs must not hold up who cancelled.
            thread::spawn(move || member(&turns, &plan, Scratch::new(number), &spares, &send));
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
                return done.map(Some);
            }
            match self.done.recv_timeout(Duration::from_millis(50)) {
                Ok((number, done)) => drop(self.early.insert(number, done)),
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                // One of them is gone that had a part still to parse.
                Err(RecvTimeoutError::Disconnected) => return Err(Failure::Lost),
            }
        }
    }
}

/// What one thread does.
fn member(turns: &Turns, plan: &Plan, mut scratch: Scratch, spares: &Receiver<Lines>, send: &Sender<Done>) {
    let mut room = None;
    loop {
        let mut ended = false;
        let done = match turns.next(room.take().unwrap_or_default()) {
            (number, Ok(Part::End)) => {
                ended = true;
                (number, Ok(None))
            }
            (number, Err(failure)) => (number, Err(failure)),
            (number, Ok(part)) => {
                scratch.spare = spares.try_recv().unwrap_or_default();
                let fragment = Fragment::of(plan, &part, &mut scratch);
                if let Part::Block(block) = part {
                    room = block.into_room();
                }
                (number, Ok(Some(fragment)))
            }
        };
        if send.send(done).is_err() || ended {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use crate::read::{Content, Input, Quiet, ReadAt, ReadError, Sizes, Terms, Watch, read_in_blocks};
    use crate::usage::{Names, Side};

    /// A ledger of some rows, behind which something else comes.
    struct Broken {
        rows: Vec<u8>,
        then: Then,
    }

    #[derive(Clone, Copy)]
    enum Then {
        Fails,
        Hangs,
        Panics,
    }

    /// One that is read in turn, and one that is read from anywhere.
    fn broken(rows: u32, then: Then) -> [Input; 2] {
        let row = |row: u32| format!("r{row},1767606346,m,1,1,{}\n", if row == 3 { "x" } else { "0.5" });
        let header = "id,timestamp,model,prompt_tokens,completion_tokens,cost\n".to_owned();
        let text: String = [header].into_iter().chain((0..rows).map(row)).collect();
        let behind = Broken { rows: Vec::new(), then };
        let file = Broken { rows: text.clone().into_bytes(), then };
        let in_turn = io::Cursor::new(text.into_bytes()).chain(Content::anywhere(behind));
        [Content::in_turn(in_turn), Content::anywhere(file)].map(|content| {
            let (path, side) = ("l.csv".into(), Side::Ledger);
            Input { path, side, format: None, append: false, added: 1, bytes: 0, hash: true, content }
        })
    }

    impl ReadAt for Broken {
        fn read_at(&self, room: &mut [u8], at: u64) -> io::Result<usize> {
            match self.rows.get(at as usize..).unwrap_or_default().read(room)? {
                0 => match self.then {
                    Then::Fails => Err(io::Error::other("the disk is gone")),
                    Then::Hangs => loop {
                        std::thread::park();
                    },
                    Then::Panics => panic!("as it is meant to"),
                },
                read => Ok(read),
            }
        }
    }

    const SIZES: Sizes = Sizes { first: 64, then: 100 };

    #[test]
    fn a_file_that_fails_while_all_read_it_says_so() {
        for (then, said) in [
            (Then::Fails, "l.csv: cannot be read: the disk is gone"),
            (Then::Panics, "l.csv: cannot be read: reading it ended unexpectedly; try again"),
        ] {
            for input in broken(500, then) {
                let read = read_in_blocks(vec![input], Terms::default(), &mut Names::default(), &Quiet, SIZES);
                assert_eq!(read.err().map(|error| error.to_string()).as_deref(), Some(said));
            }
        }
    }

    #[test]
    fn a_read_that_hangs_does_not_hold_up_who_cancels() {
        struct Impatient(std::sync::atomic::AtomicU64);
        impl Watch for Impatient {
            fn progress(&self, _: u64, rows: u64) {
                self.0.store(rows, std::sync::atomic::Ordering::Relaxed);
            }
            fn cancelled(&self) -> bool {
                // All that can be read was read, but for the row that is bad
                // and those of the last block.
                self.0.load(std::sync::atomic::Ordering::Relaxed) > 450
            }
        }
        for input in broken(500, Then::Hangs) {
            let watch = Impatient(0.into());
            let read = read_in_blocks(vec![input], Terms::default(), &mut Names::default(), &watch, SIZES);
            assert!(matches!(read, Err(ReadError::Cancelled)));
        }
    }
}
