//! The command line as it is typed. The manual page and the shell completions
//! are made from these definitions.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::close_args::{Close, Corrections, Evidence, Refunds, Reopen, Verify};
use super::fetch_args::Fetch;
use super::list_args::{Decide, Exclude, Journal, List, Match, Undo};
use super::paper_args::{Dispute, Flux, Invoice, Pools};
use super::prices_args::Prices;
use super::rules_args::Rules;
use super::shared_args::{Answer, FileArgs, Format};
use super::subsidies_args::{Explain, Subsidies};
use super::why_args::Why;
use crate::amount::Amount;
use crate::calendar::{Day, Month};
use crate::focus::Profile;
use crate::reconcile::Finest;
use crate::report::Dimension;
use crate::usage::Side;

#[derive(Debug, Parser)]
#[command(
    name = "trueup",
    version,
    about = "The month-end desk for AI usage bills",
    long_about = "Loads what the provider billed and what was recorded at home, shows what matches, what differs and why, \
                  lets you settle each open item, follows subsidies as they burn down, and writes the approved charges \
                  as FOCUS CSV for chargeback.",
    after_help = "Exit codes: 0 done (reconcile: healthy), 1 not healthy, or a month that is open or does not stand, 2 bad usage, unreadable input or configuration.",
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open a sample month in the terminal, without any set-up.
    Demo(Demo),
    /// Open the review of a month in the terminal.
    Review(Review),
    /// Compare bill and ledger without a terminal; what cron runs.
    Reconcile(Reconcile),
    /// Say why the two sides differ, and adopt what explains it.
    Why(Why),
    /// List the items of a month that pass a filter.
    List(List),
    /// Settle items, as the keys of the review do.
    Decide(Decide),
    /// Join the lines of several items into one by hand.
    Match(Match),
    /// List rows that could not be read, and leave some out with a reason.
    Exclude(Exclude),
    /// Show what was done, by whom and when, and what of it is in force.
    Journal(Journal),
    /// Take back the last change to a month, or one of them.
    Undo(Undo),
    /// List, try and make rules from decisions, and apply them with one yes.
    Rules(Rules),
    /// Add up a month by model, project, user and the like.
    Summary(Summary),
    /// Ask the live ledger what is reconciled, and for its latest discrepancies.
    Status(Status),
    /// Show the price book, or change it.
    Prices(Prices),
    /// Write statements for sponsors and PIs.
    Subsidies(Subsidies),
    /// Say why somebody pays what, charge by charge.
    Explain(Explain),
    /// Write the verdicts back to the ledger, or take them out again.
    Apply(Apply),
    /// Write a month's chargeback file from what is approved.
    Export(Export),
    /// Show what is left to do before a month is signed, and sign it.
    Close(Close),
    /// Show what came later for signed months, and bill it in an open one.
    Corrections(Corrections),
    /// Show which charge each refund takes back, and say it where it is not known.
    Refunds(Refunds),
    /// Begin the next version of a signed month.
    Reopen(Reopen),
    /// Say whether signed months still stand.
    Verify(Verify),
    /// Pack a signed month into one archive that can be checked elsewhere.
    Evidence(Evidence),
    /// Follow disputes with the provider: claims, cases, and their papers.
    Dispute(Dispute),
    /// Show each credit pool over the month against the provider's balance.
    Pools(Pools),
    /// Hold the provider's invoice against the bill, and share its tax.
    Invoice(Invoice),
    /// Hold payers and projects against the month before.
    Flux(Flux),
    /// Turn a ChatGPT credit report into a chargeback file.
    Convert(Convert),
    /// Fetch costs and usage from the provider's admin API into a book.
    Fetch(Fetch),
    /// List the files of a book, or take one out that was given by mistake.
    Inputs(Inputs),
    /// Write starter configuration files into a folder.
    Init(Init),
    /// Show what a file or table is known as, and how its first rows are understood.
    Inspect(Inspect),
    /// Print shell completions.
    Completions {
        /// The shell to complete for.
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff).
    Man,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// Unpack the sample here instead of a fresh folder for temporary files.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Only unpack the sample and print its path.
    #[arg(long)]
    pub unpack_only: bool,
    /// Begin with a tour that teaches the keys, step by step, in three minutes.
    #[arg(long, conflicts_with = "unpack_only")]
    pub tour: bool,
    #[command(flatten)]
    pub screen: ScreenArgs,
}

