//! The command line: arguments, and one file a subcommand.

mod apply;
mod args;
mod asking;
mod burn_down;
mod close;
mod close_args;
mod convert;
mod corrections;
mod decide;
mod demo;
mod dispute;
mod evidence;
mod exclude;
mod explain;
mod export;
mod fetch;
mod fetch_args;
mod flux;
mod fold;
mod init;
mod inputs;
mod inspect;
mod invoice;
mod journal;
mod list;
mod list_args;
mod month;
mod notify;
mod output;
mod paper_args;
mod password;
mod pools;
mod prices;
mod prices_args;
mod progress;
mod reconcile;
mod refunds;
mod reopen;
mod review;
mod rules;
mod rules_args;
mod screen;
mod settle;
mod shared_args;
mod status;
mod subsidies;
mod subsidies_args;
mod summary;
mod verify;
mod why;
mod why_args;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

pub use args::Cli;

use crate::report::table;

/// How a command ended, in the exit codes that scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// 0: done; for `reconcile`, healthy.
    Well,
    /// 1: done, and what was found is not healthy.
    Unhealthy,
}

/// Bad usage, unreadable input or bad configuration: exit code 2 with this
/// sentence on standard error.
#[derive(Debug)]
pub struct Failure(pub String);

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Runs the program and gives its exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            // Help and version are asked for; anything else is bad usage.
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match run(cli) {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::Unhealthy) => ExitCode::from(1),
        Err(Failure(text)) => {
            if !text.is_empty() {
                output::to_stderr(&text);
            }
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli) -> Result<Ended, Failure> {
    match cli.command {
        args::Command::Demo(args) => demo::run(&args),
        args::Command::Review(args) => review::run(&args),
        args::Command::Reconcile(args) => reconcile::run(&args),
        args::Command::Summary(args) => summary::run(&args),
        args::Command::Status(args) => status::run(&args),
        args::Command::Prices(args) => prices::run(&args.command),
        args::Command::Subsidies(args) => subsidies::run(&args),
        args::Command::Explain(args) => explain::run(&args),
        args::Command::Apply(args) => apply::run(&args),
        args::Command::Why(args) => why::run(&args),
        args::Command::Export(args) => export::run(&args),
        args::Command::Dispute(args) => dispute::run(&args.command),
        args::Command::Pools(args) => pools::run(&args),
        args::Command::Invoice(args) => invoice::run(&args),
        args::Command::Flux(args) => flux::run(&args),
        args::Command::Close(args) => close::run(&args),
        args::Command::Corrections(args) => corrections::run(&args),
        args::Command::Refunds(args) => refunds::run(&args),
        args::Command::Reopen(args) => reopen::run(&args),
        args::Command::Verify(args) => verify::run(&args),
        args::Command::Evidence(args) => evidence::run(&args),
        args::Command::List(args) => list::run(&args),
        args::Command::Decide(args) => decide::run(&args),
        args::Command::Match(args) => decide::by_hand(&args),
        args::Command::Exclude(args) => exclude::run(&args),
        args::Command::Journal(args) => journal::run(&args),
        args::Command::Undo(args) => decide::undo(&args),
        args::Command::Rules(args) => rules::run(&args),
        args::Command::Convert(args) => convert::run(&args),
        args::Command::Fetch(args) => fetch::run(&args),
        args::Command::Inputs(args) => inputs::run(&args),
        args::Command::Init(args) => init::run(&args),
        args::Command::Inspect(args) => inspect::run(&args),
        args::Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "trueup", &mut text);
            output::to_stdout(&text)
        }
        args::Command::Man => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut text)?;
            output::to_stdout(&text)
        }
    }
}
