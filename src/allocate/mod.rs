//! Who pays: approved charges to projects and payers, and what subsidy rules
//! take over.
//!
//! `projects.json` and `subsidies.json` come in as text, charges as values;
//! out goes an [`Allocation`]: every charge with its draws, and the position of
//! every cap before and after the month. Amounts stay exact; cents are made
//! when a file is written.

mod burn_down;
mod draw;
mod json;
mod measured;
mod projects;
mod refund;
mod rules;
mod state_file;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::ops::Index;
use std::sync::Arc;

use crate::amount::{Amount, Cents, Quantity};
use crate::calendar::{Day, Period, PeriodKey};

pub use burn_down::{project_burn_down, series};
pub(crate) use draw::Coverage;
pub use draw::allocate;
pub use measured::{LotShare, Lots, Measured};
pub use projects::add_user;
pub use rules::{parse_subsidies, unknown_projects};
pub use state_file::{State, StateEntry, parse_state, parse_state_entries, state_text};

/// What files carry as project, payer and PI of usage that is nobody's.
pub const UNASSIGNED: &str = "unassigned";

/// A project of `projects.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    pub id: String,
    pub name: String,
    pub pi_email: String,
    pub fund_org: String,
    /// Emails, trimmed and in lower case, with their role and the days on
    /// which they belong to the project.
    pub users: Vec<Member>,
    pub openai_projects: Vec<String>,
    pub api_keys: Vec<String>,
    pub user_ids: Vec<String>,
    pub from: Option<Day>,
    /// The last day, inclusive.
    pub to: Option<Day>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub email: String,
    pub role: String,
    pub from: Option<Day>,
    /// The last day, inclusive.
    pub to: Option<Day>,
}

/// `projects.json`, indexed for look-up. Made by [`Projects::parse`] or
/// [`Projects::new`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Projects {
    pub list: Vec<Project>,
    by_key: BTreeMap<String, Vec<Claim>>,
    by_user: BTreeMap<String, Vec<Claim>>,
    by_project: BTreeMap<String, Vec<Claim>>,
}

/// A project's claim on a key, user or provider's project, with the first and
/// last day it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Claim {
    project: u32,
    from: Option<Day>,
    to: Option<Day>,
}

/// What a line says about who used it. Empty where it says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Who<'a> {
    pub api_key: &'a str,
    /// An email or a user id.
    pub user: &'a str,
    /// The provider's project.
    pub project: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payer {
    /// Index into [`Projects::list`].
    Project(u32),
    Unassigned(Unassigned),
}

/// Why nobody pays by the mapping: an open item, never a guess.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unassigned {
    /// Neither key, user nor project is in `projects.json` on that day.
    Unknown,
    /// More than one project claims it on that day; ascending.
    Several(Vec<u32>),
}

/// A subsidy rule of `subsidies.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubsidyRule {
    pub name: String,
    pub description: String,
    /// The sponsor's fund, which pays what the rule covers.
    pub fund_org: String,
    /// `None`: the sponsor's rows carry the PI's email, as documented.
    pub sponsor_email: Option<String>,
    pub cap: Amount,
    pub period: Period,
    /// Service names it covers, such as `OpenAI`.
    pub services: Vec<String>,
    /// `None`: all projects.
    pub eligible_projects: Option<Vec<String>>,
    pub enabled: bool,
}

/// An approved amount, attributed. One row of usage of a chargeback file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The item it comes from; its number in the reconciliation.
    pub item: u32,
    /// What like charges share, the same in every export:
    /// `openai:codex:ab@x.edu:2026-01-07`.
    pub base: String,
    /// 1, and 2 and so on for further charges of the same base. The pair is
    /// unique within an export and the same in every export.
    pub occurrence: u32,
    pub day: Day,
    /// `OpenAI` for credit reports, `OpenAI API` for platform usage.
    pub service: &'static str,
    /// Negative for a refund.
    pub amount: Amount,
    /// Index into [`Projects::list`]; `None` is unassigned and draws nothing.
    pub project: Option<u32>,
    /// Email or user id as the bill has it, folded. Shared, since a user has
    /// many charges.
    pub user: Arc<str>,
    /// Usage type or model.
    pub what: Arc<str>,
    pub credits: Option<Quantity>,
    pub quantity: Option<Quantity>,
    pub measured: Measured,
}

