//! What earlier months charged, for refunds of this one: read from the book,
//! corrected as later months corrected it, and kept by the export for the
//! months to come.

use std::sync::Arc;

use rayon::prelude::*;

use super::command::{Command, Refusal};
use super::{Desk, text};
use crate::allocate::{Candidate, Charge, Chosen, Earlier, EarlierCharge, EarlierMonth, Orphan, Reach, charges_text};
use crate::book::Charged;
use crate::calendar::Month;
use crate::journal::{Entered, Verdict};
use crate::review::State;

/// Charges of one piece of text.
const AT_ONCE: usize = 10_000;
/// Pieces made at once.
const PIECES: usize = 16;

/// A refund of the month, and the charge it takes back or why none is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundView {
    /// As the book knows it.
    pub key: String,
    pub item: u32,
    pub day: crate::calendar::Day,
    pub user: String,
    pub what: String,
    /// Below zero.
    pub amount: crate::amount::Amount,
    /// What sponsors get back of it, below zero.
    pub subsidy: crate::amount::Amount,
    /// Month and key of the charge.
    pub takes_back: Option<(Month, String)>,
    /// Somebody named it.
    pub named: bool,
    /// Why not, as a sentence; empty where it is known.
    pub why: String,
    pub candidates: Vec<Candidate>,
}

impl Desk {
    /// The charges that refunds of the month were said to take back.
    pub(super) fn chosen_charges(&self) -> Chosen {
        chosen_in(&self.state)
    }

    /// The charges of the month, as months after it know them.
    pub(crate) fn charged_month(&self) -> EarlierMonth {
        EarlierMonth::of(self.month, &self.allocation(), &self.config.projects, &self.config.subsidies)
    }

