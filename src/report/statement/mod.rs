//! What a month's subsidies come to, for those who pay them and those who get
//! them: a statement for each sponsor, one for each PI, and an overview that
//! all of them add up to.
//!
//! An allocation and the cents of its file come in; [`Statements`] come out,
//! and become pages, tables and JSON here. Nothing is rounded here: every cent
//! is one that an export of the same approvals writes.

mod cells;
mod files;
mod gather;
mod json;
mod names;
mod pages;
#[cfg(test)]
mod tests;

use crate::amount::{Amount, Cents};
use crate::calendar::{Day, Month, PeriodKey};

pub use files::Form;
pub use gather::{Ask, statements};

/// What something costs, and who pays it: `full` is the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Split {
    pub full: Cents,
    /// What sponsors pay of it.
    pub discount: Cents,
    /// What is left to the payer's own fund.
    pub billed: Cents,
}

impl std::ops::AddAssign for Split {
    fn add_assign(&mut self, other: Self) {
        self.full = self.full + other.full;
        self.discount = self.discount + other.discount;
        self.billed = self.billed + other.billed;
    }
}

/// All statements of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statements {
    pub month: Month,
    /// Of all amounts, such as `USD`.
    pub currency: String,
    /// Only caps of this period were asked for.
    pub period: Option<PeriodKey>,
    /// By fund, then email.
    pub sponsors: Vec<Sponsor>,
    /// PIs with a charge in the month, by email.
    pub pis: Vec<Pi>,
    /// Charges that are nobody's.
    pub unassigned: Split,
    pub total: Split,
    /// Items of the month that still need a decision: what is stated is not all
    /// there will be.
    pub open: u64,
    /// What was approved, exact, as the tie-out has it in parts.
    pub tie_out: Vec<(&'static str, Amount)>,
    /// The sum of all charges, exact; cents make `total.full` of it.
    pub exact: Amount,
}

/// One sponsor's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sponsor {
    pub fund_org: String,
    /// Where the rules name one.
    pub email: Option<String>,
    /// In the order in which they draw.
    pub rules: Vec<RuleLines>,
    /// What it pays of the month, whatever the period asked for.
    pub total: Cents,
}

/// A rule with its caps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleLines {
    pub name: String,
    pub description: String,
    /// The services it covers.
    pub services: Vec<String>,
    pub enabled: bool,
    /// Caps that anything was used of in the period, this month or before.
    pub caps: Vec<CapLine>,
    /// Further caps, of which nothing was used so far.
    pub untouched: usize,
    /// Of the caps listed: the month's charges under the rule, and what of
    /// them it pays.
    pub charges: Cents,
    pub subsidised: Cents,
}

/// One cap over its period, up to the end of the month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapLine {
    pub rule: String,
    /// Whose cap it is.
    pub subject: String,
    pub period: PeriodKey,
    /// First and last day of the period.
    pub bounds: (Day, Day),
    pub cap: Amount,
    /// Charges under the rule in the period so far.
    pub used_to_date: Cents,
    /// What the rule pays of this month's charges, and of all of the period so
    /// far.
    pub this_month: Cents,
    pub to_date: Cents,
    /// Whole cents that are left. Below zero when a cap was lowered beneath
    /// what was drawn already.
    pub remaining: Cents,
    /// Who had charges under it this month, by project.
    pub members: Vec<Member>,
}

/// A project's part of what was used of a cap in the month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub project: String,
    pub pi_email: String,
    /// Charges under the rule, and what of them it pays.
    pub charges: Cents,
    pub subsidised: Cents,
}

/// One PI's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pi {
    pub email: String,
    pub charges: u64,
    pub total: Split,
    /// By project and fund, by service, and by user.
    pub projects: Vec<Line>,
    pub services: Vec<Line>,
    pub users: Vec<Line>,
    /// By all three, as the finest there is.
    pub lines: Vec<Line>,
    /// Who pays the discount, in the order of the rules.
    pub discounts: Vec<Discount>,
    /// The caps that their charges count against; members are their own
    /// projects.
    pub caps: Vec<CapLine>,
}

/// Charges with something in common; what they do not have is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub project: String,
    pub fund_org: String,
    pub service: String,
    pub user: String,
    pub charges: u64,
    pub split: Split,
}

/// What one rule pays for a PI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discount {
    pub rule: String,
    /// The sponsor's fund.
    pub fund_org: String,
    pub amount: Cents,
}

impl Statements {
    /// What making whole cents added, all charges together.
    pub fn rounding(&self) -> Amount {
        self.total.full.amount().minus(self.exact)
    }

    /// Whether everything adds up: what was approved is what is charged, its
    /// cents are the nearest, PIs and unassigned make the total, and sponsors
    /// its discount.
    pub fn adds_up(&self) -> bool {
        let mut sum = self.unassigned;
        self.pis.iter().for_each(|pi| sum += pi.total);
        let sponsors: Cents = self.sponsors.iter().map(|sponsor| sponsor.total).sum();
        let approved: Amount = self.tie_out.iter().map(|(_, amount)| *amount).sum();
        sum == self.total
            && sponsors == self.total.discount
            && self.total.discount + self.total.billed == self.total.full
            && approved == self.exact
            && self.total.full == Cents::nearest(self.exact)
    }
}
