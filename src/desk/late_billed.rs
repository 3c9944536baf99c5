//! Corrections that were accepted, as the journal has them: what months bill,
//! and what a month was corrected by.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::Month;
use crate::close::{Late, SignedCharge};
use crate::focus;
use crate::journal::{Action, Entered, Entry};
use crate::review::State;

/// The corrections that a month bills, by the month they are of.
pub(super) fn accepted_in(state: &State) -> Vec<Result<Late, String>> {
    let mut all: BTreeMap<Month, Result<Late, String>> = BTreeMap::new();
    for known in state.entered() {
        if let Entered::Corrections { of, kept, .. } = known {
            all.insert(*of, Late::parse(kept));
        }
    }
    all.into_values().collect()
}

/// Brings earlier corrections into the shape that those of now have: `signed`
/// are the charges that were signed, and `rows` their rows in that shape.
pub(super) fn reshape(corrected: &mut [Late], profile: focus::Profile, signed: &[SignedCharge], rows: &focus::Kept) {
    let signed: BTreeMap<&str, &SignedCharge> = signed.iter().map(|charge| (charge.key.as_str(), charge)).collect();
    let mut stood: BTreeMap<String, SignedCharge> =
        signed.values().map(|charge| (charge.key.clone(), (*charge).clone())).collect();
    for late in corrected {
        if !late.profile.same_shape(profile) {
            let before = stood.iter().map(|(key, charge)| (key.as_str(), charge)).collect();
            late.rows = focus::reshaped(&late.rows, profile, rows, &late.parts(&before, &signed));
        }
        late.gone.iter().for_each(|key| {
            stood.remove(key);
        });
        stood.extend(late.charges.iter().map(|charge| (charge.key.clone(), charge.clone())));
    }
}

/// The charges of a signed month as they stand by what other months bill of it,
/// in the order of their keys.
pub(super) fn as_corrected(signed: &[SignedCharge], corrected: &[Late]) -> Vec<SignedCharge> {
    let mut stand: BTreeMap<&str, &SignedCharge> = signed.iter().map(|charge| (charge.key.as_str(), charge)).collect();
    for late in corrected {
        late.gone.iter().for_each(|key| {
            stand.remove(key.as_str());
        });
        stand.extend(late.charges.iter().map(|charge| (charge.key.as_str(), charge)));
    }
    stand.into_values().cloned().collect()
}

/// The corrections of a month that months other than this one bill, the
/// earliest first.
pub(super) fn corrected_elsewhere(entries: &[Entry], of: Month, but: Month) -> Result<Vec<Late>, String> {
    let mut all = billed_of(entries, of)?;
    all.retain(|late| late.into != but);
    Ok(all)
}

/// The corrections of a month that any month bills, the earliest first.
pub(super) fn billed_of(entries: &[Entry], of: Month) -> Result<Vec<Late>, String> {
    let corrects = |entry: &Entry| match &entry.action {
        Action::Enter { entered: Entered::Corrections { of: month, .. }, .. } if *month == of => entry.month,
        _ => None,
    };
    let months: BTreeSet<Month> = entries.iter().filter_map(corrects).collect();
    let of_entered =
        |entry: &&Entry| matches!(entry.action, Action::Enter { .. } | Action::Undo { .. } | Action::Redo { .. });
    let mut all = Vec::new();
    for month in months {
        let mut state = State::new(month);
        for entry in entries.iter().filter(of_entered) {
            state.apply(entry);
        }
        for known in accepted_in(&state) {
            all.extend(Some(known?).filter(|late| late.of == of));
        }
    }
    Ok(all)
}

/// The corrections that months before one bill, the earliest first.
///
/// # Errors
/// A sentence for one that cannot be read.
pub(super) fn billed_before(entries: &[Entry], before: Month) -> Result<Vec<Late>, String> {
    let into = |entry: &Entry| match &entry.action {
        Action::Enter { entered: Entered::Corrections { .. }, .. } => entry.month.filter(|month| *month < before),
        _ => None,
    };
    let months: BTreeSet<Month> = entries.iter().filter_map(into).collect();
    let mut all = Vec::new();
    for month in months {
        for late in accepted_in(&State::replay(entries, month)) {
            all.push(late?);
        }
    }
    Ok(all)
}
