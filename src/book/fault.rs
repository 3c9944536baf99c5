//! Lets a test kill the book between two durable steps. In the program itself
//! it does nothing and takes no room.

use super::BookError;

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
