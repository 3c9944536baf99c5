//! `trueup invoice`: the provider's invoice of the month against the bill, and
//! its tax among those who are charged.

use serde::Serialize;

use super::paper_args::Invoice as Args;
use super::settle::settle;
use super::shared_args::Format;
use super::{Ended, Failure, month, output, table};
use crate::amount::Amount;
use crate::close::{InvoiceCheck, TaxShare};
use crate::desk::{Command, Desk, text};
use crate::journal::Entered;

pub fn run(args: &Args) -> Result<Ended, Failure> {
    if let (Some(number), Some(total)) = (&args.number, args.total) {
        let number = number.trim().to_owned();
        let entered = Entered::Invoice { number, total, tax: args.tax.unwrap_or_default() };
        return settle(&args.files, args.answer, &|_| Ok(Command::Enter { entered: entered.clone(), removed: false }));
    }
    if args.remove {
        return settle(&args.files, args.answer, &|desk| {
            let known = desk.invoice().ok_or_else(|| none(desk))?.invoice;
            let entered = Entered::Invoice { number: known.number, total: known.total, tax: known.tax };
            Ok(Command::Enter { entered, removed: true })
        });
    }
    let (_, desk) = month::load(&args.files, true)?;
    let Some(check) = desk.invoice() else { return Err(none(&desk)) };
    let shares = desk.tax_shares();
    let rows: Vec<Vec<String>> = shares.iter().map(cells).collect();
    let header = HEADER.map(str::to_owned);
    match args.format {
        Format::Text => output::page(&page(&desk, &check, &header, &rows)),
        Format::Csv => output::to_stdout(&table::csv(&[0, 1], &header, &rows)),
        Format::Json => output::to_stdout(output::json(&report(&check, &shares))?.as_bytes()),
    }
}

fn none(desk: &Desk) -> Failure {
    Failure(format!(
        "No invoice is entered for {}: trueup invoice --number NUMBER --total AMOUNT --tax AMOUNT.",
        desk.month()
    ))
}

const HEADER: [&str; 4] = ["fund_org", "project", "billed", "tax"];

fn cells(share: &TaxShare) -> Vec<String> {
    let (fund, project) = named(share);
    vec![fund, project, share.billed.to_string(), share.tax.to_string()]
}

fn named(share: &TaxShare) -> (String, String) {
    share.payer.clone().unwrap_or_else(|| ("(nobody charged)".to_owned(), String::new()))
}

fn page(desk: &Desk, check: &InvoiceCheck, header: &[String], rows: &[Vec<String>]) -> String {
    let invoice = &check.invoice;
    let net = invoice.total.minus(invoice.tax);
    let ties = match (check.ties, check.within) {
        (true, _) => "it ties to the bill",
        (false, true) => "it does not tie, within the materiality of config.toml",
        (false, false) => "it does not tie, and the month cannot be signed so",
    };
    let mut out = format!(
        "Invoice {} of {}: {} - tax {} = {}; the bill is {}, {} apart: {ties}.\n",
        invoice.number,
        desk.month(),
        text::money(invoice.total),
        text::money(invoice.tax),
        text::money(net),
        text::money(check.billed),
        text::money(check.difference),
    );
    if !invoice.tax.is_zero() {
        out.push_str("\nThe tax in proportion to what is charged of the month's bill, before subsidies:\n");
        out.push_str(&table::columns(2, header, rows));
    }
    out
}

#[derive(Serialize)]
struct Report {
    number: String,
    total: Amount,
    tax: Amount,
    billed: Amount,
    difference: Amount,
    ties: bool,
    within_materiality: bool,
    shares: Vec<ShareReport>,
}

#[derive(Serialize)]
struct ShareReport {
    fund_org: Option<String>,
    project: Option<String>,
    billed: Amount,
    tax: String,
}

fn report(check: &InvoiceCheck, shares: &[TaxShare]) -> Report {
    let share = |share: &TaxShare| {
        let (fund_org, project) = share.payer.clone().unzip();
        ShareReport { fund_org, project, billed: share.billed, tax: share.tax.to_string() }
    };
    Report {
        number: check.invoice.number.clone(),
        total: check.invoice.total,
        tax: check.invoice.tax,
        billed: check.billed,
        difference: check.difference,
        ties: check.ties,
        within_materiality: check.within,
        shares: shares.iter().map(share).collect(),
    }
}
