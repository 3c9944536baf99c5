//! Files that are either as they were or as they were meant to be, whatever
//! happens in between: written beside their place, made durable, then renamed.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::ahead::Ahead;
use super::hashing::Hashing;
use super::{BookError, system};
use crate::journal::hex;

const PREFIX: &str = ".trueup-";
const SUFFIX: &str = ".tmp";
const BUFFER: usize = 1 << 16;

/// Writes a whole file so that a crash leaves the old one or the new one. The
/// permissions of an existing file are kept, and a symbolic link stays one.
///
/// # Errors
/// [`BookError::Refused`] when the target is a folder, [`BookError::Io`] else.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), BookError> {
    write_atomically_with(path, |out| out.write_all(bytes))
}

/// The same with what `fill` writes, which need not be held whole.
///
/// # Errors
/// As [`write_atomically`].
pub fn write_atomically_with(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), BookError> {
    replace(path, Lasting::Durable, fill)
}

/// As [`write_atomically_with`], without waiting until the disk has it: for what
/// can be made again at any time. A program that stops leaves the old file or
/// the new one; a power loss may leave less.
///
/// # Errors
/// As [`write_atomically`].
pub fn write_in_one_piece_with(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), BookError> {
    replace(path, Lasting::Fleeting, fill)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lasting {
    Durable,
    Fleeting,
}

fn replace(
    path: &Path,
    lasting: Lasting,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), BookError> {
    let target = real_target(path)?;
    let temp = temp_beside(&target);
    let out = |file| BufWriter::with_capacity(BUFFER, file);
    let written = write_to(&temp, &target, lasting, out, fill).and_then(|_| match lasting {
        Lasting::Durable => put_in_place(&temp, &target),
        Lasting::Fleeting => rename(&temp, &target),
    });
    if written.is_err() {
        let _ = fs::remove_file(&temp);
    }
    written
}

/// What a temporary file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// In lower-case hexadecimal.
    pub sha256: String,
    pub bytes: u64,
}

/// The one name of the file to write to for `path`: behind symbolic links, so
/// that renaming onto it does not replace the link. Its folder must be there.
pub(super) fn real_target(path: &Path) -> Result<PathBuf, BookError> {
    let absolute = std::path::absolute(path).map_err(BookError::io(path, "found"))?;
    let target = match fs::symlink_metadata(&absolute) {
        Ok(found) if found.is_symlink() => {
            fs::canonicalize(&absolute).map_err(BookError::io(&absolute, "followed as a link"))?
        }
        _ => match (absolute.parent(), absolute.file_name()) {
            (Some(folder), Some(name)) => {
                fs::canonicalize(folder).map_err(BookError::io(&absolute, "written"))?.join(name)
            }
            _ => absolute,
        },
    };
    if target.is_dir() {
        return Err(BookError::refused(target, "is a folder; name a file to write"));
    }
    if fs::metadata(&target).is_ok_and(|found| !found.is_file()) {
        return Err(BookError::refused(
            target,
            "is a device or a pipe, which cannot be replaced; name a file to write",
        ));
    }
    if target.file_name().is_none() {
        return Err(BookError::refused(target, "does not name a file"));
    }
    Ok(target)
}

/// A new name in the folder of `target`, hidden and known to [`is_temp`].
pub(super) fn temp_beside(target: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let unique = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("{PREFIX}{:x}-{:x}-{unique:x}{SUFFIX}", std::process::id(), system::now().micros());
    target.with_file_name(name)
}

/// Whether a file of this name was left behind by a process that died.
pub(super) fn is_temp(name: &OsString) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
}

