//! `trueup prices import`: a table of model prices into `pricing.json`, shown
//! before anything is written.

use std::fmt::Write;
use std::path::Path;

use super::super::prices_args::PricesImport;
use super::super::{Ended, Failure, output, password};
use super::{diff, effect, failure, rewrite, sqlite};
use crate::book::Config;
use crate::desk::{text, unlock};
use crate::journal::ConfigFile;
use crate::place::PlacedError;
use crate::price::{Imported, PriceBook, PriceTable};
use crate::source::{Location, SourceError, WholeTable, read_whole};

/// Rows left out that are named one by one.
const NAMED: usize = 20;

pub fn run(args: &PricesImport) -> Result<Ended, Failure> {
    let (table, shown) = read(&args.table)?;
    let config = Config::load(&args.files.book).map_err(failure)?;
    let pricing = config.texts.get(&ConfigFile::Pricing).cloned().unwrap_or_default();
    let imported = import(&table, &pricing, args)?;
    let mut out = preview(&config, &imported, args)?;
    if imported.stated == 0 {
        out.push_str("Nothing is to be written.\n");
    } else if args.yes {
        rewrite(&args.files.book, |_, before| {
            if before != pricing {
                return Err(Failure("pricing.json was changed meanwhile; nothing was written. Try again.".into()));
            }
            let summary = format!("{} imported from {}", rates(imported.stated), shown);
            Ok((imported.text.clone(), summary))
        })?;
        let _ = writeln!(out, "Written: pricing.json states {} anew.", rates(imported.stated));
    } else {
        out.push_str("Nothing was written; give --yes to write it.\n");
    }
    output::page(&out)
}

/// The table, and its source as it may be shown and journaled.
fn read(source: &str) -> Result<(PriceTable, String), Failure> {
    if let Some(address) = source.strip_prefix("sqlite:") {
        let (path, table) = sqlite::source(address)?;
        return Ok((sqlite::read(&path, &table)?, source.to_owned()));
    }
    if Location::is_url(Path::new(source)) {
        return postgres(source);
    }
    let path = Path::new(source);
    let table = PriceTable::from_csv(&diff::read(path)?, path).map_err(|error| Failure(error.to_string()))?;
    Ok((table, source.to_owned()))
}

fn postgres(source: &str) -> Result<(PriceTable, String), Failure> {
    let failure = |error: SourceError| Failure(error.to_string());
    let mut location = Location::parse(Path::new(source)).map_err(failure)?;
    unlock(&mut location, &password::ask)?;
    let WholeTable { name, header, rows } = read_whole(&location, sqlite::USUAL).map_err(failure)?;
    let shown = location.shown();
    let file = format!("{} ({name})", shown.split('?').next().unwrap_or(&shown)).into();
    Ok((PriceTable { file, header, rows: (1..).zip(rows).collect() }, shown))
}

fn import(table: &PriceTable, pricing: &str, args: &PricesImport) -> Result<Imported, Failure> {
    table.import(pricing, &args.provider).map_err(|errors: Vec<PlacedError>| {
        let list: String = errors.iter().map(|error| format!("\n  {error}")).collect();
        Failure(format!("The table cannot be taken in; nothing was written:{list}"))
    })
}

/// What would be written and what it would change.
fn preview(config: &Config, imported: &Imported, args: &PricesImport) -> Result<String, Failure> {
    let mut out = format!(
        "{} to state, {} in force already, {} left out\n",
        rates(imported.stated),
        text::count(imported.unchanged as i64),
        text::counted(imported.left_out.len() as u64, "row")
    );
    for left in imported.left_out.iter().take(NAMED) {
        let _ = writeln!(out, "  line {}: {}: {}", left.line, left.model, left.why);
    }
    if imported.left_out.len() > NAMED {
        let _ = writeln!(out, "  and {} more", imported.left_out.len() - NAMED);
    }
    for remark in &imported.remarks {
        let _ = writeln!(out, "Note: {remark}");
    }
    if imported.stated > 0 {
        let after = PriceBook::parse(&imported.text, Path::new(ConfigFile::Pricing.name()))
            .map_err(|error| Failure(error.to_string()))?;
        let differences = diff::differences(&config.prices, &after, "The table and the price book");
        let _ = write!(out, "\n{differences}\n{}\n", effect::shown(effect::of(&args.files, &after)?.as_ref()));
    }
    Ok(out)
}

fn rates(n: usize) -> String {
    if n == 1 { "1 rate".into() } else { format!("{} rates", text::count(n as i64)) }
}
