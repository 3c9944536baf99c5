//! Where text goes.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;

use serde::Serialize;

use super::{Ended, Failure, screen};
use crate::book::{BookError, write_atomically_with, write_in_one_piece_with};
use crate::desk::text;

/// Columns of the screen that standard output goes to; nothing for a file or a
/// pipe.
pub fn screen_width() -> Option<usize> {
    width_of(&io::stdout())
}

fn width_of(stream: &impl IsTerminal) -> Option<usize> {
    let size = stream.is_terminal().then(crossterm::terminal::size);
    size.and_then(Result::ok).map(|(columns, _)| usize::from(columns))
}

/// Prints, and takes a reader that has seen enough (`| head`) for success.
pub fn to_stdout(bytes: &[u8]) -> Result<Ended, Failure> {
    to(None, bytes)
}

/// Prints what people read, as [`shown`].
pub fn page(text: &str) -> Result<Ended, Failure> {
    to_stdout(shown(text).as_bytes())
}

/// What people read on standard output: harmless to a terminal, and on one no
/// line wider than it, broken at blanks. A file or a pipe gets it as it is.
pub fn shown(text: &str) -> String {
    screen::prose(&text::plain(text), screen_width())
}

/// JSON to print: what could command a terminal as JSON's own escapes, and a
/// line end behind it.
///
/// # Errors
/// Where the value is no JSON.
pub fn json(value: &impl Serialize) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(value).map_err(|error| Failure(error.to_string()))?;
    let mut out = json_escaped(&json);
    out.push('\n');
    Ok(out)
}

/// A part of JSON with what could command a terminal as JSON's own escapes.
pub fn json_escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if text::commands(c) {
            let _ = fmt::Write::write_fmt(&mut out, format_args!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// A sentence for whoever reads standard error. Nobody may, and what is quoted
/// from a file must not command the terminal.
pub fn to_stderr(sentence: &str) {
    let width = width_of(&io::stderr());
    let _ = write!(io::stderr(), "{}", screen::prose(&format!("trueup: {}\n", text::plain(sentence)), width));
}

fn finished(written: io::Result<()>, name: &str) -> Result<Ended, Failure> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure(format!("{name} cannot be written: {error}.")))
        }
        _ => Ok(Ended::Well),
    }
}

/// To the file where one is named, whole or not at all; else to standard
/// output.
pub fn to(path: Option<&Path>, bytes: &[u8]) -> Result<Ended, Failure> {
    fill(path, |out| out.write_all(bytes).and_then(|()| out.flush()))
}

/// The same with what `fill` writes, so that it need not be held whole. A
/// device or pipe is written to as it is: it is nothing to be replaced.
pub fn fill(path: Option<&Path>, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Ended, Failure> {
    fill_with(path, fill, write_atomically_with)
}

/// As [`fill`], for what can be made again at any time: nobody waits for the
/// disk.
pub fn fill_report(path: Option<&Path>, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Ended, Failure> {
    fill_with(path, fill, write_in_one_piece_with)
}

fn fill_with<F: FnOnce(&mut dyn Write) -> io::Result<()>>(
    path: Option<&Path>,
    fill: F,
    replace: fn(&Path, F) -> Result<(), BookError>,
) -> Result<Ended, Failure> {
    let Some(path) = path else { return finished(fill(&mut std::io::stdout().lock()), "Standard output") };
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        let written = OpenOptions::new().write(true).open(path).and_then(|mut out| fill(&mut out));
        return finished(written, &path.display().to_string());
    }
    replace(path, fill).map(|()| Ended::Well).map_err(|e| Failure(e.to_string()))
}

/// Refuses to write over a file that is read in the same run.
pub fn refuse_overwriting<'a>(target: &Path, read: impl IntoIterator<Item = &'a Path>) -> Result<(), Failure> {
    let Ok(target_behind) = target.canonicalize() else { return Ok(()) };
    match read.into_iter().find(|path| path.canonicalize().is_ok_and(|path| path == target_behind)) {
        Some(path) => Err(Failure(format!(
            "{} is what is read, so it cannot be written over; name another file with --output.",
            path.display()
        ))),
        None => Ok(()),
    }
}
