//! Makes a large file durable while it is still being written, so that little
//! is left to wait for at its end.

use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

/// Bytes that are written before the disk is asked to take them.
const STEP: u64 = 1 << 25;

/// A file whose bytes go to the disk as they come.
pub(super) struct Ahead {
    file: File,
    /// Bytes since the disk was last asked.
    since: u64,
    asked: Option<(SyncSender<()>, JoinHandle<io::Result<()>>)>,
}

impl Ahead {
    pub(super) fn new(file: File) -> Self {
        Self { file, since: 0, asked: None }
    }

    /// Takes note of so many bytes more in the file.
    pub(super) fn wrote(&mut self, bytes: usize) -> io::Result<()> {
        self.since += bytes as u64;
        if self.since < STEP {
            return Ok(());
        }
        let asked = match &self.asked {
            Some((ask, _)) => ask,
            None => {
                let (ask, asks) = sync_channel(1);
                let file = self.file.try_clone()?;
                let thread = std::thread::spawn(move || take(&file, &asks));
                &self.asked.insert((ask, thread)).0
            }
        };
        // While it is still busy it is asked again later. Where it has failed
        // it says so at the end.
        if !matches!(asked.try_send(()), Err(TrySendError::Full(()))) {
            self.since = 0;
        }
        Ok(())
    }

    /// Waits until all of the file is durable.
    ///
    /// # Errors
    /// The first that the disk reported, whenever that was: it reports each
    /// only once.
    pub(super) fn finish(self) -> io::Result<()> {
        if let Some((ask, thread)) = self.asked {
            drop(ask);
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        }
        self.file.sync_all()
    }
}

fn take(file: &File, asks: &Receiver<()>) -> io::Result<()> {
    asks.iter().try_for_each(|()| file.sync_data())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_large_file_is_whole_at_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("large");
        let mut file = File::create(&path).unwrap();
        let mut ahead = Ahead::new(file.try_clone().unwrap());
        let piece = vec![7u8; 1 << 20];
        for _ in 0..(STEP >> 20) * 2 + 3 {
            file.write_all(&piece).unwrap();
            ahead.wrote(piece.len()).unwrap();
        }
        assert!(ahead.asked.is_some(), "nothing went ahead");
        ahead.finish().unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), ((STEP >> 20) * 2 + 3) << 20);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_the_disk_reports_on_the_way_is_not_lost() {
        // What cannot be made durable at all.
        let (_reader, writer) = std::io::pipe().unwrap();
        let mut ahead = Ahead::new(File::from(std::os::fd::OwnedFd::from(writer)));
        ahead.wrote(STEP as usize).unwrap();
        let (ask, thread) = ahead.asked.take().unwrap();
        drop(ask);
        assert!(thread.join().unwrap().is_err());
    }
}
