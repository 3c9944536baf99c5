//! `trueup prices`: the price book listed, compared and changed without a
//! terminal. Every change is journaled with the text before and after, as one
//! made on the screen.

mod diff;
mod effect;
mod import;
mod infer;
mod list;
mod set;
mod sqlite;

use std::path::Path;

use super::prices_args::PricesCommand;
use super::{Ended, Failure};
use crate::amount::PerMillion;
use crate::book::{Access, Book, BookError, Config, DATABASE, now};
use crate::calendar::Day;
use crate::journal::{Action, ConfigFile};
use crate::price::Rates;

pub fn run(command: &PricesCommand) -> Result<Ended, Failure> {
    match command {
        PricesCommand::List(args) => list::run(args),
        PricesCommand::Diff(args) => diff::run(args),
        PricesCommand::Infer(args) => infer::run(args),
        PricesCommand::Set(args) => set::run(args),
        PricesCommand::Import(args) => import::run(args),
    }
}

fn failure(error: BookError) -> Failure {
    Failure(error.to_string())
}

/// Changes `pricing.json` by its text, and journals it. `change` gives the new
/// text and a line for the journal; where the text stays as it is, nothing is
/// written. Says whether anything was.
fn rewrite(
    dir: &Path,
    change: impl FnOnce(&Config, &str) -> Result<(String, String), Failure>,
) -> Result<bool, Failure> {
    // A price set in the wrong folder would make a book of it.
    if ![ConfigFile::Pricing.name(), ConfigFile::Settings.name(), DATABASE].iter().any(|name| dir.join(name).exists()) {
        return Err(Failure(format!(
            "{0} is no book; name one with --book, or make one: trueup init {0}",
            dir.display()
        )));
    }
    let mut book = Book::open(dir, Access::Write).map_err(failure)?;
    let config = Config::load(dir).map_err(failure)?;
    let before = config.texts.get(&ConfigFile::Pricing).cloned().unwrap_or_default();
    let (after, summary) = change(&config, &before)?;
    if before == after {
        return Ok(false);
    }
    // An edit from outside is journaled as such, before this one.
    book.remember_config(&config.texts, now()).map_err(failure)?;
    let action = Action::EditFile { file: ConfigFile::Pricing, before, after, summary };
    book.edit_file(None, action, now()).map_err(failure)?;
    Ok(true)
}

/// A price for a cell; blank for none.
fn price(price: Option<PerMillion>) -> String {
    price.map(|price| price.amount().to_string()).unwrap_or_default()
}

/// A day for a cell; blank for the beginning.
fn day(day: Option<Day>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// `2.5 in, 1.25 cached, 10 out`
fn in_words(rates: &Rates) -> String {
    let cached = rates.cached_input.map(|cached| format!(", {} cached", cached.amount())).unwrap_or_default();
    format!("{} in{cached}, {} out", rates.input.amount(), rates.output.amount())
}
