//! The file a report is gathered in, page by page, each durable before the
//! next is asked for. It holds the pages exactly as they came, one behind the
//! other, and nothing else: where to go on is what the last whole page says.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest as _, Sha256};

use super::pages::Pages;
use crate::calendar::Instant;
use crate::journal::hex;

const SUFFIX: &str = ".part";
/// An older beginning is not gone on with: its last days may have changed
/// since, and its cursor may be forgotten.
const RESUME_WITHIN_MICROS: u64 = 6 * 3_600 * 1_000_000;

/// A report on its way.
#[derive(Debug)]
pub struct Partial {
    pub path: PathBuf,
    file: File,
    pub bytes: u64,
}

impl Partial {
    /// Opens the file for a report in a folder. `query` is everything the
    /// answer depends on: a beginning is gone on with only for the same one.
    /// Pages that are there already are given to `pages`; a page that a crash
    /// cut short is taken off.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn open(folder: &Path, name: &str, query: &str, pages: &mut Pages, now: Instant) -> io::Result<Self> {
        let digits = hex(&Sha256::digest(query.as_bytes()));
        let path = folder.join(format!("{name}.{}{SUFFIX}", digits.get(..16).unwrap_or(&digits)));
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
        let mut partial = Self { path, file, bytes: 0 };
        if is_stale(&partial.file, now)? {
            partial.clear()?;
        }
        partial.resume(pages)?;
        Ok(partial)
    }

    fn resume(&mut self, pages: &mut Pages) -> io::Result<()> {
        let mut found =
            serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 18, &self.file)).into_iter();
        let mut whole = 0;
        while let Some(Ok(page)) = found.next() {
            if pages.accept(&page).is_err() {
                break;
            }
            whole = found.byte_offset() as u64;
        }
        drop(found);
        // What stands behind the last whole page is the line end it came
        // with, or what a crash left.
        self.file.seek(SeekFrom::Start(whole))?;
        let mut rest = [0; 4];
        let length = (&self.file).take(rest.len() as u64).read(&mut rest)?;
        let blanks = rest.get(..length).unwrap_or_default();
        let kept = blanks.iter().position(|b| *b == b'\n').filter(|at| blanks.iter().take(*at).all(|b| *b == b'\r'));
        let end = whole + kept.map_or(0, |at| at as u64 + 1);
        self.file.set_len(end)?;
        self.bytes = self.file.seek(SeekFrom::Start(end))?;
        if whole > 0 && kept.is_none() {
            self.write(b"\n")?;
        }
        Ok(())
    }

    /// Adds a page as it came, ended with a line end if it has none.
    ///
    /// # Errors
    /// Those of the disk; the page is not there then.
    pub fn add(&mut self, page: &[u8]) -> io::Result<()> {
        self.write(page)?;
        if !page.ends_with(b"\n") {
            self.write(b"\n")?;
        }
        self.file.sync_data()
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Takes everything off again, to begin anew.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.bytes = self.file.seek(SeekFrom::Start(0))?;
        Ok(())
    }

    /// Keeps what is there for the next time; nothing is not kept.
    pub fn leave(self) {
        if self.bytes == 0 {
            // An empty file that stays does no harm.
            let _ = fs::remove_file(&self.path);
        }
    }

    /// The file alone, closed.
    pub fn close(self) -> PathBuf {
        self.path
    }
}

