//! `trueup close`, `reopen`, `verify` and `evidence` as they are typed.

use std::path::PathBuf;

use clap::Args;

use super::shared_args::{Answer, FileArgs, Format};
use crate::calendar::Month;

#[derive(Debug, Args)]
pub struct Close {
    #[command(flatten)]
    pub files: FileArgs,
    /// Say that the month is ready to be signed as it is, for another person to
    /// sign it.
    #[arg(long, conflicts_with_all = ["sign", "format"])]
    pub prepare: bool,
    /// Sign the month as its next version.
    #[arg(long, conflicts_with = "format")]
    pub sign: bool,
    /// Show what would be signed, and sign nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do it without asking.
    #[arg(long)]
    pub yes: bool,
    /// What to print: text for people, json for programs, csv for the
    /// corrections of a signed month.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Corrections {
    #[command(flatten)]
    pub files: FileArgs,
    /// Bill what came later for this signed month, as 2026-01, in the month at
    /// hand.
    #[arg(long, value_name = "YYYY-MM", conflicts_with_all = ["drop", "format"])]
    pub accept: Option<Month>,
    /// Take what was accepted of this signed month off again.
    #[arg(long, value_name = "YYYY-MM", conflicts_with = "format")]
    pub drop: Option<Month>,
    /// What to print: text for people, json or csv for programs; csv is every
    /// row.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    pub answer: Answer,
}

#[derive(Debug, Args)]
pub struct Refunds {
    #[command(flatten)]
    pub files: FileArgs,
    /// Say what this refund takes back, by its key as it is listed here.
    #[arg(long, value_name = "KEY", requires = "charge", conflicts_with_all = ["drop", "format"])]
    pub refund: Option<String>,
    /// The charge it takes back, by its key.
    #[arg(long, value_name = "KEY", requires = "refund")]
    pub charge: Option<String>,
    /// The month that billed the charge, as 2026-01 [default: the latest that
    /// has a charge of that key].
    #[arg(long, value_name = "YYYY-MM", requires = "refund")]
    pub charged_in: Option<Month>,
    /// Take what was said of this refund off again.
    #[arg(long, value_name = "KEY", conflicts_with = "format")]
    pub drop: Option<String>,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    pub answer: Answer,
}

#[derive(Debug, Args)]
pub struct Reopen {
    /// The book: the folder with configuration, inputs and trueup.db.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
    /// The signed month, as 2026-01.
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Month,
    /// Why; the journal keeps it.
    #[arg(long, value_name = "TEXT")]
    pub why: String,
    #[command(flatten)]
    pub answer: Answer,
}

#[derive(Debug, Args)]
pub struct Verify {
    /// The book: the folder with configuration, inputs and trueup.db.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
    /// Every version of this month, as 2026-01 [default: of all months].
    #[arg(long, value_name = "YYYY-MM", conflicts_with = "archive")]
    pub month: Option<Month>,
    /// An archive of trueup evidence, which needs no book.
    #[arg(long, value_name = "FILE", conflicts_with = "book")]
    pub archive: Option<PathBuf>,
    /// What to print: text for people, json for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Evidence {
    /// The book: the folder with configuration, inputs and trueup.db.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
    /// The signed month, as 2026-01.
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Month,
    /// Which of its versions [default: the last that was signed].
    #[arg(long, value_name = "N")]
    pub version: Option<u32>,
    /// Where to write [default: evidence-YYYY-MM-vN.tar here].
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
