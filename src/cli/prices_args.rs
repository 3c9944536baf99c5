//! `trueup prices` as it is typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared_args::{FileArgs, Format};
use crate::amount::Amount;
use crate::calendar::Day;

#[derive(Debug, Args)]
pub struct Prices {
    #[command(subcommand)]
    pub command: PricesCommand,
}

#[derive(Debug, Subcommand)]
pub enum PricesCommand {
    /// List the price book: what pricing.json states over the shipped prices.
    List(PricesList),
    /// Show what a newer price list would change.
    Diff(PricesDiff),
    /// Show the prices that give what the bill says to the last digit.
    Infer(PricesInfer),
    /// State the price of a model in pricing.json.
    Set(PricesSet),
    /// Take a table of model prices into pricing.json.
    Import(PricesImport),
}

#[derive(Debug, Args)]
pub struct PricesList {
    /// The book: the folder with pricing.json.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
    /// Only models that fit; * stands for any characters, ? for one.
    #[arg(long, value_name = "PATTERN")]
    pub model: Option<String>,
    /// The day that “in force” is about [default: today, UTC].
    #[arg(long, value_name = "DATE")]
    pub on: Option<Day>,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct PricesDiff {
    /// The newer list: a pricing.json, or a list in the shape of the shipped
    /// one (assets/openai_prices.json).
    #[arg(long, value_name = "FILE")]
    pub against: PathBuf,
    #[command(flatten)]
    pub files: FileArgs,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct PricesInfer {
    /// Only models that fit; * stands for any characters, ? for one.
    #[arg(long, value_name = "PATTERN")]
    pub model: Option<String>,
    /// State the prices found in pricing.json, where the book has others.
    #[arg(long, conflicts_with = "format")]
    pub set: bool,
    #[command(flatten)]
    pub files: FileArgs,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct PricesSet {
    /// The model, as bills and ledgers name it.
    pub model: String,
    /// Dollars per million input tokens.
    #[arg(long, value_name = "PRICE")]
    pub input: Amount,
    /// Dollars per million cached input tokens [default: what input costs].
    #[arg(long, value_name = "PRICE")]
    pub cached: Option<Amount>,
    /// Dollars per million output tokens.
    #[arg(long, value_name = "PRICE")]
    pub output: Amount,
    /// From this UTC day on [default: from the beginning].
    #[arg(long, value_name = "DATE")]
    pub from: Option<Day>,
    /// The book: the folder with pricing.json.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
}

#[derive(Debug, Args)]
pub struct PricesImport {
    /// A CSV file, sqlite:PATH or postgres://HOST/DATABASE, with ?table=NAME
    /// where the table is not ai_model_pricing.
    #[arg(value_name = "FILE|URL")]
    pub table: String,
    /// Take rows of this provider; may be given several times.
    #[arg(long, value_name = "NAME", default_value = "openai")]
    pub provider: Vec<String>,
    /// Write what the preview shows.
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub files: FileArgs,
}