/// What one rule takes over of one charge; negative where a refund is undone,
/// never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// Index into the rules.
    pub rule: u16,
    /// Index into [`Allocation::positions`].
    pub position: u32,
    pub amount: Amount,
}

/// The draws of all charges by charge number: `draws[7]` are those of charge
/// 7, in the order of the rules, often none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draws {
    all: Vec<Draw>,
    /// Where the draws of each charge end.
    ends: Vec<u32>,
}

/// One rule, project and period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    pub rule: String,
    pub project: String,
    pub period: PeriodKey,
}

/// What earlier months used and drew, in cents as they were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Opening {
    /// The project's charges under the rule.
    pub used: Cents,
    pub subsidized: Cents,
}

/// Openings by scope.
pub type Openings = BTreeMap<Scope, Opening>;

/// A scope's burn-down over a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    pub scope: Scope,
    pub cap: Amount,
    pub opening: Opening,
    /// The month's charges under the rule, and what of them it takes over.
    pub used: Amount,
    pub drawn: Amount,
    /// The month's draws by day, only days with any, ascending.
    pub days: Vec<(Day, Amount)>,
    /// First and last day of the period.
    pub bounds: (Day, Day),
}

impl Position {
    /// What is left of the cap after the month. Below zero when a cap was
    /// lowered beneath what was drawn already.
    pub fn remaining(&self) -> Amount {
        self.cap.minus(self.opening.subsidized.amount()).minus(self.drawn)
    }
}

/// Charges in the order of drawing (day; a day's refunds behind its charges;
/// base and occurrence), each with its draws.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allocation {
    pub charges: Vec<Charge>,
    pub draws: Draws,
    /// One for each scope with a charge in the month, and for each scope of
    /// the month's periods with an opening or with a project that an enabled
    /// rule covers; sorted by scope.
    pub positions: Vec<Position>,
    /// Each refund with the earlier charge that it takes back, by charge
    /// number, ascending.
    pub refunds: Vec<(u32, u32)>,
    /// Refunds (by charge number) for which no earlier charge was found. They
    /// are open items and unwind nothing.
    pub orphan_refunds: Vec<u32>,
}

impl Allocation {
    /// What the payer's own fund pays of a charge.
    pub fn billable(&self, charge: usize) -> Amount {
        self.draws[charge].iter().fold(self.charges[charge].amount, |left, draw| left.minus(draw.amount))
    }

    /// The day whose period's cap a charge counts against: its own, and for a
    /// refund that of the charge it takes back. `None` for a refund of
    /// nothing, which counts against no cap.
    pub fn counts_on(&self, charge: u32) -> Option<Day> {
        if self.orphan_refunds.binary_search(&charge).is_ok() {
            return None;
        }
        let counted = match self.refunds.binary_search_by_key(&charge, |(refund, _)| *refund) {
            Ok(at) => self.refunds[at].1,
            Err(_) => charge,
        };
        self.charges.get(counted as usize).map(|c| c.day)
    }
}

impl Draws {
    /// Adds the draws of the next charge.
    fn push(&mut self, draws: impl IntoIterator<Item = Draw>) {
        self.all.extend(draws);
        self.ends.push(self.all.len() as u32);
    }

    /// Number of charges.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The draws of each charge.
    pub fn iter(&self) -> impl Iterator<Item = &[Draw]> {
        (0..self.len()).map(|charge| &self[charge])
    }
}

impl Index<usize> for Draws {
    type Output = [Draw];
    fn index(&self, charge: usize) -> &[Draw] {
        let start = if charge == 0 { 0 } else { self.ends[charge - 1] };
        &self.all[start as usize..self.ends[charge] as usize]
    }
}

/// When a scope's cap runs out if the days go on as they did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    /// The even share of the cap by that day.
    pub even_pace: Amount,
    /// `None`: not within the period.
    pub runs_out: Option<Day>,
}
