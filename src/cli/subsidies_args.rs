//! `trueup subsidies` and `trueup explain` as they are typed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::shared_args::{Answer, FileArgs, Format};
use crate::calendar::{Day, PeriodKey};
use crate::desk::ChargesOf;
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
    /// List every cap as it burns down: used, drawn, what remains, the pace
    /// against even use, and when it runs out; soonest first.
    List(SubsidiesList),
    /// Set the cap of a rule in subsidies.json, after showing what that splits
    /// anew in this and in other months that are not signed, and asking.
    SetCap(SetCap),
    /// Set other figures of a rule in subsidies.json, those that are named: the
    /// share it pays, its tiers, its first and last day, what is rolled over;
    /// after showing what that splits anew in this and in other months that are
    /// not signed, and asking.
    SetTerms(SetTerms),
}

#[derive(Debug, Args)]
pub struct SubsidiesList {
    #[command(flatten)]
    pub files: FileArgs,
    /// Only caps of this rule.
    #[arg(long, value_name = "NAME")]
    pub rule: Option<String>,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct SetCap {
    /// The rule, by its name in subsidies.json.
    #[arg(value_name = "RULE")]
    pub rule: String,
    #[command(flatten)]
    pub files: FileArgs,
    /// The cap: for each period, and each project, user or PI where the rule
    /// counts by one.
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub amount: String,
    /// The first day it holds [default: it takes the place of the cap from the
    /// beginning].
    #[arg(long, value_name = "DATE")]
    pub from: Option<Day>,
    /// It holds for the whole of the period that the day lies in, so that what
    /// was drawn before the day is split anew.
    #[arg(long, requires = "from")]
    pub retroactive: bool,
    #[command(flatten)]
    pub answer: Answer,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("figures").required(true).multiple(true)
    .args(["percent", "tiers", "from", "to", "rollover"])))]
pub struct SetTerms {
    /// The rule, by its name in subsidies.json.
    #[arg(value_name = "RULE")]
    pub rule: String,
    #[command(flatten)]
    pub files: FileArgs,
    /// The share of each charge that it pays, 0 to 100.
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    pub percent: Option<String>,
    /// The shares by how much was used in the period so far, such as
    /// 200:100,500:50; of a rule with tiers.
    #[arg(long, value_name = "BOUND:PERCENT,…", allow_hyphen_values = true)]
    pub tiers: Option<String>,
    /// The first day of usage that it covers; none: from the beginning.
    #[arg(long, value_name = "DATE|none")]
    pub from: Option<String>,
    /// The last day of usage that it covers; none: without an end.
    #[arg(long, value_name = "DATE|none")]
    pub to: Option<String>,
    /// What of a cap is rolled over into the next period: none, full, or an
    /// amount.
    #[arg(long, value_name = "none|full|AMOUNT", allow_hyphen_values = true)]
    pub rollover: Option<String>,
    #[command(flatten)]
    pub answer: Answer,
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

#[derive(Debug, Args)]
pub struct Explain {
    #[command(flatten)]
    pub whose: Whose,
    #[command(flatten)]
    pub files: FileArgs,
    /// What to print: text for people, json for programs.
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub format: ExplainFormat,
}

/// Exactly one of them.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Whose {
    /// All charges of this PI's projects.
    #[arg(long, value_name = "EMAIL")]
    pub pi: Option<String>,
    /// All charges of this project.
    #[arg(long, value_name = "ID")]
    pub project: Option<String>,
    /// All charges of this user, by email or user id as the bill has it.
    #[arg(long, value_name = "EMAIL")]
    pub user: Option<String>,
    /// The charges of one item, by its id in lists and in reconcile's CSV.
    #[arg(long, value_name = "KEY")]
    pub item: Option<String>,
    /// One charge, by the ResourceId of one of its rows in the chargeback file.
    #[arg(long, value_name = "KEY")]
    pub charge: Option<String>,
}

impl Whose {
    /// `None` where nothing was named, which the arguments do not let through.
    pub fn asked(&self) -> Option<ChargesOf> {
        let all = [
            self.pi.clone().map(ChargesOf::Pi),
            self.project.clone().map(ChargesOf::Project),
            self.user.clone().map(ChargesOf::User),
            self.item.clone().map(ChargesOf::ItemId),
            self.charge.clone().map(ChargesOf::Charge),
        ];
        all.into_iter().flatten().next()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    Text,
    Json,
}
