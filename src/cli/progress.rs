//! One line on standard error while files are read, if somebody is looking.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::desk::LoadEvent;

/// Shows progress on standard error when it is a terminal.
pub struct Progress {
    shown: bool,
    started: Instant,
    last: Mutex<Option<Instant>>,
}

impl Progress {
    pub fn new() -> Self {
        Self { shown: std::io::stderr().is_terminal(), started: Instant::now(), last: Mutex::new(None) }
    }

    pub fn tell(&self, event: &LoadEvent) {
        if !self.shown {
            return;
        }
        let now = Instant::now();
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match event {
            LoadEvent::Progress { bytes, rows, of_bytes } => {
                if last.is_some_and(|at| now - at < Duration::from_millis(100)) {
                    return;
                }
                *last = Some(now);
                let left = time_left(self.started.elapsed(), *bytes, *of_bytes);
                eprint!("\r\x1b[K{rows} rows, {} of {} MB{left}", bytes / 1_000_000, of_bytes / 1_000_000);
            }
            LoadEvent::TakingIn { bytes, of_bytes } => {
                if last.is_none_or(|at| now - at >= Duration::from_millis(100)) {
                    *last = Some(now);
                    eprint!("\r\x1b[Ktaking in {} of {} MB", bytes / 1_000_000, of_bytes / 1_000_000);
                }
            }
            LoadEvent::Comparing => eprint!("\r\x1b[Kcomparing"),
            LoadEvent::FirstRows(_) => {}
        }
        let _ = std::io::stderr().flush();
    }

    /// Takes the line off again.
    pub fn done(&self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
    }
}

/// `, about 4 s left`, once there is enough to judge by.
fn time_left(elapsed: Duration, bytes: u64, of_bytes: u64) -> String {
    if bytes == 0 || of_bytes <= bytes || elapsed < Duration::from_millis(500) {
        return String::new();
    }
    let left = elapsed.as_secs() * (of_bytes - bytes) / bytes;
    format!(", about {} s left", left.max(1))
}
