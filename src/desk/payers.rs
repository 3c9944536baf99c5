//! Who pays for an item, by the mapping and by what the operator named.

use std::borrow::Cow;

use super::compared::ItemPayer;
use super::{Desk, text};
use crate::journal::Verdict;
use crate::reconcile;

impl Desk {
    /// The project that pays, or empty.
    pub(super) fn project_text(&self, item: u32) -> Cow<'_, str> {
        let list = &self.config.projects.list;
        let name = |project: u32| list.get(project as usize).map_or("", |p| p.id.as_str());
        match (self.compared.payers[item as usize], self.assigned_project(item)) {
            (ItemPayer::Project(project), _) => Cow::Borrowed(name(project)),
            (ItemPayer::Split, None) => Cow::Borrowed("(several)"),
            (ItemPayer::Split, Some(rest)) => Cow::Owned(format!("(several) {}", name(rest))),
            (_, Some(project)) => Cow::Borrowed(name(project)),
            (_, None) => Cow::Borrowed(""),
        }
    }

    /// The project an operator named for this item alone.
    pub(super) fn assigned_project(&self, item: u32) -> Option<u32> {
        if !self.touched.assigned {
            return None;
        }
        let id = self.state.project(reconcile::identity(&self.sides(), &self.compared.items, item))?;
        self.config.projects.list.iter().position(|p| p.id == id).map(|at| at as u32)
    }

    /// Whether nobody pays for the item yet.
    pub(super) fn lacks_payer(&self, item: u32) -> bool {
        match self.compared.payers[item as usize] {
            ItemPayer::Project(_) | ItemPayer::Nobody => false,
            ItemPayer::Unknown | ItemPayer::Claimed => self.assigned_project(item).is_none(),
            ItemPayer::Split => {
                let charges = self.charges_of(std::iter::once((item, Verdict::ApproveBilled)));
                charges.iter().any(|charge| charge.project.is_none())
            }
        }
    }

    /// The user of an item without a payer, whether several projects claim it,
    /// and how many bill lines it has.
    pub(crate) fn unassigned(&self, item: u32) -> Option<(&str, bool, u64)> {
        if !self.lacks_payer(item) {
            return None;
        }
        let several = matches!(self.compared.payers[item as usize], ItemPayer::Claimed | ItemPayer::Split);
        let rows = self.compared.items.bill_rows(item).len() as u64;
        Some((self.inputs.names.text(self.user_of(item)), several, rows))
    }

    /// Whether the fund that would pay has another form than `config.toml`
    /// asks for.
    pub(super) fn has_odd_fund(&self, item: u32) -> bool {
        let project = match self.compared.payers[item as usize] {
            ItemPayer::Project(project) => Some(project),
            _ => self.assigned_project(item),
        };
        project.is_some_and(|project| self.compared.odd_funds.get(project as usize).copied().unwrap_or(false))
    }

    /// Project and fund of those that pay in the month from a fund of another
    /// form than `config.toml` asks for.
    pub(crate) fn odd_funds(&self) -> Vec<(&str, &str)> {
        let mut paying = vec![false; self.config.projects.list.len()];
        for payer in &self.compared.payers {
            if let ItemPayer::Project(project) = payer
                && let Some(pays) = paying.get_mut(*project as usize)
            {
                *pays = true;
            }
        }
        let projects = self.config.projects.list.iter().zip(paying).zip(&self.compared.odd_funds);
        projects.filter(|((_, pays), odd)| *pays && **odd).map(|((p, _), _)| (&*p.id, &*p.fund_org)).collect()
    }

    /// Who would pay, and what subsidy rules would take over, if the item were
    /// approved as billed on top of what is approved now.
    pub(super) fn payer_sentence(&self, item: u32) -> String {
        if self.compared.payers[item as usize] == ItemPayer::Nobody {
            return "Nobody pays: it is not part of the bill.".to_owned();
        }
        if self.lacks_payer(item) {
            return match self.compared.payers[item as usize] {
                ItemPayer::Claimed => {
                    "More than one project claims this user on that day: name the one that pays.".to_owned()
                }
                ItemPayer::Split => "Its lines belong to several projects: name the one that pays the rest.".to_owned(),
                _ => "No project is known to pay: name one, or put the user into projects.json.".to_owned(),
            };
        }
        let mine = self.charges_of(std::iter::once((item, Verdict::ApproveBilled)));
        let mut all: Vec<_> = self.allocation().charges.iter().filter(|c| c.item != item).cloned().collect();
        all.extend(mine);
        let allocation = self.allocate(all);
        let mut parts = Vec::new();
        for (at, charge) in allocation.charges.iter().enumerate().filter(|(_, c)| c.item == item).take(4) {
            let Some(project) = charge.project.and_then(|p| self.config.projects.list.get(p as usize)) else {
                continue;
            };
            let own = allocation.billable(at);
            let mut sentence = format!("{} ({}) pays {}", project.id, project.fund_org, text::money(own));
            for draw in &allocation.draws[at] {
                if let Some(rule) = self.config.subsidies.get(usize::from(draw.rule)) {
                    sentence.push_str(&format!(", {} covers {}", rule.name, text::money(draw.amount)));
                }
            }
            parts.push(sentence + ".");
        }
        if self.is_charged_by_entry(item) {
            let [_, derived] = reconcile::derived(&self.sides(), &self.compared.items, item);
            let cost = if derived { "what its tokens cost at the price book's rates" } else { "its own recorded cost" };
            parts.push(format!("Each ledger entry is charged {cost}; nothing of the bill is spread over requests."));
        }
        parts.join(" ")
    }
}
