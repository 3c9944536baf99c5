//! Arguments that most commands have: the files of a month, what to print, and
//! what stands in for an answer.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::calendar::Month;

#[derive(Debug, Args)]
pub struct FileArgs {
    /// The book: the folder with configuration, inputs and trueup.db.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
    /// What the provider billed; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub bill: Vec<PathBuf>,
    /// What was recorded at home: a file, a folder of Codex rollouts,
    /// sqlite:PATH[?table=NAME] or postgres://HOST/DATABASE[?table=NAME]; may be
    /// given several times.
    #[arg(long, value_name = "FILE|URL")]
    pub ledger: Vec<PathBuf>,
    /// The month, as 2026-01 [default: the earliest with data that is not signed].
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Option<Month>,
    /// Read every bill as this format instead of knowing it by its header.
    #[arg(long, value_name = "FORMAT")]
    pub bill_format: Option<String>,
    /// Read every ledger as this format instead of knowing it by its header.
    #[arg(long, value_name = "FORMAT")]
    pub ledger_format: Option<String>,
    /// The files given do not overlap: their rows add up, even on one day.
    #[arg(long)]
    pub append: bool,
    /// Read a ledger in Postgres row by row, where its server would add up the
    /// rows of a day.
    #[arg(long)]
    pub rows: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
    Csv,
}

/// What stands in for an answer to “Do it?”.
#[derive(Debug, Clone, Copy, Args)]
pub struct Answer {
    /// Show what would change, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do it without asking.
    #[arg(long)]
    pub yes: bool,
}
