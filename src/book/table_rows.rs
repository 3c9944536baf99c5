//! The rows of tables as they were read last, beside the inputs that are
//! files: a database goes on, and what a month was decided on must not go with
//! it. Written while they are read, named by their content, and packed into the
//! signed version from here.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use super::atomic::{put_in_place, temp_beside};
use super::{Book, BookError, TABLES};

impl Book {
    /// A new, empty file below the book's folder, for the rows of a table.
    ///
    /// # Errors
    /// [`BookError::Io`], or that the book is open to read only.
    pub fn begin_table(&mut self) -> Result<TableCopy, BookError> {
        self.check_writable()?;
        let folder = self.dir.join(TABLES);
        fs::create_dir_all(&folder).map_err(BookError::io(&folder, "made"))?;
        let path = temp_beside(&folder.join("rows"));
        let file = File::options().write(true).create_new(true).open(&path);
        Ok(TableCopy { file: file.map_err(BookError::io(&path, "written"))?, path })
    }

    /// Puts what was read to its place, with the SHA-256 each came to; what an
    /// earlier reading left is dropped, since what is signed has its own copy.
    ///
    /// # Errors
    /// [`BookError::Io`].
    pub fn keep_tables(&mut self, read: &[(PathBuf, String)]) -> Result<(), BookError> {
        for (path, sha256) in read {
            let target = table_rows(&self.dir, sha256);
            let written = File::open(path).and_then(|file| file.sync_all());
            written.map_err(BookError::io(path, "made durable"))?;
            put_in_place(path, &target)?;
        }
        let kept: Vec<PathBuf> = read.iter().map(|(_, sha256)| table_rows(&self.dir, sha256)).collect();
        let folder = self.dir.join(TABLES);
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if !kept.contains(&entry.path()) {
                // What stays behind costs room and is no figure's source.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(())
    }
}

/// Where the book in a folder keeps rows of this content.
pub fn table_rows(dir: &Path, sha256: &str) -> PathBuf {
    dir.join(TABLES).join(format!("{sha256}.csv"))
}

/// A file that the rows of a table go into.
pub struct TableCopy {
    file: File,
    pub path: PathBuf,
}

impl TableCopy {
    /// The same content, which is written into the file as it is read.
    pub fn while_reading(self, from: impl Read + Send + 'static) -> impl Read + Send + 'static {
        Copying { from, to: BufWriter::with_capacity(1 << 18, self.file) }
    }
}

struct Copying<R> {
    from: R,
    to: BufWriter<File>,
}

impl<R: Read> Read for Copying<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        let kept = match read {
            0 if !buffer.is_empty() => self.to.flush(),
            _ => self.to.write_all(buffer.get(..read).unwrap_or_default()),
        };
        kept.map_err(|error| {
            io::Error::other(format!("its rows cannot be kept in the book's folder {TABLES}: {error}; make room there"))
        })?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Access;

    #[test]
    fn rows_are_kept_while_they_are_read_and_those_before_them_go() {
        let dir = tempfile::tempdir().unwrap();
        let mut book = Book::open(dir.path(), Access::Write).unwrap();
        for (text, sha256) in [("a,b\n1,2\n", "aa"), ("a,b\n1,3\n", "bb")] {
            let copy = book.begin_table().unwrap();
            let path = copy.path.clone();
            let mut read = String::new();
            copy.while_reading(Box::new(text.as_bytes())).read_to_string(&mut read).unwrap();
            assert_eq!(read, text);
            book.keep_tables(&[(path, sha256.into())]).unwrap();
            assert_eq!(fs::read_to_string(table_rows(dir.path(), sha256)).unwrap(), text);
        }
        assert_eq!(fs::read_dir(dir.path().join(TABLES)).unwrap().count(), 1);
        drop(book);
        let refused = Book::open(dir.path(), Access::Read).unwrap().begin_table();
        assert!(refused.is_err());
    }
}
