//! The thread that reads keys, and how it leaves the terminal to another
//! program for a while: two readers would each get half of what is typed.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crossbeam_channel::Sender;

use super::message::Message;

/// How long the thread may take to let go.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Open,
    /// The thread is asked to let go.
    Closing,
    /// It waits, and reads nothing.
    Closed,
}

/// What stands before each read.
#[derive(Debug, Default)]
pub struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

impl Gate {
    /// Has the thread let go of the terminal; false when it does not. What was
    /// typed before is dropped.
    pub fn close(&self) -> bool {
        *self.state() = State::Closing;
        wake();
        let waited = self.changed.wait_timeout_while(self.state(), PATIENCE, |state| *state != State::Closed);
        let mut state = match waited {
            Ok((state, _)) => state,
            Err(poisoned) => poisoned.into_inner().0,
        };
        let closed = *state == State::Closed;
        if !closed {
            *state = State::Open;
        }
        closed
    }

    /// Lets the thread read again.
    pub fn open(&self) {
        *self.state() = State::Open;
        self.changed.notify_all();
    }

    /// Called by the thread before each read.
    fn pass(&self) {
        let mut state = self.state();
        if *state == State::Closing {
            // What is read already was meant for the program.
            while crossterm::event::poll(Duration::from_millis(1)).unwrap_or(false) {
                let _ = crossterm::event::read();
            }
            *state = State::Closed;
            self.changed.notify_all();
        }
        while *state == State::Closed {
            state = self.changed.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Ends a read that waits: the window may have another size, says a signal.
#[cfg(unix)]
fn wake() {
    // Where it fails the thread does not let go, and that is said.
    let _ = signal_hook::low_level::raise(signal_hook::consts::SIGWINCH);
}

#[cfg(not(unix))]
fn wake() {}

/// Starts the thread; it ends when nobody listens or the terminal is gone.
pub fn start(gate: Arc<Gate>, outbox: Sender<Message>) {
    std::thread::spawn(move || {
        loop {
            gate.pass();
            let (message, gone) = match crossterm::event::read() {
                Ok(event) => (Message::Input(event), false),
                Err(_) => (Message::Leave, true),
            };
            if outbox.send(message).is_err() || gone {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_that_nobody_comes_to_opens_again() {
        let gate = Gate::default();
        assert!(!gate.close());
        assert_eq!(*gate.state(), State::Open);
    }
}
