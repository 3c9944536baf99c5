//! `trueup dispute`, `pools`, `invoice` and `flux` as they are typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::list_args::Chosen;
use super::shared_args::{Answer, FileArgs, Format};
use crate::amount::{Amount, Quantity};
use crate::journal::ClaimState;

#[derive(Debug, Args)]
pub struct Dispute {
    #[command(subcommand)]
    pub command: DisputeCommand,
}

#[derive(Debug, Subcommand)]
pub enum DisputeCommand {
    /// List what is in dispute, what is claimed and how each case stands.
    List(DisputeList),
    /// Say what is claimed, under which case number, and how the case stands.
    Claim(DisputeClaim),
    /// Write the papers that go with a claim: every line as CSV, and a text.
    Packet(DisputePacket),
}

#[derive(Debug, Args)]
pub struct DisputeList {
    #[command(flatten)]
    pub files: FileArgs,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct DisputeClaim {
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub chosen: Chosen,
    /// What is claimed back [default: what stood there, else all that was billed
    /// beyond the recorded].
    #[arg(long, value_name = "AMOUNT")]
    pub amount: Option<Amount>,
    /// The provider's number for the case [default: what stood there].
    #[arg(long, value_name = "NUMBER")]
    pub case: Option<String>,
    /// open, submitted, credited, rejected or withdrawn [default: what stood
    /// there, else open].
    #[arg(long, value_name = "STATE")]
    pub state: Option<ClaimState>,
    #[command(flatten)]
    pub answer: Answer,
}

#[derive(Debug, Args)]
pub struct DisputePacket {
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub chosen: Chosen,
    /// Write NAME.csv and NAME.txt.
    #[arg(long, short, value_name = "NAME")]
    pub output: PathBuf,
}

#[derive(Debug, Args)]
pub struct Pools {
    #[command(flatten)]
    pub files: FileArgs,
    /// The credits that the provider states are left in a pool at the month's
    /// end.
    #[arg(long, value_name = "POOL=CREDITS", conflicts_with_all = ["adjust", "settle", "format"])]
    pub stated: Option<Named<Quantity>>,
    /// Credits that came into a pool, or left it (below zero), without usage,
    /// purchase or expiry; with --reason.
    #[arg(long, value_name = "POOL=CREDITS", conflicts_with_all = ["settle", "format"], requires = "reason")]
    pub adjust: Option<Named<Quantity>>,
    /// Adjust a pool by what is unexplained of it; with --reason.
    #[arg(long, value_name = "POOL", conflicts_with = "format", requires = "reason")]
    pub settle: Option<String>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    pub answer: Answer,
}

#[derive(Debug, Args)]
pub struct Invoice {
    #[command(flatten)]
    pub files: FileArgs,
    /// The number of the provider's invoice for the month.
    #[arg(long, value_name = "NUMBER", requires = "total", conflicts_with_all = ["remove", "format"])]
    pub number: Option<String>,
    /// What is to be paid, tax included.
    #[arg(long, value_name = "AMOUNT", requires = "number", allow_negative_numbers = true)]
    pub total: Option<Amount>,
    /// The tax in it [default: none].
    #[arg(long, value_name = "AMOUNT", requires = "number", allow_negative_numbers = true)]
    pub tax: Option<Amount>,
    /// Take the invoice off again.
    #[arg(long, conflicts_with = "format")]
    pub remove: bool,
    /// What to print: text for people, json or csv for programs; csv is the tax
    /// by payer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    pub answer: Answer,
}

#[derive(Debug, Args)]
pub struct Flux {
    #[command(flatten)]
    pub files: FileArgs,
    /// Say why a payer (fund_org) changed; an empty text takes the note off.
    #[arg(long, value_name = "NAME=TEXT", conflicts_with_all = ["note_project", "format"])]
    pub note_payer: Option<Named<String>>,
    /// Say why a project changed; an empty text takes the note off.
    #[arg(long, value_name = "NAME=TEXT", conflicts_with = "format")]
    pub note_project: Option<Named<String>>,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    pub answer: Answer,
}

/// `NAME=VALUE`.
#[derive(Debug, Clone)]
pub struct Named<T> {
    pub name: String,
    pub value: T,
}

impl<T: std::str::FromStr<Err: std::fmt::Display>> std::str::FromStr for Named<T> {
    type Err = String;

    /// # Errors
    /// A sentence where there is no `=`, or the value cannot be read.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("has no “=” between the name and what belongs to it")?;
        let value = value.trim().parse().map_err(|error: T::Err| format!("“{}” {error}", value.trim()))?;
        Ok(Self { name: name.trim().to_owned(), value })
    }
}
