//! `trueup close`: what keeps a month from being signed, and signing it; of a
//! signed month, as signed against as now, and where that is billed.

use std::fmt::Write as _;

use serde::Serialize;

use super::asking::carry_out;
use super::close_args::Close as Args;
use super::fold::Wide;
use super::shared_args::{Answer, Format};
use super::{Ended, Failure, month, output, screen, table};
use crate::close::{Correction, PayerDifference};
use crate::desk::{Behind, Command, Desk, GateItem, Screen, SignedView, text};
use crate::journal::Action;

/// Corrections that are listed one by one before the rest is counted.
const MOST: usize = 50;

pub fn run(args: &Args) -> Result<Ended, Failure> {
    let acts = args.prepare || args.sign;
    if !acts && (args.yes || args.dry_run) {
        return Err(Failure("--yes and --dry-run go with --prepare or --sign; there is nothing to change.".into()));
    }
    // What is only looked at works while another program has the book open.
    let read_only = !acts || args.dry_run;
    let (session, desk) = month::load(&args.files, read_only)?;
    if !acts {
        return show(args, &desk);
    }
    let command = if args.sign { Command::Sign } else { Command::Prepare };
    let answer = Answer { dry_run: args.dry_run, yes: args.yes };
    let Some(entries) = carry_out(&session, &desk, &command, answer)? else { return Ok(Ended::Well) };
    for entry in entries {
        let said = match &entry.action {
            Action::Sign { version, file, .. } => format!(
                "{} is signed as version {version}, kept in {file}.\nSeal of the signature: {}\nNote it elsewhere: by it \
                 anybody can tell this version from one made anew.\n",
                desk.month(),
                entry.hash
            ),
            _ => format!("{} is prepared; another person may sign it: trueup close --month {0} --sign\n", desk.month()),
        };
        output::page(&said)?;
    }
    Ok(Ended::Well)
}

fn show(args: &Args, desk: &Desk) -> Result<Ended, Failure> {
    let signed = desk.signed_view();
    let bytes = match args.format {
        Format::Text => output::shown(&page(desk, signed.as_ref(), output::screen_width())).into_bytes(),
        Format::Json => json(desk, signed.as_ref())?.into_bytes(),
        Format::Csv => csv(signed.as_ref()),
    };
    output::to_stdout(&bytes)?;
    let open = match &signed {
        Some(view) => view.is_open(),
        None => desk.gate().iter().any(GateItem::stops),
    };
    Ok(if open { Ended::Unhealthy } else { Ended::Well })
}

/// `width`: of the screen, where there is one.
fn page(desk: &Desk, signed: Option<&SignedView>, width: Option<usize>) -> String {
    let mut out = format!("Month {}\n", desk.month());
    for version in desk.signed_versions() {
        let reopened = match &version.reopened {
            Some((who, at, why)) => format!(", reopened by {who} {}: {why}", text::minute(*at)),
            None => String::new(),
        };
        let _ = writeln!(
            out,
            "Version {}: {}, signed by {} {}{reopened}",
            version.number,
            text::dollars(&version.total),
            version.who,
            text::minute(version.at)
        );
    }
    match signed {
        Some(view) => as_signed(&mut out, view, width),
        None => gate(&mut out, desk, width),
    }
    out
}

fn gate(out: &mut String, desk: &Desk, width: Option<usize>) {
    let gate = desk.gate();
    let open: Vec<&GateItem> = gate.iter().filter(|item| item.count > 0).collect();
    if open.is_empty() {
        out.push_str("Nothing is left to do.\n");
    } else {
        let header = ["", "left to do", "where", "count", "dollars"].map(str::to_owned);
        let row = |item: &&GateItem| {
            let mark = if item.blocks { "stops" } else { "said" };
            let count = text::count(i64::try_from(item.count).unwrap_or(i64::MAX));
            vec![mark.to_owned(), item.what.clone(), place(item), count, text::money(item.amount)]
        };
        let rows: Vec<Vec<String>> = open.iter().map(row).collect();
        let _ = writeln!(out, "\n{}", screen::table(3, 2, &header, &rows, width));
        for item in &open {
            out.push_str(&screen::prose(&format!("{}: {}\n", item.what, item.sentence), width));
        }
        out.push('\n');
    }
    if let Some(entry) = desk.prepared() {
        let _ = writeln!(out, "Prepared by {} {}, and unchanged since.", entry.who, text::minute(entry.at));
    }
    let next = if gate.iter().any(GateItem::stops) { "cannot be signed yet" } else { "can be signed" };
    let _ = writeln!(out, "{} {next}.", desk.month());
}

