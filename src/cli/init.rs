//! `trueup init`: starter files.

use std::path::Path;

use super::args::Init;
use super::{Ended, Failure, output};
use crate::book;

pub fn run(args: &Init) -> Result<Ended, Failure> {
    let written = book::init(&args.dir).map_err(|e| Failure(e.to_string()))?;
    let mut text = String::new();
    for path in written {
        text.push_str(&format!("wrote {}\n", path.display()));
    }
    text.push_str(
        "\nPut into them, with any editor, what README-trueup.md explains:\n\
         \x20 pricing.json    your purchases of credits, if a bill counts credits\n\
         \x20 projects.json   who belongs to which project, and which fund pays\n\
         \x20 subsidies.json  what a sponsor covers; the examples are switched off\n\n",
    );
    let enter = if args.dir.as_os_str().is_empty() || args.dir == Path::new(".") {
        String::new()
    } else {
        format!("cd {}\n  ", args.dir.display())
    };
    text.push_str(&format!("Then open a month:\n  {enter}trueup review --bill FILE --ledger FILE\n"));
    output::to_stdout(text.as_bytes())
}
