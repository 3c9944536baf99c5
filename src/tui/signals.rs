//! Signals as messages, so that being ended, hung up on or stopped leaves the
//! terminal as it was and the place kept.

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicBool, Ordering};

    use crossbeam_channel::Sender;
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
    use signal_hook::iterator::Signals;

    use crate::tui::message::Message;

    /// Set while the program stops itself: the signal it sends to its own
    /// group reaches it as well and asks for nothing more.
    static STOPPING: AtomicBool = AtomicBool::new(false);

    /// Set while the terminal is another program's: what the keys of that
    /// terminal send to all of us is for it.
    static LENT: AtomicBool = AtomicBool::new(false);

    /// Set as such an interrupt comes: the thread that reads the signals may
    /// get to it only when the terminal is ours again.
    static NOT_OURS: AtomicBool = AtomicBool::new(false);

    /// Whether the terminal is another program's from now on.
    pub fn lend(lent: bool) {
        LENT.store(lent, Ordering::SeqCst);
    }

    /// # Errors
    /// When a handler cannot be installed.
    pub fn listen(outbox: Sender<Message>) -> std::io::Result<()> {
        let note = || NOT_OURS.store(LENT.load(Ordering::SeqCst), Ordering::SeqCst);
        // SAFETY: the handler touches two atomics and nothing else.
        unsafe { signal_hook::low_level::register(SIGINT, note) }?;
        let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT])?;
        std::thread::spawn(move || {
            for signal in signals.forever() {
                let message = match signal {
                    SIGINT if NOT_OURS.swap(false, Ordering::SeqCst) => continue,
                    SIGCONT if LENT.load(Ordering::SeqCst) => continue,
                    SIGTSTP if LENT.load(Ordering::SeqCst) => {
                        // The shell waits for all of us to stop.
                        let _ = signal_hook::low_level::raise(libc::SIGSTOP);
                        continue;
                    }
                    SIGTSTP if STOPPING.swap(false, Ordering::SeqCst) => continue,
                    SIGTSTP => Message::Suspend,
                    SIGCONT => Message::Resumed,
                    _ => Message::Leave,
                };
                if outbox.send(message).is_err() {
                    return;
                }
            }
        });
        Ok(())
    }

    /// Stops the program and what started it, as the terminal would on Ctrl-z,
    /// until the shell continues it.
    pub fn stop() {
        STOPPING.store(true, Ordering::SeqCst);
        // SAFETY: a signal to the own process group; no memory is involved.
        unsafe {
            libc::kill(0, libc::SIGTSTP);
        }
        // The signal above was caught; this one cannot be. An error would mean
        // that the program goes on, which is all there is to do then.
        let _ = signal_hook::low_level::raise(libc::SIGSTOP);
    }
}

#[cfg(unix)]
pub use unix::{lend, listen, stop};

#[cfg(not(unix))]
mod other {
    use crossbeam_channel::Sender;

    use crate::tui::message::Message;

    /// # Errors
    /// None here.
    pub fn listen(_outbox: Sender<Message>) -> std::io::Result<()> {
        Ok(())
    }

    pub fn stop() {}

    pub fn lend(_lent: bool) {}
}

#[cfg(not(unix))]
pub use other::{lend, listen, stop};
