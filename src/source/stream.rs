//! Rows of a table as the text of a CSV file. A thread of their own asks the
//! database and writes; whoever reads gets the text as it comes, and when
//! nobody reads any more the thread ends and closes the connection.

use std::io::{self, Read};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

/// Text handed over at once, in bytes.
const CHUNK: usize = 256 << 10;
/// Chunks that may wait to be read.
const AHEAD: usize = 4;

/// Why rows stopped coming.
pub(super) enum Stopped {
    /// Nobody reads them any more.
    Unwanted,
    /// A sentence without its subject.
    Failed(String),
}

/// The text of a table, to be read.
pub(super) struct Rows {
    chunks: Receiver<Result<Vec<u8>, String>>,
    chunk: Vec<u8>,
    at: usize,
}

/// Where a table is written to.
pub(super) struct Sheet {
    send: Sender<Result<Vec<u8>, String>>,
    text: Vec<u8>,
    /// The next cell is the first of its row.
    row_begins: bool,
}

/// Starts a thread that writes the rows.
pub(super) fn start(write: impl FnOnce(&mut Sheet) -> Result<(), Stopped> + Send + 'static) -> Rows {
    let (send, chunks) = bounded(AHEAD);
    thread::spawn(move || {
        let mut sheet = Sheet { send, text: Vec::with_capacity(CHUNK), row_begins: true };
        let ended = write(&mut sheet).and_then(|()| sheet.hand_over());
        if let Err(Stopped::Failed(what)) = ended {
            // Nobody is left to tell when this fails.
            let _ = sheet.send.send(Err(what));
        }
    });
    Rows { chunks, chunk: Vec::new(), at: 0 }
}

impl Read for Rows {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.chunk.len() {
            match self.chunks.recv() {
                Ok(Ok(chunk)) => (self.chunk, self.at) = (chunk, 0),
                Ok(Err(what)) => return Err(io::Error::other(what)),
                // The thread has ended, and said before if it failed.
                Err(_) => return Ok(0),
            }
        }
        let left = self.chunk.get(self.at..).unwrap_or_default();
        let count = left.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), left.get(..count)) {
            to.copy_from_slice(from);
        }
        self.at += count;
        Ok(count)
    }
}

impl Sheet {
    /// Writes a cell; what is null in a database is blank here.
    pub fn cell(&mut self, text: &[u8]) {
        if !self.row_begins {
            self.text.push(b',');
        }
        self.row_begins = false;
        if text.iter().any(|byte| matches!(byte, b'"' | b',' | b'\n' | b'\r')) {
            self.text.push(b'"');
            for byte in text {
                if *byte == b'"' {
                    self.text.push(b'"');
                }
                self.text.push(*byte);
            }
            self.text.push(b'"');
        } else {
            self.text.extend_from_slice(text);
        }
    }

    /// # Errors
    /// [`Stopped::Unwanted`] when nobody reads any more.
    pub fn end_row(&mut self) -> Result<(), Stopped> {
        self.text.push(b'\n');
        self.row_begins = true;
        if self.text.len() >= CHUNK { self.hand_over() } else { Ok(()) }
    }

    /// A row of texts.
    ///
    /// # Errors
    /// As for [`Sheet::end_row`].
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<(), Stopped> {
        cells.into_iter().for_each(|cell| self.cell(cell.as_bytes()));
        self.end_row()
    }

    fn hand_over(&mut self) -> Result<(), Stopped> {
        let text = std::mem::replace(&mut self.text, Vec::with_capacity(CHUNK));
        self.send.send(Ok(text)).map_err(|_| Stopped::Unwanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text_of(rows: Vec<Vec<String>>) -> String {
        let mut text = String::new();
        let write = move |sheet: &mut Sheet| rows.iter().try_for_each(|row| sheet.row(row.iter().map(String::as_str)));
        start(write).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn cells_that_need_quotes_get_them() {
        let row = ["a", "", "b,c", "say \"x\"", "two\nlines"].map(str::to_owned).to_vec();
        assert_eq!(text_of(vec![row]), "a,,\"b,c\",\"say \"\"x\"\"\",\"two\nlines\"\n");
    }

    #[test]
    fn a_failure_comes_behind_the_rows_that_were_read() {
        let mut rows = start(|sheet| {
            sheet.row(["a", "b"])?;
            sheet.hand_over()?;
            Err(Stopped::Failed("the connection was lost".into()))
        });
        let mut text = String::new();
        let error = rows.read_to_string(&mut text).unwrap_err();
        assert_eq!((text.as_str(), error.to_string().as_str()), ("a,b\n", "the connection was lost"));
    }

    #[test]
    fn the_thread_ends_when_nobody_reads() {
        let (send, ended) = bounded(1);
        let rows = start(move |sheet| {
            let all = (0..u64::MAX).try_for_each(|row| sheet.row([row.to_string().as_str()]));
            let _ = send.send(matches!(all, Err(Stopped::Unwanted)));
            all
        });
        drop(rows);
        assert_eq!(ended.recv_timeout(std::time::Duration::from_secs(20)), Ok(true));
    }

    proptest! {
        #[test]
        fn rows_come_back_as_they_were_written(rows in proptest::collection::vec(proptest::collection::vec("[a\",\n\r é]{0,4}", 3), 1..6)) {
            let text = text_of(rows.clone());
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let back: Vec<Vec<String>> =
                reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
            prop_assert_eq!(back, rows);
        }
    }
}
