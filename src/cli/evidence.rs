//! `trueup evidence`: a signed month as one archive.

use super::close_args::Evidence as Args;
use super::{Ended, Failure, output};
use crate::desk::{evidence, text};

pub fn run(args: &Args) -> Result<Ended, Failure> {
    let written = evidence(&args.book, args.month, args.version, args.output.as_deref())?;
    let said = format!(
        "{}: {}, version {}, {}.\nSeal of the signature: {}\nCheck it anywhere: trueup verify --archive {0}\n",
        written.path.display(),
        written.version.month,
        written.version.number,
        text::counted(written.members as u64, "file"),
        written.seal
    );
    output::page(&said)
}
