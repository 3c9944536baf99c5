//! `trueup pools`: each credit pool over the month, against what the provider
//! states is left, and what was entered about it.

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::fold::Wide;
use super::paper_args::Pools as Args;
use super::settle::settle;
use super::shared_args::Format;
use super::{Ended, Failure, month, output, screen, table};
use crate::amount::{Amount, Quantity};
use crate::desk::{Command, Desk, Refusal};
use crate::journal::Entered;
use crate::price::{EXAMPLE_PURCHASE, PoolMonth};

pub fn run(args: &Args) -> Result<Ended, Failure> {
    let reason = args.reason.clone().unwrap_or_default();
    let enter = |entered| Ok(Command::Enter { entered, removed: false });
    if let Some(stated) = &args.stated {
        let entered = Entered::PoolBalance { pool: stated.name.clone(), credits: stated.value };
        return settle(&args.files, args.answer, &|_| enter(entered.clone()));
    }
    if let Some(adjust) = &args.adjust {
        let entered = Entered::PoolAdjustment { pool: adjust.name.clone(), credits: adjust.value, reason };
        return settle(&args.files, args.answer, &|_| enter(entered.clone()));
    }
    if let Some(pool) = &args.settle {
        return settle(&args.files, args.answer, &|desk| {
            desk.settle_pool(pool, &reason).map_err(|Refusal(why)| Failure(why))
        });
    }
    let (_, desk) = month::load(&args.files, true)?;
    let pools = desk.pools();
    let rows: Vec<Vec<String>> = pools.iter().map(cells).collect();
    let header = HEADER.map(str::to_owned);
    match args.format {
        Format::Text => output::page(&page(&desk, &pools, &rows, output::screen_width())),
        Format::Csv => output::to_stdout(&table::csv(&[0, 11], &header, &rows)),
        Format::Json => {
            let reports: Vec<Report> = pools.iter().map(report).collect();
            output::to_stdout(output::json(&reports)?.as_bytes())
        }
    }
}

const HEADER: [&str; 12] = [
    "pool",
    "opening",
    "purchased",
    "used",
    "expired",
    "adjusted",
    "expected",
    "stated",
    "unexplained",
    "paid",
    "cost",
    "reason",
];

/// Figures that say how the credits moved over the month, from the opening to
/// what is expected.
const MOVES: usize = 6;

fn cells(pool: &PoolMonth) -> Vec<String> {
    let some = |credits: Option<Quantity>| credits.map(|credits| credits.to_string()).unwrap_or_default();
    let credits = [pool.opening, pool.purchased, pool.used, pool.expired, pool.adjusted, pool.expected];
    let mut cells = vec![pool.pool.clone()];
    cells.extend(credits.map(|credits| credits.to_string()));
    cells.extend([some(pool.stated), some(pool.unexplained())]);
    cells.extend([pool.paid.to_string(), pool.cost.to_string(), pool.reason.clone()]);
    cells
}

/// `width`: of the screen, where there is one.
fn page(desk: &Desk, pools: &[PoolMonth], rows: &[Vec<String>], width: Option<usize>) -> String {
    if pools.is_empty() {
        let none = format!(
            "pricing.json has no credit pool. What you bought is entered there, such as {EXAMPLE_PURCHASE}, or on \
             screen 5 of the review.\n"
        );
        return screen::prose(&none, width);
    }
    let headline =
        format!("Credit pools over {}: opening + purchased - used - expired + adjusted = expected\n", desk.month());
    let table = table::columns(1, &HEADER.map(str::to_owned), rows);
    let narrow = width.filter(|width| table.lines().any(|line| line.width() > *width));
    let table = narrow.map_or(table, |width| below_each_other(rows, width));
    screen::prose(&headline, width) + &table + &screen::prose(&sentences(pools, narrow.is_some()), width)
}

/// For a screen that the table is too wide for: how the credits moved, and
/// below that what they are held against and cost. Why they were adjusted is
/// said in a sentence then.
fn below_each_other(rows: &[Vec<String>], width: usize) -> String {
    let [pool, figures @ .., _] = HEADER;
    let row = |row: &Vec<String>| {
        let mut cells = row.iter().cloned();
        (cells.by_ref().take(1).collect(), cells.take(figures.len()).collect())
    };
    let wide = Wide {
        names: vec![pool.to_owned()],
        figures: figures.map(str::to_owned).to_vec(),
        parts: (0..figures.len()).map(|at| usize::from(at >= MOVES)).collect(),
        rows: rows.iter().map(row).collect(),
        total: None,
    };
    wide.folded(width)
}

fn sentences(pools: &[PoolMonth], with_reasons: bool) -> String {
    let mut out = String::new();
    for pool in pools {
        if with_reasons && !pool.reason.is_empty() {
            out.push_str(&format!("{}: {} credits adjusted: {}\n", pool.pool, pool.adjusted, pool.reason));
        }
        match pool.unexplained() {
            None => out.push_str(&format!("{}: the provider's balance is not entered (--stated)\n", pool.pool)),
            Some(zero) if zero.is_zero() => out.push_str(&format!("{}: as the provider states it\n", pool.pool)),
            Some(rest) => out.push_str(&format!(
                "{}: {rest} credits unexplained; the month cannot be signed until they are settled (--settle, --adjust)\n",
                pool.pool
            )),
        }
    }
    out
}

#[derive(Serialize)]
struct Report {
    pool: String,
    opening: Quantity,
    purchased: Quantity,
    used: Quantity,
    expired: Quantity,
    adjusted: Quantity,
    reason: String,
    expected: Quantity,
    stated: Option<Quantity>,
    unexplained: Option<Quantity>,
    paid: Amount,
    cost: Amount,
}

fn report(pool: &PoolMonth) -> Report {
    Report {
        pool: pool.pool.clone(),
        opening: pool.opening,
        purchased: pool.purchased,
        used: pool.used,
        expired: pool.expired,
        adjusted: pool.adjusted,
        reason: pool.reason.clone(),
        expected: pool.expected,
        stated: pool.stated,
        unexplained: pool.unexplained(),
        paid: pool.paid,
        cost: pool.cost,
    }
}
