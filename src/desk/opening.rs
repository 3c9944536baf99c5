//! Files opened to be read: named by the operator, or kept in the book.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::InputSpec;
use crate::book::InputRecord;
use crate::read::Input;

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
        content: Box::new(file),
    }
}

/// A file as the operator named it.
///
/// # Errors
/// A sentence naming the file that cannot be opened.
pub(crate) fn open_named(spec: &InputSpec, added: u32, hash: bool) -> Result<Input, String> {
    let cannot = |e: std::io::Error| format!("{} cannot be opened: {e}.", spec.path.display());
    let file = File::open(&spec.path).map_err(cannot)?;
    let meta = file.metadata().map_err(cannot)?;
    if meta.is_dir() {
        return Err(format!("{} is a folder; name a file.", spec.path.display()));
    }
    Ok(Input {
        path: spec.path.clone(),
        side: spec.side,
        format: spec.format.clone(),
        append: spec.append,
        added,
        bytes: meta.len(),
        hash,
        content: Box::new(file),
    })
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
