//! Groups of draws that got less than their exact amount, and so may take a
//! cent that another cap cannot have: for each sponsor and project those with
//! the greatest fractions first. One whose own cap is full is left out until
//! something gives it room, so that a sponsor with a cap for each of many users
//! does not ask all of them for every cent.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::amount::Amount;

/// Payer and project.
pub(super) type Place = [u32; 2];

/// Places are filled in when they are first asked for.
#[derive(Default)]
pub(super) struct Short {
    /// How far each is filled up, below zero, and its number.
    of_place: FxHashMap<Place, BTreeSet<(Amount, usize)>>,
}

impl Short {
    /// The first of a place that `takes` a cent; those before it that do not
    /// are left out from now on. `all` are those of the place.
    pub fn first(
        &mut self,
        place: Place,
        all: impl FnOnce() -> BTreeSet<(Amount, usize)>,
        takes: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let short = self.of_place.entry(place).or_insert_with(all);
        while let Some((filled, group)) = short.first().copied() {
            if takes(group) {
                return Some(group);
            }
            short.remove(&(filled, group));
        }
        None
    }

    /// Takes a group out whose cents are about to change.
    pub fn forget(&mut self, place: Place, filled: Amount, group: usize) {
        if let Some(short) = self.of_place.get_mut(&place) {
            short.remove(&(filled, group));
        }
    }

    /// Puts a group in that may have room, where it is short.
    pub fn remember(&mut self, place: Place, filled: Amount, group: usize) {
        if let Some(short) = self.of_place.get_mut(&place).filter(|_| filled < Amount::ZERO) {
            short.insert((filled, group));
        }
    }
}
