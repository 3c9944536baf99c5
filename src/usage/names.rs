//! Each distinct name once.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// A name in [`Names`]. The numbers follow the order of reading, so they say
/// nothing about order: sort by the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Sym(pub u32);

impl Sym {
    /// The empty name: the row has no such field, or a blank one.
    pub const NONE: Self = Self(0);

    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// Interned names: models, users, projects, keys, usage types.
#[derive(Debug, Clone)]
pub struct Names {
    texts: Vec<Box<str>>,
    by_text: FxHashMap<Box<str>, Sym>,
}

impl Default for Names {
    fn default() -> Self {
        Self { texts: vec!["".into()], by_text: FxHashMap::from_iter([("".into(), Sym::NONE)]) }
    }
}

impl Names {
    pub fn intern(&mut self, text: &str) -> Sym {
        // Most cells are blank, and to compare with an empty text in a box,
        // which stands at no real address, is very slow on some processors.
        if text.is_empty() {
            return Sym::NONE;
        }
        if let Some(sym) = self.by_text.get(text) {
            return *sym;
        }
        let sym = Sym(self.texts.len() as u32);
        self.texts.push(text.into());
        self.by_text.insert(text.into(), sym);
        sym
    }

    /// The symbol of a name that was interned before.
    pub fn find(&self, text: &str) -> Option<Sym> {
        self.by_text.get(text).copied()
    }

    pub fn text(&self, sym: Sym) -> &str {
        self.texts.get(sym.0 as usize).map_or("", |t| t)
    }

    /// Number of names, the empty one included.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    pub fn is_empty(&self) -> bool {
        false
    }

    /// All names with their symbols, the empty one first.
    pub fn iter(&self) -> impl Iterator<Item = (Sym, &str)> {
        self.texts.iter().enumerate().map(|(at, text)| (Sym(at as u32), &**text))
    }

    /// The place of each name in the order of their texts: to compare two
    /// numbers instead of two texts, many times over.
    pub fn ranks(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.texts.len() as u32).collect();
        order.par_sort_unstable_by_key(|at| self.texts.get(*at as usize));
        let mut ranks = vec![0; order.len()];
        for (rank, at) in (0..).zip(order) {
            if let Some(place) = ranks.get_mut(at as usize) {
                *place = rank;
            }
        }
        ranks
    }

    /// The names from this number on, in the order of their numbers.
    pub fn since(&self, number: usize) -> impl Iterator<Item = &str> {
        self.texts.iter().skip(number).map(|text| &**text)
    }

    /// Takes in another set of names: the result maps its symbols to these.
    pub fn merge(&mut self, other: &Self) -> Vec<Sym> {
        other.texts.iter().map(|text| self.intern(text)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once_and_merging_maps_it() {
        let (mut ours, mut theirs) = (Names::default(), Names::default());
        let gpt = ours.intern("gpt-4o");
        theirs.intern("o3");
        let their_gpt = theirs.intern("gpt-4o");
        let map = ours.merge(&theirs);
        assert_eq!(map[their_gpt.0 as usize], gpt);
        assert_eq!(map[0], Sym::NONE);
        assert_eq!(ours.text(map[1]), "o3");
        assert_eq!(ours.find("nobody"), None);
    }
}