    /// The same as the book keeps it.
    pub(super) fn charged(&self) -> Charged<'static> {
        let (month, allocation, config) = (self.month, self.allocation(), Arc::clone(&self.config));
        Box::new(move |take| {
            let count = allocation.charges.len();
            let piece = |number: usize| {
                let numbers = number * AT_ONCE..count.min((number + 1) * AT_ONCE);
                charges_text(month, &allocation, &config.projects, &config.subsidies, numbers)
            };
            // As many as all cores make, then those to the book.
            let pieces: Vec<usize> = (0..count.div_ceil(AT_ONCE)).collect();
            for some in pieces.chunks(PIECES) {
                let texts: Vec<String> = some.par_iter().map(|number| piece(*number)).collect();
                texts.iter().try_for_each(|text| take(text))?;
            }
            Ok(())
        })
    }

    /// What the month's refunds rest on; `None` where they take back nothing of
    /// earlier months.
    pub(super) fn earlier_needed(&self) -> Option<Earlier> {
        let allocation = self.allocation();
        let needed = self.earlier_of(&allocation.charges).ok()?.needed(&allocation);
        (!needed.is_empty()).then_some(needed)
    }

    /// What refunds among these charges may take back of earlier months, as the
    /// corrections that this month bills leave it.
    ///
    /// # Errors
    /// A sentence: the book cannot be read.
    pub(super) fn earlier_of(&self, charges: &[Charge]) -> Result<Arc<Earlier>, String> {
        self.charged.reached(self.reach_of(charges), &self.accepted())
    }

    pub(super) fn reach_of(&self, charges: &[Charge]) -> Reach {
        Reach::of(charges, &self.config.projects, &self.chosen_charges())
    }

    /// Whether refunds of this month, or of a signed one that is corrected here,
    /// may ask what earlier months charged.
    pub(super) fn looks_back(&self) -> bool {
        !self.late.is_empty() || !self.refunds_there().is_empty()
    }

    /// Reads what refunds of the month may take back, those that are still open
    /// included, so that no decision waits for it.
    pub(super) fn read_charged(&self) {
        // Where it cannot be read, the gate says so.
        let _ = self.earlier_of(&self.refunds_there());
    }

    /// The refunds of the month, were all of them approved as billed.
    fn refunds_there(&self) -> Vec<Charge> {
        let sides = self.sides();
        let below = |item: &u32| {
            let mut rows = self.compared.items.bill_rows(*item);
            let is_below = |row| sides.bill_values.amount(sides.bill, row).is_some_and(|amount| amount.is_negative());
            rows.any(is_below) && self.left_out(*item, Verdict::ApproveBilled).is_none()
        };
        let refunds: Vec<u32> = (0..self.items()).into_par_iter().filter(below).collect();
        self.charges_of(refunds.into_iter().map(|item| (item, Verdict::ApproveBilled)))
    }

    /// The charges of months before this one that have this key, the earliest
    /// first.
    fn before_of_key(&self, key: &str) -> Result<Vec<EarlierCharge>, String> {
        let earlier = self.charged.reached(Reach::of_key(key), &self.accepted())?;
        Ok(earlier.charges.iter().filter(|of| of.key == key).cloned().collect())
    }

    /// Every refund that is charged, in the order of drawing.
    pub fn refunds(&self) -> Vec<RefundView> {
        let allocation = self.allocation();
        let chosen = self.chosen_charges();
        let refunds = (0u32..).zip(&allocation.charges).filter(|(_, charge)| charge.amount.is_negative());
        refunds
            .map(|(number, charge)| {
                let orphan = allocation.orphan_refunds.binary_search(&number).ok();
                let orphan = orphan.and_then(|at| allocation.orphans.get(at));
                let key = charge.key();
                let draws = allocation.draws[number as usize].iter().map(|draw| draw.amount);
                RefundView {
                    item: charge.item,
                    day: charge.day,
                    user: charge.user.to_string(),
                    what: charge.what.to_string(),
                    amount: charge.amount,
                    subsidy: draws.sum(),
                    takes_back: allocation.taken_back(number, self.month).map(|(month, key, _)| (month, key)),
                    named: chosen.contains_key(&key),
                    why: orphan.map(sentence).unwrap_or_default(),
                    candidates: orphan.map(candidates).unwrap_or_default(),
                    key,
                }
            })
            .collect()
    }

    /// Says that a refund takes back the charge of this key: of a month, or of
    /// the latest one that has such a charge.
    pub fn take_back(&self, refund: &str, charge: &str, month: Option<Month>) -> Command {
        let latest = || self.before_of_key(charge).ok()?.last().map(|of| of.month);
        let here = || {
            let mut charges = self.allocation().charges.clone().into_iter();
            charges.any(|of| !of.amount.is_negative() && of.key() == charge).then_some(self.month)
        };
        let month = month.or_else(here).or_else(latest).unwrap_or(self.month);
        let entered = Entered::RefundOf { refund: refund.to_owned(), month, charge: charge.to_owned() };
        Command::Enter { entered, removed: false }
    }

    /// Takes what was said of a refund off again.
    pub fn drop_take_back(&self, refund: &str) -> Command {
        let known = self.chosen_charges().remove(refund);
        let (month, charge) = known.unwrap_or((self.month, String::new()));
        Command::Enter { entered: Entered::RefundOf { refund: refund.to_owned(), month, charge }, removed: true }
    }

    pub(super) fn check_refund(&self, refund: &str, month: Month, charge: &str) -> Result<(), Refusal> {
        let allocation = self.allocation();
        let found = allocation.charges.iter().find(|charge| charge.amount.is_negative() && charge.key() == refund);
        let Some(found) = found else {
            return Err(Refusal(format!("{} charges no refund “{refund}”; see trueup refunds.", self.month)));
        };
        let here = || {
            let mut own = allocation.charges.iter().filter(|charge| !charge.amount.is_negative());
            own.find(|of| of.key() == charge).map(|of| of.amount)
        };
        let before = || {
            let all = self.before_of_key(charge).map_err(Refusal)?;
            Ok(all.into_iter().find(|of| of.month == month).map(|of| of.amount))
        };
        let left = if month == self.month { here() } else { before()? };
        match left {
            None => Err(Refusal(format!("{month} charged no “{charge}” that could be taken back."))),
            Some(left) if left < found.amount.negated() => Err(Refusal(format!(
                "Of “{charge}” {} are left, and the refund is {}: it takes back another charge.",
                text::money(left),
                text::money(found.amount.negated())
            ))),
            Some(_) => Ok(()),
        }
    }

    /// Why refunds are of no known charge, for the gate.
    pub(super) fn orphan_sentences(&self) -> String {
        let unknown = self.refunds().into_iter().filter(|refund| !refund.why.is_empty());
        let mut said: Vec<String> = unknown.take(3).map(|refund| format!("{}: {}", refund.key, refund.why)).collect();
        if !said.is_empty() {
            said.extend(self.uncharged.iter().cloned());
        }
        said.join(" ")
    }

    /// Sentences about months that refunds of this one cannot take anything
    /// back of, since it is not known what they charged.
    pub fn uncharged(&self) -> &[String] {
        &self.uncharged
    }
}

pub(super) fn chosen_in(state: &State) -> Chosen {
    let named = |entered: &Entered| match entered {
        Entered::RefundOf { refund, month, charge } => Some((refund.clone(), (*month, charge.clone()))),
        _ => None,
    };
    state.entered().into_iter().filter_map(named).collect()
}

fn candidates(orphan: &Orphan) -> Vec<Candidate> {
    match orphan {
        Orphan::TooLittle(all) | Orphan::Several(all) => all.clone(),
        Orphan::OtherRule(one, _) => vec![one.clone()],
        Orphan::NoCharge | Orphan::Unknown(_) | Orphan::Named(..) => Vec::new(),
    }
}

fn sentence(orphan: &Orphan) -> String {
    let named: Vec<String> = candidates(orphan)
        .iter()
        .map(|of| format!("{} of {} ({} left)", of.key, of.month, text::money(of.left)))
        .collect();
    let named = named.join(", ");
    match orphan {
        Orphan::NoCharge => "no earlier charge of its user or its project is known.".into(),
        Orphan::TooLittle(_) => format!("no charge has as much left; there is {named}."),
        Orphan::Several(_) => format!("it may take back any of {named}, which are not paid alike."),
        Orphan::OtherRule(_, rule) => {
            format!("the rule {rule}, which paid for {named}, is gone or counts otherwise now.")
        }
        Orphan::Unknown(month) => format!("it may be of what {month} charged, which is not known charge by charge."),
        Orphan::Named(month, key) => format!("{key} of {month}, named for it, is not there or has less left."),
    }
}
