//! `trueup status`: what the live ledger says of itself: entries and dollars by
//! reconciliation status, and the newest discrepancies.

use std::fmt::Write;

use serde::Serialize;

use super::args::Status as Args;
use super::shared_args::Format;
use super::{Ended, Failure, output, password, table};
use crate::amount::Amount;
use crate::book::Config;
use crate::calendar::Day;
use crate::desk::{Kept, ledgers_of, text, unlock};
use crate::source::Location;
use crate::source::status::{Asked, Discrepancy, Standing, StatusSum, status, status_of_file};

pub fn run(args: &Args) -> Result<Ended, Failure> {
    let config = Config::load(&args.book).map_err(|error| Failure(error.to_string()))?;
    let kept = if args.ledger.is_empty() {
        ledgers_of(&args.book)?
    } else {
        let location = |path| {
            let named = |location| Kept::Named(location, args.ledger_format.clone());
            Location::parse(path).map(named).map_err(|error| Failure(error.to_string()))
        };
        args.ledger.iter().map(|path| location(path)).collect::<Result<_, _>>()?
    };
    if kept.is_empty() {
        return Err(Failure(format!("{} has no ledger; name one with --ledger.", args.book.display())));
    }
    let days = days(args)?;
    let mut found = Vec::new();
    for ledger in kept {
        let asked = |format| Asked { format, maps: &config.settings.columns, days, latest: args.limit as usize };
        let standing = match ledger {
            Kept::Named(mut location, format) => {
                unlock(&mut location, &password::ask)?;
                status(&location, &asked(format.as_deref()))
            }
            Kept::File { path, format, content } => status_of_file(&path, content, &asked(format.as_deref())),
        };
        found.push(standing.map_err(|error| Failure(error.to_string()))?);
    }
    match args.format {
        Format::Text => output::page(&shown(&found, days)),
        Format::Json => output::to_stdout(json(&found, days)?.as_bytes()),
        Format::Csv => output::to_stdout(&csv(&found)),
    }
}

fn days(args: &Args) -> Result<Option<(Day, Day)>, Failure> {
    let day = |text: &str| Day::parse(text).map_err(|error| Failure(error.to_string()));
    match (args.month, args.from, args.to) {
        (Some(month), ..) => Ok(Some((month.first(), month.last()))),
        (None, None, None) => Ok(None),
        (None, from, to) => {
            let days = (from.map_or_else(|| day("1970-01-01"), Ok)?, to.map_or_else(|| day("9999-12-30"), Ok)?);
            if days.1 < days.0 {
                return Err(Failure(format!("--to {} is before --from {}.", days.1, days.0)));
            }
            Ok(Some(days))
        }
    }
}

/// Of all entries together.
fn total(statuses: &[StatusSum]) -> StatusSum {
    statuses.iter().fold(StatusSum::default(), |sum, one| StatusSum {
        status: String::new(),
        entries: sum.entries + one.entries,
        recorded: sum.recorded.plus(one.recorded),
        actual: sum.actual.plus(one.actual),
        settled: sum.settled + one.settled,
    })
}

fn named(status: &str) -> &str {
    if status.is_empty() { "(none)" } else { status }
}

fn shown(found: &[Standing], days: Option<(Day, Day)>) -> String {
    let mut out = String::new();
    for standing in found {
        let period = days.map(|(first, last)| format!(", {first} to {last}")).unwrap_or_default();
        let gap = if out.is_empty() { "" } else { "\n" };
        let _ = writeln!(out, "{gap}{}{period}", standing.shown);
        let header = ["status", "entries", "recorded", "actual", "with an actual amount"].map(str::to_owned);
        let count = |n: u64| text::count(i64::try_from(n).unwrap_or(i64::MAX));
        let row = |name: &str, sum: &StatusSum| {
            let money = [sum.recorded, sum.actual].map(text::money);
            let [recorded, actual] = money;
            vec![name.to_owned(), count(sum.entries), recorded, actual, count(sum.settled)]
        };
        let mut rows: Vec<Vec<String>> = standing.statuses.iter().map(|sum| row(named(&sum.status), sum)).collect();
        rows.push(row("in all", &total(&standing.statuses)));
        out.push_str(&table::columns(1, &header, &rows));
        if standing.unreadable > 0 {
            let rows = text::counted(standing.unreadable, "row");
            let _ = writeln!(out, "{rows} with a time or an amount that cannot be read, in none of these.");
        }
        if standing.latest.is_empty() {
            out.push_str("\nNo discrepancies.\n");
            continue;
        }
        out.push_str("\nThe latest discrepancies\n");
        let header = ["when", "key", "model", "recorded", "actual", "difference"].map(str::to_owned);
        let rows: Vec<Vec<String>> = standing.latest.iter().map(discrepancy_cells).collect();
        out.push_str(&table::columns(3, &header, &rows));
    }
    out
}

