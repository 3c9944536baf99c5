//! What a month's file leaves of every cap, in cents as they are written.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::cents::PARTS_AT_ONCE;
use super::sheet::Sheet;
use crate::allocate::{Draw, Opening, Scope};
use crate::amount::{Amount, Cents};

impl Sheet {
    /// Every draw in whole cents as its row has it, with the number of its
    /// charge.
    pub fn drawn_cents(&self) -> impl Iterator<Item = (u32, &Draw, Cents)> {
        self.parts.iter().filter_map(|part| {
            let draw = self.allocation.draws[part.charge as usize].get(part.draw? as usize)?;
            Some((part.charge, draw, part.cents))
        })
    }
}

/// What every cap stands at after these rows, in cents as they are written:
/// the openings of the months after, with the cap of each. Positions that were
/// never used are left out.
pub fn written(sheet: &Sheet) -> Vec<(Scope, Opening, Amount)> {
    let allocation = &*sheet.allocation;
    let mut after: Vec<(Opening, bool)> = allocation
        .positions
        .iter()
        .map(|p| {
            let reached = p.opening.reached.plus(p.reached);
            (Opening { reached, ..p.opening }, p.opening != Opening::default())
        })
        .collect();
    // What each cap's charges come to, of all their payers together.
    let pieces: Vec<FxHashMap<u32, Cents>> = sheet
        .parts
        .par_chunks(PARTS_AT_ONCE)
        .map(|parts| {
            let mut used = FxHashMap::default();
            for part in parts {
                for touch in &allocation.touches[part.charge as usize] {
                    let sum: &mut Cents = used.entry(touch.position).or_default();
                    *sum = *sum + part.cents;
                }
            }
            used
        })
        .collect();
    for (position, used) in pieces.into_iter().flatten() {
        let (opening, touched) = &mut after[position as usize];
        opening.used = opening.used + used;
        *touched = true;
    }
    for (_, draw, cents) in sheet.drawn_cents() {
        let opening = &mut after[draw.position as usize].0;
        opening.subsidized = opening.subsidized + cents;
    }
    let positions = allocation.positions.iter().zip(&sheet.caps).zip(after);
    let touched = positions.filter(|(_, (_, touched))| *touched);
    touched.map(|((position, cap), (opening, _))| (position.scope.clone(), opening, *cap)).collect()
}
