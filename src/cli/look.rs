//! A month opened to be looked at: nothing of the book changes, and another
//! program may have it open.

use super::args::FileArgs;
use super::progress::Progress;
use super::review::session_options;
use super::{Failure, password};
use crate::desk::{Desk, Session, SessionOptions};

pub fn at(files: &FileArgs) -> Result<Desk, Failure> {
    let options = SessionOptions { read_only: true, ..session_options(files) };
    let session = Session::open(options)?.row_by_row(files.rows);
    session.unlock(&password::ask)?;
    let progress = Progress::new();
    let loaded = session.load(&|event| progress.tell(&event), &|| false);
    progress.done();
    Ok(loaded?)
}
