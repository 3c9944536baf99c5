//! `trueup list`: the items of a month that pass a filter, with their totals,
//! as the lists of the review show them.

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::list_args::{List as Args, Which};
use super::shared_args::Format;
use super::{Ended, Failure, month, output, reconcile, table};
use crate::amount::Amount;
use crate::desk::{Desk, ItemRow, ListQuery, Standing, text};

pub fn run(args: &Args) -> Result<Ended, Failure> {
    let (_, desk) = month::load(&args.files, true)?;
    let query = query(&args.which, &desk)?;
    let mut order = args.sort.clone();
    if args.reverse {
        order.reverse();
    }
    let items = desk.list(&ListQuery { order, ..query });
    let shown = items.get(..args.limit.unwrap_or(items.len()).min(items.len())).unwrap_or(&items);
    match args.format {
        Format::Text => output::page(&page(&desk, &items, shown, output::screen_width())),
        Format::Json => output::to_stdout(json(&desk, args.which.filter.as_deref(), &items, shown)?.as_bytes()),
        Format::Csv => output::fill(None, |out| reconcile::write_items(&desk, shown, out)),
    }
}

/// # Errors
/// Where the filter is none, with what is wrong.
pub fn query(which: &Which, desk: &Desk) -> Result<ListQuery, Failure> {
    let filter = which.filter.clone().unwrap_or_default();
    desk.filter(&filter).map_err(|error| Failure(format!("--filter: {error}")))?;
    Ok(ListQuery { filter, screen: which.screen.map(Into::into), open_only: which.open, ..ListQuery::default() })
}

fn decision(row: &ItemRow<'_>) -> String {
    match &row.standing {
        Standing::Open => "open".into(),
        Standing::Decided(decision) => decision.verdict.name().into(),
        Standing::Stale(decision) => format!("open, was {}", decision.verdict.name()),
        Standing::Settled => String::new(),
    }
}

/// `width`: of the screen, where there is one.
fn page(desk: &Desk, items: &[u32], shown: &[u32], width: Option<usize>) -> String {
    let header = ["day", "outcome", "what", "user", "project", "decision", "id", "billed", "recorded", "difference"];
    let amount = |amount: Option<Amount>| amount.map_or_else(String::new, |amount| amount.to_string());
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|item| {
            let row = desk.row(*item);
            vec![
                row.at.map_or_else(String::new, |at| at.day().to_string()),
                row.cells.outcome.label().to_owned(),
                row.cells.what.to_owned(),
                row.cells.user.to_owned(),
                row.cells.project.to_string(),
                decision(&row),
                desk.item_id(*item).into_owned(),
                amount(row.cells.billed),
                amount(row.cells.recorded),
                amount(row.cells.difference),
            ]
        })
        .collect();
    let mut out = if rows.is_empty() { String::new() } else { table::columns(7, &header.map(str::to_owned), &rows) };
    if width.is_some_and(|width| out.lines().any(|line| line.width() > width)) {
        out = rows.iter().map(|row| below_each_other(&header, row)).collect();
    }
    let totals = desk.subtotal(items);
    let left = items.len() - shown.len();
    if left > 0 {
        out.push_str(&format!("… and {} more\n", text::items(left)));
    }
    for item in shown {
        if let Some(carried) = desk.carried_view(*item) {
            out.push_str(&format!("{}: {}\n", desk.item_id(*item), carried.sentence));
        }
    }
    out.push_str(&format!(
        "{} of {}, {} open: billed {}, recorded {}, difference {}\n",
        text::items(items.len()),
        desk.month(),
        text::count(totals.open as i64),
        text::money(totals.billed),
        text::money(totals.recorded),
        text::money(totals.difference)
    ));
    out
}

/// One item in three lines, for a screen that the table is too wide for: what
/// it is and comes to, whose it is, and its id.
fn below_each_other(header: &[&str], row: &[String]) -> String {
    let line = |columns: &[&str]| {
        let cells = header.iter().zip(row).filter(|(name, cell)| columns.contains(name) && !cell.is_empty());
        let cells = cells.map(|(name, cell)| match *name {
            "billed" | "recorded" | "difference" => format!("{name} {cell}"),
            _ => cell.clone(),
        });
        cells.collect::<Vec<_>>().join("  ")
    };
    format!(
        "{}\n    {}\n    {}\n",
        line(&["day", "outcome", "decision", "billed", "recorded", "difference"]),
        line(&["what", "user", "project"]),
        line(&["id"])
    )
}

