//! The bytes of a file, as whoever opened it can give them.

use std::io::{self, Read};
use std::sync::Arc;

/// Bytes that can be read from any place on, by several threads at a time.
pub trait ReadAt: Send + Sync {
    /// As [`Read::read`], from this byte on: nothing but at the end.
    ///
    /// # Errors
    /// Whatever keeps the bytes from being read.
    fn read_at(&self, room: &mut [u8], at: u64) -> io::Result<usize>;
}

/// Bytes in memory.
impl ReadAt for Vec<u8> {
    fn read_at(&self, room: &mut [u8], at: u64) -> io::Result<usize> {
        let rest = usize::try_from(at).ok().and_then(|at| self.get(at..));
        rest.unwrap_or_default().read(room)
    }
}

/// What a file holds, and how far it was read.
pub struct Content {
    bytes: Bytes,
    at: u64,
}

enum Bytes {
    InTurn(Box<dyn Read + Send>),
    Anywhere(Arc<dyn ReadAt>),
}

impl Content {
    /// What comes only once and in its order: a pipe, a table, a member of an
    /// archive.
    pub fn in_turn(content: impl Read + Send + 'static) -> Self {
        Self { bytes: Bytes::InTurn(Box::new(content)), at: 0 }
    }

    /// A file on a disk, where several reads at once take less time than one
    /// after the other.
    pub fn anywhere(content: impl ReadAt + 'static) -> Self {
        Self { bytes: Bytes::Anywhere(Arc::new(content)), at: 0 }
    }

    /// So many of the next bytes, to be read by whoever asks while others read
    /// others; `None` where the content comes in turn only.
    pub(super) fn claim(&mut self, bytes: usize) -> Option<Claim> {
        let Bytes::Anywhere(file) = &self.bytes else { return None };
        let claim = Claim { file: Arc::clone(file), at: self.at, bytes };
        self.at += bytes as u64;
        Some(claim)
    }
}

impl Read for Content {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.bytes {
            Bytes::InTurn(content) => content.read(room),
            Bytes::Anywhere(file) => file.read_at(room, self.at),
        }?;
        self.at += read.min(room.len()) as u64;
        Ok(read)
    }
}

/// Bytes of a file that are one thread's to read, one behind the other.
pub(super) struct Claim {
    file: Arc<dyn ReadAt>,
    at: u64,
    pub bytes: usize,
}

impl Read for Claim {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(room, self.at)?;
        self.at += read.min(room.len()) as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_claimed_nobody_else_reads() {
        let mut content = Content::anywhere(b"abcdefgh".to_vec());
        let mut two = [0; 2];
        content.read_exact(&mut two).unwrap();
        let mut claims = [content.claim(3).unwrap(), content.claim(3).unwrap()];
        let mut texts: Vec<Vec<u8>> = Vec::new();
        for claim in claims.iter_mut().rev() {
            let (mut text, bytes) = (Vec::new(), claim.bytes as u64);
            claim.take(bytes).read_to_end(&mut text).unwrap();
            texts.push(text);
        }
        assert_eq!((&two, &texts[..]), (b"ab", &[b"fgh".to_vec(), b"cde".to_vec()][..]));
        assert_eq!(content.read(&mut two).unwrap(), 0);
    }

    #[test]
    fn of_what_comes_in_turn_nothing_can_be_claimed() {
        assert!(Content::in_turn(&b"abc"[..]).claim(1).is_none());
    }
}
