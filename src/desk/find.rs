//! Which items a search finds: by id, model, user and project. Names are
//! looked into once each, however many items have them, so that a million
//! items are searched in the time it takes to look at their ids.

use rayon::prelude::*;

use super::Desk;
use crate::review::Needle;
use crate::usage::Sym;

/// A search made ready for the items of one desk.
pub struct Finder<'d> {
    desk: &'d Desk,
    needle: &'d Needle,
    /// By the number of the name.
    names: Vec<bool>,
    /// By [`Desk::project_number`].
    projects: Vec<bool>,
}

impl Desk {
    pub fn finder<'d>(&'d self, needle: &'d Needle) -> Finder<'d> {
        let names = &self.inputs.names;
        Finder {
            desk: self,
            needle,
            names: (0..names.len() as u32).into_par_iter().map(|sym| needle.is_in(names.text(Sym(sym)))).collect(),
            projects: (0..self.project_numbers()).map(|at| needle.is_in(&self.project_of_number(at))).collect(),
        }
    }
}

impl Finder<'_> {
    pub fn finds(&self, item: u32) -> bool {
        let named = |sym: Sym| self.names.get(sym.0 as usize).is_some_and(|found| *found);
        let (lines, first) = self.desk.lead(item);
        named(self.desk.what_of(item))
            || named(self.desk.user_of(item))
            || self.projects.get(self.desk.project_number(item)).is_some_and(|found| *found)
            || self.needle.is_in(&lines.id(first))
    }
}
