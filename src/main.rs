//! The `trueup` program: a thin shell around [`trueup::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    trueup::cli::main()
}
