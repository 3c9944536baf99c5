//! One number for all names of a model, so that rows compare their models
//! without touching text.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::Sides;
use crate::usage::Sym;

/// For each name that some row has as its model, the first name that means the
/// same model. The numbers depend on the order of reading: they say which are
/// equal and nothing more.
pub(crate) struct Models {
    same: Vec<u32>,
}

impl Models {
    pub fn of(sides: &Sides) -> Self {
        let names = sides.names;
        let used: Vec<AtomicBool> = std::iter::repeat_with(AtomicBool::default).take(names.len()).collect();
        for lines in [sides.bill, sides.ledger] {
            (0..lines.len() as u32).into_par_iter().with_min_len(1 << 14).for_each(|row| {
                if let Some(flag) = used.get(lines.model(row).0 as usize)
                    && !flag.load(Relaxed)
                {
                    flag.store(true, Relaxed);
                }
            });
        }
        let mut first: FxHashMap<String, u32> = FxHashMap::default();
        let mut same: Vec<u32> = (0..names.len() as u32).collect();
        for (at, _) in used.iter().enumerate().filter(|(_, used)| used.load(Relaxed)) {
            let name = sides.prices.models.canonical(names.text(Sym(at as u32))).into_owned();
            same[at] = *first.entry(name).or_insert(at as u32);
        }
        Self { same }
    }

    /// The number of the model a row names.
    pub fn number(&self, model: Sym) -> u32 {
        self.same.get(model.0 as usize).copied().unwrap_or(model.0)
    }
}
