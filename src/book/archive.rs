//! What is signed as one file: a tar of plain members that any tool opens and
//! this program reads without unpacking. The same members give the same bytes:
//! no time, owner or machine stands in it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::BookError;
use super::atomic::{Written, digest_of};

/// A member of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// With `/` between folders.
    pub name: String,
    pub content: MemberContent,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberContent {
    Bytes(Vec<u8>),
    /// A file that must have this SHA-256 while it is copied.
    File {
        path: PathBuf,
        sha256: String,
        bytes: u64,
    },
    /// A member of another archive, likewise.
    Of {
        archive: PathBuf,
        at: u64,
        bytes: u64,
        sha256: String,
    },
}

impl Member {
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), content: MemberContent::Bytes(bytes.into()) }
    }
}

/// Writes the members in the order given.
pub(super) fn write_archive(out: &mut dyn Write, members: &[Member]) -> io::Result<()> {
    let mut tar = tar::Builder::new(out);
    for member in members {
        match &member.content {
            MemberContent::Bytes(bytes) => append(&mut tar, &member.name, bytes.len() as u64, bytes.as_slice())?,
            MemberContent::File { path, sha256, bytes } => {
                copy(&mut tar, &member.name, path, File::open(path)?, *bytes, sha256)?;
            }
            MemberContent::Of { archive, at, bytes, sha256 } => {
                let mut file = File::open(archive)?;
                file.seek(SeekFrom::Start(*at))?;
                copy(&mut tar, &member.name, archive, file, *bytes, sha256)?;
            }
        }
    }
    tar.finish()
}

fn append<R: Read>(tar: &mut tar::Builder<&mut dyn Write>, name: &str, bytes: u64, from: R) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(bytes);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    tar.append_data(&mut header, name, from)
}

/// A file that is another than it was said to be would make an archive that
/// does not agree with itself.
fn copy<R: Read>(
    tar: &mut tar::Builder<&mut dyn Write>,
    name: &str,
    path: &Path,
    from: R,
    bytes: u64,
    sha256: &str,
) -> io::Result<()> {
    let mut seen = Seen { from: from.take(bytes), hasher: sha2::Digest::new(), bytes: 0 };
    append(tar, name, bytes, &mut seen)?;
    let same = seen.bytes == bytes && crate::journal::hex(&sha2::Digest::finalize(seen.hasher)) == sha256;
    if same {
        Ok(())
    } else {
        Err(io::Error::other(format!("{} is no longer as it was when it was written or imported", path.display())))
    }
}

struct Seen<R> {
    from: R,
    hasher: sha2::Sha256,
    bytes: u64,
}

impl<R: Read> Read for Seen<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        sha2::Digest::update(&mut self.hasher, buffer.get(..read).unwrap_or_default());
        self.bytes += read as u64;
        Ok(read)
    }
}

/// An archive that is looked at. Nothing of it is ever unpacked, so no name in
/// it can reach the disk.
#[derive(Debug, Clone)]
pub struct Archive {
    path: PathBuf,
    /// Where each member's bytes begin, and how many there are.
    members: BTreeMap<String, (u64, u64)>,
}

impl Archive {
    /// # Errors
    /// [`BookError::Io`] when it cannot be read, [`BookError::Refused`] when it
    /// is no archive, or holds a name twice or something that is no file.
    pub fn open(path: &Path) -> Result<Self, BookError> {
        let file = File::open(path).map_err(BookError::io(path, "read"))?;
        let all = file.metadata().map_err(BookError::io(path, "read"))?.len();
        let broken =
            |error: io::Error| BookError::refused(path, format!("is no archive that can be read to its end ({error})"));
        let mut tar = tar::Archive::new(file);
        let mut members = BTreeMap::new();
        for entry in tar.entries_with_seek().map_err(broken)? {
            let entry = entry.map_err(broken)?;
            let name = String::from_utf8(entry.path_bytes().into_owned())
                .map_err(|_| BookError::refused(path, "holds a member whose name is not UTF-8"))?;
            if !entry.header().entry_type().is_file() {
                return Err(BookError::refused(path, format!("holds “{}”, which is no file", plain(&name))));
            }
            let (at, bytes) = (entry.raw_file_position(), entry.size());
            if at.checked_add(bytes).is_none_or(|end| end > all) {
                return Err(BookError::refused(path, format!("ends in the middle of “{}”", plain(&name))));
            }
            if members.insert(name.clone(), (at, bytes)).is_some() {
                return Err(BookError::refused(path, format!("holds “{}” twice", plain(&name))));
            }
        }
        Ok(Self { path: path.into(), members })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    /// The bytes of a member, to be read piece by piece, and how many there
    /// are; `None` where there is no such member.
    ///
    /// # Errors
    /// [`BookError::Io`].
    pub fn member(&self, name: &str) -> Result<Option<(io::Take<File>, u64)>, BookError> {
        let Some((at, bytes)) = self.members.get(name).copied() else { return Ok(None) };
        let mut file = File::open(&self.path).map_err(BookError::io(&self.path, "read"))?;
        file.seek(SeekFrom::Start(at)).map_err(BookError::io(&self.path, "read"))?;
        Ok(Some((file.take(bytes), bytes)))
    }

    /// All bytes of a member.
    ///
    /// # Errors
    /// [`BookError::Refused`] when it is not there, [`BookError::Io`].
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, BookError> {
        let (mut from, _) =
            self.member(name)?.ok_or_else(|| BookError::refused(&self.path, format!("does not hold {name}")))?;
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).map_err(BookError::io(&self.path, "read"))?;
        Ok(bytes)
    }

