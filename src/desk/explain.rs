//! Why somebody pays what: the charges of a PI, project, user or item, each
//! with what led to it.

use std::collections::BTreeMap;

use super::compared::ItemPayer;
use super::explained::Gathered;
use super::standing::Code;
use super::{Desk, Refusal, text};
use crate::allocate::{Allocation, Charge};
use crate::amount::Amount;
use crate::focus;
use crate::reconcile;
use crate::report::explain::{Caps, Explanation, Sums};

/// Whose charges are to be explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargesOf {
    /// All projects of this email.
    Pi(String),
    Project(String),
    /// By email or user id, as the bill has it.
    User(String),
    Item(u32),
    /// By what [`Desk::item_id`] gives, as lists and files have it.
    ItemId(String),
    /// By the `ResourceId` of a row of the chargeback file, or its stem.
    Charge(String),
}

/// The charges that are asked for, to be explained one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Of whom, in words.
    pub of: String,
    /// Numbers in the allocation, ascending.
    pub charges: Vec<u32>,
    /// What all of them come to.
    pub sums: Sums,
    /// Items of theirs that are not charged: why, how many, and what was billed
    /// for them, or recorded where nothing was.
    pub not_charged: Vec<(&'static str, u64, Amount)>,
    /// More to say, in sentences.
    pub remarks: Vec<String>,
}

impl Asked {
    /// What stands beside the charges, in sentences.
    pub fn beside(&self) -> Vec<String> {
        let told = self.not_charged.iter().map(|(why, items, amount)| {
            format!("Not charged: {} ({}), {why}.", text::items(*items as usize), text::money(*amount))
        });
        told.chain(self.remarks.iter().cloned()).collect()
    }
}

impl Desk {
    /// The charges asked for.
    ///
    /// # Errors
    /// [`Refusal`] when the month knows nobody and nothing of that name.
    pub fn charges_asked(&self, of: &ChargesOf) -> Result<Asked, Refusal> {
        let allocation = self.allocation();
        let mut asked = self.found(of, &allocation)?;
        let shares = focus::shares(&allocation, &self.config.projects, &self.config.subsidies);
        let mut of_charges = shares.chunk_by(|a, b| a.charge == b.charge);
        for number in &asked.charges {
            if let Some(shares) = of_charges.find(|shares| shares.first().is_some_and(|s| s.charge == *number)) {
                asked.sums.add(shares);
            }
        }
        Ok(asked)
    }

    fn found(&self, of: &ChargesOf, allocation: &Allocation) -> Result<Asked, Refusal> {
        let folded = |text: &str| text.trim().to_lowercase();
        let list = &self.config.projects.list;
        let by = |is: &dyn Fn(&Charge) -> bool| numbers(allocation, is);
        let with_projects = |wanted: Vec<bool>, of: String| {
            let is = |project: Option<u32>| project.is_some_and(|p| wanted.get(p as usize) == Some(&true));
            let charges = by(&|charge| is(charge.project));
            let not_charged = self.not_charged(&|item| match self.compared.payers.get(item as usize) {
                Some(ItemPayer::Project(project)) => is(Some(*project)),
                _ => is(self.assigned_project(item)),
            });
            Asked { of, charges, not_charged, ..Asked::default() }
        };
        match of {
            ChargesOf::Pi(email) => {
                let wanted: Vec<bool> = list.iter().map(|p| folded(&p.pi_email) == folded(email)).collect();
                if !wanted.contains(&true) {
                    return Err(Refusal(format!("No project of projects.json has the PI {email}.")));
                }
                Ok(with_projects(wanted, format!("PI {email}")))
            }
            ChargesOf::Project(id) => {
                let wanted: Vec<bool> = list.iter().map(|p| p.id == id.trim()).collect();
                if !wanted.contains(&true) {
                    return Err(Refusal(format!("projects.json has no project {id}.")));
                }
                Ok(with_projects(wanted, format!("project {id}")))
            }
            ChargesOf::User(user) => {
                let charges = by(&|charge| folded(&charge.user) == folded(user));
                let names = &self.inputs.names;
                let not_charged = self.not_charged(&|item| folded(names.text(self.user_of(item))) == folded(user));
                if charges.is_empty() && not_charged.is_empty() {
                    return Err(Refusal(format!("Neither bill nor ledger of {} names the user {user}.", self.month)));
                }
                Ok(Asked { of: format!("user {user}"), charges, not_charged, ..Asked::default() })
            }
            ChargesOf::Item(item) if *item < self.items() => Ok(self.asked_item(allocation, *item)),
            ChargesOf::Item(_) => Err(Refusal("There is no such item any more.".into())),
            ChargesOf::ItemId(id) => {
                let mut found = (0..self.items()).filter(|item| self.item_id(*item) == id.trim());
                let first = found.next().ok_or_else(|| {
                    Refusal(format!(
                        "{} has no item {id}; lists, and reconcile --format csv, have their ids.",
                        self.month
                    ))
                })?;
                let more = found.count();
                let mut asked = self.asked_item(allocation, first);
                if more > 0 {
                    asked.remarks.push(format!("{more} more items have the id {id}; this is the first of them."));
                }
                Ok(asked)
            }
            ChargesOf::Charge(key) => {
                let charges = by(&|charge| is_key(charge, key.trim()));
                if charges.is_empty() {
                    return Err(Refusal(format!(
                        "Nothing that is approved in {} is charged as {key}; the column ResourceId of the chargeback \
                         file has the keys.",
                        self.month
                    )));
                }
                Ok(Asked { of: format!("charge {key}"), charges, ..Asked::default() })
            }
        }
    }

