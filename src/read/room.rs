//! Room for the bytes of a block, used again for the next: fresh memory costs
//! more than reading a file into it does.

use std::io::{self, Read};

use super::content::Claim;

/// Bytes of a file, and room for more.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// Around what is filled stands what was in it before.
    bytes: Vec<u8>,
    /// Where what is filled begins and ends.
    from: usize,
    filled: usize,
}

/// Bytes left free in front of a claim, for the record that began before it.
const FRONT: usize = 16 << 10;

impl Room {
    pub fn filled(&self) -> &[u8] {
        self.bytes.get(self.from..self.filled).unwrap_or(&[])
    }

    /// Begins anew, with these bytes.
    pub fn begin(&mut self, bytes: &[u8]) {
        self.make(bytes.len());
        self.bytes.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        (self.from, self.filled) = (0, bytes.len());
    }

    /// Begins anew, with what was claimed; `true` at the end of the file.
    pub fn fill_claim(&mut self, claim: &mut Claim) -> io::Result<bool> {
        (self.from, self.filled) = (FRONT, FRONT);
        let bytes = claim.bytes;
        self.fill(claim, bytes)
    }

    /// Puts bytes in front of what is filled.
    pub fn put_before(&mut self, bytes: &[u8]) {
        if self.from < bytes.len() {
            let more = bytes.len() - self.from;
            self.make(self.filled + more);
            self.bytes.copy_within(self.from..self.filled, bytes.len());
            (self.from, self.filled) = (bytes.len(), self.filled + more);
        }
        self.from -= bytes.len();
        self.bytes.iter_mut().skip(self.from).zip(bytes).for_each(|(to, from)| *to = *from);
    }

    /// Keeps only so many of the bytes.
    pub fn truncate(&mut self, bytes: usize) {
        self.filled = self.filled.min(self.from.saturating_add(bytes));
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
    use crate::read::content::Content;

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
    fn what_is_put_before_stands_before_whether_there_is_room_or_not() {
        for long in [0, 1, FRONT, FRONT + 1, 3 * FRONT] {
            let mut content = Content::anywhere(b"abcdef".to_vec());
            let mut room = Room::default();
            room.begin(&[b'z'; 9]);
            assert!(!room.fill_claim(&mut content.claim(4).unwrap()).unwrap());
            let before = vec![b'x'; long];
            room.put_before(&before);
            assert_eq!(room.filled(), [&before[..], b"abcd"].concat());
            room.truncate(long + 1);
            assert_eq!(room.filled().len(), long + 1);
            assert!(room.fill_claim(&mut content.claim(4).unwrap()).unwrap());
            assert_eq!(room.filled(), b"ef");
        }
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
