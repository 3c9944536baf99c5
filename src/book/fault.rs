//! Lets a test kill the book between two durable steps. In the program itself
//! it does nothing and takes no room.

use std::path::Path;

use super::BookError;

#[cfg(test)]
thread_local! {
    /// Folders whose names this thread made durable, for tests to ask after: no
    /// test can take the power away.
    pub(super) static DURABLE: std::cell::RefCell<Vec<std::path::PathBuf>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Called once the names in a folder are durable.
pub(super) fn made_durable(folder: &Path) {
    #[cfg(test)]
    DURABLE.with_borrow_mut(|all| all.push(folder.to_path_buf()));
    #[cfg(not(test))]
    let _ = folder;
}

#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Steps to live; `None`: for ever.
    #[cfg(test)]
    pub(super) left: Option<u32>,
    /// Steps taken so far.
    #[cfg(test)]
    pub(super) taken: u32,
}

impl Faults {
    /// Called behind each durable step.
    ///
    /// # Errors
    /// Only in tests: the process “dies” here, and whoever gets this error
    /// tidies nothing up.
    pub(super) fn step(&mut self) -> Result<(), BookError> {
        #[cfg(test)]
        {
            self.taken += 1;
            match &mut self.left {
                Some(0) => return Err(BookError::Killed),
                Some(left) => *left -= 1,
                None => {}
            }
        }
        Ok(())
    }
}
