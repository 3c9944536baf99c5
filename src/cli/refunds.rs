//! `trueup refunds`: which charge each refund of the month takes back, of this
//! month or of one before, and what sponsors get back; and saying it where it
//! is not known.

use serde::Serialize;

use super::close_args::Refunds as Args;
use super::settle::settle;
use super::shared_args::Format;
use super::{Ended, Failure, month, output, table};
use crate::allocate::Candidate;
use crate::amount::Amount;
use crate::desk::{Desk, RefundView, text};

pub fn run(args: &Args) -> Result<Ended, Failure> {
    if let (Some(refund), Some(charge)) = (&args.refund, &args.charge) {
        return settle(&args.files, args.answer, &|desk| Ok(desk.take_back(refund, charge, args.charged_in)));
    }
    if let Some(refund) = &args.drop {
        return settle(&args.files, args.answer, &|desk| Ok(desk.drop_take_back(refund)));
    }
    if args.answer.yes || args.answer.dry_run {
        return Err(Failure("--yes and --dry-run go with --refund or --drop; there is nothing to change.".into()));
    }
    let (_, desk) = month::load(&args.files, true)?;
    let refunds = desk.refunds();
    match args.format {
        Format::Text => output::page(&page(&desk, &refunds)),
        Format::Csv => {
            let rows: Vec<Vec<String>> = refunds.iter().map(cells).collect();
            output::to_stdout(&table::csv(&[4, 5], &HEADER.map(str::to_owned), &rows))
        }
        Format::Json => {
            let reports: Vec<Report> = refunds.iter().map(report).collect();
            output::to_stdout(output::json(&reports)?.as_bytes())
        }
    }
}

const HEADER: [&str; 9] = ["refund", "day", "user", "what", "amount", "subsidy", "charged_in", "charge", "said"];

fn cells(refund: &RefundView) -> Vec<String> {
    let (month, charge) =
        refund.takes_back.clone().map_or_else(Default::default, |(month, key)| (month.to_string(), key));
    let said = if refund.named { "named" } else { "" };
    vec![
        refund.key.clone(),
        refund.day.to_string(),
        refund.user.clone(),
        refund.what.clone(),
        refund.amount.to_string(),
        refund.subsidy.to_string(),
        month,
        charge,
        if refund.why.is_empty() { said.to_owned() } else { refund.why.clone() },
    ]
}

fn page(desk: &Desk, refunds: &[RefundView]) -> String {
    if refunds.is_empty() {
        return format!("{} charges no refund.\n", desk.month());
    }
    let mut out = String::new();
    for refund in refunds {
        let takes = match &refund.takes_back {
            Some((month, key)) => {
                let named = if refund.named { ", as was said" } else { "" };
                format!("takes back {key} of {month}{named}; {}", sponsors(refund.subsidy))
            }
            None => format!("is of no known charge: {}", refund.why),
        };
        out.push_str(&format!("{} ({}, {}) {takes}\n", refund.key, refund.day, text::money(refund.amount)));
    }
    desk.uncharged().iter().for_each(|said| out.push_str(&format!("{said}\n")));
    out
}

/// What sponsors get back is below zero, as a draw that is undone.
fn sponsors(subsidy: Amount) -> String {
    if subsidy.is_zero() {
        "sponsors get nothing back".to_owned()
    } else if subsidy.is_negative() {
        format!("sponsors get {} back", text::money(subsidy.negated()))
    } else {
        format!("sponsors pay {} more", text::money(subsidy))
    }
}

#[derive(Serialize)]
struct Report {
    refund: String,
    day: String,
    user: String,
    what: String,
    amount: String,
    /// What sponsors get back, below zero.
    subsidy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    takes_back: Option<Charge>,
    named: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    why: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<Charge>,
}

#[derive(Serialize)]
struct Charge {
    charged_in: String,
    charge: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<String>,
}

fn report(refund: &RefundView) -> Report {
    let candidate = |of: &Candidate| Charge {
        charged_in: of.month.to_string(),
        charge: of.key.clone(),
        left: Some(of.left.to_string()),
    };
    Report {
        refund: refund.key.clone(),
        day: refund.day.to_string(),
        user: refund.user.clone(),
        what: refund.what.clone(),
        amount: refund.amount.to_string(),
        subsidy: refund.subsidy.to_string(),
        takes_back: refund.takes_back.clone().map(|(month, charge)| Charge {
            charged_in: month.to_string(),
            charge,
            left: None,
        }),
        named: refund.named,
        why: refund.why.clone(),
        candidates: refund.candidates.iter().map(candidate).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sponsors_get_back_has_no_sign() {
        let said = |subsidy: &str| sponsors(Amount::parse(subsidy).unwrap());
        assert_eq!(said("-5"), "sponsors get $5.00 back");
        assert_eq!(said("0"), "sponsors get nothing back");
        assert_eq!(said("1.25"), "sponsors pay $1.25 more");
    }
}