/// Removes beginnings in a folder that are too old to go on with.
///
/// # Errors
/// Those of the disk, but for a folder that is not there.
pub fn sweep(folder: &Path, now: Instant) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let is_ours = name.to_str().is_some_and(|name| name.starts_with("fetched-") && name.ends_with(SUFFIX));
        if is_ours && is_stale(&File::open(entry.path())?, now)? {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn is_stale(file: &File, now: Instant) -> io::Result<bool> {
    let written = file.metadata()?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let written = i64::try_from(written.as_micros()).unwrap_or(i64::MAX);
    Ok(written.abs_diff(now.micros()) > RESUME_WITHIN_MICROS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::fetch::pages::Next;
    use crate::source::fetch::plan::{BucketWidth, Endpoint, Job, Range};
    use std::time::SystemTime;

    const FIRST: &[u8] = b"{\n  \"object\": \"page\", \"data\": [], \"has_more\": true, \"next_page\": \"a\"\n}";
    const SECOND: &[u8] = br#"{"object":"page","data":[],"has_more":true,"next_page":"b"}"#;

    fn now() -> Instant {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Instant::from_micros(since.as_micros() as i64)
    }

    fn pages() -> Pages {
        let range = Range { start: 0, end: 86_400 * 9, provisional: false };
        Pages::new(&Job::new(Endpoint::Costs, range, BucketWidth::Day))
    }

    fn open(dir: &Path, query: &str, now: Instant) -> (Partial, Pages) {
        let mut pages = pages();
        (Partial::open(dir, "fetched-costs.jsonl", query, &mut pages, now).unwrap(), pages)
    }

    #[test]
    fn whatever_a_crash_left_behind_the_last_whole_page_is_taken_off() {
        let whole = [FIRST, b"\n", SECOND, b"\n"].concat();
        for end in 0..=whole.len() {
            let dir = tempfile::tempdir().unwrap();
            let path = open(dir.path(), "q", now()).0.close();
            fs::write(&path, &whole[..end]).unwrap();
            let (mut partial, pages) = open(dir.path(), "q", now());
            let kept =
                [0, FIRST.len(), FIRST.len() + 1 + SECOND.len()].into_iter().filter(|n| *n <= end).max().unwrap();
            let next = match pages.count {
                0 => Next::First,
                1 => Next::Behind("a".into()),
                _ => Next::Behind("b".into()),
            };
            assert_eq!(pages.next(), &next, "cut at {end}");
            partial.add(br#"{"more":1}"#).unwrap();
            let line_end: &[u8] = if kept > 0 { b"\n" } else { b"" };
            let expected = [&whole[..kept], line_end, b"{\"more\":1}\n"].concat();
            assert_eq!(fs::read(&path).unwrap(), expected, "cut at {end}");
            assert_eq!(partial.bytes, expected.len() as u64);
        }
    }

    #[test]
    fn zeros_that_a_power_loss_leaves_are_taken_off() {
        let dir = tempfile::tempdir().unwrap();
        let path = open(dir.path(), "q", now()).0.close();
        fs::write(&path, [FIRST, b"\r\n", &[0; 9]].concat()).unwrap();
        assert_eq!(open(dir.path(), "q", now()).1.count, 1);
        assert_eq!(fs::read(&path).unwrap(), [FIRST, b"\r\n"].concat());
    }

    #[test]
    fn only_the_same_query_goes_on_and_only_for_a_while() {
        let dir = tempfile::tempdir().unwrap();
        let (mut partial, _) = open(dir.path(), "q", now());
        partial.add(FIRST).unwrap();
        assert_eq!(open(dir.path(), "other", now()).1.count, 0);
        assert_eq!(open(dir.path(), "q", now()).1.count, 1);
        let tomorrow = Instant::from_micros(now().micros() + 86_400_000_000);
        assert_eq!(open(dir.path(), "q", tomorrow).1.count, 0);
    }

    #[test]
    fn old_beginnings_are_swept_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let mine = open(dir.path(), "q", now()).0.close();
        let other = dir.path().join("fetched-costs_2026-01-01_2026-01-31.jsonl");
        fs::write(&other, "").unwrap();
        sweep(dir.path(), now()).unwrap();
        assert!(mine.exists());
        sweep(dir.path(), Instant::from_micros(now().micros() + 86_400_000_000)).unwrap();
        assert!(!mine.exists() && other.exists());
        sweep(&dir.path().join("none"), now()).unwrap();
    }
}
