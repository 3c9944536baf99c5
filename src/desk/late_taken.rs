//! Corrections of what another signed month took back since: they would leave
//! its refund with a charge that is no longer there.

use std::collections::BTreeMap;

use super::signed_months::SignedState;
use super::{Desk, text};
use crate::close::{Late, SignedCharge};

impl Desk {
    /// A refund of a signed month that took back what is no longer there would
    /// be of another charge, and its month is signed: nothing is guessed then.
    pub(super) fn refuse_taken_back(&self, late: &Late, state: &SignedState, elsewhere: &[Late]) -> Result<(), String> {
        if late.charges.is_empty() && late.gone.is_empty() {
            return Ok(());
        }
        let taken = state.charged.taken_since(self.month, elsewhere)?;
        let mut stood: BTreeMap<&str, &SignedCharge> =
            state.charges.iter().map(|charge| (charge.key.as_str(), charge)).collect();
        for before in elsewhere.iter().filter(|before| before.of == late.of) {
            stood.extend(before.charges.iter().map(|charge| (charge.key.as_str(), charge)));
        }
        let is: BTreeMap<&str, &SignedCharge> = late.charges.iter().map(|c| (c.key.as_str(), c)).collect();
        for key in is.keys().copied().chain(late.gone.iter().map(String::as_str)) {
            let Some((by, back)) = taken.get(key) else { continue };
            let now = is.get(key);
            let payer = |charge: &&SignedCharge| (charge.project.clone(), charge.fund_org.clone());
            let would = match now {
                None => "is no longer there".to_owned(),
                Some(now) if now.amount < *back => format!("would come to {}", text::money(now.amount)),
                Some(now) if stood.get(key).map(payer) != Some(payer(now)) => {
                    format!("would be paid by {} for {}", now.fund_org, now.project)
                }
                Some(_) => continue,
            };
            return Err(format!(
                "{key} {would}, and {by} took back {} of it already, which is signed. Reopen {} and {by}, so that it is \
                 known what that refund takes back.",
                text::money(*back),
                late.of
            ));
        }
        Ok(())
    }
}
