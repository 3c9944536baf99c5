//! `trueup subsidies` as it is typed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::args::FileArgs;
use crate::calendar::PeriodKey;
use crate::report::statement::Form;

#[derive(Debug, Args)]
pub struct Subsidies {
    #[command(subcommand)]
    pub command: SubsidiesCommand,
}

#[derive(Debug, Subcommand)]
pub enum SubsidiesCommand {
    /// Write the statements of sponsors and PIs: who used what, who pays it, and
    /// what is left of every cap.
    Report(SubsidiesReport),
}

#[derive(Debug, Args)]
pub struct SubsidiesReport {
    #[command(flatten)]
    pub files: FileArgs,
    /// Only caps of this period, such as FY2026, 2026-Q1 or 2026-W03 [default:
    /// all that the month touches].
    #[arg(long, value_name = "KEY")]
    pub period: Option<PeriodKey>,
    /// Write an overview, one file a sponsor and one file a PI into this folder;
    /// it is made if it is not there [default: overview and sponsors on standard
    /// output].
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// What to write: text, html to print or send, csv for a spreadsheet, json
    /// for programs.
    #[arg(long, value_enum, default_value_t = FormArg::Text)]
    pub format: FormArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormArg {
    Text,
    Html,
    Csv,
    Json,
}

impl From<FormArg> for Form {
    fn from(form: FormArg) -> Self {
        match form {
            FormArg::Text => Self::Text,
            FormArg::Html => Self::Html,
            FormArg::Csv => Self::Csv,
            FormArg::Json => Self::Json,
        }
    }
}
