//! A file's digest while it is written. Of a large file it is worked out on
//! another core, so that writing does not wait for it.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use sha2::{Digest as _, Sha256};

/// Bytes from which on a file counts as large.
const LARGE: u64 = 1 << 22;
/// Pieces on their way to the other core.
const AHEAD: usize = 8;

/// Hands on what is written, and hashes it.
pub(super) struct Hashing<W> {
    out: W,
    pub bytes: u64,
    hash: Hash,
}

enum Hash {
    Here(Sha256),
    Beside {
        pieces: SyncSender<Vec<u8>>,
        /// Pieces that were hashed, to be filled again.
        back: Receiver<Vec<u8>>,
        done: JoinHandle<Sha256>,
    },
}

impl<W> Hashing<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, bytes: 0, hash: Hash::Here(Sha256::new()) }
    }

    /// The SHA-256 of all that was written.
    pub(super) fn finish(self) -> [u8; 32] {
        let hasher = match self.hash {
            Hash::Here(hasher) => hasher,
            Hash::Beside { pieces, done, .. } => {
                drop(pieces);
                done.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
        };
        hasher.finalize().into()
    }

    fn hash(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        match &mut self.hash {
            Hash::Here(hasher) => {
                hasher.update(bytes);
                if self.bytes >= LARGE {
                    self.hash = beside(std::mem::take(hasher));
                }
            }
            // The other end only goes with a panic, which `finish` passes on.
            Hash::Beside { pieces, back, .. } => {
                let mut piece = back.try_recv().unwrap_or_default();
                piece.clear();
                piece.extend_from_slice(bytes);
                drop(pieces.send(piece));
            }
        }
    }
}

fn beside(mut hasher: Sha256) -> Hash {
    let (pieces, arriving) = sync_channel::<Vec<u8>>(AHEAD);
    let (hashed, back): (Sender<Vec<u8>>, _) = channel();
    let done = std::thread::spawn(move || {
        for piece in arriving {
            hasher.update(&piece);
            // Nobody takes it back once all is written.
            drop(hashed.send(piece));
        }
        hasher
    });
    Hash::Beside { pieces, back, done }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash(bytes.get(..written).unwrap_or(bytes));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_has_the_digest_it_has_at_once() {
        let bytes: Vec<u8> = (0..LARGE * 2 + 77).map(|n| (n % 251) as u8).collect();
        for piece in [1 << 10, 1 << 20, bytes.len()] {
            let mut out = Hashing::new(Vec::new());
            bytes.chunks(piece).for_each(|piece| out.write_all(piece).unwrap());
            assert_eq!(out.bytes, bytes.len() as u64);
            assert_eq!(out.finish(), <[u8; 32]>::from(Sha256::digest(&bytes)));
        }
    }
}
