//! `trueup why` as it is typed.

use clap::Args;

use super::shared_args::{Answer, FileArgs, Format};

#[derive(Debug, Args)]
pub struct Why {
    #[command(flatten)]
    pub files: FileArgs,
    /// Only the items that pass, in the language of the review's filter.
    #[arg(long, value_name = "FILTER", conflicts_with_all = ["adopt", "drop", "undo"])]
    pub filter: Option<String>,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Adopt what the finding of this number proposes, after showing what that
    /// would change and asking.
    #[arg(long, value_name = "N", conflicts_with_all = ["drop", "undo", "format"])]
    pub adopt: Option<usize>,
    /// Take no longer for granted what the list has under this number.
    #[arg(long, value_name = "N", conflicts_with_all = ["undo", "format"])]
    pub drop: Option<usize>,
    /// Take back what was adopted or dropped last in the month.
    #[arg(long, conflicts_with = "format")]
    pub undo: bool,
    #[command(flatten)]
    pub answer: Answer,
}
