//! What `convert` says at its end.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::allocate::{Scope, StateEntry};
use crate::amount::Cents;
use crate::book::ExportPlan;
use crate::desk::{Desk, text};

/// All months of a run, added up as they are converted.
#[derive(Default)]
pub(super) struct Summary {
    remarks: Vec<String>,
    warnings: u64,
    input_rows: u64,
    output_rows: u64,
    total: Cents,
    subsidised: Cents,
    /// Files written, as they were named.
    pub files: Vec<String>,
    balances: BTreeMap<Scope, StateEntry>,
}

impl Summary {
    pub fn say(&mut self, text: &str) {
        self.remarks.push(text.to_owned());
    }

    pub fn warn(&mut self, text: &str) {
        self.warnings += 1;
        self.say(&format!("Warning: {text}"));
    }

    pub fn add(&mut self, desk: &Desk, plan: &ExportPlan<'_>) {
        let (_, subsidised) = desk.sheet().totals();
        self.input_rows += desk.comparison().2.bill_lines;
        self.output_rows += plan.rows;
        self.total = self.total + plan.total;
        self.subsidised = self.subsidised + subsidised;
        self.balances.extend(desk.balances_after(plan));
    }

    pub fn text(&self) -> String {
        let mut out = String::new();
        for remark in &self.remarks {
            let _ = writeln!(out, "{remark}");
        }
        let _ = writeln!(out, "\nInput rows:    {}", self.input_rows);
        let _ = writeln!(out, "Output rows:   {}", self.output_rows);
        let _ = writeln!(out, "Total:         {}", text::cents(self.total));
        let _ = writeln!(out, "  Subsidised:  {}", text::cents(self.subsidised));
        let _ = writeln!(out, "  Billable:    {}", text::cents(self.total - self.subsidised));
        let _ = writeln!(out, "Warnings:      {}", self.warnings);
        for file in &self.files {
            let _ = writeln!(out, "Output file:   {file}");
        }
        if !self.balances.is_empty() {
            let _ = writeln!(out, "\nSubsidies:");
        }
        for (scope, balance) in &self.balances {
            let _ = writeln!(out, "  {} ({}, {}):", scope.subject, scope.period, scope.rule);
            let _ = writeln!(out, "    Used:       {}", text::cents(balance.used));
            let _ = writeln!(out, "    Subsidised: {}", text::cents(balance.subsidized));
            let _ = writeln!(out, "    Remaining:  {}", text::cents(balance.remaining.unwrap_or_default()));
        }
        out
    }
}
