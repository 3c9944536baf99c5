//! `trueup init`: starter files.

use super::args::Init;
use super::{Ended, Failure, output};
use crate::book;

pub fn run(args: &Init) -> Result<Ended, Failure> {
    let written = book::init(&args.dir).map_err(|e| Failure(e.to_string()))?;
    let mut text = String::new();
    for path in written {
        text.push_str(&format!("wrote {}\n", path.display()));
    }
    text.push_str("Put your pools, people and rules into them, then: trueup review --bill FILE --ledger FILE\n");
    output::to_stdout(text.as_bytes())
}
