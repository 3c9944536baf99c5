//! `trueup reopen`: the version after a signed one, with the reason.

use super::asking::carry_out;
use super::close_args::Reopen as Args;
use super::month::{of_book, open};
use super::{Ended, Failure, output};
use crate::desk::Command;

pub fn run(args: &Args) -> Result<Ended, Failure> {
    let options = of_book(&args.book, Some(args.month), args.answer.dry_run);
    let (session, desk) = open(options, false)?;
    let command = Command::ReopenMonth { why: args.why.clone() };
    if carry_out(&session, &desk, &command, args.answer)?.is_some() {
        output::to_stdout(format!("{} can be changed again.\n", args.month).as_bytes())?;
    }
    Ok(Ended::Well)
}
