//! One number for all names of a model, so that rows compare their models
//! without touching text.

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
        let mut used: Vec<Sym> = [sides.bill, sides.ledger].iter().flat_map(|lines| lines.models()).copied().collect();
        used.sort_unstable_by_key(|model| model.0);
        used.dedup();
        let mut first: FxHashMap<String, u32> = FxHashMap::default();
        let mut same: Vec<u32> = (0..sides.names.len() as u32).collect();
        for model in used {
            if let Some(same) = same.get_mut(model.0 as usize) {
                let name = sides.prices.models.canonical(sides.names.text(model)).into_owned();
                *same = *first.entry(name).or_insert(model.0);
            }
        }
        Self { same }
    }

    /// The number of the model a row names.
    pub fn number(&self, model: Sym) -> u32 {
        self.same.get(model.0 as usize).copied().unwrap_or(model.0)
    }
}
