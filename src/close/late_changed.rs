//! Which charges of a signed month are to be worked out anew beside those that
//! are others by themselves: split otherwise by a cap in retrospect, or paid
//! together with one that is another.

use std::collections::{BTreeMap, BTreeSet};

use super::corrections::{SignedCharge, charge_key};
use super::late::{Signed, charge};
use crate::allocate::{Charge, Openings, Scope, draws_by_charge, with_retroactive_caps};
use crate::amount::Amount;
use crate::focus::Made;

/// The charges that caps in retrospect, which were not there when the month was
/// signed, split otherwise than they stand, by key.
pub(super) fn resplit(signed: &Signed, now: &[Charge], made: &Made<'_>) -> Vec<String> {
    let rules = with_retroactive_caps(&signed.rules, made.rules);
    if rules == signed.rules {
        return Vec::new();
    }
    let [before, corrected] = &signed.openings;
    let then = signed.allocate(now.to_vec(), made, &signed.rules, before);
    let right = signed.allocate(now.to_vec(), made, &rules, corrected);
    let mut stands: BTreeMap<(&str, &Scope), Amount> = BTreeMap::new();
    for draw in signed.draws.iter().chain(signed.corrected.iter().flat_map(|late| &late.draws)) {
        let sum = stands.entry((&draw.charge, &draw.scope)).or_default();
        *sum = sum.plus(draw.amount);
    }
    let mut of_charge: BTreeMap<&str, BTreeMap<&Scope, Amount>> = BTreeMap::new();
    for ((charge, scope), amount) in stands.into_iter().filter(|(_, amount)| !amount.is_zero()) {
        of_charge.entry(charge).or_default().insert(scope, amount);
    }
    // Rules do not sort charges: both have the same in the same order.
    let both = draws_by_charge(&then).into_iter().zip(draws_by_charge(&right));
    let other = both.filter(|((_, then), (_, right))| then != right);
    let keys = other.map(|(_, (charge, right))| (charge_key(charge), right));
    let stands = |key: &str| of_charge.get(key).cloned().unwrap_or_default();
    keys.filter(|(key, right)| stands(key) != *right).map(|(key, _)| key).collect()
}

/// The charges and refunds that are worked out together with those that changed,
/// by key, since a refund unwinds what its charge drew: what refunds among them
/// take back, as they stand and as they are right, and what refunds those.
pub(super) fn refunded_together(
    signed: &Signed,
    now: &[Charge],
    (stands, changed): (&BTreeMap<&str, &SignedCharge>, &BTreeSet<&str>),
    made: &Made<'_>,
) -> BTreeSet<String> {
    let refunds = now.iter().any(|charge| charge.amount.is_negative())
        || stands.values().any(|charge| charge.amount.is_negative());
    if changed.is_empty() || !refunds {
        return BTreeSet::new();
    }
    let mut gone: BTreeMap<&str, &SignedCharge> = stands.clone();
    let mut stood: Vec<Charge> = Vec::with_capacity(now.len());
    for is in now {
        let key = charge_key(is);
        let Some(was) = gone.remove(key.as_str()) else { continue };
        stood.push(match changed.contains(key.as_str()) {
            true => Charge { amount: was.amount, project: charge(was, made.projects).project, ..is.clone() },
            false => is.clone(),
        });
    }
    stood.extend(gone.into_values().map(|was| charge(was, made.projects)));
    let pairs = |charges: Vec<Charge>| {
        let month = signed.allocate(charges, made, &[], &Openings::new());
        let key = |number: u32| month.charges.get(number as usize).map(charge_key);
        let pair = |(refund, original): &(u32, u32)| Some([key(*refund)?, key(*original)?]);
        month.refunds.iter().filter_map(pair).collect::<Vec<_>>()
    };
    let pairs = [pairs(stood), pairs(now.to_vec())].concat();
    let mut all: BTreeSet<String> = changed.iter().map(|key| (*key).to_owned()).collect();
    loop {
        let before = all.len();
        for pair in pairs.iter().filter(|pair| pair.iter().any(|key| all.contains(key))).cloned().collect::<Vec<_>>() {
            all.extend(pair);
        }
        if all.len() == before {
            return all;
        }
    }
}
