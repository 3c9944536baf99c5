//! Room for the bytes of a block, used again for the next: fresh memory costs
//! more than reading a file into it does.

use std::io::{self, Read};

/// Bytes of a file, and room for more.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// Behind what is filled stands what was in it before.
    bytes: Vec<u8>,
    filled: usize,
}

impl Room {
    pub fn filled(&self) -> &[u8] {
        self.bytes.get(..self.filled).unwrap_or(&[])
    }

    /// Begins anew, with these bytes.
    pub fn begin(&mut self, bytes: &[u8]) {
        self.make(bytes.len());
        self.bytes.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        self.filled = bytes.len();
    }

    /// Keeps only so many of the bytes.
    pub fn truncate(&mut self, bytes: usize) {
        self.filled = self.filled.min(bytes);
    }

    /// Reads up to `want` bytes more; `true` at the end of the file.
    pub fn fill(&mut self, content: &mut dyn Read, want: usize) -> io::Result<bool> {
        let full = self.filled + want;
        self.make(full);
        loop {
            let Some(room) = self.bytes.get_mut(self.filled..full).filter(|room| !room.is_empty()) else {
                return Ok(false);
            };
            match content.read(room) {
                Ok(0) => return Ok(true),
                // A reader that claims more than there was room for is not believed.
                Ok(read) => self.filled = (self.filled + read).min(full),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn make(&mut self, bytes: usize) {
        if self.bytes.len() < bytes {
            self.bytes.resize(bytes, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_used_again_shows_nothing_of_before() {
        let mut room = Room::default();
        assert!(!room.fill(&mut &b"abcdef"[..], 4).unwrap());
        assert_eq!(room.filled(), b"abcd");
        room.truncate(3);
        room.begin(b"d");
        assert!(room.fill(&mut &b"ef"[..], 4).unwrap());
        assert_eq!(room.filled(), b"def");
    }

    #[test]
    fn a_reader_that_claims_too_much_is_not_believed() {
        struct Liar;
        impl Read for Liar {
            fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
                room.fill(b'a');
                Ok(room.len() + 7)
            }
        }
        let mut room = Room::default();
        assert!(!room.fill(&mut Liar, 3).unwrap());
        assert_eq!(room.filled(), b"aaa");
    }
}