    fn asked_item(&self, allocation: &Allocation, item: u32) -> Asked {
        let charges = numbers(allocation, &|charge| charge.item == item);
        let not_charged = self.not_charged(&|other| other == item);
        let mut remarks = Vec::new();
        if charges.is_empty() && self.is_open(item) {
            remarks.push(format!("If it were approved as billed: {}", self.payer_sentence(item)));
        }
        Asked { of: format!("item {}", self.item_id(item)), charges, not_charged, remarks, ..Asked::default() }
    }

    /// Items that are not charged, by what was decided on them.
    fn not_charged(&self, is: &dyn Fn(u32) -> bool) -> Vec<(&'static str, u64, Amount)> {
        let sides = self.sides();
        let mut sums: BTreeMap<&'static str, (u64, Amount)> = BTreeMap::new();
        for (item, code) in (0u32..).zip(self.standing.iter()) {
            let why = match code {
                Code::Open => "open",
                Code::Stale => "open again, since it changed after it was decided",
                Code::Decided(verdict) if !verdict.approves() => verdict.name(),
                Code::Decided(_) | Code::Settled => continue,
            };
            if is(item) {
                let items = &self.compared.items;
                let amount =
                    reconcile::billed(&sides, items, item).or_else(|| reconcile::recorded(&sides, items, item));
                let sum = sums.entry(why).or_default();
                *sum = (sum.0 + 1, sum.1.plus(amount.unwrap_or_default()));
            }
        }
        sums.into_iter().map(|(why, (count, amount))| (why, count, amount)).collect()
    }

    /// Explains the charges one after the other, until `take` has enough. They
    /// are not held: there may be a million of them.
    ///
    /// # Errors
    /// What `take` gives.
    pub fn explain<E>(&self, asked: &Asked, take: &mut dyn FnMut(Explanation) -> Result<(), E>) -> Result<(), E> {
        let allocation = self.allocation();
        let gathered = Gathered::of(self, &allocation, asked);
        let mut caps = Caps::new(&allocation, &self.config.projects, &self.config.subsidies);
        for number in &asked.charges {
            if let Some(charge) = allocation.charges.get(*number as usize) {
                take(gathered.explanation(*number, charge, caps.at(*number)))?;
            }
        }
        Ok(())
    }
}

fn numbers(allocation: &Allocation, is: &dyn Fn(&Charge) -> bool) -> Vec<u32> {
    (0u32..).zip(&allocation.charges).filter(|(_, charge)| is(charge)).map(|(number, _)| number).collect()
}

/// Base and occurrence as one text, which a row's id begins with.
pub(super) fn key_of(charge: &Charge) -> String {
    match charge.occurrence {
        0 | 1 => charge.stem().text().into_owned(),
        n => format!("{}:{n}", charge.stem().text()),
    }
}

/// Whether a key, be it a row's id or its stem, means this charge.
fn is_key(charge: &Charge, key: &str) -> bool {
    let Some(rest) = key.strip_prefix(&*charge.stem().text()) else { return false };
    if rest.is_empty() {
        return true;
    }
    let mut parts = rest.split(':');
    if parts.next() != Some("") {
        return false;
    }
    let (mut occurrence, mut kinds) = (1, 0);
    for part in parts {
        match part.parse::<u32>() {
            Ok(n) => occurrence = n,
            Err(_) if kinds == 0 && (part == "usage" || part == "subsidy" || part.starts_with("subsidy-")) => {
                kinds += 1
            }
            Err(_) if part.starts_with("lot-") => {}
            Err(_) => return false,
        }
    }
    charge.occurrence == occurrence
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocate::tests::charge;

    #[test]
    fn a_charge_is_found_by_the_id_of_any_of_its_rows() {
        let first = Charge { occurrence: 1, ..charge(0, 5, Some(0), "1") };
        let second = Charge { occurrence: 2, ..first.clone() };
        let stem = first.stem().text().into_owned();
        assert!(is_key(&first, &stem) && is_key(&second, &stem), "a stem alone means all of them");
        for end in [":usage", ":subsidy", ":subsidy-other%3Arule", ":usage:lot-b"] {
            assert!(is_key(&first, &format!("{stem}{end}")) && !is_key(&second, &format!("{stem}{end}")), "{end}");
            assert!(is_key(&second, &format!("{stem}{end}:2")) && !is_key(&first, &format!("{stem}{end}:2")), "{end}");
        }
        assert!(is_key(&second, &format!("{stem}:2")));
        for end in ["8", ":usages", ":usage:usage", "x:usage"] {
            assert!(!is_key(&first, &format!("{stem}{end}")), "{end}");
        }
    }
}
