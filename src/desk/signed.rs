//! A signed month as it was signed, and as other months corrected it since,
//! against the same month as it is now: files that came later may say otherwise,
//! and the signed figures stay.

use std::sync::Arc;

use super::late_billed::{as_corrected, billed_of};
use super::standing::Code;
use super::{Desk, text};
use crate::allocate::Charge;
use crate::amount::{Amount, Cents};
use crate::calendar::Month;
use crate::close::{Correction, PayerDifference, SignedCharge, by_payer, corrections, signed_charges};
use crate::journal::Verdict;
use crate::reconcile;
use crate::review;

/// What the Close screen says of a version in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignedView {
    /// `version 1, signed by ada@desk on 2026-02-03 09:41`
    pub title: String,
    /// Where it is kept.
    pub file: String,
    /// SHA-256 of the sign-off.
    pub sha256: String,
    /// Exact sums of the charges before subsidies: as signed and as now.
    pub signed: Amount,
    pub now: Amount,
    /// Where it is corrected already, the earliest month first.
    pub billed: Vec<BilledIn>,
    /// What a correction in an open month would bring beyond that, the greatest
    /// first; `signed` in it is what stands by now.
    pub corrections: Vec<Correction>,
    /// Funds and projects for which that makes a difference.
    pub payers: Vec<PayerDifference>,
    /// Why the charges cannot be told apart, where they cannot.
    pub unknown: Option<String>,
}

/// Corrections of a signed month that another month bills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledIn {
    pub month: Month,
    /// The version of that month that is in force; `None` while it is not
    /// signed, and may still take them off.
    pub version: Option<u32>,
    /// Of its file.
    pub rows: u64,
    pub total: Cents,
}

impl BilledIn {
    /// In one sentence, for both faces.
    pub fn sentence(&self) -> String {
        let Self { month, version, rows, total } = self;
        let (rows, total) = (text::counted(*rows, "row"), text::cents(*total));
        let signed = match version {
            Some(number) => format!("signed as version {number}"),
            None => "which is not signed yet".to_owned(),
        };
        format!("Corrected in {month}, {signed}: {rows}, {total} in all.")
    }
}

impl SignedView {
    /// Whether something about the month is left to do: a correction to bill, a
    /// month with one to sign, or to find out why nothing can be told.
    pub fn is_open(&self) -> bool {
        self.unknown.is_some() || !self.corrections.is_empty() || self.billed.iter().any(|b| b.version.is_none())
    }

    /// That nothing is to be billed any more, for both faces.
    pub fn nothing_left(&self) -> &'static str {
        match self.billed.is_empty() {
            true => "Nothing came later that would change it.",
            false => "With that it is as it should be now; nothing is left to correct.",
        }
    }
}

impl Desk {
    /// The charges of the month as they would be now, had the decisions that
    /// were signed been taken on what is known now: a decided item whose
    /// amounts changed keeps its verdict, and a bill line that came later is
    /// passed on as billed. Items that have no payer or no price stay out.
    pub(super) fn charges_as_now(&self) -> Vec<SignedCharge> {
        signed_charges(&self.charges_now(), &self.config.projects)
    }

    /// The same as charges.
    pub(super) fn charges_now(&self) -> Vec<Charge> {
        let sides = self.sides();
        let items = &self.compared.items;
        let verdict = |item: u32, code: Code| match code {
            Code::Decided(verdict) => verdict.approves().then_some(verdict),
            Code::Stale => match self.state.settled(&reconcile::key(&sides, items, item)) {
                review::Standing::Stale(settled) => {
                    let verdict = settled.decision.verdict;
                    (verdict.approves() && self.left_out(item, verdict).is_none()).then_some(verdict)
                }
                _ => None,
            },
            Code::Open => {
                let billed = items.bill_rows(item).next().is_some();
                let verdict = Verdict::ApproveBilled;
                (billed && self.left_out(item, verdict).is_none()).then_some(verdict)
            }
            Code::Settled => None,
        };
        let all = self.standing.iter().enumerate();
        let approved = all.filter_map(|(item, code)| verdict(item as u32, *code).map(|v| (item as u32, v)));
        self.charges_of(approved)
    }

    /// What the month would have to be corrected by, greatest first; `None`
    /// while no version of it is in force.
    pub fn signed_view(&self) -> Option<SignedView> {
        let version = self.signed()?;
        let mut view = SignedView {
            title: format!("version {}, signed by {} on {}", version.number, version.who, text::minute(version.at)),
            file: version.file.clone(),
            sha256: version.sha256.clone(),
            ..SignedView::default()
        };
        let corrected = self.signed_charges.as_ref().as_ref().map_err(Clone::clone);
        match corrected.and_then(|signed| Ok((signed, billed_of(&self.entries, self.month)?))) {
            Ok((signed, corrected)) => {
                let now = self.charges_as_now();
                let sum = |charges: &[SignedCharge]| charges.iter().map(|charge| charge.amount).sum::<Amount>();
                (view.signed, view.now) = (sum(signed), sum(&now));
                let stands = as_corrected(signed, &corrected);
                view.billed = corrected
                    .iter()
                    .map(|late| BilledIn {
                        month: late.into,
                        version: self.versions.signed(late.into).map(|version| version.number),
                        rows: late.rows.len() as u64,
                        total: late.totals().0,
                    })
                    .collect();
                view.payers = by_payer(&stands, &now);
                view.corrections = corrections(&stands, &now);
                // Stable: those of one size stay in the order of their keys.
                view.corrections.sort_by_key(|c| std::cmp::Reverse(c.charge.amount.abs()));
            }
            Err(why) => view.unknown = Some(why),
        }
        Some(view)
    }

    /// What is signed of the month, where it was not loaded with it: right
    /// after signing it is what is there now.
    pub(super) fn just_signed(&mut self) {
        let charges = signed_charges(&self.allocation().charges, &self.config.projects);
        self.signed_charges = Arc::new(Ok(charges));
    }
}