fn discrepancy_cells(found: &Discrepancy) -> Vec<String> {
    let money = |amount: Option<Amount>| amount.map(text::money).unwrap_or_default();
    vec![
        found.at.clone(),
        found.key.clone(),
        found.model.clone(),
        money(found.recorded),
        money(found.actual),
        money(found.difference()),
    ]
}

#[derive(Serialize)]
struct Report<'a> {
    from: Option<String>,
    to: Option<String>,
    ledgers: Vec<LedgerReport<'a>>,
}

#[derive(Serialize)]
struct LedgerReport<'a> {
    ledger: &'a str,
    statuses: Vec<StatusReport<'a>>,
    total: StatusReport<'a>,
    unreadable: u64,
    latest_discrepancies: Vec<DiscrepancyReport<'a>>,
}

#[derive(Serialize)]
struct StatusReport<'a> {
    status: Option<&'a str>,
    entries: u64,
    recorded: Amount,
    actual: Amount,
    entries_with_actual: u64,
}

#[derive(Serialize)]
struct DiscrepancyReport<'a> {
    at: &'a str,
    key: &'a str,
    model: &'a str,
    recorded: Option<Amount>,
    actual: Option<Amount>,
    difference: Option<Amount>,
}

fn json(found: &[Standing], days: Option<(Day, Day)>) -> Result<String, Failure> {
    fn of<'a>(status: Option<&'a str>, sum: &StatusSum) -> StatusReport<'a> {
        StatusReport {
            status,
            entries: sum.entries,
            recorded: sum.recorded,
            actual: sum.actual,
            entries_with_actual: sum.settled,
        }
    }
    let ledgers = found
        .iter()
        .map(|standing| LedgerReport {
            ledger: &standing.shown,
            statuses: standing
                .statuses
                .iter()
                .map(|sum| of(Some(sum.status.as_str()).filter(|status| !status.is_empty()), sum))
                .collect(),
            total: of(None, &total(&standing.statuses)),
            unreadable: standing.unreadable,
            latest_discrepancies: standing
                .latest
                .iter()
                .map(|found| DiscrepancyReport {
                    at: &found.at,
                    key: &found.key,
                    model: &found.model,
                    recorded: found.recorded,
                    actual: found.actual,
                    difference: found.difference(),
                })
                .collect(),
        })
        .collect();
    let day = |day: Option<Day>| day.map(|day| day.to_string());
    let report = Report { from: day(days.map(|days| days.0)), to: day(days.map(|days| days.1)), ledgers };
    output::json(&report)
}

/// A row for each status and each discrepancy, told apart by the second cell.
fn csv(found: &[Standing]) -> Vec<u8> {
    let header =
        ["ledger", "row", "status", "entries", "entries_with_actual", "at", "key", "model", "recorded", "actual"];
    let mut rows = Vec::new();
    for standing in found {
        let shown = || standing.shown.clone();
        for sum in &standing.statuses {
            let money = [sum.recorded, sum.actual].map(|amount| amount.to_string());
            let counts = [sum.entries, sum.settled].map(|count| count.to_string());
            let blank = String::new;
            let [entries, settled] = counts;
            let [recorded, actual] = money;
            rows.push(vec![
                shown(),
                "status".into(),
                sum.status.clone(),
                entries,
                settled,
                blank(),
                blank(),
                blank(),
                recorded,
                actual,
            ]);
        }
        for found in &standing.latest {
            let money = |amount: Option<Amount>| amount.map(|amount| amount.to_string()).unwrap_or_default();
            let row = ["discrepancy", "discrepancy", "1", if found.actual.is_some() { "1" } else { "0" }];
            let texts = [&found.at, &found.key, &found.model].map(Clone::clone);
            let mut cells = vec![shown()];
            cells.extend(row.map(str::to_owned));
            cells.extend(texts);
            cells.extend([money(found.recorded), money(found.actual)]);
            rows.push(cells);
        }
    }
    table::csv(&[0, 2, 5, 6, 7], &header.map(str::to_owned), &rows)
}
