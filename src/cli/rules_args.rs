//! `trueup rules` as it is typed.

use clap::{Args, Subcommand};

use super::shared_args::{Answer, FileArgs, Format};
use crate::calendar::Day;

#[derive(Debug, Args)]
pub struct Rules {
    #[command(subcommand)]
    pub command: RulesCommand,
}

#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List the rules of rules.toml, and what each decided in the month.
    List(List),
    /// Try a rule against the month and those that are signed: what it covers,
    /// and which decisions it contradicts.
    Try(Try),
    /// Make a rule, or the next version of one, after showing what it covers,
    /// and asking.
    Add(Add),
    /// Settle every open item that a rule decides, after showing what that does,
    /// and asking.
    Apply(Apply),
    /// Take a rule out of rules.toml, after showing what it covers, and asking;
    /// what it decided stays as it is.
    Remove(Remove),
}

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    pub files: FileArgs,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// What a rule says; of a rule that stands, what is not given stays.
#[derive(Debug, Args)]
pub struct Says {
    /// What it covers, in the language of the review's filter, such as
    /// "outcome:discrepancy cause:rounding absdiff<0.01".
    #[arg(long, value_name = "FILTER")]
    pub when: Option<String>,
    /// What it decides: approve, as-recorded, defer, dispute, exclude or
    /// write-off.
    #[arg(long, value_name = "WHAT")]
    pub decide: Option<String>,
    /// A reason code of the policy in config.toml.
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// It covers usage from this day on [default: the first of the month at
    /// hand].
    #[arg(long, value_name = "DATE")]
    pub since: Option<Day>,
}

#[derive(Debug, Args)]
pub struct Try {
    /// A rule of rules.toml; without it, the one that the flags say.
    #[arg(value_name = "RULE")]
    pub name: Option<String>,
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub says: Says,
    /// What to print: text for people, json or csv for programs; csv lists the
    /// decisions that it contradicts.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Add {
    /// Its name: letters, digits, - and _.
    #[arg(value_name = "RULE")]
    pub name: String,
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub says: Says,
    /// Why there is such a rule.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Whether it only suggests; one that contradicts a decision always does.
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true")]
    pub suggest: Option<bool>,
    #[command(flatten)]
    pub answer: Answer,
}

#[derive(Debug, Args)]
pub struct Apply {
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub answer: Answer,
}

#[derive(Debug, Args)]
pub struct Remove {
    /// A rule of rules.toml.
    #[arg(value_name = "RULE")]
    pub name: String,
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub answer: Answer,
}
