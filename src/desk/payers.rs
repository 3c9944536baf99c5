//! Who pays for an item, by the mapping and by what the operator named.

use std::borrow::Cow;

use super::compared::ItemPayer;
use super::{Desk, text};
use crate::journal::Verdict;
use crate::reconcile;

/// What is missing for an item to have a payer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lacking {
    /// Its user is in no project.
    Project,
    /// Its user is in several, or its lines are.
    OneProject,
    /// Its project has no fund on that day.
    OpenFund,
}

impl Lacking {
    /// What its user is in: `no project`.
    pub const fn place(self) -> &'static str {
        match self {
            Self::Project => "no project",
            Self::OneProject => "more than one project",
            Self::OpenFund => "a project whose fund is closed on the day of use",
        }
    }
}

impl Desk {
    /// The project that pays, or empty.
    pub(super) fn project_text(&self, item: u32) -> Cow<'_, str> {
        self.project_of_number(self.project_number(item))
    }

    /// What [`Desk::project_text`] says of an item, as a number below
    /// [`Desk::project_numbers`]: 0 is nothing, then come the projects, then
    /// several, then several with each project for the rest.
    pub(super) fn project_number(&self, item: u32) -> usize {
        let count = self.config.projects.list.len();
        // A project that the list does not have has no name.
        let known = |project: u32| (project as usize) < count;
        match (self.compared.payers.get(item as usize), self.assigned_project(item)) {
            (Some(ItemPayer::Project(project)), _) if known(*project) => 1 + *project as usize,
            (Some(ItemPayer::Project(_)), _) => 0,
            (Some(ItemPayer::Split), Some(rest)) if known(rest) => 2 + count + rest as usize,
            (Some(ItemPayer::Split), _) => 1 + count,
            (_, Some(project)) if known(project) => 1 + project as usize,
            (_, _) => 0,
        }
    }

    pub(super) fn project_numbers(&self) -> usize {
        2 + 2 * self.config.projects.list.len()
    }

    pub(super) fn project_of_number(&self, number: usize) -> Cow<'_, str> {
        let list = &self.config.projects.list;
        let name = |at: usize| list.get(at).map_or("", |project| project.id.as_str());
        match number.checked_sub(1) {
            None => Cow::Borrowed(""),
            Some(at) if at < list.len() => Cow::Borrowed(name(at)),
            Some(at) if at == list.len() => Cow::Borrowed("(several)"),
            Some(at) => Cow::Owned(format!("(several) {}", name(at - list.len() - 1))),
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
            ItemPayer::Unknown | ItemPayer::Claimed | ItemPayer::Closed(_) => {
                self.assigned_project(item).is_none_or(|project| self.is_closed_for(item, project))
            }
            ItemPayer::Split => self.has_unpaid_charge(item),
        }
    }

    /// What the item lacks to have a payer.
    pub(super) fn lacking(&self, item: u32) -> Option<Lacking> {
        if !self.lacks_payer(item) {
            return None;
        }
        Some(match self.compared.payers[item as usize] {
            ItemPayer::Closed(_) => Lacking::OpenFund,
            _ if self.assigned_project(item).is_some_and(|p| self.is_closed_for(item, p)) => Lacking::OpenFund,
            ItemPayer::Claimed | ItemPayer::Split => Lacking::OneProject,
            _ => Lacking::Project,
        })
    }

    /// Whether a project has no fund in force on a day of the item's lines.
    pub(super) fn is_closed_for(&self, item: u32, project: u32) -> bool {
        let (sides, items) = (self.sides(), &self.compared.items);
        let bill = items.bill_rows(item).map(|row| sides.bill.day(row));
        let ledger = items.ledger_rows(item).map(|row| sides.ledger.day(row));
        bill.chain(ledger).flatten().any(|day| self.config.projects.on(project, day).is_none())
    }

    /// The user of an item without a payer, what it lacks, and how many bill
    /// lines it has.
    pub(crate) fn unassigned(&self, item: u32) -> Option<(&str, Lacking, u64)> {
        let lacking = self.lacking(item)?;
        let rows = self.compared.items.bill_rows(item).len() as u64;
        Some((self.inputs.names.text(self.user_of(item)), lacking, rows))
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
        if let Some(lacking) = self.lacking(item) {
            let closed = match self.compared.payers[item as usize] {
                ItemPayer::Closed(project) => Some(self.assigned_project(item).unwrap_or(project)),
                _ => self.assigned_project(item),
            };
            let closed =
                closed.filter(|_| lacking == Lacking::OpenFund).and_then(|p| self.config.projects.list.get(p as usize));
            if let Some(project) = closed {
                return format!(
                    "{} has no fund on that day: name another project that pays, or put its next fund into projects.json.",
                    project.id
                );
            }
            return match self.compared.payers[item as usize] {
                ItemPayer::Claimed => {
                    "More than one project claims this user on that day: name the one that pays.".to_owned()
                }
                ItemPayer::Split => "Its lines belong to several projects: name the one that pays the rest.".to_owned(),
                _ => "No project is known to pay: name one (p), or put the user into projects.json.".to_owned(),
            };
        }
        self.charged_as(item, Verdict::ApproveBilled)
    }

    /// What approving as recorded would charge, where that is another charge
    /// than as billed and the item can be approved so.
    pub(super) fn payer_as_recorded(&self, item: u32) -> String {
        let cells = self.cells(item);
        let other = cells.recorded.is_some() && cells.billed.is_some() && cells.recorded != cells.billed;
        if !other || self.left_out(item, Verdict::ApproveRecorded).is_some() {
            return String::new();
        }
        self.charged_as(item, Verdict::ApproveRecorded)
    }

    /// Who would pay what of an item under a verdict, beside all that is
    /// approved already.
    fn charged_as(&self, item: u32, verdict: Verdict) -> String {
        let mine = self.charges_of(std::iter::once((item, verdict)));
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