#[derive(Debug, Args)]
pub struct Review {
    #[command(flatten)]
    pub files: FileArgs,
    /// Look without deciding; works while another process has the book open.
    #[arg(long)]
    pub read_only: bool,
    /// Compare at nothing finer in this run: request, minute, hour, class, model,
    /// project, day or total [default: what config.toml says].
    #[arg(long, value_name = "GRAIN")]
    pub grain: Option<Finest>,
    /// Leave the files where they are instead of copying them into the book.
    #[arg(long)]
    pub no_copy: bool,
    #[command(flatten)]
    pub screen: ScreenArgs,
}

#[derive(Debug, Args)]
pub struct ScreenArgs {
    /// Colours: dark, light, high-contrast or none [default: what the terminal tells].
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// For a screen reader: words instead of lines, boxes and charts, and the
    /// terminal's own cursor on the current row.
    #[arg(long)]
    pub plain: bool,
    /// Draw with ASCII only, and show other characters as escapes.
    #[arg(long)]
    pub ascii: bool,
    /// Keep this of each row when reading, so that the summary screen can add
    /// up by it: job, meta.KEY.
    #[arg(long, value_name = "DIMENSION", value_delimiter = ',')]
    pub keep: Vec<Dimension>,
}

#[derive(Debug, Args)]
pub struct Reconcile {
    #[command(flatten)]
    pub files: FileArgs,
    /// Compare at nothing finer in this run: request, minute, hour, class, model,
    /// project, day or total [default: what config.toml says].
    #[arg(long, value_name = "GRAIN")]
    pub grain: Option<Finest>,
    /// Show health over the other months of the book too; not in csv.
    #[arg(long)]
    pub trend: bool,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Write to this file instead of standard output. With csv: every
    /// classified item.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub alert: Alert,
}

#[derive(Debug, Args)]
pub struct Alert {
    /// Run --notify when the unexplained dollars, whatever their sign, are more than this.
    #[arg(long, value_name = "AMOUNT", requires = "notify")]
    pub alert_over: Option<Amount>,
    /// A shell command that gets the JSON on its standard input.
    #[arg(long, value_name = "COMMAND", requires = "alert_over")]
    pub notify: Option<String>,
}

