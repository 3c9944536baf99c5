//! Files opened to be read: named by the operator, or kept in the book.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::InputSpec;
use crate::book::{Config, InputRecord};
use crate::read::{self, Billed, Content, Input, ReadAt, Terms};
use crate::source::{self, Location};

/// An input that the book keeps.
pub(super) fn record_input(record: &InputRecord, file: File) -> Input {
    Input {
        path: record.path.clone(),
        side: record.side,
        format: record.format.clone(),
        append: record.append,
        added: record.added,
        bytes: record.bytes,
        hash: true,
        content: of_file(file),
    }
}

/// What an open file holds. What comes through a pipe comes only once.
pub(super) fn of_file(file: File) -> Content {
    struct OnDisk(File);
    impl ReadAt for OnDisk {
        #[cfg(unix)]
        fn read_at(&self, room: &mut [u8], at: u64) -> io::Result<usize> {
            std::os::unix::fs::FileExt::read_at(&self.0, room, at)
        }

        #[cfg(windows)]
        fn read_at(&self, room: &mut [u8], at: u64) -> io::Result<usize> {
            std::os::windows::fs::FileExt::seek_read(&self.0, room, at)
        }
    }
    match file.metadata() {
        Ok(meta) if meta.is_file() => Content::anywhere(OnDisk(file)),
        _ => Content::in_turn(file),
    }
}

/// A file as the operator named it.
///
/// # Errors
/// A sentence naming the file that cannot be opened.
pub(crate) fn open_named(spec: &InputSpec, added: u32, hash: bool) -> Result<Input, String> {
    let cannot = |error: io::Error| cannot_open(&spec.path, &error);
    let file = File::open(&spec.path).map_err(cannot)?;
    let meta = file.metadata().map_err(cannot)?;
    if meta.is_dir() {
        return Err(format!("{} is a folder; name a file in it.", spec.path.display()));
    }
    Ok(Input {
        path: spec.path.clone(),
        side: spec.side,
        format: spec.format.clone(),
        append: spec.append,
        added,
        bytes: meta.len(),
        hash,
        content: of_file(file),
    })
}

/// Why a file that was named cannot be opened, and what to do.
fn cannot_open(path: &Path, error: &io::Error) -> String {
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => {
            let here = std::env::current_dir().ok().filter(|_| path.is_relative());
            let place = here.map(|folder| format!(" in {}", folder.display())).unwrap_or_default();
            format!("{shown}: there is no such file{place}. Check its name, or give the whole path.")
        }
        io::ErrorKind::PermissionDenied => {
            format!("{shown}: you may not read this file. Ask for the permission, or for a copy of your own.")
        }
        _ => format!("{shown} cannot be opened: {error}."),
    }
}

/// Looks at the beginning of each file that is named, before the book takes any
/// of them: what it holds it keeps, and one that can never be read would stand
/// in the way of every later opening. Tables are not asked, and what is no file
/// can be read only once.
///
/// # Errors
/// A sentence: a file is not there, or no format of its side.
pub(crate) fn check_named(inputs: &[InputSpec], config: &Config) -> Result<(), String> {
    let terms = Terms {
        maps: &config.settings.columns,
        currency: config.prices.currency_or_default(),
        billed: Billed::Both,
        keep: &[],
    };
    for spec in inputs {
        let paths = match Location::parse(&spec.path).map_err(|error| error.to_string())? {
            Location::File(path) => vec![path],
            Location::Folder(path) => source::files_in(&path).map_err(|error| error.to_string())?,
            Location::Sqlite(_) | Location::Postgres(_) => Vec::new(),
        };
        for path in paths {
            if path.metadata().is_ok_and(|found| !found.is_file()) {
                continue;
            }
            let input = open_named(&InputSpec { path, ..spec.clone() }, 1, false)?;
            read::inspect(input, terms).map_err(|unknown| unknown.to_string())?;
        }
    }
    Ok(())
}

/// The same without files that hold what an earlier one holds byte for byte:
/// a book keeps those once, too, so that `--append` never counts one twice.
/// Without it, rows that several files hold count once anyhow.
pub(super) fn once(named: Vec<&InputSpec>) -> Vec<&InputSpec> {
    let mut kept: Vec<&InputSpec> = Vec::new();
    for spec in named {
        if !(spec.append && kept.iter().any(|other| same_content(&other.path, &spec.path).unwrap_or(false))) {
            kept.push(spec);
        }
    }
    kept
}

fn same_content(one: &Path, other: &Path) -> io::Result<bool> {
    let (found, also) = (one.metadata()?, other.metadata()?);
    // What is no file can be read only once.
    if !found.is_file() || !also.is_file() || found.len() != also.len() {
        return Ok(false);
    }
    if one.canonicalize()? == other.canonicalize()? {
        return Ok(true);
    }
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    let (mut left, mut right) = (Vec::with_capacity(PIECE as usize), Vec::with_capacity(PIECE as usize));
    loop {
        left.clear();
        right.clear();
        one.by_ref().take(PIECE).read_to_end(&mut left)?;
        other.by_ref().take(PIECE).read_to_end(&mut right)?;
        if left != right {
            return Ok(false);
        }
        if left.is_empty() {
            return Ok(true);
        }
    }
}

/// Bytes compared at a time.
const PIECE: u64 = 1 << 20;
