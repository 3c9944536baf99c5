//! The manifest beside an exported file: what went in, what came out, and the
//! figures by which anyone can check the two. No time of writing stands in it:
//! the same month written again gives the same manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::row::ChargeType;
use super::sheet::Sheet;
use crate::amount::{Amount, Cents};
use crate::calendar::Month;

/// A file by name and content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HashedFile {
    /// What it is to the month: `bill`, `ledger`, `prices`, `projects`,
    /// `subsidies`, `settings`.
    pub role: String,
    pub name: String,
    /// In lower-case hexadecimal.
    pub sha256: String,
}

/// What the rows do not say about an export.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub profile: String,
    /// Files that went in, in any order.
    pub inputs: Vec<HashedFile>,
    /// The file that came out.
    pub output_name: String,
    pub output_sha256: String,
    /// Items by outcome and decisions by verdict, under their names.
    pub items: BTreeMap<String, u64>,
    pub decisions: BTreeMap<String, u64>,
    /// The figures of the tie-out, exact, under their names.
    pub tie_out: BTreeMap<String, Amount>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub program: String,
    pub version: String,
    pub profile: String,
    pub month: Month,
    pub inputs: Vec<HashedFile>,
    pub output: Output,
    /// Cents as decimal strings, as are all amounts.
    pub total: String,
    /// Of the total, what the projects' own funds and the sponsors pay.
    pub billable: String,
    pub subsidized: String,
    pub payers: Vec<PayerTotal>,
    pub items: BTreeMap<String, u64>,
    pub decisions: BTreeMap<String, u64>,
    pub tie_out: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    pub name: String,
    pub sha256: String,
    pub rows: u64,
    pub usage_rows: u64,
    pub subsidy_rows: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tax_rows: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayerTotal {
    pub fund_org: String,
    pub billed: String,
    pub projects: Vec<ProjectTotal>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectTotal {
    pub project_id: String,
    pub billed: String,
}

/// What is not there is not stated.
const fn is_zero(rows: &u64) -> bool {
    *rows == 0
}

/// The manifest of an export of these rows, sorted throughout. Purchases,
/// which charge nobody, are among the rows and in no sum.
pub fn manifest(sheet: &Sheet, facts: &Facts) -> Manifest {
    let (total, subsidized) = sheet.totals();
    let (mut usage_rows, mut subsidy_rows, mut tax_rows) = (0, 0, 0);
    let mut payers: BTreeMap<&str, BTreeMap<&str, Cents>> = BTreeMap::new();
    for sum in sheet.sums() {
        match sum.charge_type {
            ChargeType::Subsidy => subsidy_rows += sum.rows,
            ChargeType::Usage | ChargeType::Purchase => usage_rows += sum.rows,
            ChargeType::Tax => tax_rows += sum.rows,
        }
        let billed = payers.entry(sum.payer.fund_org).or_default().entry(sum.payer.project_id).or_default();
        *billed = *billed + sum.cents;
    }
    let payers = payers.into_iter().map(|(fund_org, projects)| PayerTotal {
        fund_org: fund_org.into(),
        billed: projects.values().copied().sum::<Cents>().to_string(),
        projects: projects
            .into_iter()
            .map(|(id, billed)| ProjectTotal { project_id: id.into(), billed: billed.to_string() })
            .collect(),
    });
    let mut inputs = facts.inputs.clone();
    inputs.sort();
    Manifest {
        program: env!("CARGO_PKG_NAME").into(),
        version: env!("CARGO_PKG_VERSION").into(),
        profile: facts.profile.clone(),
        month: sheet.month,
        inputs,
        output: Output {
            name: facts.output_name.clone(),
            sha256: facts.output_sha256.clone(),
            rows: sheet.len() as u64,
            usage_rows,
            subsidy_rows,
            tax_rows,
        },
        total: total.to_string(),
        billable: (total - subsidized).to_string(),
        subsidized: subsidized.to_string(),
        payers: payers.collect(),
        items: facts.items.clone(),
        decisions: facts.decisions.clone(),
        tie_out: facts.tie_out.iter().map(|(name, amount)| (name.clone(), amount.to_string())).collect(),
    }
}

impl Manifest {
    /// As it is written: indented JSON and a line end.
    pub fn text(&self) -> String {
        // Texts, numbers and lists: nothing here can fail to become JSON.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}