#[derive(Serialize)]
struct Report<'a> {
    period: String,
    filter: Option<&'a str>,
    items: u64,
    open: u64,
    billed: Amount,
    recorded: Amount,
    /// Of the items that were compared.
    difference: Amount,
    rows: Vec<RowReport>,
}

#[derive(Serialize)]
struct RowReport {
    id: String,
    day: Option<String>,
    outcome: &'static str,
    cause: &'static str,
    what: String,
    user: String,
    project: String,
    billed_tokens: Option<i64>,
    recorded_tokens: Option<i64>,
    billed: Option<Amount>,
    recorded: Option<Amount>,
    difference: Option<Amount>,
    /// The verdict in force; nothing while the item is open.
    decision: Option<&'static str>,
    reason: Option<String>,
    /// The rule that decided it, once somebody said yes: `rule small v2`.
    decided_by: Option<String>,
    note: String,
    badges: Vec<&'static str>,
    /// The way it came from an earlier month.
    carried: Option<CarriedReport>,
    bill_origins: Vec<String>,
    ledger_origins: Vec<String>,
}

#[derive(Serialize)]
struct CarriedReport {
    since: String,
    times: u32,
    months: u32,
    days: Option<u32>,
    cleared: bool,
    sentence: String,
}

fn json(desk: &Desk, filter: Option<&str>, items: &[u32], shown: &[u32]) -> Result<String, Failure> {
    let totals = desk.subtotal(items);
    let report = Report {
        period: desk.month().to_string(),
        filter,
        items: totals.items,
        open: totals.open,
        billed: totals.billed,
        recorded: totals.recorded,
        difference: totals.difference,
        rows: shown.iter().map(|item| row_report(desk, *item)).collect(),
    };
    output::json(&report)
}

fn row_report(desk: &Desk, item: u32) -> RowReport {
    let row = desk.row(item);
    let detail = desk.detail(item);
    let decided = match row.standing {
        Standing::Decided(decision) => Some(decision),
        _ => None,
    };
    RowReport {
        id: desk.item_id(item).into_owned(),
        day: row.at.map(|at| at.day().to_string()),
        outcome: row.cells.outcome.name(),
        cause: row.cells.cause.name(),
        what: row.cells.what.to_owned(),
        user: row.cells.user.to_owned(),
        project: row.cells.project.to_string(),
        billed_tokens: row.cells.billed_tokens,
        recorded_tokens: row.cells.recorded_tokens,
        billed: row.cells.billed,
        recorded: row.cells.recorded,
        difference: row.cells.difference,
        decision: decided.map(|decision| decision.verdict.name()),
        reason: decided.map(|decision| decision.reason.clone()).filter(|reason| !reason.is_empty()),
        decided_by: desk.decided_by(item).map(ToString::to_string),
        note: detail.note,
        carried: detail.carried.map(|carried| CarriedReport {
            since: carried.since.to_string(),
            times: carried.times,
            months: carried.months,
            days: carried.days,
            cleared: carried.cleared.is_some(),
            sentence: carried.sentence,
        }),
        badges: row.badges.iter().map(|badge| badge.label()).collect(),
        bill_origins: detail.bill_origins,
        ledger_origins: detail.ledger_origins,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_that_is_too_wide_stands_in_three_lines_with_nothing_left_out() {
        let header =
            ["day", "outcome", "what", "user", "project", "decision", "id", "billed", "recorded", "difference"];
        let cells = ["2026-01-05", "matched", "gpt-4o", "ab@x.edu", "astro", "open", "req_1", "0.5", "", "0.5"];
        assert_eq!(
            below_each_other(&header, &cells.map(str::to_owned)),
            "2026-01-05  matched  open  billed 0.5  difference 0.5\n    gpt-4o  ab@x.edu  astro\n    req_1\n"
        );
    }
}
