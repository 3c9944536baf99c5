//! What earlier months charged, for refunds of this one: read from the book,
//! corrected as later months corrected it, and kept by the export for the
//! months to come.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::command::{Command, Refusal};
use super::{Desk, Inputs, carried, text};
use crate::allocate::{
    Candidate, Chosen, CountedCap, Earlier, EarlierCharge, EarlierMonth, Orphan, charges_text, read_charges,
};
use crate::book::{Book, BookError, Charged};
use crate::calendar::Month;
use crate::close::Late;
use crate::journal::{Action, Entered, Entry};
use crate::review::State;
use crate::usage::Lines;

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
        let config = &self.config;
        let allocation = self.allocation();
        let charges = EarlierCharge::of(self.month, &allocation, &config.projects, &config.subsidies).collect();
        EarlierMonth { month: self.month, terms: crate::allocate::Terms::of_all(&config.subsidies), charges }
    }

    /// The same as the book keeps it.
    pub(super) fn charged(&self) -> Charged<'static> {
        let (month, allocation, config) = (self.month, self.allocation(), Arc::clone(&self.config));
        Box::new(move |take| {
            let count = allocation.charges.len();
            let piece = |number: usize| {
                let numbers = number * AT_ONCE..count.min((number + 1) * AT_ONCE);
                let charges = EarlierCharge::some_of(month, &allocation, &config.projects, &config.subsidies, numbers);
                charges_text(month, &config.subsidies, &charges.collect::<Vec<_>>())
            };
            // As many as all cores make, then those to the book.
            let pieces: Vec<usize> = (0..count.div_ceil(AT_ONCE)).collect();
            for some in pieces.chunks(PIECES) {
                let texts: Vec<Result<String, String>> = some.par_iter().map(|number| piece(*number)).collect();
                for text in texts {
                    take(&text.map_err(BookError::unreadable)?)?;
                }
            }
            Ok(())
        })
    }

    /// What the month's refunds rest on; `None` where they take back nothing of
    /// earlier months.
    pub(super) fn earlier_needed(&self) -> Option<Earlier> {
        let needed = self.charged.needed(&self.allocation());
        (!needed.is_empty()).then_some(needed)
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
        let latest = || self.charged.charges.iter().rev().find(|of| of.key == charge).map(|of| of.month);
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
        let before =
            || self.charged.charges.iter().find(|of| of.month == month && of.key == charge).map(|of| of.amount);
        let left = if month == self.month { here() } else { before() };
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
        let said: Vec<String> = unknown.take(3).map(|refund| format!("{}: {}", refund.key, refund.why)).collect();
        said.join(" ")
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
        Orphan::NoCharge | Orphan::Named(..) => Vec::new(),
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
        Orphan::Named(month, key) => format!("{key} of {month}, named for it, is not there or has less left."),
    }
}

/// What the months before one charged, where the month has any refund to take
/// it back: that is read from the book only then, since it may be much.
///
/// # Errors
/// A sentence, when the book cannot be read.
pub(crate) fn charged_before(
    book: &Book,
    month: Month,
    inputs: &Inputs,
    entries: &[Entry],
    also: &[EarlierMonth],
) -> Result<Arc<Earlier>, String> {
    let mut of = carried::leaving(entries);
    of.insert(month);
    if ![&inputs.bill, &inputs.ledger].iter().any(|side| has_refunds(&side.lines, &of)) {
        return Ok(Arc::default());
    }
    all_charged_before(book, month, entries, also)
}

/// What the months before one charged.
///
/// # Errors
/// As [`charged_before`].
pub(crate) fn all_charged_before(
    book: &Book,
    month: Month,
    entries: &[Entry],
    also: &[EarlierMonth],
) -> Result<Arc<Earlier>, String> {
    let sentence = |error: BookError| error.to_string();
    let mut months: BTreeSet<Month> = book.charged_before(month).map_err(sentence)?.into_iter().collect();
    months.extend(also.iter().map(|also| also.month).filter(|also| *also < month));
    let corrected = corrections(entries, month)?;
    let read = |of: Month| {
        if let Some(also) = also.iter().find(|also| also.month == of) {
            return Ok(also.clone());
        }
        let mut read = EarlierMonth { month: of, terms: Default::default(), charges: Vec::new() };
        book.charged(of, &mut |piece| read_charges(piece.as_bytes(), &mut read)).map_err(sentence)?;
        corrected.iter().filter(|late| late.of == of).for_each(|late| correct(&mut read, late));
        Ok(read)
    };
    Earlier::new(months.into_iter().map(read)).map(Arc::new)
}

/// Whether a month of these has a line below zero.
fn has_refunds(lines: &Lines, of: &BTreeSet<Month>) -> bool {
    (0..lines.len() as u32).into_par_iter().any(|row| {
        let below = lines.amount(row).is_some_and(|amount| amount.is_negative())
            || lines.credits(row).is_some_and(|credits| credits.is_negative());
        below && lines.day(row).is_some_and(|day| of.contains(&day.month()))
    })
}

/// The corrections that months before one bill, the earliest first.
fn corrections(entries: &[Entry], before: Month) -> Result<Vec<Late>, String> {
    let into = |entry: &Entry| match &entry.action {
        Action::Enter { entered: Entered::Corrections { .. }, .. } => entry.month.filter(|month| *month < before),
        _ => None,
    };
    let months: BTreeSet<Month> = entries.iter().filter_map(into).collect();
    let mut all = Vec::new();
    for month in months {
        for late in super::late::accepted_in(&State::replay(entries, month)) {
            all.push(late?);
        }
    }
    Ok(all)
}

/// Puts what a correction charges in the place of what it took back.
fn correct(month: &mut EarlierMonth, late: &Late) {
    let signed = |key: &str| key.strip_suffix(":1").unwrap_or(key).to_owned();
    let others: BTreeSet<&str> =
        late.gone.iter().map(String::as_str).chain(late.charges.iter().map(|charge| charge.key.as_str())).collect();
    month.charges.retain(|charge| !others.contains(signed(&charge.key).as_str()));
    for charge in &late.charges {
        let mut reached = charge.amount;
        let draws = late.draws.iter().filter(|draw| !draw.back && draw.charge == charge.key);
        let caps = draws.map(|draw| {
            let cap = CountedCap { scope: Arc::new(draw.scope.clone()), reached, drawn: draw.amount };
            reached = reached.minus(draw.amount);
            cap
        });
        month.charges.push(EarlierCharge {
            month: month.month,
            key: format!("{}:1", charge.key),
            day: charge.day,
            service: if charge.service == "OpenAI" { "OpenAI" } else { "OpenAI API" },
            project: if charge.project == crate::allocate::UNASSIGNED {
                "".into()
            } else {
                charge.project.as_str().into()
            },
            user: charge.user.as_str().into(),
            what: charge.what.as_str().into(),
            amount: charge.amount,
            takes_back: None,
            caps: caps.collect(),
        });
    }
    month.charges.sort_by(|a, b| (a.day, &a.key).cmp(&(b.day, &b.key)));
}