/// Writes `temp` durably, with the permissions that `target` has.
pub(super) fn write_temp(
    temp: &Path,
    target: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<Written, BookError> {
    let hashing = |file| Hashing::new(BufWriter::with_capacity(BUFFER, file));
    let out = write_to(temp, target, Lasting::Durable, hashing, fill)?;
    Ok(Written { bytes: out.bytes, sha256: hex(&out.finish()) })
}

fn write_to<W: Write>(
    temp: &Path,
    target: &Path,
    lasting: Lasting,
    wrapped: impl FnOnce(File) -> W,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<W, BookError> {
    let failed = |source| BookError::Io { path: target.into(), doing: "written", source };
    let file = OpenOptions::new().write(true).create_new(true).open(temp).map_err(failed)?;
    if let Ok(old) = fs::metadata(target) {
        file.set_permissions(old.permissions()).map_err(failed)?;
    }
    let mut out = wrapped(file.try_clone().map_err(failed)?);
    match lasting {
        Lasting::Fleeting => fill(&mut out).and_then(|()| out.flush()).map_err(failed)?,
        Lasting::Durable => {
            let mut noted = Noted { out: &mut out, ahead: Ahead::new(file) };
            fill(&mut noted).and_then(|()| noted.flush()).and_then(|()| noted.ahead.finish()).map_err(failed)?;
        }
    }
    Ok(out)
}

/// Hands on what is written, and to the disk in good time.
struct Noted<'a, W> {
    out: &'a mut W,
    ahead: Ahead,
}

impl<W: Write> Write for Noted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.ahead.wrote(written)?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Renames `temp` onto `target` and makes the renaming durable.
pub(super) fn put_in_place(temp: &Path, target: &Path) -> Result<(), BookError> {
    rename(temp, target)?;
    sync_folder_of(target)
}

/// Renames alone, which is not durable yet.
pub(super) fn rename(temp: &Path, target: &Path) -> Result<(), BookError> {
    let unfinished = |source| BookError::Io { path: target.into(), doing: "put in place", source };
    fs::rename(temp, target).map_err(unfinished)
}

/// Makes names in a folder durable: a renamed or removed file comes back after
/// a power loss without it.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), BookError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    // Folders cannot be opened like files everywhere; there the file system
    // orders renames by itself.
    #[cfg(unix)]
    File::open(folder).and_then(|f| f.sync_all()).map_err(BookError::io(folder, "made durable"))?;
    super::fault::made_durable(folder);
    Ok(())
}

/// The SHA-256 and size of all there is to read.
pub(super) fn digest_of(mut from: impl Read) -> io::Result<Written> {
    let mut out = Hashing::new(io::sink());
    let mut piece = vec![0; 1 << 18];
    loop {
        match from.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => out.write_all(piece.get(..read).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Written { bytes: out.bytes, sha256: hex(&out.finish()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_written_file_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pricing.json");
        write_atomically(&path, b"{}").unwrap();
        write_atomically(&path, b"{\"currency\": \"USD\"}").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"{\"currency\": \"USD\"}");
        assert_eq!(names(dir.path()), ["pricing.json"]);
    }

    #[test]
    fn what_fails_halfway_leaves_the_file_of_before_and_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rows.csv");
        let whole = |out: &mut dyn Write| out.write_all(b"whole");
        let half = |out: &mut dyn Write| {
            out.write_all(b"ha")?;
            Err(io::Error::other("the disk is full"))
        };
        for write in [
            |path: &Path, fill: fn(&mut dyn Write) -> io::Result<()>| write_atomically_with(path, fill),
            |path: &Path, fill: fn(&mut dyn Write) -> io::Result<()>| write_in_one_piece_with(path, fill),
        ] {
            write(&path, whole).unwrap();
            assert!(write(&path, half).unwrap_err().to_string().ends_with("the disk is full"));
            assert_eq!(fs::read(&path).unwrap(), b"whole");
            assert_eq!(names(dir.path()), ["rows.csv"]);
        }
    }

    #[test]
    fn a_folder_is_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let refusal = write_atomically(dir.path(), b"x").unwrap_err().to_string();
        assert!(refusal.ends_with("is a folder; name a file to write"), "{refusal}");
        let missing = dir.path().join("no/such/folder/out.csv");
        let refusal = write_atomically(&missing, b"x").unwrap_err().to_string();
        assert!(refusal.starts_with(missing.to_str().unwrap()), "{refusal}");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.json"), dir.path().join("link.json"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&real, &link).unwrap();
        write_atomically(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out.csv");
        fs::write(&path, "old").unwrap();
        let temp = temp_beside(&path);
        let failed = write_temp(&temp, &path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        assert!(failed.unwrap_err().to_string().contains("out.csv could not be written: the disk is full"));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert!(is_temp(&temp.file_name().unwrap().to_owned()));
    }
}