/// The screen of the review and the filter that shows it.
fn place(item: &GateItem) -> String {
    let screen = match item.behind {
        Behind::List(Screen::Matched) => "screen 1",
        Behind::List(Screen::Discrepancies) => "screen 2",
        Behind::List(Screen::NotFound) => "screen 3",
        Behind::AnyList => "screens 1 to 3",
        Behind::BadRows => "screen B",
        Behind::Overview => "screen 0",
        Behind::Projects => "screen 4",
        Behind::Prices => "screen 5",
        Behind::Why => "screen 9",
        Behind::Nothing => "",
    };
    format!("{screen} {}", item.filter).trim().to_owned()
}

fn as_signed(out: &mut String, view: &SignedView, width: Option<usize>) {
    if let Some(why) = &view.unknown {
        let _ = writeln!(out, "What was signed cannot be compared: {why}");
        return;
    }
    let _ = writeln!(out, "Charges as signed {}, as now {}.", text::money(view.signed), text::money(view.now));
    for billed in &view.billed {
        let _ = writeln!(out, "{}", billed.sentence());
    }
    if view.corrections.is_empty() {
        let _ = writeln!(out, "{}", view.nothing_left());
        return;
    }
    // What other months bill of it already is not proposed once more.
    let stands = if view.billed.is_empty() { "as signed" } else { "as corrected" };
    let header = ["payer", "project", stands, "as now", "correction"].map(str::to_owned);
    let row = |payer: &PayerDifference| {
        let amounts = [payer.signed, payer.now, payer.correction()].map(text::money);
        [payer.fund_org.clone(), payer.project.clone()].into_iter().chain(amounts).collect()
    };
    let payers: Vec<Vec<String>> = view.payers.iter().map(row).collect();
    let _ = writeln!(out, "\nProposed for an open month, by payer:\n{}", folded(2, &header, &payers, width));
    let header = ["", "day", "user", "what", "payer", stands, "as now", "correction"].map(str::to_owned);
    let rows: Vec<Vec<String>> = view.corrections.iter().take(MOST).map(line).collect();
    let _ = writeln!(out, "By charge:\n{}", folded(5, &header, &rows, width));
    if view.corrections.len() > MOST {
        let more = text::counted((view.corrections.len() - MOST) as u64, "charge");
        let _ = writeln!(out, "{more} more; --format csv has all.");
    }
}

/// A table whose first columns are names, folded where the screen is too narrow
/// for it.
fn folded(names: usize, header: &[String], rows: &[Vec<String>], width: Option<usize>) -> String {
    let Some(width) = width else { return table::columns(names, header, rows) };
    let split = |row: &[String]| {
        let (names, figures) = row.split_at(names.min(row.len()));
        (names.to_vec(), figures.to_vec())
    };
    let (mut names, figures) = split(header);
    // A screen may fold it, and under each other the names need one each.
    names.iter_mut().filter(|name| name.is_empty()).for_each(|name| *name = "kind".to_owned());
    let parts = vec![0; figures.len()];
    Wide { names, parts, figures, rows: rows.iter().map(|row| split(row)).collect(), total: None }.folded(width)
}

fn line(correction: &Correction) -> Vec<String> {
    let Correction { charge, signed, now } = correction;
    let amount = |amount: &Option<_>| amount.map_or_else(|| "-".to_owned(), text::money);
    vec![
        correction.kind().to_owned(),
        charge.day.to_string(),
        charge.user.clone(),
        charge.what.clone(),
        format!("{} {}", charge.fund_org, charge.project),
        amount(signed),
        amount(now),
        text::money(charge.amount),
    ]
}

const HEADER: [&str; 11] =
    ["kind", "key", "day", "service", "what", "user", "project", "fund_org", "as_signed", "as_now", "correction"];

