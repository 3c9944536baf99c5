//! Who pays: approved charges to projects and payers, and what subsidy rules
//! take over.
//!
//! `projects.json` and `subsidies.json` come in as text, charges as values;
//! out goes an [`Allocation`]: every charge with its draws, and the position of
//! every cap before and after the month. Amounts stay exact; cents are made
//! when a file is written.

mod add_user;
mod allocation;
mod base;
mod burn_down;
mod distribute;
mod draw;
mod earlier;
mod earlier_out;
#[cfg(test)]
mod earlier_tests;
mod earlier_text;
mod groups;
mod json;
mod measured;
#[cfg(test)]
mod options_tests;
mod projects;
mod projects_file;
mod reach;
mod refund;
mod resplit;
mod retroactive;
mod rule;
mod rule_text;
mod rules;
mod rules_shape;
mod scope;
mod set_cap;
mod set_terms;
mod shared_text;
#[cfg(test)]
mod some;
mod spans;
mod state_file;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use crate::amount::Amount;
use crate::calendar::Day;

pub use add_user::add_user;
pub use allocation::{Allocation, Draw, Draws, PerCharge, Position, TakenBack, Touch};
pub use base::{Base, Stem};
pub use burn_down::{Projection, project_burn_down, series, series_of_period};
pub use draw::{allocate, allocate_after};
pub use earlier::{Before, Chosen, CountedCap, DaySum, Earlier, EarlierCharge, EarlierMonth, Terms};
pub use earlier_out::charges_text;
pub use earlier_text::read_charges;
pub use measured::{Counts, LotShare, Lots, Measured};
pub use reach::{Gathering, Reach};
pub use refund::{Candidate, Orphan};
pub use resplit::{EarlierWith, MonthCharges, resplit, split_anew};
pub use retroactive::{DrawsByCharge, draws_by_charge, with_retroactive_caps};
pub use rule::{CapChange, Distribution, Percent, Rollover, SubsidyRule, Tier};
pub use rules::{parse_subsidies, unknown_projects};
pub use scope::{Level, Opening, Openings, Scope, Subject};
pub use set_cap::{CapEdit, set_cap};
pub use set_terms::{RuleEdit, RuleFigure, set_terms};
pub use shared_text::SharedText;
pub use state_file::{State, StateEntry, parse_state, parse_state_entries, state_text};

/// What files carry as project, payer and PI of usage that is nobody's.
pub const UNASSIGNED: &str = "unassigned";

/// A project of `projects.json`, for as long as one fund and one PI hold: a
/// project that changes either stands in [`Projects::list`] once for each, with
/// the same id, in the order of the days.
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
    /// First day on which it claims its users, keys and projects.
    pub from: Option<Day>,
    /// The last day, inclusive.
    pub to: Option<Day>,
    /// First day of its fund and PI.
    pub fund_from: Option<Day>,
    /// Their last day, inclusive.
    pub fund_to: Option<Day>,
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
    /// By index into `list`, the first index with the same id.
    firsts: Vec<u32>,
    /// By id, the first index with it.
    by_id: BTreeMap<String, u32>,
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
    /// Index into [`Projects::list`]: the project with the fund and PI of the
    /// day.
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
    /// The project that claims it has no fund in force on that day.
    Closed(u32),
}

/// An approved amount, attributed. One row of usage of a chargeback file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The item it comes from; its number in the reconciliation.
    pub item: u32,
    /// What like charges share, the same in every export.
    pub base: Base,
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
    pub user: SharedText,
    /// Usage type or model.
    pub what: SharedText,
    pub counts: Counts,
    pub measured: Measured,
}

impl Charge {
    /// What it is known by in the book, in every export of its month.
    pub fn key(&self) -> String {
        let mut key = String::with_capacity(self.what.len() + self.user.len() + 32);
        self.stem().push(&mut key);
        key.push(':');
        key.push_str(itoa::Buffer::new().format(self.occurrence));
        key
    }

    /// Its base: `openai:codex:ab@x.edu:2026-01-07`.
    pub fn stem(&self) -> Stem<'_> {
        match &self.base {
            Base::Own => Stem::Own { what: &self.what, user: &self.user, day: self.day },
            Base::Text(text) => Stem::Text(text),
        }
    }
}