    /// The SHA-256 and size of a member.
    ///
    /// # Errors
    /// [`BookError::Io`].
    pub fn digest(&self, name: &str) -> Result<Option<Written>, BookError> {
        let Some((from, _)) = self.member(name)? else { return Ok(None) };
        digest_of(from).map(Some).map_err(BookError::io(&self.path, "read"))
    }

    /// A member for another archive, checked while it is copied.
    ///
    /// # Errors
    /// As [`Archive::digest`], and [`BookError::Refused`] when it is not there.
    pub fn pass_on(&self, name: &str) -> Result<Member, BookError> {
        let missing = || BookError::refused(&self.path, format!("does not hold {name}"));
        let (at, bytes) = self.members.get(name).copied().ok_or_else(missing)?;
        let sha256 = self.digest(name)?.ok_or_else(missing)?.sha256;
        Ok(Member { name: name.into(), content: MemberContent::Of { archive: self.path.clone(), at, bytes, sha256 } })
    }
}

/// For a sentence: what an archive holds may be anything.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn written(members: &[Member]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_archive(&mut bytes, members).unwrap();
        bytes
    }

    #[test]
    fn the_same_members_give_the_same_bytes_and_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("in.csv");
        fs::write(&file, "a,b\n").unwrap();
        let sha256 = crate::journal::hex(&<sha2::Sha256 as sha2::Digest>::digest("a,b\n"));
        let long = format!("inputs/{}.csv", "ä".repeat(90));
        let of_file = MemberContent::File { path: file.clone(), sha256: sha256.clone(), bytes: 4 };
        let members = [
            Member::bytes("sign-off.json", "{}"),
            Member { name: long.clone(), content: of_file },
            Member::bytes("x", ""),
        ];
        let bytes = written(&members);
        assert_eq!(bytes, written(&members));
        let path = dir.path().join("a.tar");
        fs::write(&path, &bytes).unwrap();
        let archive = Archive::open(&path).unwrap();
        assert_eq!(archive.names().collect::<Vec<_>>(), [long.as_str(), "sign-off.json", "x"]);
        assert_eq!((archive.bytes(&long).unwrap(), archive.bytes("x").unwrap()), (b"a,b\n".to_vec(), Vec::new()));
        assert_eq!(archive.digest(&long).unwrap().unwrap().sha256, sha256);
        // What is passed on is checked on its way.
        let passed = [archive.pass_on(&long).unwrap()];
        assert_eq!(written(&passed), written(&members[1..2]));
        fs::write(&file, "b,a\n").unwrap();
        let refused = write_archive(&mut Vec::new(), &members).unwrap_err().to_string();
        assert!(refused.contains("is no longer as it was"), "{refused}");
    }

    #[test]
    fn an_archive_that_is_cut_or_holds_a_name_twice_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.tar");
        let twice = [Member::bytes("a", "1"), Member::bytes("a", "2")];
        fs::write(&path, written(&twice)).unwrap();
        assert!(Archive::open(&path).unwrap_err().to_string().contains("holds “a” twice"));
        let bytes = written(&[Member::bytes("a", vec![b'x'; 5_000])]);
        fs::write(&path, &bytes[..2_000]).unwrap();
        assert!(Archive::open(&path).is_err());
        fs::write(&path, "no archive at all, but long enough to be taken for one? no.").unwrap();
        assert!(Archive::open(&path).is_err());
    }
}
