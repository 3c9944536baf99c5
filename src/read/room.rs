//! Room for the bytes of blocks, used again and again: fresh memory costs more
//! than reading a file into it does.

use std::io::{self, Read};

use crossbeam_channel::{Receiver, Sender, bounded};

/// Bytes of a file, and room for more. Dropped, its memory goes back to the
/// [`Rooms`] it came from.
#[derive(Debug)]
pub(super) struct Room {
    /// Behind what is filled stands what was in it before.
    bytes: Vec<u8>,
    filled: usize,
    home: Sender<Vec<u8>>,
}

/// Memory that nobody uses at the moment.
pub(super) struct Rooms {
    home: Sender<Vec<u8>>,
    free: Receiver<Vec<u8>>,
}

impl Rooms {
    /// Keeps the memory of so many blocks.
    pub fn new(most: usize) -> Self {
        let (home, free) = bounded(most.max(1));
        Self { home, free }
    }

    pub fn empty(&self) -> Room {
        Room { bytes: self.free.try_recv().unwrap_or_default(), filled: 0, home: self.home.clone() }
    }
}

impl Room {
    pub fn filled(&self) -> &[u8] {
        self.bytes.get(..self.filled).unwrap_or(&[])
    }

    /// Reads up to `want` bytes more; `true` at the end of the file.
    pub fn fill(&mut self, content: &mut dyn Read, want: usize) -> io::Result<bool> {
        let full = self.filled + want;
        if self.bytes.len() < full {
            self.bytes.resize(full, 0);
        }
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

    /// Keeps what stands before this byte; the rest moves into another room.
    pub fn cut(&mut self, at: usize, rooms: &Rooms) -> Self {
        let mut other = rooms.empty();
        let rest = self.bytes.get(at..self.filled).unwrap_or(&[]);
        if other.bytes.len() < rest.len() {
            other.bytes.resize(rest.len(), 0);
        }
        other.bytes.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        other.filled = rest.len();
        self.filled = self.filled.min(at);
        other
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // Where there is enough already, or nobody reads on, it is let go.
        let _ = self.home.try_send(std::mem::take(&mut self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_used_again_shows_nothing_of_before() {
        let rooms = Rooms::new(2);
        let mut first = rooms.empty();
        assert!(!first.fill(&mut &b"abcdef"[..], 4).unwrap());
        let rest = first.cut(3, &rooms);
        assert_eq!((first.filled(), rest.filled()), (&b"abc"[..], &b"d"[..]));
        drop(first);
        let mut again = rooms.empty();
        assert_eq!(again.filled(), b"");
        assert!(again.fill(&mut &b"x"[..], 4).unwrap());
        assert_eq!(again.filled(), b"x");
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
        let mut room = Rooms::new(1).empty();
        assert!(!room.fill(&mut Liar, 3).unwrap());
        assert_eq!(room.filled(), b"aaa");
    }
}
