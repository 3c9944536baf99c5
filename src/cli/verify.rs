//! `trueup verify`: whether signed months still stand, in a book or in an
//! archive of evidence.

use std::fmt::Write as _;

use serde::Serialize;

use super::close_args::Verify as Args;
use super::shared_args::Format;
use super::{Ended, Failure, output, table};
use crate::desk::{Says, Verified, text, verify_archive, verify_book};

pub fn run(args: &Args) -> Result<Ended, Failure> {
    let all = match &args.archive {
        Some(archive) => vec![verify_archive(archive)?],
        None => verify_book(&args.book, args.month)?,
    };
    let bytes = match args.format {
        Format::Text => output::shown(&page(&all)).into_bytes(),
        Format::Json => json(&all)?.into_bytes(),
        Format::Csv => table::csv(&[4], &HEADER.map(str::to_owned), &rows(&all)),
    };
    output::to_stdout(&bytes)?;
    Ok(if all.iter().all(Verified::stands) { Ended::Well } else { Ended::Unhealthy })
}

const fn word(says: Says) -> &'static str {
    match says {
        Says::Holds => "holds",
        Says::Differs => "DIFFERS",
        Says::NotChecked => "not checked",
        Says::ChangedSince => "changed",
    }
}

fn page(all: &[Verified]) -> String {
    let mut out = String::new();
    for one in all {
        let version = &one.version;
        let reopened = if version.reopened.is_some() { ", since reopened" } else { "" };
        let _ = writeln!(
            out,
            "{}, version {}: {}, signed by {} {}{reopened}",
            version.month,
            version.number,
            text::dollars(&version.total),
            version.who,
            text::minute(version.at)
        );
        for finding in &one.findings {
            let _ = writeln!(out, "  {:<11} {:<8} {}", word(finding.says), finding.what, finding.text);
        }
        let _ = writeln!(out, "  seal {}", one.seal);
        out.push_str(if one.stands() { "  It stands.\n" } else { "  It does not stand.\n" });
    }
    out
}

const HEADER: [&str; 5] = ["month", "version", "says", "what", "text"];

fn rows(all: &[Verified]) -> Vec<Vec<String>> {
    let of = |one: &Verified| {
        let (month, version) = (one.version.month.to_string(), one.version.number.to_string());
        let row = move |finding: &crate::desk::Finding| {
            let says = word(finding.says).to_lowercase();
            vec![month.clone(), version.clone(), says, finding.what.to_owned(), finding.text.clone()]
        };
        one.findings.iter().map(row).collect::<Vec<_>>()
    };
    all.iter().flat_map(of).collect()
}

#[derive(Serialize)]
struct Report<'a> {
    month: String,
    version: u32,
    signed_by: &'a str,
    at: String,
    total: &'a str,
    reopened: bool,
    seal: &'a str,
    stands: bool,
    findings: Vec<FindingReport<'a>>,
}

#[derive(Serialize)]
struct FindingReport<'a> {
    what: &'a str,
    says: String,
    text: &'a str,
}

fn json(all: &[Verified]) -> Result<String, Failure> {
    let report = |one: &'_ Verified| -> serde_json::Result<serde_json::Value> {
        serde_json::to_value(Report {
            month: one.version.month.to_string(),
            version: one.version.number,
            signed_by: &one.version.who,
            at: one.version.at.to_string(),
            total: &one.version.total,
            reopened: one.version.reopened.is_some(),
            seal: &one.seal,
            stands: one.stands(),
            findings: one
                .findings
                .iter()
                .map(|finding| FindingReport {
                    what: finding.what,
                    says: word(finding.says).to_lowercase(),
                    text: &finding.text,
                })
                .collect(),
        })
    };
    let reports = all.iter().map(report).collect::<serde_json::Result<Vec<_>>>();
    output::json(&reports.map_err(|error| Failure(error.to_string()))?)
}
