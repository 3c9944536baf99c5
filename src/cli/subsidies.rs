//! `trueup subsidies`: the statements of a month, on standard output or as
//! files ready to be sent; its caps as they burn down; and another cap or other
//! figures of a rule, after showing what that does.

use std::path::Path;

use super::month::load;
use super::settle::settle;
use super::subsidies_args::{SetCap, SetTerms, Subsidies, SubsidiesCommand, SubsidiesReport};
use super::{Ended, Failure, burn_down, output};
use crate::book::write_atomically;
use crate::desk::{Command, Refusal, text};
use crate::report::statement::{Form, Statements};

pub fn run(args: &Subsidies) -> Result<Ended, Failure> {
    match &args.command {
        SubsidiesCommand::Report(args) => report(args),
        SubsidiesCommand::List(args) => burn_down::run(args),
        SubsidiesCommand::SetCap(args) => set_cap(args),
        SubsidiesCommand::SetTerms(args) => set_terms(args),
    }
}

fn set_cap(args: &SetCap) -> Result<Ended, Failure> {
    let command = Command::SetCap {
        rule: args.rule.clone(),
        amount: args.amount.clone(),
        from: args.from.map(|day| day.to_string()).unwrap_or_default(),
        retroactive: args.retroactive,
    };
    settle(&args.files, args.answer, &|_| Ok(command.clone()))
}

fn set_terms(args: &SetTerms) -> Result<Ended, Failure> {
    let SetTerms { rule, files, percent, tiers, from, to, rollover, answer } = args;
    let named =
        [("percent", percent), ("tiers", tiers), ("from", from), ("to", to), ("rollover", rollover)].into_iter();
    let figures = named.filter_map(|(key, text)| Some((key.to_owned(), text.clone()?))).collect();
    let command = Command::SetTerms { rule: rule.clone(), figures };
    settle(files, *answer, &|_| Ok(command.clone()))
}

fn report(args: &SubsidiesReport) -> Result<Ended, Failure> {
    let (_, desk) = load(&args.files, true)?;
    let statements = desk.statements(args.period).map_err(|Refusal(why)| Failure(why))?;
    let form = Form::from(args.format);
    let Some(dir) = &args.output else { return output::to_stdout(&statements.shown(form)) };
    let files = statements.files(form);
    write(dir, &files)?;
    output::page(&told(&statements, dir, files.len()))
}

/// Each file whole or not at all; those of an earlier run are replaced.
fn write(dir: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    std::fs::create_dir_all(dir).map_err(|error| Failure(format!("{} cannot be made: {error}.", dir.display())))?;
    for (name, bytes) in files {
        write_atomically(&dir.join(name), bytes).map_err(|error| Failure(error.to_string()))?;
    }
    Ok(())
}

fn told(statements: &Statements, dir: &Path, files: usize) -> String {
    let mut told = format!(
        "{} in {}: the overview, {} and {}.\n",
        text::counted(files as u64, "file"),
        dir.display(),
        text::counted(statements.sponsors.len() as u64, "sponsor"),
        text::counted(statements.pis.len() as u64, "PI"),
    );
    if statements.unassigned != Default::default() {
        told.push_str(&format!(
            "{} {} is nobody's: it stands in the overview and in no statement.\n",
            statements.unassigned.full, statements.currency
        ));
    }
    text::plain(&told)
}
