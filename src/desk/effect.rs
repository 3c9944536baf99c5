//! What lies between two states of a month: items that change their outcome,
//! dollars that change their payer, subsidy drawn. Fills the preview of a
//! change.

use std::collections::BTreeMap;

use super::command::{Move, PayerChange, Preview};
use super::standing::Code;
use super::{Desk, text};
use crate::allocate::{Allocation, UNASSIGNED};
use crate::amount::Amount;
use crate::close::ByPayer;
use crate::journal::Verdict;
use crate::reconcile::Outcome;

impl Desk {
    /// Fills in what moves between this desk and the next.
    pub(super) fn add_effect(&self, preview: &mut Preview, next: &Self) {
        let mut moves: BTreeMap<(Outcome, Outcome), usize> = BTreeMap::new();
        let (before, after) = (&self.compared, &next.compared);
        if before.items.len() == after.items.len() {
            for item in 0..self.items() {
                let pair = (before.items.outcome(item), after.items.outcome(item));
                if pair.0 != pair.1 {
                    *moves.entry(pair).or_default() += 1;
                }
            }
        }
        preview.moves = moves.into_iter().map(|((from, to), items)| Move { from, to, items }).collect();
        preview.items = preview.moves.iter().map(|m| m.items).sum();
        let (old, new) = (&before.summary, &after.summary);
        if old.bill_total != new.bill_total {
            preview.remarks.push(format!("Bill {} to {}.", text::money(old.bill_total), text::money(new.bill_total)));
        }
        if old.ledger_total != new.ledger_total {
            preview.remarks.push(format!(
                "Ledger {} to {}.",
                text::money(old.ledger_total),
                text::money(new.ledger_total)
            ));
        }
        let stale = |desk: &Self| desk.standing.iter().filter(|c| **c == Code::Stale).count();
        let (stale_before, stale_after) = (stale(self), stale(next));
        if stale_after > stale_before {
            preview
                .remarks
                .push(format!("{} open again, because their amounts change.", text::items(stale_after - stale_before)));
        }
        // What every line is worth and who pays for it stayed: so does what
        // each payer owes.
        let values = before.valued.same_values(&after.valued);
        let who = before.payers == after.payers && self.config.projects == next.config.projects;
        if values && who && preview.items == 0 && self.config.subsidies == next.config.subsidies {
            preview.remarks.push("Every line is worth what it was: no payer owes another amount.".into());
            return;
        }
        // What the month would cost each payer if all of it were approved.
        let (now, then) = (self.all_approved(), next.all_approved());
        preview.payers = payer_changes((self, &now), (next, &then));
        preview.subsidy = Some((subsidy(&now), subsidy(&then)));
    }

    /// The allocation if every item that has an amount and a payer were
    /// approved as billed: what a price change is measured by.
    pub(super) fn all_approved(&self) -> Allocation {
        let all = (0..self.items())
            .filter(|item| self.left_out(*item, Verdict::ApproveBilled).is_none())
            .filter(|item| self.compared.items.bill_rows(*item).next().is_some())
            .map(|item| (item, Verdict::ApproveBilled));
        self.allocate(self.charges_of(all))
    }

    pub(super) fn add_payers(&self, preview: &mut Preview, next: &Self) {
        let (now, then) = (self.allocation(), next.allocation());
        preview.payers = payer_changes((self, &now), (next, &then));
        preview.subsidy = Some((subsidy(&now), subsidy(&then)));
    }

    /// Exact dollars of each payer's fund and project.
    pub(super) fn payer_sums(&self, allocation: &Allocation) -> ByPayer {
        let mut sums = ByPayer::new();
        let mut add = |payer: &str, project: &str, amount: Amount| {
            if !amount.is_zero() {
                let sum = sums.entry((payer.to_owned(), project.to_owned())).or_default();
                *sum = sum.plus(amount);
            }
        };
        for (at, charge) in allocation.charges.iter().enumerate() {
            let project = charge.project.and_then(|p| self.config.projects.list.get(p as usize));
            let (fund, id) = project.map_or((UNASSIGNED, UNASSIGNED), |p| (p.fund_org.as_str(), p.id.as_str()));
            add(fund, id, allocation.billable(at));
            for draw in &allocation.draws[at] {
                if let Some(rule) = self.config.subsidies.get(usize::from(draw.rule)) {
                    add(&rule.fund_org, id, draw.amount);
                }
            }
        }
        sums
    }
}

pub(super) fn subsidy(allocation: &Allocation) -> Amount {
    allocation.draws.iter().flatten().map(|draw| draw.amount).sum()
}

/// Dollars per payer and project on two desks, where they differ.
fn payer_changes(before: (&Desk, &Allocation), after: (&Desk, &Allocation)) -> Vec<PayerChange> {
    payer_changes_of(before.0.payer_sums(before.1), after.0.payer_sums(after.1))
}

/// The payers and projects whose dollars differ.
pub(super) fn payer_changes_of(before: ByPayer, after: ByPayer) -> Vec<PayerChange> {
    let mut sums: BTreeMap<(String, String), (Amount, Amount)> =
        before.into_iter().map(|(key, amount)| (key, (amount, Amount::ZERO))).collect();
    for (key, amount) in after {
        sums.entry(key).or_default().1 = amount;
    }
    sums.into_iter()
        .filter(|(_, (before, after))| before != after)
        .map(|((payer, project), (before, after))| PayerChange { payer, project, before, after })
        .collect()
}
