//! Findings as text, CSV and JSON, and the preview of adopting one.

use std::fmt::Write;

use serde::Serialize;

use super::super::{Failure, output};
use crate::amount::Amount;
use crate::desk::{Desk, Scope, Why, WhyFinding, text};

/// The whole answer for people.
pub fn page(desk: &Desk, scope: &Scope, why: &Why) -> String {
    let mut out = String::new();
    let of = match scope {
        Scope::Month => String::new(),
        Scope::Items(items) => format!(", {} of the filter", text::items(items.len())),
    };
    let _ = writeln!(out, "Month {}{of}: {} billed minus recorded", desk.month(), text::money(why.total));
    let _ = writeln!(out);
    out.push_str(&ranked(why, usize::MAX, true));
    for (at, assumption) in desk.assumptions().iter().enumerate() {
        let _ = writeln!(out, "Taken for granted ({}): {assumption}; --drop {0} ends that", at + 1);
    }
    out
}

/// The first findings, each with its sentence and, if asked, how to adopt it;
/// and what nobody explains.
pub fn ranked(why: &Why, most: usize, how: bool) -> String {
    let mut out = String::new();
    for (at, finding) in why.findings.iter().take(most).enumerate() {
        let _ = writeln!(
            out,
            "{:>3}. {:>18}  {} ({}){}",
            at + 1,
            text::money(finding.explained),
            finding.cause.label(),
            text::items(finding.items.len()),
            if finding.explained.is_zero() && !finding.moved.is_zero() {
                format!(", {} without regard to signs", text::money(finding.moved))
            } else {
                String::new()
            }
        );
        let _ = writeln!(out, "     {}", finding.sentence);
        if how && finding.proposal.is_some() {
            let _ = writeln!(out, "     To adopt it: trueup why --adopt {}", at + 1);
        }
    }
    if let Some(more) = why.findings.len().checked_sub(most).filter(|more| *more > 0) {
        let _ = writeln!(out, "     and {}; trueup why lists all", text::counted(more as u64, "more cause"));
    }
    let apart = if why.apart == why.unexplained.abs() {
        String::new()
    } else {
        format!("; {} without regard to signs", text::money(why.apart))
    };
    let _ = writeln!(out, "Unexplained: {}{apart}", text::money(why.unexplained));
    out
}

/// One finding for programs.
#[derive(Serialize)]
pub struct FoundReport {
    /// For `trueup why --adopt`.
    number: usize,
    cause: &'static str,
    probe: &'static str,
    explained: Amount,
    /// Without regard to signs.
    moved: Amount,
    items: usize,
    exact: bool,
    sentence: String,
    adoptable: bool,
}

pub fn reports(why: &Why) -> Vec<FoundReport> {
    let report = |(at, finding): (usize, &WhyFinding)| FoundReport {
        number: at + 1,
        cause: finding.cause.name(),
        probe: finding.probe,
        explained: finding.explained,
        moved: finding.moved,
        items: finding.items.len(),
        exact: finding.exact,
        sentence: finding.sentence.clone(),
        adoptable: finding.proposal.is_some(),
    };
    why.findings.iter().enumerate().map(report).collect()
}

#[derive(Serialize)]
struct Report<'a> {
    period: String,
    filter: Option<&'a str>,
    variance: Amount,
    causes: Vec<FoundReport>,
    unexplained: Amount,
    unexplained_without_signs: Amount,
    assumptions: Vec<String>,
}

pub fn json(desk: &Desk, filter: Option<&str>, why: &Why) -> Result<String, Failure> {
    let report = Report {
        period: desk.month().to_string(),
        filter,
        variance: why.total,
        causes: reports(why),
        unexplained: why.unexplained,
        unexplained_without_signs: why.apart,
        assumptions: desk.assumptions().iter().map(ToString::to_string).collect(),
    };
    output::json(&report)
}

pub const HEADER: [&str; 10] =
    ["month", "number", "cause", "probe", "explained", "moved", "items", "exact", "adoptable", "sentence"];

/// A row for each finding, and a last one for what none explains.
pub fn rows(desk: &Desk, why: &Why) -> Vec<Vec<String>> {
    let month = desk.month().to_string();
    let row = |report: FoundReport| {
        vec![
            month.clone(),
            report.number.to_string(),
            report.cause.to_owned(),
            report.probe.to_owned(),
            report.explained.to_string(),
            report.moved.to_string(),
            report.items.to_string(),
            report.exact.to_string(),
            report.adoptable.to_string(),
            report.sentence,
        ]
    };
    let mut rows: Vec<Vec<String>> = reports(why).into_iter().map(row).collect();
    let left = [
        month.clone(),
        String::new(),
        "unexplained".into(),
        String::new(),
        why.unexplained.to_string(),
        why.apart.to_string(),
    ];
    rows.push(left.into_iter().chain(std::iter::repeat_n(String::new(), 4)).collect());
    rows
}