/// Every correction that is not billed yet, exactly; no rows where there is
/// none.
fn csv(signed: Option<&SignedView>) -> Vec<u8> {
    let exact = |amount: Option<crate::amount::Amount>| amount.map(|a| a.to_string()).unwrap_or_default();
    let row = |correction: &Correction| {
        let charge = &correction.charge;
        vec![
            correction.kind().to_owned(),
            charge.key.clone(),
            charge.day.to_string(),
            charge.service.clone(),
            charge.what.clone(),
            charge.user.clone(),
            charge.project.clone(),
            charge.fund_org.clone(),
            exact(correction.signed),
            exact(correction.now),
            charge.amount.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = signed.iter().flat_map(|view| &view.corrections).map(row).collect();
    table::csv(&[1, 4, 5, 6, 7], &HEADER.map(str::to_owned), &rows)
}

#[derive(Serialize)]
struct Report<'a> {
    month: String,
    /// `open`, `ready` or `signed`.
    state: &'static str,
    gate: Vec<Item<'a>>,
    versions: Vec<Signed<'a>>,
    prepared_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_signed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_now: Option<String>,
    /// Where it is corrected already.
    billed: Vec<Billed>,
    /// What is not billed yet; `as_signed` in it with what is.
    corrections: Vec<CorrectionLine<'a>>,
}

#[derive(Serialize)]
struct Billed {
    month: String,
    /// Of the month that bills; `null` while it is not signed.
    version: Option<u32>,
    rows: u64,
    total: String,
}

#[derive(Serialize)]
struct Item<'a> {
    name: &'a str,
    what: &'a str,
    count: u64,
    amount: String,
    blocks: bool,
    sentence: &'a str,
    filter: &'a str,
}

#[derive(Serialize)]
struct Signed<'a> {
    version: u32,
    signed_by: &'a str,
    at: String,
    total: &'a str,
    sha256: &'a str,
    file: &'a str,
    reopened: bool,
}

#[derive(Serialize)]
struct CorrectionLine<'a> {
    kind: &'a str,
    key: &'a str,
    project: &'a str,
    fund_org: &'a str,
    as_signed: Option<String>,
    as_now: Option<String>,
    correction: String,
}

fn json(desk: &Desk, signed: Option<&SignedView>) -> Result<String, Failure> {
    let gate = desk.gate();
    let state = match signed {
        Some(_) => "signed",
        None if gate.iter().any(GateItem::stops) => "open",
        None => "ready",
    };
    let report = Report {
        month: desk.month().to_string(),
        state,
        gate: gate
            .iter()
            .filter(|item| item.count > 0)
            .map(|item| Item {
                name: item.name,
                what: &item.what,
                count: item.count,
                amount: item.amount.to_string(),
                blocks: item.blocks,
                sentence: &item.sentence,
                filter: &item.filter,
            })
            .collect(),
        versions: desk
            .signed_versions()
            .iter()
            .map(|version| Signed {
                version: version.number,
                signed_by: &version.who,
                at: version.at.to_string(),
                total: &version.total,
                sha256: &version.sha256,
                file: &version.file,
                reopened: version.reopened.is_some(),
            })
            .collect(),
        prepared_by: desk.prepared().map(|entry| entry.who.clone()),
        as_signed: signed.map(|view| view.signed.to_string()),
        as_now: signed.map(|view| view.now.to_string()),
        billed: signed
            .iter()
            .flat_map(|view| &view.billed)
            .map(|billed| Billed {
                month: billed.month.to_string(),
                version: billed.version,
                rows: billed.rows,
                total: billed.total.to_string(),
            })
            .collect(),
        corrections: signed
            .iter()
            .flat_map(|view| &view.corrections)
            .map(|correction| CorrectionLine {
                kind: correction.kind(),
                key: &correction.charge.key,
                project: &correction.charge.project,
                fund_org: &correction.charge.fund_org,
                as_signed: correction.signed.map(|a| a.to_string()),
                as_now: correction.now.map(|a| a.to_string()),
                correction: correction.charge.amount.to_string(),
            })
            .collect(),
    };
    output::json(&report)
}
