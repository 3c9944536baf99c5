//! One writer at a time: a lock on `trueup.lock`, held as long as the book is
//! open. The system lets go of it when the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;

use super::{BookError, LOCK, system};
use crate::calendar::Instant;

pub(super) struct Lock {
    file: File,
}

/// A program that is being started holds the locks of its parent until it runs
/// itself, which is a matter of milliseconds; an owner who means it stays.
fn lock_soon(file: &File) -> Result<(), TryLockError> {
    const TRIES: u32 = 15;
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(std::time::Duration::from_millis(20)),
            other => return other,
        }
    }
    file.try_lock()
}

impl Lock {
    /// # Errors
    /// [`BookError::Locked`] with the owner when another process has it.
    pub(super) fn take(dir: &Path, who: &str) -> Result<Self, BookError> {
        let path = dir.join(LOCK);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(BookError::io(&path, "opened"))?;
        match lock_soon(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                let _ = file.take(1_000).read_to_string(&mut owner);
                let owner = owner.trim();
                let owner = if owner.is_empty() { "its name is not known yet" } else { owner };
                return Err(BookError::Locked { dir: dir.into(), owner: plain(owner) });
            }
            Err(TryLockError::Error(source)) => {
                return Err(BookError::Io { path, doing: "locked", source });
            }
        }
        // To the second is enough for a person.
        let since = Instant::from_seconds(system::now().micros().div_euclid(1_000_000));
        let owner = format!("{who} pid {} since {since}\n", std::process::id());
        file.set_len(0).and_then(|()| file.write_all(owner.as_bytes())).map_err(BookError::io(&path, "written"))?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
    }
}

/// The file may hold anything; what is shown holds no control characters.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_with_the_name_of_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::take(dir.path(), "ada@desk").unwrap();
        let refusal = Lock::take(dir.path(), "bob@desk").err().unwrap().to_string();
        assert!(refusal.contains(&format!("ada@desk pid {} since 20", std::process::id())), "{refusal}");
        assert!(refusal.contains("--read-only"), "{refusal}");
        drop(first);
        Lock::take(dir.path(), "bob@desk").unwrap();
    }
}