#[derive(Debug, Args)]
pub struct Summary {
    #[command(flatten)]
    pub files: FileArgs,
    /// What to add up by, in the order of the columns: model, project, user,
    /// action, category, day, status, job, meta.KEY (a key of the ledger's
    /// metadata; meta.outer.inner for one inside another).
    #[arg(long, value_name = "DIMENSION", value_delimiter = ',', default_value = "model")]
    pub by: Vec<Dimension>,
    /// Only from this UTC day on; with --to of another month, over all months
    /// between [default: the first of the month].
    #[arg(long, value_name = "DATE")]
    pub from: Option<Day>,
    /// Only up to this UTC day, included [default: the last of the month].
    #[arg(long, value_name = "DATE")]
    pub to: Option<Day>,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Write to this file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Status {
    /// The book, for its ledger and for the maps in its config.toml.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
    /// A file, sqlite:PATH[?table=NAME] or postgres://HOST/DATABASE[?table=NAME]
    /// [default: the ledgers of the book]; may be given several times.
    #[arg(long, value_name = "FILE|URL")]
    pub ledger: Vec<PathBuf>,
    /// Read the ledgers named as this format instead of knowing them by their columns.
    #[arg(long, value_name = "FORMAT", requires = "ledger")]
    pub ledger_format: Option<String>,
    /// Only calls of this month, as 2026-01 [default: all there are].
    #[arg(long, value_name = "YYYY-MM", conflicts_with_all = ["from", "to"])]
    pub month: Option<Month>,
    /// Only calls from this UTC day on.
    #[arg(long, value_name = "DATE")]
    pub from: Option<Day>,
    /// Only calls up to this UTC day, included.
    #[arg(long, value_name = "DATE")]
    pub to: Option<Day>,
    /// How many discrepancies to list.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub limit: u32,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Apply {
    /// The book: the folder with configuration, inputs and trueup.db.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
    /// The month, as 2026-01 [default: the earliest with data that is not signed].
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Option<Month>,
    /// Show what would be written, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Write without asking.
    #[arg(long)]
    pub yes: bool,
    /// Put back what the rows said before the last time, where they still say what was written.
    #[arg(long, conflicts_with_all = ["round", "output"])]
    pub revert: bool,
    /// Round to whole cents where the ledger's column holds no others.
    #[arg(long)]
    pub round: bool,
    /// Of a ledger that is a file: the new file [default: NAME.reconciled.csv beside it].
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Export {
    /// The book: the folder with configuration, inputs and trueup.db.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
    /// The month, as 2026-01 [default: the earliest with data that is not signed].
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Option<Month>,
    /// The shape of the file: openchargeback, focus-1.2, focus-1.4 or focus
    /// [default: what config.toml says, else openchargeback].
    #[arg(long, value_name = "NAME")]
    pub profile: Option<Profile>,
    /// Purchases of credits as rows of their own; not in openchargeback.
    #[arg(long)]
    pub purchases: bool,
    /// The file [default: openai-tokens_YYYY-MM.csv, or openai-tokens_YYYY-MM.PROFILE.csv, in the book].
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Show what would be written and what it would change, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Write without asking.
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct Convert {
    /// The credit report (CSV).
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// The chargeback file [default: openai-tokens_YYYY-MM.csv, or openai-tokens_YYYY-MM.PROFILE.csv].
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The shape of the file: openchargeback, focus-1.2, focus-1.4 or focus
    /// [default: what config.toml says, else openchargeback].
    #[arg(long, value_name = "NAME")]
    pub profile: Option<Profile>,
    /// Purchases of credits as rows of their own; not in openchargeback.
    #[arg(long)]
    pub purchases: bool,
    /// Credit pools [default: pricing.json].
    #[arg(long, value_name = "FILE")]
    pub pricing: Option<PathBuf>,
    /// Who belongs to which project [default: projects.json].
    #[arg(long, value_name = "FILE")]
    pub projects: Option<PathBuf>,
    /// Subsidy rules [default: subsidies.json].
    #[arg(long, value_name = "FILE")]
    pub subsidies: Option<PathBuf>,
    /// The balance of each subsidy, for other tools; trueup.db stands beside it [default: subsidy_state.json].
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// The last month a state file from elsewhere includes [default: the month before the input's].
    #[arg(long, value_name = "YYYY-MM")]
    pub state_through: Option<Month>,
    /// Change no state and print the summary; writes a CSV only with --output.
    #[arg(long)]
    pub dry_run: bool,
    /// Refuse when a user is in no project or in two.
    #[arg(long)]
    pub strict: bool,
    /// Go on without rows that cannot be read, and count them.
    #[arg(long)]
    pub skip_bad_rows: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Inputs {
    /// The book: the folder with configuration, inputs and trueup.db.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
    /// What to print: text for people, json or csv for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(subcommand)]
    pub command: Option<InputsCommand>,
}

#[derive(Debug, Subcommand)]
pub enum InputsCommand {
    /// Take a file out of the reading, after showing what rests on it, and
    /// asking; its bytes and what was decided stay in the book, and giving it
    /// again brings it back.
    Remove(RemoveInput),
}

#[derive(Debug, Args)]
pub struct RemoveInput {
    /// Its number, as trueup inputs lists it.
    pub number: u32,
    /// The book: the folder with configuration, inputs and trueup.db.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
    /// Why; the journal keeps it.
    #[arg(long, value_name = "TEXT")]
    pub why: String,
    #[command(flatten)]
    pub answer: Answer,
}

#[derive(Debug, Args)]
pub struct Inspect {
    /// A file, a folder of Codex rollouts, sqlite:PATH[?table=NAME] or
    /// postgres://HOST/DATABASE[?table=NAME].
    #[arg(value_name = "FILE|URL")]
    pub location: PathBuf,
    /// Read it only as this side [default: as either].
    #[arg(long, value_enum)]
    pub side: Option<SideArg>,
    /// Read it as this format, or through this map of config.toml.
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,
    /// Of a table, only rows of this month.
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Option<Month>,
    /// The book, for the maps in its config.toml.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SideArg {
    Bill,
    Ledger,
}

impl From<SideArg> for Side {
    fn from(side: SideArg) -> Self {
        match side {
            SideArg::Bill => Self::Bill,
            SideArg::Ledger => Self::Ledger,
        }
    }
}

#[derive(Debug, Args)]
pub struct Init {
    /// The folder; made if it is not there.
    #[arg(default_value = ".", value_name = "DIR")]
    pub dir: PathBuf,
}
